package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// A mail provider's limits are kept: letters beyond them wait, and every page that shows them waiting says why.
func TestPace(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	omar := h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
	b := h.as(maya)
	b.Get("/settings/pace").wants(t, http.StatusOK, `<label for="per_minute">Letters a minute at most</label>`, `<label for="per_day">Letters a day at most</label>`)
	for _, typed := range []string{"0", "-3", "2.5", "thirty", "1000001", "99999999999999999999"} {
		b.Post("/settings/pace", "per_minute", typed, "per_day", "2,000", "version", "0").
			wants(t, http.StatusUnprocessableEntity, `value="`+typed+`"`, `value="2,000"`, `id="per_minute-why"`, "Give a whole number up to a million")
	}
	b.Post("/settings/pace", "per_minute", " 2 ", "per_day", "2,000", "version", "0").wants(t, http.StatusSeeOther)
	b.Get("/settings/pace").wants(t, http.StatusOK, `value="2"`, `value="2000"`)
	other := b.HTMX().Post("/settings/pace", "per_minute", "9", "per_day", "2000", "version", "0")
	other.wants(t, http.StatusConflict, `value="9"`, "Meanwhile saved as “2”")
	other.lacks(t, "per_day-why")
	h.as(omar).Get("/settings/pace").wants(t, http.StatusForbidden)

	var ids []clients.Client
	for i := range 5 {
		ids = append(ids, h.enlist(maya, fmt.Sprint("Ana", i), "Silva", fmt.Sprintf("ana%d@example.com", i), clients.Active))
	}
	b.mailTo("Spring market", ids...)
	h.deliver()
	const why = "Letters leave at the pace your brokerage set"
	b.Get("/outbox").wants(t, http.StatusOK, why, "At most 2 letters leave in a minute.")
	b.Get(fmt.Sprintf("/clients/%d", ids[4].ID)).wants(t, http.StatusOK, why, `href="/settings/pace"`)
	b.Post("/settings/pace", "per_minute", "", "per_day", "", "version", "1").wants(t, http.StatusSeeOther)
	h.pass(time.Second)
	h.deliver()
	b.Get("/outbox").lacks(t, why)
	if n := h.count("ana4@example.com"); n != 1 {
		t.Errorf("%d letters came", n)
	}
}
