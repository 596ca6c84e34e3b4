package autoemail_test

import (
	"context"
	"encoding/csv"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/db"
	"porchlight/db/dbtest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sharedFile opens a file of the real data outside the project.
func sharedFile(t testing.TB, path string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", path))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("REQUIRE_SHARED_DATA") != "1" {
		t.Skip("the real data is not here:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// realHomes brings the real files in as an agent would, at most so many rows of each, draws what they lack (statuses, types,
// remarks, features, open houses), makes some of what is known unknown, and returns the homes' facts.
func realHomes(t testing.TB, store *db.Store, most int, random *rand.Rand) []listings.Facts {
	t.Helper()
	for _, name := range []string{"kc_house_data.csv", "milwaukee/2019-property-sales-data.csv", "milwaukee/armslengthsales_2021_valid.csv", "sacramento_modeldata_932.csv"} {
		rows, err := csv.NewReader(sharedFile(t, "listings/"+name)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		random.Shuffle(len(rows)-1, func(i, j int) { rows[i+1], rows[j+1] = rows[j+1], rows[i+1] })
		var some strings.Builder
		if err := csv.NewWriter(&some).WriteAll(rows[:min(len(rows), most)]); err != nil {
			t.Fatal(err)
		}
		if _, err := feed.Import(t.Context(), store.Write, strings.NewReader(some.String()), filepath.Base(name), nil, "", func(int) {}, noon); err != nil {
			t.Fatal(err)
		}
	}
	var ids []listings.ID
	if err := store.Read.NewSelect().Model((*listings.Listing)(nil)).Column("id").OrderExpr("id").Scan(t.Context(), &ids); err != nil {
		t.Fatal(err)
	}
	vary(t, store, ids, random)
	byID, err := listings.FactsOf(t.Context(), store.Read, ids, noon)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]listings.Facts, len(ids))
	for i, id := range ids {
		all[i] = byID[id]
	}
	return all
}

func vary(t testing.TB, store *db.Store, ids []listings.ID, random *rand.Rand) {
	t.Helper()
	words := strings.Fields("granite counters open plan view review sunny kitchen café quiet street new roof fenced yard owner's suite light rail")
	err := store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		for _, id := range ids {
			status := pick(random, listings.Active, listings.Active, listings.Active, listings.ComingSoon, listings.Pending, listings.Closed, listings.ActiveUnderContract, listings.Withdrawn)
			if _, err := db.ExecContext(ctx, `UPDATE listings SET standard_status = ?, property_type = ?, shown = ?, garage_yn = ?, pool_private_yn = ?, new_construction_yn = ? WHERE id = ?`,
				status, pick(random, "Residential", "Residential", "Residential", "Residential Income", "Land", "Castle"), random.IntN(12) > 0, random.IntN(2) == 0, random.IntN(9) == 0, random.IntN(9) == 0, id); err != nil {
				return err
			}
			if random.IntN(4) == 0 {
				column := pick(random, "list_price", "bedrooms_total", "bathroom_quarters", "living_area", "lot_size_square_feet", "year_built", "latitude")
				if _, err := db.ExecContext(ctx, "UPDATE listings SET ? = NULL WHERE id = ?", bun.Ident(column), id); err != nil {
					return err
				}
			}
			remarks := make([]string, 12)
			for i := range remarks {
				remarks[i] = pick(random, words...)
			}
			if _, err := db.ExecContext(ctx, "UPDATE listing_texts SET public_remarks = ? WHERE listing_id = ?", strings.Join(remarks, " "), id); err != nil {
				return err
			}
			if random.IntN(6) == 0 {
				from := noon.Add(time.Duration(random.IntN(20*24)-5*24) * time.Hour)
				if _, err := db.NewInsert().Model(&listings.OpenHouse{ListingID: id, OpenHouseKey: "1", StartsAt: from, EndsAt: from.Add(2 * time.Hour)}).Exec(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func number(n *int64) int64 {
	if n == nil {
		return 3
	}
	return *n
}

// drawCriteria asks for a few things at once, now and then for what no form lets through.
func drawCriteria(random *rand.Rand, one listings.Facts) listings.Criteria {
	c := drawOrdinary(random, one)
	if random.IntN(8) == 0 {
		strange(random, &c)
	}
	return c
}

// drawOrdinary asks for a few things at once, about what one home has.
func drawOrdinary(random *rand.Rand, one listings.Facts) listings.Criteria {
	var c listings.Criteria
	around := func(n *int64, least, most *int64) {
		if random.IntN(3) > 0 {
			*least = number(n) * 8 / 10
		}
		if random.IntN(3) > 0 {
			*most = number(n)*12/10 + 1
		}
	}
	for range random.IntN(5) {
		switch random.IntN(16) {
		case 0:
			c.PropertyTypes = []string{pick(random, listings.PropertyTypes[:4]...), "Farm"}
		case 1:
			c.Cities = []string{strings.ToUpper(one.City), "Élsewhere", "elsewhere"}
		case 2:
			c.PostalCodes = []string{one.PostalCode, "98103", "53215", one.PostalCode}
		case 3:
			around(one.ListPrice, &c.PriceMin, &c.PriceMax)
		case 4:
			around(one.BedroomsTotal, &c.BedsMin, &c.BedsMax)
		case 5:
			c.BathsMin = number(one.BathroomQuarters)
		case 6:
			around(one.LivingArea, &c.AreaMin, &c.AreaMax)
		case 7:
			around(one.LotSizeSquareFeet, &c.LotMin, &c.LotMax)
		case 8:
			around(one.YearBuilt, &c.YearMin, &c.YearMax)
		case 9:
			c.WordsAll = []string{pick(random, "Granite", "owners suite", "cafe", "view", "Owner’s", "nosuchword")}
		case 10:
			c.WordsAny, c.WordsNone = []string{pick(random, "sun", "light-rail"), "café"}, []string{pick(random, "quiet", "review")}
		case 11:
			c.Features = []string{pick(random, listings.Features...)}
		case 12:
			c.Statuses = []listings.Status{pick(random, listings.Statuses...), listings.Closed}
		case 13:
			if one.Latitude != nil && one.Longitude != nil {
				c.Near = &listings.Circle{Point: listings.Point{Lat: *one.Latitude, Lon: *one.Longitude}, Miles: pick(random, 0.1, 2, 5, 40, 500)}
			}
		case 14:
			c.OpenHouse = true
		case 15:
			if one.Latitude != nil && one.Longitude != nil {
				y, x, wide := *one.Latitude, *one.Longitude, pick(random, .01, .3, 2, 30)
				c.Area = []listings.Point{{Lat: y - .5*wide, Lon: x - .4*wide}, {Lat: y + .2*wide, Lon: x + .9*wide}, {Lat: y + .1*wide, Lon: x}, {Lat: y + .9*wide, Lon: x - wide}}
			}
		}
	}
	return c
}

// strange asks for what no form lets through.
func strange(random *rand.Rand, c *listings.Criteria) {
	switch random.IntN(11) {
	case 0:
		c.PropertyTypes = []string{"Castle"}
	case 1:
		c.Statuses = []listings.Status{"Nonsense", listings.Withdrawn, listings.Active}
	case 2:
		c.Features = []string{"moat", "pool"}
	case 3:
		c.BedsMin, c.BedsMax = -3, -1
	case 4:
		c.PriceMin, c.PriceMax = 5, 2
	case 5:
		c.AreaMin = 1 << 40
	case 6:
		for n := range 90 {
			c.PostalCodes = append(c.PostalCodes, strconv.Itoa(98000+n), strconv.Itoa(53150+n))
		}
	case 7:
		c.Near = &listings.Circle{Point: listings.Point{Lat: 1e300, Lon: 500}, Miles: 3}
	case 8:
		c.Cities = []string{""}
	case 9:
		c.BathsMin, c.BedsMax = 40_000, 70_000
	case 10:
		c.Near = &listings.Circle{}
	}
}

func drawEvents(random *rand.Rand) []listings.EventKind {
	kinds := slices.Clone(listings.EventKinds)
	random.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	kinds = kinds[:random.IntN(len(kinds)+1)]
	if random.IntN(30) == 0 {
		kinds = append(kinds, listings.EventStatus)
	}
	return kinds
}

var allKinds = append(slices.Clone(listings.EventKinds), "", listings.EventStatus, "Nonsense")

// saved is a search as the plain rule reads it.
type saved struct {
	listings.Criteria
	Events []listings.EventKind
}

// pairs is the plain answer: a loop over all searches.
func pairs(all map[autoemail.ID]saved, f listings.Facts, kind listings.EventKind) []autoemail.ID {
	var ids []autoemail.ID
	for id, s := range all {
		if autoemail.Wants(&s.Criteria, s.Events, f, kind) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func TestTheIndexSaysWhatTheRuleSays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	store := dbtest.New(t)
	homes := realHomes(t, store, 300, random)
	index, all := autoemail.NewIndex(), map[autoemail.ID]saved{}
	found := map[listings.EventKind]int{}
	var list []autoemail.ID
	for round := range 40 {
		for range 60 {
			id := autoemail.ID(1 + random.IntN(900))
			if random.IntN(3) == 0 {
				index.Remove(id)
				delete(all, id)
				continue
			}
			s := saved{drawCriteria(random, pick(random, homes...)), drawEvents(random)}
			index.Put(id, 1, s.Criteria, s.Events)
			all[id] = s
		}
		if round == 20 {
			for id := range all {
				if random.IntN(10) > 0 {
					index.Remove(id)
					delete(all, id)
				}
			}
		}
		if index.Len() != len(all) {
			t.Fatalf("%d searches, want %d", index.Len(), len(all))
		}
		for range 40 {
			f, kind := pick(random, homes...), pick(random, allKinds...)
			list = index.Match(f, kind, append(list[:0], -1))
			got, want := slices.Sorted(slices.Values(list[1:])), pairs(all, f, kind)
			if list[0] != -1 || !slices.Equal(got, want) {
				for _, id := range append(got, want...) {
					if slices.Contains(got, id) != slices.Contains(want, id) {
						t.Errorf("search %d: %+v", id, all[id])
					}
				}
				t.Fatalf("round %d: %q of %+v: the index finds %v, the rule %v", round, kind, f, got, want)
			}
			found[kind] += len(got)
		}
	}
	for _, kind := range allKinds {
		if found[kind] < 20 && kind != "Nonsense" {
			t.Errorf("only %d searches found for %q: this proves little", found[kind], kind)
		}
	}
}

// TestANewSearchAmongAllHomesIsAllHomesAmongSearches holds the two ways of asking against each other.
func TestANewSearchAmongAllHomesIsAllHomesAmongSearches(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	store := dbtest.New(t)
	homes := realHomes(t, store, 150, random)
	index, all := autoemail.NewIndex(), map[autoemail.ID]listings.Criteria{}
	for id := autoemail.ID(1); id <= 150; {
		c := drawCriteria(random, pick(random, homes...))
		if _, err := listings.Count(t.Context(), store.Read, listings.Query{Criteria: c}, noon); err != nil || c.BedsMax < 0 {
			continue // no form lets it through, and the database is asked no such question
		}
		index.Put(id, 1, c, nil)
		all[id] = c
		id++
	}
	suits := map[autoemail.ID][]listings.ID{}
	for _, f := range homes {
		for _, id := range index.Match(f, "", nil) {
			suits[id] = append(suits[id], f.ID)
		}
	}
	some := 0
	for id, c := range all {
		var got []listings.ID
		for q := (listings.Query{Criteria: c, Limit: 200}); ; {
			page, err := listings.Search(t.Context(), store.Read, q, noon)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range page.Homes {
				got = append(got, h.ID)
			}
			if q.After = page.Next; q.After == "" {
				break
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, suits[id]) {
			t.Fatalf("%s (%+v): search finds %v, the index %v", c.Words(), c, got, suits[id])
		}
		if len(got) > 0 {
			some++
		}
	}
	if some < 70 {
		t.Errorf("only %d searches found anything: this proves little", some)
	}
}

func TestManyReadTheIndexBesideItsWriter(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	store := dbtest.New(t)
	homes := realHomes(t, store, 25, random)
	index := autoemail.NewIndex()
	wide := listings.Criteria{Statuses: listings.Statuses}
	index.Put(1, 1, wide, nil)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			var to []autoemail.ID
			for {
				for _, f := range homes {
					want := autoemail.Wants(&wide, nil, f, "")
					if to = index.Match(f, "", to[:0]); slices.Contains(to, 1) != want {
						t.Errorf("a search that stays is found: %v, want %v", !want, want)
						return
					}
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for range 1000 {
		id := autoemail.ID(2 + random.IntN(400))
		if random.IntN(3) == 0 {
			index.Remove(id)
		} else {
			index.Put(id, 1, drawCriteria(random, pick(random, homes...)), drawEvents(random))
		}
	}
	close(done)
	readers.Wait()
}

func TestMatchingMakesNoGarbage(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	store := dbtest.New(t)
	homes := realHomes(t, store, 100, random)
	index := autoemail.NewIndex()
	for id := range autoemail.ID(2000) {
		index.Put(id, 1, drawOrdinary(random, pick(random, homes...)), listings.EventKinds)
	}
	to := make([]autoemail.ID, 0, 4000)
	found := 0
	// So often that what the rest of the process allocates meanwhile, a few in all, does not make one a run.
	if n := testing.AllocsPerRun(30, func() {
		for _, f := range homes {
			to = index.Match(f, listings.EventNew, to[:0])
			found += len(to)
		}
	}); n > 0 {
		t.Errorf("%v allocations for %d homes", n, len(homes))
	}
	if found == 0 {
		t.Error("nothing was found: this proves nothing")
	}
}

func TestPendingAndClosedHomesAreNotAskedForTheirStatus(t *testing.T) {
	price := int64(400_000_00)
	home := func(status listings.Status, shown bool) listings.Facts {
		return listings.Facts{Listing: &listings.Listing{StandardStatus: status, Shown: shown, ListPrice: &price}}
	}
	all := listings.EventKinds
	for _, c := range []struct {
		say    string
		c      listings.Criteria
		events []listings.EventKind
		home   listings.Facts
		kind   listings.EventKind
		want   bool
	}{
		{"new", listings.Criteria{}, all, home(listings.Active, true), listings.EventNew, true},
		{"not shown", listings.Criteria{}, all, home(listings.Active, false), listings.EventNew, false},
		{"not its event", listings.Criteria{}, all[1:], home(listings.Active, true), listings.EventNew, false},
		{"no event asked", listings.Criteria{}, nil, home(listings.Active, true), "", true},
		{"pending", listings.Criteria{}, all, home(listings.Pending, true), listings.EventPending, true},
		{"pending, but too dear", listings.Criteria{PriceMax: 1}, all, home(listings.Pending, true), listings.EventPending, false},
		{"closed", listings.Criteria{Statuses: []listings.Status{listings.Active}}, all, home(listings.Closed, true), listings.EventClosed, true},
		{"a price change of a pending home", listings.Criteria{}, all, home(listings.Pending, true), listings.EventPrice, false},
		{"pending as it stands", listings.Criteria{}, all, home(listings.Pending, true), "", false},
		{"history", listings.Criteria{}, all, home(listings.Active, true), listings.EventStatus, false},
	} {
		index := autoemail.NewIndex()
		index.Put(7, 1, c.c, c.events)
		if got := autoemail.Wants(&c.c, c.events, c.home, c.kind); got != c.want || (len(index.Match(c.home, c.kind, nil)) == 1) != c.want {
			t.Errorf("%s: %v, the index says %v", c.say, got, index.Match(c.home, c.kind, nil))
		}
		if got := c.c.Statuses; len(got) > 1 {
			t.Errorf("%s: asking changed the search: %v", c.say, got)
		}
	}
}
