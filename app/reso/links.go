package reso

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// follow makes the address of the next page from what a page says, relative to the page it came with. The link is opaque:
// it is only encoded where a server forgot to, and never followed to another host or scheme.
func (c *Client) follow(from *url.URL, link string) (string, error) {
	to, err := from.Parse(encode(strings.TrimSpace(link)))
	if err != nil || to.Opaque != "" {
		return "", &Error{Say: "The feed’s link to the next page can’t be read.", Link: true}
	}
	if !sameHost(to, c.root) {
		return "", &Error{Say: "The feed’s link to the next page leads to another host, where our credentials don’t belong: " + c.plain(to.Scheme+"://"+to.Host, 200), Link: true}
	}
	to.Host, to.Fragment, to.RawFragment, to.User = c.root.Host, "", "", nil
	to.RawQuery = withoutToken(to.RawQuery)
	return to.String(), nil
}

// encode percent-encodes what may not stand in a URL, and a % that encodes nothing.
func encode(link string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(link) {
		ch := link[i]
		bad := ch <= ' ' || ch >= 0x7f || strings.IndexByte("\"<>\\^`{|}", ch) >= 0
		if ch == '%' && !(i+2 < len(link) && isHex(link[i+1]) && isHex(link[i+2])) {
			bad = true
		}
		if !bad {
			b.WriteByte(ch)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[ch>>4])
		b.WriteByte(hex[ch&15])
	}
	return b.String()
}

func isHex(ch byte) bool {
	return ch >= '0' && ch <= '9' || ch >= 'a' && ch <= 'f' || ch >= 'A' && ch <= 'F'
}

// withoutToken drops Bridge's access_token: ours goes in a header, and the link is kept in the database.
func withoutToken(query string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(part, "=")
		if !strings.EqualFold(name, "access_token") {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}

// sameHost says whether credentials for b may go to a. The names of this machine are one: a server on loopback may know
// itself by another of them.
func sameHost(a, b *url.URL) bool {
	if !strings.EqualFold(a.Scheme, b.Scheme) || port(a) != port(b) {
		return false
	}
	return strings.EqualFold(a.Hostname(), b.Hostname()) || loopback(a.Hostname()) && loopback(b.Hostname())
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if strings.EqualFold(u.Scheme, "https") {
		return "443"
	}
	return "80"
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && address.Unmap().IsLoopback()
}

// headerNext finds the next page where a replication endpoint puts it: Link: <…>; rel="next" (RFC 8288), or a header next.
func headerNext(header http.Header) string {
	for _, line := range header.Values("Link") {
		for line != "" {
			start, end := strings.IndexByte(line, '<'), strings.IndexByte(line, '>')
			if start < 0 || end < start {
				break
			}
			target, rest := line[start+1:end], line[end+1:]
			parameters := rest
			if comma := strings.IndexByte(rest, ','); comma >= 0 {
				parameters, rest = rest[:comma], rest[comma+1:]
			} else {
				rest = ""
			}
			for p := range strings.SplitSeq(parameters, ";") {
				name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
				if strings.EqualFold(name, "rel") && strings.EqualFold(strings.Trim(value, `"`), "next") {
					return target
				}
			}
			line = rest
		}
	}
	return header.Get("Next")
}

// Host is the host of an address, for words: "api.mlsgrid.com".
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host, _, err := net.SplitHostPort(u.Host)
	if err != nil {
		return u.Host
	}
	return host
}
