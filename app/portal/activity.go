package portal

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// Act is something a client did in their portal, as the agent reads it.
type Act struct {
	Client  clients.ID // whose portal
	Member  clients.ID // who did it, of the household
	Name    string     // of who did it
	What    string     // "visit", "look", "favorite", "possibility", "discard", "note", "message", "search"
	Listing listings.ID
	Body    string // of a note or message, or a search's name
	At      time.Time
	N       int // looks: how many times
}

// mostActive is of how many portals one list of activity tells.
const mostActive = 20

// Activity returns what an agent's clients (0: all) did lately, newest first. Only people count; machines never get in.
//
// Every act opens a visit (Visit), so the newest acts are of the portals visited last; of each no more is read than the list
// can show. What a second person did before they left the household is not told any more.
func Activity(ctx context.Context, db bun.IDB, agent agents.ID, client clients.ID, limit int) ([]Act, error) {
	if limit <= 0 {
		return nil, nil
	}
	var lately []clients.ID
	q := db.NewSelect().TableExpr("portals AS po").ColumnExpr("po.client_id").Join("JOIN clients AS c ON c.id = po.client_id").
		Where("c.agent_id = ?", agent).Where("po.visit_at IS NOT NULL").OrderExpr("po.visit_at DESC, po.client_id").Limit(int64(min(limit, mostActive)))
	if client != 0 {
		q = q.Where("po.client_id = ?", client)
	}
	if err := q.Scan(ctx, &lately); err != nil {
		return nil, fmt.Errorf("portal: who was in their portal: %w", err)
	}
	if len(lately) == 0 {
		return nil, nil
	}
	var text strings.Builder
	var args []any
	part := func(words string, more ...any) {
		if text.Len() > 0 {
			text.WriteString(" UNION ALL ")
		}
		text.WriteString("SELECT * FROM (" + words + " LIMIT ?) AS p") // SQLite takes a part's order and limit only inside
		args = append(append(args, more...), int64(limit))
	}
	for _, id := range lately {
		part(`SELECT client_id, client_id AS member_id, 'visit' AS what, 0 AS listing_id, '' AS body, visit_at AS at, 0 AS n, 0 AS id FROM portals WHERE client_id = ?`, id)
		part(`SELECT client_id, member_id, 'look' AS what, listing_id, '' AS body, last_at AS at, n, 0 AS id FROM home_visits WHERE client_id = ? ORDER BY last_at DESC`, id)
		part(`SELECT client_id, member_id, kind AS what, listing_id, '' AS body, at, 0 AS n, 0 AS id FROM reactions WHERE client_id = ? ORDER BY at DESC`, id)
		part(`SELECT client_id, member_id, CASE listing_id WHEN 0 THEN 'message' ELSE 'note' END AS what, listing_id, body, at, 0 AS n, id FROM messages WHERE client_id = ? AND author = 'client' ORDER BY at DESC`, id)
		part(`SELECT client_id, client_id AS member_id, 'search' AS what, 0 AS listing_id, name AS body, created_at AS at, 0 AS n, id FROM own_searches WHERE client_id = ? ORDER BY created_at DESC`, id)
	}
	var rows []struct {
		ClientID  clients.ID
		MemberID  clients.ID
		What      string
		ListingID listings.ID
		Body      string
		At        time.Time
		N         int
		FirstName string
		LastName  string
	}
	err := db.NewRaw("SELECT a.client_id, a.member_id, a.what, a.listing_id, a.body, a.at, a.n, m.first_name, m.last_name FROM ("+text.String()+`) AS a
		JOIN clients AS m ON m.id = a.member_id WHERE a.member_id = a.client_id OR EXISTS (SELECT 1 FROM household AS hh WHERE hh.member_id = a.member_id AND hh.client_id = a.client_id)
		ORDER BY a.at DESC, a.id DESC, a.what DESC, a.listing_id LIMIT ?`, append(args, int64(limit))...).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("portal: activity of agent %d: %w", agent, err)
	}
	acts := make([]Act, len(rows))
	for i, r := range rows {
		acts[i] = Act{
			Client: r.ClientID, Member: r.MemberID, Name: clients.Client{FirstName: r.FirstName, LastName: r.LastName}.Name(),
			What: r.What, Listing: r.ListingID, Body: r.Body, At: r.At.UTC(), N: r.N,
		}
	}
	return acts, nil
}

// Kept counts what a client's portal holds of words and own searches, so that a page reads only where there is something.
func Kept(ctx context.Context, db bun.IDB, client clients.ID) (messages, searches int, err error) {
	err = db.QueryRowContext(ctx, "SELECT (SELECT count(*) FROM messages WHERE client_id = ?), (SELECT count(*) FROM own_searches WHERE client_id = ?)", client, client).Scan(&messages, &searches)
	if err != nil {
		return 0, 0, fmt.Errorf("portal: what client %d keeps: %w", client, err)
	}
	return messages, searches, nil
}
