package autoemail_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

// TestPlacesNearALineAreOnItsRightSide puts homes close inside and outside of circles and areas, from the tropics to the
// Arctic, where looking quickly does not do.
func TestPlacesNearALineAreOnItsRightSide(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 7))
	inside, outside := 0, 0
	for _, center := range []listings.Point{{Lat: 21.3, Lon: -157.8}, {Lat: 41.35, Lon: -71.97}, {Lat: 64.8, Lon: -147.7}, {Lat: 69.9, Lon: 20}, {Lat: 71.3, Lon: -156.8}, {Lat: -36.8, Lon: 174.8}, {Lat: -16.5, Lon: 179.95}, {Lat: 0, Lon: 0}} {
		index, all := autoemail.NewIndex(), map[autoemail.ID]saved{}
		var homes []listings.Facts
		for id := range autoemail.ID(120) {
			at := listings.Point{Lat: center.Lat + random.Float64()/10, Lon: center.Lon + random.Float64()/10}
			miles := pick(random, .05, .5, 1, 3, 8, 14.9, 15, 25)
			var c listings.Criteria
			if id%4 > 0 {
				c.Near = &listings.Circle{Point: at, Miles: miles}
			}
			for corner := range 7 {
				toward, far := float64(corner)*math.Pi*2/7, miles/69*(.3+random.Float64())
				p := listings.Point{Lat: at.Lat + far*math.Sin(toward), Lon: at.Lon + far*math.Cos(toward)/math.Cos(at.Lat*math.Pi/180)}
				if id%4 == 0 && p.Lon < 180 {
					c.Area = append(c.Area, p)
				}
			}
			index.Put(id, 1, c, listings.EventKinds)
			all[id] = saved{c, listings.EventKinds}
			for range 6 {
				toward, far := random.Float64()*math.Pi*2, miles/69.0934*(1+pick(random, .05, .02, .005, .0001)*(random.Float64()-.5)*2)
				lat := at.Lat + far*math.Sin(toward)
				lon := at.Lon + far*math.Cos(toward)/math.Cos((at.Lat+lat)/2*math.Pi/180)
				if lon > 180 {
					lon -= 360
				}
				homes = append(homes, listings.Facts{Listing: &listings.Listing{Shown: true, StandardStatus: listings.Active, Latitude: &lat, Longitude: &lon}})
			}
		}
		for _, f := range homes {
			got, want := slices.Sorted(slices.Values(index.Match(f, listings.EventNew, nil))), pairs(all, f, listings.EventNew)
			if !slices.Equal(got, want) {
				t.Fatalf("%v, %v: the index finds %v, the rule %v", *f.Latitude, *f.Longitude, got, want)
			}
			inside, outside = inside+len(want), outside+len(all)-len(want)
		}
	}
	if inside < 1000 || outside < 1000 {
		t.Errorf("%d inside, %d outside: this proves little", inside, outside)
	}
}
