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
	notices int // claimed and not yet back: of the fast lane
	bulk    int // and of the slow one
	feeling int // of both: those that feel the way after an outage
}

// bulkers is how many workers take bulk. One never does, so that a big run can't hold up a notice.
func (w crew) bulkers() int { return max(1, w.workers-1) }

func (w crew) inHand() int { return w.notices + w.bulk }

// ahead is how many letters of bulk are in hand for each worker: one on its line, one whose answer is being written down,
// and the next, so that no line waits for the disk.
const ahead = 3

// room is how many letters each lane may claim.
func (w crew) room() room {
	r := room{notices: max(0, w.workers-w.notices), letters: max(0, ahead*w.bulkers()-w.bulk)}
	r.all = r.notices + r.letters
	return r
}

func (w *crew) took(jobs []job) {
	for _, j := range jobs {
		if j.feels {
			w.feeling++
		}
		if j.bulk() {
			w.bulk++
		} else {
			w.notices++
		}
	}
}

func (w *crew) gave(done []result) {
	for _, r := range done {
		if r.feels {
			w.feeling--
		}
		if r.bulk() {
			w.bulk--
		} else {
			w.notices--
		}
	}
}

// dispatch is the one goroutine that claims and records. It ends once ctx has and all letters are back, or soon after
// sending has: a letter still out then is waiting for the answer to its last dot, and the next start counts it as unknown.
func (c *Courier) dispatch(ctx, sending context.Context) error {
	all := crew{workers: c.workers}
	// Both hold all that may be in hand: handing out never waits.
	notices, bulk, results := make(chan job, c.workers), make(chan job, ahead*c.workers), make(chan result, (1+ahead)*c.workers)
	var workers sync.WaitGroup
	for i := range c.workers {
		lane := bulk
		if i >= all.bulkers() {
			lane = nil
		}
		workers.Go(func() { c.work(sending, ctx, notices, lane, results) })
	}
	defer func() {
		close(notices)
		if all.inHand() == 0 {
			workers.Wait()
		}
	}()
	over := make(chan struct{})
	defer context.AfterFunc(sending, func() { time.AfterFunc(2*time.Second, func() { close(over) }) })()
	var done []result // back, not yet recorded
	scout := new(scout)
	if c.skipLocked == "" { // where others claim too, what is read ahead is theirs as well
		scout = newScout()
	}
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
		} else if !more || all.room().all == 0 {
			select {
			case r := <-results:
				done = append(done, r)
			case <-c.kicked:
				more, scout.notices = true, true
			case <-tick.C:
				more, scout.notices = more || c.look(ctx, all), true
			case <-stop:
				stop = nil
			case <-over:
				return nil
			}
		}
		if len(done) > 0 && wait == 0 {
			// One for each line: while these are written others are on the wire, and as many wait to follow them.
			done = linger(results, done, (all.inHand()+ahead-1)/ahead)
		}
		stopping := ctx.Err() != nil
		if stopping && all.inHand() == 0 {
			return nil
		}
		after := all
		after.gave(done)
		var free room
		var feels bool
		if !stopping && (more || len(done) > 0) {
			free = after.room()
			free.all, feels = c.ways.allowed(free.all, after.feeling, c.clock())
		}
		if len(done) == 0 && free.all == 0 {
			more = false // the route waits; look() says when it may be tried again
			continue
		}
		claimed, fenced, err := c.turn(context.WithoutCancel(ctx), done, free, scout)
		if err != nil {
			metricTrouble.Inc()
			wait = min(max(2*wait, 100*time.Millisecond), 5*time.Second)
			c.log.Error("the outbox can’t write; nothing is sent until it can", "err", err, "results kept", len(done), "again in", wait)
			continue
		}
		wait = 0
		metricTurns.Inc()
		c.tally(done, fenced)
		for i := range claimed {
			claimed[i].feels = feels
		}
		all = after
		all.took(claimed)
		more = more && free.all == 0 // what comes back makes room, and is followed by the next claim
		done = done[:0]
		for _, j := range claimed {
			if j.bulk() {
				bulk <- j
			} else {
				notices <- j
			}
		}
	}
}

// linger takes all that has come back and, while that is fewer than enough, waits a moment for more: the others are seldom
// far behind, and one write for all is much cheaper than one for each.
func linger(results <-chan result, done []result, enough int) []result {
	patience := time.NewTimer(lingerFor)
	defer patience.Stop()
	for {
		select {
		case r := <-results:
			done = append(done, r)
			continue
		default:
		}
		if len(done) >= enough {
			return done
		}
		select {
		case r := <-results:
			done = append(done, r)
		case <-patience.C:
			return done
		}
	}
}

// look says whether a claim would find something.
func (c *Courier) look(ctx context.Context, all crew) bool {
	if n, _ := c.ways.allowed(all.room().all, all.feeling, c.clock()); n == 0 {
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
