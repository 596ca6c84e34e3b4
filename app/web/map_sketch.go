package web

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"porchlight/app/listings"
)

// sketch is a map drawn on the server like a chart: a graticule, a neatline, towns, pins. It is Web Mercator (EPSG:3857),
// as tiles are, in units that become pixels of an SVG. map.js draws the same while somebody moves the map.
type sketch struct {
	Width, Height int
	Lines         []sketchLine // the graticule
	Neat          []sketchRect // every other cell of the neatline
	Degrees       []sketchText // along its edges
	Towns         []sketchText
	Pins          []sketchPin
	Area          string // corners as SVG takes them
	Circle        *sketchCircle
	Mark          *sketchPlace
	Tiles         []sketchTile
	Bar           sketchBar

	southWest, northEast listings.Point
	left, top, scale     float64 // of the projection
	taken                [][4]float64
}

type (
	sketchLine   struct{ X1, Y1, X2, Y2 string }
	sketchRect   struct{ X, Y, W, H string }
	sketchPlace  struct{ X, Y string }
	sketchCircle struct{ X, Y, R string }
	sketchText   struct {
		X, Y, Class, Words string
	}
	sketchPin struct {
		X, Y, W, Half string
		N             int
		Words, Path   string
	}
	sketchTile struct {
		X, Y string
		URL  string
	}
	sketchBar struct{ W, Words string } // so long is so far
)

// neatWidth is the width of the chart's frame.
const neatWidth = 6

// FrameWidth, FrameHeight, BarX and BarY say where the frame and the scale stand.
func (k sketch) FrameWidth() int  { return k.Width - neatWidth }
func (k sketch) FrameHeight() int { return k.Height - neatWidth }
func (k sketch) BarX() int        { return k.Width - 150 }
func (k sketch) BarY() int        { return k.Height - 34 }

// unit is a coordinate for the page: a tenth of a pixel is enough.
func unit(n float64) string { return plainNumber(math.Round(n*10) / 10) }

// mercator maps the world to a square of size 1, y southward.
func mercator(p listings.Point) (x, y float64) {
	lat := max(-85.0511, min(85.0511, p.Lat)) * math.Pi / 180
	return (p.Lon + 180) / 360, (1 - math.Log(math.Tan(lat)+1/math.Cos(lat))/math.Pi) / 2
}

// unmercator is the way back.
func unmercator(x, y float64) listings.Point {
	return listings.Point{Lat: math.Atan(math.Sinh(math.Pi*(1-2*y))) * 180 / math.Pi, Lon: x*360 - 180}
}

// newSketch is a map that shows at least a box, with room about it.
func newSketch(box [2]listings.Point, width, height int) sketch {
	x1, y2 := mercator(box[0])
	x2, y1 := mercator(box[1])
	room := float64(neatWidth + 44) // half of a pin's width
	scale := min((float64(width)-2*room)/max(x2-x1, 1e-12), (float64(height)-2*room)/max(y2-y1, 1e-12))
	scale = max(float64(width), min(scale, 256*math.Exp2(16)))
	return sketched((x1+x2)/2, (y1+y2)/2, scale, width, height)
}

// newSketchAt is a map about a place in a zoom level of tiles.
func newSketchAt(at listings.Point, zoom, width, height int) sketch {
	x, y := mercator(at)
	return sketched(x, y, 256*math.Exp2(float64(zoom)), width, height)
}

func sketched(x, y, scale float64, width, height int) sketch {
	k := sketch{Width: width, Height: height, scale: scale, left: x - float64(width)/2/scale, top: y - float64(height)/2/scale}
	k.southWest = unmercator(k.left, k.top+float64(height)/scale)
	k.northEast = unmercator(k.left+float64(width)/scale, k.top)
	k.graticule()
	k.bar()
	return k
}

// at is where a place lies on the map.
func (k *sketch) at(p listings.Point) (x, y float64) {
	x, y = mercator(p)
	return (x - k.left) * k.scale, (y - k.top) * k.scale
}

// steps of a graticule, in seconds of arc.
var steps = []float64{108000, 36000, 18000, 7200, 3600, 1800, 1200, 600, 300, 120, 60, 30, 10, 5, 2, 1}

// stepFor is the finest step whose lines stand at least 90 pixels apart.
func stepFor(pixelsPerDegree float64) float64 {
	best := steps[0]
	for _, step := range steps {
		if step/3600*pixelsPerDegree >= 90 {
			best = step
		}
	}
	return best
}

func (k *sketch) graticule() {
	w, h := float64(k.Width), float64(k.Height)
	step := stepFor(k.scale / 360)
	cell := func(n float64) bool { return math.Mod(math.Abs(n), 2) == 1 } // every other cell of the neatline is filled
	cut := func(from, to, end float64) (float64, float64) { return max(0, from), min(end, to) }
	for n := math.Floor(k.southWest.Lon * 3600 / step); n*step/3600 < k.northEast.Lon; n++ {
		x, _ := k.at(listings.Point{Lon: n * step / 3600})
		next, _ := k.at(listings.Point{Lon: (n + 1) * step / 3600})
		if x > neatWidth && x < w-neatWidth {
			k.Lines = append(k.Lines, sketchLine{unit(x), "0", unit(x), unit(h)})
		}
		if x > 40 && x < w-40 {
			k.Degrees = append(k.Degrees, sketchText{unit(x), unit(h - neatWidth - 5), "middle", degrees(n*step, "E", "W")})
		}
		if from, to := cut(x, next, w); cell(n) && to > from {
			k.Neat = append(k.Neat, sketchRect{unit(from), "0", unit(to - from), unit(neatWidth)}, sketchRect{unit(from), unit(h - neatWidth), unit(to - from), unit(neatWidth)})
		}
	}
	for n := math.Floor(k.southWest.Lat * 3600 / step); n*step/3600 < k.northEast.Lat; n++ {
		_, y := k.at(listings.Point{Lat: n * step / 3600})
		_, next := k.at(listings.Point{Lat: (n + 1) * step / 3600})
		if y > neatWidth && y < h-neatWidth {
			k.Lines = append(k.Lines, sketchLine{"0", unit(y), unit(w), unit(y)})
		}
		if y > 24 && y < h-30 {
			k.Degrees = append(k.Degrees, sketchText{unit(neatWidth + 6), unit(y - 4), "start", degrees(n*step, "N", "S")})
		}
		if from, to := cut(next, y, h); cell(n) && to > from {
			k.Neat = append(k.Neat, sketchRect{"0", unit(from), unit(neatWidth), unit(to - from)}, sketchRect{unit(w - neatWidth), unit(from), unit(neatWidth), unit(to - from)})
		}
	}
}

// degrees tells an angle of so many seconds of arc: 41°20′ N.
func degrees(seconds float64, positive, negative string) string {
	side := positive
	if seconds < 0 {
		side, seconds = negative, -seconds
	}
	whole := int(math.Round(seconds))
	words := fmt.Sprintf("%d°", whole/3600)
	if whole%3600 != 0 {
		words += fmt.Sprintf("%02d′", whole/60%60)
	}
	if whole%60 != 0 {
		words += fmt.Sprintf("%02d″", whole%60)
	}
	return words + " " + side
}

// bar says how far so many pixels are, in the middle of the map.
func (k *sketch) bar() {
	perMile := k.perMile((k.southWest.Lat + k.northEast.Lat) / 2)
	best := 0.1
	for _, miles := range []float64{0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		if miles*perMile <= 120 {
			best = miles
		}
	}
	word := " miles"
	if best == 1 {
		word = " mile"
	}
	k.Bar = sketchBar{unit(best * perMile), plainNumber(best) + word}
}

// addTowns writes the names of towns, the largest first, where they run neither into each other nor into pins.
func (k *sketch) addTowns(towns []listings.Town) {
	taken := slices.Clone(k.taken)
	for i, t := range towns {
		x, y := k.at(listings.Point{Lat: t.Lat, Lon: t.Lon})
		class, em := "town", 13.0
		if i < 3 {
			class, em = "town large", 17
		}
		half := float64(len([]rune(t.Name)))*em*.32 + 4
		for _, lower := range []float64{0, 34, -24, 52} {
			box := [4]float64{x - half, y + lower - em, x + half, y + lower + em/2}
			if box[0] < neatWidth || box[1] < neatWidth || box[2] > float64(k.Width)-neatWidth || box[3] > float64(k.Height)-24 {
				continue
			}
			if slices.ContainsFunc(taken, func(b [4]float64) bool { return box[0] < b[2] && b[0] < box[2] && box[1] < b[3] && b[1] < box[3] }) {
				continue
			}
			taken = append(taken, box)
			k.Towns = append(k.Towns, sketchText{unit(x), unit(y + lower), class, t.Name})
			break
		}
	}
}

// merged puts pins together that would lie on each other, as map.js does.
func (k *sketch) merged(pins []listings.Pin) []listings.Pin {
	pins = slices.Clone(pins)
	slices.SortStableFunc(pins, func(a, b listings.Pin) int { return b.N - a.N })
	type spot struct{ x, y float64 }
	var spots []spot
	var all []listings.Pin
	for _, p := range pins {
		x, y := k.at(listings.Point{Lat: p.Lat, Lon: p.Lon})
		if p.N == 1 {
			y -= 16 // a price stands above its place
		}
		i := slices.IndexFunc(spots, func(s spot) bool { return math.Abs(s.x-x) < 48 && math.Abs(s.y-y) < 28 })
		if i < 0 {
			spots, all = append(spots, spot{x, y}), append(all, p)
			continue
		}
		to := &all[i]
		a, b := float64(to.N), float64(p.N)
		to.Lat, to.Lon, to.N = (to.Lat*a+p.Lat*b)/(a+b), (to.Lon*a+p.Lon*b)/(a+b), to.N+p.N
	}
	return all
}

// addPins puts homes on the map; each leads to its page, and many together to a search about them.
func (k *sketch) addPins(pins []listings.Pin, q listingQuery) {
	for _, p := range k.merged(pins) {
		x, y := k.at(listings.Point{Lat: p.Lat, Lon: p.Lon})
		k.taken = append(k.taken, [4]float64{x - 28, y - 30, x + 28, y + 18})
		pin := sketchPin{X: unit(x), Y: unit(y), N: p.N, Words: pinPrice(p.ListPrice), Path: listingURL(p.ID)}
		if p.N > 1 {
			pin.Words, pin.Path = thousands(int64(p.N)), k.about(p, q)
		}
		width := float64(len(pin.Words))*7 + 14
		pin.W, pin.Half = unit(width), unit(-width/2)
		k.Pins = append(k.Pins, pin)
	}
}

// about is the search for the homes that a pin stands for: as far about it as pins are put together.
func (k *sketch) about(p listings.Pin, q listingQuery) string {
	q = q.first()
	miles := 48 / k.perMile(p.Lat)
	q.criteria.Area, q.criteria.Near = nil, &listings.Circle{Point: listings.Point{Lat: p.Lat, Lon: p.Lon}, Miles: max(.1, math.Ceil(miles*10)/10)}
	return q.url()
}

// perMile is how many pixels a mile is at a latitude.
func (k *sketch) perMile(lat float64) float64 {
	return k.scale / 360 / (milesPerDegree * max(.01, math.Cos(lat*math.Pi/180)))
}

// addPlace draws the area or the circle that a search names.
func (k *sketch) addPlace(criteria listings.Criteria) {
	var corners []string
	for _, p := range criteria.Area {
		x, y := k.at(p)
		corners = append(corners, unit(x)+","+unit(y))
	}
	k.Area = strings.Join(corners, " ")
	if near := criteria.Near; near != nil {
		x, y := k.at(near.Point)
		edge := aroundPoint(near.Point, near.Miles)
		_, top := k.at(edge[1])
		k.Circle = &sketchCircle{unit(x), unit(y), unit(y - top)}
	}
}

// addMark marks one place.
func (k *sketch) addMark(p listings.Point) {
	x, y := k.at(p)
	k.Mark = &sketchPlace{unit(x), unit(y)}
}

// addTiles lays a tile server's pictures under the map, which is in this zoom level.
func (k *sketch) addTiles(tiles listings.Tiles, zoom int) {
	k.Lines, k.Neat, k.Degrees = nil, nil, nil
	across := 1 << zoom
	first := func(n float64) int { return int(math.Floor(n * float64(across))) }
	size := k.scale / float64(across)
	for y := first(k.top); y <= first(k.top+float64(k.Height)/k.scale); y++ {
		for x := first(k.left); x <= first(k.left+float64(k.Width)/k.scale); x++ {
			if y < 0 || y >= across {
				continue
			}
			left, top := float64(x)*size-k.left*k.scale, float64(y)*size-k.top*k.scale
			k.Tiles = append(k.Tiles, sketchTile{unit(left), unit(top), tiles.Tile(zoom, (x+across)%across, y)})
		}
	}
}
