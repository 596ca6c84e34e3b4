package autoemail_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

func TestANewHome(t *testing.T) {
	t.Run("leaves at the schedule's next time, once", func(t *testing.T) {
		w := openWorks(t) // noon in New York
		s := w.save(w.mystic(), autoemail.Saving{})
		none(t, w.after(time.Minute))
		w.comes(w.home("12", 449_000), w.home("99", 9_000_000))
		none(t, w.after(time.Minute))
		wants(t, "the matches", w.states(), "waiting")
		wantsTime(t, "the next letter", w.find(s.ID).NextAt, time.Date(2026, 11, 23, 13, 0, 0, 0, time.UTC))
		none(t, w.after(19*time.Hour))
		r := one(t, w.after(time.Hour), "12 Elm Street", "$449,000", "1 new home for “Homes in Mystic”.", "“Homes in Mystic” for you: daily at 8:00 AM", "/l/")
		if r.to != "rae.moss@example.com" || !strings.HasPrefix(r.subject, "12 Elm Street") {
			t.Errorf("it went to %s as %q", r.to, r.subject)
		}
		after := w.find(s.ID)
		if !after.NextAt.IsZero() || !after.LastSentAt.Equal(w.now) {
			t.Errorf("next at %v, last at %v", after.NextAt, after.LastSentAt)
		}
		m := w.rows()[0]
		if m.State != autoemail.Sent || m.MailingID == 0 {
			t.Errorf("the match is %+v", m)
		}
		of, err := autoemail.Of(t.Context(), w.store.Read, m.MailingID)
		if err != nil || len(of) != 1 || of[0].ID != s.ID {
			t.Errorf("the mailing is of %+v, %v", of, err)
		}
		for range 3 { // nothing new, no letter
			none(t, w.after(24*time.Hour))
		}
	})
	t.Run("is gathered with others for ten minutes", func(t *testing.T) {
		w := openWorks(t)
		w.asap()
		w.comes(w.home("1", 300_000))
		none(t, w.after(time.Second))
		w.comes(w.home("2", 310_000))
		none(t, w.after(9*time.Minute))
		r := one(t, w.after(2*time.Minute), "2 new homes: Homes in Mystic", "1 Elm Street", "2 Elm Street")
		if strings.Index(r.text, "2 Elm Street") > strings.Index(r.text, "1 Elm Street") {
			t.Error("the newest does not come first")
		}
	})
	t.Run("that is gone before the letter leaves is in none", func(t *testing.T) {
		w := openWorks(t)
		s := w.asap()
		w.comes(w.home("1", 300_000), w.home("2", 310_000), w.home("3", 320_000), w.home("4", 330_000))
		none(t, w.after(time.Second))
		w.comes(w.home("1", 300_000, func(r *listings.Record) { r.Gone = true }), w.home("2", 310_000, in(listings.Pending)))
		r := one(t, w.after(11*time.Minute), "4 Elm Street")
		for _, gone := range []string{"\n1 Elm Street", "\n2 Elm Street"} {
			if strings.Contains(r.text, gone) {
				t.Errorf("%s is in the letter", gone)
			}
		}
		wants(t, "the matches", w.matches(s.ID), "dropped 2, sent 2")
	})
	t.Run("alone and gone is no letter", func(t *testing.T) {
		w := openWorks(t)
		s := w.asap()
		w.comes(w.home("1", 300_000))
		w.step()
		w.comes(w.home("1", 300_000, in(listings.Withdrawn)))
		none(t, w.after(11*time.Minute))
		wants(t, "the matches", w.states(), "dropped")
		if at := w.find(s.ID); !at.NextAt.IsZero() || !at.LastSentAt.IsZero() {
			t.Errorf("next at %v, last at %v", at.NextAt, at.LastSentAt)
		}
	})
}

func TestAnEventReachesAnAutoEmailOnceForEver(t *testing.T) {
	w := openWorks(t)
	w.asap(func(s *autoemail.Search) { s.Events = listings.EventKinds })
	w.comes(w.home("12", 449_000))
	w.step()
	one(t, w.after(11*time.Minute), "12 Elm Street")
	for name, again := range map[string]func(){
		"the same record":                 func() { w.comes(w.home("12", 449_000)) },
		"a first load of the feed":        func() { w.comesFrom(listings.Source{Feed: 7, First: true}, w.home("12", 449_000)) },
		"the same home under another key": func() { w.comes(w.home("12b", 449_000, func(r *listings.Record) { r.UnparsedAddress = "12 Elm St." })) },
		"the same home of another feed":   func() { w.comesFrom(listings.Source{Feed: 8}, w.home("12", 449_000)) },
	} {
		again()
		none(t, w.after(time.Second))
		if all := w.after(11 * time.Minute); len(all) > 0 {
			t.Errorf("%s came again: %q", name, subjects(all))
		}
	}
	w.comes(w.home("12", 429_000))
	w.step()
	one(t, w.after(11*time.Minute), "New price: 12 Elm Street", "$449,000", "$429,000", "1 new price for")
}

func TestAfterDowntimeOneLetterComes(t *testing.T) {
	w := openWorks(t)
	w.save(w.mystic(), autoemail.Saving{})
	for i := range 5 {
		w.comes(w.home("1"+string(rune('0'+i)), 400_000))
		w.later(24 * time.Hour)
	}
	w.runner = autoemail.NewRunner(w.options) // as a new process
	w.step()
	none(t, w.mail())
	one(t, w.after(24*time.Hour), "5 new homes")
	none(t, w.after(24*time.Hour))
}

func TestAClosedGateKeepsHomesWaiting(t *testing.T) {
	w := openWorks(t)
	w.asap()
	w.comes(w.home("1", 300_000))
	w.step()
	w.gate(w.rae, false)
	for range 5 {
		none(t, w.after(24*time.Hour))
	}
	w.comes(w.home("2", 310_000))
	w.step()
	wants(t, "the matches", w.states(), "waiting waiting")
	w.gate(w.rae, true)
	one(t, w.after(11*time.Minute), "1 Elm Street", "2 Elm Street")
}

func TestAPausedAutoEmailCatchesUp(t *testing.T) {
	w := openWorks(t)
	s := w.asap()
	w.comes(w.home("1", 300_000))
	w.step()
	_, err := autoemail.Pause(t.Context(), w.store.Write, w.maya, []autoemail.ID{s.ID}, time.Time{}, w.now)
	w.must(err)
	none(t, w.after(time.Hour))
	w.comes(w.home("2", 310_000))
	w.step()
	none(t, w.after(24*time.Hour))
	_, err = autoemail.Resume(t.Context(), w.store.Write, w.maya, []autoemail.ID{s.ID}, w.now)
	w.must(err)
	w.step()
	one(t, w.after(11*time.Minute), "1 Elm Street", "2 Elm Street", "is on again")
	none(t, w.after(24*time.Hour))
}

func TestWhatHappensWhileDeletedIsCaughtUp(t *testing.T) {
	w := openWorks(t)
	w.comes(w.home("0", 290_000)) // before there was an auto email: no news
	w.later(time.Hour)
	s := w.asap()
	w.later(time.Hour)
	w.must(autoemail.Delete(t.Context(), w.store.Write, w.maya, s.ID, w.now))
	w.later(time.Hour)
	w.comes(w.home("1", 300_000))
	none(t, w.after(time.Hour))
	w.must(autoemail.Undelete(t.Context(), w.store.Write, w.maya, s.ID, w.now))
	w.step()
	r := one(t, w.after(11*time.Minute), "1 Elm Street")
	if strings.Contains(r.text, "0 Elm Street") {
		t.Errorf("a home from before came: %s", r.text)
	}
}

func TestTwoAutoEmailsOfAClientShareALetter(t *testing.T) {
	w := openWorks(t)
	a := w.asap(func(s *autoemail.Search) { s.Name, s.Message = "Near the water", "Here *you* are." })
	b := w.asap(func(s *autoemail.Search) { s.Name, s.Message, s.Criteria.PriceMax = "Big houses", "Look.", 90_000_000 })
	w.comes(w.home("1", 300_000), w.home("2", 800_000))
	w.step()
	r := one(t, w.after(11*time.Minute), "2 new homes for you", "Near the water", "Big houses", "Here you are.", "Look.")
	if n := strings.Count(r.text, "1 Elm Street"); n != 1 {
		t.Errorf("the first home is there %d times", n)
	}
	wants(t, "the first's matches", w.matches(a.ID), "sent 1")
	wants(t, "the second's matches", w.matches(b.ID), "sent 2")
	// A third that finds the same home later sends nothing of it.
	w.save(w.mystic(func(s *autoemail.Search) { s.Name, s.Schedule = "Late", autoemail.Schedule{Kind: autoemail.ASAP} }), autoemail.Saving{Present: true})
	w.step()
	none(t, w.after(11*time.Minute))
	wants(t, "all matches", w.states(), "sent sent sent sent")
}

func TestOpenings(t *testing.T) {
	t.Run("a welcome now shows what matches", func(t *testing.T) {
		w := openWorks(t)
		for i := range 30 {
			w.comes(w.home(fmt.Sprint(100+i), int64(300_000+i)))
		}
		w.step()
		s := w.save(w.mystic(), autoemail.Saving{Opening: autoemail.OpeningWelcome, AtOnce: true, Present: true})
		r := one(t, w.after(0), "Maya is looking out for homes for you: “Homes in Mystic”. Letters come daily at 8:00 AM", "See all 30 homes", "30 new homes: Homes in Mystic")
		if n := strings.Count(r.text, " Elm Street"); n != autoemail.AtMostShown {
			t.Errorf("%d homes stand in the letter", n)
		}
		wants(t, "the matches", w.matches(s.ID), "sent 30")
		none(t, w.after(48*time.Hour))
	})
	t.Run("a welcome comes also without homes", func(t *testing.T) {
		w := openWorks(t)
		w.comes(w.home("1", 300_000))
		w.step()
		s := w.save(w.mystic(), autoemail.Saving{Opening: autoemail.OpeningWelcome})
		none(t, w.after(0))
		r := one(t, w.after(24*time.Hour), "Your search: Homes in Mystic")
		if strings.Contains(r.text, "Elm Street,") || w.find(s.ID).Opening != "" {
			t.Error("there are homes in it, or it will come again")
		}
		none(t, w.after(48*time.Hour))
	})
	t.Run("a welcome waits for a closed gate", func(t *testing.T) {
		w := openWorks(t)
		w.gate(w.rae, false)
		w.save(w.mystic(), autoemail.Saving{Opening: autoemail.OpeningWelcome, AtOnce: true})
		none(t, w.after(0))
		none(t, w.after(48*time.Hour))
		w.gate(w.rae, true)
		one(t, w.after(24*time.Hour), "Your search: Homes in Mystic")
	})
	t.Run("in concierge mode it goes with the first that was approved", func(t *testing.T) {
		w := openWorks(t)
		w.comes(w.home("1", 300_000), w.home("2", 300_000))
		w.step()
		s := w.save(w.mystic(vetted), autoemail.Saving{Opening: autoemail.OpeningWelcome, AtOnce: true, Present: true})
		none(t, w.after(time.Hour))
		wants(t, "the matches", w.states(), "unsent unsent")
		w.approve(w.rows()[1])
		one(t, w.after(time.Minute), "Maya picks homes for you by hand", "2 Elm Street")
		wants(t, "the matches", w.matches(s.ID), "sent 1, unsent 1")
	})
	t.Run("a second begin finds nothing more", func(t *testing.T) {
		w := openWorks(t)
		w.comes(w.home("1", 300_000))
		w.step()
		s := w.save(w.mystic(vetted), autoemail.Saving{Present: true})
		for range 2 {
			w.must(w.runner.Begin(t.Context(), s.ID))
		}
		w.step()
		wants(t, "the matches", w.states(), "unsent")
	})
}
