package demo_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/photos"
	"porchlight/db"
)

// market looks over the homes that the demo made.
func market(t *testing.T, store *db.Store, cache *photos.Cache, now time.Time) {
	t.Helper()
	ctx := t.Context()
	page, err := listings.Search(ctx, store.Read, listings.Query{Criteria: listings.Criteria{Statuses: listings.Statuses}, Hidden: true, Limit: 200}, now)
	if err != nil {
		t.Fatal(err)
	}
	if page.Total < 130 || page.Total > 150 || len(page.Homes) != page.Total {
		t.Errorf("%d homes", page.Total)
	}
	var withheld, hidden, pictures, opens, moved int
	firms, towns := map[string]bool{}, map[string]bool{}
	said := map[string]string{}
	for _, l := range page.Homes {
		h, err := listings.Find(ctx, store.Read, l.ID, now)
		if err != nil {
			t.Fatal(err)
		}
		firms[l.ListOfficeName], towns[l.City] = true, true
		if !l.InternetAddressDisplayYN {
			withheld++
		}
		if !l.InternetEntireListingDisplayYN {
			hidden++
		}
		for _, o := range h.OpenHouses {
			if o.StartsAt.After(now) && o.StartsAt.Before(now.AddDate(0, 0, 9)) {
				opens++
			}
		}
		if l.PreviousListPrice != nil {
			moved++
		}
		if len(h.Photos) < 1 || len(h.Photos) > 4 || l.PhotosCount != len(h.Photos) || l.PhotosWanted {
			t.Errorf("%s: %d photos, counted %d", l.UnparsedAddress, len(h.Photos), l.PhotosCount)
		}
		for _, p := range h.Photos {
			content, kind, err := cache.Read(strings.TrimPrefix(photos.Sources(p).Src, "/photos/"))
			if err != nil || kind != "image/svg+xml" || len(content) > 200<<10 {
				t.Errorf("%s: %s of %d bytes, %v", l.UnparsedAddress, kind, len(content), err)
			}
			pictures++
		}
		if l.AttributionContact == "" || l.Latitude == nil || l.PostalCode == "" || l.ListPrice == nil || l.ListedAt.After(now) {
			t.Errorf("%+v", l)
		}
		if len(h.PublicRemarks) < 80 || strings.ContainsAny(h.PublicRemarks, "{}") {
			t.Errorf("%s: %q", l.UnparsedAddress, h.PublicRemarks)
		}
		if other := said[h.PublicRemarks]; other != "" {
			t.Errorf("%s and %s have the same remarks", l.UnparsedAddress, other)
		}
		said[h.PublicRemarks] = l.UnparsedAddress
		if l.YearBuilt != nil && *l.YearBuilt > int64(now.Year()) {
			t.Errorf("%s was built in %d", l.UnparsedAddress, *l.YearBuilt)
		}
		for _, e := range h.Events {
			if e.At.After(now) {
				t.Errorf("%s: %s at %s", l.UnparsedAddress, e.Kind, e.At)
			}
		}
	}
	if withheld != 1 || hidden != 1 || len(firms) != 8 || len(towns) != 19 || pictures < 350 || opens < 10 || moved < 15 {
		t.Errorf("%d withheld, %d hidden, %d firms, %d towns, %d pictures, %d open houses, %d price changes", withheld, hidden, len(firms), len(towns), pictures, opens, moved)
	}
	if held, n, err := listings.Holds(ctx, store.Read, 10); err != nil || n != 1 || len(held) != 1 {
		t.Errorf("%d prices wait for the broker, %v", n, err)
	}
	displays, err := feed.Displays(ctx, store.Read)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range displays {
		if !strings.Contains(d.Disclaimer, "invented") || !strings.Contains(d.Source, "demo") || d.DataAt.IsZero() {
			t.Errorf("%+v", d)
		}
	}
}
