package web

import (
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// foundAtOnce is how many homes a page of an own search shows.
const foundAtOnce = 12

// ownSearchPage is a search of the client's own: the form of a new one, or one that is kept, and what it finds now.
type ownSearchPage struct {
	Base            string
	ReadOnly        bool
	ID              int64 // 0: not kept
	Name, NameWrong string
	Words           string
	Removal         string
	Again           string // the form with these criteria
	Form            listingForm
	Found           ownFound
	Trouble         []string
}

// ownFound is what a search finds; the fragment portal/_own_found.
type ownFound struct {
	Heading string
	Asked   bool // something is looked for
	Cards   []portalCard
	Next    string
	First   string
	Legal   []legal
	Wrong   []fieldWrong
	Types   string
	Trouble []string
	Live    string
}

func (s *Server) ownNew(c *fiber.Ctx, v portal.Visitor) error {
	values := queryValues(c)
	return s.ownAnswer(c, v, ownSearchPage{Name: clipped(values.Get("name"), 4*portal.LongestName)}, readListingQuery(values), http.StatusOK)
}

func (s *Server) ownShow(c *fiber.Ctx, v portal.Visitor) error {
	id, _ := strconv.ParseInt(c.Params("own"), 10, 64) // what overflows is none
	one, err := portal.FindSearch(c.UserContext(), s.Store.Read, v.Client.ID, id)
	if err != nil {
		return err
	}
	base := portalBase(v)
	q := readListingQuery(queryValues(c))
	q = listingQuery{criteria: one.Criteria, sort: listings.SortNewest, view: viewCards, after: q.after, page: 1}
	view := ownSearchPage{ID: one.ID, Name: one.Name, Words: one.Criteria.Words(), Removal: base + "/searches/" + strconv.FormatInt(one.ID, 10) + "/removal", Again: ownURL(base, q, one.Name)}
	return s.ownAnswer(c, v, view, q, http.StatusOK)
}

// ownAnswer answers with a search and what it finds, or with what it finds alone.
func (s *Server) ownAnswer(c *fiber.Ctx, v portal.Visitor, view ownSearchPage, q listingQuery, status int) error {
	q.hidden, q.text, q.sort = false, "", listings.SortNewest
	view.Base, view.ReadOnly = portalBase(v), v.ReadOnly
	var err error
	if view.Found, err = s.ownFound(c, v, q, view.ID); err != nil {
		return err
	}
	if partial(c) && status == http.StatusOK {
		portalQuiet(c)
		return s.fragment(c, status, "portal/_own_renewed", view.Found)
	}
	view.Form = newListingForm(q)
	view.Form.Town.List = "" // towns are suggested to agents
	title := view.Name
	if view.ID == 0 {
		title = "New search"
	}
	return s.portalPage(c, v, page{Title: title, Section: "searches", View: "portal/own", Data: view, Status: status})
}

// ownFound searches among the homes that clients may be shown.
func (s *Server) ownFound(c *fiber.Ctx, v portal.Visitor, q listingQuery, id int64) (ownFound, error) {
	ctx, now := c.UserContext(), s.Clock()
	found := ownFound{Wrong: fieldsWrong(q.wrong), Types: chosenTypes(q.criteria.PropertyTypes), Asked: len(q.criteria.Values()) > 0}
	ask := listings.Query{Criteria: q.criteria, Sort: listings.SortNewest, After: q.after, Limit: foundAtOnce}
	page, err := listings.Search(ctx, s.Store.Read, ask, now)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		q.drop(f.Fields)
		ask.Criteria, ask.After = q.criteria, ""
		page, err = listings.Search(ctx, s.Store.Read, ask, now)
	}
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid { // criteria that a later version wrote
		found.Trouble, found.Heading = []string{"What this search asks for can’t be read any more. Delete it, and make it anew."}, "Nothing found"
		return found, nil
	}
	if err != nil {
		return found, err
	}
	found.Trouble, found.Heading = q.trouble(), homesCount(page.Total)+" now"
	found.Live = found.Heading
	base := portalBase(v) + "/searches/new?" + q.criteria.Values().Encode()
	if id != 0 {
		base = portalBase(v) + "/searches/" + strconv.FormatInt(id, 10) + "?"
	}
	if page.Next != "" {
		found.Next = base + "&after=" + queryEscape(page.Next)
	}
	if ask.After != "" {
		found.First = base
	}
	found.Cards, found.Legal, err = s.foundCards(c, v, page.Homes)
	return found, err
}

// foundCards are the cards of homes that a search found: those that were sent have their reactions, the others can be asked about.
func (s *Server) foundCards(c *fiber.Ctx, v portal.Visitor, homes []listings.Listing) ([]portalCard, []legal, error) {
	if len(homes) == 0 {
		return nil, nil, nil
	}
	ids := make([]listings.ID, len(homes))
	for i := range homes {
		ids[i] = homes[i].ID
	}
	known, _, err := portal.Homes(c.UserContext(), s.Store.Read, v, portal.Shelf{Homes: ids, Limit: len(ids)}, s.Clock())
	if err != nil {
		return nil, nil, err
	}
	sent := make([]portal.Sent, len(ids))
	for i, id := range ids {
		sent[i].Listing = id
		for _, one := range known {
			if one.Listing == id {
				sent[i] = one
			}
		}
	}
	cards, said, err := s.portalCards(c, v, sent, "shelf")
	if err != nil {
		return nil, nil, err
	}
	shown := cards[:0]
	for i, card := range cards {
		if sent[i].At.IsZero() {
			card.find()
		}
		if !card.Gone { // since it was found
			shown = append(shown, card)
		}
	}
	return shown, said, nil
}

// find makes a card that of a home nobody sent.
func (c *portalCard) find() {
	c.Found, c.Unseen, c.New = true, false, false
	c.URL = c.Base + "/found/" + idText(c.ID)
	if !c.ReadOnly {
		c.Ask = c.Base + "/messages?ask=" + idText(c.ID) + "#talk-message"
	}
}

// foundShow is one home that nobody sent: what every client of the house may be shown of it.
func (s *Server) foundShow(c *fiber.Ctx, v portal.Visitor) error {
	ctx, now, home := c.UserContext(), s.Clock(), homeParam(c)
	if sent, err := portal.WasSent(ctx, s.Store.Read, v.Client.ID, home); err != nil {
		return err
	} else if sent {
		return c.Redirect(portalBase(v)+"/homes/"+idText(home), http.StatusSeeOther)
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	cards, said, err := s.portalCards(c, v, []portal.Sent{{Listing: home}}, "home")
	if err != nil {
		return err
	}
	view := portalHomePage{portalCard: cards[0], Legal: said}
	if view.Gone {
		return neverSent()
	}
	view.find()
	if view.Agent, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return err
	}
	if err := s.portalWhole(c, &view, now, house.Location()); err != nil {
		return err
	}
	if view.Calendar = ""; view.Gone {
		return neverSent()
	}
	return s.portalPage(c, v, page{Title: view.Address, Section: "searches", View: "portal/home", Data: view})
}

// askAbout is the beginning of a message about a home that was found; nothing where it may not be shown.
func (s *Server) askAbout(c *fiber.Ctx, home listings.ID) (string, error) {
	if home <= 0 {
		return "", nil
	}
	house, err := s.brokerage(c)
	if err != nil {
		return "", err
	}
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, []listings.ID{home}, house.Location(), s.Clock())
	if err != nil || len(homes) == 0 || homes[0].Why != "" {
		return "", err
	}
	card := homes[0].Card
	return "I found " + card.Address + ", " + card.Place + " (" + card.Price + "). What do you think of it?\n", nil
}
