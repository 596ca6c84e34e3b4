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

// When an agent hears of the queue by mail.
const (
	DigestOff     = "off"
	DigestCome    = "come"   // as matches come, gathered a little
	DigestHourly  = "hourly" // at most
	DigestMorning = "morning"
)

// Digests are all of them, in the order pages show them.
var Digests = []string{DigestCome, DigestHourly, DigestMorning, DigestOff}

// Habits are how an agent hears of the queue, and how long is long for a client to wait.
type Habits struct {
	bun.BaseModel `bun:"table:concierge_settings,alias:cs"`

	AgentID     agents.ID `bun:"agent_id,pk"`
	Digest      string    `bun:"digest"`
	QuietFrom   int       `bun:"quiet_from"` // minutes after midnight; the same as QuietTo: no quiet hours
	QuietTo     int       `bun:"quiet_to"`
	LimitHours  int       `bun:"limit_hours"`
	DigestAt    time.Time `bun:"digest_at,nullzero"` // when the last left
	DigestMatch int64     `bun:"digest_match"`       // the newest match it told of
}

// LongestLimit is the most hours that can be said to be long: 30 days.
const LongestLimit = 30 * 24

// usual are the habits everybody begins with.
func usual(agent agents.ID) Habits {
	return Habits{AgentID: agent, Digest: DigestMorning, QuietFrom: 20 * 60, QuietTo: 8 * 60, LimitHours: 24}
}

// HabitsOf returns an agent's habits, or those everybody begins with: in the morning, quiet from 20:00 to 8:00, 24 hours.
func HabitsOf(ctx context.Context, db bun.IDB, agent agents.ID) (Habits, error) {
	var saved []Habits
	if err := db.NewSelect().Model(&saved).Where("cs.agent_id = ?", agent).Scan(ctx); err != nil {
		return Habits{}, fmt.Errorf("autoemail: habits of agent %d: %w", agent, err)
	}
	if len(saved) == 0 {
		return usual(agent), nil
	}
	return saved[0], nil
}

// SaveHabits keeps them, but for when the last digest left and what it told of. Faults: Invalid (digest, quiet_from,
// quiet_to, limit_hours).
func SaveHabits(ctx context.Context, db bun.IDB, h Habits) error {
	if err := h.check(); err != nil {
		return err
	}
	h.DigestAt, h.DigestMatch = time.Time{}, 0
	_, err := db.NewInsert().Model(&h).On("CONFLICT (agent_id) DO UPDATE").
		Set("digest = EXCLUDED.digest, quiet_from = EXCLUDED.quiet_from, quiet_to = EXCLUDED.quiet_to, limit_hours = EXCLUDED.limit_hours").Exec(ctx)
	if err != nil {
		return fmt.Errorf("autoemail: save the habits of agent %d: %w", h.AgentID, err)
	}
	return nil
}

func (h Habits) check() error {
	var form fault.Form
	if !slices.Contains(Digests, h.Digest) {
		form.Add("digest", "Choose when you want to hear of it.")
	}
	for name, at := range map[string]int{"quiet_from": h.QuietFrom, "quiet_to": h.QuietTo} {
		if at < 0 || at >= 24*60 {
			form.Add(name, "Type a time of day, like 20:00.")
		}
	}
	if h.LimitHours < 1 || h.LimitHours > LongestLimit {
		form.Add("limit_hours", "Type a number of hours from 1 to %d.", LongestLimit)
	}
	return form.Err()
}
