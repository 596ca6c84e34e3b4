package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

// Glance is what a list of clients shows beside each: what stands against mail, and where the newest letter is.
type Glance struct {
	ClientID    clients.ID
	Consent     consent.State
	PausedUntil time.Time
	Blocked     consent.Kind // Undeliverable, or Complained where both stand; empty: neither

	LetterID LetterID // 0: nothing was written yet
	State    State
	Attempts int
	At       time.Time // when it came to its end, or was written
}

// All that a page of My Clients needs beside the clients themselves, in one statement: what a query costs here is its
// rows, and three would read three times as many.
const glanceSQL = `SELECT k.client_id, k.state AS consent, k.paused_until,
 COALESCE((SELECT min(b.reason) FROM address_blocks AS b WHERE b.address_hash = k.address_hash), '') AS blocked,
 COALESCE(l.id, 0) AS letter_id, COALESCE(l.state, '') AS state, COALESCE(l.attempts, 0) AS attempts, COALESCE(l.ended_at, l.created_at)
 FROM consents AS k LEFT JOIN letters AS l ON l.id = (SELECT max(n.id) FROM letters AS n WHERE n.client_id = k.client_id)
 WHERE k.client_id IN (?) AND k.agent_id = ?`

// Glances returns what to show beside those of the ids that are the agent's clients.
func Glances(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID) (map[clients.ID]Glance, error) {
	glances := make(map[clients.ID]Glance, len(ids))
	if len(ids) == 0 {
		return glances, nil
	}
	rows, err := db.QueryContext(ctx, glanceSQL, bun.List(ids), agent)
	if err != nil {
		return nil, fmt.Errorf("outbox: glance at %d clients: %w", len(ids), err)
	}
	defer rows.Close()
	for rows.Next() {
		var g Glance
		var paused, at bun.NullTime // of an expression SQLite does not say that it is a time
		if err := rows.Scan(&g.ClientID, &g.Consent, &paused, &g.Blocked, &g.LetterID, &g.State, &g.Attempts, &at); err != nil {
			return nil, fmt.Errorf("outbox: glance at a client: %w", err)
		}
		g.PausedUntil, g.At = paused.Time, at.Time
		glances[g.ClientID] = g
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("outbox: glance at %d clients: %w", len(ids), err)
	}
	return glances, nil
}
