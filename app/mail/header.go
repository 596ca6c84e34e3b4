package mail

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

const (
	foldAt  = 76 // RFC 2047 section 2: a line with an encoded-word has no more
	wordMax = 75 // RFC 2047 section 2, with its =? and ?=
	frame   = len("=?utf-8?q??=")
)

// appendText writes a header of free text (RFC 5322 section 3.6.5), folded, as encoded-words where it must.
func appendText(dst []byte, name, text string) []byte {
	dst = append(append(dst, name...), ": "...)
	col := len(name) + 2
	if foldable(text) {
		for i, word := range strings.Split(text, " ") {
			if i > 0 && col+1+len(word) > foldAt {
				dst, col = append(dst, "\r\n"...), 0
			}
			if i > 0 {
				dst, col = append(dst, ' '), col+1
			}
			dst, col = append(dst, word...), col+len(word)
		}
	} else {
		dst, _ = appendEncoded(dst, col, text)
	}
	return append(dst, "\r\n"...)
}

// appendAddress writes an address header (RFC 5322 section 3.4) with one address.
func appendAddress(dst []byte, header, name, addr string) []byte {
	dst = append(append(dst, header...), ": "...)
	col := len(header) + 2
	if name != "" {
		switch {
		case !foldable(name) || len(name) > 60:
			dst, col = appendEncoded(dst, col, name)
		case strings.ContainsFunc(name, func(r rune) bool { return !strings.ContainsRune(atoms, r) }):
			dst, col = append(dst, '"'), col+len(name)+2
			for i := range len(name) {
				if name[i] == '"' || name[i] == '\\' {
					dst, col = append(dst, '\\'), col+1
				}
				dst = append(dst, name[i])
			}
			dst = append(dst, '"')
		default:
			dst, col = append(dst, name...), col+len(name)
		}
		if col+3+len(addr) > foldAt {
			dst = append(dst, "\r\n"...)
		}
		dst = append(dst, ' ')
	}
	dst = append(append(dst, '<'), addr...)
	return append(dst, ">\r\n"...)
}

// atoms are what a display name may hold without quotation marks (RFC 5322 section 3.2.3).
const atoms = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~ "

// foldable says whether a text can stand in a header as it is: printable ASCII, short words parted by single spaces,
// nothing that reads as an encoded-word.
func foldable(s string) bool {
	word := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' && word == 0: // at the start, or two in a row
			return false
		case c == ' ':
			word = 0
		case c < 0x21 || c > 0x7e || word > 60 || c == '?' && i > 0 && s[i-1] == '=':
			return false
		default:
			word++
		}
	}
	return word > 0
}

// appendEncoded writes encoded-words (RFC 2047), in the shorter of the two encodings, never cutting a character.
func appendEncoded(dst []byte, col int, text string) ([]byte, int) {
	quoted := 0
	for i := range len(text) {
		quoted += quotedLen(text[i])
	}
	q := quoted <= (len(text)+2)/3*4
	for {
		room := min(foldAt-col, wordMax) - frame
		n, used := 0, 0
		for n < len(text) {
			_, size := utf8.DecodeRuneInString(text[n:])
			more := 0
			if q {
				for i := n; i < n+size; i++ {
					more += quotedLen(text[i])
				}
			} else {
				more = (n+size+2)/3*4 - used
			}
			if used+more > room {
				break
			}
			n, used = n+size, used+more
		}
		if n > 0 {
			dst = appendWord(dst, q, text[:n])
			col, text = col+used+frame, text[n:]
		}
		if text == "" {
			return dst, col
		}
		dst, col = append(dst, "\r\n "...), 1
	}
}

func appendWord(dst []byte, q bool, text string) []byte {
	if !q {
		dst = append(dst, "=?utf-8?b?"...)
		dst = base64.StdEncoding.AppendEncode(dst, []byte(text))
		return append(dst, "?="...)
	}
	dst = append(dst, "=?utf-8?q?"...)
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			dst = append(dst, '_')
		case quotedLen(c) == 1:
			dst = append(dst, c)
		default:
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		}
	}
	return append(dst, "?="...)
}

const upperHex = "0123456789ABCDEF"

// quotedLen is what a byte takes in a Q encoded-word that may stand in a name (RFC 2047 section 5 (3)).
func quotedLen(c byte) int {
	if c == ' ' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '!' || c == '*' || c == '+' || c == '-' || c == '/' {
		return 1
	}
	return 3
}
