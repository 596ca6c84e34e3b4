package outbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/outbox"
	"porchlight/db"
	"porchlight/db/dbtest"
	"porchlight/views"
)

// meant is how many panics the tests caused on purpose.
var meant atomic.Int64

func TestMain(m *testing.M) {
	if benchChild() {
		return
	}
	code := m.Run()
	if n := outbox.Panics(); n != meant.Load() {
		fmt.Fprintf(os.Stderr, "the courier swallowed %d panics, %d of them on purpose\n", n, meant.Load())
		code = 1
	}
	os.Exit(code)
}

// house is a brokerage with one broker, a ledger, and a clock the test sets.
type house struct {
	t        testing.TB
	store    *db.Store
	ledger   *consent.Ledger
	renderer *mail.Renderer
	jane     agents.Agent

	mu  sync.Mutex
	now time.Time
}

func newHouse(t testing.TB) *house {
	t.Helper()
	return furnish(t, dbtest.New(t))
}

func furnish(t testing.TB, store *db.Store) *house {
	t.Helper()
	h := &house{t: t, store: store, now: time.Date(2026, 11, 12, 14, 0, 0, 0, time.UTC)}
	jane := agents.New{Name: "Jane Doe", Email: "jane@elmrealty.example", Password: "correct horse battery", Role: agents.RoleBroker, Brokerage: "Elm Realty"}
	_, err := agents.Add(context.Background(), store.Write, jane, h.now)
	if err == nil {
		err = h.reopen(context.Background())
	}
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// reopen is what a process does with a brokerage's database when it starts.
func (h *house) reopen(ctx context.Context) (err error) {
	if h.ledger, err = consent.NewLedger(ctx, h.store.Write, h.store.AdvisoryLock, h.now); err != nil {
		return err
	}
	if h.renderer, err = mail.NewRenderer(views.Letters()); err != nil {
		return err
	}
	all, err := agents.List(ctx, h.store.Read)
	if err == nil {
		h.jane = all[0]
	}
	return err
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// pass lets time go by.
func (h *house) pass(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// client adds one of Jane's clients, enrolled.
func (h *house) client(email string) clients.Client {
	h.t.Helper()
	var c clients.Client
	h.tx(func(ctx context.Context, db bun.Tx) (err error) {
		c, err = h.enroll(ctx, db, h.jane, email)
		return err
	})
	return c
}

func (h *house) enroll(ctx context.Context, db bun.Tx, owner agents.Agent, email string) (clients.Client, error) {
	name, _, _ := strings.Cut(email, "@")
	c, err := clients.Create(ctx, db, owner.ID, clients.Form{FirstName: "Ann", LastName: "of " + name, Email: email}, h.clock())
	if err != nil {
		return c, err
	}
	return c, h.ledger.Enroll(ctx, db, c, consent.By{Agent: owner, Door: consent.DoorAgent}, h.clock())
}

func (h *house) tx(fn func(ctx context.Context, db bun.Tx) error) {
	h.t.Helper()
	if err := h.store.Write.RunInTx(context.Background(), nil, fn); err != nil {
		h.t.Fatal(err)
	}
}

// crowd adds n clients spread over these domains.
func (h *house) crowd(n int, domains ...string) []clients.ID {
	h.t.Helper()
	var ids []clients.ID
	h.tx(func(ctx context.Context, db bun.Tx) error {
		for i := range n {
			c, err := h.enroll(ctx, db, h.jane, fmt.Sprintf("c%05d@%s", i, domains[i%len(domains)]))
			if err != nil {
				return err
			}
			ids = append(ids, c.ID)
		}
		return nil
	})
	return ids
}

func (h *house) text(key string) outbox.Text {
	h.t.Helper()
	text, err := h.render("Hello,\n\nlook at *these*.")
	if err != nil {
		h.t.Fatal(err)
	}
	text.IdempotencyKey = key
	return text
}

// heavy is a letter of benchBytes.
func (h *house) heavy() (outbox.Text, error) {
	words := "This house on Elm Street has a porch that faces the evening sun, three bedrooms and an orchard.\n\n"
	for n := benchBytes / len(words) / 4; ; n++ {
		text, err := h.render(strings.Repeat(words, n))
		if err != nil {
			return text, err
		}
		message, err := text.Template.Message(mail.Recipient{Name: "Ann", Address: "ann@example.com", MessageID: "1@example.com", Date: h.now})
		if err != nil || len(message) >= benchBytes {
			return text, err
		}
	}
}

func (h *house) render(markdown string) (outbox.Text, error) {
	return h.renderFrom("jane@elmrealty.example", markdown)
}

func (h *house) renderFrom(address, markdown string) (outbox.Text, error) {
	l := mail.Letter{
		Identity:  mail.Identity{FromName: "Jane Doe", FromAddress: address},
		House:     mail.House{Name: "Elm Realty", PostalAddress: "14 Elm Street, Guilford, CT 06437", BaseURL: "http://porchlight.test"},
		AgentName: "Jane Doe", Subject: "Two homes in Guilford", Markdown: markdown,
		ListID: "1.porchlight.test", FeedbackID: "letter:1:elm:porchlight",
	}
	t, err := h.renderer.Letter(l)
	return outbox.Text{Subject: l.Subject, Markdown: l.Markdown, Template: t}, err
}

// post writes to these clients.
func (h *house) post(ids ...clients.ID) outbox.MailingID {
	h.t.Helper()
	permits, refusals, err := h.ledger.CheckAll(context.Background(), h.store.Read, h.jane.ID, ids, h.clock())
	if err != nil || len(refusals) > 0 {
		h.t.Fatal(err, refusals)
	}
	id, err := outbox.Post(context.Background(), h.store.Write, h.ledger, h.jane, permits, h.text(""), h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

// to adds a client with this address and writes to them; it returns the letter.
func (h *house) to(email string) (clients.Client, outbox.LetterID) {
	h.t.Helper()
	c := h.client(email)
	return c, h.only(h.post(c.ID)).ID
}

// only is a mailing's one letter.
func (h *house) only(m outbox.MailingID) outbox.Letter {
	h.t.Helper()
	all, err := outbox.List(context.Background(), h.store.Read, outbox.Filter{Agent: h.jane.ID, Mailing: m})
	if err != nil || len(all) != 1 {
		h.t.Fatalf("%d letters, %v", len(all), err)
	}
	return all[0]
}

func (h *house) letter(id outbox.LetterID) outbox.Letter {
	h.t.Helper()
	l, _, _, err := outbox.Find(context.Background(), h.store.Read, h.jane.ID, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return l
}

// is fails the test unless the letter is in this state with a reason that holds these words, and returns it.
func (h *house) is(id outbox.LetterID, s outbox.State, words string) outbox.Letter {
	h.t.Helper()
	l := h.letter(id)
	if l.State != s || !strings.Contains(l.Reason, words) || s.Final() == l.EndedAt.IsZero() {
		h.t.Fatalf("letter is %s, %q, ended %v; want %s, %q", l.State, l.Reason, l.EndedAt, s, words)
	}
	return l
}

func (h *house) attempts(id outbox.LetterID) []outbox.Attempt {
	h.t.Helper()
	_, _, tries, err := outbox.Find(context.Background(), h.store.Read, h.jane.ID, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return tries
}

func (h *house) counts(m outbox.MailingID) map[outbox.State]int {
	h.t.Helper()
	p, err := outbox.FindMailing(context.Background(), h.store.Read, h.jane.ID, m)
	if err != nil {
		h.t.Fatal(err)
	}
	return p.Count
}

// courier is one over this route, with two workers.
func (h *house) courier(route mail.Route) *outbox.Courier { return h.courierOf(route, 2) }

func (h *house) courierOf(route mail.Route, workers int) *outbox.Courier {
	return outbox.NewCourier(outbox.Options{
		Write: h.store.Write, Read: h.store.Read, SkipLocked: h.store.SkipLocked, Commits: h.store.Commits, Uncounted: h.store.Uncounted, Ledger: h.ledger, Renderer: h.renderer, Route: route,
		Workers: workers, BaseURL: "http://porchlight.test", Clock: h.clock, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

func (h *house) drain(c *outbox.Courier) {
	h.t.Helper()
	if err := c.Drain(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// run runs a courier until the test, or stop, ends it.
func (h *house) run(c *outbox.Courier) (stop func()) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			h.t.Error(err)
		}
	})
	h.t.Cleanup(stop)
	return stop
}

// until waits for something that will come true, if need be for as long as a thousand letters take on a slow and busy machine.
func (h *house) until(what string, true func() bool) {
	h.t.Helper()
	for end := time.Now().Add(5 * time.Minute); !true(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatal("never happened: " + what)
		}
	}
}

func (h *house) exec(query string, args ...any) {
	h.t.Helper()
	if _, err := h.store.Write.ExecContext(context.Background(), query, args...); err != nil {
		h.t.Fatal(err)
	}
}

// server starts an SMTP server and the route to it.
func server(t testing.TB) (*mailtest.Server, mail.Route) {
	t.Helper()
	s, err := mailtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, routeTo(t, s.URL())
}

// routeTo is a route with the limits that letters have: a server that behaves must not seem to stall because the machine is busy.
func routeTo(t testing.TB, url string) mail.Route {
	t.Helper()
	return routeWithin(t, url, 0)
}

// routeWithin is a route that waits so long for each answer.
func routeWithin(t testing.TB, url string, limit time.Duration) mail.Route {
	t.Helper()
	r, err := mail.OpenRoute(url, "localhost.localdomain", mail.Limits{Connect: limit, Command: limit, Data: limit, Write: limit, FinalDot: limit})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// double is a Route whose answers a test decides. It keeps what was taken.
type double struct {
	connect func() error
	before  func(to string)       // before the gate is asked
	answer  func(to string) error // after DATA; nil: taken

	mu    sync.Mutex
	taken []mail.Envelope
}

func (d *double) String() string { return "a double" }

func (d *double) Connect(context.Context) (mail.Sender, error) {
	if d.connect != nil {
		if err := d.connect(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *double) Close() error { return nil }

func (d *double) Send(ctx context.Context, e mail.Envelope, gate mail.Gate) (mail.Receipt, error) {
	if d.before != nil {
		d.before(e.To)
	}
	if err := gate(ctx, func() error { return nil }); err != nil {
		return mail.Receipt{}, &mail.SendError{Phase: mail.PhaseGate, Err: err}
	}
	if d.answer != nil {
		if err := d.answer(e.To); err != nil {
			return mail.Receipt{}, err
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	e.Message = bytes.Clone(e.Message) // it is the worker’s
	d.taken = append(d.taken, e)
	return mail.Receipt{Code: 250, Enhanced: "2.0.0", Reply: "queued"}, nil
}

func (d *double) letters() []mail.Envelope {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]mail.Envelope(nil), d.taken...)
}

// says is a server's refusal.
func says(phase mail.Phase, code int, enhanced, reply string) error {
	return &mail.SendError{Phase: phase, Code: code, Enhanced: enhanced, Reply: reply}
}
