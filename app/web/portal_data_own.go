package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// ownData is everything kept here that is a client's own, as data.json says it. Of anybody else there is a first name at most;
// what the agent notes about them is the agent's.
type ownData struct {
	Made        time.Time     `json:"made"`
	Brokerage   string        `json:"brokerage"`
	Agent       string        `json:"agent"`
	You         ownRecord     `json:"you"`
	Household   []string      `json:"household,omitempty"`
	Consent     []ownConsent  `json:"consent"`
	Devices     []ownDevice   `json:"devices"`
	Letters     []ownLetter   `json:"letters"`
	Homes       []string      `json:"homes"`
	Reactions   []ownReaction `json:"reactions"`
	Looked      []ownLook     `json:"homes_opened"`
	Messages    []ownMessage  `json:"messages"`
	AutoEmails  []ownAuto     `json:"auto_emails"`
	OwnSearches []ownWish     `json:"own_searches"`
	DropPercent int           `json:"discarded_homes_tell_from_percent"`
}

type ownRecord struct {
	Name  string    `json:"name"`
	Email string    `json:"email"`
	Phone string    `json:"phone,omitempty"`
	Since time.Time `json:"client_since"`
}

type ownConsent struct {
	At      time.Time  `json:"at"`
	What    string     `json:"what"`
	How     string     `json:"how,omitempty"`
	Until   *time.Time `json:"until,omitempty"`
	Wording string     `json:"the_page_said,omitempty"`
	IP      string     `json:"network,omitempty"`
}

type ownDevice struct {
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
	Seen  time.Time `json:"last_seen"`
	IP    string    `json:"network,omitempty"`
}

type ownLetter struct {
	id      int64
	agent   agents.ID
	At      time.Time `json:"at"`
	Subject string    `json:"subject"`
	Homes   []string  `json:"homes,omitempty"`
	File    string    `json:"file,omitempty"`
}

type ownReaction struct {
	Home string      `json:"home"`
	Kind portal.Kind `json:"kind"`
	At   time.Time   `json:"at"`
}

type ownLook struct {
	Home  string    `json:"home"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Times int       `json:"times"`
}

type ownMessage struct {
	At   time.Time `json:"at"`
	From string    `json:"from"`
	Home string    `json:"home,omitempty"`
	Text string    `json:"text"`
}

type ownAuto struct {
	Name  string `json:"name"`
	Looks string `json:"looks_for"`
	When  string `json:"when"`
}

type ownWish struct {
	Name  string    `json:"name"`
	Looks string    `json:"looks_for"`
	Since time.Time `json:"since"`
}

// ownData reads it.
func (s *Server) ownData(c *fiber.Ctx, v portal.Visitor) (ownData, error) {
	ctx, me := c.UserContext(), v.Member
	all := ownData{Made: s.Clock(), You: ownRecord{Name: me.Name(), Email: me.Email, Phone: me.Phone, Since: me.CreatedAt}}
	house, err := s.brokerage(c)
	if err != nil {
		return all, err
	}
	mine, err := s.shownAgent(c, me.AgentID)
	if err != nil {
		return all, err
	}
	all.Brokerage, all.Agent = house.Name, mine.Name
	settings, err := portal.LoadSettings(ctx, s.Store.Read, v.Client.ID)
	if err != nil {
		return all, err
	}
	all.DropPercent = settings.DropPercent
	for _, read := range []func(context.Context, portal.Visitor, *ownData, *time.Location) error{s.ownLetters, s.ownWords, s.ownDoors, s.ownSearches} {
		if err := read(ctx, v, &all, house.Location()); err != nil {
			return all, err
		}
	}
	return all, nil
}

// ownLetters are the letters to who looks, the homes in them, and what they think of those.
func (s *Server) ownLetters(ctx context.Context, v portal.Visitor, all *ownData, loc *time.Location) error {
	var sent []portal.Letter
	for next, more := int64(0), true; more; more = next != 0 {
		page, after, err := portal.Letters(ctx, s.Store.Read, v, portal.Stretch{Before: next, Limit: 500}, all.Made)
		if err != nil {
			return err
		}
		sent, next = append(sent, page...), after
	}
	var ids []listings.ID
	known := map[listings.ID]bool{}
	for _, l := range sent {
		for _, h := range l.Homes {
			if !known[h.Listing] {
				ids, known[h.Listing] = append(ids, h.Listing), true
			}
		}
	}
	names, err := s.homeNames(ctx, ids, all.Made, loc)
	if err != nil {
		return err
	}
	for _, id := range ids {
		all.Homes = append(all.Homes, names[id])
	}
	for _, l := range sent {
		if l.To != v.Member.ID {
			continue // the other one's
		}
		one := ownLetter{id: l.ID, agent: l.Agent, At: l.At, Subject: l.Subject}
		for _, h := range l.Homes {
			one.Homes = append(one.Homes, names[h.Listing])
		}
		all.Letters = append(all.Letters, one)
	}
	marked, err := portal.Reactions(ctx, s.Store.Read, v.Client.ID, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		for _, r := range marked[id] {
			if r.MemberID == v.Member.ID {
				all.Reactions = append(all.Reactions, ownReaction{names[id], r.Kind, r.At})
			}
		}
	}
	looked, err := portal.LookedAt(ctx, s.Store.Read, v)
	for _, l := range looked {
		name := names[l.ListingID]
		if name == "" {
			name = "a home that is gone"
		}
		all.Looked = append(all.Looked, ownLook{name, l.FirstAt, l.LastAt, l.N})
	}
	return err
}

// ownWords are what was written in their portal, and who shares it.
func (s *Server) ownWords(ctx context.Context, v portal.Visitor, all *ownData, loc *time.Location) error {
	said, err := portal.Talk(ctx, s.Store.Read, v.Client.ID, portal.Anywhere, talkMost)
	if err != nil {
		return err
	}
	names := map[clients.ID]string{v.Client.ID: firstName(v.Client), v.Member.ID: v.Member.Name()}
	people, err := portal.Household(ctx, s.Store.Read, v.Client.ID)
	if err != nil {
		return err
	}
	for _, one := range people {
		if one.ID != v.Member.ID {
			names[one.ID] = firstName(one)
			all.Household = append(all.Household, firstName(one))
		}
	}
	writers, err := s.agentsOf(ctx, v.Client.AgentID, all.Agent, said)
	if err != nil {
		return err
	}
	var ids []listings.ID
	for _, m := range said {
		ids = append(ids, m.ListingID)
	}
	homes, err := s.homeNames(ctx, ids, all.Made, loc)
	if err != nil {
		return err
	}
	for _, m := range said {
		from := writers[m.AgentID]
		if m.Author == portal.FromClient {
			if from = names[m.MemberID]; from == "" {
				from = "somebody who looked along"
			}
		}
		all.Messages = append(all.Messages, ownMessage{m.At, from, homes[m.ListingID], m.Body})
	}
	return nil
}

// ownDoors are their devices and what they agreed to.
func (s *Server) ownDoors(ctx context.Context, v portal.Visitor, all *ownData, loc *time.Location) error {
	devices, err := portal.Devices(ctx, s.Store.Read, v.Member, all.Made)
	if err != nil {
		return err
	}
	for _, d := range devices {
		all.Devices = append(all.Devices, ownDevice{d.Words(), d.CreatedAt, d.SeenAt, d.IP})
	}
	events, err := s.Ledger.History(ctx, s.Store.Read, v.Member.AgentID, v.Member.ID)
	if err != nil {
		return err
	}
	for i, line := range ledgerLines(v.Member, events, all.Made, loc) {
		e := events[i]
		one := ownConsent{At: e.At, What: line.Strong, How: line.How, Wording: e.Wording}
		if e.Actor == "client" {
			one.IP = e.IP
		}
		if !e.Until.IsZero() {
			one.Until = &e.Until
		}
		all.Consent = append(all.Consent, one)
	}
	return nil
}

// ownSearches are what looks for homes for them.
func (s *Server) ownSearches(ctx context.Context, v portal.Visitor, all *ownData, loc *time.Location) error {
	autos, err := s.autosOf(ctx, v.Member, loc, all.Made)
	if err != nil {
		return err
	}
	for _, a := range autos {
		shown := newPortalAuto(v, v.Member, a, all.Agent, all.Made, loc)
		all.AutoEmails = append(all.AutoEmails, ownAuto{shown.Name, shown.Looks, shown.When})
	}
	kept, err := portal.OwnSearches(ctx, s.Store.Read, v.Client.ID)
	for _, one := range kept {
		all.OwnSearches = append(all.OwnSearches, ownWish{one.Name, one.Criteria.Words(), one.CreatedAt})
	}
	return err
}
