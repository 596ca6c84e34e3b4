package web_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/consent"
	"porchlight/app/portal"
)

func TestPreferencesInAPortal(t *testing.T) {
	t.Run("say what comes, stop it at once, and take that back", func(t *testing.T) {
		h, amara, _ := sentTo(t)
		maya := h.agent(amara)
		b := h.visitor()
		before := dump(t, h)
		page := b.Get("/try/amara/preferences")
		page.wants(t, http.StatusOK, "Mail comes to you", "amara@example.com", "Stop all mail", "Pause until", "Client added")
		page.lacks(t, "Undo", "Let mail come")
		if dump(t, h) != before {
			t.Fatal("looking wrote something")
		}
		stopped := b.Post("/try/amara/preferences/stop")
		stopped.wants(t, http.StatusOK, "No mail comes", "Stopped.", "Undo", "Let mail come again")
		stopped.lacks(t, "Stop all mail</button>")
		if h.state(amara.Client).State != consent.OptedOut || h.told(maya, "opted out") != 1 {
			t.Fatal(h.state(amara.Client).State)
		}
		if e := h.history(amara.Client)[0]; e.Kind != consent.WentOut || e.Door != consent.DoorPortal || !strings.Contains(e.Wording, "Stop all mail") || e.Actor != "client" {
			t.Fatalf("%+v", e)
		}
		b.Post("/try/amara/preferences/undo", "event", stopped.attribute(t, `name="event" value="(\d+)"`)).wants(t, http.StatusSeeOther)
		if h.state(amara.Client).State != consent.OptedIn {
			t.Fatal("the undo did not open it again")
		}
		b.Post("/try/amara/preferences/undo", "event", "1").wants(t, http.StatusNotFound)
		b.Post("/try/amara/preferences/undo", "event", "x").wants(t, http.StatusUnprocessableEntity)
	})
	t.Run("what is stopped is not mailed, until mail may come again", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		b := h.visitor()
		b.Post("/try/amara/preferences/stop").wants(t, http.StatusOK)
		n := h.count("amara@example.com")
		h.as(h.agent(amara)).Post("/letters", "clients", id(amara.Client), "subject", "One more", "message", "Look.", "home", homes[2])
		h.deliver()
		if h.count("amara@example.com") != n {
			t.Fatal("a letter came after the stop")
		}
		b.Get("/try/amara").wants(t, http.StatusOK, "Two by the water") // the portal stays open
		b.Post("/try/amara/preferences/start").wants(t, http.StatusSeeOther)
		if h.state(amara.Client).State != consent.OptedIn {
			t.Fatal(h.state(amara.Client).State)
		}
	})
	t.Run("rests until a day; a wrong one is told beside the field", func(t *testing.T) {
		h, amara, _ := sentTo(t)
		b := h.visitor()
		for _, day := range []string{"", "soon", "2026-11-01", "2031-01-01", "<script>x"} {
			wrong := b.Post("/try/amara/preferences/pause", "until", day)
			wrong.wants(t, http.StatusUnprocessableEntity, `aria-invalid="true"`, `id="until-why"`, "<details class=\"auto-pause\" open")
			wrong.lacks(t, "<script>x")
		}
		b.Post("/try/amara/preferences/pause", "until", "2026-12-24").wants(t, http.StatusSeeOther)
		b.Get("/try/amara/preferences").wants(t, http.StatusOK, "Mail rests until 24 December", "Go on now")
		b.Post("/try/amara/preferences/start").wants(t, http.StatusSeeOther)
		if !h.state(amara.Client).PausedUntil.IsZero() {
			t.Fatal("it still rests")
		}
		b.Get("/try/amara/preferences").lacks(t, "Mail rests until")
	})
	t.Run("say from which price drop a discarded home is told of", func(t *testing.T) {
		h, amara, _ := sentTo(t)
		b := h.visitor()
		b.Get("/try/amara/preferences").wants(t, http.StatusOK, `<option value="5" selected>`)
		b.Post("/try/amara/preferences/drops", "drop_percent", "10").wants(t, http.StatusSeeOther)
		b.Get("/try/amara/preferences").wants(t, http.StatusOK, `<option value="10" selected>`)
		for _, junk := range []string{"", "lots", "-3", "101", "1e9"} {
			b.Post("/try/amara/preferences/drops", "drop_percent", junk).wants(t, http.StatusUnprocessableEntity, `id="drops-why"`)
		}
		if s, err := portal.LoadSettings(t.Context(), h.store.Read, amara.Client.ID); err != nil || s.DropPercent != 10 {
			t.Fatal(s, err)
		}
	})
	t.Run("the agent sees them and presses nothing", func(t *testing.T) {
		h, _, _ := sentTo(t)
		b := h.visitor()
		before := dump(t, h)
		for _, path := range []string{"/preferences", "/data", "/leave"} {
			view := b.Get("/try/agent" + path)
			view.wants(t, http.StatusOK)
			view.lacks(t, `<form method="post" action="/clients`, `<form class="form" method="post" action="/clients/1/portal/leave`, "Download a copy</button>")
		}
		for _, path := range []string{"/preferences/stop", "/preferences/undo", "/preferences/pause", "/preferences/start", "/preferences/drops", "/data", "/leave"} {
			b.Post("/try/agent"+path, "until", "2026-12-24", "drop_percent", "3", "event", "1").wants(t, http.StatusForbidden)
		}
		if dump(t, h) != before {
			t.Fatal(differences(before, dump(t, h)))
		}
	})
}

// agent is a visitor's.
func (h *house) agent(v portal.Visitor) agents.Agent {
	h.t.Helper()
	one, err := agents.Find(h.t.Context(), h.store.Read, v.Client.AgentID)
	if err != nil {
		h.t.Fatal(err)
	}
	return one
}

// unpacked is a zip file's content by name.
func unpacked(t *testing.T, r reply) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader([]byte(r.Body)), int64(len(r.Body)))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		all[f.Name] = string(content)
	}
	return all
}

func TestOwnDataInAPortal(t *testing.T) {
	t.Run("is all there, and nothing of anybody else", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		maya, b := h.agent(amara), h.visitor()
		h.exec(t, `UPDATE clients SET notes = 'Haggles. Careful.' WHERE id = ?`, amara.Client.ID)
		b.Post("/try/amara/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		b.Post("/try/amara/seen?home=" + homes[0])
		b.Post("/try/amara/searches", "name", "By the water", "city", "Mystic").wants(t, http.StatusSeeOther)
		h.wish(maya, amara.Client, "Near the harbor")
		h.as(maya).Post("/clients/"+id(amara.Client)+"/messages", "message", "Shall we look on Sunday?")
		page := b.Get("/try/amara/data")
		page.wants(t, http.StatusOK, "amara@example.com", "1 letter was sent to you, with 2 homes", "1 auto e-mail, 1 search of your own", "Download a copy")
		copied := b.Post("/try/amara/data")
		copied.wants(t, http.StatusOK)
		if copied.Header.Get("Content-Type") != "application/zip" || !strings.Contains(copied.Header.Get("Content-Disposition"), "attachment") || copied.Header.Get("Cache-Control") != "no-store" {
			t.Fatal(copied.Header)
		}
		files := unpacked(t, copied)
		var letters string
		for name, content := range files {
			if strings.HasPrefix(name, "letters/2026-11-") {
				letters += content
			}
		}
		if len(files) != 2 {
			t.Fatal(len(files))
		}
		for _, want := range []string{`"email": "amara@example.com"`, "Two by the water", "12 Oak Lane", "14 Oak Lane", `"kind": "favorite"`, `"times": 1`, "By the water", "in Mystic", "Near the harbor", "Shall we look on Sunday?", `"from": "Maya Bell"`, "Client added"} {
			if !strings.Contains(files["data.json"], want) {
				t.Errorf("no %q in %s", want, files["data.json"])
			}
		}
		for _, want := range []string{"Dear Amara", "12 Oak Lane", "Subject: Two by the water"} {
			if !strings.Contains(letters, want) {
				t.Errorf("no %q in %s", want, letters)
			}
		}
		for _, never := range []string{"Ben", "Haggles", "3 Oak Lane", "/u/", "/l/", "maya@"} {
			if strings.Contains(files["data.json"]+letters, never) {
				t.Errorf("%q is in the copy", never)
			}
		}
	})
	t.Run("of a household is each one's own", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		ben := amara
		ben.Member = h.clientOf(h.agent(amara), "Bea", "Lund")
		if err := portal.Join(t.Context(), h.store.Write, amara.Client.AgentID, amara.Client.ID, ben.Member.ID, h.clock()); err != nil {
			t.Fatal(err)
		}
		h.server.OpenPortal("/try/bea", ben)
		b := h.visitor()
		b.Post("/try/amara/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		b.Post("/try/bea/homes/"+homes[1]+"/reaction", "kind", "discard").wants(t, http.StatusSeeOther)
		data := unpacked(t, b.Post("/try/bea/data"))
		if len(data) != 1 { // the letter went to Amara
			t.Fatal(data)
		}
		if text := data["data.json"]; !strings.Contains(text, `"discard"`) || strings.Contains(text, `"favorite"`) || strings.Contains(text, "amara@example.com") || !strings.Contains(text, `"Amara"`) || strings.Contains(text, "Osei") {
			t.Fatal(text)
		}
	})
	t.Run("is not made over and over", func(t *testing.T) {
		h, _, _ := sentTo(t)
		b := h.visitor()
		var got []int
		for range 8 {
			got = append(got, b.Post("/try/amara/data").Status)
		}
		if !slices.Equal(got, []int{200, 200, 200, 200, 200, 200, 403, 403}) {
			t.Fatal(got)
		}
	})
}

func TestLeavingAPortal(t *testing.T) {
	t.Run("stops the mail, signs every device out, tells the agent, and can be come back from", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		maya := h.agent(amara)
		h.pass(0)
		b, other := h.inPortal("amara@example.com"), h.inPortal("amara@example.com")
		b.Post("/p/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		b.Get("/p/leave").wants(t, http.StatusOK, "All mail from", "amara@example.com", "Stay")
		b.Post("/p/leave").wants(t, http.StatusOK, "You have left", "Want to come back")
		for _, one := range []*browser{b, other} {
			one.Get("/p/homes").wants(t, http.StatusSeeOther)
		}
		if h.state(amara.Client).State != consent.OptedOut || h.told(maya, "left their portal") != 1 {
			t.Fatal(h.state(amara.Client).State)
		}
		back := h.inPortal("amara@example.com")
		back.Get("/p/homes?shelf=favorite").wants(t, http.StatusOK, "12 Oak Lane") // nothing was to be deleted
		if h.state(amara.Client).State != consent.OptedOut {
			t.Fatal("signing in opened consent")
		}
		back.Post("/p/preferences/start").wants(t, http.StatusSeeOther)
		if h.state(amara.Client).State != consent.OptedIn {
			t.Fatal("mail can’t come again")
		}
	})
	t.Run("deletes what was marked, where that is asked, and only one's own", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		bea := amara
		bea.Member = h.clientOf(h.agent(amara), "Bea", "Lund")
		if err := portal.Join(t.Context(), h.store.Write, amara.Client.AgentID, amara.Client.ID, bea.Member.ID, h.clock()); err != nil {
			t.Fatal(err)
		}
		h.server.OpenPortal("/try/bea", bea)
		b := h.visitor()
		for who, kind := range map[string]string{"amara": "favorite", "bea": "discard"} {
			b.Post("/try/"+who+"/homes/"+homes[0]+"/reaction", "kind", kind).wants(t, http.StatusSeeOther)
			b.Post("/try/" + who + "/seen?home=" + homes[0])
		}
		b.Post("/try/amara/searches", "city", "Mystic").wants(t, http.StatusSeeOther)
		b.Get("/try/amara/leave").wants(t, http.StatusOK, "Your household is parted")
		b.Post("/try/amara/leave", "erase", "yes").wants(t, http.StatusOK, "What you marked and searched is deleted")
		for table, left := range map[string]int64{"reactions": 1, "home_visits": 1, "own_searches": 0, "household": 0} {
			if n := h.number(h.ask("SELECT count(*) FROM " + table)); n != left {
				t.Errorf("%d rows of %s", n, table)
			}
		}
		if n := h.number(h.ask(fmt.Sprint("SELECT count(*) FROM reactions WHERE client_id = member_id AND member_id = ", bea.Member.ID))); n != 1 {
			t.Error("what Bea thinks did not go with her")
		}
		if h.state(bea.Member).State == consent.OptedOut {
			t.Error("Bea’s mail was stopped, too")
		}
	})
}
