package web

import (
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// signedOutView is a form that came from somebody who is not signed in any more, to be sent once more from the same page: nothing
// that was typed is lost.
type signedOutView struct {
	Action string
	Fields []typedField
}

type typedField struct{ Name, Value string }

// typedFields are what a plain form holds that somebody wrote a message in; none of any other, which is typed again in a moment.
func typedFields(c *fiber.Ctx) []typedField {
	args := c.Context().PostArgs()
	if c.Method() != http.MethodPost || strings.TrimSpace(string(args.Peek("message"))) == "" {
		return nil
	}
	var typed []typedField
	for name, value := range args.All() {
		typed = append(typed, typedField{string(name), string(value)})
	}
	return typed
}

// toSignIn sends whoever is not signed in to the sign-in page and lets them come back.
func (s *Server) toSignIn(c *fiber.Ctx) error {
	target := "/sign-in"
	if c.Method() == http.MethodGet && c.Path() != "/" {
		target += "?to=" + queryEscape(c.OriginalURL())
	}
	if c.Get("HX-Request") == "true" {
		if c.Method() != http.MethodGet { // a form is being filled in: leaving the page would lose what was typed
			retarget(c)
			return s.fragment(c, http.StatusUnauthorized, "errors/_alert", Problem{
				Heading: "You are signed out", Say: "Sign in in another tab, then go on here: what you typed is still in this page.",
			})
		}
		c.Set("HX-Redirect", "/sign-in")
		return c.SendStatus(http.StatusUnauthorized)
	}
	if typed := typedFields(c); len(typed) > 0 {
		view := signedOutView{Action: c.Path(), Fields: typed}
		return s.publicPage(c, page{Title: "You are signed out", View: "sessions/again", Data: view, Status: http.StatusUnauthorized})
	}
	return c.Redirect(target, http.StatusSeeOther)
}
