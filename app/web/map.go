package web

import (
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/listings"
)

func (s *Server) mapRoutes() []route {
	return []route{
		{"GET", "/listings/pins", agent, s.pinIndex},
		{"GET", "/listings/near", agent, s.nearShow},
		{"GET", "/listings/:id<int>/card", agent, s.pinShow},
		{"GET", "/settings/map", broker, s.tilesShow},
		{"POST", "/settings/map", broker, s.tilesUpdate},
	}
}

// mapView is the map of a search, for the fragment listings/map. It has a form of its own, so it stands outside of any
// other. A drawn area goes into the search form's hidden fields area and near.
type mapView struct {
	Pins     string // where the pins of a box are asked for, with the criteria
	Bounds   string // south,west,north,east of what is found; empty: nothing is
	Area     string // as ReadCriteria takes it
	Near     string
	Template string // of the tile server; empty: the map is drawn
	Credit   string
	Sketch   sketch // the map as it stands without JavaScript, and until it has come
	Towns    []mapTown
	Miles    []mapMiles
	Kept     []hiddenInput // the criteria but the place, for the form
}

// mapTown is a place to search near.
type mapTown struct {
	Name, At string
	Chosen   bool
}

// mapMiles is a distance on offer.
type mapMiles struct {
	N      string
	Chosen bool
}

const (
	pinsShown = 150 // beyond these, near ones are put together
	townsOnIt = 40  // in the select and at most on one view of the map
)

// world is every place a map shows.
var world = [2]listings.Point{{Lat: -85, Lon: -180}, {Lat: 85, Lon: 180}}

// mapView draws what a search finds, wherever it is, and lets the page show the tile server's pictures.
func (s *Server) mapView(c *fiber.Ctx, q listingQuery) (mapView, error) {
	ctx, now := c.UserContext(), s.Clock()
	tiles, err := s.allowTiles(c)
	if err != nil {
		return mapView{}, err
	}
	asked := q.query()
	asked.After, asked.Limit = "", 0
	values := q.first().values()
	values.Del("view")
	values.Del("sort")
	v := mapView{Area: values.Get("area"), Near: values.Get("near"), Template: tiles.Template, Credit: tiles.Credit, Pins: "/listings/pins?" + values.Encode()}
	box, found, err := listings.Extent(ctx, s.Store.Read, asked, now)
	if err != nil {
		return mapView{}, err
	}
	if found {
		v.Bounds = places(box[:])
	}
	if place := placeBox(q.criteria); place != nil {
		box, found = *place, true
	}
	towns, err := s.towns.in(ctx, s.Store.Read, world[0], world[1], townsOnIt)
	if err != nil {
		return mapView{}, err
	}
	if !found && len(towns) > 0 {
		box = around(towns)
	}
	v.Sketch = newSketch(box, 720, 540)
	pins, err := listings.Pins(ctx, s.Store.Read, asked, v.Sketch.southWest, v.Sketch.northEast, pinsShown, now)
	if err != nil {
		return mapView{}, err
	}
	v.Sketch.addPins(pins, q)
	v.Sketch.addPlace(q.criteria)
	nearby, err := s.towns.in(ctx, s.Store.Read, v.Sketch.southWest, v.Sketch.northEast, townsOnIt)
	if err != nil {
		return mapView{}, err
	}
	v.Sketch.addTowns(nearby)
	v.form(q, towns)
	return v, nil
}

// form is the way to search near a town.
func (v *mapView) form(q listingQuery, towns []listings.Town) {
	for _, t := range towns {
		v.Towns = append(v.Towns, mapTown{Name: t.Name, At: places([]listings.Point{{Lat: t.Lat, Lon: t.Lon}})})
	}
	slices.SortFunc(v.Towns, func(a, b mapTown) int { return strings.Compare(a.Name, b.Name) })
	distances, miles := []float64{1, 2, 5, 10, 20, 50}, 5.0
	if near := q.criteria.Near; near != nil {
		miles = near.Miles
		at := places([]listings.Point{near.Point})
		i := slices.IndexFunc(v.Towns, func(t mapTown) bool { return t.At == at })
		if i < 0 {
			v.Towns, i = slices.Insert(v.Towns, 0, mapTown{Name: "the circle’s middle", At: at}), 0
		}
		v.Towns[i].Chosen = true
		if !slices.Contains(distances, miles) {
			distances = append(distances, miles)
			slices.Sort(distances)
		}
	}
	for _, n := range distances {
		v.Miles = append(v.Miles, mapMiles{plainNumber(n), n == miles})
	}
	anywhere := q.first()
	anywhere.criteria.Area, anywhere.criteria.Near = nil, nil
	values := anywhere.values()
	values.Del("area")
	values.Del("near")
	for name, some := range values {
		for _, value := range some {
			v.Kept = append(v.Kept, hiddenInput{name, value})
		}
	}
	slices.SortFunc(v.Kept, func(a, b hiddenInput) int { return strings.Compare(a.Name+a.Value, b.Name+b.Value) })
}

// allowTiles returns the tile server and lets this answer's page show its pictures. A page that htmx may later give a map
// calls it, too: the policy of a page is that of its first answer.
func (s *Server) allowTiles(c *fiber.Ctx) (listings.Tiles, error) {
	tiles, err := listings.LoadTiles(c.UserContext(), s.Store.Read)
	if err == nil {
		allowImages(c, tiles.Host())
	}
	return tiles, err
}

// places are points as ReadCriteria takes them, parted by spaces; a box is its south-west and north-east.
func places(points []listings.Point) string {
	var all []string
	for _, p := range points {
		all = append(all, strconv.FormatFloat(p.Lat, 'f', 5, 64)+","+strconv.FormatFloat(p.Lon, 'f', 5, 64))
	}
	return strings.Join(all, " ")
}

// placeBox is the box about the place a search names, nil where it names none.
func placeBox(criteria listings.Criteria) *[2]listings.Point {
	switch {
	case len(criteria.Area) > 2:
		box := [2]listings.Point{criteria.Area[0], criteria.Area[0]}
		for _, p := range criteria.Area {
			box[0].Lat, box[0].Lon = min(box[0].Lat, p.Lat), min(box[0].Lon, p.Lon)
			box[1].Lat, box[1].Lon = max(box[1].Lat, p.Lat), max(box[1].Lon, p.Lon)
		}
		return &box
	case criteria.Near != nil:
		box := aroundPoint(criteria.Near.Point, criteria.Near.Miles)
		return &box
	}
	return nil
}

// milesPerDegree of latitude.
const milesPerDegree = 69.055

// aroundPoint is the box so many miles about a place.
func aroundPoint(p listings.Point, miles float64) [2]listings.Point {
	up := miles / milesPerDegree
	side := up / max(.01, math.Cos(p.Lat*math.Pi/180))
	return [2]listings.Point{{Lat: max(-85, p.Lat-up), Lon: max(-180, p.Lon-side)}, {Lat: min(85, p.Lat+up), Lon: min(180, p.Lon+side)}}
}

// around is the box about the largest towns.
func around(towns []listings.Town) [2]listings.Point {
	first := listings.Point{Lat: towns[0].Lat, Lon: towns[0].Lon}
	return aroundPoint(first, 15)
}

// nearShow takes a town and a distance to the search for them: two fields of a form become one criterion.
func (s *Server) nearShow(c *fiber.Ctx) error {
	values := queryValues(c)
	place, miles := values.Get("place"), values.Get("miles")
	for _, name := range []string{"place", "miles", "area", "near", "after", "back", "page"} {
		values.Del(name)
	}
	if place != "" && miles != "" {
		values.Set("near", place+","+miles)
	}
	q := readListingQuery(values)
	return c.Redirect(q.url(), http.StatusSeeOther)
}

// placeMap is the map of one home, for the fragment listings/map_place; nothing is drawn where it is not Shown.
type placeMap struct {
	Shown  bool
	Words  string // for who can't see it
	Sketch sketch
	Credit string
}

// placeMap draws where a home is. Nothing shows where the seller withholds the address or the feed does not know it.
func (s *Server) placeMap(c *fiber.Ctx, home listings.Home) (placeMap, error) {
	if home.Latitude == nil || home.Longitude == nil || !home.InternetAddressDisplayYN || !home.GoneAt.IsZero() {
		return placeMap{}, nil
	}
	tiles, err := s.allowTiles(c)
	if err != nil {
		return placeMap{}, err
	}
	at := listings.Point{Lat: *home.Latitude, Lon: *home.Longitude}
	v := placeMap{Shown: true, Words: fmt.Sprintf("Map of %s", home.City), Credit: tiles.Credit}
	if tiles.Template != "" {
		v.Sketch = newSketchAt(at, 14, 480, 300)
		v.Sketch.addTiles(tiles, 14)
	} else {
		v.Sketch = newSketch(aroundPoint(at, 3), 480, 300)
		towns, err := s.towns.in(c.UserContext(), s.Store.Read, v.Sketch.southWest, v.Sketch.northEast, 8)
		if err != nil {
			return placeMap{}, err
		}
		v.Sketch.addTowns(towns)
	}
	v.Sketch.addMark(at)
	return v, nil
}
