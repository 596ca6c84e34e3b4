package autoemail

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
)

// markOf is how far something was read; set says whether it was ever begun.
func markOf(ctx context.Context, db bun.IDB, name string) (at int64, set bool, err error) {
	err = db.NewRaw("SELECT event_id FROM matcher_marks WHERE name = ?", name).Scan(ctx, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return at, err == nil, err
}

func setMark(ctx context.Context, db bun.IDB, name string, at int64) error {
	_, err := db.ExecContext(ctx, "INSERT INTO matcher_marks (name, event_id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET event_id = EXCLUDED.event_id", name, at)
	return err
}

// lateRows is how far behind its mark the ledger is read again: PostgreSQL gives numbers out before commits, so a row may
// appear behind one that was read.
const lateRows = 100

// said is what the ledger has to say to an auto email.
type said struct {
	ID       int64
	At       time.Time
	ClientID clients.ID
	Kind     consent.Kind
}

// followOptOuts pauses the auto emails of clients who opted out at their agent's letter, and lets them run again for those who
// took it back at once. A later opt-in resumes nothing: the agent does.
func (t *tending) followOptOuts(ctx context.Context, db bun.IDB) error {
	for {
		mark, begun, err := markOf(ctx, db, "consent")
		if err != nil {
			return err
		}
		if !begun {
			if err := db.NewRaw("SELECT coalesce(max(id), 0) FROM consent_events").Scan(ctx, &mark); err != nil {
				return err
			}
			return setMark(ctx, db, "consent", mark)
		}
		var newest int64
		if err := db.NewRaw("SELECT coalesce(max(id), 0) FROM consent_events").Scan(ctx, &newest); err != nil || newest <= mark {
			return err
		}
		next := min(newest, mark+1000)
		err = change(ctx, db, t.now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
			if at, _, err := markOf(ctx, db, "consent"); err != nil || at != mark {
				return nil, err // another process was here
			}
			var rows []said
			err := db.NewRaw("SELECT id, at, client_id, kind FROM consent_events WHERE id > ? AND id <= ? AND kind IN (?) ORDER BY id",
				mark-lateRows, next, bun.List([]consent.Kind{consent.WentOut, consent.Undone})).Scan(ctx, &rows)
			if err != nil {
				return nil, err
			}
			var changed []ID
			for _, e := range rows {
				some, err := t.follow(ctx, db, e, e.ID > mark)
				if err != nil {
					return nil, err
				}
				changed = append(changed, some...)
			}
			return inTurn(changed), setMark(ctx, db, "consent", next)
		})
		if err != nil {
			return err
		}
	}
}

// follow does what one row of the ledger means. One that may have been read before moves nothing that was changed since.
func (t *tending) follow(ctx context.Context, db bun.Tx, e said, fresh bool) ([]ID, error) {
	which := db.NewSelect().Model((*Search)(nil)).Column("id").Where("s.client_id = ?", e.ClientID).OrderExpr("s.id")
	update := stop(db, ByOptOut, time.Time{}, t.now)
	if e.Kind == consent.Undone {
		which = which.Where("s.state = 'paused'").Where("s.paused_by = ?", ByOptOut)
		update = db.NewUpdate().Model((*Search)(nil)).Set("state = 'active'").Set("paused_by = ''").Set("state_at = ?", t.now).
			Set("missed_from = CASE WHEN begun THEN state_at ELSE missed_from END").Set("begun = FALSE"). // what happened meanwhile is caught up
			Where("state = 'paused'").Where("paused_by = ?", ByOptOut)
	} else {
		which = which.Where("s.state = 'active'")
	}
	if !fresh {
		which = which.Where("s.state_at <= ?", e.At)
	}
	var ids []ID
	if err := which.Scan(ctx, &ids); err != nil || len(ids) == 0 {
		return nil, err
	}
	_, err := update.Where("id IN (?)", bun.List(ids)).Exec(ctx)
	return ids, err
}
