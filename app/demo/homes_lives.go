package demo

import (
	"math"
	"slices"
	"time"

	"porchlight/app/demo/houses"
	"porchlight/app/listings"
)

// turn is something that happens to a home.
type turn struct {
	at time.Time
	do func(*listings.Record)
}

// fates are how homes stand today, and how many of each there are.
var fates = []struct {
	name string
	n    int
}{
	{"fresh", 15}, {"active", 58}, {"soon", 6}, {"was soon", 5}, {"contract", 8}, {"pending", 14}, {"back", 5}, {"closed", 20},
	{"withdrawn", 2}, {"expired", 2}, {"canceled", 1}, {"hold", 1}, {"incomplete", 1}, {"gone", 1},
}

// invent makes every home and what becomes of it.
func (m *market) invent() {
	var ends []string
	for _, f := range fates {
		for range f.n {
			ends = append(ends, f.name)
		}
	}
	m.dice.Shuffle(len(ends), func(i, j int) { ends[i], ends[j] = ends[j], ends[i] })
	var kinds []build
	for _, b := range builds {
		for range b.weight {
			kinds = append(kinds, b)
		}
	}
	m.dice.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	at := 0
	for _, p := range places {
		for range p.homes {
			if at == len(ends) {
				break
			}
			h := m.make(p, kinds[at%len(kinds)])
			m.special(h, at)
			m.live(h, ends[at])
			h.rec.PublicRemarks = m.tell.remarks(h)
			m.homes = append(m.homes, h)
			at++
		}
	}
	m.known()
	m.visits()
	m.oddities()
	for _, h := range m.homes {
		h.status = h.last().StandardStatus
	}
}

// special makes a few homes two-families or rentals.
func (m *market) special(h *home, n int) {
	r := &h.rec
	switch {
	case h.drawn.Kind == houses.Victorian && n%3 == 0:
		r.PropertyType, r.PropertySubType = "Residential Income", "Duplex"
		h.say = "It is a legal two-family: the upper floor brings $1,950 a month and its tenants would like to stay."
	case (h.drawn.Kind == houses.Condo || h.drawn.Kind == houses.Townhouse) && n%3 == 0:
		r.PropertyType = "Residential Lease"
		rent := math.Round(float64(*r.LivingArea)*2.15/50) * 50 * 100
		r.ListPrice, r.OriginalListPrice, r.TaxAnnualAmount, r.AssociationFee, r.AssociationYN, r.AssociationFeeFrequency = ref(int64(rent)), ref(int64(rent)), nil, nil, false, ""
		r.AvailabilityDate = m.end.AddDate(0, 1, 0).Format("2006-01") + "-01"
		h.say = "For rent by the month, heat included; one well-behaved pet is welcome."
	}
}

// ago is a working hour so many days before the end, never after it.
func (m *market) ago(days int) time.Time {
	day := m.end.In(m.zone).AddDate(0, 0, -days)
	at := time.Date(day.Year(), day.Month(), day.Day(), 8+m.dice.IntN(10), m.dice.IntN(60), m.dice.IntN(60), 0, m.zone).UTC()
	if soonest := m.end.Add(-time.Duration(15+m.dice.IntN(240)) * time.Minute); at.After(soonest) {
		at = soonest
	}
	return at
}

func date(at time.Time) string { return at.Format(time.DateOnly) }

// then lets something happen to a home so many days ago.
func (m *market) then(h *home, days int, do func(r *listings.Record, at time.Time)) {
	at := m.ago(days)
	h.turns = append(h.turns, turn{at, func(r *listings.Record) { do(r, at) }})
}

func (m *market) between(low, high int) int { return low + m.dice.IntN(high-low+1) }

// become is a turn to another status; off the market it has a date.
func become(s listings.Status) func(*listings.Record, time.Time) {
	return func(r *listings.Record, at time.Time) {
		r.StandardStatus, r.MlsStatus = s, string(s)
		switch s {
		case listings.Active, listings.ComingSoon, listings.ActiveUnderContract, listings.OnHold, listings.Incomplete:
			r.OffMarketDate = ""
		case listings.Closed:
			r.CloseDate = date(at)
		default:
			r.OffMarketDate = date(at)
		}
	}
}

func (m *market) list(h *home, days int) {
	signed := m.between(2, 6)
	m.then(h, days, func(r *listings.Record, at time.Time) {
		become(listings.Active)(r, at)
		r.OnMarketDate, r.ListingContractDate = date(at), date(at.AddDate(0, 0, -signed))
	})
}

// live plans a home's life up to its fate. Days are before the end.
func (m *market) live(h *home, fate string) {
	soon := func(days int) {
		m.then(h, days, func(r *listings.Record, at time.Time) {
			become(listings.ComingSoon)(r, at)
			r.ListingContractDate = date(at)
		})
	}
	switch fate {
	case "fresh":
		m.list(h, m.dice.IntN(5))
	case "active":
		start := m.between(6, 120)
		m.list(h, start)
		m.drops(h, start)
	case "soon":
		soon(m.dice.IntN(7))
	case "was soon":
		start := m.between(10, 30)
		soon(start)
		m.list(h, start-m.between(5, 8))
	case "contract":
		start := m.between(15, 80)
		m.list(h, start)
		m.then(h, m.between(1, start-8), become(listings.ActiveUnderContract))
	case "pending":
		start := m.between(20, 95)
		m.list(h, start)
		m.then(h, m.between(0, min(start-9, 32)), become(listings.Pending))
	case "back":
		start := m.between(35, 90)
		m.list(h, start)
		m.then(h, start-m.between(9, 20), become(listings.Pending))
		m.then(h, m.between(0, 8), become(listings.Active))
	case "closed":
		end, share := m.between(1, 80), .955+.1*m.dice.Float64()
		m.list(h, end+m.between(50, 75))
		m.then(h, end+m.between(32, 41), become(listings.Pending))
		m.then(h, end, func(r *listings.Record, at time.Time) {
			become(listings.Closed)(r, at)
			r.ClosePrice = ref(int64(float64(*r.ListPrice)*share/50_000) * 50_000)
		})
	case "gone":
		m.list(h, m.between(30, 100))
		m.then(h, m.between(2, 20), func(r *listings.Record, _ time.Time) { r.Gone = true })
	default:
		m.list(h, m.between(30, 100))
		m.then(h, m.between(2, 20), become(map[string]listings.Status{
			"withdrawn": listings.Withdrawn, "expired": listings.Expired, "canceled": listings.Canceled, "hold": listings.OnHold, "incomplete": listings.Incomplete,
		}[fate]))
	}
}

// drops lowers a price once or twice, more likely the longer nobody comes.
func (m *market) drops(h *home, start int) {
	for day := start - m.between(18, 30); day > 0 && m.dice.IntN(5) < 3; day -= m.between(16, 30) {
		share := .965 - .03*m.dice.Float64()
		m.reprice(h, day, share)
	}
}

func (m *market) reprice(h *home, days int, share float64) {
	taste := m.dice.IntN(4)
	m.then(h, days, func(r *listings.Record, _ time.Time) {
		r.PreviousListPrice = ref(*r.ListPrice)
		if r.PropertyType == "Residential Lease" {
			r.ListPrice = ref(int64(math.Round(float64(*r.ListPrice)*share/5000)) * 5000)
			return
		}
		r.ListPrice = ref(asked(float64(*r.ListPrice)/100*share, taste))
	})
}

// known are the homes that the agents' letters speak of.
func (m *market) known() {
	at := func(name string) place {
		for _, p := range places {
			if p.name == name {
				return p
			}
		}
		panic(name) // the names are this package's own
	}
	kind := func(k houses.Kind) build {
		for _, b := range builds {
			if b.kind == k {
				return b
			}
		}
		panic(k)
	}
	add := func(p place, k houses.Kind, line string, dollars int64, who int, fix func(h *home)) *home {
		h := m.make(p, kind(k))
		h.drawn.Water = k == houses.Cottage
		h.rec.WaterfrontYN = h.drawn.Water
		h.rec.UnparsedAddress, h.street = line, line
		h.rec.ListPrice, h.rec.OriginalListPrice = ref(dollars*100), ref(dollars*100)
		m.listedBy(h, firms[0], firms[0].people[who])
		fix(h)
		m.homes = append(m.homes, h)
		return h
	}
	whitfield := add(at("Guilford"), houses.Cape, "22 Whitfield Street", 649_000, 0, func(h *home) {
		h.rec.PublicRemarks = "A shingle cape two streets from the green. The kitchen looks east and has the light all morning; the yard was fenced this fall. Three bedrooms, a dry basement, and a bluestone patio under the pear tree. It is a short walk to the library, the bakery and the train."
		h.rec.BedroomsTotal, h.rec.LivingArea, h.rec.YearBuilt = ref(int64(3)), ref(int64(1680)), ref(int64(1948))
		h.drawn = houses.House{Kind: houses.Cape, Seed: 22 * 17}
	})
	m.list(whitfield, 41)
	m.then(whitfield, 5, func(r *listings.Record, _ time.Time) {
		r.PreviousListPrice, r.ListPrice = r.ListPrice, ref(int64(624_900_00))
	})
	add(at("Madison"), houses.Ranch, "118 Neck Road", 589_000, 1, func(h *home) {
		h.rec.PublicRemarks = "Needs a kitchen; the lot is the reason to come. Nearly two acres of lawn and old apple trees, level all the way back to the marsh, with a sound if dated ranch in the middle of it."
		h.rec.LotSizeSquareFeet, h.rec.LivingArea = ref(int64(82_330)), ref(int64(1320))
		m.live(h, "active")
	})
	add(at("Branford"), houses.Cape, "9 Thimble Farms Road", 479_000, 2, func(h *home) {
		h.rec.PublicRemarks = "Small, finished, and an eight-minute walk to the train. Two bedrooms, one good bath, new windows, and a garden that somebody has loved."
		h.rec.BedroomsTotal, h.rec.LivingArea = ref(int64(2)), ref(int64(1040))
		m.live(h, "active")
	})
	add(at("Guilford"), houses.Colonial, "14 Elm Street", 885_000, 0, func(h *home) {
		h.rec.PublicRemarks = "The white colonial with the red door, one house in from the green. Four bedrooms, two fireplaces that draw, and a garden that runs back to the brook."
		m.live(h, "pending")
	})
}

// last puts a home's turns in order and says how it stands in the end.
func (h *home) last() listings.Record {
	slices.SortStableFunc(h.turns, func(a, b turn) int { return a.at.Compare(b.at) })
	r := h.rec
	for _, t := range h.turns {
		t.do(&r)
	}
	return r
}

// today says whether the home is for sale in the end.
func (h *home) today() bool {
	r := h.last()
	return r.StandardStatus == listings.Active && !r.Gone
}
