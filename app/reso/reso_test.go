package reso_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/feed/feedtest"
	"porchlight/app/reso"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// clock is a time that only sleeping moves.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	slept []time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.slept = append(c.slept, d)
	return ctx.Err()
}

// keys are the ListingKeys a walk brings.
type keys []string

func (k *keys) Reset() { *k = nil }
func (k *keys) Take(r reso.Record) error {
	*k = append(*k, fmt.Sprint(r["ListingKey"]))
	return nil
}

type rig struct {
	*feedtest.Server
	*clock
	*reso.Client
	waits []string
}

// start runs a feed of homes and a client for it; change adapts the client's options.
func start(t testing.TB, homes int, change func(*feedtest.Server, *reso.Options)) *rig {
	t.Helper()
	server, err := feedtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	r := &rig{Server: server, clock: &clock{now: noon}}
	server.Put("Property", feedtest.Homes(homes, noon.Add(-1000*time.Hour))...)
	o := reso.Options{Root: server.Root(), HTTP: &http.Client{}, Clock: r.clock.Now, Sleep: r.clock.Sleep, OnWait: func(_ time.Time, say string) { r.waits = append(r.waits, say) }}
	if change != nil {
		change(server, &o)
	}
	if r.Client, err = reso.New(o); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) first() string {
	return r.URL("Property", reso.Query{OrderBy: "ListingKey", Filter: "ListPrice ge 1 and City ne 'O''Brien''s'"})
}

// walk follows a whole walk and returns its keys.
func (r *rig) walk(t testing.TB) ([]string, error) {
	t.Helper()
	var all []string
	link := r.first()
	for range 1000 {
		var page keys
		p, err := r.Page(t.Context(), link, 10, &page)
		if err != nil {
			return all, err
		}
		all = append(all, page...)
		if link = p.Next; link == "" {
			return all, nil
		}
	}
	t.Fatal("the walk does not end")
	return nil, nil
}

func whole(t testing.TB, r *rig, n int) {
	t.Helper()
	got, err := r.walk(t)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != n {
		t.Fatalf("%d homes, want %d", len(got), n)
	}
	for i, key := range got {
		if key != feedtest.Key(i) {
			t.Fatalf("home %d is %s", i, key)
		}
	}
}

func TestAWalkFollowsEveryKindOfNextLink(t *testing.T) {
	for name, paging := range map[string]feedtest.Paging{"skip": feedtest.Skip, "opaque": feedtest.Opaque, "relative": feedtest.Relative, "raw spaces and quotes": feedtest.Raw, "Link header": feedtest.Header} {
		for _, n := range []int{0, 7, 20, 25} { // 20: the last page is empty
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				r := start(t, n, func(s *feedtest.Server, _ *reso.Options) { s.Paging, s.Gzip, s.NeedGzip = paging, true, true })
				whole(t, r, n)
				if pages := len(r.Requests(true)); pages != n/10+1 {
					t.Errorf("%d pages", pages)
				}
			})
		}
	}
}

func TestPageSizeIsAskedInTheVendorsWay(t *testing.T) {
	for _, top := range []bool{false, true} {
		r := start(t, 3, func(_ *feedtest.Server, o *reso.Options) { o.Top = top })
		if _, err := r.Page(t.Context(), r.URL("Property", reso.Query{Size: 2}), 2, &keys{}); err != nil {
			t.Fatal(err)
		}
		asked := r.Requests(true)[0]
		if got := asked.Header.Get("Prefer"); (got == "odata.maxpagesize=2") == top {
			t.Errorf("top %v: Prefer %q", top, got)
		}
		if strings.Contains(asked.Query, "$top=2") != top {
			t.Errorf("top %v: %s", top, asked.Query)
		}
	}
}

func TestAFailureThatPassesIsTriedAgain(t *testing.T) {
	for name, wrong := range map[string]feedtest.Wrong{
		"cut off": feedtest.CutOff, "ends early": feedtest.Ends, "hangs up": feedtest.HangUp, "503": feedtest.Status(503, "busy"), "empty": feedtest.Say("application/json", ""),
		"half gzip": func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("\x1f\x8b\x08\x00"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 25, nil)
			r.Next(nil, wrong, wrong)
			whole(t, r, 25)
			if got := fmt.Sprint(r.slept); got != "[1s 2s]" && name != "hangs up" { // net/http itself asks again on a connection that was kept
				t.Errorf("slept %v", r.slept)
			}
		})
	}
}

func TestAFailureThatStaysIsToldInWords(t *testing.T) {
	five := func(w feedtest.Wrong) []feedtest.Wrong { return []feedtest.Wrong{w, w, w, w, w} }
	for _, test := range []struct {
		name  string
		wrong []feedtest.Wrong
		say   string
	}{
		{"HTML", five(feedtest.HTML), "The feed answered with a web page instead of data. Check the service root."},
		{"no OData", five(feedtest.Say("application/json", `{"homes":[1]}`)), "The feed answered with something that is no OData. Check the service root."},
		{"a JSON list", five(feedtest.Say("application/json", `[{"ListingKey":"1"}]`)), "The feed answered with something that is no OData. Check the service root."},
		{"value is no list", five(feedtest.Say("application/json", `{"value":{"a":1}}`)), "The feed answered with something that is no OData. Check the service root."},
		{"no JSON", five(feedtest.Say("application/json", `{"value":[{"ListPrice":NaN}]}`)), "The feed’s answer is not valid JSON."},
		{"more behind it", five(feedtest.Say("application/json", `{"value":[]}<html>`)), "The feed’s answer is not valid JSON."},
		{"an error that is 200", five(feedtest.Say("application/json", `{"error":{"code":17,"message":"Dataset moved"}}`)), "The feed answers with an error. It says: “Dataset moved”"},
		{"cut off", five(feedtest.CutOff), "The feed’s answer was cut off in the middle."},
		{"500", five(feedtest.Status(500, "")), "The feed is out of order (status 500). It says: “500”"},
		{"400", five(feedtest.Status(400, "Bad\n\x1b[31m filter")), "The feed refuses the request (status 400). It says: “Bad [31m filter”"},
		{"401", five(feedtest.Status(401, "no")), "The feed does not accept the token. It says: “no”"},
		{"403", five(feedtest.Status(403, "no")), "The feed does not allow this with these credentials. It says: “no”"},
		{"elsewhere", five(feedtest.Redirect("http://example.com/")), "The feed sends us on to another host. Type the address it moved to as the service root."},
		{"next link elsewhere", five(feedtest.Link("http://evil.example/Property?$skip=1")), "The feed’s link to the next page leads to another host, where our credentials don’t belong: http://evil.example"},
		{"next link to another scheme", five(feedtest.Link("file:///etc/passwd")), "The feed’s link to the next page leads to another host, where our credentials don’t belong: file://"},
		{"next link to another port", five(feedtest.Link("http://127.0.0.1:1/x")), "The feed’s link to the next page leads to another host, where our credentials don’t belong: http://127.0.0.1:1"},
		{"next link is nonsense", five(feedtest.Link("http://[::1/x")), "The feed’s link to the next page can’t be read."},
		{"half a gigabyte", []feedtest.Wrong{feedtest.Huge(500<<20, false)}, "The feed’s answer is larger than 64 MB. Ask for smaller pages."},
		{"a gzip bomb", []feedtest.Wrong{feedtest.Huge(500<<20, true)}, "The feed’s answer is larger than 64 MB. Ask for smaller pages."},
		{"gzip of nothing without end", []feedtest.Wrong{feedtest.Empty(200 << 20)}, "The feed’s answer is larger than 64 MB. Ask for smaller pages."},
		{"another packing", five(func(w http.ResponseWriter, _ *http.Request, _ func(http.ResponseWriter)) {
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte("xyz"))
		}), "The feed packs its answer in a way nobody asked for."},
		{"a record of 21 MB", five(feedtest.Say("application/json", `{"value":[{"a":"`+strings.Repeat("x", 21<<20)+`"}]}`)), "One record of the feed’s answer is larger than 10 MB."},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, 25, func(_ *feedtest.Server, o *reso.Options) { o.Token = "a secret token" })
			r.Next(test.wrong...)
			_, err := r.walk(t)
			var e *reso.Error
			if !errors.As(err, &e) || e.Say != test.say {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAStalledAnswerIsGivenUp(t *testing.T) {
	// Long enough that an answer which only comes late, from a machine that is busy, is not given up too.
	r := start(t, 25, func(_ *feedtest.Server, o *reso.Options) { o.Stall = 2 * time.Second })
	r.Next(feedtest.Stall)
	began := time.Now()
	whole(t, r, 25)
	if took := time.Since(began); len(r.Requests(true)) != 4 || took > 25*time.Second { // after thirty the server gives up
		t.Errorf("%d requests in %v", len(r.Requests(true)), took)
	}
}

func TestRawRecordsAreTakenAsTheyAre(t *testing.T) {
	r := start(t, 0, nil)
	r.Next(feedtest.Say("application/json", "\ufeff \n"+`{"value":[{"ListingKey":1,"ListPrice":1e308},null,7,"x",{"ListingKey":"2"}],"@odata.nextLink":"","@odata.count":2,"more":{"deep":[[[]]]}}`))
	var got keys
	page, err := r.Page(t.Context(), r.first(), 0, &got)
	if err != nil || fmt.Sprint(got) != "[1 2]" || page.Records != 2 || page.Odd != 3 || page.Next != "" {
		t.Errorf("%v %+v %v", got, page, err)
	}
	r.Next(feedtest.Say("application/json", `{"@odata.context":"x","ListingKey":"one"}`))
	if page, err = r.Page(t.Context(), r.first(), 0, &got); err != nil || fmt.Sprint(got) != "[one]" || page.Records != 1 {
		t.Errorf("a single record: %v %+v %v", got, page, err)
	}
}

func TestAServerMayKnowItselfByAnotherNameOfThisMachine(t *testing.T) {
	r := start(t, 3, nil)
	r.Next(feedtest.Link(strings.Replace(r.Root(), "127.0.0.1", "localhost", 1) + "/Property?$skip=3&access_token=secret"))
	page, err := r.Page(t.Context(), r.first(), 0, &keys{})
	if err != nil || page.Next != r.Root()+"/Property?$skip=3" {
		t.Errorf("%+v %v", page, err)
	}
}

func TestTokensAreReusedAndFetchedAgainInMidWalk(t *testing.T) {
	r := start(t, 100, func(s *feedtest.Server, o *reso.Options) {
		s.ClientID, s.Secret, s.TokenLasts = "id", "s3cret", 4
		o.TokenURL, o.ClientID, o.Secret, o.Scope = s.TokenURL(), "id", "s3cret", "api"
	})
	whole(t, r, 100) // 11 pages
	if r.Issued() != 3 {
		t.Errorf("%d tokens", r.Issued())
	}
	r.Forget()
	whole(t, r, 100)
	if len(r.slept) != 0 {
		t.Errorf("slept %v", r.slept)
	}
}

func TestATokenIsFetchedAgainBeforeItExpires(t *testing.T) {
	r := start(t, 1, func(s *feedtest.Server, o *reso.Options) {
		s.ClientID, s.Secret = "id", "s3cret"
		o.TokenURL, o.ClientID, o.Secret = s.TokenURL(), "id", "s3cret"
	})
	for _, later := range []time.Duration{0, 7 * time.Hour, time.Hour} {
		r.clock.now = r.clock.now.Add(later)
		whole(t, r, 1)
	}
	if r.Issued() != 2 {
		t.Errorf("%d tokens", r.Issued())
	}
}

func TestWrongCredentialsAreToldWithoutThem(t *testing.T) {
	r := start(t, 1, func(s *feedtest.Server, o *reso.Options) {
		s.ClientID, s.Secret = "id", "right"
		o.TokenURL, o.ClientID, o.Secret = s.TokenURL(), "id", "wrong-one" // which the double's message repeats
	})
	_, err := r.walk(t)
	if err == nil || err.Error() != "reso: The feed gives no access token for this client id and secret. It says: “Unknown client …”" {
		t.Errorf("%v", err)
	}
	r = start(t, 1, func(s *feedtest.Server, o *reso.Options) { s.Token, o.Token = "right", "wrong-one" })
	r.Next(feedtest.Status(401, "wrong-one is no token"))
	if _, err = r.walk(t); err == nil || strings.Contains(err.Error(), "wrong-one") || len(r.Requests(true)) != 1 {
		t.Errorf("%v", err)
	}
}

func TestHeadersOfOursGoToNoOtherHost(t *testing.T) {
	other := start(t, 1, nil)
	r := start(t, 1, func(_ *feedtest.Server, o *reso.Options) {
		o.Token, o.Headers = "t0ken", map[string]string{"X-Api-Key": "k3y"}
	})
	r.Next(feedtest.Redirect(other.Root() + "/Property"))
	if _, err := r.walk(t); err == nil || len(other.Requests(false)) != 0 {
		t.Errorf("%v, %d requests elsewhere", err, len(other.Requests(false)))
	}
	asked := r.Requests(true)[0]
	if asked.Header.Get("X-Api-Key") != "k3y" || asked.Header.Get("Authorization") != "Bearer t0ken" {
		t.Errorf("%v", asked.Header)
	}
	r.Next(feedtest.Redirect(r.Root() + "/Property")) // the same host may send us on
	whole(t, r, 1)
}
