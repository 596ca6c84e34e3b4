package autoemail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Move gives a client's auto emails, and the homes found for them, to another agent: what waits in the concierge queue waits in
// theirs. Call it in the transaction of clients.Move.
func Move(ctx context.Context, db bun.IDB, client clients.ID, from, to agents.ID, now time.Time) error {
	err := change(ctx, db, now, func(ctx context.Context, db bun.Tx) (moved []ID, err error) {
		err = db.NewRaw("UPDATE searches SET agent_id = ?, version = version + 1 WHERE client_id = ? AND agent_id = ? RETURNING id", to, client, from).Scan(ctx, &moved)
		if err != nil || len(moved) == 0 {
			return nil, err
		}
		_, err = db.NewUpdate().Model((*Match)(nil)).Set("agent_id = ?", to).Where("search_id IN (?)", bun.List(moved)).Exec(ctx)
		return moved, err
	})
	if err != nil {
		return fmt.Errorf("autoemail: move client %d to agent %d: %w", client, to, err)
	}
	return nil
}
