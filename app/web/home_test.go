package web_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/web"
	"porchlight/views"
)

func TestGreeting(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for hour, want := range map[int]string{4: "Good evening", 5: "Good morning", 11: "Good morning", 12: "Good afternoon", 17: "Good afternoon", 18: "Good evening", 23: "Good evening"} {
		if got := web.Greeting(time.Date(2026, 11, 1, hour, 0, 0, 0, zone)); got != want {
			t.Errorf("at %d: %s", hour, got)
		}
	}
}

func TestHome(t *testing.T) {
	t.Run("greets by the brokerage's clock and teaches the first step", func(t *testing.T) {
		h := open(t)
		b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
		zone := h.brokerage().Location()
		r := b.Get("/")
		r.wants(t, http.StatusOK, "Waiting for you", "No clients yet", `href="/clients/new"`, "No letters yet", ">Maya<", web.Greeting(h.clock().In(zone)), h.clock().In(zone).Format("Monday, 2 January"))
	})
	t.Run("says what stops mail and who can mend it", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@gmail.com", agents.RoleBroker)
		omar := h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
		if _, err := h.store.Write.ExecContext(t.Context(), "UPDATE brokerage SET postal_address = ''"); err != nil {
			t.Fatal(err)
		}
		hers := h.as(maya).Get("/")
		hers.wants(t, http.StatusOK, "no postal address", `href="/settings#postal_address"`, "no sending domain", `href="/settings#sending_domains"`)
		his := h.as(omar).Get("/")
		his.wants(t, http.StatusOK, "no postal address", "no sending domain", "Ask your broker")
		his.lacks(t, "/settings#")
	})
	t.Run("says when no mail server is set", func(t *testing.T) {
		h := open(t, func(o *web.Options) {
			renderer, err := mail.NewRenderer(views.Letters())
			if err != nil {
				t.Fatal(err)
			}
			o.Courier = outbox.NewCourier(outbox.Options{Write: o.Store.Write, Read: o.Store.Read, SkipLocked: o.Store.SkipLocked, Commits: o.Store.Commits, Ledger: o.Ledger, Renderer: renderer, Workers: 1, BaseURL: o.BaseURL, Clock: o.Clock, Log: o.Log})
		})
		b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
		b.Get("/").wants(t, http.StatusOK, "No mail server is set")
	})
	t.Run("shows notices until they are dismissed, each to its own agent", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		omar := h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
		tell(h, maya.ID, "Carl <Whitman> opted out")
		tell(h, maya.ID, "Ana Silva opted back in")
		tell(h, omar.ID, "For Omar only")
		b := h.as(maya)
		r := b.Get("/")
		r.wants(t, http.StatusOK, "Carl &lt;Whitman&gt; opted out", "Second paragraph.", `href="/clients/7"`, "Show the client")
		r.lacks(t, "For Omar only")
		list, err := agents.Notices(t.Context(), h.store.Read, maya.ID, true, 9)
		if err != nil || len(list) != 2 {
			t.Fatal(list, err)
		}
		left := b.HTMX().Post(fmt.Sprintf("/notices/%d/dismissal", list[0].ID))
		left.wants(t, http.StatusOK, `id="notices"`, "Carl")
		left.lacks(t, "Ana Silva", "<html")
		b.Post(fmt.Sprintf("/notices/%d/dismissal", list[1].ID)).wants(t, http.StatusSeeOther)
		b.Get("/").wants(t, http.StatusOK, "All read.")

		his, err := agents.Notices(t.Context(), h.store.Read, omar.ID, true, 9)
		if err != nil || len(his) != 1 {
			t.Fatal(his, err)
		}
		b.Post(fmt.Sprintf("/notices/%d/dismissal", his[0].ID)).wants(t, http.StatusNotFound)
		h.as(omar).Get("/").wants(t, http.StatusOK, "For Omar only")
	})
	t.Run("shows the twenty newest notices and says that there are older ones", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		for n := range 20 {
			tell(h, maya.ID, fmt.Sprintf("News no. %d.", n))
		}
		h.as(maya).Get("/").lacks(t, "There are older ones.")
		tell(h, maya.ID, "The newest.")
		h.as(maya).Get("/").wants(t, http.StatusOK, "The newest.", "News no. 1.", "There are older ones.")
		h.as(maya).Get("/").lacks(t, "News no. 0.")
	})
	t.Run("lists who opted back in, with Make Active beside each", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		b := h.as(maya)
		b.Get("/").wants(t, http.StatusOK, "Nobody. When a client who opted out")
		mine := furnish(h, maya, "carl")
		b.Get("/").wants(t, http.StatusOK, mine.waiting.Name(), fmt.Sprintf(`action="/clients/%d/activation"`, mine.waiting.ID), ">Make Active</button>")
		b.HTMX().Post(fmt.Sprintf("/clients/%d/activation", mine.waiting.ID)).wants(t, http.StatusOK)
		b.Get("/").lacks(t, fmt.Sprintf(`id="waiting-%d"`, mine.waiting.ID))
	})
	t.Run("says so when the time zone is no longer known", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		h.as(maya).Get("/").lacks(t, "no longer known here")
		if _, err := h.store.Write.ExecContext(t.Context(), "UPDATE brokerage SET time_zone = 'Europe/Atlantis'"); err != nil {
			t.Fatal(err)
		}
		h.as(maya).Get("/").wants(t, http.StatusOK, "The time zone “Europe/Atlantis” is no longer known here.", "/settings#time_zone")
	})
	t.Run("counts clients and letters", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		mine := furnish(h, maya, "carl")
		r := h.as(maya).Get("/")
		r.wants(t, http.StatusOK, `href="/clients?status=Active"`, `href="/clients?status=Inactive"`, `href="/outbox?state=ready"`, fmt.Sprintf(`href="/outbox/mailings/%d"`, mine.mailing), "News for carl")
		r.lacks(t, "No clients yet", "No letters yet")
	})
}

// tell gives an agent a notice that leads somewhere.
func tell(h *house, to agents.ID, title string) {
	h.t.Helper()
	err := agents.Tell(h.t.Context(), h.store.Write, agents.Notice{
		AgentID: to, Kind: agents.NoticeOptOut, Title: title, Body: "First paragraph.\n\nSecond paragraph.", Action: "Show the client", Path: "/clients/7",
	}, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
}
