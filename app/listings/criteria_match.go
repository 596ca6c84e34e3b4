package listings

import (
	"slices"
	"strings"
	"time"
)

// Facts are what the pure rule needs to know of a home.
type Facts struct {
	*Listing
	Remarks  string // folded by Fold
	OpenSoon bool   // one of its open houses is Soon
}

// soon is how far ahead "open house this week" looks, and how long ago one may have begun.
const soon = 7 * 24 * time.Hour

// Soon says whether a public open house is on now or begins within seven days.
func (o *OpenHouse) Soon(now time.Time) bool {
	return !o.Canceled && o.EndsAt.After(now) && o.StartsAt.Before(now.Add(soon)) && o.StartsAt.After(now.Add(-soon))
}

// Matches is the rule itself: whether a home is what the search asks for, whatever may be shown to whom. A number or place
// that is unknown is none that was asked for.
func (c *Criteria) Matches(f Facts) bool {
	return slices.Contains(c.statuses(), f.StandardStatus) &&
		(len(c.PropertyTypes) == 0 || slices.Contains(c.PropertyTypes, f.PropertyType)) &&
		(len(c.Cities) == 0 || slices.ContainsFunc(c.Cities, func(city string) bool { return cityKey(city) == f.CityKey })) &&
		(len(c.PostalCodes) == 0 || slices.Contains(c.PostalCodes, f.PostalCode)) &&
		within(f.ListPrice, c.PriceMin, c.PriceMax) &&
		within(f.BedroomsTotal, c.BedsMin, c.BedsMax) &&
		within(f.BathroomQuarters, c.BathsMin, 0) &&
		within(f.LivingArea, c.AreaMin, c.AreaMax) &&
		within(f.LotSizeSquareFeet, c.LotMin, c.LotMax) &&
		within(f.YearBuilt, c.YearMin, c.YearMax) &&
		(!c.OpenHouse || f.OpenSoon) &&
		!slices.ContainsFunc(c.Features, func(feature string) bool { return !f.has(feature) }) &&
		c.placed(f.Latitude, f.Longitude) &&
		c.mentions().in(f.Remarks)
}

// within says whether a number is in a range; nought bounds nothing.
func within(n *int64, least, most int64) bool {
	if least == 0 && most == 0 {
		return true
	}
	return n != nil && *n >= least && (most == 0 || *n <= most)
}

// has says whether a home has one of Features.
func (f *Facts) has(feature string) bool {
	switch feature {
	case "garage":
		return f.GarageYN
	case "pool":
		return f.PoolPrivateYN
	case "waterfront":
		return f.WaterfrontYN
	case "new construction":
		return f.NewConstructionYN
	}
	return false
}

// placed says whether a home's place is one asked for.
func (c *Criteria) placed(lat, lon *float64) bool {
	if len(c.Area) == 0 && c.Near == nil {
		return true
	}
	return lat != nil && lon != nil && c.holds(Point{*lat, *lon})
}

// mentions are words to be found in folded text, each at the beginning of a word: "view" finds "views", not "review".
type mentions struct{ all, any, none []string }

// mentions are the criteria's words, folded.
func (c *Criteria) mentions() mentions {
	return mentions{beginnings(c.WordsAll), beginnings(c.WordsAny), beginnings(c.WordsNone)}
}

// beginnings are words as they are looked for: folded, behind a blank.
func beginnings(words []string) []string {
	var all []string
	for _, word := range words {
		if key := Fold(word); key != "" {
			all = append(all, " "+key)
		}
	}
	return all
}

func (m mentions) empty() bool { return len(m.all)+len(m.any)+len(m.none) == 0 }

// in says whether folded text has what is looked for.
func (m mentions) in(folded string) bool {
	if m.empty() {
		return true
	}
	found := func(beginning string) bool {
		return strings.HasPrefix(folded, beginning[1:]) || strings.Contains(folded, beginning)
	}
	return !slices.ContainsFunc(m.all, func(b string) bool { return !found(b) }) &&
		(len(m.any) == 0 || slices.ContainsFunc(m.any, found)) &&
		!slices.ContainsFunc(m.none, found)
}
