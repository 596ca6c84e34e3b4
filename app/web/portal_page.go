package web

import (
	"fmt"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/portal"
)

// portalFrame is what stands around each page of a portal.
type portalFrame struct {
	page
	Base     string // what its links begin with
	ReadOnly bool   // the agent looks
	Client   string // whose portal
	Back     string // the client's page, where the agent looks
	Member   string // who looks
	Mine     agentLine
	Seen     string // where a person's first sign is told; empty: nowhere
	Figures  portal.Figures
}

// portalBase is what the links of a portal begin with: the client's own, or the agent's view of it.
func portalBase(v portal.Visitor) string {
	if v.ReadOnly {
		return fmt.Sprintf("/clients/%d/portal", v.Client.ID)
	}
	return "/p"
}

// portalQuiet keeps a portal's pages out of referrers and indexes.
func portalQuiet(c *fiber.Ctx) {
	c.Set("Referrer-Policy", "no-referrer")
	c.Set("X-Robots-Tag", "noindex, nofollow")
}

// portalFigures are the portal's figures as this request first saw them.
func (s *Server) portalFigures(c *fiber.Ctx, v portal.Visitor) (portal.Figures, error) {
	if f, seen := c.Locals("figures").(portal.Figures); seen {
		return f, nil
	}
	f, err := portal.Count(c.UserContext(), s.Store.Read, v, s.Clock())
	if err == nil {
		c.Locals("figures", f)
	}
	return f, err
}

// portalPage answers with a whole page of a portal. p.Section is the entry that is lit: feed, homes, messages, searches, more.
func (s *Server) portalPage(c *fiber.Ctx, v portal.Visitor, p page) error {
	portalQuiet(c)
	f := portalFrame{page: p, Base: portalBase(v), ReadOnly: v.ReadOnly, Client: v.Client.Name(), Member: v.Member.Name()}
	var err error
	if f.Brokerage, err = s.brokerage(c); err != nil {
		return err
	}
	if f.Looks, err = s.looksOn(c); err != nil {
		return err
	}
	f.Brokerage.PostalAddress = strings.Join(strings.FieldsFunc(f.Brokerage.PostalAddress, func(r rune) bool { return r == '\n' || r == '\r' }), ", ")
	if f.Mine, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return err
	}
	if f.Figures, err = s.portalFigures(c, v); err != nil {
		return err
	}
	f.Back = clientURL(v.Client.ID)
	if !v.ReadOnly {
		f.Seen = "/p/seen"
		if home := c.Params("home"); home != "" {
			f.Seen += "?home=" + queryEscape(home)
		}
		if shows, ok := p.Data.(interface{ SeenQuery() string }); ok && shows.SeenQuery() != "" {
			more := "?"
			if strings.Contains(f.Seen, "?") {
				more = "&"
			}
			f.Seen += more + shows.SeenQuery()
		}
	}
	return s.portalLayout(c, f)
}

// portalLayout writes a page of a portal with what was to be said on it.
func (s *Server) portalLayout(c *fiber.Ctx, f portalFrame) error {
	f.Flash = s.flashed(c)
	if f.Status != 0 {
		c.Status(f.Status)
	}
	private(c)
	return s.write(c, "layouts/portal", f)
}
