package web_test

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

func number[T any](n T) *T { return &n }

// onElm is a home on the market as its feed tells it, with what the test is about put in by change.
func onElm(key string, change ...func(*listings.Record)) listings.Record {
	r := listings.Record{
		Listing: listings.Listing{
			ListingKey: key, ListingId: "24-" + key, StandardStatus: listings.Active, PropertyType: "Residential", PropertySubType: "Single Family Residence",
			ListPrice: number[int64](449_000_00), OnMarketDate: "2026-11-12", UnparsedAddress: key + " Elm Street", City: "Mystic", StateOrProvince: "CT", PostalCode: "06355",
			Latitude: number(41.35), Longitude: number(-71.96), BedroomsTotal: number[int64](3), BathroomQuarters: number[int64](10), LivingArea: number[int64](1840),
			LotSizeSquareFeet: number[int64](17_424), YearBuilt: number[int64](1928), ListOfficeName: "Harborview Properties", AttributionContact: "860-555-0110",
			InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true,
		},
		PublicRemarks: "Shingle cape two streets from the green.",
		Details:       []listings.Detail{{Name: "Heating", Value: "Forced Air"}},
	}
	for _, f := range change {
		f(&r)
	}
	return r
}

// asking, in and inTown are what homes of a test differ in.
func asking(dollars int64) func(*listings.Record) {
	return func(r *listings.Record) { r.ListPrice = number(dollars * 100) }
}

func in(status listings.Status) func(*listings.Record) {
	return func(r *listings.Record) { r.StandardStatus = status }
}

func inTown(name, zip string) func(*listings.Record) {
	return func(r *listings.Record) { r.City, r.PostalCode = name, zip }
}

// comeIn brings homes in from a feed of their own, as they are told now.
func (h *house) comeIn(records ...listings.Record) {
	h.t.Helper()
	err := h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := listings.Apply(ctx, db, listings.Source{Feed: 7}, records, h.clock())
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// homes brings n homes in whose addresses and prices count up.
func (h *house) homes(n int) {
	h.t.Helper()
	var records []listings.Record
	for i := range n {
		records = append(records, onElm(fmt.Sprintf("%03d", i+1), asking(int64(300_000+1000*i))))
	}
	h.comeIn(records...)
}

// home is a home's id by its key.
func (h *house) home(key string) listings.ID {
	h.t.Helper()
	var id listings.ID
	if err := h.store.Read.NewRaw("SELECT id FROM listings WHERE listing_key = ?", key).Scan(h.t.Context(), &id); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// open is a change: an open house so long from now, for two hours.
func (h *house) openIn(d time.Duration) func(*listings.Record) {
	at := h.clock().Add(d)
	return func(r *listings.Record) {
		r.OpenHouses = []listings.OpenHouse{{OpenHouseKey: "o1", StartsAt: at, EndsAt: at.Add(2 * time.Hour), Remarks: "By the garden gate."}}
	}
}
