package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/portal"
)

// OpenPortal serves a portal's homes under a prefix to whoever asks, as this visitor: the pages without the doors.
func (s *Server) OpenPortal(prefix string, v portal.Visitor) {
	open := func(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler {
		return func(c *fiber.Ctx) error { return do(c, v) }
	}
	s.app.Get(prefix, open(s.portalFeed))
	all := append(s.portalHomeTable(prefix, anyone, open), s.portalSearchTable(prefix, anyone, open)...)
	for _, r := range append(all, s.portalChoiceTable(prefix, anyone, open)...) {
		s.app.Add(r.method, r.path, r.do)
	}
}

// CalendarText and FoldLine are how texts get into a calendar file.
func CalendarText(text string) string { return calendarText(text) }

func FoldLine(line string) string {
	var b strings.Builder
	foldLine(&b, line)
	return b.String()
}
