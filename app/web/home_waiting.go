package web

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/outbox"
)

// homeWaiting is what waits for this agent: homes in the concierge queue, and people.
type homeWaiting struct {
	Queue  *homeQueue // nil: nothing is in it
	Wrote  []wroteLine
	More   int // others who wrote
	People []waitingPerson
	Ask    string // how many were never asked for the yes that the house wants; empty: none
}

// homeQueue is the concierge queue in a line.
type homeQueue struct {
	Say, Since string
	Late       bool // longer than the agent wants anybody to wait
}

// waitingPerson is a client who opted back in and whose status still stops their mail.
type waitingPerson struct {
	ID          clients.ID
	Name, Email string
}

// homeWaiting reads it.
func (s *Server) homeWaiting(c *fiber.Ctx, now time.Time, loc *time.Location) (homeWaiting, error) {
	var v homeWaiting
	queue, err := autoemail.Count(c.UserContext(), s.Store.Read, me(c).ID, now)
	if err != nil {
		return v, err
	}
	if queue.Unsent > 0 {
		v.Queue = &homeQueue{Late: queue.Late, Since: since(queue.Oldest, now, loc)}
		of, err := autoemail.UnsentClients(c.UserContext(), s.Store.Read, me(c).ID)
		if err != nil {
			return v, err
		}
		v.Queue.Say = capital(count(queue.Unsent, "home", "homes")) + " for " + count(of, "client", "clients")
	}
	if v.Wrote, v.More, err = s.wroteLines(c); err != nil {
		return v, err
	}
	_, unasked, err := outbox.Unasked(c.UserContext(), s.Store.Read, me(c).ID, 1, now)
	if err != nil {
		return v, err
	}
	if unasked > 0 {
		v.Ask = capital(count(unasked, "client was", "clients were")) + " never asked whether you may write"
	}
	people, err := s.waiting(c)
	for _, one := range people {
		v.People = append(v.People, waitingPerson{one.ID, one.Name(), one.Email})
	}
	return v, err
}

// homeAutos counts this agent's auto emails.
func (s *Server) homeAutos(c *fiber.Ctx, now time.Time, loc *time.Location) ([]homeFigure, error) {
	var all []homeFigure
	for _, state := range []struct {
		of    autoemail.State
		words string
	}{{autoemail.Active, "running"}, {autoemail.Paused, "paused"}} {
		_, n, _, err := autoemail.List(c.UserContext(), s.Store.Read, autoemail.Filter{Agent: me(c).ID, State: state.of, Limit: 1}, loc, now)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			all = append(all, homeFigure{n, state.words, searchQuery{state: state.of}.url()})
		}
	}
	return all, nil
}
