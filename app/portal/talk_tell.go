package portal

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// TalkKey begins the keys under which the outbox keeps the letters that tell of words: the feed of what was sent leaves them out.
const TalkKey = "talk:"

// TellAfter is how long a message waits to be read before a mail says that it is there.
const TellAfter = 5 * time.Minute

// TellAgain is how long after a mail the next one waits, where nobody has read what it told of.
const TellAgain = time.Hour

// Untold returns unread messages of which nobody was told, older than TellAfter: the oldest of each side of each portal, oldest
// first, at most limit. A side of which somebody was told within TellAgain and has not read it is left out. AgentID is whose client it is now. Told
// marks them.
func Untold(ctx context.Context, db bun.IDB, now time.Time, limit int) ([]Message, error) {
	var all []Message
	err := db.NewSelect().Model(&all).Where(`id IN (SELECT min(n.id) FROM messages AS n WHERE n.seen_at IS NULL AND n.told_at IS NULL AND n.at <= ?
		AND NOT EXISTS (SELECT 1 FROM messages AS t WHERE t.client_id = n.client_id AND t.author = n.author AND t.seen_at IS NULL AND t.told_at > ?)
		GROUP BY n.client_id, n.author)`, now.Add(-TellAfter), now.Add(-TellAgain)).
		OrderExpr("at, id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal: messages that nobody was told of: %w", err)
	}
	if len(all) == 0 {
		return nil, nil
	}
	ids := make([]clients.ID, len(all))
	for i, m := range all {
		ids[i] = m.ClientID
	}
	var whose []clients.Client
	if err := db.NewSelect().Model(&whose).Column("id", "agent_id").Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("portal: whose messages nobody was told of: %w", err)
	}
	keeps := map[clients.ID]agents.ID{}
	for _, one := range whose {
		keeps[one.ID] = one.AgentID
	}
	for i := range all {
		all[i].AgentID = keeps[all[i].ClientID]
	}
	return all, nil
}

// Waiting returns what of one side waits to be read and nobody was told of, oldest first: that of which one mail tells.
func Waiting(ctx context.Context, db bun.IDB, client clients.ID, author string, now time.Time) ([]Message, error) {
	var all []Message
	err := db.NewSelect().Model(&all).Where("client_id = ?", client).Where("author = ?", author).Where("seen_at IS NULL").Where("told_at IS NULL").
		Where("at <= ?", now).OrderExpr("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal: what waits in the portal of client %d: %w", client, err)
	}
	return all, nil
}

// Told marks a portal's unread messages of a side as told, those too that are not five minutes old: one mail tells of all. It is
// conditional: ok is false where another process did, or all were read meanwhile. Call it in the transaction that posts the mail.
func Told(ctx context.Context, db bun.IDB, client clients.ID, author string, now time.Time) (ok bool, err error) {
	// The old ones first: of two processes the second waits for the first's rows and then finds none of them, so that what
	// was written a moment ago is not told by it at once.
	for _, until := range []time.Time{now.Add(-TellAfter), now} {
		result, err := db.NewUpdate().Model((*Message)(nil)).Set("told_at = ?", now).Where("client_id = ?", client).Where("author = ?", author).
			Where("seen_at IS NULL").Where("told_at IS NULL").Where("at <= ?", until).Exec(ctx)
		var n int64
		if err == nil {
			n, err = result.RowsAffected()
		}
		if err != nil {
			return false, fmt.Errorf("portal: mark the messages of client %d as told: %w", client, err)
		}
		if !ok && n == 0 {
			return false, nil
		}
		ok = true
	}
	return true, nil
}
