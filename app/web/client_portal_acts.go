package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// findingAdopt takes a fact about what a client wants into the criteria of an auto email. Only what is a fact now can be taken.
func (s *Server) findingAdopt(c *fiber.Ctx) error {
	ctx, now := c.UserContext(), s.Clock()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	autos, err := s.autosOf(ctx, one, brokerage.Location(), now)
	if err != nil {
		return err
	}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	criteria, _ := autosCriteria(autos)
	found, err := portal.Findings(ctx, s.Store.Read, shared[0], criteria, now)
	if err != nil {
		return err
	}
	wanted, _ := strconv.ParseInt(c.FormValue("search"), 10, 64) // 0 is none
	for _, f := range found {
		if f.Search == 0 || f.Search != wanted || f.Field != c.FormValue("field") || f.Value != c.FormValue("value") {
			continue
		}
		search, err := autoemail.Find(ctx, s.Store.Read, me(c).ID, autoemail.ID(wanted))
		if err != nil {
			return err
		}
		if search.Criteria, err = f.Adopt(search.Criteria); err != nil {
			return fault.New(fault.Conflict, "This doesn’t go with the rest of “%s”. Change it by hand.", search.Name)
		}
		err = s.searchAct(c, func(ctx context.Context, db bun.Tx) error {
			_, err := autoemail.Save(ctx, db, me(c).ID, search, autoemail.Saving{}, now)
			return err
		})
		if err != nil {
			return err
		}
		return s.clientSaved(c, one.ID, "“"+search.Name+"” asks for it now.")
	}
	return s.clientSaved(c, one.ID, "That is no longer so; nothing was changed.")
}

// messageAnswer writes to a client in their portal: a message, or a note on a home. What they wrote is read with it.
func (s *Server) messageAnswer(c *fiber.Ctx) error {
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	home, _ := strconv.ParseInt(c.FormValue("home"), 10, 64) // 0: a message
	key := c.FormValue("key")
	if key == "" {
		key = newKey()
	}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := portal.Answer(ctx, db, me(c).ID, shared[0], listings.ID(home), c.FormValue("message"), key, s.Clock()); err != nil {
			return err
		}
		return portal.ReadUpTo(ctx, db, shared[0], me(c).ID, portal.Anywhere, wholeNumber(c.FormValue("upto")), s.Clock())
	})
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		view, err := s.clientPageOf(c, one)
		if err != nil {
			return err
		}
		view.Portal.Typed, view.Portal.Wrong, view.Portal.Key = c.FormValue("message"), f.Fields["message"], key
		if view.Portal.Wrong == "" {
			view.Portal.Wrong = f.Say
		}
		return s.showClient(c, view, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	say := "It stands in " + forename(one) + "’s portal. If they don’t look within five minutes, a mail tells them."
	if _, err := s.Ledger.Check(c.UserContext(), s.Store.Read, me(c).ID, one.ID, s.Clock()); fault.Of(err) == fault.Denied && err != nil {
		say = "It stands in " + forename(one) + "’s portal. No mail can tell them just now, so they see it when they look."
	}
	return s.clientSaved(c, one.ID, say)
}

// messagesSeen marks what the client wrote as read.
func (s *Server) messagesSeen(c *fiber.Ctx) error {
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		return portal.ReadUpTo(ctx, db, shared[0], me(c).ID, portal.Anywhere, wholeNumber(c.FormValue("upto")), s.Clock())
	})
	if err != nil {
		return err
	}
	return s.clientSaved(c, one.ID, "Read.")
}

// agentChoice is one of the other agents.
type agentChoice struct {
	ID     agents.ID
	Name   string
	Chosen bool
}
