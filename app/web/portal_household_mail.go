package web

import (
	"context"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// invite asks somebody into a client's portal and mails them once. Whoever invites reads the same words whether the address
// wants mail or not: what somebody has told this house is theirs. Faults: as portal.Keys.Invite.
func (s *Server) invite(c *fiber.Ctx, of clients.Client, byAgent bool, g portal.Guest) (portal.Invitation, error) {
	ctx, now := c.UserContext(), s.Clock()
	house, err := s.brokerage(c)
	if err != nil {
		return portal.Invitation{}, err
	}
	a, err := agents.Find(ctx, s.Store.Read, of.AgentID)
	if err != nil {
		return portal.Invitation{}, err
	}
	if house.PostalAddress == "" {
		return portal.Invitation{}, fault.New(fault.Conflict, "No invitation can leave yet: the brokerage’s postal address is missing, which the law wants on every letter.")
	}
	template, err := s.Renderer.Note(s.invitationNote(house, a, of, byAgent, day(now.Add(portal.InvitationLife), house.Location())))
	if err != nil {
		return portal.Invitation{}, err
	}
	hash := s.Ledger.Hash(strings.TrimSpace(g.Email)) // of what is no address, nobody else's
	if mailbox, err := address.Parse(g.Email); err == nil {
		hash = s.Ledger.Hash(mailbox.Key())
	}
	var one portal.Invitation
	// Under the address's lock: an opt-out comes before the question or after the letter.
	err = s.Ledger.Hold(ctx, s.Store.Write, hash, func(ctx context.Context, db bun.Tx) error {
		var fresh bool
		if one, fresh, err = s.PortalKeys.Invite(ctx, db, of, byAgent, g, now); err != nil || !fresh {
			return err
		}
		if refuses, err := s.Ledger.Refuses(ctx, db, of.AgentID, hash, now); err != nil || refuses {
			return err
		}
		if may, err := s.PortalKeys.MayMail(ctx, db, one, now); err != nil || !may {
			return err
		}
		return outbox.PostInvitation(ctx, db, of.AgentID, one.Email, hash, template, strconv.FormatInt(one.ID, 10), now)
	})
	if err == nil {
		s.Courier.Kick()
	}
	return one, err
}

// longestSigned is how much of a name an invitation's subject carries.
const longestSigned = 80

// invitationNote is the one letter an invited person gets. It holds no key and no word that an inviter typed about them: only
// who invites, as their agent knows them, and the way to say yes or no.
func (s *Server) invitationNote(house agents.Brokerage, a agents.Agent, of clients.Client, byAgent bool, until string) mail.Note {
	name, with := clipped(of.Name(), longestSigned), a.Name+" of "+house.Name
	n := mail.Note{
		Identity: outbox.HouseIdentity(house, s.BaseURL), House: mail.House{Name: house.Name, PostalAddress: house.PostalAddress, Phone: house.Phone, BaseURL: s.BaseURL},
		Subject: name + " invites you to look at homes together", Action: "Open the invitation", URL: s.BaseURL + "/p",
	}
	n.Body = name + " looks for a home with " + with + " and invites you to look along: the same homes for both of you, and what each of you thinks of them."
	who := name
	if byAgent {
		n.Subject = clipped(a.Name, longestSigned) + " invites you to look at homes with " + name
		n.Body = a.Name + " of " + house.Name + " looks for a home for " + name + " and invites you to look along: the same homes for both of you, and what each of you thinks of them."
		who = a.Name
	}
	postal := strings.Join(strings.FieldsFunc(house.PostalAddress, func(r rune) bool { return r == '\n' || r == '\r' }), ", ")
	n.Body += "\n\nTo say yes or no, open the page below and type the address that this letter came to. A six-digit code then comes to you by e-mail. There is no password." +
		"\n\nThe invitation ends on " + until + ". You do not know " + who + ", or would rather not? Then there is nothing to do: no homes come to you without your yes." +
		"\n\n" + a.Name + "\n" + house.Name + "\n" + postal
	return n
}
