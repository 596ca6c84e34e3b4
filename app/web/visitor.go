package web

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// visitorIP is the address a request came from. Behind a trusted proxy it is the last entry of X-Forwarded-For that is
// no trusted proxy itself: entries to the left of it are whatever the visitor chose to write, so fiber's c.IP(), which
// takes the first, would let a guesser choose the address under which tries are counted.
func (s *Server) visitorIP(c *fiber.Ctx) string {
	remote := c.Context().RemoteIP().String()
	if !s.trusted(remote) {
		return remote
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll("X-Forwarded-For") {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // beyond this nothing is known
		}
		if remote = hop.Unmap().String(); !s.trusted(remote) {
			break
		}
	}
	return remote
}

// trusted says whether TRUSTED_PROXIES names this address.
func (s *Server) trusted(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	addr = addr.Unmap()
	for _, proxy := range s.TrustedProxies {
		if one, err := netip.ParseAddr(proxy); err == nil && one.Unmap() == addr {
			return true
		}
		if net, err := netip.ParsePrefix(proxy); err == nil && net.Contains(addr) {
			return true
		}
	}
	return false
}
