package feed_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/feed"
	"porchlight/app/feed/feedtest"
	"porchlight/app/listings"
)

func TestAFailedPageBringsNothingAndTheRunGoesOnLater(t *testing.T) {
	for name, test := range map[string]struct {
		wrong feedtest.Wrong
		say   string
	}{
		"cut off":   {feedtest.CutOff, "The feed’s answer was cut off in the middle."},
		"HTML":      {feedtest.HTML, "The feed answered with a web page instead of data. Check the service root."},
		"no OData":  {feedtest.Say("application/json", `{"ok":true}`), "The feed answered with something that is no OData. Check the service root."},
		"503":       {feedtest.Status(503, "Down"), "The feed is out of order (status 503). It says: “Down”"},
		"elsewhere": {feedtest.Redirect("http://10.1.2.3/"), "The feed sends us on to another host. Type the address it moved to as the service root."},
		"other way": {feedtest.Link("http://192.0.2.1/Property"), "The feed’s link to the next page leads to another host, where our credentials don’t belong: http://192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 34, func(s *feedtest.Server, _ *feed.Settings) {
				s.Missing = map[string]bool{"Member": true, "Office": true}
			})
			r.Next(nil, nil, test.wrong, test.wrong, test.wrong, test.wrong, test.wrong)
			run, err := r.runner.Walk(t.Context(), r.id, false)
			if err == nil || run.State != "failed" || run.Say != test.say || run.Added != 20 || run.EndedAt.IsZero() {
				t.Fatalf("%+v %v", run, err)
			}
			r.same(t, 20)
			r.later(15 * time.Minute)
			before := len(r.Requests(true))
			for range 5 { // what is left of the script goes first
				if run, err = r.runner.Walk(t.Context(), r.id, false); err == nil {
					break
				}
			}
			if err != nil || run.Kind != "first" || run.Added != 14 {
				t.Fatalf("%+v %v", run, err)
			}
			if first := r.Requests(true)[before]; !strings.Contains(first.Query, "skip=20") {
				t.Errorf("did not go on where it was: %s", first.Query)
			}
			r.same(t, 34)
		})
	}
}

func TestACircleOfPagesEnds(t *testing.T) {
	r := start(t, 34, func(s *feedtest.Server, _ *feed.Settings) {
		s.Missing = map[string]bool{"Member": true, "Office": true}
	})
	r.Next(nil, nil, feedtest.Link(r.Root()+"/Property?circle=1"), feedtest.Link(r.Root()+"/Property?circle=2"), feedtest.Link(r.Root()+"/Property?circle=1"))
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err == nil || run.Say != "The feed leads in a circle: the next page is one that was read before." {
		t.Fatalf("%+v %v", run, err)
	}
	r.walk(t) // and the next run does not go round again
	r.same(t, 34)
}

func TestTheSamePageUnderEverNewAddressesEnds(t *testing.T) {
	r := start(t, 34, func(s *feedtest.Server, _ *feed.Settings) {
		s.Missing = map[string]bool{"Member": true, "Office": true}
	})
	for n := range 20 {
		r.Next(feedtest.Link(fmt.Sprintf("%s/Property?$orderby=ListingKey&other=%d", r.Root(), n)))
	}
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err == nil || run.Say != "The feed gives the same page again and again under new addresses." {
		t.Fatalf("%+v %v", run, err)
	}
}

func TestAForgottenLinkIsNoLoss(t *testing.T) {
	for _, preset := range []string{"plain", "mlsgrid"} {
		t.Run(preset, func(t *testing.T) {
			r := start(t, 34, func(s *feedtest.Server, f *feed.Settings) {
				s.Paging, f.Preset, f.Filter, f.Secret = feedtest.Opaque, preset, "OriginatingSystemName eq 'harbor'", "t"
				s.Missing = map[string]bool{"Member": true, "Office": true}
				s.Each("Property", func(r feedtest.Record) { r["MlgCanView"] = true })
			})
			r.Next(nil, nil, feedtest.HTML)
			if run, err := r.runner.Walk(t.Context(), r.id, false); err == nil || run.Added != 20 {
				t.Fatalf("%+v %v", run, err)
			}
			r.Forget()
			run := r.walk(t)
			if run.Added != 14 || run.Changed != 0 {
				t.Errorf("%+v", run)
			}
			if preset == "mlsgrid" && run.Seen > 20 { // its answers are in the order of time: no need to begin again
				t.Errorf("began again: %+v", run)
			}
			r.same(t, 34)
		})
	}
}

func TestTheFeedIsLeftAloneWhenItWantsAndTheRunSaysSo(t *testing.T) {
	r := start(t, 34, nil)
	r.Next(feedtest.Status(429, "", "Retry-After", "40"))
	said := ""
	r.onSleep = func() { said = r.runs(t)[0].Say }
	if run := r.walk(t); run.Say != "" {
		t.Errorf("%+v", run)
	}
	if fmt.Sprint(r.slept) != "[40s]" || said != "The feed asks to wait: going on at 12:00:40 UTC." {
		t.Errorf("slept %v, said %q", r.slept, said)
	}
	r.later(time.Hour)
	r.Next(feedtest.Status(429, "", "Retry-After", "20000"))
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err == nil || run.State != "failed" || !strings.HasPrefix(run.Say, "The feed wants to be left alone until ") {
		t.Errorf("%+v %v", run, err)
	}
}

func TestAKillAtAnyPointLosesAndRepeatsNothing(t *testing.T) {
	whole := start(t, 34, nil)
	whole.walk(t)
	requests := len(whole.Requests(false))
	for n := 1; n <= requests; n++ {
		for _, when := range []string{"before", "in the middle of"} {
			t.Run(fmt.Sprintf("%s request %d", when, n), func(t *testing.T) {
				r := start(t, 34, nil)
				ctx, kill := context.WithCancel(t.Context())
				defer kill()
				seen := 0
				r.OnRequest = func(int, *http.Request) {
					if seen++; seen == n && when == "before" {
						kill()
					}
				}
				if when != "before" {
					for range max(0, n-2) { // the first asks for metadata
						r.Next(nil)
					}
					r.Next(func(w http.ResponseWriter, q *http.Request, well func(http.ResponseWriter)) {
						kill()
						feedtest.CutOff(w, q, well)
					})
				}
				run, err := r.runner.Walk(ctx, r.id, false)
				if err == nil || run.State != "stopped" || !errors.Is(err, context.Canceled) {
					t.Fatalf("%+v %v", run, err)
				}
				r.runner = r.again()
				total := run.Added
				run = r.walk(t)
				if total += run.Added; total != 34 || run.Changed != 0 {
					t.Errorf("%d added in all, then %+v", total, run)
				}
				r.same(t, 34)
				if got := r.events(t); got[listings.EventNew] != 0 {
					t.Errorf("%v", got)
				}
				r.later(15 * time.Minute)
				r.Put("Property", feedtest.Home(34, r.now))
				if run = r.walk(t); run.Added != 1 || run.Changed != 0 {
					t.Errorf("%+v", run)
				}
				if got := r.events(t); got[listings.EventNew] != 1 {
					t.Errorf("%v", got)
				}
			})
		}
	}
}
