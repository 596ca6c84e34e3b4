package listings_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/db"
	"porchlight/db/dbtest"
)

// noon is the tests' present.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func num[T any](n T) *T { return &n }

// dollars is a price.
func dollars(n int64) *int64 { return num(n * 100) }

// elm is a home as a feed tells it, with what the test is about put in by change.
func elm(key string, change ...func(*listings.Record)) listings.Record {
	r := listings.Record{
		Listing: listings.Listing{
			ListingKey: key, ListingId: "24-" + key, OriginatingSystemName: "SmartMLS",
			StandardStatus: listings.Active, MlsStatus: "Active", PropertyType: "Residential", PropertySubType: "Single Family Residence",
			ListPrice: dollars(449_000), OnMarketDate: "2026-11-20",
			UnparsedAddress: "12 Elm Street", City: "Mystic", StateOrProvince: "CT", PostalCode: "06355", Latitude: num(41.35), Longitude: num(-71.96),
			BedroomsTotal: num[int64](3), BathroomQuarters: num[int64](10), LivingArea: num[int64](1840), LotSizeSquareFeet: num[int64](17_424),
			ListOfficeKey: "o1", ListOfficeName: "Elm Realty", ListOfficePhone: "860-555-0100",
			InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true,
			ModificationTimestamp: noon.Add(-time.Hour),
		},
		PublicRemarks: "Light on the porch.",
		Details:       []listings.Detail{{Name: "Heating", Value: "Forced Air"}},
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

func asking(n int64) func(*listings.Record) {
	return func(r *listings.Record) { r.ListPrice = dollars(n) }
}

func in(status listings.Status) func(*listings.Record) {
	return func(r *listings.Record) { r.StandardStatus = status }
}

func modified(at time.Time) func(*listings.Record) {
	return func(r *listings.Record) { r.ModificationTimestamp = at }
}

// desk is a database with homes of one feed.
type desk struct {
	t     testing.TB
	store *db.Store
	from  listings.Source
	now   time.Time
}

func open(t testing.TB) *desk {
	return &desk{t: t, store: dbtest.New(t), from: listings.Source{Feed: 7}, now: noon}
}

// of is the same desk in a test within.
func (d *desk) of(t testing.TB) *desk {
	inner := *d
	inner.t = t
	return &inner
}

// apply brings records in a minute after the last.
func (d *desk) apply(records ...listings.Record) listings.Applied {
	d.t.Helper()
	d.now = d.now.Add(time.Minute)
	var done listings.Applied
	err := d.store.Write.RunInTx(d.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		var err error
		done, err = listings.Apply(ctx, db, d.from, records, d.now)
		return err
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return done
}

// home finds a home by its key.
func (d *desk) home(key string) listings.Home {
	d.t.Helper()
	var id listings.ID
	if err := d.store.Read.NewRaw("SELECT id FROM listings WHERE feed_id = ? AND listing_key = ?", d.from.Feed, key).Scan(d.t.Context(), &id); err != nil {
		d.t.Fatal(err)
	}
	home, err := listings.Find(d.t.Context(), d.store.Read, id, d.now)
	if err != nil {
		d.t.Fatal(err)
	}
	return home
}

// told are the kinds of the events so far.
func (d *desk) told() []listings.EventKind {
	d.t.Helper()
	events, err := listings.EventsAfter(d.t.Context(), d.store.Read, 0, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	var kinds []listings.EventKind
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (d *desk) wantTold(kinds ...listings.EventKind) {
	d.t.Helper()
	if got := d.told(); !slices.Equal(got, kinds) {
		d.t.Errorf("told %q, want %q", got, kinds)
	}
}

func (d *desk) wantDone(got, want listings.Applied) {
	d.t.Helper()
	if got != want {
		d.t.Errorf("counted %+v, want %+v", got, want)
	}
}

func (d *desk) holds() []listings.Held {
	d.t.Helper()
	held, n, err := listings.Holds(d.t.Context(), d.store.Read, 100)
	if err != nil {
		d.t.Fatal(err)
	}
	if n != len(held) {
		d.t.Errorf("%d holds counted, %d listed", n, len(held))
	}
	return held
}
