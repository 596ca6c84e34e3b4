package web

import (
	"slices"
	"strings"

	"porchlight/app/listings"
)

// listingChip is one criterion in words, and the search without it.
type listingChip struct {
	Word    string
	URL     string // of the search without it
	Fetch   string // the same, as a fragment that brings the form along
	without listingQuery
}

// withForm is an address whose fragment brings the form along.
func withForm(address string) string {
	if strings.Contains(address, "?") {
		return address + "&fields=1"
	}
	return address + "?fields=1"
}

// listingChips are the criteria of a search, each on its own.
func listingChips(q listingQuery) []listingChip {
	var chips []listingChip
	add := func(word string, drop func(*listingQuery)) {
		without := q.first()
		drop(&without)
		chips = append(chips, listingChip{Word: capital(word), URL: without.url(), Fetch: withForm(without.url()), without: without})
	}
	one := func(all []string, list func(*listings.Criteria) *[]string, word func(string) string) {
		for _, value := range all {
			add(word(value), func(q *listingQuery) {
				in := list(&q.criteria)
				*in = slices.DeleteFunc(slices.Clone(*in), func(v string) bool { return v == value })
			})
		}
	}
	same, quoted := func(s string) string { return s }, func(s string) string { return "“" + s + "”" }
	between := func(from, to int64, word func(int64) string, unit string, drop func(*listings.Criteria)) {
		if from != 0 || to != 0 {
			add(spanWords(from, to, word, unit), func(q *listingQuery) { drop(&q.criteria) })
		}
	}
	c := q.criteria
	if q.text != "" {
		add(quoted(q.text), func(q *listingQuery) { q.text = "" })
	}
	one(c.PropertyTypes, func(c *listings.Criteria) *[]string { return &c.PropertyTypes }, same)
	one(c.Cities, func(c *listings.Criteria) *[]string { return &c.Cities }, same)
	one(c.PostalCodes, func(c *listings.Criteria) *[]string { return &c.PostalCodes }, same)
	between(c.PriceMin, c.PriceMax, listings.Money, "", func(c *listings.Criteria) { c.PriceMin, c.PriceMax = 0, 0 })
	between(c.BedsMin, c.BedsMax, thousands, " beds", func(c *listings.Criteria) { c.BedsMin, c.BedsMax = 0, 0 })
	between(c.BathsMin, 0, quarters, " baths", func(c *listings.Criteria) { c.BathsMin = 0 })
	between(c.AreaMin, c.AreaMax, thousands, " sq ft", func(c *listings.Criteria) { c.AreaMin, c.AreaMax = 0, 0 })
	between(c.LotMin, c.LotMax, lotWords, " lot", func(c *listings.Criteria) { c.LotMin, c.LotMax = 0, 0 })
	between(c.YearMin, c.YearMax, yearWords, "", func(c *listings.Criteria) { c.YearMin, c.YearMax = 0, 0 })
	one(c.WordsAll, func(c *listings.Criteria) *[]string { return &c.WordsAll }, quoted)
	if len(c.WordsAny) > 0 {
		add("any of "+quoted(strings.Join(c.WordsAny, "”, “")), func(q *listingQuery) { q.criteria.WordsAny = nil })
	}
	one(c.WordsNone, func(c *listings.Criteria) *[]string { return &c.WordsNone }, func(s string) string { return "not " + quoted(s) })
	one(c.Features, func(c *listings.Criteria) *[]string { return &c.Features }, func(s string) string { return featureWords[s] })
	if c.OpenHouse {
		add("Open house this week", func(q *listingQuery) { q.criteria.OpenHouse = false })
	}
	for _, status := range c.Statuses {
		add(string(status), func(q *listingQuery) {
			q.criteria.Statuses = slices.DeleteFunc(slices.Clone(q.criteria.Statuses), func(s listings.Status) bool { return s == status })
		})
	}
	if len(c.Area) > 0 {
		add("Inside the drawn area", func(q *listingQuery) { q.criteria.Area = nil })
	}
	if c.Near != nil {
		add("Within "+plainNumber(c.Near.Miles)+" miles of a place", func(q *listingQuery) { q.criteria.Near = nil })
	}
	if q.hidden {
		add("Also homes clients can’t see", func(q *listingQuery) { q.hidden = false })
	}
	return chips
}

// spanWords tells a range: "$300,000 to $450,000", "3+ beds", "up to 4 beds".
func spanWords(from, to int64, word func(int64) string, unit string) string {
	switch {
	case to == 0 && strings.TrimSpace(unit) == "":
		return "from " + word(from)
	case to == 0:
		return word(from) + "+" + unit
	case from == 0:
		return "up to " + word(to) + unit
	case from == to:
		return word(from) + unit
	}
	return word(from) + " to " + word(to) + unit
}

// featureWords are the names of features on the screen.
var featureWords = map[string]string{"garage": "Garage", "pool": "Pool", "waterfront": "Waterfront", "new construction": "New construction"}
