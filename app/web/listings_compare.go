package web

import (
	"html/template"
	"net/url"
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/listings"
)

// comparedAtMost is how many homes fit side by side.
const comparedAtMost = 4

// listingComparePage is up to four homes side by side.
type listingComparePage struct {
	Homes []comparedHome
	Lines []comparedLine
	More  int // were ticked, too
	Send  string
	Legal []legal
}

type comparedHome struct {
	URL, Address, Place string
	By                  template.HTML
	Price, Was          string
	Picture             template.HTML
	Pills, News         template.HTML
	Without             string // the comparison without this home
}

// comparedLine is one fact of each home.
type comparedLine struct {
	Name   string
	Values []string
	Same   bool
}

func (s *Server) listingCompare(c *fiber.Ctx) error {
	ids := chosenHomes(queryValues(c)["home"])
	view := listingComparePage{More: max(0, len(ids)-comparedAtMost)}
	ids = ids[:min(len(ids), comparedAtMost)]
	homes, err := listings.List(c.UserContext(), s.Store.Read, ids)
	if err != nil {
		return err
	}
	if err := s.compare(c, &view, homes); err != nil {
		return err
	}
	return s.page(c, page{Title: "Compare homes", Section: "listings", View: "listings/compare", Data: view})
}

// chosenHomes reads the ids of ticked homes, each once, in their order.
func chosenHomes(raw []string) []listings.ID {
	var ids []listings.ID
	for _, one := range raw {
		id, err := strconv.ParseInt(one, 10, 64)
		if err == nil && id > 0 && !slices.Contains(ids, listings.ID(id)) {
			ids = append(ids, listings.ID(id))
		}
		if len(ids) == 200 {
			break
		}
	}
	return ids
}

// withHomes is an address with homes in it.
func withHomes(path string, ids []listings.ID) string {
	v := url.Values{}
	for _, id := range ids {
		v.Add("home", strconv.FormatInt(int64(id), 10))
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func (s *Server) compare(c *fiber.Ctx, view *listingComparePage, homes []listings.Listing) error {
	if len(homes) == 0 {
		return nil
	}
	now := s.Clock()
	beside, err := s.besideHomes(c, homes, now)
	if err != nil {
		return err
	}
	ids := make([]listings.ID, len(homes))
	for i, home := range homes {
		ids[i] = home.ID
	}
	view.Send, view.Legal = withHomes("/letters/new", ids), beside.legal(homes)
	facts := make([][]listingFact, len(homes))
	for i, home := range homes {
		row := beside.row(home, true)
		without := slices.Delete(slices.Clone(ids), i, i+1)
		view.Homes = append(view.Homes, comparedHome{
			URL: row.URL, Address: row.Address, Place: row.Place, By: row.By, Price: row.Price, Was: row.Was,
			Picture: picture(beside.covers[home.ID], sizesCompare, "", true), Pills: row.Pills, News: row.News, Without: withHomes("/listings/compare", without),
		})
		facts[i] = allFacts(home, now, beside.loc)[1:] // the status stands above
	}
	for n := range facts[0] {
		line := comparedLine{Name: facts[0][n].Name}
		known := false
		for i := range facts {
			value := facts[i][n].Value
			known = known || value != ""
			line.Values = append(line.Values, value)
		}
		if known {
			line.Same = !slices.ContainsFunc(line.Values, func(v string) bool { return v != line.Values[0] })
			for i, value := range line.Values {
				if value == "" {
					line.Values[i] = "–"
				}
			}
			view.Lines = append(view.Lines, line)
		}
	}
	return nil
}
