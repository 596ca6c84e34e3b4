package web

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// setupLock is the number by which processes on one PostgreSQL database take turns at making the first agent.
const setupLock = 0x706f726368 // "porch"

func (s *Server) setupRoutes() []route {
	return []route{
		{"GET", "/setup", anyone, s.setupNew},
		{"POST", "/setup", anyone, s.setupCreate},
	}
}

// setupView is the page that makes the first broker.
type setupView struct {
	Wrong                                  string
	Code, Brokerage, Name, Email, Password Field
}

// setupForm is what the first broker fills in.
type setupForm struct{ code, brokerage, name, email, password string }

func parseSetup(c *fiber.Ctx) setupForm {
	return setupForm{
		code: c.FormValue("code"), brokerage: strings.TrimSpace(c.FormValue("brokerage")), name: strings.TrimSpace(c.FormValue("name")),
		email: strings.TrimSpace(c.FormValue("email")), password: c.FormValue("password"),
	}
}

func (f setupForm) view(wrong string, problems map[string]string) setupView {
	is := fields{problems}
	v := setupView{
		Wrong: wrong,
		Code:  is.of("code", "Setup code", f.code), Brokerage: is.of("brokerage", "Name of the brokerage", f.brokerage),
		Name: is.of("name", "Your name", f.name), Email: is.of("email", "E-mail", f.email), Password: is.of("password", "Password", ""),
	}
	v.Code.Hint, v.Code.Autocomplete, v.Code.Required, v.Code.Focus = "It is in Porchlight's log, next to this address. Only whoever can read the log can set up the house.", "off", true, f.code == ""
	v.Brokerage.Autocomplete, v.Brokerage.Required = "organization", true
	v.Brokerage.Hint = "As your clients know it. It stands on every letter."
	v.Name.Autocomplete, v.Name.Required = "name", true
	v.Email.Type, v.Email.Autocomplete, v.Email.Required = "email", "username", true
	v.Email.Hint = "You sign in with it, and replies from clients go there."
	v.Password.Type, v.Password.Autocomplete, v.Password.Required = "password", "new-password", true
	v.Password.Hint = passwordHint
	return v
}

const passwordHint = "At least 8 characters. Three or four unrelated words are easy to keep in mind and hard to guess."

func (s *Server) setupNew(c *fiber.Ctx) error {
	somebody, err := agents.Any(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	if somebody {
		return c.Redirect("/sign-in", http.StatusSeeOther)
	}
	return s.setupPage(c, http.StatusOK, setupForm{}.view("", nil))
}

func (s *Server) setupCreate(c *fiber.Ctx) error {
	somebody, err := agents.Any(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	if somebody {
		return s.redirect(c, "/sign-in", "")
	}
	f := parseSetup(c)
	if say := s.codes.check(f.code, s.SetupCode, s.Clock()); say != "" {
		return s.setupPage(c, http.StatusForbidden, f.view("", map[string]string{"code": say}))
	}
	switch err := s.found(c.UserContext(), f); fault.Of(err) {
	case fault.Invalid:
		return s.setupPage(c, http.StatusUnprocessableEntity, f.view(fault.As(err).Say, fault.As(err).Fields))
	case fault.Conflict:
		return s.redirect(c, "/sign-in", fault.As(err).Say)
	default:
		if err != nil {
			return err
		}
	}
	if err := s.signIn(c, f.email, f.password); err != nil {
		return err
	}
	return s.redirect(c, "/settings", "Welcome to Porchlight. One thing is left before letters can leave: the postal address of the brokerage, which the law wants on each of them.")
}

func (s *Server) setupPage(c *fiber.Ctx, status int, v setupView) error {
	return s.publicPage(c, page{Title: "Set up Porchlight", View: "setup/new", Data: v, Status: status})
}

// found makes the first broker and the brokerage, once however many people press the button.
func (s *Server) found(ctx context.Context, f setupForm) error {
	return s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if s.Store.AdvisoryLock != "" {
			if _, err := db.ExecContext(ctx, s.Store.AdvisoryLock, setupLock); err != nil {
				return err
			}
		}
		somebody, err := agents.Any(ctx, db)
		if err != nil {
			return err
		}
		if somebody {
			return fault.New(fault.Conflict, "Somebody set up Porchlight a moment ago. Sign in, or ask them for an account.")
		}
		if err := clients.NobodyHolds(ctx, db, f.email); err != nil {
			return err
		}
		_, err = agents.Add(ctx, db, agents.New{Name: f.name, Email: f.email, Password: f.password, Role: agents.RoleBroker, Brokerage: f.brokerage}, s.Clock())
		return err
	})
}

// wrongCodes are how many wrong setup codes a minute takes, from all the world together: the code has 60 bits, so
// this is only to keep the log readable and the machine cool.
const wrongCodes = 5

// codeGuard counts wrong setup codes. In memory is enough: after a restart the code is another one.
type codeGuard struct {
	mu    sync.Mutex
	since time.Time
	wrong int
}

// check returns what to say of a wrong code, or nothing for the right one.
func (g *codeGuard) check(given, want string, now time.Time) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now.Sub(g.since) >= time.Minute {
		g.since, g.wrong = now, 0
	}
	if g.wrong >= wrongCodes {
		return "Too many wrong codes. Wait a minute, then try again."
	}
	if plain := plainCode(want); plain != "" && subtle.ConstantTimeCompare([]byte(plainCode(given)), []byte(plain)) == 1 {
		return ""
	}
	g.wrong++
	return "This is not the code in the log. A restart writes a new one: take the last."
}

// plainCode is a code as it is compared: people leave out dashes and type small letters.
func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "", "\t", "").Replace(strings.TrimSpace(code)))
}
