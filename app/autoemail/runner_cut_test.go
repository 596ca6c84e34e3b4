package autoemail_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

// cutter ends a context after so many statements.
type cutter struct {
	mu   sync.Mutex
	left int
	cut  func()
}

func (c *cutter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left <= 0 {
		c.cut()
	}
	return ctx
}

func (c *cutter) AfterQuery(context.Context, *bun.QueryEvent) {}

// cutOff are options whose statements a cutter counts.
func (w *works) cutOff(c *cutter) autoemail.RunnerOptions {
	o := w.options
	o.Write, o.Read = o.Write.WithQueryHook(c), o.Read.WithQueryHook(c)
	return o
}

// before does something once, before the first statement that holds these words.
type before struct {
	words string
	do    func()
	once  sync.Once
}

func (b *before) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if strings.Contains(e.Query, b.words) {
		b.once.Do(b.do)
	}
	return ctx
}

func (b *before) AfterQuery(context.Context, *bun.QueryEvent) {}

func TestWhatIsTakenBackWhileItsLetterIsMadeDoesNotLeave(t *testing.T) {
	w := queued(t, 2)
	w.approve(w.rows()...)
	w.later(autoemail.UndoFor)
	o := w.options
	o.Read = o.Read.WithQueryHook(&before{words: "public_remarks", do: func() {
		_, err := autoemail.Undo(t.Context(), w.store.Write, w.maya, []int64{w.rows()[0].ID}, w.now.Add(-time.Second))
		w.must(err)
	}})
	w.must(autoemail.NewRunner(o).Step(t.Context()))
	w.must(w.courier.Drain(t.Context()))
	none(t, w.mail())
	wants(t, "the matches", w.states(), "unsent approved")
	one(t, w.after(0), "\n2 Elm Street")
	wants(t, "the matches", w.states(), "unsent sent")
}

func TestAnAutoEmailThatChangesWhileItsHomesAreFoundGetsWhatItAsksForNow(t *testing.T) {
	w := openWorks(t)
	s := w.asap()
	w.step()
	w.comes(w.home("M1", 350_000))
	o := w.options
	o.Read = o.Read.WithQueryHook(&before{words: "listing_events", do: func() {
		s.Criteria.Cities = []string{"Noank"}
		_, err := autoemail.Save(t.Context(), w.store.Write, w.maya, s, autoemail.Saving{}, w.now)
		w.must(err)
	}})
	w.must(autoemail.NewRunner(o).Step(t.Context()))
	wants(t, "the matches", w.states(), "")
	w.comes(w.home("N1", 350_000, func(r *listings.Record) { r.City = "Noank" }))
	w.step()
	wants(t, "the matches", w.states(), "waiting")
}
