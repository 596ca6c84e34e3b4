package autoemail

import (
	"math"
	"slices"
	"strings"

	"porchlight/app/listings"
)

// places are where a search is looked for: in one of these lists, the first that is not empty; or anyway. A home has one zip,
// one town and one cell of each size, so that no search is found twice.
type places struct {
	zips, cities []string
	level        int // of cellSizes
	cells        []cell
}

// rounded says that the search is shelved by its area or circle.
func (p places) rounded() bool { return len(p.zips)+len(p.cities) == 0 && len(p.cells) > 0 }

// cell is a square of a grid, counted from the equator and from Greenwich.
type cell struct{ lat, lon int32 }

// cellSizes are the sides of the grids' squares in degrees. A drawn area stands in the squares of the finest grid that needs no
// more than mostCells for it.
var cellSizes = [...]float64{1. / 16, 1. / 4, 1, 8}

const (
	mostCells  = 6
	mostPlaces = 64 // a form takes 50
)

// spare is by how many degrees an area is taken too wide, against rounding.
const spare = 1e-6

func placesOf(c *listings.Criteria) places {
	if zips := distinct(c.PostalCodes, strings.Clone); len(zips) > 0 && len(zips) <= mostPlaces {
		return places{zips: zips}
	}
	if cities := distinct(c.Cities, listings.CityKey); len(cities) > 0 && len(cities) <= mostPlaces {
		return places{cities: cities}
	}
	southWest, northEast, placed := c.Bounds()
	if !placed {
		return places{}
	}
	for level, size := range cellSizes {
		from := cellOf(southWest.Lat-spare, southWest.Lon-spare, size)
		to := cellOf(northEast.Lat+spare, northEast.Lon+spare, size)
		high, wide := int64(to.lat)-int64(from.lat)+1, int64(to.lon)-int64(from.lon)+1
		if high < 1 || wide < 1 || high > mostCells || wide > mostCells || high*wide > mostCells {
			continue
		}
		cells := make([]cell, 0, high*wide)
		for lat := from.lat; lat <= to.lat; lat++ {
			for lon := from.lon; lon <= to.lon; lon++ {
				cells = append(cells, cell{lat, lon})
			}
		}
		return places{level: level, cells: cells}
	}
	return places{}
}

// distinct are keys of words, each once.
func distinct(words []string, key func(string) string) []string {
	keys := make([]string, len(words))
	for i, word := range words {
		keys[i] = key(word)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// cellOf is the square that a place is in. What is no place on earth, or no number, is in one far away.
func cellOf(lat, lon, size float64) cell { return cell{floor(lat / size), floor(lon / size)} }

func floor(n float64) int32 {
	if !(math.Abs(n) < math.MaxInt32/2) {
		return math.MaxInt32 / 2
	}
	return int32(math.Floor(n))
}
