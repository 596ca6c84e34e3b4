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

// The person at an old link of one agent, when another has them open again, can still stop all mail from there.
func TestStandingOfAnOldLinkWhileAnotherAgentMayWrite(t *testing.T) {
	// opened is Carl, out everywhere at Maya's letter and restored by Omar.
	opened := func(t *testing.T) (h *house, maya agents.Agent, carl, his clients.Client, link string) {
		h, maya, omar, carl, link := pair(t)
		his = h.enlist(omar, "Carl", "Whitman", "carl@example.com", clients.Active)
		h.confirmOut(link)
		h.visitor().Get(link).wants(t, http.StatusOK, "nothing more to do", optInWords)
		h.as(omar).Post(clientPath(his)+"/restoration", "note", "He called me").wants(t, http.StatusSeeOther)
		return h, maya, carl, his, link
	}
	const question = "You opted out of e-mail from Maya Bell, but someone else at Elm &amp; Harbor Realty may still write to c•••@example.com."
	t.Run("stops it", func(t *testing.T) {
		h, _, carl, his, link := opened(t)
		v := h.visitor()
		r := v.Get(link)
		r.wants(t, http.StatusOK, question, "Confirm Opt-Out", optInWords)
		r.lacks(t, "nothing more to do", "Pause for")
		v.Get(link+"/opt-in").wants(t, http.StatusOK, "For others at Elm &amp; Harbor Realty nothing changes.")
		out := h.confirmOut(link)
		out.wants(t, http.StatusOK, "Whoever could still write is told.", optInWords)
		if s := h.state(his).State; s != consent.OptedOut {
			t.Errorf("consent %s", s)
		}
		e := h.history(carl)[0]
		if e.Kind != consent.WentOut || !strings.Contains(e.Wording, "You opted out of e-mail from Maya Bell") || !strings.HasSuffix(e.Wording, "[Confirm Opt-Out]") {
			t.Errorf("%+v", e)
		}
		v.Get(link).wants(t, http.StatusOK, "nothing more to do")
		v.Post(link+"/undo", "event", out.hidden(t, "event")).wants(t, http.StatusOK, "Undone")
		if s := h.state(his).State; s != consent.OptedIn {
			t.Errorf("consent %s after Undo", s)
		}
		if s := h.state(carl).State; s != consent.OptedOut {
			t.Errorf("consent at Maya %s after Undo", s)
		}
	})
	t.Run("also when the client was deleted", func(t *testing.T) {
		h, maya, carl, his, link := opened(t)
		h.as(maya).Post(clientPath(carl) + "/deletion")
		h.visitor().Get(link).wants(t, http.StatusOK, "You opted out of e-mail from Maya Bell, but someone else at", "Confirm Opt-Out")
		h.confirmOut(link)
		if s := h.state(his).State; s != consent.OptedOut {
			t.Errorf("consent %s", s)
		}
	})
}

func TestPauseChoicesNameAnotherYear(t *testing.T) {
	h, _, _, _, link := pair(t)
	r := h.visitor().Get(link)
	today := h.clock()
	r.wants(t, http.StatusOK, "Pause for two weeks, until "+today.AddDate(0, 0, 14).Format("2 January")+"<", "Pause for three months, until "+today.AddDate(0, 3, 0).Format("2 January 2006")+"<")
	h.pass(60 * 24 * time.Hour)
	h.visitor().Get(link).wants(t, http.StatusOK, "Pause for three months, until "+h.clock().AddDate(0, 3, 0).Format("2 January")+"<")
}

func TestOptOutThatCannotBeSavedSaysSo(t *testing.T) {
	h, _, _, carl, link := pair(t)
	if _, err := h.store.Write.ExecContext(t.Context(), "ALTER TABLE notices RENAME TO away"); err != nil {
		t.Fatal(err)
	}
	r := h.visitor().Post(link, "choice", "all")
	r.wants(t, http.StatusInternalServerError, "you are not opted out yet", "Try again in a moment", "answer the letter")
	r.lacks(t, "still in the form", "hosts Porchlight")
	if s := h.state(carl).State; s != consent.OptedIn {
		t.Errorf("consent %s", s)
	}
}

// What a person reads, agrees to and leaves in the ledger with an opt-in is what is the case: the first yes, or one again.
func TestOptInSaysWhatItStarts(t *testing.T) {
	const active = "when they have set you to active"
	// asked is Ada, just added by Maya where clients say yes themselves, and the link of her question.
	asked := func(t *testing.T, status string) (*house, *browser, clients.Client, string) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		b := h.as(maya)
		b.Post("/settings/consent", "confirms", "1", "version", "0").wants(t, http.StatusSeeOther)
		b.Post("/clients", "first_name", "Ada", "last_name", "Fox", "email", "ada@post.example", "status", "Active").wants(t, http.StatusSeeOther)
		h.deliver()
		ada := found(t, h, maya, "Ada")
		version := b.Get(clientPath(ada)+"/edit").hidden(t, "version")
		b.Post(clientPath(ada), "first_name", "Ada", "last_name", "Fox", "email", "ada@post.example", "status", status, "version", version).wants(t, http.StatusSeeOther)
		return h, b, ada, "/u/" + h.ledger.Sign(consent.Link{Client: ada.ID, Agent: maya.ID, Hash: h.ledger.Hash("ada@post.example")})
	}
	t.Run("a first yes starts mail at once", func(t *testing.T) {
		h, b, ada, link := asked(t, "Active")
		v := h.visitor()
		r := v.Get(link + "/opt-in")
		r.wants(t, http.StatusOK, "Get e-mail from Maya Bell?", "You allow Maya Bell at Elm &amp; Harbor Realty to write to a•••@post.example. They are told, and mail may come from now on. For others at Elm &amp; Harbor Realty nothing changes.", ">Confirm Opt-In</button>")
		yes := v.Post(link+"/opt-in", "choice", "all")
		yes.wants(t, http.StatusOK, "You are opted in", "Maya Bell may write to a•••@post.example and is told so.")
		e := h.history(ada)[0]
		if e.Kind != consent.WentIn || !strings.HasPrefix(e.Wording, "Get e-mail from Maya Bell? You allow ") || !strings.HasSuffix(e.Wording, "mail may come from now on. For others at Elm & Harbor Realty nothing changes. [Confirm Opt-In]") {
			t.Errorf("%+v", e)
		}
		h.deliver()
		told, raw := h.got("maya@elm.example")
		if subject := told.Header.Get("Subject"); !strings.Contains(subject, "Ada Fox said yes to your e-mail") || !strings.Contains(readable(raw), "so your mail reaches them.") {
			t.Errorf("%s\n%s", subject, readable(raw))
		}
		page := b.Get(clientPath(ada))
		page.wants(t, http.StatusOK, "Opted in<", "when they opted in.")
		for _, one := range []reply{r, yes, page} {
			one.lacks(t, active, "again", "stay stopped", "back in")
		}
		h.confirmOut(link)
		v.Get(link+"/opt-in").wants(t, http.StatusOK, "Get e-mail from Maya Bell again?", active, "stay stopped")
		v.Post(link+"/opt-in").wants(t, http.StatusOK, "write to a•••@post.example again")
		b.Get(clientPath(ada)).wants(t, http.StatusOK, "Opted in again<", "Opted in<")
	})
	t.Run("a first yes where the status stops mail", func(t *testing.T) {
		h, _, ada, link := asked(t, "Inactive")
		h.visitor().Get(link+"/opt-in").wants(t, http.StatusOK, "Get e-mail from Maya Bell?", active)
		h.visitor().Post(link+"/opt-in").wants(t, http.StatusOK)
		if e := h.history(ada)[0]; !strings.Contains(e.Wording, active) {
			t.Errorf("%+v", e)
		}
		h.deliver()
		if _, raw := h.got("maya@elm.example"); !strings.Contains(readable(raw), "To write to them: Edit, Status, Active, Save.") {
			t.Error(readable(raw))
		}
	})
	t.Run("again, at once where the status mails", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		h.confirmOut(link)
		b := h.as(maya)
		b.Post(clientPath(carl) + "/deletion")
		b.Post("/clients", "first_name", "Carl", "last_name", "Whitman", "email", "carl@example.com", "status", "Active")
		r := h.visitor().Get(link + "/opt-in")
		r.wants(t, http.StatusOK, "Get e-mail from Maya Bell again?", "again. They are told, and mail may come from now on. Others at", "stay stopped")
		r.lacks(t, active)
		h.visitor().Post(link+"/opt-in").wants(t, http.StatusOK)
		b.Get(clientPath(found(t, h, maya, "Carl"))).wants(t, http.StatusOK, "Opted in again<")
	})
}

func TestAnswersAskedForAgainLeadToTheFirstPage(t *testing.T) {
	h, _, _, _, link := pair(t)
	event := h.confirmOut(link).hidden(t, "event")
	h.visitor().Post(link+"/undo", "event", event).wants(t, http.StatusOK, "Undone")
	h.visitor().Post(link+"/pause", "until", "2026-12-01").wants(t, http.StatusOK, "Paused until")
	before := dump(t, h)
	for _, path := range []string{"/undo", "/pause", "/stop", "/again", "/weekly"} {
		r := h.visitor().Get(link + path + "?event=" + event + "&until=2026-12-24")
		if r.Status != http.StatusSeeOther || r.Header.Get("Location") != link || r.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d %v", path, r.Status, r.Header)
		}
		h.visitor().follow(r).wants(t, http.StatusOK, "Your mail is paused until 1 December 2026", "Confirm Opt-Out")
		h.visitor().Get(link+"x"+path).wants(t, http.StatusNotFound, "This link is not complete")
	}
	if d := differences(before, dump(t, h)); d != "" {
		t.Errorf("looking changed\n%s", d)
	}
}
