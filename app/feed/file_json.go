package feed

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"porchlight/app/fault"
)

// records reads RESO Common Format (RCP-25): one record, or several in "value"; and likewise OData answers, plain arrays,
// records one after another, and the "D": {"Results": [{"StandardFields": …}]} of Spark. One record is held at a time.
type records struct {
	text   *textReader
	in     *json.Decoder
	single map[string]any // fields of an object that may be a record itself
	open   []rune         // what the decoder is within: { or [
	list   bool           // inside an array of records
	number int
	fields map[string]any // of the record in hand
	names  map[string]string
}

func openRecords(text *textReader, from *bufio.Reader) *records {
	r := &records{text: text, in: json.NewDecoder(from), names: map[string]string{}}
	r.in.UseNumber()
	return r
}

// wrappers are the names under which records stand in an object.
var wrappers = map[string]bool{"value": true, "d": true, "results": true, "listings": true, "bundle": true}

// next reads a record. Faults: Invalid; io.EOF at the end.
func (r *records) next() error {
	for {
		if r.list {
			if r.in.More() {
				return r.read()
			}
			if _, err := r.in.Token(); err != nil {
				return r.wrong(err)
			}
			r.list = false
			r.open = r.open[:len(r.open)-1]
			continue
		}
		token, err := r.in.Token()
		if err != nil {
			if errors.Is(err, io.EOF) && len(r.open) == 0 {
				return io.EOF
			}
			return r.wrong(err)
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				r.open = append(r.open, '{')
				if len(r.open) == 1 {
					r.single = map[string]any{}
				}
			case '[':
				r.open, r.list = append(r.open, '['), true
			case '}':
				r.open = r.open[:len(r.open)-1]
				if len(r.open) == 0 && (known(r.single) > 1) {
					r.fields, r.single = r.single, nil
					return r.take()
				}
			}
		case string:
			if len(r.open) == 0 {
				return errNoText
			}
			if err := r.member(token); err != nil {
				return err
			}
		case nil:
		default:
			return errNoText
		}
	}
}

// member reads what stands behind a name, or steps into it where records may stand there.
func (r *records) member(name string) error {
	if wrappers[strings.ToLower(name)] {
		return nil // the next token opens it; a scalar there is no text for us
	}
	var value any
	if err := r.in.Decode(&value); err != nil {
		return r.wrong(err)
	}
	if name == "@reso.context" || name == "@odata.context" {
		text, _ := value.(string)
		for _, mark := range []string{"resource:", "metadata#"} {
			if _, resource, found := strings.Cut(strings.ToLower(text), mark); found && !strings.HasPrefix(resource, "property") {
				return fault.New(fault.Invalid, "This file holds no homes but something else: %s.", short(resource))
			}
		}
	}
	if len(r.open) == 1 && len(r.single) < 5000 {
		r.single[name] = value
	}
	return nil
}

func (r *records) read() error {
	r.fields = nil
	if err := r.in.Decode(&r.fields); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) {
			r.fields = map[string]any{}
			return r.take()
		}
		return r.wrong(err)
	}
	return r.take()
}

// take makes the record in hand speak RESO: Spark's wrapper away, synonyms under their own names.
func (r *records) take() error {
	r.number++
	r.text.finished()
	if inner, ok := r.fields["StandardFields"].(map[string]any); ok {
		r.fields = inner
	}
	added := map[string]any{}
	for name, value := range r.fields {
		if field := r.field(name); field != "" && field != name && r.fields[field] == nil {
			added[field] = value
		}
	}
	if photos, ok := r.fields["Photos"].([]any); ok && r.fields["Media"] == nil {
		added["Media"] = sparkPhotos(photos)
	}
	delete(added, fieldPhoto)
	for name, value := range added {
		r.fields[name] = value
	}
	return nil
}

// field is fieldOf, remembered: all records have the same names.
func (r *records) field(name string) string {
	field, known := r.names[name]
	if !known && len(r.names) < 10_000 {
		field = fieldOf(name)
		r.names[name] = field
	}
	return field
}

func sparkPhotos(photos []any) []any {
	var media []any
	for _, photo := range photos {
		p, _ := photo.(map[string]any)
		one := map[string]any{"MediaKey": p["Id"], "PreferredPhotoYN": p["Primary"], "ShortDescription": p["Caption"]}
		if text, _ := p["Caption"].(string); text == "" {
			one["ShortDescription"] = p["Name"]
		}
		for _, size := range []string{"Uri2048", "Uri1600", "Uri1280", "Uri1024", "UriLarge", "Uri800", "Uri640", "Uri300"} {
			if text, _ := p[size].(string); text != "" {
				one["MediaURL"] = text
				break
			}
		}
		media = append(media, one)
	}
	return media
}

// known counts the fields of an object that a home has.
func known(fields map[string]any) int {
	n := 0
	for name := range fields {
		if fieldOf(name) != "" {
			n++
		}
	}
	return n
}

func (r *records) wrong(err error) error {
	var syntax *json.SyntaxError
	switch {
	case fault.As(err) != nil:
		return err
	case errors.Is(err, errUnclosed):
		return fault.New(fault.Invalid, "The record behind the first %d has more than %d MB; no home says so much.", r.number, longestRecord>>20)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fault.New(fault.Invalid, "The file ends in the middle, after %d homes. Fetch it again.", r.number)
	case errors.As(err, &syntax):
		return fault.New(fault.Invalid, "After %d homes the file is no proper JSON: %s.", r.number, syntax)
	}
	return errUnread
}
