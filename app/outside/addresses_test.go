package outside_test

import (
	"net/netip"
	"testing"

	"porchlight/app/outside"
)

func TestAddressesThatAreNotThePublicInternet(t *testing.T) {
	for address, public := range map[string]bool{
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "10.255.255.255": false, "11.0.0.1": true,
		"100.63.255.255": true, "100.64.0.0": false, "100.127.255.255": false, "100.128.0.0": true,
		"127.0.0.1": false, "127.255.255.254": false, "169.254.169.254": false, "169.253.255.255": true,
		"172.15.255.255": true, "172.16.0.1": false, "172.31.255.255": false, "172.32.0.0": true,
		"192.0.0.8": false, "192.0.2.1": false, "192.88.99.1": false, "192.168.1.1": false, "192.169.0.1": true,
		"198.17.255.255": true, "198.18.0.1": false, "198.19.255.255": false, "198.20.0.0": true, "198.51.100.7": false,
		"203.0.113.9": false, "223.255.255.255": true, "224.0.0.1": false, "239.1.1.1": false, "240.0.0.1": false,
		"255.255.255.255": false, "8.8.8.8": true,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:8.8.8.8": true,
		"::127.0.0.1": false, "::8.8.8.8": false, "fe80::1": false, "fe80::1%eth0": false, "fec0::1": false,
		"fc00::1": false, "fd12:3456::1": false, "ff02::1": false, "100::1": false, "5f00::1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b::808:808": true, "64:ff9b:1::1": false,
		"2002:7f00:1::": false, "2002:808:808::1": false, "2001::1": false, "2001:0:4136:e378::1": false, "2001:2::1": false,
		"2001:db8::1": false, "3fff::1": false, "2001:4860:4860::8888": true, "2606:4700::1111": true, "4000::1": false,
	} {
		if kind := outside.Kind(netip.MustParseAddr(address)); (kind == "") != public {
			t.Errorf("%s: %q, public %v", address, kind, public)
		}
	}
}

func FuzzAddressesAreJudgedAlikeHoweverTheyAreWritten(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1})
	f.Add([]byte{8, 8, 8, 8})
	f.Add([]byte{169, 254, 169, 254})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 4 {
			return
		}
		plain := netip.AddrFrom4([4]byte(b))
		through := netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b, 12: b[0], 13: b[1], 14: b[2], 15: b[3]})
		for _, other := range []netip.Addr{netip.AddrFrom16(plain.As16()), through} {
			if outside.Kind(other) != outside.Kind(plain) {
				t.Errorf("%s is %q but %s is %q", plain, outside.Kind(plain), other, outside.Kind(other))
			}
		}
		if (plain.IsPrivate() || plain.IsLoopback() || plain.IsLinkLocalUnicast() || plain.IsMulticast() || plain.IsUnspecified()) && outside.Kind(plain) == "" {
			t.Errorf("%s counts as public", plain)
		}
	})
}
