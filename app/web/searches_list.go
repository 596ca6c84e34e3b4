package web

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// searchQuery is what the list of auto emails shows; all of it stands in the address.
type searchQuery struct {
	q      string
	client clients.ID
	state  autoemail.State // empty: all
	after  string
}

func readSearchQuery(v url.Values) searchQuery {
	q := searchQuery{q: strings.TrimSpace(v.Get("q")), client: clients.ID(wholeNumber(v.Get("client"))), after: v.Get("after")}
	if state := autoemail.State(v.Get("state")); state == autoemail.Active || state == autoemail.Paused {
		q.state = state
	}
	return q
}

// url is the address of this list, without what is not said.
func (q searchQuery) url() string {
	v := url.Values{}
	for name, value := range map[string]string{"q": q.q, "state": string(q.state), "after": q.after} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if q.client != 0 {
		v.Set("client", idText(q.client))
	}
	if len(v) == 0 {
		return "/searches"
	}
	return "/searches?" + v.Encode()
}

// in is the same list in another tab, from its beginning.
func (q searchQuery) in(state autoemail.State) searchQuery {
	q.state, q.after = state, ""
	return q
}

// searchIndexPage is the list of all auto emails of the agent.
type searchIndexPage struct {
	Query   string
	List    searchList
	Deleted *searchDeleted
	Client  string // only this client's; empty: everybody's
}

// searchDeleted offers to bring back what was just deleted.
type searchDeleted struct {
	Name, Action string
}

// searchList is the part that searching, tabs and paging renew.
type searchList struct {
	State         string
	Client        string
	Tabs          []clientTab
	Rows          []searchRow
	First, Next   string
	Back          string // this list, for what is done to ticked rows
	None, NoMatch bool
	Live          string
}

// searchRow is one auto email, ready to print.
type searchRow struct {
	ID                    autoemail.ID
	URL, Name             string
	ClientURL, ClientName string
	Initials              string
	Words, Schedule       string
	Pill                  template.HTML
	More                  string
	Waiting, Unsent       int
	Queue                 string // where what is unsent waits for the agent
	Sent                  string
	Last, Next            string
}

// searchesShown is how many auto emails stand on one page.
const searchesShown = 50

func (s *Server) searchIndex(c *fiber.Ctx) error {
	values := queryValues(c)
	q := readSearchQuery(values)
	list, err := s.searchList(c, q)
	if err != nil {
		return err
	}
	if partial(c) {
		replaceURL(c, q.url())
		return s.fragment(c, http.StatusOK, "searches/_list", list)
	}
	view := searchIndexPage{Query: q.q, List: list}
	if q.client != 0 {
		one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, q.client)
		if err != nil {
			return err
		}
		view.Client = one.Name()
	}
	if id := autoemail.ID(wholeNumber(values.Get("deleted"))); id != 0 {
		gone, err := autoemail.Find(c.UserContext(), s.Store.Read, me(c).ID, id)
		if err != nil && fault.Of(err) != fault.NotFound {
			return err
		}
		if err == nil && gone.State == autoemail.Deleted {
			view.Deleted = &searchDeleted{Name: gone.Name, Action: searchURL(id) + "/restoration"}
		}
	}
	return s.page(c, page{Title: "Auto e-mails", Section: "searches", View: "searches/index", Data: view})
}

func (s *Server) searchList(c *fiber.Ctx, q searchQuery) (searchList, error) {
	ctx, db, now := c.UserContext(), s.Store.Read, s.Clock()
	brokerage, err := s.brokerage(c)
	if err != nil {
		return searchList{}, err
	}
	loc := brokerage.Location()
	filter := autoemail.Filter{Agent: me(c).ID, Client: q.client, State: q.state, Text: q.q, After: q.after, Limit: searchesShown}
	found, total, next, err := autoemail.List(ctx, db, filter, loc, now)
	if err != nil {
		return searchList{}, err
	}
	list := searchList{State: string(q.state), Back: q.url(), Live: count(total, "auto e-mail", "auto e-mails")}
	if q.client != 0 {
		list.Client = idText(q.client)
	}
	all := 0
	for _, tab := range []struct {
		word  string
		state autoemail.State
	}{{"All", ""}, {"Running", autoemail.Active}, {"Paused", autoemail.Paused}} {
		n := total
		if tab.state != q.state {
			some := filter
			some.State, some.After, some.Limit = tab.state, "", 1
			if _, n, _, err = autoemail.List(ctx, db, some, loc, now); err != nil {
				return searchList{}, err
			}
		}
		if tab.state == "" {
			all = n
		}
		list.Tabs = append(list.Tabs, clientTab{Word: tab.word, URL: q.in(tab.state).url(), Count: n, Here: tab.state == q.state})
	}
	for _, one := range found {
		list.Rows = append(list.Rows, newSearchRow(one, now, loc))
	}
	if q.after != "" {
		list.First = q.in(q.state).url()
	}
	if next != "" {
		q.after = next
		list.Next = q.url()
	}
	list.NoMatch = len(found) == 0
	list.None = list.NoMatch && all == 0 && q.q == "" && q.client == 0
	return list, nil
}

func newSearchRow(one autoemail.Overview, now time.Time, loc *time.Location) searchRow {
	first, _, _ := strings.Cut(one.ClientName, " ")
	state := searchStateOf(one.Search, first, now, loc)
	row := searchRow{
		ID: one.ID, URL: searchURL(one.ID), Name: one.Name, ClientURL: clientURL(one.ClientID), ClientName: one.ClientName, Initials: initials(one.ClientName),
		Words: one.Criteria.Words(), Schedule: scheduleWords(one.Search), Pill: state.Pill, More: state.More, Waiting: one.Waiting, Unsent: one.Unsent,
		Sent: thousands(int64(one.Sent)), Last: "None yet", Next: nextWords(one.Next, state.Runs, one.Concierge, now, loc),
	}
	if one.Unsent > 0 {
		row.Queue = conciergeURL(one.ClientID)
	}
	if !one.LastSentAt.IsZero() {
		row.Last = when(one.LastSentAt, now, loc)
	}
	if row.Next != "" {
		row.Next = "Next: " + lowerFirst(row.Next)
	}
	return row
}

// nextWords is when a letter may leave at the earliest.
func nextWords(next time.Time, runs, vetted bool, now time.Time, loc *time.Location) string {
	switch {
	case !runs:
		return ""
	case next.IsZero() && vetted:
		return "When you approve"
	case next.IsZero():
		return "When a home comes"
	case !next.After(now):
		return "Now"
	}
	return when(next, now, loc)
}

// conciergeURL is where what waits for the agent's yes is, of one client.
func conciergeURL(id clients.ID) string { return "/concierge?client=" + idText(id) }
