package web_test

import (
	"context"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/valyala/fasthttp"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// crowd gives an agent n clients more, each with open consent and one sent letter; one in twenty is Inactive, and of
// those all but a few opted out.
func (h *house) crowd(a agents.Agent, n int) {
	h.t.Helper()
	one := h.enlist(a, "Pattern", "Person", "pattern@example.com", clients.Active)
	h.as(a).mailTo("Pattern", one)
	const numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?) "
	const status = "CASE WHEN n % 20 = 0 THEN 'Inactive' WHEN n % 7 = 0 THEN 'Prospect' ELSE 'Active' END"
	err := h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		for _, sql := range []string{
			numbers + `INSERT INTO clients (agent_id, first_name, last_name, email, email_key, phone, status, status_before, status_at, types, notes, search_key, sort_key, created_at, updated_at, version)
				SELECT agent_id, 'Person' || n, 'Surname' || (n * 7919 % 100003), 'p' || n || '@example.com', 'p' || n || '@example.com', '203 555 0142', ` + status + `, status_before, status_at, 'Buyer', notes,
				'person' || n || ' surname' || (n * 7919 % 100003) || ' p' || n || '@example.com', 'surname' || (n * 7919 % 100003) || 'person' || n, created_at, updated_at, 1
				FROM clients CROSS JOIN numbers WHERE email_key = 'pattern@example.com'`,
			`INSERT INTO consent_events (at, client_id, agent_id, address_hash, kind, door, actor, actor_id, mailing_id, subject, wording, note, cause_id, status_before, ip, user_agent)
				SELECT e.at, c.id, c.agent_id, 'h' || c.id, CASE WHEN c.status = 'Inactive' AND c.id % 5000 > 20 THEN 'opted_out' WHEN c.status = 'Inactive' THEN 'opted_in' ELSE 'added' END, e.door, e.actor, e.actor_id, 0, '', '', '', 0, '', '', ''
				FROM clients AS c CROSS JOIN consent_events AS e WHERE c.email_key <> 'pattern@example.com' AND e.id = (SELECT min(id) FROM consent_events)`,
			`INSERT INTO consents (client_id, agent_id, email_key, address_hash, state, since, event_id)
				SELECT c.id, c.agent_id, c.email_key, e.address_hash, CASE WHEN e.kind = 'opted_out' THEN 'opted_out' ELSE 'opted_in' END, c.status_at, e.id
				FROM clients AS c JOIN consent_events AS e ON e.client_id = c.id WHERE c.email_key <> 'pattern@example.com'`,
			`INSERT INTO letters (mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id, state, reason, attempts, ambiguous, not_before, expires_at, lease_owner, lease_gen, code, enhanced, reply, created_at, ended_at)
				SELECT l.mailing_id, l.agent_id, c.id, l.prio, c.first_name, c.email, 'h' || c.id, l.domain, 't', 'm' || c.id, l.state, '', 1, 0, l.not_before, l.expires_at, '', 1, 250, '', '', l.created_at, l.ended_at
				FROM clients AS c CROSS JOIN letters AS l WHERE c.email_key <> 'pattern@example.com' AND l.client_id = (SELECT id FROM clients WHERE email_key = 'pattern@example.com')`,
			`DELETE FROM client_counts`,
			`INSERT INTO client_counts (agent_id, status, n) SELECT agent_id, status, COUNT(*) FROM clients GROUP BY agent_id, status`,
		} {
			args := []any{}
			if sql[:4] == "WITH" {
				args = append(args, n)
			}
			if _, err := db.ExecContext(ctx, sql, args...); err != nil {
				return fmt.Errorf("%.60s: %w", sql, err)
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.store.Write.ExecContext(h.t.Context(), "ANALYZE"); err != nil {
		h.t.Fatal(err)
	}
}

// cpu is the processor time this process has used: unlike the clock it does not count what others run beside it.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkClientList measures My Clients, 50 rows of an agent's 100,000, beside the same page with constant rows, which is the
// page without its queries:
//
//	go test ./app/web -run '^$' -bench ClientList -benchtime 2s
//
// The ratio of the first four may be 1.5.
func BenchmarkClientList(b *testing.B) {
	h := open(b)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	h.crowd(maya, 100_000)
	h.server.ConstantClients("/constant")
	browser := h.as(maya)
	pages := map[string]string{"first": "/clients", "newest": "/clients?sort=newest", "tab": "/clients?status=Prospect", "search": "/clients?q=person777"}
	first := browser.Get("/clients")
	if n := len(first.names()); n != 50 {
		b.Fatalf("%d rows", n)
	}
	pages["second"] = first.attribute(b, `rel="next" href="([^"]*)"`)
	handler := h.server.App().Handler()
	get := func(b *testing.B, path string) time.Duration {
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI("http://porchlight.test" + path)
		for cookie, value := range browser.cookies {
			ctx.Request.Header.SetCookie(cookie, value)
		}
		before := cpu(b)
		handler(&ctx)
		if ctx.Response.StatusCode() != http.StatusOK {
			b.Fatalf("%d %s", ctx.Response.StatusCode(), ctx.Response.Body())
		}
		return cpu(b) - before
	}
	for _, name := range []string{"first", "second", "newest", "tab", "search"} {
		b.Run(name, func(b *testing.B) {
			var spent, constant time.Duration
			for b.Loop() { // in turns, so that whatever else the machine does falls on both
				spent += get(b, pages[name])
				constant += get(b, "/constant")
			}
			b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-us/page")
			b.ReportMetric(float64(constant.Microseconds())/float64(b.N), "cpu-us/constant")
			b.ReportMetric(float64(spent)/float64(constant), "ratio")
		})
	}
}
