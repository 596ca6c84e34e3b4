package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// portalHouseholdRoutes are who looks at the same homes.
func (s *Server) portalHouseholdRoutes() []route {
	return append([]route{
		{"GET", "/p/invitation", anyone, s.invitationShow},
		{"POST", "/p/invitation", anyone, s.invitationAnswer},
	}, s.portalHouseholdTable("/p", anyone, s.visitor)...)
}

// portalHouseholdTable is the household's page under a prefix, as portalHomeTable.
func (s *Server) portalHouseholdTable(prefix string, who who, open func(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler) []route {
	return []route{
		{"GET", prefix + "/household", who, open(s.portalHousehold)},
		{"POST", prefix + "/household/withdrawal", who, open(s.portalWithdraw)},
		{"POST", prefix + "/household", who, open(s.portalInvite)},
		{"POST", prefix + "/household/leaving", who, open(s.portalPart)},
	}
}

// invitedView is an invitation as who sent it reads it.
type invitedView struct {
	ID                string
	Name, Email       string
	Since, Until      string
	Declined, Expired bool
	Door              string // where the invited person gets in
}

func (s *Server) newInvitedView(one portal.Invitation, loc *time.Location) invitedView {
	now := s.Clock()
	_, door, _ := strings.Cut(s.BaseURL, "://")
	return invitedView{
		ID: strconv.FormatInt(one.ID, 10), Name: one.Name(), Email: one.Email, Since: day(one.At, loc), Until: day(one.ExpiresAt, loc),
		Declined: one.Declined(), Expired: !one.Declined() && !one.Open(now), Door: door + "/p",
	}
}

// Stands says whether the invitation can still be taken.
func (v invitedView) Stands() bool { return !v.Declined && !v.Expired }

// inviteForm is the form that asks somebody into a portal.
type inviteForm struct {
	Action             string
	First, Last, Email Field
	Wrong              string
}

func newInviteForm(action string, g portal.Guest, wrong map[string]string) inviteForm {
	f := fields{wrong}
	v := inviteForm{Action: action, First: f.of("first_name", "First name", g.FirstName), Last: f.of("last_name", "Last name", g.LastName), Email: f.of("email", "E-mail", g.Email)}
	v.First.Required = true
	v.Email.Type, v.Email.Required = "email", true
	v.Email.Hint = "Theirs alone, not one you share: it is how they sign in."
	for _, field := range []*Field{&v.First, &v.Last, &v.Email} {
		field.Autocomplete = "off" // it is about somebody else
	}
	return v
}

// guestTyped is the form as it came.
func guestTyped(c *fiber.Ctx) portal.Guest {
	return portal.Guest{FirstName: clipped(c.FormValue("first_name"), 400), LastName: clipped(c.FormValue("last_name"), 400), Email: clipped(c.FormValue("email"), 320)}
}

// portalHouseholdPage is who shares a portal, who is invited, and the form that invites.
type portalHouseholdPage struct {
	Base      string
	ReadOnly  bool
	First     bool // who looks is whose portal it is
	Others    bool // two share it
	Other     string
	People    []householdPerson
	Invited   invitedView // ID empty: nobody
	Asked     string      // who invites who looks; empty: nobody
	Form      inviteForm
	AgentName string
}

// householdPerson is one of the two. No address: each of them has their own, and tells it or not.
type householdPerson struct {
	Name, Initials string
	You            bool
}

func (s *Server) portalHousehold(c *fiber.Ctx, v portal.Visitor) error {
	return s.portalHouseholdForm(c, v, portal.Guest{}, nil, "", http.StatusOK)
}

func (s *Server) portalHouseholdForm(c *fiber.Ctx, v portal.Visitor, typed portal.Guest, wrong map[string]string, say string, status int) error {
	ctx, base := c.UserContext(), portalBase(v)
	people, err := portal.Household(ctx, s.Store.Read, v.Client.ID)
	if err != nil {
		return err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	mine, err := s.shownAgent(c, v.Client.AgentID)
	if err != nil {
		return err
	}
	view := portalHouseholdPage{Base: base, ReadOnly: v.ReadOnly, First: v.Member.ID == v.Client.ID, Others: len(people) > 1, AgentName: mine.Name}
	for _, one := range people {
		you := one.ID == v.Member.ID
		if view.People = append(view.People, householdPerson{one.Name(), initials(one.Name()), you && !v.ReadOnly}); !you {
			view.Other = firstName(one)
		}
	}
	if !view.Others {
		one, found, err := portal.InvitationOf(ctx, s.Store.Read, v.Client.ID)
		if err != nil {
			return err
		}
		if found {
			view.Invited = s.newInvitedView(one, house.Location())
		}
	}
	if !view.Others && !v.ReadOnly {
		if view.Asked, err = s.askedBy(c, v); err != nil {
			return err
		}
	}
	view.Form = newInviteForm(base+"/household", typed, wrong)
	view.Form.Wrong = say
	return s.portalPage(c, v, page{Title: "Household", Section: "more", View: "portal/household", Data: view, Status: status})
}

// askedBy is the name of who invites somebody with a portal of their own; empty: nobody.
func (s *Server) askedBy(c *fiber.Ctx, v portal.Visitor) (string, error) {
	open, err := portal.InvitationsFor(c.UserContext(), s.Store.Read, v.Member.EmailKey, s.Clock())
	if err != nil || len(open) == 0 {
		return "", err
	}
	of, err := portal.Inviter(c.UserContext(), s.Store.Read, open[0])
	return of.Name(), err
}

// onlyClient refuses what an agent presses who looks at a portal.
func onlyClient(v portal.Visitor) error {
	if v.ReadOnly {
		return fault.New(fault.Denied, "You are looking at your client’s portal. Only they can press this.")
	}
	return nil
}

// portalInvite invites a second person into the portal.
func (s *Server) portalInvite(c *fiber.Ctx, v portal.Visitor) error {
	if err := onlyClient(v); err != nil {
		return err
	}
	typed := guestTyped(c)
	one, err := s.invite(c, v.Client, false, typed)
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict || f.Kind == fault.Denied) {
		say := f.Say
		if f.Kind == fault.Invalid {
			say = ""
		}
		return s.portalHouseholdForm(c, v, typed, f.Fields, say, statuses[f.Kind])
	}
	if err != nil {
		return err
	}
	return s.redirect(c, "/p/household", one.Name()+" is invited.")
}

// portalWithdraw takes the invitation back.
func (s *Server) portalWithdraw(c *fiber.Ctx, v portal.Visitor) error {
	if err := onlyClient(v); err != nil {
		return err
	}
	say, err := s.withdraw(c, v.Client.ID)
	if err != nil {
		return err
	}
	return s.redirect(c, "/p/household", say)
}

// withdraw ends the invitation that the form names. Where it is gone already, that is said and no fault.
func (s *Server) withdraw(c *fiber.Ctx, client clients.ID) (say string, err error) {
	id, _ := strconv.ParseInt(c.FormValue("invitation"), 10, 64) // 0 is none
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		return portal.Withdraw(ctx, db, client, id)
	})
	if f := fault.As(err); f != nil && f.Kind == fault.NotFound {
		return f.Say, nil
	}
	return "The invitation is withdrawn.", err
}

// portalPart ends the household by either of the two, with one tap. The other one finds a portal of their own at the next page.
func (s *Server) portalPart(c *fiber.Ctx, v portal.Visitor) error {
	if err := onlyClient(v); err != nil {
		return err
	}
	people, err := portal.Household(c.UserContext(), s.Store.Read, v.Client.ID)
	if err != nil {
		return err
	}
	if len(people) > 1 {
		other := people[0]
		if other.ID == v.Member.ID {
			other = people[1]
		}
		err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
			if err := portal.Part(ctx, db, people[1].ID); err != nil {
				return err
			}
			return agents.Tell(ctx, db, agents.Notice{
				AgentID: v.Member.AgentID, Kind: agents.NoticeHousehold, ClientID: int64(v.Member.ID), Title: v.Member.Name() + " shares no portal with " + other.Name() + " any more",
				Body: v.Member.Name() + " pressed Leave. Each has a portal of their own, with the letters that were sent to them.", Action: "See " + forename(v.Member), Path: clientURL(v.Member.ID),
			}, s.Clock())
		})
		if err != nil && fault.Of(err) != fault.NotFound { // the other one was faster
			return err
		}
	}
	return s.redirect(c, "/p/household", "You look at your homes alone now.")
}
