package mail

import (
	"unicode"
	"unicode/utf8"
)

// oneLine says whether a text may stand in a header: UTF-8 without control characters, line and paragraph separators,
// or marks that turn the reading direction round and so let a name lie about an address.
func oneLine(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == '\u202d' || r == '\u202e' {
			return false
		}
	}
	return true
}

// manyLines says the same of a text that may have several lines and tabs.
func manyLines(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return false
		}
	}
	return true
}

// visible says whether a person would see anything of a text.
func visible(s string) bool {
	for _, r := range s {
		if !unicode.IsSpace(r) && unicode.IsGraphic(r) {
			return true
		}
	}
	return false
}
