package web

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// portalAuto is an auto email as its client sees it in their portal; the fragment portal/_auto.
type portalAuto struct {
	lookout
	Element, Path string
	Looks         string // what it looks for, in words
	When          string // how often, in words
	Pill          template.HTML
	More          string // who paused it, and until when
	Last, Next    string // letters; empty: nothing to tell
	Asked         bool   // they were asked whether they are still looking
	Slow          bool   // it comes less often for want of a sign, or rests for it
	Runs, Starts  bool
	Earliest      string // the first day it may be paused until
	Until, Wrong  string // what was typed there, and what is wrong with it
	Said          string // what was just done
	Whose         string // the other one of the household gets it, and only they change it; empty: who looks
	ReadOnly      bool
}

// portalAutos are the auto emails of a portal, who looks' own first, and of each those that run first.
func (s *Server) portalAutos(c *fiber.Ctx, v portal.Visitor) ([]portalAuto, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return nil, err
	}
	now, loc := s.Clock(), house.Location()
	people, err := portal.Household(c.UserContext(), s.Store.Read, v.Client.ID)
	if err != nil {
		return nil, err
	}
	own := func(one clients.Client) int {
		if one.ID == v.Member.ID {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(people, func(a, b clients.Client) int { return own(a) - own(b) })
	mine, err := s.shownAgent(c, v.Client.AgentID)
	if err != nil {
		return nil, err
	}
	var views []portalAuto
	for _, one := range people {
		all, err := s.autosOf(c.UserContext(), one, loc, now)
		if err != nil {
			return nil, err
		}
		for _, a := range all {
			views = append(views, newPortalAuto(v, one, a, mine.Name, now, loc))
		}
	}
	return views, nil
}

// autoRests are why an auto email rests, in words to its client; what it is paused by is not always theirs to undo.
func autoRests(a autoemail.Search, agent, who string) string {
	switch a.PausedBy {
	case autoemail.ByClient:
		if a.PausedUntil.IsZero() {
			return capital(who) + " stopped it"
		}
		return capital(who) + " paused it"
	case autoemail.BySlow:
		return "It rests because we had no sign from " + who + " for a while"
	case autoemail.ByExpiry:
		return "Its last day is over"
	case autoemail.ByAgent:
		return agent + " paused it"
	}
	return "It rests"
}

func newPortalAuto(v portal.Visitor, of clients.Client, a autoemail.Overview, agent string, now time.Time, loc *time.Location) portalAuto {
	one := portalAuto{
		lookout: newLookout(a.Search), Element: "auto-" + idText(a.ID), Path: portalBase(v) + "/searches/autos/" + idText(a.ID), Looks: a.Criteria.Words(),
		Runs: a.State == autoemail.Active, Slow: a.Slowed != nil || a.PausedBy == autoemail.BySlow, Asked: !a.AskedAt.IsZero(), ReadOnly: v.ReadOnly,
		Earliest: now.In(loc).AddDate(0, 0, 1).Format(dateInput), Pill: searchPills["running"],
	}
	who := "you"
	if of.ID != v.Member.ID {
		who = firstName(of)
		one.Whose, one.ReadOnly = who, true
	}
	one.Starts = a.State == autoemail.Paused && (a.PausedBy == autoemail.ByClient || a.PausedBy == autoemail.BySlow)
	if one.lookout.When == "" {
		one.When = agent + " looks at each home first"
	} else {
		one.When = one.lookout.When
	}
	if !a.LastSentAt.IsZero() {
		one.Last = when(a.LastSentAt, now, loc)
	}
	if one.Runs {
		if one.Slow {
			one.Pill, one.More = searchPills["slowed"], "It comes less often because we had no sign from "+who+" for a while"
		}
		one.Next = lowerFirst(nextWords(a.Next, true, a.Concierge, now, loc))
		if a.Concierge {
			one.Next = ""
		}
		return one
	}
	one.Pill, one.More = searchPills["paused"], autoRests(a.Search, agent, who)
	if !a.PausedUntil.IsZero() {
		one.More += " until " + shortDay(a.PausedUntil, now, loc)
	}
	return one
}

// autoSays are what is said after each act.
var autoSays = map[string]string{
	"weekly": "It comes once a week from now on.", "stop": "Stopped. You can start it again whenever you like.",
	"start": "It runs again.", "looking": "Good to know. It goes on at its own pace.",
}

// portalAutoAct does what a client wishes for one of their auto emails, and shows its card again.
func (s *Server) portalAutoAct(act string) func(*fiber.Ctx, portal.Visitor) error {
	return func(c *fiber.Ctx, v portal.Visitor) error {
		if v.ReadOnly {
			return fault.New(fault.Denied, "Only your client can change this here. You do it under Auto e-mails.")
		}
		number, _ := strconv.ParseInt(c.Params("auto"), 10, 64) // what overflows is none
		// It goes to one person's address, so it is theirs, in a household too.
		id, client, typed, say := autoemail.ID(number), v.Member.ID, clipped(strings.TrimSpace(c.FormValue("until")), 40), autoSays[act]
		ctx, db, now := c.UserContext(), s.Store.Write, s.Clock()
		var err error
		switch act {
		case "weekly":
			err = autoemail.WeeklyByClient(ctx, db, client, id, now)
		case "stop":
			err = autoemail.StopByClient(ctx, db, client, id, now)
		case "start":
			err = autoemail.StartByClient(ctx, db, client, id, now)
		case "pause":
			house, failed := s.brokerage(c)
			if failed != nil {
				return failed
			}
			until, unread := time.ParseInLocation(dateInput, typed, house.Location())
			if unread != nil {
				return s.portalAutoAgain(c, v, id, typed, "Choose a day, such as "+now.In(house.Location()).AddDate(0, 0, 14).Format(dateInput)+".")
			}
			err = autoemail.PauseByClient(ctx, db, client, id, until.UTC(), now)
			say = "Paused until " + day(until, house.Location()) + ". What comes meanwhile is in one letter then."
		}
		if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
			return s.portalAutoAgain(c, v, id, typed, f.Say)
		}
		if err != nil {
			return err
		}
		s.signed(c, v.Member.AgentID, client)
		s.Courier.Kick()
		return s.portalAutoShown(c, v, id, func(one *portalAuto) { one.Said = say }, http.StatusOK)
	}
}

// portalAutoAgain shows the card with what is wrong with the day.
func (s *Server) portalAutoAgain(c *fiber.Ctx, v portal.Visitor, id autoemail.ID, typed, wrong string) error {
	return s.portalAutoShown(c, v, id, func(one *portalAuto) { one.Until, one.Wrong = typed, wrong }, http.StatusUnprocessableEntity)
}

// portalAutoShown answers with one card, or where htmx did not ask, with the page or the way back to it. Faults: NotFound.
func (s *Server) portalAutoShown(c *fiber.Ctx, v portal.Visitor, id autoemail.ID, with func(*portalAuto), status int) error {
	all, err := s.portalAutos(c, v)
	if err != nil {
		return err
	}
	for i := range all {
		if all[i].ID != id || all[i].Whose != "" {
			continue
		}
		one := &all[i]
		with(one)
		switch {
		case partial(c):
			portalQuiet(c)
			if one.Said != "" {
				toast(c, one.Said)
			}
			return s.fragment(c, status, "portal/_auto", one)
		case status == http.StatusOK:
			return s.redirect(c, portalBase(v)+"/searches#"+one.Element, "“"+one.Name+"”: "+lowerFirst(one.Said))
		}
		return s.searchesPage(c, v, all, status)
	}
	return fault.New(fault.NotFound, "This auto e-mail is not here any more.")
}
