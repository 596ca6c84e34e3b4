package listings_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"porchlight/app/listings"
)

func TestApply(t *testing.T) {
	t.Run("keeps a home whole", func(t *testing.T) {
		d := open(t)
		d.wantDone(d.apply(elm("a")), listings.Applied{Seen: 1, Added: 1})
		h := d.home("a")
		if h.PublicRemarks != "Light on the porch." || len(h.Details) != 1 || h.Details[0].Value != "Forced Air" || *h.ListPrice != 449_000_00 ||
			!h.ModificationTimestamp.Equal(noon.Add(-time.Hour)) || !h.CreatedAt.Equal(d.now) || !h.Shown || h.CityKey != "mystic" {
			t.Errorf("kept %+v", h)
		}
		if want := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC); !h.ListedAt.Equal(want) {
			t.Errorf("listed at %v", h.ListedAt)
		}
		d.wantTold(listings.EventNew)
	})
	t.Run("does nothing the second time", func(t *testing.T) {
		d := open(t)
		records := []listings.Record{elm("a", withMedia("p1"), withOpen("o1", noon.Add(48*time.Hour))), elm("b", asking(-5)), elm("c", in(listings.Closed))}
		d.apply(records...)
		before, told := d.home("a"), d.told()
		d.wantDone(d.apply(records...), listings.Applied{Seen: 3})
		after := d.home("a")
		if !after.ChangedAt.Equal(before.ChangedAt) || len(after.OpenHouses) != 1 {
			t.Errorf("changed to %+v", after)
		}
		d.wantTold(told...)
		if len(d.holds()) != 1 {
			t.Error("held again")
		}
	})
	t.Run("takes the last of several with one key", func(t *testing.T) {
		d := open(t)
		d.wantDone(d.apply(elm("a", asking(1)), elm("b"), elm("a", asking(430_000))), listings.Applied{Seen: 3, Added: 2})
		if got := *d.home("a").ListPrice; got != 430_000_00 {
			t.Errorf("price %d", got)
		}
	})
	t.Run("makes no news of a new timestamp", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		before := d.home("a")
		d.wantDone(d.apply(elm("a", modified(noon))), listings.Applied{Seen: 1})
		after := d.home("a")
		if !after.ChangedAt.Equal(before.ChangedAt) || !after.ModificationTimestamp.Equal(noon) {
			t.Errorf("changed at %v, modified at %v", after.ChangedAt, after.ModificationTimestamp)
		}
		d.wantTold(listings.EventNew)
	})
	t.Run("passes over what is older than known", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", modified(noon)))
		d.wantDone(d.apply(elm("a", asking(400_000), modified(noon.Add(-time.Minute)))), listings.Applied{Seen: 1})
		if got := *d.home("a").ListPrice; got != 449_000_00 {
			t.Errorf("a stale page set the price to %d", got)
		}
		d.apply(elm("a", func(r *listings.Record) { r.Gone = true }, modified(noon.Add(time.Minute))))
		d.apply(elm("a", modified(noon)))
		if d.home("a").GoneAt.IsZero() {
			t.Error("a stale page brought a home back")
		}
	})
	t.Run("remembers the last timestamp when a record has none", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", modified(noon)))
		d.apply(elm("a", modified(time.Time{}), asking(440_000)))
		d.apply(elm("a", modified(noon.Add(-time.Minute))))
		if got := *d.home("a").ListPrice; got != 440_000_00 {
			t.Errorf("a stale page set the price to %d", got)
		}
	})
	t.Run("lists a home from when it was first seen while its date is to come", func(t *testing.T) {
		d := open(t)
		tomorrow := func(r *listings.Record) { r.OnMarketDate = "2026-11-23" }
		d.apply(elm("a", tomorrow))
		first := d.now
		d.now = d.now.AddDate(0, 0, 7)
		d.wantDone(d.apply(elm("a", tomorrow)), listings.Applied{Seen: 1})
		if h := d.home("a"); !h.ListedAt.Equal(first) {
			t.Errorf("the same record again moved it to %v", h.ListedAt)
		}
		d.apply(elm("a", tomorrow, asking(440_000)))
		if h := d.home("a"); !h.ListedAt.Equal(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("listed at %v", h.ListedAt)
		}
	})
	t.Run("counts and keeps a changed fact", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.wantDone(d.apply(elm("a", func(r *listings.Record) { r.PublicRemarks = "New roof." })), listings.Applied{Seen: 1, Changed: 1})
		d.wantDone(d.apply(elm("a", func(r *listings.Record) { r.PublicRemarks, r.YearBuilt = "New roof.", num[int64](1920) })), listings.Applied{Seen: 1, Changed: 1})
		if h := d.home("a"); h.PublicRemarks != "New roof." || *h.YearBuilt != 1920 || !h.ChangedAt.Equal(d.now) {
			t.Errorf("kept %+v", h)
		}
		d.wantTold(listings.EventNew)
	})
	t.Run("tells nothing of a first load", func(t *testing.T) {
		d := open(t)
		d.from.First = true
		d.apply(elm("a"), elm("b", in(listings.ComingSoon), withOpen("o", noon.Add(48*time.Hour))))
		d.apply(elm("a", asking(440_000)))
		d.wantTold()
		d.from.First = false
		d.apply(elm("a", asking(430_000)))
		d.wantTold(listings.EventPrice)
	})
	t.Run("marks what is gone and brings it back without news", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"), elm("b"))
		gone := elm("a", func(r *listings.Record) { r.Gone = true })
		d.wantDone(d.apply(gone, elm("never", func(r *listings.Record) { r.Gone = true })), listings.Applied{Seen: 2, Gone: 1})
		d.wantDone(d.apply(gone, elm("b", in(listings.Delete))), listings.Applied{Seen: 2, Gone: 1})
		if h := d.home("a"); h.Shown || h.GoneAt.IsZero() {
			t.Errorf("still there: %+v", h.Listing)
		}
		d.wantDone(d.apply(elm("a")), listings.Applied{Seen: 1, Changed: 1})
		if h := d.home("a"); !h.Shown || !h.GoneAt.IsZero() {
			t.Errorf("not back: %+v", h.Listing)
		}
		d.wantTold(listings.EventNew, listings.EventNew)
		d.apply(gone)
		d.apply(elm("a", asking(430_000)))
		d.wantTold(listings.EventNew, listings.EventNew, listings.EventPrice)
	})
	t.Run("knows the homes of another feed apart", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.from.Feed = 8
		d.wantDone(d.apply(elm("a")), listings.Applied{Seen: 1, Added: 1})
	})
	t.Run("keeps nothing of a batch that fails", func(t *testing.T) {
		d := open(t)
		if _, err := d.store.Write.Exec("DROP TABLE listing_events"); err != nil {
			t.Fatal(err)
		}
		if _, err := listings.Apply(t.Context(), d.store.Write, d.from, []listings.Record{elm("a")}, noon); err == nil {
			t.Fatal("no error")
		}
		var n int
		if err := d.store.Read.NewRaw("SELECT count(*) FROM listings").Scan(t.Context(), &n); err != nil || n != 0 {
			t.Errorf("%d homes stayed: %v", n, err)
		}
	})
	t.Run("brings in more than travel together", func(t *testing.T) {
		d := open(t)
		var records []listings.Record
		for i := range 1234 {
			records = append(records, elm(fmt.Sprint(i), asking(int64(300_000+i)), withOpen("o", noon.Add(48*time.Hour)), func(r *listings.Record) { r.PublicRemarks = fmt.Sprint("home ", i) }))
		}
		d.wantDone(d.apply(records...), listings.Applied{Seen: 1234, Added: 1234})
		for i := range records {
			records[i].ListPrice = dollars(int64(310_000 + i))
			records[i].PublicRemarks = fmt.Sprint("house ", i)
		}
		d.wantDone(d.apply(records...), listings.Applied{Seen: 1234, Changed: 1234})
		for _, i := range []int{0, 499, 500, 777, 1233} {
			if h := d.home(fmt.Sprint(i)); *h.ListPrice != int64(310_000+i)*100 || h.PublicRemarks != fmt.Sprint("house ", i) || len(h.OpenHouses) != 1 || len(h.Events) != 3 {
				t.Errorf("home %d: %+v", i, h)
			}
		}
	})
}

func TestApplyWithBadInput(t *testing.T) {
	d := open(t)
	huge := make([]listings.Media, 10_000)
	for i := range huge {
		huge[i] = listings.Media{MediaKey: fmt.Sprint(i), MediaURL: fmt.Sprintf("https://photos.example/%d.jpg", i)}
	}
	bad := elm("bad\x00key", func(r *listings.Record) {
		r.ClosePrice, r.OriginalListPrice, r.TaxAnnualAmount = num[int64](-1), num[int64](math.MinInt64), num[int64](math.MaxInt64)
		r.Latitude, r.Longitude = num(math.NaN()), num(math.Inf(1))
		r.Stories, r.GarageSpaces = num(1e308), num(math.Inf(-1))
		r.BedroomsTotal, r.YearBuilt, r.LivingArea = num[int64](-3), num[int64](9999), num[int64](0)
		r.OnMarketDate, r.ListingContractDate, r.CloseDate = "9999-12-31", "0001-01-01", "2026-02-30"
		r.ModificationTimestamp = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
		r.PublicRemarks = "<script>\x00\r\nalert(1)\u202e</script>" + strings.Repeat("é", 9000)
		r.City = "  My\tstic\n\xff "
		r.StandardStatus, r.VirtualTourURLUnbranded = "Nonsense", "javascript:alert(1)"
		r.Media = huge
		r.OpenHouses = []listings.OpenHouse{
			{StartsAt: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)}, {StartsAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)},
			{StartsAt: noon.Add(48 * time.Hour), EndsAt: noon.Add(900 * time.Hour)},
		}
	})
	d.wantDone(d.apply(bad, elm(""), elm("\x00"), elm(strings.Repeat("k", 300))), listings.Applied{Seen: 4, Added: 1})
	h := d.home("bad key")
	for name, unknown := range map[string]bool{
		"close price": h.ClosePrice == nil, "original price": h.OriginalListPrice == nil, "tax": h.TaxAnnualAmount == nil,
		"latitude": h.Latitude == nil, "longitude": h.Longitude == nil, "stories": h.Stories == nil, "garage": h.GarageSpaces == nil,
		"beds": h.BedroomsTotal == nil, "year": h.YearBuilt == nil, "area": h.LivingArea == nil, "on market": h.OnMarketDate == "",
		"contract": h.ListingContractDate == "", "close date": h.CloseDate == "", "modified": h.ModificationTimestamp.IsZero(), "tour": h.VirtualTourURLUnbranded == "",
	} {
		if !unknown {
			t.Errorf("%s was believed", name)
		}
	}
	if h.City != "My stic" || h.StandardStatus != listings.Incomplete || h.Shown || !h.ListedAt.Equal(d.now) || h.PhotosCount != listings.MostMedia {
		t.Errorf("kept %+v", h.Listing)
	}
	if n := len([]rune(h.PublicRemarks)); n != 4000 || strings.ContainsFunc(h.PublicRemarks, func(r rune) bool { return unicode.IsControl(r) || r == 0x202e }) {
		t.Errorf("remarks of %d characters: %q", n, h.PublicRemarks[:40])
	}
	if len(h.OpenHouses) != 1 || h.OpenHouses[0].EndsAt.Sub(h.OpenHouses[0].StartsAt) > 24*time.Hour {
		t.Errorf("open houses %+v", h.OpenHouses)
	}
	d.wantDone(d.apply(bad), listings.Applied{Seen: 1})
	for _, at := range [][2]float64{{math.NaN(), 10}, {91, 0}, {45, -181}, {0, 0}} {
		d.apply(elm("where", func(r *listings.Record) { r.Latitude, r.Longitude = &at[0], &at[1] }))
		if h := d.home("where"); h.Latitude != nil || h.Longitude != nil {
			t.Errorf("%v is on the map", at)
		}
	}
}

// TestNews holds what each passage of a home is called.
func TestNews(t *testing.T) {
	const none = listings.EventKind("")
	d := open(t)
	for _, c := range []struct {
		from, to listings.Status
		want     listings.EventKind
	}{
		{"", listings.Active, listings.EventNew},
		{"", listings.ComingSoon, listings.EventComingSoon},
		{"", listings.Pending, none},
		{"", listings.Closed, none},
		{"", listings.Withdrawn, none},
		{listings.ComingSoon, listings.Active, listings.EventNew},
		{listings.Pending, listings.Active, listings.EventBack},
		{listings.ActiveUnderContract, listings.Active, listings.EventBack},
		{listings.Withdrawn, listings.Active, listings.EventBack},
		{listings.Expired, listings.Active, listings.EventBack},
		{listings.Canceled, listings.Active, listings.EventBack},
		{listings.OnHold, listings.Active, listings.EventBack},
		{listings.Closed, listings.Active, listings.EventBack},
		{listings.Active, listings.ComingSoon, listings.EventComingSoon},
		{listings.Active, listings.Pending, listings.EventPending},
		{listings.Active, listings.ActiveUnderContract, listings.EventPending},
		{listings.Pending, listings.ActiveUnderContract, listings.EventStatus},
		{listings.Pending, listings.Closed, listings.EventClosed},
		{listings.Active, listings.Closed, listings.EventClosed},
		{listings.Active, listings.Withdrawn, listings.EventStatus},
		{listings.Active, listings.Expired, listings.EventStatus},
	} {
		t.Run(fmt.Sprintf("%s to %s", c.from, c.to), func(t *testing.T) {
			d := d.of(t)
			key := t.Name()
			if c.from != "" {
				d.from.First = true
				d.apply(elm(key, in(c.from)))
				d.from.First = false
			}
			d.apply(elm(key, in(c.to), func(r *listings.Record) { r.ClosePrice = dollars(440_000) }))
			events := d.home(key).Events
			if c.want == none {
				if len(events) != 0 {
					t.Errorf("told %+v", events)
				}
				return
			}
			if len(events) != 1 || events[0].Kind != c.want || events[0].OldStatus != c.from || events[0].NewStatus != c.to || !events[0].At.Equal(d.now) {
				t.Fatalf("told %+v", events)
			}
			if want := map[bool]int64{true: 440_000_00, false: 449_000_00}[c.want == listings.EventClosed]; *events[0].NewPrice != want {
				t.Errorf("told at %d, want %d", *events[0].NewPrice, want)
			}
		})
	}
	t.Run("a price change tells both prices", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.apply(elm("a", asking(429_000)))
		d.wantTold(listings.EventNew, listings.EventPrice)
		h := d.home("a")
		if e := h.Events[1]; *e.OldPrice != 449_000_00 || *e.NewPrice != 429_000_00 || *h.PreviousListPrice != 449_000_00 {
			t.Errorf("told %+v of %+v", e, h.Listing)
		}
		d.apply(elm("a", asking(429_000), func(r *listings.Record) { r.PreviousListPrice = dollars(1) }))
		if h := d.home("a"); *h.PreviousListPrice != 449_000_00 {
			t.Errorf("previous price %d", *h.PreviousListPrice)
		}
	})
	t.Run("a price off the market is no news", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", in(listings.Withdrawn)))
		d.apply(elm("a", in(listings.Withdrawn), asking(429_000)))
		d.wantTold()
		d.apply(elm("a", asking(419_000)))
		d.wantTold(listings.EventBack, listings.EventPrice)
	})
	t.Run("a home without a price is none until it has one", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", func(r *listings.Record) { r.ListPrice = nil }))
		d.wantTold()
		if d.home("a").Shown {
			t.Error("shown")
		}
		d.apply(elm("a"))
		d.wantTold(listings.EventNew)
		d.apply(elm("a", func(r *listings.Record) { r.ListPrice = nil }))
		if h := d.home("a"); h.ListPrice == nil || !h.Shown {
			t.Error("the price was forgotten")
		}
	})
}

func withMedia(keys ...string) func(*listings.Record) {
	return func(r *listings.Record) {
		for _, key := range keys {
			r.Media = append(r.Media, listings.Media{MediaKey: key, MediaURL: "https://photos.example/" + key + ".jpg?sig=1"})
		}
	}
}

func TestPhotosWanted(t *testing.T) {
	d := open(t)
	looked := func() {
		t.Helper()
		if _, err := d.store.Write.Exec("UPDATE listings SET photos_wanted = ?", false); err != nil {
			t.Fatal(err)
		}
	}
	want := func(wanted bool, count int) {
		t.Helper()
		if h := d.home("a"); h.PhotosWanted != wanted || h.PhotosCount != count {
			t.Errorf("wanted %v, %d photos", h.PhotosWanted, h.PhotosCount)
		}
	}
	d.apply(elm("a", withMedia("p1", "p2", "p1")))
	want(true, 2)
	looked()
	d.apply(elm("a", withMedia("p1", "p2"), func(r *listings.Record) { r.Media[0].MediaURL = "https://photos.example/p1.jpg?sig=2" }))
	want(false, 2) // signed addresses change with every answer
	var media string
	if err := d.store.Read.NewRaw("SELECT media FROM listing_texts").Scan(t.Context(), &media); err != nil || !strings.Contains(media, "sig=2") {
		t.Errorf("the new address is not kept: %s %v", media, err)
	}
	d.apply(elm("a", func(r *listings.Record) { r.PhotosCount = 2 }))
	want(false, 2) // counted, not named
	d.apply(elm("a", withMedia("p2", "p1")))
	want(true, 2)
	d.apply(elm("a", withMedia("p2", "p1"), func(r *listings.Record) { r.Media[0].ShortDescription = "The porch" }))
	want(true, 2) // still not looked at
	looked()
	d.wantDone(d.apply(elm("a")), listings.Applied{Seen: 1, Changed: 1})
	want(true, 0)
	looked()
	d.apply(elm("a", withMedia("p3")))
	want(true, 1)
	d.apply(elm("a", withMedia("p3"), modified(noon)))
	looked()
	d.apply(elm("a", withMedia("p3"), modified(noon), func(r *listings.Record) { r.Gone = true }))
	d.apply(elm("a", withMedia("p3"), modified(noon)))
	want(true, 1) // they may have made room for others while the home was gone
	looked()
	d.apply(elm("a", withMedia("p3"), modified(noon), func(r *listings.Record) { r.Media[0].ShortDescription = "The porch" }))
	want(true, 1)
	looked()
	link := listings.Photo{ListingID: d.home("a").ID, Position: 1, MediaKey: "p3", State: "linked", File: "https://photos.example/p3.jpg"}
	if _, err := d.store.Write.NewInsert().Model(&link).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.apply(elm("a", withMedia("p3"), modified(noon), func(r *listings.Record) {
		r.Media[0].ShortDescription, r.Media[0].MediaURL = "The porch", "https://photos.example/p3.jpg?sig=2"
	}))
	want(true, 1) // a page that links to the old address would show nothing
}

func withOpen(key string, at time.Time) func(*listings.Record) {
	return func(r *listings.Record) {
		r.OpenHouses = append(r.OpenHouses, listings.OpenHouse{OpenHouseKey: key, StartsAt: at, EndsAt: at.Add(2 * time.Hour)})
	}
}

func TestOpenHouses(t *testing.T) {
	sunday := noon.Add(48 * time.Hour)
	t.Run("are news when new, when moved and when they take place after all", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a"))
		d.wantDone(d.apply(elm("a", withOpen("o", sunday))), listings.Applied{Seen: 1, Changed: 1})
		d.wantTold(listings.EventNew, listings.EventOpenHouse)
		h := d.home("a")
		if len(h.OpenHouses) != 1 || h.Events[1].OpenHouseID != h.OpenHouses[0].ID {
			t.Fatalf("%+v %+v", h.OpenHouses, h.Events)
		}
		d.apply(elm("a", withOpen("o", sunday), func(r *listings.Record) { r.OpenHouses[0].Remarks = "Bring an umbrella." }))
		d.wantTold(listings.EventNew, listings.EventOpenHouse)
		d.apply(elm("a", withOpen("o", sunday.Add(time.Hour))))
		d.wantTold(listings.EventNew, listings.EventOpenHouse, listings.EventOpenHouse)
		d.apply(elm("a", withOpen("o", sunday), func(r *listings.Record) { r.OpenHouses[0].Canceled = true }))
		if len(d.home("a").OpenHouses) != 0 {
			t.Error("a canceled open house is shown")
		}
		d.apply(elm("a", withOpen("o", sunday)))
		d.wantTold(listings.EventNew, listings.EventOpenHouse, listings.EventOpenHouse, listings.EventOpenHouse)
	})
	t.Run("are no news once past, or of a home that is sold", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", withOpen("o", noon.Add(-24*time.Hour))), elm("b", in(listings.Pending), withOpen("o", sunday)))
		d.wantTold(listings.EventNew)
		d.apply(elm("b", withOpen("o", noon.Add(-24*time.Hour)))) // a slip of the year, say
		d.wantTold(listings.EventNew, listings.EventBack)
		var n int
		if err := d.store.Read.NewRaw("SELECT count(*) FROM open_houses").Scan(t.Context(), &n); err != nil || n != 1 || len(d.home("b").OpenHouses) != 0 {
			t.Errorf("%d are kept: %v", n, err)
		}
	})
	t.Run("go when the feed no longer names them, but for what events tell of", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", withOpen("o1", sunday)), elm("b", in(listings.Pending), withOpen("o2", sunday)))
		d.wantDone(d.apply(elm("a"), elm("b", in(listings.Pending))), listings.Applied{Seen: 2, Changed: 2})
		var left []string
		if err := d.store.Read.NewRaw("SELECT open_house_key FROM open_houses ORDER BY id").Scan(t.Context(), &left); err != nil || !slices.Equal(left, []string{"o1"}) {
			t.Errorf("left %q %v", left, err)
		}
		if len(d.home("a").OpenHouses) != 0 {
			t.Error("still shown")
		}
		d.wantDone(d.apply(elm("a"), elm("b", in(listings.Pending))), listings.Applied{Seen: 2})
	})
	t.Run("stay when the answer was partial", func(t *testing.T) {
		d := open(t)
		d.apply(elm("a", withOpen("o1", sunday)))
		d.wantDone(d.apply(elm("a", func(r *listings.Record) { r.Partial = true })), listings.Applied{Seen: 1})
		next, err := listings.NextOpen(t.Context(), d.store.Read, []listings.ID{d.home("a").ID}, noon)
		if err != nil || len(next) != 1 {
			t.Errorf("next %v %v", next, err)
		}
	})
}
