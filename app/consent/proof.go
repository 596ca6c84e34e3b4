package consent

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// Tally counts an agent's clients by what the ledger says of them.
type Tally struct {
	Agent                       agents.ID `bun:"agent_id"`
	Clients                     int       `bun:"clients"`
	OptedIn, OptedOut, Pending  int       `bun:"-"`
	Undeliverable, MarkedAsSpam int       `bun:"-"`
}

// Tallies counts the clients of every agent who has any, for the broker, who sees no more of them.
func Tallies(ctx context.Context, db bun.IDB) (map[agents.ID]Tally, error) {
	var rows []struct {
		Agent agents.ID `bun:"agent_id"`
		What  string    `bun:"what"`
		N     int       `bun:"n"`
	}
	err := db.NewRaw(`SELECT agent_id, state AS what, count(*) AS n FROM consents GROUP BY agent_id, state
		UNION ALL SELECT k.agent_id, b.reason, count(*) FROM address_blocks AS b JOIN consents AS k ON k.address_hash = b.address_hash GROUP BY k.agent_id, b.reason`).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("consent: count for the broker: %w", err)
	}
	all := map[agents.ID]Tally{}
	for _, r := range rows {
		t := all[r.Agent]
		t.Agent = r.Agent
		switch r.What {
		case string(OptedIn):
			t.OptedIn = r.N
		case string(OptedOut):
			t.OptedOut = r.N
		case string(Pending):
			t.Pending = r.N
		case string(Undeliverable):
			t.Undeliverable = r.N
		case string(Complained):
			t.MarkedAsSpam = r.N
		}
		t.Clients = t.OptedIn + t.OptedOut + t.Pending
		all[r.Agent] = t
	}
	return all, nil
}

// Proof is all that the ledger holds of one address at this brokerage.
type Proof struct {
	Records []Consent // of those who have it now, by agent
	Events  []Event   // newest first, also of clients who are deleted
}

// ProofOf returns it for the broker, whoever's client had the address (hash is its Hash).
func ProofOf(ctx context.Context, db bun.IDB, hash string) (p Proof, err error) {
	if err = db.NewSelect().Model(&p.Records).Where("k.address_hash = ?", hash).Order("k.agent_id", "k.client_id").Scan(ctx); err == nil {
		err = db.NewSelect().Model(&p.Events).Where("e.address_hash = ?", hash).Order("e.id DESC").Scan(ctx)
	}
	if err != nil {
		return Proof{}, fmt.Errorf("consent: proof of an address: %w", err)
	}
	return p, nil
}
