package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/web"
)

func TestForgery(t *testing.T) {
	for name, c := range map[string]struct {
		base, host    string
		origin, fetch string
		passes        bool
	}{
		"the app's own form in a browser of today":              {"http://porchlight.test", "porchlight.test", "http://porchlight.test", "same-origin", true},
		"an address typed or a bookmark":                        {"http://porchlight.test", "porchlight.test", "", "none", true},
		"the own form over plain HTTP, where browsers say less": {"http://porchlight.test", "porchlight.test", "http://porchlight.test", "", true},
		"no browser at all":                                     {"http://porchlight.test", "porchlight.test", "", "", true},
		"another site":                                          {"http://porchlight.test", "porchlight.test", "http://evil.example", "cross-site", false},
		"another site that hides its origin":                    {"http://porchlight.test", "porchlight.test", "null", "cross-site", false},
		"another site, no origin":                               {"http://porchlight.test", "porchlight.test", "", "cross-site", false},
		"a sister host":                                         {"http://porchlight.test", "porchlight.test", "http://blog.porchlight.test", "same-site", false},
		"another site in an old browser":                        {"http://porchlight.test", "porchlight.test", "http://evil.example", "", false},
		"a hidden origin in an old browser":                     {"http://porchlight.test", "porchlight.test", "null", "", false},
		"another port":                                          {"http://porchlight.test", "porchlight.test", "http://porchlight.test:81", "", false},
		"a host that begins the same":                           {"http://porchlight.test", "porchlight.test", "http://porchlight.test.evil.example", "", false},
		"behind a TLS proxy that keeps the host":                {"https://mail.elm.example", "mail.elm.example", "https://mail.elm.example", "same-origin", true},
		"behind a TLS proxy that changes the host":              {"https://mail.elm.example", "127.0.0.1:8080", "https://mail.elm.example", "", true},
		"another site behind a proxy":                           {"https://mail.elm.example", "127.0.0.1:8080", "https://evil.example", "", false},
		"another site that claims the proxy's inner name":       {"https://mail.elm.example", "mail.elm.example", "https://127.0.0.1:8080", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, func(o *web.Options) { o.BaseURL = c.base })
			maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
			b := h.as(maya)
			form := url.Values{"version": {"1"}, "name": {"Changed By Form"}, "phone": {""}, "signature": {""}}
			r := httptest.NewRequest(http.MethodPost, "/settings/profile", strings.NewReader(form.Encode()))
			r.Host = c.host
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.fetch != "" {
				r.Header.Set("Sec-Fetch-Site", c.fetch)
			}
			for name, value := range b.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			answer, err := h.server.App().Test(r, -1)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			want := http.StatusForbidden
			if c.passes {
				want = http.StatusSeeOther
			}
			if answer.StatusCode != want {
				t.Errorf("status %d, want %d", answer.StatusCode, want)
			}
			now, err := agents.Find(t.Context(), h.store.Read, maya.ID)
			if err != nil {
				t.Fatal(err)
			}
			if changed := now.Name == "Changed By Form"; changed != c.passes {
				t.Errorf("changed: %v", changed)
			}
		})
	}

	t.Run("signing somebody in from another site is refused too", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
		form := url.Values{"email": {maya.Email}, "password": {password}}
		r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(form.Encode()))
		r.Host = "porchlight.test"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		answer, err := h.server.App().Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusForbidden || len(answer.Cookies()) != 0 {
			t.Errorf("%d %v", answer.StatusCode, answer.Cookies())
		}
	})
}
