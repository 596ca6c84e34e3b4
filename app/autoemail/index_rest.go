package autoemail

import (
	"slices"
	"strings"

	"porchlight/app/listings"
)

// rest is what few searches ask for; what fewer ask for is in more. It fills a line of the processor's cache.
type rest struct {
	area []listings.Point
	near listings.Circle // zero: none
	says func(folded string) bool
	more *more
}

// more is what hardly any search asks for.
type more struct {
	lot, year    span[int64] // whether they are asked for stands in record.asks
	zips, cities []string    // sorted; where others than these say on which shelves it stands
	whole        *whole      // then nothing else counts
}

// whole is a search that columns can't hold.
type whole struct {
	criteria listings.Criteria
	events   []listings.EventKind
}

// restOf is what a search asks for beyond its record and its shelves; nil where that is nothing.
func restOf(c *listings.Criteria, p places) *rest {
	r := rest{area: slices.Clone(c.Area), says: c.Mentions()}
	if c.Near != nil {
		r.near = *c.Near
	}
	m := more{lot: limits(c.LotMin, c.LotMax, any64), year: limits(c.YearMin, c.YearMax, any64)}
	if len(p.zips) == 0 {
		m.zips = distinct(c.PostalCodes, strings.Clone)
	}
	if len(p.cities) == 0 {
		m.cities = distinct(c.Cities, listings.CityKey)
	}
	if m.lot != any64 || m.year != any64 || len(m.zips) > 0 || len(m.cities) > 0 {
		r.more = &m
	}
	if r.says == nil && !r.placed() && r.more == nil {
		return nil
	}
	return &r
}

func (r *rest) placed() bool { return len(r.area) > 0 || r.near != listings.Circle{} }

// sure says that only the place is to be looked at, or nothing, where rows and shelves agree.
func (r *rest) sure(shelved bool) bool {
	return r.says == nil && (shelved || !r.placed()) && (r.more == nil || r.more.sure())
}

func (m *more) sure() bool {
	return m.whole == nil && len(m.zips) == 0 && len(m.cities) == 0 && exact(lots, m.lot, any64) && exact(years, m.year, any64)
}

// wants says whether a home is what is asked for beyond the record.
func (r *rest) wants(s *sight) bool {
	return (r.more == nil || r.more.wants(s)) && r.holds(s) && (r.says == nil || r.says(s.home.Remarks))
}

// holds says whether a home's place is one asked for.
func (r *rest) holds(s *sight) bool {
	if !r.placed() {
		return true
	}
	return s.placed && (len(r.area) == 0 || listings.Inside(r.area, s.at)) && (r.near == (listings.Circle{}) || r.near.Holds(s.at))
}

// wants says so of what hardly any search asks for. That a lot or year is known was seen before.
func (m *more) wants(s *sight) bool {
	if m.whole != nil {
		return Wants(&m.whole.criteria, m.whole.events, *s.home, s.kind)
	}
	return m.lot.has(s.lot) && m.year.has(s.year) && among(m.zips, s.home.PostalCode) && among(m.cities, s.home.CityKey)
}

// among says whether a word is in a sorted list, or nothing is.
func among(sorted []string, word string) bool {
	if len(sorted) == 0 {
		return true
	}
	_, found := slices.BinarySearch(sorted, word)
	return found
}
