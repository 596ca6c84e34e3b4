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

// room is how many letters of each lane may be claimed, and of both together.
type room struct{ notices, letters, all int }

// turn is the courier's one write: it records what came back and claims what may go next, in one transaction, so that a
// run pays for the disk once per handful of letters. It returns the claimed letters and those results that were somebody
// else's letters by now.
func (c *Courier) turn(ctx context.Context, done []result, room room, s *scout) (claimed []job, fenced []result, err error) {
	now := c.clock()
	s.gather(now)
	if err := c.prepareTurn(ctx); err != nil {
		return nil, nil, fmt.Errorf("outbox: prepare to record and claim: %w", err)
	}
	var seen int64
	err = c.write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		seen = c.foreign() // nobody else commits while this transaction runs
		if fenced, err = c.record(ctx, db, done); err != nil {
			return err
		}
		if len(s.ahead) > 0 {
			claimed, err = c.claimAhead(ctx, db, room, s, now)
		} else {
			claimed, err = c.claim(ctx, db, due, room, now)
		}
		if err == nil && c.uncounted != nil {
			c.uncounted()
		}
		return err
	})
	if errors.Is(err, errStale) {
		s.ahead = nil
		return c.turn(ctx, done, room, s)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("outbox: record %d results and claim: %w", len(done), err)
	}
	bulk := 0
	for i := range claimed {
		if claimed[i].bulk() {
			bulk++
		}
		if !claimed[i].scouted {
			claimed[i].seen = seen
		}
	}
	s.took(claimed)
	if s.found != nil && bulk > 0 && bulk == min(room.letters, room.all) { // there is probably more
		c.sendScout(ctx, s, seen, now)
	}
	return claimed, fenced, nil
}

// foreign counts the commits that were not the courier's own.
func (c *Courier) foreign() int64 {
	if c.commits == nil {
		return 0
	}
	return c.commits()
}

// due says which ready letters may go, notices before letters; its arguments are dueArgs. A not_before too far ahead was
// written by a clock since set back. NOT keeps the planner on letters_due, which has them in order.
const (
	due        = `state = 'ready' AND prio BETWEEN 0 AND 1` + dueNow
	dueNotices = `state = 'ready' AND prio = 0` + dueNow
	dueAhead   = `state = 'ready' AND prio = 1 AND lease_gen = 0` + dueNow

	dueNow = ` AND NOT (not_before > ? AND not_before <= ?)`
)

// claim takes as many letters of each lane as there is room for.
//
// It reads, then writes, in one transaction: an UPDATE with RETURNING costs SQLite several times as much, and PostgreSQL,
// which locks the rows read here, may run a subquery with LIMIT more than once. The predicate is repeated all the same.
func (c *Courier) claim(ctx context.Context, db bun.Tx, due string, room room, now time.Time) ([]job, error) {
	if room.all <= 0 {
		return nil, nil
	}
	jobs, err := c.pick(ctx, db, due, room, now)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	args := []any{c.name, now.Add(lease), now.Add(firstWait)}
	for i := range jobs {
		j := &jobs[i]
		j.attempts, j.gen = j.attempts+1, j.gen+1
		args = append(args, j.id)
	}
	return jobs, c.onWrite.exec(ctx, db, takeText(len(jobs)), args...)
}

// claimAhead takes what was read ahead, and notices before.
func (c *Courier) claimAhead(ctx context.Context, db bun.Tx, room room, s *scout, now time.Time) ([]job, error) {
	var jobs []job
	if s.notices {
		var err error
		fast := room
		fast.letters, fast.all = 0, min(room.notices, room.all)
		if jobs, err = c.claim(ctx, db, dueNotices, fast, now); err != nil {
			return nil, err
		}
		s.notices = len(jobs) == fast.all
	}
	bulk := s.next(min(room.letters, room.all-len(jobs)))
	return append(jobs, bulk...), c.takeAhead(ctx, db, bulk, now)
}

// pick reads what a claim will take.
func (c *Courier) pick(ctx context.Context, db bun.Tx, due string, room room, now time.Time) (jobs []job, err error) {
	where, args := c.dueArgs(due, now)
	rows, err := c.onWrite.query(ctx, db, pickText(where, c.skipLocked), append(append([]any{now}, args...), room.all)...)
	if err != nil {
		return nil, err
	}
	return readJobs(rows, room)
}

func pickText(where, skipLocked string) string {
	return `SELECT id, mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id,
		attempts, ambiguous, lease_gen, expires_at, created_at, COALESCE(` + openAtClaim + `, FALSE)
		FROM letters WHERE ` + where + ` ORDER BY prio, not_before, id LIMIT ? ` + skipLocked
}

// openAtClaim is the gate's question as a column of the claimed row.
const openAtClaim = `(SELECT m.state = 'sending' AND (letters.client_id = 0 OR k.address_hash = letters.address_hash AND ` + consent.OpenSQL + `)
	FROM mailings AS m LEFT JOIN clients AS c ON c.id = letters.client_id LEFT JOIN consents AS k ON k.client_id = c.id WHERE m.id = letters.mailing_id)`

// takeText's state is an expression because SQLite, once it has counted rows, would else walk through all letters that
// wait instead of going to those few.
func takeText(n int) string {
	return `UPDATE letters SET state = 'sending', attempts = attempts + 1, lease_gen = lease_gen + 1, lease_owner = ?, lease_until = ?, not_before = ?
		WHERE state || '' = 'ready' AND id IN (?` + strings.Repeat(", ?", n-1) + `)`
}

// prepareTurn readies the texts that nearly every turn runs.
func (c *Courier) prepareTurn(ctx context.Context) error {
	for _, text := range c.hot {
		if err := c.onWrite.prepare(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

// dueArgs is due, or one of its like, with its arguments, without the domains that wait.
func (c *Courier) dueArgs(due string, now time.Time) (where string, args []any) {
	args = []any{now, now.Add(tooFar)}
	if slow := c.ways.slow(now); len(slow) > 0 {
		return due + ` AND domain NOT IN (?)`, append(args, bun.List(slow))
	}
	return due, args
}

// anyDue says whether a letter could be claimed, without writing.
func (c *Courier) anyDue(ctx context.Context) (bool, error) {
	where, args := c.dueArgs(due, c.clock())
	var found bool
	err := c.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE `+where+`)`, args...).Scan(&found)
	return found, err
}

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
