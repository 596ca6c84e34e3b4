package listings

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// Query is one page of a search.
type Query struct {
	Criteria
	Text   string // one line that finds by address, city, zip or listing number too: each of its words must begin one of theirs
	Sort   Sort
	After  string // Page.Next of the page before; empty: the first page
	Limit  int    // at most 200; 0: 25
	Hidden bool   // agents may also find what clients may not be shown (but nothing that is gone)

	happened *happened // nil: whatever happened to them
}

// Page is the answer to a Query.
type Page struct {
	Homes []Listing
	Total int    // exact
	Next  string // of the page after; empty: this is the last
}

// longestText is how much of Query.Text is read.
const longestText = 200

// Search finds homes. Faults: Invalid (after, area, near, sort).
func Search(ctx context.Context, db bun.IDB, q Query, now time.Time) (Page, error) {
	if q.Limit <= 0 {
		q.Limit = 25
	}
	q.Limit = min(q.Limit, 200)
	at, err := q.check()
	if err != nil {
		return Page{}, err
	}
	var page Page
	if q.sieved() {
		page, err = q.sift(ctx, db, at, now)
	} else {
		page, err = q.read(ctx, db, at, now)
	}
	if err != nil {
		return Page{}, fmt.Errorf("listings: search: %w", err)
	}
	if len(page.Homes) > q.Limit {
		page.Homes = page.Homes[:q.Limit]
		page.Next = markAt(&page.Homes[q.Limit-1], q.Sort).String()
	}
	return page, attribute(ctx, db, page.Homes)
}

// Count is Search's Total alone, for the live count. Faults: Invalid (area, near).
func Count(ctx context.Context, db bun.IDB, q Query, now time.Time) (int, error) {
	q.After = ""
	if _, err := q.check(); err != nil {
		return 0, err
	}
	var n int
	var err error
	if q.sieved() {
		err = q.sieve(ctx, db, now, nil, nil, func(*sifted) { n++ })
	} else {
		n, err = q.count(ctx, db, now)
	}
	if err != nil {
		return 0, fmt.Errorf("listings: count: %w", err)
	}
	return n, nil
}

// check refuses what no form makes and reads After.
func (q *Query) check() (mark, error) {
	if q.Sort == "" {
		q.Sort = SortNewest
	}
	if _, known := orders[q.Sort]; !known {
		return mark{}, fault.New(fault.Invalid, "Homes can’t be sorted that way.")
	}
	at, ok := readMark(q.After, q.Sort)
	if !ok {
		return mark{}, fault.New(fault.Invalid, "This link to a further page can’t be read. Start again from the first page.")
	}
	if text := []rune(q.Text); len(text) > longestText {
		q.Text = string(text[:longestText])
	}
	return at, q.checkPlaces()
}

// count asks SQL alone.
func (q *Query) count(ctx context.Context, db bun.IDB, now time.Time) (int, error) {
	var n int
	err := q.conditions(db.NewSelect().Model((*Listing)(nil)).ColumnExpr("count(*)"), now).Scan(ctx, &n)
	return n, err
}

// read answers with SQL alone: the count, and one home more than the page holds.
func (q *Query) read(ctx context.Context, db bun.IDB, at mark, now time.Time) (Page, error) {
	n, err := q.count(ctx, db, now)
	if err != nil || n == 0 {
		return Page{}, err
	}
	page := Page{Total: n}
	by := orders[q.Sort]
	for _, unknown := range []bool{false, true} { // homes whose number is unknown come last
		if at.unknown && !unknown || unknown && !by.nullable {
			continue
		}
		missing := q.Limit + 1 - len(page.Homes)
		if missing == 0 {
			break
		}
		ids := q.conditions(db.NewSelect().Model((*Listing)(nil)).Column("id"), now)
		ids = by.order(by.part(ids, unknown, at), unknown).Limit(int64(missing))
		var some []Listing
		err := by.order(db.NewSelect().Model(&some).Where("h.id IN (?)", ids), unknown).Scan(ctx)
		if err != nil {
			return Page{}, err
		}
		page.Homes = append(page.Homes, some...)
	}
	return page, nil
}

// sift answers by reading every home that may match, and then the page's.
func (q *Query) sift(ctx context.Context, db bun.IDB, at mark, now time.Time) (Page, error) {
	var page Page
	first := top{most: q.Limit + 1, by: orders[q.Sort]}
	err := q.sieve(ctx, db, now, nil, &at, func(row *sifted) {
		page.Total++
		if row.after {
			first.offer(row)
		}
	})
	if err != nil {
		return Page{}, err
	}
	ids := first.ids()
	if len(ids) == 0 {
		return page, nil
	}
	if err := db.NewSelect().Model(&page.Homes).Where("h.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return Page{}, err
	}
	place := make(map[ID]int, len(ids))
	for i, id := range ids {
		place[id] = i
	}
	slices.SortFunc(page.Homes, func(a, b Listing) int { return place[a.ID] - place[b.ID] })
	return page, nil
}
