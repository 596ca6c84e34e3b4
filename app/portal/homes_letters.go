package portal

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// Letter is a letter that left for somebody of a portal. Its text is kept by the outbox.
type Letter struct {
	ID      int64 // of the outbox
	Mailing int64
	Agent   agents.ID
	To      clients.ID
	Subject string
	At      time.Time // when it left
	Auto    bool      // of an auto email
	New     bool      // left since the visit before
	N       int       // homes in it
	Homes   []LetterHome
}

// LetterHome is a home as a letter showed it.
type LetterHome struct {
	Listing listings.ID
	Note    string // the agent's
	Price   *int64
}

// The kinds of letters a feed may be narrowed to.
const (
	ByHand = "letters"
	ByAuto = "auto"
)

// Stretch chooses letters of the feed.
type Stretch struct {
	Kind   string // ByHand, ByAuto; else both
	Since  time.Time
	Before int64       // letters older than this one; 0: from the newest
	Letter int64       // only this one; 0: any
	Home   listings.ID // only letters with this home; 0: any
	Limit  int         // 0: 20
	Homes  int         // of each letter, at most; 0: all
}

// Letters returns what was sent to a portal, newest first, in a few statements whatever its number; next is where the page
// after this one begins, 0 at the end.
func Letters(ctx context.Context, db bun.IDB, v Visitor, p Stretch, now time.Time) (all []Letter, next int64, err error) {
	if p.Limit == 0 {
		p.Limit = 20
	}
	settings, err := LoadSettings(ctx, db, v.Client.ID)
	if err != nil {
		return nil, 0, err
	}
	var rows []struct {
		ID, MailingID int64
		AgentID       agents.ID
		ClientID      clients.ID
		Subject       string
		EndedAt       time.Time `bun:",nullzero"`
		CreatedAt     time.Time
		Auto          bool
	}
	const auto = "EXISTS (SELECT 1 FROM search_letters AS a WHERE a.mailing_id = l.mailing_id)"
	query := db.NewSelect().TableExpr("letters AS l").Join("JOIN mailings AS m ON m.id = l.mailing_id").
		ColumnExpr("l.id, l.mailing_id, l.agent_id, l.client_id, m.subject, l.ended_at, l.created_at").ColumnExpr(auto+" AS auto").
		Where("l.client_id IN "+people, v.Client.ID, v.Client.ID).Where("l.state = 'sent'").Where("m.kind = 'letter'").
		Where("m.idempotency_key NOT LIKE ?", "letter:%:"+TalkKey+"%"). // what it tells of stands in the talk itself
		OrderExpr("l.id DESC").Limit(int64(p.Limit) + 1)
	switch p.Kind {
	case ByHand:
		query.Where("NOT " + auto)
	case ByAuto:
		query.Where(auto)
	}
	if !p.Since.IsZero() {
		query.Where("coalesce(l.ended_at, l.created_at) >= ?", p.Since)
	}
	if p.Before > 0 {
		query.Where("l.id < ?", p.Before)
	}
	if p.Letter != 0 {
		query.Where("l.id = ?", p.Letter)
	}
	if p.Home != 0 {
		query.Where("l.mailing_id IN (SELECT mailing_id FROM mailing_homes WHERE listing_id = ?)", p.Home)
	}
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, 0, fmt.Errorf("portal: letters of client %d: %w", v.Client.ID, err)
	}
	if len(rows) > p.Limit {
		rows, next = rows[:p.Limit], rows[p.Limit-1].ID
	}
	since := settings.since(now)
	for _, r := range rows {
		one := Letter{ID: r.ID, Mailing: r.MailingID, Agent: r.AgentID, To: r.ClientID, Subject: r.Subject, At: left(r.EndedAt, r.CreatedAt), Auto: r.Auto}
		one.New = !since.IsZero() && one.At.After(since)
		all = append(all, one)
	}
	return all, next, addHomes(ctx, db, all, p)
}

// addHomes reads the homes of letters.
func addHomes(ctx context.Context, db bun.IDB, all []Letter, p Stretch) error {
	if len(all) == 0 {
		return nil
	}
	ids := make([]int64, len(all))
	for i, one := range all {
		ids[i] = one.Mailing
	}
	var homes []struct {
		MailingID int64
		ListingID listings.ID
		Note      string
		ListPrice *int64
		N         int
	}
	query := db.NewSelect().TableExpr("mailing_homes AS mh").ColumnExpr("mh.mailing_id, mh.listing_id, mh.note, mh.list_price").
		ColumnExpr("(SELECT count(*) FROM mailing_homes AS k WHERE k.mailing_id = mh.mailing_id) AS n").
		Where("mh.mailing_id IN (?)", bun.List(ids)).OrderExpr("mh.mailing_id, mh.position")
	if p.Homes > 0 {
		query.Where("mh.position <= ?", p.Homes)
	}
	if p.Home != 0 {
		query.Where("mh.listing_id = ?", p.Home)
	}
	if err := query.Scan(ctx, &homes); err != nil {
		return fmt.Errorf("portal: homes of letters: %w", err)
	}
	of := map[int64][]LetterHome{}
	n := map[int64]int{}
	for _, h := range homes {
		of[h.MailingID], n[h.MailingID] = append(of[h.MailingID], LetterHome{h.ListingID, h.Note, h.ListPrice}), h.N
	}
	for i := range all {
		all[i].Homes, all[i].N = of[all[i].Mailing], n[all[i].Mailing]
	}
	return nil
}

// FindLetter returns a letter of a portal with all its homes. Faults: NotFound.
func FindLetter(ctx context.Context, db bun.IDB, v Visitor, id int64, now time.Time) (Letter, error) {
	all, _, err := Letters(ctx, db, v, Stretch{Letter: id, Limit: 1}, now)
	if err == nil && (len(all) == 0 || id <= 0) {
		err = fault.New(fault.NotFound, "There is no such letter here.")
	}
	if err != nil {
		return Letter{}, err
	}
	return all[0], nil
}
