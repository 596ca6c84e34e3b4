package autoemail

import (
	"math/bits"
	"slices"

	"porchlight/app/listings"
)

// scale parts numbers into steps: below its first edge is one, from each edge on another.
type scale []int64

// step is that of a number, counted from 1: 0 is for one that is unknown.
func (s scale) step(n int64) int {
	at, found := slices.BinarySearch(s, n)
	if found {
		at++
	}
	return at + 1
}

// rows is how many a shelf has for a number: unknown, and each step.
func (s scale) rows() int { return len(s) + 2 }

// exact says that a range begins and ends where steps do, so that a home's step says whether it is in the range.
func exact[N int16 | int32 | int64](s scale, r, none span[N]) bool {
	edge := func(n int64) bool {
		_, found := slices.BinarySearch(s, n)
		return found
	}
	return (r.least == none.least || edge(int64(r.least))) && (r.most == none.most || edge(int64(r.most)+1))
}

// Where people draw their lines: a search that has its limits here is found by its bits alone. More edges are more memory and
// more time to put a search in.
var (
	prices = edges(100, true, 0, 500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 10_000, 50_000, 100_000, 150_000, 200_000, 225_000,
		250_000, 275_000, 300_000, 325_000, 350_000, 375_000, 400_000, 425_000, 450_000, 475_000, 500_000, 525_000, 550_000, 575_000,
		600_000, 625_000, 650_000, 675_000, 700_000, 725_000, 750_000, 775_000, 800_000, 825_000, 850_000, 875_000, 900_000, 950_000, 1_000_000, 1_100_000,
		1_200_000, 1_250_000, 1_300_000, 1_400_000, 1_500_000, 1_750_000, 2_000_000, 2_500_000, 3_000_000, 4_000_000, 5_000_000)
	bedrooms  = edges(1, false, 0, 1, 2, 3, 4, 5, 6, 7)
	bathrooms = edges(1, false, 0, 4, 5, 6, 8, 9, 10, 12, 14, 16, 20)
	areas     = edges(1, true, 0, 500, 750, 1000, 1200, 1250, 1500, 1750, 1800, 2000, 2250, 2500, 3000, 3500, 4000, 5000)
	lots      = edges(1, false, 0, 2500, 5000, 6000, 7500, 10_000, acre/4, 15_000, 20_000, acre/2, acre, 2*acre, 5*acre, 10*acre)
	years     = edges(1, false, 0, 1900, 1920, 1940, 1950, 1960, 1970, 1980, 1990, 2000, 2005, 2010, 2015, 2020)
)

const acre = 43_560 // square feet

// edges are in some unit; with ends also just above each, where ranges that include it end.
func edges(unit int64, ends bool, at ...int64) scale {
	var s scale
	for _, n := range at {
		s = append(s, n*unit)
		if ends {
			s = append(s, n*unit+1)
		}
	}
	return s
}

// Where the rows of each kind begin on a shelf.
var (
	eventRows  = 0
	statusRows = eventRows + len(listings.EventKinds) + 2
	typeRows   = statusRows + len(listings.Statuses) + 1
	needRows   = typeRows + len(listings.PropertyTypes) + 1 // one for each set of what a home may have
	priceRows  = needRows + allNeeds + 1
	bedRows    = priceRows + prices.rows()
	bathRows   = bedRows + bedrooms.rows()
	areaRows   = bathRows + bathrooms.rows()
	lotRows    = areaRows + areas.rows()
	yearRows   = lotRows + lots.rows()
	sureRow    = yearRows + years.rows() // of searches that want what has all these bits, but for the place
	rowCount   = sureRow + 1
)

// rowsOf are those that a search must have to want the home.
func (s *sight) rowsOf() [10]int {
	row := func(begin int, by scale, ask uint8, n int64) int {
		if s.unknown&ask != 0 {
			return begin
		}
		return begin + by.step(n)
	}
	event := eventRows + bits.TrailingZeros16(s.event)
	status := statusRows + bits.TrailingZeros8(s.status)
	if s.status == allStatuses {
		status = event
	}
	return [...]int{
		event, status, typeRows + bits.TrailingZeros16(s.typ), needRows + int(s.has),
		row(priceRows, prices, askPrice, s.price), row(bedRows, bedrooms, askBeds, int64(s.beds)),
		row(bathRows, bathrooms, askBaths, int64(s.baths)), row(areaRows, areas, askArea, int64(s.area)),
		row(lotRows, lots, askLot, s.lot), row(yearRows, years, askYear, s.year),
	}
}

// rows appends those that a record has on a shelf: of every kind each that a home it wants may have.
func (r *record) rows(to []uint16) []uint16 {
	flags := func(begin int, set uint16) {
		for ; set != 0; set &= set - 1 {
			to = append(to, uint16(begin+bits.TrailingZeros16(set)))
		}
	}
	steps := func(begin int, by scale, ask uint8, least, most int64) {
		if r.asks&ask == 0 {
			to = append(to, uint16(begin))
		}
		for step, last := by.step(least), by.step(most); step <= last; step++ {
			to = append(to, uint16(begin+step))
		}
	}
	flags(eventRows, r.events)
	flags(statusRows, uint16(r.statuses))
	flags(typeRows, r.types)
	for has := range allNeeds + 1 {
		if r.needs&^uint8(has) == 0 {
			to = append(to, uint16(needRows+has))
		}
	}
	steps(priceRows, prices, askPrice, r.price.least, r.price.most)
	steps(bedRows, bedrooms, askBeds, int64(r.beds.least), int64(r.beds.most))
	steps(bathRows, bathrooms, askBaths, int64(r.baths.least), int64(r.baths.most))
	steps(areaRows, areas, askArea, int64(r.area.least), int64(r.area.most))
	lot, year := any64, any64
	if r.rest != nil && r.rest.more != nil && r.rest.more.whole == nil {
		lot, year = r.rest.more.lot, r.rest.more.year
	}
	steps(lotRows, lots, askLot, lot.least, lot.most)
	steps(yearRows, years, askYear, year.least, year.most)
	if r.sure() {
		to = append(to, uint16(sureRow))
	}
	return to
}

// sure says that the rows tell all of what is asked for, but for a place by which the search is shelved.
func (r *record) sure() bool {
	return exact(prices, r.price, any64) && exact(bedrooms, r.beds, any16) && exact(bathrooms, r.baths, any16) && exact(areas, r.area, any32) &&
		(r.rest == nil || r.rest.sure(r.shelved))
}
