package demo

import (
	"fmt"
	"math"
	"strings"

	"porchlight/app/demo/houses"
	"porchlight/app/listings"
)

// home is one home of the demo: what its record says now, how it is drawn, and what becomes of it.
type home struct {
	rec    listings.Record
	drawn  houses.House
	street string
	say    string // a sentence more in the remarks
	turns  []turn
	status listings.Status // in the end
}

// build is what a kind of house is like: ranges its facts are drawn from.
type build struct {
	kind               houses.Kind
	weight             int
	beds, baths        [2]int // baths in quarters, as BathroomQuarters
	area, year         [2]int
	acres              [2]float64
	stories, price     float64 // price: what a square foot costs beside the town's own
	garage             int     // doors at most
	water, pool        float64 // how often
	property, sub      string
	fee                int // a month
	heating, cool, low string
}

var builds = []build{
	{houses.Colonial, 26, [2]int{3, 5}, [2]int{8, 16}, [2]int{1850, 3500}, [2]int{1786, 2016}, [2]float64{.3, 2.2}, 2, 1, 2, .08, .14, "Residential", "Single Family Residence", 0, "Forced Air, Oil", "Central Air", "Full, Interior Entry"},
	{houses.Cape, 24, [2]int{3, 4}, [2]int{4, 10}, [2]int{1280, 2150}, [2]int{1934, 1978}, [2]float64{.18, .9}, 1.5, .98, 1, .05, .04, "Residential", "Single Family Residence", 0, "Baseboard, Oil", "Window Unit(s)", "Full, Unfinished"},
	{houses.Saltbox, 8, [2]int{3, 4}, [2]int{8, 12}, [2]int{1700, 2600}, [2]int{1724, 1795}, [2]float64{.5, 3}, 2, 1.06, 2, .1, 0, "Residential", "Single Family Residence", 0, "Hot Water, Oil", "None", "Partial, Dirt Floor"},
	{houses.Ranch, 18, [2]int{2, 3}, [2]int{4, 8}, [2]int{1080, 1900}, [2]int{1951, 1972}, [2]float64{.25, 1.1}, 1, .94, 2, .04, .1, "Residential", "Single Family Residence", 0, "Baseboard, Natural Gas", "Ductless", "Full, Partially Finished"},
	{houses.Victorian, 10, [2]int{4, 6}, [2]int{8, 14}, [2]int{2300, 3800}, [2]int{1876, 1906}, [2]float64{.15, .6}, 2.5, .9, 0, .08, 0, "Residential", "Single Family Residence", 0, "Radiator, Natural Gas", "Window Unit(s)", "Full, Stone Walls"},
	{houses.Farmhouse, 10, [2]int{3, 5}, [2]int{8, 12}, [2]int{1800, 2900}, [2]int{1838, 1912}, [2]float64{1.4, 9}, 2, .96, 0, .06, .06, "Residential", "Single Family Residence", 0, "Hot Water, Propane", "Ductless", "Full, Unfinished"},
	{houses.Contemporary, 9, [2]int{3, 4}, [2]int{8, 14}, [2]int{2000, 3400}, [2]int{1979, 2026}, [2]float64{.6, 3}, 2, 1.08, 1, .2, .22, "Residential", "Single Family Residence", 0, "Heat Pump", "Central Air", "Crawl Space"},
	{houses.Cottage, 12, [2]int{2, 3}, [2]int{4, 8}, [2]int{880, 1650}, [2]int{1912, 1956}, [2]float64{.1, .35}, 1.5, 1.25, 0, 1, 0, "Residential", "Single Family Residence", 0, "Heat Pump", "Ductless", "Crawl Space"},
	{houses.Townhouse, 9, [2]int{2, 3}, [2]int{6, 10}, [2]int{1200, 1900}, [2]int{1986, 2024}, [2]float64{0, 0}, 3, .95, 0, .1, 0, "Residential", "Townhouse", 420, "Forced Air, Natural Gas", "Central Air", "Slab"},
	{houses.Condo, 12, [2]int{1, 2}, [2]int{4, 8}, [2]int{690, 1280}, [2]int{1972, 2022}, [2]float64{0, 0}, 1, .95, 0, .15, 0, "Residential", "Condominium", 365, "Heat Pump", "Central Air", "None"},
	{houses.Lot, 4, [2]int{}, [2]int{}, [2]int{}, [2]int{}, [2]float64{1.2, 12}, 0, 0, 0, .25, 0, "Land", "Unimproved Land", 0, "", "", ""},
}

// within is a number between two.
func (m *market) within(r [2]int) int64 {
	if r[1] <= r[0] {
		return int64(r[0])
	}
	return int64(r[0] + m.dice.IntN(r[1]-r[0]+1))
}

func ref[T any](v T) *T { return &v }

// make invents a home in a place.
func (m *market) make(p place, b build) *home {
	m.made++
	h := &home{}
	r := &h.rec
	r.ListingKey, r.ListingId, r.OriginatingSystemName = fmt.Sprintf("SHDEMO%06d", 170200+m.made*37), fmt.Sprint(24170200+m.made*37), sourceName
	r.PropertyType, r.PropertySubType = b.property, b.sub
	r.City, r.StateOrProvince, r.PostalCode, r.CountyOrParish = p.name, "CT", p.zip, p.county
	h.drawn = houses.House{Kind: b.kind, Seed: uint64(m.made)*7919 + 11, Water: m.dice.Float64() < b.water, Pool: m.dice.Float64() < b.pool}
	if b.garage > 0 {
		h.drawn.Garage = m.dice.IntN(b.garage + 1)
	}
	if p.name == "Killingworth" || p.name == "Deep River" || p.name == "Chester" {
		h.drawn.Water = b.kind == houses.Cottage // by a pond
	}
	m.address(h, p)
	lat, lon := p.lat+m.dice.Float64()*p.north, p.lon+(m.dice.Float64()*2-1)*p.wide
	if h.drawn.Water {
		lat = p.lat - m.dice.Float64()*.003
	}
	r.Latitude, r.Longitude = ref(math.Round(lat*1e5)/1e5), ref(math.Round(lon*1e5)/1e5)
	m.facts(h, b)
	m.price(h, p, b)
	m.lists(h)
	r.InternetAddressDisplayYN, r.InternetEntireListingDisplayYN = true, true
	r.WaterfrontYN, r.PoolPrivateYN = h.drawn.Water, h.drawn.Pool
	return h
}

func (m *market) address(h *home, p place) {
	from := streets
	if h.drawn.Water {
		from = shores
	}
	for {
		h.street = from[m.dice.IntN(len(from))]
		number := 2 + m.dice.IntN(140)
		if at := p.name + h.street; m.taken[at] < 2 && !m.taken2[fmt.Sprint(at, number)] {
			m.taken[at]++
			m.taken2[fmt.Sprint(at, number)] = true
			h.rec.UnparsedAddress = fmt.Sprintf("%d %s", number, h.street)
			break
		}
	}
	if h.drawn.Kind == houses.Condo {
		h.rec.UnitNumber = fmt.Sprintf("%d%c", 1+m.dice.IntN(4), 'A'+rune(m.dice.IntN(5)))
		h.rec.UnparsedAddress += ", Unit " + h.rec.UnitNumber
	}
}

func (m *market) facts(h *home, b build) {
	r := &h.rec
	if b.kind == houses.Lot {
		r.LotSizeSquareFeet = ref(int64((b.acres[0] + m.dice.Float64()*(b.acres[1]-b.acres[0])) * 43560))
		r.Details = []listings.Detail{{Name: "Zoning", Value: "Residential"}, {Name: "Sewer", Value: "Septic Approved"}, {Name: "Current Use", Value: "Meadow"}, madeUp}
		return
	}
	r.BedroomsTotal, r.YearBuilt = ref(m.within(b.beds)), ref(m.within(b.year))
	quarters := m.within(b.baths) / 2 * 2
	full, half := quarters/4, quarters%4/2
	r.BathroomQuarters, r.BathroomsFull, r.BathroomsHalf, r.BathroomsTotalInteger = ref(quarters), ref(full), ref(half), ref(full+half)
	share := float64(*r.BedroomsTotal-int64(b.beds[0])+1) / float64(b.beds[1]-b.beds[0]+1)
	r.LivingArea = ref(int64(float64(b.area[0])+float64(b.area[1]-b.area[0])*share*(.7+.3*m.dice.Float64())) / 2 * 2)
	if b.acres[1] > 0 {
		acres := b.acres[0] + m.dice.Float64()*m.dice.Float64()*(b.acres[1]-b.acres[0])
		r.LotSizeSquareFeet = ref(int64(math.Round(acres*100) / 100 * 43560))
	}
	r.Stories, r.GarageYN = ref(b.stories), h.drawn.Garage > 0
	if h.drawn.Garage > 0 {
		r.GarageSpaces = ref(float64(h.drawn.Garage))
	}
	if h.drawn.New = *r.YearBuilt >= 2024; h.drawn.New {
		r.NewConstructionYN = true
	}
	if b.fee > 0 {
		r.AssociationYN, r.AssociationFee, r.AssociationFeeFrequency = true, ref(int64(b.fee+m.dice.IntN(16)*10)*100), "Monthly"
	}
	one := func(words ...string) string { return words[m.dice.IntN(len(words))] }
	parking := "Off Street"
	if h.drawn.Garage > 0 {
		parking = fmt.Sprintf("Attached Garage, %d Car", h.drawn.Garage)
	}
	r.Details = []listings.Detail{
		{Name: "Heating", Value: b.heating}, {Name: "Cooling", Value: b.cool}, {Name: "Basement", Value: b.low}, {Name: "Parking", Value: parking},
		{Name: "Flooring", Value: one("Oak, Tile", "Wide Board, Brick", "Maple, Tile", "Pine, Carpet")},
		{Name: "Fireplaces", Value: one("One, Wood", "One, Gas", "Two, Wood", "None")},
		{Name: "Appliances", Value: one("Gas Range, Refrigerator, Dishwasher, Washer, Dryer", "Electric Range, Refrigerator, Dishwasher", "Induction Range, Wall Oven, Refrigerator, Dishwasher")},
		{Name: "Roof", Value: one("Asphalt Shingle", "Architectural Shingle", "Cedar Shake")}, {Name: "Exterior", Value: one("Clapboard", "Cedar Shingle", "Vinyl", "Fiber Cement")},
		{Name: "Water Source", Value: one("Public", "Private Well")}, {Name: "Sewer", Value: one("Public", "Septic Tank")}, madeUp,
	}
	if b.kind == houses.Condo {
		r.Details = append(r.Details, listings.Detail{Name: "Community", Value: "Elevator, Storage, Guest Parking"})
	}
}

// madeUp stands among the facts of every home.
var madeUp = listings.Detail{Name: "Please note", Value: "Invented for this demo: no such home exists"}

func (m *market) price(h *home, p place, b build) {
	r := &h.rec
	dollars := 0.0
	if b.kind == houses.Lot {
		dollars = (90_000 + 38_000*float64(*r.LotSizeSquareFeet)/43560) * p.dollars / 300
	} else {
		dollars = float64(*r.LivingArea) * p.dollars * b.price * (.9 + .22*m.dice.Float64())
		if r.LotSizeSquareFeet != nil {
			dollars += 55_000 * math.Sqrt(float64(*r.LotSizeSquareFeet)/43560)
		}
		if h.drawn.Pool {
			dollars += 38_000
		}
		if h.drawn.New {
			dollars *= 1.12
		}
	}
	if h.drawn.Water {
		dollars *= 1.5
	}
	r.ListPrice = ref(asked(dollars, m.dice.IntN(4)))
	r.OriginalListPrice = ref(*r.ListPrice)
	r.TaxAnnualAmount = ref(int64(dollars*.0132/10) * 1000)
}

// asked is a price as sellers write it: ending in 900, 500 or thousands of five. In cents.
func asked(dollars float64, taste int) int64 {
	five := int64(math.Round(dollars/5000)) * 5000
	switch taste {
	case 0:
		five -= 100
	case 1:
		five += 4900
	}
	return five * 100
}

// lists says who lists a home.
func (m *market) lists(h *home) {
	f := firms[m.dice.IntN(len(firms))]
	if m.dice.IntN(8) == 0 {
		f = firms[0]
	}
	m.listedBy(h, f, f.people[m.dice.IntN(len(f.people))])
}

func (m *market) listedBy(h *home, f firm, who string) {
	r := &h.rec
	r.ListOfficeKey, r.ListOfficeName, r.ListOfficePhone = f.key, f.name, f.phone
	r.ListAgentKey, r.ListAgentFullName, r.AttributionContact = f.key+"-"+strings.ToLower(strings.Fields(who)[0]), who, f.phone
}
