package web_test

import (
	"net/http"
	"testing"
	"time"

	"porchlight/app/autoemail"
)

func TestHomeTellsOfTheConciergeQueue(t *testing.T) {
	w := queueUp(t)
	r := w.maya.Get("/").part(t, "waiting")
	r.wants(t, http.StatusOK, `<li id="waiting-queue" class="calm"`, `href="/concierge">4 homes for 2 clients</a>`, `the oldest since <span class="num">today 09:00</span>`)
	r.lacks(t, "Longer than you wanted", "opted back in")
	w.maya.Get("/").part(t, "home-autos").wants(t, http.StatusOK, `href="/searches?state=active"><b class="num">2</b>running`)

	w.pass(25 * time.Hour)
	r = w.maya.Get("/").part(t, "waiting")
	r.wants(t, http.StatusOK, "Longer than you wanted", "yesterday 09:00")
	r.lacks(t, `class="calm"`)

	if _, err := autoemail.Pause(t.Context(), w.store.Write, w.agent.ID, []autoemail.ID{w.search}, time.Time{}, w.clock()); err != nil {
		t.Fatal(err)
	}
	w.maya.Get("/").part(t, "home-autos").wants(t, http.StatusOK, `href="/searches?state=paused"><b class="num">1</b>paused`)
	omar := w.as(w.hire("Omar Haddad", "omar@elmharbor.example", "agent"))
	omar.Get("/").lacks(t, "waiting-queue", "home-autos")
}
