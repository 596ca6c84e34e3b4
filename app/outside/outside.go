// Package outside makes HTTP requests that leave the house: https only, never to an address of the own network whatever a
// name resolves to or a redirect says, within a time. It promises that a URL somebody typed or a feed sent can't reach
// what only this machine can reach, and that what a request carries for one host is never told to another. It knows
// nothing of what it fetches: how much of an answer to read is its caller's to say.
package outside

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"

	"porchlight/app/fault"
)

// Options are the limits of a Client.
type Options struct {
	// Inside are the networks that may be reached although they are not public, also over plain http: the host's own choice.
	Inside  []netip.Prefix
	Timeout time.Duration // of a whole request; 0: a minute
}

// Client returns an HTTP client that refuses, before it connects, to reach inside (loopback, private, link-local,
// multicast, unspecified, documentation and carrier-grade NAT addresses, and IPv6's ways of writing them), and that checks
// each redirect again. The error is a fault.Denied with a sentence. It follows at most five redirects, and to another
// origin than the first it sends neither headers nor a body. No proxy of the environment is asked.
func Client(o Options) *http.Client {
	if o.Timeout == 0 {
		o.Timeout = time.Minute
	}
	return &http.Client{
		Timeout:       o.Timeout,
		CheckRedirect: redirect,
		Transport:     &gate{sealed: transport(o, false), plain: transport(o, true)},
	}
}

// gate chooses the way by the scheme, so that a connection without encryption can never serve an https request's rules.
type gate struct{ sealed, plain *http.Transport }

func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Scheme {
	case "https":
		return g.sealed.RoundTrip(r)
	case "http":
		return g.plain.RoundTrip(r)
	}
	if r.Body != nil {
		_ = r.Body.Close() // a RoundTripper's duty, also when it refuses
	}
	return nil, fault.New(fault.Denied, "“%s:” is no address Porchlight can fetch from. It must begin with https://.", r.URL.Scheme)
}

// CloseIdleConnections is what http.Client.CloseIdleConnections asks for.
func (g *gate) CloseIdleConnections() {
	g.sealed.CloseIdleConnections()
	g.plain.CloseIdleConnections()
}

func transport(o Options, plain bool) *http.Transport {
	dialer := &net.Dialer{
		Timeout: min(o.Timeout, 15*time.Second), KeepAlive: 30 * time.Second,
		// Control sees the very address that is about to be connected to: a name that answers differently the second
		// time (DNS rebinding) gains nothing.
		Control: func(network, address string, _ syscall.RawConn) error { return o.admit(address, plain) },
	}
	return &http.Transport{
		DialContext: dialer.DialContext, Proxy: nil, ForceAttemptHTTP2: true,
		TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: min(o.Timeout, 15*time.Second),
		MaxIdleConns: 16, MaxIdleConnsPerHost: 4, IdleConnTimeout: 90 * time.Second, MaxResponseHeaderBytes: 256 << 10,
	}
}

// admit says whether a connection to "ip:port" may be made.
func (o Options) admit(address string, plain bool) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fault.New(fault.Denied, "“%s” is no address Porchlight can fetch from.", address)
	}
	addr := to.Addr().WithZone("").Unmap()
	for _, p := range o.Inside {
		if p.Contains(addr) {
			return nil
		}
	}
	if kind := inside(addr); kind != "" {
		return fault.New(fault.Denied, "This address leads to %s, which is %s. Porchlight fetches only from the public internet.", addr, kind)
	}
	if plain {
		return fault.New(fault.Denied, "This address begins with http://, so the connection would not be encrypted. It must begin with https://.")
	}
	return nil
}
