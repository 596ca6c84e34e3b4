package autoemail

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/outbox"
)

// Sendings returns the mailings of one of the agent's auto emails, the newest first; none where it is not theirs.
func Sendings(ctx context.Context, db bun.IDB, by agents.ID, id ID, limit int) ([]outbox.MailingID, error) {
	var ids []outbox.MailingID
	err := db.NewRaw("SELECT sl.mailing_id FROM search_letters AS sl JOIN searches AS s ON s.id = sl.search_id WHERE sl.search_id = ? AND s.agent_id = ? ORDER BY sl.mailing_id DESC LIMIT ?",
		id, by, int64(limit)).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("autoemail: mailings of %d: %w", id, err)
	}
	return ids, nil
}
