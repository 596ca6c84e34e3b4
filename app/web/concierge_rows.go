package web

import (
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
)

// sizesQueue is how wide a photo of the queue is on the screen.
const sizesQueue = "(min-width: 75rem) 32rem, (min-width: 52rem) 45vw, 100vw"

// queueRow is one home of the queue.
type queueRow struct {
	ID, Version int64
	At          string // where the page is, for forms
	Tab         string
	State       autoemail.MatchState
	Open        bool // may be decided here
	Client      string
	ClientURL   string
	Search      string
	SearchURL   string
	Found       string
	FoundAt     string
	Kind        string

	URL, Name      string
	Picture        template.HTML
	Address, Place string
	Price, Was     string
	Facts, Type    string
	Pills, News    template.HTML
	By             template.HTML

	Changed string // since it was found
	Hidden  bool   // clients may not see it, so it can't leave at all
	Back    string // why it came back to the queue
	Note    string
	Wrong   string // with the note
	Ask     string // what changed, and whether to send it all the same
	Told    string // what somebody else did meanwhile

	Icon, Done string // a decided one: what happened, in words
	When       string // it was decided
	WhenAt     string
	Class      string
	Undo       bool
	Left       int // seconds before it may leave; 0 or less: it does not wait for them
	Again      int // seconds until the row looks how far its letter is; 0: it need not
	Letter     string
	Legal      legal
}

// Reasons are why it may be rejected.
func (r queueRow) Reasons() []string { return autoemail.Reasons }

// queueSaid is what is to be said about a home beyond what it is.
type queueSaid struct {
	Ask, Told, Wrong string
	Note             *string // as it was typed
}

// queueWho is a client as rows name them.
type queueWho struct{ Name, Shut string }

// queueGroups makes the groups of a page with their rows, reading everything about their homes at once.
func (s *Server) queueGroups(c *fiber.Ctx, q queueQuery, groups []autoemail.Group, said map[int64]queueSaid) (all []queueGroup, says []legal, err error) {
	var items []autoemail.Item
	who := map[clients.ID]queueWho{}
	for _, g := range groups {
		items = append(items, g.Items...)
		who[g.Client] = queueWho{g.Name, g.Shut}
	}
	rows, err := s.queueRows(c, q, items, who, said)
	if err != nil {
		return nil, nil, err
	}
	now, at := s.Clock(), 0
	for _, g := range groups {
		one := queueGroup{ID: g.Client, Name: g.Name, Initials: initials(g.Name), URL: clientURL(g.Client), Late: g.Late, Shut: g.Shut, Rows: rows[at : at+len(g.Items)]}
		if !g.Oldest.IsZero() && q.tab == "" {
			one.Waits = lasting(now.Sub(g.Oldest))
		}
		at += len(g.Items)
		all = append(all, one)
	}
	for _, r := range rows {
		if r.Legal != (legal{}) && !slices.Contains(says, r.Legal) {
			says = append(says, r.Legal)
		}
	}
	return all, says, nil
}

// queueRowsOf are rows of matches as they stand now.
func (s *Server) queueRowsOf(c *fiber.Ctx, q queueQuery, ids []int64, said map[int64]queueSaid) ([]queueRow, error) {
	ctx, db := c.UserContext(), s.Store.Read
	items, err := autoemail.Items(ctx, db, me(c).ID, ids)
	if err != nil {
		return nil, err
	}
	who := map[clients.ID]queueWho{}
	var asked []clients.ID
	for _, item := range items {
		if _, known := who[item.ClientID]; known {
			continue
		}
		one, err := clients.Find(ctx, db, me(c).ID, item.ClientID)
		if err != nil {
			return nil, err
		}
		who[one.ID], asked = queueWho{Name: one.Name()}, append(asked, one.ID)
	}
	shut, err := s.Ledger.Refused(ctx, db, me(c).ID, asked, s.Clock())
	if err != nil {
		return nil, err
	}
	for id, why := range shut {
		who[id] = queueWho{who[id].Name, why}
	}
	return s.queueRows(c, q, items, who, said)
}

func (s *Server) queueRows(c *fiber.Ctx, q queueQuery, items []autoemail.Item, who map[clients.ID]queueWho, said map[int64]queueSaid) ([]queueRow, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return nil, err
	}
	now, loc := s.Clock(), house.Location()
	ids := make([]listings.ID, len(items))
	for i, item := range items {
		ids[i] = item.ListingID
	}
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, ids, loc, now)
	if err != nil {
		return nil, err
	}
	rows := make([]queueRow, len(items))
	for i, item := range items {
		rows[i] = newQueueRow(q, item, homes[i], who[item.ClientID], now, loc)
		rows[i].Picture = picture(homes[i].Cover, sizesQueue, "Photo of "+rows[i].Address, i < 2)
		rows[i].says(said[item.ID])
	}
	return rows, nil
}

func newQueueRow(q queueQuery, item autoemail.Item, h letters.Home, who queueWho, now time.Time, loc *time.Location) queueRow {
	r := queueRow{
		ID: item.ID, Version: item.Version, At: q.query(), Tab: q.tab, State: item.State, Open: item.State == q.state() && q.tab != "sent",
		Client: who.Name, ClientURL: clientURL(item.ClientID), Search: item.SearchName, SearchURL: "/searches/" + strconv.FormatInt(int64(item.SearchID), 10),
		Found: uncapital(when(item.FoundAt, now, loc)), FoundAt: item.FoundAt.UTC().Format(time.RFC3339), Kind: queueKind(item.Match),
		URL: listingURL(item.ListingID), Address: h.Card.Address, Place: h.Card.Place, Price: h.Card.Price, Facts: h.Card.Facts, Type: h.Card.Type,
		Pills: statusPillOf(h.Listing), News: newsPills(h.News), By: byLine(h.Card), Note: item.Note, Hidden: h.Why != "",
		Legal: legal{Source: h.Card.Source, Disclaimer: h.Card.Disclaimer, Time: when(h.At, now, loc)},
	}
	if h.Listing.ID == 0 {
		r.URL, r.Pills, r.Legal = "", gonePill, legal{}
	}
	if h.News.Old != nil {
		r.Was = listings.Money(*h.News.Old)
	}
	r.Name = r.Address
	switch item.State {
	case autoemail.Unsent:
		r.Back, r.Changed = item.Reason, autoemail.Changed(item.Match, h.Listing)
	case autoemail.Rejected:
		r.Changed = autoemail.Changed(item.Match, h.Listing)
	}
	r.decided(item.Match, who, now, loc)
	return r
}

// says adds what is to be said about this home.
func (r *queueRow) says(said queueSaid) {
	r.Ask, r.Told, r.Wrong = said.Ask, said.Told, said.Wrong
	if said.Note != nil {
		r.Note = *said.Note
	}
	if !r.Open {
		r.Ask = ""
	}
}

// decided tells what became of a home that was decided.
func (r *queueRow) decided(m autoemail.Match, who queueWho, now time.Time, loc *time.Location) {
	if !m.DecidedAt.IsZero() {
		r.When, r.WhenAt = when(m.DecidedAt, now, loc), m.DecidedAt.UTC().Format(time.RFC3339)
	}
	left := int((m.DecidedAt.Add(autoemail.UndoFor).Sub(now) + time.Second - 1) / time.Second)
	switch m.State {
	case autoemail.Approved:
		r.Class, r.Icon, r.Undo = "done", "check", true
		r.Left, r.Again = left, max(10, left+2)
		switch {
		case who.Shut != "":
			r.Class, r.Icon, r.Done = "lamp", "clock", "Approved, but nothing can leave to "+who.Name+" now."
		case r.Left > 0:
			r.Done = "Approved. It leaves in under a minute, in one letter to " + who.Name + "."
		default:
			r.Done = "Approved. It is on its way to " + who.Name + "."
		}
	case autoemail.Rejected:
		r.Icon, r.Done, r.Undo = "x", "Rejected. "+who.Name+" does not see it.", true
		if m.Reason != "" {
			r.Done = "Rejected: " + m.Reason + "."
		}
	case autoemail.Sent:
		r.Class, r.Icon, r.Done = "done", "mail-check", "Sent to "+who.Name+"."
		if m.MailingID != 0 {
			r.Letter = mailingPath(m.MailingID)
		}
	case autoemail.Unsent:
		r.Icon, r.Done = "undo-2", "Back under Unsent."
	default:
		r.Icon, r.Done = "archive", "It is no longer in the queue."
		if m.Reason != "" {
			r.Done += " " + m.Reason
		}
	}
}

// Element is the row's id on the page.
func (r queueRow) Element() string { return "match-" + strconv.FormatInt(r.ID, 10) }
