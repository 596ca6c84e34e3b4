package web

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

func (s *Server) portalHomeRoutes() []route {
	return s.portalHomeTable("/p", anyone, s.visitor)
}

// portalHomeTable is the portal's homes under a prefix: the client's own, and the agent's view of it. In the latter open makes
// a visitor who only looks. The page at the prefix itself is s.portalFeed.
func (s *Server) portalHomeTable(prefix string, who who, open func(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler) []route {
	return []route{
		{"GET", prefix + "/homes", who, open(s.portalHomes)},
		{"GET", prefix + "/homes/:home<int>", who, open(s.portalHome)},
		{"GET", prefix + "/homes/:home<int>/open.ics", who, open(s.portalOpenHouses)},
		{"POST", prefix + "/homes/:home<int>/reaction", who, open(s.portalReact)},
		{"GET", prefix + "/letters/:letter<int>", who, open(s.portalLetter)},
		{"GET", prefix + "/letters/:letter<int>/html", who, open(s.portalLetterFrame)},
		{"POST", prefix + "/seen", who, open(s.portalSeen)},
	}
}

// portalHomesPage is the homes of a shelf.
type portalHomesPage struct {
	Base     string
	ReadOnly bool
	Shelves  shelvesView
	Views    []choiceView
	Sorts    []choiceView
	View     string // cards, list, map
	Homes    []portalCard
	Chart    sketch
	Phone    sketch // the same homes on a small screen
	Next     string
	First    string // back to the first page; empty on it
	Legal    []legal
	Agent    agentLine
	Quiet    string // on the shelf of discards: when they are heard of again
}

// choiceView is one of several links.
type choiceView struct {
	Word, Icon, URL string
	Here            bool
}

// shelvesView are the tabs of the shelves; the fragment portal/_shelves.
type shelvesView struct{ Tabs []shelfTab }

type shelfTab struct {
	Word, Icon, URL string
	N               int
	Here            bool
}

type shelfName struct {
	name, word, icon string
	kind             portal.Kind
}

// shelves are the shelves by their names in addresses, in the order of their tabs.
var shelves = []shelfName{
	{"", "All", "house", ""}, {"new", "New", "sparkles", ""}, {"favorite", "Favorites", "heart", portal.Favorite},
	{"possibility", "Possibilities", "bookmark", portal.Possibility}, {"discard", "Discards", "x", portal.Discard},
}

func newShelves(base, here string, f portal.Figures) shelvesView {
	var v shelvesView
	for _, one := range shelves {
		tab := shelfTab{Word: one.word, Icon: one.icon, URL: base + "/homes", N: f.By[one.kind], Here: one.name == here}
		if one.name != "" {
			tab.URL += "?shelf=" + one.name
		}
		if one.name == "new" {
			if tab.N = f.New; f.New == 0 && !tab.Here {
				continue
			}
		}
		v.Tabs = append(v.Tabs, tab)
	}
	return v
}

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

// portalHomes is a shelf of homes.
func (s *Server) portalHomes(c *fiber.Ctx, v portal.Visitor) error {
	base, now := portalBase(v), s.Clock()
	values := queryValues(c)
	view, sort := values.Get("view"), values.Get("sort")
	here := shelfOf(values.Get("shelf"))
	name, at := here.name, "shelf"
	if view != "list" && view != "map" {
		view = ""
	}
	if sort != "price" {
		sort = ""
	}
	shelf := portal.Shelf{Kind: here.kind, New: name == "new", After: values.Get("after"), Sort: sort}
	if view == "map" {
		shelf.Limit, shelf.After = pinsShown, ""
	}
	sent, next, err := portal.Homes(c.UserContext(), s.Store.Read, v, shelf, now)
	if err != nil {
		return err
	}
	figures, err := s.portalFigures(c, v)
	if err != nil {
		return err
	}
	shown := portalHomesPage{Base: base, ReadOnly: v.ReadOnly, View: view, Shelves: newShelves(base, name, figures)}
	link := func(view, sort, after string) string {
		query := ""
		for _, pair := range [][2]string{{"shelf", name}, {"view", view}, {"sort", sort}, {"after", after}} {
			if pair[1] != "" {
				query += "&" + pair[0] + "=" + queryEscape(pair[1])
			}
		}
		if query == "" {
			return base + "/homes"
		}
		return base + "/homes?" + query[1:]
	}
	shown.Views = []choiceView{{"Cards", "layout-grid", link("", sort, ""), view == ""}, {"List", "list", link("list", sort, ""), view == "list"}, {"Map", "map", link("map", sort, ""), view == "map"}}
	shown.Sorts = []choiceView{{"Newest", "", link(view, "", ""), sort == ""}, {"Price", "", link(view, "price", ""), sort == "price"}}
	if next != "" && view != "map" {
		shown.Next = link(view, sort, next)
	}
	if shelf.After != "" {
		shown.First = link(view, sort, "")
	}
	if view == "list" {
		at = "list"
	}
	if shown.Homes, shown.Legal, err = s.portalCards(c, v, sent, at); err != nil {
		return err
	}
	for i := range shown.Homes {
		shown.Homes[i].Back = link(view, sort, shelf.After)
	}
	if here.kind == portal.Discard {
		settings, err := portal.LoadSettings(c.UserContext(), s.Store.Read, v.Client.ID)
		if err != nil {
			return err
		}
		shown.Quiet = "You hear no more of these homes by e-mail."
		if settings.DropPercent > 0 {
			shown.Quiet = "You hear of these homes by e-mail only when a price drops by " + strconv.Itoa(settings.DropPercent) + "% or more."
		}
	}
	if view == "map" {
		if shown.Chart, err = s.chartOf(c, shown.Homes, link("", sort, ""), 1104, 660); err != nil {
			return err
		}
		if shown.Phone, err = s.chartOf(c, shown.Homes, link("", sort, ""), 400, 440); err != nil {
			return err
		}
	}
	if shown.Agent, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return err
	}
	return s.portalPage(c, v, page{Title: shelfTitle(name), Section: "homes", View: "portal/homes", Data: shown})
}

// shelfOf is the shelf that an address names, the first where it names none.
func shelfOf(name string) shelfName {
	for _, one := range shelves {
		if one.name == name {
			return one
		}
	}
	return shelves[0]
}

func shelfTitle(name string) string {
	if name == "" {
		return "Homes"
	}
	return shelfOf(name).word
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

// homeParam is the home of the path; 0 is none.
func homeParam(c *fiber.Ctx) listings.ID {
	id, _ := strconv.ParseInt(c.Params("home"), 10, 64) // what overflows is no home either
	return listings.ID(id)
}

// noContent answers a page that asked for nothing.
func noContent(c *fiber.Ctx) error { return c.SendStatus(http.StatusNoContent) }
