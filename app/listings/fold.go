package listings

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold makes texts comparable: lower case, accents and punctuation away, single spaces. "St. Mary’s-by-the-Sea" and
// "ST MARYS BY THE SEA" fold to the same; folding twice is folding once.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	if !foldASCII(&b, text) {
		b.Reset()
		foldAny(&b, text)
	}
	return strings.TrimSuffix(b.String(), " ")
}

// foldASCII is Fold for most texts; it gives up at the first byte that is not ASCII.
func foldASCII(b *strings.Builder, text string) bool {
	space := true
	for i := range len(text) {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			return false
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '\'':
			continue
		case space:
			continue
		default:
			c = ' '
		}
		b.WriteByte(c)
		space = c == ' '
	}
	return true
}

// foldAny decomposes first, so that letters and their accents come apart (UAX #15, NFKD).
func foldAny(b *strings.Builder, text string) {
	space := true
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '\u2019', r == '\u2018', r == '\u02bc':
			continue
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			r = unicode.ToLower(r)
		case space:
			continue
		default:
			r = ' '
		}
		if plain, ok := undecomposed[r]; ok {
			b.WriteString(plain)
		} else {
			b.WriteRune(r)
		}
		space = r == ' '
	}
}

// undecomposed are letters that Unicode does not take apart, as people type them without.
var undecomposed = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ı': "i", 'ħ': "h", 'ς': "σ",
}
