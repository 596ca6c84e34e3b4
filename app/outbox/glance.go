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
	ClientID    clients.ID    `bun:"client_id"`
	Consent     consent.State `bun:"consent"`
	PausedUntil time.Time     `bun:"paused_until,nullzero"`
	Blocked     consent.Kind  `bun:"blocked"` // Undeliverable, or Complained where both stand; empty: neither

	LetterID  LetterID  `bun:"letter_id"` // 0: nothing was written yet
	State     State     `bun:"state"`
	Attempts  int       `bun:"attempts"`
	CreatedAt time.Time `bun:"created_at,nullzero"`
	EndedAt   time.Time `bun:"ended_at,nullzero"`
}

// All that a page of My Clients needs beside the clients themselves, in one statement: what a query costs here is its
// rows, and three would read three times as many.
const glanceSQL = `SELECT k.client_id, k.state AS consent, k.paused_until,
 COALESCE((SELECT min(b.reason) FROM address_blocks AS b WHERE b.address_hash = k.address_hash), '') AS blocked,
 COALESCE(l.id, 0) AS letter_id, COALESCE(l.state, '') AS state, COALESCE(l.attempts, 0) AS attempts, l.created_at, l.ended_at
 FROM consents AS k LEFT JOIN letters AS l ON l.id = (SELECT max(n.id) FROM letters AS n WHERE n.client_id = k.client_id)
 WHERE k.client_id IN (?) AND k.agent_id = ?`

// Glances returns what to show beside those of the ids that are the agent's clients.
func Glances(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID) (map[clients.ID]Glance, error) {
	glances := make(map[clients.ID]Glance, len(ids))
	if len(ids) == 0 {
		return glances, nil
	}
	var rows []Glance
	if err := db.NewRaw(glanceSQL, bun.List(ids), agent).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("outbox: glance at %d clients: %w", len(ids), err)
	}
	for _, g := range rows {
		glances[g.ClientID] = g
	}
	return glances, nil
}
