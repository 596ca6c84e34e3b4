package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// watches makes an auto e-mail every morning at seven that found nothing yet.
func (h *house) watches(by agents.Agent, client clients.ID, name string, c listings.Criteria) autoemail.Search {
	h.t.Helper()
	s, err := autoemail.Save(h.t.Context(), h.store.Write, by.ID, autoemail.Search{
		ClientID: client, Name: name, Criteria: c, Schedule: autoemail.Schedule{Kind: autoemail.Daily, Times: []int{7 * 60}}, Events: []listings.EventKind{listings.EventNew},
	}, autoemail.Saving{}, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// part is one section of a page.
func (r reply) part(t testing.TB, id string) reply {
	t.Helper()
	_, rest, found := strings.Cut(r.Body, `<section class="card" id="`+id+`"`)
	if !found {
		t.Fatalf("no %s in\n%s", id, r.Body)
	}
	part, _, _ := strings.Cut(rest, "</section>")
	return reply{Status: r.Status, Body: part, Header: r.Header}
}

func TestClientAutoEmails(t *testing.T) {
	mystic := listings.Criteria{Cities: []string{"Mystic"}}
	type town struct {
		searchTown
		url string
	}
	build := func(t *testing.T) town {
		w := town{searchTown: searchHouse(t)}
		w.url = fmt.Sprintf("/clients/%d", w.ana.ID)
		return w
	}
	autos := func(t *testing.T, w town) reply {
		return w.her.Get(w.url).part(t, fmt.Sprintf("client-%d-autos", w.ana.ID))
	}
	gates := func(t *testing.T, w town) reply {
		return w.her.Get(w.url).part(t, fmt.Sprintf("client-%d-gates", w.ana.ID))
	}

	t.Run("say that there are none, and offer to make one", func(t *testing.T) {
		w := build(t)
		autos(t, w).wants(t, http.StatusOK, fmt.Sprintf(`href="/searches/new?client=%d"`, w.ana.ID), "None yet.")
		gates(t, w).wants(t, http.StatusOK, "No auto e-mail yet", "New homes reach Ana only when you write.", fmt.Sprintf(`href="/searches/new?client=%d">Make one`, w.ana.ID))
	})

	t.Run("are listed with schedule and numbers, and pause and resume in place", func(t *testing.T) {
		w := build(t)
		one := w.watches(w.maya, w.ana.ID, "Mystic capes", mystic)
		w.watches(w.maya, w.carl.ID, "Not hers", mystic)
		r := autos(t, w)
		r.wants(t, http.StatusOK, fmt.Sprintf(`href="/searches/%d"`, one.ID), "Mystic capes", "Daily at 7:00 AM", "Running", "0 sent", "next: tomorrow 07:00", fmt.Sprintf(`action="/searches/%d/pause"`, one.ID))
		r.lacks(t, "Not hers")
		gates(t, w).wants(t, http.StatusOK, "1 auto e-mail runs")

		paused := w.her.HTMX().Post(fmt.Sprintf("/searches/%d/pause", one.ID), "as", "client")
		paused.wants(t, http.StatusOK, fmt.Sprintf(`<div id="client-%d">`, w.ana.ID), "Paused", "by you since 12 Nov", fmt.Sprintf(`action="/searches/%d/resume"`, one.ID), `hx-target="#flash"`)
		paused.lacks(t, "<html")
		gates(t, w).wants(t, http.StatusOK, "The auto e-mail is paused", "By you since 12 Nov.", ">Resume</button>", fmt.Sprintf(`hx-post="/searches/%d/resume"`, one.ID))
		if s := w.search1(t, one.ID); s.State != autoemail.Paused {
			t.Errorf("it is %s", s.State)
		}
		back := w.her.Post(fmt.Sprintf("/searches/%d/resume", one.ID), "as", "client")
		back.wants(t, http.StatusSeeOther)
		if to := back.Header.Get("Location"); to != w.url {
			t.Errorf("led to %s", to)
		}
		if s := w.search1(t, one.ID); s.State != autoemail.Active {
			t.Errorf("it is %s", s.State)
		}
		if to := w.her.Post(fmt.Sprintf("/searches/%d/pause", one.ID)).Header.Get("Location"); to != fmt.Sprintf("/searches/%d", one.ID) {
			t.Errorf("from its own page: %s", to)
		}
	})

	t.Run("say who paused them all", func(t *testing.T) {
		w := build(t)
		one, two := w.watches(w.maya, w.ana.ID, "One", mystic), w.watches(w.maya, w.ana.ID, "Two", mystic)
		if err := autoemail.StopByClient(t.Context(), w.store.Write, w.ana.ID, one.ID, w.clock()); err != nil {
			t.Fatal(err)
		}
		gates(t, w).lacks(t, "paused") // the other runs
		if err := autoemail.StopByClient(t.Context(), w.store.Write, w.ana.ID, two.ID, w.clock()); err != nil {
			t.Fatal(err)
		}
		r := gates(t, w)
		r.wants(t, http.StatusOK, "All 2 auto e-mails are paused", "By Ana since 12 Nov.", "only if Ana asked", fmt.Sprintf(`href="/searches?client=%d"`, w.ana.ID))
		w.her.Post(w.url+"/opt-out", "note", "")
		gates(t, w).wants(t, http.StatusOK, "All 2 auto e-mails are paused")
	})

	t.Run("say what waits: for the schedule, or for the agent's yes", func(t *testing.T) {
		w := build(t)
		one := w.watches(w.maya, w.ana.ID, "Mystic capes", mystic)
		vetted := w.vets(w.maya, w.ana.ID, "By the harbor")
		ids := w.finds(w.maya, w.ana.ID, vetted, "12", "14")
		w.exec(t, "INSERT INTO matches (search_id, client_id, agent_id, listing_id, kind, once_key, found_status, state, note, reason, mailing_id, found_at, decided_by, version) SELECT ?, client_id, agent_id, listing_id, kind, once_key, found_status, 'waiting', '', '', 0, found_at, 0, 1 FROM matches WHERE id = ?", one.ID, ids[0])
		w.exec(t, "UPDATE searches SET next_at = ? WHERE id = ?", w.clock().Add(22*time.Hour), one.ID)
		autos(t, w).wants(t, http.StatusOK, "1 waiting", "2 in the queue", fmt.Sprintf(`href="/concierge?client=%d"`, w.ana.ID), "next: when you approve")
		r := gates(t, w)
		r.wants(t, http.StatusOK, "2 homes wait for your yes", "the oldest since today 09:00.", "1 home waits for the next letter", "It leaves tomorrow 07:00.")
		r.lacks(t, "longer than you wanted", "Nothing new matches")
		w.pass(30 * time.Hour)
		gates(t, w).wants(t, http.StatusOK, "the oldest since yesterday 09:00. That is longer than you wanted anybody to wait.")
		w.her.Post(w.url+"/opt-out", "note", "")
		gates(t, w).wants(t, http.StatusOK, "It leaves when what is closed above is open again.")
		autos(t, w).wants(t, http.StatusOK, "next: when mail flows again")
	})

	t.Run("say that nothing on the market matches, and only when it is so", func(t *testing.T) {
		w := build(t)
		far := w.watches(w.maya, w.ana.ID, "An island", listings.Criteria{Cities: []string{"Block Island"}})
		r := gates(t, w)
		r.wants(t, http.StatusOK, "Nothing on the market matches", "“An island” asks for", fmt.Sprintf(`href="/searches/%d?change=1"`, far.ID))
		w.exec(t, "UPDATE searches SET last_sent_at = ? WHERE id = ?", w.clock(), far.ID)
		gates(t, w).lacks(t, "Nothing on the market") // something left lately: nobody wonders
		w.exec(t, "UPDATE searches SET last_sent_at = NULL, events = 'Closed' WHERE id = ?", far.ID)
		gates(t, w).lacks(t, "Nothing on the market") // it waits for sales, not for homes to be had
		w.exec(t, "UPDATE searches SET events = 'New Listing' WHERE id = ?", far.ID)
		w.watches(w.maya, w.ana.ID, "Mystic capes", mystic)
		r = gates(t, w)
		r.wants(t, http.StatusOK, "2 auto e-mails run", "Nothing new matches at the moment.")
		r.lacks(t, "Nothing on the market")
	})

	t.Run("run at their own pace again when the agent heard from the client", func(t *testing.T) {
		w := build(t)
		one := w.watches(w.maya, w.ana.ID, "Mystic capes", mystic)
		w.exec(t, "UPDATE searches SET last_sent_at = ? WHERE id = ?", w.clock().Add(time.Hour), one.ID)
		w.pass(61 * 24 * time.Hour)
		w.her = w.as(w.maya)
		if _, err := autoemail.Tend(t.Context(), w.store.Write, time.UTC, w.clock()); err != nil {
			t.Fatal(err)
		}
		gates(t, w).wants(t, http.StatusOK, "Slowed down to weekly since 12 Jan: no sign from Ana", fmt.Sprintf(`action="%s/heard"`, w.url))
		autos(t, w).wants(t, http.StatusOK, "I heard from Ana", "Slowed down")
		if r := w.as(w.omar).Post(w.url + "/heard"); r.Status != http.StatusNotFound {
			t.Errorf("another agent: %d", r.Status)
		}
		if s := w.search1(t, one.ID); s.Slowed == nil {
			t.Fatal("another agent's word counted")
		}
		heard := w.her.HTMX().Post(w.url + "/heard")
		heard.wants(t, http.StatusOK, "1 auto e-mail runs")
		heard.lacks(t, "Slowed down", "<html")
		if s := w.search1(t, one.ID); s.Slowed != nil || !s.SignAt.Equal(w.clock()) {
			t.Errorf("slowed %v, sign at %s", s.Slowed, s.SignAt)
		}
	})

	t.Run("are six on the page, with a way to all of them", func(t *testing.T) {
		w := build(t)
		for i := range 9 {
			w.watches(w.maya, w.ana.ID, fmt.Sprint("Search ", i), mystic)
		}
		r := autos(t, w)
		if n := strings.Count(r.Body, `id="client-auto-`); n != 6 {
			t.Errorf("%d shown", n)
		}
		r.wants(t, http.StatusOK, fmt.Sprintf(`href="/searches?client=%d">All 9`, w.ana.ID))
	})
}

// search1 is an auto email as it stands.
func (w searchTown) search1(t testing.TB, id autoemail.ID) autoemail.Search {
	t.Helper()
	s, err := autoemail.Find(t.Context(), w.store.Read, w.maya.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exec puts rows as a test needs them.
func (h *house) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	err := h.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := db.ExecContext(ctx, sql, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
