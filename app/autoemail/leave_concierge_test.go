package autoemail_test

import (
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
)

// queued opens works with a search in concierge mode and so many homes in its queue.
func queued(t testing.TB, homes int, change ...func(*autoemail.Search)) *works {
	t.Helper()
	w := openWorks(t)
	w.asap(append(change, vetted)...)
	for i := range homes {
		w.comes(w.home(string(rune('1'+i)), 300_000))
		w.later(time.Second)
	}
	none(t, w.after(time.Second))
	return w
}

func TestWhatWasApproved(t *testing.T) {
	t.Run("leaves a minute after the last decision, in one letter", func(t *testing.T) {
		w := queued(t, 4)
		none(t, w.after(24*time.Hour)) // nobody decided
		all := w.rows()
		w.approve(all[0])
		none(t, w.after(40*time.Second))
		w.approve(all[1])
		none(t, w.after(40*time.Second))
		_, err := autoemail.Reject(t.Context(), w.store.Write, w.maya, []autoemail.Pick{{ID: all[2].ID, Version: all[2].Version}}, "Price", w.now)
		w.must(err)
		none(t, w.after(59*time.Second))
		one(t, w.after(time.Second), "2 new homes: Homes in Mystic", "Maya picked these 2 homes for you", "\n1 Elm Street", "\n2 Elm Street")
		wants(t, "the matches", w.states(), "sent sent rejected unsent")
		none(t, w.after(time.Hour))
	})
	t.Run("and taken back in time does not leave", func(t *testing.T) {
		w := queued(t, 1)
		w.approve(w.rows()[0])
		none(t, w.after(59*time.Second))
		_, err := autoemail.Undo(t.Context(), w.store.Write, w.maya, []int64{w.rows()[0].ID}, w.now)
		w.must(err)
		none(t, w.after(time.Hour))
		wants(t, "the matches", w.states(), "unsent")
	})
	t.Run("carries the agent's words", func(t *testing.T) {
		w := queued(t, 1)
		_, err := autoemail.SetNote(t.Context(), w.store.Write, w.maya, w.rows()[0].ID, "The porch faces west.", w.now)
		w.must(err)
		w.approve(w.rows()[0])
		one(t, w.after(time.Minute), "The porch faces west.", "Maya picked this home for you")
	})
	for name, c := range map[string]struct {
		change func(w *works)
		reason string
	}{
		"but is gone goes back into the queue": {func(w *works) {
			w.comes(w.home("1", 300_000, func(r *listings.Record) { r.Gone = true }))
		}, "This home could not be sent any more. It is no longer in the feed it came from."},
		"but whose client opted out goes back into the queue": {func(w *works) {
			w.must(w.ledger.OptOutFor(t.Context(), w.store.Write, w.rae.ID, consent.By{Agent: agents.Agent{ID: w.maya, Name: "Maya Bell"}, Door: consent.DoorPhone}, w.now))
		}, "Opted out on 22 November; Maya Bell recorded it."},
		"but whose auto email was paused goes back into the queue": {func(w *works) {
			_, err := autoemail.Pause(t.Context(), w.store.Write, w.maya, []autoemail.ID{w.rows()[0].SearchID}, time.Time{}, w.now)
			w.must(err)
		}, "The auto e-mail was paused before this home left."},
	} {
		t.Run(name, func(t *testing.T) {
			w := queued(t, 1)
			w.approve(w.rows()[0])
			w.later(30 * time.Second)
			c.change(w)
			none(t, w.after(30*time.Second))
			m := w.rows()[0]
			if m.State != autoemail.Unsent || m.Reason != c.reason || !m.DecidedAt.IsZero() {
				t.Errorf("%s, %q, decided %v", m.State, m.Reason, m.DecidedAt)
			}
			none(t, w.after(time.Hour))
		})
	}
	t.Run("for a client who was deleted goes nowhere", func(t *testing.T) {
		w := queued(t, 1)
		w.approve(w.rows()[0])
		_, err := clients.Delete(t.Context(), w.store.Write, w.maya, w.rae.ID)
		w.must(err)
		none(t, w.after(time.Minute))
		w.comes(w.home("7", 300_000))
		none(t, w.after(time.Minute))
		wants(t, "what is left", len(w.rows()), 0)
	})
	t.Run("shares the letter of another auto email that is due", func(t *testing.T) {
		w := queued(t, 1)
		w.save(w.mystic(func(s *autoemail.Search) { s.Name, s.Criteria.PriceMax = "Daily", 90_000_000 }), autoemail.Saving{})
		w.comes(w.home("8", 800_000))
		w.step()
		w.later(w.now.Truncate(24 * time.Hour).Add(37*time.Hour - time.Minute).Sub(w.now)) // 7:59 in New York
		w.approve(w.rows()[0])
		one(t, w.after(time.Minute), "2 new homes for you", "Maya picked this home for you", "1 new home for “Daily”", "\n1 Elm Street", "\n8 Elm Street")
	})
}

func TestPriceDropsOfApprovedHomesMayGoStraightThrough(t *testing.T) {
	w := queued(t, 2, func(s *autoemail.Search) { s.DropsDirect = true })
	w.approve(w.rows()[0])
	one(t, w.after(time.Minute), "\n1 Elm Street")
	w.comes(w.home("1", 290_000), w.home("2", 290_000))
	none(t, w.after(time.Second))
	wants(t, "the matches", w.states(), "sent unsent approved unsent") // the second was never approved
	one(t, w.after(time.Minute), "New price: 1 Elm Street", "The price has come down of a home that Maya picked for you.", "$300,000", "$290,000")
	w.comes(w.home("1", 295_000)) // up again: that is for the agent
	none(t, w.after(time.Second))
	wants(t, "the matches", w.states(), "sent unsent sent unsent unsent")
}

func TestAClientWithoutASignIsAskedWhetherTheyAreStillLooking(t *testing.T) {
	w := openWorks(t)
	s := w.save(w.mystic(), autoemail.Saving{})
	w.comes(w.home("1", 300_000))
	w.step()
	one(t, w.after(24*time.Hour), "1 Elm Street")
	r := one(t, w.after(61*24*time.Hour), "Are you still looking?", "Yes, I’m still looking", "“Homes in Mystic” now comes less often: Mondays at 8:00 AM")
	if r.to != "rae.moss@example.com" {
		t.Errorf("it went to %s", r.to)
	}
	w.runner = autoemail.NewRunner(w.options) // which looks for clients another process did not come to ask
	none(t, w.after(time.Hour))
	var mailing []int64
	w.must(w.store.Read.NewRaw("SELECT mailing_id FROM search_letters WHERE search_id = ?", s.ID).Scan(t.Context(), &mailing))
	wants(t, "its letters", len(mailing), 2)
}
