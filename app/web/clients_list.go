package web

import (
	"html/template"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// clientQuery is what My Clients shows; all of it stands in the address.
type clientQuery struct {
	q      string
	status clients.Status // empty: all
	sort   clients.Sort
	after  string
}

func readClientQuery(get func(name string) string) clientQuery {
	q := clientQuery{q: strings.TrimSpace(get("q")), sort: clients.ByName, after: get("after")}
	if status := clients.Status(get("status")); slices.Contains(clients.Statuses, status) {
		q.status = status
	}
	if get("sort") == string(clients.ByNewest) {
		q.sort = clients.ByNewest
	}
	return q
}

// url is the address of this list, without what is not said.
func (q clientQuery) url() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.q, "status": string(q.status), "after": q.after} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.sort != clients.ByName {
		v.Set("sort", string(q.sort))
	}
	if len(v) == 0 {
		return "/clients"
	}
	return "/clients?" + v.Encode()
}

// sorted and in are the same list in another order or tab, from its beginning.
func (q clientQuery) sorted(by clients.Sort) clientQuery {
	q.sort, q.after = by, ""
	return q
}

func (q clientQuery) in(s clients.Status) clientQuery {
	q.status, q.after = s, ""
	return q
}

// clientList is the part of My Clients that searching, tabs and sorting renew.
type clientList struct {
	Status, Sort  string
	Tabs          []clientTab
	Rows          []clientRow
	ByName        string // where the column's heading leads
	ByNewest      string
	Newest        bool
	First         string // the list's beginning; empty: this is it
	Next, More    string // empty: no more
	None, NoMatch bool   // nobody at all; nobody that matches
	Clear         string // the list without search and tab
}

type clientTab struct {
	Word, URL string
	Count     int
	Here      bool
}

// clientRow is one line of My Clients, ready to print: template actions are what a page costs.
type clientRow struct {
	ID                    clients.ID
	Initials, Name, Email string
	Pills                 template.HTML // made of fixed words only
	Letter                template.HTML
	When, Added           string
	Waiting               bool
}

// foundClients is what the database says of a page of My Clients.
type foundClients struct {
	clients.Page
	counts map[clients.Status]int
	beside
}

// beside is what My Clients shows beside the clients themselves.
type beside struct {
	back    []clients.Client // who opted back in and is still Inactive
	waits   map[clients.ID]bool
	glances map[clients.ID]outbox.Glance
	wrote   map[clients.ID]int // messages from the portal, unread
	loc     *time.Location
}

func (s *Server) findClients(c *fiber.Ctx, q clientQuery) (found foundClients, err error) {
	ctx, db := c.UserContext(), s.Store.Read
	filter := clients.Filter{Agent: me(c).ID, Query: q.q, Status: q.status, Sort: q.sort, After: q.after}
	if found.Page, err = clients.List(ctx, db, filter); err != nil {
		return found, err
	}
	if found.counts, err = clients.Counts(ctx, db, filter); err != nil {
		return found, err
	}
	found.beside, err = s.beside(c, found.Clients)
	return found, err
}

func (s *Server) beside(c *fiber.Ctx, some []clients.Client) (b beside, err error) {
	ids := make([]clients.ID, len(some))
	for i, one := range some {
		ids[i] = one.ID
	}
	if b.glances, err = outbox.Glances(c.UserContext(), s.Store.Read, me(c).ID, ids); err != nil {
		return b, err
	}
	if b.wrote, err = portal.Unread(c.UserContext(), s.Store.Read, me(c).ID); err != nil {
		return b, err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return b, err
	}
	b.loc = brokerage.Location()
	b.back, err = s.waiting(c)
	b.waits = make(map[clients.ID]bool, len(b.back))
	for _, one := range b.back {
		b.waits[one.ID] = true
	}
	return b, err
}

func newClientList(q clientQuery, found foundClients, now time.Time) clientList {
	list := clientList{
		Status: string(q.status), Sort: string(q.sort), Tabs: clientTabs(q, found.counts), Rows: make([]clientRow, len(found.Clients)),
		ByName: q.sorted(clients.ByName).url(), ByNewest: q.sorted(clients.ByNewest).url(), Newest: q.sort == clients.ByNewest,
		Clear: clientQuery{sort: q.sort}.url(),
	}
	for i, one := range found.Clients {
		list.Rows[i] = found.row(one, now)
	}
	if q.after != "" {
		list.First = q.sorted(q.sort).url()
	}
	if found.Next != "" {
		q.after = found.Next
		list.Next = q.url()
		list.More = list.Next + "&more=1"
	}
	list.NoMatch = len(list.Rows) == 0
	list.None = list.NoMatch && q.q == "" && found.counts[""] == 0
	return list
}

func clientTabs(q clientQuery, counts map[clients.Status]int) []clientTab {
	tabs := []clientTab{{Word: "All", URL: q.in("").url(), Count: counts[""], Here: q.status == ""}}
	for _, status := range clients.Statuses {
		tabs = append(tabs, clientTab{Word: string(status), URL: q.in(status).url(), Count: counts[status], Here: q.status == status})
	}
	return tabs
}

func (b beside) row(one clients.Client, now time.Time) clientRow {
	g, waiting := b.glances[one.ID], b.waits[one.ID]
	row := clientRow{
		ID: one.ID, Initials: initials(one.Name()), Name: one.Name(), Email: one.Email,
		Pills: statusPill(one.Status, waiting) + glancePill(g, now) + wrotePill(b.wrote[one.ID]),
		Added: dayShort(one.CreatedAt, now, b.loc), Waiting: waiting,
	}
	if g.LetterID != 0 {
		row.Letter, row.When = letterPill(outbox.Letter{State: g.State, Attempts: g.Attempts}), when(g.At, now, b.loc)
	}
	return row
}

// dayShort is a date for a column: "12 Nov", with the year where it is another.
func dayShort(t, now time.Time, loc *time.Location) string {
	if t = t.In(loc); t.Year() == now.In(loc).Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}

// letterTime is when a letter came to its end, or was written.
func letterTime(l outbox.Letter) time.Time {
	if !l.EndedAt.IsZero() {
		return l.EndedAt
	}
	return l.CreatedAt
}
