package listings_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// contents is all that Apply writes, as text.
func (d *desk) contents() string {
	d.t.Helper()
	var all strings.Builder
	for _, table := range []string{"listings", "listing_texts", "open_houses", "listing_events", "listing_holds"} {
		rows, err := d.store.Read.QueryContext(d.t.Context(), "SELECT * FROM "+table+" ORDER BY 1")
		if err != nil {
			d.t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			d.t.Fatal(err)
		}
		for rows.Next() {
			row, into := make([]any, len(names)), make([]any, len(names))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				d.t.Fatal(err)
			}
			fmt.Fprintln(&all, table, row)
		}
		if err := rows.Err(); err != nil {
			d.t.Fatal(err)
		}
	}
	return all.String()
}

// TestTheSameRecordsAgainDoNothing holds for whatever came before and whatever a feed may say.
func TestTheSameRecordsAgainDoNothing(t *testing.T) {
	draw := rand.New(rand.NewPCG(3, 7))
	statuses := append(slices.Clone(listings.Statuses), listings.Withdrawn, listings.Expired, listings.OnHold, listings.Delete, "Nonsense")
	prices := []int64{0, -1, 1, 90_000, 400_000, 449_000, 500_000, 2_000_000_000}
	d := open(t)
	for round := range 150 {
		var records []listings.Record
		for range 1 + draw.IntN(6) {
			r := elm(fmt.Sprint(draw.IntN(5)), in(statuses[draw.IntN(len(statuses))]), asking(prices[draw.IntN(len(prices))]),
				modified(noon.Add(time.Duration(draw.IntN(4*(round+1)))*time.Minute)))
			for i := range draw.IntN(4) {
				withMedia(fmt.Sprint(i * draw.IntN(3)))(&r)
				withOpen(fmt.Sprint(draw.IntN(3)), d.now.Add(time.Duration(draw.IntN(200)-50)*time.Hour))(&r)
				r.OpenHouses[i].Canceled = draw.IntN(3) == 0
			}
			r.Partial, r.Gone = draw.IntN(4) == 0, draw.IntN(6) == 0
			r.OnMarketDate = noon.AddDate(0, 0, draw.IntN(10)-5).Format(time.DateOnly)
			if draw.IntN(5) == 0 {
				r.ListPrice, r.ClosePrice = nil, dollars(400_000)
			}
			records = append(records, r)
		}
		d.from.First = draw.IntN(4) == 0
		d.apply(records...)
		before := d.contents()
		if done := d.apply(records...); done != (listings.Applied{Seen: len(records)}) {
			t.Fatalf("round %d counted %+v of %+v", round, done, records)
		}
		if after := d.contents(); after != before {
			t.Fatalf("round %d, of\n%+v\nbefore\n%s\nafter\n%s", round, records, before, after)
		}
		if holds := d.holds(); len(holds) > 0 && draw.IntN(3) == 0 {
			if err := listings.Decide(t.Context(), d.store.Write, holds[0].ID, draw.IntN(2) == 0, 1, d.now); err != nil {
				t.Fatal(err)
			}
		}
		d.consistent(round)
	}
}

// consistent holds what is true of the homes at any time.
func (d *desk) consistent(round int) {
	d.t.Helper()
	for what, query := range map[string]string{
		"a home is shown that may not be":   "SELECT count(*) FROM listings WHERE shown AND (gone_at IS NOT NULL OR standard_status NOT IN ('Active', 'Coming Soon', 'Active Under Contract', 'Pending', 'Closed') OR list_price IS NULL AND close_price IS NULL)",
		"a home has an impossible price":    "SELECT count(*) FROM listings WHERE list_price <= 0 AND id NOT IN (SELECT listing_id FROM listing_holds WHERE accepted) OR listed_at > changed_at AND listed_at > created_at",
		"a home has no texts":               "SELECT count(*) FROM listings WHERE id NOT IN (SELECT listing_id FROM listing_texts)",
		"two holds of one home are open":    "SELECT count(*) - count(DISTINCT listing_id) FROM listing_holds WHERE decided_at IS NULL",
		"a hold of a home that is gone":     "SELECT count(*) FROM listing_holds w JOIN listings h ON h.id = w.listing_id WHERE w.decided_at IS NULL AND h.gone_at IS NOT NULL",
		"an event without its open house":   "SELECT count(*) FROM listing_events WHERE kind = 'Open House' AND open_house_id NOT IN (SELECT id FROM open_houses)",
		"a price change that changes none":  "SELECT count(*) FROM listing_events WHERE kind = 'Price Change' AND (old_price IS NULL OR new_price IS NULL OR old_price = new_price)",
		"a status change that changes none": "SELECT count(*) FROM listing_events WHERE kind IN ('Pending', 'Closed', 'Back On Market', 'Status Change') AND old_status = new_status",
	} {
		var n int
		if err := d.store.Read.NewRaw(query).Scan(d.t.Context(), &n); err != nil {
			d.t.Fatal(err)
		}
		if n != 0 {
			d.t.Errorf("round %d: %s (%d)", round, what, n)
		}
	}
}

// TestEventsAppearInTheOrderOfTheirIds reads on from the last id while several bring homes in at once, as processes that
// share a database do. Without turns PostgreSQL would show a later number first, and the earlier one would never be read.
func TestEventsAppearInTheOrderOfTheirIds(t *testing.T) {
	d := open(t)
	const writers, rounds = 4, 15
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range rounds {
				err := d.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
					_, err := listings.Apply(ctx, db, d.from, []listings.Record{elm(fmt.Sprint(w, "-", i)), elm(fmt.Sprint("all-", i), asking(int64(400_000+w)))}, noon)
					time.Sleep(time.Millisecond)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	read, last := 0, int64(0)
	for over := false; ; {
		events, err := listings.EventsAfter(t.Context(), d.store.Read, last, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			if over {
				break
			}
			select {
			case <-done:
				over = true
			default:
			}
			continue
		}
		read, last = read+len(events), events[len(events)-1].ID
	}
	var n int
	if err := d.store.Read.NewRaw("SELECT count(*) FROM listing_events").Scan(t.Context(), &n); err != nil || n != read || n < writers*rounds {
		t.Errorf("read %d of %d events: %v", read, n, err)
	}
}
