package web

import (
	"html/template"
	"maps"
	"slices"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/portal"
)

// wroteShown is how many clients who wrote stand on Home; My Clients marks them all.
const wroteShown = 8

// wroteLine is a portal in which words wait for the agent.
type wroteLine struct {
	Name, Path, Say string
}

// wroteLines are the portals of this agent in which somebody wrote what the agent has not read.
func (s *Server) wroteLines(c *fiber.Ctx) (lines []wroteLine, more int, err error) {
	unread, err := portal.Unread(c.UserContext(), s.Store.Read, me(c).ID)
	if err != nil || len(unread) == 0 {
		return nil, 0, err
	}
	ids := slices.Sorted(maps.Keys(unread))
	shown := ids[:min(len(ids), wroteShown)]
	people, err := clients.FindMany(c.UserContext(), s.Store.Read, me(c).ID, shown)
	for _, one := range people {
		lines = append(lines, wroteLine{Name: one.Name(), Path: clientURL(one.ID) + "#client-" + idText(one.ID) + "-talk", Say: count(unread[one.ID], "message", "messages") + " not read, in the portal"})
	}
	return lines, len(ids) - len(shown), err
}

// wrotePill marks a client who wrote what the agent has not read.
func wrotePill(n int) template.HTML {
	if n == 0 {
		return ""
	}
	return template.HTML(" ") + pill("lamp", "message-square", count(n, "message", "messages"))
}
