package listings

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How long texts may be, in characters: RESO's lengths, rounded up where vendors are known to go beyond.
const (
	mostLine    = 255
	mostRemarks = 4000
	mostURL     = 2000
)

// line makes a feed's text one line fit to be stored and shown: valid UTF-8, control characters and line ends made
// blanks, what turns text around or can't be seen taken out (UAX #9), blanks within made one, at most so many characters.
func line(text string, most int) string {
	if plain(text) && len(text) <= most {
		return text
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200b, r == 0x200e, r == 0x200f, r == 0x2060, r == 0xfeff:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > most {
		text = strings.TrimRight(string([]rune(text)[:most]), " ")
	}
	return text
}

// plain says whether a text is one line of printable ASCII without needless blanks, as nearly all are.
func plain(text string) bool {
	before := byte(' ')
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return text == "" || before != ' '
}

// web returns a text that is an address of the web, or nothing.
func web(text string) string {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > mostURL || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) }) {
		return ""
	}
	at, err := url.Parse(text)
	if err != nil || at.Scheme != "https" && at.Scheme != "http" || at.Host == "" {
		return ""
	}
	return text
}
