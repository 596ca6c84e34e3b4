package listings

import (
	"context"
	"database/sql"
	"time"

	"github.com/uptrace/bun"
)

// sifted is what the sieve reads of a home.
type sifted struct {
	id       ID
	key      sortKey
	after    bool // comes after the mark
	lat, lon sql.NullFloat64
	price    sql.NullInt64
}

// sortKey is a home's place in an order, to be compared with others of the same question only.
type sortKey struct {
	unknown bool
	number  int64
	text    []byte // an instant as the database spells it
}

// sieved says whether SQL alone can't answer.
func (q *Query) sieved() bool {
	_, placed := q.bounds()
	return placed || !q.mentions().empty()
}

// everything is more rows than there are: a subquery with a limit is answered by itself, in its order.
const everything = 1 << 40

// sieve hands over each home that matches exactly, in no order; with a box, each that lies within it. With a mark it also reads
// what an order needs. The row is good until the next.
func (q *Query) sieve(ctx context.Context, db bun.IDB, now time.Time, within *box, at *mark, each func(*sifted)) error {
	var row sifted
	var number sql.NullInt64
	var instant, remarks sql.RawBytes
	query := q.conditions(db.NewSelect().Model((*Listing)(nil)).Column("id", "latitude", "longitude", "list_price"), now)
	into := []any{&row.id, &row.lat, &row.lon, &row.price}
	by := orders[q.Sort]
	if at != nil {
		if by.number == nil {
			query = query.ColumnExpr("CAST(h.? AS TEXT) AS instant", bun.Ident(by.column))
			into = append(into, &instant)
		} else {
			query = query.ColumnExpr("h.? AS number", bun.Ident(by.column))
			into = append(into, &number)
		}
		query = by.flag(query, *at)
		into = append(into, &row.after)
	}
	if within != nil {
		query = within.where(query)
	}
	said := q.mentions()
	if !said.empty() {
		// In the order of the table, so that a page of texts is read once.
		inOrder := query.OrderExpr("h.id").Limit(everything)
		query = said.worded(db.NewSelect().TableExpr("(?) AS c", inOrder).Join("LEFT JOIN listing_texts AS t ON t.listing_id = c.id").
			ColumnExpr("c.*, coalesce(t.public_remarks, '')"))
		into = append(into, &remarks)
	}
	rows, err := query.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	_, placed := q.bounds()
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if placed && !(row.lat.Valid && row.lon.Valid && q.holds(Point{row.lat.Float64, row.lon.Float64})) {
			continue
		}
		if !said.empty() && !said.in(Fold(string(remarks))) {
			continue
		}
		row.key = sortKey{unknown: by.number != nil && !number.Valid, number: number.Int64, text: instant}
		each(&row)
	}
	return rows.Err()
}
