package autoemail

import (
	"context"
	"time"

	"github.com/uptrace/bun"
)

// mindClock looks, when a process begins and whenever the clock has gone back, for moments that the present clock would not
// have chosen: a letter planned before must not wait for a day that is lived twice.
func (j *job) mindClock(ctx context.Context) error {
	begun := !j.last.IsZero() && !j.now.Before(j.last)
	j.last = j.now
	if begun {
		return nil
	}
	_, err := j.Write.ExecContext(ctx, "UPDATE matches SET decided_at = ? WHERE state = 'approved' AND decided_at > ?", j.now, j.now.Add(UndoFor))
	if err != nil {
		return err
	}
	return j.bringBack(ctx)
}

// bringBack plans anew what is planned later than it would be now, or not at all though homes wait.
func (j *job) bringBack(ctx context.Context) error {
	after := ID(0)
	for {
		var some []Search
		err := j.Read.NewSelect().Model(&some).Where("s.state = 'active'").Where("NOT s.concierge").Where("s.id > ?", after).
			Where("(s.next_at > ? OR s.next_at IS NULL AND EXISTS (SELECT 1 FROM matches AS x WHERE x.search_id = s.id AND x.state = 'waiting'))", j.now).
			OrderExpr("s.id").Limit(1000).Scan(ctx)
		if err != nil || len(some) == 0 {
			return err
		}
		after = some[len(some)-1].ID
		var readable []Search
		for i := range some {
			if readPaces(&some[i]) == nil {
				readable = append(readable, some[i])
			}
		}
		for at, ids := range j.dueAt(readable) {
			_, err := j.Write.ExecContext(ctx, "UPDATE searches SET next_at = ? WHERE id IN (?) AND state = 'active' AND (next_at > ? OR next_at IS NULL)", at, bun.List(ids), at)
			if err != nil {
				return err
			}
		}
	}
}

// dueAt sorts auto emails by when their next letter would leave.
func (j *job) dueAt(some []Search) map[time.Time][]ID {
	by := map[time.Time][]ID{}
	for i := range some {
		at := j.due(&some[i])
		by[at] = append(by[at], some[i].ID)
	}
	return by
}
