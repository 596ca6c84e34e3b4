package mail

import (
	"bytes"
	"errors"
	"io"
	"mime"
	netmail "net/mail"
	"os"
	"strings"
	"time"

	msgmail "github.com/emersion/go-message/mail"
)

// readHead reads as much of a file as has the headers in it.
func readHead(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, 8<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return head[:n], nil
}

func index(id string, at time.Time, message []byte) indexed {
	c := Caught{ID: id, At: at}
	for _, h := range headers(message) {
		switch strings.ToLower(h.Name) {
		case "from":
			c.From = readable(h.Value)
		case "to":
			c.To = readable(h.Value)
		case "subject":
			c.Subject, _ = new(mime.WordDecoder).DecodeHeader(h.Value)
		}
	}
	return indexed{c, strings.ToLower(c.From + "\n" + c.To + "\n" + c.Subject)}
}

// readable is an address header as people read it.
func readable(value string) string {
	a, err := netmail.ParseAddress(value)
	switch {
	case err != nil:
		return value
	case a.Name == "":
		return a.Address
	}
	return a.Name + " <" + a.Address + ">"
}

// headers takes the header section apart and unfolds it.
func headers(message []byte) []Header {
	var all []Header
	for len(message) > 0 {
		line := message
		if end := bytes.IndexByte(message, '\n'); end >= 0 {
			line, message = message[:end], message[end+1:]
		} else {
			message = nil
		}
		text := strings.TrimRight(string(line), "\r")
		if text == "" {
			break
		}
		if text[0] == ' ' || text[0] == '\t' {
			if len(all) > 0 {
				all[len(all)-1].Value += text
			}
			continue
		}
		if name, value, found := strings.Cut(text, ":"); found {
			all = append(all, Header{name, strings.TrimPrefix(value, " ")})
		}
	}
	return all
}

// bodies are a message's text and HTML. What can't be read is left out: the page still has the message raw.
func bodies(message []byte) (text, html string) {
	parts, err := msgmail.CreateReader(bytes.NewReader(message))
	if err != nil {
		return "", ""
	}
	defer parts.Close()
	for {
		part, err := parts.NextPart()
		if err != nil {
			return text, html
		}
		content, err := io.ReadAll(part.Body)
		if err != nil {
			return text, html
		}
		switch kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind {
		case "text/plain", "":
			text += string(content)
		case "text/html":
			html += string(content)
		}
	}
}
