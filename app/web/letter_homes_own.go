package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// What a letter's page offers to whoever holds it: the way to the portal, which a code guards, and to somebody it was
// forwarded to, homes of their own.

// ownForm is the form on a letter's page.
type ownForm struct {
	Path, Agent string
	Name, Email Field
	Wrong       string
}

func newOwnForm(path, agent, name, email string, wrong map[string]string) ownForm {
	f := fields{wrong}
	v := ownForm{Path: path, Agent: agent, Name: f.of("name", "Your name", name), Email: f.of("email", "Your e-mail", email)}
	v.Name.Autocomplete, v.Name.Required = "name", true
	v.Email.Type, v.Email.Autocomplete, v.Email.Required = "email", "email", true
	return v
}

// letterPortal leads from a letter's page to the portal's door and remembers the letter on the way.
func (s *Server) letterPortal(c *fiber.Ctx, _ outbox.Shown) error {
	s.setPortalCookie(c, letterCookie, c.Params("token"), s.Clock().Add(time.Hour))
	return s.redirect(c, "/p", "")
}

// ownPage is the page of the form, and of thanks.
type ownPage struct {
	Path, Agent string
	Form        ownForm
	Done        bool
}

// letterOwn tells the agent who else would like homes.
func (s *Server) letterOwn(c *fiber.Ctx, shown outbox.Shown) error {
	path := "/l/" + c.Params("token")
	agent, err := s.shownAgent(c, shown.Agent)
	if err != nil {
		return err
	}
	link, _ := c.Locals("letter").(outbox.Link)
	sent := s.letterDay(c, shown)
	name, email := clipped(c.FormValue("name"), 200), clipped(c.FormValue("email"), 320)
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		a, fresh, err := s.PortalKeys.AskForOwn(ctx, db, shown.Agent, int64(link.Mailing), name, email, s.visitorIP(c), s.Clock())
		if err != nil || !fresh {
			return err
		}
		return agents.Tell(ctx, db, agents.Notice{
			AgentID: shown.Agent, Kind: agents.NoticePortal, Mails: true, Title: "Somebody asks you for homes of their own",
			Body: fmt.Sprintf("“%s” (%s) has the homes you sent to somebody on %s and asks for homes of their own.\n\nThey typed name and address themselves, and nobody has checked either: get to know them before you write.",
				a.Name(), a.Email, sent),
			Action: "Make this person a client", Path: fmt.Sprintf("/clients/new?asked=%d", a.ID),
		}, s.Clock())
	})
	f := fault.As(err)
	switch {
	case f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Denied):
		form := newOwnForm(path, agent.Name, name, email, f.Fields)
		if f.Kind == fault.Denied {
			form.Wrong = f.Say
		}
		return s.letterLayout(c, page{Title: "Homes of your own", View: "homes/own", Data: ownPage{Path: path, Agent: agent.Name, Form: form}, Status: statuses[f.Kind]})
	case err != nil:
		return err
	}
	s.Courier.Kick()
	return s.letterLayout(c, page{Title: "Homes of your own", View: "homes/own", Data: ownPage{Path: path, Agent: agent.Name, Done: true}, Status: http.StatusOK})
}

func (s *Server) letterDay(c *fiber.Ctx, shown outbox.Shown) string {
	house, err := s.brokerage(c)
	if err != nil {
		return day(shown.At, time.UTC)
	}
	return day(shown.At, house.Location())
}

// When a letter seems to have been passed on.
const (
	wrongFromLetter = 3 // from its page, in an hour
	manyPlaces      = 5 // networks it was looked at from, by people, in a month
)

// fromLetter is the letter whose page this browser came from to the portal. A link made for sharing is nobody's: it is meant to
// go round.
func (s *Server) fromLetter(c *fiber.Ctx) (outbox.Link, outbox.Shown, bool, error) {
	token := c.Cookies(s.portalCookie(letterCookie))
	if token == "" {
		return outbox.Link{}, outbox.Shown{}, false, nil
	}
	link, err := outbox.ReadLink(c.UserContext(), s.Store.Read, token)
	if fault.Of(err) == fault.NotFound || err == nil && link.Client == 0 {
		return outbox.Link{}, outbox.Shown{}, false, nil
	}
	if err != nil {
		return outbox.Link{}, outbox.Shown{}, false, err
	}
	shown, err := outbox.ShownBy(c.UserContext(), s.Store.Read, link)
	return link, shown, err == nil && len(shown.Homes) > 0, err
}

// strangerAsked tells the agent where a code was asked for from a client's letter with an address that is no client's of theirs.
func (s *Server) strangerAsked(c *fiber.Ctx, email string) error {
	link, shown, came, err := s.fromLetter(c)
	if err != nil || !came {
		return err
	}
	known, err := portal.Knows(c.UserContext(), s.Store.Read, shown.Agent, email, s.Clock())
	if err != nil {
		return err
	}
	// Counted whoever it is, so that both take the same work.
	first, err := s.PortalKeys.Within(c.UserContext(), s.Store.Write, "strangers from a letter", fmt.Sprint(link.Mailing, " ", link.Client, " ", known), 1, 30*24*time.Hour, s.Clock())
	if err != nil || known || !first {
		return err
	}
	return s.tellForwarded(c, link, shown, "Somebody came from it to the portal with an address that none of your clients has or has invited. They saw the homes of the letter and nothing else.")
}

// strangerGuessed tells the agent where wrong codes were entered by somebody who came from a client's letter.
func (s *Server) strangerGuessed(c *fiber.Ctx) error {
	link, shown, came, err := s.fromLetter(c)
	if err != nil || !came {
		return err
	}
	few, err := s.PortalKeys.Within(c.UserContext(), s.Store.Write, "wrong codes from a letter", fmt.Sprint(link.Mailing, " ", link.Client), wrongFromLetter-1, time.Hour, s.Clock())
	if err != nil || few {
		return err
	}
	return s.tellForwarded(c, link, shown, "Somebody came from it to the portal and typed wrong codes. They saw the homes of the letter and nothing else.")
}

// houseGuessed tells the brokers, once a day, where wrong codes are entered all over the house.
func (s *Server) houseGuessed(c *fiber.Ctx) error {
	guessed, err := s.PortalKeys.Guessed(c.UserContext(), s.Store.Write, s.Clock())
	if err != nil || !guessed {
		return err
	}
	all, err := agents.List(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		for _, a := range all {
			if !a.Broker() {
				continue
			}
			err := agents.Tell(ctx, db, agents.Notice{
				AgentID: a.ID, Kind: agents.NoticePortal, Mails: true, Title: "Somebody may be guessing the codes of portals",
				Body: "Many wrong codes were typed in the last hour. Each address takes five tries for a code and a few codes an hour, so a guess hardly ever opens anything, and Porchlight stops taking codes where there are too many.\n\n" +
					"Clients may be told for a while that their code does not open anything; an hour later it works again. If this goes on, ask whoever runs your server to look at where it comes from.",
			}, s.Clock())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// letterPlace counts from where a person looks at a letter's page, and tells the agent where it is many places.
func (s *Server) letterPlace(c *fiber.Ctx, shown outbox.Shown) error {
	link, _ := c.Locals("letter").(outbox.Link)
	if link.Client == 0 {
		return nil
	}
	n, fresh, err := s.PortalKeys.Places(c.UserContext(), s.Store.Write, fmt.Sprint(link.Mailing, " ", link.Client), s.visitorIP(c), s.Clock())
	if err != nil || !fresh || n < manyPlaces {
		return err
	}
	return s.tellForwarded(c, link, shown, "People looked at it from many different places. They saw the homes of the letter and nothing else.")
}

// tellForwarded tells an agent once a month that a letter may have been passed on.
func (s *Server) tellForwarded(c *fiber.Ctx, link outbox.Link, shown outbox.Shown, why string) error {
	of, err := clients.Find(c.UserContext(), s.Store.Read, shown.Agent, link.Client)
	if fault.Of(err) == fault.NotFound {
		return nil // deleted, or somebody else's by now
	}
	if err != nil {
		return err
	}
	sent := s.letterDay(c, shown)
	return s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		first, err := s.PortalKeys.Within(ctx, db, "forwarded", fmt.Sprint(link.Mailing, " ", link.Client), 1, 30*24*time.Hour, s.Clock())
		if err != nil || !first {
			return err
		}
		return agents.Tell(ctx, db, agents.Notice{
			AgentID: shown.Agent, Kind: agents.NoticePortal, ClientID: int64(of.ID), Title: "A letter to " + of.Name() + " may have been forwarded",
			Body:   "This is about your letter of " + sent + " to " + of.Name() + ". " + why + "\n\nIf you know who it is, they may be glad of homes of their own.",
			Action: "Make this person a client", Path: "/clients/new",
		}, s.Clock())
	})
}

// askedClient fills the form of a new client for somebody who asked for homes of their own.
func (s *Server) askedClient(c *fiber.Ctx, t *clientTyped) error {
	id := c.QueryInt("asked")
	if id <= 0 {
		return nil
	}
	a, err := portal.FindAsker(c.UserContext(), s.Store.Read, me(c).ID, int64(id))
	if err == nil {
		t.First, t.Last, t.Email = a.FirstName, a.LastName, a.Email
	}
	return err
}
