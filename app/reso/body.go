package reso

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// watch ends a request that has said nothing for a while.
type watch struct {
	after time.Duration
	timer *time.Timer
	bark  atomic.Bool
}

func newWatch(after time.Duration, end func()) *watch {
	w := &watch{after: after}
	w.timer = time.AfterFunc(after, func() { w.bark.Store(true); end() })
	return w
}

func (w *watch) barked() bool { return w.bark.Load() }
func (w *watch) stop()        { w.timer.Stop() }

// metered reads from the network: at most maxAnswer, and each byte keeps the watch quiet.
type metered struct {
	from  io.Reader
	watch *watch
	left  int64
}

func (m *metered) Read(p []byte) (int, error) {
	if m.left <= 0 {
		return 0, errTooLarge
	}
	n, err := m.from.Read(p)
	if n > 0 && m.watch != nil && !m.watch.barked() {
		m.watch.timer.Reset(m.watch.after)
	}
	m.left -= int64(n)
	return n, err
}

var errTooLarge = &Error{Say: fmt.Sprintf("The feed’s answer is larger than %d MB. Ask for smaller pages.", maxAnswer>>20)}

// body is an answer's body, unpacked within limits.
type body struct {
	*bufio.Reader
	record int64 // what one value may still take
}

// open unpacks a body. The packed and the unpacked size are limited each: a megabyte may unpack to a gigabyte, and
// gigabytes of empty gzip members unpack to nothing.
func open(response *http.Response, w *watch) (*body, error) {
	if response.ContentLength > maxAnswer {
		return nil, errTooLarge
	}
	var from io.Reader = &metered{response.Body, w, maxAnswer}
	switch encoding := strings.ToLower(strings.TrimSpace(response.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		unpacked, err := gzip.NewReader(from)
		if err != nil {
			return nil, cutOff(err)
		}
		from = &metered{unpacked, nil, maxAnswer}
	default:
		return nil, &Error{Say: "The feed packs its answer in a way nobody asked for."}
	}
	return &body{Reader: bufio.NewReaderSize(from, 64<<10)}, nil
}

// some is the body's beginning, for words about an error.
func (b *body) some(most int64) []byte {
	text, _ := io.ReadAll(io.LimitReader(b.Reader, most))
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// Read is what the decoder reads with: it counts what one value takes.
func (b *body) Read(p []byte) (int, error) {
	if b.record <= 0 {
		return 0, &Error{Say: fmt.Sprintf("One record of the feed’s answer is larger than %d MB.", maxRecord>>20)}
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.record)])
	b.record -= int64(n)
	return n, err
}

// cutOff words what a decoder or unpacker says.
func cutOff(err error) error {
	var e *Error
	var syntax *json.SyntaxError
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return &Error{Say: "The feed’s answer is damaged: it can’t be unpacked.", again: true}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &Error{Say: "The feed’s answer was cut off in the middle.", again: true}
	case errors.As(err, &syntax):
		return &Error{Say: "The feed’s answer is not valid JSON."}
	}
	return &Error{Say: "The connection to the feed broke in the middle of its answer.", again: true}
}

var errNoOData = &Error{Say: "The feed answered with something that is no OData. Check the service root."}

// records reads an OData collection, an answer to a single record, or RESO Common Format, as it comes in. It returns the
// next link. Which fields there are and in which order does not matter.
func (b *body) records(page *Page, take func(Record) error) (next string, err error) {
	if err := b.start(); err != nil {
		return "", err
	}
	decoder := json.NewDecoder(b)
	decoder.UseNumber()
	b.record = 2 * maxRecord // what the decoder reads ahead counts too
	if opening, err := decoder.Token(); err != nil {
		return "", cutOff(err)
	} else if opening != json.Delim('{') {
		return "", errNoOData
	}
	single, found, size := Record{}, false, 0
	for b.more(decoder) {
		name, err := b.token(decoder)
		if err != nil {
			return "", err
		}
		if name == "value" {
			found = true
			if err := b.values(decoder, page, take); err != nil {
				return "", err
			}
			continue
		}
		var value any
		before := decoder.InputOffset()
		if err := b.decode(decoder, &value); err != nil {
			return "", err
		}
		if size += int(decoder.InputOffset() - before); size > maxRecord {
			return "", &Error{Say: fmt.Sprintf("One record of the feed’s answer is larger than %d MB.", maxRecord>>20)}
		}
		switch name {
		case "@odata.nextLink", "@nextLink", "odata.nextLink":
			next, _ = value.(string)
		default:
			single[name.(string)] = value
		}
	}
	if _, err := b.token(decoder); err != nil { // the closing brace
		return "", err
	}
	if err := b.end(decoder); err != nil {
		return "", err
	}
	if !found {
		return "", one(single, page, take)
	}
	return next, nil
}

// start looks at the first byte: a page for people is the commonest answer that is none.
func (b *body) start() error {
	if mark, _ := b.Peek(3); string(mark) == "\ufeff" {
		_, _ = b.Discard(3)
	}
	for {
		first, err := b.Peek(1)
		switch {
		case errors.Is(err, io.EOF):
			return &Error{Say: "The feed’s answer is empty.", again: true}
		case err != nil:
			return cutOff(err)
		case strings.IndexByte(" \t\r\n", first[0]) >= 0:
			_, _ = b.Discard(1)
		case first[0] == '<':
			return &Error{Say: "The feed answered with a web page instead of data. Check the service root."}
		default:
			return nil
		}
	}
}

// more says whether the object or array goes on. It may read, so what one value may take is counted afresh before it.
func (b *body) more(decoder *json.Decoder) bool {
	b.record = 2 * maxRecord
	return decoder.More()
}

func (b *body) token(decoder *json.Decoder) (json.Token, error) {
	b.record = 2 * maxRecord
	t, err := decoder.Token()
	if err != nil {
		return nil, cutOff(err)
	}
	return t, nil
}

func (b *body) decode(decoder *json.Decoder, value any) error {
	b.record = 2 * maxRecord
	if err := decoder.Decode(value); err != nil {
		return cutOff(err)
	}
	return nil
}

func (b *body) values(decoder *json.Decoder, page *Page, take func(Record) error) error {
	if opening, err := b.token(decoder); err != nil {
		return err
	} else if opening != json.Delim('[') {
		return errNoOData
	}
	for b.more(decoder) {
		var value any
		if err := b.decode(decoder, &value); err != nil {
			return err
		}
		record, ok := value.(Record)
		if !ok {
			page.Odd++
			continue
		}
		page.Records++
		if err := take(record); err != nil {
			return err
		}
	}
	_, err := b.token(decoder)
	return err
}

// end sees that nothing but white space follows.
func (b *body) end(decoder *json.Decoder) error {
	b.record = 2 * maxRecord
	if _, err := decoder.Token(); errors.Is(err, io.EOF) {
		return nil
	} else if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	return &Error{Say: "The feed’s answer is not valid JSON."}
}

// one takes the answer to a single record, which has no wrapper.
func one(record Record, page *Page, take func(Record) error) error {
	if p, isError := record["error"]; isError {
		text, err := json.Marshal(map[string]any{"error": p})
		if err != nil {
			return fmt.Errorf("reso: %w", err)
		}
		said := readProblem(text)
		return &Error{Say: "The feed answers with an error.", said: &said}
	}
	for name := range record {
		if strings.HasSuffix(name, "Key") || strings.HasSuffix(name, "KeyNumeric") {
			page.Records = 1
			return take(record)
		}
	}
	return errNoOData
}
