package web_test

import (
	"net/http"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

func TestTheBrokerSeesCountsAndProofsOfConsentAndNothingPrivate(t *testing.T) {
	h := open(t)
	broker := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	omar := h.hire("Omar Diaz", "omar@elmharbor.example", agents.RoleAgent)
	carl := h.enlist(omar, "Carl", "Whitman", "carl@example.com", clients.Active)
	dora := h.enlist(omar, "Dora", "Im", "dora@example.com", clients.Active)
	his := h.as(omar)
	his.Post("/clients/"+id(dora)+"/notes", "version", "1", "notes", "Getting divorced.").wants(t, http.StatusSeeOther)
	h.stop(omar, carl)
	b := h.as(broker)

	b.Get("/settings").wants(t, http.StatusOK, `href="/settings/proofs"`)
	b.Get("/settings/proofs").wants(t, http.StatusOK, "Proof of consent", `<label for="email">E-mail address</label>`,
		`<strong dir="auto">Omar Diaz</strong><span class="sub num">1 opted in, 1 opted out</span></div><span class="end num">2 clients</span>`)
	before := dump(t, h)
	proof := b.Post("/settings/proofs", "email", " Carl@Example.com ")
	proof.wants(t, http.StatusOK, "Omar Diaz: opted out since", "Opted out of all mail", "Client added", "client of Omar Diaz")
	proof.lacks(t, "Whitman")
	b.Post("/settings/proofs", "email", "dora@example.com").wants(t, http.StatusOK, "Omar Diaz: opted in since")
	b.Post("/settings/proofs", "email", "dora@example.com").lacks(t, "divorced", "Dora", "/clients/"+id(dora))
	b.Post("/settings/proofs", "email", "nobody@example.com").wants(t, http.StatusOK, "it was never a client’s here")
	b.Post("/settings/proofs", "email", "<b>@@").wants(t, http.StatusUnprocessableEntity, "&lt;b&gt;@@", `id="email-why"`)
	if dump(t, h) != before {
		t.Error("looking it up wrote something")
	}

	his.Post("/clients/"+id(carl)+"/deletion").wants(t, http.StatusSeeOther)
	b.Post("/settings/proofs", "email", "carl@example.com").wants(t, http.StatusOK, "Nobody’s client has this address now.", "Opted out of all mail", "Client deleted")
	for _, answer := range []reply{his.Get("/settings/proofs"), his.Post("/settings/proofs", "email", "carl@example.com")} {
		answer.wants(t, http.StatusForbidden)
	}
	his.Get("/settings").lacks(t, "/settings/proofs")
}
