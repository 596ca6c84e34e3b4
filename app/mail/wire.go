package mail

import (
	"bytes"
	"errors"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// failure is what net/smtp's errors say.
func failure(phase Phase, err error) *SendError {
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 400 && said.Code < 600 {
		enhanced, text := words(said.Code, said.Msg)
		return &SendError{Phase: phase, Code: said.Code, Enhanced: enhanced, Reply: text}
	}
	return &SendError{Phase: phase, Err: err}
}

func errUnexpected(code int) error {
	return errors.New("the server answered " + strconv.Itoa(code) + ", which is no answer to this")
}

// words takes a reply apart: the enhanced code (RFC 3463, in each line by RFC 2034) and the rest on one line.
func words(code int, reply string) (enhanced, text string) {
	parts := strings.Split(reply, "\n")
	for i, line := range parts {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if isEnhanced(word, code) && (enhanced == "" || word == enhanced) {
			enhanced, parts[i] = word, rest
		}
	}
	text = strings.Join(parts, " ")
	text = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !manyLines(string(r)) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "�"))), " ")
	if len(text) > 500 {
		text = strings.ToValidUTF8(text[:500], "") + "…"
	}
	return enhanced, text
}

func isEnhanced(word string, code int) bool {
	parts := strings.Split(word, ".")
	if len(parts) != 3 || parts[0] != strconv.Itoa(code/100) {
		return false
	}
	for _, digits := range parts[1:] {
		if len(digits) < 1 || len(digits) > 3 || strings.Trim(digits, "0123456789") != "" {
			return false
		}
	}
	return true
}

// stuff doubles the dot that starts a line and ends the message (RFC 5321 section 4.5.2).
func stuff(dst, message []byte) []byte {
	if len(message) > 0 && message[0] == '.' {
		dst = append(dst, '.')
	}
	for {
		at := bytes.Index(message, []byte("\r\n."))
		if at < 0 {
			break
		}
		dst = append(append(dst, message[:at+3]...), '.')
		message = message[at+3:]
	}
	return append(append(dst, message...), ".\r\n"...)
}

// wire is a connection whose limits are set anew for each phase: how long, and how much a server may say.
type wire struct {
	net.Conn
	left int
}

// maxReply is what a server may say in one phase. RFC 5321 section 4.5.3.1.5 gives a line 512 octets; a TLS handshake
// needs more.
const maxReply = 64 << 10

func (w *wire) arm(limit time.Duration) {
	w.left = maxReply
	_ = w.SetDeadline(time.Now().Add(limit)) // fails only when closed, and then so does what comes next
}

func (w *wire) Read(b []byte) (int, error) {
	if w.left <= 0 {
		return 0, errors.New("the server talks without end")
	}
	n, err := w.Conn.Read(b[:min(len(b), w.left)])
	w.left -= n
	return n, err
}
