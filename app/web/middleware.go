package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// patience is how long one request may work.
const patience = 30 * time.Second

// recoverPanic keeps one request's panic from ending the process; the visitor sees only the request's id.
func (s *Server) recoverPanic(c *fiber.Ctx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			panics.Inc()
			err = fmt.Errorf("web: panic: %v\n%s", p, debug.Stack())
		}
	}()
	return c.Next()
}

// prepare gives every request an id, a deadline and its headers, and refuses packed bodies.
func (s *Server) prepare(c *fiber.Ctx) error {
	c.Locals("request", rand.Text()[:10])
	s.harden(c)
	// fasthttp would unpack a body of any size before BodyLimit counts it, so packed bodies are not taken at all.
	if c.Get("Content-Encoding") != "" {
		return fiber.NewError(http.StatusUnsupportedMediaType, "Send the form without compression.")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c.SetUserContext(ctx)
	s.allowLinked(c)
	return c.Next()
}

// harden sets the headers that keep a page from running foreign code, being framed, or telling other sites its address.
func (s *Server) harden(c *fiber.Ctx) {
	c.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	c.Set("X-Content-Type-Options", "nosniff")
	c.Set("X-Frame-Options", "DENY")
	c.Set("Referrer-Policy", "same-origin")
	if behindKey(c.Path()) {
		c.Set("Referrer-Policy", "no-referrer") // errors, too, answer at such an address
	}
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
	if s.secure {
		c.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// behindKey says whether a path is one of those that clients open, with a token or a device and not by signing in.
func behindKey(path string) bool {
	for _, one := range []string{"/p", "/l", "/u", "/d"} {
		if path == one || strings.HasPrefix(path, one+"/") {
			return true
		}
	}
	return false
}

// allowImages lets the page in hand show pictures from these hosts, too: "https://tiles.example.org".
func allowImages(c *fiber.Ctx, hosts ...string) {
	policy := string(c.Response().Header.Peek("Content-Security-Policy"))
	for _, host := range hosts {
		if host != "" && !strings.Contains(policy, " "+host+";") && !strings.Contains(policy, " "+host+" ") {
			policy = strings.Replace(policy, "img-src 'self' data:", "img-src 'self' data: "+host, 1)
		}
	}
	c.Set("Content-Security-Policy", policy)
}

// refuseForgery refuses state-changing requests another site made a browser send, by Sec-Fetch-Site and Origin. Under /l/
// and /d/ the token is the proof and no cookie is asked, so there is nothing to forge. Nor is there where a token stops
// mail, and a mail program's one-click POST has neither header or a foreign one; but what opens it again asks a person on
// our own page.
func (s *Server) refuseForgery(c *fiber.Ctx) error {
	if path := c.Path(); onlyStops(path) || strings.HasPrefix(path, "/l/") || strings.HasPrefix(path, "/d/") {
		return c.Next()
	}
	header := []string{"Origin", "Sec-Fetch-Site"}
	// The pages that clients open have no referrer, so where the connection is not encrypted their own forms say "Origin:
	// null" and nothing else. A portal's cookies never come with another site's POST (SameSite=Lax).
	if behindKey(c.Path()) && c.Get("Origin") == "null" && c.Get("Sec-Fetch-Site") == "" {
		header = nil
	}
	r := &http.Request{Method: c.Method(), Host: string(c.Request().Host()), URL: &url.URL{Path: c.Path()}, Header: http.Header{}}
	for _, name := range header {
		if value := c.Get(name); value != "" {
			r.Header.Set(name, value)
		}
	}
	if err := s.origin.Check(r); err != nil {
		return fault.New(fault.Denied, "This request came from another website, so it was not carried out.")
	}
	return c.Next()
}

// onlyStops says whether a path is the Unsubscribe link itself, which can do nothing but stop.
func onlyStops(path string) bool {
	token, under := strings.CutPrefix(path, "/u/")
	return under && !strings.Contains(strings.TrimSuffix(token, "/"), "/")
}

// guard lets only those through whom the route is for.
func (s *Server) guard(w who) fiber.Handler {
	return func(c *fiber.Ctx) error {
		if w == anyone {
			return c.Next()
		}
		a, session, err := agents.Authenticate(c.UserContext(), s.Store.Read, s.Store.Write, c.Cookies(s.cookie("session")), s.Clock())
		if err != nil {
			return err
		}
		if w == broker && !a.Broker() {
			return fault.New(fault.Denied, "Only a broker of the house can do this.")
		}
		c.Locals("agent", a)
		c.Locals("session", session)
		return c.Next()
	}
}

// cookie is a cookie's full name: __Host- binds it to this host where the connection is encrypted, and the mark to this
// installation. A browser sends the cookies of every port of a host to each of them.
func (s *Server) cookie(name string) string {
	full := "porchlight-" + name + "-" + s.PortalKeys.Mark()
	if s.secure {
		return "__Host-" + full
	}
	return full
}

// setCookie stores a server-made base64url value; empty removes it.
func (s *Server) setCookie(c *fiber.Ctx, name, value string, expires time.Time) {
	if value == "" {
		expires = time.Unix(1, 0)
	}
	c.Cookie(&fiber.Cookie{
		Name: s.cookie(name), Value: value, Path: "/", Expires: expires,
		Secure: s.secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}
