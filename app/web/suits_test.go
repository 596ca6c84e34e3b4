package web_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

func TestSuits(t *testing.T) {
	w := searchHouse(t)
	dora := w.clientOf(w.maya, "Dora", "Lind")
	mystic := listings.Criteria{Cities: []string{"Mystic"}}
	w.watches(w.maya, w.ana.ID, "Mystic capes", mystic)
	w.watches(w.maya, w.ana.ID, "Under 500", listings.Criteria{PriceMax: 500_000_00})
	w.watches(w.maya, w.carl.ID, "Carl’s corner", mystic)
	w.watches(w.maya, dora.ID, "In Guilford", listings.Criteria{Cities: []string{"Guilford"}})
	his := w.clientOf(w.omar, "Hal", "Omarson")
	w.watches(w.omar, his.ID, "His", mystic)
	home := w.home("12")
	path := fmt.Sprintf("/listings/%d/suits", home)
	write := func(id any) string { return fmt.Sprintf(`href="/letters/new?client=%v&amp;home=%d"`, id, home) }

	t.Run("are asked for by the home's page, and by a link without JavaScript", func(t *testing.T) {
		w.her.Get(fmt.Sprintf("/listings/%d", home)).wants(t, http.StatusOK, fmt.Sprintf(`hx-get="%s" hx-trigger="load"`, path), fmt.Sprintf(`<a href="%s">`, path))
		r := w.her.Get(path)
		r.wants(t, http.StatusOK, "<h1><a href=\"/listings/", "12 Elm Street", "Ana Osei")
		clean(t, r.Body)
		w.her.HTMX().Get(path).lacks(t, "<html")
		if r := w.her.Get("/listings/99999/suits"); r.Status != http.StatusNotFound {
			t.Errorf("a home that is not there: %d", r.Status)
		}
	})

	t.Run("name the clients once each, with what fits, and lead to Compose", func(t *testing.T) {
		r := w.her.HTMX().Get(path)
		r.wants(t, http.StatusOK, "Ana Osei", "Mystic capes", "Under 500", "Carl Whitman", write(w.ana.ID), write(w.carl.ID))
		r.lacks(t, "Dora", "Hal Omarson", "In Guilford")
		if n := strings.Count(r.Body, `name="client"`); n != 2 {
			t.Errorf("%d to tick", n)
		}
		c := w.her.Get(fmt.Sprintf("/letters/new?client=%d&client=%d&client=%d&home=%d", w.ana.ID, w.carl.ID, w.ana.ID, home))
		if _, chosen := c.picks(); len(chosen) != 2 || !slices.Contains(chosen, "Ana Osei") || !slices.Contains(chosen, "Carl Whitman") {
			t.Errorf("chosen %v", chosen)
		}
		c.wants(t, http.StatusOK, "12 Elm Street")
		if r := w.her.Get(fmt.Sprintf("/letters/new?client=%d&client=%d", w.ana.ID, his.ID)); r.Status != http.StatusNotFound {
			t.Errorf("another agent's client: %d", r.Status)
		}
	})

	t.Run("say who can't be mailed and who was sent the home before", func(t *testing.T) {
		w.stop(w.maya, w.carl)
		w.her.Post("/letters", "clients", fmt.Sprint(w.ana.ID), "home", fmt.Sprint(home), "subject", "Look", "message", "At this.", "key", strings.Repeat("K", 26))
		r := w.her.HTMX().Get(path)
		r.wants(t, http.StatusOK, `aria-label="Carl Whitman" disabled`, `Sent <a href="/outbox/mailings/`, "Today 09:00", write(w.ana.ID))
		r.lacks(t, write(w.carl.ID), " checked")
	})

	t.Run("are those whose auto e-mail runs", func(t *testing.T) {
		for _, one := range w.autos(w.maya) {
			if _, err := autoemail.Pause(t.Context(), w.store.Write, w.maya.ID, []autoemail.ID{one.ID}, time.Time{}, w.clock()); err != nil {
				t.Fatal(err)
			}
		}
		w.her.HTMX().Get(path).wants(t, http.StatusOK, "Nobody’s auto e-mail asks for a home like this.")
	})
}
