package autoemail

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// slowDown takes those one step down whose client gave no sign for Quiet though a letter left since the last. Each step begins
// a period of its own. Concierge ones are not slowed down: the agent vets each home.
func (t *tending) slowDown(ctx context.Context, db bun.IDB) error {
	last := t.now.Add(-Quiet)
	quiet := func(query *bun.SelectQuery) *bun.SelectQuery {
		return query.Where("s.state = 'active'").Where("NOT s.concierge").Where("s.sign_at <= ?", last).Where("s.last_sent_at > s.sign_at")
	}
	for {
		all, err := due(ctx, quiet(db.NewSelect()).OrderExpr("s.sign_at, s.id"))
		if err != nil || len(all) == 0 {
			return err
		}
		found := len(all)
		var ask []Asked
		var changed []ID
		err = change(ctx, db, t.now, func(ctx context.Context, db bun.Tx) ([]ID, error) {
			// Read again in turn: another process may have been here, or the client.
			if all, err = due(ctx, quiet(db.NewSelect()).Where("s.id IN (?)", bun.List(idsOf(all))).OrderExpr("s.id")); err != nil {
				return nil, err
			}
			changed, ask = nil, nil
			for i := range all {
				s := &all[i]
				if readRow(s) != nil {
					continue
				}
				slower, ok := s.Pace().Slower()
				done, err := t.step(ctx, db, s, slower, ok, last)
				if err != nil {
					return nil, err
				}
				if done {
					changed = append(changed, s.ID)
				}
				if done && ok {
					ask = append(ask, Asked{Search: s.ID, Agent: s.AgentID, Client: s.ClientID})
				}
			}
			return changed, nil
		})
		if err != nil {
			return err
		}
		t.Ask = append(t.Ask, ask...)
		if found < tendAtOnce || len(changed) == 0 { // what can't be read stays as it is, and would be found for ever
			return nil
		}
	}
}

// step lets an auto email run on a slower schedule, or pauses it where there is none. It does nothing where the client gave a
// sign this very moment.
func (t *tending) step(ctx context.Context, db bun.Tx, s *Search, slower Schedule, ok bool, last time.Time) (done bool, err error) {
	if !ok {
		n, err := affected(stop(db, BySlow, time.Time{}, t.now).Where("id = ?", s.ID).Where("sign_at <= ?", last).Exec(ctx))
		if err != nil || n == 0 {
			return false, err
		}
		return true, tell(ctx, db, s, slowedOut, t.now)
	}
	raw, err := scheduleText(&slower)
	if err != nil {
		return false, err
	}
	n, err := affected(db.NewUpdate().Model((*Search)(nil)).Set("slowed = ?", raw).Set("sign_at = ?", t.now).Set("asked_at = ?", t.now).
		Set("next_at = CASE WHEN next_at IS NULL THEN next_at ELSE ? END", slower.Next(t.now, t.zone)).
		Where("id = ?", s.ID).Where("state = 'active'").Where("sign_at <= ?", last).Exec(ctx))
	if err != nil || n == 0 {
		return false, err
	}
	return true, tell(ctx, db, s, slowedDown, t.now, slower.Words())
}
