package web

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// staffView is the list of agents and the form that adds one.
type staffView struct {
	Agents                []staffRow
	Wrong                 string
	Name, Email, Password Field
	Role                  agents.Role
	RoleWhy               string
}

// staffRow is one agent of the house.
type staffRow struct {
	Name, Email, Phone, Since string
	Broker, Me                bool
}

// staffForm is a new agent as the broker typed it.
type staffForm struct {
	name, email, password string
	role                  agents.Role
}

func parseStaff(c *fiber.Ctx) staffForm {
	return staffForm{strings.TrimSpace(c.FormValue("name")), strings.TrimSpace(c.FormValue("email")), c.FormValue("password"), agents.Role(c.FormValue("role"))}
}

func (s *Server) staffPage(c *fiber.Ctx, status int, f staffForm, t trouble) error {
	is := fields{t.fields}
	v := staffView{
		Wrong: t.say, Role: f.role, RoleWhy: t.fields["role"],
		Name: is.of("name", "Name", f.name), Email: is.of("email", "E-mail", f.email), Password: is.of("password", "Password", ""),
	}
	v.Name.Required, v.Name.Autocomplete = true, "off"
	v.Email.Type, v.Email.Required, v.Email.Autocomplete = "email", true, "off"
	v.Email.Hint = "They sign in with it, and their clients' replies go there."
	v.Password.Type, v.Password.Required, v.Password.Autocomplete = "password", true, "new-password"
	v.Password.Hint = passwordHint + " Tell it to them in person; they can change it under Settings."
	b, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	everybody, err := agents.List(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	for _, a := range everybody {
		v.Agents = append(v.Agents, staffRow{Name: a.Name, Email: a.Email, Phone: a.Phone, Since: day(a.CreatedAt, b.Location()), Broker: a.Broker(), Me: a.ID == me(c).ID})
	}
	return s.settings(c, status, "/settings/agents", "Agents", "settings/_agents", v)
}

func (s *Server) staffIndex(c *fiber.Ctx) error {
	return s.staffPage(c, http.StatusOK, staffForm{role: agents.RoleAgent}, trouble{})
}

func (s *Server) staffCreate(c *fiber.Ctx) error {
	f := parseStaff(c)
	a, err := agents.Add(c.UserContext(), s.Store.Write, agents.New{Name: f.name, Email: f.email, Password: f.password, Role: f.role, Unless: clients.NobodyHolds}, s.Clock())
	if status, t := troubleOf(err); status != 0 {
		return s.staffPage(c, status, f, t)
	}
	if err != nil {
		return err
	}
	return s.saved(c, "/settings/agents", a.Name+" can sign in now.", func() error { return s.staffIndex(c) })
}
