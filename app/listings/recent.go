package listings

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Recent returns what happened to each of the homes since a moment, oldest first: what a card shows as new.
func Recent(ctx context.Context, db bun.IDB, ids []ID, since time.Time) (map[ID][]Event, error) {
	happened := map[ID][]Event{}
	if len(ids) == 0 {
		return happened, nil
	}
	var events []Event
	err := db.NewSelect().Model(&events).Where("listing_id IN (?)", bun.List(ids)).Where("at >= ?", instant(since)).OrderExpr("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("listings: recent events: %w", err)
	}
	for _, e := range events {
		happened[e.ListingID] = append(happened[e.ListingID], e)
	}
	return happened, nil
}
