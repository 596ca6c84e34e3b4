package web

import (
	"context"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

// question writes the one letter that goes to a client whose yes is missing: whether this agent may write.
func (s *Server) question(ctx context.Context, by agents.Agent, house agents.Brokerage, client clients.ID, hash, hello, key string) (outbox.Text, error) {
	everybody, err := agents.List(ctx, s.Store.Read)
	if err != nil {
		return outbox.Text{}, err
	}
	note := mail.Note{
		House:   mail.House{Name: house.Name, PostalAddress: house.PostalAddress, Phone: house.Phone, BaseURL: s.BaseURL},
		Subject: "May " + by.Name + " write to you?", Action: "Say yes",
		URL:  s.BaseURL + "/u/" + s.Ledger.Sign(consent.Link{Client: client, Agent: by.ID, Hash: hash}) + "/opt-in",
		Body: hello + "I write to you only if you wish. If you do, open the page below and press the button there. If you don’t, there is nothing to do: no more mail comes.\n\n" + by.Name + "\n" + house.Name + "\n" + house.PostalAddress,
	}
	if note.Identity, err = letters.Identify(by, everybody, house.Name, house.SendingDomains); err != nil {
		return outbox.Text{}, err
	}
	template, err := s.Renderer.Note(note)
	return outbox.Text{Subject: note.Subject, Markdown: note.Body, Template: template, IdempotencyKey: key}, err
}

// readyToAsk is the question to one client, written and not yet posted. Faults: Denied, as Ledger.CheckQuestion.
type readyToAsk struct {
	permit consent.Permit
	text   outbox.Text
}

func (s *Server) readyToAsk(ctx context.Context, by agents.Agent, house agents.Brokerage, one clients.Client, now time.Time) (readyToAsk, error) {
	permit, err := s.Ledger.CheckQuestion(ctx, s.Store.Read, by.ID, one.ID, now)
	if err != nil {
		return readyToAsk{}, err
	}
	year, week := now.In(house.Location()).ISOWeek()
	hello := "Hello,\n\nI am " + by.Name + " at " + house.Name + ". I would like to send you homes and news about them, to " + one.Email + ".\n\n"
	text, err := s.question(ctx, by, house, one.ID, permit.Hash(), hello, fmt.Sprintf("yes-%d-%s-%d-%d", one.ID, permit.Hash(), year, week))
	return readyToAsk{permit, text}, err
}

// askForYes mails the question to clients who wait for it, to each at most once a week, and says how many that were. Faults:
// Conflict where no letter can leave for want of a postal address, and for one client alone Denied, as Ledger.CheckQuestion.
func (s *Server) askForYes(c *fiber.Ctx, by agents.Agent, those ...clients.Client) (int, error) {
	ctx, now := c.UserContext(), s.Clock()
	house, err := s.brokerage(c)
	if err != nil {
		return 0, err
	}
	if house.PostalAddress == "" {
		return 0, fault.New(fault.Conflict, "No letter leaves before the brokerage’s postal address is in the settings. Ask again after that.")
	}
	var ready []readyToAsk
	for _, one := range those {
		r, err := s.readyToAsk(ctx, by, house, one, now)
		if f := fault.As(err); f != nil && f.Kind == fault.Denied && len(those) > 1 {
			continue // answered, or closed, since they were looked up
		}
		if err != nil {
			return 0, err
		}
		ready = append(ready, r)
	}
	asked := 0
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		asked = 0
		for _, r := range ready {
			fresh, err := outbox.PostQuestion(ctx, db, r.permit, r.text, now)
			if err != nil {
				return err
			}
			if fresh {
				asked++
			}
		}
		return nil
	})
	s.Courier.Kick()
	return asked, err
}

// askOne asks one client. Faults: as askForYes; Conflict where they were asked this week.
func (s *Server) askOne(c *fiber.Ctx, by agents.Agent, one clients.Client) error {
	asked, err := s.askForYes(c, by, one)
	if err == nil && asked == 0 {
		return fault.New(fault.Conflict, "%s was asked this week. More would only bother them: ask again next week, or call.", forename(one))
	}
	return err
}

// askedWords tells when a client whose yes is missing was asked for it; empty: never, or their yes is not missing.
func (s *Server) askedWords(ctx context.Context, id clients.ID, gates []consent.Gate, now time.Time, loc *time.Location) (string, error) {
	if !gates[0].Pending {
		return "", nil
	}
	at, err := outbox.AskedAt(ctx, s.Store.Read, id)
	if err != nil || at.IsZero() {
		return "", err
	}
	return "Asked by letter: " + when(at, now, loc) + ".", nil
}

func questionPage(one clients.Client) confirmPage {
	return confirmPage{
		Name: one.Name(), Back: clientURL(one.ID), Heading: "Ask " + one.Name() + " whether you may write?",
		Says: []string{
			"One letter goes to " + one.Email + ". It says who you are and has a button to say yes with.",
			"Until they press it, nothing else goes to them. They are asked once a week at most, and only when you press this.",
		},
		Action: clientURL(one.ID) + "/question", Button: "Ask", Keep: "Cancel",
	}
}

func (s *Server) clientQuestionAsk(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	p := questionPage(one)
	_, err = s.Ledger.CheckQuestion(c.UserContext(), s.Store.Read, me(c).ID, one.ID, s.Clock())
	if f := fault.As(err); f != nil && f.Kind == fault.Denied {
		p.Problem = f.Say
	} else if err != nil {
		return err
	}
	return s.confirm(c, p, fiber.StatusOK)
}

func (s *Server) clientQuestion(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	err = s.askOne(c, me(c), one)
	if f := fault.As(err); f != nil && (f.Kind == fault.Denied || f.Kind == fault.Conflict) {
		p := questionPage(one)
		p.Problem = f.Say
		return s.confirm(c, p, statuses[f.Kind])
	}
	if err != nil {
		return err
	}
	return s.redirect(c, clientURL(one.ID), forename(one)+" is asked. You are told when they say yes.")
}
