package web_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/web"
)

func newBroker(code, email string) []string {
	return []string{"code", code, "brokerage", "Elm & Harbor Realty", "name", "Maya Bell", "email", email, "password", password}
}

func TestSetup(t *testing.T) {
	t.Run("is where everybody lands while nobody works here", func(t *testing.T) {
		h := open(t)
		b := h.visitor()
		r := b.Get("/")
		r.wants(t, http.StatusSeeOther)
		r = b.follow(r)
		r.wants(t, http.StatusSeeOther)
		b.follow(r).wants(t, http.StatusOK, "Welcome to Porchlight", "Setup code", ">Password</label>")
		b.Post("/sign-in", "email", "a@b.example", "password", password).wants(t, http.StatusSeeOther)
	})
	t.Run("makes the broker, signs in and shows the next step", func(t *testing.T) {
		h := open(t)
		b := h.visitor()
		r := b.Post("/setup", newBroker("abcd efgh-jklm", "maya@elmharbor.example")...)
		r.wants(t, http.StatusSeeOther)
		if to := r.Header.Get("Location"); to != "/settings" {
			t.Errorf("went to %q", to)
		}
		b.follow(r).wants(t, http.StatusOK, "Welcome to Porchlight", "Postal address", "Elm &amp; Harbor Realty")
		all, err := agents.List(t.Context(), h.store.Read)
		if err != nil || len(all) != 1 || !all[0].Broker() {
			t.Fatal(all, err)
		}
	})
	t.Run("is closed once somebody works here", func(t *testing.T) {
		h := open(t)
		h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		for _, r := range []reply{h.visitor().Get("/setup"), h.visitor().Post("/setup", newBroker("ABCD-EFGH-JKLM", "eve@evil.example")...)} {
			r.wants(t, http.StatusSeeOther)
			if to := r.Header.Get("Location"); to != "/sign-in" {
				t.Errorf("went to %q", to)
			}
		}
		if all, err := agents.List(t.Context(), h.store.Read); err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
	})
	t.Run("keeps what was typed and says what to mend, but not the password", func(t *testing.T) {
		h := open(t)
		r := h.visitor().Post("/setup", "code", "ABCD-EFGH-JKLM", "brokerage", "Elm", "name", "Maya", "email", "nonsense", "password", "short")
		r.wants(t, http.StatusUnprocessableEntity, `value="nonsense"`, `value="ABCD-EFGH-JKLM"`, `id="email-why"`, `id="password-why"`)
		r.lacks(t, `value="short"`)
	})
	t.Run("takes a few wrong codes a minute and no more", func(t *testing.T) {
		h := open(t)
		b := h.visitor()
		for range 5 {
			b.Post("/setup", newBroker("WRON-GWRO-NGWR", "eve@evil.example")...).wants(t, http.StatusForbidden, "not the code")
		}
		b.Post("/setup", newBroker("ABCD-EFGH-JKLM", "eve@evil.example")...).wants(t, http.StatusForbidden, "Wait a minute")
		h.pass(61 * time.Second)
		b.Post("/setup", newBroker("ABCD-EFGH-JKLM", "maya@elmharbor.example")...).wants(t, http.StatusSeeOther)
	})
	t.Run("never opens to an empty code", func(t *testing.T) {
		h := open(t, func(o *web.Options) { o.SetupCode = "" })
		for _, code := range []string{"", " - ", "ABCD-EFGH-JKLM"} {
			h.visitor().Post("/setup", newBroker(code, "eve@evil.example")...).wants(t, http.StatusForbidden)
		}
	})
	t.Run("makes one broker when two people press the button at once", func(t *testing.T) {
		h := open(t)
		var wait sync.WaitGroup
		for _, email := range []string{"maya@elmharbor.example", "omar@elmharbor.example", "ruth@elmharbor.example"} {
			wait.Go(func() {
				if r := h.visitor().Post("/setup", newBroker("ABCD-EFGH-JKLM", email)...); r.Status != http.StatusSeeOther {
					t.Errorf("%d %s", r.Status, strings.TrimSpace(r.Body))
				}
			})
		}
		wait.Wait()
		if all, err := agents.List(t.Context(), h.store.Read); err != nil || len(all) != 1 {
			t.Fatal(len(all), err)
		}
	})
}
