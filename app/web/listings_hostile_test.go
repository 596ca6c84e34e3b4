package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"porchlight/app/listings"
)

func TestListingHostileInput(t *testing.T) {
	h, maya := listingHouse(t)
	const script = `<script>alert(1)</script>`
	h.comeIn(onElm("12", func(r *listings.Record) {
		r.PublicRemarks = script + ` "onload=x <img src=x onerror=y>`
		r.UnparsedAddress, r.City, r.ListOfficeName, r.SubdivisionName = `1 "><svg onload=alert(1)> Street`, script, script, script
		r.Details = []listings.Detail{{Name: script, Value: script}}
		r.VirtualTourURLUnbranded = "javascript:alert(1)"
		r.OpenHouses = []listings.OpenHouse{{OpenHouseKey: "o", StartsAt: h.clock().Add(time.Hour), EndsAt: h.clock().Add(2 * time.Hour), Remarks: script, LivestreamURL: "data:text/html,x"}}
	}))
	id := h.home("12")
	photo := listings.Photo{ListingID: id, Position: 1, State: "linked", File: `https://x.example/" onerror="alert(1)`, Description: `" onload="alert(1)`}
	if _, err := h.store.Write.NewInsert().Model(&photo).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/listings", "/listings?view=list", "/listings?view=map", fmt.Sprint("/listings/", id), fmt.Sprint("/listings/compare?home=", id)} {
		r := maya.Get(path)
		if r.Status != http.StatusOK {
			t.Fatalf("%s: %d %s", path, r.Status, r.Body)
		}
		body := strings.ReplaceAll(r.Body, `https://x.example/`, "/x.example/") // the feed's own photos may come from elsewhere
		clean(t, body)
		r.lacks(t, "<script>alert", "javascript:", "data:text", `" onload=`, `" onerror=`)
	}

	corners := make([]string, 5000)
	for i := range corners {
		corners[i] = fmt.Sprintf("%.5f,%.5f", 41+float64(i%71)/100, -72-float64(i%37)/100)
	}
	r, err := http.Get("http://" + h.serve() + "/listings?area=" + strings.Join(corners, "+"))
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("5,000 corners: %d", r.StatusCode)
	}
	for _, query := range []string{
		"price_min=NaN", "price_min=1e308", "price_max=-5", "beds_min=Inf", "area=NaN,NaN+1,1+2,2", "area=" + strings.Join(corners[:700], "+"), "area=41,-72+42,-71+41,-71+42,-72", "area=10,179+11,-179+12,179",
		"near=91,181,5", "near=41,-72,1e308", "near=x", "sort=%00", "after=%ff", "back=" + strings.Repeat("x+", 2000), "page=-9", "q=" + url.QueryEscape(script), "q=" + strings.Repeat("%F0%9F%8F%A1", 500),
		"words_all=" + strings.Repeat("ab,", 3000), "status=Delete", "type=%3Cscript%3E", "view=" + url.QueryEscape(script), "city=%00%ff", "year_min=0001&year_max=9999", "zip=1%27%3B+DROP+TABLE+listings",
	} {
		for _, b := range []*browser{maya, maya.HTMX()} {
			r := b.do(requestFor("/listings?" + query))
			if r.Status >= 500 || strings.Contains(r.Body, script) {
				t.Errorf("%.80s: %d\n%.2000s", query, r.Status, r.Body)
			}
		}
	}
	if maya.Get("/listings").addresses() == nil {
		t.Error("the homes are gone")
	}
}
