package web

import "github.com/gofiber/fiber/v2"

// ConstantClients serves at path what My Clients shows to the first who asks, for ever: the page without its queries.
func (s *Server) ConstantClients(path string) {
	var view clientIndexPage
	s.app.Get(path, s.guard(agent), func(c *fiber.Ctx) (err error) {
		if view.List.Rows == nil {
			if view, err = s.clientIndexView(c, readClientQuery(func(string) string { return "" }), newQuickForm(clientTyped{}, nil)); err != nil {
				return err
			}
		}
		return s.page(c, page{Title: "My Clients", Section: "clients", View: "clients/index", Data: view})
	})
}
