package listings_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/listings"
	"porchlight/db"
)

// shownHomes is what each hand-written search has in common.
const shownHomes = " FROM listings AS h WHERE h.gone_at IS NULL AND h.shown AND h.standard_status IN ('Active', 'Coming Soon')"

// searches are typical questions with the best SQL by hand: what FROM and WHERE are for the count and the page.
var searches = []struct {
	name string
	q    listings.Query
	hand string
}{
	{"zip and price", listings.Query{Criteria: listings.Criteria{PostalCodes: []string{"98103", "98115"}, PriceMin: 400_000_00, PriceMax: 600_000_00}},
		shownHomes + " AND h.postal_code IN ('98103', '98115') AND h.list_price BETWEEN 40000000 AND 60000000"},
	{"city, beds and price", listings.Query{Criteria: listings.Criteria{Cities: []string{"Kent"}, BedsMin: 3, PriceMin: 300_000_00, PriceMax: 600_000_00}},
		shownHomes + " AND h.city_key = 'kent' AND h.bedrooms_total >= 3 AND h.list_price BETWEEN 30000000 AND 60000000"},
	{"price", listings.Query{Criteria: listings.Criteria{PriceMin: 400_000_00, PriceMax: 600_000_00}},
		shownHomes + " AND h.list_price BETWEEN 40000000 AND 60000000"},
	{"statuses and features", listings.Query{Criteria: listings.Criteria{Statuses: listings.Statuses, Features: []string{"garage", "pool"}}},
		" FROM listings AS h WHERE h.gone_at IS NULL AND h.shown AND h.standard_status IN ('Active', 'Coming Soon', 'Active Under Contract', 'Pending', 'Closed') AND h.garage_yn AND h.pool_private_yn"},
	{"everything", listings.Query{}, shownHomes},
	{"polygon", listings.Query{Criteria: listings.Criteria{Area: greenLake}},
		shownHomes + " AND h.latitude BETWEEN 47.6 AND 47.66 AND h.longitude BETWEEN -122.36 AND -122.28 AND (" + crossings(greenLake) + ") % 2 = 1"},
	{"one line", listings.Query{Text: "elm"}, shownHomes + " AND h.search_key LIKE '% elm%'"},
	{"keyword", listings.Query{Criteria: listings.Criteria{WordsAll: []string{"word2888"}}},
		strings.Replace(shownHomes, "listings AS h", "listing_texts AS t CROSS JOIN listings AS h", 1) + " AND h.id = t.listing_id AND t.public_remarks LIKE '%word2888%'"},
}

var greenLake = []listings.Point{{Lat: 47.6, Lon: -122.35}, {Lat: 47.65, Lon: -122.36}, {Lat: 47.66, Lon: -122.33}, {Lat: 47.65, Lon: -122.3}, {Lat: 47.62, Lon: -122.28}, {Lat: 47.6, Lon: -122.29}}

// crossings counts in SQL how often a line eastward from the home crosses the outline.
func crossings(area []listings.Point) string {
	sum := make([]string, len(area))
	number := func(n float64) string {
		return listings.Point{Lat: n}.String()[:strings.Index(listings.Point{Lat: n}.String(), ",")]
	}
	for i, a := range area {
		b := area[(i+len(area)-1)%len(area)]
		sum[i] = strings.NewReplacer("aY", number(a.Lat), "aX", number(a.Lon), "bY", number(b.Lat), "bX", number(b.Lon)).Replace(
			"((aY > h.latitude) <> (bY > h.latitude) AND h.longitude < (bX - (aX)) * (h.latitude - aY) / (bY - aY) + (aX))")
	}
	return strings.Join(sum, " + ")
}

// openMillion opens a database of a million homes, each with remarks of 600 characters and an event.
func openMillion(b *testing.B) (store *db.Store, path string) {
	path = filepath.Join(b.TempDir(), "porchlight.db")
	store, err := db.OpenFile(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	if err := store.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	fill(b, store, million)
	return store, path
}

// BenchmarkSearch asks a million homes for a page of 25 and the exact count, in turns with the best SQL by hand on the same
// database. It makes the database first, which takes minutes.
func BenchmarkSearch(b *testing.B) {
	store, path := openMillion(b)
	for _, s := range searches {
		b.Run(strings.ReplaceAll(s.name, " ", "_"), func(b *testing.B) {
			var ours, byHand []time.Duration
			for range max(b.N, 5) {
				start := time.Now()
				page, err := listings.Search(b.Context(), store.Read, s.q, now)
				if err != nil {
					b.Fatal(err)
				}
				between := time.Now()
				total, rows := askByHand(b, store.Read.DB, s.hand)
				byHand = append(byHand, time.Since(between))
				ours = append(ours, between.Sub(start))
				if total != page.Total || rows != len(page.Homes) {
					b.Fatalf("found %d and %d, by hand %d and %d", page.Total, len(page.Homes), total, rows)
				}
			}
			slices.Sort(ours)
			slices.Sort(byHand)
			b.ReportMetric(float64(ours[len(ours)/2])/float64(byHand[len(byHand)/2]), "ratio")
			b.ReportMetric(float64(ours[len(ours)/2].Microseconds())/1000, "ms/search")
			b.ReportMetric(0, "ns/op")
		})
	}
	b.Run("disk", func(b *testing.B) {
		if _, err := store.Write.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
			b.Fatal(err)
		}
		file, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(file.Size())/million, "B/home")
		b.ReportMetric(0, "ns/op")
	})
}

// askByHand counts and reads a page of the newest.
func askByHand(b *testing.B, db *sql.DB, from string) (total, rows int) {
	b.Helper()
	if err := db.QueryRowContext(b.Context(), "SELECT count(*)"+from).Scan(&total); err != nil {
		b.Fatal(err)
	}
	page, err := db.QueryContext(b.Context(), "SELECT * FROM listings WHERE id IN (SELECT h.id"+from+" ORDER BY h.listed_at DESC, h.id DESC LIMIT 25) ORDER BY listed_at DESC, id DESC")
	if err != nil {
		b.Fatal(err)
	}
	defer page.Close()
	columns, err := page.Columns()
	if err != nil {
		b.Fatal(err)
	}
	row := make([]any, len(columns))
	for i := range row {
		row[i] = new(sql.RawBytes)
	}
	for page.Next() {
		if err := page.Scan(row...); err != nil {
			b.Fatal(err)
		}
		rows++
	}
	if err := page.Err(); err != nil {
		b.Fatal(err)
	}
	return total, rows
}
