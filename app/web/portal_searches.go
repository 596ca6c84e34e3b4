package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// portalSearchRoutes are their auto emails in words and searches of their own.
func (s *Server) portalSearchRoutes() []route {
	return s.portalSearchTable("/p", anyone, s.visitor)
}

// portalSearchTable is the searches of a portal under a prefix, as portalHomeTable.
func (s *Server) portalSearchTable(prefix string, who who, open func(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler) []route {
	all := []route{
		{"GET", prefix + "/searches", who, open(s.portalSearches)},
		{"POST", prefix + "/searches", who, open(s.ownKeep)},
		{"GET", prefix + "/searches/new", who, open(s.ownNew)},
		{"GET", prefix + "/searches/:own<int>", who, open(s.ownShow)},
		{"POST", prefix + "/searches/:own<int>/removal", who, open(s.ownDrop)},
		{"GET", prefix + "/found/:home<int>", who, open(s.foundShow)},
	}
	for _, act := range []string{"weekly", "pause", "stop", "start", "looking"} {
		all = append(all, route{"POST", prefix + "/searches/autos/:auto<int>/" + act, who, open(s.portalAutoAct(act))})
	}
	return all
}

// searchesPage is what looks for homes for a client: their agent's auto emails, and searches of their own.
type searchesPage struct {
	Base     string
	ReadOnly bool
	Name     string // whose, where the agent looks
	Agent    agentLine
	Autos    []portalAuto
	Own      []ownLine
	Room     bool // one more may be kept
	Gone     *ownGone
}

// ownLine is a search a client keeps.
type ownLine struct {
	Name, Words, URL, Removal, Homes string
}

// ownGone is the search that was just deleted, and where it comes back.
type ownGone struct{ Name, Again string }

func (s *Server) portalSearches(c *fiber.Ctx, v portal.Visitor) error {
	autos, err := s.portalAutos(c, v)
	if err != nil {
		return err
	}
	return s.searchesPage(c, v, autos, http.StatusOK)
}

// searchesPage answers with the page of both kinds.
func (s *Server) searchesPage(c *fiber.Ctx, v portal.Visitor, autos []portalAuto, status int) error {
	ctx, base := c.UserContext(), portalBase(v)
	view := searchesPage{Base: base, ReadOnly: v.ReadOnly, Name: firstName(v.Client), Autos: autos}
	var err error
	if view.Agent, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return err
	}
	kept, err := portal.OwnSearches(ctx, s.Store.Read, v.Client.ID)
	if err != nil {
		return err
	}
	view.Room = len(kept) < portal.MostSearches
	for _, one := range kept { // MostSearches at most
		n, err := listings.Count(ctx, s.Store.Read, listings.Query{Criteria: one.Criteria}, s.Clock())
		if fault.Of(err) == fault.Invalid && err != nil {
			n, err = 0, nil
		}
		if err != nil {
			return err
		}
		line := ownLine{Name: one.Name, Homes: homesCount(n), URL: base + "/searches/" + strconv.FormatInt(one.ID, 10)}
		if line.Removal = line.URL + "/removal"; one.Criteria.Words() != one.Name {
			line.Words = one.Criteria.Words()
		}
		view.Own = append(view.Own, line)
	}
	gone := queryValues(c)
	if name, said := strings.CutPrefix(s.PortalKeys.Unseal(gone.Get("gone")), goneOf(v)); said {
		view.Gone = &ownGone{Name: name, Again: ownURL(base, readListingQuery(gone), name)}
	}
	return s.portalPage(c, v, page{Title: "Searches", Section: "searches", View: "portal/searches", Data: view, Status: status})
}

// goneOf begins the sealed name of a search that this portal's client has deleted: a link that somebody else wrote must put no words
// on the page.
func goneOf(v portal.Visitor) string { return "gone " + idText(v.Client.ID) + " " }

// ownURL is the form with these criteria.
func ownURL(base string, q listingQuery, name string) string {
	values := q.criteria.Values()
	if name != "" {
		values.Set("name", name)
	}
	if len(values) == 0 {
		return base + "/searches/new"
	}
	return base + "/searches/new?" + values.Encode()
}

// ownKeep keeps a search; what is wrong with it is said on the form, which loses nothing.
func (s *Server) ownKeep(c *fiber.Ctx, v portal.Visitor) error {
	values, _ := url.ParseQuery(string(c.Body())) // what can be read of it
	q, name := readListingQuery(cleaned(values)), values.Get("name")
	if len(q.wrong) > 0 && !v.ReadOnly {
		return s.ownAnswer(c, v, ownSearchPage{Name: name}, q, http.StatusUnprocessableEntity)
	}
	one, err := portal.KeepSearch(c.UserContext(), s.Store.Write, v, name, q.criteria, s.Clock())
	if f := fault.As(err); f != nil && (f.Kind == fault.Invalid || f.Kind == fault.Conflict) {
		again := ownSearchPage{Name: name, NameWrong: f.Fields["name"]}
		if again.NameWrong == "" {
			again.Trouble = []string{f.Say}
		}
		return s.ownAnswer(c, v, again, q, statuses[f.Kind])
	}
	if err != nil {
		return err
	}
	s.signed(c, v.Member.AgentID, v.Member.ID)
	return s.redirect(c, portalBase(v)+"/searches/"+strconv.FormatInt(one.ID, 10), "Kept. It finds what is on the market whenever you look; nothing is mailed because of it.")
}

func (s *Server) ownDrop(c *fiber.Ctx, v portal.Visitor) error {
	id, _ := strconv.ParseInt(c.Params("own"), 10, 64) // what overflows is none
	one, err := portal.FindSearch(c.UserContext(), s.Store.Read, v.Client.ID, id)
	if err != nil {
		return err
	}
	if err := portal.DropSearch(c.UserContext(), s.Store.Write, v, id); err != nil {
		return err
	}
	values := one.Criteria.Values()
	values.Set("gone", s.PortalKeys.Seal(goneOf(v)+one.Name))
	return s.redirect(c, portalBase(v)+"/searches?"+values.Encode(), "")
}
