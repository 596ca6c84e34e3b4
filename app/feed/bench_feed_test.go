package feed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/feed"
	"porchlight/app/feed/feedtest"
)

// BenchmarkIncrement brings in 1,000 homes whose prices and remarks changed, of 5,000: asking, decoding, converting, applying. The
// ratio is to what none can do without: fetching the same bytes, decoding them, and one prepared statement per home.
func BenchmarkIncrement(b *testing.B) {
	const all, some = 5000, 1000
	r := start(b, all, func(s *feedtest.Server, f *feed.Settings) {
		f.PageSize = some
		s.Missing = map[string]bool{"Member": true, "Office": true, "OpenHouse": true, "Media": true}
		s.Most = some
	})
	r.walk(b)
	bare, walk := time.Duration(0), time.Duration(0)
	n := 0
	for b.Loop() {
		b.StopTimer()
		r.later(time.Hour)
		for i := range some {
			n++
			r.Change("Property", feedtest.Key(i*5), feedtest.Record{"ListPrice": 300_000 + n%5000, "PublicRemarks": fmt.Sprint("Now with a view, ", n), "ModificationTimestamp": feedtest.Stamp(r.now)})
		}
		began := time.Now()
		bareIncrement(b, r)
		bare += time.Since(began)
		b.StartTimer()
		began = time.Now()
		if run := r.walk(b); run.Changed < some && run.Kind == "changes" {
			b.Fatalf("%+v", run)
		}
		walk += time.Since(began)
	}
	b.ReportMetric(walk.Seconds()/float64(b.N), "s/1000homes")
	b.ReportMetric(float64(walk)/float64(bare), "ratio")
}

func bareIncrement(b *testing.B, r *rig) {
	response, err := http.Get(r.Root() + "/Property?$top=1000&$filter=ModificationTimestamp%20ge%20" + feedtest.Stamp(r.now))
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	var page struct{ Value []map[string]any }
	if err := json.Unmarshal(body, &page); err != nil || len(page.Value) != 1000 {
		b.Fatal(len(page.Value), err)
	}
	err = r.store.Write.RunInTx(b.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		statement, err := db.PrepareContext(ctx, "UPDATE listings SET photos_count = photos_count WHERE feed_id = ? AND listing_key = ?")
		if err != nil {
			return err
		}
		defer statement.Close()
		for _, home := range page.Value {
			if _, err := statement.ExecContext(ctx, r.id, home["ListingKey"]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
