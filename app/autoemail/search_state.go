package autoemail

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// undeleteFor is how long a deleted auto email can be brought back.
const undeleteFor = 24 * time.Hour

// inTurn is each id once and in order, so that two bulk acts lock rows alike.
func inTurn(ids []ID) []ID { return slices.Compact(slices.Sorted(slices.Values(ids))) }

// Pause stops auto emails of an agent until a time (zero: until resumed) and returns how many it stopped. Those the agent
// had stopped already get the new time, if one is given: ticked among others they keep the day they were given before.
// Faults: Invalid (until).
func Pause(ctx context.Context, db bun.IDB, by agents.ID, ids []ID, until time.Time, now time.Time) (int, error) {
	if !until.IsZero() && !until.After(now) {
		var form fault.Form
		form.Add("until", "Choose a day that is still to come.")
		return 0, form.Err()
	}
	stopped := 0
	err := change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		var changed []ID
		for some := range slices.Chunk(inTurn(ids), 5000) {
			if !until.IsZero() {
				_, err := db.NewUpdate().Model((*Search)(nil)).Set("paused_until = ?", until).
					Where("id IN (?)", bun.List(some)).Where("agent_id = ?", by).Where("state = 'paused'").Where("paused_by = ?", ByAgent).Exec(ctx)
				if err != nil {
					return nil, err
				}
			}
			var done []ID
			err := db.NewSelect().Model((*Search)(nil)).Column("id").Where("id IN (?)", bun.List(some)).Where("agent_id = ?", by).
				Where("state = 'active'").OrderExpr("id").Scan(ctx, &done)
			if err != nil {
				return nil, err
			}
			if len(done) == 0 {
				continue
			}
			n, err := affected(stop(db, ByAgent, until, now).Where("id IN (?)", bun.List(done)).Exec(ctx))
			if err != nil {
				return nil, err
			}
			stopped += n
			changed = append(changed, done...)
		}
		return changed, nil
	})
	if err != nil {
		return 0, fmt.Errorf("autoemail: pause: %w", err)
	}
	return stopped, nil
}

// stop is the statement that pauses those that run; where is the caller's.
func stop(db bun.IDB, why string, until, now time.Time) *bun.UpdateQuery {
	return db.NewUpdate().Model((*Search)(nil)).Set("state = 'paused'").Set("paused_by = ?", why).Set("paused_until = ?", orNull(until)).
		Set("state_at = ?", now).Where("state = 'active'")
}

// orNull is a time as a column keeps it that may be empty.
func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// Resume lets paused auto emails of an agent run again, each with a full period before it may be slowed down, and with a
// letter that says so if homes wait. A last day that is over is taken away; one that can't be read stays paused until it is
// saved anew. It returns how many.
func Resume(ctx context.Context, db bun.IDB, by agents.ID, ids []ID, now time.Time) (int, error) {
	house, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return 0, err
	}
	resumed := 0
	err = change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		var changed []ID
		for some := range slices.Chunk(inTurn(ids), 5000) {
			done, err := resume(ctx, db, db.NewSelect().Where("s.id IN (?)", bun.List(some)).Where("s.agent_id = ?", by), house.Location(), now)
			if err != nil {
				return nil, err
			}
			changed = append(changed, done...)
		}
		resumed = len(changed)
		return changed, nil
	})
	if err != nil {
		return 0, fmt.Errorf("autoemail: resume: %w", err)
	}
	return resumed, nil
}

// resume sets going those of the chosen that are paused, and returns which.
func resume(ctx context.Context, db bun.Tx, which *bun.SelectQuery, zone *time.Location, now time.Time) ([]ID, error) {
	var paused []Search
	which = which.Model(&paused).Where("s.state = 'paused'").OrderExpr("s.id")
	if !onSQLite(db) {
		which = which.For("UPDATE") // in turn: below they are written as they are alike
	}
	if err := which.Scan(ctx); err != nil {
		return nil, err
	}
	waits, err := whatWaits(ctx, db, paused)
	if err != nil {
		return nil, err
	}
	var done []ID
	alike := map[resumption][]ID{}
	for i := range paused {
		s := &paused[i]
		if readRow(s) != nil {
			continue
		}
		r := resumption{before: s.PausedBy, opening: s.Opening, expiresOn: s.ExpiresOn}
		if s.ExpiresOn != "" && s.ExpiresOn < today(zone, now) {
			r.expiresOn = ""
		}
		if waits[s.ID] && s.Opening == OpeningNone {
			r.opening = OpeningAgain
		}
		if r.opening != OpeningNone && !s.Concierge {
			r.nextAt = s.Schedule.Next(now, zone)
		}
		alike[r] = append(alike[r], s.ID)
	}
	for r, ids := range alike {
		var changed []ID
		_, err := db.NewRaw(`UPDATE searches SET state = 'active', paused_by = '', paused_until = NULL, missed_from = CASE WHEN begun THEN state_at ELSE missed_from END, begun = FALSE,
			state_at = ?, slowed = '', sign_at = ?, asked_at = NULL, opening = ?, expires_on = ?, next_at = ? WHERE id IN (?) AND state = 'paused' AND paused_by = ? RETURNING id`,
			now, now, r.opening, r.expiresOn, orNull(r.nextAt), bun.List(ids), r.before).Exec(ctx, &changed)
		if err != nil {
			return nil, err
		}
		done = append(done, changed...)
	}
	return done, nil
}

// resumption is what is written to an auto email that runs again; those alike are written together, as thousands may be.
type resumption struct {
	before, opening, expiresOn string
	nextAt                     time.Time
}

// whatWaits says for which of them homes wait, for the schedule or for the agent.
func whatWaits(ctx context.Context, db bun.IDB, all []Search) (map[ID]bool, error) {
	waits := map[ID]bool{}
	for some := range slices.Chunk(all, 5000) {
		ids := make([]ID, len(some))
		for i := range some {
			ids[i] = some[i].ID
		}
		var found []ID
		err := db.NewSelect().Model((*Match)(nil)).Distinct().Column("search_id").Where("search_id IN (?)", bun.List(ids)).
			Where("state IN ('waiting', 'unsent', 'approved')").Scan(ctx, &found)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			waits[id] = true
		}
	}
	return waits, nil
}

// Delete takes an auto email away; for a day Undelete brings it back. Faults: NotFound.
func Delete(ctx context.Context, db bun.IDB, by agents.ID, id ID, now time.Time) error {
	err := change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		n, err := affected(db.NewUpdate().Model((*Search)(nil)).Set("state = 'deleted'").Set("state_at = ?", now).
			Where("id = ?", id).Where("agent_id = ?", by).Where("state <> 'deleted'").Exec(ctx))
		if err == nil && n == 0 {
			return nil, notFound()
		}
		return []ID{id}, err
	})
	if err != nil {
		return fmt.Errorf("autoemail: delete %d: %w", id, err)
	}
	return nil
}

// Undelete brings a deleted auto email back as it was: paused if it was. One that is not deleted is left as it is. Faults:
// NotFound, Gone.
func Undelete(ctx context.Context, db bun.IDB, by agents.ID, id ID, now time.Time) error {
	err := change(ctx, db, now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		s, err := Find(ctx, db, by, id)
		if err != nil || s.State != Deleted {
			return nil, err
		}
		if now.Sub(s.StateAt) >= undeleteFor {
			return nil, fault.New(fault.Gone, "“%s” was deleted more than a day ago and can’t be brought back.", s.Name)
		}
		was := Active
		if s.PausedBy != "" { // Delete leaves it as it was
			was = Paused
		}
		if was == Active {
			s.miss()
		} // else the pause goes on, and its end catches up
		_, err = db.NewUpdate().Model((*Search)(nil)).Set("state = ?", was).Set("begun = ?", s.Begun).Set("missed_from = ?", orNull(s.MissedFrom)).Set("state_at = ?", now).
			Where("id = ?", id).Where("state = 'deleted'").Exec(ctx)
		return []ID{id}, err
	})
	if err != nil {
		return fmt.Errorf("autoemail: bring %d back: %w", id, err)
	}
	return nil
}
