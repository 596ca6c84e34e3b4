package outside

import "net/netip"

// special are the networks that are not the public internet, from the IANA special-purpose address registries (RFC 6890
// and what updated it), most particular first. Of IPv6 only 2000::/3 is given out at all (RFC 4291, 2.4).
var special = []struct {
	net  netip.Prefix
	what string
}{
	{netip.MustParsePrefix("0.0.0.0/8"), "an unspecified address"},
	{netip.MustParsePrefix("10.0.0.0/8"), "a private network"},
	{netip.MustParsePrefix("100.64.0.0/10"), "a provider’s inner network"}, // RFC 6598
	{netip.MustParsePrefix("127.0.0.0/8"), "this machine itself"},
	{netip.MustParsePrefix("169.254.0.0/16"), "the local link"}, // the clouds' metadata servers too
	{netip.MustParsePrefix("172.16.0.0/12"), "a private network"},
	{netip.MustParsePrefix("192.0.0.0/24"), "a reserved network"},
	{netip.MustParsePrefix("192.0.2.0/24"), "a network for examples"},
	{netip.MustParsePrefix("192.88.99.0/24"), "a reserved network"}, // 6to4 relays, RFC 7526
	{netip.MustParsePrefix("192.168.0.0/16"), "a private network"},
	{netip.MustParsePrefix("198.18.0.0/15"), "a network for measurements"}, // RFC 2544
	{netip.MustParsePrefix("198.51.100.0/24"), "a network for examples"},
	{netip.MustParsePrefix("203.0.113.0/24"), "a network for examples"},
	{netip.MustParsePrefix("224.0.0.0/4"), "a group address"},
	{netip.MustParsePrefix("240.0.0.0/4"), "a reserved network"}, // broadcast too

	{netip.MustParsePrefix("::/128"), "an unspecified address"},
	{netip.MustParsePrefix("::1/128"), "this machine itself"},
	{netip.MustParsePrefix("fc00::/7"), "a private network"}, // RFC 4193
	{netip.MustParsePrefix("fe80::/10"), "the local link"},
	{netip.MustParsePrefix("ff00::/8"), "a group address"},
	{netip.MustParsePrefix("2001::/23"), "a reserved network"},         // Teredo, benchmarking, ORCHID
	{netip.MustParsePrefix("2001:db8::/32"), "a network for examples"}, // RFC 3849
	{netip.MustParsePrefix("2002::/16"), "a reserved network"},         // 6to4 names an IPv4 address, RFC 7526
	{netip.MustParsePrefix("3fff::/20"), "a network for examples"},     // RFC 9637
}

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96") // RFC 6052: the last four bytes are the IPv4 address that is meant
	global = netip.MustParsePrefix("2000::/3")
)

// inside says what kind of address this is if it is not one of the public internet, else "".
func inside(addr netip.Addr) string {
	addr = addr.WithZone("").Unmap()
	if nat64.Contains(addr) {
		b := addr.As16()
		return inside(netip.AddrFrom4([4]byte(b[12:])))
	}
	for _, s := range special {
		if s.net.Contains(addr) {
			return s.what
		}
	}
	if addr.Is6() && !global.Contains(addr) {
		return "a reserved network"
	}
	return ""
}
