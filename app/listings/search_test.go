package listings_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/db"
	"porchlight/db/dbtest"
)

// drawCriteria asks for a few things at once, of the kind that some homes have.
func drawCriteria(random *rand.Rand, homes []home) listings.Criteria {
	var c listings.Criteria
	one := homes[random.IntN(len(homes))] // what one home has, so that not every answer is empty
	has := func(n *int64) int64 {
		if n == nil {
			return 2
		}
		return *n
	}
	around := func(n *int64, least, most *int64) {
		if random.IntN(3) > 0 {
			*least = has(n) * 8 / 10
		}
		if random.IntN(3) > 0 {
			*most = has(n)*12/10 + 1
		}
	}
	for range 1 + random.IntN(4) {
		switch random.IntN(16) {
		case 0:
			c.PropertyTypes = []string{one.PropertyType, "Farm"}
		case 1:
			c.Cities = []string{strings.ToUpper(one.City), "Élsewhere"}
		case 2:
			c.PostalCodes = []string{one.PostalCode, "98103", "98052"}
		case 3:
			around(one.ListPrice, &c.PriceMin, &c.PriceMax)
		case 4:
			around(one.BedroomsTotal, &c.BedsMin, &c.BedsMax)
		case 5:
			c.BathsMin = has(one.BathroomQuarters)
		case 6:
			around(one.LivingArea, &c.AreaMin, &c.AreaMax)
		case 7:
			around(one.LotSizeSquareFeet, &c.LotMin, &c.LotMax)
		case 8:
			around(one.YearBuilt, &c.YearMin, &c.YearMax)
		case 9:
			c.WordsAll = []string{pick(random, "Granite", "owners suite", "cafe", "view", "Owner’s", "open plan", "walk-in", "nosuchword")}
		case 10:
			c.WordsAny = []string{pick(random, "sun", "café corner", "light-rail"), "rv"}
			c.WordsNone = []string{pick(random, "quiet", "review", "Café")}
		case 11:
			c.Features = []string{pick(random, listings.Features...)}
		case 12:
			c.Statuses = []listings.Status{pick(random, listings.Statuses...), listings.Closed}
		case 13:
			if one.Latitude != nil {
				c.Near = &listings.Circle{Point: listings.Point{Lat: *one.Latitude, Lon: *one.Longitude}, Miles: 0.5 + 4*random.Float64()}
			}
		case 14:
			c.OpenHouse = true
		case 15:
			if one.Latitude != nil {
				y, x := *one.Latitude, *one.Longitude
				c.Area = []listings.Point{{Lat: y - .05, Lon: x - .04}, {Lat: y + .02, Lon: x + .09}, {Lat: y + .01, Lon: x}, {Lat: y + .09, Lon: x - .1}}
			}
		}
	}
	return c
}

// matching is what a search must find, by the rule alone, in the order asked for.
func matching(q listings.Query, homes []home) []listings.ID {
	var found []home
	for _, h := range homes {
		open := slices.ContainsFunc(h.Opens, func(o listings.OpenHouse) bool { return o.Soon(now) })
		if h.GoneAt.IsZero() && (h.Shown || q.Hidden) && q.Matches(listings.Facts{Listing: &h.Listing, Remarks: listings.Fold(h.Remarks), OpenSoon: open}) {
			found = append(found, h)
		}
	}
	number := func(h *home) (n int64, known bool) {
		p := map[listings.Sort]*int64{listings.SortPriceUp: h.ListPrice, listings.SortPriceDown: h.ListPrice, listings.SortBeds: h.BedroomsTotal, listings.SortArea: h.LivingArea}[q.Sort]
		if q.Sort == listings.SortNewest {
			return h.ListedAt.UnixMicro(), true
		}
		if p == nil {
			return 0, false
		}
		return *p, true
	}
	slices.SortFunc(found, func(a, b home) int {
		na, okA := number(&a)
		nb, okB := number(&b)
		if okA != okB {
			if okA {
				return -1
			}
			return 1
		}
		order := cmp.Or(cmp.Compare(na, nb), cmp.Compare(a.ID, b.ID))
		if q.Sort != listings.SortPriceUp {
			order = -order
		}
		return order
	})
	ids := make([]listings.ID, len(found))
	for i, h := range found {
		ids[i] = h.ID
	}
	return ids
}

// walk reads a search page by page.
func walk(t *testing.T, store *db.Store, q listings.Query) (ids []listings.ID, total int) {
	t.Helper()
	for {
		page, err := listings.Search(t.Context(), store.Read, q, now)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		for _, l := range page.Homes {
			ids = append(ids, l.ID)
		}
		if page.Next == "" {
			return ids, page.Total
		}
		if len(page.Homes) != q.Limit {
			t.Fatalf("a page of %d homes has a next one", len(page.Homes))
		}
		q.After = page.Next
	}
}

var sorts = []listings.Sort{listings.SortNewest, listings.SortPriceUp, listings.SortPriceDown, listings.SortBeds, listings.SortArea}

func TestSearchFindsWhatTheRuleSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	homes := kingCounty(t, 2000, random)
	forget(homes, random)
	store := dbtest.New(t)
	save(t, store, homes)
	some := 0
	for i := range 100 {
		q := listings.Query{Criteria: drawCriteria(random, homes), Sort: sorts[i%len(sorts)], Hidden: i%3 == 0}
		want := matching(q, homes)
		q.Limit = max(1, min(200, (len(want)+1)/(1+i%4)))
		ids, total := walk(t, store, q)
		if total != len(want) || !slices.Equal(ids, want) {
			t.Fatalf("%d: %s (%+v) by %s\nfound %d, said %d, the rule says %d", i, q.Words(), q.Criteria, q.Sort, len(ids), total, len(want))
		}
		n, err := listings.Count(t.Context(), store.Read, q, now)
		if err != nil || n != len(want) {
			t.Fatalf("Count says %d, %v; want %d", n, err, len(want))
		}
		if len(want) > 0 {
			some++
		}
	}
	if some < 50 {
		t.Errorf("only %d of 100 searches found anything: this proves little", some)
	}
}

func TestOneLineFindsAddressTownZipAndNumber(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	homes := kingCounty(t, 2000, random)
	store := dbtest.New(t)
	save(t, store, homes)
	one := homes[slices.IndexFunc(homes, func(h home) bool { return h.Shown && h.GoneAt.IsZero() && h.StandardStatus == listings.Active })]
	for _, text := range []string{"obrien", "O’Brien st", "elan", "ÉLAN", "45TH", "maple leaf", "seattle 98103", "seattle wa elm", one.ListingId, strings.ToLower(one.ListingId), one.UnparsedAddress + ", " + one.City + " " + one.PostalCode, "lm", "'", ""} {
		var want []listings.ID
		for _, h := range homes {
			in := " " + listings.Fold(strings.Join([]string{h.UnparsedAddress, h.City, h.StateOrProvince, h.PostalCode, h.ListingId}, " "))
			if h.GoneAt.IsZero() && h.Shown && (h.StandardStatus == listings.Active || h.StandardStatus == listings.ComingSoon) &&
				!slices.ContainsFunc(strings.Fields(listings.Fold(text)), func(word string) bool { return !strings.Contains(in, " "+word) }) {
				want = append(want, h.ID)
			}
		}
		ids, total := walk(t, store, listings.Query{Text: text, Limit: 200})
		slices.Sort(ids)
		if total != len(want) || !slices.Equal(ids, want) {
			t.Errorf("%q finds %d, says %d, want %d", text, len(ids), total, len(want))
		}
		if len(want) == 0 && text != "lm" {
			t.Errorf("nothing has %q: this proves nothing", text)
		}
	}
}

func TestOneLineKnowsHowStreetsAreShortened(t *testing.T) {
	d := open(t)
	at := func(address string) func(*listings.Record) {
		return func(r *listings.Record) { r.UnparsedAddress = address }
	}
	d.apply(elm("a", at("12 North Main Street")), elm("b", at("14 N. Main St")), elm("c", at("9 Stone Boulevard, Unit 3")), elm("d", at("500 Stonington Blvd")))
	for text, want := range map[string]string{
		"main street": "ab", "main st": "ab", "north main": "ab", "n main": "ab", "stone blvd": "c", "boulevard": "cd", "st": "abcd", "9 stone unit 3": "c",
		"24-a": "a", "mystic": "abcd", "Mystic, CT 06355": "abcd", "street mystic": "ab", "500": "d", "00": "",
	} {
		page, err := listings.Search(t.Context(), d.store.Read, listings.Query{Text: text, Sort: listings.SortPriceUp}, d.now)
		got := ""
		for _, l := range page.Homes {
			got += l.ListingKey
		}
		if err != nil || got != want {
			t.Errorf("%q finds %q, want %q, %v", text, got, want, err)
		}
	}
}

func TestHomesWithEndlessTextsAreSavedAndFound(t *testing.T) {
	d := open(t)
	random := rand.New(rand.NewPCG(11, 12))
	endless := func() string { // of four octets each, and nothing that could be packed
		letters := make([]rune, 1000)
		for i := range letters {
			letters[i] = 0x20000 + rune(random.IntN(40_000))
		}
		return string(letters)
	}
	d.apply(elm("a", func(r *listings.Record) {
		for _, text := range []*string{&r.ListingId, &r.PropertyType, &r.PropertySubType, &r.City, &r.PostalCode, &r.StateOrProvince, &r.UnparsedAddress, &r.SubdivisionName, &r.OriginatingSystemName} {
			*text = endless()
		}
	}))
	city := d.home("a").City
	n, err := listings.Count(t.Context(), d.store.Read, listings.Query{Criteria: listings.Criteria{Cities: []string{city}}}, d.now)
	if err != nil || n != 1 {
		t.Errorf("found %d, %v", n, err)
	}
}

func TestSearchRefusesALinkThatWasTamperedWith(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	homes := kingCounty(t, 100, random)
	store := dbtest.New(t)
	save(t, store, homes)
	page, err := listings.Search(t.Context(), store.Read, listings.Query{Limit: 5}, now)
	if err != nil || page.Next == "" || len(page.Homes) != 5 {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, after := range []string{"x", page.Next + "A", page.Next[1:], page.Next[:len(page.Next)-2], "bmV3ZXN0IHVua25vd24gMQ", "bmV3ZXN0IDk5OTk5OTk5OTk5OTk5OTk5OTkgMQ", strings.Repeat("A", 5000), "'; DROP TABLE listings"} {
		if _, err := listings.Search(t.Context(), store.Read, listings.Query{After: after}, now); fault.Of(err) != fault.Invalid {
			t.Errorf("%q: %v", after, err)
		}
	}
	if _, err := listings.Search(t.Context(), store.Read, listings.Query{After: page.Next, Sort: listings.SortPriceUp}, now); fault.Of(err) != fault.Invalid {
		t.Errorf("a mark of another order: %v", err)
	}
	if _, err := listings.Search(t.Context(), store.Read, listings.Query{Sort: "id; --"}, now); fault.Of(err) != fault.Invalid {
		t.Errorf("an unknown order: %v", err)
	}
	bow := []listings.Point{{Lat: 47, Lon: -122}, {Lat: 48, Lon: -121}, {Lat: 47, Lon: -121}, {Lat: 48, Lon: -122}}
	if _, err := listings.Count(t.Context(), store.Read, listings.Query{Criteria: listings.Criteria{Area: bow}}, now); fault.Of(err) != fault.Invalid || fault.As(err).Fields["area"] == "" {
		t.Errorf("an area that crosses itself: %v", err)
	}
}

func TestPagesHoldAtMostTwoHundred(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	homes := kingCounty(t, 1000, random)
	store := dbtest.New(t)
	save(t, store, homes)
	for limit, want := range map[int]int{0: 25, -4: 25, 7: 7, 200: 200, 100_000: 200} {
		page, err := listings.Search(t.Context(), store.Read, listings.Query{Limit: limit, Hidden: true}, now)
		if err != nil || len(page.Homes) != want {
			t.Errorf("limit %d: %d homes, %v", limit, len(page.Homes), err)
		}
	}
	page, err := listings.Search(t.Context(), store.Read, listings.Query{Criteria: listings.Criteria{PriceMin: 1, PriceMax: 2}}, now)
	if err != nil || page.Total != 0 || len(page.Homes) != 0 || page.Next != "" {
		t.Errorf("%s", fmt.Sprint(page, err))
	}
}
