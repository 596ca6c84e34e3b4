package web_test

import (
	"encoding/base64"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// linkIn is an address in a page, and the attribute it stands in.
var linkIn = regexp.MustCompile(`\s(href|src|srcset|action|formaction|poster|data|content|hx-get|hx-post|data-[a-z-]+)="([^"]*)"`)

// A token in the address of a page, or a person's in any, must reach nobody else's server: not by a Referer, not by a link, not by a
// picture. Every page that a client's keys open is walked to, link by link.
func TestNoPageTellsItsAddress(t *testing.T) {
	w := openKeyring(t)
	secrets := []string{w.letter[w.amara.Email], w.stop[w.amara.Email], w.device[w.amara.Email]}
	inside := w.visitor()
	inside.cookies[w.cookie] = w.device[w.amara.Email]
	doors := map[string]*browser{
		"/l/" + w.letter[w.amara.Email]: w.visitor(), "/u/" + w.stop[w.amara.Email]: w.visitor(), "/u/" + w.stop[w.amara.Email] + "/opt-in": w.visitor(),
		"/u/" + w.stop[w.amara.Email] + "/looking": w.visitor(), "/l/x": w.visitor(), "/u/x": w.visitor(), "/d/x": w.visitor(), "/p/nothing": w.visitor(), "/p": inside,
	}
	pages := 0
	for _, start := range slices.Sorted(maps.Keys(doors)) {
		b := doors[start]
		todo, seen := []string{start}, map[string]bool{}
		for len(todo) > 0 && len(seen) < 80 {
			path := todo[0]
			todo = todo[1:]
			if seen[path] {
				continue
			}
			seen[path] = true
			for _, htmx := range []bool{false, true} {
				from := b
				if htmx {
					from = b.HTMX()
				}
				r := from.Get(path)
				if got := r.Header.Get("Referrer-Policy"); got != "no-referrer" {
					t.Errorf("%s (htmx %v): Referrer-Policy %q", path, htmx, got)
				}
				if r.Status >= 500 {
					t.Errorf("%s: %d", path, r.Status)
				}
				if to := r.Header.Get("Location"); to != "" {
					todo = append(todo, to)
				}
				if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
					continue
				}
				pages++
				for _, found := range regexp.MustCompile(`(?i)<meta name="referrer" content="([^"]*)"|referrerpolicy="([^"]*)"`).FindAllStringSubmatch(r.Body, -1) {
					if policy := found[1] + found[2]; policy != "no-referrer" {
						t.Errorf("%s: %s", path, found[0])
					}
				}
				for _, found := range linkIn.FindAllStringSubmatch(r.Body, -1) {
					attribute, value := found[1], html.UnescapeString(found[2])
					for _, part := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' }) {
						at, err := url.Parse(part)
						if err != nil || attribute == "content" && at.Host == "" {
							continue
						}
						foreign := at.Host != "" && at.Host != "porchlight.test" || at.Scheme == "mailto" || at.Scheme == "tel" || at.Scheme == "sms"
						for _, secret := range append(secrets, url.QueryEscape(w.amara.Email), w.amara.Email) {
							if strings.Contains(part, secret) && (foreign || strings.Contains(at.RawQuery+at.Fragment, secret)) {
								t.Errorf("%s: %s=%q", path, attribute, part)
							}
						}
						if foreign && attribute != "href" && attribute != "content" {
							t.Errorf("%s fetches from elsewhere: %s=%q", path, attribute, part)
						}
						if !foreign && (attribute == "href" || attribute == "hx-get") && (strings.HasPrefix(at.Path, "/p") || strings.HasPrefix(at.Path, "/l/") || strings.HasPrefix(at.Path, "/u/")) && !strings.HasPrefix(at.Path, "/photos") {
							todo = append(todo, at.RequestURI())
						}
					}
				}
			}
		}
	}
	if pages < 30 {
		t.Errorf("only %d pages", pages)
	}
}

// Two brokerages run their Porchlights on one host: a browser sends the cookies of each to both.
func TestAnotherPorchlightOnTheSameHostDoesNoHarm(t *testing.T) {
	one, _, _, _ := sentOne(t)
	two, _, _, _ := sentOne(t)
	letter := pageOf(t, two.mailTo("amara@example.com"))
	a := one.inPortal("amara@example.com")
	for name := range a.cookies {
		if !strings.HasSuffix(name, one.server.PortalKeys.Mark()) {
			t.Errorf("the cookie %s has no mark of this installation", name)
		}
	}
	// The other's sign-in in the same browser: neither signs the other out.
	b := two.visitor()
	b.cookies = maps.Clone(a.cookies)
	b.follow(b.Post("/p", "email", "ben@example.com"))
	b.Post("/p/code", "code", b.code("ben@example.com")).wants(t, http.StatusSeeOther)
	b.Get("/p").wants(t, http.StatusOK, "For Ben")
	a.cookies = b.cookies
	r := a.Get("/p")
	r.wants(t, http.StatusOK, "For Amara")
	r.lacks(t, "For Ben")
	b.Post("/p/sign-out").wants(t, http.StatusSeeOther)
	a.Get("/p/devices").wants(t, http.StatusOK)
	// What the other says on its next page is not said here, nor what somebody planted under this one's name.
	const lie = "Wire the deposit to this account."
	for name, value := range map[string]string{
		"porchlight-flash": lie, "porchlight-flash-" + one.server.PortalKeys.Mark(): lie, "porchlight-flash-" + two.server.PortalKeys.Mark(): two.server.PortalKeys.Seal(lie),
	} {
		for _, planted := range []string{value, one.server.PortalKeys.Mark() + value, two.server.PortalKeys.Seal(lie)} {
			a.cookies[name] = base64.RawURLEncoding.EncodeToString([]byte(planted))
			a.Get("/p").lacks(t, lie)
			v := one.visitor()
			v.cookies[name] = a.cookies[name]
			v.Get("/p").lacks(t, lie)
			v.Get("/sign-in").lacks(t, lie)
		}
	}
	// The other's device, letter, way out and code open nothing here.
	b = two.inPortal("amara@example.com")
	thief := one.visitor()
	thief.cookies["porchlight-portal-"+one.server.PortalKeys.Mark()] = b.cookies["porchlight-portal-"+two.server.PortalKeys.Mark()]
	thief.Get("/p/devices").wants(t, http.StatusSeeOther)
	thief.Get(letter).wants(t, http.StatusNotFound)
	thief.follow(thief.Post("/p", "email", "amara@example.com"))
	thief.Post("/p/code", "code", two.codes("amara@example.com")[0]).wants(t, http.StatusUnprocessableEntity)
}

// Nor are agents of two of them signed out by each other, nor signed in.
func TestAgentsOfTwoPorchlightsOnOneHostStaySignedIn(t *testing.T) {
	one, two := open(t), open(t)
	rosa, maya := one.hire("Rosa Elm", "rosa@elm.example", agents.RoleBroker), two.hire("Maya Bell", "maya@oak.example", agents.RoleBroker)
	a, b := one.as(rosa), two.visitor()
	b.cookies = a.cookies // one browser
	b.Post("/sign-in", "email", maya.Email, "password", password).wants(t, http.StatusSeeOther)
	b.Get("/settings/profile").wants(t, http.StatusOK, "Maya Bell")
	a.Get("/settings/profile").wants(t, http.StatusOK, "Rosa Elm")
	b.Post("/sign-out").wants(t, http.StatusSeeOther)
	b.Get("/settings/profile").wants(t, http.StatusSeeOther)
	a.Get("/settings/profile").wants(t, http.StatusOK, "Rosa Elm")
	thief := two.visitor()
	thief.cookies[two.cookie("session")] = a.cookies[one.cookie("session")]
	thief.Get("/settings/profile").wants(t, http.StatusSeeOther)
}

func TestADeviceThatWasPlantedBeforeSigningInIsNotKept(t *testing.T) {
	h, _, _, _ := sentOne(t)
	name := "porchlight-portal-" + h.server.PortalKeys.Mark()
	thief := h.inPortal("ben@example.com")
	for _, planted := range []string{thief.cookies[name], strings.Repeat("A", 52), "x", strings.Repeat("A", 5000), "%00", "' OR 1=1"} {
		b := h.visitor()
		b.cookies[name] = planted
		h.pass(time.Hour)
		b.Post("/p/code", "code", b.code("amara@example.com")).wants(t, http.StatusSeeOther)
		if b.cookies[name] == planted || len(b.cookies[name]) != 52 {
			t.Errorf("%.20q was kept", planted)
		}
		b.Get("/p").wants(t, http.StatusOK, "For Amara")
	}
	thief.Get("/p/devices").wants(t, http.StatusSeeOther) // who planted it is out, too
}

func TestAnAddressThatHasAPortalAndOneThatHasNoneAreTheSameFromOutside(t *testing.T) {
	h, _, _, _ := sentOne(t)
	path := pageOf(t, h.mailTo("ben@example.com"))
	look := func(address string, fromLetter bool) (said string, tables map[string]int) {
		t.Helper()
		b := h.visitor()
		if fromLetter {
			b.Post(path + "/portal")
		}
		before := dump(t, h)
		asked := b.Post("/p", "email", address)
		after := dump(t, h)
		page := b.follow(asked)
		wrong := b.Post("/p/code", "code", "000001")
		tables = map[string]int{}
		for _, line := range strings.Split(differences(before, after), "\n") {
			if name := regexp.MustCompile(`^\+\d+ (\w+)map`).FindStringSubmatch(line); name != nil && !slices.Contains([]string{"sqlite_sequence", "letters"}, name[1]) {
				tables[name[1]]++
			}
		}
		for _, one := range []reply{asked, page, wrong} {
			one.Header.Del("Date") // the second may turn between two answers
		}
		said = fmt.Sprint(asked.Status, asked.Header, page.Status, page.Header, page.Body, wrong.Status, wrong.Header, wrong.Body)
		for _, one := range []string{address, base64.RawURLEncoding.EncodeToString([]byte(address))} {
			said = strings.ReplaceAll(said, one, "…")
		}
		return said, tables
	}
	for _, fromLetter := range []bool{false, true} {
		if fromLetter { // the notice that a stranger asked comes once
			b := h.visitor()
			b.Post(path + "/portal")
			b.Post("/p", "email", "first@example.com")
		}
		known, wrote := look("amara@example.com", fromLetter)
		not, wroteToo := look("amaro@example.com", fromLetter)
		if known != not {
			t.Errorf("they differ:\n%s\n%s", known, not)
		}
		if !maps.Equal(wrote, wroteToo) || wrote["mailings"] != 1 || wrote["portal_codes"] != 1 {
			t.Errorf("the work differs: %v, %v", wrote, wroteToo)
		}
	}
}

func TestAPortalIsInNoFrameAndNoCache(t *testing.T) {
	w := openKeyring(t)
	b := w.visitor()
	b.cookies[w.cookie] = w.device[w.amara.Email]
	for _, path := range []string{"/p", "/p/homes", "/p/devices", "/p/homes/" + w.ids["home"], "/p/letters/" + w.ids["letter"], "/l/" + w.letter[w.amara.Email], "/u/" + w.stop[w.amara.Email]} {
		r := b.Get(path)
		if r.Header.Get("X-Frame-Options") != "DENY" || !strings.Contains(r.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, r.Header)
		}
	}
	frame := b.Get("/p/letters/" + w.ids["letter"] + "/html")
	if policy := frame.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'self'") || !strings.Contains(policy, "sandbox") {
		t.Errorf("the letter's frame: %q", policy)
	}
}

// Nobody gets a browser to leave for another site, nor words of theirs into a header.
func TestAPortalSendsNobodyElsewhere(t *testing.T) {
	w := openKeyring(t)
	b := w.visitor()
	b.cookies[w.cookie] = w.device[w.amara.Email]
	for _, to := range []string{"https://evil.example/", "//evil.example", "/\\evil.example", "/p/../../evil", "/p\r\nSet-Cookie: a=b", "javascript:alert(1)", "/p//evil.example", "/sign-out", "/p/%0d%0aX: y"} {
		for _, path := range []string{"/p/homes/" + w.ids["home"] + "/reaction", "/p/choose", "/p", "/p/code"} {
			for _, name := range []string{"back", "next", "to", "return", "portal", "email"} {
				r := b.Post(path, name, to, "kind", "favorite")
				at, err := url.Parse(r.Header.Get("Location"))
				if err != nil || at.Host != "" || at.Scheme != "" || r.Header.Get("Location") != "" && (!strings.HasPrefix(at.Path, "/p") || strings.HasPrefix(at.Path, "//") || strings.Contains(at.Path, "..")) || r.Header.Get("X") != "" {
					t.Errorf("%s %s=%q: %v", path, name, to, r.Header)
				}
				if strings.Contains(fmt.Sprint(r.Header.Values("Set-Cookie")), " a=b") {
					t.Errorf("%s %s=%q set a cookie", path, name, to)
				}
			}
		}
	}
}

// Who is not known behind no trusted proxy can't choose the address under which tries are counted.
func TestAGuesserDoesNotChooseTheirAddress(t *testing.T) {
	h, _, _, _ := sentOne(t)
	denied := 0
	for i := range 30 {
		b := h.visitor()
		b.header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.0.1", i))
		b.header.Set("X-Real-Ip", fmt.Sprintf("10.%d.0.1", i))
		b.header.Set("Forwarded", fmt.Sprintf("for=10.%d.0.1", i))
		if b.Post("/p", "email", fmt.Sprintf("n%d@example.com", i)).Status == http.StatusForbidden {
			denied++
		}
	}
	if denied != 10 {
		t.Errorf("%d denied", denied)
	}
	h.server.TrustedProxies = []string{"0.0.0.0/32"}
	denied = 0
	for i := range 30 { // the proxy adds the last; what stands before it the visitor wrote
		b := h.visitor()
		b.header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.0.1, 198.51.100.7", i))
		if b.Post("/p", "email", fmt.Sprintf("m%d@example.com", i)).Status == http.StatusForbidden {
			denied++
		}
	}
	if denied != 10 {
		t.Errorf("%d denied behind a proxy", denied)
	}
}

// What was not sent to a client is not in their portal, and reacting to it or looking at it writes nothing.
func TestWhatWasNotSentIsNotInAPortal(t *testing.T) {
	w := openKeyring(t)
	homes := []string{w.one(`SELECT listing_id FROM mailing_homes WHERE mailing_id = (SELECT mailing_id FROM letters WHERE client_id = ?)`, w.ben.ID), w.one(`SELECT max(id) FROM listings`), "999999"}
	letters := []string{w.one(`SELECT id FROM letters WHERE client_id = ?`, w.ben.ID), w.one(`SELECT max(id) FROM letters`), "999999"}
	b := w.visitor()
	b.cookies[w.cookie] = w.device[w.amara.Email]
	before := dump(t, w.house)
	for _, r := range w.server.RouteTable() {
		if !strings.HasPrefix(r.Path, "/p/") || keyRows[r.Method+" "+r.Path].market || !strings.Contains(r.Path, ":home") && !strings.Contains(r.Path, ":letter") {
			continue
		}
		for i := range homes {
			path := strings.NewReplacer(":home<int>", homes[i], ":letter<int>", letters[i]).Replace(r.Path)
			answer := b.do(httptest.NewRequest(http.MethodGet, path, nil))
			if r.Method == http.MethodPost {
				answer = b.Post(path, "kind", "favorite", "message", "Hello", "text", "Hello", "body", "Hello", "note", "Hello")
			}
			if answer.Status != http.StatusNotFound {
				t.Errorf("%s %s: %d", r.Method, path, answer.Status)
			}
			answer.lacks(t, "14 Oak Lane", "3 Oak Lane", "Secret of Ben")
		}
	}
	for _, one := range homes {
		b.Post("/p/seen?home=" + one)
	}
	for _, line := range strings.Split(differences(before, dump(t, w.house)), "\n") {
		if line != "" && !strings.Contains(line, "portalsmap") && !strings.Contains(line, "portal_devicesmap") && !strings.Contains(line, "sqlite_sequence") { // that she was there
			t.Errorf("changed: %s", line)
		}
	}
}

// The agent sees a portal as the client does and presses nothing: no route of that view changes a thing.
func TestTheAgentsViewOfAPortalChangesNothing(t *testing.T) {
	w := openKeyring(t)
	maya, err := agents.Find(t.Context(), w.store.Read, w.amara.AgentID)
	if err != nil {
		t.Fatal(err)
	}
	b := w.as(maya)
	b.Get("/clients/"+id(w.amara)+"/portal").wants(t, http.StatusOK, "For Amara")
	before, tried := dump(t, w.house), 0
	for _, r := range w.server.RouteTable() {
		under, found := strings.CutPrefix(r.Path, "/clients/:id<int>/portal")
		if !found {
			continue
		}
		tried++
		own := keyRows[r.Method+" /p"+under]
		path := "/clients/" + id(w.amara) + "/portal" + w.fill(under+own.query, "")
		answer := b.Get(path)
		if r.Method == http.MethodPost {
			var form []string
			for _, one := range own.form {
				form = append(form, w.fill(one, ""))
			}
			if answer = b.Post(path, form...); answer.Status != http.StatusForbidden && !(under == "/seen" && answer.Status == http.StatusNoContent) {
				t.Errorf("POST %s: %d", path, answer.Status)
			}
		} else if answer.Status != http.StatusOK && !own.market {
			t.Errorf("GET %s: %d", path, answer.Status)
		}
		if !own.market {
			answer.lacks(t, "14 Oak Lane")
		}
		answer.lacks(t, "Ben’s own words", w.device[w.amara.Email], w.letter[w.amara.Email])
		if strings.HasSuffix(under, "/html") { // the letter as sent has no way out in it, which an agent could press
			answer.lacks(t, w.stop[w.amara.Email])
		}
		after := dump(t, w.house)
		if diff := differences(before, after); diff != "" {
			t.Errorf("%s %s changed:\n%s", r.Method, path, diff)
		}
		before = after
	}
	if tried < 8 {
		t.Errorf("only %d routes", tried)
	}
}

func TestAPortalsCookiesLeaveOnlyEncryptedWhereTheHouseIs(t *testing.T) {
	h := openAt(t, "https://porchlight.test")
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	h.enlist(maya, "Amara", "Osei", "amara@example.com", clients.Active)
	b := h.visitor()
	post := func(path string, pairs ...string) reply {
		t.Helper()
		r := b.Post(path, pairs...)
		r.wants(t, http.StatusSeeOther)
		for _, set := range r.Header.Values("Set-Cookie") {
			if !strings.HasPrefix(set, "__Secure-porchlight-portal") && !strings.HasPrefix(set, "__Host-porchlight-flash-") {
				t.Errorf("%s sets %s", path, set)
			}
			for _, want := range []string{"; secure", "; HttpOnly", "; SameSite=Lax"} {
				if !strings.Contains(set, want) {
					t.Errorf("%s: no %q in %q", path, want, set)
				}
			}
		}
		return r
	}
	post("/p", "email", "amara@example.com")
	post("/p/code", "code", h.codes("amara@example.com")[0])
	b.Get("/p/devices").wants(t, http.StatusOK)
	post("/p/sign-out")
}
