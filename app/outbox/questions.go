package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

// PostQuestion puts one letter into the fast lane that asks a client whether their agent may write to them. The permit is the
// one their agent until then had, or CheckQuestion's: who closed their consent is asked nothing. There is no gate after it, for the
// very question is whether it may open. fresh is false where the same key was posted before. Faults: Denied for a permit the
// ledger did not grant.
func PostQuestion(ctx context.Context, db bun.IDB, permit consent.Permit, t Text, now time.Time) (fresh bool, err error) {
	if !permit.Granted() {
		return false, fault.New(fault.Denied, "This client can’t be mailed.")
	}
	err = inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		var id MailingID
		if id, fresh, err = insertMailing(ctx, db, 0, kindNotice, t, now); err != nil || !fresh {
			return err
		}
		letter := newLetter(id, prioNotice, permit.Name(), permit.Address(), domainOf(t.Template.From()), letterLife, now)
		if err = insertLetters(ctx, db, []Letter{letter}); err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO questions (client_id, address_hash, asked_at) VALUES (?, ?, ?)
			ON CONFLICT (client_id) DO UPDATE SET address_hash = excluded.address_hash, asked_at = excluded.asked_at`, permit.Client(), permit.Hash(), letter.CreatedAt)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("outbox: ask client %d: %w", permit.Client(), err)
	}
	return fresh, nil
}

// AskedAt is when a client was last asked whether their agent may write to them at the address they have now; zero: never.
func AskedAt(ctx context.Context, db bun.IDB, client clients.ID) (time.Time, error) {
	var at time.Time
	err := db.NewRaw(`SELECT q.asked_at FROM questions AS q JOIN consents AS k ON k.client_id = q.client_id AND k.address_hash = q.address_hash
		WHERE q.client_id = ?`, client).Scan(ctx, &at)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, fmt.Errorf("outbox: when client %d was asked: %w", client, err)
	}
	return at, nil
}

// Unasked returns the agent's clients whose own yes is missing and who were never asked for it, by name, at most limit, and how
// many there are in all. Not among them are those who can't be asked: their status or address takes no mail, or they asked for a pause.
func Unasked(ctx context.Context, db bun.IDB, agent agents.ID, limit int, now time.Time) ([]clients.Client, int, error) {
	var list []clients.Client
	total, err := db.NewSelect().Model(&list).
		Join("JOIN consents AS k ON k.client_id = c.id AND k.agent_id = c.agent_id AND k.email_key = c.email_key").
		Where("k.agent_id = ?", agent).Where("k.state = ?", consent.Pending).
		Where("c.status NOT IN (?)", bun.List([]clients.Status{clients.Inactive, clients.OnVacation})).
		Where("(k.paused_until IS NULL OR k.paused_until <= ?)", now.UTC()).
		Where("NOT EXISTS (SELECT 1 FROM address_blocks AS b WHERE b.address_hash = k.address_hash)").
		Where("NOT EXISTS (SELECT 1 FROM questions AS q WHERE q.client_id = k.client_id AND q.address_hash = k.address_hash)").
		Order("c.sort_key", "c.id").Limit(int64(limit)).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("outbox: who of agent %d was never asked: %w", agent, err)
	}
	return list, int(total), nil
}
