package listings

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// Home is a listing with all that its page shows.
type Home struct {
	Listing
	PublicRemarks string
	Details       []Detail
	Photos        []Photo     // kept or linked, in order
	OpenHouses    []OpenHouse // those not over, soonest first
	Events        []Event     // oldest first
}

// Find returns a home, also one that is gone. Faults: NotFound.
func Find(ctx context.Context, db bun.IDB, id ID, now time.Time) (Home, error) {
	found, err := List(ctx, db, []ID{id})
	if err != nil {
		return Home{}, err
	}
	if len(found) == 0 {
		return Home{}, fault.New(fault.NotFound, "There is no such home here.")
	}
	home := Home{Listing: found[0]}
	if err := home.fill(ctx, db, now); err != nil {
		return Home{}, fmt.Errorf("listings: find %d: %w", id, err)
	}
	return home, nil
}

func (h *Home) fill(ctx context.Context, db bun.IDB, now time.Time) error {
	var words []wording
	if err := db.NewSelect().Model(&words).Where("listing_id = ?", h.ID).Scan(ctx); err != nil {
		return err
	}
	if len(words) > 0 {
		h.PublicRemarks = words[0].PublicRemarks
		if err := json.Unmarshal([]byte(words[0].Details), &h.Details); err != nil {
			return err
		}
	}
	if err := db.NewSelect().Model(&h.Photos).Where("listing_id = ?", h.ID).Where("state IN ('kept', 'linked')").OrderExpr("position").Scan(ctx); err != nil {
		return err
	}
	if err := coming(db.NewSelect().Model(&h.OpenHouses).Where("listing_id = ?", h.ID), now).Scan(ctx); err != nil {
		return err
	}
	return db.NewSelect().Model(&h.Events).Where("listing_id = ?", h.ID).OrderExpr("id").Scan(ctx)
}

// coming leaves the open houses that take place and are not over, soonest first.
func coming(q *bun.SelectQuery, now time.Time) *bun.SelectQuery {
	return q.Where("NOT canceled").Where("ends_at > ?", instant(now)).OrderExpr("starts_at, id")
}

// List returns listings by id in the order asked, leaving out those that do not exist; also gone ones.
func List(ctx context.Context, db bun.IDB, ids []ID) ([]Listing, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []Listing
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("listings: list: %w", err)
	}
	if err := attribute(ctx, db, rows); err != nil {
		return nil, err
	}
	place := make(map[ID]int, len(rows))
	for i := range rows {
		place[rows[i].ID] = i
	}
	out := make([]Listing, 0, len(ids))
	for _, id := range ids {
		if i, ok := place[id]; ok {
			out = append(out, rows[i])
		}
	}
	return out, nil
}

// Covers returns the first photo of each home that has one.
func Covers(ctx context.Context, db bun.IDB, ids []ID) (map[ID]Photo, error) {
	covers := map[ID]Photo{}
	if len(ids) == 0 {
		return covers, nil
	}
	var photos []Photo
	err := db.NewSelect().Model(&photos).Where("listing_id IN (?)", bun.List(ids)).Where(`position =
		(SELECT min(p.position) FROM listing_photos p WHERE p.listing_id = f.listing_id AND p.state IN ('kept', 'linked'))`).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("listings: covers: %w", err)
	}
	for _, p := range photos {
		covers[p.ListingID] = p
	}
	return covers, nil
}

// NextOpen returns each home's next public open house that has not ended at now.
func NextOpen(ctx context.Context, db bun.IDB, ids []ID, now time.Time) (map[ID]OpenHouse, error) {
	next := map[ID]OpenHouse{}
	if len(ids) == 0 {
		return next, nil
	}
	var opens []OpenHouse
	if err := coming(db.NewSelect().Model(&opens).Where("listing_id IN (?)", bun.List(ids)), now).Scan(ctx); err != nil {
		return nil, fmt.Errorf("listings: next open houses: %w", err)
	}
	for _, o := range opens {
		if _, sooner := next[o.ListingID]; !sooner {
			next[o.ListingID] = o
		}
	}
	return next, nil
}
