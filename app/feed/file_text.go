package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"porchlight/app/fault"
)

// MostBytes is the largest file taken.
const MostBytes = 200 << 20

// longestRecord is how many octets one row may have: beyond it a quotation mark was not closed. A home with 10,000
// photos has 3 to 8 MB of JSON.
const longestRecord = 10 << 20

var (
	errTooLarge = fault.New(fault.Invalid, "The file has more than 200 MB. Split it and import the parts.")
	errEmpty    = fault.New(fault.Invalid, "There are no homes in this file.")
	errNoText   = fault.New(fault.Invalid, "This is no CSV or JSON file. Open it in the program it comes from, choose Save as or Export, CSV, and import that.")
	errUnread   = fault.New(fault.Invalid, "The file could not be read to its end. Try again.")
	errUnclosed = errors.New("a quotation mark is not closed")
)

// openText makes UTF-8 with \n line ends of what tables come in: UTF-8 with or without a mark, UTF-16 with or without one,
// else Windows-1252. Octet by octet: what is no UTF-8 is taken for Windows-1252, so that one wrong letter at the end of a
// large file needs no second reading.
func openText(r io.ReadSeeker) (*textReader, error) {
	size, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if size > MostBytes {
		return nil, errTooLarge
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errUnread
	}
	if len(bytes.TrimSpace(head)) == 0 && len(head) < 4096 {
		return nil, errEmpty
	}
	for _, magic := range []string{"PK\x03\x04", "\xd0\xcf\x11\xe0", "%PDF", "\x1f\x8b", "\x89PNG", "\xff\xd8\xff"} { // a workbook, packed files, pictures
		if bytes.HasPrefix(head, []byte(magic)) {
			return nil, errNoText
		}
	}
	var plain io.Reader = in
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		plain = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(in)
	case zeros(head, 1) > len(head)/3:
		plain = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(in)
	case zeros(head, 0) > len(head)/3:
		plain = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(in)
	case bytes.IndexByte(head, 0) >= 0:
		return nil, errNoText
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}):
		if _, err := in.Discard(3); err != nil {
			return nil, errUnread
		}
	}
	return &textReader{in: plain, raw: make([]byte, 0, 32<<10)}, nil
}

// zeros counts the zero octets at even or odd places.
func zeros(head []byte, odd int) int {
	n := 0
	for i := odd; i < len(head); i += 2 {
		if head[i] == 0 {
			n++
		}
	}
	return n
}

// textReader mends encoding and line ends as the text goes by.
type textReader struct {
	in    io.Reader
	raw   []byte // read and not yet mended
	out   []byte // mended and not yet handed on
	err   error
	wasCR bool
	since int // octets handed on since the last record was finished
}

// finished says that a record was read whole.
func (t *textReader) finished() { t.since = 0 }

func (t *textReader) Read(p []byte) (int, error) {
	for len(t.out) == 0 {
		if t.err != nil && len(t.raw) == 0 {
			return 0, t.err
		}
		if t.err == nil {
			n, err := t.in.Read(t.raw[len(t.raw):cap(t.raw)])
			t.raw, t.err = t.raw[:len(t.raw)+n], err
			if err != nil && !errors.Is(err, io.EOF) {
				t.err = errUnread
			}
		}
		t.mend()
	}
	n := copy(p, t.out)
	t.out = t.out[n:]
	if t.since += n; t.since > longestRecord {
		return n, errUnclosed
	}
	return n, nil
}

// mend moves what is complete from raw to out.
func (t *textReader) mend() {
	out := make([]byte, 0, len(t.raw)+16)
	i := 0
	for i < len(t.raw) {
		c := t.raw[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '\r':
				out, t.wasCR = append(out, '\n'), true
				continue
			case c == '\n' && t.wasCR: // the second half of \r\n
			case c == 0:
			default:
				out = append(out, c)
			}
			t.wasCR = false
			continue
		}
		if !utf8.FullRune(t.raw[i:]) && t.err == nil {
			break // the rest of the letter is still to come
		}
		t.wasCR = false
		letter, size := utf8.DecodeRune(t.raw[i:])
		if letter == utf8.RuneError && size == 1 {
			letter = charmap.Windows1252.DecodeByte(c)
		}
		out = utf8.AppendRune(out, letter)
		i += size
	}
	t.raw = t.raw[:copy(t.raw, t.raw[i:])]
	t.out = out
}

// Spool copies what can't be read twice (a pipe, an upload) into a temporary file that is gone when it is closed. Faults:
// Invalid where it is larger than any file may be.
func Spool(from io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "porchlight-import-")
	if err != nil {
		return nil, fmt.Errorf("feed: spool: %w", err)
	}
	_ = os.Remove(file.Name()) // the open file stays readable
	n, err := io.Copy(file, io.LimitReader(from, MostBytes+1))
	if err == nil && n > MostBytes {
		err = errTooLarge
	}
	if err != nil {
		_ = file.Close()
		if fault.As(err) != nil {
			return nil, err
		}
		return nil, fmt.Errorf("feed: spool: %w", err)
	}
	return file, nil
}
