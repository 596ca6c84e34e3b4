package clients

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold is text as searches see it: small letters without accents. SQLite's LIKE folds only ASCII and PostgreSQL's
// nothing, so both get what is folded already.
func fold(text string) string {
	bare := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(strings.ToValidUTF8(text, "")))
	return strings.Join(strings.Fields(plainer.Replace(bare)), " ")
}

// plainer spells letters that are no base with an accent the way people without that key type them.
var plainer = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "đ", "d", "ð", "d", "þ", "th", "ł", "l", "ħ", "h", "ı", "i", "ς", "σ",
	"’", "'", "‘", "'", "–", "-", "‐", "-")

// What PostgreSQL's indexes take of one row is about 2,700 octets, so both keys are cut; only names of hundreds of
// characters notice.
const (
	longestSort  = 400
	longestNames = 1200
)

// searchKey is what a query's words are looked for in.
func searchKey(name, email, phone string) string {
	return cut(fold(name), longestNames) + " " + fold(email) + " " + fold(phone) + " " + digits(phone)
}

// sortKey puts people in the order of an address book. The tab sorts before any letter or blank: Van before Van Dyke.
func sortKey(first, last string) string {
	key := fold(first)
	if surname := fold(last); surname != "" {
		key = surname + "\t" + key
	}
	return cut(key, longestSort)
}

// digits are the digits of a phone number, in ASCII.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, norm.NFKD.String(text))
}

// cut shortens text to at most so many octets, between characters.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most]
}
