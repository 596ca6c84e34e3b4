package web

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"
	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/static"
)

var panics = metrics.NewCounter("porchlight_web_panics_total")

func queryEscape(s string) string { return url.QueryEscape(s) }

// asset serves a static file under its hashed name, for ever.
func (s *Server) asset(c *fiber.Ctx) error {
	is, ok := static.Open(c.Params("*"))
	if !ok {
		return fiber.ErrNotFound
	}
	c.Set("Content-Type", is.Type)
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	packed := is.Gzip()
	if packed != nil {
		c.Vary("Accept-Encoding")
	}
	if packed != nil && c.Get("Accept-Encoding") != "" && c.AcceptsEncodings("gzip") != "" {
		c.Set("Content-Encoding", "gzip")
		return c.Send(packed)
	}
	return c.Send(is.Content())
}

// healthz says that the process answers.
func (s *Server) healthz(c *fiber.Ctx) error { return c.SendString("ok") }

// readyz says that the database answers too, and takes what is written.
func (s *Server) readyz(c *fiber.Ctx) error {
	if err := s.Store.Read.PingContext(c.UserContext()); err != nil {
		return c.Status(http.StatusServiceUnavailable).SendString("the database does not answer")
	}
	if !s.canWrite(c.UserContext()) {
		return c.Status(http.StatusServiceUnavailable).SendString("the database can't write: is the disk full?")
	}
	return c.SendString("ready")
}

// How long a verdict on writing stands, so that who asks often does not make the database write often; and how long the
// one writer is waited for.
const (
	writeCheckEvery = 30 * time.Second
	writeCheckWait  = 3 * time.Second
)

// writeCheck is the last verdict on writing.
type writeCheck struct {
	mu sync.Mutex
	at time.Time
	ok bool
}

// writeCheckKey is nobody's. It needs pages of its own, because a change in place still works in a file that can't grow.
var writeCheckKey = "readyz" + strings.Repeat(".", 16<<10)

// canWrite commits a row that is gone again.
func (s *Server) canWrite(ctx context.Context) bool {
	w, now := &s.writes, s.Clock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if age := now.Sub(w.at); age >= 0 && age < writeCheckEvery {
		return w.ok
	}
	ctx, cancel := context.WithTimeout(ctx, writeCheckWait)
	defer cancel()
	err := s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := db.ExecContext(ctx, `INSERT INTO sign_in_limits (key, failures, first_at) VALUES (?, 0, ?)`, writeCheckKey, now); err != nil {
			return err
		}
		_, err := db.ExecContext(ctx, `DELETE FROM sign_in_limits WHERE key = ?`, writeCheckKey)
		return err
	})
	if err != nil {
		s.Log.Error("the database can't write", "err", err)
	}
	w.at, w.ok = now, err == nil
	return w.ok
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
