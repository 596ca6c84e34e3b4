package web

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// portalTalkRoutes are messages and notes.
func (s *Server) portalTalkRoutes() []route {
	return s.portalTalkTable("/p", anyone, s.visitor)
}

// portalTalkTable is the talk of a portal under a prefix, as portalHomeTable.
func (s *Server) portalTalkTable(prefix string, who who, open func(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler) []route {
	return []route{
		{"GET", prefix + "/messages", who, open(s.portalTalk)},
		{"POST", prefix + "/messages", who, open(s.portalWrite)},
	}
}

// How many messages the page shows, at first and at most.
const (
	talkShown = 60
	talkMost  = 4000
)

// talkView is the talk of a portal, or that about one home, with the form to say more; the fragments portal/_talk and, on a home's
// own page, portal/_notes.
type talkView struct {
	Base          string
	ReadOnly      bool
	Home          listings.ID // 0: all
	About, HomeAt string      // the home's address and page
	Agent         agentLine
	Lines         []saidLine
	Earlier       string // a page with more; empty: this is all
	Last          int64  // the newest message's number; 0: there is none
	Key           string // of the form
	Typed, Wrong  string
}

// saidLine is one message or note.
type saidLine struct {
	Day           string // begins a day
	Mine, Agent   bool
	Who           string
	Body          string
	When, Exactly string
	Home, Path    string // of a note
	New           bool   // not read before
}

// Seen is what a page that shows this tells of when a person looks: how far they have read.
func (v talkView) Seen() string {
	if v.Last == 0 {
		return ""
	}
	seen := "upto=" + strconv.FormatInt(v.Last, 10)
	if v.Home != 0 {
		seen += "&about=" + idText(v.Home)
	}
	return seen
}

// talkOf reads the talk of a portal (home 0), or that about a home, whose address and page are said by who calls.
func (s *Server) talkOf(c *fiber.Ctx, v portal.Visitor, home listings.ID, most int) (talkView, error) {
	ctx, now := c.UserContext(), s.Clock()
	view := talkView{Base: portalBase(v), ReadOnly: v.ReadOnly, Home: home, Key: newKey()}
	house, err := s.brokerage(c)
	if err != nil {
		return view, err
	}
	loc := house.Location()
	if view.Agent, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return view, err
	}
	of := portal.Anywhere
	if home != 0 {
		of = home
	}
	said, err := portal.Talk(ctx, s.Store.Read, v.Client.ID, of, most+1)
	if err != nil {
		return view, err
	}
	if len(said) > most {
		said = said[1:]
		view.Earlier = view.Base + "/messages?n=" + strconv.Itoa(min(most*4, talkMost))
		if home != 0 {
			view.Earlier += "&home=" + idText(home)
		}
		if most >= talkMost {
			view.Earlier = ""
		}
	}
	names, err := s.talkers(ctx, v, said)
	if err != nil {
		return view, err
	}
	writers, err := s.agentsOf(ctx, v.Client.AgentID, view.Agent.Name, said)
	if err != nil {
		return view, err
	}
	var homes map[listings.ID]string
	if home == 0 {
		var ids []listings.ID
		for _, m := range said {
			ids = append(ids, m.ListingID)
		}
		if homes, err = s.homeNames(ctx, ids, now, loc); err != nil {
			return view, err
		}
	}
	for i, m := range said {
		line := saidLine{
			Mine: m.Author == portal.FromClient && m.MemberID == v.Member.ID, Agent: m.Author == portal.FromAgent, Body: visible(m.Body),
			When: m.At.In(loc).Format("15:04"), Exactly: m.At.UTC().Format(time.RFC3339), New: m.Author == portal.FromAgent && m.SeenAt.IsZero(),
		}
		switch {
		case line.Agent:
			line.Who = writers[m.AgentID]
		case line.Mine && !v.ReadOnly:
			line.Who = "You"
		default:
			line.Who = cmp.Or(names[m.MemberID], "Somebody who looked along")
		}
		if i == 0 || daysBetween(said[i-1].At.In(loc), m.At.In(loc)) != 0 {
			line.Day = dayLine(m.At, now, loc)
		}
		if m.ListingID != 0 && home == 0 {
			line.Home, line.Path = homes[m.ListingID], view.Base+"/homes/"+idText(m.ListingID)
		}
		view.Lines = append(view.Lines, line)
		view.Last = m.ID
	}
	return view, nil
}

// talkers are the names of who of a portal wrote. It asks only where somebody wrote who is neither whose portal it is nor who looks.
func (s *Server) talkers(ctx context.Context, v portal.Visitor, said []portal.Message) (map[clients.ID]string, error) {
	names := map[clients.ID]string{v.Client.ID: v.Client.Name(), v.Member.ID: v.Member.Name()}
	var others []clients.ID
	for _, m := range said {
		if m.MemberID != 0 && names[m.MemberID] == "" {
			others = append(others, m.MemberID)
		}
	}
	if len(others) == 0 {
		return names, nil
	}
	people, err := clients.FindMany(ctx, s.Store.Read, v.Client.AgentID, others)
	for _, one := range people {
		names[one.ID] = one.Name()
	}
	return names, err
}

// agentsOf are the names of the agents who wrote: the present one, and who had the client before.
func (s *Server) agentsOf(ctx context.Context, now agents.ID, name string, said []portal.Message) (map[agents.ID]string, error) {
	names := map[agents.ID]string{now: name}
	for _, m := range said {
		if _, known := names[m.AgentID]; known || m.Author != portal.FromAgent {
			continue
		}
		before, err := agents.Find(ctx, s.Store.Read, m.AgentID)
		if err != nil && fault.Of(err) != fault.NotFound {
			return nil, err
		}
		names[m.AgentID] = cmp.Or(before.Name, "Your agent before")
	}
	return names, nil
}

// dayLine is what stands above the first words of a day.
func dayLine(t, now time.Time, loc *time.Location) string {
	switch daysBetween(t.In(loc), now.In(loc)) {
	case 0:
		return "Today"
	case 1:
		return "Yesterday"
	}
	return day(t, loc)
}

// talkPage is the page of messages, or of what was said about a home.
type talkPage struct{ Talk talkView }

// SeenQuery says how far a person has read who looks at the page.
func (p talkPage) SeenQuery() string { return p.Talk.Seen() }

// portalTalk is the talk between a household and its agent.
func (s *Server) portalTalk(c *fiber.Ctx, v portal.Visitor) error {
	most, _ := strconv.Atoi(c.Query("n")) // what is no number asks for the usual
	view, err := s.talkOn(c, v, listings.ID(wholeNumber(c.Query("home"))), min(max(most, talkShown), talkMost))
	if err == nil && view.Home == 0 {
		view.Typed, err = s.askAbout(c, listings.ID(wholeNumber(c.Query("ask"))))
	}
	if err != nil {
		return err
	}
	return s.portalPage(c, v, page{Title: "Messages", Section: "messages", View: "portal/messages", Data: talkPage{view}})
}

// talkOn is talkOf with the name of its home. Faults: NotFound (home never sent).
func (s *Server) talkOn(c *fiber.Ctx, v portal.Visitor, home listings.ID, most int) (talkView, error) {
	ctx := c.UserContext()
	if home != 0 {
		if sent, err := portal.WasSent(ctx, s.Store.Read, v.Client.ID, home); err != nil {
			return talkView{}, err
		} else if !sent {
			return talkView{}, neverSent()
		}
	}
	view, err := s.talkOf(c, v, home, most)
	if err != nil || home == 0 {
		return view, err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return view, err
	}
	names, err := s.homeNames(ctx, []listings.ID{home}, s.Clock(), house.Location())
	view.About, view.HomeAt = names[home], view.Base+"/homes/"+idText(home)
	return view, err
}

// talkURL is where a plain form leads back to, at the newest words.
func talkURL(base string, home listings.ID, onHome bool) string {
	switch {
	case home == 0:
		return base + "/messages#newest"
	case onHome:
		return base + "/homes/" + idText(home) + "#notes"
	}
	return base + "/messages?home=" + idText(home) + "#newest"
}
