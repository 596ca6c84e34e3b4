package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

// questionsPath leads to asking all at once who were never asked.
const questionsPath = "/clients/questions"

// askedAtOnce is how many are asked with one press: some hundred letters in a burst are what mail providers distrust.
const askedAtOnce = 200

func questionsPage(those []clients.Client, all int) confirmPage {
	p := confirmPage{Name: "Home", Back: "/", Heading: "Ask your clients whether you may write?", Action: questionsPath, Keep: "Cancel"}
	if all == 0 {
		p.Problem = "Nobody is left to ask: all have answered, or were asked before. Whoever has not answered can be asked again on their page, once a week."
		return p
	}
	names := make([]string, len(those))
	p.Clients = make([]clients.ID, len(those))
	for i, one := range those {
		names[i], p.Clients[i] = one.Name(), one.ID
	}
	to := "A letter of their own goes to each of "
	if len(those) == 1 {
		to = "One letter goes to "
	}
	p.Heading = "Ask " + people(len(those)) + " whether you may write?"
	p.Button = "Ask " + people(len(those))
	p.Says = []string{
		to + listed(names) + ". It says who you are and has a button to say yes with.",
		"Until they press it, nothing else goes to them. They are not asked again unless you ask them on their page.",
	}
	if all > len(those) {
		p.Says = append(p.Says, "The other "+grouped(all-len(those))+" come after them: more letters in one go look like spam to mail servers.")
	}
	return p
}

func (s *Server) questionsAsk(c *fiber.Ctx) error {
	those, all, err := outbox.Unasked(c.UserContext(), s.Store.Read, me(c).ID, askedAtOnce, s.Clock())
	if err != nil {
		return err
	}
	return s.confirm(c, questionsPage(those, all), http.StatusOK)
}

// questionsPost asks those whom the page named, whoever else came meanwhile.
func (s *Server) questionsPost(c *fiber.Ctx) error {
	named := parseClients(c.Context().PostArgs().PeekMulti("clients"))
	asked, err := s.askForYes(c, me(c), named[:min(len(named), askedAtOnce)]...)
	f := fault.As(err)
	switch {
	case f != nil && f.Kind == fault.Conflict:
		return s.confirm(c, confirmPage{Name: "Home", Back: "/", Heading: "Ask your clients whether you may write?", Problem: f.Say}, http.StatusConflict)
	case f != nil && f.Kind == fault.Denied, err == nil && asked == 0:
		return s.redirect(c, "/", "Nobody of them is left to ask: they were asked just now, or have answered.")
	case err != nil:
		return err
	}
	return s.redirect(c, "/", capital(count(asked, "client is", "clients are"))+" asked. You are told when somebody says yes.")
}
