package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// deviceYears is how long a browser stays known after its last sign-in.
const deviceYears = 2

func (s *Server) sessionRoutes() []route {
	return []route{
		{"GET", "/sign-in", anyone, s.sessionNew},
		{"POST", "/sign-in", anyone, s.sessionCreate},
		{"POST", "/sign-out", anyone, s.sessionDelete},
	}
}

// signInView is the sign-in page.
type signInView struct {
	Wrong           string // why the last try failed
	To              string // where to go afterwards
	Email, Password Field
}

func signInForm(email, to, wrong string) signInView {
	v := signInView{Wrong: wrong, To: to}
	v.Email = Field{Name: "email", Label: "E-mail", Value: email, Type: "email", Autocomplete: "username", Required: true, Focus: email == ""}
	v.Password = Field{Name: "password", Label: "Password", Type: "password", Autocomplete: "current-password", Required: true, Focus: email != ""}
	return v
}

func (s *Server) sessionNew(c *fiber.Ctx) error {
	somebody, err := agents.Any(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	if !somebody {
		return c.Redirect("/setup", http.StatusSeeOther)
	}
	return s.signInPage(c, http.StatusOK, signInForm("", localPath(c.Query("to")), ""))
}

func (s *Server) sessionCreate(c *fiber.Ctx) error {
	somebody, err := agents.Any(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	if !somebody {
		return s.redirect(c, "/setup", "")
	}
	to := localPath(c.FormValue("to"))
	email := strings.TrimSpace(c.FormValue("email"))
	err = s.signIn(c, email, c.FormValue("password"))
	switch fault.Of(err) {
	case fault.Unauthenticated, fault.Denied, fault.Invalid:
		status := http.StatusForbidden
		if fault.Of(err) == fault.Invalid {
			status = http.StatusUnprocessableEntity
		}
		return s.signInPage(c, status, signInForm(email, to, fault.As(err).Say))
	}
	if err != nil {
		return err
	}
	return s.redirect(c, to, "")
}

func (s *Server) signInPage(c *fiber.Ctx, status int, v signInView) error {
	return s.publicPage(c, page{Title: "Sign in", View: "sessions/new", Data: v, Status: status})
}

// signIn checks the password and gives the browser a new session; the token it may have come with is worth nothing
// afterwards, so nobody can plant one.
func (s *Server) signIn(c *fiber.Ctx, email, password string) error {
	in, err := agents.SignIn(c.UserContext(), s.Store.Write, agents.Attempt{
		Email: email, Password: password, IP: s.visitorIP(c), UserAgent: c.Get("User-Agent"), Device: c.Cookies(s.cookie("device")),
	}, s.Clock())
	if err != nil {
		return err
	}
	if old := c.Cookies(s.cookie("session")); old != "" {
		if err := agents.SignOut(c.UserContext(), s.Store.Write, old); err != nil {
			return err
		}
	}
	s.setCookie(c, "session", in.Token, in.Expires)
	if in.Device != "" {
		s.setCookie(c, "device", in.Device, s.Clock().AddDate(deviceYears, 0, 0))
	}
	return nil
}

func (s *Server) sessionDelete(c *fiber.Ctx) error {
	if token := c.Cookies(s.cookie("session")); token != "" {
		if err := agents.SignOut(c.UserContext(), s.Store.Write, token); err != nil {
			return err
		}
	}
	s.setCookie(c, "session", "", time.Time{})
	return s.redirect(c, "/sign-in", "You are signed out.")
}

// localPath is to if it names a page of this app, else the home page. Browsers read a second slash or a backslash as the
// start of another site's name, and drop tabs and line ends before they do.
func localPath(to string) string {
	const home = "/"
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") {
		return home
	}
	if strings.ContainsFunc(to, func(r rune) bool { return r == '\\' || unicode.IsControl(r) }) {
		return home
	}
	u, err := url.Parse(to)
	if err != nil || u.Host != "" || u.Path == "/sign-in" || u.Path == "/sign-out" || u.Path == "/setup" {
		return home
	}
	return to
}
