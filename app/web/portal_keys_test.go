package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// sentOne is a house whose Amara and Ben were each sent a home of their own.
func sentOne(t *testing.T) (h *house, maya agents.Agent, all map[string]clients.Client, homes []string) {
	t.Helper()
	h, maya, all, homes = market(t)
	b := h.as(maya)
	b.Post("/letters", "clients", id(all["amara"]), "subject", "For Amara", "message", "Hello", "home", homes[0])
	b.Post("/letters", "clients", id(all["ben"]), "subject", "For Ben", "message", "Secret of Ben", "home", homes[1])
	h.deliver()
	return h, maya, all, homes
}

var sixDigits = regexp.MustCompile(`Your code is (\d{6})\b`)

// codes are those that were mailed to an address, oldest first.
func (h *house) codes(address string) (all []string) {
	h.t.Helper()
	h.deliver()
	for _, m := range h.smtp.Received() {
		if found := sixDigits.FindStringSubmatch(plainOf(h.t, m)); found != nil && m.To == address {
			all = append(all, found[1])
		}
	}
	return all
}

// code asks for a code and reads it in the mail.
func (b *browser) code(address string) string {
	b.h.t.Helper()
	b.follow(b.Post("/p", "email", address)).wants(b.h.t, http.StatusOK, `autocomplete="one-time-code"`, `inputmode="numeric"`)
	all := b.h.codes(address)
	if len(all) == 0 {
		b.h.t.Fatal("no code came")
	}
	return all[len(all)-1]
}

// inPortal is a browser that opened the portal of an address with a code from the mail.
func (h *house) inPortal(address string) *browser {
	h.t.Helper()
	b := h.visitor()
	b.header.Set("User-Agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/130.0 Mobile/15E148 Safari/604.1")
	if r := b.Post("/p/code", "code", b.code(address)); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/p" {
		h.t.Fatalf("%d %s", r.Status, r.Body)
	}
	return b
}

// other is a code that is not this one.
func other(code string) string {
	if code == "111111" {
		return "222222"
	}
	return "111111"
}

func TestPortalDoor(t *testing.T) {
	t.Run("opens with the code that was mailed, once, and the code stands in no subject", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		b := h.visitor()
		b.Get("/p").wants(t, http.StatusOK, "E-mail me a code", `autocomplete="email"`)
		code := b.code("amara@example.com")
		for _, m := range h.smtp.Received() {
			if found := regexp.MustCompile(`(?m)^Subject: .*`).Find(m.Data); strings.Contains(string(found), code) {
				t.Error("a subject has the code")
			}
		}
		r := b.Post("/p/code", "code", code[:3]+" "+code[3:])
		r.wants(t, http.StatusSeeOther)
		var set string
		for _, one := range r.Header.Values("Set-Cookie") {
			if strings.HasPrefix(one, "porchlight-portal-") && !strings.Contains(one, "portal-as") && !strings.Contains(one, "portal-asked") && !strings.Contains(one, "portal-letter") {
				set = one
			}
		}
		for _, want := range []string{"path=/p;", "HttpOnly", "SameSite=Lax"} {
			if !strings.Contains(set, want) {
				t.Errorf("no %q in %q", want, set)
			}
		}
		page := b.Get("/p")
		page.wants(t, http.StatusOK, "For Amara", "12 Oak Lane")
		page.lacks(t, "Ben", "14 Oak Lane")
		if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("X-Frame-Options") != "DENY" {
			t.Error(page.Header)
		}
		again := h.visitor()
		again.cookies = map[string]string{}
		again.follow(again.Post("/p", "email", "carl@example.com"))
		again.Post("/p/code", "code", code).wants(t, http.StatusUnprocessableEntity, "does not open anything")
	})
	t.Run("says the same words whether somebody has the address or not", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		words := func(address string) string {
			b := h.visitor()
			r := b.Post("/p", "email", address)
			r.wants(t, http.StatusSeeOther)
			page := b.follow(r)
			wrong := b.Post("/p/code", "code", "000001")
			return strings.ReplaceAll(fmt.Sprint(page.Status, page.Body, wrong.Status, wrong.Body), address, "")
		}
		if known, not := words("amara@example.com"), words("nobody@example.com"); known != not {
			t.Errorf("they differ:\n%s\n%s", known, not)
		}
		h.deliver()
		for _, m := range h.smtp.Received() {
			if m.To == "nobody@example.com" {
				t.Error("nobody got mail")
			}
		}
	})
	t.Run("takes five tries, ten minutes and only the newest code", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		b := h.visitor()
		first := b.code("amara@example.com")
		second := b.code("amara@example.com")
		if first != second {
			b.Post("/p/code", "code", first).wants(t, http.StatusUnprocessableEntity)
		}
		for range 5 {
			b.Post("/p/code", "code", other(second)).wants(t, http.StatusUnprocessableEntity)
		}
		b.Post("/p/code", "code", second).wants(t, http.StatusUnprocessableEntity, "does not open anything")
		third := b.code("amara@example.com")
		h.pass(10*time.Minute + time.Second)
		b.Post("/p/code", "code", third).wants(t, http.StatusUnprocessableEntity)
		if n := len(h.codes("amara@example.com")); n != 3 {
			t.Errorf("%d codes", n)
		}
		for range 5 { // three were asked for
			b.Post("/p", "email", "amara@example.com").wants(t, http.StatusSeeOther)
		}
		if n := len(h.codes("amara@example.com")); n != 4 {
			t.Errorf("%d codes in an hour", n)
		}
	})
	t.Run("is not guessed open from a thousand addresses", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		tries, denied := 0, 0
		for i := range 25 {
			b := h.visitor()
			if r := b.Post("/p", "email", fmt.Sprintf("one%d@example.com", i)); r.Status == http.StatusForbidden {
				denied++
			}
			tries++
		}
		if denied != tries-20 {
			t.Errorf("%d of %d denied", denied, tries)
		}
	})
	t.Run("is shut after signing out, on the other devices too where one asks for it", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		one, two := h.inPortal("amara@example.com"), h.inPortal("amara@example.com")
		list := one.Get("/p/devices")
		list.wants(t, http.StatusOK, "Chrome on iPhone", "Last seen today", "This one", "Sign out all devices")
		if n := strings.Count(list.Body, "Chrome on iPhone</strong>"); n != 2 {
			t.Errorf("%d devices", n)
		}
		stranger := h.inPortal("ben@example.com")
		ids := regexp.MustCompile(`action="(/p/devices/\d+)"`).FindAllStringSubmatch(list.Body, -1)
		for _, path := range ids {
			stranger.Post(path[1]).wants(t, http.StatusNotFound)
		}
		kept := map[string]string{}
		for name, value := range one.cookies {
			kept[name] = value
		}
		one.Post("/p/sign-out").wants(t, http.StatusSeeOther)
		one.cookies = kept // the back button, and whoever kept the cookie
		one.Get("/p/devices").wants(t, http.StatusSeeOther)
		one.Get("/p").wants(t, http.StatusOK, "E-mail me a code")
		two.Get("/p/devices").wants(t, http.StatusOK, "Chrome on iPhone")
		three := h.inPortal("amara@example.com")
		two.Post("/p/devices").wants(t, http.StatusSeeOther)
		three.Get("/p/devices").wants(t, http.StatusSeeOther)
		stranger.Get("/p/devices").wants(t, http.StatusOK)
	})
	t.Run("lets a client of two agents choose, and opens no third", func(t *testing.T) {
		h, _, all, _ := sentOne(t)
		omar := h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
		h.enlist(omar, "Amara", "Osei", "amara@example.com", clients.Active)
		b := h.inPortal("amara@example.com")
		page := b.Get("/p")
		page.wants(t, http.StatusOK, "Which portal?", "With Maya Bell", "With Omar Haddad")
		b.Post("/p/choose", "portal", id(all["ben"])).wants(t, http.StatusSeeOther)
		b.Get("/p").wants(t, http.StatusOK, "Which portal?")
		b.Post("/p/choose", "portal", id(all["amara"])).wants(t, http.StatusSeeOther)
		b.Get("/p").wants(t, http.StatusOK, "For Amara")
	})
	t.Run("follows the client’s address and ends with the client", func(t *testing.T) {
		h, maya, all, _ := sentOne(t)
		b := h.inPortal("amara@example.com")
		b.Get("/p/devices").wants(t, http.StatusOK)
		if _, err := clients.Delete(t.Context(), h.store.Write, maya.ID, all["amara"].ID); err != nil {
			t.Fatal(err)
		}
		b.Get("/p/devices").wants(t, http.StatusSeeOther)
		b.Get("/p").wants(t, http.StatusOK, "E-mail me a code")
	})
}

func TestForwardedLetter(t *testing.T) {
	notices := func(h *house, a agents.Agent) (titles string) {
		all, err := agents.Notices(t.Context(), h.store.Read, a.ID, true, 50)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			titles += n.Title + "|" + n.Body + "|" + n.Path + "\n"
		}
		return titles
	}
	t.Run("names nobody and offers the portal and homes of one’s own", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		r := h.visitor().Get(pageOf(t, h.mailTo("amara@example.com")))
		r.wants(t, http.StatusOK, "Open your portal", "Not yours?", "Ask <span dir=\"auto\">Maya Bell</span> for your own")
		r.lacks(t, "Amara", "Osei", "amara@")
	})
	t.Run("lets its holder ask for homes, within limits, and the agent takes them in with one tap", func(t *testing.T) {
		h, maya, _, _ := sentOne(t)
		path := pageOf(t, h.mailTo("amara@example.com"))
		b := h.visitor()
		b.Post(path+"/own", "name", "", "email", "x").wants(t, http.StatusUnprocessableEntity, "Tell your name.")
		b.Post(path+"/own", "name", "see http://evil.example", "email", "dan@example.com").wants(t, http.StatusUnprocessableEntity, "just your name")
		b.Post(path+"/own", "name", "Dan van <Fox", "email", "dan@example.com").wants(t, http.StatusUnprocessableEntity)
		b.Post(path+"/own", "name", "Dan van Fox", "email", "dan@example.com").wants(t, http.StatusOK, "Thank you")
		said := notices(h, maya)
		link := regexp.MustCompile(`/clients/new\?asked=\d+`).FindString(said)
		if link == "" || !strings.Contains(said, "“Dan van Fox” (dan@example.com)") || strings.Contains(said, "Amara") {
			t.Fatal(said)
		}
		h.as(maya).Get(link).wants(t, http.StatusOK, `value="Dan"`, `value="van Fox"`, `value="dan@example.com"`)
		omar := h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
		h.as(omar).Get(link).wants(t, http.StatusNotFound)
		for range 4 {
			b.Post(path+"/own", "name", "Dan", "email", "dan@example.com")
		}
		b.Post(path+"/own", "name", "Dan", "email", "other@example.com").wants(t, http.StatusForbidden)
		if n := strings.Count(notices(h, maya), "Somebody asks"); n != 2 {
			t.Errorf("%d notices", n)
		}
	})
	t.Run("is told once to the agent where a stranger asks for a code", func(t *testing.T) {
		h, maya, _, _ := sentOne(t)
		b := h.visitor()
		b.follow(b.Post(pageOf(t, h.mailTo("amara@example.com"))+"/portal")).wants(t, http.StatusOK, "Back to the homes in the letter")
		b.Post("/p", "email", "amara@example.com")
		if said := notices(h, maya); strings.Contains(said, "forwarded") {
			t.Error(said)
		}
		inside := h.inPortal("amara@example.com") // who was invited is no stranger
		inside.Post("/p/household", "first_name", "Priya", "email", "priya@example.com").wants(t, http.StatusSeeOther)
		b.Post("/p", "email", "priya@example.com")
		if said := notices(h, maya); strings.Contains(said, "forwarded") {
			t.Error(said)
		}
		b.Post("/p", "email", "friend@example.com")
		b.Post("/p", "email", "friend2@example.com")
		said := notices(h, maya)
		if strings.Count(said, "A letter to Amara Osei may have been forwarded") != 1 || !strings.Contains(said, "/clients/new") || strings.Contains(said, "friend") {
			t.Error(said)
		}
	})
	t.Run("is told where it is guessed, and where it is looked at from many places", func(t *testing.T) {
		h, maya, _, _ := sentOne(t)
		b := h.visitor()
		b.Post(pageOf(t, h.mailTo("amara@example.com")) + "/portal")
		code := b.code("amara@example.com")
		for range 2 {
			b.Post("/p/code", "code", other(code))
		}
		if said := notices(h, maya); strings.Contains(said, "forwarded") {
			t.Error(said)
		}
		b.Post("/p/code", "code", other(code))
		if said := notices(h, maya); !strings.Contains(said, "A letter to Amara Osei may have been forwarded") {
			t.Error(said)
		}
		h.server.TrustedProxies = []string{"0.0.0.0/0"}
		path := pageOf(t, h.mailTo("ben@example.com"))
		for i := range 5 {
			if said := notices(h, maya); strings.Contains(said, "A letter to Ben Ito may have been forwarded") {
				t.Error(i, said)
			}
			one := h.visitor()
			one.header.Set("X-Forwarded-For", fmt.Sprintf("198.51.%d.7, 0.0.0.0", i))
			one.Get(path).wants(t, http.StatusOK) // as a program does, which counts for nothing
			one.Post(path+"/seen").wants(t, http.StatusNoContent)
			one.Post(path+"/seen").wants(t, http.StatusNoContent)
		}
		if said := notices(h, maya); !strings.Contains(said, "A letter to Ben Ito may have been forwarded") {
			t.Error(said)
		}
	})
}

func TestPortalForgery(t *testing.T) {
	h, _, _, _ := sentOne(t)
	for _, c := range []struct {
		origin, site string
		want         int
	}{{"null", "", http.StatusSeeOther}, {"null", "same-origin", http.StatusSeeOther}, {"null", "cross-site", http.StatusForbidden}, {"https://evil.example", "", http.StatusForbidden}, {"http://porchlight.test", "", http.StatusSeeOther}} {
		r := httptest.NewRequest(http.MethodPost, "/p", strings.NewReader("email=amara%40example.com"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", c.origin)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		if got := h.visitor().do(r); got.Status != c.want {
			t.Errorf("%q %q: %d", c.origin, c.site, got.Status)
		}
	}
}
