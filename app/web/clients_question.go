package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/outbox"
)

// question writes the one letter that goes to a client whose yes is missing: whether this agent may write.
func (s *Server) question(ctx context.Context, by agents.Agent, house agents.Brokerage, hello string) (outbox.Text, error) {
	letter, err := letters.Draft(ctx, s.Store.Read, by, house, s.BaseURL, "May "+by.Name+" write to you?", "")
	if err != nil {
		return outbox.Text{}, err
	}
	letter.Asks = true
	letter.Lead = hello + "\n\nI write to you only if you wish. If you do, press the button here, and then the one on the page that opens. If you don’t, there is nothing to do: no more mail comes."
	template, err := s.Renderer.Letter(letter)
	return outbox.Text{Subject: letter.Subject, Markdown: letter.Lead, Template: template}, err
}

// askForYes mails the question to those of some clients who can be asked, to each at most once a week, and says how many that were.
// Faults: NotFound; Conflict where no letter can leave for want of a postal address; Denied, as Ledger.CheckQuestion, where
// nobody can be asked.
func (s *Server) askForYes(c *fiber.Ctx, by agents.Agent, those ...clients.ID) (int, error) {
	ctx, now := c.UserContext(), s.Clock()
	house, err := s.brokerage(c)
	if err != nil {
		return 0, err
	}
	if house.PostalAddress == "" {
		return 0, fault.New(fault.Conflict, "No letter leaves before the brokerage’s postal address is in the settings. Ask again after that.")
	}
	var permits []consent.Permit
	var denied error
	for _, id := range those {
		permit, err := s.Ledger.CheckQuestion(ctx, s.Store.Read, by.ID, id, now)
		switch f := fault.As(err); {
		case err == nil:
			permits = append(permits, permit)
		case f != nil && f.Kind == fault.Denied:
			denied = err
		default:
			return 0, err
		}
	}
	if len(permits) == 0 {
		return 0, denied
	}
	text, err := s.question(ctx, by, house, "Hello,\n\nI am "+by.Name+" at "+house.Name+". I would like to send you homes and news about them.")
	if err != nil {
		return 0, err
	}
	var asked int
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		asked, err = outbox.PostQuestion(ctx, db, s.Ledger, by.ID, permits, text, now)
		return err
	})
	s.Courier.Kick()
	return asked, err
}

// askOne asks one client. Faults: as askForYes; Conflict where they were asked this week.
func (s *Server) askOne(c *fiber.Ctx, by agents.Agent, one clients.Client) error {
	asked, err := s.askForYes(c, by, one.ID)
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
