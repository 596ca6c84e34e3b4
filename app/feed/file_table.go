package feed

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"porchlight/app/fault"
)

const (
	mostColumns = 1000
	sniffed     = 128 << 10 // octets of text in which the header must stand
	sniffedRows = 60
)

// table reads separated values whose header names the columns. Titles and remarks may stand before the header.
type table struct {
	text    *textReader
	in      *bufio.Reader // what rows reads from
	rows    *csv.Reader
	header  []string
	columns []string         // beside header: the field, empty for what is left out
	places  map[string][]int // field to its columns; the first that says something counts
	example []string         // beside header: the first cell that says something
	cells   []string         // of the row in hand
	learned int              // rows that gave examples
	last    int              // how many of them there are up to the last that says anything
}

// openTable finds the separator and the header. mapping replaces guesses, by column number.
func openTable(text *textReader, from io.Reader, mapping map[int]string) (*table, error) {
	in := bufio.NewReaderSize(from, sniffed)
	head, err := in.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errUnread
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, errEmpty
	}
	if err == nil { // the last line of the piece may be cut
		head = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	separator, skip := sniff(head)
	t := &table{text: text, in: in, rows: newCSV(in, separator), places: map[string][]int{}}
	for range skip + 1 {
		cells, err := t.rows.Read()
		if err != nil {
			return nil, t.wrong(err)
		}
		t.header = slices.Clone(cells)
	}
	if len(t.header) > mostColumns {
		return nil, fault.New(fault.Invalid, "The table has %d columns; %d are the most that can be read.", len(t.header), mostColumns)
	}
	return t, t.mapColumns(mapping)
}

func newCSV(in io.Reader, separator rune) *csv.Reader {
	r := csv.NewReader(in)
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = separator, -1, true, true
	return r
}

// sniff finds the separator and how many records stand before the header: that of the row with most known names.
func sniff(head []byte) (separator rune, skip int) {
	separator, best, widest := ',', -1, 0
	for _, candidate := range []rune{',', ';', '\t', '|'} {
		r := newCSV(bytes.NewReader(head), candidate)
		for i := range sniffedRows {
			cells, err := r.Read()
			if err != nil {
				break
			}
			known, filled := knownNames(cells)
			// A table nobody knows begins with its widest row; one name alone is a title as likely as a header.
			if known < 2 {
				known = 0
			}
			if known > best || known == best && known == 0 && filled > widest {
				separator, skip, best, widest = candidate, i, known, filled
			}
		}
	}
	return separator, skip
}

// knownNames counts the different fields these cells name, and the cells that say anything.
func knownNames(cells []string) (known, filled int) {
	seen := map[string]bool{}
	for _, cell := range cells {
		if cell = strings.TrimSpace(cell); cell == "" || len(cell) > 100 {
			continue
		}
		filled++
		name := fieldOf(cell)
		if name == "" && Never(cell) {
			name = cell
		}
		if name != "" && !seen[name] {
			seen[name] = true
			known++
		}
	}
	return known, filled
}

func (t *table) mapColumns(mapping map[int]string) error {
	t.columns, t.example = make([]string, len(t.header)), make([]string, len(t.header))
	for i, name := range t.header {
		t.header[i] = clean(name, 100, false)
		t.columns[i] = t.guess(i)
		field, changed := mapping[i]
		if !changed {
			continue
		}
		if field != "" && FieldWords[field] == "" {
			return fault.New(fault.Invalid, "A column can’t be taken for “%s”.", short(field))
		}
		if field != "" && Never(name) {
			return fault.New(fault.Invalid, "The column “%s” is not for clients, so it is never kept.", t.header[i])
		}
		t.columns[i] = field
	}
	for i, field := range t.columns {
		if field != "" {
			t.places[field] = append(t.places[field], i)
		}
	}
	return nil
}

// guess is what a column is by its name. "ST" is the state where it stands beside a town or a zip code, else the status.
func (t *table) guess(i int) string {
	field := fieldOf(t.header[i])
	if field != "MlsStatus" || fold(t.header[i]) != "st" {
		return field
	}
	for _, beside := range []int{i - 1, i + 1} {
		if beside >= 0 && beside < len(t.header) {
			switch fieldOf(t.header[beside]) {
			case "City", "PostalCity", "PostalCode", "CountyOrParish":
				return "StateOrProvince"
			}
		}
	}
	return field
}

// next reads a row that says something; line is where it begins, remark is why it is no home at all. Faults: Invalid;
// io.EOF at the end.
func (t *table) next() (line int, remark string, err error) {
	for {
		cells, err := t.rows.Read()
		if err != nil {
			return 0, "", t.wrong(err)
		}
		t.text.finished()
		filled, last := 0, 0
		for i, cell := range cells {
			if strings.TrimSpace(cell) != "" {
				filled, last = filled+1, i+1
			}
		}
		if filled == 0 {
			continue // a blank tail
		}
		line, _ = t.rows.FieldPos(0)
		t.cells = cells
		if t.swallowed() {
			return 0, "", t.wrong(errUnclosed)
		}
		switch {
		case filled == 1 && len(t.header) > 2 && last == 1 && len(cells) < len(t.header):
			return line, "This line is a remark, not a home.", nil
		case slices.Equal(cells, t.header):
			return line, "This line is the header again.", nil
		}
		t.last = last
		t.learn()
		return line, "", nil
	}
}

// learn keeps an example of each column.
func (t *table) learn() {
	if t.learned++; t.learned > 100 {
		return
	}
	for i, cell := range t.cells[:min(len(t.cells), len(t.header))] {
		if t.example[i] == "" && !unknown(cell) && !Never(t.header[i]) {
			t.example[i] = clean(cell, 60, false)
		}
	}
}

// value is a field's cell, the first that says something.
func (t *table) value(field string) string {
	for _, i := range t.places[field] {
		if i < len(t.cells) {
			if cell := t.cells[i]; !unknown(cell) {
				return cell
			}
		}
	}
	return ""
}

// name is what the file calls a field.
func (t *table) name(field string) string {
	if places := t.places[field]; len(places) > 0 {
		return t.header[places[0]]
	}
	return ""
}

// print is the row's fingerprint.
func (t *table) print() uint64 {
	var h maphash.Hash
	h.SetSeed(keySeed)
	for _, cell := range t.cells {
		h.WriteString(cell)
		h.WriteByte(0)
	}
	return h.Sum64()
}

// wrong makes a sentence of what stopped the reading; io.EOF stays.
func (t *table) wrong(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, errUnclosed):
		return fault.New(fault.Invalid, "Behind line %d a quotation mark is opened and not closed, so the rows can’t be told apart.", max(1, t.line()))
	case errors.As(err, &parse):
		return fault.New(fault.Invalid, "Line %d is not part of a proper table: %s.", parse.Line, parse.Err)
	case errors.Is(err, io.EOF), fault.As(err) != nil:
		return err
	}
	return errUnread
}

func (t *table) line() int {
	if len(t.cells) == 0 {
		return 1
	}
	line, _ := t.rows.FieldPos(0)
	return line
}

// unknown says whether a cell only tells that nothing is known.
func unknown(cell string) bool {
	if len(cell) > 12 {
		return strings.TrimSpace(cell) == ""
	}
	switch strings.ToLower(strings.Trim(cell, " \t$")) {
	case "", "-", "--", "null", "(null)", "n/a", "na", "#n/a", `\n`, "?", ".", "nil", "<na>":
		return true
	}
	return false
}
