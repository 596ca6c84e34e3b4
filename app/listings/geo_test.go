package listings_test

import (
	"math"
	"math/rand/v2"
	"net/url"
	"slices"
	"testing"
	"time"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/db/dbtest"
)

func onCircle(turn, radius float64) (lat, lon float64) {
	return radius * math.Sin(2*math.Pi*turn), radius * math.Cos(2*math.Pi*turn)
}

func TestDistancesAreThoseOnEarth(t *testing.T) {
	// Great-circle distances between airports (Great Circle Mapper, on a sphere within 0.5 %).
	for _, c := range []struct {
		a, b  listings.Point
		miles float64
	}{
		{listings.Point{Lat: 47.449, Lon: -122.309}, listings.Point{Lat: 45.589, Lon: -122.597}, 129}, // Seattle, Portland
		{listings.Point{Lat: 41.357, Lon: -71.966}, listings.Point{Lat: 40.640, Lon: -73.779}, 107},   // Mystic, JFK
		{listings.Point{Lat: 0, Lon: 179.9}, listings.Point{Lat: 0, Lon: -179.9}, 13.82},              // over the date line
	} {
		if (listings.Circle{Point: c.a, Miles: c.miles * .99}).Holds(c.b) || !(listings.Circle{Point: c.a, Miles: c.miles * 1.01}).Holds(c.b) {
			t.Errorf("%v to %v is not about %v miles", c.a, c.b, c.miles)
		}
	}
}

func TestAreasThatShareALineShareNoHome(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		// A square cut by a line from side to side: every place of a grid, many on the line, lies in one part or the other.
		cut := float64(1 + random.IntN(7))
		west := []listings.Point{{Lat: 0, Lon: 0}, {Lat: 8, Lon: 0}, {Lat: 8, Lon: 8 - cut}, {Lat: 0, Lon: cut}}
		east := []listings.Point{{Lat: 0, Lon: cut}, {Lat: 8, Lon: 8 - cut}, {Lat: 8, Lon: 8}, {Lat: 0, Lon: 8}}
		for y := .5; y < 8; y++ {
			for x := .5; x < 8; x += .5 {
				p := listings.Point{Lat: y, Lon: x}
				if listings.Inside(west, p) == listings.Inside(east, p) {
					t.Fatalf("%v is in both or neither of %v and %v", p, west, east)
				}
			}
		}
	}
	bay := []listings.Point{{Lat: 0, Lon: 0}, {Lat: 0, Lon: 4}, {Lat: 4, Lon: 4}, {Lat: 1, Lon: 2}, {Lat: 4, Lon: 0}}
	if listings.Inside(bay, listings.Point{Lat: 3, Lon: 2}) || !listings.Inside(bay, listings.Point{Lat: .5, Lon: 2}) {
		t.Error("a bay belongs to the area, or the land before it does not")
	}
}

func TestAFreehandLineThatBacktracksIsTidied(t *testing.T) {
	c, err := listings.ReadCriteria(url.Values{"area": {"1,1 1,1 1,5 1,7 1,5 5,5 5,1 3,1 3,0.5 3,1 1,1"}})
	want := []listings.Point{{Lat: 1, Lon: 1}, {Lat: 1, Lon: 5}, {Lat: 5, Lon: 5}, {Lat: 5, Lon: 1}, {Lat: 3, Lon: 1}}
	if err != nil || !slices.Equal(c.Area, want) {
		t.Errorf("%v, %v", c.Area, err)
	}
}

func TestPins(t *testing.T) {
	random := rand.New(rand.NewPCG(4, 4))
	homes := kingCounty(t, 1500, random)
	forget(homes, random)
	store := dbtest.New(t)
	save(t, store, homes)
	southWest, northEast := listings.Point{Lat: 47.45, Lon: -122.4}, listings.Point{Lat: 47.7, Lon: -122.1}
	in := func(p listings.Point, sw, ne listings.Point) bool {
		return p.Lat >= sw.Lat && p.Lat <= ne.Lat && p.Lon >= sw.Lon && p.Lon <= ne.Lon
	}
	for i := range 30 {
		q := listings.Query{Criteria: drawCriteria(random, homes), Hidden: i%2 == 0}
		if i == 0 {
			q = listings.Query{Hidden: true}
		}
		want := map[listings.ID]home{}
		for _, id := range matching(q, homes) {
			h := homes[slices.IndexFunc(homes, func(h home) bool { return h.ID == id })]
			if h.Latitude != nil && in(listings.Point{Lat: *h.Latitude, Lon: *h.Longitude}, southWest, northEast) {
				want[id] = h
			}
		}
		pins, err := listings.Pins(t.Context(), store.Read, q, southWest, northEast, 2000, now)
		if err != nil || len(pins) != len(want) {
			t.Fatalf("%s: %d pins, want %d, %v", q.Words(), len(pins), len(want), err)
		}
		for _, p := range pins {
			h, ok := want[p.ID]
			if !ok || p.N != 1 || p.Lat != *h.Latitude || p.Lon != *h.Longitude || h.ListPrice != nil && p.ListPrice != *h.ListPrice || h.ListPrice == nil && p.ListPrice != 0 {
				t.Fatalf("%+v is not %+v", p, h.Listing)
			}
		}
		for _, limit := range []int{9, 50, 200} {
			pins, err := listings.Pins(t.Context(), store.Read, q, southWest, northEast, limit, now)
			n := 0
			for _, p := range pins {
				n += p.N
				if h, ok := want[p.ID]; !ok || !in(listings.Point{Lat: p.Lat, Lon: p.Lon}, southWest, northEast) || p.N == 1 && p.Lat != *h.Latitude {
					t.Fatalf("%+v", p)
				}
			}
			if err != nil || n != len(want) || len(pins) > limit || len(want) > 200 && len(pins) < limit/8 {
				t.Fatalf("%s: %d pins of at most %d for %d of %d homes, %v", q.Words(), len(pins), limit, n, len(want), err)
			}
		}
	}
	// A map that was moved a little keeps its clusters where they lie wholly inside.
	near, _ := listings.Pins(t.Context(), store.Read, listings.Query{Hidden: true}, southWest, northEast, 60, now)
	moved, _ := listings.Pins(t.Context(), store.Read, listings.Query{Hidden: true}, listings.Point{Lat: southWest.Lat + .01, Lon: southWest.Lon + .01}, listings.Point{Lat: northEast.Lat + .01, Lon: northEast.Lon + .01}, 60, now)
	same := 0
	for _, p := range near {
		if slices.Contains(moved, p) {
			same++
		}
	}
	if same < len(near)/3 {
		t.Errorf("%d of %d clusters stayed", same, len(near))
	}
}

func TestPinsKeepToTheirLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	homes := kingCounty(t, 4000, random)
	for i := range homes { // all over a square, so that no cell is empty
		lat, lon := 47+random.Float64(), -122+random.Float64()
		homes[i].Latitude, homes[i].Longitude = &lat, &lon
	}
	store := dbtest.New(t)
	save(t, store, homes)
	for range 60 {
		a := listings.Point{Lat: 47 + random.Float64()/2, Lon: -122 + random.Float64()/2}
		b := listings.Point{Lat: a.Lat + .1 + random.Float64()/2, Lon: a.Lon + .1 + random.Float64()/2}
		limit := 9 + random.IntN(150)
		pins, err := listings.Pins(t.Context(), store.Read, listings.Query{Hidden: true}, a, b, limit, now)
		if err != nil || len(pins) > limit || len(pins) < limit/8 {
			t.Errorf("%d pins of at most %d from %v to %v, %v", len(pins), limit, a, b, err)
		}
	}
}

func TestPinsOnAnyMap(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 5))
	homes := kingCounty(t, 3, random)
	for i, lon := range []float64{179.5, -179.5, 10} {
		homes[i].Longitude, homes[i].Shown, homes[i].StandardStatus = &lon, true, listings.Active
		homes[i].GoneAt = time.Time{}
	}
	store := dbtest.New(t)
	save(t, store, homes)
	for _, c := range []struct {
		west, east float64
		pins       int
	}{{170, -170, 2}, {170, 190, 2}, {-190, -170, 2}, {-180, 180, 3}, {-900, 900, 3}, {0, 20, 1}, {360, 380, 1}, {20, 170, 0}} {
		pins, err := listings.Pins(t.Context(), store.Read, listings.Query{}, listings.Point{Lat: -95, Lon: c.west}, listings.Point{Lat: 95, Lon: c.east}, 100, now)
		if err != nil || len(pins) != c.pins {
			t.Errorf("from %v to %v: %v, %v", c.west, c.east, pins, err)
		}
	}
	for _, p := range []listings.Point{{Lat: math.NaN()}, {Lon: math.Inf(1)}, {Lon: 1e308}} {
		if _, err := listings.Pins(t.Context(), store.Read, listings.Query{}, listings.Point{}, p, 100, now); fault.Of(err) != fault.Invalid {
			t.Errorf("%v: %v", p, err)
		}
		if _, err := listings.Towns(t.Context(), store.Read, listings.Point{}, p, 100); fault.Of(err) != fault.Invalid {
			t.Errorf("%v: %v", p, err)
		}
	}
}

func TestTownsAndCities(t *testing.T) {
	random := rand.New(rand.NewPCG(6, 6))
	homes := kingCounty(t, 1500, random)
	forget(homes, random)
	store := dbtest.New(t)
	save(t, store, homes)
	counts := map[string]int{}
	lat := map[string]float64{}
	here := map[string]int{}
	for _, h := range homes {
		if h.GoneAt.IsZero() {
			here[h.City]++
			if h.Latitude != nil {
				counts[h.City]++
				lat[h.City] += *h.Latitude
			}
		}
	}
	towns, err := listings.Towns(t.Context(), store.Read, listings.Point{Lat: -90, Lon: -180}, listings.Point{Lat: 90, Lon: 180}, 1000)
	if err != nil || len(towns) != len(counts) {
		t.Fatalf("%d towns, want %d, %v", len(towns), len(counts), err)
	}
	for i, town := range towns {
		if town.Homes != counts[town.Name] || math.Abs(town.Lat-lat[town.Name]/float64(town.Homes)) > 1e-9 || i > 0 && town.Homes > towns[i-1].Homes {
			t.Errorf("%+v", town)
		}
	}
	few, err := listings.Towns(t.Context(), store.Read, listings.Point{Lat: -90, Lon: -180}, listings.Point{Lat: 90, Lon: 180}, 3)
	if err != nil || !slices.Equal(few, towns[:3]) {
		t.Errorf("%v, %v", few, err)
	}
	for prefix, want := range map[string][]string{"SE": {"Seattle"}, "s": {"Seattle", "Sammamish"}, "bell": {"Bellevue"}, "nosuch": nil, "%": nil, "mercer isl": {"Mercer Island"}} {
		names, err := listings.Cities(t.Context(), store.Read, prefix, 2)
		if prefix == "%" {
			want = names[:min(2, len(names))] // folds to nothing: all
		}
		if err != nil || !slices.Equal(names, want) {
			t.Errorf("%q: %v, %v", prefix, names, err)
		}
	}
}
