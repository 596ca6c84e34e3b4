package listings

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// farOff is how many degrees of extent make one ask whether a few homes lie far from all others.
const farOff = 4

// Extent is the box, south-west and north-east, of the places a search finds, for a map to open on; found is false where it
// finds none. Where they are spread over more than a few hundred miles it is the box about the middle ones: one home with its
// coordinates mistyped does not make a town's map one of the world. Faults: Invalid (area, near).
func Extent(ctx context.Context, db bun.IDB, q Query, now time.Time) (sides [2]Point, found bool, err error) {
	q.Sort, q.After = "", ""
	if _, err := q.check(); err != nil {
		return sides, false, err
	}
	all, n, err := q.extent(ctx, db, now, nil)
	if err == nil && n > 0 && max(all.north-all.south, all.east-all.west) > farOff {
		var pins []Pin
		if pins, err = Pins(ctx, db, q, Point{-90, -180}, Point{90, 180}, mostPins, now); err != nil {
			return sides, false, err
		}
		lat, lon := median(pins, func(p Pin) float64 { return p.Lat }), median(pins, func(p Pin) float64 { return p.Lon })
		near, most, wrong := q.extent(ctx, db, now, &box{lat - farOff/2, lon - farOff/2, lat + farOff/2, lon + farOff/2})
		if err = wrong; most*2 > n {
			all = near
		}
	}
	if err != nil || n == 0 {
		return sides, false, err
	}
	return [2]Point{{all.south, all.west}, {all.north, all.east}}, true, nil
}

// median is the middle one of the homes' values.
func median(pins []Pin, of func(Pin) float64) float64 {
	slices.SortFunc(pins, func(a, b Pin) int { return cmp.Compare(of(a), of(b)) })
	half := 0
	for _, p := range pins {
		half += p.N
	}
	half /= 2
	for _, p := range pins {
		if half -= p.N; half < 0 {
			return of(p)
		}
	}
	return 0
}

// extent is the box of the places within a box, and how many there are.
func (q *Query) extent(ctx context.Context, db bun.IDB, now time.Time, within *box) (box, int, error) {
	if q.sieved() {
		var points []Point
		err := q.sieve(ctx, db, now, within, nil, func(row *sifted) {
			if row.lat.Valid && row.lon.Valid {
				points = append(points, Point{row.lat.Float64, row.lon.Float64})
			}
		})
		if err != nil {
			return box{}, 0, fmt.Errorf("listings: extent: %w", err)
		}
		return around(points), len(points), nil
	}
	all := q.conditions(db.NewSelect().Model((*Listing)(nil)), now).Where("h.latitude IS NOT NULL").Where("h.longitude IS NOT NULL").
		ColumnExpr("min(h.latitude), min(h.longitude), max(h.latitude), max(h.longitude), count(*)")
	if within != nil {
		all = within.where(all)
	}
	var sides [4]sql.NullFloat64
	var n int
	if err := all.Scan(ctx, &sides[0], &sides[1], &sides[2], &sides[3], &n); err != nil {
		return box{}, 0, fmt.Errorf("listings: extent: %w", err)
	}
	return box{sides[0].Float64, sides[1].Float64, sides[2].Float64, sides[3].Float64}, n, nil
}
