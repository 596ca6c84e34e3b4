package listings

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Source is where records come from and how they are to be taken.
type Source struct {
	Feed FeedID
	// First is a feed's first load: homes that were on the market long before are no news.
	First bool
	// HoldShare is the share of the price beyond which a move waits for a person; 0: 0.3.
	HoldShare float64
	// Statuses are those this feed allows to be shown to clients; none: all of Statuses.
	Statuses []Status
}

// Applied counts what a batch of records did.
type Applied struct{ Seen, Added, Changed, Gone, Held int }

// Apply brings in records: adds what is new, changes what changed, writes what happened as events, and holds what looks
// wrong (a price of nothing, an absurd one, a move beyond the source's share). The same records again do nothing. Of
// several records with one key the last counts, but a record older than what is known, by ModificationTimestamp, counts
// nothing. Records without a key are passed over. db should be a transaction on the writer.
func Apply(ctx context.Context, db bun.IDB, from Source, records []Record, now time.Time) (Applied, error) {
	now = instant(now)
	done := Applied{Seen: len(records)}
	err := alone(ctx, db, func(ctx context.Context, db bun.Tx) error {
		w := newWriter(db)
		defer w.close()
		for some := range slices.Chunk(lasting(records, now), 500) {
			b := batch{db: db, w: w, from: from, now: now, done: &done}
			if err := b.apply(ctx, some); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Applied{}, fmt.Errorf("listings: apply: %w", err)
	}
	return done, nil
}

// alone runs in a transaction (that of the caller, if it is one) after every other that changes homes has ended. So what
// is read before a change is still true when it is made, and events become visible in the order of their ids, which
// EventsAfter promises and PostgreSQL does not give by itself.
func alone(ctx context.Context, db bun.IDB, do func(ctx context.Context, db bun.Tx) error) error {
	turn := func(ctx context.Context, db bun.Tx) error {
		if _, err := db.ExecContext(ctx, "INSERT INTO listing_turns (id, turn) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET turn = listing_turns.turn + 1"); err != nil {
			return err
		}
		return do(ctx, db)
	}
	if tx, ok := db.(bun.Tx); ok {
		return turn(ctx, tx)
	}
	return db.RunInTx(ctx, nil, turn)
}

// lasting cleans records and leaves of each key the one that counts.
func lasting(records []Record, now time.Time) []Record {
	out := make([]Record, 0, len(records))
	place := make(map[string]int, len(records))
	for i := range records {
		if key := strings.TrimSpace(records[i].ListingKey); key == "" || len(key) > mostLine {
			continue
		}
		r := records[i].clean(now)
		at, again := place[r.ListingKey]
		switch {
		case r.ListingKey == "":
		case !again:
			place[r.ListingKey] = len(out)
			out = append(out, r)
		case !r.olderThan(out[at].ModificationTimestamp):
			out[at] = r
		}
	}
	return out
}

func (r *Record) olderThan(known time.Time) bool {
	return !r.ModificationTimestamp.IsZero() && r.ModificationTimestamp.Before(known)
}
