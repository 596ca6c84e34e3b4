package feed

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/app/reso"
)

// walk is a feed being read.
type walk struct {
	r     *Runner
	feed  *source
	say   dialect
	run   *Run
	seen  func(Run)     // told after each page
	wait  time.Duration // how old the homes here were when it began; zero: unknown
	seed  maphash.Seed
	known mark // Property's
}

func (r *Runner) begin(ctx context.Context, run *Run) (*walk, error) {
	feed, err := r.open(ctx, run.FeedID)
	if err != nil {
		return nil, err
	}
	w := &walk{r: r, feed: feed, say: feed.dialect(), run: run, seed: maphash.MakeSeed()}
	feed.mu.Lock()
	feed.runs = run
	feed.mu.Unlock()
	read, err := lastRead(ctx, r.o.Read)
	if at := read[run.FeedID]; !at.IsZero() {
		w.wait = r.clock().Sub(at)
	}
	return w, err
}

// changes reads what is new in each resource, the homes first.
func (w *walk) changes(ctx context.Context) error {
	if err := w.learn(ctx); err != nil {
		return err
	}
	if err := w.read(ctx, w.property()); err != nil {
		return err
	}
	if err := w.besides(ctx); err != nil {
		return err
	}
	var err error
	w.known, err = readMark(ctx, w.r.o.Read, w.run.FeedID, "Property")
	return err
}

// besides reads what stands beside the homes. What can't be read of it is a problem of the run's, and no failure.
func (w *walk) besides(ctx context.Context) error {
	for _, res := range []resource{w.openHouses(), w.offices(), w.members()} {
		err := w.read(ctx, res)
		var e *reso.Error
		switch {
		case err == nil:
		case ctx.Err() != nil || !errors.As(err, &e) || e.Status == 401 || e.Status == 429:
			return err
		default:
			if err := w.run.report([]Problem{{Field: res.name, Say: "This could not be read: " + e.Say}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// learnEvery is how long what a feed says of itself is believed.
const learnEvery = 24 * time.Hour

// learn reads what the feed has; one that does not say is asked for everything and believed when it refuses.
func (w *walk) learn(ctx context.Context) error {
	if now := w.r.clock(); w.feed.asked.IsZero() || now.Sub(w.feed.asked) > learnEvery {
		meta, err := w.feed.client.Metadata(ctx)
		var e *reso.Error
		if err != nil && !errors.As(err, &e) {
			return err
		}
		if e != nil && (e.Status == 401 || e.Status == 429 || e.Unreached()) {
			return err
		}
		w.feed.meta, w.feed.asked, w.feed.less = meta, now, map[string]*less{}
	}
	return nil
}

// resource is one kind of record and how it is read.
type resource struct {
	name     string // in the feed's marks
	path     string
	optional bool // a feed without it is none the worse
	say      dialect
	size     int
	// query asks for what changed since; as says what the feed does not do.
	query func(since time.Time, loaded bool, as *less) reso.Query
	take  taker
	whole string // an address given by hand, read instead of query's
}

// taker takes a page's records and then brings them in.
type taker interface {
	reso.Taker
	// prepare asks the feed for more, outside of any transaction.
	prepare(ctx context.Context) error
	// apply brings the page in; first says that the resource was never read to its end.
	apply(ctx context.Context, db bun.Tx, first bool) (listings.Applied, error)
	// told is the latest timestamp, what is wrong, and a mark by which the same page is known again.
	told() (latest time.Time, problems []Problem, print uint64)
}

// mostRestarts is how often a run begins again from the watermark, where the feed no longer knows its link.
const mostRestarts = 3

// read walks a resource to its end, from where the last walk was cut off or from its watermark.
func (w *walk) read(ctx context.Context, res resource) error {
	m, err := readMark(ctx, w.r.o.Read, w.run.FeedID, res.name)
	if err != nil {
		return err
	}
	as := w.feed.lacks(res.name)
	if res.optional && (as.missing || w.feed.meta != nil && !w.feed.meta.Has(res.name)) {
		return nil
	}
	link, fresh, restarts := m.NextLink, false, 0
	var guard guardian
	for {
		if link == "" {
			m.begin(res.say)
			link, fresh = w.first(res, &m, as), true
		}
		page, err := w.feed.client.Page(ctx, link, res.size, res.take)
		var e *reso.Error
		switch {
		case err == nil:
		case !errors.As(err, &e) || !e.Refused() && !e.Link && !(fresh && e.Status == 500): // some trip over what they don't know
			return err
		case !fresh: // the link was forgotten
			if restarts++; restarts > mostRestarts {
				return err
			}
			link, guard = "", guardian{}
			continue
		case as.give(res.query(m.since(res.say), m.Loaded, as)) && e.Status != 403 && e.Status != 404:
			link = ""
			continue
		case res.optional && e.Refused():
			as.missing = true
			return nil
		default:
			return err
		}
		if err := res.take.prepare(ctx); err != nil {
			return err
		}
		if err := w.bring(ctx, res, &m, page); err != nil {
			return err
		}
		if err := guard.check(w, link, page, res.take); err != nil {
			m.begin(res.say) // else the next run would go round again
			return errors.Join(err, m.write(ctx, w.r.o.Write))
		}
		if link, fresh = page.Next, false; link == "" {
			return nil
		}
	}
}

// first is where a fresh walk begins.
func (w *walk) first(res resource, m *mark, as *less) string {
	if res.whole != "" {
		return res.whole
	}
	return w.feed.client.URL(res.path, res.query(m.since(res.say), m.Loaded, as))
}

// give gives up one more thing that a refused query asked for.
func (l *less) give(q reso.Query) bool {
	switch {
	case len(q.Expand) > 0 && !l.noExpand:
		l.noExpand = true
	case q.OrderBy != "" && !l.noOrder:
		l.noOrder = true
	case len(q.Select) > 0 && !l.noSelect:
		l.noSelect = true
	default:
		return false
	}
	return true
}

// bring writes a page and how far it leads in one transaction: both are there or neither.
func (w *walk) bring(ctx context.Context, res resource, m *mark, page reso.Page) error {
	latest, problems, _ := res.take.told()
	if page.Odd > 0 {
		problems = append(problems, Problem{Say: "The page holds something that is no record; it is left out.", Skip: true})
	}
	before, after := *w.run, *w.run
	next := *m
	var done listings.Applied
	err := w.r.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := w.unchanged(ctx, db); err != nil {
			return err
		}
		var err error
		if done, err = res.take.apply(ctx, db, !m.Loaded); err != nil {
			return err
		}
		after = before
		if !res.optional { // a run counts homes
			after.Seen += page.Records
		}
		after.Added += done.Added
		after.Changed += done.Changed
		after.Gone += done.Gone
		after.Held += done.Held
		if err := w.r.renew(ctx, db, &after); err != nil {
			return err
		}
		next = *m
		at := page.At
		if at.IsZero() {
			at = w.r.clock()
		}
		if next.page(res.say, latest, at, page.Next); next.Loaded && !m.Loaded {
			next.ReconciledAt = w.r.clock() // all of it was just here
		}
		return next.write(ctx, db)
	})
	if err != nil {
		return err
	}
	*m, *w.run = next, after
	if err := w.run.report(problems); err != nil {
		return err
	}
	w.tell(done)
	return nil
}

// tell passes on what a page did.
func (w *walk) tell(done listings.Applied) {
	if w.seen != nil {
		w.seen(*w.run)
	}
	if done.Added+done.Changed+done.Gone+done.Held > 0 {
		w.r.o.OnNews()
	}
}

// unchanged sees that the feed's settings are those of the walk, and holds them until the transaction ends: who saves
// others begins the marks anew, and they must not be written by the old ones.
func (w *walk) unchanged(ctx context.Context, db bun.Tx) error {
	result, err := db.ExecContext(ctx, "UPDATE feeds SET version = version WHERE id = ? AND version = ?", w.run.FeedID, w.feed.Version)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return errChanged
	}
	return nil
}
