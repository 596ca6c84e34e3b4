package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/mail"
	"porchlight/app/web"
	"porchlight/static"
)

// the parameters of a path, such as :id<int>, and a * at its end.
var parameter = regexp.MustCompile(`:\w+(<\w+>)?|\*`)

// owners tells, for each path with an id, whose thing it names. A path that is not here fails the test: say it here.
var owners = []struct {
	prefix string
	of     func(belongings) any
}{
	{"/clients/", func(b belongings) any { return b.client.ID }},
	{"/notices/", func(b belongings) any { return b.notice }},
	{"/searches/", func(b belongings) any { return b.search }},
	{"/concierge/", func(b belongings) any { return b.match }},
	{"/outbox/mailings/", func(b belongings) any { return b.mailing }},
	{"/outbox/", func(b belongings) any { return b.letter }},
	{"/u/", func(b belongings) any { return b.token }},
	{"/l/", func(b belongings) any { return b.token }},  // which opens nothing there
	{"/d/", func(b belongings) any { return b.token }},  // nor there
	{"/p/", func(b belongings) any { return b.letter }}, // which opens only on a client's own device
}

// everybodys are the paths whose id names something of the whole house: a home, a photo, a feed.
var everybodys = []string{"/listings/:", "/photos/:", "/marks/:", "/accent/:", "/settings/feeds/"}

// fill puts an agent's ids into a route's path. ok is false where the path has none.
func fill(t *testing.T, path string, with belongings, mailed string) (filled string, ok bool) {
	t.Helper()
	if !parameter.MatchString(path) {
		return path, false
	}
	switch {
	case strings.HasPrefix(path, "/static/"):
		return strings.Replace(path, "*", strings.TrimPrefix(static.Path("app.css"), "/static/"), 1), true
	case slices.ContainsFunc(everybodys, func(prefix string) bool { return strings.HasPrefix(path, prefix) }):
		return parameter.ReplaceAllString(path, fmt.Sprint(with.home)), false
	case strings.HasPrefix(path, "/mailbox/"):
		return parameter.ReplaceAllString(path, mailed), true
	}
	for _, owner := range owners {
		if strings.HasPrefix(path, owner.prefix) {
			return parameter.ReplaceAllString(path, fmt.Sprint(owner.of(with))), true
		}
	}
	t.Fatalf("%s: say in owners whose id this is", path)
	return "", false
}

// town is a house where a broker and an agent have one of each thing.
type town struct {
	*house
	maya, omar agents.Agent
	hers, his  belongings
	mailed     string // a message in the mailbox
}

func build(t *testing.T) town {
	t.Helper()
	w := town{house: open(t)}
	w.maya = w.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	w.omar = w.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
	w.hers, w.his = furnish(w.house, w.maya, "maya"), furnish(w.house, w.omar, "omar")
	w.comeIn(onElm("12"))
	w.hers.home = w.home("12")
	w.his.home = w.hers.home
	sender, err := w.server.Mailbox.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	message := "From: a@b.example\r\nTo: c@d.example\r\nSubject: Caught\r\nDate: Thu, 12 Nov 2026 14:00:00 +0000\r\nMessage-ID: <caught@b.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nHello.\r\n"
	if _, err := sender.Send(t.Context(), mail.Envelope{From: "a@b.example", To: "c@d.example", Message: []byte(message)}, nil); err != nil {
		t.Fatal(err)
	}
	caught, err := w.server.Mailbox.List("", 1)
	if err != nil || len(caught) != 1 {
		t.Fatal(caught, err)
	}
	w.mailed = caught[0].ID
	return w
}

func TestEveryRoute(t *testing.T) {
	w := build(t)
	table := w.server.RouteTable()
	if len(table) < 30 {
		t.Fatalf("only %d routes", len(table))
	}
	maya, omar := w.as(w.maya), w.as(w.omar)

	t.Run("asks who is not signed in to sign in, and changes nothing", func(t *testing.T) {
		before := dump(t, w.house)
		for _, r := range table {
			if r.Who == "anyone" {
				continue
			}
			path, _ := fill(t, r.Path, w.hers, w.mailed)
			answer := w.visitor().ask(r.Method, path)
			to := answer.Header.Get("Location")
			if answer.Status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
				t.Errorf("%s %s: %d %q", r.Method, path, answer.Status, to)
			}
		}
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})

	t.Run("is not found with another agent's id, for the broker too, and changes nothing", func(t *testing.T) {
		before := dump(t, w.house)
		tried := 0
		for _, r := range table {
			if r.Who == "anyone" || strings.HasPrefix(r.Path, "/mailbox") {
				continue
			}
			for _, c := range []struct {
				who    *browser
				theirs belongings
				secret string
			}{{omar, w.hers, "of maya"}, {maya, w.his, "of omar"}} {
				path, ok := fill(t, r.Path, c.theirs, w.mailed)
				if !ok {
					continue
				}
				tried++
				for _, b := range []*browser{c.who, c.who.HTMX()} {
					answer := b.ask(r.Method, path)
					if answer.Status != http.StatusNotFound {
						t.Errorf("%s %s: %d\n%s", r.Method, path, answer.Status, answer.Body)
					}
					if strings.Contains(strings.ToLower(answer.Body), c.secret) {
						t.Errorf("%s %s tells of another agent's client", r.Method, path)
					}
				}
			}
		}
		if tried < 20 {
			t.Errorf("only %d tried", tried)
		}
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})

	t.Run("takes no other agent's id in a form either", func(t *testing.T) {
		before := dump(t, w.house)
		id := fmt.Sprint(w.hers.client.ID)
		for _, r := range table {
			if r.Method != http.MethodPost || r.Who == "anyone" || parameter.MatchString(r.Path) || strings.HasPrefix(r.Path, "/settings") {
				continue
			}
			answer := omar.Post(r.Path, "client", id, "clients", id, "id", id, "to", id, "mailing", fmt.Sprint(w.hers.mailing), "match", fmt.Sprint(w.hers.match), "until", w.clock().Format(time.RFC3339Nano), "letter", fmt.Sprint(w.hers.letter), "subject", "Hello", "message", "Hello there.", "key", "forged-key-0000000000")
			if strings.Contains(strings.ToLower(answer.Body), "of maya") {
				t.Errorf("%s tells of another agent's client:\n%s", r.Path, answer.Body)
			}
		}
		for _, line := range strings.Split(differences(before, dump(t, w.house)), "\n") {
			if strings.Contains(line, "maya") || strings.Contains(line, fmt.Sprintf("client_id:%s ", id)) {
				t.Errorf("changed: %s", line)
			}
		}
	})

	t.Run("of the broker is denied to an agent", func(t *testing.T) {
		before, tried := dump(t, w.house), 0
		for _, r := range table {
			if r.Who != "broker" {
				continue
			}
			tried++
			path, _ := fill(t, r.Path, w.his, w.mailed)
			for _, b := range []*browser{omar, omar.HTMX()} {
				if answer := b.ask(r.Method, path); answer.Status != http.StatusForbidden {
					t.Errorf("%s %s: %d", r.Method, path, answer.Status)
				}
			}
		}
		if tried == 0 {
			t.Error("none tried")
		}
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})

	t.Run("that is looked at changes nothing, whoever looks and however often", func(t *testing.T) {
		before := dump(t, w.house)
		for _, r := range table {
			if r.Method != http.MethodGet {
				continue
			}
			for _, c := range []struct {
				who *browser
				own belongings
			}{{maya, w.hers}, {omar, w.his}, {w.visitor(), w.hers}} {
				path, _ := fill(t, r.Path, c.own, w.mailed)
				for _, method := range []string{http.MethodGet, http.MethodHead} {
					for _, b := range []*browser{c.who, c.who.HTMX()} {
						if answer := b.ask(method, path); answer.Status >= 500 {
							t.Errorf("%s %s: %d\n%s", method, path, answer.Status, answer.Body)
						}
					}
				}
			}
		}
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})

	t.Run("refuses ids that are no ids", func(t *testing.T) {
		for _, r := range table {
			if !strings.Contains(r.Path, "<int>") || strings.HasPrefix(r.Path, "/p/") { // there the door comes first
				continue
			}
			for _, id := range []string{"0", "-1", "999999999", "99999999999999999999999", "1e3", "1%20OR%201=1", "%2e%2e", "١"} {
				if answer := maya.ask(r.Method, parameter.ReplaceAllString(r.Path, id)); answer.Status != http.StatusNotFound {
					t.Errorf("%s %s with %q: %d", r.Method, r.Path, id, answer.Status)
				}
			}
		}
	})
}

// ask sends a request with an empty form where it is a POST.
func (b *browser) ask(method, path string) reply {
	b.h.t.Helper()
	if method == http.MethodPost {
		return b.Post(path, "version", "1")
	}
	return b.do(httptest.NewRequest(method, path, nil))
}

func TestEveryPage(t *testing.T) {
	w := build(t)
	maya, omar := w.as(w.maya), w.as(w.omar)
	pages := 0
	for _, r := range w.server.RouteTable() {
		if r.Method != http.MethodGet {
			continue
		}
		for _, c := range []struct {
			name string
			who  *browser
			own  belongings
		}{{"maya", maya, w.hers}, {"omar", omar, w.his}, {"nobody", w.visitor(), w.hers}, {"maya's htmx", maya.HTMX(), w.hers}} {
			path, _ := fill(t, r.Path, c.own, w.mailed)
			t.Run(c.name+" "+path, func(t *testing.T) {
				answer := c.who.Get(path)
				guarded(t, answer)
				if !strings.HasPrefix(answer.Header.Get("Content-Type"), "text/html") || answer.Status >= 300 && answer.Status < 400 {
					return
				}
				pages++
				if !strings.HasSuffix(path, "/html") && path != "/letters/preview" { // letters as clients get them: their own rules
					private(t, answer)
					clean(t, answer.Body)
				}
			})
		}
	}
	if pages < 40 {
		t.Errorf("only %d pages seen", pages)
	}
	t.Run("of errors", func(t *testing.T) {
		for _, r := range []reply{maya.Get("/nowhere"), w.visitor().Get("/nowhere"), omar.Get("/settings/agents"), omar.HTMX().Get("/settings/agents"), maya.Get(fmt.Sprintf("/clients/%d", w.his.client.ID))} {
			guarded(t, r)
			private(t, r)
			clean(t, r.Body)
		}
		maya.Get(fmt.Sprintf("/clients/%d", w.his.client.ID)).wants(t, http.StatusNotFound, "oops-code", ">404<", "My Clients")
	})
}

// guarded checks the headers every answer has.
func guarded(t *testing.T, r reply) {
	t.Helper()
	policy := r.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || strings.Contains(strings.Split(policy+"script-src", "script-src")[1], "unsafe") {
		t.Errorf("Content-Security-Policy %q", policy)
	}
	if got := r.Header.Get("Referrer-Policy"); got != "same-origin" && got != "no-referrer" {
		t.Errorf("Referrer-Policy: %q", got)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Cross-Origin-Opener-Policy": "same-origin"} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if r.Header.Get("X-Frame-Options") == "" || r.Header.Get("Permissions-Policy") == "" {
		t.Errorf("headers %v", r.Header)
	}
	if server := r.Header.Get("Server"); server != "" {
		t.Errorf("Server %q", server)
	}
}

// private checks that no cache keeps a page and that a fragment is never taken for it.
func private(t *testing.T, r reply) {
	t.Helper()
	if r.Header.Get("Cache-Control") != "no-store" || !strings.Contains(r.Header.Get("Vary"), "HX-Request") {
		t.Errorf("Cache-Control %q, Vary %q", r.Header.Get("Cache-Control"), r.Header.Get("Vary"))
	}
}

func TestStrictTransport(t *testing.T) {
	for base, want := range map[string]string{"http://porchlight.test": "", "https://porchlight.test": "max-age=31536000"} {
		h := open(t, func(o *web.Options) { o.BaseURL = base })
		if got := h.visitor().Get("/setup").Header.Get("Strict-Transport-Security"); got != want {
			t.Errorf("%s: %q", base, got)
		}
	}
}

func TestQueriesNobodyExpects(t *testing.T) {
	w := build(t)
	maya := w.as(w.maya)
	odd := []string{"%00", "%ff%fe", strings.Repeat("a", 3000), "';DROP TABLE clients;--", "<script>alert(1)</script>", "-1", "999999999999999999999999", "%F0%9F%8F%A1", "%E2%80%AE", "\"onfocus=x"}
	for _, r := range w.server.RouteTable() {
		if r.Method != http.MethodGet || strings.HasPrefix(r.Path, "/static") {
			continue
		}
		path, _ := fill(t, r.Path, w.hers, w.mailed)
		for _, value := range odd {
			if !strings.Contains(value, "%") {
				value = url.QueryEscape(value)
			}
			query := "?"
			for _, name := range []string{"q", "status", "sort", "after", "state", "client", "mailing", "to", "from", "tab", "page"} {
				query += name + "=" + value + "&"
			}
			for _, b := range []*browser{maya, maya.HTMX()} {
				if len(query) > 12<<10 {
					query = query[:12<<10]
				}
				answer := b.do(requestFor(path + query))
				if answer.Status >= 500 {
					t.Errorf("GET %s%.80s: %d\n%s", path, query, answer.Status, answer.Body)
				}
				if strings.Contains(answer.Body, "<script>alert(1)") || strings.Contains(answer.Body, `"onfocus=x`) {
					t.Errorf("GET %s%.80s: markup of the visitor's", path, query)
				}
			}
		}
	}
}

// requestFor is a GET whose query need not be well formed.
func requestFor(target string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	path, query, _ := strings.Cut(target, "?")
	r.URL.Path, r.URL.RawQuery, r.RequestURI = path, query, target
	r.Body = io.NopCloser(strings.NewReader(""))
	return r
}
