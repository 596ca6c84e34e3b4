package web_test

import (
	"net/http"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

func TestAComplaintIsRecordedByTheAgentAndLiftedByTheClientAlone(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	omar := h.hire("Omar Diaz", "omar@elmharbor.example", agents.RoleAgent)
	carl := h.enlist(maya, "Carl", "Whitman", "carl@example.com", clients.Active)
	same := h.enlist(omar, "Carl", "Whitman", "carl@example.com", clients.Active)
	b, his := h.as(maya), h.as(omar)
	b.Post("/letters", "clients", id(carl), "subject", "Homes", "message", "Look.").wants(t, http.StatusSeeOther)
	h.deliver()
	his.Post("/letters", "clients", id(same), "subject", "Mine", "message", "Look.").wants(t, http.StatusSeeOther)

	b.Get("/clients/"+id(carl)).wants(t, http.StatusOK, "/clients/"+id(carl)+"/complaint")
	b.Get("/clients/"+id(carl)+"/complaint").wants(t, http.StatusOK, "Record that Carl Whitman marked your mail as spam?", "only Carl can")
	for range 2 {
		b.Post("/clients/"+id(carl)+"/complaint", "note", "A report from Gmail").wants(t, http.StatusSeeOther)
	}
	h.deliver()
	if n := h.count("carl@example.com"); n != 1 {
		t.Errorf("%d letters", n)
	}
	e := h.history(carl)[0]
	if e.Kind != consent.Complained || e.Door != consent.DoorReport || e.ActorID != maya.ID || e.Note != "A report from Gmail" || !strings.Contains(e.Wording, "marked your mail as spam") {
		t.Errorf("%+v", e)
	}
	b.Get("/clients/"+id(carl)).wants(t, http.StatusOK, "Carl marked mail from here as spam.", "by Maya Bell, reported by their mail provider")
	theirs := his.Get("/clients/" + id(same))
	theirs.wants(t, http.StatusOK, "Carl marked mail from here as spam.")
	theirs.lacks(t, "A report from Gmail")
	b.Get("/clients/"+id(carl)).wants(t, http.StatusOK, "Note: A report from Gmail")
	if e := h.history(same)[0]; e.Note+e.Wording+e.IP != "" {
		t.Errorf("another agent's row keeps what is this agent's: %+v", e)
	}
	b.Get("/clients/"+id(carl)+"/opt-out").wants(t, http.StatusOK, "Carl Whitman has opted out already.")
	b.Get("/clients/"+id(carl)+"/opt-out").lacks(t, "Stop all mail")
	b.Post("/clients/"+id(carl)+"/restoration").wants(t, http.StatusForbidden)

	link := h.ledger.Sign(consent.Link{Client: carl.ID, Agent: maya.ID, Hash: h.ledger.Hash(carl.EmailKey)})
	h.visitor().Post("/u/"+link+"/opt-in").wants(t, http.StatusOK)
	if h.state(carl).State != consent.OptedIn || h.state(same).State != consent.OptedOut {
		t.Error(h.state(carl).State, h.state(same).State)
	}
}
