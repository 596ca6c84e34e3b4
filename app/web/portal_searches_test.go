package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

func TestOwnSearchesInAPortal(t *testing.T) {
	t.Run("find every home that may be shown, and are kept, opened, deleted and brought back", func(t *testing.T) {
		h, _, homes := sentTo(t)
		b := h.visitor()
		b.Get("/try/amara/searches").wants(t, http.StatusOK, "No search of your own", "/p/searches/new")
		before := dump(t, h)
		found := b.Get("/try/amara/searches/new?city=Mystic&price_max=2000000")
		found.wants(t, http.StatusOK, "3 homes now", "12 Oak Lane", "3 Oak Lane", `href="/p/found/`+homes[2], `href="/p/messages?ask=`+homes[2], "Listed by Shoreline Homes", `action="/p/homes/`+homes[0]+"/reaction")
		found.lacks(t, `href="/p/homes/`+homes[2])
		part := b.HTMX().Get("/try/amara/searches/new?city=Mystic&price_max=400000")
		part.wants(t, http.StatusOK, "1 home now", "14 Oak Lane")
		part.lacks(t, "<html", "12 Oak Lane")
		if dump(t, h) != before {
			t.Fatal("looking wrote something")
		}
		kept := b.Post("/try/amara/searches", "name", "By the water", "city", "Mystic", "price_max", "$1.5m", "beds_min", "2")
		kept.wants(t, http.StatusSeeOther)
		path := strings.TrimPrefix(kept.Header.Get("Location"), "/p")
		b.Get("/try/amara"+path).wants(t, http.StatusOK, `<h1 dir="auto">By the water`, "homes now", "Change it")
		list := b.Get("/try/amara/searches")
		list.wants(t, http.StatusOK, "By the water", "homes now", "in Mystic")
		b.Get("/try/ben/searches").lacks(t, "By the water")
		b.Get("/try/ben"+path).wants(t, http.StatusNotFound)
		b.Post("/try/ben"+path+"/removal").wants(t, http.StatusNotFound)
		gone := b.Post("/try/amara" + path + "/removal")
		gone.wants(t, http.StatusSeeOther)
		again := b.Get("/try/amara" + strings.TrimPrefix(gone.Header.Get("Location"), "/p"))
		again.wants(t, http.StatusOK, "is deleted", "Bring it back", "No search of your own")
		b.Get("/try/ben"+strings.TrimPrefix(gone.Header.Get("Location"), "/p")).lacks(t, "By the water", "is deleted")
		b.Get("/try/amara/searches?city=Mystic&gone=Wire+the+deposit").lacks(t, "Wire the deposit", "is deleted") // a link somebody else wrote
		b.Get("/try/amara"+strings.TrimPrefix(again.attribute(t, `href="([^"]*)">Bring it back`), "/p")).wants(t, http.StatusOK, `value="By the water"`, `value="Mystic"`)
	})
	t.Run("say what is wrong beside its field and lose nothing", func(t *testing.T) {
		h, _, _ := sentTo(t)
		b := h.visitor()
		wrong := b.Post("/try/amara/searches", "name", "<b>Mine", "city", "Mystic", "price_min", "cheap", "words_all", "porch")
		wrong.wants(t, http.StatusUnprocessableEntity, "&lt;b&gt;Mine", `value="Mystic"`, `value="cheap"`, `value="porch"`)
		if !regexp.MustCompile(`id="f-price_min-why">[^<]+<`).MatchString(wrong.Body) {
			t.Error("no sentence beside the price")
		}
		b.Post("/try/amara/searches", "name", "Everything").wants(t, http.StatusUnprocessableEntity, "Say at least one thing you look for", `value="Everything"`)
		b.Post("/try/amara/searches", "name", strings.Repeat("n", 81), "city", "Mystic").wants(t, http.StatusUnprocessableEntity, "A name has at most 80 characters.")
		b.Post("/try/amara/searches", "price_min", "900000", "price_max", "100000").wants(t, http.StatusUnprocessableEntity)
		for i := range portal.MostSearches {
			b.Post("/try/amara/searches", "name", fmt.Sprint("Number ", i), "city", "Mystic").wants(t, http.StatusSeeOther)
		}
		b.Post("/try/amara/searches", "name", "One more", "city", "Mystic").wants(t, http.StatusConflict, "You keep 20 searches already", `value="One more"`)
		b.Get("/try/amara/searches/new?zip=junk&beds_min=lots&after=nonsense&type=Castle").wants(t, http.StatusOK)
	})
	t.Run("open a home nobody sent, to be asked about, and none that may not be shown", func(t *testing.T) {
		h, _, homes := sentTo(t)
		b := h.visitor()
		page := b.Get("/try/amara/found/" + homes[2])
		page.wants(t, http.StatusOK, "3 Oak Lane", "Ask about it", "Listed by Shoreline Homes")
		page.lacks(t, "/reaction", "Sent to you", "open.ics", "Note on this home")
		b.Get("/try/amara/found/"+homes[0]).wants(t, http.StatusSeeOther)
		h.exec(t, "UPDATE listings SET shown = ?, internet_entire_listing_display_yn = ? WHERE id = ?", false, false, homes[2])
		b.Get("/try/amara/found/"+homes[2]).wants(t, http.StatusNotFound)
		b.Get("/try/amara/found/999999999999").wants(t, http.StatusNotFound)
		b.Get("/try/amara/searches/new?city=Mystic").lacks(t, "3 Oak Lane")
	})
	t.Run("the agent sees them, and presses nothing", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		b := h.visitor()
		path := strings.TrimPrefix(b.Post("/try/amara/searches", "name", "By the water", "city", "Mystic").Header.Get("Location"), "/p")
		maya, err := agents.Find(t.Context(), h.store.Read, amara.Client.AgentID)
		if err != nil {
			t.Fatal(err)
		}
		card := h.as(maya).Get("/clients/" + id(amara.Client))
		card.wants(t, http.StatusOK, "By the water", "Make this an auto e-mail")
		h.as(maya).Get(card.attribute(t, `href="([^"]*)">Make this an auto e-mail`)).wants(t, http.StatusOK, `value="Mystic"`, "Amara")
		h.wish(maya, amara.Client, "Mystic", func(s *autoemail.Search) { s.Criteria = listings.Criteria{Cities: []string{"Mystic"}} })
		h.as(maya).Get("/clients/"+id(amara.Client)).wants(t, http.StatusOK, "An auto e-mail looks for it")
		list := b.Get("/try/agent/searches")
		list.wants(t, http.StatusOK, "By the water")
		list.lacks(t, "Delete", "Look for homes")
		own := b.Get("/try/agent" + path)
		own.wants(t, http.StatusOK, "By the water", "12 Oak Lane")
		own.lacks(t, "Delete", "Ask about it", "Keep this search")
		b.Post("/try/agent/searches", "city", "Mystic").wants(t, http.StatusForbidden)
		b.Post("/try/agent"+path+"/removal").wants(t, http.StatusForbidden)
		b.Get("/try/agent/found/"+homes[2]).wants(t, http.StatusOK, "3 Oak Lane")
	})
}

func TestAutoEmailsInAPortal(t *testing.T) {
	open := func(t *testing.T, change ...func(*autoemail.Search)) (h *house, maya agents.Agent, b *browser, path string, find func() autoemail.Search) {
		h, amara, _ := sentTo(t)
		maya, err := agents.Find(t.Context(), h.store.Read, amara.Client.AgentID)
		if err != nil {
			t.Fatal(err)
		}
		s := h.wish(maya, amara.Client, "Near the harbor", change...)
		find = func() autoemail.Search {
			s, err := autoemail.Find(t.Context(), h.store.Read, maya.ID, s.ID)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		return h, maya, h.visitor(), fmt.Sprint("/try/amara/searches/autos/", s.ID), find
	}
	daily := func(s *autoemail.Search) {
		s.Schedule = autoemail.Schedule{Kind: autoemail.Daily, Times: []int{7 * 60}}
	}
	t.Run("stand there in words, and come weekly, rest until a day, stop and start at one tap", func(t *testing.T) {
		h, maya, b, path, find := open(t, daily)
		before := dump(t, h)
		b.Get("/try/amara/searches").wants(t, http.StatusOK, "Near the harbor", find().Criteria.Words(), "Daily", "Weekly instead of daily", "Stop this one", "Pause until a day", "Running")
		if dump(t, h) != before {
			t.Fatal("looking wrote something")
		}
		part := b.HTMX().Post(path + "/weekly")
		part.wants(t, http.StatusOK, `<li class="card portal-auto" id="auto-`, "once a week from now on")
		part.lacks(t, "<html", "Weekly instead")
		if find().Schedule.Kind != autoemail.Weekly || h.told(maya, "once a week") != 1 {
			t.Fatal(find().Schedule)
		}
		b.HTMX().Post(path+"/pause", "until", "2026-12-24").wants(t, http.StatusOK, "Paused until", "You paused it until 24 Dec", "Start again")
		if s := find(); s.State != autoemail.Paused || s.PausedUntil.IsZero() || h.told(maya, "paused") != 1 {
			t.Fatalf("%+v", s)
		}
		b.Post(path+"/start").wants(t, http.StatusSeeOther)
		b.HTMX().Post(path+"/stop").wants(t, http.StatusOK, "You stopped it", "Start again")
		if s := find(); s.State != autoemail.Paused || !s.PausedUntil.IsZero() {
			t.Fatalf("%+v", s)
		}
		h.as(maya).Get("/clients/"+fmt.Sprint(find().ClientID)).wants(t, http.StatusOK, "Near the harbor")
	})
	t.Run("a wrong day is told beside the field, with what was typed", func(t *testing.T) {
		h, _, b, path, find := open(t)
		for _, day := range []string{"2026-11-01", "2030-01-01", "soon", "", "<script>"} {
			wrong := b.Post(path+"/pause", "until", day)
			wrong.wants(t, http.StatusUnprocessableEntity, "Choose a day", `aria-invalid="true"`, "<html")
			wrong.lacks(t, "<script>soon", "value=\"<script")
			b.HTMX().Post(path+"/pause", "until", day).wants(t, http.StatusUnprocessableEntity, "Choose a day")
		}
		if find().State != autoemail.Active {
			t.Fatal(find().State)
		}
		_ = h
	})
	t.Run("what the agent paused the agent starts, and another's is not there", func(t *testing.T) {
		h, maya, b, path, find := open(t)
		h.as(maya).Post(fmt.Sprintf("/searches/%d/pause", find().ID)).wants(t, http.StatusSeeOther)
		page := b.Get("/try/amara/searches")
		page.wants(t, http.StatusOK, "Maya Bell paused it")
		page.lacks(t, "Start again", "Pause until a day")
		b.Post(path+"/start").wants(t, http.StatusConflict, "Your agent has paused this one")
		for _, act := range []string{"weekly", "pause", "stop", "start", "looking"} {
			b.Post(strings.Replace(path, "amara", "ben", 1)+"/"+act, "until", "2026-12-24").wants(t, http.StatusNotFound)
			b.Post(strings.Replace(path, "amara", "agent", 1)+"/"+act, "until", "2026-12-24").wants(t, http.StatusForbidden)
		}
		view := b.Get("/try/agent/searches")
		view.wants(t, http.StatusOK, "Near the harbor")
		view.lacks(t, "<form method=\"post\" action=\"/clients")
	})
}
