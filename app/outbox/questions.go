package outbox

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

// askedAgain is how soon a client may be asked once more.
const askedAgain = 7 * 24 * time.Hour

// PostQuestion puts one letter per permit into the outbox that asks the client whether their agent may write to them, and says how
// many that were: whom this agent asked at this address in the last seven days is not asked again. The permits are Ledger.CheckQuestion's, or
// the one that the agent of until then had. Of all letters these alone go to a client whose yes is missing; every other gate counts
// for them, too. Faults: Denied for a permit the ledger did not grant.
func PostQuestion(ctx context.Context, db bun.IDB, ledger *consent.Ledger, by agents.ID, permits []consent.Permit, t Text, now time.Time) (asked int, err error) {
	err = inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		those, err := askable(ctx, db, by, permits, now.UTC().Truncate(time.Microsecond))
		if asked = len(those); err != nil || asked == 0 {
			return err
		}
		id, fresh, err := insertMailing(ctx, db, by, kindLetter, t, now)
		if err != nil || !fresh {
			asked = 0
			return err
		}
		place, err := placeInLine(ctx, db, len(those), now)
		if err != nil {
			return err
		}
		ids := make([]clients.ID, len(those))
		written := make([]Letter, len(those))
		for i, p := range those {
			ids[i] = p.Client()
			written[i] = letterTo(ledger, by, p, id, domainOf(t.Template.From()), place.Add(time.Duration(i)*time.Microsecond), now)
		}
		if _, err := db.ExecContext(ctx, `UPDATE questions SET mailing_id = ? WHERE client_id IN (?)`, id, bun.List(ids)); err != nil {
			return err
		}
		return insertLetters(ctx, db, written)
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: ask %d clients: %w", len(permits), err)
	}
	return asked, nil
}

// askable marks as asked those who may be, in an order that two processes share, and returns them.
func askable(ctx context.Context, db bun.Tx, by agents.ID, permits []consent.Permit, now time.Time) ([]consent.Permit, error) {
	permits = slices.Clone(permits)
	slices.SortFunc(permits, func(a, b consent.Permit) int { return cmp.Compare(a.Client(), b.Client()) })
	var those []consent.Permit
	for _, p := range permits {
		if !p.Granted() {
			return nil, fault.New(fault.Denied, "This client can’t be mailed.")
		}
		done, err := db.ExecContext(ctx, `INSERT INTO questions (client_id, agent_id, address_hash, mailing_id, asked_at) VALUES (?, ?, ?, 0, ?)
			ON CONFLICT (client_id) DO UPDATE SET agent_id = excluded.agent_id, address_hash = excluded.address_hash, mailing_id = 0, asked_at = excluded.asked_at
			WHERE questions.agent_id <> excluded.agent_id OR questions.address_hash <> excluded.address_hash OR questions.asked_at <= ?`,
			p.Client(), by, p.Hash(), now, now.Add(-askedAgain))
		if err != nil {
			return nil, err
		}
		if n, err := done.RowsAffected(); err != nil {
			return nil, err
		} else if n > 0 {
			those = append(those, p)
		}
	}
	return those, nil
}

// StillOpen is the question at the gate for any letter to a client: may it still go, or why not?
func StillOpen(ctx context.Context, db bun.IDB, ledger *consent.Ledger, mailing MailingID, client clients.ID, hash string, now time.Time) (say string, open bool, err error) {
	var asks bool
	err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM questions WHERE client_id = ? AND mailing_id = ?)`, int64(client), int64(mailing)).Scan(&asks)
	switch {
	case err != nil:
		return "", false, fmt.Errorf("outbox: whether a letter asks client %d: %w", client, err)
	case asks:
		return ledger.StillToAsk(ctx, db, client, hash, now)
	}
	return ledger.StillOpen(ctx, db, client, hash, now)
}

// AskedAt is when a client was last asked whether the agent they have now may write to the address they have now; zero: never.
func AskedAt(ctx context.Context, db bun.IDB, client clients.ID) (time.Time, error) {
	var at time.Time
	err := db.NewRaw(`SELECT q.asked_at FROM questions AS q JOIN consents AS k ON k.client_id = q.client_id AND k.agent_id = q.agent_id AND k.address_hash = q.address_hash
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
		Where("NOT EXISTS (SELECT 1 FROM questions AS q WHERE q.client_id = k.client_id AND q.agent_id = k.agent_id AND q.address_hash = k.address_hash)").
		Order("c.sort_key", "c.id").Limit(int64(limit)).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("outbox: who of agent %d was never asked: %w", agent, err)
	}
	return list, int(total), nil
}
