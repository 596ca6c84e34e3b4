package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/listings"
)

func (s *Server) listingRoutes() []route {
	return []route{
		{"GET", "/listings", agent, s.listingIndex},
		{"GET", "/listings/towns", agent, s.listingTowns},
		{"GET", "/listings/compare", agent, s.listingCompare},
		{"GET", "/listings/:id<int>", agent, s.listingShow},
	}
}

// listingID is the home a path names.
func listingID(c *fiber.Ctx) listings.ID {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64) // the route takes digits only; 0 is no home
	return listings.ID(id)
}

// listingURL is a home's page.
func listingURL(id listings.ID) string { return "/listings/" + strconv.FormatInt(int64(id), 10) }

// listingIndexPage is the search.
type listingIndexPage struct {
	Form  listingForm
	Found listingList
}

// listingIndex is the search as a page, or what it found as a fragment while somebody types. What can't be read is
// marked beside its field, and the rest is searched for.
func (s *Server) listingIndex(c *fiber.Ctx) error {
	q := readListingQuery(queryValues(c))
	list, err := s.listingList(c, &q)
	if err != nil {
		return err
	}
	view, status := listingIndexPage{Form: newListingForm(q), Found: list}, http.StatusOK
	if len(q.wrong) > 0 {
		status = http.StatusUnprocessableEntity
	}
	if !partial(c) {
		if _, err := s.allowTiles(c); err != nil { // its map may come later, by htmx
			return err
		}
		return s.page(c, page{Title: "Listings", Section: "listings", View: "listings/index", Data: view, Status: status})
	}
	// A link's address is this one and makes a step to come back to, which the header would undo; typing makes none.
	if c.Query("fields") == "" && c.OriginalURL() != q.url() {
		replaceURL(c, q.url())
	}
	view.Form.Renew = c.Query("fields") != "" // asked for by something that is not the form
	return s.fragment(c, status, "listings/_renewed", view)
}

// townsSuggested is how many towns are offered while one is typed.
const townsSuggested = 8

// townOptions are the suggestions under the field Town.
type townOptions struct{ Towns []string }

// listingTowns suggests towns for the last word of what stands in the field, after those that are complete.
func (s *Server) listingTowns(c *fiber.Ctx) error {
	typed := queryValues(c).Get("city")
	before, last := "", typed
	if i := strings.LastIndexByte(typed, ','); i >= 0 {
		before, last = typed[:i+1]+" ", typed[i+1:]
	}
	var options townOptions
	if last = strings.TrimSpace(last); last != "" {
		towns, err := listings.Cities(c.UserContext(), s.Store.Read, last, townsSuggested)
		if err != nil {
			return err
		}
		for _, town := range towns {
			options.Towns = append(options.Towns, before+town)
		}
	}
	return s.fragment(c, http.StatusOK, "listings/_towns", options)
}
