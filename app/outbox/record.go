package outbox

import (
	"context"
	"strings"

	"github.com/uptrace/bun"
)

// record writes results, each only while the letter is still in the hand that sent it: a courier that slept past its
// lease must not overwrite what another did since. Returned are those it refused.
func (c *Courier) record(ctx context.Context, db bun.Tx, done []result) (fenced []result, err error) {
	var written []result
	for _, r := range done {
		if r.lost {
			continue
		}
		ok, err := c.recordOne(ctx, db, r)
		if err != nil {
			return nil, err
		}
		if ok {
			written = append(written, r)
		} else {
			fenced = append(fenced, r)
		}
	}
	return fenced, recordAttempts(ctx, db, written)
}

// recordOne writes a result: that the letter was taken, the way nearly every letter goes, or any other.
func (c *Courier) recordOne(ctx context.Context, db bun.Tx, r result) (ok bool, err error) {
	if r.state != Sent {
		return recordOther(ctx, db, r)
	}
	n, err := c.onWrite.changed(ctx, db, sentText, r.code, r.enhanced, r.reply, r.at, r.id, r.gen)
	return n > 0, err
}

// recordOther writes any other result, and what it means for other letters.
func recordOther(ctx context.Context, db bun.Tx, r result) (ok bool, err error) {
	var ended any
	if r.state.Final() {
		ended = r.at
	}
	answer, err := db.ExecContext(ctx, `UPDATE letters SET state = ?, reason = ?, attempts = attempts - ?, ambiguous = ambiguous + ?,
		not_before = CASE WHEN ? THEN ? ELSE not_before END, code = ?, enhanced = ?, reply = ?, ended_at = ?, lease_owner = '', lease_until = NULL
		WHERE id = ? AND lease_gen = ? AND state = 'sending'`,
		r.state, r.reason, count(r.uncounted), count(r.unsure), r.state == Ready, r.notBefore, r.code, r.enhanced, r.reply, ended, r.id, r.gen)
	if err != nil {
		return false, err
	}
	if n, err := answer.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	if r.state == Ready {
		// Its mailing may have been cancelled while the letter was in hand.
		_, err := db.ExecContext(ctx, `UPDATE letters SET state = 'cancelled', reason = ?, ended_at = ?
			WHERE id = ? AND state = 'ready' AND EXISTS (SELECT 1 FROM mailings WHERE id = ? AND state = 'cancelled')`, sayCancelled, r.at, r.id, r.mailing)
		if err != nil {
			return false, err
		}
	}
	if !r.hush.IsZero() {
		// Written to the rows, so that claims need not step over thousands of letters that wait.
		if _, err := db.ExecContext(ctx, `UPDATE letters SET not_before = ? WHERE state = 'ready' AND prio >= 0 AND domain = ? AND not_before < ?`, r.hush, r.domain, r.hush); err != nil {
			return false, err
		}
	}
	if len(r.wronged) > 0 {
		_, err := db.ExecContext(ctx, `UPDATE letters SET state = 'ready', reason = ?, not_before = ?, ended_at = NULL WHERE state = 'failed' AND id IN (?)`,
			sayRoute, r.notBefore, bun.List(r.wronged))
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

func recordAttempts(ctx context.Context, db bun.Tx, written []result) error {
	args := make([]any, 0, 8*len(written))
	for _, r := range written {
		// A sent letter's row itself says all there is to say of its last try: Find reads it back from there.
		if r.outcome != "" && r.state != Sent {
			args = append(args, r.id, r.attempts, r.at, r.outcome, string(r.phase), r.code, r.enhanced, r.reply)
		}
	}
	if len(args) == 0 {
		return nil
	}
	_, err := db.ExecContext(ctx, `INSERT INTO letter_attempts (letter_id, number, at, outcome, phase, code, enhanced, reply) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`+
		strings.Repeat(`, (?, ?, ?, ?, ?, ?, ?, ?)`, len(args)/8-1), args...)
	return err
}

const sentText = `UPDATE letters SET state = 'sent', reason = '', code = ?, enhanced = ?, reply = ?, ended_at = ?, lease_owner = '', lease_until = NULL
	WHERE id = ? AND lease_gen = ? AND state = 'sending'`

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
