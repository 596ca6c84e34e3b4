package feedtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// refuse says what this server does not do.
func (s *Server) refuse(resource string, query url.Values) error {
	for name, off := range map[string]bool{"$expand": s.NoExpand, "$select": s.NoSelect, "$orderby": s.NoOrder} {
		if off && query.Get(name) != "" {
			return fmt.Errorf("%s is not supported", name)
		}
	}
	if s.Strict && query.Get("$select") != "" {
		known := s.fields(resource)
		for field := range strings.SplitSeq(query.Get("$select"), ",") {
			if !slices.Contains(known, field) {
				return fmt.Errorf("no field %s", field)
			}
		}
	}
	return nil
}

// fields are those that any record of the resource has.
func (s *Server) fields(resource string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[string]bool{keys[resource]: true, "ModificationTimestamp": true}
	for _, r := range s.records[resource] {
		for field := range r {
			all[field] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// find returns the records that a query asks for, in its order.
func (s *Server) find(resource string, query url.Values) ([]Record, error) {
	s.mu.Lock()
	all := slices.Clone(s.records[resource])
	s.mu.Unlock()
	if filter := query.Get("$filter"); filter != "" {
		p := &parser{words: split(filter)}
		keep, err := p.or()
		if err != nil || p.at != len(p.words) {
			return nil, fmt.Errorf("the filter can’t be read: %s", filter)
		}
		all = slices.DeleteFunc(all, func(r Record) bool { return !keep(r) })
	}
	for _, order := range slices.Backward(strings.Split(query.Get("$orderby"), ",")) {
		field, direction, _ := strings.Cut(strings.TrimSpace(order), " ")
		if field == "" {
			continue
		}
		slices.SortStableFunc(all, func(a, b Record) int {
			if direction == "desc" {
				a, b = b, a
			}
			return compare(a[field], b[field])
		})
	}
	return all, nil
}

// dress makes what is sent of records: chosen fields, others with them, numbers as strings.
func (s *Server) dress(resource string, records []Record, query url.Values) []Record {
	out := make([]Record, 0, len(records))
	for _, r := range records {
		sent := maps.Clone(r)
		for other := range strings.SplitSeq(query.Get("$expand"), ",") {
			if link := map[string]string{"Media": "ResourceRecordKey", "OpenHouse": "ListingKey"}[other]; link != "" {
				s.mu.Lock()
				theirs := []Record{}
				for _, child := range s.records[other] {
					if fmt.Sprint(child[link]) == fmt.Sprint(r[keys[resource]]) {
						theirs = append(theirs, child)
					}
				}
				s.mu.Unlock()
				sent[other] = theirs
			}
		}
		if chosen := query.Get("$select"); chosen != "" {
			wanted := strings.Split(chosen+","+query.Get("$expand"), ",")
			maps.DeleteFunc(sent, func(field string, _ any) bool { return !slices.Contains(wanted, field) })
		}
		if s.Numbers {
			for field, value := range sent {
				switch value.(type) {
				case int, int64, float64, json.Number:
					sent[field] = fmt.Sprint(value)
				}
			}
		}
		out = append(out, sent)
	}
	return out
}

// split makes words of a filter: names, operators, quoted strings and parentheses.
func split(filter string) []string {
	var words []string
	for i := 0; i < len(filter); {
		switch ch := filter[i]; {
		case ch == ' ':
			i++
		case ch == '(' || ch == ')':
			words = append(words, string(ch))
			i++
		case ch == '\'':
			end := i + 1
			for end < len(filter) && (filter[end] != '\'' || end+1 < len(filter) && filter[end+1] == '\'') {
				if filter[end] == '\'' {
					end++
				}
				end++
			}
			words = append(words, filter[i:min(end+1, len(filter))])
			i = end + 1
		default:
			end := i
			for end < len(filter) && strings.IndexByte(" ()'", filter[end]) < 0 {
				end++
			}
			words = append(words, filter[i:end])
			i = end
		}
	}
	return words
}

type rule func(Record) bool

type parser struct {
	words []string
	at    int
}

func (p *parser) next() string {
	if p.at >= len(p.words) {
		return ""
	}
	p.at++
	return p.words[p.at-1]
}

func (p *parser) take(word string) bool {
	if p.at < len(p.words) && p.words[p.at] == word {
		p.at++
		return true
	}
	return false
}

func (p *parser) or() (rule, error) {
	left, err := p.and()
	for err == nil && p.take("or") {
		var right rule
		right, err = p.and()
		first := left
		left = func(r Record) bool { return first(r) || right(r) }
	}
	return left, err
}

func (p *parser) and() (rule, error) {
	left, err := p.one()
	for err == nil && p.take("and") {
		var right rule
		right, err = p.one()
		first := left
		left = func(r Record) bool { return first(r) && right(r) }
	}
	return left, err
}

func (p *parser) one() (rule, error) {
	if p.take("(") {
		inner, err := p.or()
		if err == nil && !p.take(")") {
			err = fmt.Errorf("a ) is missing")
		}
		return inner, err
	}
	field, operator, literal := p.next(), p.next(), p.next()
	var value any = literal
	switch {
	case literal == "":
		return nil, fmt.Errorf("a value is missing")
	case strings.HasPrefix(literal, "'"):
		value = strings.ReplaceAll(strings.Trim(literal, "'"), "''", "'")
	case literal == "true" || literal == "false":
		value = literal == "true"
	}
	holds := map[string]func(int) bool{
		"eq": func(n int) bool { return n == 0 }, "ne": func(n int) bool { return n != 0 },
		"gt": func(n int) bool { return n > 0 }, "ge": func(n int) bool { return n >= 0 },
		"lt": func(n int) bool { return n < 0 }, "le": func(n int) bool { return n <= 0 },
	}[operator]
	if holds == nil {
		return nil, fmt.Errorf("no operator %s", operator)
	}
	return func(r Record) bool { return holds(compare(r[field], value)) }, nil
}

// compare compares as times, as numbers or as texts, whichever both are.
func compare(a, b any) int {
	x, y := fmt.Sprint(a), fmt.Sprint(b)
	if t, err := time.Parse(time.RFC3339Nano, x); err == nil {
		if u, err := time.Parse(time.RFC3339Nano, y); err == nil {
			return t.Compare(u)
		}
	}
	if m, err := strconv.ParseFloat(x, 64); err == nil {
		if n, err := strconv.ParseFloat(y, 64); err == nil {
			return cmp.Compare(m, n)
		}
	}
	return cmp.Compare(x, y)
}
