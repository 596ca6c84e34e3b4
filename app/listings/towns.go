package listings

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// Town is a city with its middle, made from the homes in it: what the map shows without a tile server.
type Town struct {
	Name     string
	Lat, Lon float64
	Homes    int
}

// Towns are the cities within a box by number of homes. Faults: Invalid (the box).
func Towns(ctx context.Context, db bun.IDB, southWest, northEast Point, limit int) ([]Town, error) {
	b, err := boxOf(southWest, northEast)
	if err != nil {
		return nil, err
	}
	var towns []Town
	groups := b.where(db.NewSelect().Model((*Listing)(nil))).Where("h.gone_at IS NULL").Where("h.city_key <> ''").
		ColumnExpr("min(h.id) AS one, avg(h.latitude) AS lat, avg(h.longitude) AS lon, count(*) AS homes").GroupExpr("h.city_key || ''"). // so that no index without places is taken
		OrderExpr("count(*) DESC, min(h.id)").Limit(int64(limit))
	err = db.NewSelect().TableExpr("(?) AS g", groups).Join("JOIN listings AS h ON h.id = g.one").
		ColumnExpr("h.city AS name, g.lat, g.lon, g.homes").OrderExpr("g.homes DESC, g.one").Scan(ctx, &towns)
	if err != nil {
		return nil, fmt.Errorf("listings: towns: %w", err)
	}
	return towns, nil
}

// Cities are those with homes whose name begins with prefix, for the form's suggestions; by number of homes.
func Cities(ctx context.Context, db bun.IDB, prefix string, limit int) ([]string, error) {
	var names []string
	key := Fold(prefix)
	groups := db.NewSelect().Model((*Listing)(nil)).Where("h.gone_at IS NULL").Where("h.city_key <> ''").Where("h.city_key >= ?", key).Where("h.city_key < ?", key+"\U0010ffff").
		ColumnExpr("min(h.id) AS one, count(*) AS homes").Group("city_key").OrderExpr("count(*) DESC, min(h.id)").Limit(int64(limit))
	err := db.NewSelect().TableExpr("(?) AS g", groups).Join("JOIN listings AS h ON h.id = g.one").
		ColumnExpr("h.city").OrderExpr("g.homes DESC, g.one").Scan(ctx, &names)
	if err != nil {
		return nil, fmt.Errorf("listings: cities: %w", err)
	}
	return names, nil
}
