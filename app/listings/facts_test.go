package listings_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"porchlight/app/listings"
	"porchlight/db/dbtest"
)

func TestFactsAreThoseTheRuleAsksFor(t *testing.T) {
	random := rand.New(rand.NewPCG(8, 9))
	homes := kingCounty(t, 1200, random)
	forget(homes, random)
	store := dbtest.New(t)
	save(t, store, homes)
	ids := []listings.ID{999_999, homes[0].ID}
	for i := range homes {
		ids = append(ids, homes[i].ID)
	}
	facts, err := listings.FactsOf(t.Context(), store.Read, ids, now)
	if err != nil || len(facts) != len(homes) {
		t.Fatalf("%d facts of %d homes, %v", len(facts), len(homes), err)
	}
	open, gone := 0, 0
	for _, h := range homes {
		f := facts[h.ID]
		soon := slices.ContainsFunc(h.Opens, func(o listings.OpenHouse) bool { return o.Soon(now) })
		if f.ListingKey != h.ListingKey || f.Remarks != listings.Fold(h.Remarks) || f.OpenSoon != soon || f.Shown != h.Shown || f.GoneAt.IsZero() != h.GoneAt.IsZero() {
			t.Fatalf("%+v is told as %+v", h, f)
		}
		if soon {
			open++
		}
		if !f.GoneAt.IsZero() {
			gone++
		}
	}
	if open == 0 || gone == 0 {
		t.Errorf("%d open, %d gone: this proves little", open, gone)
	}
	found := 0
	for range 60 {
		c := drawCriteria(random, homes)
		for _, h := range homes {
			f := facts[h.ID]
			soon := slices.ContainsFunc(h.Opens, func(o listings.OpenHouse) bool { return o.Soon(now) })
			want := c.Matches(listings.Facts{Listing: &h.Listing, Remarks: listings.Fold(h.Remarks), OpenSoon: soon})
			if c.Matches(f) != want {
				t.Fatalf("%s: %v of %+v", c.Words(), !want, h)
			}
			if want {
				found++
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d homes match: this proves little", found)
	}
	if none, err := listings.FactsOf(t.Context(), store.Read, nil, now); err != nil || len(none) != 0 {
		t.Errorf("%v, %v", none, err)
	}
}

func TestFactsKnowAnOpenHouseUntilItIsOver(t *testing.T) {
	d := open(t)
	start := d.now.Add(5 * 24 * time.Hour)
	d.apply(elm("a", withOpen("1", start)))
	id := d.home("a").ID
	for at, want := range map[time.Time]bool{d.now: true, start.Add(-8 * 24 * time.Hour): false, start.Add(time.Minute): true, start.Add(24 * time.Hour): false} {
		facts, err := listings.FactsOf(t.Context(), d.store.Read, []listings.ID{id}, at)
		if err != nil || facts[id].OpenSoon != want {
			t.Errorf("at %v, of an open house at %v: %v, %v", at, start, facts[id].OpenSoon, err)
		}
	}
}
