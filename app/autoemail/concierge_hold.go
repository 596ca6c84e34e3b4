package autoemail

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// Hold keeps an agent's matches as they are until the transaction ends, so that what is read of them next is what is decided
// about: on PostgreSQL a note that saves itself may else come between. SQLite has one writer anyway.
func Hold(ctx context.Context, db bun.Tx, by agents.ID, ids []int64) error {
	if onSQLite(db) || len(ids) == 0 {
		return nil
	}
	var held []int64 // in their order, so that two can't wait for each other
	err := db.NewRaw("SELECT id FROM matches WHERE agent_id = ? AND id IN (?) ORDER BY id FOR UPDATE", by, bun.List(ids)).Scan(ctx, &held)
	if err != nil {
		return fmt.Errorf("autoemail: hold %d matches: %w", len(ids), err)
	}
	return nil
}
