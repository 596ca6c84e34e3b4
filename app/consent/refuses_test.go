package consent_test

import (
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/consent"
)

func TestWhetherAnAddressRefusesMail(t *testing.T) {
	h := newHouse(t)
	refuses := func(agent agents.Agent, email string, want bool) {
		t.Helper()
		got, err := h.ledger.Refuses(h.ctx, h.store.Read, agent.ID, h.ledger.Hash(email), h.now)
		if err != nil || got != want {
			t.Errorf("%s to %s: %v, %v", agent.Name, email, got, err)
		}
	}
	link := func(email string, of consent.Link) consent.Link {
		of.Hash = h.ledger.Hash(email)
		return of
	}
	refuses(h.anna, "nobody@example.com", false)
	out := h.add(h.anna, "Out Er", "out@example.com")
	refuses(h.anna, "out@example.com", false)
	h.must(h.ledger.OptOutFor(h.ctx, h.store.Write, out.ID, consent.By{Agent: h.anna, Door: consent.DoorPhone}, h.now))
	for _, agent := range []agents.Agent{h.anna, h.ben} { // the whole house was told no
		refuses(agent, "out@example.com", true)
	}
	h.must(h.ledger.OptIn(h.ctx, h.store.Write, link("out@example.com", consent.Link{Client: out.ID, Agent: h.anna.ID}), consent.By{Door: consent.DoorPage}, h.later(time.Hour).now))
	refuses(h.anna, "out@example.com", false)
	refuses(h.ben, "out@example.com", true)
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.ledger.Hash("gone@example.com"), consent.Undeliverable, "550", h.now))
	refuses(h.anna, "gone@example.com", true)
	h.must(h.ledger.Block(h.ctx, h.store.Write, h.ledger.Hash("angry@example.com"), consent.Complained, "", h.now))
	refuses(h.chloe, "angry@example.com", true)
	rest := h.add(h.anna, "Rest Er", "rest@example.com")
	h.must(h.ledger.Pause(h.ctx, h.store.Write, link("rest@example.com", consent.Link{Client: rest.ID, Agent: h.anna.ID}), h.now.AddDate(0, 0, 10), consent.By{Door: consent.DoorPage}, h.now))
	refuses(h.anna, "rest@example.com", true)
	refuses(h.ben, "rest@example.com", false)
	h.later(11 * 24 * time.Hour)
	refuses(h.anna, "rest@example.com", false)
}
