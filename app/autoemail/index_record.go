package autoemail

import (
	"math"
	"slices"

	"porchlight/app/listings"
)

// record is what an ordinary search asks for, as small as it can be compared exactly. What few searches ask for is in rest.
type record struct {
	id          ID
	rest        *rest // nil: nothing further is asked
	price       span[int64]
	area        span[int32]
	beds, baths span[int16]
	events      uint16 // bits, as eventBit
	types       uint16 // bits, as typeBit
	statuses    uint8  // bits, as statusBit
	needs       uint8  // bits: features in the order of listings.Features, then openBit
	asks        uint8  // bits: of which numbers one must be known
	shelved     bool   // by its area or circle
	version     int64  // of the auto email; with it a line of the processor’s cache
}

// span is a range of numbers, both ends included.
type span[N int16 | int32 | int64] struct{ least, most N }

func (s span[N]) has(n N) bool { return s.least <= n && n <= s.most }

// Spans that every number is in.
var (
	any64 = span[int64]{math.MinInt64, math.MaxInt64}
	any32 = span[int32]{math.MinInt32, math.MaxInt32}
	any16 = span[int16]{math.MinInt16, math.MaxInt16}
)

// The bits of record.asks and sight.unknown.
const (
	askPrice = 1 << iota
	askBeds
	askBaths
	askArea
	askLot
	askYear
)

// What stands behind the known words in the bits of each kind: any event at all; and, of every kind, whatever has no name.
var (
	anyEvent    = uint16(1) << len(listings.EventKinds)
	otherEvent  = anyEvent << 1
	allEvents   = otherEvent<<1 - 1
	otherType   = uint16(1) << len(listings.PropertyTypes)
	allTypes    = otherType<<1 - 1
	otherStatus = uint8(1) << len(listings.Statuses)
	allStatuses = otherStatus<<1 - 1
	openBit     = uint8(1) << len(listings.Features)
	allNeeds    = int(openBit)<<1 - 1
)

func eventBit(kind listings.EventKind) uint16 {
	if kind == "" {
		return anyEvent
	}
	return bit(listings.EventKinds, kind, otherEvent)
}

func typeBit(name string) uint16 { return bit(listings.PropertyTypes, name, otherType) }

func statusBit(status listings.Status) uint8 { return bit(listings.Statuses, status, otherStatus) }

// bit is that of a word among the known ones.
func bit[W ~string, B uint8 | uint16](known []W, word W, other B) B {
	if i := slices.Index(known, word); i >= 0 {
		return 1 << i
	}
	return other
}

// sight is a home as records are compared with it.
type sight struct {
	home             *listings.Facts
	kind             listings.EventKind
	price, lot, year int64
	area             int32
	beds, baths      int16
	event, typ       uint16
	status           uint8 // all where the status is not asked
	has              uint8
	unknown          uint8
	placed           bool
	at               listings.Point
	lat32, lon32     float32
	rows             [10]int // that a search must have on a shelf
	fetched          uint64  // of no meaning
}

// sightOf prepares a home. Of a number that is unknown any value will do, since only who does not ask for it gets that far.
func sightOf(f *listings.Facts, kind listings.EventKind) sight {
	s := sight{home: f, kind: kind, event: eventBit(kind), typ: typeBit(f.PropertyType), status: statusBit(f.StandardStatus)}
	if ended(kind) {
		s.status = allStatuses
	}
	for i, has := range [...]bool{f.GarageYN, f.PoolPrivateYN, f.WaterfrontYN, f.NewConstructionYN, f.OpenSoon} {
		if has {
			s.has |= 1 << i
		}
	}
	s.price = s.number(f.ListPrice, askPrice, math.MinInt64, math.MaxInt64)
	s.beds = int16(s.number(f.BedroomsTotal, askBeds, -1, math.MaxInt16))
	s.baths = int16(s.number(f.BathroomQuarters, askBaths, -1, math.MaxInt16))
	s.area = int32(s.number(f.LivingArea, askArea, -1, math.MaxInt32))
	s.lot = s.number(f.LotSizeSquareFeet, askLot, math.MinInt64, math.MaxInt64)
	s.year = s.number(f.YearBuilt, askYear, math.MinInt64, math.MaxInt64)
	if s.placed = f.Latitude != nil && f.Longitude != nil; s.placed {
		s.at = listings.Point{Lat: *f.Latitude, Lon: *f.Longitude}
		s.lat32, s.lon32 = float32(s.at.Lat), float32(s.at.Lon)
	}
	s.rows = s.rowsOf()
	return s
}

// number is a home's number as near as a record can tell numbers apart: the ends of a span that a record may have lie within
// least and most, or on most where they mean that there is no end.
func (s *sight) number(n *int64, ask uint8, least, most int64) int64 {
	if n == nil {
		s.unknown |= ask
		return 0
	}
	return min(max(*n, least), most)
}

// wants is Wants but for what no column holds, which rest has; and but for Shown.
func (r *record) wants(s *sight) bool {
	return r.price.has(s.price) && r.area.has(s.area) && r.beds.has(s.beds) && r.baths.has(s.baths) &&
		r.events&s.event != 0 && r.types&s.typ != 0 && r.statuses&s.status != 0 && r.needs&^s.has == 0 && r.asks&s.unknown == 0 &&
		(r.rest == nil || r.rest.wants(s))
}
