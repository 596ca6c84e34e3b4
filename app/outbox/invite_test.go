package outbox_test

import (
	"strings"
	"testing"
	"time"

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
			if err := outbox.PostInvitation(t.Context(), h.store.Write, "ann@example.com", text.Template, "7", h.clock()); err != nil {
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
	t.Run("and not hours later, when the address may have opted out", func(t *testing.T) {
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
