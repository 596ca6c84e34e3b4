package photos

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"porchlight/app/fault"
)

// waitError is a server's wish to be left alone for a time.
type waitError struct {
	until time.Time
	error
}

func (e *waitError) Unwrap() error { return e.error }

// develop fetches a photo and makes its copies.
func (c *Cache) develop(ctx context.Context, address, agent string) (copies, error) {
	content, err := c.fetch(ctx, address, agent)
	if err != nil {
		return copies{}, err
	}
	select {
	case c.decode <- struct{}{}:
	case <-ctx.Done():
		return copies{}, ctx.Err()
	}
	defer func() { <-c.decode }()
	return develop(content)
}

// fetch reads what is at an address, if it is short enough.
func (c *Cache) fetch(ctx context.Context, address, agent string) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return nil, fault.New(fault.Invalid, "The feed’s address of this photo is none.")
	}
	if err := c.hosts.wait(ctx, u.Host); err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fault.New(fault.Invalid, "The feed’s address of this photo is none.")
	}
	r.Header.Set("Accept", "image/jpeg, image/png, image/webp, image/gif")
	r.Header.Set("User-Agent", "Porchlight")
	if agent != "" {
		r.Header.Set("User-Agent", agent)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		err := fault.New(fault.Invalid, "The picture’s server answered %d.", answer.StatusCode)
		if answer.StatusCode == http.StatusTooManyRequests || answer.StatusCode == http.StatusServiceUnavailable {
			return nil, &waitError{c.o.Clock().Add(retryAfter(answer.Header.Get("Retry-After"), c.o.Clock())), err}
		}
		return nil, err
	}
	tooLarge := fault.New(fault.Invalid, "The picture’s file is larger than %d MB.", maxBytes>>20)
	if answer.ContentLength > maxBytes {
		return nil, tooLarge
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("photos: read: %w", err)
	}
	if len(content) > maxBytes {
		return nil, tooLarge
	}
	return content, nil
}

// retryAfter reads the header (RFC 9110, 10.2.3): seconds or a date; between a minute, also where it is missing, and a day.
func retryAfter(value string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, time.Minute), 24*time.Hour)
}
