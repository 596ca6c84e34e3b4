package web

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// passwordView is the page of the password and of the browsers that are signed in.
type passwordView struct {
	Wrong        string
	Current, New Field
	Browsers     []browserRow
}

// browserRow is one signed-in browser.
type browserRow struct {
	Name, IP, Seen string
	Phone, Here    bool
}

func (s *Server) passwordPage(c *fiber.Ctx, status int, t trouble) error {
	is := fields{t.fields}
	v := passwordView{Wrong: t.say, Current: is.of("current_password", "Current password", ""), New: is.of("password", "New password", "")}
	v.Current.Type, v.Current.Autocomplete, v.Current.Required = "password", "current-password", true
	v.New.Type, v.New.Autocomplete, v.New.Required = "password", "new-password", true
	v.New.Hint = passwordHint
	b, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	sessions, err := agents.Sessions(c.UserContext(), s.Store.Read, me(c).ID, s.Clock())
	if err != nil {
		return err
	}
	for _, one := range sessions {
		name, phone := browserName(one.UserAgent)
		v.Browsers = append(v.Browsers, browserRow{
			Name: name, Phone: phone, IP: one.IP, Seen: when(one.SeenAt, s.Clock(), b.Location()), Here: one.TokenHash == session(c).TokenHash,
		})
	}
	return s.settings(c, status, "/settings/password", "Password and browsers", "settings/_password", v)
}

// session is the signed-in agent's; guard has put it there.
func session(c *fiber.Ctx) agents.Session {
	one, _ := c.Locals("session").(agents.Session)
	return one
}

func (s *Server) passwordShow(c *fiber.Ctx) error {
	return s.passwordPage(c, http.StatusOK, trouble{})
}

func (s *Server) passwordUpdate(c *fiber.Ctx) error {
	err := agents.ChangePassword(c.UserContext(), s.Store.Write, me(c).ID, c.FormValue("current_password"), c.FormValue("password"), session(c).TokenHash, s.Clock())
	if fault.Of(err) == fault.Denied { // too many wrong current passwords
		return s.passwordPage(c, http.StatusForbidden, trouble{say: fault.As(err).Say})
	}
	if status, t := troubleOf(err); status != 0 {
		return s.passwordPage(c, status, t)
	}
	if err != nil {
		return err
	}
	return s.saved(c, "/settings/password", "The password is changed. All other browsers are signed out.", func() error { return s.passwordShow(c) })
}

func (s *Server) signOutCreate(c *fiber.Ctx) error {
	if err := agents.SignOutEverywhere(c.UserContext(), s.Store.Write, me(c).ID, session(c).TokenHash); err != nil {
		return err
	}
	return s.saved(c, "/settings/password", "All other browsers are signed out.", func() error { return s.passwordShow(c) })
}

// browserName tells a browser the way its owner would: "Firefox on Windows", and whether it is a phone's. The order
// matters: browsers name their ancestors too.
func browserName(userAgent string) (name string, phone bool) {
	pick := func(pairs [][2]string) string {
		for _, p := range pairs {
			if strings.Contains(userAgent, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	browser := pick([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := pick([][2]string{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Macintosh", "Mac"}, {"CrOS", "Chromebook"}, {"Linux", "Linux"}})
	phone = system == "iPhone" || system == "Android"
	switch {
	case browser == "" && system == "":
		return "Unknown browser", phone
	case browser == "":
		return "A browser on " + system, phone
	case system == "":
		return browser, phone
	}
	return browser + " on " + system, phone
}
