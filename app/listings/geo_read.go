package listings

import (
	"math"
	"strconv"
	"strings"

	"porchlight/app/fault"
)

// What a drawn area may have: more corners than mostCorners are thinned out, more than mostTyped are refused unread.
const (
	mostCorners = 500
	mostTyped   = 5000
	mostMiles   = 500
)

// corner is a place in hundred-thousandths of a degree: whole numbers make the test for crossing lines exact.
type corner struct{ lat, lon int64 }

const cornerScale = 1e5

func (c corner) point() Point {
	return Point{float64(c.lat) / cornerScale, float64(c.lon) / cornerScale}
}

// readCorner reads "41.1,-73.2".
func readCorner(text string) (corner, bool) {
	lat, lon, _ := strings.Cut(text, ",")
	y, okLat := readDegrees(lat, 90)
	x, okLon := readDegrees(lon, 180)
	return corner{y, x}, okLat && okLon
}

func readDegrees(text string, most float64) (int64, bool) {
	degrees, err := strconv.ParseFloat(text, 64)
	if err != nil || !(math.Abs(degrees) <= most) { // not NaN either
		return 0, false
	}
	return int64(math.Round(degrees * cornerScale)), true
}

// near reads a circle.
func (r *reader) near() *Circle {
	text := strings.ReplaceAll(r.one("near"), " ", "")
	if text == "" {
		return nil
	}
	at := strings.LastIndexByte(text, ',')
	if at < 0 {
		at = len(text)
	}
	center, ok := readCorner(text[:at])
	if !ok {
		r.wrong.Add("near", "“%s” is not a place and a distance: latitude, longitude, miles.", short(text))
		return nil
	}
	miles, err := strconv.ParseFloat(strings.TrimPrefix(text[at:], ","), 64)
	miles = math.Round(miles*100) / 100
	if err != nil || !(miles > 0 && miles <= mostMiles) {
		r.wrong.Add("near", "The distance is a number of miles up to %d.", mostMiles)
		return nil
	}
	return &Circle{center.point(), miles}
}

// area reads a polygon.
func (r *reader) area() []Point {
	text := r.one("area")
	if text == "" {
		return nil
	}
	var corners []corner
	for place := range strings.FieldsFuncSeq(text, func(c rune) bool { return c == ' ' || c == ';' || c == '|' }) {
		c, ok := readCorner(place)
		if !ok {
			r.wrong.Add("area", "“%s” is not a place on the map: latitude, comma, longitude.", short(place))
			return nil
		}
		if len(corners) == mostTyped {
			r.wrong.Add("area", "This outline has too many corners: at most 5,000 can be read.")
			return nil
		}
		corners = append(corners, c)
	}
	corners = withoutSpikes(thinned(withoutSpikes(corners)))
	if say := faulty(corners); say != "" {
		r.wrong.Add("area", "%s", say)
		return nil
	}
	area := make([]Point, len(corners))
	for i, c := range corners {
		area[i] = c.point()
	}
	return area
}

// faulty says what is wrong with a polygon, or nothing.
func faulty(corners []corner) string {
	n := len(corners)
	if n < 3 {
		return "An area needs at least three corners that are not in one line."
	}
	for i, a := range corners {
		if b := corners[(i+1)%n]; max(a.lon-b.lon, b.lon-a.lon) > 180*cornerScale {
			return "An area can’t reach across the date line or half around the world."
		}
	}
	for i := range n {
		for j := i + 2; j < n; j++ {
			if (j+1)%n != i && meet(corners[i], corners[i+1], corners[j], corners[(j+1)%n]) {
				return "The outline crosses or touches itself. Draw it again without crossing lines."
			}
		}
	}
	return ""
}

// withoutSpikes drops corners that enclose nothing: those twice in a row, and lines that go out and come back the same
// way. What is all one line vanishes.
func withoutSpikes(corners []corner) []corner {
	var kept []corner
	push := func(c corner) {
		kept = append(kept, c)
		for n := len(kept); n >= 2; n = len(kept) {
			switch {
			case kept[n-1] == kept[n-2]:
				kept = kept[:n-1]
			case n >= 3 && spike(kept[n-3], kept[n-2], kept[n-1]):
				kept[n-2] = kept[n-1]
				kept = kept[:n-1]
			default:
				return
			}
		}
	}
	for _, c := range corners {
		push(c)
	}
	// The same where the end meets the beginning.
	for n := len(kept); n >= 2; n = len(kept) {
		switch {
		case kept[0] == kept[n-1]:
			kept = kept[:n-1]
		case n >= 3 && spike(kept[n-2], kept[n-1], kept[0]):
			kept = kept[:n-1]
		case n >= 3 && spike(kept[n-1], kept[0], kept[1]):
			kept = kept[1:]
		default:
			return kept
		}
	}
	return nil
}

// spike says that the way from a by b to c turns right back at b.
func spike(a, b, c corner) bool {
	return turn(a, b, c) == 0 && (a.lat-b.lat)*(c.lat-b.lat)+(a.lon-b.lon)*(c.lon-b.lon) > 0
}

// turn is twice the area of a triangle, negative where its corners go clockwise. Below 2⁶³: no side is above 3.6e7.
func turn(a, b, c corner) int64 {
	return (b.lon-a.lon)*(c.lat-a.lat) - (b.lat-a.lat)*(c.lon-a.lon)
}

// meet says whether the lines from a to b and from c to d have a place in common.
func meet(a, b, c, d corner) bool {
	if max(a.lon, b.lon) < min(c.lon, d.lon) || max(c.lon, d.lon) < min(a.lon, b.lon) ||
		max(a.lat, b.lat) < min(c.lat, d.lat) || max(c.lat, d.lat) < min(a.lat, b.lat) {
		return false
	}
	return sign(turn(a, b, c))*sign(turn(a, b, d)) <= 0 && sign(turn(c, d, a))*sign(turn(c, d, b)) <= 0
}

func sign(n int64) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	}
	return 0
}

// thinned leaves out corners that change the area least until there are mostCorners (after Visvalingam and Whyatt 1993,
// in rounds of a doubling limit instead of one by one: a round costs as much as there are corners).
func thinned(corners []corner) []corner {
	for limit := int64(1); len(corners) > mostCorners; limit *= 2 {
		tooMany := len(corners) - mostCorners
		kept := corners[:1:1]
		for i := 1; i < len(corners); i++ {
			size := turn(kept[len(kept)-1], corners[i], corners[(i+1)%len(corners)])
			if tooMany > 0 && max(size, -size) <= limit {
				tooMany--
				continue
			}
			kept = append(kept, corners[i])
		}
		corners = kept
	}
	return corners
}

// checkPlaces refuses places that ReadCriteria would not have let through: a search may come from elsewhere.
func (c *Criteria) checkPlaces() error {
	var wrong fault.Form
	corners := make([]corner, len(c.Area))
	for i, p := range c.Area {
		if !p.real() {
			wrong.Add("area", "A corner of the area is not on the map.")
			return wrong.Err()
		}
		corners[i] = corner{int64(math.Round(p.Lat * cornerScale)), int64(math.Round(p.Lon * cornerScale))}
	}
	if len(corners) > mostCorners {
		wrong.Add("area", "This outline has too many corners.")
	} else if len(corners) > 0 {
		if say := faulty(corners); say != "" {
			wrong.Add("area", "%s", say)
		}
	}
	if c.Near != nil && !(c.Near.real() && c.Near.Miles > 0 && c.Near.Miles <= mostMiles) {
		wrong.Add("near", "This is no circle on the map.")
	}
	return wrong.Err()
}
