package mail

// appendQuoted writes text as quoted-printable (RFC 2045 section 6.7), \n as a line's end. It begins in column 0. Dots
// and "From " at the start of a line are escaped too, so that no relay touches them.
func appendQuoted(dst []byte, text string) []byte {
	col := 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '\n' {
			dst, col = append(dst, "\r\n"...), 0
			continue
		}
		last := i+1 == len(text) || text[i+1] == '\n'
		plain := c > ' ' && c < 0x7f && c != '=' || c == ' ' && !last
		if col == 0 && (c == '.' || c == 'F' && len(text) > i+4 && text[i:i+5] == "From ") {
			plain = false
		}
		need := 3
		if plain {
			need = 1
		}
		if col+need > 75 { // the 76th is for the soft break
			dst, col = append(dst, "=\r\n"...), 0
			plain = plain && c != '.' && c != 'F'
			if !plain {
				need = 3
			}
		}
		if plain {
			dst = append(dst, c)
		} else {
			dst = append(dst, '=', upperHex[c>>4], upperHex[c&15])
		}
		col += need
	}
	return dst
}

// softBreak joins two texts that were quoted apart.
const softBreak = "=\r\n"
