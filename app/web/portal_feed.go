package web

import (
	"html/template"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// feedPage is everything that was sent to a client, the newest first.
type feedPage struct {
	Base     string
	ReadOnly bool
	Name     string // of who looks
	Kinds    []choiceView
	Periods  []choiceView
	Letters  []feedLetter
	Next     string
	First    string // back to the newest; empty on it
	Narrowed bool   // by kind or period
	Figures  portal.Figures
	Agent    agentLine
	Legal    []legal
}

// feedLetter is one letter with the first of its homes as they are now.
type feedLetter struct {
	URL, Subject  string
	When, Exactly string
	Word, Icon    string // what kind of letter
	New           bool
	Homes         []feedHome
	More          int // homes that are not shown
}

// feedHome is one of them, small.
type feedHome struct {
	URL, Address, Price, Then string
	Picture, Pills            template.HTML
	Gone                      bool
	Mine                      string // who looks thinks so of it, as an icon; empty: nothing yet
	Word                      string
}

// feedHomes is how many homes of a letter the feed shows.
const feedHomes = 4

// feedKinds and feedPeriods are by their names in addresses.
var (
	feedKinds   = []struct{ name, word string }{{"", "Everything"}, {portal.ByAuto, "Homes found for you"}, {portal.ByHand, "Letters"}}
	feedPeriods = []struct {
		name, word string
		days       int
	}{{"", "Any time", 0}, {"week", "7 days", 7}, {"month", "30 days", 30}, {"quarter", "90 days", 90}}
)

// portalFeed is the first page of a portal.
func (s *Server) portalFeed(c *fiber.Ctx, v portal.Visitor) error {
	base, now := portalBase(v), s.Clock()
	values := queryValues(c)
	view := feedPage{Base: base, ReadOnly: v.ReadOnly, Name: firstName(v.Member)}
	stretch := portal.Stretch{Homes: feedHomes}
	period := ""
	for _, one := range feedKinds {
		if one.name == values.Get("kind") {
			stretch.Kind = one.name
		}
	}
	for _, one := range feedPeriods {
		if one.name == values.Get("period") && one.days > 0 {
			period, stretch.Since = one.name, now.AddDate(0, 0, -one.days)
		}
	}
	stretch.Before, _ = strconv.ParseInt(values.Get("before"), 10, 64) // 0: from the newest
	link := func(kind, period string, before int64) string {
		query := ""
		if kind != "" {
			query += "&kind=" + kind
		}
		if period != "" {
			query += "&period=" + period
		}
		if before > 0 {
			query += "&before=" + strconv.FormatInt(before, 10)
		}
		if query == "" {
			return base
		}
		return base + "?" + query[1:]
	}
	for _, one := range feedKinds {
		view.Kinds = append(view.Kinds, choiceView{Word: one.word, URL: link(one.name, period, 0), Here: one.name == stretch.Kind})
	}
	for _, one := range feedPeriods {
		view.Periods = append(view.Periods, choiceView{Word: one.word, URL: link(stretch.Kind, one.name, 0), Here: one.name == period})
	}
	view.Narrowed = stretch.Kind != "" || period != ""
	all, next, err := portal.Letters(c.UserContext(), s.Store.Read, v, stretch, now)
	if err != nil {
		return err
	}
	if next > 0 {
		view.Next = link(stretch.Kind, period, next)
	}
	if stretch.Before > 0 {
		view.First = link(stretch.Kind, period, 0)
	}
	if view.Figures, err = s.portalFigures(c, v); err != nil {
		return err
	}
	if view.Agent, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return err
	}
	if view.Letters, view.Legal, err = s.feedLetters(c, v, all, now); err != nil {
		return err
	}
	return s.portalPage(c, v, page{Title: "Your homes", Section: "feed", View: "portal/feed", Data: view})
}

// feedLetters tells letters with the first of their homes.
func (s *Server) feedLetters(c *fiber.Ctx, v portal.Visitor, all []portal.Letter, now time.Time) ([]feedLetter, []legal, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return nil, nil, err
	}
	loc := house.Location()
	var sent []portal.Sent
	place := map[listings.ID]int{}
	for _, one := range all {
		for _, h := range one.Homes {
			if _, known := place[h.Listing]; !known {
				place[h.Listing] = len(sent)
				sent = append(sent, portal.Sent{Listing: h.Listing})
			}
		}
	}
	ids := make([]listings.ID, len(sent))
	for i, one := range sent {
		ids[i] = one.Listing
	}
	reactions, err := portal.Reactions(c.UserContext(), s.Store.Read, v.Client.ID, ids)
	if err != nil {
		return nil, nil, err
	}
	for i := range sent {
		sent[i].Reactions = reactions[sent[i].Listing]
	}
	cards, said, err := s.portalCards(c, v, sent, "feed")
	if err != nil {
		return nil, nil, err
	}
	views := make([]feedLetter, len(all))
	for i, one := range all {
		f := feedLetter{
			URL: portalBase(v) + "/letters/" + strconv.FormatInt(one.ID, 10), Subject: one.Subject, When: when(one.At, now, loc), Exactly: one.At.UTC().Format(time.RFC3339),
			Word: "Letter", Icon: "mail", New: one.New, More: one.N - len(one.Homes),
		}
		if one.Auto {
			f.Word, f.Icon = "Found for you", "search"
		}
		for _, h := range one.Homes {
			card := cards[place[h.Listing]]
			home := feedHome{URL: card.URL, Address: card.Address, Price: card.Price, Picture: card.Picture, Pills: card.Pills, Gone: card.Gone, Mine: reactionWords[card.Mine].icon, Word: card.Word}
			if card.Gone {
				home.Address, home.Picture = "No longer on the market", noPicture
			} else if h.Price != nil && card.Cents > 0 && *h.Price != card.Cents {
				home.Then = listings.Money(*h.Price)
			}
			f.Homes = append(f.Homes, home)
		}
		views[i] = f
	}
	return views, said, nil
}

// portalLetterPage is one letter as it was sent, with its homes as they are now.
type portalLetterPage struct {
	Base, Subject, When, Exactly string
	ReadOnly                     bool
	Frame                        string
	Homes                        []portalCard
	Legal                        []legal
}

// letterParam is the letter of the path; 0 is none.
func letterParam(c *fiber.Ctx) int64 {
	id, _ := strconv.ParseInt(c.Params("letter"), 10, 64)
	return id
}

// portalLetter is a letter of the feed.
func (s *Server) portalLetter(c *fiber.Ctx, v portal.Visitor) error {
	now := s.Clock()
	letter, err := portal.FindLetter(c.UserContext(), s.Store.Read, v, letterParam(c), now)
	if err != nil {
		return err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	base := portalBase(v)
	path := base + "/letters/" + strconv.FormatInt(letter.ID, 10)
	view := portalLetterPage{Base: base, ReadOnly: v.ReadOnly, Subject: letter.Subject, When: letter.At.In(house.Location()).Format(letters.DataTime), Exactly: letter.At.UTC().Format(time.RFC3339), Frame: path + "/html"}
	var ids []listings.ID
	as := map[listings.ID]portal.LetterHome{}
	for _, h := range letter.Homes {
		ids, as[h.Listing] = append(ids, h.Listing), h
	}
	if len(ids) > 0 {
		found, _, err := portal.Homes(c.UserContext(), s.Store.Read, v, portal.Shelf{Homes: ids, Limit: len(ids)}, now)
		if err != nil {
			return err
		}
		by := map[listings.ID]portal.Sent{}
		for _, one := range found {
			one.Note, one.Price, one.At = as[one.Listing].Note, as[one.Listing].Price, time.Time{}
			by[one.Listing] = one
		}
		var sent []portal.Sent
		for _, id := range ids {
			if one, there := by[id]; there {
				sent = append(sent, one)
			}
		}
		if view.Homes, view.Legal, err = s.portalCards(c, v, sent, "letter"); err != nil {
			return err
		}
	}
	return s.portalPage(c, v, page{Title: letter.Subject, Section: "feed", View: "portal/letter", Data: view})
}

// portalLetterFrame is the letter's HTML as it was sent, its links dead: they were keys, and this page has its own.
func (s *Server) portalLetterFrame(c *fiber.Ctx, v portal.Visitor) error {
	letter, err := portal.FindLetter(c.UserContext(), s.Store.Read, v, letterParam(c), s.Clock())
	if err != nil {
		return err
	}
	_, mailing, _, err := outbox.Find(c.UserContext(), s.Store.Read, letter.Agent, outbox.LetterID(letter.ID))
	if err != nil {
		return err
	}
	text, err := mailing.ReadTemplate(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	portalQuiet(c)
	return framed(c, "allow-same-origin", text.HTML(mail.Recipient{}))
}
