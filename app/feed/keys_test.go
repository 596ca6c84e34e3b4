package feed_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/feed/feedtest"
	"porchlight/app/listings"
)

// vanish takes homes from the feed without a word.
func (r *rig) vanish(from, to int) {
	for n := from; n < to; n++ {
		r.Vanish("Property", feedtest.Key(n))
	}
}

// keysRun walks and returns the run of keys it wants.
func (r *rig) keysRun(t *testing.T, sure bool) (feed.Run, error) {
	t.Helper()
	run, err := r.runner.Walk(t.Context(), r.id, sure)
	if run.Kind != "keys" {
		t.Fatalf("%+v %v", run, err)
	}
	return run, err
}

func TestHomesThatVanishAreTakenAwayAfterAWalkOfAllKeys(t *testing.T) {
	r := start(t, 34, nil)
	r.walk(t)
	r.vanish(30, 34)
	r.later(time.Hour)
	if run := r.walk(t); run.Kind != "changes" || run.Gone != 0 {
		t.Errorf("too early: %+v", run)
	}
	r.later(24 * time.Hour)
	run, err := r.keysRun(t, false)
	if err != nil || run.State != "done" || run.Gone != 4 || run.Seen != 30 {
		t.Errorf("%+v %v", run, err)
	}
	r.same(t, 30)
	r.later(time.Hour)
	if run := r.walk(t); run.Kind != "changes" {
		t.Errorf("again at once: %+v", run)
	}
}

func TestMoreThanTheShareWaitsForAPerson(t *testing.T) {
	r := start(t, 34, nil)
	r.walk(t)
	r.vanish(24, 34)
	r.later(25 * time.Hour)
	run, err := r.keysRun(t, false)
	const say = "10 of 34 homes are no longer in the feed. That is more than 20 %, so nothing was taken away: if it is right, say so."
	if err != nil || run.State != "stopped" || run.Gone != 0 || run.Waiting != 10 || run.Say != say {
		t.Errorf("%+v %v", run, err)
	}
	r.same(t, 34)
	r.later(time.Hour)
	r.walk(t) // which does not make it forgotten
	if waits, is, err := feed.Waiting(t.Context(), r.store.Read, r.id); err != nil || !is || waits.Waiting != 10 {
		t.Errorf("%+v %v %v", waits, is, err)
	}
	if run, err = r.keysRun(t, true); err != nil || run.State != "done" || run.Gone != 10 || run.Waiting != 0 {
		t.Errorf("%+v %v", run, err)
	}
	r.same(t, 24)
	if _, is, err := feed.Waiting(t.Context(), r.store.Read, r.id); err != nil || is {
		t.Errorf("%v %v", is, err)
	}
}

func TestWhatStandsBesideTheHomesMayFail(t *testing.T) {
	r := start(t, 12, nil)
	r.Instead = func(q *http.Request) feedtest.Wrong {
		switch {
		case strings.HasSuffix(q.URL.Path, "/Office"):
			return feedtest.HTML
		case strings.HasSuffix(q.URL.Path, "/OpenHouse"):
			return feedtest.Status(500, "broken")
		case strings.Contains(q.URL.RawQuery, "expand"): // what some servers do instead of refusing
			return feedtest.Status(500, "broken")
		}
		return nil
	}
	run := r.walk(t)
	if run.Added != 12 || !strings.Contains(run.Problems, `"Office"`) || !strings.Contains(run.Problems, `"OpenHouse"`) || strings.Contains(run.Problems, `"Member"`) {
		t.Errorf("%+v", run)
	}
	r.same(t, 12)
}

func TestAWalkOfKeysThatFailsOrIsEmptyTakesNothingAway(t *testing.T) {
	for name, wrong := range map[string]feedtest.Wrong{
		"cut off":      feedtest.CutOff,
		"HTML":         feedtest.HTML,
		"empty":        feedtest.Say("application/json", `{"value":[]}`),
		"without keys": feedtest.Say("application/json", `{"value":[{"City":"Mystic"},{"City":"Noank"}]}`),
		"no records":   feedtest.Say("application/json", `{"value":["H1","H2"]}`),
		"a circle":     feedtest.Say("application/json", `{"value":[{"ListingKey":"H1"}],"@odata.nextLink":"?circle"}`),
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 34, nil)
			r.walk(t)
			r.vanish(33, 34)
			r.later(25 * time.Hour)
			r.Instead = func(q *http.Request) feedtest.Wrong {
				if strings.Contains(q.URL.RawQuery, "$select=ListingKey&") || strings.Contains(q.URL.RawQuery, "circle") {
					return wrong
				}
				return nil
			}
			run, err := r.keysRun(t, true)
			if err == nil || run.State != "failed" || run.Gone != 0 || run.Say == "" {
				t.Errorf("%+v %v", run, err)
			}
			r.same(t, 34)
		})
	}
}

func TestAHomeThatAWalkOfKeysPassedOverStays(t *testing.T) {
	for _, left := range []int{1, 10} { // who leaves was read before; so many of those behind are passed over
		r := start(t, 34, nil)
		r.walk(t)
		r.later(25 * time.Hour)
		r.Most = 10
		walked := 0
		r.OnRequest = func(_ int, q *http.Request) {
			if q.URL.Query().Get("$select") == "ListingKey" {
				if walked++; walked == 2 { // they leave the first page, so that all behind them move up
					r.vanish(0, left)
				}
			}
			if strings.HasPrefix(q.URL.Query().Get("$filter"), "ListingKey eq") {
				r.Most = 4 // asked for once more, those passed over come on several pages
			}
		}
		run, err := r.keysRun(t, false)
		if err != nil || run.Gone != 0 || run.Waiting != 0 || run.Seen != 34-left {
			t.Errorf("%d left: %+v %v, %d pages", left, run, err, walked)
		}
		if here := r.keys(t); here[feedtest.Key(10)] == 0 || here[feedtest.Key(9+left)] == 0 {
			t.Error("a home that is in the feed was taken away")
		}
	}
}

func TestAHomeThatShouldBeHereIsFetched(t *testing.T) {
	r := start(t, 34, nil)
	r.walk(t)
	late := feedtest.Home(34, long) // came into the feed with an old timestamp: no increment finds it
	r.Put("Property", late)
	if _, err := listings.Remove(t.Context(), r.store.Write, r.id, []string{feedtest.Key(3)}, noon); err != nil {
		t.Fatal(err)
	}
	r.later(25 * time.Hour)
	run, err := r.keysRun(t, false)
	if err != nil || run.Added != 1 || run.Changed != 1 || run.Gone != 0 {
		t.Errorf("%+v %v", run, err)
	}
	r.same(t, 35)
}

func TestWhatTheFeedTakesBackIsGone(t *testing.T) {
	r := start(t, 10, func(s *feedtest.Server, f *feed.Settings) {
		f.Preset, f.Filter, f.Secret = "mlsgrid", "OriginatingSystemName eq 'harbor'", "t"
		s.Each("Property", func(r feedtest.Record) { r["MlgCanView"] = true })
	})
	hidden := feedtest.Home(10, long)
	hidden["MlgCanView"] = false
	r.Put("Property", hidden)
	r.walk(t)
	r.same(t, 10)
	if query := r.Requests(true)[0].Query; !strings.Contains(query, "MlgCanView%20eq%20true") && !strings.Contains(strings.Join(queries(r), " "), "MlgCanView%20eq%20true") {
		t.Errorf("a first load asks only for what may be seen: %v", queries(r))
	}
	r.later(time.Hour)
	now := feedtest.Stamp(r.now)
	r.Put("Property", feedtest.Record{"ListingKey": feedtest.Key(0), "OriginatingSystemName": "harbor", "MlgCanView": false, "ModificationTimestamp": now})
	r.Change("Property", feedtest.Key(1), feedtest.Record{"StandardStatus": "Delete", "ModificationTimestamp": now})
	r.Change("Property", feedtest.Key(2), feedtest.Record{"StandardStatus": "Incomplete", "ModificationTimestamp": now})
	if run := r.walk(t); run.Kind != "changes" || run.Gone != 3 {
		t.Errorf("%+v", run)
	}
	if here := r.keys(t); len(here) != 7 {
		t.Errorf("%v", here)
	}
	r.later(25 * time.Hour) // no walk of keys: the feed says what to take away
	if run := r.walk(t); run.Kind != "changes" {
		t.Errorf("%+v", run)
	}
	r.vanish(3, 4)
	r.later(7 * 24 * time.Hour) // but after a week of silence it has forgotten
	if run, err := r.keysRun(t, false); err != nil || run.Gone != 1 {
		t.Errorf("%+v %v", run, err)
	}
}

func queries(r *rig) []string {
	var all []string
	for _, asked := range r.Requests(true) {
		all = append(all, asked.Path+"?"+asked.Query)
	}
	return all
}

func TestTheFeedsFilterIsPartOfEveryQuestion(t *testing.T) {
	r := start(t, 34, func(_ *feedtest.Server, f *feed.Settings) { f.Filter = "City eq 'Mystic' or City eq 'Noank'" })
	r.walk(t)
	if here := r.keys(t); len(here) != 14 {
		t.Errorf("%d homes", len(here))
	}
	r.later(25 * time.Hour)
	run, err := r.keysRun(t, false)
	if err != nil || run.Gone != 0 || run.Seen != 14 {
		t.Errorf("%+v %v", run, err)
	}
}

func TestOpenHousesAndPhotosAndOfficesComeWithTheHomesOrBesideThem(t *testing.T) {
	for name, change := range map[string]func(*feedtest.Server, *feed.Settings){
		"with them": nil,
		"beside":    func(s *feedtest.Server, _ *feed.Settings) { s.NoExpand = true },
		"MLS Grid": func(s *feedtest.Server, f *feed.Settings) {
			f.Preset, f.Filter, f.Secret = "mlsgrid", "OriginatingSystemName eq 'harbor'", "t"
			s.Each("Property", func(r feedtest.Record) { r["MlgCanView"] = true })
		},
	} {
		t.Run(name, func(t *testing.T) {
			open := feedtest.Open(feedtest.Key(2), "OH1", noon.Add(24*time.Hour), long)
			open["OriginatingSystemName"] = "harbor"
			r := start(t, 12, change)
			r.Put("OpenHouse", open)
			r.Put("Media", feedtest.Photo(feedtest.Key(2), 2, "https://cdn.example/b.jpg", long), feedtest.Photo(feedtest.Key(2), 1, "https://cdn.example/a.jpg", long))
			r.Put("Office", feedtest.Record{"OfficeKey": "O1", "OfficeName": "Elm Realty", "OfficePhone": "860-555-0100", "OriginatingSystemName": "harbor", "ModificationTimestamp": feedtest.Stamp(long)})
			r.Put("Member", feedtest.Record{"MemberKey": "M1", "MemberFullName": "Jane Doe", "OfficeKey": "O1", "OriginatingSystemName": "harbor", "ModificationTimestamp": feedtest.Stamp(long)})
			r.walk(t)
			var id listings.ID
			var media string
			if err := r.store.Read.NewRaw("SELECT h.id, t.media FROM listings h JOIN listing_texts t ON t.listing_id = h.id WHERE listing_key = ?", feedtest.Key(2)).Scan(t.Context(), &id, &media); err != nil {
				t.Fatal(err)
			}
			if strings.Count(media, "cdn.example") != 2 || strings.Index(media, "a.jpg") > strings.Index(media, "b.jpg") {
				t.Errorf("photos: %s", media)
			}
			houses, err := listings.NextOpen(t.Context(), r.store.Read, []listings.ID{id}, noon)
			if err != nil || houses[id].OpenHouseKey != "OH1" {
				t.Errorf("%+v %v", houses, err)
			}
			var n int
			if err := r.store.Read.NewRaw("SELECT (SELECT count(*) FROM offices) + (SELECT count(*) FROM members)").Scan(t.Context(), &n); err != nil || n != 2 {
				t.Errorf("%d offices and members, %v", n, err)
			}
			if got := r.events(t); got[listings.EventOpenHouse] != 0 {
				t.Errorf("a first load is no news: %v", got)
			}
			// An open house is added; its home's timestamp stays.
			r.later(time.Hour)
			second := feedtest.Open(feedtest.Key(5), "OH2", noon.Add(48*time.Hour), r.now)
			second["OriginatingSystemName"] = "harbor"
			r.Put("OpenHouse", second)
			if run := r.walk(t); run.Changed != 1 {
				t.Errorf("%+v", run)
			}
			r.walk(t)
			if got := r.events(t); got[listings.EventOpenHouse] != 1 {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestWalkURLBringsInAWholeServer(t *testing.T) {
	r := start(t, 40, func(s *feedtest.Server, _ *feed.Settings) { s.Token = "t0k3n" })
	o := feed.RunnerOptions{Write: r.store.Write, Read: r.store.Read, Clock: r.Clock, Sleep: r.sleep, Log: nil}
	for i, address := range []string{r.Root(), r.Root() + "/", r.Root() + "/Property"} {
		pages := 0
		run, err := feed.WalkURL(t.Context(), o, address, "t0k3n", func(feed.Run) { pages++ })
		if err != nil || run.State != "done" || run.Seen != 40 || (run.Added == 40) != (i == 0) || run.Changed != 0 || pages == 0 {
			t.Errorf("%s: %+v %v", address, run, err)
		}
	}
	run, err := feed.WalkURL(t.Context(), o, r.Root()+"/Property?$filter=City eq 'Mystic'", "t0k3n", nil)
	if err != nil || run.Seen != 8 {
		t.Errorf("%+v %v", run, err)
	}
	r.Most = 3 // the token of an address reaches the pages behind the first too, and nothing that is kept
	run, err = feed.WalkURL(t.Context(), o, r.Root()+"/Property?access_token=t0k3n&$filter=City eq 'Mystic'", "", nil)
	if err != nil || run.Seen != 8 {
		t.Errorf("%+v %v", run, err)
	}
	for _, asked := range queries(r) {
		if strings.Contains(asked, "t0k3n") {
			t.Errorf("the token stands in an address: %s", asked)
		}
	}
	if got := r.events(t); got[listings.EventNew] != 0 {
		t.Errorf("%v", got)
	}
	if all, err := feed.All(t.Context(), r.store.Read); err != nil || len(all) != 1 {
		t.Errorf("it has a page: %v %v", all, err)
	}
	if _, err := feed.WalkURL(t.Context(), o, r.Root(), "wrong", nil); err == nil || err.Error() != "reso: The feed does not accept the token. It says: “The token is no good.”" {
		t.Errorf("%v", err)
	}
	if _, err := feed.WalkURL(t.Context(), o, "ftp://x", "", nil); fault.Of(err) != fault.Invalid {
		t.Errorf("%v", err)
	}
	displays, err := feed.Displays(t.Context(), r.store.Read)
	if err != nil || len(displays) != 2 {
		t.Errorf("%v %v", displays, err)
	}
}
