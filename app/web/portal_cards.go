package web

import (
	"html/template"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// portalCard is one home as a portal's pages show it; the fragment portal/_card. Of one that may not be shown any more there
// are only its words.
type portalCard struct {
	ID              listings.ID
	Base, URL       string
	Element, At     string // its id on the page, and which kind of page that is: shelf, list, home, letter, feed
	Back            string // the page to come back to from a plain form; empty: the home's own
	ReadOnly        bool
	Gone            bool
	Found           bool   // by a search of their own; nobody sent it
	Ask             string // where one asks the agent about a home that was found
	Picture         template.HTML
	Price, Was      string
	Then            string // the price in the letter, where it was another
	Address, Place  string
	Facts, Type     string
	Pills, News     template.HTML
	By              template.HTML
	Note            string // the agent's
	Sent            string // the day
	Unseen, New     bool
	Others          []judgedView
	Mine            portal.Kind
	Judge           []judgeButton
	Word            string // what Mine is in words
	Lat, Lon, Cents int64  // of the map, in millionths of a degree; 0: nowhere
}

// judgedView is what somebody else of the household thinks.
type judgedView struct{ Name, Word, Icon string }

// judgeButton is one of the three; Value is what pressing it makes of the reaction.
type judgeButton struct {
	Value, Word, Icon string
	Pressed           bool
}

// reactionWords name the reactions.
var reactionWords = map[portal.Kind]struct{ word, icon, done string }{
	portal.Favorite:    {"Favorite", "heart", "It is among your favorites."},
	portal.Possibility: {"Possibility", "bookmark", "It is among your possibilities."},
	portal.Discard:     {"Discard", "x", "Discarded."},
	"":                 {"", "", "Taken back."},
}

// portalCards makes the cards of homes, in a few statements whatever their number.
func (s *Server) portalCards(c *fiber.Ctx, v portal.Visitor, sent []portal.Sent, at string) ([]portalCard, []legal, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return nil, nil, err
	}
	now, loc := s.Clock(), house.Location()
	ids := make([]listings.ID, len(sent))
	for i, one := range sent {
		ids[i] = one.Listing
	}
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, ids, loc, now)
	if err != nil {
		return nil, nil, err
	}
	names, err := s.portalNames(c, v, sent)
	if err != nil {
		return nil, nil, err
	}
	cards := make([]portalCard, len(sent))
	var said []legal
	for i, h := range homes {
		cards[i] = newPortalCard(v, sent[i], h, names, now, loc, at)
		if cards[i].Gone {
			continue
		}
		cards[i].Picture = picture(h.Cover, sizesCard, "", i < 2)
		if one := (legal{Source: h.Card.Source, Disclaimer: h.Card.Disclaimer, Time: h.At.In(loc).Format(letters.DataTime)}); !slices.Contains(said, one) {
			said = append(said, one)
		}
	}
	return cards, said, nil
}

func newPortalCard(v portal.Visitor, one portal.Sent, h letters.Home, names map[clients.ID]string, now time.Time, loc *time.Location, at string) portalCard {
	base := portalBase(v)
	id := strconv.FormatInt(int64(one.Listing), 10)
	card := portalCard{
		ID: one.Listing, Base: base, URL: base + "/homes/" + id, Element: "home-" + id, At: at, ReadOnly: v.ReadOnly,
		Note: one.Note, Sent: shortDay(one.At, now, loc), Unseen: one.Unseen, New: one.New, Gone: h.Why != "",
	}
	if one.At.IsZero() {
		card.Sent = ""
	}
	for _, r := range one.Reactions {
		if r.MemberID == v.Member.ID {
			card.Mine = r.Kind
			continue
		}
		card.Others = append(card.Others, judgedView{names[r.MemberID], reactionWords[r.Kind].word, reactionWords[r.Kind].icon})
	}
	card.Word = reactionWords[card.Mine].word
	for _, kind := range portal.Kinds {
		button := judgeButton{Value: string(kind), Word: reactionWords[kind].word, Icon: reactionWords[kind].icon, Pressed: kind == card.Mine}
		if button.Pressed {
			button.Value = "" // takes it back
		}
		card.Judge = append(card.Judge, button)
	}
	if card.Gone {
		return card
	}
	card.Price, card.Address, card.Place, card.Facts, card.Type = h.Card.Price, h.Card.Address, h.Card.Place, h.Card.Facts, h.Card.Type
	card.Pills, card.News, card.By = statusPillOf(h.Listing), newsPills(h.News), byLine(h.Card)
	if h.News.Old != nil {
		card.Was = listings.Money(*h.News.Old)
	}
	if one.Price != nil && h.Listing.ListPrice != nil && *one.Price != *h.Listing.ListPrice {
		card.Then = listings.Money(*one.Price)
	}
	if h.Card.Latitude != nil && h.Card.Longitude != nil {
		card.Lat, card.Lon = int64(*h.Card.Latitude*1e6), int64(*h.Card.Longitude*1e6)
	}
	if h.Listing.ListPrice != nil {
		card.Cents = *h.Listing.ListPrice
	}
	return card
}

// portalNames are the first names of a household by who reacted; who looks is You.
func (s *Server) portalNames(c *fiber.Ctx, v portal.Visitor, sent []portal.Sent) (map[clients.ID]string, error) {
	names := map[clients.ID]string{v.Client.ID: firstName(v.Client)}
	names[v.Member.ID] = firstName(v.Member)
	var others []clients.ID
	for _, one := range sent {
		for _, r := range one.Reactions {
			if _, known := names[r.MemberID]; !known && !slices.Contains(others, r.MemberID) {
				others = append(others, r.MemberID)
			}
		}
	}
	if len(others) == 0 {
		return names, nil
	}
	found, err := clients.FindMany(c.UserContext(), s.Store.Read, v.Client.AgentID, others)
	for _, one := range found {
		names[one.ID] = firstName(one)
	}
	return names, err
}

func firstName(c clients.Client) string {
	if c.FirstName != "" {
		return c.FirstName
	}
	return c.Name()
}

// portalCardOf is the card of one home of the portal. Faults: NotFound where it was never sent.
func (s *Server) portalCardOf(c *fiber.Ctx, v portal.Visitor, home listings.ID, at string) (portalCard, []legal, portal.Sent, error) {
	sent, _, err := portal.Homes(c.UserContext(), s.Store.Read, v, portal.Shelf{Homes: []listings.ID{home}, Limit: 1}, s.Clock())
	if err == nil && len(sent) == 0 {
		err = neverSent()
	}
	if err != nil {
		return portalCard{}, nil, portal.Sent{}, err
	}
	cards, said, err := s.portalCards(c, v, sent, at)
	if err != nil {
		return portalCard{}, nil, portal.Sent{}, err
	}
	return cards[0], said, sent[0], nil
}
