package autoemail

import (
	"math"

	"porchlight/app/listings"
)

// disc is a search's area or circle as one can see without looking closely whether a place is in it: by the square of its
// distance in degrees of latitude on a flat map.
type disc struct{ lat, lon, cos, surely, perhaps float32 }

// What a flat map is exact enough for: no farther than this from side to side, nor from the equator.
const (
	flatMiles  = 15
	pointMiles = 0.5 // float32 keeps places to a meter
	flatLat    = 70
	margin     = 1.02    // a flat map errs by less than 1.5 % then
	mileDegree = 69.0933 // miles in a degree of latitude, of the sphere that listings.Circle takes
)

// vague lets every place through to be looked at closely.
var vague = disc{surely: -1, perhaps: float32(math.Inf(1))}

// discOf is that of what a rest has for a place.
func discOf(r *rest) disc {
	if r == nil || !r.placed() {
		return vague
	}
	if len(r.area) > 0 {
		return around(r.area)
	}
	if r.near.Miles < pointMiles || r.near.Miles > flatMiles || math.Abs(r.near.Lat) > flatLat {
		return vague
	}
	d := discAt(r.near.Lat, r.near.Lon)
	degrees := r.near.Miles / mileDegree
	d.surely, d.perhaps = square(degrees/margin), square(degrees*margin)
	return d
}

// around is a disc about an area. Its places are in it for certain nowhere.
func around(area []listings.Point) disc {
	c := listings.Criteria{Area: area}
	a, b, _ := c.Bounds()
	if !(math.Abs(a.Lat) <= 90 && math.Abs(b.Lat) <= 90 && math.Abs(a.Lon) <= 180 && math.Abs(b.Lon) <= 180) {
		return vague
	}
	d := discAt((a.Lat+b.Lat)/2, (a.Lon+b.Lon)/2)
	wide := (b.Lon - a.Lon) / 2 * float64(d.cos)
	d.surely, d.perhaps = -1, square((math.Hypot((b.Lat-a.Lat)/2, wide)+1e-4)*margin)
	return d
}

func discAt(lat, lon float64) disc {
	return disc{lat: float32(lat), lon: float32(lon), cos: float32(math.Cos(lat * math.Pi / 180))}
}

func square(n float64) float32 { return float32(n * n) }

// far is the square of a place's distance.
func (d *disc) far(lat, lon float32) float32 {
	y, x := lat-d.lat, (lon-d.lon)*d.cos
	return y*y + x*x
}
