package listings

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Remove marks homes of a feed as gone by their keys. It returns how many were there.
func Remove(ctx context.Context, db bun.IDB, feed FeedID, keys []string, now time.Time) (int, error) {
	now = instant(now)
	gone := 0
	err := alone(ctx, db, func(ctx context.Context, db bun.Tx) error {
		for some := range slices.Chunk(keys, 500) {
			clean := make([]string, len(some))
			for i, key := range some {
				clean[i] = line(key, mostLine)
			}
			done, err := db.NewUpdate().Model((*Listing)(nil)).Set("gone_at = ?", now).Set("changed_at = ?", now).Set("shown = ?", false).
				Where("feed_id = ?", feed).Where("listing_key IN (?)", bun.List(clean)).Where("gone_at IS NULL").Exec(ctx)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			gone += int(n)
			if _, err := db.ExecContext(ctx, `UPDATE listing_holds SET decided_at = ? WHERE decided_at IS NULL AND listing_id IN
				(SELECT id FROM listings WHERE feed_id = ? AND listing_key IN (?) AND gone_at IS NOT NULL)`, now, feed, bun.List(clean)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("listings: remove: %w", err)
	}
	return gone, nil
}

// Keys walks the keys of a feed's homes that are not gone, in the database's order, after a key, at most limit.
func Keys(ctx context.Context, db bun.IDB, feed FeedID, after string, limit int) ([]string, error) {
	var keys []string
	err := db.NewSelect().Model((*Listing)(nil)).Column("listing_key").Where("feed_id = ?", feed).Where("gone_at IS NULL").
		Where("listing_key > ?", after).OrderExpr("listing_key").Limit(int64(limit)).Scan(ctx, &keys)
	if err != nil {
		return nil, fmt.Errorf("listings: keys: %w", err)
	}
	return keys, nil
}

// Allow makes a feed's homes shown or not by the statuses its MLS lets clients see (none: all of Statuses), after these
// have changed. It returns how many homes appeared or disappeared. No news comes of it.
func Allow(ctx context.Context, db bun.IDB, feed FeedID, statuses []Status) (int, error) {
	allowed := []Status{}
	for _, status := range Statuses {
		if len(statuses) == 0 || slices.Contains(statuses, status) {
			allowed = append(allowed, status)
		}
	}
	changed := 0
	err := alone(ctx, db, func(ctx context.Context, db bun.Tx) error {
		for _, shown := range []bool{false, true} {
			q := db.NewUpdate().Model((*Listing)(nil)).Set("shown = ?", shown).Where("feed_id = ?", feed)
			if shown {
				q = q.Where("NOT shown").Where(showableSQL).Where("standard_status IN (?)", bun.List(allowed))
			} else {
				q = q.Where("shown").Where("standard_status NOT IN (?)", bun.List(allowed))
			}
			done, err := q.Exec(ctx)
			if err != nil {
				return err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return err
			}
			changed += int(n)
		}
		// What waits for a person must not bring back what may no longer be shown.
		_, err := db.ExecContext(ctx, `UPDATE listing_holds SET shows = listing_id IN
				(SELECT id FROM listings WHERE feed_id = ? AND gone_at IS NULL AND internet_entire_listing_display_yn AND standard_status IN (?))
			WHERE decided_at IS NULL AND listing_id IN (SELECT id FROM listings WHERE feed_id = ?)`, feed, bun.List(allowed), feed)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("listings: allow: %w", err)
	}
	return changed, nil
}

// WantPhotos has the photo cache look at all of a feed's homes again, after its rules for photos have changed.
func WantPhotos(ctx context.Context, db bun.IDB, feed FeedID) error {
	_, err := db.NewUpdate().Model((*Listing)(nil)).Set("photos_wanted = ?", true).Where("feed_id = ?", feed).Where("gone_at IS NULL").Where("photos_count > 0").Exec(ctx)
	if err != nil {
		return fmt.Errorf("listings: want photos: %w", err)
	}
	return nil
}

// showableSQL is showable but for the status.
const showableSQL = `gone_at IS NULL AND internet_entire_listing_display_yn
	AND (list_price IS NOT NULL OR standard_status = 'Closed' AND close_price IS NOT NULL)`
