package web

import (
	"html/template"
	"net/http"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/outbox"
)

// lettersShown is how many letters the client page lists; the outbox has them all.
const lettersShown = 8

// clientPage is one client with everything that decides whether mail reaches them. It is both the page and the fragment
// that every act on it renews, so that no part of it is ever older than another.
type clientPage struct {
	ID                    clients.ID
	Name, First, Initials string
	Notices               []clientNotice
	Write                 string // why nothing can be written to them now; empty: it can
	Pill                  template.HTML
	Email, Phone, Types   string
	Vacation              string // until when
	Added                 string
	Notes                 string
	Autos                 clientAutos
	Portal                clientPortal
	Letters               []letterLine
	MoreLetters           bool
	Gates                 []gateLine
	Ledger                []ledgerLine
	CanOptOut             bool
	Form                  *clientForm // not nil: the facts are being edited
	NotesForm             *notesForm  // not nil: the notes are
}

// clientNotice is one banner over the client's name.
type clientNotice struct {
	ID, Class, Icon string
	Strong, Say     string
	Link, Path      string // the remedy as a link
	Activate        bool   // the remedy is Make Active
}

// letterLine is one letter in the client's list.
type letterLine struct {
	ID            outbox.LetterID
	Subject, When string
	Pill          template.HTML
	Reason        string
}

func (s *Server) clientShow(c *fiber.Ctx) error {
	view, err := s.clientPage(c, clientID(c))
	if err != nil {
		return err
	}
	return s.showClient(c, view, http.StatusOK)
}

// showClient answers with the client's page or, for htmx, its body.
func (s *Server) showClient(c *fiber.Ctx, view clientPage, status int) error {
	return s.show(c, page{Title: view.Name, Section: "clients", View: "clients/show", Data: view, Status: status}, "clients/show", view)
}

func (s *Server) clientPage(c *fiber.Ctx, id clients.ID) (clientPage, error) {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, id)
	if err != nil {
		return clientPage{}, err
	}
	return s.clientPageOf(c, one)
}

func (s *Server) clientPageOf(c *fiber.Ctx, one clients.Client) (clientPage, error) {
	ctx, db, now := c.UserContext(), s.Store.Read, s.Clock()
	brokerage, err := s.brokerage(c)
	if err != nil {
		return clientPage{}, err
	}
	loc := brokerage.Location()
	gates, err := s.Ledger.Gates(ctx, db, one.AgentID, one.ID, loc, now)
	if err != nil {
		return clientPage{}, err
	}
	events, err := s.Ledger.History(ctx, db, one.AgentID, one.ID)
	if err != nil {
		return clientPage{}, err
	}
	letters, err := outbox.List(ctx, db, outbox.Filter{Agent: one.AgentID, Client: one.ID, Limit: lettersShown + 1})
	if err != nil {
		return clientPage{}, err
	}
	waits, err := s.waitsFor(c, one.ID)
	if err != nil {
		return clientPage{}, err
	}
	asked, err := s.askedWords(ctx, one.ID, gates, now, loc)
	if err != nil {
		return clientPage{}, err
	}
	view := clientPage{
		ID: one.ID, Name: one.Name(), First: forename(one), Initials: initials(one.Name()),
		Notices: clientNotices(one, gates, asked, waits),
		Pill:    statusPill(one.Status, waits), Email: one.Email, Phone: one.Phone, Types: strings.Join(typeWords(one), ", "),
		Added: day(one.CreatedAt, loc), Notes: one.Notes, Ledger: ledgerLines(one, events, now, loc),
		Gates: gateLines(gates), CanOptOut: gates[0].Open,
	}
	autos, err := s.autosOf(ctx, one, loc, now)
	if err != nil {
		return clientPage{}, err
	}
	house := s.houseGates(me(c), brokerage, one, letters, now, loc)
	held := slices.ContainsFunc(append(slices.Clone(view.Gates), house...), func(g gateLine) bool { return g.Stops })
	view.Autos = newClientAutos(one, autos, held, now, loc)
	found, err := s.autoGates(ctx, one, autos, held, now, loc)
	if err != nil {
		return clientPage{}, err
	}
	view.Gates = append(append(view.Gates, house...), found...)
	if view.Portal, err = s.clientPortalOf(ctx, me(c), one, autos, now, loc); err != nil {
		return clientPage{}, err
	}
	if one.Status == clients.OnVacation {
		view.Vacation = day(one.VacationUntil, loc)
	}
	if len(letters) > lettersShown {
		letters, view.MoreLetters = letters[:lettersShown], true
	}
	for _, l := range letters {
		view.Letters = append(view.Letters, letterLine{ID: l.ID, Subject: visible(l.Subject), When: when(letterTime(l), now, loc), Pill: letterPill(l), Reason: l.Reason})
	}
	for _, g := range view.Gates {
		if g.Stops {
			view.Write = g.Title + "."
			break
		}
	}
	return view, nil
}

// waitsFor says whether a client opted back in and is still Inactive.
func (s *Server) waitsFor(c *fiber.Ctx, id clients.ID) (bool, error) {
	back, err := s.waiting(c)
	for _, one := range back {
		if one.ID == id {
			return true, nil
		}
	}
	return false, err
}

func typeWords(one clients.Client) []string {
	var words []string
	for _, t := range one.TypeList() {
		words = append(words, string(t))
	}
	return words
}

// clientNotices are the banners: first what closed consent, then what else needs the agent. The red one about consent is
// there exactly while consent is closed. asked tells when a client whose yes is missing was asked for it; empty: never.
func clientNotices(one clients.Client, gates []consent.Gate, asked string, waits bool) []clientNotice {
	closed := map[string]consent.Gate{}
	for _, g := range gates {
		if !g.Open {
			closed[g.Name] = g
		}
	}
	first := forename(one)
	var out []clientNotice
	g, shut := closed["consent"]
	complaint, complained := closed["complaint"]
	switch {
	case complained:
		out = append(out, clientNotice{
			ID: "opted-out", Class: "stop", Icon: "octagon-x", Strong: first + " marked mail from here as spam.",
			Say: complaint.Say + " The way back is the unsubscribe link of an old letter, then “" + optInLink + "”.",
		})
	case shut && g.Pending: // there is nothing to restore
		n := clientNotice{
			ID: "pending", Class: "info", Icon: "hourglass", Strong: first + " has not said yes yet.",
			Say: "Nobody has asked them so far. A letter does; nothing else goes out until they say yes.", Link: "Ask them", Path: g.Path,
		}
		if asked != "" {
			n.Say, n.Link = asked+" Nothing else goes out until they say yes.", "Ask them again"
		}
		out = append(out, n)
	case shut:
		n := clientNotice{
			ID: "opted-out", Class: "stop", Icon: "ban", Strong: first + " has opted out of e-mail.", Say: g.Say,
			Link: "Click here to restore", Path: g.Path,
		}
		if rest, elsewhere := strings.CutPrefix(g.Say, "Opted out at another agent"); elsewhere {
			n.Strong = first + " opted out at another agent" + rest
			n.Say = "Your mail to them is held; the status is as you left it."
		}
		out = append(out, n)
	}
	if waits {
		out = append(out, clientNotice{
			ID: "waiting", Class: "lamp", Icon: "clock", Strong: "Consent is open, but the status is still Inactive.",
			Say: "Mail starts again when you set the status: Edit, Status, Active, Save.", Activate: true,
		})
	}
	if g, bounced := closed["address"]; bounced {
		out = append(out, clientNotice{
			ID: "undeliverable", Class: "stop", Icon: "triangle-alert", Strong: "Mail to " + one.Email + " comes back.",
			Say: g.Say + " Ask for the right address and correct it, or:", Link: g.Remedy, Path: g.Path,
		})
	}
	if g, paused := closed["pause"]; paused {
		out = append(out, clientNotice{ID: "paused", Class: "info", Icon: "pause", Strong: first + " asked for a pause.", Say: g.Say})
	}
	return out
}
