package autoemail

import (
	"slices"

	"porchlight/app/listings"
)

// recordOf makes the record of a search and says on which places' shelves it stands. Criteria with anything that columns can't
// hold exactly (no form makes such) are kept whole.
func recordOf(c *listings.Criteria, events []listings.EventKind) (record, places) {
	r := record{events: anyEvent, price: limits(c.PriceMin, c.PriceMax, any64)}
	var ok [6]bool
	r.area, ok[0] = narrow(c.AreaMin, c.AreaMax, any32)
	r.beds, ok[1] = narrow(c.BedsMin, c.BedsMax, any16)
	r.baths, ok[2] = narrow(c.BathsMin, 0, any16)
	for _, kind := range events {
		r.events |= bit(listings.EventKinds, kind, otherEvent)
	}
	for _, name := range c.PropertyTypes {
		r.types |= typeBit(name)
	}
	if len(c.PropertyTypes) == 0 {
		r.types = allTypes
	}
	for _, status := range c.Asked() {
		r.statuses |= statusBit(status)
	}
	ok[3] = r.events&otherEvent == 0 && r.statuses&otherStatus == 0 && (r.types&otherType == 0 || r.types == allTypes)
	ok[4] = r.need(c)
	ok[5] = c.Near == nil || *c.Near != listings.Circle{} // which says that there is none
	if slices.Contains(ok[:], false) {
		return odd(c, events), places{}
	}
	for i, asked := range [...]bool{c.PriceMin != 0 || c.PriceMax != 0, c.BedsMin != 0 || c.BedsMax != 0, c.BathsMin != 0,
		c.AreaMin != 0 || c.AreaMax != 0, c.LotMin != 0 || c.LotMax != 0, c.YearMin != 0 || c.YearMax != 0} {
		if asked {
			r.asks |= 1 << i
		}
	}
	p := placesOf(c)
	r.shelved = p.rounded()
	r.rest = restOf(c, p)
	return r, p
}

// need notes the features and the open house; false where a feature is none that a home can have.
func (r *record) need(c *listings.Criteria) bool {
	for _, feature := range c.Features {
		i := slices.Index(listings.Features, feature)
		if i < 0 {
			return false
		}
		r.needs |= 1 << i
	}
	if c.OpenHouse {
		r.needs |= openBit
	}
	return true
}

// odd is a record that lets everything through to the rule itself.
func odd(c *listings.Criteria, events []listings.EventKind) record {
	return record{
		price: any64, area: any32, beds: any16, baths: any16,
		events: allEvents, types: allTypes, statuses: allStatuses,
		rest: &rest{more: &more{whole: &whole{*c, slices.Clone(events)}}},
	}
}

// limits are a range of criteria, where nought bounds nothing, as a span.
func limits[N int16 | int32 | int64](least, most int64, none span[N]) span[N] {
	switch {
	case least == 0 && most == 0:
		return none
	case most == 0:
		return span[N]{N(least), none.most}
	}
	return span[N]{N(least), N(most)}
}

// narrow is limits for numbers that fit, which no end below nought does, nor one at the highest: a home's number that does not
// fit counts as the highest, or as -1 where it is below nought.
func narrow[N int16 | int32](least, most int64, none span[N]) (span[N], bool) {
	fits := func(n int64) bool { return n >= 0 && n < int64(none.most) }
	return limits(least, most, none), fits(least) && fits(most)
}
