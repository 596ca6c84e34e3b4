package portal

import (
	"time"

	"github.com/uptrace/bun"
)

// newestLetters is how many letters are looked through for a page of the newest homes before all of them are. A portal may
// have got thousands; the last few nearly always fill a page.
const newestLetters int64 = 64

// question is the shelf as one statement. The homes of a page are found first, what stands on them is read for those alone.
func (s Shelf) question(v Visitor, since time.Time) (text string, args []any) {
	at, from := readCursor(s.After)
	args = []any{v.Client.ID, since, v.Member.ID, int64(s.Limit), int64(s.Limit) + 1, at[0], at[1], newestLetters, bun.List(s.Homes)}
	news := fresh
	if since.IsZero() {
		news = neverNew
	}
	price, with, order := "0", "", "ORDER BY s.letter_id DESC, s.listing_id"
	if s.Sort == "price" { // a newest-first page needs nothing of the homes themselves
		price, with, order = "coalesce(k.list_price, 0)", " LEFT JOIN listings AS k ON k.id = s.listing_id", "ORDER BY price, s.listing_id"
		if from {
			with += " WHERE coalesce(k.list_price, 0) > ?5 OR coalesce(k.list_price, 0) = ?5 AND s.listing_id > ?6"
		}
	}
	return `WITH ` + s.sent(news, from) + `, page AS (SELECT s.listing_id, s.letter_id, ` + price + ` AS price FROM sent AS s` + with + ` ` + order + ` LIMIT ?4)
		SELECT s.listing_id, s.letter_id, s.price, l.mailing_id, l.ended_at, l.created_at, h.note, h.list_price, ` + unseen + ` AS unseen, ` + news + ` AS news
		FROM page AS s JOIN letters AS l ON l.id = s.letter_id JOIN mailing_homes AS h ON h.mailing_id = l.mailing_id AND h.listing_id = s.listing_id ` + order, args
}

// sent are the homes that the page is taken from, each with the last letter that showed it.
func (s Shelf) sent(news string, from bool) string {
	shelf, known := onShelf[s.Kind]
	switch {
	case len(s.Homes) > 0:
		shelf = "h.listing_id IN (?8)"
	case !known:
		shelf = "1 = 0"
	}
	if s.Unseen {
		shelf += " AND " + unseen
	}
	if s.New {
		shelf += " AND " + news
	}
	if from && s.Sort != "price" { // what stood on the pages before
		shelf += ` AND h.listing_id NOT IN (SELECT mh.listing_id FROM ` + shown + ` AND (l.id > ?5 OR l.id = ?5 AND mh.listing_id <= ?6))`
	}
	homes := `SELECT h.listing_id, max(o.id) AS letter_id FROM letters AS o JOIN mailing_homes AS h ON h.mailing_id = o.mailing_id
		WHERE o.client_id IN ` + both + ` AND o.state = 'sent' AND ` + shelf
	if s.Sort == "price" || len(s.Homes) > 0 {
		return `sent AS (` + homes + ` GROUP BY h.listing_id)`
	}
	last := `SELECT id FROM letters WHERE client_id IN ` + both + ` AND state = 'sent'`
	if from {
		last += ` AND id <= ?5`
	}
	return `near AS (` + homes + ` AND o.id IN (` + last + ` ORDER BY id DESC LIMIT ?7) GROUP BY h.listing_id),
		sent AS (SELECT * FROM near WHERE (SELECT count(*) FROM near) > ?3
		UNION ALL ` + homes + ` AND (SELECT count(*) FROM near) <= ?3 GROUP BY h.listing_id)`
}
