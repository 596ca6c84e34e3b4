package listings

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// mostFacts is how many homes one round of queries reads.
const mostFacts = 500

// FactsOf returns what the pure rule needs to know of homes as they stand at now, also of those that are gone; ids that do
// not exist are left out. It asks three queries for every 500 homes.
func FactsOf(ctx context.Context, db bun.IDB, ids []ID, now time.Time) (map[ID]Facts, error) {
	facts := make(map[ID]Facts, len(ids))
	for some := range slices.Chunk(ids, mostFacts) {
		if err := learn(ctx, db, some, now, facts); err != nil {
			return nil, fmt.Errorf("listings: facts: %w", err)
		}
	}
	return facts, nil
}

// learn adds the facts of some homes.
func learn(ctx context.Context, db bun.IDB, ids []ID, now time.Time, facts map[ID]Facts) error {
	homes, err := List(ctx, db, ids)
	if err != nil || len(homes) == 0 {
		return err
	}
	var texts []wording
	if err := db.NewSelect().Model(&texts).Column("listing_id", "public_remarks").Where("listing_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return err
	}
	var opens []OpenHouse
	if err := coming(db.NewSelect().Model(&opens).Where("listing_id IN (?)", bun.List(ids)), now).Scan(ctx); err != nil {
		return err
	}
	for i := range homes {
		facts[homes[i].ID] = Facts{Listing: &homes[i]}
	}
	for _, text := range texts {
		f := facts[text.ListingID]
		f.Remarks = Fold(text.PublicRemarks)
		facts[text.ListingID] = f
	}
	for _, o := range opens {
		if o.Soon(now) {
			f := facts[o.ListingID]
			f.OpenSoon = true
			facts[o.ListingID] = f
		}
	}
	return nil
}
