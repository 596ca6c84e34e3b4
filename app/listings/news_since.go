package listings

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// News is something that happened to a home which is what a search asks for.
type News struct {
	Event      `bun:",extend"`
	AddressKey string `bun:"address_key"` // of the home, with its feed and key: what tells it from others
	FeedID     FeedID `bun:"feed_id"`
	ListingKey string `bun:"listing_key"`
}

// How much NewsSince looks at: the newest events, and homes.
const (
	mostEvents    = 100_000
	mostNewsHomes = 5000
)

// happened narrows a search to homes to which something happened.
type happened struct {
	since time.Time
	kinds []EventKind
}

// in asks for it in SQL. The ids bound what is read: events are not indexed by their time.
func (n *happened) in(db *bun.SelectQuery) *bun.SelectQuery {
	return db.Where("h.id IN (SELECT e.listing_id FROM listing_events AS e WHERE e.id > (SELECT max(id) FROM listing_events) - ? AND e.at >= ? AND e.kind IN (?))",
		int64(mostEvents), instant(n.since), bun.List(n.kinds))
}

// NewsSince returns what happened since a moment, oldest first, of these kinds to homes that clients may see and that are what
// c asks for as they stand now. The status is that after the event: a home that was new a week ago and is Pending now was
// news; of those that went Pending or Closed it is not asked. It looks at the newest 100,000 events and at most 5,000 homes;
// from is since, or the first moment it looked at. Faults: Invalid (area, near).
func NewsSince(ctx context.Context, db bun.IDB, c Criteria, kinds []EventKind, since, now time.Time) (news []News, from time.Time, err error) {
	if err := c.checkPlaces(); err != nil {
		return nil, since, err
	}
	if len(kinds) == 0 {
		return nil, since, nil
	}
	whatever := c
	whatever.Statuses = Statuses
	news, err = newsOf(ctx, db, Query{Criteria: whatever, happened: &happened{since, kinds}}, now)
	if err != nil {
		return nil, since, fmt.Errorf("listings: news: %w", err)
	}
	news = slices.DeleteFunc(news, func(n News) bool {
		return n.Kind != EventPending && n.Kind != EventClosed && !slices.Contains(c.statuses(), n.NewStatus)
	})
	slices.SortFunc(news, func(a, b News) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
	from = since
	var first []time.Time
	err = db.NewRaw("SELECT at FROM listing_events WHERE id > (SELECT max(id) FROM listing_events) - ? AND id > ? ORDER BY id LIMIT 1", int64(mostEvents), int64(mostEvents)).Scan(ctx, &first)
	if err == nil && len(first) > 0 && first[0].After(since) {
		from = first[0].UTC()
	}
	if err != nil {
		return nil, since, fmt.Errorf("listings: news: %w", err)
	}
	return news, from, nil
}

// newsOf returns the news of the homes that a query finds.
func newsOf(ctx context.Context, db bun.IDB, q Query, now time.Time) ([]News, error) {
	var ids []ID
	err := q.sieve(ctx, db, now, nil, nil, func(row *sifted) {
		if len(ids) < mostNewsHomes {
			ids = append(ids, row.id)
		}
	})
	if err != nil {
		return nil, err
	}
	var news []News
	for some := range slices.Chunk(ids, 1000) {
		var found []News
		err := db.NewSelect().Model(&found).ColumnExpr("e.*, h.address_key, h.feed_id, h.listing_key").Join("JOIN listings AS h ON h.id = e.listing_id").
			Where("e.listing_id IN (?)", bun.List(some)).Where("e.at >= ?", instant(q.happened.since)).Where("e.kind IN (?)", bun.List(q.happened.kinds)).Scan(ctx)
		if err != nil {
			return nil, err
		}
		news = append(news, found...)
	}
	return news, nil
}

// KnownSince is when the first home came in that is still there; zero where there is none.
func KnownSince(ctx context.Context, db bun.IDB) (time.Time, error) {
	var first []time.Time
	if err := db.NewRaw("SELECT created_at FROM listings ORDER BY id LIMIT 1").Scan(ctx, &first); err != nil || len(first) == 0 {
		return time.Time{}, err
	}
	return first[0].UTC(), nil
}
