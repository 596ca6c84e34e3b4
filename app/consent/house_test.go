package consent_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/db"
	"porchlight/db/dbtest"
)

// house is a brokerage of three agents in New York time, where it is noon on 12 November 2026.
type house struct {
	t                testing.TB
	ctx              context.Context
	store            *db.Store
	ledger           *consent.Ledger
	now              time.Time
	anna, ben, chloe agents.Agent
	dump             []string
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{t: t, ctx: context.Background(), store: dbtest.New(t), now: time.Date(2026, 11, 12, 17, 0, 0, 0, time.UTC)}
	_, err := h.store.Write.Exec("INSERT INTO brokerage (id, name, postal_address, phone, time_zone, sending_domains, version) VALUES (1, 'Elm Realty', '1 Elm St', '', 'America/New_York', '', 1)")
	h.must(err)
	for _, a := range []struct {
		agent *agents.Agent
		name  string
	}{{&h.anna, "Anna Lee"}, {&h.ben, "Ben Ruiz"}, {&h.chloe, "Chloe Day"}} {
		email := strings.ToLower(strings.Fields(a.name)[0]) + "@elm.example"
		*a.agent = agents.Agent{
			Name: a.name, Email: email, EmailKey: email, MailboxKey: email, Role: agents.RoleAgent, CreatedAt: h.now, Version: 1,
		}
		_, err := h.store.Write.NewInsert().Model(a.agent).Exec(h.ctx)
		h.must(err)
	}
	h.ledger, err = consent.NewLedger(h.ctx, h.store.Write, h.store.AdvisoryLock, h.now)
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// later lets time pass.
func (h *house) later(d time.Duration) *house { h.now = h.now.Add(d); return h }

func form(name, email string) clients.Form {
	first, last, _ := strings.Cut(name, " ")
	return clients.Form{FirstName: first, LastName: last, Email: email, Types: []clients.Type{"Buyer"}}
}

func (h *house) tx(fn func(ctx context.Context, db bun.Tx) error) error {
	return h.store.Write.RunInTx(h.ctx, nil, fn)
}

// add makes a client as web does.
func (h *house) add(agent agents.Agent, name, email string) clients.Client {
	h.t.Helper()
	var c clients.Client
	h.must(h.tx(func(ctx context.Context, db bun.Tx) (err error) {
		if c, err = clients.Create(ctx, db, agent.ID, form(name, email), h.now); err != nil {
			return err
		}
		return h.ledger.Enroll(ctx, db, c, consent.By{Agent: agent, Door: consent.DoorAgent}, h.now)
	}))
	return c
}

// edit saves a client's form as web does.
func (h *house) edit(agent agents.Agent, id clients.ID, change func(*clients.Form)) clients.Client {
	h.t.Helper()
	var after clients.Client
	h.must(h.tx(func(ctx context.Context, db bun.Tx) error {
		c, err := clients.Find(ctx, db, agent.ID, id)
		if err != nil {
			return err
		}
		f := clients.Form{
			FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone, Status: c.Status,
			VacationUntil: c.VacationUntil, Types: c.TypeList(), Notes: c.Notes, Version: c.Version,
		}
		change(&f)
		before, saved, err := clients.Update(ctx, db, agent.ID, id, f, h.now)
		if err != nil {
			return err
		}
		after = saved
		return h.ledger.Follow(ctx, db, before, after, consent.By{Agent: agent, Door: consent.DoorAgent}, h.now)
	}))
	return after
}

func (h *house) readdress(agent agents.Agent, id clients.ID, email string) {
	h.t.Helper()
	h.edit(agent, id, func(f *clients.Form) { f.Email = email })
}

func (h *house) setStatus(agent agents.Agent, id clients.ID, s clients.Status) {
	h.t.Helper()
	h.edit(agent, id, func(f *clients.Form) { f.Status = s })
}

func (h *house) delete(agent agents.Agent, c clients.Client) {
	h.t.Helper()
	h.must(h.tx(func(ctx context.Context, db bun.Tx) error {
		c, err := clients.Find(ctx, db, agent.ID, c.ID)
		if err != nil {
			return err
		}
		if err := h.ledger.Forget(ctx, db, c, consent.By{Agent: agent, Door: consent.DoorAgent}, h.now); err != nil {
			return err
		}
		_, err = clients.Delete(ctx, db, agent.ID, c.ID)
		return err
	}))
}

// link is what a letter sent to the client now carries.
func (h *house) link(c clients.Client) consent.Link {
	return consent.Link{Client: c.ID, Agent: c.AgentID, Mailing: 7, Hash: h.ledger.Hash(c.EmailKey)}
}

var page = consent.By{
	Door: consent.DoorPage, Wording: "Confirm Opt-Out", Subject: "4 new homes", IP: "203.0.113.77", UserAgent: "Firefox",
}

func (h *house) optOut(c clients.Client) int64 {
	h.t.Helper()
	id, err := h.ledger.OptOut(h.ctx, h.store.Write, h.link(c), page, h.now)
	h.must(err)
	return id
}

func (h *house) optIn(c clients.Client) {
	h.t.Helper()
	h.must(h.ledger.OptIn(h.ctx, h.store.Write, h.link(c), consent.By{Door: consent.DoorPage, Wording: "Confirm Opt-In"}, h.now))
}

func (h *house) restore(agent agents.Agent, id clients.ID) error {
	return h.ledger.Restore(h.ctx, h.store.Write, id, consent.By{Agent: agent, Door: consent.DoorAgent, Note: "called me"}, h.now)
}

func (h *house) client(c clients.Client) clients.Client {
	h.t.Helper()
	found, err := clients.Find(h.ctx, h.store.Read, c.AgentID, c.ID)
	h.must(err)
	return found
}

func (h *house) state(c clients.Client) consent.Consent {
	h.t.Helper()
	states, err := h.ledger.States(h.ctx, h.store.Read, c.AgentID, []clients.ID{c.ID})
	h.must(err)
	k, ok := states[c.ID]
	if !ok {
		h.t.Fatalf("client %d has no state", c.ID)
	}
	return k
}

func (h *house) notices(agent agents.Agent) []agents.Notice {
	h.t.Helper()
	list, err := agents.Notices(h.ctx, h.store.Read, agent.ID, false, 50)
	h.must(err)
	return list
}

// kinds are a client's ledger, oldest first, as one line.
func (h *house) kinds(c clients.Client) string {
	h.t.Helper()
	var kinds []string
	h.must(h.store.Read.NewRaw("SELECT kind FROM consent_events WHERE client_id = ? ORDER BY id", c.ID).Scan(h.ctx, &kinds))
	return strings.Join(kinds, " ")
}

func (h *house) event(id int64) consent.Event {
	h.t.Helper()
	var e consent.Event
	h.must(h.store.Read.NewSelect().Model(&e).Where("e.id = ?", id).Scan(h.ctx))
	return e
}

// ledgerGrew fails if a row of the ledger was changed or is gone since it was last called; it returns what was added.
func (h *house) ledgerGrew() []consent.Event {
	h.t.Helper()
	var rows []consent.Event
	h.must(h.store.Read.NewSelect().Model(&rows).Order("e.id").Scan(h.ctx))
	before := len(h.dump)
	if len(rows) < before {
		h.t.Fatalf("the ledger shrank from %d rows to %d", before, len(rows))
	}
	for i, r := range rows {
		line := fmt.Sprintf("%+v", r)
		if i < before && h.dump[i] != line {
			h.t.Fatalf("a row of the ledger was changed:\n%s\n%s", h.dump[i], line)
		}
		if i >= before {
			h.dump = append(h.dump, line)
		}
	}
	return rows[before:]
}

func (h *house) gate(c clients.Client) string {
	h.t.Helper()
	_, refusals, err := h.ledger.CheckAll(h.ctx, h.store.Read, c.AgentID, []clients.ID{c.ID}, h.now)
	h.must(err)
	if len(refusals) == 0 {
		return ""
	}
	return refusals[0].Gate
}

func (h *house) wants(what string, got, want any) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (h *house) contains(text string, parts ...string) {
	h.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			h.t.Errorf("%q is missing in: %s", part, text)
		}
	}
}

func (h *house) fails(err error, kind fault.Kind) {
	h.t.Helper()
	if err == nil || fault.Of(err) != kind {
		h.t.Errorf("fault %v (%v), want %v", fault.Of(err), err, kind)
	}
}

func itoa(id clients.ID) string { return strconv.FormatInt(int64(id), 10) }
