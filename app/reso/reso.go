// Package reso speaks the RESO Web API (OData 4 over HTTPS): it signs in, asks, reads pages and waits when told to. It
// promises to follow nextLink to its end and no further, never to read more than its limits, never to send credentials
// to another host, and never to log a token or put one into an error. It keeps nothing and knows no database. That a
// feed can't reach inside the house is the promise of the HTTP client it is given (package outside).
package reso

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"porchlight/app/fault"
)

// Limits of one answer. A whole DD 2.0 record is 20 KB, so a page of 2,000 is 40 MB; a record with 10,000 photos is 3 to 8 MB.
const (
	maxAnswer = 64 << 20 // unpacked, and also packed
	maxRecord = 10 << 20
	maxError  = 64 << 10
)

// Options are how a feed is asked.
type Options struct {
	Root     string // service root, https://…
	Token    string // bearer token; unused where TokenURL is set
	TokenURL string // OAuth2 client credentials (RFC 6749 §4.4)
	ClientID string
	Secret   string
	Scope    string
	Headers  map[string]string // further request headers

	Top      bool          // the page size is asked with $top; else with Prefer: odata.maxpagesize
	Pace     time.Duration // at least so long between two requests
	Tries    int           // of one request that fails in a way that may pass; 0: 5. With 1 nothing is waited for
	Stall    time.Duration // an answer that says nothing for so long is given up; 0: a minute
	MaxWait  time.Duration // a longer wait than this is not waited for; 0: 65 minutes
	HTTP     *http.Client
	Clock    func() time.Time
	Sleep    func(ctx context.Context, d time.Duration) error
	OnWait   func(until time.Time, say string) // told before waiting because the feed asks for it
	OnResume func()                            // told after
}

// Client asks one feed. It may be used for many walks; its token is fetched again only when it expires.
type Client struct {
	o    Options
	root *url.URL
	http *http.Client

	mu      sync.Mutex
	token   string
	expires time.Time
	basic   bool      // the token endpoint wants the credentials in a header
	free    time.Time // when the next request may go out
}

// New makes a client. Faults: Invalid (root).
func New(o Options) (*Client, error) {
	root, err := url.Parse(strings.TrimRight(o.Root, "/"))
	if err != nil || root.Host == "" || (root.Scheme != "https" && root.Scheme != "http") {
		var form fault.Form
		form.Add("root", "Type the service root as https://…")
		return nil, form.Err()
	}
	root.RawQuery, root.Fragment, root.User = "", "", nil
	if o.Tries == 0 {
		o.Tries = 5
	}
	if o.Stall == 0 {
		o.Stall = time.Minute
	}
	if o.MaxWait == 0 {
		o.MaxWait = 65 * time.Minute
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	c := &Client{o: o, root: root}
	c.http = &http.Client{Transport: o.HTTP.Transport, Jar: o.HTTP.Jar, Timeout: o.HTTP.Timeout, CheckRedirect: c.redirect(o.HTTP.CheckRedirect)}
	return c, nil
}

// redirect lets a request be sent on within the same host only: our headers carry credentials, and of those net/http
// takes back Authorization alone when a redirect leaves the host.
func (c *Client) redirect(then func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(to *http.Request, via []*http.Request) error {
		if len(via) >= 5 || !sameHost(to.URL, via[0].URL) || via[0].Method != http.MethodGet {
			return http.ErrUseLastResponse
		}
		if then != nil {
			return then(to, via)
		}
		return nil
	}
}

// Query is what is asked of a resource.
type Query struct {
	Select, Expand []string
	Filter         string
	OrderBy        string
	Size           int      // of a page; 0: the feed's choice
	Extra          []string // "replication=true", each already encoded
}

// URL is the address of a query's first page.
func (c *Client) URL(resource string, q Query) string {
	var parts []string
	add := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+escape(value))
		}
	}
	add("$filter", q.Filter)
	add("$select", strings.Join(q.Select, ","))
	add("$expand", strings.Join(q.Expand, ","))
	add("$orderby", q.OrderBy)
	if q.Size > 0 && c.o.Top {
		add("$top", fmt.Sprint(q.Size))
	}
	parts = append(parts, q.Extra...)
	address := c.root.String() + "/" + resource
	if len(parts) > 0 {
		address += "?" + strings.Join(parts, "&")
	}
	return address
}

// escape percent-encodes a query's value; a space is %20, as a + is a plus to some servers. Commas may stay.
func escape(value string) string {
	return strings.NewReplacer("+", "%20", "%2C", ",").Replace(url.QueryEscape(value))
}

// Quote writes a string as OData does: in single quotes, those inside doubled.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
