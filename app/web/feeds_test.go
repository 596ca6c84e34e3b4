package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/feed/feedtest"
	"porchlight/app/listings"
)

// run lets the feeds be read until the test ends.
func (h *house) run() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.server.Feeds.Run(ctx) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

// feedSettled waits until a feed is no longer being read and returns its card. The card is watched for three seconds after a
// run, in which a walk of keys may begin: they pass slowly, so that a runner that gets little of a busy processor begins it
// and is done with it.
func (b *browser) feedSettled(path string) reply {
	b.h.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		b.h.pass(250 * time.Millisecond)
		r := b.HTMX().Get(path + "/state")
		if !strings.Contains(r.Body, "every 1s") {
			return r
		}
		if time.Now().After(end) {
			b.h.t.Fatalf("still being read\n%s", r.Body)
		}
	}
}

func TestFeeds(t *testing.T) {
	const token = "a-very-secret-token-31f2"
	vendor, err := feedtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer vendor.Close()
	vendor.Token = token
	h := open(t)
	vendor.Put("Property", feedtest.Homes(30, h.clock().Add(-72*time.Hour))...)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	var pages []string // all that ever stood on one
	keep := func(r reply) reply { pages = append(pages, r.Body); return r }
	form := func(changes ...string) []string { // what a broker types, with some of it otherwise
		all := []string{"preset", "plain", "name", "Harbor MLS", "root", vendor.Root(), "every_minutes", "15", "hold_percent", "30", "drop_percent", "20", "reconcile_hours", "24",
			"page_size", "10", "photos_per_home", "5", "source", "Harbor MLS", "statuses", "Active"}
		for i := 0; i < len(changes); i += 2 {
			at := len(all)
			for j := 0; j < len(all); j += 2 {
				if all[j] == changes[i] {
					at = j
				}
			}
			all = append(all[:at], append([]string{changes[i], changes[i+1]}, all[min(at+2, len(all)):]...)...)
		}
		return all
	}
	path := ""

	t.Run("begin with the vendors that are known", func(t *testing.T) {
		r := keep(b.Get("/settings/feeds"))
		r.wants(t, http.StatusOK, "No feed yet", "MLS Grid", `href="/settings/feeds/new?preset=plain"`)
		keep(b.Get("/settings/feeds/new")).wants(t, http.StatusOK, "MLS Grid")
		keep(b.Get("/settings/feeds/new?preset=trestle")).wants(t, http.StatusOK, "Trestle", "oidc/connect/token", `value="api"`)
		for _, one := range pages {
			clean(t, one)
		}
	})
	t.Run("are tried before they are saved", func(t *testing.T) {
		keep(b.HTMX().Post("/settings/feeds/tries", form("secret", "wrong")...)).wants(t, http.StatusOK, "notice stop")
		keep(b.HTMX().Post("/settings/feeds/tries", form("secret", token)...)).wants(t, http.StatusOK, "notice done")
		r := keep(b.Post("/settings/feeds/tries", form("secret", token)...))
		r.wants(t, http.StatusOK, "notice done", `value="Harbor MLS"`, "<h1>Settings</h1>")
		b.Get("/settings/feeds").wants(t, http.StatusOK, "No feed yet")
	})
	t.Run("do not lead inside", func(t *testing.T) {
		for _, root := range []string{"https://169.254.169.254/odata", "https://[::1]/odata", "https://10.0.0.7/odata"} {
			r := keep(b.HTMX().Post("/settings/feeds", form("root", root, "secret", token)...))
			r.wants(t, http.StatusUnprocessableEntity, root, `aria-invalid="true"`)
		}
		b.Get("/settings/feeds").wants(t, http.StatusOK, "No feed yet")
	})
	t.Run("are refused in words, with what was typed", func(t *testing.T) {
		r := keep(b.HTMX().Post("/settings/feeds", form("page_size", "many", "root", "http://", "secret", token)...))
		r.wants(t, http.StatusUnprocessableEntity, `id="feed-form"`, "Write a whole number.", `value="Harbor MLS"`)
		r = keep(b.Post("/settings/feeds", "preset", "plain", "name", "", "root", "ftp://x"))
		r.wants(t, http.StatusUnprocessableEntity, "aria-invalid")
		clean(t, r.Body)
	})
	t.Run("are saved and read, and say how far they are", func(t *testing.T) {
		saved := b.Post("/settings/feeds", form("secret", token, "headers", "X-Office: "+token)...)
		path = saved.Header.Get("Location")
		keep(b.follow(saved)).wants(t, http.StatusOK, "Harbor MLS is saved.", "Saved, encrypted; type a new one to replace it.", "X-Office:", "Not read yet")
		r := keep(b.HTMX().Post(path + "/runs"))
		r.wants(t, http.StatusOK, `hx-trigger="every 1s"`, "Reading", "Stop")
		keep(b.HTMX().Post(path+"/runs")).wants(t, http.StatusOK, `hx-trigger="every 1s"`) // twice is once
		h.run()
		r = keep(b.feedSettled(path))
		r.wants(t, http.StatusOK, "Up to date", `<b class="num">30</b>new`, "Run now")
		keep(b.Get(path)).wants(t, http.StatusOK, "First load", "30 new", "Data as of")
		b.Get("/listings").wants(t, http.StatusOK, "30 homes")
	})
	t.Run("say what went wrong, here and at home, until it is mended", func(t *testing.T) {
		vendor.Token = "another"
		b.Post(path+"/runs").wants(t, http.StatusSeeOther)
		keep(b.feedSettled(path)).wants(t, http.StatusOK, "Failed", "notice stop")
		b.Get("/").wants(t, http.StatusOK, "The feed Harbor MLS could not be read.", `href="`+path+`"`)
		vendor.Token = token
		b.Post(path + "/runs")
		b.feedSettled(path).wants(t, http.StatusOK, "Up to date")
		b.Get("/").lacks(t, "could not be read")
	})
	t.Run("keep the secret that is not typed again, and pausing survives a saving", func(t *testing.T) {
		keep(b.HTMX().Post(path+"/pauses", "paused", "yes")).wants(t, http.StatusOK, "Paused", "Resume")
		version := b.Get(path).hidden(t, "version")
		b.Post(path, form("name", "Harbor", "version", version, "headers", "X-Office:")...).wants(t, http.StatusSeeOther)
		keep(b.Get(path)).wants(t, http.StatusOK, "Paused", `value="Harbor"`)
		b.HTMX().Post(path+"/runs").wants(t, http.StatusOK)
		b.feedSettled(path).lacks(t, "notice stop")
		r := keep(b.HTMX().Post(path, form("name", "Too late", "version", version, "headers", "X-Office:")...))
		r.wants(t, http.StatusConflict, "saved from another browser", "Meanwhile saved as “Harbor”", `value="Too late"`)
		b.HTMX().Post(path+"/pauses", "paused", "no").wants(t, http.StatusOK, "Pause")
	})
	t.Run("ask before they take many homes away", func(t *testing.T) {
		var gone []string
		for n := range 20 {
			gone = append(gone, feedtest.Key(n))
		}
		vendor.Vanish("Property", gone...)
		h.pass(25 * time.Hour)
		b.HTMX().Post(path + "/runs")
		r := keep(b.feedSettled(path))
		r.wants(t, http.StatusOK, "Waits for you", "Take 20 homes away", `name="sure" value="yes"`)
		b.Get("/").wants(t, http.StatusOK, "waits for you.")
		if n := b.count(t); n != 30 {
			t.Fatalf("%d homes", n)
		}
		b.HTMX().Post(path+"/runs", "sure", "yes")
		keep(b.feedSettled(path)).lacks(t, "Take 20 homes away")
		if n := b.count(t); n != 10 {
			t.Errorf("%d homes", n)
		}
	})
	t.Run("never show a credential", func(t *testing.T) {
		for _, p := range []string{path, "/settings/feeds", "/", path + "/state", "/outbox"} {
			keep(b.Get(p))
		}
		for _, body := range pages {
			if strings.Contains(body, token) || strings.Contains(body, "another") && strings.Contains(body, "31f2") {
				t.Errorf("the secret in\n%s", body)
			}
		}
	})
	t.Run("are the broker's", func(t *testing.T) {
		omar := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
		omar.Get(path).wants(t, http.StatusForbidden)
		omar.Post(path+"/runs", "sure", "yes").wants(t, http.StatusForbidden)
		omar.Get("/").lacks(t, "waits for you.", "could not be read")
	})
	t.Run("that do not exist are not found", func(t *testing.T) {
		for _, p := range []string{"/settings/feeds/99999", "/settings/feeds/99999/state"} {
			b.Get(p).wants(t, http.StatusNotFound)
		}
		for _, p := range []string{"/runs", "/stops", "/pauses", ""} {
			b.Post("/settings/feeds/99999"+p).wants(t, http.StatusNotFound)
		}
	})
}

// count is how many homes the search has.
func (b *browser) count(t *testing.T) int {
	t.Helper()
	var n int
	if err := b.h.store.Read.NewRaw("SELECT count(*) FROM listings WHERE gone_at IS NULL").Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestHeldValues(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	second := h.as(h.hire("Rosa Elm", "rosa@elmharbor.example", agents.RoleBroker))
	b.Get("/settings/feeds/held").wants(t, http.StatusOK, "Nothing waits")
	b.Get("/").lacks(t, "for you.</strong>")

	h.comeIn(onElm("1"), onElm("2"), onElm("3"))
	h.pass(time.Hour)
	h.comeIn(onElm("1", asking(44_900)), onElm("2", asking(4_490_000)), onElm("3", asking(44_900)))
	b.Get("/").wants(t, http.StatusOK, "3 values wait for you.", `href="/settings/feeds/held"`)
	page := b.Get("/settings/feeds/held")
	page.wants(t, http.StatusOK, "1 Elm Street", "$449,000", "$44,900", "$4,490,000", "Accept", "Keep the old one", `id="held-1"`)
	clean(t, page.Body)
	price := func(key string) int64 {
		t.Helper()
		found, err := listings.List(t.Context(), h.store.Read, []listings.ID{h.home(key)})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		return *found[0].ListPrice / 100
	}
	hold := func(key string) string {
		t.Helper()
		var id int64
		if err := h.store.Read.NewRaw("SELECT id FROM listing_holds WHERE listing_id = ?", h.home(key)).Scan(t.Context(), &id); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("/settings/feeds/held/%d", id)
	}

	t.Run("come into force by a press, and a second person is told", func(t *testing.T) {
		r := b.HTMX().Post(hold("1"), "decision", "accept")
		r.wants(t, http.StatusOK, "The new value is in force.", "<li")
		r.lacks(t, "<html", "<form")
		if price("1") != 44_900 {
			t.Error(price("1"))
		}
		second.HTMX().Post(hold("1"), "decision", "keep").wants(t, http.StatusConflict, "This has been settled meanwhile.", "<li")
		second.Post(hold("1"), "decision", "keep").wants(t, http.StatusConflict, "This has been settled meanwhile.")
		if price("1") != 44_900 {
			t.Error("the second one won")
		}
	})
	t.Run("are dropped by the other press, without JavaScript too", func(t *testing.T) {
		b.follow(b.Post(hold("2"), "decision", "keep")).wants(t, http.StatusOK, "The old value stays.", `<span class="num">1</span> value to look at`)
		if price("2") != 449_000 {
			t.Error(price("2"))
		}
	})
	t.Run("wait on while nobody says what", func(t *testing.T) {
		b.Post(hold("3"), "decision", "").wants(t, http.StatusUnprocessableEntity)
		b.Get("/").wants(t, http.StatusOK, "1 value waits for you.")
	})
}
