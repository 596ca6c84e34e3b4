package consent_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

// closeAll closes every gate of a new client.
func (h *house) closeAll() clients.Client {
	h.t.Helper()
	c := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.must(h.ledger.Pause(h.ctx, h.store.Write, h.link(c), h.now.AddDate(0, 1, 0), page, h.now))
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.link(c).Hash, consent.Undeliverable, "550 no such user.", h.now))
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.link(c).Hash, consent.Complained, "", h.now))
	h.setStatus(h.anna, c.ID, clients.Inactive)
	return c
}

func TestGates_are_asked_in_order_and_alike_everywhere(t *testing.T) {
	h := newHouse(t)
	c := h.closeAll()
	exec := func(query string) {
		t.Helper()
		_, err := h.store.Write.Exec(query)
		h.must(err)
	}
	for _, step := range []struct{ gate, open string }{
		{"consent", "UPDATE consents SET state = 'opted_in'"},
		{"complaint", "DELETE FROM address_blocks WHERE reason = 'complained'"},
		{"address", "DELETE FROM address_blocks"},
		{"pause", "UPDATE consents SET paused_until = NULL"},
		{"status", "UPDATE clients SET status = 'Prospect'"},
		{"", "UPDATE consents SET email_key = 'other@example.com'"},
		{"consent", "UPDATE consents SET email_key = 'carl@example.com'"},
		{"", "UPDATE consents SET state = 'pending'"},
		{"consent", "DELETE FROM consents"},
		{"consent", "SELECT 1"},
	} {
		h.wants("CheckAll", h.gate(c), step.gate)
		shut, err := h.ledger.Shut(h.ctx, h.store.Read, h.anna.ID, h.now)
		h.must(err)
		say, ok, err := h.ledger.StillOpen(h.ctx, h.store.Read, c.ID, h.link(c).Hash, h.now)
		h.must(err)
		pending := step.open == "DELETE FROM consents"
		_, ask, err := h.ledger.StillToAsk(h.ctx, h.store.Read, c.ID, h.link(c).Hash, h.now)
		h.must(err)
		h.wants("StillToAsk", ask, pending)
		_, total, err := h.ledger.Mailable(h.ctx, h.store.Read, h.anna.ID, "", 5, h.now)
		h.must(err)
		gates, err := h.ledger.Gates(h.ctx, h.store.Read, h.anna.ID, c.ID, time.UTC, h.now)
		h.must(err)
		first := ""
		for _, g := range gates {
			if !g.Open && first == "" {
				first = g.Name
			}
			if g.Title == "" || g.Say == "" {
				t.Errorf("a gate without words: %+v", g)
			}
		}
		h.wants("Gates", first, step.gate)
		if step.gate == "" {
			h.wants("Shut", len(shut), 0)
			h.wants("Mailable", total, 1)
			h.wants("StillOpen", ok, true)
			h.wants("say", say, "")
		} else {
			counted := step.gate
			if pending {
				counted = "pending"
			}
			h.wants("Shut", fmt.Sprint(shut), "map["+counted+":1]")
			h.wants("Mailable", total, 0)
			h.wants("StillOpen", ok, false)
			if !strings.HasSuffix(say, ".") {
				t.Errorf("no sentence: %q", say)
			}
		}
		exec(step.open)
	}
}

func TestGates_name_the_remedy(t *testing.T) {
	h := newHouse(t)
	c := h.closeAll()
	ny, err := time.LoadLocation("America/New_York")
	h.must(err)
	h.now = time.Date(2026, 11, 13, 3, 0, 0, 0, time.UTC) // still the 12th in New York
	h.must(h.ledger.OptIn(h.ctx, h.store.Write, h.link(c), page, h.now))
	h.optOut(c)
	gates, err := h.ledger.Gates(h.ctx, h.store.Read, h.anna.ID, c.ID, ny, h.now)
	h.must(err)
	id := itoa(c.ID)
	for i, want := range []consent.Gate{
		{Name: "consent", Title: "Consent is closed", Say: "Opted out on 12 November from “4 new homes”.", Remedy: "Restore", Path: "/clients/" + id + "/restoration"},
		{Name: "complaint", Open: true, Title: "No spam complaint", Say: "They have not marked our mail as spam."},
		{Name: "address", Title: "The address refuses mail", Say: "Refused for good on 12 November: 550 no such user.", Remedy: "The address works again", Path: "/clients/" + id + "/address"},
		{Name: "pause", Open: true, Title: "No pause", Say: "They have not asked for a pause."},
		{Name: "status", Title: "The status is Inactive", Say: "Inactive since 12 November. No mail goes out until you choose Edit, Status, Active, Save.", Remedy: "Edit", Path: "/clients/" + id + "/edit"},
	} {
		h.wants("gate", gates[i], want)
	}
	h.edit(h.anna, c.ID, func(f *clients.Form) {
		f.Status, f.VacationUntil = clients.OnVacation, time.Date(2026, 12, 24, 5, 0, 0, 0, time.UTC)
	})
	gates, err = h.ledger.Gates(h.ctx, h.store.Read, h.anna.ID, c.ID, ny, h.now)
	h.must(err)
	h.wants("vacation", gates[4].Say, "On vacation until 24 December; comes back by itself.")
	_, err = h.ledger.Gates(h.ctx, h.store.Read, h.ben.ID, c.ID, ny, h.now)
	h.fails(err, fault.NotFound)
}

func TestGates_let_exactly_the_statuses_through_that_mail(t *testing.T) {
	h := newHouse(t)
	c := h.add(h.anna, "Carl Whitman", "carl@example.com")
	for _, s := range clients.Statuses {
		_, err := h.store.Write.Exec("UPDATE clients SET status = ?, vacation_until = ?", string(s), h.now.AddDate(0, 0, 9))
		h.must(err)
		h.wants(string(s), h.gate(c) == "", s.Mails())
	}
}

func TestStillOpen_is_for_the_address_the_letter_goes_to(t *testing.T) {
	h := newHouse(t)
	c := h.add(h.anna, "Carl Whitman", "carl@example.com")
	h.readdress(h.anna, c.ID, "carl2@example.com")
	say, ok, err := h.ledger.StillOpen(h.ctx, h.store.Read, c.ID, h.link(c).Hash, h.now)
	h.must(err)
	h.wants("open", ok, false)
	h.contains(say, "address was changed")
	h.delete(h.anna, c)
	say, ok, err = h.ledger.StillOpen(h.ctx, h.store.Read, c.ID, h.link(c).Hash, h.now)
	h.must(err)
	h.wants("open", ok, false)
	h.contains(say, "deleted")
}

func TestCheckAll_answers_for_twenty_thousand(t *testing.T) {
	h := newHouse(t)
	const n = 20_000
	all := make([]clients.ID, 0, n)
	h.must(h.tx(func(ctx context.Context, db bun.Tx) error {
		proto := h.add1(ctx, db)
		for from := 0; from < n; from += 500 {
			var cs []clients.Client
			var ks []consent.Consent
			for i := from; i < from+500; i++ {
				c := proto
				c.ID = clients.ID(1000 + i)
				c.EmailKey = fmt.Sprintf("c%d@example.com", i)
				c.Email = c.EmailKey
				all = append(all, c.ID)
				cs = append(cs, c)
				ks = append(ks, consent.Consent{ClientID: c.ID, AgentID: c.AgentID, EmailKey: c.EmailKey, AddressHash: h.ledger.Hash(c.EmailKey), State: consent.OptedIn, Since: h.now})
			}
			if _, err := db.NewInsert().Model(&cs).Exec(ctx); err != nil {
				return err
			}
			if _, err := db.NewInsert().Model(&ks).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}))
	_, err := h.store.Write.Exec("UPDATE consents SET state = 'opted_out' WHERE client_id % 4 = 0")
	h.must(err)
	all = append(all, all[0])
	permits, refusals, err := h.ledger.CheckAll(h.ctx, h.store.Read, h.anna.ID, all, h.now)
	h.must(err)
	h.wants("permits", len(permits), n*3/4)
	h.wants("refusals", len(refusals), n/4)
	h.wants("order", permits[0].Client() < permits[1].Client() && permits[14_998].Client() < permits[14_999].Client(), true)
	_, _, err = h.ledger.CheckAll(h.ctx, h.store.Read, h.anna.ID, append(all, 5_000_000), h.now)
	h.fails(err, fault.NotFound)
	_, _, err = h.ledger.CheckAll(h.ctx, h.store.Read, h.ben.ID, all[:3], h.now)
	h.fails(err, fault.NotFound)
	states, err := h.ledger.States(h.ctx, h.store.Read, h.anna.ID, all)
	h.must(err)
	h.wants("states", len(states), n)
	list, total, err := h.ledger.Mailable(h.ctx, h.store.Read, h.anna.ID, "", 50, h.now)
	h.must(err)
	h.wants("list", len(list), 50)
	h.wants("total", total, n*3/4+1)
}

func (h *house) add1(ctx context.Context, db bun.Tx) clients.Client {
	h.t.Helper()
	c, err := clients.Create(ctx, db, h.anna.ID, form("Proto Type", "proto@example.com"), h.now)
	h.must(err)
	h.must(h.ledger.Enroll(ctx, db, c, consent.By{Agent: h.anna, Door: consent.DoorImport}, h.now))
	return c
}

func BenchmarkStillOpen(b *testing.B) {
	h := newHouse(b)
	c := h.add(h.anna, "Carl Whitman", "carl@example.com")
	hash := h.link(c).Hash
	b.ReportAllocs()
	for b.Loop() {
		if _, ok, err := h.ledger.StillOpen(h.ctx, h.store.Read, c.ID, hash, h.now); err != nil || !ok {
			b.Fatal(ok, err)
		}
	}
}
