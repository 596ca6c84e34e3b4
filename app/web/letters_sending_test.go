package web_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

func TestSending(t *testing.T) {
	t.Run("each of those chosen gets one letter of their own, and nobody else anything", func(t *testing.T) {
		h, maya, all := elm(t)
		frank := h.enlist(maya, "Frank", "Mora", "frank@example.com", clients.Active)
		gina := h.enlist(maya, "Gina", "Pace", "gina@example.com", clients.Active)
		b := h.as(maya)
		key := b.Get("/letters/new").hidden(t, "key")
		form := []string{"clients", id(all["amara"]), "clients", id(all["carl"]), "clients", id(frank), "subject", "Three homes", "message", "Have a look.", "key", key}
		r := b.Post("/letters", form...)
		if r.Status != http.StatusSeeOther || !strings.HasPrefix(r.Header.Get("Location"), "/outbox/mailings/") {
			t.Fatalf("%d %v %s", r.Status, r.Header, r.Body)
		}
		b.follow(r).wants(t, http.StatusOK, "Three homes", "Queued for 3 clients", "3 waiting")
		again := b.Post("/letters", form...)
		if again.Header.Get("Location") != r.Header.Get("Location") {
			t.Errorf("the second submit went to %q, the first to %q", again.Header.Get("Location"), r.Header.Get("Location"))
		}
		h.deliver()
		if to := received(t, h.smtp.Received()); !slices.Equal(to, []string{"amara@example.com", "carl@example.com", "frank@example.com"}) {
			t.Errorf("received by %v", to)
		}
		b.follow(r).wants(t, http.StatusOK, "3 sent")
		for _, m := range h.smtp.Received() {
			for _, other := range []string{"amara@", "carl@", "frank@", "gina@"} {
				if !strings.HasPrefix(m.To, other) && bytes.Contains(m.Data, []byte(other)) {
					t.Errorf("the letter to %s names %s", m.To, other)
				}
			}
		}
		// Gone back, changed and sent again, it is another letter.
		b.Post("/letters", "clients", id(gina), "subject", "Three homes", "message", "Have a look.", "key", key)
		h.deliver()
		if to := received(t, h.smtp.Received()); !slices.Contains(to, "gina@example.com") || len(to) != 4 {
			t.Errorf("received by %v", to)
		}
	})
	t.Run("who opted out since the page was opened is named, and nothing is lost or sent", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		key := b.Get("/letters/new").hidden(t, "key")
		h.stop(maya, all["carl"])
		r := b.Post("/letters", "clients", id(all["amara"]), "clients", id(all["carl"]), "subject", "Three homes", "message", "Have a look.", "key", key)
		r.wants(t, http.StatusConflict, "Nothing was sent yet", "Carl Whitman</a></strong> can’t be mailed: ", `value="Three homes"`, "Have a look.</textarea>")
		if offered, chosen := r.picks(); !slices.Equal(chosen, []string{"Amara Osei"}) || slices.Contains(offered, "Carl Whitman") {
			t.Errorf("offered %v, chosen %v", offered, chosen)
		}
		r.wants(t, http.StatusConflict, "The others are still chosen")
		alone := b.Post("/letters", "clients", id(all["carl"]), "subject", "Three homes", "message", "Have a look.", "key", key)
		alone.wants(t, http.StatusConflict, "Nothing was sent yet")
		alone.lacks(t, "The others are still chosen")
		b.follow(b.Post("/clients/"+id(all["carl"])+"/messages", "message", "Call me.", "key", "k")).wants(t, http.StatusOK, "No mail can tell them just now")
		b.follow(b.Post("/clients/"+id(all["amara"])+"/messages", "message", "Call me.", "key", "k")).wants(t, http.StatusOK, "a mail tells them")
		h.deliver()
		if to := received(t, h.smtp.Received()); slices.Contains(to, "amara@example.com") || slices.Contains(to, "carl@example.com") {
			t.Errorf("received by %v", to)
		}
	})
	t.Run("a client deleted since, or another agent's, costs nothing that was typed", func(t *testing.T) {
		h, maya, all := elm(t)
		noor := h.hire("Noor Haddad", "noor@elm.example", agents.RoleAgent)
		theirs := h.enlist(noor, "Secret", "Person", "secret@example.com", clients.Active)
		r := h.as(maya).Post("/letters", "clients", id(all["ben"]), "clients", id(theirs), "subject", "Three homes", "message", "Have a look.")
		r.wants(t, http.StatusConflict, "No longer among your clients.", `value="Three homes"`)
		r.lacks(t, "Secret", "secret@")
	})
	t.Run("what is missing is said beside its field", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		b.Post("/letters", "message", "Kept.").wants(t, http.StatusUnprocessableEntity, "Choose at least one client.", `id="subject-why"`, "Give the letter a subject.", "Kept.</textarea>")
		r := b.Post("/letters", "clients", id(all["ben"]), "subject", "Kept")
		r.wants(t, http.StatusUnprocessableEntity, `id="message-why"`, `value="Kept"`)
		if _, chosen := r.picks(); !slices.Equal(chosen, []string{"Ben Ito"}) {
			t.Errorf("chosen %v", chosen)
		}
	})
	t.Run("a header smuggled into the subject is refused with a sentence", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		for _, subject := range []string{"Hello\r\nBcc: all@example.com", "Hello\nBcc: x@example.com", "Hello\rthere", "Hello\x00there", "Hello\u202ethere", "Hel\xfflo"} {
			for _, path := range []string{"/letters", "/letters/test"} {
				b.Post(path, "clients", id(all["ben"]), "subject", subject, "message", "Hi.").
					wants(t, http.StatusUnprocessableEntity, "There is a line break or a hidden character in the subject. Type it again.")
			}
		}
		h.deliver()
		if n := h.smtp.Count(); n > 0 {
			t.Errorf("%d letters left", n)
		}
	})
	t.Run("nothing may be sent without a postal address or a sending domain", func(t *testing.T) {
		h, maya, all := elm(t)
		noor := h.hire("Noor Haddad", "noor@elm.example", agents.RoleAgent)
		set := func(postal string, domains []string) {
			house, err := agents.LoadBrokerage(t.Context(), h.store.Read)
			if err != nil {
				t.Fatal(err)
			}
			house.PostalAddress, house.SendingDomains = postal, domains
			if _, err := agents.SaveBrokerage(t.Context(), h.store.Write, maya, house); err != nil {
				t.Fatal(err)
			}
		}
		for _, missing := range []struct{ postal, domain, say string }{{"", "elm.example", "postal address is missing"}, {"14 Elm Street, Guilford", "", "no sending domain is set"}} {
			var domains []string
			if missing.domain != "" {
				domains = []string{missing.domain}
			}
			set(missing.postal, domains)
			b := h.as(maya)
			b.Get("/letters/new").wants(t, http.StatusOK, missing.say, `href="/settings">Set it in Settings`)
			r := b.Post("/letters", "clients", id(all["ben"]), "subject", "Kept", "message", "Kept too.")
			r.wants(t, http.StatusUnprocessableEntity, missing.say, `value="Kept"`, "Kept too.</textarea>")
			b.Post("/letters/test", "subject", "Kept", "message", "Kept too.").wants(t, http.StatusUnprocessableEntity, missing.say)
			page := h.as(noor).Get("/letters/new")
			page.wants(t, http.StatusOK, missing.say, "Ask your broker to set it.")
			page.lacks(t, "Set it in Settings")
		}
		h.deliver()
		if n := h.smtp.Count(); n > 0 {
			t.Errorf("%d letters left", n)
		}
	})
}
