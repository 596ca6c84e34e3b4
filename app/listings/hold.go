package listings

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// share is the share of a price beyond which a move waits.
func (s Source) share() float64 {
	if s.HoldShare > 0 {
		return s.HoldShare
	}
	return 0.3
}

// implausible says why a price should wait for a person, or nothing. old is the price so far, nil where there is none.
func implausible(price, old *int64, home *Listing, share float64) string {
	switch {
	case price == nil:
		return ""
	case *price <= 0:
		return "The price is " + Money(*price) + "."
	case *price > mostPrice:
		return "The price is " + Money(*price) + ", more than any home costs."
	case *price < leastSale && home.StandardStatus != Closed && !strings.HasSuffix(home.PropertyType, "Lease"):
		return "The price is " + Money(*price) + ", too little for a home that is for sale."
	case old == nil || *old <= 0:
		return ""
	}
	move := float64(*price - *old)
	if move < 0 {
		move = -move
	}
	if move <= share*float64(*old)+0.5 { // half a cent: 30 % of a price is not beyond 30 %
		return ""
	}
	way := "up"
	if *price < *old {
		way = "down"
	}
	return fmt.Sprintf("The price would go %s by %s%%, from %s to %s.", way, commas(int64(move/float64(*old)*100+0.5)), Money(*old), Money(*price))
}

// price decides what a record's price means for a home that is known: taken, held, or passed over because a person has
// already said no to it.
func (b *batch) price(ctx context.Context, old, next *Listing) error {
	told := next.ListPrice
	next.ListPrice = old.ListPrice
	if old.PreviousListPrice != nil {
		next.PreviousListPrice = old.PreviousListPrice
	}
	if told == nil {
		return nil // not told: the one known stays
	}
	open := openHold(b.holds[old.ID])
	say := ""
	if old.ListPrice == nil || *told != *old.ListPrice {
		say = implausible(told, old.ListPrice, next, b.from.share())
	}
	if say == "" {
		if old.ListPrice != nil && *told != *old.ListPrice {
			next.PreviousListPrice = old.ListPrice
		}
		next.ListPrice = told
		if open != nil {
			return b.settle(ctx, open)
		}
		return nil
	}
	next.ListPrice = told
	wait := b.hold(next, say)
	next.ListPrice = old.ListPrice
	wait.OldValue = cents(old.ListPrice)
	switch {
	case refused(b.holds[old.ID], wait):
		return nil
	case open != nil && open.NewValue == wait.NewValue:
		if open.Shows == wait.Shows {
			return nil
		}
		return b.w.change(ctx, "listing_holds", "id", open.ID, []string{"shows"}, []any{wait.Shows})
	case open != nil:
		if err := b.settle(ctx, open); err != nil {
			return err
		}
	}
	if old.ListPrice == nil && b.neverNews(old) {
		wait.News = false
	}
	b.waits = append(b.waits, wait)
	return nil
}

// hold makes the hold of a home's price as told.
func (b *batch) hold(home *Listing, say string) *Hold {
	return &Hold{
		ListingID: home.ID, Field: "list_price", NewValue: cents(home.ListPrice), Say: say, At: b.now,
		News: !b.from.First, Shows: home.showable(b.from.Statuses),
	}
}

// openHold is the one that still waits; there is never more than one for a home.
func openHold(holds []Hold) *Hold {
	for i := range holds {
		if holds[i].DecidedAt.IsZero() {
			return &holds[i]
		}
	}
	return nil
}

// refused says whether a person has said no to this very move.
func refused(holds []Hold, wait *Hold) bool {
	for _, h := range holds {
		if h.DecidedBy != 0 && !h.Accepted && h.NewValue == wait.NewValue && h.OldValue == wait.OldValue {
			return true
		}
	}
	return false
}

// neverNews says whether a home still without a price came with a first load.
func (b *batch) neverNews(home *Listing) bool {
	holds := b.holds[home.ID]
	return len(holds) > 0 && !holds[0].News
}

// settle closes a hold that the feed has made pointless.
func (b *batch) settle(ctx context.Context, open *Hold) error {
	open.DecidedAt = b.now
	return b.w.change(ctx, "listing_holds", "id", open.ID, []string{"decided_at"}, []any{b.now})
}

// Holds lists what waits for a person, oldest first, with its home, and how many there are.
func Holds(ctx context.Context, db bun.IDB, limit int) ([]Held, int, error) {
	var rows []Hold
	n, err := db.NewSelect().Model(&rows).Where("decided_at IS NULL").OrderExpr("id").Limit(int64(limit)).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("listings: holds: %w", err)
	}
	ids := make([]ID, len(rows))
	for i := range rows {
		ids[i] = rows[i].ListingID
	}
	homes, err := List(ctx, db, ids)
	if err != nil {
		return nil, 0, err
	}
	held := make([]Held, len(rows))
	for i := range rows { // every hold has its home: the table says so
		held[i].Hold = rows[i]
		for j := range homes {
			if homes[j].ID == rows[i].ListingID {
				held[i].Home = homes[j]
			}
		}
	}
	return held, int(n), nil
}

// Held is a hold with its home.
type Held struct {
	Hold
	Home Listing
}

// Decide accepts a held value (it is applied and becomes news) or drops it: then the same value from the feed is passed
// over from now on. Faults: NotFound, Conflict where somebody was faster.
func Decide(ctx context.Context, db bun.IDB, hold int64, accept bool, by int64, now time.Time) error {
	now = instant(now)
	return alone(ctx, db, func(ctx context.Context, db bun.Tx) error {
		var rows []Hold
		if err := db.NewSelect().Model(&rows).Where("id = ?", hold).Scan(ctx); err != nil {
			return fmt.Errorf("listings: decide: %w", err)
		}
		if len(rows) == 0 {
			return fault.New(fault.NotFound, "There is no such question any more.")
		}
		h := rows[0]
		if !h.DecidedAt.IsZero() {
			return fault.New(fault.Conflict, "This has been settled meanwhile.")
		}
		h.DecidedAt, h.DecidedBy, h.Accepted = now, by, accept
		if _, err := db.NewUpdate().Model(&h).Column("decided_at", "decided_by", "accepted").WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("listings: decide: %w", err)
		}
		if !accept {
			return nil
		}
		if err := h.carryOut(ctx, db, now); err != nil {
			return fmt.Errorf("listings: decide: %w", err)
		}
		return nil
	})
}

// carryOut gives the home the value that waited.
func (h *Hold) carryOut(ctx context.Context, db bun.Tx, now time.Time) error {
	price, err := strconv.ParseInt(h.NewValue, 10, 64)
	if err != nil {
		return err
	}
	var old Listing
	if err := db.NewSelect().Model(&old).Where("id = ?", h.ListingID).Scan(ctx); err != nil {
		return err
	}
	next := old
	next.ListPrice, next.ChangedAt = &price, now
	if old.ListPrice != nil {
		next.PreviousListPrice = old.ListPrice
	}
	next.Shown = h.Shows && old.GoneAt.IsZero()
	w := newWriter(db)
	defer w.close()
	b := batch{db: db, w: w, from: Source{First: !h.News}, now: now}
	if err := b.save(ctx, &old, &next); err != nil {
		return err
	}
	if err := w.flush(ctx); err != nil {
		return err
	}
	return writeEvents(ctx, w, b.happened(&old, &next))
}

func writeHolds(ctx context.Context, w *writer, waits []*Hold) error {
	rows := make([][]any, len(waits))
	for i, h := range waits {
		rows[i] = []any{h.ListingID, h.Field, h.OldValue, h.NewValue, h.Say, h.At, h.News, h.Shows, 0, false}
	}
	return w.add(ctx, "listing_holds", []string{"listing_id", "field", "old_value", "new_value", "say", "at", "news", "shows", "decided_by", "accepted"}, rows)
}

// cents is a price as a hold keeps it.
func cents(price *int64) string {
	if price == nil {
		return ""
	}
	return strconv.FormatInt(*price, 10)
}
