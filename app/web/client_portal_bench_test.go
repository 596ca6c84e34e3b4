package web_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/valyala/fasthttp"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/web"
)

// statements counts what is asked of the database.
type statements struct{ n atomic.Int64 }

func (s *statements) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	s.n.Add(1)
	return ctx
}
func (s *statements) AfterQuery(context.Context, *bun.QueryEvent) {}

// sent gives a client letters that left, with homes each of their own, and an opinion on every third home.
func (h *house) sent(one clients.Client, letters, homes int) {
	h.t.Helper()
	var first int64
	err := h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		var from int64
		if err := db.NewRaw("SELECT min(id) FROM listings").Scan(ctx, &first); err != nil {
			return err
		}
		if err := db.NewRaw("SELECT max(n) FROM (SELECT max(id) AS n FROM mailings UNION ALL SELECT max(id) FROM letters UNION ALL SELECT 0) AS a").Scan(ctx, &from); err != nil {
			return err
		}
		for i := range letters {
			n, at := from+int64(i)+1, h.clock().Add(-time.Duration(letters-i)*time.Hour)
			if _, err := db.ExecContext(ctx, "INSERT INTO mailings (id, agent_id, kind, state, idempotency_key, subject, markdown, template, created_at) VALUES (?, ?, 'letter', 'sending', ?, ?, '', ?, ?)", n, one.AgentID, fmt.Sprint("k", n), fmt.Sprint("Homes ", n), []byte{}, at); err != nil {
				return err
			}
			if _, err := db.ExecContext(ctx, `INSERT INTO letters (id, mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id, state, reason, attempts, ambiguous, not_before, expires_at, lease_owner, lease_gen, code, enhanced, reply, created_at, ended_at)
				VALUES (?, ?, ?, ?, 1, '', '', '', '', '', ?, 'sent', '', 1, 0, ?, ?, '', 0, 0, '', '', ?, ?)`, n, n, one.AgentID, one.ID, fmt.Sprint("m", n), at, at, at, at); err != nil {
				return err
			}
			for j := range homes {
				home := first + int64(i*homes+j)
				if _, err := db.ExecContext(ctx, "INSERT INTO mailing_homes (mailing_id, position, listing_id, note, list_price) VALUES (?, ?, ?, '', ?)", n, j+1, home, 400_000_00); err != nil {
					return err
				}
				if home%3 == 0 {
					if _, err := db.ExecContext(ctx, "INSERT INTO reactions (client_id, listing_id, member_id, kind, at) VALUES (?, ?, ?, 'possibility', ?)", one.ID, home, one.ID, at); err != nil {
						return err
					}
				}
			}
		}
		_, err := db.ExecContext(ctx, "INSERT INTO portals (client_id, drop_percent, visit_at, visit_before_at, version) VALUES (?, 5, ?, ?, 1)", one.ID, h.clock(), h.clock().Add(-48*time.Hour))
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// manyHomes is a house in which one client was sent few letters of five homes each and the other many.
func manyHomes(tb testing.TB, little, much int) (h *house, asked *statements, maya agents.Agent, few, many clients.Client) {
	tb.Helper()
	asked = &statements{}
	h = open(tb, func(o *web.Options) {
		store := *o.Store
		store.Read = store.Read.WithQueryHook(asked)
		o.Store = &store
	})
	maya = h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	h.homes(5 * much)
	few = h.enlist(maya, "Fay", "Few", "few@example.com", clients.Active)
	many = h.enlist(maya, "Max", "Many", "many@example.com", clients.Active)
	h.sent(few, little, 5)
	h.sent(many, much, 5)
	if _, err := h.store.Write.ExecContext(tb.Context(), "ANALYZE"); err != nil {
		tb.Fatal(err)
	}
	return h, asked, maya, few, many
}

var portalPages = []string{"", "/homes", "/homes?shelf=possibility", "/homes?view=list&sort=price"}

func TestPortalAsksNoMoreWhereMoreWasSent(t *testing.T) {
	h, asked, maya, few, many := manyHomes(t, 4, 400)
	b := h.as(maya)
	for _, page := range append(portalPages, "/homes?view=map") {
		ask := func(one clients.Client) int64 {
			path := fmt.Sprintf("/clients/%d/portal%s", one.ID, page)
			before := asked.n.Load()
			b.Get(path).wants(t, http.StatusOK)
			return asked.n.Load() - before
		}
		ask(many) // what is read once and kept
		if little, much := ask(few), ask(many); little == 0 || much != little {
			t.Errorf("%s: %d statements for 20 homes, %d for 2,000", page, little, much)
		}
	}
	before := asked.n.Load()
	b.Get("/").wants(t, http.StatusOK, "In the portals")
	if n := asked.n.Load() - before; n > 60 {
		t.Errorf("the home page asks %d times", n)
	}
}

// BenchmarkPortal measures the first pages of a portal with 2,000 homes in 400 letters beside one with just enough to fill the page:
//
//	go test ./app/web -run '^$' -bench Portal -benchtime 2s
//
// The ratio may be 2.
func BenchmarkPortal(b *testing.B) {
	h, _, maya, few, many := manyHomes(b, 21, 400)
	browser, handler := h.as(maya), h.server.App().Handler()
	get := func(b *testing.B, one clients.Client, page string) time.Duration {
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI(fmt.Sprintf("http://porchlight.test/clients/%d/portal%s", one.ID, page))
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
	for _, page := range portalPages {
		b.Run("p"+page, func(b *testing.B) {
			var much, little time.Duration
			for b.Loop() {
				much += get(b, many, page)
				little += get(b, few, page)
			}
			b.ReportMetric(float64(much.Microseconds())/float64(b.N), "cpu-us/page")
			b.ReportMetric(float64(little.Microseconds())/float64(b.N), "cpu-us/few")
			b.ReportMetric(float64(much)/float64(little), "ratio")
		})
	}
}
