package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/outbox"
)

func TestConfirmedOptIn(t *testing.T) {
	demanding := func(t *testing.T) (*house, agents.Agent, *browser) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		b := h.as(maya)
		b.Get("/settings/consent").wants(t, http.StatusOK, "New clients say yes themselves")
		b.Post("/settings/consent", "confirms", "1", "version", "0").wants(t, http.StatusSeeOther)
		b.Post("/settings/consent", "version", "0").wants(t, http.StatusConflict, "Someone saved this page")
		return h, maya, b
	}
	add := func(t *testing.T, h *house, maya agents.Agent, first string) clients.Client {
		h.as(maya).Post("/clients", "first_name", first, "last_name", "Fox", "email", strings.ToLower(first)+"@post.example", "status", "Active").wants(t, http.StatusSeeOther)
		return found(t, h, maya, first)
	}
	imported := func(t *testing.T, b *browser, file string) reply {
		preview := b.preview("c.csv", file)
		b.Post(fileURL, "key", preview.hidden(t, "key")).wants(t, http.StatusSeeOther)
		return b.settled()
	}
	t.Run("whoever is added gets one letter that asks, and nothing else until they press its button", func(t *testing.T) {
		h, maya, b := demanding(t)
		ada := add(t, h, maya, "Ada")
		if h.state(ada).State != consent.Pending {
			t.Fatal(h.state(ada).State)
		}
		h.deliver()
		letter := h.mailTo("ada@post.example")
		if n := h.count("ada@post.example"); n != 1 {
			t.Fatal(n)
		}
		text := plainOf(t, letter)
		for _, want := range []string{"I am Maya Bell", "I write to you only if you wish", "/opt-in", "Harbor"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		b.Get("/clients/"+id(ada)).wants(t, http.StatusOK, "Ada has not said yes yet.", "/clients/"+id(ada)+"/question", "Ask them")
		b.Get("/clients/"+id(ada)).lacks(t, "has opted out")
		b.Get("/clients/"+id(ada)+"/restoration").wants(t, http.StatusOK, "Has not said yes yet")
		b.Get("/letters/new").lacks(t, "Ada Fox")
		b.Get("/letters/new").wants(t, http.StatusOK, "1 not confirmed")
		if r := b.Post("/letters", "clients", id(ada), "subject", "Homes", "message", "Look."); r.Status < 400 {
			t.Fatal(r.Status)
		}
		b.Post("/clients/"+id(ada)+"/restoration").wants(t, http.StatusForbidden)
		if h.state(ada).State != consent.Pending {
			t.Fatal("the agent opened what only the client may open")
		}
		path := text[strings.Index(text, "http://porchlight.test/u/")+len("http://porchlight.test"):]
		path = path[:strings.Index(path, "/opt-in")+len("/opt-in")]
		h.visitor().Get(strings.TrimSuffix(path, "/opt-in")).lacks(t, "Pause for")
		before := dump(t, h)
		h.visitor().Get(path).wants(t, http.StatusOK, "Confirm Opt-In")
		if dump(t, h) != before {
			t.Fatal("looking changed something")
		}
		h.visitor().Post(path).wants(t, http.StatusOK)
		if s := h.state(ada); s.State != consent.OptedIn {
			t.Fatal(s.State)
		}
		if e := h.history(ada)[0]; e.Kind != consent.WentIn || e.Actor != "client" {
			t.Fatalf("%+v", e)
		}
		b.Post("/letters", "clients", id(ada), "subject", "Homes", "message", "Look.").wants(t, http.StatusSeeOther)
		h.deliver()
		if n := h.count("ada@post.example"); n != 2 {
			t.Fatal(n)
		}
		b.Post("/clients/"+id(ada)+"/question").wants(t, http.StatusForbidden, "nothing to ask")
	})
	t.Run("they are asked again when the agent presses it, once a week at most", func(t *testing.T) {
		h, maya, b := demanding(t)
		ada := add(t, h, maya, "Ada")
		b.Get("/clients/"+id(ada)+"/question").wants(t, http.StatusOK, "Ask Ada Fox whether you may write?")
		b.Post("/clients/"+id(ada)+"/question").wants(t, http.StatusConflict, "was asked this week")
		h.deliver()
		h.pass(7 * 24 * time.Hour)
		b.Post("/clients/"+id(ada)+"/question").wants(t, http.StatusSeeOther)
		h.deliver()
		if n := h.count("ada@post.example"); n != 2 {
			t.Fatal(n)
		}
	})
	t.Run("an address that said no before is not asked, and stays closed", func(t *testing.T) {
		h, maya, b := demanding(t)
		ada := add(t, h, maya, "Ada")
		h.deliver()
		if _, err := h.ledger.OptOut(t.Context(), h.store.Write, consent.Link{Client: ada.ID, Agent: maya.ID, Hash: h.ledger.Hash(ada.EmailKey)}, consent.By{Door: consent.DoorPage}, h.clock()); err != nil {
			t.Fatal(err)
		}
		b.Post("/clients/"+id(ada)+"/question").wants(t, http.StatusForbidden)
		theo := h.hire("Theo Marsh", "theo@elm.example", agents.RoleAgent)
		again := add(t, h, theo, "Ada")
		if h.state(again).State != consent.OptedOut {
			t.Fatal(h.state(again).State)
		}
		h.deliver()
		if n := h.count("ada@post.example"); n != 1 {
			t.Fatal(n)
		}
	})
	t.Run("those of a file wait, too, and clients from before stay as they are", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		b := h.as(maya)
		old := add(t, h, maya, "Bo")
		b.Post("/settings/consent", "confirms", "1", "version", "0").wants(t, http.StatusSeeOther)
		if h.state(old).State != consent.OptedIn {
			t.Fatal(h.state(old).State)
		}
		b.preview("c.csv", "First name,Last name,E-mail\nAda,Fox,ada@post.example\n").wants(t, http.StatusOK, "1 of them wait for their own yes")
	})
	t.Run("the question is a letter like others: with the way out, and held by what holds letters", func(t *testing.T) {
		h, maya, b := demanding(t)
		ada := add(t, h, maya, "Ada")
		h.deliver()
		letter := h.mailTo("ada@post.example")
		for _, want := range []string{"List-Unsubscribe: <http", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"} {
			if !strings.Contains(string(letter.Data), want) {
				t.Errorf("no %q", want)
			}
		}
		if text := plainOf(t, letter); !strings.Contains(text, "Unsubscribe: http") || strings.Contains(text, "you are a client of") {
			t.Error(text)
		}
		b.Get("/clients/"+id(ada)).wants(t, http.StatusOK, "May Maya Bell write to you?")
		for name, stop := range map[string]func(c clients.Client){
			"Bo": func(c clients.Client) {
				link := consent.Link{Client: c.ID, Agent: maya.ID, Hash: h.ledger.Hash(c.EmailKey)}
				if _, err := h.ledger.OptOut(t.Context(), h.store.Write, link, consent.By{Door: consent.DoorOneClick}, h.clock()); err != nil {
					t.Fatal(err)
				}
			},
			"Cy": func(c clients.Client) {
				b.Post("/clients/"+id(c)+"/deletion").wants(t, http.StatusSeeOther)
			},
			"Di": func(c clients.Client) {
				b.Post("/clients/"+id(c), "version", "1", "first_name", "Di", "last_name", "Fox", "email", "di@post.example", "status", "Inactive").wants(t, http.StatusSeeOther)
			},
			"Ed": func(c clients.Client) {
				b.Post("/clients/"+id(c), "version", "1", "first_name", "Ed", "last_name", "Fox", "email", "new@post.example", "status", "Active").wants(t, http.StatusSeeOther)
			},
		} {
			stop(add(t, h, maya, name))
			h.deliver()
			if n := h.count(strings.ToLower(name) + "@post.example"); n != 0 {
				t.Errorf("%d letters to %s after that", n, name)
			}
		}
	})
	t.Run("whose status takes no mail is not asked when they are added", func(t *testing.T) {
		h, maya, b := demanding(t)
		r := b.Post("/clients", "first_name", "Ada", "last_name", "Fox", "email", "ada@post.example", "status", "Inactive")
		b.follow(r).wants(t, http.StatusOK, "No mail goes to Ada Fox while their status is Inactive.")
		h.deliver()
		if n := h.count("ada@post.example"); n != 0 || h.state(found(t, h, maya, "Ada")).State != consent.Pending {
			t.Error(n)
		}
	})
	t.Run("those of a file are asked with one press, once, and those who can't be asked are not", func(t *testing.T) {
		h, maya, b := demanding(t)
		h.deliver()
		b.Get("/").lacks(t, "/clients/questions")
		b.Get("/clients/questions").wants(t, http.StatusOK, "Nobody is left to ask")
		b.Get("/clients/questions").lacks(t, `<button class="btn go"`)
		imported(t, b, "First name,Last name,E-mail\nAda,Fox,ada@post.example\nBo,Lin,bo@post.example\nCy,Out,cy@post.example\nDi,Dead,di@post.example\n").
			wants(t, http.StatusOK, "4 of them", "/clients/questions")
		ada := found(t, h, maya, "Ada")
		b.Post("/clients/"+id(found(t, h, maya, "Cy")), "version", "1", "first_name", "Cy", "last_name", "Out", "email", "cy@post.example", "status", "Inactive").wants(t, http.StatusSeeOther)
		if err := h.ledger.Block(t.Context(), h.store.Write, h.ledger.Hash("di@post.example"), consent.Undeliverable, "550 no such user", h.clock()); err != nil {
			t.Fatal(err)
		}
		b.Get("/clients/"+id(ada)).wants(t, http.StatusOK, "Nobody has asked them so far.")
		b.Get("/").wants(t, http.StatusOK, "2 clients were never asked whether you may write", "/clients/questions")
		h.as(h.hire("Theo Marsh", "theo@elm.example", agents.RoleAgent)).Get("/clients/questions").wants(t, http.StatusOK, "Nobody is left to ask")
		b.Get("/clients/questions").wants(t, http.StatusOK, "Ask 2 clients whether you may write?", "Ada Fox and Bo Lin.")
		b.Get("/clients/questions").lacks(t, "Cy Out", "Di Dead")
		named := b.Get("/clients/questions")
		imported(t, b, "First name,Last name,E-mail\nEd,Late,ed@post.example\n")
		press := []string{"clients", id(found(t, h, maya, "Cy"))}
		for _, m := range regexp.MustCompile(`name="clients" value="(\d+)"`).FindAllStringSubmatch(named.Body, -1) {
			press = append(press, "clients", m[1])
		}
		b.follow(b.Post("/clients/questions", press...)).wants(t, http.StatusOK, "2 clients are asked.")
		b.follow(b.Post("/clients/questions", press...)).wants(t, http.StatusOK, "Nobody of them is left to ask")
		h.as(h.hire("Una Reed", "una@elm.example", agents.RoleAgent)).Post("/clients/questions", press...).wants(t, http.StatusNotFound)
		h.deliver()
		for address, want := range map[string]int{"ada@post.example": 1, "bo@post.example": 1, "cy@post.example": 0, "di@post.example": 0, "ed@post.example": 0} {
			if n := h.count(address); n != want {
				t.Errorf("%d letters to %s, not %d", n, address, want)
			}
		}
		b.Get("/clients/"+id(ada)).wants(t, http.StatusOK, "Asked by letter: Today", "Ask them again")
		b.Get("/").wants(t, http.StatusOK, "1 client was never asked")
	})
	t.Run("with no postal address nobody is asked, and nobody counts as asked", func(t *testing.T) {
		h, maya, b := demanding(t)
		imported(t, b, "First name,Last name,E-mail\nAda,Fox,ada@post.example\n")
		if _, err := h.store.Write.ExecContext(t.Context(), "UPDATE brokerage SET postal_address = ''"); err != nil {
			t.Fatal(err)
		}
		b.Post("/clients/questions", "clients", id(found(t, h, maya, "Ada"))).wants(t, http.StatusConflict, "No letter leaves before the brokerage’s postal address is in the settings.")
		if _, n, err := outbox.Unasked(t.Context(), h.store.Read, maya.ID, 1, h.clock()); n != 1 || err != nil {
			t.Error(n, err)
		}
	})
	t.Run("who was asked before the house kept when is not asked again", func(t *testing.T) {
		h, maya, b := demanding(t)
		ada := add(t, h, maya, "Ada")
		imported(t, b, "First name,Last name,E-mail\nBo,Lin,bo@post.example\n")
		for _, forget := range []string{"DELETE FROM questions", "UPDATE mailings SET kind = 'notice', idempotency_key = 'notice:0:yes-" + id(ada) + "-hash-2026-46'", "DELETE FROM bun_migrations WHERE name = '20261123110000'"} {
			if _, err := h.store.Write.ExecContext(t.Context(), forget); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.store.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.Get("/clients/questions").wants(t, http.StatusOK, "goes to Bo Lin.")
		b.Get("/clients/"+id(ada)).wants(t, http.StatusOK, "Asked by letter: Today")
	})
}

func found(t *testing.T, h *house, of agents.Agent, name string) clients.Client {
	t.Helper()
	list, err := clients.List(t.Context(), h.store.Read, clients.Filter{Agent: of.ID, Query: name})
	if err != nil || len(list.Clients) != 1 {
		t.Fatal(list, err)
	}
	return list.Clients[0]
}
