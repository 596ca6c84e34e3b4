package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// householdPage is who shares a portal, who is invited, and whom the agent may add.
type householdPage struct {
	ID               clients.ID
	Name, First      string
	Shares           []clients.Client // all, whose portal it is first; one alone: nobody shares
	Query            string
	Found            []clients.Client
	Searched, Others bool
	Add              string // a new client's form
	Invited          invitedView
	ByAgent          bool // the invitation is the agent's
	Form             inviteForm
	Refused          string // why a client could not be added
}

func (s *Server) householdShow(c *fiber.Ctx) error {
	return s.householdForm(c, func(*householdPage) {}, http.StatusOK)
}

// householdForm is the page; with changes what stands in its forms.
func (s *Server) householdForm(c *fiber.Ctx, with func(*householdPage), status int) error {
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	v := householdPage{ID: one.ID, Name: one.Name(), First: forename(one), Query: c.Query("q"), Add: "/clients/new", Form: newInviteForm(clientURL(one.ID)+"/household/invitation", portal.Guest{}, nil)}
	v.Form.Email.Hint = "They get one letter that says who invites them, and decide on a page."
	people, err := portal.Household(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	for _, other := range people {
		if other.AgentID == me(c).ID {
			v.Shares = append(v.Shares, other)
		}
	}
	v.Others = len(v.Shares) > 1
	if v.Query != "" && !v.Others {
		v.Searched = true
		list, err := clients.List(ctx, s.Store.Read, clients.Filter{Agent: me(c).ID, Query: v.Query, Limit: 8})
		if err != nil {
			return err
		}
		for _, other := range list.Clients {
			if other.ID != one.ID {
				v.Found = append(v.Found, other)
			}
		}
	}
	if !v.Others {
		house, err := s.brokerage(c)
		if err != nil {
			return err
		}
		invitation, found, err := portal.InvitationOf(ctx, s.Store.Read, one.ID)
		if err != nil {
			return err
		}
		if found {
			v.Invited, v.ByAgent = s.newInvitedView(invitation, house.Location()), invitation.ByAgent
		}
	}
	with(&v)
	return s.page(c, page{Title: "Household of " + one.Name(), Section: "clients", View: "clients/household", Data: v, Status: status})
}

func (s *Server) householdJoin(c *fiber.Ctx) error {
	member, _ := strconv.ParseInt(c.FormValue("member"), 10, 64) // 0 is nobody
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	other, err := clients.Find(ctx, s.Store.Read, me(c).ID, clients.ID(member))
	if err != nil {
		return err
	}
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		return portal.Join(ctx, db, me(c).ID, one.ID, other.ID, s.Clock())
	})
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		return s.householdForm(c, func(v *householdPage) { v.Refused = f.Say }, http.StatusConflict)
	}
	if err != nil {
		return err
	}
	return s.redirect(c, clientURL(one.ID), forename(one)+" and "+forename(other)+" look at the same homes now, each with their own address and devices.")
}

// householdInvite invites somebody into a client's portal in the agent's name.
func (s *Server) householdInvite(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	typed := guestTyped(c)
	invited, err := s.invite(c, one, true, typed)
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict || f.Kind == fault.Denied) {
		return s.householdForm(c, func(v *householdPage) {
			hint := v.Form.Email.Hint
			v.Form = newInviteForm(v.Form.Action, typed, f.Fields)
			if v.Form.Email.Hint = hint; f.Kind != fault.Invalid {
				v.Form.Wrong = f.Say
			}
		}, statuses[f.Kind])
	}
	if err != nil {
		return err
	}
	return s.redirect(c, clientURL(one.ID)+"/household", invited.Name()+" is invited.")
}

// householdWithdraw takes an invitation back, the client's own too.
func (s *Server) householdWithdraw(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	say, err := s.withdraw(c, one.ID)
	if err != nil {
		return err
	}
	return s.redirect(c, clientURL(one.ID)+"/household", say)
}

func (s *Server) householdPart(c *fiber.Ctx) error {
	ctx := c.UserContext()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	shared, err := portal.Together(ctx, s.Store.Read, one.ID)
	if err != nil {
		return err
	}
	if len(shared) < 2 {
		return s.redirect(c, clientURL(one.ID), one.Name()+" shares the portal with nobody.")
	}
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		return portal.Part(ctx, db, shared[1])
	})
	if err != nil && fault.Of(err) != fault.NotFound { // one of them was faster
		return err
	}
	return s.redirect(c, clientURL(one.ID), "Each has a portal of their own again.")
}
