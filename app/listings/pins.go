package listings

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// Pin is a home on a map.
type Pin struct {
	ID        ID // of the only home, or of one of them
	Lat, Lon  float64
	ListPrice int64 // cents, the lowest known; 0: unknown
	N         int   // more than one: so many homes near this place
}

// How many places Pins may be asked for; the coarsest grid has leastPins cells.
const (
	leastPins = 9
	mostPins  = 5000
)

// Pins are the places a search finds inside a box, at most limit (nine or more): where there are more, near ones are put together, the same
// ones wherever the box was moved. West may be above east: the box then holds the date line. Faults: Invalid (area, near, the box).
func Pins(ctx context.Context, db bun.IDB, q Query, southWest, northEast Point, limit int, now time.Time) ([]Pin, error) {
	q.Sort, q.After = "", ""
	if _, err := q.check(); err != nil {
		return nil, err
	}
	b, err := boxOf(southWest, northEast)
	if err != nil {
		return nil, err
	}
	g := newGrid(b, max(leastPins, min(limit, mostPins)))
	if err := q.sieve(ctx, db, now, &b, nil, g.add); err != nil {
		return nil, fmt.Errorf("listings: pins: %w", err)
	}
	return g.pins(), nil
}

// boxOf reads a map's box; one that is wider than the world is the world.
func boxOf(southWest, northEast Point) (box, error) {
	for _, degrees := range []float64{southWest.Lat, southWest.Lon, northEast.Lat, northEast.Lon} {
		if !(math.Abs(degrees) <= 1e6) {
			return box{}, fault.New(fault.Invalid, "This part of the map can’t be shown.")
		}
	}
	b := box{max(southWest.Lat, -90), southWest.Lon, min(northEast.Lat, 90), northEast.Lon}
	if b.east-b.west >= 360 {
		b.west, b.east = -180, 180
		return b, nil
	}
	b.west, b.east = turned(b.west), turned(b.east)
	return b, nil
}

// turned brings a longitude from a map that was moved round the world back to -180…180.
func turned(lon float64) float64 {
	if math.Abs(lon) <= 180 {
		return lon
	}
	return lon - 360*math.Floor((lon+180)/360)
}

// grid puts places together by cells of a fixed grid on earth.
type grid struct {
	limit     int
	high      float64 // of a cell, in degrees
	wide      float64
	cells     map[[2]int32]*cluster
	singles   []Pin // all of them while they are few enough
	overflown bool
}

// cluster sums up a cell.
type cluster struct {
	Pin
	lat, lon float64 // sums
}

// newGrid chooses the finest cells of which no more than limit cover the box. Halving sizes keep cells in place while a map is
// moved, and split them when it is enlarged.
func newGrid(b box, limit int) *grid {
	high, wide := max(b.north-b.south, 0), b.east-b.west
	if wide < 0 {
		wide += 360
	}
	g := &grid{limit: limit, cells: map[[2]int32]*cluster{}}
	for size := 360.0; size > 1e-5; size /= 2 {
		g.wide, g.high = size, size*0.75 // about square as maps of the United States are drawn
		if (wide/(size/2)+2)*(high/(size/2*0.75)+2) > float64(limit) {
			break
		}
	}
	return g
}

func (g *grid) add(row *sifted) {
	p := Pin{row.id, row.lat.Float64, row.lon.Float64, row.price.Int64, 1}
	if len(g.singles) < g.limit {
		g.singles = append(g.singles, p)
	} else {
		g.overflown = true
	}
	at := [2]int32{int32(math.Floor(p.Lat / g.high)), int32(math.Floor(p.Lon / g.wide))}
	c := g.cells[at]
	if c == nil {
		c = &cluster{Pin: p}
		c.N = 0
		g.cells[at] = c
	}
	c.N++
	c.lat, c.lon = c.lat+p.Lat, c.lon+p.Lon
	c.ID = min(c.ID, p.ID)
	if p.ListPrice > 0 && (c.ListPrice == 0 || p.ListPrice < c.ListPrice) {
		c.ListPrice = p.ListPrice
	}
}

// pins are the result, by id.
func (g *grid) pins() []Pin {
	all := g.singles
	if g.overflown {
		all = all[:0]
		for _, c := range g.cells {
			c.Lat, c.Lon = c.lat/float64(c.N), c.lon/float64(c.N)
			all = append(all, c.Pin)
		}
	}
	slices.SortFunc(all, func(a, b Pin) int { return int(a.ID - b.ID) })
	return all
}
