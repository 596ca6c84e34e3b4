// Package address reads e-mail addresses as people type them and gives each the forms the program compares by.
// It accepts what a mail server will take (RFC 5321 section 4.1.2 without quoted local parts and address literals)
// and refuses everything that could smuggle a header or a command into mail. It sends nothing and looks nothing up.
package address

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Address is one checked e-mail address. The zero value is no address.
type Address struct{ local, domain, ascii string }

// String is the address as typed, with the domain in lower case; empty for the zero value.
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	return a.local + "@" + a.domain
}

// ASCII is the address for SMTP: the domain in A-labels (RFC 5890). ok is false where the local part needs SMTPUTF8
// (RFC 6531); s is then what to say to a server that offers it.
func (a Address) ASCII() (s string, ok bool) {
	return a.local + "@" + a.ascii, isASCII(a.local)
}

// Domain is the domain in A-labels, lower case.
func (a Address) Domain() string { return a.ascii }

// Key is what two spellings of one address share: lower case, domain in A-labels. Unique per agent.
func (a Address) Key() string { return a.fold() + "@" + a.ascii }

// Mask hides all but the first letter of the local part: j•••@example.com.
func (a Address) Mask() string {
	_, size := utf8.DecodeRuneInString(a.local)
	return a.local[:size] + "•••@" + a.domain
}

// fold is the local part in lower case. RFC 5321 lets a server tell cases apart; none that people use does.
func (a Address) fold() string {
	if isASCII(a.local) {
		return strings.ToLower(a.local)
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(a.local)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
