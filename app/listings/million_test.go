package listings_test

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"porchlight/db"
)

// million is how many listings the benchmarks ask of.
const million = 1_000_000

// fill writes so many homes, drawn from the real ones of King County, moved a little.
func fill(t testing.TB, store *db.Store, n int) {
	t.Helper()
	random := rand.New(rand.NewPCG(9, 10))
	real := kingCounty(t, n, random)
	for done := 0; done < n; {
		part := make([]home, min(20_000, n-done))
		for i := range part {
			h := real[random.IntN(len(real))]
			lat, lon := *h.Latitude+random.NormFloat64()/200, *h.Longitude+random.NormFloat64()/200
			l := drawHome(random, done+i, h.City, h.PostalCode, func(int) float64 { return 0 }).Listing
			l.ListPrice, l.OriginalListPrice, l.TaxAnnualAmount = known(float64(*h.ListPrice/100*int64(90+random.IntN(20)))), h.OriginalListPrice, h.TaxAnnualAmount
			l.BedroomsTotal, l.BathroomsTotalInteger, l.BathroomsFull, l.BathroomQuarters = h.BedroomsTotal, h.BathroomsTotalInteger, h.BathroomsFull, h.BathroomQuarters
			l.LivingArea, l.LotSizeSquareFeet, l.YearBuilt, l.WaterfrontYN, l.NewConstructionYN = h.LivingArea, h.LotSizeSquareFeet, h.YearBuilt, h.WaterfrontYN, h.NewConstructionYN
			l.Latitude, l.Longitude = &lat, &lon
			part[i] = home{Listing: l, Remarks: drawLongRemarks(random)}
		}
		save(t, store, part)
		err := store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
			_, err := db.NewRaw("INSERT INTO listing_events (listing_id, kind, at, new_price, old_status, new_status, open_house_id) "+
				"SELECT id, 'New Listing', listed_at, list_price, '', standard_status, 0 FROM listings WHERE id BETWEEN ? AND ?", part[0].ID, part[len(part)-1].ID).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		done += len(part)
	}
}

// commonWords are in most remarks, the first in nearly all.
var commonWords = strings.Fields("the a and with of to in home new room granite open kitchen view floor owner's plan bath large near park light walk-in closet yard street quiet corner deck mature trees")

// drawLongRemarks are 600 characters in which few words are common and most are rare, as in any language.
func drawLongRemarks(random *rand.Rand) string {
	var b strings.Builder
	for b.Len() < 600 {
		if n := int(math.Pow(3000, random.Float64())); n <= len(commonWords) {
			b.WriteString(commonWords[n-1])
		} else {
			b.WriteString("word")
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteString(pick(random, " ", " ", " ", " ", ", ", ". "))
	}
	return b.String()[:600]
}
