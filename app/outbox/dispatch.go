package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// look is how often the dispatcher looks for letters that came due, or that another process posted.
const look = time.Second

// lingerFor is how long a result waits for company before it is written.
const lingerFor = time.Millisecond

// crew is the dispatcher's view of its workers.
type crew struct {
	workers int
	inHand  int // letters claimed and not yet back
	bulk    int // of these, those of the slow lane
}

// room is how many letters each lane may claim. One worker never takes bulk, so that a big run can't hold up a notice.
func (w crew) room() room {
	idle := w.workers - w.inHand
	bulk := w.workers
	if bulk > 1 {
		bulk--
	}
	return room{notices: idle, letters: min(idle, bulk-w.bulk)}
}

func (w *crew) took(jobs []job) {
	for _, j := range jobs {
		w.inHand++
		if j.bulk() {
			w.bulk++
		}
	}
}

func (w *crew) gave(done []result) {
	for _, r := range done {
		w.inHand--
		if r.bulk() {
			w.bulk--
		}
	}
}

// dispatch is the one goroutine that claims and records. It ends once ctx has and all letters are back, or soon after
// sending has: a letter still out then is waiting for the answer to its last dot, and the next start counts it as unknown.
func (c *Courier) dispatch(ctx, sending context.Context) error {
	jobs, results := make(chan job), make(chan result, c.workers)
	var workers sync.WaitGroup
	for range c.workers {
		workers.Go(func() { c.work(sending, ctx, jobs, results) })
	}
	all := crew{workers: c.workers}
	defer func() {
		close(jobs)
		if all.inHand == 0 {
			workers.Wait()
		}
	}()
	over := make(chan struct{})
	defer context.AfterFunc(sending, func() { time.AfterFunc(2*time.Second, func() { close(over) }) })()
	var done []result // back, not yet recorded
	var wait time.Duration
	more := true
	tick := time.NewTicker(look)
	defer tick.Stop()
	stop := ctx.Done()
	for {
		if wait > 0 { // the last write failed: nothing is claimed, and what came back is kept, until one succeeds
			select {
			case <-time.After(wait):
			case <-over:
				return fmt.Errorf("outbox: stopped with %d results that could not be recorded; those letters will be tried again", len(done))
			}
		} else if !more || all.room().notices == 0 {
			select {
			case r := <-results:
				done = append(done, r)
			case <-c.kicked:
				more = true
			case <-tick.C:
				more = more || c.look(ctx, all)
			case <-stop:
				stop = nil
			case <-over:
				return nil
			}
		}
		if len(done) > 0 && wait == 0 {
			// Half: while these are written the other half is on the wire.
			done = linger(results, done, (all.inHand+1)/2)
		}
		stopping := ctx.Err() != nil
		if stopping && all.inHand == 0 {
			return nil
		}
		after := all
		after.gave(done)
		var free room
		if !stopping && (more || len(done) > 0) {
			free = after.room()
			free.notices = c.ways.allowed(free.notices, after.inHand, c.clock())
			free.letters = min(free.letters, free.notices)
		}
		if len(done) == 0 && free.notices == 0 {
			more = false // the route waits; look() says when it may be tried again
			continue
		}
		claimed, fenced, err := c.turn(context.WithoutCancel(ctx), done, free)
		if err != nil {
			metricTrouble.Inc()
			wait = min(max(2*wait, 100*time.Millisecond), 5*time.Second)
			c.log.Error("the outbox can’t write; nothing is sent until it can", "err", err, "results kept", len(done), "again in", wait)
			continue
		}
		wait = 0
		metricTurns.Inc()
		c.tally(done, fenced)
		all = after
		all.took(claimed)
		more = free.letters > 0 && len(claimed) == free.notices || free.notices == 0 && more
		done = done[:0]
		for _, j := range claimed {
			jobs <- j // somebody is idle: no more are claimed than that
		}
	}
}

// linger takes what else comes back soon, up to most: the others are seldom far behind, and one write for all is much
// cheaper than one for each.
func linger(results <-chan result, done []result, most int) []result {
	patience := time.NewTimer(lingerFor)
	defer patience.Stop()
	for len(done) < most {
		select {
		case r := <-results:
			done = append(done, r)
		case <-patience.C:
			return done
		}
	}
	return done
}

// look says whether a claim would find something.
func (c *Courier) look(ctx context.Context, all crew) bool {
	if c.ways.allowed(all.room().notices, all.inHand, c.clock()) == 0 {
		return false
	}
	found, err := c.anyDue(ctx)
	if err != nil && ctx.Err() == nil {
		c.log.Error("look for letters that are due", "err", err)
	}
	return found
}

// tally counts results and passes on what they mean to others.
func (c *Courier) tally(done, fenced []result) {
	for _, r := range fenced {
		c.log.Warn("a letter was sent by two hands", "letter", r.id, "result refused", r.state)
	}
	metricFenced.Add(len(fenced))
	for _, r := range done {
		if !r.lost && (!r.uncounted || r.state != Ready) {
			metricEnded[r.state].Inc()
		}
		if r.block {
			poke(c.tidy) // a notice waits, and the address is shut
		}
	}
}
