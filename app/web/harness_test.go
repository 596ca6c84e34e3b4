package web_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/consent"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/nudge"
	"porchlight/app/outbox"
	"porchlight/app/photos"
	"porchlight/app/portal"
	"porchlight/app/web"
	"porchlight/db"
	"porchlight/db/dbtest"
	"porchlight/views"
)

const password = "correct horse battery"

// house is the whole app in process: a migrated database, a real SMTP server, a courier, and a clock the test sets.
type house struct {
	t        testing.TB
	store    *db.Store
	ledger   *consent.Ledger
	courier  *outbox.Courier
	searches *autoemail.Runner
	nudges   *nudge.Runner
	server   *web.Server
	smtp     *mailtest.Server

	mu      sync.Mutex
	now     time.Time
	ticking bool // the real time counts, not now: browsers look at their own clock
}

// open builds a house without anybody in it; change may set other options than the usual.
func open(t testing.TB, change ...func(*web.Options)) *house {
	t.Helper()
	return openAt(t, "http://porchlight.test", change...)
}

// openAt is open with another BASE_URL, which every link in mail begins with.
func openAt(t testing.TB, base string, change ...func(*web.Options)) *house {
	t.Helper()
	smtp, err := mailtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(smtp.Close)
	h := &house{t: t, store: dbtest.New(t), smtp: smtp, now: time.Date(2026, 11, 12, 14, 0, 0, 0, time.UTC)}
	if h.ledger, err = consent.NewLedger(t.Context(), h.store.Write, h.store.AdvisoryLock, h.now); err != nil {
		t.Fatal(err)
	}
	renderer, err := mail.NewRenderer(views.Letters())
	if err != nil {
		t.Fatal(err)
	}
	route, err := mail.OpenRoute(h.smtp.URL(), "localhost.localdomain", mail.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	h.courier = outbox.NewCourier(outbox.Options{
		Write: h.store.Write, Read: h.store.Read, SkipLocked: h.store.SkipLocked, Commits: h.store.Commits, Uncounted: h.store.Uncounted, Ledger: h.ledger, Renderer: renderer,
		Route: route, Workers: 2, BaseURL: base, Clock: h.clock, Log: log,
	})
	mailbox, err := mail.OpenMailbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	vault, err := feed.OpenVault(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	feeds := feed.NewRunner(feed.RunnerOptions{
		Write: h.store.Write, Read: h.store.Read, SkipLocked: h.store.SkipLocked, Vault: vault, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Clock: h.clock, Log: log,
	})
	cache, err := photos.Open(photos.Options{
		Dir: t.TempDir(), Write: h.store.Write, Read: h.store.Read, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Clock: h.clock, Log: log,
		Rules: func(ctx context.Context, id listings.FeedID) (photos.Rules, error) {
			rules, err := feeds.PhotoRules(ctx, id)
			return photos.Rules(rules), err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cache.Close() })
	h.searches = autoemail.NewRunner(autoemail.RunnerOptions{
		Write: h.store.Write, Read: h.store.Read, Ledger: h.ledger, Renderer: renderer, BaseURL: base, OnPosted: h.courier.Kick, Clock: h.clock, Log: log,
	})
	h.nudges = nudge.NewRunner(nudge.Options{
		Write: h.store.Write, Read: h.store.Read, Ledger: h.ledger, Renderer: renderer, BaseURL: base, OnPosted: h.courier.Kick, Clock: h.clock, Log: log,
	})
	keys, err := portal.OpenKeys(t.Context(), h.store.Write, h.now)
	if err != nil {
		t.Fatal(err)
	}
	options := web.Options{
		AutoEmails: h.searches, PortalKeys: keys,
		Store: h.store, Photos: cache, Feeds: feeds, Vault: vault, Ledger: h.ledger, Courier: h.courier, Renderer: renderer, Mailbox: mailbox, BaseURL: base,
		SetupCode: "ABCD-EFGH-JKLM", MetricsToken: "secret", Clock: h.clock, Log: log,
	}
	for _, set := range change {
		set(&options)
	}
	if h.server, err = web.New(options); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ticking {
		return time.Now().UTC().Truncate(time.Microsecond)
	}
	return h.now
}

// pass lets time go by.
func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// search lets the auto emails do everything that is due.
func (h *house) search() {
	h.t.Helper()
	if err := h.searches.Step(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// deliver sends everything that is due.
func (h *house) deliver() {
	h.t.Helper()
	if err := h.courier.Drain(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
}

// hire adds an agent and sets the postal address, without which nothing may be sent.
func (h *house) hire(name, email string, role agents.Role) agents.Agent {
	h.t.Helper()
	a, err := agents.Add(h.t.Context(), h.store.Write, agents.New{Name: name, Email: email, Password: password, Role: role, Brokerage: "Elm & Harbor Realty"}, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.store.Write.ExecContext(h.t.Context(), "UPDATE agents SET password_hash = ? WHERE id = ?", quickHash(), a.ID); err != nil {
		h.t.Fatal(err)
	}
	if a.Broker() {
		b, err := agents.LoadBrokerage(h.t.Context(), h.store.Read)
		if err != nil {
			h.t.Fatal(err)
		}
		b.PostalAddress = "14 Elm Street, Guilford, CT 06437"
		if _, err := agents.SaveBrokerage(h.t.Context(), h.store.Write, a, b); err != nil {
			h.t.Fatal(err)
		}
	}
	return a
}

// quickHash is password's hash at the least cost, which a hash names itself: tests sign in hundreds of times, and half of their
// time was hashing. What a hash must cost is tested in agents.
var quickHash = sync.OnceValue(func() string {
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return hash
})

// browser is one visitor with a cookie jar.
type browser struct {
	h       *house
	cookies map[string]string
	header  http.Header
}

// visitor is somebody who is not signed in.
func (h *house) visitor() *browser {
	return &browser{h: h, cookies: map[string]string{}, header: http.Header{}}
}

// as is an agent's signed-in browser.
func (h *house) as(a agents.Agent) *browser {
	h.t.Helper()
	b := h.visitor()
	r := b.Post("/sign-in", "email", a.Email, "password", password)
	if r.Status != http.StatusSeeOther {
		h.t.Fatalf("sign in: %d %s", r.Status, r.Body)
	}
	return b
}

// cookie is the name of a cookie of an agent's browser.
func (h *house) cookie(name string) string {
	return "porchlight-" + name + "-" + h.server.PortalKeys.Mark()
}

// HTMX is the same browser asking for fragments.
func (b *browser) HTMX() *browser {
	header := b.header.Clone()
	header.Set("HX-Request", "true")
	header.Set("HX-Request-Type", "partial")
	return &browser{h: b.h, cookies: b.cookies, header: header}
}

// reply is what came back.
type reply struct {
	Status int
	Body   string
	Header http.Header
}

func (b *browser) Get(path string) reply {
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

// Post submits a form of name, value pairs.
func (b *browser) Post(path string, pairs ...string) reply {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func (b *browser) do(r *http.Request) reply {
	b.h.t.Helper()
	r.Host = "porchlight.test"
	for name, values := range b.header {
		r.Header[name] = values
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	answer, err := b.h.server.App().Test(r, -1)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer answer.Body.Close()
	for _, c := range answer.Cookies() {
		if c.Value == "" || (!c.Expires.IsZero() && c.Expires.Before(b.h.clock())) {
			delete(b.cookies, c.Name)
			continue
		}
		b.cookies[c.Name] = c.Value
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	return reply{Status: answer.StatusCode, Body: string(body), Header: answer.Header}
}

// follow opens what a 303 or HX-Redirect points at.
func (b *browser) follow(r reply) reply {
	b.h.t.Helper()
	to := r.Header.Get("Location")
	if to == "" {
		to = r.Header.Get("HX-Redirect")
	}
	if to == "" {
		b.h.t.Fatalf("no redirect: %d %s", r.Status, r.Body)
	}
	return b.Get(to)
}

// wants fails the test unless the reply has this status and every one of the texts.
func (r reply) wants(t testing.TB, status int, texts ...string) {
	t.Helper()
	if r.Status != status {
		t.Fatalf("status %d, want %d\n%s", r.Status, status, r.Body)
	}
	for _, text := range texts {
		if !strings.Contains(r.Body, text) {
			t.Errorf("no %q in\n%s", text, r.Body)
		}
	}
}

// lacks fails the test if the reply has one of the texts.
func (r reply) lacks(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(r.Body, text) {
			t.Errorf("unwanted %q in\n%s", text, r.Body)
		}
	}
}
