package feed_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/feed/feedtest"
	"porchlight/app/listings"
	"porchlight/db"
	"porchlight/db/dbtest"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// long is when the homes of the tests were changed, long before noon.
var long = noon.Add(-1000 * time.Hour)

// rig is a feed, a database and a runner with a clock that only waiting moves.
type rig struct {
	*feedtest.Server
	store  *db.Store
	runner *feed.Runner
	vault  *feed.Vault
	id     listings.FeedID
	set    feed.Settings
	log    *strings.Builder

	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
	news  int

	onSleep func()
}

var broker = agents.Agent{ID: 1, Name: "Maya", Role: agents.RoleBroker}

func (r *rig) Clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rig) later(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) sleep(ctx context.Context, d time.Duration) error {
	if r.onSleep != nil {
		r.onSleep()
	}
	r.later(d)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slept = append(r.slept, d)
	return ctx.Err()
}

// start runs a feed with so many homes and sets it up as a plain one; change adapts both.
func start(t testing.TB, homes int, change func(*feedtest.Server, *feed.Settings)) *rig {
	t.Helper()
	server, err := feedtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.Put("Property", feedtest.Homes(homes, long)...)
	r := &rig{Server: server, store: dbtest.New(t), now: noon, log: &strings.Builder{}}
	server.Clock = r.Clock
	s := feed.Settings{Name: "Harbor MLS", Preset: "plain", Root: server.Root(), PageSize: 10, Source: "Harbor MLS"}
	if change != nil {
		change(server, &s)
	}
	if r.vault, err = feed.OpenVault(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	if r.set, err = feed.Save(t.Context(), r.store.Write, r.vault, broker, s, noon); err != nil {
		t.Fatal(err, fault.As(err))
	}
	r.id = r.set.ID
	r.runner = r.again()
	return r
}

// again is another process on the same database.
func (r *rig) again() *feed.Runner {
	return feed.NewRunner(feed.RunnerOptions{
		Write: r.store.Write, Read: r.store.Read, SkipLocked: r.store.SkipLocked, Vault: r.vault, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		Clock: r.Clock, Sleep: r.sleep, Log: slog.New(slog.NewTextHandler(io.MultiWriter(r.log), nil)), OnNews: func() { r.mu.Lock(); r.news++; r.mu.Unlock() },
	})
}

// walk reads the feed and wants it done.
func (r *rig) walk(t testing.TB) feed.Run {
	t.Helper()
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err != nil || run.State != "done" {
		t.Fatalf("%+v %v\n%s", run, err, r.log)
	}
	return run
}

// keys are those of the homes that are here, with their prices.
func (r *rig) keys(t testing.TB) map[string]int64 {
	t.Helper()
	var homes []listings.Listing
	if err := r.store.Read.NewSelect().Model(&homes).Where("feed_id = ?", r.id).Where("gone_at IS NULL").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	keys := map[string]int64{}
	for _, h := range homes {
		keys[h.ListingKey] = *h.ListPrice / 100
	}
	return keys
}

// same compares what is here with what the server has.
func (r *rig) same(t testing.TB, n int) {
	t.Helper()
	here := r.keys(t)
	if len(here) != n {
		t.Errorf("%d homes, want %d", len(here), n)
	}
	for i := range n {
		if here[feedtest.Key(i)] == 0 {
			t.Errorf("home %d is missing", i)
		}
	}
}

// events are how often each kind of event happened.
func (r *rig) events(t testing.TB) map[listings.EventKind]int {
	t.Helper()
	events, err := listings.EventsAfter(t.Context(), r.store.Read, 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[listings.EventKind]int{}
	for _, e := range events {
		kinds[e.Kind]++
	}
	return kinds
}

func (r *rig) runs(t testing.TB) []feed.Run {
	t.Helper()
	runs, err := feed.Runs(t.Context(), r.store.Read, r.id, 100)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func TestAFirstLoadAndThenWhatChanged(t *testing.T) {
	for name, change := range map[string]func(*feedtest.Server, *feed.Settings){
		"as it comes":         nil,
		"opaque links":        func(s *feedtest.Server, _ *feed.Settings) { s.Paging = feedtest.Opaque },
		"relative links":      func(s *feedtest.Server, _ *feed.Settings) { s.Paging = feedtest.Relative },
		"raw links":           func(s *feedtest.Server, _ *feed.Settings) { s.Paging = feedtest.Raw },
		"packed":              func(s *feedtest.Server, _ *feed.Settings) { s.Gzip = true },
		"numbers as texts":    func(s *feedtest.Server, _ *feed.Settings) { s.Numbers = true },
		"no metadata":         func(s *feedtest.Server, _ *feed.Settings) { s.NoMetadata, s.Strict = true, true },
		"metadata and strict": func(s *feedtest.Server, _ *feed.Settings) { s.Strict = true },
		"no expand":           func(s *feedtest.Server, _ *feed.Settings) { s.NoExpand, s.NoMetadata = true, true },
		"no order":            func(s *feedtest.Server, _ *feed.Settings) { s.NoOrder = true },
		"no select": func(s *feedtest.Server, _ *feed.Settings) {
			s.NoSelect, s.NoOrder, s.NoExpand, s.NoMetadata = true, true, true, true
		},
		"Property alone": func(s *feedtest.Server, _ *feed.Settings) {
			s.Missing = map[string]bool{"Media": true, "OpenHouse": true, "Member": true, "Office": true}
		},
		"Property, no metadata": func(s *feedtest.Server, _ *feed.Settings) {
			s.Missing, s.NoMetadata = map[string]bool{"Media": true, "OpenHouse": true, "Member": true, "Office": true}, true
		},
		"with a token": func(s *feedtest.Server, f *feed.Settings) { s.Token, f.Secret = "t0k3n", "t0k3n" },
		"MLS Grid": func(s *feedtest.Server, f *feed.Settings) {
			s.Token, f.Secret, f.Preset, f.Filter, s.NeedGzip = "t0k3n", "t0k3n", "mlsgrid", "OriginatingSystemName eq 'harbor'", true
			s.Each("Property", func(r feedtest.Record) { r["MlgCanView"] = true })
		},
		"Bridge": func(s *feedtest.Server, f *feed.Settings) {
			s.Token, f.Secret, f.Preset, s.Paging = "t0k3n", "t0k3n", "bridge", feedtest.Header
			s.Each("Property", func(r feedtest.Record) { r["BridgeModificationTimestamp"] = r["ModificationTimestamp"] })
		},
		"Spark": func(s *feedtest.Server, f *feed.Settings) {
			f.Secret, f.Preset, s.Paging = "t0k3n", "spark", feedtest.Opaque
		},
		"Trestle": func(s *feedtest.Server, f *feed.Settings) {
			s.ClientID, s.Secret, s.TokenLasts = "id", "s3cret", 4
			f.Preset, f.TokenURL, f.Scope, f.ClientID, f.Secret = "trestle", s.TokenURL(), "api", "id", "s3cret"
		},
	} {
		for _, n := range []int{30, 34} { // 30: the last page is empty
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				r := start(t, n, change)
				run := r.walk(t)
				if run.Kind != "first" || run.Seen < n || run.Added != n || run.Changed != 0 {
					t.Errorf("%+v", run)
				}
				r.same(t, n)
				if got := r.events(t); got[listings.EventNew] != 0 {
					t.Errorf("a first load is no news: %v", got)
				}
				r.later(15 * time.Minute)
				r.Change("Property", feedtest.Key(3), feedtest.Record{"ListPrice": 299_000, "ModificationTimestamp": feedtest.Stamp(r.now), "BridgeModificationTimestamp": feedtest.Stamp(r.now)})
				fresh := feedtest.Home(n, r.now)
				fresh["MlgCanView"], fresh["BridgeModificationTimestamp"] = true, feedtest.Stamp(r.now)
				r.Put("Property", fresh)
				before := len(r.Requests(true))
				run = r.walk(t)
				if run.Kind != "changes" || run.Added != 1 || run.Changed != 1 {
					t.Errorf("%+v", run)
				}
				r.same(t, n+1)
				if got := r.events(t); got[listings.EventNew] != 1 || got[listings.EventPrice] != 1 {
					t.Errorf("%v", got)
				}
				for _, asked := range r.Requests(true)[before:] {
					if strings.HasPrefix(asked.Path, "/odata/Property") && !strings.Contains(asked.Query, "ModificationTimestamp+ge") && !strings.Contains(asked.Query, "ModificationTimestamp%20ge") && !strings.Contains(asked.Query, "page=") && !strings.Contains(asked.Query, "ModificationTimestamp ge") {
						t.Errorf("asked for all: %s", asked.Query)
					}
				}
				r.later(15 * time.Minute)
				if run = r.walk(t); run.Added+run.Changed+run.Gone != 0 {
					t.Errorf("nothing new: %+v", run)
				}
				if log := r.log.String(); strings.Contains(log, "t0k3n") || strings.Contains(log, "s3cret") {
					t.Error(log)
				}
			})
		}
	}
}

func TestAMassBumpOfTimestampsIsNoNews(t *testing.T) {
	r := start(t, 34, nil)
	r.walk(t)
	r.later(15 * time.Minute)
	r.Each("Property", func(h feedtest.Record) { h["ModificationTimestamp"] = feedtest.Stamp(r.now) })
	if run := r.walk(t); run.Seen != 34 || run.Added+run.Changed != 0 {
		t.Errorf("%+v", run)
	}
	if got := r.events(t); len(got) > 1 {
		t.Errorf("%v", got)
	}
}

func TestTiesAtAPagesEdgeLoseNothing(t *testing.T) {
	r := start(t, 0, nil)
	for i := range 25 {
		r.Put("Property", feedtest.Home(i, noon.Add(-time.Minute)))
	}
	r.walk(t)
	for i := range 25 {
		r.Put("Property", feedtest.Home(25+i, noon.Add(-time.Minute))) // the very timestamp of the watermark
	}
	r.later(15 * time.Minute)
	r.walk(t)
	r.same(t, 50)
}

func TestWhatChangesDuringAWalkIsNotPassedOver(t *testing.T) {
	r := start(t, 40, nil)
	pages := 0
	r.OnRequest = func(_ int, q *http.Request) {
		if q.URL.Path != "/odata/Property" {
			return
		}
		r.later(30 * time.Minute)
		if pages++; pages == 4 { // what is read last is far later than what was missed
			r.Change("Property", feedtest.Key(39), feedtest.Record{"ModificationTimestamp": feedtest.Stamp(r.Clock())})
		}
		if pages == 2 { // a home of the first page changes, and one that stood before all others comes
			r.Change("Property", feedtest.Key(0), feedtest.Record{"ListPrice": 299_000, "ModificationTimestamp": feedtest.Stamp(r.Clock())})
			early := feedtest.Home(40, r.Clock())
			early["ListingKey"] = "A"
			r.Put("Property", early)
		}
	}
	r.walk(t)
	r.same(t, 40)
	r.later(15 * time.Minute)
	if run := r.walk(t); run.Added != 1 || run.Changed != 1 || r.keys(t)["A"] == 0 || r.keys(t)[feedtest.Key(0)] != 299_000 {
		t.Errorf("%+v", run)
	}
}

func TestARecordFromTheFutureHidesNothing(t *testing.T) {
	r := start(t, 5, func(_ *feedtest.Server, f *feed.Settings) { // in the order of time nothing else bounds the watermark
		f.Preset, f.Filter, f.Secret = "mlsgrid", "OriginatingSystemName eq 'harbor'", "t"
	})
	r.Each("Property", func(h feedtest.Record) { h["MlgCanView"] = true })
	future := feedtest.Home(5, noon)
	future["ModificationTimestamp"] = "9999-12-31T23:59:59Z"
	ancient := feedtest.Home(6, noon)
	ancient["ModificationTimestamp"] = "0001-01-01T00:00:00Z"
	soon := feedtest.Home(7, noon)
	soon["ModificationTimestamp"] = "2099-01-01T00:00:00Z"
	future["MlgCanView"], ancient["MlgCanView"], soon["MlgCanView"] = true, true, true
	r.Put("Property", future, ancient, soon)
	r.walk(t)
	r.same(t, 8)
	r.later(15 * time.Minute)
	r.Put("Property", feedtest.Home(8, r.now))
	r.walk(t)
	r.same(t, 9)
}

func TestBadRecordsAreReportedAndTheOthersComeIn(t *testing.T) {
	r := start(t, 5, nil)
	r.Append("Property",
		feedtest.Record{"ListingKey": "N1", "StandardStatus": "Active", "ListPrice": "NaN", "City": "Mystic", "ModificationTimestamp": feedtest.Stamp(long)},
		feedtest.Record{"ListingKey": "N2", "StandardStatus": "Active", "ListPrice": 1e308, "Latitude": 91, "Longitude": 1e9, "ModificationTimestamp": "yesterday"},
		feedtest.Record{"ListingKey": "N3", "StandardStatus": "Active", "ListPrice": -5, "PublicRemarks": "<script>alert(1)</script>", "CloseDate": "0001-01-01"},
		feedtest.Record{"StandardStatus": "Active", "ListPrice": 5},
		feedtest.Record{"ListingKey": 4711, "StandardStatus": "Active", "ListPrice": 400_000, "ModificationTimestamp": feedtest.Stamp(long)},
		feedtest.Record{"ListingKey": feedtest.Key(0), "ListPrice": 555_000, "StandardStatus": "Active", "ModificationTimestamp": feedtest.Stamp(noon)}, // a second with the same key
	)
	run := r.walk(t)
	if run.Seen != 11 || run.Added != 9 || !strings.Contains(run.Problems, "N2") || !strings.Contains(run.Problems, "no key") {
		t.Errorf("%+v", run)
	}
	var homes []listings.Listing
	if err := r.store.Read.NewSelect().Model(&homes).Where("listing_key IN ('N1', 'N2', 'N3', '4711', ?)", feedtest.Key(0)).OrderExpr("listing_key").Scan(t.Context()); err != nil || len(homes) != 5 {
		t.Fatal(len(homes), err)
	}
	if homes[0].ListingKey != "4711" || *homes[0].ListPrice != 400_000_00 || *homes[1].ListPrice != 555_000_00 {
		t.Errorf("%+v", homes[:2])
	}
}
