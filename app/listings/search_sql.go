package listings

import (
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
)

// conditions are a Query's question in SQL. Where SQL can't answer exactly (places, words) they let through all that may
// match and the sieve has the last word.
func (q *Query) conditions(db *bun.SelectQuery, now time.Time) *bun.SelectQuery {
	db = db.Where("h.gone_at IS NULL").Where("h.standard_status IN (?)", bun.List(q.statuses()))
	if !q.Hidden {
		db = db.Where("h.shown")
	}
	if q.happened != nil {
		db = q.happened.in(db)
	}
	if len(q.PropertyTypes) > 0 {
		db = db.Where("h.property_type IN (?)", bun.List(q.PropertyTypes))
	}
	b, placed := q.bounds()
	words := strings.Fields(Fold(q.Text))
	// Only the first of the three indexes knows places and the words of addresses: with these, a town's or zip's own is hidden.
	hide := bun.Safe("")
	if placed || len(words) > 0 {
		hide = " || ''"
	}
	if len(q.Cities) > 0 {
		keys := make([]string, len(q.Cities))
		for i, city := range q.Cities {
			keys[i] = cityKey(city)
		}
		db = db.Where("h.city_key? IN (?)", hide, bun.List(keys))
	}
	if len(q.PostalCodes) > 0 {
		db = db.Where("h.postal_code? IN (?)", hide, bun.List(q.PostalCodes))
	}
	db = bounded(db, "list_price", q.PriceMin, q.PriceMax)
	db = bounded(db, "bedrooms_total", q.BedsMin, q.BedsMax)
	db = bounded(db, "bathroom_quarters", q.BathsMin, 0)
	db = bounded(db, "living_area", q.AreaMin, q.AreaMax)
	db = bounded(db, "lot_size_square_feet", q.LotMin, q.LotMax)
	db = bounded(db, "year_built", q.YearMin, q.YearMax)
	for _, feature := range q.Features {
		if column, known := featureColumns[feature]; known {
			db = db.Where("h.?", bun.Ident(column))
		} else {
			db = db.Where("1 = 0")
		}
	}
	if q.OpenHouse {
		db = db.Where("h.id IN (SELECT o.listing_id FROM open_houses AS o WHERE NOT o.canceled AND o.ends_at > ? AND o.starts_at < ? AND o.starts_at > ?)",
			now, now.Add(soon), now.Add(-soon))
	}
	if placed {
		db = b.where(db)
	}
	for _, word := range words {
		if short, known := postalWords[word]; known {
			db = db.Where("(h.search_key LIKE ? OR h.search_key LIKE ?)", "% "+word+"%", "% "+short+" %")
		} else {
			db = db.Where("h.search_key LIKE ?", "% "+word+"%")
		}
	}
	return db
}

var featureColumns = map[string]string{
	"garage": "garage_yn", "pool": "pool_private_yn", "waterfront": "waterfront_yn", "new construction": "new_construction_yn",
}

// bounded asks for a column's range; nought bounds nothing.
func bounded(db *bun.SelectQuery, column string, least, most int64) *bun.SelectQuery {
	if least > 0 {
		db = db.Where("h.? >= ?", bun.Ident(column), least)
	}
	if most > 0 {
		db = db.Where("h.? <= ?", bun.Ident(column), most)
	}
	return db
}

// where asks for what is in the box.
func (b box) where(db *bun.SelectQuery) *bun.SelectQuery {
	db = db.Where("h.latitude BETWEEN ? AND ?", b.south, b.north)
	if b.west <= b.east {
		return db.Where("h.longitude BETWEEN ? AND ?", b.west, b.east)
	}
	return db.Where("(h.longitude >= ? OR h.longitude <= ?)", b.west, b.east)
}

// worded narrows to homes whose remarks may have the words. Folding drops apostrophes and makes other letters plain, which SQL
// can't, so remarks with any letter beyond ASCII are let through.
func (m mentions) worded(db *bun.SelectQuery) *bun.SelectQuery {
	const may = "(lower(replace(t.public_remarks, '''', '')) LIKE ? OR octet_length(t.public_remarks) <> length(t.public_remarks))"
	for _, beginning := range m.all {
		if word, plain := longest(beginning); plain {
			db = db.Where(may, word)
		}
	}
	var any []string
	for _, beginning := range m.any {
		word, plain := longest(beginning)
		if !plain {
			return db
		}
		any = append(any, word)
	}
	if len(any) == 0 {
		return db
	}
	return db.WhereGroup(" AND ", func(db *bun.SelectQuery) *bun.SelectQuery {
		for _, word := range any {
			db = db.WhereOr(may, word)
		}
		return db
	})
}

// longest is the longest word of a folded beginning as a pattern for LIKE, and whether SQL can look for it.
func longest(beginning string) (pattern string, plain bool) {
	word := slices.MaxFunc(strings.Fields(beginning), func(a, b string) int { return len(a) - len(b) })
	return "%" + word + "%", strings.IndexFunc(word, func(c rune) bool { return c > 127 }) < 0
}
