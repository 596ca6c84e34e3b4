package photos

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// count adds up what is on disk.
func (c *Cache) count(ctx context.Context) error {
	var sum int64
	if err := c.o.Read.NewRaw("SELECT COALESCE(SUM(bytes), 0) FROM listing_photos WHERE state = 'kept'").Scan(ctx, &sum); err != nil {
		return fmt.Errorf("photos: what is used: %w", err)
	}
	c.used.Store(sum)
	return nil
}

// makeRoom sees that so many bytes more fit, at the cost of homes that have left the market, those gone longest first. A
// home that comes back wants its photos again. Without any left it returns errFull.
func (c *Cache) makeRoom(ctx context.Context, bytes int64) error {
	for c.used.Load()+bytes > c.o.Limit {
		var dropped []listings.Photo
		err := c.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
			dropped = nil
			var home listings.ID
			err := db.NewRaw("SELECT COALESCE((SELECT h.id FROM listings AS h WHERE h.gone_at IS NOT NULL AND EXISTS (SELECT 1 FROM listing_photos AS f WHERE f.listing_id = h.id AND f.state = 'kept') "+
				"ORDER BY h.gone_at, h.id LIMIT 1), 0)").Scan(ctx, &home)
			if err != nil || home == 0 {
				return err
			}
			if err := db.NewSelect().Model(&dropped).Where("listing_id = ?", home).Where("state = ?", kept).Scan(ctx); err != nil {
				return err
			}
			if _, err := db.NewDelete().Table("listing_photos").Where("listing_id = ?", home).Where("state = ?", kept).Exec(ctx); err != nil {
				return err
			}
			_, err = db.NewUpdate().Table("listings").Set("photos_wanted = ?", true).Where("id = ?", home).Exec(ctx)
			return err
		})
		if err != nil {
			return fmt.Errorf("photos: make room: %w", err)
		}
		if len(dropped) == 0 {
			return errFull
		}
		c.discard(dropped)
	}
	return nil
}
