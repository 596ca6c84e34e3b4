package autoemail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Quiet is how long a client may give no sign, while letters left, before an auto email slows down one step: daily → weekly →
// monthly → paused.
const Quiet = 60 * 24 * time.Hour

// Tended is what Tend did that others must follow up: who is to be asked "still looking?".
type Tended struct {
	Ask []Asked
}

// Asked is a client to be asked whether they are still looking, because this auto email was slowed down.
type Asked struct {
	Search ID
	Agent  agents.ID
	Client clients.ID
}

// tendAtOnce is how many auto emails one transaction tends: SQLite has one writer, and nobody shall wait long for it.
const tendAtOnce = 200

// Tend is what time and the consent ledger do to auto emails: pauses end, last days pass, those whose client opted out at
// this agent are paused, those without a sign slow down one step with a notice to the agent, deleted ones go after a day.
// Several processes may tend at once: whatever is to be done is done once.
func Tend(ctx context.Context, db bun.IDB, zone *time.Location, now time.Time) (Tended, error) {
	t := tending{zone: zone, now: now}
	for _, job := range []struct {
		name string
		do   func(context.Context, bun.IDB) error
	}{
		{"follow opt-outs", t.followOptOuts}, // first: nobody who opted out is resumed or asked
		{"end pauses", t.endPauses},
		{"end what expired", t.endExpired},
		{"slow down", t.slowDown},
		{"pause what can’t be read", t.pauseBroken},
		{"tidy", t.tidy},
	} {
		if err := job.do(ctx, db); err != nil {
			return t.Tended, fmt.Errorf("autoemail: tend: %s: %w", job.name, err)
		}
	}
	return t.Tended, nil
}

// tending is one run of Tend.
type tending struct {
	Tended
	zone *time.Location
	now  time.Time
}

// due returns the auto emails a query chooses, at most so many as one transaction tends.
func due(ctx context.Context, query *bun.SelectQuery) ([]Search, error) {
	var all []Search
	err := query.Model(&all).Limit(tendAtOnce).Scan(ctx)
	return all, err
}

func idsOf(all []Search) []ID {
	ids := make([]ID, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

// endPauses lets those run again whose pause is over. Where the last day passed meanwhile, that is what they are paused for.
func (t *tending) endPauses(ctx context.Context, db bun.IDB) error {
	over := func(query *bun.SelectQuery) *bun.SelectQuery {
		return query.Where("s.state = 'paused'").Where("s.paused_until <= ?", t.now)
	}
	for {
		all, err := due(ctx, over(db.NewSelect()).OrderExpr("s.paused_until, s.id"))
		if err != nil || len(all) == 0 {
			return err
		}
		err = change(ctx, db, t.now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
			// Read again in turn: another process may have been here.
			if all, err = due(ctx, over(db.NewSelect()).Where("s.id IN (?)", bun.List(idsOf(all))).OrderExpr("s.id")); err != nil {
				return nil, err
			}
			var back []ID
			for i := range all {
				s := &all[i]
				why := ""
				if s.ExpiresOn != "" && s.ExpiresOn < today(t.zone, t.now) {
					why = ByExpiry
				} else if readRow(s) != nil {
					why = ByBroken
				} else {
					back = append(back, s.ID)
					continue
				}
				_, err := db.NewUpdate().Model((*Search)(nil)).Set("paused_by = ?", why).Set("paused_until = NULL").Set("state_at = ?", t.now).
					Where("id = ?", s.ID).Where("state = 'paused'").Exec(ctx)
				if err != nil {
					return nil, err
				}
				if err := tell(ctx, db, s, whyPaused[why], t.now); err != nil {
					return nil, err
				}
			}
			if len(back) == 0 {
				return nil, nil
			}
			return resume(ctx, db, over(db.NewSelect()).Where("s.id IN (?)", bun.List(back)), t.zone, t.now)
		})
		if err != nil {
			return err
		}
	}
}

// whyPaused are the notices of what pauses by itself.
var whyPaused = map[string]happening{ByExpiry: lastDayOver, ByBroken: unreadable, BySlow: slowedOut}

// pause stops those of the chosen that still run and still fit, and tells their agents.
func (t *tending) pause(ctx context.Context, db bun.IDB, all []Search, why string, fits func(*bun.UpdateQuery) *bun.UpdateQuery) error {
	return change(ctx, db, t.now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
		var changed []ID
		for i := range all {
			n, err := affected(fits(stop(db, why, time.Time{}, t.now)).Where("id = ?", all[i].ID).Exec(ctx))
			if err != nil {
				return nil, err
			}
			if n == 0 {
				continue
			}
			changed = append(changed, all[i].ID)
			if err := tell(ctx, db, &all[i], whyPaused[why], t.now); err != nil {
				return nil, err
			}
		}
		return changed, nil
	})
}

// endExpired pauses those whose last day is over.
func (t *tending) endExpired(ctx context.Context, db bun.IDB) error {
	day := today(t.zone, t.now)
	for {
		all, err := due(ctx, db.NewSelect().Where("s.state = 'active'").Where("s.expires_on <> ''").Where("s.expires_on < ?", day).OrderExpr("s.expires_on, s.id"))
		if err != nil || len(all) == 0 {
			return err
		}
		err = t.pause(ctx, db, all, ByExpiry, func(query *bun.UpdateQuery) *bun.UpdateQuery {
			return query.Where("expires_on <> ''").Where("expires_on < ?", day)
		})
		if err != nil {
			return err
		}
	}
}

// readAtOnce is how many rows one Tend tries to read.
const readAtOnce = 500

// pauseBroken pauses what can't be read any more. Rows break when the program changes, not by the hour, so a run tries some
// and the next goes on behind them.
func (t *tending) pauseBroken(ctx context.Context, db bun.IDB) error {
	at, _, err := markOf(ctx, db, "read")
	if err != nil {
		return err
	}
	var some, broken []Search
	if err := db.NewSelect().Model(&some).Where("s.state = 'active'").Where("s.id > ?", at).OrderExpr("s.id").Limit(readAtOnce).Scan(ctx); err != nil {
		return err
	}
	from := int64(0) // the end: the next begins again
	for i := range some {
		if readRow(&some[i]) != nil {
			broken = append(broken, some[i])
		}
		if i == readAtOnce-1 {
			from = int64(some[i].ID)
		}
	}
	for i, s := range broken {
		same := func(query *bun.UpdateQuery) *bun.UpdateQuery { // as it was read, not as somebody saved it since
			return query.Where("criteria = ?", s.CriteriaRaw).Where("schedule = ?", s.ScheduleRaw).Where("slowed = ?", s.SlowedRaw).Where("events = ?", s.EventsRaw)
		}
		if err := t.pause(ctx, db, broken[i:i+1], ByBroken, same); err != nil {
			return err
		}
	}
	if from == at {
		return nil
	}
	return setMark(ctx, db, "read", from)
}

// tidy lets go for good what was deleted a day ago, and changes that every process has seen long since. The newest stays, for
// a process that has read none to begin behind.
func (t *tending) tidy(ctx context.Context, db bun.IDB) error {
	for {
		all, err := due(ctx, db.NewSelect().Where("s.state = 'deleted'").Where("s.state_at <= ?", t.now.Add(-undeleteFor)).OrderExpr("s.state_at, s.id"))
		if err != nil {
			return err
		}
		if len(all) == 0 {
			break
		}
		_, err = db.NewDelete().Model((*Search)(nil)).Where("id IN (?)", bun.List(idsOf(all))).
			Where("state = 'deleted'").Where("state_at <= ?", t.now.Add(-undeleteFor)).Exec(ctx)
		if err != nil {
			return err
		}
	}
	var old int
	err := db.NewRaw("SELECT count(*) FROM search_changes WHERE id = (SELECT min(id) FROM search_changes) AND id < (SELECT max(id) FROM search_changes) AND at < ?",
		t.now.Add(-24*time.Hour)).Scan(ctx, &old)
	if err != nil || old == 0 {
		return err
	}
	_, err = db.ExecContext(ctx, "DELETE FROM search_changes WHERE at < ? AND id < (SELECT max(id) FROM search_changes)", t.now.Add(-24*time.Hour))
	return err
}
