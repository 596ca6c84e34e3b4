package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
)

// statuses is the one table from faults to HTTP.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Denied:          http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.Gone:            http.StatusGone,
}

// headlines are the error page's headings.
var headlines = map[int]string{
	http.StatusForbidden:             "Not for you",
	http.StatusNotFound:              "Nothing here",
	http.StatusConflict:              "Somebody was faster",
	http.StatusGone:                  "No longer here",
	http.StatusRequestEntityTooLarge: "Too large",
}

// Problem is what the error page and the error line show.
type Problem struct {
	Code    int // of HTTP
	Heading string
	Say     string
	Request string // only for errors nobody foresaw: what to quote to whoever hosts this
}

// fail answers for every error a handler returns, as a page or as a fragment in the flash line.
func (s *Server) fail(c *fiber.Ctx, err error) error {
	s.harden(c) // what fasthttp itself refuses has met no middleware
	// The request's own time is over by now, or ran out and is why we are here; the page still reads the database.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.SetUserContext(ctx)
	problem := s.explain(c, err)
	status := problem.Code
	if status == http.StatusUnauthorized {
		return s.toSignIn(c)
	}
	private(c)
	if partial(c) {
		retarget(c)
		return s.fragment(c, status, "errors/_alert", problem)
	}
	p := page{Title: problem.Heading, View: "errors/show", Data: problem, Status: status}
	show := s.publicPage
	if me(c).ID != 0 {
		show = s.page
	}
	if renderErr := show(c, p); renderErr != nil {
		s.Log.Error("error page", "err", renderErr)
		c.Type("txt", "utf-8") // the sentence may quote what somebody typed
		return c.Status(status).SendString(problem.Heading + ". " + problem.Say)
	}
	return nil
}

func (s *Server) explain(c *fiber.Ctx, err error) Problem {
	if f := fault.As(err); f != nil && f.Kind != fault.Internal {
		status := statuses[f.Kind]
		return Problem{Code: status, Heading: heading(status), Say: f.Say}
	}
	var fe *fiber.Error
	if errors.As(err, &fe) && fe.Code < 500 {
		say := map[int]string{
			http.StatusNotFound:              "There is no page at this address. Check the link, or start from the home page.",
			http.StatusMethodNotAllowed:      "This address does not take that kind of request.",
			http.StatusRequestEntityTooLarge: "That is more than this form takes. Nothing was saved.",
			http.StatusUnsupportedMediaType:  fe.Message,
		}[fe.Code]
		if say == "" {
			say = "The browser sent something this page can't read. Go back and try once more."
		}
		if fe.Code == http.StatusRequestEntityTooLarge && strings.HasSuffix(c.Path(), "/messages") {
			say = "A message can have 4,000 characters, and this one is far longer. Nothing was sent. Go back: what you typed is still there, to be sent in parts."
		}
		if fe.Code == http.StatusMethodNotAllowed {
			fe.Code = http.StatusNotFound
		}
		return Problem{Code: fe.Code, Heading: heading(fe.Code), Say: say}
	}
	request, _ := c.Locals("request").(string)
	s.Log.Error("request failed", "request", request, "method", c.Method(), "route", c.Route().Path, "err", err)
	say := "Nothing was saved. What you typed is still in the form if you go back. Try again in a moment; if it stays so, tell whoever hosts Porchlight."
	if strings.HasPrefix(c.Path(), "/u/") {
		say = "Nothing was changed: if you meant to opt out, you are not opted out yet. Try again in a moment; if it stays so, answer the letter with the word “stop”: your agent can stop all mail for you."
	}
	return Problem{Code: http.StatusInternalServerError, Heading: "That did not work", Say: say, Request: request}
}

func heading(status int) string {
	if h := headlines[status]; h != "" {
		return h
	}
	return "That did not work"
}

// quoteJSON is a JSON string in ASCII: it travels in a header.
func quoteJSON(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, u := range utf16.Encode([]rune(s)) {
		if u < 0x20 || u > 0x7e || u == '"' || u == '\\' {
			fmt.Fprintf(&out, `\u%04x`, u)
			continue
		}
		out.WriteByte(byte(u))
	}
	out.WriteByte('"')
	return out.String()
}
