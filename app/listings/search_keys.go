package listings

import (
	"strings"
	"unicode/utf8"
)

// How long the parts of an index's row may be, in octets: PostgreSQL refuses a row of one above 2,700.
const (
	longestCity   = 200
	longestStreet = 240
	longestPart   = 60
)

// cityKey is a town as searches compare it.
func cityKey(city string) string { return cut(Fold(city), longestCity) }

// searchKey is what one typed line is looked for in: the words of a home's address, each also as the Postal Service shortens it,
// and its number. Blanks stand before and behind every word.
func searchKey(l *Listing) string {
	var b strings.Builder
	b.WriteByte(' ')
	for _, part := range []struct {
		text string
		most int
	}{{l.UnparsedAddress, longestStreet}, {l.City, longestCity}, {l.StateOrProvince, longestPart}, {l.PostalCode, longestPart}, {l.ListingId, longestPart}} {
		for word := range strings.FieldsSeq(cut(Fold(part.text), part.most)) {
			b.WriteString(word + " ")
			if short, ok := postalWords[word]; ok && part.most == longestStreet {
				b.WriteString(short + " ")
			}
		}
	}
	return b.String()
}

// cut shortens text to at most so many octets, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
