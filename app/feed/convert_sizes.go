package feed

import (
	"math"
	"strconv"
	"strings"

	"porchlight/app/listings"
)

// maxRooms is what a building can have at most.
const maxRooms = 500

func (r *reader) rooms(h *listings.Listing) {
	h.BedroomsTotal = r.whole("BedroomsTotal", 0, maxRooms)
	full, half := r.whole("BathroomsFull", 0, maxRooms), r.whole("BathroomsHalf", 0, maxRooms)
	threeQuarter, quarter := r.whole("BathroomsThreeQuarter", 0, maxRooms), r.whole("BathroomsOneQuarter", 0, maxRooms)
	if partial := r.whole("BathroomsPartial", 0, maxRooms); half == nil && threeQuarter == nil && quarter == nil {
		half = partial
	}
	field := "BathroomsTotalInteger"
	if !r.has(field) {
		field = "BathroomsTotalDecimal"
	}
	total := baths{}
	text := r.raw(field)
	if n := r.float(field, 0, maxRooms); n != nil {
		total = readBaths(text, *n)
	}
	counted := full != nil || half != nil || threeQuarter != nil || quarter != nil
	known := baths{value(full), value(half), value(threeQuarter), value(quarter), counted}
	switch {
	case counted && total.known && full != nil && total.count() > known.count(): // what is not named beside the full ones is taken for halves
		known.half += total.count() - known.count()
	case counted && total.known && full == nil:
		known.full = max(0, total.count()-known.count())
	case !counted:
		known = total
		if total.half != 0 || total.threeQuarter != 0 || total.quarter != 0 {
			full, half = &total.full, &total.half
		}
	}
	h.BathroomsFull, h.BathroomsHalf = full, half
	if !known.known {
		return
	}
	count, quarters := known.count(), known.quarters()
	h.BathroomsTotalInteger, h.BathroomQuarters = &count, &quarters
}

// baths are bathrooms by size.
type baths struct {
	full, half, threeQuarter, quarter int64
	known                             bool
}

// count is RESO's BathroomsTotalInteger: bathrooms of any size.
func (b baths) count() int64 { return b.full + b.half + b.threeQuarter + b.quarter }

// quarters is how agents count, times four.
func (b baths) quarters() int64 { return 4*b.full + 3*b.threeQuarter + 2*b.half + b.quarter }

// readBaths understands the two ways of writing a total with a point: 2.25, 2.5 and 2.75 add a part of a bathroom, 1.1
// and 2.2 (as some MLSs write) so many half ones.
func readBaths(text string, n float64) baths {
	b := baths{full: int64(n), known: true}
	switch part := int64(math.Round((n - math.Floor(n)) * 100)); part {
	case 0:
	case 25:
		b.quarter = 1
	case 50:
		b.half = 1
	case 75:
		b.threeQuarter = 1
	case 10, 20, 30, 40:
		b.half = part / 10
	default:
		b.half = 1
	}
	return b
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (r *reader) sizes(h *listings.Listing) {
	h.LivingArea = r.area("LivingArea", "LivingAreaUnits", 1e7)
	if h.LivingArea == nil {
		h.LivingArea = r.area("BuildingAreaTotal", "BuildingAreaUnits", 1e7)
	}
	h.LotSizeSquareFeet = r.area("LotSizeSquareFeet", "", 1e11)
	if h.LotSizeSquareFeet == nil {
		if acres := r.float("LotSizeAcres", 0, 2e6); acres != nil {
			h.LotSizeSquareFeet = squareFeet(*acres, acre)
		}
	}
	if h.LotSizeSquareFeet == nil {
		h.LotSizeSquareFeet = r.area("LotSizeArea", "LotSizeUnits", 1e11)
	}
	if h.YearBuilt = r.whole("YearBuilt", 0, 9999); h.YearBuilt != nil && (*h.YearBuilt < 1600 || *h.YearBuilt > lastYear) {
		if *h.YearBuilt != 0 { // 0 is how tables say unknown
			r.report("YearBuilt", "%d is no year in which a house was built; it is left out.", *h.YearBuilt)
		}
		h.YearBuilt = nil
	}
	h.Stories = r.stories()
	h.GarageSpaces = r.float("GarageSpaces", 0, maxRooms)
}

// Square feet in other measures.
const (
	acre        = 43560
	squareMeter = 10.763910416709722
)

// area reads a size in square feet. Its unit stands in the value ("0.4 acres") or in another field; without either it is
// square feet, but for LotSizeArea, where a number below 200 can only be acres.
func (r *reader) area(field, unitField string, most float64) *int64 {
	n := r.float(field, 0, most)
	if n == nil {
		return nil
	}
	text := r.raw(field)
	unit := strings.TrimLeft(text, "0123456789.,+ $eE")
	if unit == "" && unitField != "" {
		unit = r.raw(unitField)
	}
	switch fold(unit) {
	case "acres", "acre", "ac", "a":
		return squareFeet(*n, acre)
	case "squaremeters", "squaremetres", "squaremeter", "sqm", "m2", "sqmeters", "m", "m²":
		return squareFeet(*n, squareMeter)
	case "hectares", "hectare", "ha":
		return squareFeet(*n, 10_000*squareMeter)
	case "":
		if field == "LotSizeArea" && *n < 200 {
			return squareFeet(*n, acre)
		}
	}
	return squareFeet(*n, 1)
}

// squareFeet converts a size; nothing and less than two square feet (how some counties fill the column for condominiums)
// are unknown.
func squareFeet(n, each float64) *int64 {
	size := int64(math.Round(n * each))
	if size < 2 {
		return nil
	}
	return &size
}

func (r *reader) stories() *float64 {
	for _, field := range []string{"Stories", "Levels"} {
		value, _ := r.values(field)
		for _, text := range list(value) {
			if n, ok := levelWords[fold(text)]; ok {
				return &n
			}
			if n, err := strconv.ParseFloat(text, 64); err == nil && n > 0 && n <= 200 {
				return &n
			}
		}
	}
	return nil
}
