package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// The ways in which homes are shown.
const (
	viewCards = "cards"
	viewList  = "list"
	viewMap   = "map"
)

// homesShown is how many homes stand on one page of each view; cards fill rows of two, three and four.
var homesShown = map[string]int{viewCards: 24, viewList: 50, viewMap: 24}

// stepsBack is how many pages one can go back by links; a longer way leads to the first page.
const stepsBack = 12

// listingQuery is what the search shows; all of it stands in the address.
type listingQuery struct {
	criteria listings.Criteria
	text     string
	sort     listings.Sort
	view     string
	hidden   bool // also homes that clients may not see
	after    string
	back     []string // the marks of the pages before, for going back
	page     int      // from 1, for words only

	typed url.Values        // as it came, for the fields that can't be read
	wrong map[string]string // by field
}

// queryValues is the query string, whatever it is made of.
func queryValues(c *fiber.Ctx) url.Values {
	values, _ := url.ParseQuery(string(c.Request().URI().QueryString())) // what can be read of it
	return cleaned(values)
}

// cleaned are values without what is no text to a database.
func cleaned(values url.Values) url.Values {
	for name, some := range values {
		for i, one := range some {
			some[i] = strings.ReplaceAll(strings.ToValidUTF8(one, ""), "\x00", "")
		}
		values[name] = some
	}
	return values
}

func readListingQuery(values url.Values) listingQuery {
	q := listingQuery{
		text: strings.TrimSpace(values.Get("q")), sort: listings.SortNewest, view: viewCards, hidden: values.Get("hidden") != "",
		after: values.Get("after"), page: 1, typed: values,
	}
	if by := listings.Sort(values.Get("sort")); slices.Contains(listingSorts, by) {
		q.sort = by
	}
	if view := values.Get("view"); homesShown[view] > 0 {
		q.view = view
	}
	if q.after != "" {
		q.back = strings.FieldsFunc(values.Get("back"), func(r rune) bool { return r == ' ' })
		q.back = q.back[max(0, len(q.back)-stepsBack):]
		if n, err := strconv.Atoi(values.Get("page")); err == nil && n > 1 && n < 1_000_000 {
			q.page = n
		}
	}
	var err error
	if q.criteria, err = listings.ReadCriteria(values); err != nil {
		q.wrong = map[string]string{}
		if f := fault.As(err); f != nil {
			q.wrong = f.Fields
		}
	}
	// Both boxes as they stand at first are no criterion.
	if len(q.criteria.Statuses) == 2 && slices.Contains(q.criteria.Statuses, listings.Active) && slices.Contains(q.criteria.Statuses, listings.ComingSoon) {
		q.criteria.Statuses = nil
	}
	return q
}

// query is what the domain is asked.
func (q listingQuery) query() listings.Query {
	return listings.Query{Criteria: q.criteria, Text: q.text, Sort: q.sort, After: q.after, Limit: homesShown[q.view], Hidden: q.hidden}
}

// values are the criteria, the order and the view, without the place in the list; what could not be read stays as typed.
func (q listingQuery) values() url.Values {
	v := q.criteria.Values()
	for name := range q.wrong {
		if typed := q.typed[name]; len(typed) > 0 {
			v[name] = typed
		}
	}
	if q.text != "" {
		v.Set("q", q.text)
	}
	if q.sort != listings.SortNewest {
		v.Set("sort", string(q.sort))
	}
	if q.view != viewCards {
		v.Set("view", q.view)
	}
	if q.hidden {
		v.Set("hidden", "1")
	}
	return v
}

// url is the address of this page of the list, without what is not said.
func (q listingQuery) url() string {
	v := q.values()
	if q.after != "" {
		v.Set("after", q.after)
		if len(q.back) > 0 {
			v.Set("back", strings.Join(q.back, " "))
		}
		v.Set("page", strconv.Itoa(q.page))
	}
	if len(v) == 0 {
		return "/listings"
	}
	return "/listings?" + v.Encode()
}

// first is the same search from its beginning.
func (q listingQuery) first() listingQuery {
	q.after, q.back, q.page = "", nil, 1
	return q
}

// next is the page behind the mark.
func (q listingQuery) next(mark string) listingQuery {
	if q.after != "" {
		q.back = append(slices.Clone(q.back), q.after)
		q.back = q.back[max(0, len(q.back)-stepsBack):]
	}
	q.after, q.page = mark, q.page+1
	return q
}

// previous is the page before; ok is false where the way back is not known or this is the first.
func (q listingQuery) previous() (before listingQuery, ok bool) {
	switch {
	case q.after == "":
		return q, false
	case len(q.back) > 0:
		q.after, q.back, q.page = q.back[len(q.back)-1], q.back[:len(q.back)-1], max(1, q.page-1)
		return q, true
	case q.page <= 2:
		return q.first(), true
	}
	return q, false
}

// in is the same search in another view.
func (q listingQuery) in(view string) listingQuery {
	q = q.first()
	q.view = view
	return q
}

// listingSorts are the orders on offer.
var listingSorts = []listings.Sort{listings.SortNewest, listings.SortPriceUp, listings.SortPriceDown, listings.SortBeds, listings.SortArea}

// sortWords name the orders.
var sortWords = map[listings.Sort]string{
	listings.SortNewest: "Newest first", listings.SortPriceUp: "Price, low to high", listings.SortPriceDown: "Price, high to low",
	listings.SortBeds: "Most beds", listings.SortArea: "Largest first",
}
