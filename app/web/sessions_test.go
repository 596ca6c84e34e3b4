package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/web"
)

func TestSignIn(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)

	t.Run("shows labelled fields and its button", func(t *testing.T) {
		h.visitor().Get("/sign-in").wants(t, http.StatusOK, `<label for="email">E-mail</label>`, `<label for="password">Password</label>`, ">Sign in</button>")
	})
	t.Run("says the same of an unknown address as of a wrong password, and keeps the address", func(t *testing.T) {
		unknown := h.visitor().Post("/sign-in", "email", "nobody@elmharbor.example", "password", "wrong wrong wrong")
		wrong := h.visitor().Post("/sign-in", "email", maya.Email, "password", "wrong wrong wrong")
		wrong.wants(t, http.StatusForbidden, `value="maya@elmharbor.example"`, `role="alert"`)
		if a, b := strings.ReplaceAll(unknown.Body, "nobody@", "maya@"), wrong.Body; a != b || unknown.Status != wrong.Status {
			t.Errorf("a stranger can tell who works here:\n%s\n%s", a, b)
		}
		wrong.lacks(t, "wrong wrong wrong")
	})
	t.Run("leads to the page that was asked for", func(t *testing.T) {
		b := h.visitor()
		r := b.Get("/settings/profile?x=1&y=2")
		r.wants(t, http.StatusSeeOther)
		asked := b.follow(r)
		asked.wants(t, http.StatusOK, `name="to" value="/settings/profile?x=1&amp;y=2"`)
		in := b.Post("/sign-in", "email", maya.Email, "password", password, "to", "/settings/profile?x=1&y=2")
		if to := in.Header.Get("Location"); to != "/settings/profile?x=1&y=2" {
			t.Errorf("went to %q", to)
		}
	})
	t.Run("never leads to another site", func(t *testing.T) {
		for _, to := range []string{"//evil.example", "///evil.example", "https://evil.example", `/\evil.example`, "/\t/evil.example", "/\n/evil.example", "evil", "", "javascript:alert(1)", "/sign-out", "/sign-in?to=/x", `\\evil.example`, "/%zz"} {
			r := h.visitor().Post("/sign-in", "email", maya.Email, "password", password, "to", to)
			if got := r.Header.Get("Location"); r.Status != http.StatusSeeOther || got != "/" {
				t.Errorf("to=%q: %d %q", to, r.Status, got)
			}
			h.visitor().Get("/sign-in?to="+url.QueryEscape(to)).wants(t, http.StatusOK, `name="to" value="/"`)
		}
	})
	t.Run("makes a new session each time and ends the one the browser came with", func(t *testing.T) {
		b := h.as(maya)
		first := b.cookies[h.cookie("session")]
		b.Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusSeeOther)
		second := b.cookies[h.cookie("session")]
		if first == "" || first == second {
			t.Fatalf("session %q, then %q", first, second)
		}
		old := h.visitor()
		old.cookies[h.cookie("session")] = first
		old.Get("/settings").wants(t, http.StatusSeeOther)
		b.Get("/settings").wants(t, http.StatusOK)
	})
	t.Run("takes no session a stranger planted", func(t *testing.T) {
		b := h.visitor()
		planted := strings.Repeat("A", 43)
		b.cookies[h.cookie("session")] = planted
		b.Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusSeeOther)
		if b.cookies[h.cookie("session")] == planted {
			t.Error("the planted session is signed in")
		}
		thief := h.visitor()
		thief.cookies[h.cookie("session")] = planted
		thief.Get("/settings").wants(t, http.StatusSeeOther)
	})
	t.Run("ends with sign-out, also for whoever kept the cookie", func(t *testing.T) {
		b := h.as(maya)
		kept := b.cookies[h.cookie("session")]
		b.Post("/sign-out").wants(t, http.StatusSeeOther)
		if b.cookies[h.cookie("session")] != "" {
			t.Error("the browser still has the cookie")
		}
		thief := h.visitor()
		thief.cookies[h.cookie("session")] = kept
		thief.Get("/settings").wants(t, http.StatusSeeOther)
		h.visitor().Post("/sign-out").wants(t, http.StatusSeeOther)
	})
	t.Run("takes nobody away from a form that is being filled in", func(t *testing.T) {
		r := h.visitor().HTMX().Post("/letters/preview", "subject", "Two homes", "message", "Look.")
		r.wants(t, http.StatusUnauthorized, "You are signed out.", "what you typed is still in this page", `role="alert"`)
		if r.Header.Get("HX-Redirect") != "" || r.Header.Get("HX-Retarget") != "#flash" {
			t.Error(r.Header)
		}
	})
	t.Run("loses nothing that was typed into a form when it has ended", func(t *testing.T) {
		client := h.enlist(maya, "Carl", "Whitman", "carl-again@example.com", clients.Active)
		form := []string{"clients", id(client), "subject", "Two \"homes\"", "message", "Look.\r\n\r\nThere are <two>."}
		b := h.as(maya)
		b.Post("/sign-out").wants(t, http.StatusSeeOther)
		r := b.Post("/letters", form...)
		r.wants(t, http.StatusUnauthorized, `action="/letters"`, `target="_blank"`, "You are signed out")
		if r.hidden(t, "subject") != form[3] || r.hidden(t, "clients") != form[1] || strings.ReplaceAll(r.hidden(t, "message"), "\r", "") != strings.ReplaceAll(form[5], "\r", "") {
			t.Error(r.Body)
		}
	})
	t.Run("is asked of htmx by a redirect, not by a page inside a page", func(t *testing.T) {
		r := h.visitor().HTMX().Get("/settings/profile")
		r.wants(t, http.StatusUnauthorized)
		if r.Header.Get("HX-Redirect") != "/sign-in" || r.Body != "Unauthorized" {
			t.Errorf("%q %q", r.Header.Get("HX-Redirect"), r.Body)
		}
	})
}

func TestSignInLimits(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	known := h.as(maya)
	known.Post("/sign-out").wants(t, http.StatusSeeOther)

	stranger := h.visitor()
	tries := 0
	for ; tries < 40; tries++ {
		r := stranger.Post("/sign-in", "email", maya.Email, "password", "guess number one")
		r.wants(t, http.StatusForbidden)
		if strings.Contains(r.Body, "too many") {
			break
		}
	}
	if tries == 40 {
		t.Fatal("a stranger may guess for ever")
	}
	refused := stranger.Post("/sign-in", "email", maya.Email, "password", password)
	refused.wants(t, http.StatusForbidden, "too many tries", "Wait", "minute")
	if stranger.cookies[h.cookie("session")] != "" {
		t.Error("signed in all the same")
	}
	if device := known.cookies[h.cookie("device")]; device == "" {
		t.Error("the owner's browser was not remembered")
	}
	known.Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusSeeOther)
	h.pass(25 * time.Hour)
	stranger.Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusSeeOther)
}

func TestSessionCookies(t *testing.T) {
	cookiesOf := func(h *house, a agents.Agent) map[string]*http.Cookie {
		form := url.Values{"email": {a.Email}, "password": {password}}
		r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := h.server.App().Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]*http.Cookie{}
		for _, c := range answer.Cookies() {
			found[c.Name] = c
		}
		return found
	}
	for name, c := range map[string]struct {
		base, prefix string
		secure       bool
	}{
		"plain":     {"http://porchlight.test", "porchlight-", false},
		"encrypted": {"https://porchlight.test", "__Host-porchlight-", true},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, func(o *web.Options) { o.BaseURL = c.base })
			maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
			found := cookiesOf(h, maya)
			for _, which := range []string{"session", "device"} {
				name := c.prefix + which + "-" + h.server.PortalKeys.Mark()
				cookie := found[name]
				if cookie == nil {
					t.Fatalf("no %s among %v", name, found)
				}
				if !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.Domain != "" || cookie.Secure != c.secure {
					t.Errorf("%s", cookie.Raw)
				}
				if !cookie.Expires.After(h.clock()) {
					t.Errorf("expires at %v", cookie.Expires)
				}
				if len(cookie.Value) < 43 {
					t.Errorf("%s is short of 32 random bytes: %q", which, cookie.Value)
				}
			}
		})
	}
}

func TestVisitorIP(t *testing.T) {
	for name, c := range map[string]struct {
		proxies   []string
		forwarded []string
		want      string
	}{
		"without a proxy the header is a lie":         {nil, []string{"203.0.113.9"}, "0.0.0.0"},
		"behind one, its entry counts":                {[]string{"0.0.0.0"}, []string{"203.0.113.9"}, "203.0.113.9"},
		"what the visitor wrote before it does not":   {[]string{"0.0.0.0"}, []string{"198.51.100.1, 203.0.113.9"}, "203.0.113.9"},
		"nor on a line of its own":                    {[]string{"0.0.0.0"}, []string{"198.51.100.1", "203.0.113.9"}, "203.0.113.9"},
		"behind two, the outer one's entry counts":    {[]string{"0.0.0.0", "10.0.0.0/8"}, []string{"198.51.100.1, 203.0.113.9, 10.1.2.3"}, "203.0.113.9"},
		"nonsense ends what is known":                 {[]string{"0.0.0.0"}, []string{"203.0.113.9, nonsense"}, "0.0.0.0"},
		"an IPv4 address in IPv6 dress is the same":   {[]string{"0.0.0.0"}, []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		"IPv6 behind a network of proxies":            {[]string{"0.0.0.0/0"}, []string{"2001:db8::7"}, "2001:db8::7"},
		"no header behind a proxy is the proxy's own": {[]string{"0.0.0.0"}, nil, "0.0.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, func(o *web.Options) { o.TrustedProxies = c.proxies })
			maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
			b := h.visitor()
			if c.forwarded != nil {
				b.header["X-Forwarded-For"] = c.forwarded
			}
			b.Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusSeeOther)
			list, err := agents.Sessions(t.Context(), h.store.Read, maya.ID, h.clock())
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			if list[0].IP != c.want {
				t.Errorf("came from %q, want %q", list[0].IP, c.want)
			}
		})
	}
}

func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/", "/clients?q=a#b", "//evil", "///evil", `/\evil`, "/\r/evil", "https://evil", "/%2F/evil", "/a//b"} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://porchlight.test/sign-in")
	f.Fuzz(func(t *testing.T, to string) {
		got := web.LocalPath(to)
		u, err := url.Parse(got)
		if err != nil || base.ResolveReference(u).Host != "porchlight.test" || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Errorf("%q leads to %q", to, got)
		}
		if strings.ContainsAny(got, "\\\r\n\t") {
			t.Errorf("%q leads to %q", to, got)
		}
	})
}
