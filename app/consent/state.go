package consent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// consentOf returns a client's consent, nil when there is none.
func consentOf(ctx context.Context, db bun.IDB, id clients.ID) (*Consent, error) {
	k := new(Consent)
	err := db.NewSelect().Model(k).Where("k.client_id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the state of client %d: %w", id, err)
	}
	return k, nil
}

// consentsAt returns the consents of all records with an address.
func consentsAt(ctx context.Context, db bun.IDB, hash string) ([]Consent, error) {
	var ks []Consent
	err := db.NewSelect().Model(&ks).Where("k.address_hash = ?", hash).Order("k.client_id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the states of an address: %w", err)
	}
	return ks, nil
}

// recordAt returns an agent's client with an address, 0 when there is none.
func recordAt(ctx context.Context, db bun.IDB, agent agents.ID, hash string) (clients.ID, error) {
	var list []clients.ID
	err := db.NewSelect().Model((*Consent)(nil)).Column("client_id").
		Where("k.address_hash = ?", hash).Where("k.agent_id = ?", agent).Limit(1).Scan(ctx, &list)
	if err != nil {
		return 0, fmt.Errorf("find the agent's record of an address: %w", err)
	}
	if len(list) == 0 {
		return 0, nil
	}
	return list[0], nil
}

// save writes the present state; the ledger row that explains it is written before.
func (k *Consent) save(ctx context.Context, db bun.IDB) error {
	_, err := db.NewInsert().Model(k).On("CONFLICT (client_id) DO UPDATE").
		Set("agent_id = EXCLUDED.agent_id").Set("email_key = EXCLUDED.email_key").
		Set("address_hash = EXCLUDED.address_hash").Set("state = EXCLUDED.state").
		Set("since = EXCLUDED.since").Set("paused_until = EXCLUDED.paused_until").
		Set("event_id = EXCLUDED.event_id").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write the state of client %d: %w", k.ClientID, err)
	}
	return nil
}

// become sets the state because of e.
func (k *Consent) become(s State, e Event) { k.State, k.Since, k.EventID = s, e.At, e.ID }

// paused says whether the client asked for no mail for now.
func (k *Consent) paused(now time.Time) bool { return k.PausedUntil.After(now) }

// is says whether this is the consent of c at the address that c has now.
func (k *Consent) is(c *clients.Client) bool { return k != nil && k.EmailKey == c.EmailKey }

// block is a row of address_blocks.
type block struct {
	bun.BaseModel `bun:"table:address_blocks,alias:b"`

	AddressHash string    `bun:"address_hash,pk"`
	Reason      Kind      `bun:"reason,pk"` // Undeliverable or Complained
	Since       time.Time `bun:"since"`
	Detail      string    `bun:"detail"`
	EventID     int64     `bun:"event_id"`
}

func blocked(ctx context.Context, db bun.IDB, hash string, reason Kind) (bool, error) {
	yes, err := db.NewSelect().Model((*block)(nil)).
		Where("b.address_hash = ?", hash).Where("b.reason = ?", reason).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("ask whether an address is blocked: %w", err)
	}
	return yes, nil
}

// unblock lifts a block and says whether there was one.
func unblock(ctx context.Context, db bun.IDB, hash string, reason Kind) (bool, error) {
	res, err := db.NewDelete().Model((*block)(nil)).
		Where("address_hash = ?", hash).Where("reason = ?", reason).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("lift a block: %w", err)
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
