package feed

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/reso"
)

// RunID names one walk or one file.
type RunID int64

// Run is one walk of a feed, or one file.
type Run struct {
	bun.BaseModel `bun:"table:feed_runs,alias:r"`

	ID        RunID           `bun:"id,pk,autoincrement"`
	FeedID    listings.FeedID `bun:"feed_id"`
	Kind      string          `bun:"kind"`   // first, changes, keys, file
	State     string          `bun:"state"`  // running, done, failed, stopped
	Source    string          `bun:"source"` // a file's name
	Seen      int             `bun:"seen"`
	Added     int             `bun:"added"`
	Changed   int             `bun:"changed"`
	Gone      int             `bun:"gone"`
	Held      int             `bun:"held"`
	Waiting   int             `bun:"waiting"`  // homes a walk of keys would take away, if a broker says so: Start with sure
	Say       string          `bun:"say"`      // what went wrong, what is waited for or waits for a person, a sentence
	Problems  string          `bun:"problems"` // JSON of []Problem, at most 1,000
	StartedAt time.Time       `bun:"started_at"`
	EndedAt   time.Time       `bun:"ended_at,nullzero"`
}

// Running says whether the run goes on.
func (r Run) Running() bool { return r.State == "running" }

// Runs lists a feed's runs, newest first; the first may be running, its counts are then as of the last page.
func Runs(ctx context.Context, db bun.IDB, id listings.FeedID, limit int) ([]Run, error) {
	var runs []Run
	if err := db.NewSelect().Model(&runs).Where("feed_id = ?", id).OrderExpr("id DESC").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("feed: runs: %w", err)
	}
	return runs, nil
}

// What ends a walk that is no failure of the feed's.
var (
	errStopped = errors.New("feed: stopped by a person")
	errLost    = errors.New("feed: the walk is another's")
	errChanged = errors.New("feed: the settings changed")
)

// Sentences about walks that ended without having failed.
const (
	sayStopped  = "Stopped. The next run goes on where this one was."
	sayShutDown = "Porchlight was stopped in the middle of this. It goes on where it was."
	sayDied     = "Porchlight ended in the middle of this. The next run goes on where it was."
	sayChanged  = "The settings were changed. The next run goes by the new ones."
	sayInside   = "Something went wrong inside Porchlight; its log says what. The next run tries again."
)

// claim writes a new run if nobody walks the feed, and so makes the walk this process's. An empty kind is first or changes,
// as the feed's mark says. A regular run is nobody's wish but the schedule's: it is not begun where the feed was paused since it
// was found due. Faults: Conflict.
func (r *Runner) claim(ctx context.Context, id listings.FeedID, kind string, regular bool) (*Run, error) {
	now := r.clock()
	if err := r.bury(ctx, false); err != nil {
		return nil, err
	}
	if kind == "" {
		r.mu.Lock()
		_, walking := r.cancel[id] // one that lost its lease may not have noticed yet
		r.mu.Unlock()
		if walking {
			return nil, fault.New(fault.Conflict, "This feed is being read already.")
		}
		kind = "first"
		m, err := readMark(ctx, r.o.Read, id, "Property")
		if err != nil {
			return nil, err
		}
		if m.Loaded {
			kind = "changes"
		}
	}
	run := &Run{FeedID: id, Kind: kind, State: "running", Problems: "[]", StartedAt: now}
	err := r.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if regular {
			paused, err := db.NewSelect().Model((*row)(nil)).Where("id = ?", id).Where("paused").Exists(ctx)
			if err != nil {
				return err
			}
			if paused {
				return fault.New(fault.Conflict, "This feed is paused.")
			}
		}
		result, err := db.NewInsert().Model(run).Value("holder", "?", r.name).Value("lease_until", "?", now.Add(lease)).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fault.New(fault.Conflict, "This feed is being read already.")
		}
		_, err = db.ExecContext(ctx, "DELETE FROM feed_runs WHERE feed_id = ? AND state <> 'running' AND id < (SELECT max(id) FROM feed_runs WHERE feed_id = ?) - 20000", id, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("feed: claim: %w", err)
	}
	return run, nil
}

// renew keeps the run this process's and writes its counts; errLost if it is not.
func (r *Runner) renew(ctx context.Context, db bun.IDB, run *Run) error {
	result, err := db.NewUpdate().Model(run).Column("seen", "added", "changed", "gone", "held").Set("lease_until = ?", r.clock().Add(lease)).
		Where("id = ?", run.ID).Where("state = 'running'").Where("holder = ?", r.name).Exec(ctx)
	if err != nil {
		return fmt.Errorf("feed: renew a lease: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("feed: renew a lease: %w", err)
	} else if n == 0 {
		return errLost
	}
	return nil
}

// keepLease renews the lease until the walk ends, and ends the walk if it is lost.
func (r *Runner) keepLease(ctx context.Context, run *Run, cancel context.CancelCauseFunc) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	done := make(chan struct{})
	id := run.ID
	go func() {
		defer close(done)
		ticker := time.NewTicker(lease / 3)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			result, err := r.o.Write.ExecContext(ctx, "UPDATE feed_runs SET lease_until = ? WHERE id = ? AND state = 'running' AND holder = ?", r.clock().Add(lease), id, r.name)
			if err == nil {
				if n, err := result.RowsAffected(); err == nil && n == 0 {
					cancel(errLost)
				}
			}
		}
	}()
	return func() { end(); <-done }
}

// say writes what a running run is doing.
func (r *Runner) say(run *Run, say string) {
	if run == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := r.o.Write.ExecContext(ctx, "UPDATE feed_runs SET say = ? WHERE id = ? AND state = 'running' AND holder = ?", say, run.ID, r.name)
	if err != nil {
		r.o.Log.Error("say what a run does", "err", err)
	}
}

// finish ends a run as err says, also when ctx has ended.
func (r *Runner) finish(ctx context.Context, run *Run, err error) {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, errLost) {
		err = cause
	}
	until := time.Time{}
	run.State, run.EndedAt = "failed", r.clock()
	var e *reso.Error
	switch f := fault.As(err); {
	case err == nil:
		if run.State = "done"; run.Waiting > 0 {
			run.State = "stopped"
		}
	case errors.Is(err, errStopped):
		run.State, run.Say = "stopped", sayStopped
	case errors.Is(err, errChanged):
		run.State, run.Say = "stopped", sayChanged
	case errors.Is(err, context.Canceled):
		run.State, run.Say = "stopped", sayShutDown
	case errors.As(err, &e):
		run.Say, until = e.Say, e.Until
	case f != nil:
		run.Say = f.Say
	default:
		run.Say = sayInside
		r.o.Log.Error("read a feed", "feed", run.FeedID, "run", run.ID, "err", err)
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = r.o.Write.RunInTx(patience, nil, func(ctx context.Context, db bun.Tx) error {
		result, err := db.NewUpdate().Model(run).Column("state", "say", "seen", "added", "changed", "gone", "held", "waiting", "problems", "ended_at").
			Where("id = ?", run.ID).Where("state = 'running'").Where("holder = ?", r.name).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err // another has ended it already
		}
		_, err = db.NewUpdate().Model((*row)(nil)).Set("not_before = ?", bun.NullTime{Time: until}).Where("id = ?", run.FeedID).Exec(ctx)
		return err
	})
	if err != nil {
		r.o.Log.Error("end a feed's run", "feed", run.FeedID, "run", run.ID, "err", err)
	}
}

// bury ends runs whose process died: their lease has run out, they were of a process of this machine that is no more, or
// (all) this is the start of the one process that serves.
func (r *Runner) bury(ctx context.Context, all bool) error {
	now := r.clock()
	var running []struct {
		ID         RunID
		Holder     string
		LeaseUntil time.Time
	}
	if err := r.o.Read.NewSelect().Table("feed_runs").Column("id", "holder", "lease_until").Where("state = 'running'").Scan(ctx, &running); err != nil {
		return fmt.Errorf("feed: find dead runs: %w", err)
	}
	for _, run := range running {
		expired := !run.LeaseUntil.IsZero() && run.LeaseUntil.Before(now)
		mine := all && run.Holder != r.name && (run.Holder == "" || strings.HasPrefix(run.Holder, serving))
		if !expired && !mine && !dead(run.Holder) {
			continue
		}
		_, err := r.o.Write.NewUpdate().Model((*Run)(nil)).Set("state = 'failed'").Set("say = ?", sayDied).Set("ended_at = ?", now).
			Where("id = ?", run.ID).Where("state = 'running'").Where("holder = ?", run.Holder).Where("lease_until IS NULL OR lease_until = ?", run.LeaseUntil).Exec(ctx)
		if err != nil {
			return fmt.Errorf("feed: end dead runs: %w", err)
		}
	}
	return nil
}

// holder names this process among all that may walk.
func holder() string {
	host, err := os.Hostname()
	if err != nil {
		host = "?"
	}
	return fmt.Sprintf("%d@%s#%s", os.Getpid(), host, rand.Text())
}

// dead says whether a holder was a process of this machine that has ended.
func dead(name string) bool {
	number, rest, _ := strings.Cut(strings.TrimPrefix(name, serving), "@")
	there, _, _ := strings.Cut(rest, "#")
	pid, err := strconv.Atoi(number)
	here, hostErr := os.Hostname()
	return err == nil && hostErr == nil && pid > 0 && there == here && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// stopElsewhere ends a run that this process does not walk.
func (r *Runner) stopElsewhere(ctx context.Context, id listings.FeedID) error {
	_, err := r.o.Write.NewUpdate().Model((*Run)(nil)).Set("state = 'stopped'").Set("say = ?", sayStopped).Set("ended_at = ?", r.clock()).
		Where("feed_id = ?", id).Where("state = 'running'").Where("kind <> 'file'").Exec(ctx)
	return err
}

// Waiting is the last walk of keys, if it found so many homes missing that it took none away and waits for a broker's word:
// Runner.Start with sure.
func Waiting(ctx context.Context, db bun.IDB, id listings.FeedID) (Run, bool, error) {
	var runs []Run
	err := db.NewSelect().Model(&runs).Where("feed_id = ?", id).Where("kind = 'keys'").Where("state <> 'running'").OrderExpr("id DESC").Limit(1).Scan(ctx)
	if err != nil {
		return Run{}, false, fmt.Errorf("feed: waiting: %w", err)
	}
	if len(runs) == 0 || runs[0].Waiting == 0 {
		return Run{}, false, nil
	}
	return runs[0], true, nil
}
