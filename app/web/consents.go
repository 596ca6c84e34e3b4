package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

// The pages behind the Unsubscribe link. Nobody signs in here: the token in the address is the proof, and it can do no
// more than stop, hold or resume the mail of the one person it was made for. They work without JavaScript.

func (s *Server) consentRoutes() []route {
	routes := []route{
		{"GET", "/u/:token", anyone, s.quiet(s.consentShow)},
		{"POST", "/u/:token", anyone, s.quiet(s.consentOptOut)},
		{"POST", "/u/:token/undo", anyone, s.quiet(s.consentUndo)},
		{"POST", "/u/:token/pause", anyone, s.quiet(s.consentPause)},
		{"GET", "/u/:token/opt-in", anyone, s.quiet(s.consentOptInAsk)},
		{"POST", "/u/:token/opt-in", anyone, s.quiet(s.consentOptIn)},
	}
	for _, answered := range []string{"undo", "pause", "stop", "again", "weekly"} {
		routes = append(routes, route{"GET", "/u/:token/" + answered, anyone, s.quiet(s.consentBegin)})
	}
	return routes
}

// consentBegin leads to the link's first page from where the answer to a form stood, which a browser asks for again when
// it restores a tab.
func (s *Server) consentBegin(c *fiber.Ctx) error {
	return c.Redirect("/u/"+url.PathEscape(c.Params("token")), http.StatusSeeOther)
}

// quiet keeps an address with a token in it to the person it was mailed to: no referrer, no index, no cache. A token
// that can't be read gets one and the same page.
func (s *Server) quiet(do fiber.Handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Referrer-Policy", "no-referrer")
		c.Set("X-Robots-Tag", "noindex, nofollow")
		link, err := s.Ledger.Read(c.Params("token"))
		if fault.Of(err) == fault.NotFound {
			return s.publicPage(c, page{Title: "This link is not complete", View: "consents/unknown", Status: http.StatusNotFound})
		}
		if err != nil {
			return err
		}
		c.Locals("link", link)
		if err := refuseMachine(c); err != nil {
			return err
		}
		return do(c)
	}
}

// consentPage is any page behind the link.
type consentPage struct {
	words   consentWords
	Path    string // of the link
	Heading string
	Say     string
	Button  string // of the page's one question; empty: none is asked
	Action  string
	Seal    string // icon over an answer; empty: a question
	Stops   bool

	Pauses     []pauseChoice // presets; none: no pause on offer
	Until      Field
	UntilOpen  bool
	Undo       int64 // the ledger row that can be taken back; 0: none
	OfferOptIn bool

	Lookouts []lookout    // auto emails of the letter that can be changed alone
	Again    autoemail.ID // the one just stopped, which can be had back; 0: none
	Back     string       // the words of the way to the link's first page; empty: none
}

// pauseChoice is a pause by a button.
type pauseChoice struct{ Until, Words string }

// Fewer says whether an auto email can be had less often or stopped alone.
func (p consentPage) Fewer() bool {
	return slices.ContainsFunc(p.Lookouts, func(one lookout) bool { return one.Stops })
}

// wording is what stood on the screen when its button was pressed.
func (p consentPage) wording() string { return p.Heading + " " + p.Say + " [" + p.Button + "]" }

// consentPage begins a page: who is who at this link now.
func (s *Server) consentPage(c *fiber.Ctx) (consentPage, consent.Standing, error) {
	link := c.Locals("link").(consent.Link)
	standing, err := s.Ledger.Stand(c.UserContext(), s.Store.Read, link, s.Clock())
	if err != nil {
		return consentPage{}, standing, err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return consentPage{}, standing, err
	}
	return consentPage{
		words: newConsentWords(standing, house), Path: "/u/" + url.PathEscape(c.Params("token")), OfferOptIn: true,
	}, standing, nil
}

func (s *Server) showConsent(c *fiber.Ctx, p consentPage, status int) error {
	return s.publicPage(c, page{Title: p.Heading, View: "consents/show", Data: p, Status: status})
}

// byClient is the person the link was mailed to, acting on the page p, or by a mail program where words say so.
func (s *Server) byClient(c *fiber.Ctx, door consent.Door, wording string) (consent.By, error) {
	link := c.Locals("link").(consent.Link)
	subject, err := outbox.SubjectOf(c.UserContext(), s.Store.Read, outbox.MailingID(link.Mailing))
	return consent.By{
		Door: door, Wording: wording, Subject: subject, IP: s.visitorIP(c), UserAgent: c.Get(fiber.HeaderUserAgent),
	}, err
}

func (s *Server) consentShow(c *fiber.Ctx) error {
	p, standing, err := s.consentPage(c)
	if err != nil {
		return err
	}
	if p.Lookouts, err = s.lookouts(c, standing); err != nil {
		return err
	}
	return s.showConsent(c, s.optOutQuestion(p, standing), http.StatusOK)
}

// optOutQuestion is what the link opens.
func (s *Server) optOutQuestion(p consentPage, standing consent.Standing) consentPage {
	if standing.State == consent.OptedOut && !standing.OthersOpen {
		p.Heading, p.Say, p.Seal = p.words.alreadyOut(), p.words.alreadyOutSay(), "mail-x"
		return p
	}
	p.Heading, p.Say, p.Button, p.Action, p.Stops = p.words.question(), p.words.questionSay(standing), "Confirm Opt-Out", p.Path, true
	if standing.Exists && standing.State == consent.OptedIn { // who has not said yes yet has nothing to pause
		today := s.Clock().In(p.words.loc)
		for _, one := range []struct {
			words string
			until time.Time
		}{{"two weeks", today.AddDate(0, 0, 14)}, {"a month", today.AddDate(0, 1, 0)}, {"three months", today.AddDate(0, 3, 0)}} {
			layout := "2 January"
			if one.until.Year() != today.Year() {
				layout += " 2006"
			}
			p.Pauses = append(p.Pauses, pauseChoice{Until: one.until.Format(dateInput), Words: "Pause for " + one.words + ", until " + one.until.Format(layout)})
		}
		p.Until = Field{Name: "until", Label: "Pause until", Type: "date", Hint: "On this day mail starts again by itself."}
	}
	return p
}

// consentOptOut is the page's button and the mail program's one-click POST (RFC 8058 section 3.2): form-encoded either
// way, without a cookie, answered at once and never redirected. No field of the body names anybody: the token does.
func (s *Server) consentOptOut(c *fiber.Ctx) error {
	if oneClick(c) {
		by, err := s.byClient(c, consent.DoorOneClick, "List-Unsubscribe=One-Click")
		if err != nil {
			return err
		}
		if _, err := s.Ledger.OptOut(c.UserContext(), s.Store.Write, c.Locals("link").(consent.Link), by, s.Clock()); err != nil {
			return err
		}
		s.Courier.Kick()
		private(c)
		c.Type("txt", "utf-8")
		return c.SendString("You are unsubscribed. No more mail will come.\n")
	}
	if c.FormValue("choice") != "all" {
		return fault.New(fault.Invalid, "Nothing was changed. To stop all mail, open the link in the letter and press “Confirm Opt-Out”.")
	}
	p, standing, err := s.consentPage(c)
	if err != nil {
		return err
	}
	if !standing.OthersOpen {
		standing.State = consent.OptedIn // so the screen had it, for there was a button
	}
	by, err := s.byClient(c, consent.DoorPage, s.optOutQuestion(p, standing).wording())
	if err != nil {
		return err
	}
	event, err := s.Ledger.OptOut(c.UserContext(), s.Store.Write, c.Locals("link").(consent.Link), by, s.Clock())
	if err != nil {
		return err
	}
	s.Courier.Kick()
	p.Heading, p.Say, p.Seal, p.Undo = p.words.out(), p.words.outSay(standing), "check", event
	return s.showConsent(c, p, http.StatusOK)
}

func (s *Server) consentUndo(c *fiber.Ctx) error {
	p, _, err := s.consentPage(c)
	if err != nil {
		return err
	}
	event, err := strconv.ParseInt(c.FormValue("event"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "There is nothing here to take back.")
	}
	by, err := s.byClient(c, consent.DoorPage, p.words.out()+" "+p.words.stopped()+" [Undo]")
	if err != nil {
		return err
	}
	if err := s.Ledger.Undo(c.UserContext(), s.Store.Write, c.Locals("link").(consent.Link), event, by, s.Clock()); err != nil {
		return s.consentFault(c, p, err)
	}
	s.Courier.Kick()
	s.signedByLink(c)
	p.Heading, p.Say, p.Seal, p.OfferOptIn = "Undone", p.words.undoneSay(), "check", false
	return s.showConsent(c, p, http.StatusOK)
}

func (s *Server) consentPause(c *fiber.Ctx) error {
	p, standing, err := s.consentPage(c)
	if err != nil {
		return err
	}
	typed := c.FormValue("until")
	question := s.optOutQuestion(p, standing)
	until, err := time.ParseInLocation(dateInput, typed, p.words.loc)
	if err != nil {
		return s.pauseAgain(c, question, typed, "Choose a day.")
	}
	by, err := s.byClient(c, consent.DoorPage, question.Heading+" [Pause until "+day(until, p.words.loc)+"]")
	if err != nil {
		return err
	}
	err = s.Ledger.Pause(c.UserContext(), s.Store.Write, c.Locals("link").(consent.Link), until, by, s.Clock())
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		return s.pauseAgain(c, question, typed, f.Fields["until"])
	}
	if err != nil {
		return s.consentFault(c, p, err)
	}
	s.Courier.Kick()
	s.signedByLink(c)
	p.Heading, p.Say, p.Seal = "Paused until "+day(until, p.words.loc), p.words.pausedSay(), "pause"
	return s.showConsent(c, p, http.StatusOK)
}

func (s *Server) pauseAgain(c *fiber.Ctx, p consentPage, typed, wrong string) error {
	p.Until.Value, p.Until.Error, p.UntilOpen = typed, wrong, true
	return s.showConsent(c, p, http.StatusUnprocessableEntity)
}

func (s *Server) consentOptInAsk(c *fiber.Ctx) error {
	p, standing, err := s.consentPage(c)
	if err != nil {
		return err
	}
	return s.showConsent(c, optInQuestion(p, standing), http.StatusOK)
}

func optInQuestion(p consentPage, standing consent.Standing) consentPage {
	p.Heading, p.Say, p.OfferOptIn = p.words.optIn(standing), p.words.optInSay(standing), false
	if standing.Exists {
		p.Button, p.Action = "Confirm Opt-In", p.Path+"/opt-in"
	}
	return p
}

func (s *Server) consentOptIn(c *fiber.Ctx) error {
	p, standing, err := s.consentPage(c)
	if err != nil {
		return err
	}
	by, err := s.byClient(c, consent.DoorPage, optInQuestion(p, standing).wording())
	if err != nil {
		return err
	}
	if err := s.Ledger.OptIn(c.UserContext(), s.Store.Write, c.Locals("link").(consent.Link), by, s.Clock()); err != nil {
		return s.consentFault(c, p, err)
	}
	s.Courier.Kick()
	s.signedByLink(c)
	p.Heading, p.Say, p.Seal, p.OfferOptIn = "You are opted in", p.words.inSay(standing), "check", false
	return s.showConsent(c, p, http.StatusOK)
}

// consentFault shows what can't be done on a page that keeps the way back to the link.
func (s *Server) consentFault(c *fiber.Ctx, p consentPage, err error) error {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Gone && f.Kind != fault.Conflict && f.Kind != fault.NotFound {
		return err
	}
	p.Heading, p.Say, p.Seal = "That can’t be done now", f.Say, "info"
	return s.showConsent(c, p, statuses[f.Kind])
}
