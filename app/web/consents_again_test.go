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
