package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

func (s *Server) homeRoutes() []route {
	return []route{
		{"GET", "/", agent, s.homeShow},
		{"POST", "/notices/:id<int>/dismissal", agent, s.noticeDismiss},
	}
}

// homeView is the first page after signing in: what needs this agent, and how things are.
type homeView struct {
	Greeting, Name string
	Today          string
	Banners        []banner
	Waiting        homeWaiting
	Notices        noticesView
	Acts           []actLine
	Clients        []homeFigure
	NoClients      bool
	Autos          []homeFigure
	Letters        []homeFigure
	Mailings       []homeMailing
}

// homeFigure is a number and where it leads.
type homeFigure struct {
	N           int
	Label, Path string
}

// homeMailing is one of the latest mailings and how its letters fared.
type homeMailing struct {
	ID            outbox.MailingID
	Subject, When string
	Done          bool
	States        []homeFigure
}

func (s *Server) homeShow(c *fiber.Ctx) error {
	ctx, now, a := c.UserContext(), s.Clock(), me(c)
	b, err := agents.LoadBrokerage(ctx, s.Store.Read)
	if err != nil {
		return err
	}
	v := homeView{Greeting: greeting(now.In(b.Location())), Name: a.FirstName(), Today: now.In(b.Location()).Format("Monday, 2 January")}
	feeds, err := s.feedBanners(c)
	if err != nil {
		return err
	}
	v.Banners = append(mailBanners(a, b, s.Courier.Health(), now), feeds...)
	if v.Waiting, err = s.homeWaiting(c, now, b.Location()); err != nil {
		return err
	}
	if v.Autos, err = s.homeAutos(c, now, b.Location()); err != nil {
		return err
	}
	acts, err := portal.Activity(ctx, s.Store.Read, a.ID, 0, actsShown)
	if err != nil {
		return err
	}
	if v.Acts, err = s.actLines(ctx, acts, true, 0, now, b.Location()); err != nil {
		return err
	}
	if v.Notices, err = s.notices(c, b); err != nil {
		return err
	}
	if err := s.homeFigures(c, &v); err != nil {
		return err
	}
	mailings, err := outbox.Mailings(ctx, s.Store.Read, a.ID, 5)
	if err != nil {
		return err
	}
	for _, m := range mailings {
		v.Mailings = append(v.Mailings, homeMailingOf(m, now, b.Location()))
	}
	return s.show(c, page{Title: "Home", Section: "home", View: "home/index", Data: v}, "home/index", v)
}

// homeFigures counts this agent's clients and letters.
func (s *Server) homeFigures(c *fiber.Ctx, v *homeView) error {
	counts, err := clients.Counts(c.UserContext(), s.Store.Read, clients.Filter{Agent: me(c).ID})
	if err != nil {
		return err
	}
	v.NoClients = counts[""] == 0
	for _, status := range clients.Statuses {
		if n := counts[status]; n > 0 {
			v.Clients = append(v.Clients, homeFigure{n, string(status), "/clients?status=" + queryEscape(string(status))})
		}
	}
	letters, err := outbox.Counts(c.UserContext(), s.Store.Read, me(c).ID)
	if err != nil {
		return err
	}
	v.Letters = letterFigures(letters)
	return nil
}

// letterFigures tells how many letters are in which state, in the words of the outbox.
func letterFigures(counts map[outbox.State]int) []homeFigure {
	words := map[outbox.State]string{
		outbox.Ready: "queued", outbox.Sending: "leaving now", outbox.Sent: "sent", outbox.Failed: "failed",
		outbox.Expired: "expired", outbox.Withheld: "withheld", outbox.Cancelled: "cancelled",
	}
	var all []homeFigure
	for _, state := range outbox.States {
		if n := counts[state]; n > 0 {
			all = append(all, homeFigure{n, words[state], "/outbox?state=" + string(state)})
		}
	}
	return all
}

func homeMailingOf(p outbox.Progress, now time.Time, loc *time.Location) homeMailing {
	return homeMailing{
		ID: p.Mailing.ID, Subject: p.Mailing.Subject, When: when(p.Mailing.CreatedAt, now, loc), Done: p.Done(), States: letterFigures(p.Count),
	}
}

// greeting fits the hour where the brokerage is.
func greeting(local time.Time) string {
	switch hour := local.Hour(); {
	case hour >= 5 && hour < 12:
		return "Good morning"
	case hour >= 12 && hour < 18:
		return "Good afternoon"
	}
	return "Good evening"
}
