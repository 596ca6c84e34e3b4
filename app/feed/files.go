package feed

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// File is a file of homes, read and understood but not yet brought in.
type File struct {
	Name     string
	Kind     string // csv, json (RESO Common Format)
	Header   []string
	Columns  []string  // beside Header: the RESO field each column is taken for; empty: left out
	Example  []string  // beside Header: what the first row that says something there says
	Rows     int       // homes, whether they can come in or not
	Problems []Problem // the first 1,000, by row
	Trouble  int       // how many there are
	Refused  int       // rows that can't come in
	Prices   int64     // the sum of list prices, in cents
	Sample   []listings.Record
}

// mostProblems is how many problems of a file are kept; all are counted.
const mostProblems = 1000

// sampled is how many homes a preview shows.
const sampled = 12

// Inspect reads a whole file once. mapping replaces the guesses by column number; status is what homes are taken for where
// no column says so (empty: Closed if there is a close date or a price paid, else Active). Faults: Invalid, in words.
func Inspect(ctx context.Context, r io.ReadSeeker, name string, mapping map[int]string, status listings.Status) (File, error) {
	h, err := openHomes(r, mapping, status)
	if err != nil {
		return File{}, err
	}
	for {
		record, ok, err := h.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return File{}, err
		}
		if h.rows%batch == 0 {
			if err := ctx.Err(); err != nil {
				return File{}, err
			}
		}
		if ok && len(h.sample) < sampled {
			h.sample = append(h.sample, record)
		}
	}
	f := h.file(name)
	if f.Rows == 0 {
		return f, errEmpty
	}
	return f, nil
}

// homes walks a file's homes.
type homes struct {
	table    *table   // of csv
	records  *records // of json
	status   listings.Status
	seen     map[uint64]earlier
	rows     int
	refused  int
	trouble  int
	prices   int64
	problems []Problem
	months   map[string]bool // columns whose dates name no day, already told
	sample   []listings.Record
}

// openHomes looks at a file's beginning. Faults: Invalid.
func openHomes(r io.ReadSeeker, mapping map[int]string, status listings.Status) (*homes, error) {
	text, err := openText(r)
	if err != nil {
		return nil, err
	}
	h := &homes{status: status, seen: map[uint64]earlier{}, months: map[string]bool{}}
	in := bufio.NewReader(text)
	head, err := in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errUnread
	}
	switch start := strings.TrimSpace(string(head)); {
	case strings.HasPrefix(start, "{"), strings.HasPrefix(start, "["):
		h.records = openRecords(text, in)
		return h, nil
	case strings.HasPrefix(start, "<"):
		return nil, fault.New(fault.Invalid, "This is a web page or XML, no CSV or JSON file of homes.")
	}
	h.table, err = openTable(text, in, mapping)
	return h, err
}

// next returns the file's next home; ok is false for a row that can't come in. The error may be io.EOF.
func (h *homes) next() (record listings.Record, ok bool, err error) {
	if h.records != nil {
		return h.nextRecord()
	}
	line, remark, err := h.table.next()
	if err != nil {
		return record, false, err
	}
	if remark != "" {
		h.report(Problem{Row: line, Say: remark, Skip: true})
		return record, false, nil
	}
	h.rows++
	if say := cmp.Or(h.table.overfull(), h.table.torn()); say != "" {
		h.refused++
		h.report(Problem{Row: line, Say: say, Skip: true})
		return record, false, nil
	}
	if say := h.table.ragged(); say != "" {
		h.report(Problem{Row: line, Say: say})
	}
	record, problems := convert(h.values(h.closed()))
	h.table.complete(&record)
	if record.ListPrice != nil && *record.ListPrice == 0 { // nothing was asked, or paid: a gift, or a gap
		record.ListPrice = nil
		problems = append(problems, Problem{Field: "ListPrice", Say: "A price of 0 is taken for unknown."})
	}
	return record, h.finish(line, &record, problems), nil
}

func (h *homes) nextRecord() (record listings.Record, ok bool, err error) {
	if err := h.records.next(); err != nil {
		return record, false, err
	}
	h.rows++
	fields := h.records.fields
	record, problems := convert(func(field string) (any, bool) {
		value, ok := fields[field]
		return value, ok
	})
	return record, h.finish(h.records.number, &record, problems), nil
}

// finish gives a home its key and tells what is odd about it; false: it can't come in.
func (h *homes) finish(row int, record *listings.Record, problems []Problem) bool {
	taken := h.key(row, record)
	if taken {
		h.suspect(record)
		if record.ListPrice != nil {
			h.prices += *record.ListPrice
		}
	} else {
		h.refused++
	}
	for _, p := range problems {
		p.Row, p.Key, p.Skip = row, record.ListingKey, !taken
		if h.table != nil {
			p.Field = h.table.called(p.Field)
		}
		if p.Say == sayMonth { // once a column is enough
			if h.months[p.Field] {
				continue
			}
			h.months[p.Field] = true
			p.Say += " So it is in other rows of this column."
		}
		h.report(p)
	}
	return taken
}

func (h *homes) report(p Problem) {
	p.Nth = h.records != nil
	if n := len(h.problems); n > 0 && h.problems[n-1] == p { // one cell that is two fields
		return
	}
	if h.trouble++; len(h.problems) < mostProblems {
		h.problems = append(h.problems, p)
	}
}

func (h *homes) file(name string) File {
	f := File{Name: name, Kind: "json", Rows: h.rows, Refused: h.refused, Problems: h.problems, Trouble: h.trouble, Prices: h.prices, Sample: h.sample}
	if h.table != nil {
		f.Kind, f.Header, f.Columns, f.Example = "csv", h.table.header, h.table.columns, h.table.example
	}
	return f
}
