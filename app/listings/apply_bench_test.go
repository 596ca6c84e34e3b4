package listings_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/db/dbtest"
)

// realSales reads the 21,613 sales of King County as records, each with a key of its own.
func realSales(t testing.TB) []listings.Record {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "listings", "kc_house_data.csv"))
	if err != nil {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there")
		}
		t.Skip("no shared data beside the project")
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	var records []listings.Record
	for _, row := range rows[1:] {
		number := func(name string) float64 {
			n, err := strconv.ParseFloat(row[column[name]], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		whole := func(name string) *int64 { return num(int64(number(name))) }
		sold := row[column["date"]]
		sold = sold[:4] + "-" + sold[4:6] + "-" + sold[6:8]
		r := listings.Record{Listing: listings.Listing{
			ListingKey: row[column["id"]] + "/" + sold, ListingId: row[column["id"]], StandardStatus: listings.Closed, PropertyType: "Residential",
			ListPrice: num(int64(number("price")) * 100), ClosePrice: num(int64(number("price")) * 100), CloseDate: sold, OnMarketDate: sold,
			City: "Seattle", StateOrProvince: "WA", PostalCode: row[column["zipcode"]], Latitude: num(number("lat")), Longitude: num(number("long")),
			BedroomsTotal: whole("bedrooms"), BathroomQuarters: num(int64(number("bathrooms") * 4)), LivingArea: whole("sqft_living"),
			LotSizeSquareFeet: whole("sqft_lot"), YearBuilt: whole("yr_built"), Stories: num(number("floors")), WaterfrontYN: number("waterfront") == 1,
			InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true,
		}}
		records = append(records, r)
	}
	return records
}

func TestKingCountyComesInWhole(t *testing.T) {
	records := realSales(t)
	d := open(t)
	d.wantDone(d.apply(records...), listings.Applied{Seen: 21_613, Added: 21_613})
	var n, sum int64
	if err := d.store.Read.NewRaw("SELECT count(*), sum(list_price) FROM listings WHERE shown").Scan(t.Context(), &n, &sum); err != nil {
		t.Fatal(err)
	}
	if n != 21_613 || sum != 11_672_925_008_00 {
		t.Errorf("%d homes for %d cents", n, sum)
	}
	d.wantDone(d.apply(records...), listings.Applied{Seen: 21_613})
}

// BenchmarkApply brings King County in, and the same rows by bare prepared statements, one after the other: ratio is how
// much the former costs of the latter. Its rows are those Apply wrote, read back, so columns and texts are the same.
func BenchmarkApply(b *testing.B) {
	records := realSales(b)
	for i := range records {
		records[i].StandardStatus = listings.Active
		records[i].PublicRemarks = fmt.Sprintf("Home %d. ", i) + strings.Repeat("Sunny rooms, oak floors and a porch with a view of the sound. ", 9)
	}
	var applied, bare time.Duration
	for b.Loop() {
		d := open(b)
		begun := time.Now()
		d.apply(records...)
		applied += time.Since(begun)
		bare += bareInserts(b, d)
	}
	b.ReportMetric(float64(applied)/float64(bare), "ratio")
	b.ReportMetric(float64(applied.Nanoseconds())/float64(b.N*len(records)), "ns/home")
}

// bareInserts writes the rows of another database into a new one and returns how long that took.
func bareInserts(b *testing.B, from *desk) time.Duration {
	b.Helper()
	tables := map[string][][]any{}
	names := map[string][]string{}
	order := []string{"listings", "listing_texts", "listing_events"}
	for _, table := range order {
		rows, err := from.store.Read.QueryContext(b.Context(), "SELECT * FROM "+table+" ORDER BY 1")
		if err != nil {
			b.Fatal(err)
		}
		names[table], err = rows.Columns()
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			row := make([]any, len(names[table]))
			into := make([]any, len(row))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				b.Fatal(err)
			}
			tables[table] = append(tables[table], row)
		}
		if err := rows.Err(); err != nil {
			b.Fatal(err)
		}
	}
	store := dbtest.New(b)
	begun := time.Now()
	err := store.Write.RunInTx(b.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		for _, table := range order {
			if len(tables[table]) == 0 {
				continue
			}
			places := make([]string, len(names[table]))
			for i := range places {
				places[i] = "?"
				if store.Kind() == "PostgreSQL" {
					places[i] = "$" + strconv.Itoa(i+1)
				}
			}
			stmt, err := db.PrepareContext(ctx, "INSERT INTO "+table+" ("+strings.Join(names[table], ", ")+") VALUES ("+strings.Join(places, ", ")+")")
			if err != nil {
				return err
			}
			for _, row := range tables[table] {
				if _, err := stmt.ExecContext(ctx, row...); err != nil {
					return err
				}
			}
			if err := stmt.Close(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(begun)
}

// BenchmarkApplyChanges applies 1,000 changed records to a table of King County five times over.
func BenchmarkApplyChanges(b *testing.B) {
	records := realSales(b)
	d := open(b)
	for range 5 {
		d.apply(records...)
		d.from.Feed++
	}
	d.from.Feed--
	some := make([]listings.Record, 0, 1000)
	for i := 0; len(some) < cap(some); i += 21 {
		some = append(some, records[i])
	}
	for b.Loop() {
		b.StopTimer()
		for i := range some {
			some[i].ListPrice = num(*some[i].ListPrice + 1_000_00)
			some[i].YearBuilt = num(*some[i].YearBuilt ^ 1)
		}
		b.StartTimer()
		if done := d.apply(some...); done.Changed != len(some) {
			b.Fatalf("%+v", done)
		}
	}
}
