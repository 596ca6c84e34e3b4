package outbox

import (
	"context"
	"database/sql"
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
	Attempts int       // of a letter that is ready to go
	At       time.Time // when it came to its end, or was written
}

// All that a page of My Clients needs beside the clients themselves, in one statement: what a query costs here is its
// rows, and three would read three times as many. What is not there is NULL, which costs less to read than a word for it.
const glanceSQL = `SELECT k.client_id, k.state, k.paused_until,
 (SELECT min(b.reason) FROM address_blocks AS b WHERE b.address_hash = k.address_hash),
 l.id, l.state, CASE WHEN l.state = 'ready' THEN l.attempts END, l.ended_at, CASE WHEN l.ended_at IS NULL THEN l.created_at END
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
	var r glanceRow
	for rows.Next() {
		if err := rows.Scan(&r.client, &r.consent, &r.paused, &r.blocked, &r.letter, &r.state, &r.attempts, &r.ended, &r.created); err != nil {
			return nil, fmt.Errorf("outbox: glance at a client: %w", err)
		}
		glances[clients.ID(r.client)] = r.glance()
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("outbox: glance at %d clients: %w", len(ids), err)
	}
	return glances, nil
}

// glanceRow is what glanceSQL returns, in types that database/sql reads without reflection: that was half of what a page's
// glances cost.
type glanceRow struct {
	client           int64
	consent          string
	paused, ended    sql.NullTime
	created          bun.NullTime // of an expression SQLite does not say that it is a time
	blocked, state   sql.NullString
	letter, attempts sql.NullInt64
}

func (r *glanceRow) glance() Glance {
	g := Glance{
		ClientID: clients.ID(r.client), Consent: consent.State(r.consent), PausedUntil: r.paused.Time, Blocked: consent.Kind(r.blocked.String),
		LetterID: LetterID(r.letter.Int64), State: State(r.state.String), Attempts: int(r.attempts.Int64), At: r.ended.Time,
	}
	if !r.ended.Valid {
		g.At = r.created.Time
	}
	return g
}
