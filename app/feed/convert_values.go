package feed

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// reader reads one record's values by name and gathers what could not be taken.
type reader struct {
	values   Values
	problems []Problem
}

func (r *reader) report(field, say string, args ...any) {
	r.problems = append(r.problems, Problem{Field: field, Say: fmt.Sprintf(say, args...)})
}

// raw is a value's text, trimmed; empty where there is none or it is no scalar.
func (r *reader) raw(field string) string {
	value, _ := r.values(field)
	return scalar(value)
}

// has says whether the record has the field at all, with a value.
func (r *reader) has(field string) bool {
	value, _ := r.values(field)
	return value != nil && value != ""
}

func scalar(value any) string {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.Number:
		return string(v)
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int64:
		return strconv.FormatInt(v, 10)
	case int:
		return strconv.Itoa(v)
	}
	return ""
}

// line is a value as one clean line of at most so many characters.
func (r *reader) line(field string, most int) string {
	return clean(r.raw(field), most, false)
}

// first is the line of the first of several fields that has one.
func (r *reader) first(most int, fields ...string) string {
	for _, field := range fields {
		if text := r.line(field, most); text != "" {
			return text
		}
	}
	return ""
}

// clean drops what may not stand in a text that people read: control characters, marks that turn the direction of
// writing, broken UTF-8. lines keeps line ends.
func clean(text string, most int, lines bool) string {
	if plain(text) && len(text) <= most {
		return text
	}
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\r\n", "\n")
	text = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\r':
			if lines {
				return '\n'
			}
			return ' '
		case c == '\t' || c == '\u00a0':
			return ' '
		case unicode.IsControl(c), c >= '\u202a' && c <= '\u202e', c >= '\u2066' && c <= '\u2069', c == '\ufeff', c == '\u200b', c == '\u2028', c == '\u2029':
			return -1
		}
		return c
	}, text)
	if !lines {
		text = strings.Join(strings.Fields(text), " ")
	}
	text = strings.TrimSpace(text)
	if utf8.RuneCountInString(text) > most {
		text = strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
	}
	return text
}

// plain says that a text is printable ASCII without a blank that clean would take.
func plain(text string) bool {
	before := byte(' ')
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' || c > '~' || c == ' ' && before == ' ' {
			return false
		}
		before = c
	}
	return text == "" || before != ' '
}

// number reads a number however it is spelled: 357000, "$357,000", "2,615", " -73.9", "1.1", "1,200 sq ft".
func number(text string) (float64, bool) {
	if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) {
		return n, true
	}
	text, ok := digits(text)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

// digits is a number's text without currency, thousands separators and a unit behind it.
func digits(text string) (string, bool) {
	text = strings.TrimSpace(text)
	sign := ""
	if inside, ok := strings.CutPrefix(text, "("); ok && strings.HasSuffix(inside, ")") { // an accountant's minus
		sign, text = "-", strings.TrimSuffix(inside, ")")
	}
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, text = "-", rest
	}
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(text, "USD"), "US"), "$"))
	if rest, ok := strings.CutPrefix(text, "-"); ok && sign == "" {
		sign, text = "-", rest
	}
	text = strings.TrimPrefix(text, "+")
	var b strings.Builder
	b.WriteString(sign)
	seen, point := false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			seen = true
			b.WriteByte(c)
		case c == '.' && !point:
			point = true
			b.WriteByte(c)
		case c == ',' && seen && !point && thousands(text[i+1:]):
		default: // what follows may be a unit, no further number
			unit := strings.TrimSpace(text[i:])
			return b.String(), seen && unit != "" && !strings.ContainsAny(unit, "0123456789-") && len(unit) <= 12 && units[fold(unit)]
		}
	}
	return b.String(), seen
}

// thousands says whether three digits and no fourth begin the text.
func thousands(text string) bool {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	return n == 3
}

// units may follow a number without changing what it says.
var units = map[string]bool{"sqft": true, "sf": true, "squarefeet": true, "sqfeet": true, "ft2": true, "feet": true, "beds": true, "bed": true, "baths": true, "bath": true,
	"mo": true, "month": true, "permonth": true, "year": true, "peryear": true, "yr": true, "usd": true, "acres": true, "acre": true, "ac": true, "spaces": true, "stories": true,
	"story": true, "sqm": true, "squaremeters": true, "m2": true, "m": true, "cars": true, "car": true, "": true}

// float reads a number between two bounds; nil where there is none.
func (r *reader) float(field string, least, most float64) *float64 {
	text := r.raw(field)
	if text == "" || strings.EqualFold(text, "none") {
		return nil
	}
	n, ok := number(text)
	if !ok {
		r.report(field, "“%s” is no number; it is left out.", short(text))
		return nil
	}
	if n < least || n > most {
		r.report(field, "%s can’t be; it is left out.", short(text))
		return nil
	}
	return &n
}

// whole reads a number between two bounds and rounds it.
func (r *reader) whole(field string, least, most float64) *int64 {
	n := r.float(field, least, most)
	if n == nil {
		return nil
	}
	rounded := int64(math.Round(*n))
	return &rounded
}

// dearest is the greatest amount taken, in dollars: what RESO's Decimal 14,2 holds.
const dearest = 1e12

// money reads an amount in dollars as cents. 0 stays: for a price it is a reason to ask a person.
func (r *reader) money(field string) *int64 {
	text := r.raw(field)
	if text == "" || strings.EqualFold(text, "none") {
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n < dearest {
		n *= 100
		return &n
	}
	n, ok := number(text)
	switch {
	case !ok:
		r.report(field, "“%s” is no amount of money; it is left out.", short(text))
		return nil
	case n < 0:
		r.report(field, "%s is less than nothing; it is left out.", short(text))
		return nil
	case n >= dearest:
		r.report(field, "%s is too much for a price; it is left out.", short(text))
		return nil
	}
	cents := int64(math.Round(n * 100)) // exact: n has 13 digits before the point at most
	return &cents
}

// short is a text to quote in a sentence.
func short(text string) string { return clean(text, 40, false) }

var (
	yes = map[string]bool{"true": true, "t": true, "yes": true, "y": true, "1": true, "10": true, "x": true}
	no  = map[string]bool{"false": true, "f": true, "no": true, "n": true, "0": true, "00": true, "none": true, "null": true}
)

// yesNo reads a boolean. known is false where there is none or it can't be read.
func (r *reader) yesNo(field string) (value, known bool) {
	value, known, unclear := r.askYesNo(field)
	if unclear {
		r.report(field, "“%s” is neither yes nor no; it is left out.", short(r.raw(field)))
	}
	return value, known
}

func (r *reader) askYesNo(field string) (value, known, unclear bool) {
	text := r.raw(field)
	if text == "" {
		return false, false, false
	}
	switch word := fold(text); {
	case yes[word]:
		return true, true, false
	case no[word]:
		return false, true, false
	}
	return false, false, true
}

// list reads several values: an array or a text with commas.
func list(value any) []string {
	var all []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			if text := scalar(item); text != "" {
				all = append(all, text)
			}
		}
	case []string:
		all = append(all, v...)
	default:
		for item := range strings.SplitSeq(scalar(value), ",") {
			if item = strings.TrimSpace(item); item != "" {
				all = append(all, item)
			}
		}
	}
	return all
}
