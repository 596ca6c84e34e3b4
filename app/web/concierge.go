package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

func (s *Server) conciergeRoutes() []route {
	return []route{
		{"GET", "/concierge", agent, s.conciergeIndex},
		{"GET", "/concierge/count", agent, s.conciergeCount},
		{"POST", "/concierge/approval", agent, s.conciergeApproveTicked},
		{"POST", "/concierge/rejection", agent, s.conciergeRejectTicked},
		{"POST", "/concierge/undo", agent, s.conciergeUndoTicked},
		{"POST", "/concierge/all", agent, s.conciergeApproveAll},
		{"GET", "/concierge/:id<int>", agent, s.conciergeShow},
		{"POST", "/concierge/:id<int>/approval", agent, s.conciergeApprove},
		{"POST", "/concierge/:id<int>/rejection", agent, s.conciergeReject},
		{"POST", "/concierge/:id<int>/undo", agent, s.conciergeUndo},
		{"POST", "/concierge/:id<int>/note", agent, s.conciergeNote},
	}
}

// queuedAtOnce is how many homes of the queue stand on a page: each has a large photo.
const queuedAtOnce = 30

// queueState is one of those that have a tab.
type queueState struct {
	name, word string
	state      autoemail.MatchState
}

// queueTabs are the tabs of the queue, in order, with what each shows.
var queueTabs = []queueState{{"", "Unsent", autoemail.Unsent}, {"rejected", "Rejected", autoemail.Rejected}, {"sent", "Sent", autoemail.Sent}}

// queueQuery is where somebody is in the queue.
type queueQuery struct {
	tab    string // of queueTabs
	client clients.ID
	after  string
}

func readQueueQuery(get func(name string) string) queueQuery {
	q := queueQuery{tab: get("tab"), after: get("after")}
	if !slices.ContainsFunc(queueTabs, func(t queueState) bool { return t.name == q.tab }) {
		q.tab = ""
	}
	if id, err := strconv.ParseInt(get("client"), 10, 64); err == nil && id > 0 {
		q.client = clients.ID(id)
	}
	return q
}

// query is the part of the address behind the question mark.
func (q queueQuery) query() string {
	v := url.Values{}
	if q.tab != "" {
		v.Set("tab", q.tab)
	}
	if q.client != 0 {
		v.Set("client", strconv.FormatInt(int64(q.client), 10))
	}
	if q.after != "" {
		v.Set("after", q.after)
	}
	return v.Encode()
}

func (q queueQuery) url() string {
	if said := q.query(); said != "" {
		return "/concierge?" + said
	}
	return "/concierge"
}

func (q queueQuery) state() autoemail.MatchState {
	for _, t := range queueTabs {
		if t.name == q.tab {
			return t.state
		}
	}
	return autoemail.Unsent
}

// queueFrom is where a form of the queue stood.
func (s *Server) queueFrom(c *fiber.Ctx) queueQuery {
	at, err := url.ParseQuery(c.FormValue("at"))
	if err != nil {
		at = nil
	}
	return readQueueQuery(at.Get)
}

// queueTab is a tab as the page shows it.
type queueTab struct {
	Word, URL string
	Count     int
	More      bool // than Count
	Here      bool
}

// queueAround is what stands around the rows and follows each decision.
type queueAround struct {
	Unseen  int
	Tabs    []queueTab
	Summary string // "7 wait, the oldest for 5 h"
	Late    bool
}

func (s *Server) queueAround(c *fiber.Ctx, q queueQuery) (queueAround, autoemail.Backlog, error) {
	now := s.Clock()
	log, err := autoemail.Count(c.UserContext(), s.Store.Read, me(c).ID, now)
	if err != nil {
		return queueAround{}, log, err
	}
	around := queueAround{Unseen: log.Unsent, Late: log.Late}
	for i, n := range []int{log.Unsent, log.Rejected, log.Sent} {
		t := queueTabs[i]
		around.Tabs = append(around.Tabs, queueTab{Word: t.word, URL: queueQuery{tab: t.name}.url(), Count: n, More: i > 0 && n == autoemail.MostCounted, Here: t.name == q.tab})
	}
	if log.Unsent > 0 {
		around.Summary = homesCount(log.Unsent) + " to look at"
		if !log.Oldest.IsZero() {
			around.Summary += ", the oldest for " + lasting(now.Sub(log.Oldest))
		}
	}
	return around, log, nil
}

// queueView is the queue.
type queueView struct {
	At      string // where it is, for forms
	Tab     string
	Around  queueAround
	Groups  []queueGroup
	Next    string
	First   string
	Until   string // what was found by then is on the page, or on those behind it
	All     bool   // there is something that may be approved in one go
	Several bool   // of several clients
	Empty   string // why there is nothing: none, done, rejected, sent
	Nobody  *queueNobody
	Legal   []legal
}

// queueNobody is the client somebody asked for and for whom nothing waits.
type queueNobody struct{ Name, URL string }

// queueGroup is what waits for one client.
type queueGroup struct {
	ID             clients.ID
	Name, Initials string
	URL            string
	Waits          string // "5 h"
	Late           bool
	Shut           string
	Rows           []queueRow
}

func (s *Server) conciergeIndex(c *fiber.Ctx) error {
	q := readQueueQuery(queryValues(c).Get)
	return s.queueAnswer(c, q, nil, http.StatusOK)
}

// queueAnswer shows the queue: the page, or the part of it that htmx swaps. said is what is to be said about some homes.
func (s *Server) queueAnswer(c *fiber.Ctx, q queueQuery, said map[int64]queueSaid, status int) error {
	view, err := s.queueView(c, q, said)
	if err != nil {
		return err
	}
	return s.show(c, page{Title: "Concierge", Section: "concierge", View: "concierge/show", Data: view, Status: status}, "concierge/_renewed", view)
}

func (s *Server) queueView(c *fiber.Ctx, q queueQuery, said map[int64]queueSaid) (queueView, error) {
	ctx, now := c.UserContext(), s.Clock()
	v := queueView{At: q.query(), Tab: q.tab, Until: now.Format(time.RFC3339Nano)}
	around, log, err := s.queueAround(c, q)
	if err != nil {
		return v, err
	}
	v.Around = around
	groups, next, err := autoemail.Queue(ctx, s.Store.Read, s.Ledger, autoemail.Tab{Agent: me(c).ID, State: q.state(), After: q.after, Limit: queuedAtOnce}, now)
	if err != nil {
		return v, err
	}
	if q.client != 0 {
		if groups, err = s.queueFirst(c, q, groups, &v); err != nil {
			return v, err
		}
	}
	if v.Groups, v.Legal, err = s.queueGroups(c, q, groups, said); err != nil {
		return v, err
	}
	if next != "" {
		v.Next = queueQuery{tab: q.tab, client: q.client, after: next}.url()
	}
	if q.after != "" {
		v.First = queueQuery{tab: q.tab, client: q.client}.url()
	}
	v.Several = len(v.Groups) > 1
	for _, g := range v.Groups {
		for _, r := range g.Rows {
			v.All = v.All || q.tab == "" && r.Open
		}
	}
	if len(v.Groups) == 0 {
		v.Empty = q.tab
		if q.tab == "" {
			v.Empty = "done"
			if log.Rejected+log.Sent == 0 {
				vets, err := autoemail.Vets(ctx, s.Store.Read, me(c).ID)
				if err != nil {
					return v, err
				}
				if !vets {
					v.Empty = "none"
				}
			}
		}
	}
	return v, nil
}

// queueFirst puts the client somebody asked for before the others, on the first page, and nowhere else.
func (s *Server) queueFirst(c *fiber.Ctx, q queueQuery, groups []autoemail.Group, v *queueView) ([]autoemail.Group, error) {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, q.client)
	if fault.Of(err) == fault.NotFound {
		return groups, nil
	}
	if err != nil {
		return nil, err
	}
	groups = slices.DeleteFunc(groups, func(g autoemail.Group) bool { return g.Client == one.ID })
	if q.after != "" {
		return groups, nil
	}
	first, _, err := autoemail.Queue(c.UserContext(), s.Store.Read, s.Ledger, autoemail.Tab{Agent: me(c).ID, Client: one.ID, State: q.state(), Limit: 4 * queuedAtOnce}, s.Clock())
	if err != nil {
		return nil, err
	}
	if len(first) == 0 && q.tab == "" {
		v.Nobody = &queueNobody{Name: one.Name(), URL: clientURL(one.ID)}
	}
	return append(first, groups...), nil
}

// conciergeCount is the number in the navigation, which asks for itself again.
func (s *Server) conciergeCount(c *fiber.Ctx) error {
	n, err := autoemail.Unseen(c.UserContext(), s.Store.Read, me(c).ID)
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "shared/_queue", n)
}

// Reasons are why ticked homes may be rejected.
func (v queueView) Reasons() []string { return autoemail.Reasons }
