package agents

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/address"
)

// RefreshMailboxes stores anew which mailbox each agent's address is, where a release reads addresses differently than the one
// that stored it. It is few rows; call it when Porchlight starts.
func RefreshMailboxes(ctx context.Context, db bun.IDB) error {
	all, err := List(ctx, db)
	if err != nil {
		return err
	}
	for _, a := range all {
		mailbox, err := address.Parse(a.Email)
		if err != nil || mailbox.Mailbox() == a.MailboxKey {
			continue
		}
		if _, err := db.ExecContext(ctx, `UPDATE agents SET mailbox_key = ? WHERE id = ?`, mailbox.Mailbox(), a.ID); err != nil {
			return fmt.Errorf("agents: mailbox of %d: %w", a.ID, err)
		}
	}
	return nil
}
