package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

func (s *Server) outboxRoutes() []route {
	return []route{
		{"GET", "/outbox", agent, s.outboxIndex},
		{"POST", "/outbox/retry", agent, s.outboxRetry},
		{"GET", "/outbox/mailings/:id<int>", agent, s.mailingShow},
		{"POST", "/outbox/mailings/:id<int>/pause", agent, s.mailingPause},
		{"POST", "/outbox/mailings/:id<int>/resumption", agent, s.mailingResume},
		{"GET", "/outbox/mailings/:id<int>/cancellation", agent, s.mailingCancelNew},
		{"POST", "/outbox/mailings/:id<int>/cancellation", agent, s.mailingCancel},
		{"POST", "/outbox/mailings/:id<int>/retry", agent, s.mailingRetry},
		{"GET", "/outbox/:id<int>", agent, s.letterShow},
		{"GET", "/outbox/:id<int>/html", agent, s.letterFrame},
		{"POST", "/outbox/:id<int>/retry", agent, s.letterRetry},
	}
}

const (
	lettersPerPage = 50
	newestMailings = 3 // shown on top of the outbox
)

// outboxView is the outbox: how the way out is, the newest mailings, and the letters.
type outboxView struct {
	Health   *healthView
	Mailings []mailingView
	Letters  lettersView
}

// lettersView is a list of letters with its tabs; a fragment.
type lettersView struct {
	Tabs      []letterTab
	Rows      []letterRow
	Next, Top string // addresses of the next page and, on a later page, of the first one
	Retry     string // where "Retry what failed" posts; empty: no button, as on a mailing's page, which has its own
	Live      bool   // tabs swap the list in place
	Filtered  bool
}

type letterTab struct {
	Word, Href string
	Count      int
	Current    bool
}

// letterRow is one letter of a list.
type letterRow struct {
	ID                      outbox.LetterID
	Name, Address, Subject  string
	State                   letterState
	When, Exactly, Reason   string
	MailingHref, LetterHref string
}

// outboxIndex lists the agent's letters.
func (s *Server) outboxIndex(c *fiber.Ctx) error {
	ctx, id := c.UserContext(), me(c).ID
	counts, err := outbox.Counts(ctx, s.Store.Read, id)
	if err != nil {
		return err
	}
	house, err := agents.LoadBrokerage(ctx, s.Store.Read)
	if err != nil {
		return err
	}
	filter := letterFilter(c, id)
	letters, err := s.letters(ctx, filter, counts, "/outbox", house.Location())
	if err != nil {
		return err
	}
	letters.Live = true
	if counts[outbox.Failed]+counts[outbox.Expired] > 0 && slices.Contains([]outbox.State{"", outbox.Failed, outbox.Expired}, filter.State) {
		letters.Retry = "/outbox/retry"
	}
	if partial(c) {
		return s.fragment(c, http.StatusOK, "outbox/_letters", letters)
	}
	view := outboxView{Health: s.health(me(c), house.Location()), Letters: letters}
	newest, err := outbox.Mailings(ctx, s.Store.Read, id, newestMailings)
	if err != nil {
		return err
	}
	for _, p := range newest {
		view.Mailings = append(view.Mailings, s.mailingView(p, house.Location()))
	}
	return s.page(c, page{Title: "Outbox", Section: "outbox", View: "outbox/index", Data: view})
}

// outboxRetry tries everything again that failed and may still be mailed.
func (s *Server) outboxRetry(c *fiber.Ctx) error {
	n, err := outbox.RetryFailed(c.UserContext(), s.Store.Write, s.Ledger, me(c).ID, 0, s.Clock())
	if err != nil {
		return err
	}
	s.Courier.Kick()
	return s.redirect(c, "/outbox", retriedWords(n))
}

// letterFilter reads a list's address; what it does not know is ignored.
func letterFilter(c *fiber.Ctx, id agents.ID) outbox.Filter {
	f := outbox.Filter{Agent: id, Limit: lettersPerPage + 1} // one more tells whether there is a next page
	for _, state := range outbox.States {
		if c.Query("state") == string(state) {
			f.State = state
		}
	}
	if after, err := strconv.ParseInt(c.Query("after"), 10, 64); err == nil && after > 0 {
		f.After = outbox.LetterID(after)
	}
	return f
}

// letters is one page of a list whose address is base.
func (s *Server) letters(ctx context.Context, f outbox.Filter, counts map[outbox.State]int, base string, loc *time.Location) (lettersView, error) {
	v := lettersView{Filtered: f.State != ""}
	total := 0
	for _, state := range outbox.States {
		total += counts[state]
		v.Tabs = append(v.Tabs, letterTab{Word: stateWords[state].Word, Href: listPath(base, state, 0), Count: counts[state], Current: f.State == state})
	}
	v.Tabs = append([]letterTab{{Word: "All", Href: listPath(base, "", 0), Count: total, Current: f.State == ""}}, v.Tabs...)
	list, err := outbox.List(ctx, s.Store.Read, f)
	if err != nil {
		return v, err
	}
	if len(list) > lettersPerPage {
		list = list[:lettersPerPage]
		v.Next = listPath(base, f.State, list[len(list)-1].ID)
	}
	if f.After != 0 {
		v.Top = listPath(base, f.State, 0)
	}
	for _, l := range list {
		v.Rows = append(v.Rows, s.letterRow(l, loc))
	}
	return v, nil
}

// listPath is the address of a list of letters, with whatever else it should say.
func listPath(base string, state outbox.State, after outbox.LetterID, more ...string) string {
	query := url.Values{}
	if state != "" {
		query.Set("state", string(state))
	}
	if after != 0 {
		query.Set("after", strconv.FormatInt(int64(after), 10))
	}
	for i := 0; i+1 < len(more); i += 2 {
		query.Set(more[i], more[i+1])
	}
	if len(query) == 0 {
		return base
	}
	return base + "?" + query.Encode()
}

func (s *Server) letterRow(l outbox.Letter, loc *time.Location) letterRow {
	at := l.CreatedAt
	if !l.EndedAt.IsZero() {
		at = l.EndedAt
	}
	return letterRow{
		ID: l.ID, Name: nameOf(l), Address: l.ToAddress, Subject: visible(l.Subject), State: stateOf(l), Reason: l.Reason,
		When: when(at, s.Clock(), loc), Exactly: at.UTC().Format(time.RFC3339),
		LetterHref: letterPath(l.ID), MailingHref: mailingPath(l.MailingID),
	}
}

// letterPath is a letter's page.
func letterPath(id outbox.LetterID) string { return "/outbox/" + strconv.FormatInt(int64(id), 10) }

// pathID is the :id of the route.
func pathID(c *fiber.Ctx) (int64, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, fault.New(fault.NotFound, "There is nothing at this address.")
	}
	return id, nil
}
