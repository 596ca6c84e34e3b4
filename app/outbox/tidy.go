package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
)

// tidyEvery is how often the outbox is looked through when nobody kicks; tidyPause how long it rests after each time, so
// that many kicks cost one look.
const (
	tidyEvery = 5 * time.Second
	tidyPause = 500 * time.Millisecond
)

// keepTidy looks after the letters that wait, until ctx ends.
func (c *Courier) keepTidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		if err := c.tidyUp(ctx); err != nil && ctx.Err() == nil {
			c.log.Error("tidy the outbox", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(tidyPause):
		}
		select {
		case <-ctx.Done():
			return
		case <-c.tidy:
		case <-tick.C:
		}
	}
}

// tidyUp takes back letters of dead processes, mails notices, withholds what may no longer leave, ends what waited too
// long, forgets the answers that left, and tells the brokers when there is no way out. Each is its own transaction, and
// none keeps the next from running.
func (c *Courier) tidyUp(ctx context.Context) error {
	return errors.Join(c.takeBack(ctx), c.postNotices(ctx), c.sweep(ctx), c.expire(ctx), c.forgetAnswers(ctx), c.tellBrokers(ctx))
}

// sayInHand is what an attempt says that nobody was left to write down.
const sayInHand = "Porchlight was stopped while this letter was in hand."

// takeBack makes letters ready that a process had in hand when it died. Nobody knows whether they were taken, so each
// counts as unknown, and a letter that kills the process can't do so for ever. Where one process owns the database, at
// its start all letters of other hands are such; no clock is asked. Else those whose lease ran out.
func (c *Courier) takeBack(ctx context.Context) error {
	now := c.clock()
	where, args := `state = 'sending' AND lease_owner <> ?`, []any{c.name}
	if c.skipLocked == "" {
		if c.recovered.Load() {
			return nil
		}
	} else {
		where, args = where+` AND lease_until < ?`, append(args, now)
	}
	var found bool
	if err := c.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE `+where+`)`, args...).Scan(&found); err != nil {
		return fmt.Errorf("outbox: look for letters of dead processes: %w", err)
	}
	if found {
		err := c.write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
			var taken []Attempt
			if err := db.NewRaw(`UPDATE letters SET ambiguous = ambiguous + 1, lease_owner = '', lease_until = NULL, not_before = ?,
				state = CASE WHEN ambiguous + 1 >= ? THEN 'failed' ELSE 'ready' END,
				reason = CASE WHEN ambiguous + 1 >= ? THEN ? ELSE ? END,
				ended_at = CASE WHEN ambiguous + 1 >= ? THEN ? ELSE ended_at END WHERE `+where+` RETURNING id AS letter_id, attempts AS number`,
				append([]any{now, mostUnsure, mostUnsure, sayPossibly, sayInterrupted, mostUnsure, now}, args...)...).Scan(ctx, &taken); err != nil {
				return err
			}
			for some := range slices.Chunk(taken, sweepBatch) {
				for i := range some {
					some[i].At, some[i].Outcome, some[i].Reply = now, outcomeUnknown, sayInHand
				}
				if _, err := db.NewInsert().Model(&some).Returning("NULL").Exec(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("outbox: take back letters of dead processes: %w", err)
		}
		poke(c.kicked)
	}
	c.recovered.Store(true)
	return nil
}

// keepLeases renews this process's leases three times as often as they run out.
func (c *Courier) keepLeases(ctx context.Context) {
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if _, err := c.write.ExecContext(ctx, `UPDATE letters SET lease_until = ? WHERE state = 'sending' AND lease_owner = ?`, c.clock().Add(lease), c.name); err != nil && ctx.Err() == nil {
			c.log.Error("renew the leases", "err", err)
		}
	}
}

// sweepBatch is how many letters with a shut gate are withheld in one transaction.
const sweepBatch = 500

// sweepText picks waiting letters whose gate is shut. The words on prio, and the 0 added to the id, have SQLite read
// letters_due and not, in the order asked for, all letters there ever were.
const sweepText = `SELECT l.id, l.mailing_id, l.client_id, l.address_hash FROM letters AS l
	LEFT JOIN clients AS c ON c.id = l.client_id LEFT JOIN consents AS k ON k.client_id = c.id
	WHERE l.state = 'ready' AND l.prio >= 0 AND l.client_id <> 0 AND l.id + 0 > ? AND (k.client_id IS NULL OR k.address_hash <> l.address_hash OR NOT ` + consent.OpenSQL + `)
	ORDER BY l.id + 0 LIMIT ?`

// sweep withholds waiting letters whose gate has shut, so that pages say so at once and not when their turn comes. The
// ledger's own SQL picks them; its sentence goes on the letter.
func (c *Courier) sweep(ctx context.Context) error {
	now := c.clock()
	last := LetterID(0)
	for {
		var shut []struct {
			ID          LetterID
			MailingID   MailingID
			ClientID    clients.ID
			AddressHash string
			Say         string `bun:"-"`
		}
		err := c.read.NewRaw(sweepText, last, now, sweepBatch).Scan(ctx, &shut)
		if err != nil {
			return fmt.Errorf("outbox: look for letters whose gate is shut: %w", err)
		}
		if len(shut) == 0 {
			return nil
		}
		last = shut[len(shut)-1].ID
		values, args := strings.Builder{}, make([]any, 0, 2*len(shut))
		for _, l := range shut {
			say, open, err := StillOpen(ctx, c.read, c.ledger, l.MailingID, l.ClientID, l.AddressHash, now)
			if err != nil {
				return err
			}
			if open {
				continue
			}
			if len(args) > 0 {
				values.WriteByte(',')
			}
			values.WriteString("(?, ?)")
			args = append(args, l.ID, say)
		}
		if len(args) == 0 {
			continue
		}
		answer, err := c.write.ExecContext(ctx, `WITH r (id, say) AS (VALUES `+values.String()+`)
			UPDATE letters SET state = 'withheld', reason = r.say, ended_at = ? FROM r WHERE letters.id = r.id AND letters.state = 'ready'`, append(args, now)...)
		if err != nil {
			return fmt.Errorf("outbox: withhold %d letters: %w", len(args)/2, err)
		}
		if n, err := answer.RowsAffected(); err == nil {
			metricEnded[Withheld].Add(int(n))
		}
	}
}

// expire ends letters that waited for longer than they live, most of them behind a route that never opened.
func (c *Courier) expire(ctx context.Context) error {
	now := c.clock()
	const where = `state = 'ready' AND prio >= 0 AND expires_at <= ?` // prio: as in sweepText
	var found bool
	if err := c.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE `+where+`)`, now).Scan(&found); err != nil || !found {
		return err
	}
	answer, err := c.write.ExecContext(ctx, `UPDATE letters SET state = 'expired', ended_at = ?,
		reason = CASE WHEN reason = '' THEN ? ELSE ? || reason END WHERE `+where, now, sayExpired+".", sayExpired+": ", now)
	if err != nil {
		return fmt.Errorf("outbox: expire: %w", err)
	}
	if n, err := answer.RowsAffected(); err == nil {
		metricEnded[Expired].Add(int(n))
	}
	return nil
}
