package web

import "github.com/gofiber/fiber/v2"

// ConstantClients serves at path My Clients with the rows that the first who asks finds there, for ever: the page without
// its queries.
func (s *Server) ConstantClients(path string) {
	var found foundClients
	q, quick := readClientQuery(func(string) string { return "" }), newQuickForm(clientTyped{}, nil)
	s.app.Get(path, s.guard(agent), func(c *fiber.Ctx) (err error) {
		if found.loc == nil {
			if found, err = s.findClients(c, q); err != nil {
				return err
			}
		}
		return s.page(c, page{Title: "My Clients", Section: "clients", View: "clients/index", Data: newClientIndexPage(q, quick, found, s.Clock())})
	})
}
