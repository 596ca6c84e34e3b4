package reso_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/app/feed/feedtest"
	"porchlight/app/reso"
)

func TestAFeedIsLeftAloneAsLongAsItWants(t *testing.T) {
	unix := func(d time.Duration) string { return strconv.FormatInt(noon.Add(d).Unix(), 10) }
	for _, test := range []struct {
		name    string
		headers []string
		slept   string
	}{
		{"seconds", []string{"Retry-After", "17"}, "[17s]"},
		{"a date", []string{"Retry-After", noon.Add(90 * time.Second).Format(http.TimeFormat)}, "[1m30s]"},
		{"a date gone by", []string{"Retry-After", noon.Add(-time.Hour).Format(http.TimeFormat)}, "[]"},
		{"nonsense", []string{"Retry-After", "soon"}, "[1s]"},
		{"nothing", nil, "[1s]"},
		{"Bridge's burst", []string{"Burst-RateLimit-Remaining", "0", "Burst-RateLimit-Reset", unix(20 * time.Second), "Application-RateLimit-Remaining", "700", "Application-RateLimit-Reset", unix(40 * time.Minute)}, "[20s]"},
		{"Bridge's hour", []string{"Burst-RateLimit-Remaining", "10", "Burst-RateLimit-Reset", "5", "Application-RateLimit-Remaining", "0", "Application-RateLimit-Reset", unix(40 * time.Minute)}, "[40m0s]"},
		{"Trestle's hour does not count at once", []string{"Hour-Quota-Limit", "7200", "Hour-Quota-ResetTime", unix(40*time.Minute) + "000"}, "[1s]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := start(t, 5, nil)
			r.Next(feedtest.Status(429, "slow down", test.headers...))
			whole(t, r, 5)
			if fmt.Sprint(r.slept) != test.slept {
				t.Errorf("slept %v, told %q", r.slept, r.waits)
			}
			if test.slept != "[]" && (len(r.waits) != 1 || !strings.HasPrefix(r.waits[0], "The feed asks to wait: going on at 12:")) {
				t.Errorf("told %q", r.waits)
			}
		})
	}
}

func TestTrestlesHourCountsWhenAMinuteDidNotHelp(t *testing.T) {
	r := start(t, 5, nil)
	limited := feedtest.Status(429, "", "Hour-Quota-ResetTime", strconv.FormatInt(noon.Add(30*time.Minute).UnixMilli(), 10))
	r.Next(limited, limited, limited, limited, limited, limited, limited)
	whole(t, r, 5)
	if got := fmt.Sprint(r.slept); got != "[1s 2s 4s 8s 16s 32s 28m57s]" {
		t.Errorf("slept %s", got)
	}
}

func TestAFeedThatIsNeverSatisfiedEndsTheRun(t *testing.T) {
	r := start(t, 5, nil)
	for range 8 {
		r.Next(feedtest.Status(429, "no"))
	}
	_, err := r.walk(t)
	var e *reso.Error
	if !errors.As(err, &e) || e.Say != "The feed has been asked too often. It says: “no”" || len(r.Requests(true)) != 8 {
		t.Errorf("%v after %d", err, len(r.Requests(true)))
	}
}

func TestAWaitOfHoursIsNotWaitedFor(t *testing.T) {
	r := start(t, 5, nil)
	r.Next(feedtest.Status(429, "", "Retry-After", "36000"))
	_, err := r.walk(t)
	var e *reso.Error
	if !errors.As(err, &e) || !e.Until.Equal(noon.Add(10*time.Hour)) || len(r.slept) != 0 ||
		e.Say != "The feed wants to be left alone until 3 May, 22:00 UTC. The next run goes on where this one was." {
		t.Errorf("%v until %v, slept %v", err, e.Until, r.slept)
	}
}

func TestAQuotaUsedUpIsHeededBeforeTheFeedSaysNo(t *testing.T) {
	r := start(t, 25, func(s *feedtest.Server, _ *reso.Options) {
		s.MoreHeaders = http.Header{"Burst-Ratelimit-Remaining": {"0"}, "Burst-Ratelimit-Reset": {"9"}}
	})
	whole(t, r, 25)
	if got := fmt.Sprint(r.slept); got != "[9s 9s]" {
		t.Errorf("slept %s", got)
	}
}

func TestAPaceIsKept(t *testing.T) {
	r := start(t, 25, func(_ *feedtest.Server, o *reso.Options) { o.Pace = 500 * time.Millisecond })
	whole(t, r, 25)
	if got := fmt.Sprint(r.slept); got != "[500ms 500ms]" {
		t.Errorf("slept %s", got)
	}
}
