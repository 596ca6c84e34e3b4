package listings

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// leave takes a home out of its feed. The timestamp is kept, so that an older page can't bring it back.
func (b *batch) leave(ctx context.Context, old *Listing, r *Record) error {
	next := *old
	if !r.ModificationTimestamp.IsZero() {
		next.ModificationTimestamp = r.ModificationTimestamp
	}
	if old.GoneAt.IsZero() {
		next.GoneAt, next.ChangedAt, next.Shown = b.now, b.now, false
		b.done.Gone++
		if open := openHold(b.holds[old.ID]); open != nil {
			if err := b.settle(ctx, open); err != nil {
				return err
			}
		}
	}
	return b.save(ctx, old, &next)
}

// enter prepares a home that was not known.
func (b *batch) enter(r *Record) {
	c := &fresh{Listing: r.Listing, rec: r}
	next := &c.Listing
	next.FeedID = b.from.Feed
	next.CreatedAt, next.ChangedAt, next.GoneAt = b.now, b.now, time.Time{}
	next.PhotosCount, next.PhotosWanted = len(r.Media), len(r.Media) > 0
	if say := implausible(next.ListPrice, nil, next, b.from.share()); say != "" {
		c.wait = b.hold(next, say)
		next.ListPrice = nil
	}
	b.derive(next)
	b.fresh = append(b.fresh, c)
	b.done.Added++
}

// update brings what changed to a home that is known.
func (b *batch) update(ctx context.Context, old *Listing, r *Record) error {
	next := r.Listing
	next.ID, next.FeedID, next.CreatedAt, next.ChangedAt, next.GoneAt = old.ID, old.FeedID, old.CreatedAt, old.ChangedAt, time.Time{}
	next.ListedAt, next.PhotosCount, next.PhotosWanted = old.ListedAt, old.PhotosCount, old.PhotosWanted
	if next.ModificationTimestamp.IsZero() {
		next.ModificationTimestamp = old.ModificationTimestamp
	}
	if !old.GoneAt.IsZero() { // its photos may have made room for others meanwhile
		next.PhotosWanted = old.PhotosCount > 0
	}
	if err := b.price(ctx, old, &next); err != nil {
		return err
	}
	mattered, err := b.retell(ctx, &next, r)
	if err != nil {
		return err
	}
	happened := b.happened(old, &next)
	stirred, err := b.receive(ctx, &next, r)
	if err != nil {
		return err
	}
	listed := next.ListedAt
	b.derive(&next)
	if mattered || stirred || differ(old, &next) {
		next.ChangedAt = b.now
		b.done.Changed++
	} else {
		next.ListedAt = listed // a date that was still to come may have come: no reason to touch the row
	}
	b.events = append(b.events, happened...)
	return b.save(ctx, old, &next)
}

// derive works out what the package adds to a record.
func (b *batch) derive(l *Listing) {
	l.AddressKey, l.CityKey, l.SearchKey = addressKey(l), cityKey(l.City), searchKey(l)
	l.Shown = l.showable(b.from.Statuses)
	l.ListedAt = l.CreatedAt
	for _, date := range []string{l.OnMarketDate, l.ListingContractDate} {
		if at, err := time.Parse(time.DateOnly, date); err == nil && !at.After(b.now) {
			l.ListedAt = at
			break
		}
	}
}

// retell brings the long texts and the photos' names up to date, and says whether that matters.
func (b *batch) retell(ctx context.Context, next *Listing, r *Record) (bool, error) {
	was := b.texts[next.ID]
	if was == nil {
		return false, fmt.Errorf("home %d has no texts", next.ID)
	}
	now := wording{PublicRemarks: r.PublicRemarks, Details: list(r.Details), Media: list(r.Media)}
	if r.Media == nil && r.Listing.PhotosCount > 0 {
		now.Media = was.Media // the answer counted photos without naming them
	} else if now.Media != was.Media {
		var before []Media
		_ = json.Unmarshal([]byte(was.Media), &before)
		next.PhotosCount = len(r.Media)
		if !next.PhotosWanted {
			var err error
			if next.PhotosWanted, err = b.othersPhotos(ctx, next.ID, before, r.Media); err != nil {
				return false, err
			}
		}
	}
	if now.PublicRemarks == was.PublicRemarks && now.Details == was.Details && now.Media == was.Media {
		return false, nil
	}
	mattered := now.PublicRemarks != was.PublicRemarks || now.Details != was.Details
	return mattered, b.w.change(ctx, "listing_texts", "listing_id", int64(next.ID), []string{"public_remarks", "details", "media"}, []any{now.PublicRemarks, now.Details, now.Media})
}

// othersPhotos says whether the photo cache must look at a home again: a photo is another or is described in other words, or
// its address is and pages link to it. Of photos kept here a new address is none: signed ones change with every answer.
func (b *batch) othersPhotos(ctx context.Context, id ID, before, now []Media) (bool, error) {
	if !slices.EqualFunc(before, now, func(a, b Media) bool {
		return a.identity() == b.identity() && a.ShortDescription == b.ShortDescription
	}) {
		return true, nil
	}
	var linked int
	err := b.db.NewRaw("SELECT count(*) FROM listing_photos WHERE listing_id = ? AND state = 'linked'", id).Scan(ctx, &linked)
	return linked > 0, err
}

// quiet are columns whose change alone is none: what the feed touches without changing anything, and what follows from
// other columns.
var quiet = map[string]bool{"modification_timestamp": true, "listed_at": true, "changed_at": true, "address_key": true, "city_key": true, "search_key": true}

// differ says whether something that matters is another.
func differ(a, b *Listing) bool {
	before, after := values(a), values(b)
	for i, name := range columns {
		if before[i] != after[i] && !quiet[name] {
			return true
		}
	}
	return false
}

// save writes the columns that are another.
func (b *batch) save(ctx context.Context, old, next *Listing) error {
	before, after := values(old), values(next)
	var names []string
	var set []any
	for i, name := range columns {
		if before[i] != after[i] {
			names, set = append(names, name), append(set, after[i])
		}
	}
	if len(names) == 0 {
		return nil
	}
	return b.w.change(ctx, "listings", "id", int64(next.ID), names, set)
}
