package autoemail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// LongestPause is how far ahead a client may pause an auto email: whoever wants longer stops it.
const LongestPause = 366 * 24 * time.Hour

// PauseByClient pauses one auto email until a moment at the client's wish, also where it was paused or stopped by them before, and
// gives the agent a notice. What comes meanwhile is caught up in one letter. Faults: NotFound, Invalid (until), Conflict (the agent
// paused it).
func PauseByClient(ctx context.Context, db bun.IDB, client clients.ID, id ID, until, now time.Time) error {
	if !until.After(now) || until.After(now.Add(LongestPause)) {
		say := "Choose a day that is still to come."
		if until.After(now) {
			say = "Choose a day within a year, or stop it: you can start it again whenever you like."
		}
		return &fault.Error{Kind: fault.Invalid, Say: say, Fields: map[string]string{"until": say}}
	}
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return err
	}
	err = change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		s, err := ofClient(ctx, db, client, id)
		if err != nil {
			return nil, err
		}
		if s.State == Paused && s.PausedBy != ByClient && s.PausedBy != BySlow {
			return nil, restsForAnother()
		}
		if s.State == Paused && s.PausedUntil.Equal(until) {
			return nil, nil
		}
		q := db.NewUpdate().Model((*Search)(nil)).Set("state = 'paused'").Set("paused_by = ?", ByClient).Set("paused_until = ?", until).Set("sign_at = ?", now)
		if s.State == Active { // what came since it first paused is caught up, however often the day is moved
			q = q.Set("state_at = ?", now)
		}
		n, err := affected(q.Where("id = ?", id).Where("state = ?", s.State).Where("paused_by = ?", s.PausedBy).Exec(ctx))
		if err != nil || n == 0 {
			return nil, err
		}
		return []ID{id}, tell(ctx, db, &s, pausedByClient, now, until.In(house.Location()).Format("Monday, January 2"))
	})
	if err != nil {
		return fmt.Errorf("autoemail: pause %d for its client: %w", id, err)
	}
	return nil
}

// StartByClient lets one auto email run again that its client paused or stopped, or that paused for want of their sign, and gives the
// agent a notice. One that runs is left alone. Faults: NotFound, Conflict (somebody else paused it).
func StartByClient(ctx context.Context, db bun.IDB, client clients.ID, id ID, now time.Time) error {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return err
	}
	err = change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		s, err := ofClient(ctx, db, client, id)
		if err != nil || s.State == Active {
			return nil, err
		}
		changed, err := resume(ctx, db, db.NewSelect().Where("s.id = ?", id).Where("s.client_id = ?", client).Where("s.paused_by IN (?)", bun.List([]string{ByClient, BySlow})), house.Location(), now)
		if err != nil {
			return nil, err
		}
		if len(changed) == 0 {
			return nil, restsForAnother()
		}
		return changed, tell(ctx, db, &s, startedByClient, now)
	})
	if err != nil {
		return fmt.Errorf("autoemail: start %d for its client: %w", id, err)
	}
	return nil
}

func restsForAnother() error {
	return fault.New(fault.Conflict, "Your agent has paused this one. Write to them if you want it again.")
}
