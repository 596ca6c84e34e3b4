package web

import (
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
)

// policyView is the card of what the house wants before a client is mailed.
type policyView struct {
	Wrong    string
	Confirms bool
	Version  int64
}

func (s *Server) policyShow(c *fiber.Ctx) error {
	policy, err := agents.LoadPolicy(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.policyCard(c, http.StatusOK, policy, trouble{})
}

func (s *Server) policyCard(c *fiber.Ctx, status int, typed agents.Policy, t trouble) error {
	return s.settings(c, status, "/settings/consent", "Consent", "settings/_policy", policyView{Wrong: t.say, Confirms: typed.Confirms, Version: typed.Version})
}

func (s *Server) policyUpdate(c *fiber.Ctx) error {
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // a wrong one is a conflict
	typed := agents.Policy{Confirms: c.FormValue("confirms") != "", Version: version}
	saved, err := agents.SavePolicy(c.UserContext(), s.Store.Write, me(c), typed)
	if status, t := troubleOf(err); status != 0 {
		if status == http.StatusConflict {
			now, err := agents.LoadPolicy(c.UserContext(), s.Store.Read)
			if err != nil {
				return err
			}
			typed.Version = now.Version
		}
		return s.policyCard(c, status, typed, t)
	}
	if err != nil {
		return err
	}
	return s.saved(c, "/settings/consent", "Saved. It counts for clients added from now on.", func() error { return s.policyCard(c, http.StatusOK, saved, trouble{}) })
}
