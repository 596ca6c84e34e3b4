package clients

import (
	"context"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// Sort is an order of My Clients.
type Sort string

// The orders.
const (
	ByName   Sort = "name"
	ByNewest Sort = "newest"
)

// Filter picks clients of one agent.
type Filter struct {
	Agent  agents.ID
	Query  string // in name, e-mail or phone, without case or accents; every word must be found
	Status Status // empty: all
	Sort   Sort   // empty: ByName
	After  string // a Page's Next, empty for the first page
	Limit  int    // 0: 50; 1,000 at most
}

// Page is one page of a list; Next is empty on the last one.
type Page struct {
	Clients []Client
	Next    string
}

// Find returns one of the owner's clients. Faults: NotFound.
func Find(ctx context.Context, db bun.IDB, owner agents.ID, id ID) (Client, error) {
	var c Client
	err := db.NewSelect().Model(&c).Where("id = ?", id).Where("agent_id = ?", owner).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Client{}, notFound()
	}
	if err != nil {
		return Client{}, fmt.Errorf("clients: find %d: %w", id, err)
	}
	return c, nil
}

// FindMany returns those of the ids that are the owner's clients, by name; others are left out.
func FindMany(ctx context.Context, db bun.IDB, owner agents.ID, ids []ID) ([]Client, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var all []Client
	for some := range slices.Chunk(ids, 5000) { // a statement may have a million octets on SQLite
		var found []Client
		err := db.NewSelect().Model(&found).Where("agent_id = ?", owner).Where("id IN (?)", bun.List(some)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("clients: find many: %w", err)
		}
		all = append(all, found...)
	}
	slices.SortFunc(all, func(a, b Client) int {
		if order := strings.Compare(a.SortKey, b.SortKey); order != 0 {
			return order
		}
		return int(a.ID - b.ID)
	})
	return all, nil
}

// listed are the columns that lists show, as listing reads them: a page costs by its columns, and by whose hands they go through.
var listed = []string{"id", "first_name", "last_name", "email", "status", "sort_key", "created_at"}

func (c *Client) listing(rows *sql.Rows) error {
	var id int64
	var status string
	err := rows.Scan(&id, &c.FirstName, &c.LastName, &c.Email, &status, &c.SortKey, &c.CreatedAt)
	c.ID, c.Status = ID(id), Status(status)
	return err
}

// List returns one page of an agent's clients, by keyset, without what only a client's own page shows. A bad After
// starts from the beginning.
func List(ctx context.Context, db bun.IDB, f Filter) (Page, error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	f.Limit = min(f.Limit, 1000)
	var page Page
	query := db.NewSelect().Model((*Client)(nil)).Column(listed...).Where("agent_id = ?", f.Agent).Limit(int64(f.Limit + 1))
	if f.Sort == ByNewest && len(words(f.Query)) > 0 {
		// The index by age lacks the search key: asked for itself, the search reads an index that has it, not every client.
		query = query.Where("id IN (?)", f.matching(db.NewSelect().Model((*Client)(nil)).Column("id").Where("agent_id = ?", f.Agent)))
	} else {
		query = f.matching(query)
	}
	if f.Status != "" {
		query = query.Where("status = ?", f.Status)
	}
	mark, after := readCursor(f.After)
	if f.Sort == ByNewest {
		query = query.OrderExpr("created_at DESC, id DESC")
		if after && mark.sort == ByNewest {
			query = query.Where("(created_at, id) < (?, ?)", mark.at, mark.id)
		}
	} else {
		query = query.OrderExpr("sort_key, id")
		if after && mark.sort == ByName {
			query = query.Where("(sort_key, id) > (?, ?)", mark.key, mark.id)
		}
	}
	rows, err := query.Rows(ctx)
	if err != nil {
		return Page{}, fmt.Errorf("clients: list: %w", err)
	}
	defer rows.Close()
	page.Clients = make([]Client, 0, f.Limit+1)
	for rows.Next() {
		page.Clients = append(page.Clients, Client{AgentID: f.Agent})
		if err := page.Clients[len(page.Clients)-1].listing(rows); err != nil {
			return Page{}, fmt.Errorf("clients: list: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return Page{}, fmt.Errorf("clients: list: %w", err)
	}
	if len(page.Clients) > f.Limit {
		page.Clients = page.Clients[:f.Limit]
		page.Next = cursorAt(page.Clients[f.Limit-1], f.Sort).String()
	}
	return page, nil
}

// Counts returns how many clients match the filter's Query in each status; the empty status holds the sum.
func Counts(ctx context.Context, db bun.IDB, f Filter) (map[Status]int, error) {
	var rows []struct {
		Status Status
		N      int
	}
	var err error
	if len(words(f.Query)) == 0 {
		err = db.NewRaw("SELECT status, n FROM client_counts WHERE agent_id = ?", f.Agent).Scan(ctx, &rows)
	} else {
		err = f.matching(db.NewSelect().Model((*Client)(nil)).Where("agent_id = ?", f.Agent)).ColumnExpr("status, count(*) AS n").GroupExpr("status").Scan(ctx, &rows)
	}
	if err != nil {
		return nil, fmt.Errorf("clients: count: %w", err)
	}
	counts := map[Status]int{}
	for _, r := range rows {
		counts[r.Status] = r.N
		counts[""] += r.N
	}
	return counts, nil
}

// matching asks for the agent and for every word.
func (f Filter) matching(query *bun.SelectQuery) *bun.SelectQuery {
	return query.Where("c.agent_id = ?", f.Agent).Apply(Matching(f.Query))
}

// Matching narrows a query over clients AS c to those that match a Filter's Query, for packages that join clients with
// tables of their own: query.Apply(clients.Matching(text)).
func Matching(text string) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(query *bun.SelectQuery) *bun.SelectQuery {
		for _, word := range words(text) {
			query = query.WhereGroup(" AND ", func(query *bun.SelectQuery) *bun.SelectQuery {
				query = query.Where("c.search_key LIKE ? ESCAPE '!'", like(word))
				// 555-0142 also finds 5550142.
				if number := digits(word); len(number) >= 3 && number != word && strings.Trim(word, "0123456789+-().,/") == "" {
					query = query.WhereOr("c.search_key LIKE ? ESCAPE '!'", like(number))
				}
				return query
			})
		}
		return query
	}
}

// words are what a query looks for; more than ten, or than 200 characters, find nothing anybody means.
func words(query string) []string {
	if runes := []rune(query); len(runes) > 200 {
		query = string(runes[:200])
	}
	all := strings.Fields(fold(query))
	return all[:min(10, len(all))]
}

// like is the pattern for a word anywhere, with the pattern's own signs made plain.
func like(word string) string { return "%" + literal.Replace(word) + "%" }

// literal makes LIKE … ESCAPE '!' take a text as it is.
var literal = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// cursor is the place after one client in one order.
type cursor struct {
	sort Sort
	id   ID
	key  string    // ByName
	at   time.Time // ByNewest
}

func cursorAt(c Client, s Sort) cursor {
	if s == ByNewest {
		return cursor{sort: ByNewest, id: c.ID, at: c.CreatedAt}
	}
	return cursor{sort: ByName, id: c.ID, key: c.SortKey}
}

func (c cursor) String() string {
	place := c.key
	if c.sort == ByNewest {
		place = strconv.FormatInt(c.at.UnixMicro(), 10)
	}
	return base64.RawURLEncoding.EncodeToString([]byte(string(c.sort) + " " + strconv.FormatInt(int64(c.id), 10) + " " + place))
}

// readCursor reads what String wrote. It comes back through a URL, so it may be anything.
func readCursor(text string) (cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) > 1000 || !utf8.Valid(raw) || strings.ContainsRune(string(raw), 0) {
		return cursor{}, false
	}
	parts := strings.SplitN(string(raw), " ", 3)
	if len(parts) != 3 {
		return cursor{}, false
	}
	id, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return cursor{}, false
	}
	switch c := (cursor{sort: Sort(parts[0]), id: ID(id), key: parts[2]}); c.sort {
	case ByName:
		return c, true
	case ByNewest:
		micros, err := strconv.ParseInt(parts[2], 10, 64)
		// The years that both databases can write.
		if err != nil || micros < 0 || micros > time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro() {
			return cursor{}, false
		}
		c.key, c.at = "", time.UnixMicro(micros).UTC()
		return c, true
	}
	return cursor{}, false
}
