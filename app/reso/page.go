package reso

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Record is one record as the feed tells it: string, json.Number, bool, nil, []any or map[string]any by field.
type Record = map[string]any

// Taker is told the records of a page as they are read. Reset comes before each try: what was taken before does not count.
type Taker interface {
	Reset()
	Take(Record) error
}

// Page is what came beside the records.
type Page struct {
	Records int
	Odd     int       // values in the page that are no records
	Next    string    // the next page's address; empty: this is the last
	At      time.Time // the feed's clock when it answered; zero: it did not say
}

// Page reads the page at link, which is an answer of URL or a Page's Next. What may pass is tried again; until it
// returns nil nothing of the page counts. Faults: *Error, and Denied where the address leads inside.
func (c *Client) Page(ctx context.Context, link string, size int, to Taker) (Page, error) {
	var page Page
	err := c.ask(ctx, link, "application/json", size, func(response *http.Response, body *body) error {
		to.Reset()
		page = Page{}
		if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
			page.At = at.UTC()
		}
		next, err := body.records(&page, to.Take)
		if err != nil {
			return err
		}
		if next == "" {
			next = headerNext(response.Header)
		}
		if next != "" {
			page.Next, err = c.follow(response.Request.URL, next)
		}
		return err
	})
	if err != nil {
		return Page{}, err
	}
	return page, nil
}

// ask makes one request until it succeeds, is refused, or has failed too often.
func (c *Client) ask(ctx context.Context, link, accept string, size int, read func(*http.Response, *body) error) error {
	failures, limits, renewed := 0, 0, false
	for {
		header, err := c.once(ctx, link, accept, size, read)
		var e *Error
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !errors.As(err, &e) {
			return err
		}
		if e.Status == http.StatusUnauthorized && !renewed && c.expire() {
			renewed = true
			continue
		}
		if !e.again {
			return err
		}
		limited := e.Status == http.StatusTooManyRequests
		n := failures
		if limited {
			n = limits
			limits++
		} else {
			failures++
		}
		until, asked := told(header, n, c.o.Clock())
		if limited && asked {
			e.Until = until
		}
		if failures >= c.o.Tries || limits >= onLimit || c.o.Tries == 1 {
			return err
		}
		if !asked {
			until = c.o.Clock().Add(ladder(n))
		}
		if until.Sub(c.o.Clock()) > c.o.MaxWait {
			e.Say = fmt.Sprintf("The feed wants to be left alone until %s. The next run goes on where this one was.", until.UTC().Format("2 January, 15:04 UTC"))
			return err
		}
		say := "The feed asks to wait: going on at " + clockWords(until) + "."
		if !limited {
			say = strings.TrimSuffix(e.Say, ".") + ": trying again at " + clockWords(until) + "."
		}
		if err := c.wait(ctx, until, say); err != nil {
			return err
		}
	}
}

// once makes one request. The header is that of the answer, if there was one.
func (c *Client) once(ctx context.Context, link, accept string, size int, read func(*http.Response, *body) error) (http.Header, error) {
	token, err := c.authorize(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.pace(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := c.request(ctx, link, accept, size, token)
	if err != nil {
		return nil, err
	}
	watch := newWatch(c.o.Stall, cancel)
	defer watch.stop()
	response, err := c.http.Do(request)
	if err != nil {
		if watch.barked() {
			return nil, &Error{Say: "The feed did not answer in time.", again: true}
		}
		return nil, c.broken(ctx, err)
	}
	defer response.Body.Close()
	c.heed(response.Header)
	body, err := open(response, watch)
	if err == nil {
		if response.StatusCode != http.StatusOK {
			return response.Header, c.refused(response.StatusCode, readProblem(body.some(maxError)))
		}
		err = read(response, body)
	}
	if watch.barked() {
		return response.Header, &Error{Say: "The feed stopped in the middle of its answer.", again: true}
	}
	var e *Error
	if errors.As(err, &e) && e.said != nil {
		err = &Error{Say: e.Say + " It says: “" + c.words(*e.said) + "”"}
	}
	return response.Header, err
}

func (c *Client) request(ctx context.Context, link, accept string, size int, token string) (*http.Request, error) {
	address, err := url.Parse(link)
	if err != nil || !sameHost(address, c.root) { // also one kept since the root was another
		return nil, &Error{Say: "The feed’s link to the next page can’t be followed.", Link: true}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, &Error{Say: "The feed’s link to the next page can’t be read.", Link: true}
	}
	for name, value := range c.o.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Accept", accept)
	// Asked for by name, the transport leaves the unpacking to us, who limit it. MLS Grid answers nothing without.
	request.Header.Set("Accept-Encoding", "gzip")
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", "Porchlight")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if size > 0 && !c.o.Top {
		request.Header.Set("Prefer", fmt.Sprintf("odata.maxpagesize=%d", size))
	}
	return request, nil
}
