package web

import (
	"context"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// confirmPage is the one step between asking for something and its being done. What it says goes into the ledger.
type confirmPage struct {
	Name, Back string
	Heading    string
	Says       []string
	Attest     string // what pressing the button attests; empty: nothing
	Note       *Field
	Action     string
	Button     string
	Stops      bool         // red
	Keep       string       // the way back
	Clients    []clients.ID // whom the button is for, where the path does not say it
	Problem    string       // why it can't be done; then there is no button
}

// nameless stands for the client in the ledger's copy of the words: its rows outlive the client, name and address don't.
var nameless = clients.Client{FirstName: "the client", Email: "the address"}

// wording is what stood on the screen, for the ledger; make the page for nameless.
func (p confirmPage) wording() string {
	parts := append([]string{p.Heading}, p.Says...)
	if p.Attest != "" {
		parts = append(parts, p.Attest)
	}
	return strings.Join(append(parts, "["+p.Button+"]"), " ")
}

func (s *Server) confirm(c *fiber.Ctx, p confirmPage, status int) error {
	return s.page(c, page{Title: p.Heading, Section: "clients", View: "clients/confirm", Data: p, Status: status})
}

// ask shows the confirm page that of makes for the client in the path.
func (s *Server) ask(c *fiber.Ctx, of func(one clients.Client) confirmPage) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	return s.confirm(c, of(one), http.StatusOK)
}

// act carries out what was confirmed, with the words of the page that asked. If the note is refused the page asks again.
func (s *Server) act(c *fiber.Ctx, of func(one clients.Client) confirmPage, done func(clients.Client) string, do func(one clients.Client, by consent.By) error) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	p := of(one)
	note := strings.TrimSpace(c.FormValue("note"))
	err = do(one, s.byAgent(c, of(nameless).wording(), note))
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid && p.Note != nil {
		p.Note.Value, p.Note.Error = note, f.Fields["note"]
		return s.confirm(c, p, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	s.Courier.Kick()
	return s.redirect(c, clientURL(one.ID), done(one))
}

func noteField(label, hint string) *Field {
	return &Field{Name: "note", Label: label, Hint: hint, Rows: 3}
}

func restorePage(one clients.Client) confirmPage {
	first := forename(one)
	return confirmPage{
		Name: one.Name(), Back: clientURL(one.ID), Heading: "Restore e-mail to " + one.Name() + "?",
		Says: []string{
			"This opens consent for your mail to " + one.Email + " only. Other agents’ stays as it is.",
			"The status stays as it is, too: mail flows when it is set to Active.",
		},
		Attest: "I attest that " + first + " asked me to get e-mail again. My name and the time go into the consent ledger.",
		Note:   noteField("How "+first+" asked", "Optional. Such as “by phone on Tuesday”."),
		Action: clientURL(one.ID) + "/restoration", Button: "Restore", Keep: "Cancel",
	}
}

func (s *Server) clientRestoreAsk(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	gates, err := s.Ledger.Gates(c.UserContext(), s.Store.Read, me(c).ID, one.ID, brokerage.Location(), s.Clock())
	if err != nil {
		return err
	}
	p := restorePage(one)
	for _, g := range gates {
		switch {
		case g.Name == "consent" && g.Open:
			p.Problem = "Consent is open already, so there is nothing to restore."
		case g.Name == "consent" && (g.Pending || g.Path == ""), g.Name == "complaint" && !g.Open:
			p.Problem = g.Say
		}
	}
	return s.confirm(c, p, http.StatusOK)
}

func (s *Server) clientRestore(c *fiber.Ctx) error {
	return s.act(c, restorePage, func(one clients.Client) string {
		if one.Status.Mails() {
			return "Consent is open again, and the status is " + string(one.Status) + ": mail flows."
		}
		return "Consent is open again. The status is still " + string(one.Status) + ": Edit, Status, Active, Save, and mail flows."
	}, func(one clients.Client, by consent.By) error {
		return s.Ledger.Restore(c.UserContext(), s.Store.Write, one.ID, by, s.Clock())
	})
}

func optOutPage(one clients.Client) confirmPage {
	first := forename(one)
	return confirmPage{
		Name: one.Name(), Back: clientURL(one.ID), Heading: "Record that " + one.Name() + " opted out?",
		Says: []string{
			"From now on nobody at this brokerage mails " + one.Email + ". Letters still waiting are withheld, and the status becomes Inactive.",
			first + " can opt in again from any old letter; you can restore it when they ask you to.",
		},
		Note:   noteField("How "+first+" asked", "Optional. Such as “by phone on Tuesday”."),
		Action: clientURL(one.ID) + "/opt-out", Button: "Stop all mail", Stops: true, Keep: "Keep as it is",
	}
}

func (s *Server) clientOptOutAsk(c *fiber.Ctx) error {
	states, err := s.Ledger.States(c.UserContext(), s.Store.Read, me(c).ID, []clients.ID{clientID(c)})
	if err != nil {
		return err
	}
	return s.ask(c, func(one clients.Client) confirmPage {
		p := optOutPage(one)
		if states[one.ID].State == consent.OptedOut {
			p.Problem = one.Name() + " has opted out already. Nothing goes to " + one.Email + "."
		}
		return p
	})
}

func (s *Server) clientOptOut(c *fiber.Ctx) error {
	return s.act(c, optOutPage, func(one clients.Client) string {
		return one.Name() + " is opted out. Nothing more goes to " + one.Email + "."
	}, func(one clients.Client, by consent.By) error {
		by.Door = consent.DoorPhone
		return s.Ledger.OptOutFor(c.UserContext(), s.Store.Write, one.ID, by, s.Clock())
	})
}

func complaintPage(one clients.Client) confirmPage {
	first := forename(one)
	return confirmPage{
		Name: one.Name(), Back: clientURL(one.ID), Heading: "Record that " + one.Name() + " marked your mail as spam?",
		Says: []string{
			"From now on nobody at this brokerage mails " + one.Email + ". Letters still waiting are withheld.",
			"Nobody here can restore it: only " + first + " can, by the unsubscribe link of an old letter, then “" + optInLink + "”.",
		},
		Note:   noteField("How you know", "Optional. Such as “a report from Gmail on Tuesday”."),
		Action: clientURL(one.ID) + "/complaint", Button: "Stop all mail", Stops: true, Keep: "Keep as it is",
	}
}

func (s *Server) clientComplaintAsk(c *fiber.Ctx) error { return s.ask(c, complaintPage) }

func (s *Server) clientComplaint(c *fiber.Ctx) error {
	return s.act(c, complaintPage, func(one clients.Client) string {
		return "It is recorded. Nothing more goes to " + one.Email + "."
	}, func(one clients.Client, by consent.By) error {
		return s.Ledger.Complain(c.UserContext(), s.Store.Write, one.ID, by, s.Clock())
	})
}

func addressPage(one clients.Client) confirmPage {
	return confirmPage{
		Name: one.Name(), Back: clientURL(one.ID), Heading: "Does " + one.Email + " work again?",
		Says: []string{
			"Their mail server refused this address for good. Mailing an address that does not exist harms what providers think of all your mail.",
			"If it was mistyped, correct it on the client’s page instead.",
		},
		Attest: "I know that this address works, because " + forename(one) + " told me or wrote to me from it.",
		Note:   noteField("How you know", "Optional."),
		Action: clientURL(one.ID) + "/address", Button: "The address works", Keep: "Cancel",
	}
}

func (s *Server) clientAddressAsk(c *fiber.Ctx) error { return s.ask(c, addressPage) }

func (s *Server) clientAddress(c *fiber.Ctx) error {
	return s.act(c, addressPage, func(one clients.Client) string {
		return "Noted: " + one.Email + " works. Mail to it is tried again."
	}, func(one clients.Client, by consent.By) error {
		return s.Ledger.Unblock(c.UserContext(), s.Store.Write, one.ID, by, s.Clock())
	})
}

func deletePage(one clients.Client) confirmPage {
	return confirmPage{
		Name: one.Name(), Back: clientURL(one.ID), Heading: "Delete " + one.Name() + "?",
		Says: []string{
			"Name, address, phone and notes are erased for good, also in the letters you sent; letters still waiting are cancelled. Notices that you got about them stay.",
			"Kept are the consent ledger’s rows, under a code in the place of the address: whoever opted out stays opted out, even if you add them again.",
		},
		Action: clientURL(one.ID) + "/deletion", Button: "Delete " + one.Name(), Stops: true, Keep: "Keep " + forename(one),
	}
}

func (s *Server) clientDeleteAsk(c *fiber.Ctx) error { return s.ask(c, deletePage) }

func (s *Server) clientDelete(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	// No letter to the address is at its gate while this commits.
	err = s.Ledger.Hold(c.UserContext(), s.Store.Write, s.Ledger.Hash(one.EmailKey), func(ctx context.Context, db bun.Tx) error {
		now := s.Clock()
		if one, err = clients.Find(ctx, db, me(c).ID, one.ID); err != nil {
			return err
		}
		if err := outbox.CancelFor(ctx, db, one.ID, now); err != nil {
			return err
		}
		if err := s.Ledger.Forget(ctx, db, one, s.byAgent(c, deletePage(nameless).wording(), ""), now); err != nil {
			return err
		}
		if err := portal.Dissolve(ctx, db, one.ID); err != nil {
			return err
		}
		_, err := clients.Delete(ctx, db, me(c).ID, one.ID)
		return err
	})
	if err != nil {
		return err
	}
	return s.redirect(c, "/clients", one.Name()+" is deleted.")
}
