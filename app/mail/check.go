package mail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
)

// maxLine is RFC 5322 section 2.1.1, without the line's end.
const maxLine = 998

// single are the headers that a message has once: RFC 5322 section 3.6, 2045 section 3, 8058 section 3.1, 2919 section 5.
// The first seven must be there.
var single = [...]string{"From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type",
	"Reply-To", "Sender", "Cc", "Bcc", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID", "Precedence",
	"Auto-Submitted", "X-Auto-Response-Suppress", "Content-Transfer-Encoding", "In-Reply-To", "References", "Return-Path"}

const needed = 7

// Check refuses bytes that are not a proper message: RFC 5322 lines and line ends, exactly one of each header that must
// be single, no control characters, no empty body.
func Check(message []byte) error {
	end := bytes.Index(message, []byte("\r\n\r\n"))
	if end < 0 {
		return errors.New("mail: check: no empty line after the headers")
	}
	if err := checkHeaders(message[:end+2]); err != nil {
		return err
	}
	body := message[end+4:]
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("mail: check: the body is empty")
	}
	return checkLines(message)
}

func checkHeaders(headers []byte) error {
	var seen [len(single)]bool
	for len(headers) > 0 {
		end := bytes.IndexByte(headers, '\n')
		if end < 0 {
			return errors.New("mail: check: a header without an end")
		}
		line := headers[:end+1]
		headers = headers[end+1:]
		if line[0] == ' ' || line[0] == '\t' {
			if len(bytes.TrimSpace(line)) == 0 {
				return errors.New("mail: check: a folded header has an empty line")
			}
			continue
		}
		colon := bytes.IndexByte(line, ':')
		if colon < 1 {
			return errors.New("mail: check: a line among the headers is no header")
		}
		for _, c := range line[:colon] {
			if c < 0x21 || c > 0x7e {
				return errors.New("mail: check: a header's name has a character that none may have")
			}
		}
		for i := range single {
			if len(single[i]) == colon && bytes.EqualFold(line[:colon], []byte(single[i])) {
				if seen[i] {
					return fmt.Errorf("mail: check: %s is there twice", single[i])
				}
				seen[i] = true
			}
		}
	}
	for i := range needed {
		if !seen[i] {
			return fmt.Errorf("mail: check: %s is missing", single[i])
		}
	}
	return nil
}

// checkLines refuses what a server could read as the end of a message (a CR or LF alone), lines beyond RFC 5322, and
// control characters.
func checkLines(message []byte) error {
	if !bytes.HasSuffix(message, []byte("\r\n")) {
		return errors.New("mail: check: the last line has no end")
	}
	for len(message) > 0 {
		end := bytes.IndexByte(message, '\n')
		if end < 1 || message[end-1] != '\r' {
			return errors.New("mail: check: a line ends without CR LF")
		}
		line := message[:end-1]
		message = message[end+1:]
		if len(line) > maxLine {
			return fmt.Errorf("mail: check: a line of %d characters", len(line))
		}
		if !printable(line) {
			for _, c := range line {
				if c < ' ' && c != '\t' || c == 0x7f {
					return fmt.Errorf("mail: check: control character %#02x", c)
				}
			}
			if !utf8.Valid(line) {
				return errors.New("mail: check: a line is not UTF-8")
			}
		}
	}
	return nil
}

// checkHead is Check for a header section whose body is known to be proper.
func checkHead(headers []byte) error {
	if err := checkHeaders(headers); err != nil {
		return err
	}
	return checkLines(headers)
}

// printable says whether all of a line is between space and ~, eight bytes at a time: every letter passes here.
func printable(line []byte) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for len(line) >= 8 {
		v := binary.LittleEndian.Uint64(line)
		if (v-ones*' ')&^v&highs|(v+ones)&highs|v&highs != 0 {
			return false
		}
		line = line[8:]
	}
	for _, c := range line {
		if c < ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}
