package listings

import (
	"math"
	"strconv"
)

// String is the place as Criteria's forms have it: "41.35426,-71.96644".
func (p Point) String() string {
	return strconv.FormatFloat(p.Lat, 'f', -1, 64) + "," + strconv.FormatFloat(p.Lon, 'f', -1, 64)
}

// real says whether this is a place on earth.
func (p Point) real() bool { return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180 }

// earth is its mean radius in miles (IUGG, 6,371.0088 km).
const earth = 3958.7613

// Holds says whether a place lies within the circle, along a great circle (the haversine formula).
func (c Circle) Holds(p Point) bool {
	const degree = math.Pi / 180
	lat := math.Sin((p.Lat - c.Lat) * degree / 2)
	lon := math.Sin((p.Lon - c.Lon) * degree / 2)
	h := lat*lat + math.Cos(p.Lat*degree)*math.Cos(c.Lat*degree)*lon*lon
	return 2*earth*math.Asin(math.Sqrt(min(h, 1))) <= c.Miles
}

// Inside says whether a place lies within a polygon that does not cross itself. Degrees count as flat, which is what a map shows of
// an area a person draws. A place on the outline is in exactly one of two areas that share that line.
func Inside(area []Point, p Point) bool {
	in := false
	for i, j := 0, len(area)-1; i < len(area); j, i = i, i+1 {
		a, b := area[i], area[j]
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) && p.Lon < (b.Lon-a.Lon)*(p.Lat-a.Lat)/(b.Lat-a.Lat)+a.Lon {
			in = !in
		}
	}
	return in
}

// box is a rectangle of coordinates, its edges included.
type box struct{ south, west, north, east float64 }

// world holds every place.
var world = box{-90, -180, 90, 180}

// around is the smallest box about some points.
func around(points []Point) box {
	b := box{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for _, p := range points {
		b = box{min(b.south, p.Lat), min(b.west, p.Lon), max(b.north, p.Lat), max(b.east, p.Lon)}
	}
	return b
}

// box holds the circle, with something to spare; where the circle goes round a pole or over the date line, every longitude.
func (c Circle) box() box {
	const spare = 1.001
	high := c.Miles / earth * 180 / math.Pi * spare
	b := box{c.Lat - high, -180, c.Lat + high, 180}
	if b.south <= -90 || b.north >= 90 {
		return b
	}
	wide := math.Asin(min(1, math.Sin(min(c.Miles/earth*spare, math.Pi/2))/math.Cos(c.Lat*math.Pi/180))) * 180 / math.Pi * spare
	if c.Lon-wide > -180 && c.Lon+wide < 180 {
		b.west, b.east = c.Lon-wide, c.Lon+wide
	}
	return b
}

// and is what two boxes share; nothing where south is above north or west beyond east.
func (b box) and(o box) box {
	return box{max(b.south, o.south), max(b.west, o.west), min(b.north, o.north), min(b.east, o.east)}
}

// bounds is the box of the criteria's places, and whether they ask for any.
func (c *Criteria) bounds() (box, bool) {
	b := world
	if len(c.Area) > 0 {
		b = b.and(around(c.Area))
	}
	if c.Near != nil {
		b = b.and(c.Near.box())
	}
	return b, len(c.Area) > 0 || c.Near != nil
}

// holds is the exact rule on places.
func (c *Criteria) holds(p Point) bool {
	return (len(c.Area) == 0 || Inside(c.Area, p)) && (c.Near == nil || c.Near.Holds(p))
}
