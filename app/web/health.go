package web

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"

	"github.com/VictoriaMetrics/metrics"
	"github.com/gofiber/fiber/v2"

	"porchlight/static"
)

var panics = metrics.NewCounter("porchlight_web_panics_total")

func queryEscape(s string) string { return url.QueryEscape(s) }

// asset serves a static file under its hashed name, for ever.
func (s *Server) asset(c *fiber.Ctx) error {
	content, kind, ok := static.Open(c.Params("*"))
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set("Content-Type", kind)
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	return c.Send(content)
}

// healthz says that the process answers.
func (s *Server) healthz(c *fiber.Ctx) error { return c.SendString("ok") }

// readyz says that the database answers too.
func (s *Server) readyz(c *fiber.Ctx) error {
	if err := s.Store.Read.PingContext(c.UserContext()); err != nil {
		return c.Status(http.StatusServiceUnavailable).SendString("the database does not answer")
	}
	return c.SendString("ready")
}

// metrics speaks Prometheus' text format to whoever has the token.
func (s *Server) metrics(c *fiber.Ctx) error {
	given := strings.TrimPrefix(c.Get("Authorization"), "Bearer ")
	if s.MetricsToken == "" || subtle.ConstantTimeCompare([]byte(given), []byte(s.MetricsToken)) != 1 {
		return fiber.ErrNotFound
	}
	c.Type("txt", "utf-8")
	metrics.WritePrometheus(c, true)
	return nil
}
