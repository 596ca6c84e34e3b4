package autoemail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/consent"
	"porchlight/app/mail"
)

// Gather is how long an auto email that sends as soon as possible waits for more homes to go into one letter.
const Gather = 10 * time.Minute

// RunnerOptions are what a Runner works with.
type RunnerOptions struct {
	Write, Read *bun.DB
	Ledger      *consent.Ledger
	Renderer    *mail.Renderer
	BaseURL     string
	Gather      time.Duration // 0: Gather; negative: none
	OnPosted    func()        // letters were put into the outbox
	Clock       func() time.Time
	Log         *slog.Logger
}

// Runner is the worker of this package: it matches what happens to homes, lets letters leave when they are due, and tends
// the auto emails. Several processes may each run one.
type Runner struct {
	RunnerOptions

	kick chan struct{}

	turn   sync.Mutex // one round at a time; guards the rest
	last   time.Time  // when the last round began, by the clock
	tended time.Time  // when Tend last ran
	asking []Asked    // clients still to be asked whether they are looking
	said   map[string]bool

	follower follower
}

// NewRunner makes one; nothing runs yet.
func NewRunner(o RunnerOptions) *Runner {
	if o.Gather == 0 {
		o.Gather = Gather
	}
	o.Gather = max(o.Gather, 0)
	return &Runner{RunnerOptions: o, kick: make(chan struct{}, 1), said: map[string]bool{}}
}

// now is the clock's time as rows keep it.
func (r *Runner) now() time.Time { return r.Clock().UTC().Truncate(time.Microsecond) }

// Kick says that there may be something to do: homes came, a search was saved, a match approved.
func (r *Runner) Kick() {
	select {
	case r.kick <- struct{}{}:
	default: // somebody said so already
	}
}

// Step does everything that is due by the clock, once, and returns when it is done. What fails does not keep the rest from
// being done.
func (r *Runner) Step(ctx context.Context) error { return r.round(ctx, true) }

// round is Step; tend asks for Tend, which looks further than a round every few seconds needs to.
func (r *Runner) round(ctx context.Context, tend bool) error {
	r.turn.Lock()
	defer r.turn.Unlock()
	house, err := agents.LoadBrokerage(ctx, r.Read)
	if err != nil {
		return fmt.Errorf("autoemail: %w", err)
	}
	now := r.now()
	j := &job{Runner: r, house: house, zone: house.Location(), now: now}
	var wrong []error
	for _, part := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"mind the clock", j.mindClock}, {"tend", func(ctx context.Context) error {
			if !tend {
				return nil
			}
			return j.tend(ctx)
		}},
		{"match", j.match}, {"begin", j.begin}, {"ask", j.ask}, {"leave", j.leave},
		{"tell agents", func(ctx context.Context) error { return TellAgents(ctx, r.Write, j.zone, now) }},
	} {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := part.do(ctx); err != nil {
			wrong = append(wrong, fmt.Errorf("autoemail: %s: %w", part.name, err))
		}
	}
	return errors.Join(wrong...)
}

// job is one round of a Runner.
type job struct {
	*Runner
	house agents.Brokerage
	zone  *time.Location
	now   time.Time
}

// onPosted lets letters be sent while others are still being made.
func (r *Runner) onPosted() {
	if r.OnPosted != nil {
		r.OnPosted()
	}
}

// due is when a letter leaves with what was found now.
func (j *job) due(s *Search) time.Time {
	if s.Pace().Kind == ASAP {
		return j.now.Add(j.Gather)
	}
	return s.Pace().Next(j.now, j.zone)
}

// once logs a trouble that lasts when it begins, and again only after it was over.
func (r *Runner) once(trouble string, there bool, args ...any) {
	if there && !r.said[trouble] {
		r.Log.Warn("auto e-mails: "+trouble, args...)
	}
	if there {
		r.said[trouble] = true
	} else {
		delete(r.said, trouble)
	}
}
