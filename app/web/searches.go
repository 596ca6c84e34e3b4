package web

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
)

// searchRoutes are the auto emails' own pages: what the domain calls a search, the screen calls an auto e-mail.
func (s *Server) searchRoutes() []route {
	return []route{
		{"GET", "/searches", agent, s.searchIndex},
		{"GET", "/searches/new", agent, s.searchNew},
		{"GET", "/searches/sample/html", agent, s.sampleFrame},
		{"POST", "/searches", agent, s.searchCreate},
		{"POST", "/searches/clients", agent, s.searchClients},
		{"POST", "/searches/dry-run", agent, s.searchDryRun},
		{"POST", "/searches/pause", agent, s.searchesPause},
		{"POST", "/searches/resume", agent, s.searchesResume},
		{"GET", "/searches/:id<int>", agent, s.searchShow},
		{"POST", "/searches/:id<int>", agent, s.searchUpdate},
		{"POST", "/searches/:id<int>/pause", agent, s.searchPause},
		{"POST", "/searches/:id<int>/resume", agent, s.searchResume},
		{"POST", "/searches/:id<int>/sign", agent, s.searchSign},
		{"POST", "/searches/:id<int>/deletion", agent, s.searchDelete},
		{"POST", "/searches/:id<int>/restoration", agent, s.searchRestore},
	}
}

// searchID is the auto email a path names.
func searchID(c *fiber.Ctx) autoemail.ID { return autoemail.ID(wholeNumber(c.Params("id"))) }

// searchURL is an auto email's page.
func searchURL(id autoemail.ID) string { return "/searches/" + idText(id) }

// idText is an id as it stands in addresses.
func idText[T ~int64](id T) string { return strconv.FormatInt(int64(id), 10) }

// wholeNumber is a number above nought, 0 where the text is none.
func wholeNumber(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// searchFind is the auto email of the path. Faults: NotFound.
func (s *Server) searchFind(c *fiber.Ctx) (autoemail.Search, error) {
	return autoemail.Find(c.UserContext(), s.Store.Read, me(c).ID, searchID(c))
}

// searchAct carries out an act on auto emails, and lets the worker look.
func (s *Server) searchAct(c *fiber.Ctx, do func(ctx context.Context, db bun.Tx) error) error {
	if err := s.Store.Write.RunInTx(c.UserContext(), nil, do); err != nil {
		return err
	}
	s.AutoEmails.Kick()
	return nil
}
