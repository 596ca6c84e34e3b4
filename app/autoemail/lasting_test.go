package autoemail_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/consent"
	"porchlight/app/listings"
)

func TestWhatHappensBetweenAnOptOutAndItsUndoIsCaughtUp(t *testing.T) {
	w := openWorks(t)
	w.options.Gather = -1
	w.runner = autoemail.NewRunner(w.options)
	w.asap()
	event, err := w.ledger.OptOut(t.Context(), w.store.Write, w.link(w.rae), consent.By{Door: consent.DoorPage}, w.now)
	w.must(err)
	none(t, w.after(time.Second))
	w.later(time.Minute)
	w.comes(w.home("1", 300_000))
	none(t, w.after(time.Second))
	w.must(w.ledger.Undo(t.Context(), w.store.Write, w.link(w.rae), event, consent.By{Door: consent.DoorPage}, w.now))
	w.after(time.Second)
	wants(t, "the matches", w.states(), "sent")
}

func TestAHomeThatLeavesTheMarketAfterItsApprovalGoesBackToTheAgent(t *testing.T) {
	for _, status := range []listings.Status{listings.Pending, listings.Closed} {
		w := queued(t, 1)
		w.approve(w.rows()...)
		w.later(30 * time.Second)
		w.comes(w.home("1", 300_000, in(status)))
		none(t, w.after(30*time.Second))
		m := w.rows()[0]
		if m.State != autoemail.Unsent || m.Reason != "It is "+string(status)+" now; it was Active when it was found." {
			t.Fatalf("%s, %q", m.State, m.Reason)
		}
		_, err := autoemail.Approve(t.Context(), w.store.Write, w.maya, []autoemail.Pick{{ID: m.ID, Version: m.Version, Anyway: true}}, w.now)
		w.must(err)
		one(t, w.after(time.Minute), "\n1 Elm Street") // the agent was asked, and it is as they saw it
	}
}

// TestTheAutoEmailsOfSeveralLettersAreHeldInTurn looks, as the first of several letters is written down, whether all their
// auto emails are held: who holds them one by one, by client, waits for a matcher that holds them by number and waits for them.
func TestTheAutoEmailsOfSeveralLettersAreHeldInTurn(t *testing.T) {
	w := openWorks(t)
	if w.store.Write.Dialect().Name().String() == "sqlite" {
		t.Skip("SQLite has one writer, who waits for nobody")
	}
	first := w.rae
	w.asap()
	w.rae = w.client(w.maya, "Sol Reed")
	w.asap()
	w.rae = first
	w.asap()
	w.comes(w.home("1", 300_000))
	w.step()
	w.later(autoemail.Gather)
	var free []autoemail.ID
	o := w.options
	o.Write = o.Write.WithQueryHook(&before{words: "SET last_sent_at", do: func() {
		w.must(w.store.Read.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
			return db.NewRaw("SELECT id FROM searches FOR UPDATE SKIP LOCKED").Scan(ctx, &free)
		}))
	}})
	w.must(autoemail.NewRunner(o).Step(t.Context()))
	wants(t, "auto emails held by nobody", len(free), 0)
}

func TestAHomeIsNewOnceThoughItsPriceAndTheSearchChanged(t *testing.T) {
	w := openWorks(t)
	w.options.Gather = -1
	w.runner = autoemail.NewRunner(w.options)
	s := w.asap()
	w.comes(w.home("1", 300_000), w.home("2", 700_000))
	one(t, w.after(time.Second), "\n1 Elm Street")
	w.comes(w.home("1", 290_000))
	one(t, w.after(time.Second), "New price: 1 Elm Street")
	s = w.find(s.ID)
	s.Criteria.PriceMax = 90_000_000
	w.save(s, autoemail.Saving{Opening: autoemail.OpeningRevised, AtOnce: true, Present: true})
	one(t, w.after(time.Second), "2 Elm Street", "Here is the first one.")
	wants(t, "the matches", w.states(), "sent sent sent")
}

func TestWhatCameJustBeforeAPauseIsNotLost(t *testing.T) {
	w := openWorks(t)
	w.options.Gather = -1
	w.runner = autoemail.NewRunner(w.options)
	w.comes(w.home("1", 300_000)) // from before there was an auto email: no news, then or later
	w.later(time.Minute)
	s := w.asap()
	w.later(time.Minute)
	w.comes(w.home("2", 300_000)) // and the matcher has not come to it yet
	w.later(time.Second)
	_, err := autoemail.Pause(t.Context(), w.store.Write, w.maya, []autoemail.ID{s.ID}, time.Time{}, w.now)
	w.must(err)
	none(t, w.after(time.Minute))
	_, err = autoemail.Resume(t.Context(), w.store.Write, w.maya, []autoemail.ID{s.ID}, w.now)
	w.must(err)
	w.step()
	one(t, w.after(time.Second), "\n2 Elm Street")
	wants(t, "the matches", w.states(), "sent")
}
