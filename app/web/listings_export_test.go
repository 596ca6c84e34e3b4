package web

import "github.com/gofiber/fiber/v2"

// ConstantListings serves at path what the search shows to the first who asks, for ever: the page without its queries.
func (s *Server) ConstantListings(path string) {
	var view listingIndexPage
	s.app.Get(path, s.guard(agent), func(c *fiber.Ctx) (err error) {
		if view.Found.Rows == nil {
			q := readListingQuery(queryValues(c))
			if view.Found, err = s.listingList(c, &q); err != nil {
				return err
			}
			view.Form = newListingForm(q)
		}
		return s.page(c, page{Title: "Listings", Section: "listings", View: "listings/index", Data: view})
	})
}
