package listings_test

import (
	"math"
	"testing"
	"time"

	"porchlight/app/listings"
)

func TestShow(t *testing.T) {
	by := listings.Display{
		Source: "SmartMLS", Disclaimer: "Deemed reliable, not guaranteed. As of {time}.",
		DataAt: time.Date(2026, 11, 22, 21, 5, 0, 0, time.UTC), Location: time.FixedZone("EST", -5*3600),
	}
	home := func(change ...func(*listings.Record)) listings.Listing {
		l := elm("a", change...).Listing
		l.ID, l.Shown = 9, true
		return l
	}
	t.Run("says everything that must be said", func(t *testing.T) {
		c := listings.Show(home(), by)
		for got, want := range map[string]string{
			c.Price: "$449,000", c.OldPrice: "", string(c.Status): "Active", c.Address: "12 Elm Street", c.Place: "Mystic, CT 06355",
			c.Facts: "3 beds · 2.5 baths · 1,840 sq ft · 0.4 acres", c.Type: "Single Family Residence",
			c.Attribution: "Listed by Elm Realty, 860-555-0100", c.Source: "SmartMLS",
			c.Disclaimer: "Deemed reliable, not guaranteed. As of November 22, 2026 at 4:05 PM EST.",
		} {
			if got != want {
				t.Errorf("says %q, want %q", got, want)
			}
		}
		if c.ID != 9 || *c.Latitude != 41.35 || *c.Longitude != -71.96 || c.Gone || !c.DataAt.Equal(by.DataAt) {
			t.Errorf("%+v", c)
		}
	})
	t.Run("says that a rent is a month’s", func(t *testing.T) {
		rent := func(r *listings.Record) { r.PropertyType, r.ListPrice = "Residential Lease", dollars(3_100) }
		if c := listings.Show(home(rent), by); c.Price != "$3,100 a month" {
			t.Error(c.Price)
		}
	})
	t.Run("keeps a withheld address and its place on the map", func(t *testing.T) {
		hidden := home(func(r *listings.Record) { r.InternetAddressDisplayYN = false })
		if c := listings.Show(hidden, by); c.Address != "Address withheld by the seller" || c.Latitude != nil || c.Longitude != nil || c.Place != "Mystic, CT 06355" {
			t.Errorf("%+v", c)
		}
	})
	t.Run("shows nothing of a home that may not be shown", func(t *testing.T) {
		gone := home()
		gone.Shown = false
		if c := listings.Show(gone, by); c != (listings.Card{ID: 9, Gone: true}) {
			t.Errorf("%+v", c)
		}
	})
	t.Run("crosses the old price out while the home can be had", func(t *testing.T) {
		old := func(r *listings.Record) { r.PreviousListPrice = dollars(475_000) }
		for status, want := range map[listings.Status]string{listings.Active: "$475,000", listings.Pending: ""} {
			if c := listings.Show(home(old, in(status)), by); c.OldPrice != want {
				t.Errorf("%s: %q", status, c.OldPrice)
			}
		}
	})
	t.Run("shows what was paid for a home that is sold", func(t *testing.T) {
		paid := func(r *listings.Record) { r.ClosePrice, r.PreviousListPrice = dollars(440_000), dollars(475_000) }
		if c := listings.Show(home(in(listings.Closed), paid), by); c.Price != "$440,000" || c.OldPrice != "" {
			t.Errorf("%+v", c)
		}
	})
	t.Run("leaves out what is unknown", func(t *testing.T) {
		bare := home(func(r *listings.Record) {
			r.ListPrice, r.BedroomsTotal, r.BathroomQuarters, r.LivingArea, r.LotSizeSquareFeet = nil, num[int64](0), nil, nil, num[int64](1)
			r.City, r.StateOrProvince, r.UnparsedAddress, r.ListOfficeName, r.ListOfficePhone, r.PropertySubType = "", "", "", "", "", ""
		})
		if c := listings.Show(bare, listings.Display{}); c.Price != "Price on request" || c.Facts != "" || c.Place != "06355" || c.Address != "Address not given" || c.Attribution != "" || c.Type != "Residential" {
			t.Errorf("%+v", c)
		}
	})
	t.Run("names the contact given for attribution first", func(t *testing.T) {
		if c := listings.Show(home(func(r *listings.Record) { r.AttributionContact = "desk@elm.example" }), by); c.Attribution != "Listed by Elm Realty, desk@elm.example" {
			t.Error(c.Attribution)
		}
	})
	t.Run("writes the unit once", func(t *testing.T) {
		for _, c := range []struct{ line, unit, want string }{
			{"12 Elm Street", "3", "12 Elm Street, Unit 3"},
			{"12 Elm Street", "#3", "12 Elm Street, Unit 3"},
			{"12 Elm Street, Unit 3", "3", "12 Elm Street, Unit 3"},
			{"12 Elm Street #3B", "Unit 3B", "12 Elm Street #3B"},
			{"12 Elm Street", "Unit 3", "12 Elm Street, Unit 3"},
			{"12 Elm Street", "#", "12 Elm Street"},
			{"###", "3", "###, Unit 3"},
		} {
			l := home(func(r *listings.Record) { r.UnparsedAddress, r.UnitNumber = c.line, c.unit })
			if got := listings.Show(l, by).Address; got != c.want {
				t.Errorf("%q %q: %q, want %q", c.line, c.unit, got, c.want)
			}
		}
	})
	t.Run("counts in the singular and in thousands", func(t *testing.T) {
		l := home(func(r *listings.Record) {
			r.BedroomsTotal, r.BathroomQuarters, r.BathroomsTotalInteger = num[int64](1), nil, num[int64](1)
			r.LivingArea, r.LotSizeSquareFeet = num[int64](1_234_567), num[int64](43_560)
		})
		if c := listings.Show(l, by); c.Facts != "1 bed · 1 bath · 1,234,567 sq ft · 1 acre" {
			t.Error(c.Facts)
		}
		l.LotSizeSquareFeet, l.BathroomQuarters = num[int64](5650), num[int64](9)
		if c := listings.Show(l, by); c.Facts != "1 bed · 2.25 baths · 1,234,567 sq ft · 0.13 acres" {
			t.Error(c.Facts)
		}
	})
}

func TestMoney(t *testing.T) {
	for cents, want := range map[int64]string{
		0: "$0", 5: "$0.05", 100: "$1", 99_900: "$999", 100_000: "$1,000", 449_000_00: "$449,000", 123_450: "$1,234.50",
		-100: "-$1", 1_234_567_00: "$1,234,567", math.MinInt64: "-$92,233,720,368,547,758.08",
	} {
		if got := listings.Money(cents); got != want {
			t.Errorf("%d: %q, want %q", cents, got, want)
		}
	}
}
