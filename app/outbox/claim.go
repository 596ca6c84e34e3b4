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
	if err := c.lookAtPace(ctx, now); err != nil {
		return nil, nil, fmt.Errorf("outbox: %w", err)
	}
	var seen int64
	err = c.write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		seen = c.foreign() // nobody else commits while this transaction runs
		if fenced, err = c.record(ctx, db, done); err != nil {
			return err
		}
		if claimed, err = c.take(ctx, db, room, s, now); err != nil {
			return err
		}
		if c.uncounted != nil {
			c.uncounted()
		}
		return nil
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

// take claims what there is room for and the pace allows.
func (c *Courier) take(ctx context.Context, db bun.Tx, room room, s *scout, now time.Time) (claimed []job, err error) {
	if room, err = c.paced(ctx, db, room, now); err != nil {
		return nil, err
	}
	if len(s.ahead) > 0 {
		claimed, err = c.claimAhead(ctx, db, room, s, now)
	} else {
		claimed, err = c.claim(ctx, db, due, room, now)
	}
	if err != nil {
		return nil, err
	}
	return claimed, c.paid(ctx, db, claimed, now)
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
