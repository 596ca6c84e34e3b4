package listings

import (
	"context"
	"fmt"
	"slices"

	"github.com/uptrace/bun"
)

// onMarket says whether the home can still be had: what its price does is then of interest.
func (l *Listing) onMarket() bool {
	return l.StandardStatus == Active || l.StandardStatus == ComingSoon || l.StandardStatus == ActiveUnderContract
}

// priced says whether a price can be shown: the one asked, or the one paid.
func (l *Listing) priced() bool {
	return l.ListPrice != nil || l.StandardStatus == Closed && l.ClosePrice != nil
}

// showable is what Shown keeps; allowed are the statuses the feed lets clients see, none for all of Statuses. Allow has the
// same rule in SQL.
func (l *Listing) showable(allowed []Status) bool {
	return l.GoneAt.IsZero() && l.InternetEntireListingDisplayYN && l.priced() &&
		slices.Contains(Statuses, l.StandardStatus) && (len(allowed) == 0 || slices.Contains(allowed, l.StandardStatus))
}

// happened tells what became of a home as events; old is nil where it was not known. A home is first seen when it first
// has a price: without one nobody can be told of it. A first load tells nothing.
func (b *batch) happened(old, next *Listing) []Event {
	if b.from.First || !next.GoneAt.IsZero() {
		return nil
	}
	event := Event{ListingID: next.ID, At: b.now, NewPrice: next.ListPrice, NewStatus: next.StandardStatus}
	if old == nil || old.ListPrice == nil && next.ListPrice != nil && next.onMarket() {
		kind := firstSeen(next.StandardStatus)
		if kind == "" || !next.priced() || old != nil && b.neverNews(old) {
			return nil
		}
		event.Kind = kind
		return []Event{event}
	}
	event.OldPrice, event.OldStatus = old.ListPrice, old.StandardStatus
	var events []Event
	if old.StandardStatus != next.StandardStatus {
		turned := event
		turned.Kind = passage(old.StandardStatus, next.StandardStatus)
		if turned.Kind == EventClosed && next.ClosePrice != nil {
			turned.NewPrice = next.ClosePrice
		}
		events = append(events, turned)
	}
	if old.ListPrice != nil && next.ListPrice != nil && *old.ListPrice != *next.ListPrice && next.onMarket() {
		event.Kind = EventPrice
		events = append(events, event)
	}
	return events
}

// firstSeen is the news of a home not known before, if it is any.
func firstSeen(status Status) EventKind {
	switch status {
	case Active:
		return EventNew
	case ComingSoon:
		return EventComingSoon
	}
	return ""
}

// passage is what it is called when a home goes from one status to another.
func passage(from, to Status) EventKind {
	switch to {
	case Active:
		if from == ComingSoon || from == Incomplete {
			return EventNew // it was never on the market before
		}
		return EventBack
	case ComingSoon:
		return EventComingSoon
	case ActiveUnderContract:
		if from == Pending {
			return EventStatus // no news to whom was told Pending
		}
		return EventPending
	case Pending:
		return EventPending
	case Closed:
		return EventClosed
	}
	return EventStatus
}

func writeEvents(ctx context.Context, w *writer, events []Event) error {
	rows := make([][]any, len(events))
	for i := range events {
		e := &events[i]
		rows[i] = []any{int64(e.ListingID), string(e.Kind), e.At, e.OldPrice, e.NewPrice, string(e.OldStatus), string(e.NewStatus), e.OpenHouseID}
	}
	return w.add(ctx, "listing_events", []string{"listing_id", "kind", "at", "old_price", "new_price", "old_status", "new_status", "open_house_id"}, rows)
}

// EventsAfter returns the events behind an event id, oldest first: what a worker above reads as news. An event never
// appears behind one that was already there, so the last id read is a place to go on from.
func EventsAfter(ctx context.Context, db bun.IDB, after int64, limit int) ([]Event, error) {
	var events []Event
	if err := db.NewSelect().Model(&events).Where("id > ?", after).OrderExpr("id").Limit(int64(limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("listings: events: %w", err)
	}
	return events, nil
}
