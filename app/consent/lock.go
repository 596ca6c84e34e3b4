package consent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
)

// The order of locks: first the recipient's, then the transaction; never a recipient's lock from inside a transaction.
// Whoever takes several takes them in ascending order.
//
// On SQLite one process serves the file (db.Store.Own), so mutexes in memory do. On PostgreSQL they are the
// transaction's advisory locks, of which an address has two: its own, which the gate takes too, and its stripe's,
// taken before it. The stripe is there for who adds a client: that transaction has written already, so it must not
// wait, and a long import must not take one lock per row (see watched).

const (
	stripeCount = 256
	keysLock    = 0x636f6e736b657973 // "conskeys"
	stripeLock  = 0x636f6e7365000000 // "conse", plus the stripe
)

func number(hash string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(hash))
	return int64(h.Sum64())
}

func stripe(hash string) int { return int(uint64(number(hash)) % stripeCount) }

// Hold runs fn in a write transaction while no letter to the address of this hash can pass the gate; the lock is given
// up after the commit. Never call it from inside a transaction.
func (l *Ledger) Hold(ctx context.Context, write *bun.DB, hash string, fn func(ctx context.Context, db bun.Tx) error) error {
	return l.hold(ctx, write, []string{hash}, fn)
}

func (l *Ledger) hold(ctx context.Context, write *bun.DB, hashes []string, fn func(ctx context.Context, db bun.Tx) error) error {
	var stripes []int
	var numbers []int64
	for _, hash := range hashes {
		stripes = append(stripes, stripe(hash))
		numbers = append(numbers, number(hash))
	}
	slices.Sort(stripes)
	slices.Sort(numbers)
	stripes = slices.Compact(stripes)
	numbers = slices.Compact(numbers)
	if l.advisory == "" {
		for _, i := range stripes {
			l.stripes[i].Lock()
			defer l.stripes[i].Unlock()
		}
		return write.RunInTx(ctx, nil, fn)
	}
	return write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		for _, i := range stripes {
			if _, err := db.ExecContext(ctx, l.advisory, int64(stripeLock)+int64(i)); err != nil {
				return fmt.Errorf("lock the stripe: %w", err)
			}
		}
		for _, n := range numbers {
			if _, err := db.ExecContext(ctx, l.advisory, n); err != nil {
				return fmt.Errorf("lock the address: %w", err)
			}
		}
		return fn(ctx, db)
	})
}

// AtGate runs fn (which reads, then writes one DATA command) under the same lock. What fn reads is what was committed
// after the lock was had. fn must end soon, whatever the other side does: an opt-out of this address waits for it.
func (l *Ledger) AtGate(ctx context.Context, read *bun.DB, hash string, fn func(ctx context.Context, db bun.IDB) error) error {
	if l.advisory == "" {
		lock := &l.stripes[stripe(hash)]
		lock.Lock()
		defer lock.Unlock()
		// No transaction: each statement reads the newest commit.
		return fn(ctx, read)
	}
	return read.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := db.ExecContext(ctx, l.advisory, number(hash)); err != nil {
			return fmt.Errorf("consent: lock the address: %w", err)
		}
		return fn(ctx, db)
	})
}

var errMoved = errors.New("the address changed meanwhile")

// holdClient is Hold for an act on a link's client, who may by now have another address than the letter went to:
// letters to either wait. fn gets the link as resolve leaves it and the client, nil when there is none.
func (l *Ledger) holdClient(ctx context.Context, write *bun.DB, link Link, fn func(ctx context.Context, db bun.Tx, link Link, c *clients.Client) error) error {
	for {
		_, before, err := resolve(ctx, write, link, false)
		if err != nil {
			return err
		}
		err = l.hold(ctx, write, l.hashes(link, before), func(ctx context.Context, db bun.Tx) error {
			link, c, err := resolve(ctx, db, link, l.advisory != "") // SQLite's writer is alone anyway
			if err != nil {
				return err
			}
			if (c == nil) != (before == nil) || c != nil && c.EmailKey != before.EmailKey {
				return errMoved
			}
			return fn(ctx, db, link, c)
		})
		if !errors.Is(err, errMoved) {
			return err
		}
	}
}

// hashes are the addresses that mail to a link's client may go to.
func (l *Ledger) hashes(link Link, c *clients.Client) []string {
	var hashes []string
	if link.Hash != "" {
		hashes = append(hashes, link.Hash)
	}
	if c != nil {
		hashes = append(hashes, l.Hash(c.EmailKey))
	}
	return hashes
}

// resolve finds a link's client. A client who was deleted and added again by the same agent is the same person to
// whoever reads an old letter: the link then names the new record.
func resolve(ctx context.Context, db bun.IDB, link Link, lock bool) (Link, *clients.Client, error) {
	c, err := load(ctx, db, link.Client, lock)
	if err != nil || c != nil || link.Hash == "" {
		return link, c, err
	}
	again, err := recordAt(ctx, db, link.Agent, link.Hash)
	if err != nil || again == 0 {
		return link, nil, err
	}
	link.Client = again
	c, err = load(ctx, db, again, lock)
	return link, c, err
}

// load returns a client, nil when there is none; lock keeps others from changing it until the transaction ends.
func load(ctx context.Context, db bun.IDB, id clients.ID, lock bool) (*clients.Client, error) {
	c := new(clients.Client)
	q := db.NewSelect().Model(c).Where("c.id = ?", id)
	if lock {
		q = q.For("UPDATE")
	}
	if err := q.Scan(ctx); errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	} else if err != nil {
		return nil, fmt.Errorf("load client %d: %w", id, err)
	}
	return c, nil
}

// watched keeps every opt-out of an address waiting until the caller's transaction ends, so that it sees the record
// that is being added; false means that one is being written at this moment. It never waits for a lock, since its
// transaction holds rows that the opt-out may want. On SQLite the one writer is enough. held are the stripes that this
// transaction has already; nil: none.
func (l *Ledger) watched(ctx context.Context, db bun.IDB, hash string, held map[int]bool) (bool, error) {
	if l.advisory == "" || held[stripe(hash)] {
		return true, nil
	}
	const tries = 10
	for range tries {
		for i, n := range []int64{int64(stripeLock) + int64(stripe(hash)), number(hash)} {
			var taken bool
			if err := db.QueryRowContext(ctx, "SELECT pg_try_advisory_xact_lock_shared(?)", n).Scan(&taken); err != nil {
				return false, fmt.Errorf("watch the address: %w", err)
			}
			if taken && i == 0 && held != nil {
				held[stripe(hash)] = true
			}
			if taken {
				return true, nil
			}
		}
		// The stripe may be another address's, and the address's own lock the gate's: both are given up soon.
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false, nil
}
