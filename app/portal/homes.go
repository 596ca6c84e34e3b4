package portal

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/listings"
)

// What was sent is told by rows of rooms that this one may not call: letters, mailings and mailing_homes are the outbox's
// and search_letters the auto emails'. They are read here and never written. A home was sent to somebody where a letter to
// them that shows it has left (letters.state = 'sent'): what is still queued may yet be held back.

// Sent is a home that was sent to the client, as the pages list it.
type Sent struct {
	Listing   listings.ID
	Mailing   int64     // the latest that showed it
	Letter    int64     // of that mailing, to somebody of the household
	At        time.Time // when that letter left
	Note      string    // what the agent said of it in that letter
	Price     *int64    // as it stood there
	Reactions []Reaction
	Unseen    bool // not opened yet by who looks
	New       bool // sent, or changed in price or status, since the visit before
}

// Shelf chooses homes: all, those of a reaction, those not opened yet, those that are new.
type Shelf struct {
	Kind   Kind   // empty: all but discards
	After  string // Next of the page before
	Limit  int    // 0: 24
	Sort   string // "newest" (empty), "price": the lowest first
	Unseen bool
	New    bool
	Homes  []listings.ID // only these, whatever their shelf; none: any
}

// people are whose letters and reactions make a portal: the client and the second person of the household.
const people = `(SELECT ? UNION ALL SELECT member_id FROM household WHERE client_id = ?)`

// The parts of the questions about a portal's homes. ?0 is its client, ?1 since when things are new, ?2 who looks.
const (
	// both are the people of a portal.
	both = `(SELECT ?0 UNION ALL SELECT member_id FROM household WHERE client_id = ?0)`

	// shown are the homes in the letters of a portal, one row for each time.
	shown = `letters AS l JOIN mailing_homes AS mh ON mh.mailing_id = l.mailing_id WHERE l.client_id IN ` + both + ` AND l.state = 'sent'`

	// away are the homes on the shelf of discards alone: discarded by somebody and a favorite of nobody.
	away = `(SELECT d.listing_id FROM reactions AS d WHERE d.client_id = ?0 AND d.kind = 'discard' AND d.member_id IN ` + both + `
		AND NOT EXISTS (SELECT 1 FROM reactions AS f WHERE f.client_id = ?0 AND f.listing_id = d.listing_id AND f.kind = 'favorite' AND f.member_id IN ` + both + `))`

	// fresh says which homes h were sent or have changed since. Open houses are no change of the home.
	fresh = `(h.listing_id IN (SELECT mh.listing_id FROM ` + shown + ` AND coalesce(l.ended_at, l.created_at) > ?1)
		OR EXISTS (SELECT 1 FROM listing_events AS e WHERE e.listing_id = h.listing_id AND e.at > ?1 AND e.kind <> 'Open House'))`

	// unseen says which homes h nobody who looks has opened.
	unseen = `NOT EXISTS (SELECT 1 FROM home_visits AS w WHERE w.client_id = ?0 AND w.listing_id = h.listing_id AND w.member_id = ?2)`
)

// onShelf says which homes h are on each shelf; the empty one is all but discards.
var onShelf = map[Kind]string{"": "h.listing_id NOT IN " + away, Favorite: liked(Favorite), Possibility: liked(Possibility), Discard: "h.listing_id IN " + away}

// liked says which homes h somebody of the portal put on a shelf.
func liked(kind Kind) string {
	return `h.listing_id IN (SELECT listing_id FROM reactions WHERE client_id = ?0 AND kind = '` + string(kind) + `' AND member_id IN ` + both + `)`
}

// neverNew stands for fresh on the first visit.
const neverNew = "1 = 0"

// Homes returns a page of the homes sent to a portal, newest first, in a few statements whatever their number.
func Homes(ctx context.Context, db bun.IDB, v Visitor, s Shelf, now time.Time) (page []Sent, next string, err error) {
	if s.Limit == 0 {
		s.Limit = 24
	}
	settings, err := LoadSettings(ctx, db, v.Client.ID)
	if err != nil {
		return nil, "", err
	}
	text, args := s.question(v, settings.since(now))
	var rows []struct {
		ListingID    listings.ID
		LetterID     int64
		Price        int64
		MailingID    int64
		EndedAt      time.Time `bun:",nullzero"`
		CreatedAt    time.Time
		Note         string
		ListPrice    *int64
		Unseen, News bool
	}
	if err := db.NewRaw(text, args...).Scan(ctx, &rows); err != nil {
		return nil, "", fmt.Errorf("portal: homes of client %d: %w", v.Client.ID, err)
	}
	var ids []listings.ID
	for i, r := range rows {
		if i == s.Limit {
			last := rows[i-1]
			if next = cursor(last.LetterID, last.ListingID); s.Sort == "price" {
				next = cursor(last.Price, last.ListingID)
			}
			break
		}
		ids = append(ids, r.ListingID)
		page = append(page, Sent{
			Listing: r.ListingID, Mailing: r.MailingID, Letter: r.LetterID, At: left(r.EndedAt, r.CreatedAt),
			Note: r.Note, Price: r.ListPrice, Unseen: r.Unseen, New: r.News,
		})
	}
	reactions, err := Reactions(ctx, db, v.Client.ID, ids)
	for i := range page {
		page[i].Reactions = reactions[page[i].Listing]
	}
	return page, next, err
}

// left is when a letter left.
func left(ended, created time.Time) time.Time {
	if ended.IsZero() {
		return created.UTC()
	}
	return ended.UTC()
}

// cursor is where a page ended; readCursor reads it, and takes what it can't read for the beginning.
func cursor(at int64, home listings.ID) string {
	return strconv.FormatInt(at, 10) + "." + strconv.FormatInt(int64(home), 10)
}

func readCursor(text string) (at [2]int64, ok bool) {
	first, second, _ := strings.Cut(text, ".")
	a, err := strconv.ParseInt(first, 10, 64)
	b, wrong := strconv.ParseInt(second, 10, 64)
	return [2]int64{a, b}, err == nil && wrong == nil
}

// Figures count a portal's homes by shelf ("" all but discards), new ones, and messages not read.
type Figures struct {
	All, New, Unread int
	By               map[Kind]int
}

// countText reads all figures at once. Its homes are gone through twice, and kept in between.
const countText = `WITH homes AS (SELECT DISTINCT mh.listing_id FROM ` + shown + `),
judged AS (SELECT listing_id, max(CASE kind WHEN 'favorite' THEN 1 ELSE 0 END) AS favorite, max(CASE kind WHEN 'possibility' THEN 1 ELSE 0 END) AS possibility,
	max(CASE kind WHEN 'discard' THEN 1 ELSE 0 END) AS discard FROM reactions WHERE client_id = ?0 AND member_id IN ` + both + ` GROUP BY listing_id)
SELECT (SELECT count(*) FROM homes) AS total, coalesce(sum(j.favorite), 0) AS favorites, coalesce(sum(j.possibility), 0) AS possibilities,
	coalesce(sum(CASE WHEN j.discard = 1 AND j.favorite = 0 THEN 1 ELSE 0 END), 0) AS discards,
	(SELECT count(*) FROM homes AS h WHERE NEWS) AS news,
	(SELECT count(*) FROM messages WHERE client_id = ?0 AND author = 'agent' AND seen_at IS NULL) AS unread
FROM judged AS j WHERE j.listing_id IN (SELECT listing_id FROM homes)`

var (
	countNews = strings.Replace(countText, "NEWS", fresh+" AND h.listing_id NOT IN "+away, 1)
	countRest = strings.Replace(countText, "NEWS", neverNew, 1)
)

// Count returns the figures for who looks.
func Count(ctx context.Context, db bun.IDB, v Visitor, now time.Time) (Figures, error) {
	settings, err := LoadSettings(ctx, db, v.Client.ID)
	if err != nil {
		return Figures{}, err
	}
	text, since := countNews, settings.since(now)
	if since.IsZero() {
		text = countRest
	}
	var row struct{ Total, Favorites, Possibilities, Discards, News, Unread int }
	if err := db.NewRaw(text, v.Client.ID, since).Scan(ctx, &row); err != nil {
		return Figures{}, fmt.Errorf("portal: count client %d: %w", v.Client.ID, err)
	}
	return Figures{All: row.Total - row.Discards, New: row.News, Unread: row.Unread, By: map[Kind]int{
		"": row.Total - row.Discards, Favorite: row.Favorites, Possibility: row.Possibilities, Discard: row.Discards,
	}}, nil
}

// WasSent says whether a home was ever sent to this portal: nothing else can be opened in it.
func WasSent(ctx context.Context, db bun.IDB, client clients.ID, home listings.ID) (bool, error) {
	var sent bool
	err := db.NewRaw(`SELECT EXISTS (SELECT 1 FROM `+shown+` AND mh.listing_id = ?1) AND EXISTS (SELECT 1 FROM clients WHERE id = ?0)`, client, home).Scan(ctx, &sent)
	if err != nil {
		return false, fmt.Errorf("portal: whether client %d was sent home %d: %w", client, home, err)
	}
	return sent, nil
}
