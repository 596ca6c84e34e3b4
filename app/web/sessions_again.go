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
		c.Set("HX-Redirect", "/sign-in")
		return c.SendStatus(http.StatusUnauthorized)
	}
	if typed := typedFields(c); len(typed) > 0 {
		view := signedOutView{Action: c.Path(), Fields: typed}
		return s.publicPage(c, page{Title: "You are signed out", View: "sessions/again", Data: view, Status: http.StatusUnauthorized})
	}
	return c.Redirect(target, http.StatusSeeOther)
}
