package outbox_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/consent"
	"porchlight/app/outbox"
)

func TestAnInvitationLeavesOnceOrEndsSoon(t *testing.T) {
	post := func(t *testing.T, h *house) {
		t.Helper()
		text, err := h.render("Tom invites you")
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // a form sent twice
			if err := outbox.PostInvitation(t.Context(), h.store.Write, h.jane.ID, "ann@example.com", h.ledger.Hash("ann@example.com"), text.Template, "7", h.clock()); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Run("to the address, with no name", func(t *testing.T) {
		h := newHouse(t)
		smtp, route := server(t)
		post(t, h)
		h.drain(h.courier(route))
		if got := smtp.Received(); len(got) != 1 || got[0].To != "ann@example.com" || !strings.Contains(string(got[0].Data), "To: ann@example.com") && !strings.Contains(string(got[0].Data), "To: <ann@example.com>") {
			t.Errorf("%d letters", len(got))
		}
	})
	t.Run("and not once the address has opted out", func(t *testing.T) {
		h := newHouse(t)
		smtp, route := server(t)
		post(t, h)
		ann := h.client("ann@example.com")
		if _, err := h.ledger.OptOut(t.Context(), h.store.Write, consent.Link{Client: ann.ID, Agent: h.jane.ID, Hash: h.ledger.Hash(ann.EmailKey)}, consent.By{Door: consent.DoorPage}, h.clock()); err != nil {
			t.Fatal(err)
		}
		h.drain(h.courier(route))
		for _, got := range smtp.Received() {
			if got.To == "ann@example.com" {
				t.Error("it left after the opt-out")
			}
		}
		var l outbox.Letter
		if err := h.store.Read.NewSelect().Model(&l).Where("to_address = ?", "ann@example.com").Scan(t.Context()); err != nil || l.State != outbox.Withheld || !strings.Contains(l.Reason, "opted out") {
			t.Error(l.State, l.Reason, err)
		}
	})
	t.Run("and not hours later, when nobody waits for it", func(t *testing.T) {
		h := newHouse(t)
		courier := h.courier(routeTo(t, "smtp://127.0.0.1:1"))
		post(t, h)
		h.pass(2*time.Hour + time.Second)
		h.drain(courier)
		var states []outbox.State
		if err := h.store.Read.NewRaw(`SELECT state FROM letters`).Scan(t.Context(), &states); err != nil || len(states) != 1 || states[0] != outbox.Expired {
			t.Error(states, err)
		}
	})
}
