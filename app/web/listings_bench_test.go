package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"porchlight/app/agents"
	"porchlight/app/listings"
)

// BenchmarkListingSearch measures the search among 20,000 homes beside the same page with constant rows:
//
//	go test ./app/web -run '^$' -bench ListingSearch -benchtime 2s
func BenchmarkListingSearch(b *testing.B) {
	h := open(b)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	for start := 0; start < 20_000; start += 1000 {
		var records []listings.Record
		for i := start; i < start+1000; i++ {
			records = append(records, onElm(fmt.Sprintf("%06d", i), asking(int64(100_000+i*37%900_000)), inTown([]string{"Mystic", "Guilford", "Madison", "Essex"}[i%4], fmt.Sprintf("064%02d", i%50))))
		}
		h.comeIn(records...)
	}
	if _, err := h.store.Write.ExecContext(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
	h.server.ConstantListings("/constant")
	browser := h.as(maya)
	handler := h.server.App().Handler()
	get := func(b *testing.B, path string) time.Duration {
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI("http://porchlight.test" + path)
		for cookie, value := range browser.cookies {
			ctx.Request.Header.SetCookie(cookie, value)
		}
		before := cpu(b)
		handler(&ctx)
		if ctx.Response.StatusCode() != http.StatusOK {
			b.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
		return cpu(b) - before
	}
	for name, path := range map[string]string{"all": "/listings", "list": "/listings?view=list", "criteria": "/listings?city=Mystic&price_min=300k&price_max=600k&beds_min=3", "price": "/listings?sort=price"} {
		b.Run(name, func(b *testing.B) {
			var spent, constant time.Duration
			for b.Loop() { // in turns, so that whatever else the machine does falls on both
				spent += get(b, path)
				constant += get(b, "/constant")
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-us/page")
			b.ReportMetric(float64(constant.Microseconds())/float64(b.N), "cpu-us/constant")
			b.ReportMetric(float64(spent)/float64(constant), "ratio")
		})
	}
}
