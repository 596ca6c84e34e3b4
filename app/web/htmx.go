package web

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
)

// This file alone knows htmx's headers.

// partial says whether htmx asks for a fragment. A boosted link, a history restore and a full request want the page.
func partial(c *fiber.Ctx) bool {
	return c.Get("HX-Request") == "true" && c.Get("HX-Boosted") == "" &&
		c.Get("HX-History-Restore-Request") == "" && c.Get("HX-Request-Type") != "full"
}

// page is what a layout needs around a view.
type page struct {
	Title   string
	Section string // the entry of the navigation that is lit: home, clients, compose, outbox, settings, mailbox
	View    string
	Data    any

	Agent     agents.Agent
	Brokerage agents.Brokerage
	Looks     looksOn // how the house shows itself, on the pages clients see
	Mailbox   bool
	Waiting   int // clients and notices that need this agent
	Unseen    int // homes in the concierge queue that wait for this agent
	Flash     string
	Status    int // of the answer; 0: 200
}

// NeedsYou is what needs the agent in all, for the title.
func (p page) NeedsYou() int { return p.Waiting + p.Unseen }

// page answers with a whole page in the agents' layout.
func (s *Server) page(c *fiber.Ctx, p page) error {
	p.Agent, p.Mailbox = me(c), s.Mailbox != nil
	var err error
	if p.Brokerage, err = s.brokerage(c); err != nil {
		return err
	}
	waiting, err := s.waiting(c)
	if err != nil {
		return err
	}
	p.Waiting = len(waiting)
	if p.Unseen, err = autoemail.Unseen(c.UserContext(), s.Store.Read, me(c).ID); err != nil {
		return err
	}
	return s.layout(c, "layouts/agent", p)
}

// brokerage is the brokerage as this request first saw it: the page and what stands on it ask once.
func (s *Server) brokerage(c *fiber.Ctx) (agents.Brokerage, error) {
	if b, seen := c.Locals("brokerage").(agents.Brokerage); seen {
		return b, nil
	}
	b, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err == nil {
		c.Locals("brokerage", b)
	}
	return b, err
}

// waiting are the agent's clients who opted back in and are still Inactive, as this request first saw them.
func (s *Server) waiting(c *fiber.Ctx) ([]clients.Client, error) {
	if back, seen := c.Locals("waiting").([]clients.Client); seen {
		return back, nil
	}
	back, err := s.Ledger.Waiting(c.UserContext(), s.Store.Read, me(c).ID)
	if err == nil {
		c.Locals("waiting", back)
	}
	return back, err
}

// publicPage answers with a whole page in the layout of those who are not signed in.
func (s *Server) publicPage(c *fiber.Ctx, p page) error {
	var err error
	if p.Brokerage, err = s.brokerage(c); err != nil {
		return err
	}
	if p.Looks, err = s.looksOn(c); err != nil {
		return err
	}
	return s.layout(c, "layouts/public", p)
}

func (s *Server) layout(c *fiber.Ctx, layout string, p page) error {
	p.Flash = s.flashed(c)
	if p.Status != 0 {
		c.Status(p.Status)
	}
	private(c)
	return s.write(c, layout, p)
}

// flashCookie carries what is to be said on the next page.
const flashCookie = "flash"

// flashed is what was to be said on this page, which says it once. What somebody else wrote into the browser is not said.
func (s *Server) flashed(c *fiber.Ctx) string {
	said := c.Cookies(s.cookie(flashCookie))
	if said == "" {
		return ""
	}
	s.setCookie(c, flashCookie, "", time.Time{})
	sealed, _ := base64.RawURLEncoding.DecodeString(said) // none: nothing is said
	return s.PortalKeys.Unseal(string(sealed))
}

// fragment answers with a view alone.
func (s *Server) fragment(c *fiber.Ctx, status int, view string, data any) error {
	private(c)
	c.Status(status)
	return s.write(c, view, data)
}

// write sends a view. Why not c.Render: the first two at the same moment race in Fiber 2.52 (generateAppListKeys),
// and it copies every page once more.
func (s *Server) write(c *fiber.Ctx, view string, data any) error {
	var out bytes.Buffer
	if err := s.views.Render(&out, view, data); err != nil {
		return fmt.Errorf("web: render %s: %w", view, err)
	}
	return c.Send(out.Bytes())
}

// show answers with the fragment if htmx asks for one, else with the page that includes it.
func (s *Server) show(c *fiber.Ctx, p page, fragment string, data any) error {
	if partial(c) {
		status := p.Status
		if status == 0 {
			status = http.StatusOK
		}
		return s.fragment(c, status, fragment, data)
	}
	return s.page(c, p)
}

// redirect sends the browser on after a POST: 303, or what htmx follows. say appears on the next page.
func (s *Server) redirect(c *fiber.Ctx, path, say string) error {
	if say != "" {
		s.setCookie(c, flashCookie, base64.RawURLEncoding.EncodeToString([]byte(s.PortalKeys.Seal(say))), s.Clock().Add(time.Minute))
	}
	if c.Get("HX-Request") == "true" {
		c.Set("HX-Redirect", path)
		return c.SendStatus(http.StatusOK)
	}
	return c.Redirect(path, http.StatusSeeOther)
}

// toast makes htmx show a sentence in the corner beside the fragment it swaps.
func toast(c *fiber.Ctx, say string) {
	c.Set("HX-Trigger", `{"toast":{"target":"body","value":`+quoteJSON(say)+`}}`)
}

// replaceURL puts an address into the browser's bar without a step to come back to.
func replaceURL(c *fiber.Ctx, path string) { c.Set("HX-Replace-Url", path) }

// currentQuery is what stands in the browser's bar after the question mark.
func currentQuery(c *fiber.Ctx) func(name string) string {
	u, err := url.Parse(c.Get("HX-Current-URL"))
	if err != nil {
		return func(string) string { return "" }
	}
	return u.Query().Get
}

// currentPath is the path in the browser's bar.
func currentPath(c *fiber.Ctx) string {
	u, err := url.Parse(c.Get("HX-Current-URL"))
	if err != nil {
		return ""
	}
	return u.Path
}

// retarget sends a fragment to the page's flash line whatever the request's own target was.
func retarget(c *fiber.Ctx) {
	c.Set("HX-Retarget", "#flash")
	c.Set("HX-Reswap", "innerHTML")
}

// private keeps a page with people on it out of every cache, and fragments apart from pages.
func private(c *fiber.Ctx) {
	c.Set("Vary", "HX-Request, HX-Request-Type")
	c.Set("Cache-Control", "no-store")
	c.Type("html", "utf-8")
}
