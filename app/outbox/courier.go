package outbox

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/mail"
)

// Options are what a courier works with.
type Options struct {
	Write, Read *bun.DB
	SkipLocked  string       // db.Store.SkipLocked; empty also says that no other process sends from this database
	Commits     func() int64 // db.Store.Commits; nil: every gate reads
	Uncounted   func()       // db.Store.Uncounted
	Ledger      *consent.Ledger
	Renderer    *mail.Renderer // for notices
	Route       mail.Route     // nil: letters wait
	Workers     int            // goroutines, one kept connection each
	BaseURL     string
	Clock       func() time.Time
	Log         *slog.Logger
}

// lease is how long a claimed letter stays this process's unless renewed, where several processes send. A process that
// can't renew for so long has lost its letters to the others.
const lease = 90 * time.Second

// grace is how long letters in hand may take once the courier is told to stop.
const grace = 30 * time.Second

// Courier delivers what is in the outbox with a pool of goroutines.
type Courier struct {
	write, read *bun.DB
	skipLocked  string
	commits     func() int64
	uncounted   func()
	ledger      *consent.Ledger
	renderer    *mail.Renderer
	route       mail.Route
	workers     int
	baseURL     string
	clock       func() time.Time
	log         *slog.Logger

	name      string // of this process's leases
	ways      breakers
	pace      pace // the dispatcher's
	held      atomic.Pointer[Held]
	onWrite   statements
	onRead    statements
	hot       []string // the texts of nearly every turn
	texts     texts
	linkKeys  heldKeys
	signers   signers
	kicked    chan struct{} // to the dispatcher
	tidy      chan struct{} // to whoever posts notices and withholds
	recovered atomic.Bool   // letters that a dead process had in hand are back
	told      struct {
		sync.Mutex
		noRoute, outage bool
	}
}

// NewCourier makes a courier; Run starts it.
func NewCourier(o Options) *Courier {
	c := &Courier{
		write: o.Write, read: o.Read, skipLocked: o.SkipLocked, commits: o.Commits, uncounted: o.Uncounted, ledger: o.Ledger, renderer: o.Renderer, route: o.Route,
		workers: max(1, o.Workers), baseURL: strings.TrimSuffix(o.BaseURL, "/"), log: o.Log,
		clock: func() time.Time { return o.Clock().UTC().Truncate(time.Microsecond) },
		name:  rand.Text(), kicked: make(chan struct{}, 1), tidy: make(chan struct{}, 1),
	}
	if o.SkipLocked == "" { // SQLite: prepared statements pay; on PostgreSQL behind a pooler they may not be there next time
		c.onWrite.db, c.onRead.db = o.Write.DB, o.Read.DB
		c.hot = []string{pickText(due, ""), pickText(dueNotices, ""), sentText}
		for n := range min((1+ahead)*c.workers, 48) {
			c.hot = append(c.hot, takeText(n+1), takeAheadText(n+1))
		}
	}
	return c
}

// Kick says that there may be something new to do. It never blocks.
func (c *Courier) Kick() {
	poke(c.kicked)
	poke(c.tidy)
}

func poke(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, then lets letters in hand finish (at most 30 s), records their results and returns.
// On SQLite, letters that a killed process had in hand are taken up again first.
func (c *Courier) Run(ctx context.Context) error {
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { c.keepTidy(ctx) })
	if c.route == nil {
		<-ctx.Done()
		return nil
	}
	// Letters in hand outlive ctx, and the database must hear of them.
	sending, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, cut) })()
	if c.skipLocked != "" {
		all.Go(func() { c.keepLeases(sending) })
	}
	return c.dispatch(ctx, sending)
}

// Drain delivers everything that is due now and returns; for tests and the demo.
func (c *Courier) Drain(ctx context.Context) error {
	var l line
	defer l.close()
	for {
		if err := c.tidyUp(ctx); err != nil {
			return err
		}
		if c.route == nil {
			return nil
		}
		sent, err := c.drainDue(ctx, &l)
		if err != nil || !sent {
			return err
		}
	}
}

// drainDue delivers until nothing is due.
func (c *Courier) drainDue(ctx context.Context, l *line) (sent bool, err error) {
	var done []result
	for {
		n, _ := c.ways.allowed(c.workers, 0, c.clock())
		if ctx.Err() != nil {
			n = 0
		}
		jobs, fenced, err := c.turn(context.WithoutCancel(ctx), done, room{n, n, n}, new(scout))
		if err != nil {
			return sent, err
		}
		c.tally(done, fenced)
		if len(jobs) == 0 {
			return sent, ctx.Err()
		}
		done = done[:0]
		for _, j := range jobs {
			if ctx.Err() != nil {
				done = append(done, back(j, c.clock()))
				continue
			}
			done, sent = append(done, c.deliver(ctx, l, j)), true
		}
	}
}

// Health is how the way out is, for pages.
type Health struct {
	Route       string    // empty: no SMTP_URL
	PausedUntil time.Time // the route's breaker; zero: open
	Trouble     string    // what the server said last, in words; empty: all well
	Waiting     []string  // recipient domains being slowed down
	Held        Held      // the house's own limit
}

// Health returns how the way out is.
func (c *Courier) Health() Health {
	var h Health
	if c.route == nil {
		return h
	}
	now := c.clock()
	h.Route = c.route.String()
	h.PausedUntil, h.Trouble = c.ways.health(now)
	h.Waiting = c.ways.slow(now)
	h.Held = c.heldNow(now)
	return h
}
