package web_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

var rowName = regexp.MustCompile(`<a class="who" href="/clients/\d+" dir="auto">([^<]*)</a>`)

// names are the clients a list shows, in its order.

func (r reply) names() []string {
	var all []string
	for _, m := range rowName.FindAllStringSubmatch(r.Body, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// attribute is the value of the first such attribute in a body.

func (r reply) attribute(t testing.TB, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(r.Body)
	if m == nil {
		t.Fatalf("no %s in\n%s", pattern, r.Body)
	}
	return html.UnescapeString(m[1])
}

func TestClientList(t *testing.T) {
	t.Run("finds by name, e-mail and phone while one types, and keeps it in the address", func(t *testing.T) {
		h, maya, _ := elm(t)
		b := h.as(maya)
		b.Post("/clients", "first_name", "Zoë", "last_name", "Ångström", "email", "zoe@example.net", "phone", "(203) 555-0142", "status", "Active")
		page := b.Get("/clients")
		page.wants(t, http.StatusOK, "<h1>My Clients</h1>", "Search clients", `name="q"`, `hx-trigger="input changed delay:250ms"`, "Add client</a>", ">All <b class=\"num\">6</b>", ">Inactive <b class=\"num\">1</b>")
		for q, want := range map[string]string{"amara": "Amara Osei", "OSEI ama": "Amara Osei", "zoe": "Zoë Ångström", "example.net": "Zoë Ångström", "5550142": "Zoë Ångström", "555-0142": "Zoë Ångström"} {
			r := b.HTMX().Get("/clients?q=" + strings.ReplaceAll(q, " ", "+") + "&status=&sort=name")
			r.lacks(t, "<html", "<h1")
			if got := r.names(); len(got) != 1 || got[0] != want {
				t.Errorf("%q found %v", q, got)
			}
			if url := r.Header.Get("HX-Replace-Url"); url != "/clients?q="+strings.ReplaceAll(q, " ", "+") {
				t.Errorf("address %q", url)
			}
			whole := b.Get("/clients?q=" + strings.ReplaceAll(q, " ", "+"))
			whole.wants(t, http.StatusOK, `value="`+q+`"`)
			if got := whole.names(); len(got) != 1 || got[0] != want {
				t.Errorf("without htmx %q found %v", q, got)
			}
		}
		b.Get("/clients?q=nobody").wants(t, http.StatusOK, "Nobody here", `href="/clients">Show all clients`)
		b.Get("/clients?q=%25").wants(t, http.StatusOK, "Nobody here")
		r := b.Get("/clients?status=Prospect&q=ben")
		if got := r.names(); len(got) != 1 || got[0] != "Ben Ito" {
			t.Errorf("tab and search: %v", got)
		}
		r.wants(t, http.StatusOK, `href="/clients?q=ben&amp;status=Inactive"`, ">All <b class=\"num\">1</b>", `aria-current="page">Prospect`)
	})

	t.Run("pages by keyset in both orders, with and without htmx", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		for i := range 120 {
			h.enlist(maya, fmt.Sprintf("Client%03d", (i*7)%120), "X", fmt.Sprintf("c%d@example.com", i), clients.Active)
			h.pass(1e9)
		}
		b := h.as(maya)
		for _, sort := range []string{"name", "newest"} {
			path, seen, pages := "/clients?status=Active&sort="+sort, []string{}, 0
			for path != "" {
				r := b.Get(path)
				seen, pages = append(seen, r.names()...), pages+1
				if !strings.Contains(r.Body, `rel="next"`) {
					break
				}
				path = r.attribute(t, `rel="next" href="([^"]*)"`)
			}
			unique := map[string]bool{}
			for _, name := range seen {
				unique[name] = true
			}
			if len(seen) != 120 || len(unique) != 120 || pages != 3 {
				t.Errorf("%s: %d rows, %d names, %d pages", sort, len(seen), len(unique), pages)
			}
			if sort == "name" && (seen[0] != "Client000 X" || seen[119] != "Client119 X") || sort == "newest" && seen[0] != "Client113 X" {
				t.Errorf("%s begins with %s", sort, seen[0])
			}
		}
		first := b.Get("/clients")
		more := b.HTMX().Get(first.attribute(t, `hx-get="([^"]*more=1)"`))
		more.wants(t, http.StatusOK, `<hx-partial hx-target="#clients-rows" hx-swap="beforeend"><tr id="client-`, `id="client-pages"`, "Show more")
		more.lacks(t, "<table", "<html")
		if got := more.names(); len(got) != 50 || got[0] != "Client050 X" {
			t.Errorf("more begins with %v", got)
		}
		b.Get("/clients?after=%FF%00bad").wants(t, http.StatusOK, "Client000 X")
	})

	t.Run("adds from the bar, beside the list or with the form again", func(t *testing.T) {
		h, maya, _ := elm(t)
		b := h.as(maya)
		x := b.HTMX()
		x.header.Set("HX-Current-URL", "http://porchlight.test/clients?q=gra")
		r := x.Post("/clients", "quick", "1", "first_name", "Grace", "last_name", "Nguyen", "email", "grace@example.com")
		r.wants(t, http.StatusOK, `id="quick-add"`, `hx-target="#client-list"`, `hx-target="#toasts"`, "Grace Nguyen is one of your clients now.")
		if got := r.names(); len(got) != 1 || got[0] != "Grace Nguyen" {
			t.Errorf("the list of the search shows %v", got)
		}
		again := x.Post("/clients", "quick", "1", "first_name", "Grace", "last_name", "Nguyen", "email", "GRACE@example.com")
		again.wants(t, http.StatusUnprocessableEntity, `value="Grace"`, `value="GRACE@example.com"`, `aria-invalid="true"`)
		again.lacks(t, "<html", "hx-partial")
		plain := b.Post("/clients", "quick", "1", "first_name", "Hiro", "email", "nonsense")
		plain.wants(t, http.StatusUnprocessableEntity, "<h1>My Clients</h1>", `value="Hiro"`, `aria-invalid="true"`, "Amara Osei")
		b.follow(b.Post("/clients", "quick", "1", "first_name", "Hiro", "last_name", "Tanaka", "email", "hiro@example.com")).wants(t, http.StatusOK, "Hiro Tanaka is one of your clients now.")
		own := x.Post("/clients", "quick", "1", "first_name", "Me", "email", "MAYA+me@elm.example")
		own.wants(t, http.StatusUnprocessableEntity, `id="email-why"`)
	})

	t.Run("shows each row's state and last letter, and Make Active renews the row", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		b := h.as(maya)
		b.Get("/clients").wants(t, http.StatusOK, ">Sent</span> Today ")
		h.confirmOut(link)
		h.visitor().Post(link + "/opt-in")
		page := b.Get("/clients")
		page.wants(t, http.StatusOK, `<div class="notice lamp" id="waiting-`+id(carl)+`">`, "opted back in.")
		row := b.HTMX().Post(clientPath(carl)+"/activation", "as", "row")
		row.wants(t, http.StatusOK, `<tr id="client-`+id(carl)+`"`, ">Active</span>")
		row.lacks(t, "Make Active")
		if !strings.Contains(row.Header.Get("HX-Trigger"), "Mail flows again") {
			t.Error(row.Header)
		}
		if err := h.ledger.Block(t.Context(), h.store.Write, h.ledger.Hash("carl@example.com"), consent.Undeliverable, "550 5.1.1 no such user", h.clock()); err != nil {
			t.Fatal(err)
		}
		b.Get("/clients").wants(t, http.StatusOK, ">Undeliverable</span>")
		bounced := b.Get(clientPath(carl))
		bounced.wants(t, http.StatusOK, "Mail to carl@example.com comes back.", "550 5.1.1 no such user", clientPath(carl)+"/address")
		b.Get(clientPath(carl)+"/address").wants(t, http.StatusOK, "Does carl@example.com work again?")
		fixed := b.follow(b.Post(clientPath(carl)+"/address", "note", "He wrote from it"))
		fixed.wants(t, http.StatusOK, "Noted: carl@example.com works.", "The address works again")
		fixed.lacks(t, "comes back")
	})
}

func TestClientForm(t *testing.T) {
	t.Run("edits in place with htmx and as a page without", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		path := clientPath(all["amara"])
		place := b.HTMX().Get(path + "/edit")
		place.wants(t, http.StatusOK, `<div id="client-`+id(all["amara"])+`">`, `hx-post="`+path+`"`, `value="amara@example.com"`)
		place.lacks(t, "<html")
		page := b.Get(path + "/edit")
		page.wants(t, http.StatusOK, "<html", `<form class="form" method="post" action="`+path+`"`)
		for _, label := range []string{"First name", "Last name", "E-mail", "Phone", "Status", "On vacation until", "Notes"} {
			page.wants(t, http.StatusOK, ">"+label+"</label>")
		}
		version := page.hidden(t, "version")
		saved := b.HTMX().Post(path, "first_name", "Amara", "last_name", "Osei-Mensah", "email", "amara@example.com", "phone", "+1 203 555 0199", "status", "On Vacation", "vacation_until", "2026-12-02", "types", "Buyer", "types", "Past client", "notes", "<b>Likes</b>\r\nporches", "version", version)
		saved.wants(t, http.StatusOK, "Amara Osei-Mensah", "On Vacation", "until 2 December 2026", "Buyer, Past client", "&lt;b&gt;Likes&lt;/b&gt;\nporches", `aria-disabled="true"`)
		saved.lacks(t, "<html", "<form class=\"form\"")
		if got := saved.Header.Get("HX-Replace-Url"); got != path {
			t.Errorf("address %q", got)
		}
		loc := h.brokerage().Location()
		if until := h.client(all["amara"]).VacationUntil.In(loc).Format("2006-01-02 15:04"); until != "2026-12-02 00:00" {
			t.Errorf("until %s", until)
		}
		b.Get(path+"/edit").wants(t, http.StatusOK, `value="2026-12-02"`, "<option selected>On Vacation</option>", `value="Past client" checked`)
	})

	t.Run("keeps what was typed and says what is wrong beside it", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		path := clientPath(all["amara"])
		version := b.Get(path+"/edit").hidden(t, "version")
		for name, c := range map[string][]string{
			"no vacation date":   {"vacation_until", "status", "On Vacation", "email", "amara@example.com"},
			"a date that is not": {"vacation_until", "status", "On Vacation", "vacation_until", "2026-02-30", "email", "amara@example.com"},
			"a made-up status":   {"status", "status", "Asleep", "email", "amara@example.com"},
			"a made-up type":     {"types", "types", "Ghost", "email", "amara@example.com", "status", "Active"},
			"no e-mail":          {"email", "status", "Active"},
			"an agent's address": {"email", "email", "maya@elm.example", "status", "Active"},
			"another client's":   {"email", "email", "ben@example.com", "status", "Active"},
			"notes without end":  {"notes", "notes", strings.Repeat("long ", 30000), "email", "amara@example.com", "status", "Active"},
		} {
			for _, who := range []*browser{b, b.HTMX()} {
				r := who.Post(path, append([]string{"first_name", "Typed Name", "last_name", "Kept", "version", version}, c[1:]...)...)
				r.wants(t, http.StatusUnprocessableEntity, `value="Typed Name"`, `id="`+c[0]+`-why"`)
				if t.Failed() {
					t.Fatal(name)
				}
			}
		}
		if now := h.client(all["amara"]); now.FirstName != "Amara" || strconv.FormatInt(now.Version, 10) != version {
			t.Errorf("saved %+v", now)
		}
	})

	t.Run("two tabs: the second is told, nothing typed is lost, and a second Save goes through knowingly", func(t *testing.T) {
		for _, htmx := range []bool{false, true} {
			h, maya, all := elm(t)
			b := h.as(maya)
			path := clientPath(all["dora"])
			version := b.Get(path+"/edit").hidden(t, "version")
			first := []string{"first_name", "Dora", "last_name", "Lind", "email", "dora@example.com", "status", "Active", "version", version}
			if r := b.Post(path, first...); r.Status != http.StatusSeeOther {
				t.Fatal(r.Status)
			}
			second := b
			if htmx {
				second = b.HTMX()
			}
			told := second.Post(path, "first_name", "Dorothea", "last_name", "Lind", "email", "dora@example.com", "status", "Inactive", "notes", "Typed here", "version", version)
			told.wants(t, http.StatusConflict, "saved in another tab", "Saved meanwhile: Status Active", "Saved meanwhile: First name Dora", `value="Dorothea"`, "Typed here", "<option selected>Inactive</option>")
			told.lacks(t, "Saved meanwhile: Last name", "Saved meanwhile: E-mail")
			if now := h.client(all["dora"]); now.FirstName != "Dora" || now.Status != clients.Active {
				t.Errorf("saved %+v", now)
			}
			again := second.Post(path, "first_name", "Dorothea", "last_name", "Lind", "email", "dora@example.com", "status", "Prospect", "notes", "Typed here", "version", told.hidden(t, "version"))
			if again.Status >= 400 {
				t.Errorf("second save: %d", again.Status)
			}
			if now := h.client(all["dora"]); now.FirstName != "Dorothea" || now.Status != clients.Prospect || now.Notes != "Typed here" {
				t.Errorf("saved %+v", now)
			}
		}
	})

	t.Run("an opt-out while the form was open is not saved over", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		b := h.as(maya)
		version := b.Get(clientPath(carl)+"/edit").hidden(t, "version")
		h.confirmOut(link)
		b.Post(clientPath(carl), "first_name", "Carl", "last_name", "Whitman", "email", "carl@example.com", "status", "Active", "version", version).wants(t, http.StatusConflict, "Saved meanwhile: Status Inactive")
		if s := h.client(carl).Status; s != clients.Inactive {
			t.Errorf("status %s", s)
		}
	})

	t.Run("notes in place, with their own second tab", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		path := clientPath(all["amara"])
		version := b.Get(path+"/notes").hidden(t, "version")
		b.HTMX().Post(path+"/notes", "notes", "First\r\nline", "version", version).wants(t, http.StatusOK, "First\nline")
		told := b.Post(path+"/notes", "notes", "Mine", "version", version)
		told.wants(t, http.StatusConflict, "Saved meanwhile: First\nline", "\nMine</textarea>")
		b.Post(path+"/notes", "notes", "Mine", "version", told.hidden(t, "version")).wants(t, http.StatusSeeOther)
		if n := h.client(all["amara"]).Notes; n != "Mine" {
			t.Errorf("notes %q", n)
		}
		b.Post(path+"/notes", "notes", strings.Repeat("long ", 30000), "version", "1").wants(t, http.StatusUnprocessableEntity, `id="notes-why"`)
	})

	t.Run("a status that closes holds letters back, and mail flows again after it", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		path := clientPath(all["amara"])
		b.write("Held", all["amara"])
		edit := func(status string) {
			b.Post(path, "first_name", "Amara", "last_name", "Osei", "email", "amara@example.com", "status", status, "version", b.Get(path+"/edit").hidden(t, "version")).wants(t, http.StatusSeeOther)
		}
		edit("Inactive")
		h.deliver()
		if n := h.count("amara@example.com"); n != 0 {
			t.Errorf("%d letters to an Inactive client", n)
		}
		edit("Active")
		b.mailTo("Flows", all["amara"])
		if n := h.count("amara@example.com"); n != 1 {
			t.Errorf("%d letters", n)
		}
	})
}
