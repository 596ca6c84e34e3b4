package outbox

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// paceLook is how old the pace may be that the courier goes by: a setting counts within a second.
const paceLook = time.Second

// day is a day in minutes.
const day = 24 * 60

// pace keeps letters to clients within what the house lets leave. It counts what is taken up, by the minute and in the
// database, so that neither a restart nor a second process begins anew. Notices and tests count, but never wait.
type pace struct {
	agents.Pace
	read time.Time
}

func (p pace) limited() bool { return p.PerMinute > 0 || p.PerDay > 0 }

// lookAtPace reads the pace if it was read long ago.
func (c *Courier) lookAtPace(ctx context.Context, now time.Time) error {
	if age := now.Sub(c.pace.read); age >= 0 && age < paceLook {
		return nil
	}
	set, err := agents.LoadPace(ctx, c.read)
	if err != nil {
		return err
	}
	if c.pace = (pace{set, now}); !c.pace.limited() {
		c.held.Store(nil)
	}
	return nil
}

// paced is the room that the pace leaves, asked inside the transaction that claims.
func (c *Courier) paced(ctx context.Context, db bun.Tx, r room, now time.Time) (room, error) {
	if !c.pace.limited() || r.letters == 0 {
		return r, nil
	}
	minute := now.Unix() / 60
	if c.skipLocked != "" { // others claim too: whoever has the minute's row counts alone
		if err := c.countMinute(ctx, db, minute, 0); err != nil {
			return r, err
		}
	}
	var inMinute, inDay int
	err := db.QueryRowContext(ctx, `SELECT COALESCE(SUM(CASE WHEN minute = ? THEN n ELSE 0 END), 0), COALESCE(SUM(n), 0) FROM letter_minutes WHERE minute > ? AND minute <= ?`,
		minute, minute-day, minute).Scan(&inMinute, &inDay)
	if err != nil {
		return r, err
	}
	left, held := r.letters, Held{}
	for _, limit := range []struct {
		most, left int
		held       Held
	}{{c.pace.PerMinute, c.pace.PerMinute - inMinute, Held{PerMinute: c.pace.PerMinute}}, {c.pace.PerDay, c.pace.PerDay - inDay, Held{PerDay: c.pace.PerDay}}} {
		if limit.most > 0 && limit.left < left {
			left, held = max(0, limit.left), limit.held
		}
	}
	if left == 0 {
		held.At = now
		c.held.Store(&held)
	}
	r.letters, r.all = left, min(r.all, r.notices+left)
	return r, nil
}

// paid counts what was claimed.
func (c *Courier) paid(ctx context.Context, db bun.Tx, claimed []job, now time.Time) error {
	if !c.pace.limited() || len(claimed) == 0 {
		return nil
	}
	minute := now.Unix() / 60
	if _, err := db.ExecContext(ctx, `DELETE FROM letter_minutes WHERE minute <= ?`, minute-day); err != nil {
		return err
	}
	return c.countMinute(ctx, db, minute, len(claimed))
}

func (c *Courier) countMinute(ctx context.Context, db bun.Tx, minute int64, n int) error {
	_, err := db.ExecContext(ctx, `INSERT INTO letter_minutes (minute, n) VALUES (?, ?) ON CONFLICT (minute) DO UPDATE SET n = letter_minutes.n + excluded.n`, minute, n)
	return err
}

// Held is the limit that letters wait for; the zero value: none.
type Held struct {
	PerMinute, PerDay int // the one that is reached
	At                time.Time
}

// heldFor is how long a limit is told after letters last waited for it.
const heldFor = 2 * time.Minute

// heldNow is the limit that letters wait for just now.
func (c *Courier) heldNow(now time.Time) Held {
	if held := c.held.Load(); held != nil && now.Sub(held.At) < heldFor {
		return *held
	}
	return Held{}
}
