package web

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

// What clients decide about their auto emails, behind the Unsubscribe link and on a letter's page. As everywhere behind that
// link nobody signs in, and the token reaches no further than the auto emails of the letter it stood in.

func (s *Server) lookoutRoutes() []route {
	return []route{
		{"POST", "/u/:token/stop", anyone, s.quiet(s.lookoutStop)},
		{"POST", "/u/:token/again", anyone, s.quiet(s.lookoutAgain)},
		{"POST", "/u/:token/weekly", anyone, s.quiet(s.lookoutWeekly)},
		{"GET", "/u/:token/looking", anyone, s.quiet(s.lookingShow)},
		{"POST", "/u/:token/looking", anyone, s.quiet(s.lookingSign)},
		{"POST", "/l/:token/seen", anyone, s.letterPage(s.letterSeen)},
	}
}

// lookout is an auto email as its client sees it.
type lookout struct {
	ID      autoemail.ID
	Name    string
	Stopped bool   // by the client
	Stops   bool   // it runs, or may run again without the client, so it can be stopped
	Instead string // “daily”: it comes more often than weekly and can be had weekly; empty: not
	When    string // “Daily at 7:00 AM”; empty: the agent picks each home
}

func newLookout(one autoemail.Search) lookout {
	v := lookout{ID: one.ID, Name: one.Name, Stopped: one.State == autoemail.Paused && one.PausedBy == autoemail.ByClient}
	v.Stops = !v.Stopped
	if one.Concierge {
		return v
	}
	pace := one.Pace()
	v.When = pace.Words()
	switch {
	case one.State != autoemail.Active:
	case pace.Kind == autoemail.ASAP:
		v.Instead = "as soon as homes come"
	case pace.Kind == autoemail.Daily && len(pace.Days)%7 == 0:
		v.Instead = "daily"
	case pace.Kind == autoemail.Daily && len(pace.Days)*len(pace.Times) > 1:
		v.Instead = "more often"
	}
	return v
}

// ofLink returns the auto emails of the link's letter that are its own client's.
func (s *Server) ofLink(ctx context.Context, link consent.Link) ([]autoemail.Search, error) {
	if link.Mailing == 0 {
		return nil, nil
	}
	all, err := autoemail.Of(ctx, s.Store.Read, outbox.MailingID(link.Mailing))
	return slices.DeleteFunc(all, func(one autoemail.Search) bool { return one.ClientID != link.Client }), err
}

// lookouts are those of the link's letter, where they can be of interest: not where no mail comes at all.
func (s *Server) lookouts(c *fiber.Ctx, standing consent.Standing) (all []lookout, err error) {
	if !standing.Exists || standing.State == consent.OptedOut {
		return nil, nil
	}
	found, err := s.ofLink(c.UserContext(), c.Locals("link").(consent.Link))
	for _, one := range found {
		all = append(all, newLookout(one))
	}
	return all, err
}

// lookoutOf is the auto email that a form names. Faults: NotFound for any but those of the link's letter.
func (s *Server) lookoutOf(c *fiber.Ctx) (autoemail.Search, error) {
	id, _ := strconv.ParseInt(c.FormValue("search"), 10, 64) // 0 is none
	found, err := s.ofLink(c.UserContext(), c.Locals("link").(consent.Link))
	if err != nil {
		return autoemail.Search{}, err
	}
	at := slices.IndexFunc(found, func(one autoemail.Search) bool { return int64(one.ID) == id })
	if at < 0 {
		return autoemail.Search{}, fault.New(fault.NotFound, "These homes are no longer sent by an auto e-mail. There is nothing to change.")
	}
	return found[at], nil
}

// signed writes down that a person was here. It never spoils what they came for.
func (s *Server) signed(c *fiber.Ctx, agent agents.ID, client clients.ID) {
	if err := autoemail.Sign(c.UserContext(), s.Store.Write, agent, client, s.Clock()); err != nil {
		s.Log.Error("a client's sign", "client", client, "err", err)
		return
	}
	s.AutoEmails.Kick()
}

func (s *Server) signedByLink(c *fiber.Ctx) {
	link := c.Locals("link").(consent.Link)
	s.signed(c, link.Agent, link.Client)
}

// lookoutPage begins the answer to a form about one auto email.
func (s *Server) lookoutPage(c *fiber.Ctx) (consentPage, autoemail.Search, error) {
	p, _, err := s.consentPage(c)
	if err != nil {
		return p, autoemail.Search{}, err
	}
	one, err := s.lookoutOf(c)
	if err != nil {
		return p, one, s.consentFault(c, p, err)
	}
	return p, one, nil
}

func (s *Server) lookoutStop(c *fiber.Ctx) error {
	p, one, err := s.lookoutPage(c)
	if err != nil || one.ID == 0 {
		return err
	}
	if err := autoemail.StopByClient(c.UserContext(), s.Store.Write, one.ClientID, one.ID, s.Clock()); err != nil {
		return s.consentFault(c, p, err)
	}
	s.signedByLink(c)
	s.Courier.Kick()
	p.Heading, p.Seal, p.OfferOptIn = "“"+one.Name+"” is stopped", "check", false
	p.Say = "No more homes come for it. " + p.words.theAgent() + " is told and can still write to you."
	p.Again, p.Back = one.ID, "Change or stop more"
	return s.showConsent(c, p, http.StatusOK)
}

// lookoutAgain takes back what the client stopped, and nothing that somebody else did.
func (s *Server) lookoutAgain(c *fiber.Ctx) error {
	p, one, err := s.lookoutPage(c)
	if err != nil || one.ID == 0 {
		return err
	}
	if one.State == autoemail.Paused && one.PausedBy != autoemail.ByClient {
		return s.consentFault(c, p, fault.New(fault.Conflict, "It is paused for another reason. Answer the letter to ask %s for it.", p.words.theAgent()))
	}
	if one.State == autoemail.Paused {
		now := s.Clock()
		err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
			n, err := autoemail.Resume(ctx, db, one.AgentID, []autoemail.ID{one.ID}, now)
			if err != nil || n == 0 {
				return err
			}
			who, err := clients.Find(ctx, db, one.AgentID, one.ClientID)
			if err != nil {
				return err
			}
			return agents.Tell(ctx, db, agents.Notice{
				AgentID: one.AgentID, Kind: agents.NoticeSearch, ClientID: int64(one.ClientID), Mails: true,
				Title:  who.Name() + " wants “" + one.Name + "” again",
				Body:   who.Name() + " had stopped “" + one.Name + "” and took that back on the page behind the Unsubscribe link. It runs again.",
				Action: "Open “" + one.Name + "”", Path: fmt.Sprintf("/searches/%d", one.ID),
			}, now)
		})
		if err != nil {
			return s.consentFault(c, p, err)
		}
	}
	s.signedByLink(c)
	s.Courier.Kick()
	p.Heading, p.Say, p.Seal, p.OfferOptIn = "“"+one.Name+"” runs again", "New homes come to you as before. "+p.words.theAgent()+" is told.", "check", false
	p.Back = "Change or stop e-mail"
	return s.showConsent(c, p, http.StatusOK)
}

func (s *Server) lookoutWeekly(c *fiber.Ctx) error {
	p, one, err := s.lookoutPage(c)
	if err != nil || one.ID == 0 {
		return err
	}
	if err := autoemail.WeeklyByClient(c.UserContext(), s.Store.Write, one.ClientID, one.ID, s.Clock()); err != nil {
		return s.consentFault(c, p, err)
	}
	s.signedByLink(c)
	p.Heading, p.Seal, p.OfferOptIn = "“"+one.Name+"” comes weekly", "check", false
	p.Say = "You get its new homes in one letter a week."
	if now, err := s.lookoutOf(c); err == nil && !now.Concierge && now.Pace().Kind == autoemail.Weekly {
		p.Say = "You get its new homes in one letter a week: " + now.Pace().Words() + "."
	}
	p.Say += " " + p.words.theAgent() + " is told."
	p.Back = "Change or stop more"
	return s.showConsent(c, p, http.StatusOK)
}

// lookingPage is what the button “Yes, I’m still looking” in a letter leads to.
type lookingPage struct {
	Heading, Say string
	Path         string // of the Unsubscribe link
	Lookouts     []lookout
	Done         bool
}

// looking makes the page; ok is false where it was answered already because no mail comes.
func (s *Server) looking(c *fiber.Ctx) (v lookingPage, ok bool, err error) {
	p, standing, err := s.consentPage(c)
	if err != nil {
		return v, false, err
	}
	if !standing.Exists || standing.State == consent.OptedOut {
		p.Heading, p.Say, p.Seal = p.words.alreadyOut(), p.words.alreadyOutSay(), "mail-x"
		return v, false, s.showConsent(c, p, http.StatusOK)
	}
	v = lookingPage{Path: p.Path, Heading: "Are you still looking?", Say: p.words.theAgent() + " goes on looking out for you."}
	if v.Lookouts, err = s.lookouts(c, standing); err != nil {
		return v, false, err
	}
	v.Lookouts = slices.DeleteFunc(v.Lookouts, func(one lookout) bool { return one.Stopped })
	return v, true, nil
}

func (s *Server) lookingShow(c *fiber.Ctx) error {
	v, ok, err := s.looking(c)
	if err != nil || !ok {
		return err
	}
	v.Say = "If you are, " + v.Say
	return s.publicPage(c, page{Title: v.Heading, View: "lookouts/show", Data: v})
}

func (s *Server) lookingSign(c *fiber.Ctx) error {
	_, ok, err := s.looking(c)
	if err != nil || !ok {
		return err
	}
	link := c.Locals("link").(consent.Link)
	if err := autoemail.Sign(c.UserContext(), s.Store.Write, link.Agent, link.Client, s.Clock()); err != nil {
		return err
	}
	s.AutoEmails.Kick()
	v, ok, err := s.looking(c) // as it is now
	if err != nil || !ok {
		return err
	}
	v.Done, v.Heading = true, "Thank you"
	return s.publicPage(c, page{Title: v.Heading, View: "lookouts/show", Data: v})
}

// letterSeen is what a letter's page sends once when somebody scrolls, taps or presses a key on it. Programs that open every
// link do none of that.
func (s *Server) letterSeen(c *fiber.Ctx, shown outbox.Shown) error {
	s.signed(c, shown.Agent, c.Locals("letter").(outbox.Link).Client)
	if err := s.letterPlace(c, shown); err != nil {
		return err
	}
	return c.SendStatus(http.StatusNoContent)
}
