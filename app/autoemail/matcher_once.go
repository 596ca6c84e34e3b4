package autoemail

import (
	"context"
	"strconv"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// identity is what stays the same about a home when it is listed anew or loaded again: its address, or else its name in its
// feed.
func identity(l *listings.Listing) string {
	if l.AddressKey != "" {
		return l.AddressKey
	}
	return strconv.FormatInt(int64(l.FeedID), 10) + ":" + l.ListingKey
}

// onceKey names one event of one home for ever, whatever comes in again.
func onceKey(kind listings.EventKind, l *listings.Listing, detail string) string {
	return string(kind) + "|" + identity(l) + "|" + detail
}

// detailOf is what tells an event of a home from others of its kind: of a listing its price, of a price and day, of an open
// house when it is, of the rest the day. Of an open house that is not to come ok is false.
func detailOf(e *listings.Event, opens map[int64]listings.OpenHouse, now time.Time) (detail string, ok bool) {
	switch e.Kind {
	case listings.EventNew, listings.EventComingSoon:
		return priceDetail(e.NewPrice), true
	case listings.EventPrice:
		return priceDetail(e.NewPrice) + " " + e.At.UTC().Format(time.DateOnly), true
	case listings.EventOpenHouse:
		o, there := opens[e.OpenHouseID]
		return o.StartsAt.UTC().Format(time.RFC3339), there && !o.Canceled && o.EndsAt.After(now)
	}
	return e.At.UTC().Format(time.DateOnly), true
}

func priceDetail(price *int64) string {
	if price == nil {
		return ""
	}
	return strconv.FormatInt(*price, 10)
}

// opensOf returns the open houses that events are about.
func opensOf(ctx context.Context, db bun.IDB, events []listings.Event) (map[int64]listings.OpenHouse, error) {
	var ids []int64
	for i := range events {
		if events[i].OpenHouseID != 0 {
			ids = append(ids, events[i].OpenHouseID)
		}
	}
	all := make(map[int64]listings.OpenHouse, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	var rows []listings.OpenHouse
	if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	for _, o := range rows {
		all[o.ID] = o
	}
	return all, nil
}
