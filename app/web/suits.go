package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

func (s *Server) suitRoutes() []route {
	return []route{
		{"GET", "/listings/:id<int>/suits", agent, s.listingSuits},
	}
}

// suitsView answers "Which clients would this suit?".
type suitsView struct {
	Home       string
	ID         listings.ID
	Why        string // the home can't be sent; empty: it can
	People     []suitView
	Sendable   int
	Ticked     int
	More       int // suit too, but are not on the list
	ListingURL string
}

// suitView is a client whom the home would suit.
type suitView struct {
	ID             clients.ID
	Name, Initials string
	URL            string
	Autos          []suitAuto
	Sent           string // when they were sent this home; empty: they were not
	Mailing        string
	Shut           string // why they can't be mailed; empty: they can
	Write          string // Compose with them and the home; empty: it can't be sent to them
	Ticked         bool
}

// suitAuto is one of their auto emails that it fits.
type suitAuto struct{ Name, URL string }

// suitsShown is how many clients are listed: as many as Compose offers at once.
const suitsShown = offered

func (s *Server) listingSuits(c *fiber.Ctx) error {
	view, err := s.suits(c.UserContext(), me(c), listingID(c), s.Clock())
	if err != nil {
		return err
	}
	return s.show(c, page{Title: "Which clients would this suit?", Section: "listings", View: "listings/suits", Data: view}, "listings/_suits", view)
}

// suits finds the agent's clients whose auto emails ask for such a home: those who can be sent it first.
func (s *Server) suits(ctx context.Context, by agents.Agent, id listings.ID, now time.Time) (suitsView, error) {
	v := suitsView{ID: id, ListingURL: "/listings/" + idText(id)}
	house, err := agents.LoadBrokerage(ctx, s.Store.Read)
	if err != nil {
		return v, err
	}
	loc := house.Location()
	found, err := s.AutoEmails.Suits(ctx, by.ID, id)
	if err != nil {
		return v, err
	}
	homes, err := letters.Homes(ctx, s.Store.Read, []listings.ID{id}, loc, now)
	if err != nil {
		return v, err
	}
	v.Home, v.Why = homes[0].Card.Address, homes[0].Why
	autos := map[clients.ID][]suitAuto{}
	var ids []clients.ID
	for _, one := range found {
		if autos[one.ClientID] == nil {
			ids = append(ids, one.ClientID)
		}
		autos[one.ClientID] = append(autos[one.ClientID], suitAuto{one.Name, searchURL(one.ID)})
	}
	people, err := clients.FindMany(ctx, s.Store.Read, by.ID, ids)
	if err != nil || len(people) == 0 {
		return v, err
	}
	ids = nil // those deleted meanwhile are not asked about
	for _, one := range people {
		ids = append(ids, one.ID)
	}
	refused, err := s.Ledger.Refused(ctx, s.Store.Read, by.ID, ids, now)
	if err != nil {
		return v, err
	}
	sent, err := outbox.SentTo(ctx, s.Store.Read, by.ID, int64(id))
	if err != nil {
		return v, err
	}
	had := map[clients.ID]outbox.SentHome{}
	for _, one := range sent {
		had[one.Client] = one
	}
	for _, one := range people {
		p := suitView{ID: one.ID, Name: one.Name(), Initials: initials(one.Name()), URL: clientURL(one.ID), Autos: autos[one.ID], Shut: refused[one.ID]}
		if before, yes := had[one.ID]; yes {
			p.Sent, p.Mailing = when(before.At, now, loc), mailingPath(before.Mailing)
		}
		if p.Shut == "" && v.Why == "" {
			p.Write = suitURL(one.ID, id)
			p.Ticked = p.Sent == ""
		}
		v.People = append(v.People, p)
	}
	slices.SortStableFunc(v.People, func(a, b suitView) int { return cmp.Compare(a.rank(), b.rank()) })
	v.More = max(0, len(v.People)-suitsShown)
	v.People = v.People[:min(len(v.People), suitsShown)]
	for _, p := range v.People {
		if p.Write != "" {
			v.Sendable++
		}
		if p.Ticked {
			v.Ticked++
		}
	}
	return v, nil
}

// rank puts those first to whom the home is news, then those who have it, then those who can't be mailed.
func (p suitView) rank() int {
	switch {
	case p.Shut != "":
		return 2
	case p.Sent != "":
		return 1
	}
	return 0
}

// suitURL is Compose with a client chosen and a home in the letter.
func suitURL(one clients.ID, home listings.ID) string {
	return "/letters/new?" + url.Values{"client": {idText(one)}, "home": {idText(home)}}.Encode()
}
