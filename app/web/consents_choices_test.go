package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

func TestPause(t *testing.T) {
	h, maya, _, carl, link := pair(t)
	b, v := h.as(maya), h.visitor()
	for _, c := range []struct{ until, say string }{
		{"", "Choose a day."}, {"soon", "Choose a day."}, {"2026-11-12", "tomorrow or a later day"}, {"2025-01-01", "tomorrow or a later day"}, {"2028-01-01", "within a year"}, {"9999-99-99", "Choose a day."},
	} {
		r := v.Post(link+"/pause", "until", c.until)
		r.wants(t, http.StatusUnprocessableEntity, c.say, `value="`+c.until+`"`, "Confirm Opt-Out", "<details class=\"choices-more\" open>")
	}
	sent := h.count("carl@example.com")
	v.Post(link+"/pause", "until", "2026-12-01").wants(t, http.StatusOK, "Paused until 1 December 2026", optInWords)
	if e := h.history(carl)[0]; e.Kind != consent.Paused || !strings.Contains(e.Wording, "Pause until 1 December 2026") {
		t.Errorf("%+v", e)
	}
	v.Get(link).wants(t, http.StatusOK, "Your mail is paused until 1 December 2026", "Confirm Opt-Out")
	page := b.Get(clientPath(carl))
	page.wants(t, http.StatusOK, "Carl asked for a pause", `aria-disabled="true"`, "Asked for a pause until 1 December 2026")
	page.lacks(t, "Click here to restore")
	b.Get("/clients").wants(t, http.StatusOK, ">Paused</span>")
	if r := b.Post("/letters", "subject", "Held", "message", "Hello", "clients", id(carl)); r.Status != http.StatusConflict {
		t.Errorf("a letter in the pause: %d", r.Status)
	}
	h.pass(19 * 24 * time.Hour) // 1 December, 9 o'clock in Guilford
	b.mailTo("After the pause", carl)
	if n := h.count("carl@example.com"); n != sent+1 {
		t.Errorf("%d letters after the pause", n-sent)
	}

	v.Post(link+"/pause", "until", "2027-01-10")
	v.Get(link+"/opt-in").wants(t, http.StatusOK, "This ends the pause", "Confirm Opt-In")
	v.Post(link+"/opt-in").wants(t, http.StatusOK, "You are opted in")
	b.mailTo("Pause ended", carl)
	if n := h.count("carl@example.com"); n != sent+2 {
		t.Errorf("%d letters after the end of the second pause", n-sent)
	}
	h.confirmOut(link)
	v.Post(link+"/pause", "until", "2027-01-10").wants(t, http.StatusConflict, "nothing to pause", optInWords)
}

func TestUndo(t *testing.T) {
	h, maya, _, carl, link := pair(t)
	v := h.visitor()
	out := h.confirmOut(link)
	event := out.hidden(t, "event")
	for _, wrong := range []string{"", "x", "0", "-1", "999999", "1"} {
		if r := v.Post(link+"/undo", "event", wrong); r.Status < 400 || r.Status >= 500 {
			t.Errorf("undo of %q: %d", wrong, r.Status)
		}
	}
	if s := h.state(carl).State; s != consent.OptedOut {
		t.Fatalf("consent %s", s)
	}
	dora := h.enlist(maya, "Dora", "Lind", "dora@example.com", clients.Active)
	h.as(maya).mailTo("For Dora", dora)
	v.Post(h.link("dora@example.com")+"/undo", "event", event).wants(t, http.StatusNotFound, optInWords)
	h.pass(2 * time.Hour)
	v.Post(link+"/undo", "event", event).wants(t, http.StatusGone, "for an hour", optInWords)
}

func TestOptOutOfWhatIsGone(t *testing.T) {
	t.Run("the client was deleted", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		b := h.as(maya)
		b.Post(clientPath(carl) + "/deletion")
		v := h.visitor()
		r := v.Get(link)
		r.wants(t, http.StatusOK, "Confirm Opt-Out", optInWords)
		r.lacks(t, "Pause for", "example.com")
		h.confirmOut(link)
		v.Get(link).wants(t, http.StatusOK, "You are opted out")
		in := v.Get(link + "/opt-in")
		in.wants(t, http.StatusOK, "no longer keeps your address")
		in.lacks(t, "Confirm Opt-In")
		v.Post(link+"/opt-in").wants(t, http.StatusGone, "no longer keeps your address")
		v.Post(link+"/pause", "until", "2026-12-01").wants(t, http.StatusGone)
		b.follow(b.Post("/clients", "first_name", "Carl", "email", "carl@example.com", "status", "Active")).wants(t, http.StatusOK, "opted out of e-mail here before")
	})
	t.Run("the letter was deleted", func(t *testing.T) {
		h, _, _, carl, link := pair(t)
		for _, sql := range []string{"DELETE FROM letter_attempts", "DELETE FROM letters", "DELETE FROM mailings"} {
			if _, err := h.store.Write.ExecContext(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		h.bare(link, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").wants(t, http.StatusOK)
		if e := h.history(carl)[0]; e.Kind != consent.WentOut || e.Subject != "" {
			t.Errorf("%+v", e)
		}
	})
	t.Run("the agent and all that was theirs were deleted", func(t *testing.T) {
		h, _, _, carl, link := pair(t)
		for _, sql := range []string{"DELETE FROM letter_attempts", "DELETE FROM letters", "DELETE FROM mailings", "DELETE FROM consents", "DELETE FROM clients", "DELETE FROM agents WHERE name = 'Maya Bell'"} {
			if _, err := h.store.Write.ExecContext(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		v := h.visitor()
		v.Get(link).wants(t, http.StatusOK, "Confirm Opt-Out", "anyone at Elm &amp; Harbor Realty")
		h.confirmOut(link)
		v.Get(link).wants(t, http.StatusOK, "You are opted out")
		var n int
		if err := h.store.Read.NewRaw("SELECT COUNT(*) FROM consent_events WHERE kind = 'opted_out' AND address_hash = ?", h.ledger.Hash(carl.EmailKey)).Scan(t.Context(), &n); err != nil || n != 1 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
	t.Run("the client has another address now", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		b := h.as(maya)
		version := b.Get(clientPath(carl)+"/edit").hidden(t, "version")
		b.Post(clientPath(carl), "first_name", "Carl", "last_name", "Whitman", "email", "new@example.org", "status", "Active", "version", version)
		v := h.visitor()
		r := v.Get(link)
		r.wants(t, http.StatusOK, "Confirm Opt-Out")
		r.lacks(t, "example.org", "n•••")
		h.confirmOut(link)
		if s := h.state(carl).State; s != consent.OptedOut {
			t.Errorf("consent %s", s)
		}
		v.Post(link+"/opt-in").wants(t, http.StatusGone)
	})
}

func TestTheWholeStory(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	b, v := h.as(maya), h.visitor()
	b.Get("/clients").wants(t, http.StatusOK, "<h1>My Clients</h1>", "No clients yet", `href="/clients/new"`, "Add client")
	added := b.Post("/clients", "first_name", "Carl", "last_name", "Whitman", "email", "carl@example.com", "phone", "(203) 555-0142", "status", "Active", "types", "Buyer", "notes", "Two dogs.")
	path := added.Header.Get("Location")
	b.follow(added).wants(t, http.StatusOK, "Carl Whitman", "(203) 555-0142", "Buyer", "Two dogs.", ">Active</span>", "Client added", "No letter yet")
	carl := clients.Client{ID: 1, AgentID: maya.ID}
	if clientPath(carl) != path {
		t.Fatalf("added at %s", path)
	}
	b.mailTo("Saturday, two o’clock?", carl)
	b.Get(path).wants(t, http.StatusOK, "Saturday, two o’clock?", ">Sent</span>", "The last letter was accepted")

	link := h.link("carl@example.com")
	v.Get(link).wants(t, http.StatusOK, "Confirm Opt-Out")
	v.Post(link, "choice", "all").wants(t, http.StatusOK, "No more e-mail will come")
	h.deliver()
	h.got("maya@elm.example")
	red := b.Get(path)
	red.wants(t, http.StatusOK, "Carl has opted out of e-mail.", "Click here to restore", "Opted out of all mail", "on the unsubscribe page", "from “Saturday, two o’clock?”", "What the screen said", ">Inactive</span>", "Consent is closed", "The status is Inactive", `aria-disabled="true"`)
	b.Get("/clients").wants(t, http.StatusOK, ">Opted out</span>", ">Inactive</span>")
	b.Get("/letters/new").lacks(t, "Carl Whitman")

	v.Get(link).wants(t, http.StatusOK, optInWords)
	v.Post(link+"/opt-in").wants(t, http.StatusOK, "You are opted in")
	b.Get(path).lacks(t, "Click here to restore")
	b.Get("/letters/new").lacks(t, "Carl Whitman")
	b.Get("/").wants(t, http.StatusOK, "Waiting for you", "Carl Whitman", "Make Active")
	version := b.Get(path+"/edit").hidden(t, "version")
	b.follow(b.Post(path, "first_name", "Carl", "last_name", "Whitman", "email", "carl@example.com", "status", "Active", "version", version, "notes", "Two dogs.")).wants(t, http.StatusOK, ">Active</span>")
	b.mailTo("Sunday, then?", carl)

	h.bare(h.link("carl@example.com"), "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click").wants(t, http.StatusOK)
	b.Get(path).wants(t, http.StatusOK, "one click", "Click here to restore")
	b.Post(path+"/restoration", "note", "He called me").wants(t, http.StatusSeeOther)
	b.Get(path).wants(t, http.StatusOK, "Consent restored", "How they asked: He called me", "still Inactive")
	b.Post(path+"/activation").wants(t, http.StatusSeeOther)
	b.mailTo("Monday it is", carl)
	if n := h.count("carl@example.com"); n != 3 {
		t.Errorf("%d letters", n)
	}
	b.Get(path+"/opt-out").wants(t, http.StatusOK, "Record that Carl Whitman opted out?", "Stop all mail")
	b.follow(b.Post(path+"/opt-out", "note", "Called on Monday")).wants(t, http.StatusOK, "Carl Whitman is opted out.", "told Maya Bell in person or by phone", "Called on Monday", "Click here to restore")
	if got := fmt.Sprint(len(h.history(carl))); got != "6" {
		t.Errorf("%s rows in the ledger", got)
	}
}
