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
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// laterCookie holds the newest invitation that somebody with a portal of their own has put off on this browser, with all before.
const laterCookie = "portal-later"

// invitationPage asks whether somebody takes an invitation. Its words go into the ledger as they stand here.
type invitationPage struct {
	ID      string
	Heading string
	Says    []string
	Mail    string // what they agree to
	Later   bool   // they have a portal of their own to go to
	Wrong   string
}

// wording is what stood on the page.
func (v invitationPage) wording() string {
	return v.Heading + " " + strings.Join(v.Says, " ") + " " + v.Mail + " [Accept]"
}

// invitations are the open ones of the address that this browser's device has proved. all are whom it may be already.
func (s *Server) invitations(c *fiber.Ctx, all []portal.Visitor) (key string, open []portal.Invitation, err error) {
	if len(all) > 0 {
		key = all[0].Member.EmailKey
	} else if token := c.Cookies(s.portalCookie(deviceCookie)); token != "" {
		d, _, err := portal.Visitors(c.UserContext(), s.Store.Read, token, s.Clock())
		if err != nil {
			return "", nil, err
		}
		key = d.EmailKey
	}
	if key == "" {
		return "", nil, nil
	}
	open, err = portal.InvitationsFor(c.UserContext(), s.Store.Read, key, s.Clock())
	return key, open, err
}

// awaited says whether an invitation waits for an answer on the way into the portal, and was not put off on this browser.
func (s *Server) awaited(c *fiber.Ctx, all []portal.Visitor) (bool, error) {
	_, open, err := s.invitations(c, all)
	if err != nil || len(open) == 0 {
		return false, err
	}
	put, _ := strconv.ParseInt(c.Cookies(s.portalCookie(laterCookie)), 10, 64) // 0: none
	return len(all) == 0 || open[len(open)-1].ID > put, nil
}

func (s *Server) invitationShow(c *fiber.Ctx) error {
	portalQuiet(c)
	all, err := s.visitors(c)
	if err != nil {
		return err
	}
	_, open, err := s.invitations(c, all)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return s.toPortalDoor(c, "/p")
	}
	view, err := s.newInvitationPage(c, open[0], all)
	if err != nil {
		return err
	}
	return s.publicPage(c, page{Title: "An invitation", View: "portal/household_invited", Data: view})
}

func (s *Server) newInvitationPage(c *fiber.Ctx, one portal.Invitation, all []portal.Visitor) (invitationPage, error) {
	of, err := portal.Inviter(c.UserContext(), s.Store.Read, one)
	if err != nil {
		return invitationPage{}, err
	}
	a, err := agents.Find(c.UserContext(), s.Store.Read, of.AgentID)
	if err != nil {
		return invitationPage{}, err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return invitationPage{}, err
	}
	v := invitationPage{ID: strconv.FormatInt(one.ID, 10), Heading: of.Name() + " invites you to look at homes together", Later: len(all) > 0}
	v.Says = []string{
		"You both see the homes that " + a.Name + " of " + house.Name + " sends " + firstName(of) + ", what each of you thinks of them, by name, and what is written to " + a.Name + " there.",
		"You sign in with your own address, and either of you can leave with one tap.",
	}
	v.Mail = "With your yes, " + a.Name + " may e-mail you homes, too. A link in every letter stops that."
	for _, other := range all {
		if other.Member.AgentID == of.AgentID {
			v.Says[1] = "What was sent to you so far, and what you think of it, shows there, too. Either of you can leave with one tap."
			v.Mail = "Which mail comes to you stays as it is."
		}
	}
	return v, nil
}

// invitationAnswer takes, declines or puts off an invitation.
func (s *Server) invitationAnswer(c *fiber.Ctx) error {
	portalQuiet(c)
	all, err := s.visitors(c)
	if err != nil {
		return err
	}
	key, open, err := s.invitations(c, all)
	if err != nil {
		return err
	}
	if key == "" {
		return s.toPortalDoor(c, "/p")
	}
	id, _ := strconv.ParseInt(c.FormValue("invitation"), 10, 64) // 0 is none
	var one portal.Invitation
	for _, this := range open {
		if this.ID == id {
			one = this
		}
	}
	if one.ID == 0 {
		return s.redirect(c, "/p", "This invitation is no longer open.")
	}
	switch c.FormValue("answer") {
	case "yes":
		return s.invitationAccept(c, one, all)
	case "no":
		return s.invitationDecline(c, key, one, all)
	case "later":
		s.setPortalCookie(c, laterCookie, strconv.FormatInt(open[len(open)-1].ID, 10), s.Clock().Add(portal.InvitationLife))
	}
	return s.redirect(c, "/p", "")
}

// invitationAccept joins the household. Who has no record yet gets one, and the ledger a row of their own act: they have proved
// the mailbox and read what they agree to.
func (s *Server) invitationAccept(c *fiber.Ctx, one portal.Invitation, all []portal.Visitor) error {
	view, err := s.newInvitationPage(c, one, all)
	if err != nil {
		return err
	}
	now := s.Clock()
	by := consent.By{Door: consent.DoorPortal, Wording: view.wording(), IP: s.visitorIP(c), UserAgent: c.Get(fiber.HeaderUserAgent)}
	var joined portal.Joined
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		joined, err = portal.Accept(ctx, db, one.EmailKey, one.ID, func(ctx context.Context, db bun.Tx, fresh clients.Client) error {
			return s.Ledger.Enroll(ctx, db, fresh, by, now)
		}, now)
		if err != nil {
			return err
		}
		n := agents.Notice{
			AgentID: joined.Client.AgentID, Kind: agents.NoticeHousehold, ClientID: int64(joined.Member.ID), Mails: joined.Fresh,
			Title: joined.Member.Name() + " looks at homes together with " + joined.Client.Name(), Action: "See " + forename(joined.Member), Path: clientURL(joined.Member.ID),
			Body: joined.Member.Name() + " took the invitation into the portal of " + joined.Client.Name() + ". Each keeps an address, consent and devices of their own.",
		}
		if joined.Fresh {
			n.Body += " " + forename(joined.Member) + " (" + joined.Member.Email + ") is a new client of yours."
			states, err := s.Ledger.States(ctx, db, joined.Member.AgentID, []clients.ID{joined.Member.ID})
			if err != nil {
				return err
			}
			if states[joined.Member.ID].State == consent.OptedOut {
				n.Body += " This address opted out of e-mail here before: no mail goes to it until they ask for it again."
			}
		}
		return agents.Tell(ctx, db, n, now)
	})
	if f := fault.As(err); f != nil && f.Kind == fault.Conflict {
		view.Wrong = f.Say
		return s.publicPage(c, page{Title: "An invitation", View: "portal/household_invited", Data: view, Status: http.StatusConflict})
	}
	if f := fault.As(err); f != nil && f.Kind == fault.Gone {
		return s.redirect(c, "/p", f.Say)
	}
	if err != nil {
		return err
	}
	s.Courier.Kick()
	s.setPortalCookie(c, asCookie, strconv.FormatInt(int64(joined.Member.ID), 10), now.Add(portal.DeviceLife))
	return s.redirect(c, "/p", "You and "+firstName(joined.Client)+" look at the same homes now.")
}

// invitationDecline ends the invitation. A browser that opens nothing else is signed out again.
func (s *Server) invitationDecline(c *fiber.Ctx, key string, one portal.Invitation, all []portal.Visitor) error {
	ctx, now := c.UserContext(), s.Clock()
	err := s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		one, err := portal.Decline(ctx, db, key, one.ID, now)
		if err != nil || !one.ByAgent {
			return err
		}
		of, err := portal.Inviter(ctx, db, one)
		if err != nil {
			return err
		}
		return agents.Tell(ctx, db, agents.Notice{
			AgentID: of.AgentID, Kind: agents.NoticeHousehold, ClientID: int64(of.ID), Title: one.Name() + " would rather not look at homes with " + of.Name(),
			Body: "They answered your invitation with No, thanks.", Action: "See the household", Path: clientURL(of.ID) + "/household",
		}, now)
	})
	if err != nil && fault.Of(err) != fault.Gone {
		return err
	}
	_, open, err := s.invitations(c, all)
	if err != nil {
		return err
	}
	if len(all) == 0 && len(open) == 0 {
		if err := portal.SignOut(ctx, s.Store.Write, c.Cookies(s.portalCookie(deviceCookie))); err != nil {
			return err
		}
		s.setPortalCookie(c, deviceCookie, "", time.Time{})
	}
	return s.redirect(c, "/p", "The answer is no, and that is fine. Nothing else comes to you because of it.")
}
