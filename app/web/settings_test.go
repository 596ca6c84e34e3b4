package web_test

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/web"
)

// version is the number the form on a page was filled from.
func version(t *testing.T, r reply) string {
	t.Helper()
	found := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(r.Body)
	if found == nil {
		t.Fatalf("no version in\n%s", r.Body)
	}
	return found[1]
}

func (h *house) brokerage() agents.Brokerage {
	h.t.Helper()
	b, err := agents.LoadBrokerage(h.t.Context(), h.store.Read)
	if err != nil {
		h.t.Fatal(err)
	}
	return b
}

func TestBrokerageSettings(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	h.hire("Omar Haddad", "omar.haddad@gmail.com", agents.RoleAgent)
	b := h.as(maya)
	form := func(version string, over ...string) []string {
		return append([]string{"version", version, "name", "Elm & Harbor Realty", "postal_address", "1 Main St\r\nGuilford, CT 06437", "phone", "+1 203 555 0100", "time_zone", "America/Chicago", "sending_domains", "elmharbor.example\r\nmail.elm.example"}, over...)
	}

	t.Run("shows one Save and every field by its label", func(t *testing.T) {
		r := b.Get("/settings")
		r.wants(t, http.StatusOK, `<label for="name">Name</label>`, `<label for="postal_address">Postal address</label>`, `<label for="phone">Phone</label>`, `<label for="time_zone">Time zone</label>`, `<label for="sending_domains">Sending domains</label>`, "14 Elm Street")
		if n := strings.Count(r.Body, ">Save</button>"); n != 1 {
			t.Errorf("%d buttons named Save", n)
		}
	})
	t.Run("offers the zones of the United States first and every other one", func(t *testing.T) {
		r := b.Get("/settings")
		ny, berlin := strings.Index(r.Body, `value="America/New_York"`), strings.Index(r.Body, `value="Europe/Berlin"`)
		if ny < 0 || berlin < ny {
			t.Errorf("New York at %d, Berlin at %d", ny, berlin)
		}
		if n := strings.Count(r.Body, " selected>"); n != 1 {
			t.Errorf("%d zones chosen", n)
		}
		for _, found := range regexp.MustCompile(`<option value="([^"]+)"`).FindAllStringSubmatch(r.Body, -1) {
			if _, err := time.LoadLocation(found[1]); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("saves, answers a plain form with a redirect, and shows the exact From lines", func(t *testing.T) {
		r := b.Post("/settings", form(version(t, b.Get("/settings")))...)
		r.wants(t, http.StatusSeeOther)
		got := h.brokerage()
		if got.PostalAddress != "1 Main St\nGuilford, CT 06437" || got.TimeZone != "America/Chicago" || strings.Join(got.SendingDomains, " ") != "elmharbor.example mail.elm.example" {
			t.Errorf("saved %+v", got)
		}
		page := b.follow(r)
		page.wants(t, http.StatusOK, "The brokerage is saved.", "Maya Bell &lt;maya@elmharbor.example&gt;", "via Elm", "Replies go to omar.haddad@gmail.com", "1 Main St\nGuilford")
		b.Get("/settings").lacks(t, "The brokerage is saved.")
	})
	t.Run("answers htmx with the card and a word in the corner", func(t *testing.T) {
		r := b.HTMX().Post("/settings", form(version(t, b.Get("/settings")), "x", "y")...)
		r.wants(t, http.StatusOK, `id="brokerage"`)
		r.lacks(t, "<html")
		if !strings.Contains(r.Header.Get("HX-Trigger"), "The brokerage is saved.") {
			t.Errorf("HX-Trigger %q", r.Header.Get("HX-Trigger"))
		}
	})
	t.Run("keeps what was typed when it can't be saved", func(t *testing.T) {
		for _, who := range []*browser{b, b.HTMX()} {
			r := who.Post("/settings", "version", version(t, b.Get("/settings")), "name", "", "postal_address", "9 New St", "phone", "", "time_zone", "Mars/Olympus", "sending_domains", "not a domain!")
			r.wants(t, http.StatusUnprocessableEntity, "9 New St", `id="name-why"`, `id="time_zone-why"`, `id="sending_domains-why"`, `aria-invalid="true"`)
		}
		if h.brokerage().PostalAddress == "9 New St" {
			t.Error("saved all the same")
		}
	})
	t.Run("tells the second of two tabs, keeps what it typed, and saves it when told again", func(t *testing.T) {
		stale := version(t, b.Get("/settings"))
		b.Post("/settings", "version", stale, "name", "First Tab Realty", "postal_address", "1 Main St, Guilford CT 06437", "phone", "", "time_zone", "America/Chicago", "sending_domains", "elmharbor.example").wants(t, http.StatusSeeOther)
		r := b.Post("/settings", "version", stale, "name", "Second Tab Realty", "postal_address", "1 Main St, Guilford CT 06437", "phone", "", "time_zone", "America/Chicago", "sending_domains", "elmharbor.example")
		r.wants(t, http.StatusConflict, `value="Second Tab Realty"`, "First Tab Realty", `id="name-why"`)
		r.lacks(t, `id="phone-why"`)
		if h.brokerage().Name != "First Tab Realty" {
			t.Error("overwritten unasked")
		}
		b.Post("/settings", "version", version(t, r), "name", "Second Tab Realty", "postal_address", "1 Main St, Guilford CT 06437", "phone", "", "time_zone", "America/Chicago", "sending_domains", "elmharbor.example").wants(t, http.StatusSeeOther)
		if h.brokerage().Name != "Second Tab Realty" {
			t.Error("not saved when told again")
		}
	})
	t.Run("shows what a person typed as text, never as markup", func(t *testing.T) {
		r := b.Post("/settings", "version", version(t, b.Get("/settings")), "name", `<script>alert(1)</script>`, "postal_address", "</textarea><script>alert(2)</script>", "phone", `" onfocus="x`, "time_zone", `"><script>`, "sending_domains", "")
		if strings.Contains(r.Body, "<script>alert") || strings.Contains(r.Body, `" onfocus=`) {
			t.Error(r.Body)
		}
	})
}

func TestSettingsOfAnAgent(t *testing.T) {
	h := open(t)
	h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	omar := h.hire("Omar Haddad", "omar.haddad@gmail.com", agents.RoleAgent)
	b := h.as(omar)

	t.Run("are the profile", func(t *testing.T) {
		r := b.Get("/settings")
		r.wants(t, http.StatusOK, `<label for="signature">Signature</label>`, `value="Omar Haddad"`)
		r.lacks(t, "Postal address", `href="/settings/agents"`)
	})
	t.Run("leave the brokerage to the broker", func(t *testing.T) {
		before := h.brokerage()
		b.Post("/settings", "version", "1", "name", "Omar's", "postal_address", "", "time_zone", "UTC").wants(t, http.StatusForbidden, "broker")
		b.Get("/settings/agents").wants(t, http.StatusForbidden)
		b.Post("/settings/agents", "name", "Eve", "email", "eve@evil.example", "password", password, "role", "broker").wants(t, http.StatusForbidden)
		if h.brokerage().Name != before.Name {
			t.Error("changed all the same")
		}
		if all, _ := agents.List(t.Context(), h.store.Read); len(all) != 2 {
			t.Errorf("%d agents", len(all))
		}
	})
	t.Run("save name, phone and signature", func(t *testing.T) {
		r := b.Post("/settings/profile", "version", version(t, b.Get("/settings/profile")), "name", "Omar A. Haddad", "phone", "203 555 0111", "signature", "Omar\r\nElm & Harbor")
		r.wants(t, http.StatusSeeOther)
		b.follow(r).wants(t, http.StatusOK, "Your profile is saved.", `value="Omar A. Haddad"`, "Omar\nElm &amp; Harbor</textarea>")
		saved, err := agents.Find(t.Context(), h.store.Read, omar.ID)
		if err != nil || saved.Signature != "Omar\nElm & Harbor" || saved.Phone == "" {
			t.Errorf("%+v %v", saved, err)
		}
	})
	t.Run("tell the second of two tabs", func(t *testing.T) {
		stale := version(t, b.Get("/settings/profile"))
		b.HTMX().Post("/settings/profile", "version", stale, "name", "Tab One", "phone", "", "signature", "").wants(t, http.StatusOK, `id="profile"`)
		r := b.HTMX().Post("/settings/profile", "version", stale, "name", "Tab Two", "phone", "", "signature", "")
		r.wants(t, http.StatusConflict, `value="Tab Two"`, "Tab One")
		b.HTMX().Post("/settings/profile", "version", version(t, r), "name", "Tab Two", "phone", "", "signature", "").wants(t, http.StatusOK, `value="Tab Two"`)
	})
	t.Run("name the fields that need another look", func(t *testing.T) {
		b.Post("/settings/profile", "version", version(t, b.Get("/settings/profile")), "name", "", "phone", "", "signature", strings.Repeat("long ", 2000)).
			wants(t, http.StatusUnprocessableEntity, `id="name-why"`, `id="signature-why"`)
	})
}

func TestPasswordAndBrowsers(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)

	t.Run("sign out everywhere ends the other browser and keeps this one", func(t *testing.T) {
		here, there := h.as(maya), h.as(maya)
		here.Get("/settings/password").wants(t, http.StatusOK, "Sign out everywhere", "This browser")
		r := here.Post("/settings/sign-outs")
		r.wants(t, http.StatusSeeOther)
		here.follow(r).wants(t, http.StatusOK, "All other browsers are signed out.")
		there.Get("/settings").wants(t, http.StatusSeeOther)
		here.Get("/settings").wants(t, http.StatusOK)
	})
	t.Run("ends nobody else's sessions", func(t *testing.T) {
		omar := h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
		his, hers := h.as(omar), h.as(maya)
		hers.HTMX().Post("/settings/sign-outs").wants(t, http.StatusOK, `id="password-page"`)
		his.Get("/settings").wants(t, http.StatusOK)
	})
	t.Run("a new password needs the old one and ends the other browsers", func(t *testing.T) {
		here, there := h.as(maya), h.as(maya)
		here.Post("/settings/password", "current_password", "not this one", "password", "a brand new secret").wants(t, http.StatusUnprocessableEntity, `id="current_password-why"`)
		here.Post("/settings/password", "current_password", password, "password", "short").wants(t, http.StatusUnprocessableEntity, `id="password-why"`)
		there.Get("/settings").wants(t, http.StatusOK)
		r := here.Post("/settings/password", "current_password", password, "password", "a brand new secret")
		r.wants(t, http.StatusSeeOther)
		here.follow(r).wants(t, http.StatusOK, "The password is changed.")
		there.Get("/settings").wants(t, http.StatusSeeOther)
		h.visitor().Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusForbidden)
		h.visitor().Post("/sign-in", "email", maya.Email, "password", "a brand new secret").wants(t, http.StatusSeeOther)
	})
}

func TestStaff(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))

	t.Run("a new agent can sign in", func(t *testing.T) {
		r := b.Post("/settings/agents", "name", "Ruth Okafor", "email", "ruth@elmharbor.example", "password", password, "role", "agent")
		r.wants(t, http.StatusSeeOther)
		b.follow(r).wants(t, http.StatusOK, "Ruth Okafor can sign in now.", "ruth@elmharbor.example")
		h.visitor().Post("/sign-in", "email", "ruth@elmharbor.example", "password", password).wants(t, http.StatusSeeOther)
	})
	t.Run("pressing the button twice adds one", func(t *testing.T) {
		b.Post("/settings/agents", "name", "Ruth Okafor", "email", "Ruth@ElmHarbor.example", "password", password, "role", "agent").wants(t, http.StatusUnprocessableEntity, `id="email-why"`, "Ruth@ElmHarbor.example")
		if all, _ := agents.List(t.Context(), h.store.Read); len(all) != 2 {
			t.Errorf("%d agents", len(all))
		}
	})
	t.Run("a role nobody knows is refused", func(t *testing.T) {
		b.HTMX().Post("/settings/agents", "name", "Eve", "email", "eve@elmharbor.example", "password", password, "role", "owner").wants(t, http.StatusUnprocessableEntity, `id="role-why"`)
	})
}

func TestBrowserName(t *testing.T) {
	for userAgent, want := range map[string]string{
		"": "Unknown browser",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0": "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1":       "Safari on iPhone",
		"Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0":                                                    "Firefox on Linux",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36":                                  "Chrome on Android",
		"curl/8.5.0": "Unknown browser",
	} {
		if got, phone := web.BrowserName(userAgent); got != want || phone != (strings.HasSuffix(want, "iPhone") || strings.HasSuffix(want, "Android")) {
			t.Errorf("%q is %q (phone %s)", userAgent, got, strconv.FormatBool(phone))
		}
	}
}
