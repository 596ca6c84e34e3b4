package web_test

import (
	"bytes"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	netmail "net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

const optInWords = "Click here if you want to Opt-In instead"

// got is the newest message to an address, read.

func (h *house) got(address string) (*netmail.Message, string) {
	h.t.Helper()
	all := h.smtp.Received()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].To != address {
			continue
		}
		m, err := netmail.ReadMessage(bytes.NewReader(all[i].Data))
		if err != nil {
			h.t.Fatal(err)
		}
		return m, string(all[i].Data)
	}
	h.t.Fatalf("nothing came to %s", address)
	return nil, ""
}

var escaped = regexp.MustCompile(`=([0-9A-F]{2})`)

// readable is a message without its quoted-printable escapes (RFC 2045 section 6.7).

func readable(raw string) string {
	return escaped.ReplaceAllStringFunc(strings.ReplaceAll(raw, "=\r\n", ""), func(code string) string {
		b, _ := hex.DecodeString(code[1:])
		return string(b)
	})
}

// count is how many messages came to an address.

func (h *house) count(address string) int {
	n := 0
	for _, m := range h.smtp.Received() {
		if m.To == address {
			n++
		}
	}
	return n
}

var inBrackets = regexp.MustCompile(`<(https?://[^>]+)>`)

// link is the path of the List-Unsubscribe header in the newest message to an address, as its bytes say.

func (h *house) link(address string) string {
	h.t.Helper()
	m, _ := h.got(address)
	if post := m.Header.Get("List-Unsubscribe-Post"); post != "List-Unsubscribe=One-Click" {
		h.t.Errorf("List-Unsubscribe-Post: %q", post)
	}
	found := inBrackets.FindStringSubmatch(m.Header.Get("List-Unsubscribe"))
	if found == nil {
		h.t.Fatalf("List-Unsubscribe: %q", m.Header.Get("List-Unsubscribe"))
	}
	u, err := url.Parse(found[1])
	if err != nil || !strings.HasPrefix(found[1], "http://porchlight.test/u/") {
		h.t.Fatalf("%q: %v", found[1], err)
	}
	return u.Path
}

// mailTo sends a letter from an agent's browser through Compose and delivers it.

func (b *browser) mailTo(subject string, to ...clients.Client) {
	b.h.t.Helper()
	b.write(subject, to...)
	b.h.deliver()
}

// client is a client's row as it is now.

func (h *house) client(c clients.Client) clients.Client {
	h.t.Helper()
	now, err := clients.Find(h.t.Context(), h.store.Read, c.AgentID, c.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return now
}

// state is a client's consent as it is now.

func (h *house) state(c clients.Client) consent.Consent {
	h.t.Helper()
	states, err := h.ledger.States(h.t.Context(), h.store.Read, c.AgentID, []clients.ID{c.ID})
	if err != nil {
		h.t.Fatal(err)
	}
	return states[c.ID]
}

// history is a client's ledger, newest first.

func (h *house) history(c clients.Client) []consent.Event {
	h.t.Helper()
	events, err := h.ledger.History(h.t.Context(), h.store.Read, c.AgentID, c.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return events
}

// bare is what a mail program sends: no cookie, no header of a browser.

func (h *house) bare(path, contentType, body string) reply {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return h.visitor().do(r)
}

// confirmOut opts out by the page and returns what it says.

func (h *house) confirmOut(link string) reply {
	h.t.Helper()
	r := h.visitor().Post(link, "choice", "all")
	r.wants(h.t, http.StatusOK, "You are opted out")
	return r
}

// pair is a house with two agents, Maya and Omar, and Maya's client Carl, who has just got a letter.

func pair(t *testing.T) (h *house, maya, omar agents.Agent, carl clients.Client, link string) {
	t.Helper()
	h = open(t)
	maya = h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	omar = h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
	carl = h.enlist(maya, "Carl", "Whitman", "carl@example.com", clients.Active)
	h.as(maya).mailTo("4 new homes in Guilford", carl)
	return h, maya, omar, carl, h.link("carl@example.com")
}

// The nine points of DESIGN section 4, each with mail that was really sent.

func TestConsentLoop(t *testing.T) {
	t.Run("1 every letter has a visible Unsubscribe link and the headers of RFC 8058", func(t *testing.T) {
		h, _, _, _, link := pair(t)
		m, raw := h.got("carl@example.com")
		if !strings.Contains(m.Header.Get("List-Unsubscribe"), link) {
			t.Error(m.Header)
		}
		unfolded := readable(raw)
		if n := strings.Count(unfolded, link); n < 3 { // header, text, HTML
			t.Errorf("the link stands %d times in\n%s", n, unfolded)
		}
		if !strings.Contains(unfolded, "Unsubscribe: http://porchlight.test"+link) || !strings.Contains(unfolded, ">Unsubscribe<") {
			t.Errorf("no visible link in\n%s", unfolded)
		}
	})

	t.Run("2 the link opens a page with the address masked, gentler choices, and the way back at the bottom", func(t *testing.T) {
		h, _, _, _, link := pair(t)
		before := dump(t, h)
		r := h.visitor().Get(link)
		r.wants(t, http.StatusOK, "c•••@example.com", "Elm &amp; Harbor Realty", "Maya Bell", ">Confirm Opt-Out</button>", "Pause until a date", "Pause for a month", ">"+optInWords+"</a>")
		r.lacks(t, "carl@", "Whitman", "hx-", "<input type=\"password\"")
		if strings.Index(r.Body, "Confirm Opt-Out") > strings.Index(r.Body, optInWords) {
			t.Error("the way back stands above the button")
		}
		for name, want := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if d := differences(before, dump(t, h)); d != "" {
			t.Errorf("looking changed\n%s", d)
		}
	})

	t.Run("3 confirming stops everything, tells the agent, and can be undone", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		b := h.as(maya)
		b.write("Written before, not yet sent", carl)
		sent := h.count("carl@example.com")
		r := h.confirmOut(link)
		r.wants(t, http.StatusOK, "No more e-mail will come to c•••@example.com", ">Undo</button>", optInWords)
		h.deliver()
		if n := h.count("carl@example.com"); n != sent {
			t.Errorf("%d letters after the opt-out", n-sent)
		}
		if s := h.client(carl).Status; s != clients.Inactive {
			t.Errorf("status %s", s)
		}
		if s := h.state(carl).State; s != consent.OptedOut {
			t.Errorf("consent %s", s)
		}
		e := h.history(carl)[0]
		if e.Kind != consent.WentOut || e.Door != consent.DoorPage || e.Subject != "4 new homes in Guilford" || e.StatusBefore != clients.Active {
			t.Errorf("%+v", e)
		}
		for _, words := range []string{"Stop e-mail to c•••@example.com?", "You will get nothing more from Maya Bell or anyone else at Elm & Harbor Realty.", "[Confirm Opt-Out]"} {
			if !strings.Contains(e.Wording, words) {
				t.Errorf("the ledger does not have %q on the screen: %q", words, e.Wording)
			}
		}
		b.Get("/outbox").wants(t, http.StatusOK, "Withheld")
		b.Get("/").wants(t, http.StatusOK, "Carl Whitman")
		told, raw := h.got("maya@elm.example")
		if !strings.Contains(told.Header.Get("Subject"), "Carl Whitman") {
			t.Errorf("Subject: %s", told.Header.Get("Subject"))
		}
		raw = readable(raw)
		for _, words := range []string{"4 new homes in Guilford", "restor", "Edit, Status, Active, Save", clientPath(carl)} {
			if !strings.Contains(raw, words) {
				t.Errorf("no %q in the agent's mail\n%s", words, raw)
			}
		}
		undone := h.visitor().Post(link+"/undo", "event", r.hidden(t, "event"))
		undone.wants(t, http.StatusOK, "everything is as it was before")
		if s := h.client(carl).Status; s != clients.Active {
			t.Errorf("status %s after the undo", s)
		}
		b.mailTo("After the undo", carl)
		if n := h.count("carl@example.com"); n != sent+1 {
			t.Errorf("%d letters after the undo", n-sent)
		}
	})

	t.Run("4 the client opts back in by the bottom link, and the status stays Inactive", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		h.confirmOut(link)
		b := h.as(maya)
		v := h.visitor()
		v.Get(link).wants(t, http.StatusOK, "You are opted out", `<a href="`+link+`/opt-in">`+optInWords+`</a>`)
		ask := v.Get(link + "/opt-in")
		ask.wants(t, http.StatusOK, "Get e-mail from Maya Bell again?", ">Confirm Opt-In</button>", "c•••@example.com")
		if s := h.state(carl).State; s != consent.OptedOut {
			t.Errorf("asking made it %s", s)
		}
		v.Post(link+"/opt-in").wants(t, http.StatusOK, "You are opted in")
		if s := h.state(carl).State; s != consent.OptedIn {
			t.Errorf("consent %s", s)
		}
		if s := h.client(carl).Status; s != clients.Inactive {
			t.Errorf("status %s", s)
		}
		if e := h.history(carl)[0]; e.Kind != consent.WentIn || !strings.Contains(e.Wording, "[Confirm Opt-In]") || e.Actor != "client" {
			t.Errorf("%+v", e)
		}
		page := b.Get(clientPath(carl))
		page.lacks(t, "Click here to restore")
		page.wants(t, http.StatusOK, "Consent is open, but the status is still Inactive", "Make Active")
		offered, _ := b.Get("/letters/new").picks()
		if slices.Contains(offered, "Carl Whitman") {
			t.Error("Carl is offered while Inactive")
		}
		h.deliver()
		if told, _ := h.got("maya@elm.example"); !strings.Contains(told.Header.Get("Subject"), "opted back in") {
			t.Errorf("Subject: %s", told.Header.Get("Subject"))
		}
	})

	t.Run("5 the agent restores by the link in the notice or from the client's page, attesting that the client asked", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		h.confirmOut(link)
		h.deliver()
		_, raw := h.got("maya@elm.example")
		raw = readable(raw)
		if !strings.Contains(raw, "http://porchlight.test"+clientPath(carl)+"/restoration") {
			t.Errorf("no link to restore in\n%s", raw)
		}
		b := h.as(maya)
		page := b.Get(clientPath(carl))
		page.wants(t, http.StatusOK, "Carl has opted out of e-mail.", `<a href="`+clientPath(carl)+`/restoration">Click here to restore</a>`, "Inactive")
		if strings.Index(page.Body, "Click here to restore") > strings.Index(page.Body, "<h1") {
			t.Error("the notice is not at the top")
		}
		before := dump(t, h)
		ask := b.Get(clientPath(carl) + "/restoration")
		ask.wants(t, http.StatusOK, "I attest that Carl asked me to get e-mail again", "How Carl asked", ">Restore</button>")
		if d := differences(before, dump(t, h)); d != "" {
			t.Errorf("asking changed\n%s", d)
		}
		r := b.Post(clientPath(carl)+"/restoration", "note", "By phone on Tuesday")
		after := b.follow(r)
		after.wants(t, http.StatusOK, "Consent is open again. The status is still Inactive: Edit, Status, Active, Save", ">Inactive</span>")
		after.lacks(t, "Click here to restore")
		e := h.history(carl)[0]
		if e.Kind != consent.Restored || e.Note != "By phone on Tuesday" || e.ActorID != maya.ID || !strings.Contains(e.Wording, "I attest that the client asked me to get e-mail again.") || !strings.Contains(e.Wording, "[Restore]") {
			t.Errorf("%+v", e)
		}
		if s := h.client(carl).Status; s != clients.Inactive {
			t.Errorf("status %s", s)
		}
		b.Get(clientPath(carl)+"/restoration").wants(t, http.StatusOK, "nothing to restore")
		b.Post(clientPath(carl)+"/restoration").wants(t, http.StatusConflict, "open already")
	})

	t.Run("6 Edit, Status, Active, Save: mail flows again, and not before", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		sent := h.count("carl@example.com")
		h.confirmOut(link)
		b := h.as(maya)
		h.visitor().Post(link + "/opt-in")
		if r := b.Post("/letters", "subject", "Too early", "message", "Hello", "clients", id(carl)); r.Status != http.StatusConflict {
			t.Errorf("a letter to an Inactive client: %d", r.Status)
		}
		form := b.Get(clientPath(carl) + "/edit")
		form.wants(t, http.StatusOK, `<label for="status">Status</label><select id="status"`, "<option selected>Inactive</option>", ">Save</button>")
		saved := b.follow(b.Post(clientPath(carl), "first_name", "Carl", "last_name", "Whitman", "email", "carl@example.com", "status", "Active", "version", form.hidden(t, "version")))
		saved.wants(t, http.StatusOK, ">Active</span>", "/letters/new?client="+id(carl))
		saved.lacks(t, "still Inactive")
		offered, _ := b.Get("/letters/new").picks()
		if !slices.Contains(offered, "Carl Whitman") {
			t.Errorf("offered: %v", offered)
		}
		b.mailTo("Welcome back", carl)
		if n := h.count("carl@example.com"); n != sent+1 {
			t.Errorf("%d letters", n-sent)
		}
	})

	t.Run("7 who opted back in waits for the agent, with Make Active beside", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		sent := h.count("carl@example.com")
		h.confirmOut(link)
		h.visitor().Post(link + "/opt-in")
		b := h.as(maya)
		action := `action="` + clientPath(carl) + `/activation"`
		for _, path := range []string{"/", "/clients", clientPath(carl)} {
			b.Get(path).wants(t, http.StatusOK, action, "Make Active</button>")
		}
		b.HTMX().Post(clientPath(carl)+"/activation").wants(t, http.StatusOK, "<li ", "Active. Mail flows again.", "Carl Whitman")
		if s := h.client(carl).Status; s != clients.Active {
			t.Errorf("status %s", s)
		}
		for _, path := range []string{"/", "/clients", clientPath(carl)} {
			b.Get(path).lacks(t, action)
		}
		b.mailTo("Welcome back", carl)
		if n := h.count("carl@example.com"); n != sent+1 {
			t.Errorf("%d letters", n-sent)
		}
	})

	t.Run("8 an address that opted out is remembered after its client is deleted; a complaint only the client lifts", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		h.confirmOut(link)
		b := h.as(maya)
		b.Get(clientPath(carl)+"/deletion").wants(t, http.StatusOK, "Delete Carl Whitman?", ">Delete Carl Whitman</button>")
		b.follow(b.Post(clientPath(carl)+"/deletion")).wants(t, http.StatusOK, "Carl Whitman is deleted.")
		b.Get(clientPath(carl)).wants(t, http.StatusNotFound)
		h.visitor().Get(link).wants(t, http.StatusOK, "You are opted out", optInWords)

		again := b.Post("/clients", "first_name", "Carl", "last_name", "W", "email", "Carl@Example.com", "status", "Active")
		page := b.follow(again)
		page.wants(t, http.StatusOK, "opted out of e-mail here before", "Click here to restore")
		path := again.Header.Get("Location")
		if err := h.ledger.Block(t.Context(), h.store.Write, h.ledger.Hash("carl@example.com"), consent.Complained, "abuse report", h.clock()); err != nil {
			t.Fatal(err)
		}
		marked := b.Get(path)
		marked.wants(t, http.StatusOK, "marked mail from here as spam", optInWords)
		marked.lacks(t, "Click here to restore")
		b.Get(path+"/restoration").lacks(t, ">Restore</button>")
		b.Post(path+"/restoration", "note", "She said so").wants(t, http.StatusForbidden, "only they can opt in again")
	})

	t.Run("9 several agents, one address: the other's mail is held, the status untouched, and each restores their own", func(t *testing.T) {
		h, maya, omar, carl, link := pair(t)
		his := h.enlist(omar, "Carl", "Whitman", "carl@example.com", clients.Active)
		hers, b := h.as(maya), h.as(omar)
		h.confirmOut(link)
		page := b.Get(clientPath(his))
		page.wants(t, http.StatusOK, "Carl opted out at another agent&#39;s letter on 12 November: ask first.", "Click here to restore", ">Active</span>")
		page.lacks(t, "4 new homes in Guilford", "Maya")
		if s := h.client(his).Status; s != clients.Active {
			t.Errorf("status %s", s)
		}
		sent := h.count("carl@example.com")
		if r := b.Post("/letters", "subject", "Held", "message", "Hello", "clients", id(his)); r.Status != http.StatusConflict {
			t.Errorf("Omar's letter: %d", r.Status)
		}
		h.visitor().Post(link + "/opt-in") // with Maya only
		if s := h.state(his).State; s != consent.OptedOut {
			t.Errorf("Omar's became %s by the client's yes to Maya", s)
		}
		b.follow(b.Post(clientPath(his)+"/restoration", "note", "Met him")).wants(t, http.StatusOK, "the status is Active: mail flows")
		b.mailTo("From Omar", his)
		if n := h.count("carl@example.com"); n != sent+1 {
			t.Errorf("%d letters from Omar", n-sent)
		}
		h.confirmOut(h.link("carl@example.com"))
		hers.Get(clientPath(carl)).wants(t, http.StatusOK, "opted out at another agent")
		hers.Post(clientPath(carl) + "/restoration")
		if s := h.state(his).State; s != consent.OptedOut {
			t.Errorf("Maya's restore opened Omar's: %s", s)
		}
	})
}

func clientPath(c clients.Client) string { return "/clients/" + id(c) }

// A scanner opens every address in a mail, and looks again.

// The token needs no row: it outlives the letter, the client, and the agent.

// The whole story in one walk, as agent and client live it.
