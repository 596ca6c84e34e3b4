package portal

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/listings"
)

// Finding is a fact about what a client really wants, with what adopting it would change in criteria.
type Finding struct {
	Say    string // "Rejects everything under 3 baths (7 of 7)."
	Field  string // of listings.Criteria's values, "baths_min"
	Value  string
	Search int64 // the auto email it would change; 0: none fits
}

// Judged is a home with what a household thinks of it: Liked where anybody has it among favorites or possibilities.
type Judged struct {
	Liked                        bool
	Price, Beds, Baths, Area, At *int64 // cents, number, quarters, square feet, year built; nil: unknown
}

// enough is how many rejected homes make a fact, and from how many reactions on there is any.
const enough = 5

// bound is one number a search may ask for, and the steps people think in.
type bound struct {
	field  string
	of     func(Judged) *int64
	now    func(listings.Criteria) int64
	upper  bool // it says at most
	steps  []int64
	words  func(int64) string // "under 3 baths"
	typed  func(int64) string
	stride int64 // steps go on by it, where there is no list
}

var bounds = []bound{
	{field: "baths_min", of: func(j Judged) *int64 { return j.Baths }, now: func(c listings.Criteria) int64 { return c.BathsMin },
		steps: []int64{6, 8, 10, 12, 14, 16, 20}, words: func(n int64) string { return "under " + quartersOf(n) + " baths" }, typed: quartersOf},
	{field: "beds_min", of: func(j Judged) *int64 { return j.Beds }, now: func(c listings.Criteria) int64 { return c.BedsMin },
		steps: []int64{2, 3, 4, 5, 6}, words: func(n int64) string { return "under " + wholeOf(n) + " bedrooms" }, typed: wholeOf},
	{field: "area_min", of: func(j Judged) *int64 { return j.Area }, now: func(c listings.Criteria) int64 { return c.AreaMin },
		stride: 250, words: func(n int64) string { return "under " + setOff(n) + " square feet" }, typed: wholeOf},
	{field: "year_min", of: func(j Judged) *int64 { return j.At }, now: func(c listings.Criteria) int64 { return c.YearMin },
		stride: 10, words: func(n int64) string { return "built before " + wholeOf(n) }, typed: wholeOf},
	{field: "price_max", of: func(j Judged) *int64 { return j.Price }, now: func(c listings.Criteria) int64 { return c.PriceMax }, upper: true,
		stride: 25_000_00, words: func(n int64) string { return "over " + listings.Money(n) }, typed: dollarsOf},
}

func wholeOf(n int64) string    { return strconv.FormatInt(n, 10) }
func quartersOf(n int64) string { return strconv.FormatFloat(float64(n)/4, 'f', -1, 64) }
func dollarsOf(n int64) string  { return wholeOf(n / 100) }
func setOff(n int64) string     { return strings.TrimPrefix(listings.Money(n*100), "$") }

// Compare tells plain facts of what was judged and of the client's own searches that a search's criteria don't say yet. Each
// fact names the first search, in the order of ids, that it would change.
func Compare(judged []Judged, own []listings.Criteria, criteria map[int64]listings.Criteria) []Finding {
	var out []Finding
	if len(judged) >= enough {
		for _, b := range bounds {
			if f, ok := b.find(judged, criteria); ok {
				out = append(out, f)
			}
		}
	}
	return append(out, searched(own, criteria)...)
}

// find is the sharpest line with at least enough rejected homes on its far side, none liked there, and some liked on its near
// side: who rejects everything is not choosing by this.
func (b bound) find(judged []Judged, criteria map[int64]listings.Criteria) (Finding, bool) {
	var liked, rejected []int64
	for _, j := range judged {
		n := b.of(j)
		switch {
		case n == nil:
		case j.Liked:
			liked = append(liked, *n)
		default:
			rejected = append(rejected, *n)
		}
	}
	if len(liked) == 0 || len(rejected) < enough {
		return Finding{}, false
	}
	line := b.line(liked)
	beyond := 0
	for _, n := range rejected {
		if b.upper && n > line || !b.upper && n < line {
			beyond++
		}
	}
	if line == 0 || beyond < enough {
		return Finding{}, false
	}
	id, ok := fits(criteria, func(c listings.Criteria) bool {
		have := b.now(c)
		return have == 0 || b.upper && have > line || !b.upper && have < line
	})
	say := fmt.Sprintf("Rejects everything %s (%d of %d).", b.words(line), beyond, beyond)
	return Finding{Say: say, Field: b.field, Value: b.typed(line), Search: id}, ok
}

// line is the step nearest to what is liked that leaves all of it on the near side.
func (b bound) line(liked []int64) int64 {
	if b.upper {
		return (slices.Max(liked) + b.stride - 1) / b.stride * b.stride
	}
	least := slices.Min(liked)
	if b.stride != 0 {
		return least / b.stride * b.stride
	}
	line := int64(0)
	for _, step := range b.steps {
		if step <= least {
			line = step
		}
	}
	return line
}

// searched compares what the client looked for themself.
func searched(own []listings.Criteria, criteria map[int64]listings.Criteria) []Finding {
	highest := int64(0)
	for _, c := range own {
		highest = max(highest, c.PriceMax)
	}
	var out []Finding
	id, ok := fits(criteria, func(c listings.Criteria) bool { return c.PriceMax > 0 && c.PriceMax < highest })
	if ok && id != 0 {
		out = append(out, Finding{
			Say: fmt.Sprintf("Searched up to %s higher.", listings.Money(highest-criteria[id].PriceMax)), Field: "price_max", Value: dollarsOf(highest), Search: id,
		})
	}
	seen := map[string]bool{}
	for _, c := range own {
		for _, city := range c.Cities {
			id, ok := fits(criteria, func(c listings.Criteria) bool { return len(c.Cities) > 0 && !has(c.Cities, city) })
			if key := strings.ToLower(city); ok && id != 0 && !seen[key] {
				seen[key] = true
				out = append(out, Finding{Say: "Searched in " + city + ", too.", Field: "city", Value: city, Search: id})
			}
		}
	}
	return out
}

func has(cities []string, city string) bool {
	return slices.ContainsFunc(cities, func(one string) bool { return strings.EqualFold(one, city) })
}

// fits is the first search that a fact would change; ok is false where there are searches and all say it already.
func fits(criteria map[int64]listings.Criteria, changes func(listings.Criteria) bool) (id int64, ok bool) {
	for one, c := range criteria {
		if changes(c) && (id == 0 || one < id) {
			id = one
		}
	}
	return id, id != 0 || len(criteria) == 0
}

// Findings compares reactions and own searches with criteria: only plain facts, from five reactions on. Own searches count for
// a year.
func Findings(ctx context.Context, db bun.IDB, client clients.ID, criteria map[int64]listings.Criteria, now time.Time) ([]Finding, error) {
	var rows []struct {
		Liked            int
		ListPrice        *int64
		BedroomsTotal    *int64
		BathroomQuarters *int64
		LivingArea       *int64
		YearBuilt        *int64
	}
	err := db.NewRaw(`SELECT r.liked, l.list_price, l.bedrooms_total, l.bathroom_quarters, l.living_area, l.year_built
		FROM (SELECT listing_id, max(CASE kind WHEN 'discard' THEN 0 ELSE 1 END) AS liked FROM reactions WHERE client_id = ? AND member_id IN `+people+` GROUP BY listing_id) AS r
		JOIN listings AS l ON l.id = r.listing_id`, client, client, client).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("portal: what client %d judged: %w", client, err)
	}
	judged := make([]Judged, len(rows))
	for i, r := range rows {
		judged[i] = Judged{Liked: r.Liked == 1, Price: r.ListPrice, Beds: r.BedroomsTotal, Baths: r.BathroomQuarters, Area: r.LivingArea, At: r.YearBuilt}
	}
	var own []listings.Criteria
	_, searches, err := Kept(ctx, db, client)
	if err != nil {
		return nil, err
	}
	var kept []OwnSearch
	if searches > 0 {
		if kept, err = OwnSearches(ctx, db, client); err != nil {
			return nil, err
		}
	}
	for _, one := range kept {
		if one.CreatedAt.After(now.AddDate(-1, 0, 0)) {
			own = append(own, one.Criteria)
		}
	}
	return Compare(judged, own, criteria), nil
}

// Adopt is criteria with a finding taken on. Faults: Invalid, where it doesn't go with the rest of them.
func (f Finding) Adopt(c listings.Criteria) (listings.Criteria, error) {
	values := c.Values()
	if f.Field == "city" {
		values.Add(f.Field, f.Value)
	} else {
		values.Set(f.Field, f.Value)
	}
	return listings.ReadCriteria(values)
}
