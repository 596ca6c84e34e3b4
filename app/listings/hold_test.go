package listings_test

import (
	"math"
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

func TestHolds(t *testing.T) {
	d := open(t)
	lease := func(r *listings.Record) { r.PropertyType = "Residential Lease" }
	for name, c := range map[string]struct {
		was  int64 // dollars; 0: a new home
		to   *int64
		kind func(*listings.Record)
		held string // a word of why; empty: taken
	}{
		"nothing":            {449_000, num[int64](0), nil, "$0"},
		"a negative price":   {449_000, dollars(-1), nil, "-$1"},
		"the least number":   {449_000, num[int64](math.MinInt64), nil, "-$92,233"},
		"over a billion":     {0, num[int64](1_000_000_000_01), nil, "more than any"},
		"a billion":          {0, dollars(1_000_000_000), nil, ""},
		"the greatest":       {449_000, num[int64](math.MaxInt64), nil, "more than any"},
		"a sale for $999":    {0, dollars(999), nil, "too little"},
		"a rent of $999":     {0, dollars(999), lease, ""},
		"a sold home at $1":  {0, dollars(1), in(listings.Closed), ""},
		"down by 30%":        {400_000, dollars(280_000), nil, ""},
		"down by more":       {400_000, dollars(279_999), nil, "down by 30%"},
		"up by 30%":          {400_000, dollars(520_000), nil, ""},
		"up tenfold":         {44_900, dollars(449_000), nil, "up by 900%, from $44,900 to $449,000"},
		"a new home at once": {0, dollars(449_000), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := d.of(t)
			key := t.Name()
			change := func(r *listings.Record) {
				if c.kind != nil {
					c.kind(r)
				}
			}
			if c.was != 0 {
				d.apply(elm(key, asking(c.was), change))
			}
			done := d.apply(elm(key, change, func(r *listings.Record) { r.ListPrice = c.to }))
			h := d.home(key)
			var holds []listings.Held
			for _, held := range d.holds() {
				if held.Home.ListingKey == key {
					holds = append(holds, held)
				}
			}
			if c.held == "" {
				if len(holds) != 0 || done.Held != 0 || h.ListPrice == nil || *h.ListPrice != *c.to || !h.Shown {
					t.Fatalf("not taken: %+v, %+v", done, holds)
				}
				return
			}
			if len(holds) != 1 || done.Held != 1 || !strings.Contains(holds[0].Say, c.held) {
				t.Fatalf("held %+v", holds)
			}
			if c.was == 0 && (h.ListPrice != nil || h.Shown || len(h.Events) != 0) || c.was != 0 && (*h.ListPrice != c.was*100 || !h.Shown || len(h.Events) != 1) {
				t.Errorf("home %+v, told %+v", h.Listing, h.Events)
			}
		})
	}
	t.Run("a source may set the share", func(t *testing.T) {
		d := open(t)
		d.from.HoldShare = 0.1
		d.apply(elm("a", asking(400_000)))
		d.wantDone(d.apply(elm("a", asking(359_000))), listings.Applied{Seen: 1, Held: 1})
	})
	t.Run("the same again makes no second one, another takes its place", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.wantDone(d.apply(elm("a", asking(44_900))), listings.Applied{Seen: 1, Held: 1})
		d.wantDone(d.apply(elm("a", asking(44_900), modified(noon))), listings.Applied{Seen: 1})
		d.wantDone(d.apply(elm("a", asking(4_490), modified(noon))), listings.Applied{Seen: 1, Held: 1})
		if holds := d.holds(); len(holds) != 1 || holds[0].NewValue != "449000" || holds[0].OldValue != "44900000" {
			t.Errorf("%+v", holds)
		}
	})
	t.Run("a sane value settles it", func(t *testing.T) {
		for _, price := range []int64{449_000, 439_000} {
			d := open(t)
			d.apply(elm("a"))
			d.apply(elm("a", asking(44_900)))
			d.apply(elm("a", asking(price)))
			if len(d.holds()) != 0 || *d.home("a").ListPrice != price*100 {
				t.Errorf("%d: %+v", price, d.holds())
			}
			d.wantDone(d.apply(elm("a", asking(44_900))), listings.Applied{Seen: 1, Held: 1}) // nobody has said no to it
		}
	})
	t.Run("a new home that comes to its senses is news", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", asking(0)))
		d.wantTold()
		d.apply(elm("a"))
		d.wantTold(listings.EventNew)
	})
	t.Run("a home of the first load that comes to its senses is none", func(t *testing.T) {
		d := open(t)
		d.from.First = true
		d.apply(elm("a", asking(0)), elm("b", asking(1)))
		d.from.First = false
		d.apply(elm("a"))
		d.apply(elm("b", asking(0)))
		if err := listings.Decide(t.Context(), d.store.Write, d.holds()[0].ID, false, 1, d.now); err != nil {
			t.Fatal(err)
		}
		d.apply(elm("b"))
		d.wantTold()
		if !d.home("a").Shown || !d.home("b").Shown {
			t.Error("not shown")
		}
		d.from.First = true
		d.apply(elm("c", asking(1)))
		d.from.First = false
		d.apply(elm("c", asking(2)))
		if err := listings.Decide(t.Context(), d.store.Write, d.holds()[0].ID, true, 1, d.now); err != nil {
			t.Fatal(err)
		}
		d.wantTold()
	})
	t.Run("it ends when the home goes", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"), elm("b"))
		d.apply(elm("a", asking(1)), elm("b", asking(1)))
		d.apply(elm("a", func(r *listings.Record) { r.Gone = true }))
		if _, err := listings.Remove(t.Context(), d.store.Write, d.from.Feed, []string{"b"}, d.now); err != nil {
			t.Fatal(err)
		}
		if len(d.holds()) != 0 {
			t.Errorf("%+v", d.holds())
		}
	})
}

func TestDecide(t *testing.T) {
	decide := func(d *desk, accept bool) error {
		d.t.Helper()
		return listings.Decide(d.t.Context(), d.store.Write, d.holds()[0].ID, accept, 3, d.now)
	}
	t.Run("accepting a move makes it news", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.apply(elm("a", asking(149_000)))
		d.wantTold(listings.EventNew)
		if err := decide(d, true); err != nil {
			t.Fatal(err)
		}
		d.wantTold(listings.EventNew, listings.EventPrice)
		h := d.home("a")
		if *h.ListPrice != 149_000_00 || *h.PreviousListPrice != 449_000_00 || *h.Events[1].OldPrice != 449_000_00 || !h.ChangedAt.Equal(d.now) {
			t.Errorf("%+v", h)
		}
		d.wantDone(d.apply(elm("a", asking(149_000))), listings.Applied{Seen: 1})
	})
	t.Run("accepting the price of a new home shows it", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", asking(900)))
		if err := decide(d, true); err != nil {
			t.Fatal(err)
		}
		d.wantTold(listings.EventNew)
		if h := d.home("a"); !h.Shown || *h.ListPrice != 900_00 {
			t.Errorf("%+v", h.Listing)
		}
	})
	t.Run("accepting shows nothing that may not be shown", func(t *testing.T) {
		d := open(t)
		d.from.First, d.from.Statuses = true, []listings.Status{listings.Closed}
		d.apply(elm("a", asking(900)))
		if err := decide(d, true); err != nil {
			t.Fatal(err)
		}
		d.wantTold()
		if d.home("a").Shown {
			t.Error("shown in a status the feed does not allow")
		}
	})
	t.Run("what may be shown is as the broker last said", func(t *testing.T) {
		for _, may := range []bool{false, true} {
			d := open(t)
			if may {
				d.from.Statuses = []listings.Status{listings.Closed}
			}
			d.apply(elm("a", asking(900)))
			allowed := map[bool]listings.Status{false: listings.Closed, true: listings.Active}[may]
			if _, err := listings.Allow(t.Context(), d.store.Write, d.from.Feed, []listings.Status{allowed}); err != nil {
				t.Fatal(err)
			}
			if err := decide(d, true); err != nil {
				t.Fatal(err)
			}
			if d.home("a").Shown != may {
				t.Errorf("an active home is shown: %t, where only %s may be", !may, allowed)
			}
		}
	})
	t.Run("what may be shown is as the feed last said", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", asking(900)))
		d.apply(elm("a", asking(900), func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }))
		if err := decide(d, true); err != nil {
			t.Fatal(err)
		}
		if d.home("a").Shown {
			t.Error("shown though the seller has said no meanwhile")
		}
	})
	t.Run("dropping is remembered", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.apply(elm("a", asking(44_900)))
		if err := decide(d, false); err != nil {
			t.Fatal(err)
		}
		d.wantDone(d.apply(elm("a", asking(44_900), modified(noon))), listings.Applied{Seen: 1})
		if h := d.home("a"); *h.ListPrice != 449_000_00 || len(d.holds()) != 0 {
			t.Errorf("%+v", h.Listing)
		}
		d.wantDone(d.apply(elm("a", asking(44_901), modified(noon))), listings.Applied{Seen: 1, Held: 1})
	})
	t.Run("only one decides", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", asking(900)))
		id := d.holds()[0].ID
		if err := decide(d, true); err != nil {
			t.Fatal(err)
		}
		if err := listings.Decide(t.Context(), d.store.Write, id, false, 4, d.now); fault.Of(err) != fault.Conflict {
			t.Errorf("the second got %v", err)
		}
		if err := listings.Decide(t.Context(), d.store.Write, id+1, true, 4, d.now); fault.Of(err) != fault.NotFound {
			t.Errorf("nothing got %v", err)
		}
	})
}
