package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

// mailingView is how far one mailing is; a fragment that asks for itself again until it is done.
type mailingView struct {
	ID                      outbox.MailingID
	Subject, When, Exactly  string
	Counts                  string
	Total, Sent, Stopped    int // Stopped: failed, expired and withheld
	Unsent, Failed          int
	Done, Paused, Cancelled bool
	Href                    string
	Poll                    string       // the address to ask again; empty: done
	OnPage                  bool         // on the mailing's own page
	Query                   string       // what such a fragment asks with, so that the page's list comes along
	Letters                 *lettersView // that page's list, sent along with each answer
	Toast                   string
}

func (s *Server) mailingView(p outbox.Progress, loc *time.Location) mailingView {
	v := mailingView{
		ID: p.Mailing.ID, Subject: visible(p.Mailing.Subject), Href: mailingPath(p.Mailing.ID),
		When: when(p.Mailing.CreatedAt, s.Clock(), loc), Exactly: p.Mailing.CreatedAt.UTC().Format(time.RFC3339),
		Counts: countWords(p.Count), Total: p.Total, Sent: p.Count[outbox.Sent],
		Stopped: p.Count[outbox.Failed] + p.Count[outbox.Expired] + p.Count[outbox.Withheld],
		Unsent:  p.Count[outbox.Ready] + p.Count[outbox.Sending], Failed: p.Count[outbox.Failed] + p.Count[outbox.Expired],
		Done: p.Done(), Paused: p.Mailing.State == "paused", Cancelled: p.Mailing.State == "cancelled",
	}
	// A paused mailing stands still but for letters in hand.
	if !v.Done && (!v.Paused || p.Count[outbox.Sending] > 0) {
		v.Poll = v.Href
	}
	return v
}

// mailingPage is a mailing with its letters.
type mailingPage struct {
	Health  *healthView
	Mailing mailingView
	Homes   []mailedHome
	Letters lettersView
}

// mailedHome is one home of a mailing's letters.
type mailedHome struct {
	ID                 listings.ID // 0: it is not here any more
	Name, Place, Price string
	Then               string // the price in the letter, where it was another
	Note, Why          string
}

// mailedHomes are the homes of a mailing as they are today, with what was said of them.
func (s *Server) mailedHomes(ctx context.Context, id outbox.MailingID, loc *time.Location) ([]mailedHome, error) {
	homes, err := outbox.Homes(ctx, s.Store.Read, id)
	if err != nil {
		return nil, err
	}
	ids := make([]listings.ID, len(homes))
	for i, h := range homes {
		ids[i] = listings.ID(h.Listing)
	}
	all, err := letters.Homes(ctx, s.Store.Read, ids, loc, s.Clock())
	if err != nil {
		return nil, err
	}
	out := make([]mailedHome, len(all))
	for i, h := range all {
		out[i] = mailedHome{ID: h.Listing.ID, Name: h.Card.Address, Place: h.Card.Place, Price: h.Card.Price, Note: homes[i].Note}
		if then := homes[i].ListPrice; then != nil && h.Listing.ListPrice != nil && *then != *h.Listing.ListPrice {
			out[i].Then = listings.Money(*then)
		}
		if h.Why != "" {
			out[i].Why = "Clients see only that it is no longer on the market."
		}
	}
	return out, nil
}

// mailingShow is the mailing's page; htmx, which asks again and again, gets its progress alone.
func (s *Server) mailingShow(c *fiber.Ctx) error {
	p, err := s.mailing(c)
	if err != nil {
		return err
	}
	return s.mailingAnswer(c, p, "")
}

// mailingAnswer shows a mailing: the page, or the fragment in the place that asked for it, with what was done to it.
func (s *Server) mailingAnswer(c *fiber.Ctx, p outbox.Progress, say string) error {
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	view := s.mailingView(p, house.Location())
	view.Toast = say
	view.OnPage = !partial(c) || c.Query("letters") != ""
	if !view.OnPage {
		return s.fragment(c, http.StatusOK, "outbox/_mailing", view)
	}
	filter := letterFilter(c, me(c).ID)
	filter.Mailing = p.Mailing.ID
	letters, err := s.letters(c.UserContext(), filter, p.Count, view.Href, house.Location())
	if err != nil {
		return err
	}
	view.Query = strings.TrimPrefix(listPath("", filter.State, filter.After, "letters", "1"), "?")
	if view.Poll != "" {
		view.Poll += "?" + view.Query
	}
	if partial(c) {
		view.Letters = &letters
		return s.fragment(c, http.StatusOK, "outbox/_mailing", view)
	}
	homes, err := s.mailedHomes(c.UserContext(), p.Mailing.ID, house.Location())
	if err != nil {
		return err
	}
	data := mailingPage{Health: s.health(me(c), house.Location()), Mailing: view, Homes: homes, Letters: letters}
	return s.page(c, page{Title: view.Subject, Section: "outbox", View: "outbox/mailing", Data: data})
}

func (s *Server) mailingPause(c *fiber.Ctx) error {
	return s.mailingChange(c, func(id outbox.MailingID) (string, error) {
		return "Paused. Letters already on their way still arrive.", outbox.PauseMailing(c.UserContext(), s.Store.Write, me(c).ID, id, s.Clock())
	})
}

func (s *Server) mailingResume(c *fiber.Ctx) error {
	return s.mailingChange(c, func(id outbox.MailingID) (string, error) {
		return "Going on.", outbox.ResumeMailing(c.UserContext(), s.Store.Write, me(c).ID, id, s.Clock())
	})
}

// mailingRetry tries again what failed in this mailing and may still be mailed.
func (s *Server) mailingRetry(c *fiber.Ctx) error {
	return s.mailingChange(c, func(id outbox.MailingID) (string, error) {
		n, err := outbox.RetryFailed(c.UserContext(), s.Store.Write, s.Ledger, me(c).ID, id, s.Clock())
		return retriedWords(n), err
	})
}

// mailingChange does one thing to a mailing of this agent and shows it again.
func (s *Server) mailingChange(c *fiber.Ctx, do func(outbox.MailingID) (say string, err error)) error {
	p, err := s.mailing(c)
	if err != nil {
		return err
	}
	say, err := do(p.Mailing.ID)
	if err != nil {
		return err
	}
	s.Courier.Kick()
	if !partial(c) {
		return s.redirect(c, mailingPath(p.Mailing.ID), say)
	}
	if p, err = s.mailing(c); err != nil {
		return err
	}
	return s.mailingAnswer(c, p, say)
}

// mailingCancelNew asks once more, with the letter's name.
func (s *Server) mailingCancelNew(c *fiber.Ctx) error {
	p, err := s.mailing(c)
	if err != nil {
		return err
	}
	if p.Done() {
		return fault.New(fault.Conflict, "Nothing of this letter is unsent any more, so there is nothing to cancel.")
	}
	house, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.page(c, page{Title: "Cancel what is unsent", Section: "outbox", View: "outbox/cancellation", Data: s.mailingView(p, house.Location())})
}

// mailingCancel cancels what has not left yet.
func (s *Server) mailingCancel(c *fiber.Ctx) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	n, err := outbox.CancelMailing(c.UserContext(), s.Store.Write, me(c).ID, outbox.MailingID(id), s.Clock())
	if err != nil {
		return err
	}
	say := "Cancelled " + count(n, "letter", "letters") + " that had not left yet."
	if n == 0 {
		say = "All letters had left already, so none was cancelled."
	}
	return s.redirect(c, mailingPath(outbox.MailingID(id)), say)
}

// mailing is the agent's mailing of the route.
func (s *Server) mailing(c *fiber.Ctx) (outbox.Progress, error) {
	id, err := pathID(c)
	if err != nil {
		return outbox.Progress{}, err
	}
	return outbox.FindMailing(c.UserContext(), s.Store.Read, me(c).ID, outbox.MailingID(id))
}
