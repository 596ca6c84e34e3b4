package autoemail_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

// TestTheMatchesAreAllPairs lets something happen to every home of the real files and compares the table with the plain rule,
// asked of each auto email and each event.
func TestTheMatchesAreAllPairs(t *testing.T) {
	w := openWorks(t)
	random := rand.New(rand.NewPCG(4, 4))
	homes := realHomes(t, w.store, 100, random)
	var all []autoemail.Search
	var before int64
	w.must(w.store.Read.NewRaw("SELECT max(id) FROM listing_events").Scan(t.Context(), &before))
	for i := range 300 {
		s := w.mystic(func(s *autoemail.Search) {
			s.Name, s.Criteria, s.Events = fmt.Sprint("S", i), drawOrdinary(random, homes[random.IntN(len(homes))]), drawEvents(random)
		})
		s.AgentID, s.State, s.Begun, s.Concierge, s.Version, s.CreatedAt, s.StateAt, s.SignAt, s.SinceEvent = w.maya, autoemail.Active, true, i%3 == 0, 1, w.now, w.now, w.now, before
		w.must(autoemail.WriteRow(&s))
		if strings.Contains(s.EventsRaw, "Status") || s.EventsRaw == "" {
			continue
		}
		all = append(all, s)
	}
	_, err := w.store.Write.NewInsert().Model(&all).Exec(t.Context())
	w.must(err)
	w.later(time.Second)
	w.runner = autoemail.NewRunner(w.options) // no change was told of what was put in here
	ids := make([]listings.ID, len(homes))
	for i := range homes {
		ids[i] = homes[i].ID
	}
	now, err := listings.FactsOf(t.Context(), w.store.Read, ids, w.now)
	w.must(err)
	type key struct {
		search autoemail.ID
		once   string
	}
	want := map[key]bool{}
	var events []listings.Event
	for _, kind := range []listings.EventKind{listings.EventNew, listings.EventPrice, listings.EventBack, listings.EventPending, listings.EventClosed, listings.EventStatus} {
		for _, f := range homes {
			if f = now[f.ID]; random.IntN(2) == 0 {
				continue
			}
			e := listings.Event{ListingID: f.ID, Kind: kind, At: w.now, OldPrice: f.ListPrice, NewPrice: f.ListPrice, NewStatus: f.StandardStatus}
			events = append(events, e)
			for i := range all {
				if autoemail.Wants(&all[i].Criteria, all[i].Events, f, kind) {
					want[key{all[i].ID, autoemail.OnceKey(e, f.Listing)}] = true
				}
			}
		}
	}
	_, err = w.store.Write.NewInsert().Model(&events).Exec(t.Context())
	w.must(err)
	w.step()
	got := map[key]bool{}
	for _, m := range w.rows() {
		got[key{m.SearchID, m.OnceKey}] = true
		if !want[key{m.SearchID, m.OnceKey}] {
			t.Errorf("search %d got %s, which it did not ask for", m.SearchID, m.OnceKey)
		}
	}
	for k := range want {
		if !got[k] {
			t.Errorf("search %d did not get %s", k.search, k.once)
		}
	}
	if len(want) < 1000 {
		t.Errorf("only %d pairs: this tells nothing", len(want))
	}
	var late int
	w.must(w.store.Read.NewRaw("SELECT count(*) FROM searches WHERE concierge <> (next_at IS NULL) AND EXISTS (SELECT 1 FROM matches WHERE search_id = searches.id)").Scan(t.Context(), &late))
	wants(t, "auto emails with homes and no plan, or in concierge mode with one", late, 0)
}

func TestEventsFromBeforeAnAutoEmailAreNoNewsToIt(t *testing.T) {
	w := openWorks(t)
	w.comes(w.home("1", 300_000)) // not read yet when the auto email is made
	w.later(time.Second)
	w.asap()
	none(t, w.after(time.Hour))
	wants(t, "the matches", w.states(), "")
}

func TestAPageOnItsWayIsNewsThoughItSaysAnEarlierTime(t *testing.T) {
	w := openWorks(t)
	w.asap()
	w.later(-5 * time.Second) // when the feed's answer came; it was written after the auto email
	w.comes(w.home("1", 300_000))
	w.later(5 * time.Second)
	w.step()
	wants(t, "the matches", w.states(), "waiting")
}

func TestAnOpenHouseIsNewsUntilItIsOver(t *testing.T) {
	w := openWorks(t)
	w.comes(w.home("1", 300_000), w.home("2", 300_000))
	w.step()
	w.save(w.mystic(func(s *autoemail.Search) { s.Events = []listings.EventKind{listings.EventOpenHouse} }), autoemail.Saving{})
	w.later(time.Minute)
	open := func(key string, in time.Duration) listings.Record {
		return w.home(key, 300_000, func(r *listings.Record) {
			r.OpenHouses = []listings.OpenHouse{{OpenHouseKey: key, StartsAt: w.now.Add(in), EndsAt: w.now.Add(in + 2*time.Hour)}}
		})
	}
	w.comes(open("1", time.Hour), open("2", 48*time.Hour))
	w.step()
	wants(t, "the matches", w.states(), "waiting waiting")
	r := one(t, w.after(24*time.Hour), "Open house: 2 Elm Street", "1 open house for")
	if strings.Contains(r.text, "\n1 Elm Street\n") {
		t.Error("it invites to an open house that is over")
	}
}
