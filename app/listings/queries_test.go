package listings_test

import (
	"slices"
	"testing"
	"time"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

func TestFind(t *testing.T) {
	t.Run("says that there is none", func(t *testing.T) {
		d := open(t)
		if _, err := listings.Find(t.Context(), d.store.Read, 1, noon); fault.Of(err) != fault.NotFound {
			t.Errorf("got %v", err)
		}
	})
	t.Run("names the firm that a record names only by key", func(t *testing.T) {
		d := open(t)
		d.apply(
			elm("a", func(r *listings.Record) { r.ListOfficeName, r.ListOfficePhone = "", "" }),
			elm("b", func(r *listings.Record) {
				r.ListOfficeKey, r.ListOfficeName, r.ListOfficePhone, r.ListAgentKey = "", "", "", "m1"
			}),
			elm("c", func(r *listings.Record) { r.ListOfficeName, r.ListOfficePhone = "Their own words", "1" }),
		)
		if err := listings.SaveOffice(t.Context(), d.store.Write, d.from.Feed-1, "o1", "Another feed’s", "0", ""); err != nil {
			t.Fatal(err)
		}
		for range 2 { // again changes it
			if err := listings.SaveOffice(t.Context(), d.store.Write, d.from.Feed, "o1", "Oak\x00Realty", "860-555-0199", ""); err != nil {
				t.Fatal(err)
			}
			if err := listings.SaveMember(t.Context(), d.store.Write, d.from.Feed, "m1", "Mia Park", "o1"); err != nil {
				t.Fatal(err)
			}
		}
		for key, want := range map[string]string{"a": "Oak Realty", "b": "Oak Realty", "c": "Their own words"} {
			if h := d.home(key); h.ListOfficeName != want {
				t.Errorf("%s is listed by %q", key, h.ListOfficeName)
			}
		}
		if h := d.home("b"); h.ListAgentFullName != "Mia Park" || h.ListOfficePhone != "860-555-0199" {
			t.Errorf("%+v", h.Listing)
		}
		page, err := listings.Search(t.Context(), d.store.Read, listings.Query{}, d.now)
		if err != nil || len(page.Homes) != 3 {
			t.Fatal(page, err)
		}
		for _, h := range page.Homes {
			want := d.home(h.ListingKey)
			if h.ListOfficeName != want.ListOfficeName || h.ListOfficePhone != want.ListOfficePhone || h.ListAgentFullName != want.ListAgentFullName {
				t.Errorf("a search says that %s is listed by %q, %q, %q", h.ListingKey, h.ListOfficeName, h.ListOfficePhone, h.ListAgentFullName)
			}
		}
	})
}

func TestList(t *testing.T) {
	d := open(t)
	d.apply(elm("a"), elm("b"), elm("c"))
	d.apply(elm("b", func(r *listings.Record) { r.Gone = true }))
	a, b := d.home("a").ID, d.home("b").ID
	homes, err := listings.List(t.Context(), d.store.Read, []listings.ID{b, 999, a, b})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, h := range homes {
		got = append(got, h.ListingKey)
	}
	if !slices.Equal(got, []string{"b", "a", "b"}) {
		t.Errorf("got %q", got)
	}
	if homes, err := listings.List(t.Context(), d.store.Read, nil); err != nil || len(homes) != 0 {
		t.Errorf("of none: %v %v", homes, err)
	}
}

func TestCovers(t *testing.T) {
	d := open(t)
	d.apply(elm("a"), elm("b"), elm("c"))
	a, b, c := d.home("a").ID, d.home("b").ID, d.home("c").ID
	photos := []listings.Photo{
		{ListingID: a, Position: 1, State: "failed"}, {ListingID: a, Position: 2, State: "kept", File: "two"}, {ListingID: a, Position: 3, State: "linked", File: "three"},
		{ListingID: b, Position: 1, State: "linked", File: "one"}, {ListingID: c, Position: 1, State: "failed"},
	}
	if _, err := d.store.Write.NewInsert().Model(&photos).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	covers, err := listings.Covers(t.Context(), d.store.Read, []listings.ID{a, b, c})
	if err != nil || len(covers) != 2 || covers[a].File != "two" || covers[b].File != "one" {
		t.Errorf("covers %+v %v", covers, err)
	}
	if h := d.home("a"); len(h.Photos) != 2 || h.Photos[0].Position != 2 {
		t.Errorf("photos %+v", h.Photos)
	}
	if covers, err := listings.Covers(t.Context(), d.store.Read, nil); err != nil || len(covers) != 0 {
		t.Errorf("of none: %v %v", covers, err)
	}
}

func TestNextOpen(t *testing.T) {
	d := open(t)
	d.apply(elm("a", withOpen("late", noon.Add(50*time.Hour))))
	d.apply(elm("a", withOpen("late", noon.Add(50*time.Hour)), withOpen("soon", noon.Add(time.Hour)), withOpen("canceled", noon.Add(30*time.Minute)),
		func(r *listings.Record) { r.OpenHouses[2].Canceled = true }), elm("b"))
	a, b := d.home("a").ID, d.home("b").ID
	for _, c := range []struct {
		at   time.Duration
		want string
	}{{0, "soon"}, {2 * time.Hour, "soon"}, {3 * time.Hour, "late"}, {60 * time.Hour, ""}} {
		next, err := listings.NextOpen(t.Context(), d.store.Read, []listings.ID{a, b}, noon.Add(c.at))
		if err != nil || next[a].OpenHouseKey != c.want || next[b].OpenHouseKey != "" {
			t.Errorf("after %v: %+v %v", c.at, next, err)
		}
	}
}

func TestEventsAfter(t *testing.T) {
	d := open(t)
	d.apply(elm("a"), elm("b"), elm("c"))
	first, err := listings.EventsAfter(t.Context(), d.store.Read, 0, 2)
	if err != nil || len(first) != 2 {
		t.Fatalf("%+v %v", first, err)
	}
	rest, err := listings.EventsAfter(t.Context(), d.store.Read, first[1].ID, 2)
	if err != nil || len(rest) != 1 || rest[0].ListingID != d.home("c").ID {
		t.Errorf("%+v %v", rest, err)
	}
}

func TestKeysAndRemove(t *testing.T) {
	d := open(t)
	d.apply(elm("b"), elm("a"), elm("c"), elm("d"))
	n, err := listings.Remove(t.Context(), d.store.Write, d.from.Feed, []string{"b", "nobody"}, noon)
	if err != nil || n != 1 {
		t.Errorf("removed %d %v", n, err)
	}
	if n, err := listings.Remove(t.Context(), d.store.Write, d.from.Feed, []string{"b"}, noon); err != nil || n != 0 {
		t.Errorf("removed %d again %v", n, err)
	}
	if n, err := listings.Remove(t.Context(), d.store.Write, d.from.Feed+1, []string{"a"}, noon); err != nil || n != 0 {
		t.Errorf("removed %d of another feed %v", n, err)
	}
	var walked []string
	for after := ""; ; {
		keys, err := listings.Keys(t.Context(), d.store.Read, d.from.Feed, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) == 0 {
			break
		}
		walked, after = append(walked, keys...), keys[len(keys)-1]
	}
	if !slices.Equal(walked, []string{"a", "c", "d"}) {
		t.Errorf("walked %q", walked)
	}
	if h := d.home("b"); h.Shown || !h.GoneAt.Equal(noon) {
		t.Errorf("%+v", h.Listing)
	}
}

// TestShown holds what clients may see, as Apply keeps it and as Allow brings it up to date.
func TestShown(t *testing.T) {
	sold := func(r *listings.Record) {
		r.StandardStatus, r.ListPrice, r.ClosePrice = listings.Closed, nil, dollars(400_000)
	}
	homes := map[string]func(*listings.Record){
		"active": nil, "pending": in(listings.Pending), "withdrawn": in(listings.Withdrawn), "soon": in(listings.ComingSoon), "sold": sold,
		"priceless": func(r *listings.Record) { r.ListPrice = nil },
		"private":   func(r *listings.Record) { r.InternetEntireListingDisplayYN = false },
		"gone":      func(r *listings.Record) { r.Gone = true },
	}
	for name, c := range map[string]struct {
		allowed []listings.Status
		want    []string
	}{
		"all":        {nil, []string{"active", "pending", "sold", "soon"}},
		"some":       {[]listings.Status{listings.Active, listings.Closed, listings.Withdrawn}, []string{"active", "sold"}},
		"none named": {[]listings.Status{}, []string{"active", "pending", "sold", "soon"}},
	} {
		t.Run(name, func(t *testing.T) {
			shown := func(d *desk) []string {
				var keys []string
				if err := d.store.Read.NewRaw("SELECT listing_key FROM listings WHERE shown ORDER BY listing_key").Scan(t.Context(), &keys); err != nil {
					t.Fatal(err)
				}
				return keys
			}
			var records []listings.Record
			for key, change := range homes {
				if change == nil {
					change = func(*listings.Record) {}
				}
				records = append(records, elm(key, change))
			}
			d := open(t)
			d.from.Statuses = c.allowed
			d.apply(elm("gone"))
			d.apply(records...)
			if got := shown(d); !slices.Equal(got, c.want) {
				t.Errorf("Apply shows %q, want %q", got, c.want)
			}
			for _, before := range [][]listings.Status{nil, {listings.Closed}, {listings.Pending}} {
				d := open(t)
				d.from.Statuses = before
				d.apply(elm("gone"))
				d.apply(records...)
				was := shown(d)
				n, err := listings.Allow(t.Context(), d.store.Write, d.from.Feed, c.allowed)
				if err != nil {
					t.Fatal(err)
				}
				got := shown(d)
				if !slices.Equal(got, c.want) {
					t.Errorf("from %q Allow shows %q, want %q", before, got, c.want)
				}
				moved := 0
				for key := range homes {
					if slices.Contains(was, key) != slices.Contains(got, key) {
						moved++
					}
				}
				if n != moved {
					t.Errorf("from %q Allow counted %d, %d changed", before, n, moved)
				}
			}
		})
	}
}
