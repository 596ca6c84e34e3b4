package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
)

// firstWait is the wait that a claim puts on the row before anything is sent, so that a letter whose result never comes
// back is not tried at once again.
const firstWait = 5 * time.Minute

// room is how many letters of each lane may be claimed.
type room struct{ notices, letters int }

// turn is the courier's one write: it records what came back and claims what may go next, in one transaction, so that a
// run pays for the disk once per handful of letters. It returns the claimed letters and those results that were somebody
// else's letters by now.
func (c *Courier) turn(ctx context.Context, done []result, room room) (claimed []job, fenced []result, err error) {
	now := c.clock()
	if err := c.prepareTurn(ctx, done); err != nil {
		return nil, nil, fmt.Errorf("outbox: prepare to record and claim: %w", err)
	}
	err = c.write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if fenced, err = c.record(ctx, db, done); err != nil {
			return err
		}
		if room.notices > 0 {
			if claimed, err = c.claim(ctx, db, prioNotice, room.notices, now); err != nil {
				return err
			}
		}
		if n := min(room.letters, room.notices-len(claimed)); n > 0 {
			letters, err := c.claim(ctx, db, prioLetter, n, now)
			claimed = append(claimed, letters...)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("outbox: record %d results and claim: %w", len(done), err)
	}
	return claimed, fenced, nil
}

// due says which ready letters of a lane may go; its arguments are dueArgs. A not_before too far ahead was written by a
// clock since set back. NOT keeps the planner on letters_due, which has them in order.
const due = `state = 'ready' AND prio = ? AND NOT (not_before > ? AND not_before <= ?)`

// claim takes up to n letters of one lane. The predicate is repeated outside: on PostgreSQL the inner SELECT alone lets
// two couriers claim one letter.
func (c *Courier) claim(ctx context.Context, db bun.Tx, prio, n int, now time.Time) ([]job, error) {
	where, args := c.dueArgs(prio, now)
	rows, err := c.onWrite.query(ctx, db, claimText(where, c.skipLocked), append(args, n, c.name, now.Add(lease), now.Add(firstWait))...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var jobs []job
	for rows.Next() {
		var j job
		if err := rows.Scan(&j.id, &j.mailing, &j.agent, &j.client, &j.prio, &j.name, &j.address, &j.hash, &j.domain, &j.token, &j.messageID,
			&j.attempts, &j.ambiguous, &j.gen, (*moment)(&j.expires), (*moment)(&j.created)); err != nil {
			return nil, err
		}
		jobs = append(jobs, j)
	}
	return jobs, rows.Err()
}

// claimText picks in a materialized CTE because PostgreSQL may run a plain IN (SELECT … LIMIT n) once for each row it
// meets, and so claim many more than n. The outer state is an expression because SQLite, once it has counted rows, would
// else walk through all letters that wait instead of going to those few.
func claimText(where, skipLocked string) string {
	return `WITH due AS MATERIALIZED (SELECT id FROM letters WHERE ` + where + ` ORDER BY prio, not_before, id LIMIT ? ` + skipLocked + `)
		UPDATE letters SET state = 'sending', attempts = attempts + 1, lease_gen = lease_gen + 1, lease_owner = ?, lease_until = ?, not_before = ?
		WHERE state || '' = 'ready' AND id IN (SELECT id FROM due)
		RETURNING id, mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id,
		attempts, ambiguous, lease_gen, expires_at, created_at`
}

// prepareTurn readies the texts that a turn with these results most likely runs.
func (c *Courier) prepareTurn(ctx context.Context, done []result) error {
	if err := c.onWrite.prepare(ctx, claimText(due, c.skipLocked)); err != nil || len(done) == 0 {
		return err
	}
	return c.onWrite.prepare(ctx, sentText(len(done)))
}

// dueArgs is due with its arguments, without the domains that wait.
func (c *Courier) dueArgs(prio int, now time.Time) (where string, args []any) {
	args = []any{prio, now, now.Add(tooFar)}
	if slow := c.ways.slow(now); len(slow) > 0 {
		return due + ` AND domain NOT IN (?)`, append(args, bun.List(slow))
	}
	return due, args
}

// anyDue says whether a letter could be claimed, without writing.
func (c *Courier) anyDue(ctx context.Context) (bool, error) {
	now := c.clock()
	for _, prio := range []int{prioNotice, prioLetter} {
		where, args := c.dueArgs(prio, now)
		var found bool
		if err := c.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE `+where+`)`, args...).Scan(&found); err != nil || found {
			return found, err
		}
	}
	return false, nil
}

// moment scans a time from what either driver gives: SQLite has no type for the columns of RETURNING.
type moment time.Time

func (m *moment) Scan(src any) error {
	var t time.Time
	var err error
	switch src := src.(type) {
	case time.Time:
		t = src
	case string:
		t, err = time.Parse("2006-01-02 15:04:05.999999-07:00", src)
	case []byte:
		t, err = time.Parse("2006-01-02 15:04:05.999999-07:00", string(src))
	default:
		err = fmt.Errorf("outbox: %T is no time", src)
	}
	*m = moment(t.UTC())
	return err
}

// record writes results, each only while the letter is still in the hand that sent it: a courier that slept past its
// lease must not overwrite what another did since. Returned are those it refused.
func (c *Courier) record(ctx context.Context, db bun.Tx, done []result) (fenced []result, err error) {
	var written []result
	var sent []result
	for _, r := range done {
		switch {
		case r.lost:
		case r.state == Sent:
			sent = append(sent, r)
		default:
			ok, err := recordOne(ctx, db, r)
			if err != nil {
				return nil, err
			}
			if ok {
				written = append(written, r)
			} else {
				fenced = append(fenced, r)
			}
		}
	}
	if len(sent) > 0 {
		stuck, err := c.recordSent(ctx, db, sent)
		if err != nil {
			return nil, err
		}
		for _, r := range sent {
			if stuck[r.id] {
				written = append(written, r)
			} else {
				fenced = append(fenced, r)
			}
		}
	}
	return fenced, recordAttempts(ctx, db, written)
}

// recordSent ends the letters that were taken, all in one statement: this is the way nearly every letter goes.
func (c *Courier) recordSent(ctx context.Context, db bun.Tx, sent []result) (written map[LetterID]bool, err error) {
	args := make([]any, 0, 5*len(sent)+1)
	for _, r := range sent {
		args = append(args, r.id, r.gen, r.code, r.enhanced, r.reply)
	}
	rows, err := c.onWrite.query(ctx, db, sentText(len(sent)), append(args, sent[len(sent)-1].at)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	written = make(map[LetterID]bool, len(sent))
	for rows.Next() {
		var id LetterID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		written[id] = true
	}
	return written, rows.Err()
}

// recordOne writes any other result, and what it means for other letters.
func recordOne(ctx context.Context, db bun.Tx, r result) (ok bool, err error) {
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

func sentText(n int) string {
	return `WITH r (id, gen, code, enhanced, reply) AS (VALUES (?, ?, ?, ?, ?)` + strings.Repeat(`, (?, ?, ?, ?, ?)`, n-1) + `)
		UPDATE letters SET state = 'sent', reason = '', code = r.code, enhanced = r.enhanced, reply = r.reply, ended_at = ?, lease_owner = '', lease_until = NULL
		FROM r WHERE letters.id = r.id AND letters.lease_gen = r.gen AND letters.state = 'sending' RETURNING letters.id`
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// standing is the gate's question: is the letter still in this hand, is its mailing still going, and does the ledger
// still let its client be mailed at its address?
const standingText = `SELECT l.state, l.lease_gen, m.state, ` + consent.OpenSQL + ` AND k.address_hash = l.address_hash
	FROM letters AS l JOIN mailings AS m ON m.id = l.mailing_id
	LEFT JOIN clients AS c ON c.id = l.client_id LEFT JOIN consents AS k ON k.client_id = c.id WHERE l.id = ?`

type standing struct {
	letter  State
	gen     int64
	mailing string
	open    bool // says nothing of letters to agents
}

func (c *Courier) standing(ctx context.Context, db bun.IDB, j job) (s standing, err error) {
	var row *sql.Row
	if stmt := c.onRead.find(standingText); stmt != nil {
		// Without an end of its own the driver need not watch over the query with a goroutine.
		row = stmt.QueryRowContext(context.WithoutCancel(ctx), c.clock(), j.id)
	} else {
		row = db.QueryRowContext(ctx, standingText, c.clock(), j.id)
	}
	err = row.Scan(&s.letter, &s.gen, &s.mailing, &s.open)
	if errors.Is(err, sql.ErrNoRows) {
		return standing{}, nil
	}
	return s, err
}
