package outbox_test

import (
	"strings"
	"testing"
	"time"

	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/outbox"
)

func TestAnAnswerIsForgottenOnceItLeftOrEnded(t *testing.T) {
	const secret = "Your code is 481516"
	for _, c := range []struct {
		name, address string
		verdict       func() (*mailtest.Server, mail.Route)
		pass          time.Duration
		state         outbox.State
	}{
		{"that was taken", "ann@example.com", func() (*mailtest.Server, mail.Route) { return server(t) }, 0, outbox.Sent},
		{"that nobody could take in time", "ann@example.com", func() (*mailtest.Server, mail.Route) { return nil, routeTo(t, "smtp://127.0.0.1:1") }, 10*time.Minute + time.Second, outbox.Expired},
		{"for nobody", "", func() (*mailtest.Server, mail.Route) { return server(t) }, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			smtp, route := c.verdict()
			text, err := h.render(secret)
			if err != nil {
				t.Fatal(err)
			}
			if err := outbox.PostToAsker(t.Context(), h.store.Write, "Ann", c.address, text.Template, "key", h.clock()); err != nil {
				t.Fatal(err)
			}
			kept := func() (n int) {
				t.Helper()
				if err := h.store.Read.NewRaw(`SELECT count(*) FROM mailings WHERE length(template) > 0`).Scan(t.Context(), &n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			if kept() != 1 {
				t.Fatal("it was not kept until it left")
			}
			courier := h.courier(route)
			h.drain(courier)
			if c.pass > 0 {
				if kept() != 1 {
					t.Error("forgotten while it waits")
				}
				h.pass(c.pass)
				h.drain(courier)
			}
			if kept() != 0 {
				t.Error("what it says is still there")
			}
			var states []outbox.State
			if err := h.store.Read.NewRaw(`SELECT state FROM letters`).Scan(t.Context(), &states); err != nil {
				t.Fatal(err)
			}
			if c.state == "" {
				if n, err := h.store.Read.NewSelect().Table("mailings").Count(t.Context()); n != 0 || len(states) != 0 || err != nil {
					t.Error(n, states, err)
				}
				return
			}
			if len(states) != 1 || states[0] != c.state {
				t.Error(states)
			}
			if c.state == outbox.Sent && (smtp.Count() != 1 || !strings.Contains(string(smtp.Received()[0].Data), secret)) {
				t.Error("it did not leave as it was written")
			}
		})
	}
}
