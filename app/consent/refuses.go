package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// Refuses says whether an address (its Hash) wants or takes no mail in the name of an agent, also where nobody has it as a
// client's: it opted out here and has not come back, marked mail as spam, refuses it for good, or asked this agent for a
// pause. Ask it where somebody who is no client is written to, who has no Permit.
func (l *Ledger) Refuses(ctx context.Context, db bun.IDB, agent agents.ID, hash string, now time.Time) (bool, error) {
	_, closed, err := remembered(ctx, db, hash, agent)
	if err != nil || closed {
		return closed, wrapRefuses(err)
	}
	refused, err := blocked(ctx, db, hash, Undeliverable)
	if err != nil || refused {
		return refused, wrapRefuses(err)
	}
	pauses, err := pausesAt(ctx, db, agent, []string{hash}, moment(now))
	return !pauses[hash].IsZero(), wrapRefuses(err)
}

func wrapRefuses(err error) error {
	if err != nil {
		return fmt.Errorf("consent: whether an address refuses mail: %w", err)
	}
	return nil
}
