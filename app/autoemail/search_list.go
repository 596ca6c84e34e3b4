package autoemail

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// Filter chooses auto emails; none that are deleted.
type Filter struct {
	Agent  agents.ID
	Client clients.ID // 0: of all clients
	State  State      // empty: active and paused
	Text   string     // in its name or the client's
	After  string     // Next of the page before
	Limit  int        // 0: 50
}

// Overview is an auto email with what stands around it.
type Overview struct {
	Search
	ClientName string
	Waiting    int       // matches that wait for the schedule
	Unsent     int       // in the concierge queue
	Sent       int       // homes sent so far
	Next       time.Time // when the next letter may leave at the earliest; zero: not by itself
}

// listed is a row of a list.
type listed struct {
	Search    `bun:",extend"`
	FirstName string `bun:"first_name"`
	LastName  string `bun:"last_name"`
	SortKey   string `bun:"sort_key"`
}

// List returns auto emails by client's name, how many there are in all, and where the next page begins (empty: nowhere). A
// bad After starts from the beginning.
func List(ctx context.Context, db bun.IDB, f Filter, zone *time.Location, now time.Time) (page []Overview, total int, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 1000)
	if err := f.chosen(db.NewSelect().Model((*Search)(nil)).ColumnExpr("count(*)")).Scan(ctx, &total); err != nil {
		return nil, 0, "", fmt.Errorf("autoemail: list: %w", err)
	}
	var rows []listed
	query := f.chosen(db.NewSelect().Model(&rows)).ColumnExpr("s.*").ColumnExpr("c.first_name, c.last_name, c.sort_key").
		OrderExpr("c.sort_key, s.id").Limit(int64(f.Limit + 1))
	if key, id, ok := readPlace(f.After); ok {
		query = query.Where("(c.sort_key, s.id) > (?, ?)", key, id)
	}
	if err := query.Scan(ctx); err != nil {
		return nil, 0, "", fmt.Errorf("autoemail: list: %w", err)
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = placeAfter(rows[f.Limit-1].SortKey, rows[f.Limit-1].ID)
	}
	page = make([]Overview, len(rows))
	for i, row := range rows {
		_ = readRow(&row.Search) // its page says that it is paused, and why
		page[i] = Overview{Search: row.Search, ClientName: clients.Client{FirstName: row.FirstName, LastName: row.LastName}.Name(), Next: row.mayLeave(zone, now)}
	}
	if err := tally(ctx, db, page); err != nil {
		return nil, 0, "", fmt.Errorf("autoemail: list: %w", err)
	}
	return page, total, next, nil
}

// chosen narrows a query to the filter's.
func (f Filter) chosen(query *bun.SelectQuery) *bun.SelectQuery {
	query = query.Join("JOIN clients AS c ON c.id = s.client_id").Where("s.agent_id = ?", f.Agent)
	if f.State == "" {
		query = query.Where("s.state <> 'deleted'")
	} else {
		query = query.Where("s.state = ?", f.State).Where("s.state <> 'deleted'")
	}
	if f.Client != 0 {
		query = query.Where("s.client_id = ?", f.Client)
	}
	return query.Apply(named(f.Text))
}

// named narrows a query to those whose name, or whose client, has every word of a text.
func named(text string) func(*bun.SelectQuery) *bun.SelectQuery {
	if characters := []rune(text); len(characters) > 200 { // longer ones find nothing anybody means
		text = string(characters[:200])
	}
	words := strings.Fields(text)
	return func(query *bun.SelectQuery) *bun.SelectQuery {
		for _, word := range words[:min(10, len(words))] {
			query = query.WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery {
				query = query.Apply(clients.Matching(word))
				if key := listings.Fold(word); key != "" {
					query = query.WhereOr("s.name_key LIKE ?", "%"+key+"%") // folded: none of the pattern's own signs are left
				}
				return query
			})
		}
		return query
	}
}

// mayLeave is when the next letter may leave at the earliest.
func (s *Search) mayLeave(zone *time.Location, now time.Time) time.Time {
	switch {
	case s.Concierge || s.Schedule.Kind == "":
		return time.Time{}
	case s.State == Active && s.NextAt.After(now):
		return s.NextAt
	case s.State == Active && !s.NextAt.IsZero():
		return now
	case s.State == Active:
		return s.Pace().Next(now, zone)
	case s.State == Paused && s.PausedUntil.After(now):
		return s.Schedule.Next(s.PausedUntil, zone)
	}
	return time.Time{}
}

// tally counts the matches of a page's auto emails, for all of them at once.
func tally(ctx context.Context, db bun.IDB, page []Overview) error {
	if len(page) == 0 {
		return nil
	}
	ids, place := make([]ID, len(page)), map[ID]*Overview{}
	for i := range page {
		ids[i] = page[i].ID
		place[page[i].ID] = &page[i]
	}
	var counts []struct {
		SearchID ID
		State    MatchState
		N        int
	}
	err := db.NewSelect().Model((*Match)(nil)).Column("search_id", "state").ColumnExpr("count(*) AS n").
		Where("search_id IN (?)", bun.List(ids)).GroupExpr("search_id, state").Scan(ctx, &counts)
	if err != nil {
		return err
	}
	for _, c := range counts {
		switch at := place[c.SearchID]; c.State {
		case Waiting:
			at.Waiting = c.N
		case Unsent:
			at.Unsent = c.N
		case Sent:
			at.Sent = c.N
		}
	}
	return nil
}

// placeAfter is the place behind one auto email in the order of lists, fit for a URL.
func placeAfter(key string, id ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(int64(id), 10) + " " + key))
}

// readPlace reads what placeAfter wrote. It comes back through a URL, so it may be anything.
func readPlace(text string) (key string, id ID, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 1000 || !utf8.Valid(raw) || strings.ContainsRune(string(raw), 0) {
		return "", 0, false
	}
	number, key, found := strings.Cut(string(raw), " ")
	n, err := strconv.ParseInt(number, 10, 64)
	return key, ID(n), found && err == nil && n > 0
}
