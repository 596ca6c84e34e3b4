package listings_test

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/db"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// openShared opens a file of the real data outside the project.
func openShared(t testing.TB, path ...string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join(append([]string{"..", "..", "..", "shared", "data"}, path...)...))
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("REQUIRE_SHARED_DATA") == "1" {
			t.Fatal(err)
		}
		t.Skip("the real data is not here:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// zipCities are the real towns of Washington's zip codes.
func zipCities(t testing.TB) map[string]string {
	t.Helper()
	towns := map[string]string{}
	lines := bufio.NewScanner(openShared(t, "geo", "geonames_US_postal.txt"))
	for lines.Scan() {
		if parts := strings.Split(lines.Text(), "\t"); len(parts) > 4 && parts[4] == "WA" {
			towns[parts[1]] = parts[2]
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return towns
}

// home is a listing with the text that a search looks into.
type home struct {
	listings.Listing
	Remarks string
	Opens   []listings.OpenHouse
}

// kingCounty are the real sales of King County; what the file lacks (status, dates, street, remarks, features) is drawn.
func kingCounty(t testing.TB, most int, random *rand.Rand) []home {
	t.Helper()
	towns := zipCities(t)
	rows, err := csv.NewReader(openShared(t, "listings", "kc_house_data.csv")).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows = rows[1:]
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	rows = rows[:min(most, len(rows))]
	homes := make([]home, len(rows))
	for i, row := range rows {
		number := func(column int) float64 {
			n, err := strconv.ParseFloat(row[column], 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		homes[i] = drawHome(random, i, towns[row[16]], row[16], number)
	}
	return homes
}

func drawHome(random *rand.Rand, i int, town, zip string, number func(int) float64) home {
	listed := now.Add(-time.Duration(random.IntN(3*365*24*60)) * time.Minute).Add(time.Duration(random.IntN(3)) * 250 * time.Millisecond)
	lat, lon := number(17), number(18)
	l := listings.Listing{
		FeedID: 1, ListingKey: fmt.Sprintf("KEY%09d", i), ListingId: fmt.Sprintf("NW-%d", 1700000+i), OriginatingSystemName: "NWMLS",
		StandardStatus: pick(random, listings.Active, listings.Active, listings.Active, listings.ComingSoon, listings.ActiveUnderContract, listings.Pending, listings.Closed, listings.Closed, listings.Withdrawn),
		PropertyType:   pick(random, "Residential", "Residential", "Residential", "Residential Income", "Land"), PropertySubType: "Single Family Residence",
		ListPrice: known(number(2) * 100), OriginalListPrice: known(number(2) * 100), TaxAnnualAmount: known(number(2)),
		ListingContractDate: listed.Format(time.DateOnly), OnMarketDate: listed.Format(time.DateOnly),
		UnparsedAddress: fmt.Sprintf("%d %s %s", 100+random.IntN(9900), pick(random, "Elm", "O'Brien", "Élan", "N. 45th", "Lake Union", "Maple-Leaf"), pick(random, "Street", "Ave", "Place NE")),
		City:            town, StateOrProvince: "WA", PostalCode: zip, CountyOrParish: "King", SubdivisionName: "Maple Leaf",
		Latitude: &lat, Longitude: &lon,
		BedroomsTotal: known(number(3)), BathroomsTotalInteger: known(number(4)), BathroomsFull: known(number(4)), BathroomQuarters: known(number(4) * 4),
		LivingArea: known(number(5)), LotSizeSquareFeet: known(number(6)), YearBuilt: known(number(14)),
		GarageYN: random.IntN(2) == 0, PoolPrivateYN: random.IntN(12) == 0, WaterfrontYN: number(8) == 1, NewConstructionYN: number(14) > 2012,
		ListOfficeKey: "OF100", ListOfficeName: "Cedar & Sound Realty", ListOfficePhone: "206-555-0100", ListAgentKey: "AG100", ListAgentFullName: "Dana Whitfield", AttributionContact: "206-555-0100",
		InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true, PhotosCount: 12,
		AddressKey: fmt.Sprintf("%d elm %s", i, zip), CityKey: listings.Fold(town), Shown: random.IntN(10) > 0,
		ListedAt: listed, ChangedAt: listed, CreatedAt: listed, ModificationTimestamp: listed,
	}
	l.SearchKey = listings.SearchKey(&l)
	if random.IntN(20) == 0 {
		l.GoneAt = now
	}
	h := home{Listing: l, Remarks: drawRemarks(random, 40)}
	if random.IntN(6) == 0 {
		from := now.Add(time.Duration(random.IntN(40*24)-20*24) * time.Hour)
		h.Opens = append(h.Opens, listings.OpenHouse{OpenHouseKey: "1", StartsAt: from, EndsAt: from.Add(2 * time.Hour), Canceled: random.IntN(5) == 0})
	}
	return h
}

// forget makes some of what is known of homes unknown.
func forget(homes []home, random *rand.Rand) {
	for i := range homes {
		l := &homes[i].Listing
		for _, number := range []**int64{&l.ListPrice, &l.BedroomsTotal, &l.BathroomQuarters, &l.LivingArea, &l.LotSizeSquareFeet, &l.YearBuilt} {
			if random.IntN(12) == 0 {
				*number = nil
			}
		}
		if random.IntN(12) == 0 {
			l.Latitude, l.Longitude = nil, nil
		}
	}
}

var remarkWords = strings.Fields("granite counters open plan view review sunny kitchen walk-in closet owner's suite café corner quiet street new roof fenced yard hardwood " +
	"floors vaulted ceilings gas fireplace mother-in-law apartment near park light rail remodeled bath large deck mature trees RV parking the a with and of to")

func drawRemarks(random *rand.Rand, words int) string {
	var b strings.Builder
	for range words {
		b.WriteString(remarkWords[random.IntN(len(remarkWords))])
		b.WriteString(pick(random, " ", " ", " ", ", ", ". "))
	}
	return b.String()
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

func known(n float64) *int64 {
	whole := int64(n)
	return &whole
}

// save writes homes as an import would have left them.
func save(t testing.TB, store *db.Store, homes []home) {
	t.Helper()
	type text struct {
		bun.BaseModel `bun:"table:listing_texts"`
		ListingID     listings.ID `bun:"listing_id"`
		PublicRemarks string      `bun:"public_remarks"`
		Details       string      `bun:"details"`
		Media         string      `bun:"media"`
	}
	err := store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		const some = 200
		for from := 0; from < len(homes); from += some {
			part := homes[from:min(from+some, len(homes))]
			rows := make([]listings.Listing, len(part))
			for i := range part {
				rows[i] = part[i].Listing
			}
			if _, err := db.NewInsert().Model(&rows).Exec(ctx); err != nil {
				return err
			}
			var texts []text
			var opens []listings.OpenHouse
			for i := range part {
				part[i].ID = rows[i].ID
				texts = append(texts, text{ListingID: rows[i].ID, PublicRemarks: part[i].Remarks, Details: "[]", Media: "[]"})
				for o := range part[i].Opens {
					part[i].Opens[o].ListingID = rows[i].ID
					opens = append(opens, part[i].Opens[o])
				}
			}
			if _, err := db.NewInsert().Model(&texts).Exec(ctx); err != nil {
				return err
			}
			if len(opens) > 0 {
				if _, err := db.NewInsert().Model(&opens).Exec(ctx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
