package listings

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// Sort orders a search's answer.
type Sort string

// The orders; the home's id breaks ties, and homes whose number is unknown come last.
const (
	SortNewest    Sort = "newest"
	SortPriceUp   Sort = "price"
	SortPriceDown Sort = "-price"
	SortBeds      Sort = "-beds"
	SortArea      Sort = "-area"
)

// order is how a Sort reads in SQL. It is a whole order, also where numbers are equal, so that pages never overlap.
type order struct {
	column   string
	down     bool
	nullable bool
	number   func(*Listing) *int64 // nil: by ListedAt
}

var orders = map[Sort]order{
	SortNewest:    {column: "listed_at", down: true},
	SortPriceUp:   {column: "list_price", nullable: true, number: func(l *Listing) *int64 { return l.ListPrice }},
	SortPriceDown: {column: "list_price", down: true, nullable: true, number: func(l *Listing) *int64 { return l.ListPrice }},
	SortBeds:      {column: "bedrooms_total", down: true, nullable: true, number: func(l *Listing) *int64 { return l.BedroomsTotal }},
	SortArea:      {column: "living_area", down: true, nullable: true, number: func(l *Listing) *int64 { return l.LivingArea }},
}

// order sorts one part of the answer: homes whose number is known, or those whose number is not.
func (o order) order(db *bun.SelectQuery, unknown bool) *bun.SelectQuery {
	if !unknown {
		db = db.OrderExpr("h.? ?", bun.Ident(o.column), o.direction())
	}
	return db.OrderExpr("h.id ?", o.direction())
}

func (o order) direction() bun.Safe {
	if o.down {
		return "DESC"
	}
	return "ASC"
}

// part picks that part behind a mark.
func (o order) part(db *bun.SelectQuery, unknown bool, at mark) *bun.SelectQuery {
	if o.nullable && unknown {
		db = db.Where("h.? IS NULL", bun.Ident(o.column))
	} else if o.nullable {
		db = db.Where("h.? IS NOT NULL", bun.Ident(o.column))
	}
	if at.set && at.unknown == unknown {
		condition, args := o.behind(at)
		db = db.Where(condition, args...)
	}
	return db
}

// behind is the condition for homes that come after a mark in the same part.
func (o order) behind(at mark) (string, []any) {
	than := bun.Safe(">")
	if o.down {
		than = "<"
	}
	switch {
	case at.unknown:
		return "h.id ? ?", []any{than, at.id}
	case o.number == nil:
		return "(h.?, h.id) ? (?, ?)", []any{bun.Ident(o.column), than, time.UnixMicro(at.value).UTC(), at.id}
	}
	return "(h.?, h.id) ? (?, ?)", []any{bun.Ident(o.column), than, at.value, at.id}
}

// flag reads whether a home comes after a mark.
func (o order) flag(db *bun.SelectQuery, at mark) *bun.SelectQuery {
	if !at.set {
		return db.ColumnExpr("TRUE AS after_mark")
	}
	condition, args := o.behind(at)
	switch {
	case at.unknown:
		condition = "(h.? IS NULL AND " + condition + ")"
		args = append([]any{bun.Ident(o.column)}, args...)
	case o.nullable:
		condition = "(h.? IS NULL OR " + condition + ")"
		args = append([]any{bun.Ident(o.column)}, args...)
	}
	return db.ColumnExpr(condition+" AS after_mark", args...)
}

// mark is a place in an order: the last home of a page.
type mark struct {
	set     bool
	sort    Sort
	unknown bool  // its number is
	value   int64 // the number, or microseconds since 1970
	id      ID
}

// markAt is the mark of a home.
func markAt(l *Listing, sort Sort) mark {
	m := mark{set: true, sort: sort, id: l.ID}
	if number := orders[sort].number; number == nil {
		m.value = l.ListedAt.UnixMicro()
	} else if n := number(l); n == nil {
		m.unknown = true
	} else {
		m.value = *n
	}
	return m
}

// String is the mark as a link has it.
func (m mark) String() string {
	value := "unknown"
	if !m.unknown {
		value = strconv.FormatInt(m.value, 10)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(string(m.sort) + " " + value + " " + strconv.FormatInt(int64(m.id), 10)))
}

// readMark reads a mark of an order; an empty text is none.
func readMark(text string, sort Sort) (mark, bool) {
	if text == "" {
		return mark{}, true
	}
	plain, err := base64.RawURLEncoding.Strict().DecodeString(text)
	parts := strings.Split(string(plain), " ")
	if err != nil || len(parts) != 3 || Sort(parts[0]) != sort {
		return mark{}, false
	}
	m := mark{set: true, sort: sort, unknown: parts[1] == "unknown"}
	if m.unknown && !orders[sort].nullable {
		return mark{}, false
	}
	if !m.unknown {
		if m.value, err = strconv.ParseInt(parts[1], 10, 64); err != nil {
			return mark{}, false
		}
		if at := time.UnixMicro(m.value).UTC(); orders[sort].number == nil && (at.Year() < 1 || at.Year() > 9999) {
			return mark{}, false // PostgreSQL could not read it
		}
	}
	id, err := strconv.ParseInt(parts[2], 10, 64)
	m.id = ID(id)
	return m, err == nil && m.String() == text
}

// top keeps the first so many rows of an order.
type top struct {
	most int
	by   order
	rows []sifted
}

// offer takes in a row if it is among the first.
func (t *top) offer(row *sifted) {
	if len(t.rows) == t.most && t.compare(*row, t.rows[t.most-1]) > 0 {
		return
	}
	at, _ := slices.BinarySearchFunc(t.rows, *row, t.compare)
	kept := *row
	kept.key.text = slices.Clone(row.key.text)
	t.rows = slices.Insert(t.rows, at, kept)
	t.rows = t.rows[:min(len(t.rows), t.most)]
}

func (t *top) compare(a, b sifted) int {
	if a.key.unknown != b.key.unknown {
		if a.key.unknown {
			return 1
		}
		return -1
	}
	difference := cmp.Or(cmp.Compare(a.key.number, b.key.number), slices.Compare(a.key.text, b.key.text), cmp.Compare(a.id, b.id))
	if t.by.down {
		return -difference
	}
	return difference
}

func (t *top) ids() []ID {
	ids := make([]ID, len(t.rows))
	for i, row := range t.rows {
		ids[i] = row.id
	}
	return ids
}
