package reso

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ladder is how long to wait after the nth failure in a row where nobody says: 1, 2, 4 … 32 seconds (Trestle's own words).
func ladder(n int) time.Duration { return time.Second << min(n, 5) }

// onLimit is how many times in a row one request may be told 429.
const onLimit = 8

// told is when a feed wants to be asked again: Retry-After in seconds or as a date (RFC 9110 §10.2.3), else Bridge's
// limits, the one that is used up. Trestle's Hour-Quota-ResetTime counts only once a minute's waiting did not help: it is
// sent whichever quota is used up.
func told(header http.Header, failures int, now time.Time) (time.Time, bool) {
	if after := strings.TrimSpace(header.Get("Retry-After")); after != "" {
		if seconds, err := strconv.ParseFloat(after, 64); err == nil && seconds >= 0 && seconds < 1e6 {
			return now.Add(time.Duration(seconds * float64(time.Second))), true
		}
		if at, err := http.ParseTime(after); err == nil {
			return at, true
		}
	}
	if at, ok := usedUp(header, now); ok {
		return at, true
	}
	if failures >= 6 {
		if at, ok := moment(header.Get("Hour-Quota-ResetTime"), now); ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// usedUp says until when a limit of Bridge's is used up, also on an answer that still was data.
func usedUp(header http.Header, now time.Time) (time.Time, bool) {
	var latest time.Time
	for _, limit := range []string{"Burst-RateLimit", "Application-RateLimit"} {
		left, err := strconv.ParseFloat(strings.TrimSpace(header.Get(limit+"-Remaining")), 64)
		if err != nil || left >= 1 {
			continue
		}
		if at, ok := moment(header.Get(limit+"-Reset"), now); ok && at.After(latest) {
			latest = at
		}
	}
	return latest, !latest.IsZero()
}

// moment reads a time as vendors write it: seconds from now, Unix seconds or Unix milliseconds.
func moment(value string, now time.Time) (time.Time, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	switch {
	case err != nil || n < 0 || math.IsNaN(n) || n > 1e14:
		return time.Time{}, false
	case n < 1e6:
		return now.Add(time.Duration(n * float64(time.Second))), true
	case n < 1e11:
		return time.Unix(int64(n), 0).UTC(), true
	}
	return time.UnixMilli(int64(n)).UTC(), true
}

// wait waits until the feed may be asked again and tells why.
func (c *Client) wait(ctx context.Context, until time.Time, say string) error {
	d := until.Sub(c.o.Clock())
	if d <= 0 {
		return ctx.Err()
	}
	if c.o.OnWait != nil && say != "" {
		c.o.OnWait(until, say)
		if c.o.OnResume != nil {
			defer c.o.OnResume()
		}
	}
	return c.o.Sleep(ctx, d)
}

// pace waits until the next request may go out.
func (c *Client) pace(ctx context.Context) error {
	c.mu.Lock()
	now := c.o.Clock()
	at := c.free
	if at.Before(now) {
		at = now
	}
	c.free = at.Add(c.o.Pace)
	c.mu.Unlock()
	if !at.After(now) {
		return ctx.Err()
	}
	if at.Sub(now) > c.o.MaxWait {
		return &Error{Status: http.StatusTooManyRequests, Until: at, Say: "The feed’s quota is used up until " + clockWords(at) + "."}
	}
	say := ""
	if at.Sub(now) > 5*time.Second {
		say = "The feed’s quota is used up: waiting until " + clockWords(at) + "."
	}
	return c.wait(ctx, at, say)
}

// heed remembers what an answer says about quotas.
func (c *Client) heed(header http.Header) {
	if at, ok := usedUp(header, c.o.Clock()); ok {
		c.mu.Lock()
		if at.After(c.free) {
			c.free = at
		}
		c.mu.Unlock()
	}
}

func clockWords(at time.Time) string { return at.UTC().Format("15:04:05") + " UTC" }
