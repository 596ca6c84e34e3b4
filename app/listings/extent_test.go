package listings_test

import (
	"fmt"
	"testing"

	"porchlight/app/listings"
)

func place(lat, lon float64) func(*listings.Record) {
	return func(r *listings.Record) { r.Latitude, r.Longitude = num(lat), num(lon) }
}

func TestExtent(t *testing.T) {
	d := open(t)
	extent := func(t *testing.T, q listings.Query) string {
		t.Helper()
		box, found, err := listings.Extent(t.Context(), d.store.Read, q, d.now)
		if err != nil {
			t.Fatal(err)
		}
		if !found {
			return "nothing"
		}
		return fmt.Sprint(box[0], " ", box[1])
	}
	if got := extent(t, listings.Query{}); got != "nothing" {
		t.Error(got)
	}
	d.apply(elm("1", place(41.3, -72)), elm("2", place(41.4, -71.9)), elm("3", place(41.35, -72.2), asking(900_000)), elm("4", func(r *listings.Record) { r.Latitude, r.Longitude = nil, nil }))
	for name, c := range map[string]struct {
		query listings.Query
		want  string
	}{
		"holds all that is found":       {listings.Query{}, "41.3,-72.2 41.4,-71.9"},
		"obeys the criteria":            {listings.Query{Criteria: listings.Criteria{PriceMax: 500_000_00}}, "41.3,-72 41.4,-71.9"},
		"obeys words, which SQL cannot": {listings.Query{Criteria: listings.Criteria{WordsAll: []string{"porch"}, PriceMin: 500_000_00}}, "41.35,-72.2 41.35,-72.2"},
		"is nothing where nothing is":   {listings.Query{Criteria: listings.Criteria{WordsAll: []string{"moat"}}}, "nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := extent(t, c.query); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
	t.Run("leaves out one that lies far from all others", func(t *testing.T) {
		d.apply(elm("5", place(41.3, 72)))
		for _, words := range [][]string{nil, {"light"}} {
			if got := extent(t, listings.Query{Criteria: listings.Criteria{WordsAll: words}}); got != "41.3,-72.2 41.4,-71.9" {
				t.Error(got)
			}
		}
	})
	t.Run("holds all where half of them are elsewhere", func(t *testing.T) {
		d.apply(elm("6", place(34, -118)), elm("7", place(34.1, -118)))
		if got := extent(t, listings.Query{}); got != "34,-118 41.4,72" {
			t.Error(got)
		}
	})
}
