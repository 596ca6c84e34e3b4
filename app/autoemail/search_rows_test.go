package autoemail_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

func TestARowIsReadStrictly(t *testing.T) {
	good := autoemail.Search{
		CriteriaRaw: `{"cities":["Mystic"]}`, ScheduleRaw: `{"kind":"asap"}`, EventsRaw: "New Listing,Price Change",
	}
	if err := autoemail.ReadRow(&good); err != nil {
		t.Fatal(err)
	}
	for say, change := range map[string]func(*autoemail.Search){
		"nothing":                 func(s *autoemail.Search) { s.CriteriaRaw = "" },
		"null":                    func(s *autoemail.Search) { s.CriteriaRaw = "null" },
		"no object":               func(s *autoemail.Search) { s.CriteriaRaw = "[]" },
		"half an object":          func(s *autoemail.Search) { s.CriteriaRaw = `{"cities":["Mystic"]` },
		"two objects":             func(s *autoemail.Search) { s.CriteriaRaw = `{"cities":["Mystic"]}{}` },
		"a criterion not known":   func(s *autoemail.Search) { s.CriteriaRaw = `{"cities":["Mystic"],"moat":true}` },
		"a number that is a word": func(s *autoemail.Search) { s.CriteriaRaw = `{"price_max":"cheap"}` },
		"a feature not known":     func(s *autoemail.Search) { s.CriteriaRaw = `{"features":["moat"]}` },
		"a status never shown":    func(s *autoemail.Search) { s.CriteriaRaw = `{"statuses":["Withdrawn"]}` },
		"a corner off the map": func(s *autoemail.Search) {
			s.CriteriaRaw = `{"area":[{"Lat":1,"Lon":1},{"Lat":2,"Lon":1},{"Lat":1,"Lon":999}]}`
		},
		"an area of one corner":       func(s *autoemail.Search) { s.CriteriaRaw = `{"area":[{"Lat":1,"Lon":1}]}` },
		"a circle without a size":     func(s *autoemail.Search) { s.CriteriaRaw = `{"near":{"Lat":1,"Lon":1,"Miles":0}}` },
		"no event":                    func(s *autoemail.Search) { s.EventsRaw = "" },
		"an event not known":          func(s *autoemail.Search) { s.EventsRaw = "New Listing,Fire" },
		"no schedule":                 func(s *autoemail.Search) { s.ScheduleRaw = "" },
		"a schedule not known":        func(s *autoemail.Search) { s.ScheduleRaw = `{"kind":"hourly"}` },
		"a slower schedule not known": func(s *autoemail.Search) { s.SlowedRaw = `{"kind":"yearly"}` },
	} {
		s := good
		change(&s)
		if err := autoemail.ReadRow(&s); err == nil {
			t.Errorf("%s was read as %+v", say, s)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add(`{"cities":["Mystic"],"price_max":60000000}`, `{"kind":"daily","times":[480]}`, "", "New Listing")
	f.Add(`{"area":[{"Lat":41.3,"Lon":-72},{"Lat":41.4,"Lon":-72},{"Lat":41.4,"Lon":-71.9}]}`, `{"kind":"asap"}`, `{"kind":"weekly","days":[1],"times":[480]}`, "Closed,Pending")
	f.Add(`{"near":{"Lat":1e309,"Lon":0,"Miles":1}}`, `null`, `{}`, ",")
	f.Fuzz(func(t *testing.T, criteria, schedule, slowed, events string) {
		s := autoemail.Search{CriteriaRaw: criteria, ScheduleRaw: schedule, SlowedRaw: slowed, EventsRaw: events}
		if autoemail.ReadRow(&s) != nil {
			return
		}
		again := s
		if err := autoemail.WriteRow(&again); err != nil {
			t.Fatal(err)
		}
		if err := autoemail.ReadRow(&again); err != nil {
			t.Fatalf("what was read and written can't be read: %v", err)
		}
		if again.Criteria.Words() != s.Criteria.Words() || !slices.Equal(again.Events, s.Events) || again.Pace().Words() != s.Pace().Words() {
			t.Errorf("%+v came back as %+v", s, again)
		}
	})
}

func TestTheIndexIsGivenWhatRuns(t *testing.T) {
	b := openBureau(t)
	one, broken, paused := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	other := b.save(b.mystic(func(s *autoemail.Search) { s.Events = listings.EventKinds }), autoemail.Saving{})
	b.exec("UPDATE searches SET criteria = '{\"moat\":1}' WHERE id = ?", broken.ID)
	_, seen, err := autoemail.ChangedSince(t.Context(), b.store.Read, 0)
	b.must(err)
	if _, err := autoemail.Pause(t.Context(), b.store.Write, b.maya, []autoemail.ID{paused.ID}, time.Time{}, b.now); err != nil {
		t.Fatal(err)
	}
	load := func(ids []autoemail.ID) map[autoemail.ID]autoemail.Search {
		t.Helper()
		all := map[autoemail.ID]autoemail.Search{}
		b.must(autoemail.LoadActive(t.Context(), b.store.Read, ids, func(s *autoemail.Search) error {
			all[s.ID] = *s
			return nil
		}))
		return all
	}
	all := load(nil)
	if len(all) != 2 || !reflect.DeepEqual(all[one.ID].Criteria, one.Criteria) || !slices.Equal(all[other.ID].Events, listings.EventKinds) || all[one.ID].ClientID != b.rae.ID {
		t.Errorf("loaded %+v", all)
	}
	if all := load([]autoemail.ID{paused.ID, other.ID}); len(all) != 1 || all[other.ID].ID == 0 {
		t.Errorf("of two loaded %+v", all)
	}
	if all := load([]autoemail.ID{}); len(all) != 0 {
		t.Errorf("of none loaded %+v", all)
	}
	ids, last, err := autoemail.ChangedSince(t.Context(), b.store.Read, seen)
	b.must(err)
	if !slices.Equal(ids, []autoemail.ID{paused.ID}) || last <= seen {
		t.Errorf("changed %v until %d, behind %d", ids, last, seen)
	}
	ids, again, err := autoemail.ChangedSince(t.Context(), b.store.Read, last)
	b.must(err)
	if len(ids) != 0 || again != last {
		t.Errorf("changed %v until %d, behind %d", ids, again, last)
	}
	b.later(48 * time.Hour).tend() // old changes go; the newest, of pausing what can’t be read, stays
	_, last, err = autoemail.ChangedSince(t.Context(), b.store.Read, 0)
	b.must(err)
	wants(t, "the last", last, again+1)
	var left int
	b.must(b.store.Read.NewRaw("SELECT count(*) FROM search_changes").Scan(t.Context(), &left))
	wants(t, "changes left", left, 1)
}

func TestNoChangeIsMissedByWhoReadsMeanwhile(t *testing.T) {
	b := openBureau(t)
	slow, quick := b.save(b.mystic(), autoemail.Saving{}), b.save(b.mystic(), autoemail.Saving{})
	_, seen, err := autoemail.ChangedSince(t.Context(), b.store.Read, 0)
	b.must(err)
	var found []autoemail.ID
	look := func() {
		t.Helper()
		ids, last, err := autoemail.ChangedSince(t.Context(), b.store.Read, seen)
		b.must(err)
		seen = last
		found = append(found, ids...)
	}
	saved, goOn := make(chan struct{}), make(chan struct{})
	var writers sync.WaitGroup
	var errs [2]error
	writers.Go(func() {
		errs[0] = b.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
			_, err := autoemail.Save(ctx, db, b.maya, slow, autoemail.Saving{}, b.now)
			close(saved)
			<-goOn
			return err
		})
	})
	<-saved
	second := make(chan struct{})
	writers.Go(func() {
		defer close(second)
		_, errs[1] = autoemail.Save(t.Context(), b.store.Write, b.maya, quick, autoemail.Saving{}, b.now)
	})
	select { // the second may only get its number when the first is done
	case <-second:
	case <-time.After(100 * time.Millisecond):
	}
	look()
	close(goOn)
	writers.Wait()
	b.must(errs[0])
	b.must(errs[1])
	look()
	slices.Sort(found)
	if !slices.Equal(found, []autoemail.ID{slow.ID, quick.ID}) {
		t.Errorf("found the changes of %v", found)
	}
}

// BenchmarkLoadActive loads a hundred thousand auto emails, and reports how long that takes beside reading the rows alone.
func BenchmarkLoadActive(b *testing.B) {
	h := openBureau(b)
	s := h.save(h.mystic(func(s *autoemail.Search) {
		s.Criteria = listings.Criteria{Cities: []string{"Mystic", "Noank"}, PriceMin: 30_000_000, PriceMax: 60_000_000, BedsMin: 3, BathsMin: 8, PropertyTypes: []string{"Residential"}}
	}), autoemail.Saving{})
	h.exec("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 99999) INSERT INTO searches (agent_id, client_id, name, criteria, schedule, slowed, events, subject, message," +
		" copy_me, concierge, drops_direct, opening, begun, state, paused_by, state_at, expires_on, sign_at, created_at, version)" +
		" SELECT agent_id, client_id, name, criteria, schedule, slowed, events, subject, message, copy_me, concierge, drops_direct, opening, begun, state, paused_by, state_at, expires_on, sign_at, created_at, version" +
		" FROM n, searches WHERE id = " + fmt.Sprint(s.ID))
	var bare, full time.Duration
	for b.Loop() {
		start := time.Now()
		rows, err := h.store.Read.QueryContext(b.Context(), "SELECT id, agent_id, client_id, criteria, events FROM searches WHERE state = 'active'")
		h.must(err)
		var row struct {
			id, agent, client int64
			criteria, events  string
		}
		for rows.Next() {
			h.must(rows.Scan(&row.id, &row.agent, &row.client, &row.criteria, &row.events))
		}
		h.must(rows.Close())
		bare += time.Since(start)
		start = time.Now()
		n := 0
		h.must(autoemail.LoadActive(b.Context(), h.store.Read, nil, func(*autoemail.Search) error { n++; return nil }))
		if full += time.Since(start); n != 100_000 {
			b.Fatalf("loaded %d", n)
		}
	}
	b.ReportMetric(float64(full)/float64(bare), "ratio")
}
