package web_test

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/views"
)

// belongings are one of each thing that belongs to an agent.
type belongings struct {
	client  clients.Client // mailable
	out     clients.Client // opted out
	waiting clients.Client // opted back in, still Inactive
	letter  outbox.LetterID
	mailing outbox.MailingID
	notice  int64
	token   string      // of the letter
	home    listings.ID // everybody's
	search  autoemail.ID
	match   int64 // in the concierge queue
}

// furnish gives an agent one of each thing; who tells their names apart.
func furnish(h *house, a agents.Agent, who string) belongings {
	h.t.Helper()
	ctx, now := h.t.Context(), h.clock()
	must := func(err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatal(err)
		}
	}
	add := func(name string) clients.Client {
		var c clients.Client
		must(h.store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) (err error) {
			if c, err = clients.Create(ctx, db, a.ID, clients.Form{FirstName: name, LastName: "Of " + who, Email: name + "." + who + "@example.com", Notes: "Secret of " + who}, now); err != nil {
				return err
			}
			return h.ledger.Enroll(ctx, db, c, consent.By{Agent: a, Door: consent.DoorAgent}, now)
		}))
		return c
	}
	link := func(c clients.Client) consent.Link {
		return consent.Link{Client: c.ID, Agent: a.ID, Hash: h.ledger.Hash(c.EmailKey)}
	}
	b := belongings{client: add("Ana"), out: add("Carl"), waiting: add("Wanda")}
	for _, c := range []clients.Client{b.out, b.waiting} {
		_, err := h.ledger.OptOut(ctx, h.store.Write, link(c), consent.By{Door: consent.DoorPage}, now)
		must(err)
	}
	must(h.ledger.OptIn(ctx, h.store.Write, link(b.waiting), consent.By{Door: consent.DoorPage}, now))

	renderer, err := mail.NewRenderer(views.Letters())
	must(err)
	house := h.brokerage()
	from, err := mail.Identify(a.Name, a.Email, house.Name, house.SendingDomains)
	must(err)
	template, err := renderer.Letter(mail.Letter{
		Identity: from, House: mail.House{Name: house.Name, PostalAddress: house.PostalAddress, BaseURL: "http://porchlight.test"}, AgentName: a.Name,
		Subject: "News for " + who, Markdown: "Hello from " + who + ".", ListID: "agent.example",
	})
	must(err)
	permit, err := h.ledger.Check(ctx, h.store.Read, a.ID, b.client.ID, now)
	must(err)
	b.mailing, err = outbox.Post(ctx, h.store.Write, h.ledger, a, []consent.Permit{permit}, outbox.Text{Subject: "News for " + who, Markdown: "Hello from " + who + ".", Template: template, IdempotencyKey: "furnish-" + who}, now)
	must(err)
	letters, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: a.ID})
	must(err)
	b.letter, b.token = letters[0].ID, letters[0].Token
	notices, err := agents.Notices(ctx, h.store.Read, a.ID, true, 1)
	must(err)
	b.notice = notices[0].ID
	must(h.store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		saved, err := autoemail.Save(ctx, db, a.ID, autoemail.Search{
			ClientID: b.client.ID, Name: "Search of " + who, Criteria: listings.Criteria{Cities: []string{"Mystic"}},
			Schedule: autoemail.Schedule{Kind: autoemail.Daily, Times: []int{7 * 60}}, Events: []listings.EventKind{listings.EventNew},
		}, autoemail.Saving{}, now)
		b.search = saved.ID
		return err
	}))
	match := autoemail.Match{SearchID: b.search, ClientID: b.client.ID, AgentID: a.ID, ListingID: 1, Kind: listings.EventNew, OnceKey: "New Listing|" + who, State: autoemail.Unsent, FoundAt: now, Version: 1}
	_, err = h.store.Write.NewInsert().Model(&match).Exec(ctx)
	must(err)
	b.match = match.ID
	return b
}

// dump is every row of every table but when sessions were last seen, as text to compare.
func dump(t testing.TB, h *house) string {
	t.Helper()
	names := "SELECT name FROM sqlite_master WHERE type = 'table'"
	if h.store.Kind() == "PostgreSQL" {
		names = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	var tables []string
	if err := h.store.Read.NewRaw(names).Scan(t.Context(), &tables); err != nil {
		t.Fatal(err)
	}
	if len(tables) < 10 {
		t.Fatalf("only %v", tables)
	}
	var all []string
	for _, table := range tables {
		var rows []map[string]any
		if err := h.store.Read.NewRaw("SELECT * FROM ?", bun.Ident(table)).Scan(t.Context(), &rows); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		for _, row := range rows {
			if table == "sessions" {
				delete(row, "seen_at")
			}
			all = append(all, fmt.Sprint(table, row))
		}
	}
	sort.Strings(all)
	return strings.Join(all, "\n")
}

// differences are the lines that only one of two dumps has.
func differences(before, after string) string {
	count := map[string]int{}
	for _, line := range strings.Split(before, "\n") {
		count[line]--
	}
	for _, line := range strings.Split(after, "\n") {
		count[line]++
	}
	var all []string
	for line, n := range count {
		if n != 0 {
			all = append(all, fmt.Sprintf("%+d %s", n, line))
		}
	}
	sort.Strings(all)
	return strings.Join(all, "\n")
}
