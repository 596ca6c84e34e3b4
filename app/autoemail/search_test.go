package autoemail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

func TestSaveRefusesWhatMakesNoSense(t *testing.T) {
	b := openBureau(t)
	criteria := func(c listings.Criteria) func(*autoemail.Search) {
		return func(s *autoemail.Search) { s.Criteria = c }
	}
	for _, c := range []struct {
		say, field, words string
		change            func(*autoemail.Search)
	}{
		{"no name", "name", "recognize", func(s *autoemail.Search) { s.Name = "  " }},
		{"a name that can't be seen", "name", "recognize", func(s *autoemail.Search) { s.Name = "\u200b\u2060—" }},
		{"a long name", "name", "too long", func(s *autoemail.Search) { s.Name = strings.Repeat("a", 101) }},
		{"a name that turns around", "name", "hidden", func(s *autoemail.Search) { s.Name = "Homes \u202ecitsyM" }},
		{"a subject of two lines", "subject", "hidden", func(s *autoemail.Search) { s.Subject = "Homes\r\nBcc: all@example.com" }},
		{"a long subject", "subject", "too long", func(s *autoemail.Search) { s.Subject = strings.Repeat("a", 201) }},
		{"a long message", "message", "too long", func(s *autoemail.Search) { s.Message = strings.Repeat("a", 10_001) }},
		{"nothing asked", "criteria", "every home", criteria(listings.Criteria{})},
		{"only a status", "criteria", "every home", criteria(listings.Criteria{Statuses: []listings.Status{listings.Active}})},
		{"every type", "criteria", "every home", criteria(listings.Criteria{PropertyTypes: listings.PropertyTypes})},
		{"prices", "criteria", "highest price", criteria(listings.Criteria{PriceMin: 200, PriceMax: 100})},
		{"beds", "criteria", "beds", criteria(listings.Criteria{BedsMin: 4, BedsMax: 3})},
		{"years", "criteria", "year", criteria(listings.Criteria{YearMin: 1990, YearMax: 1980})},
		{"areas", "criteria", "area", criteria(listings.Criteria{AreaMin: 2000, AreaMax: 1000})},
		{"lots", "criteria", "lot", criteria(listings.Criteria{LotMin: 2000, LotMax: 1000})},
		{"less than nothing", "criteria", "below zero", criteria(listings.Criteria{PriceMin: -100})},
		{"an area of two corners", "criteria", "", criteria(listings.Criteria{Area: []listings.Point{{Lat: 41, Lon: -72}, {Lat: 42, Lon: -72}}})},
		{"a corner off the map", "criteria", "", criteria(listings.Criteria{Area: []listings.Point{{Lat: 91, Lon: -72}, {Lat: 42, Lon: -72}, {Lat: 42, Lon: -71}}})},
		{"no distance", "criteria", "", criteria(listings.Criteria{Near: &listings.Circle{Point: listings.Point{Lat: 41, Lon: -72}}})},
		{"a feature that is none", "criteria", "features", criteria(listings.Criteria{Features: []string{"moat"}})},
		{"a word asked and ruled out", "criteria", "ruled out", criteria(listings.Criteria{WordsAll: []string{"Poolside"}, WordsNone: []string{"pool"}})},
		{"all words of a choice ruled out", "criteria", "ruled out", criteria(listings.Criteria{WordsAny: []string{"barn", "stable"}, WordsNone: []string{"stable", "barn"}})},
		{"no event", "events", "at least one", func(s *autoemail.Search) { s.Events = nil }},
		{"an event that is none", "events", "Choose among", func(s *autoemail.Search) { s.Events = append(s.Events, listings.EventStatus) }},
		{"no schedule", "schedule", "often", func(s *autoemail.Search) { s.Schedule = autoemail.Schedule{} }},
		{"no time", "times", "time", func(s *autoemail.Search) { s.Schedule.Times = nil }},
		{"a day that is over", "expires", "not over", func(s *autoemail.Search) { s.ExpiresOn = "2026-11-21" }},
		{"a day that never comes", "expires", "calendar", func(s *autoemail.Search) { s.ExpiresOn = "2027-02-29" }},
	} {
		t.Run(c.say, func(t *testing.T) {
			_, err := autoemail.Save(t.Context(), b.store.Write, b.maya, b.mystic(c.change), autoemail.Saving{}, b.now)
			if fault.Of(err) != fault.Invalid {
				t.Fatalf("got %v", err)
			}
			if say := fault.As(err).Fields[c.field]; say == "" || !strings.Contains(say, c.words) {
				t.Errorf("says %q of %v, want %q of %s", say, fault.As(err).Fields, c.words, c.field)
			}
		})
	}
	if _, n, _, err := autoemail.List(t.Context(), b.store.Read, autoemail.Filter{Agent: b.maya}, b.zone, b.now); err != nil || n != 0 {
		t.Errorf("%d saved all the same, %v", n, err)
	}
}

func TestSaveKeepsWhatWasTypedAndNoMore(t *testing.T) {
	b := openBureau(t)
	saved := b.save(b.mystic(func(s *autoemail.Search) {
		s.Name, s.ExpiresOn, s.Message = "  Homes   in Mystic ", "2026-11-22", "Hello\r\n"
		s.Events = []listings.EventKind{listings.EventPrice, listings.EventNew, listings.EventPrice}
		s.State, s.PausedBy, s.Begun, s.Version, s.Opening, s.AgentID = autoemail.Paused, "me", true, 9, "again", b.jon
		s.NextAt, s.LastSentAt, s.SignAt = b.now, b.now, b.now.AddDate(1, 0, 0)
		s.Slowed = &autoemail.Schedule{Kind: autoemail.Monthly, Day: 1, Times: []int{0}}
	}), autoemail.Saving{})
	s := b.find(saved.ID)
	wants(t, "name", s.Name, "Homes in Mystic")
	wants(t, "message", s.Message, "Hello")
	wants(t, "events", fmt.Sprint(s.Events), "[New Listing Price Change]")
	wants(t, "criteria", s.Criteria.Words(), "Homes in Mystic, up to $600,000")
	wants(t, "schedule", s.Schedule.Words(), "Daily at 8:00 AM")
	wants(t, "state", s.State, autoemail.Active)
	wants(t, "agent", s.AgentID, b.maya)
	wants(t, "version", s.Version, 1)
	wants(t, "slowed", s.Slowed, nil)
	wants(t, "moved by itself", s.PausedBy+s.Opening, "")
	wantsTime(t, "next", s.NextAt, time.Time{})
	wantsTime(t, "last sent", s.LastSentAt, time.Time{})
	wantsTime(t, "sign", s.SignAt, b.now)
}

func TestSavingSetsOffItsLetter(t *testing.T) {
	b := openBureau(t)
	eight := time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC)
	concierge := func(s *autoemail.Search) { s.Concierge = true }
	for _, c := range []struct {
		say       string
		change    func(*autoemail.Search)
		o         autoemail.Saving
		opening   string
		next      time.Time
		lookingUp bool
	}{
		{"nothing", nil, autoemail.Saving{}, "", time.Time{}, false},
		{"what is there", nil, autoemail.Saving{Present: true}, "", time.Time{}, true},
		{"at the next time", nil, autoemail.Saving{Opening: "welcome"}, "welcome", eight, false},
		{"now, with what is there", nil, autoemail.Saving{Opening: "welcome", AtOnce: true, Present: true}, "welcome", b.now, true},
		{"with the first approved", concierge, autoemail.Saving{Opening: "welcome", AtOnce: true, Present: true}, "welcome", time.Time{}, true},
	} {
		t.Run(c.say, func(t *testing.T) {
			s := b.mystic()
			if c.change != nil {
				c.change(&s)
			}
			s = b.find(b.save(s, c.o).ID)
			wants(t, "opening", s.Opening, c.opening)
			wantsTime(t, "next", s.NextAt, c.next)
			wants(t, "begun", s.Begun, !c.lookingUp)
		})
	}
	t.Run("revised", func(t *testing.T) {
		s := b.save(b.mystic(), autoemail.Saving{})
		s.Criteria.PriceMax = 50_000_000
		s = b.save(s, autoemail.Saving{Opening: "revised", Present: true})
		wants(t, "opening", s.Opening, "revised")
		wantsTime(t, "next", b.find(s.ID).NextAt, eight)
		wants(t, "begun", b.find(s.ID).Begun, false)
		s = b.save(s, autoemail.Saving{})
		wants(t, "opening of a letter still to leave", b.find(s.ID).Opening, "revised")
		wantsTime(t, "its time", b.find(s.ID).NextAt, eight)
	})
	t.Run("who was not welcomed yet is welcomed", func(t *testing.T) {
		s := b.save(b.mystic(), autoemail.Saving{Opening: "welcome"})
		s = b.save(s, autoemail.Saving{Opening: "revised"})
		wants(t, "opening", b.find(s.ID).Opening, "welcome")
	})
	t.Run("another schedule moves what waits", func(t *testing.T) {
		s := b.save(b.mystic(), autoemail.Saving{Opening: "welcome"})
		s.Schedule = daily(at(18, 0))
		s = b.save(s, autoemail.Saving{})
		wantsTime(t, "next", b.find(s.ID).NextAt, time.Date(2026, 11, 22, 23, 0, 0, 0, time.UTC))
	})
}

func TestTwoTabs(t *testing.T) {
	b := openBureau(t)
	first := b.save(b.mystic(), autoemail.Saving{})
	second := first
	first.Name = "Homes in Noank"
	b.save(first, autoemail.Saving{})
	second.Name = "Homes in Groton"
	_, err := autoemail.Save(t.Context(), b.store.Write, b.maya, second, autoemail.Saving{}, b.now)
	b.refused(err, fault.Conflict, "another tab", "kept")
	wants(t, "name", b.find(first.ID).Name, "Homes in Noank")
	b.must(autoemail.Delete(t.Context(), b.store.Write, b.maya, first.ID, b.now))
	second.Version = 2
	_, err = autoemail.Save(t.Context(), b.store.Write, b.maya, second, autoemail.Saving{}, b.now)
	b.refused(err, fault.NotFound)
}

func TestAnotherAgentsAreNotFound(t *testing.T) {
	b := openBureau(t)
	s := b.save(b.mystic(), autoemail.Saving{})
	ctx, db := t.Context(), b.store.Write
	_, err := autoemail.Find(ctx, db, b.jon, s.ID)
	b.refused(err, fault.NotFound)
	_, err = autoemail.Save(ctx, db, b.jon, s, autoemail.Saving{}, b.now)
	b.refused(err, fault.NotFound)
	_, err = autoemail.Save(ctx, db, b.jon, b.mystic(), autoemail.Saving{}, b.now) // for a client who is not his
	b.refused(err, fault.NotFound)
	b.refused(autoemail.Delete(ctx, db, b.jon, s.ID, b.now), fault.NotFound)
	b.refused(autoemail.Undelete(ctx, db, b.jon, s.ID, b.now), fault.NotFound)
	n, err := autoemail.Pause(ctx, db, b.jon, []autoemail.ID{s.ID}, time.Time{}, b.now)
	b.must(err)
	wants(t, "paused", n, 0)
	b.must(autoemail.Sign(ctx, db, b.jon, b.rae.ID, b.now.Add(time.Hour)))
	wantsTime(t, "sign", b.find(s.ID).SignAt, b.now)
	_, err = autoemail.Pause(ctx, db, b.maya, []autoemail.ID{s.ID}, time.Time{}, b.now)
	b.must(err)
	n, err = autoemail.Resume(ctx, db, b.jon, []autoemail.ID{s.ID}, b.now)
	b.must(err)
	wants(t, "resumed", n, 0)
	theirs := b.client(b.jon, "Ann Lee")
	b.refused(autoemail.StopByClient(ctx, db, theirs.ID, s.ID, b.now), fault.NotFound)
	b.refused(autoemail.WeeklyByClient(ctx, db, theirs.ID, s.ID, b.now), fault.NotFound)
	page, n, _, err := autoemail.List(ctx, db, autoemail.Filter{Agent: b.jon, Client: b.rae.ID}, b.zone, b.now)
	b.must(err)
	wants(t, "listed", n+len(page), 0)
}

func TestAThousandForOneClient(t *testing.T) {
	b := openBureau(t)
	refused := 0
	for range 1000 {
		_, err := autoemail.Save(t.Context(), b.store.Write, b.maya, b.mystic(), autoemail.Saving{}, b.now)
		if err != nil {
			b.refused(err, fault.Conflict, "200 auto emails already")
			refused++
		}
	}
	wants(t, "refused", refused, 800)
	other := b.client(b.maya, "Ann Lee")
	b.save(b.mystic(func(s *autoemail.Search) { s.ClientID = other.ID }), autoemail.Saving{})
}

func TestAZoneThatWasAbolishedIsNoReasonToStop(t *testing.T) {
	b := openBureau(t)
	b.exec("UPDATE brokerage SET time_zone = 'US/Pacific-New'")
	s := b.save(b.mystic(), autoemail.Saving{Opening: "welcome"})
	wantsTime(t, "next, in UTC", s.NextAt, time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
}

func TestTheConciergeComesAndGoes(t *testing.T) {
	b := openBureau(t)
	s := b.save(b.mystic(), autoemail.Saving{})
	b.match(s, "a", autoemail.Waiting)
	b.match(s, "b", autoemail.Sent)
	b.exec("UPDATE searches SET next_at = ? WHERE id = ?", b.now, s.ID)
	s.Concierge = true
	s = b.save(s, autoemail.Saving{})
	wants(t, "with a concierge", b.matches(s.ID), "sent 1, unsent 1")
	wantsTime(t, "next", b.find(s.ID).NextAt, time.Time{})
	b.match(s, "c", autoemail.Approved)
	b.match(s, "d", autoemail.Rejected)
	s.Concierge = false
	s = b.save(s, autoemail.Saving{})
	wants(t, "without", b.matches(s.ID), "approved 1, rejected 1, sent 1, waiting 1")
	wantsTime(t, "next", b.find(s.ID).NextAt, time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC))
}
