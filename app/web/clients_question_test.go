package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
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
		found, err := clients.List(t.Context(), h.store.Read, clients.Filter{Agent: maya.ID, Query: first})
		if err != nil || len(found.Clients) != 1 {
			t.Fatal(found, err)
		}
		return found.Clients[0]
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
		if r := b.Post("/letters", "clients", id(ada), "subject", "Homes", "message", "Look."); r.Status < 400 {
			t.Fatal(r.Status)
		}
		b.Post("/clients/"+id(ada)+"/restoration").wants(t, http.StatusForbidden)
		if h.state(ada).State != consent.Pending {
			t.Fatal("the agent opened what only the client may open")
		}
		path := text[strings.Index(text, "http://porchlight.test/u/")+len("http://porchlight.test"):]
		path = path[:strings.Index(path, "/opt-in")+len("/opt-in")]
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
}
