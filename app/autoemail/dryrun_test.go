package autoemail_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// home is a house in Mystic as a feed tells it.
func home(key string, dollars int64, change ...func(*listings.Record)) listings.Record {
	price, beds, lat, lon := dollars*100, int64(3), 41.35, -71.96
	r := listings.Record{Listing: listings.Listing{
		ListingKey: key, ListingId: key, StandardStatus: listings.Active, PropertyType: "Residential", ListPrice: &price,
		UnparsedAddress: key + " Elm Street", City: "Mystic", StateOrProvince: "CT", PostalCode: "06355", BedroomsTotal: &beds, Latitude: &lat, Longitude: &lon,
		InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true,
	}, PublicRemarks: "Light on the porch."}
	for _, f := range change {
		f(&r)
	}
	return r
}

// bring applies what a feed tells; the first load tells no news.
func (b *bureau) bring(first bool, at time.Time, records ...listings.Record) {
	b.t.Helper()
	b.must(b.store.Write.RunInTx(b.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := listings.Apply(ctx, db, listings.Source{Feed: 7, First: first}, records, at)
		return err
	}))
}

func (b *bureau) dry(s autoemail.Search) autoemail.Dry {
	b.t.Helper()
	d, err := autoemail.DryRun(b.t.Context(), b.store.Read, s, b.zone, b.now)
	b.must(err)
	return d
}

// says wants each of the words in one of the sentences.
func (b *bureau) says(d autoemail.Dry, words ...string) {
	b.t.Helper()
	for _, word := range words {
		if !slices.ContainsFunc(d.Say, func(say string) bool { return strings.Contains(say, word) }) {
			b.t.Errorf("says %q, want %q in it", d.Say, word)
		}
	}
	if len(words) == 0 && len(d.Say) > 0 {
		b.t.Errorf("says %q, want nothing", d.Say)
	}
}

func TestADryRunCountsWhatTheLastDaysWouldHaveSent(t *testing.T) {
	b := openBureau(t)
	b.bring(true, b.now.AddDate(0, 0, -40), home("1", 400_000))
	morning := func(daysAgo int) time.Time { return b.now.AddDate(0, 0, -daysAgo) }
	b.bring(false, morning(35), home("2", 400_000)) // too long ago
	b.bring(false, morning(20), home("3", 400_000), home("4", 500_000))
	b.bring(false, morning(20).Add(5*time.Minute), home("5", 700_000), home("6", 450_000)) // one is too dear
	b.bring(false, morning(20).Add(time.Hour), home("3", 390_000))
	b.bring(false, morning(20).Add(2*time.Hour), home("3", 400_000))
	b.bring(false, morning(20).Add(3*time.Hour), home("3", 390_000)) // the same news once
	b.bring(false, morning(10), home("4", 500_000, func(r *listings.Record) { r.StandardStatus = listings.Pending }))
	b.bring(false, morning(9), home("4", 480_000, func(r *listings.Record) { r.StandardStatus = listings.ActiveUnderContract })) // not asked for
	b.bring(false, morning(5), home("7", 300_000, func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }))
	s := b.mystic(func(s *autoemail.Search) { s.Schedule = autoemail.Schedule{Kind: autoemail.ASAP} })
	d := b.dry(s)
	wants(t, "now", d.Now, 4) // 1, 2, 3, 6
	wants(t, "newest", len(d.Newest), 4)
	wants(t, "days", d.Days, 30)
	wants(t, "homes", d.Homes, 5) // 3, 4 and 6 in one letter, then two prices of 3
	wants(t, "letters", d.Letters, 3)
	b.says(d)
	s.Schedule = daily(at(8, 0))
	d = b.dry(s)
	wants(t, "daily", fmt.Sprint(d.Homes, d.Letters), "3 1") // one home stands in a letter once
	s.Events = append(s.Events, listings.EventPending)
	d = b.dry(s)
	wants(t, "with pending", fmt.Sprint(d.Homes, d.Letters), "4 2")
	s.Events = []listings.EventKind{listings.EventPending}
	s.Criteria.Area = []listings.Point{{Lat: 41, Lon: -72}, {Lat: 41, Lon: -71}, {Lat: 42, Lon: -71}, {Lat: 42, Lon: -72}}
	s.Criteria.WordsAll = []string{"porch"}
	d = b.dry(s)
	wants(t, "in a drawn area", fmt.Sprint(d.Now, d.Homes, d.Letters), "4 1 1")
	s.Criteria.WordsAll = []string{"pool"}
	d = b.dry(s)
	wants(t, "with other words", fmt.Sprint(d.Now, d.Homes, d.Letters), "0 0 0")
	b.says(d, "Without the words in the remarks, 4 homes would")
}

func TestADryRunSaysWhatIsTooMuch(t *testing.T) {
	b := openBureau(t)
	b.bring(true, b.now.AddDate(0, 0, -90), home("0", 400_000))
	n := 0
	for hour := range 40 * 24 / 6 { // four a day
		n++
		b.bring(false, b.now.Add(-time.Duration(hour)*6*time.Hour-time.Hour), home(fmt.Sprint(n), 400_000))
	}
	s := b.mystic(func(s *autoemail.Search) { s.Schedule = autoemail.Schedule{Kind: autoemail.ASAP} })
	s.Criteria.PriceMax = 0
	d := b.dry(s)
	b.says(d, fmt.Sprintf("%d homes match now", n+1), "A highest price would narrow it", "The last 30 days would have sent 120 homes in 120 letters.", "letters of it")
	if d.Suggest == nil || d.Suggest.Kind != autoemail.Weekly || len(d.Newest) != autoemail.AtMostShown {
		t.Errorf("suggests %+v with %d homes", d.Suggest, len(d.Newest))
	}
	s.Criteria.BedsMin, s.Criteria.PriceMax = 3, 50_000_000
	s.Concierge = true
	d = b.dry(s)
	if d.Suggest != nil || d.Letters < 30 || d.Letters > 31 {
		t.Errorf("in concierge mode %+v", d)
	}
	b.exec("UPDATE listings SET gone_at = ? WHERE id > 60 AND id < 140", b.now)
	s.Concierge = false
	d = b.dry(s)
	if d.Suggest == nil || d.Suggest.Kind != autoemail.Daily {
		t.Errorf("of fewer suggests %+v: %+v", d.Suggest, d)
	}
	if again := b.dry(func() autoemail.Search { s.Schedule = *d.Suggest; return s }()); again.Suggest != nil {
		t.Errorf("is not content with its own advice: %+v", again)
	}
}

func TestADryRunSaysWhatToLoosen(t *testing.T) {
	b := openBureau(t)
	b.says(b.dry(b.mystic()), "no homes in Porchlight yet")
	b.bring(true, b.now.Add(-60*time.Hour), home("1", 400_000), home("2", 420_000))
	d := b.dry(b.mystic())
	wants(t, "days", d.Days, 3)
	b.says(d)
	b.says(b.dry(b.mystic(func(s *autoemail.Search) { s.Criteria.PriceMax = 10_000_000 })), "Without the price, 2 homes would")
	b.says(b.dry(b.mystic(func(s *autoemail.Search) { s.Criteria.PriceMax, s.Criteria.BedsMin = 10_000_000, 9 })), "no single change would help")
	b.says(b.dry(b.mystic(func(s *autoemail.Search) { s.Criteria = listings.Criteria{Cities: []string{"Noank"}} })), "as soon as something does")
	b.says(b.dry(b.mystic(func(s *autoemail.Search) { s.Criteria = listings.Criteria{} })), "asks for nothing yet")
	b.says(b.dry(b.mystic(func(s *autoemail.Search) {
		s.Criteria.WordsAll, s.Criteria.WordsNone = []string{"pool"}, []string{"pool"}
	})), "both asked for and ruled out")
	b.later(10 * 24 * time.Hour)
	b.says(b.dry(b.mystic()), "2 homes match now, but nothing new came in the last 13 days")
	_, err := autoemail.DryRun(t.Context(), b.store.Read, b.mystic(func(s *autoemail.Search) {
		s.Criteria.Area = []listings.Point{{Lat: 99, Lon: 0}, {Lat: 1, Lon: 0}, {Lat: 1, Lon: 1}}
	}), b.zone, b.now)
	b.refused(err, fault.Invalid)
	s := b.mystic()
	s.Events = nil
	wants(t, "without events", b.dry(s).Homes, 0)
}
