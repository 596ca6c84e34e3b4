package web

import (
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

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

// homeParam is the home of the path; 0 is none.
func homeParam(c *fiber.Ctx) listings.ID {
	id, _ := strconv.ParseInt(c.Params("home"), 10, 64) // what overflows is no home either
	return listings.ID(id)
}

// noContent answers a page that asked for nothing.
func noContent(c *fiber.Ctx) error { return c.SendStatus(http.StatusNoContent) }
