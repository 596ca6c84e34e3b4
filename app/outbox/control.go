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

// PauseMailing, ResumeMailing and CancelMailing act on what is unsent. Faults: NotFound, Conflict when cancelled already.
func PauseMailing(ctx context.Context, db bun.IDB, agent agents.ID, id MailingID, now time.Time) error {
	return turnMailing(ctx, db, agent, id, mailingPaused, func(ctx context.Context, db bun.Tx) error {
		// Also those in hand: what comes back from a try stays behind with the rest.
		_, err := db.ExecContext(ctx, `UPDATE letters SET prio = ? WHERE mailing_id = ? AND prio = ? AND state IN ('ready', 'sending')`, prioPaused, id, prioLetter)
		return err
	})
}

// ResumeMailing lets a paused mailing go on.
func ResumeMailing(ctx context.Context, db bun.IDB, agent agents.ID, id MailingID, now time.Time) error {
	return turnMailing(ctx, db, agent, id, mailingSending, func(ctx context.Context, db bun.Tx) error {
		_, err := db.ExecContext(ctx, `UPDATE letters SET prio = ? WHERE mailing_id = ? AND prio = ? AND state IN ('ready', 'sending')`, prioLetter, id, prioPaused)
		return err
	})
}

// CancelMailing cancels the unsent letters of a mailing and returns how many. A letter in hand whose text has begun to
// leave goes through.
func CancelMailing(ctx context.Context, db bun.IDB, agent agents.ID, id MailingID, now time.Time) (int, error) {
	var n int64
	err := turnMailing(ctx, db, agent, id, mailingCancelled, func(ctx context.Context, db bun.Tx) error {
		r, err := db.ExecContext(ctx, `UPDATE letters SET state = 'cancelled', reason = ?, ended_at = ? WHERE mailing_id = ? AND state = 'ready'`, sayCancelled, now, id)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return int(n), err
}

// turnMailing gives one of the agent's mailings a new state and does then in the same transaction.
func turnMailing(ctx context.Context, db bun.IDB, agent agents.ID, id MailingID, to string, then func(ctx context.Context, db bun.Tx) error) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		r, err := db.ExecContext(ctx, `UPDATE mailings SET state = ? WHERE id = ? AND agent_id = ? AND state <> 'cancelled'`, to, id, agent)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n > 0 {
			return errors.Join(err, then(ctx, db))
		}
		var there bool
		if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM mailings WHERE id = ? AND agent_id = ?)`, id, agent).Scan(&there); err != nil {
			return err
		}
		if !there {
			return noMailing()
		}
		return fault.New(fault.Conflict, "This mailing was cancelled already.")
	})
	if err != nil {
		return fmt.Errorf("outbox: turn mailing %d to %s: %w", id, to, err)
	}
	return nil
}

// Retry puts a failed or expired letter back, asking the ledger first. Faults: NotFound, Denied, Conflict when it is
// not failed or expired.
func Retry(ctx context.Context, db bun.IDB, ledger *consent.Ledger, agent agents.ID, id LetterID, now time.Time) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var l Letter
		err := db.NewSelect().Model(&l).Where("id = ?", id).Where("agent_id = ?", agent).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return noLetter()
		}
		if err != nil {
			return err
		}
		if l.State != Failed && l.State != Expired {
			return fault.New(fault.Conflict, "Only a letter that failed or expired can be tried again; this one is %s.", l.State)
		}
		say, err := retry(ctx, db, ledger, l, now)
		if err == nil && say != "" {
			err = fault.New(fault.Denied, "%s", say)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("outbox: retry letter %d: %w", id, err)
	}
	return nil
}

// RetryFailed retries all failed and expired letters of the agent (of one mailing where id is not 0) that the ledger
// permits, and returns how many.
func RetryFailed(ctx context.Context, db bun.IDB, ledger *consent.Ledger, agent agents.ID, id MailingID, now time.Time) (int, error) {
	n := 0
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var letters []Letter
		q := db.NewSelect().Model(&letters).Where("agent_id = ?", agent).Where("state IN ('failed', 'expired')").OrderExpr("id")
		if id != 0 {
			q.Where("mailing_id = ?", id)
		}
		if err := q.Scan(ctx); err != nil {
			return err
		}
		for _, l := range letters {
			say, err := retry(ctx, db, ledger, l, now)
			if err != nil {
				return err
			}
			if say == "" {
				n++
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("outbox: retry letters of agent %d: %w", agent, err)
	}
	return n, nil
}

// retry starts a failed letter's life again unless something stands against it, which it says.
func retry(ctx context.Context, db bun.Tx, ledger *consent.Ledger, l Letter, now time.Time) (say string, err error) {
	var mailing string
	if err := db.QueryRowContext(ctx, `SELECT state FROM mailings WHERE id = ?`, l.MailingID).Scan(&mailing); err != nil {
		return "", err
	}
	if mailing == mailingCancelled {
		return "The mailing this letter belongs to was cancelled.", nil
	}
	prio, life := l.Prio, noticeLife
	if l.ClientID != 0 {
		prio, life = prioLetter, letterLife
		say, open, err := StillOpen(ctx, db, ledger, l.MailingID, l.ClientID, l.AddressHash, now)
		if err != nil || !open {
			return say, err
		}
	}
	if mailing == mailingPaused {
		prio = prioPaused
	}
	_, err = db.ExecContext(ctx, `UPDATE letters SET state = 'ready', reason = '', prio = ?, attempts = 0, ambiguous = 0, not_before = ?, expires_at = ?, ended_at = NULL
		WHERE id = ? AND state = ?`, prio, now, now.Add(life), l.ID, l.State)
	return "", err
}

// CancelFor cancels what is unsent to a client who is being deleted and erases name and address from all their letters,
// and what servers said of them, since that names the address too.
func CancelFor(ctx context.Context, db bun.IDB, id clients.ID, now time.Time) error {
	if id == 0 {
		return nil // notices and tests carry 0
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := db.ExecContext(ctx, `UPDATE letters SET state = 'cancelled', reason = ?, ended_at = ? WHERE client_id = ? AND state = 'ready'`, sayDeleted, now, id); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, `UPDATE letters SET to_name = '', to_address = '', domain = '', reply = '' WHERE client_id = ?`, id); err != nil {
			return err
		}
		_, err := db.ExecContext(ctx, `UPDATE letter_attempts SET reply = '' WHERE letter_id IN (SELECT id FROM letters WHERE client_id = ?)`, id)
		return err
	})
	if err != nil {
		return fmt.Errorf("outbox: cancel what is unsent to client %d: %w", id, err)
	}
	return nil
}
