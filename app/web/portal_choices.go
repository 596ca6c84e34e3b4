package web

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// portalChoiceRoutes are mail preferences, a copy of one’s data, leaving.
func (s *Server) portalChoiceRoutes() []route {
	return s.portalChoiceTable("/p", anyone, s.visitor)
}

// portalChoiceTable is these pages under a prefix, as portalHomeTable.
func (s *Server) portalChoiceTable(prefix string, who who, open func(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler) []route {
	return []route{
		{"GET", prefix + "/preferences", who, open(s.preferencesShow)},
		{"POST", prefix + "/preferences/stop", who, open(s.pressed(s.preferencesStop))},
		{"POST", prefix + "/preferences/undo", who, open(s.pressed(s.preferencesUndo))},
		{"POST", prefix + "/preferences/pause", who, open(s.pressed(s.preferencesPause))},
		{"POST", prefix + "/preferences/start", who, open(s.pressed(s.preferencesStart))},
		{"POST", prefix + "/preferences/drops", who, open(s.pressed(s.preferencesDrops))},
		{"GET", prefix + "/data", who, open(s.dataShow)},
		{"POST", prefix + "/data", who, open(s.pressed(s.dataDownload))},
		{"GET", prefix + "/leave", who, open(s.leaveShow)},
		{"POST", prefix + "/leave", who, open(s.pressed(s.leaveCreate))},
	}
}

// pressed refuses what the agent, who only looks, can't do for a client.
func (s *Server) pressed(do func(*fiber.Ctx, portal.Visitor) error) func(*fiber.Ctx, portal.Visitor) error {
	return func(c *fiber.Ctx, v portal.Visitor) error {
		if err := onlyClient(v); err != nil {
			return err
		}
		return do(c, v)
	}
}

// preferencesPage is what reaches a client's inbox from this agent, and how they change it.
type preferencesPage struct {
	Base, Address string
	ReadOnly      bool
	Agent         agentLine
	House         string
	Open, Out     bool   // mail comes; or was stopped. Neither: it is paused, or nothing was said yet
	Paused        string // until when
	Asked         bool   // they have not said yes to this agent yet
	Heading, Say  string
	Undo          int64 // the ledger row that can be taken back now; 0: none
	Earliest      string
	Until, Wrong  string
	Drops         []seekChoice
	DropsWrong    string
	History       []ledgerLine
}

// memberLink is who looks, as the ledger knows them: what a portal's device has proved is what an Unsubscribe token says.
func (s *Server) memberLink(v portal.Visitor) consent.Link {
	return consent.Link{Client: v.Member.ID, Agent: v.Member.AgentID, Hash: s.Ledger.Hash(v.Member.EmailKey)}
}

// byMember is the person who looks, acting on a page of their portal that said these words.
func (s *Server) byMember(c *fiber.Ctx, wording string) consent.By {
	return consent.By{Door: consent.DoorPortal, Wording: wording, IP: s.visitorIP(c), UserAgent: c.Get(fiber.HeaderUserAgent)}
}

func (s *Server) preferencesShow(c *fiber.Ctx, v portal.Visitor) error {
	view, err := s.preferences(c, v)
	if err != nil {
		return err
	}
	return s.preferencesAnswer(c, v, view, http.StatusOK)
}

func (s *Server) preferencesAnswer(c *fiber.Ctx, v portal.Visitor, view preferencesPage, status int) error {
	return s.portalPage(c, v, page{Title: "E-mail preferences", Section: "more", View: "portal/preferences", Data: view, Status: status})
}

func (s *Server) preferences(c *fiber.Ctx, v portal.Visitor) (preferencesPage, error) {
	ctx, now := c.UserContext(), s.Clock()
	view := preferencesPage{Base: portalBase(v), ReadOnly: v.ReadOnly, Address: v.Member.Email}
	house, err := s.brokerage(c)
	if err != nil {
		return view, err
	}
	loc := house.Location()
	view.House, view.Earliest = house.Name, now.In(loc).AddDate(0, 0, 1).Format(dateInput)
	if view.Agent, err = s.shownAgent(c, v.Member.AgentID); err != nil {
		return view, err
	}
	standing, err := s.Ledger.Stand(ctx, s.Store.Read, s.memberLink(v), now)
	if err != nil {
		return view, err
	}
	view.stand(standing, now, loc)
	settings, err := portal.LoadSettings(ctx, s.Store.Read, v.Client.ID)
	if err != nil {
		return view, err
	}
	view.Drops = dropChoices(settings.DropPercent)
	events, err := s.Ledger.History(ctx, s.Store.Read, v.Member.AgentID, v.Member.ID)
	if err != nil {
		return view, err
	}
	for _, line := range ledgerLines(v.Member, events, now, loc) {
		line.Note, line.Wording = "", "" // the agent's notes are the agent's
		view.History = append(view.History, line)
	}
	return view, nil
}

// stand says in words what is the case.
func (p *preferencesPage) stand(standing consent.Standing, now time.Time, loc *time.Location) {
	agent := p.Agent.Name
	switch {
	case standing.State == consent.OptedOut:
		p.Out, p.Heading, p.Say = true, "No mail comes", "You stopped all mail from "+p.House+". The portal stays open to you; nothing in it is mailed."
	case standing.PausedUntil.After(now):
		p.Paused = day(standing.PausedUntil, loc)
		p.Heading, p.Say = "Mail rests until "+p.Paused, "Nothing is mailed to you until then. On that day it goes on by itself."
	case standing.State == consent.Pending:
		p.Asked, p.Heading, p.Say = true, "May "+agent+" write to you?", agent+" is your new agent and writes to you only when you say yes."
	default:
		p.Open, p.Heading, p.Say = true, "Mail comes to you", "Letters and auto e-mails from "+agent+" reach "+p.Address+"."
	}
}

// dropShares are the shares of a price, in percent, by which it must come down for a discarded home to be told of.
var dropShares = []int{0, 1, 3, 5, 10, 15, 20}

func dropChoices(now int) []seekChoice {
	var all []seekChoice
	there := false
	add := func(n int) {
		word := strconv.Itoa(n) + "% or more"
		if n == 0 {
			word = "Never"
		}
		there = there || n == now
		all = append(all, seekChoice{strconv.Itoa(n), word, n == now})
	}
	for _, n := range dropShares {
		add(n)
	}
	if !there {
		add(now)
	}
	return all
}

func (s *Server) preferencesStop(c *fiber.Ctx, v portal.Visitor) error {
	event, err := s.Ledger.OptOut(c.UserContext(), s.Store.Write, s.memberLink(v), s.byMember(c, "E-mail preferences. Stop all mail from this brokerage. [Stop all mail]"), s.Clock())
	if err != nil {
		return err
	}
	s.Courier.Kick()
	view, err := s.preferences(c, v)
	if err != nil {
		return err
	}
	view.Undo = event
	return s.preferencesAnswer(c, v, view, http.StatusOK)
}

func (s *Server) preferencesUndo(c *fiber.Ctx, v portal.Visitor) error {
	event, err := strconv.ParseInt(c.FormValue("event"), 10, 64)
	if err != nil {
		return fault.New(fault.Invalid, "There is nothing here to take back.")
	}
	if err := s.Ledger.Undo(c.UserContext(), s.Store.Write, s.memberLink(v), event, s.byMember(c, "E-mail preferences. No mail comes. [Undo]"), s.Clock()); err != nil {
		return err
	}
	return s.preferencesDone(c, v, "Undone. Everything is as it was.")
}

func (s *Server) preferencesPause(c *fiber.Ctx, v portal.Visitor) error {
	view, err := s.preferences(c, v)
	if err != nil {
		return err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	view.Until = clipped(strings.TrimSpace(c.FormValue("until")), 40)
	until, err := time.ParseInLocation(dateInput, view.Until, house.Location())
	if err != nil {
		view.Wrong = "Choose a day, such as " + s.Clock().In(house.Location()).AddDate(0, 0, 14).Format(dateInput) + "."
		return s.preferencesAnswer(c, v, view, http.StatusUnprocessableEntity)
	}
	err = s.Ledger.Pause(c.UserContext(), s.Store.Write, s.memberLink(v), until, s.byMember(c, "E-mail preferences. [Pause until "+day(until, house.Location())+"]"), s.Clock())
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		view.Wrong = f.Fields["until"]
		return s.preferencesAnswer(c, v, view, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return s.preferencesDone(c, v, "Paused until "+day(until, house.Location())+".")
}

// preferencesStart opts in again, or ends a pause.
func (s *Server) preferencesStart(c *fiber.Ctx, v portal.Visitor) error {
	if err := s.Ledger.OptIn(c.UserContext(), s.Store.Write, s.memberLink(v), s.byMember(c, "E-mail preferences. Mail from my agent may come to me again. [Let mail come]"), s.Clock()); err != nil {
		return err
	}
	return s.preferencesDone(c, v, "Thank you. Your agent is told, and mail can come again.")
}

func (s *Server) preferencesDrops(c *fiber.Ctx, v portal.Visitor) error {
	percent, err := strconv.Atoi(c.FormValue("drop_percent"))
	if err == nil {
		err = portal.SaveSettings(c.UserContext(), s.Store.Write, v, percent, s.Clock())
	} else {
		err = fault.New(fault.Invalid, "Choose one of these.")
	}
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		view, err := s.preferences(c, v)
		if err != nil {
			return err
		}
		view.DropsWrong = f.Say
		return s.preferencesAnswer(c, v, view, http.StatusUnprocessableEntity)
	}
	if err != nil {
		return err
	}
	return s.preferencesDone(c, v, "Saved.")
}

func (s *Server) preferencesDone(c *fiber.Ctx, v portal.Visitor, say string) error {
	s.Courier.Kick()
	s.signed(c, v.Member.AgentID, v.Member.ID)
	return s.redirect(c, portalBase(v)+"/preferences", say)
}
