package nudge_test

import (
	"context"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	netmail "net/mail"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/nudge"
	"porchlight/app/outbox"
	"porchlight/app/portal"
	"porchlight/db"
	"porchlight/db/dbtest"
	"porchlight/views"
)

// house is a brokerage with one agent, a mail server, and a clock the test sets.
type house struct {
	t       *testing.T
	store   *db.Store
	ledger  *consent.Ledger
	smtp    *mailtest.Server
	courier *outbox.Courier
	runner  *nudge.Runner
	other   *nudge.Runner // of another process
	maya    agents.Agent
	ana     clients.Client
	now     time.Time
	kicks   int
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: dbtest.New(t), now: time.Date(2026, 11, 12, 14, 0, 0, 0, time.UTC)}
	var err error
	h.smtp, err = mailtest.Start()
	h.must(err)
	t.Cleanup(h.smtp.Close)
	h.maya, err = agents.Add(t.Context(), h.store.Write, agents.New{Name: "Maya Bell", Email: "maya@elm.example", Password: "correct horse battery", Role: agents.RoleBroker, Brokerage: "Elm & Harbor"}, h.now)
	h.must(err)
	b, err := agents.LoadBrokerage(t.Context(), h.store.Read)
	h.must(err)
	b.PostalAddress = "14 Elm Street, Guilford, CT 06437"
	_, err = agents.SaveBrokerage(t.Context(), h.store.Write, h.maya, b)
	h.must(err)
	h.ledger, err = consent.NewLedger(t.Context(), h.store.Write, h.store.AdvisoryLock, h.now)
	h.must(err)
	renderer, err := mail.NewRenderer(views.Letters())
	h.must(err)
	route, err := mail.OpenRoute(h.smtp.URL(), "localhost.localdomain", mail.Limits{})
	h.must(err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	clock := func() time.Time { return h.now }
	h.courier = outbox.NewCourier(outbox.Options{
		Write: h.store.Write, Read: h.store.Read, SkipLocked: h.store.SkipLocked, Commits: h.store.Commits, Uncounted: h.store.Uncounted, Ledger: h.ledger, Renderer: renderer,
		Route: route, Workers: 2, BaseURL: "http://porchlight.test", Clock: clock, Log: log,
	})
	o := nudge.Options{Write: h.store.Write, Read: h.store.Read, Ledger: h.ledger, Renderer: renderer, BaseURL: "http://porchlight.test", Clock: clock, Log: log}
	h.other = nudge.NewRunner(o)
	o.OnPosted = func() { h.kicks++ }
	h.runner = nudge.NewRunner(o)
	h.ana = h.client("Ana", "ana@example.com")
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) client(name, email string) clients.Client {
	h.t.Helper()
	var c clients.Client
	h.must(h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		if c, err = clients.Create(ctx, db, h.maya.ID, clients.Form{FirstName: name, LastName: "Osei", Email: email}, h.now); err != nil {
			return err
		}
		return h.ledger.Enroll(ctx, db, c, consent.By{Agent: h.maya, Door: consent.DoorAgent}, h.now)
	}))
	return c
}

func (h *house) answer(of clients.Client, body string) {
	h.t.Helper()
	_, err := portal.Answer(h.t.Context(), h.store.Write, h.maya.ID, of.ID, 0, body, "", h.now)
	h.must(err)
}

func (h *house) write(of, who clients.Client, home listings.ID, body string) {
	h.t.Helper()
	_, err := portal.Write(h.t.Context(), h.store.Write, portal.Visitor{Client: of, Member: who, Device: 1}, home, body, "", h.now)
	h.must(err)
}

// got is a mail as it came.
type got struct {
	to, from, subject, text, rich string
	header                        netmail.Header
}

// step lets the runner do what is due and returns what came by mail, by recipient.
func (h *house) step() []got {
	h.t.Helper()
	before := h.smtp.Count()
	h.must(h.runner.Step(h.t.Context()))
	h.must(h.courier.Drain(h.t.Context()))
	var all []got
	for _, m := range h.smtp.Received()[before:] {
		parsed, err := netmail.ReadMessage(strings.NewReader(string(m.Data)))
		h.must(err)
		raw, err := io.ReadAll(parsed.Body)
		h.must(err)
		decoded, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(raw))))
		if err != nil {
			decoded = raw
		}
		var words mime.WordDecoder
		subject, err := words.DecodeHeader(parsed.Header.Get("Subject"))
		h.must(err)
		text, rich, _ := strings.Cut(strings.ReplaceAll(string(decoded), "\r", ""), "text/html")
		all = append(all, got{to: m.To, from: parsed.Header.Get("From"), subject: subject, text: text, rich: rich, header: parsed.Header})
	}
	slices.SortFunc(all, func(a, b got) int { return strings.Compare(a.to, b.to) })
	return all
}

func (h *house) wants(mails []got, to ...string) {
	h.t.Helper()
	var have []string
	for _, m := range mails {
		have = append(have, m.to)
	}
	if !slices.Equal(have, to) {
		h.t.Fatalf("mail to %q, want %q", have, to)
	}
}

func (h *house) tells(m got, wants ...string) {
	h.t.Helper()
	for _, want := range wants {
		if !strings.Contains(m.text, want) {
			h.t.Errorf("no %q in\n%s", want, m.text)
		}
	}
}

func TestMailThatSaysThatSomebodyWrote(t *testing.T) {
	t.Run("comes to the client from their agent, after five minutes, once, and its link is no key", func(t *testing.T) {
		h := open(t)
		h.answer(h.ana, "Shall we see 12 Oak Lane?\n\nSaturday <b>10</b> o’clock [x](http://evil.example)")
		h.now = h.now.Add(portal.TellAfter - time.Second)
		h.wants(h.step())
		h.now = h.now.Add(time.Second)
		mails := h.step()
		h.wants(mails, "ana@example.com")
		m := mails[0]
		if m.subject != "Maya Bell wrote to you" || !strings.Contains(m.from, "Maya Bell") || m.header.Get("List-Unsubscribe") == "" {
			t.Errorf("%q from %q, %v", m.subject, m.from, m.header)
		}
		h.tells(m, "Maya Bell wrote:", "“Shall we see 12 Oak Lane?", "Saturday <b>10</b> o’clock", "http://porchlight.test/p/messages")
		if !strings.Contains(m.rich, `http://porchlight.test/p/messages"`) || strings.Contains(m.rich, "<b>10") || strings.Contains(m.rich, `href="http://evil`) {
			t.Errorf("the rich part:\n%s", m.rich)
		}
		if h.kicks != 1 {
			t.Errorf("the courier was called %d times", h.kicks)
		}
		h.now = h.now.Add(24 * time.Hour)
		h.wants(h.step())
	})
	t.Run("comes to the agent with who and what, and the way to the client", func(t *testing.T) {
		h := open(t)
		h.write(h.ana, h.ana, 0, "Is the <script> roof old?")
		h.now = h.now.Add(portal.TellAfter)
		mails := h.step()
		h.wants(mails, "maya@elm.example")
		if mails[0].subject != "Ana Osei wrote to you" {
			t.Error(mails[0].subject)
		}
		h.tells(mails[0], "Ana Osei wrote:", "“Is the <script> roof old?”", "http://porchlight.test/clients/")
		notices, err := agents.Notices(t.Context(), h.store.Read, h.maya.ID, true, 10)
		if err != nil || len(notices) != 0 {
			t.Error("it stands among the notices on Home, too", notices, err)
		}
		h.wants(h.step())
	})
	t.Run("does not come where it was read meanwhile", func(t *testing.T) {
		h := open(t)
		h.answer(h.ana, "from the agent")
		h.write(h.ana, h.ana, 0, "from the client")
		h.now = h.now.Add(4 * time.Minute)
		h.must(portal.ReadBy(t.Context(), h.store.Write, h.ana.ID, 0, h.now))
		h.must(portal.ReadBy(t.Context(), h.store.Write, h.ana.ID, h.maya.ID, h.now))
		h.now = h.now.Add(time.Hour)
		h.wants(h.step())
	})
	t.Run("is one for all that waits, also after days in which nothing ran, and later one for what came since", func(t *testing.T) {
		h := open(t)
		ben := h.client("Ben", "ben@example.com")
		for _, words := range []string{"one", "two", "three", "four", "five", "six", "seven"} {
			h.answer(h.ana, words)
			h.write(h.ana, h.ana, 0, words+"?")
			h.answer(ben, words)
			h.now = h.now.Add(12 * time.Hour)
		}
		h.answer(h.ana, "just now")
		mails := h.step()
		h.wants(mails, "ana@example.com", "ben@example.com", "maya@elm.example")
		h.tells(mails[0], "3 messages before these", "“four”", "“just now”")
		h.now = h.now.Add(time.Hour)
		h.wants(h.step())
		h.answer(h.ana, "and more")
		h.now = h.now.Add(portal.TellAfter)
		mails = h.step()
		h.wants(mails, "ana@example.com")
		if h.tells(mails[0], "“and more”"); strings.Contains(mails[0].text, "just now") {
			t.Error("told again what was told")
		}
	})
	t.Run("comes to each of a household who may be mailed, and names who of them wrote", func(t *testing.T) {
		h := open(t)
		tom, eve := h.client("Tom", "tom@example.com"), h.client("Eve", "eve@example.com")
		_, err := h.store.Write.ExecContext(t.Context(), "INSERT INTO household (member_id, client_id, joined_at) VALUES (?, ?, ?)", tom.ID, h.ana.ID, h.now)
		h.must(err)
		h.answer(h.ana, "for both")
		h.write(h.ana, tom, 0, "from Tom")
		h.now = h.now.Add(portal.TellAfter)
		mails := h.step()
		h.wants(mails, "ana@example.com", "maya@elm.example", "tom@example.com")
		h.tells(mails[1], "Tom Osei wrote:")
		h.must(h.ledger.OptOutFor(t.Context(), h.store.Write, tom.ID, consent.By{Agent: h.maya, Door: consent.DoorAgent}, h.now))
		h.must(h.ledger.OptOutFor(t.Context(), h.store.Write, eve.ID, consent.By{Agent: h.maya, Door: consent.DoorAgent}, h.now))
		h.now = h.now.Add(time.Minute)
		h.must(h.courier.Drain(t.Context())) // what opting out tells
		h.answer(h.ana, "again")
		h.answer(eve, "for one who wants no mail")
		h.now = h.now.Add(portal.TellAgain)
		h.wants(h.step(), "ana@example.com")
		talk, err := portal.Talk(t.Context(), h.store.Read, eve.ID, portal.Anywhere, 10)
		if err != nil || len(talk) != 1 || !talk[0].SeenAt.IsZero() {
			t.Error("the message does not wait in the portal", talk, err)
		}
		h.now = h.now.Add(time.Hour)
		h.wants(h.step())
	})
	t.Run("is one where two processes look at once", func(t *testing.T) {
		h := open(t)
		for range 4 {
			h.answer(h.ana, "words")
			h.write(h.ana, h.ana, 0, "words?")
			h.now = h.now.Add(portal.TellAgain)
			var both sync.WaitGroup
			for _, r := range []*nudge.Runner{h.runner, h.other} {
				both.Go(func() {
					if err := r.Step(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			both.Wait()
			h.wants(h.step(), "ana@example.com", "maya@elm.example")
		}
	})
	t.Run("tells of a very long text, and of one by somebody whose client is gone, what can be told", func(t *testing.T) {
		h := open(t)
		h.answer(h.ana, strings.Repeat("long words ", 360))
		gone := h.client("Gone", "gone@example.com")
		h.answer(gone, "nobody reads this")
		_, err := h.store.Write.ExecContext(t.Context(), "DELETE FROM clients WHERE id = ?", gone.ID)
		h.must(err)
		h.now = h.now.Add(portal.TellAfter)
		mails := h.step()
		h.wants(mails, "ana@example.com")
		h.tells(mails[0], "…”")
	})
	t.Run("waits while the brokerage has no postal address, and leaves once it has one", func(t *testing.T) {
		h := open(t)
		_, err := h.store.Write.ExecContext(t.Context(), "UPDATE brokerage SET postal_address = ''")
		h.must(err)
		h.answer(h.ana, "words")
		h.write(h.ana, h.ana, 0, "their own")
		h.now = h.now.Add(portal.TellAfter)
		h.wants(h.step(), "maya@elm.example") // whom no law asks for one
		h.now = h.now.Add(time.Hour)
		_, err = h.store.Write.ExecContext(t.Context(), "UPDATE brokerage SET postal_address = '14 Elm Street'")
		h.must(err)
		h.wants(h.step(), "ana@example.com")
		h.wants(h.step())
	})
	t.Run("comes at most once an hour until it is read", func(t *testing.T) {
		h := open(t)
		mails := 0
		for range 24 { // two hours, a message every five minutes
			h.answer(h.ana, "words")
			h.now = h.now.Add(portal.TellAfter)
			mails += len(h.step())
		}
		if mails != 2 {
			t.Errorf("%d mails", mails)
		}
		h.must(portal.ReadBy(t.Context(), h.store.Write, h.ana.ID, 0, h.now))
		h.answer(h.ana, "after they read")
		h.now = h.now.Add(portal.TellAfter)
		h.wants(h.step(), "ana@example.com")
	})
	t.Run("is called in the outbox what it is, for the agent wrote no letter", func(t *testing.T) {
		h := open(t)
		h.answer(h.ana, "words")
		h.now = h.now.Add(portal.TellAfter)
		h.wants(h.step(), "ana@example.com")
		list, err := outbox.Mailings(t.Context(), h.store.Read, h.maya.ID, 10)
		if err != nil || len(list) != 1 || list[0].Mailing.Subject != "Mail about your message in the portal" {
			t.Errorf("%+v %v", list, err)
		}
	})
	t.Run("names who wrote where the client has another agent since, and comes from the one they have", func(t *testing.T) {
		h := open(t)
		omar, err := agents.Add(t.Context(), h.store.Write, agents.New{Name: "Omar Haddad", Email: "omar@elm.example", Password: "correct horse battery", Role: agents.RoleAgent}, h.now)
		h.must(err)
		h.answer(h.ana, "from Maya")
		h.write(h.ana, h.ana, 0, "for my agent")
		h.must(h.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
			_, after, err := clients.Move(ctx, db, h.maya.ID, omar.ID, h.ana.ID, h.now)
			if err == nil {
				_, err = h.ledger.Move(ctx, db, after, false, consent.By{Agent: h.maya, Door: consent.DoorAgent}, h.now)
			}
			if err == nil {
				err = portal.Move(ctx, db, h.ana.ID, omar.ID)
			}
			return err
		}))
		h.now = h.now.Add(portal.TellAfter)
		mails := h.step()
		h.wants(mails, "ana@example.com", "omar@elm.example")
		if h.tells(mails[0], "Maya Bell wrote:"); mails[0].subject != "Maya Bell wrote to you" || !strings.Contains(mails[0].from, "Omar Haddad") {
			t.Errorf("%q from %q", mails[0].subject, mails[0].from)
		}
	})
}
