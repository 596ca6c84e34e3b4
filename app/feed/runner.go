package feed

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/outside"
)

// RunnerOptions are what a Runner works with.
type RunnerOptions struct {
	Write, Read *bun.DB
	SkipLocked  string // db.Store.SkipLocked; empty also says that no other process walks the feeds of this database
	Vault       *Vault
	Inside      []netip.Prefix // of the house's own network that feeds may reach all the same; the host's to set
	Clock       func() time.Time
	Sleep       func(ctx context.Context, d time.Duration) error // between requests, where the feed asks for it; nil: as long as that
	Log         *slog.Logger
	OnNews      func() // called after each page that changed something
}

// Runner reads the feeds when their time comes.
type Runner struct {
	o     RunnerOptions
	http  *http.Client
	name  string // of this process's leases
	clock func() time.Time
	tick  time.Duration

	kicked chan struct{}
	mu     sync.Mutex
	known  map[listings.FeedID]*source
	cancel map[listings.FeedID]context.CancelCauseFunc // of the walks of this process
	asked  []order                                     // by Start, for Run
}

// order is a walk that somebody asked for; its run is there already.
type order struct {
	run  *Run
	sure bool
}

// lease is how long a walk stays this process's unless renewed.
const lease = 90 * time.Second

// answerTime bounds one whole request: a page of 64 MB over a slow line. Silence ends it sooner.
const answerTime = 10 * time.Minute

// NewRunner makes a runner; Run starts it.
func NewRunner(o RunnerOptions) *Runner {
	if o.OnNews == nil {
		o.OnNews = func() {}
	}
	return &Runner{
		o: o, http: outside.Client(outside.Options{Inside: o.Inside, Timeout: answerTime}), name: serving + holder(),
		clock: func() time.Time { return o.Clock().UTC().Truncate(time.Microsecond) }, tick: 15 * time.Second,
		kicked: make(chan struct{}, 1), known: map[listings.FeedID]*source{}, cancel: map[listings.FeedID]context.CancelCauseFunc{},
	}
}

// serving begins the name of whoever walks for the server, and not for a command.
const serving = "serve-"

// Run reads feeds as they fall due until ctx ends, and finishes what a kill left half done.
func (r *Runner) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	first := true
	for {
		orders, err := r.due(ctx, first)
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error("which feeds are due", "err", err)
		}
		first = first && err != nil
		for _, o := range orders {
			all.Go(func() {
				if _, err := r.perform(ctx, o); err != nil && ctx.Err() == nil {
					r.o.Log.Warn("a feed was not read", "feed", o.run.FeedID, "err", err)
				}
			})
		}
		timer := time.NewTimer(r.tick)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-r.kicked:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Start reads a feed now; Run does it. sure also carries out a key walk that would take away more than the feed's share.
// Faults: Denied, NotFound, Conflict while it is being read.
func (r *Runner) Start(ctx context.Context, by agents.Agent, id listings.FeedID, sure bool) error {
	if !by.Broker() {
		return fault.New(fault.Denied, "Only a broker can start feeds.")
	}
	if _, err := find(ctx, r.o.Read, id); err != nil {
		return err
	}
	run, err := r.claim(ctx, id, "", false)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.asked = append(r.asked, order{run, sure})
	r.mu.Unlock()
	select {
	case r.kicked <- struct{}{}:
	default:
	}
	return nil
}

// Walk reads a feed now and returns when it is done, with its last run: what Start has Run do. Faults: NotFound, Conflict while
// it is being read.
func (r *Runner) Walk(ctx context.Context, id listings.FeedID, sure bool) (Run, error) {
	if _, err := find(ctx, r.o.Read, id); err != nil {
		return Run{}, err
	}
	run, err := r.claim(ctx, id, "", false)
	if err != nil {
		return Run{}, err
	}
	return r.perform(ctx, order{run, sure})
}

// Stop ends a feed's walk. The page that is being read is not brought in; the next run goes on with it.
func (r *Runner) Stop(id listings.FeedID) {
	r.mu.Lock()
	cancel := r.cancel[id]
	r.mu.Unlock()
	if cancel != nil {
		cancel(errStopped)
		return
	}
	// Another process walks, or none any more: it learns of this at its next page.
	if err := r.stopElsewhere(context.Background(), id); err != nil {
		r.o.Log.Error("stop a feed's walk", "feed", id, "err", err)
	}
}

// perform carries out an order: a walk of what is new, then one of keys if it is time or sure. Its run is finished in
// any case. A panic ends the walk, not the program.
func (r *Runner) perform(ctx context.Context, o order) (last Run, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.mu.Lock()
	r.cancel[o.run.FeedID] = cancel
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.cancel, o.run.FeedID)
		r.mu.Unlock()
	}()
	stop := r.keepLease(ctx, o.run, cancel)
	defer func() { stop() }()

	w, err := r.begin(ctx, o.run)
	if err == nil {
		err = guard(func() error { return w.changes(ctx) })
	}
	stop() // before the run ends: who renews it then would think it lost
	stop = func() {}
	r.finish(ctx, o.run, err)
	if err != nil || !o.sure && !w.keysDue() {
		return *o.run, err
	}
	keys, err := r.claim(ctx, o.run.FeedID, "keys", false)
	if err != nil {
		return *o.run, err
	}
	stop = r.keepLease(ctx, keys, cancel)
	w.run = keys
	err = guard(func() error { return w.keys(ctx, o.sure) })
	stop()
	stop = func() {}
	r.finish(ctx, keys, err)
	return *keys, err
}

func guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("feed: panic: %v", p)
		}
	}()
	return do()
}

// PhotoRules are a feed's rules for photos; their fields are those of package photos.
type PhotoRules struct {
	HotLink   bool
	PerHome   int
	UserAgent string // MLS Grid demands its token here; a secret
}

// PhotoRules says how a feed's photos are taken.
func (r *Runner) PhotoRules(ctx context.Context, id listings.FeedID) (PhotoRules, error) {
	var row row
	if err := r.o.Read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return PhotoRules{}, fmt.Errorf("feed: photo rules of feed %d: %w", id, err)
	}
	s, err := row.read()
	if err != nil {
		return PhotoRules{}, err
	}
	rules := PhotoRules{HotLink: s.HotLink, PerHome: s.PhotosPerHome}
	if s.dialect().agentIsID {
		secrets, err := r.o.Vault.unlock(row.Secrets)
		if err != nil {
			return PhotoRules{}, err
		}
		rules.HotLink, rules.UserAgent = false, secrets.Secret
	}
	return rules, nil
}
