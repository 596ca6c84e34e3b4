package listings

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Announce brings in open houses that a feed tells apart from their homes, by ListingKey; those of a home that are not
// named stay. What is said of homes that are not known is passed over. It returns how many homes it changed.
func Announce(ctx context.Context, db bun.IDB, from Source, houses map[string][]OpenHouse, now time.Time) (int, error) {
	now = instant(now)
	changed := 0
	err := alone(ctx, db, func(ctx context.Context, db bun.Tx) error {
		w := newWriter(db)
		defer w.close()
		for keys := range slices.Chunk(slices.Sorted(maps.Keys(houses)), 500) {
			b := batch{db: db, w: w, from: from, now: now, done: &Applied{}}
			records := make([]Record, len(keys))
			for i, key := range keys {
				records[i] = Record{Listing: Listing{ListingKey: key}, OpenHouses: cleanOpens(houses[key], now), Partial: true}
			}
			n, err := b.announce(ctx, records)
			if err != nil {
				return err
			}
			changed += n
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("listings: announce: %w", err)
	}
	return changed, nil
}

func (b *batch) announce(ctx context.Context, records []Record) (changed int, err error) {
	known, err := b.read(ctx, records)
	if err != nil {
		return 0, err
	}
	for i := range records {
		home := known[records[i].ListingKey]
		if home == nil || !home.GoneAt.IsZero() {
			continue
		}
		stirred, err := b.receive(ctx, home, &records[i])
		if err != nil {
			return 0, err
		}
		if !stirred {
			continue
		}
		changed++
		next := *home
		next.ChangedAt = b.now
		if err := b.save(ctx, home, &next); err != nil {
			return 0, err
		}
	}
	return changed, b.write(ctx)
}
