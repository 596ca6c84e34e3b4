package feed_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/db"
	"porchlight/db/dbtest"
)

var now = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)

// shared is a file of the shared data; the test is skipped where there is none.
func shared(t testing.TB, path string) *os.File {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", path))
	if err != nil {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there: ", err)
		}
		t.Skip("no shared data beside the project")
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// bring imports a file and fails the test if it can't.
func bring(t testing.TB, store *db.Store, file *os.File, status listings.Status) feed.Brought {
	t.Helper()
	done, err := feed.Import(t.Context(), store.Write, file, filepath.Base(file.Name()), nil, status, func(int) {}, now)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// ask reads one row of numbers.
func ask(t testing.TB, store *db.Store, sql string, args ...any) string {
	t.Helper()
	rows, err := store.Read.QueryContext(t.Context(), sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for rows.Next() {
		cells, to := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			to[i] = &cells[i]
		}
		if err := rows.Scan(to...); err != nil {
			t.Fatal(err)
		}
		for i, cell := range cells {
			if text, ok := cell.([]byte); ok {
				cells[i] = string(text)
			}
		}
		all = append(all, strings.TrimSuffix(fmt.Sprintln(cells...), "\n"))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "; ")
}

func TestRealFilesComeInToTheirSums(t *testing.T) {
	for _, one := range []struct {
		file         string
		rows, priced int
		sum          string // in dollars
		status       string
		told         []string // among the problems
	}{
		{"kc_house_data.csv", 21613, 21613, "11672925008", "Active", []string{"33 bedrooms in 1620 square feet look like a slip", "No bedroom: a studio"}},
		{"milwaukee/2010-property-sales-data.csv", 1922, 1921, "323032040", "Closed", []string{"Only the month is named"}},
		{"milwaukee/2018-property-sales-data.csv", 5515, 5515, "1204832869", "Closed", []string{"Only the month is named"}},
		{"milwaukee/2019-property-sales-data.csv", 6210, 6194, "1671526275", "Closed", []string{"A price of 0 is taken for unknown", "to the letter; it is kept as a home of its own"}},
		{"milwaukee/armslengthsales_2020_valid.csv", 6354, 6354, "1321183657", "Closed", nil},
		{"milwaukee/armslengthsales_2021_valid.csv", 6508, 6508, "1570306090", "Closed", nil},
		{"sacramento_modeldata_932.csv", 932, 932, "229888596", "Active", nil},
	} {
		t.Run(filepath.Base(one.file), func(t *testing.T) {
			t.Parallel()
			file := shared(t, "listings/"+one.file)
			store := dbtest.New(t)
			done := bring(t, store, file, "")
			if done.Seen != one.rows || done.Added != one.rows || done.Refused != 0 || done.Held != 0 || done.State != "done" {
				t.Errorf("%+v", done.Run)
			}
			got := ask(t, store, "SELECT count(*), count(list_price), CAST(sum(list_price) / 100 AS BIGINT) FROM listings WHERE standard_status = ? AND gone_at IS NULL", one.status)
			if want := fmt.Sprint(one.rows, " ", one.priced, " ", one.sum); got != want {
				t.Errorf("%s, want %s", got, want)
			}
			for _, say := range one.told {
				if !strings.Contains(done.Problems, say) {
					t.Errorf("nobody is told: %s", say)
				}
			}
			if again := bring(t, store, file, ""); again.Added != 0 || again.Changed != 0 || again.Seen != one.rows {
				t.Errorf("again: %+v", again.Run)
			}
		})
	}
}

// BenchmarkReading is what reading and understanding a home costs beside splitting its row into cells.
func BenchmarkReading(b *testing.B) {
	file := shared(b, "listings/kc_house_data.csv")
	for b.Loop() {
		start := time.Now()
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			b.Fatal(err)
		}
		rows := csv.NewReader(file)
		for {
			if _, err := rows.Read(); err != nil {
				break
			}
		}
		bare := time.Since(start)
		start = time.Now()
		if _, err := feed.Inspect(b.Context(), file, "kc", nil, ""); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(time.Since(start).Seconds()/bare.Seconds(), "ratio")
		b.ReportMetric(time.Since(start).Seconds(), "s/file")
	}
}
