package photos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"porchlight/app/listings"
	"porchlight/app/outside"
)

// Options are what a Cache works with.
type Options struct {
	Dir         string // DATA_DIR/photos
	Write, Read *bun.DB
	Limit       int64          // bytes on disk; 0: 5 GiB
	Inside      []netip.Prefix // as in feed.RunnerOptions
	// Rules says how a feed's photos are taken: kept or linked, how many of a home, with which User-Agent.
	Rules func(ctx context.Context, feed listings.FeedID) (Rules, error)
	Clock func() time.Time
	Log   *slog.Logger
}

// Rules are a feed's rules for photos.
type Rules struct {
	HotLink   bool
	PerHome   int    // 0: 20
	UserAgent string // MLS Grid demands its token here; a secret
}

// Cache fetches and keeps photos. Several processes on one folder and one database may each have one: what two fetch at
// once is kept once.
type Cache struct {
	o      Options
	root   *os.Root // no name leads out of it
	client *http.Client
	hosts  pace
	kick   chan struct{}
	decode chan struct{} // whoever holds its one place may decode
	used   atomic.Int64  // bytes on disk
	swept  time.Time     // only Run looks
}

var (
	metricKept   = metrics.NewCounter("photos_kept_total")
	metricFailed = metrics.NewCounter("photos_failed_total")
	metricFull   = metrics.NewCounter("photos_disk_full_total")
)

// errFull says that the cache has used up its share of the disk.
var errFull = errors.New("photos: the share of the disk is used up")

// Open prepares the folder.
func Open(o Options) (*Cache, error) {
	if o.Limit == 0 {
		o.Limit = defaultMax
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("photos: %w", err)
	}
	root, err := os.OpenRoot(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("photos: %w", err)
	}
	return &Cache{
		o: o, root: root, client: outside.Client(outside.Options{Inside: o.Inside, Timeout: patience}),
		kick: make(chan struct{}, 1), decode: make(chan struct{}, 1),
	}, nil
}

// Close lets the folder go.
func (c *Cache) Close() error { return c.root.Close() }

// Kick says that there may be new work.
func (c *Cache) Kick() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Run fetches what is wanted until ctx ends, and sweeps up what a kill left: at the start and every six hours.
func (c *Cache) Run(ctx context.Context) error {
	tick := time.NewTicker(30 * time.Second)
	defer tick.Stop()
	var rest time.Time // until then nothing is fetched: the disk is full or the database is away
	for {
		if err := c.tidy(ctx); err != nil && ctx.Err() == nil {
			c.o.Log.Error("sweep the photos", "err", err)
		}
		if time.Now().After(rest) {
			_, err := c.pass(ctx)
			switch {
			case ctx.Err() != nil:
				return nil
			case errors.Is(err, errFull):
				metricFull.Inc()
				rest = time.Now().Add(10 * time.Minute)
				c.o.Log.Warn("no room for more photos: the homes' newest photos are missing until the limit is raised or homes leave the market", "limit", c.o.Limit)
			case err != nil:
				rest = time.Now().Add(time.Minute)
				c.o.Log.Error("fetch photos", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-c.kick:
		}
	}
}

// Drain fetches what is wanted now; for tests and the demo.
func (c *Cache) Drain(ctx context.Context) error {
	if err := c.count(ctx); err != nil {
		return err
	}
	for {
		if done, err := c.pass(ctx); done == 0 || err != nil {
			return err
		}
	}
}

// pass goes once through the homes whose photos are wanted or due for another try. It returns how many it finished. One
// home's trouble is logged and leaves the others alone; a full disk ends the pass.
func (c *Cache) pass(ctx context.Context) (int, error) {
	var done atomic.Int64
	for after := listings.ID(0); ; {
		ids, err := c.due(ctx, after, 64)
		if err != nil || len(ids) == 0 {
			return int(done.Load()), err
		}
		after = ids[len(ids)-1]
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(workers)
		for _, id := range ids {
			group.Go(func() error {
				err := c.home(ctx, id)
				switch {
				case err == nil:
					done.Add(1)
				case ctx.Err() != nil:
					return ctx.Err()
				case errors.Is(err, errFull):
					return err
				default:
					c.o.Log.Error("the photos of a home", "listing", id, "err", err)
				}
				return nil
			})
		}
		if err := group.Wait(); err != nil {
			return int(done.Load()), err
		}
	}
}

// due lists homes with work to do, in order of id.
func (c *Cache) due(ctx context.Context, after listings.ID, limit int) ([]listings.ID, error) {
	var wanted, again []listings.ID
	err := c.o.Read.NewRaw("SELECT id FROM listings WHERE photos_wanted AND gone_at IS NULL AND id > ? ORDER BY id LIMIT ?", after, limit).Scan(ctx, &wanted)
	if err != nil {
		return nil, fmt.Errorf("photos: what is wanted: %w", err)
	}
	err = c.o.Read.NewRaw("SELECT DISTINCT f.listing_id FROM listing_photos AS f JOIN listings AS h ON h.id = f.listing_id "+
		"WHERE f.state = 'failed' AND f.next_at <= ? AND h.gone_at IS NULL AND f.listing_id > ? ORDER BY f.listing_id LIMIT ?", c.o.Clock(), after, limit).Scan(ctx, &again)
	if err != nil {
		return nil, fmt.Errorf("photos: what is due again: %w", err)
	}
	all := append(wanted, again...)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), limit)], nil
}

// pace keeps from asking a host faster than it allows: twenty at once, then two in a second, as MLS Grid asks (7,200 an
// hour), and not at all while a host has said to wait.
type pace struct {
	mu    sync.Mutex
	next  map[string]time.Time
	quiet map[string]time.Time
}

const (
	gap   = 500 * time.Millisecond
	burst = 20 * gap
)

// wait until host may be asked.
func (p *pace) wait(ctx context.Context, host string) error {
	p.mu.Lock()
	if p.next == nil || len(p.next) > 1000 {
		p.next = map[string]time.Time{}
	}
	now := time.Now()
	at := p.next[host]
	if at.Before(now.Add(-burst)) {
		at = now.Add(-burst)
	}
	at = at.Add(gap)
	p.next[host] = at
	p.mu.Unlock()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// hush says that host wants no requests until then.
func (p *pace) hush(host string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.quiet == nil || len(p.quiet) > 1000 {
		p.quiet = map[string]time.Time{}
	}
	p.quiet[host] = until
}

// hushed is until when host wants no requests, if that is after now.
func (p *pace) hushed(host string, now time.Time) (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	until := p.quiet[host]
	return until, until.After(now)
}
