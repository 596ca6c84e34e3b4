package web_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

func TestAnotherAgentsClient(t *testing.T) {
	h, maya, omar, carl, _ := pair(t)
	_ = maya
	b := h.as(omar)
	before := dump(t, h)
	for _, r := range h.server.RouteTable() {
		if !strings.HasPrefix(r.Path, "/clients/:id<int>") {
			continue
		}
		path := strings.Replace(r.Path, ":id<int>", id(carl), 1)
		for _, who := range []*browser{b, b.HTMX()} {
			var answer reply
			if r.Method == http.MethodGet {
				answer = who.Get(path)
			} else {
				answer = who.Post(path, "first_name", "Omar's", "email", "omars@example.com", "status", "Active", "version", "1", "notes", "Mine now")
			}
			answer.wants(t, http.StatusNotFound)
			answer.lacks(t, "Whitman", "carl@example.com")
			if r.Method == http.MethodPost { // whatever is wrong with what was typed
				who.Post(path, "version", "none").wants(t, http.StatusNotFound)
			}
		}
	}
	b.Get("/clients?q=carl").lacks(t, "Whitman")
	if d := differences(before, dump(t, h)); d != "" {
		t.Errorf("changed\n%s", d)
	}
}

func TestClientDeletion(t *testing.T) {
	h, maya, _, carl, _ := pair(t)
	b := h.as(maya)
	version := b.Get(clientPath(carl)+"/edit").hidden(t, "version")
	b.Post(clientPath(carl), "first_name", "Carl", "last_name", "Whitman", "email", "carl@home.example", "status", "Active", "version", version)
	b.Post(clientPath(carl)+"/opt-out", "note", "By phone")
	b.Post(clientPath(carl)+"/restoration", "note", "By phone")
	b.Post(clientPath(carl) + "/activation")
	carl = h.client(carl)
	b.write("Written, then deleted", carl)
	before := dump(t, h)
	b.Get(clientPath(carl)+"/deletion").wants(t, http.StatusOK, "Delete Carl Whitman?", ">Delete Carl Whitman</button>", "Keep Carl")
	if d := differences(before, dump(t, h)); d != "" {
		t.Errorf("asking changed\n%s", d)
	}
	b.follow(b.Post(clientPath(carl)+"/deletion")).wants(t, http.StatusOK, "Carl Whitman is deleted.")
	h.deliver()
	if n := h.count("carl@home.example"); n != 0 {
		t.Errorf("%d letters went to a deleted client", n)
	}
	if _, err := h.store.Write.ExecContext(t.Context(), "DELETE FROM notices"); err != nil { // told the agent, kept
		t.Fatal(err)
	}
	after := dump(t, h)
	for _, personal := range []string{"Whitman", "carl@example.com", "carl@home.example"} {
		for _, line := range strings.Split(after, "\n") {
			if strings.Contains(line, personal) {
				t.Errorf("%q is left in %.300s", personal, line)
			}
		}
	}
	b.Get("/outbox").wants(t, http.StatusOK, "Written, then deleted", "Cancelled")
	b.Post(clientPath(carl)+"/deletion").wants(t, http.StatusNotFound)
}

func TestNames(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	b := h.as(maya)
	names := []struct{ first, last string }{
		{"Łukasz", "Źdźbło"}, {"李", "小龍"}, {"さくら", "田中"}, {"민준", "김"}, {"محمد", "الأحمد"}, {"שרה", "כהן"}, {"Ольга", "Щербакова"},
		{"Αλέξανδρος", "Παπαδόπουλος"}, {"अनिल", "शर्मा"}, {"สมชาย", "ใจดี"}, {"Nguyễn Thị", "Mỹ Hạnh"}, {"José Ángel", "Núñez de la Peña"},
		{"O'Brien", "D’Arcy-Smith"}, {"Ben & Lucia", "Ferraro"}, {"<script>alert(1)</script>", `"><img src=x>`}, {"👩‍👩‍👧 Kim", "Family"}, {"علی\u200cرضا", "محمدی"}, {"{{.Email}}", "${x}"},
	}
	for i, name := range names {
		address := fmt.Sprintf("n%d@example.com", i)
		r := b.Post("/clients", "first_name", name.first, "last_name", name.last, "email", address, "status", "Active")
		if r.Status != http.StatusSeeOther {
			t.Errorf("%s %s: %d", name.first, name.last, r.Status)
			continue
		}
		page := b.follow(r)
		page.wants(t, http.StatusOK, `<h1 dir="auto">`+html.EscapeString(name.first+" "+name.last)+"</h1>")
		page.lacks(t, "<script>alert", "<img src=x")
		one, err := clients.Find(t.Context(), h.store.Read, maya.ID, clients.ID(i+1))
		if err != nil {
			t.Fatal(err)
		}
		b.mailTo("To "+name.first, one)
		m, _ := h.got(address)
		to, err := m.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Address != address {
			t.Errorf("To: %q %v", m.Header.Get("To"), err)
		} else if want := name.first + " " + name.last; to[0].Name != want && !strings.ContainsAny(want, "<>") {
			t.Errorf("To name %q, want %q", to[0].Name, want)
		}
	}
	list := b.Get("/clients")
	list.lacks(t, "<script>alert", "<img src=x")
	if n := len(list.names()); n != len(names) {
		t.Errorf("%d rows", n)
	}

	t.Run("of 300 characters are taken or told to be too long, whatever the script", func(t *testing.T) {
		for i, letter := range []string{"a", "é", "李", "ש", "👩"} {
			name := strings.Repeat(letter, 300)
			r := b.Post("/clients", "first_name", name, "last_name", name, "email", fmt.Sprintf("long%d@example.com", i), "status", "Active")
			if r.Status == http.StatusUnprocessableEntity {
				r.wants(t, r.Status, `id="first_name-why"`, `value="`+name+`"`)
				continue
			}
			b.follow(r).wants(t, http.StatusOK, name)
		}
	})
}

func TestBadInput(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	b := h.as(maya)
	t.Run("almost-addresses", func(t *testing.T) {
		for _, address := range []string{
			"", " ", "carl", "carl@", "@example.com", "carl@@example.com", "carl@example", "carl@example..com", "carl@-example.com", "carl example.com", "carl@exam ple.com",
			"carl@example.com,", "carl@example.com, dora@example.com", "Carl <carl@example.com>", "<carl@example.com>", "carl@[127.0.0.1]", `"carl"@example.com`, "carl@example.com\r\nBcc: x@evil.example",
			"carl@example.com\x00", "carl\u202e@example.com", ".carl@example.com", "carl.@example.com", "mailto:carl@example.com", strings.Repeat("a", 300) + "@example.com", "carl@" + strings.Repeat("a", 300) + ".com",
		} {
			r := b.Post("/clients", "first_name", "Carl", "email", address, "status", "Active")
			if r.Status != http.StatusUnprocessableEntity {
				t.Errorf("%q: %d", address, r.Status)
				continue
			}
			r.wants(t, r.Status, `id="email-why"`, `value="Carl"`)
		}
		var n int
		if err := h.store.Read.NewRaw("SELECT COUNT(*) FROM clients").Scan(t.Context(), &n); err != nil || n != 0 {
			t.Errorf("%d clients, %v", n, err)
		}
	})
	t.Run("headers and control characters in every field", func(t *testing.T) {
		for i, evil := range []string{"Carl\r\nBcc: x@evil.example", "Carl\nX-Evil: 1", "Carl\rX-Evil: 1", "Carl\x00X-Evil: 1", "Carl\u2028X-Evil: 1", "Carl\u0085X-Evil: 1", "=?utf-8?q?X-Evil:_1?=", "Carl\u202egnp.exe", "\xff\xfe\xc3"} {
			for _, field := range []string{"first_name", "last_name", "phone", "notes", "status", "types", "vacation_until", "version"} {
				address := fmt.Sprintf("evil%d-%s@example.com", i, strings.ReplaceAll(field, "_", ""))
				form := map[string]string{"first_name": "Carl", "last_name": "W", "email": address, "phone": "203 555 0142", "status": "Active", "version": "0"}
				form[field] = evil
				var pairs []string
				for name, value := range form {
					pairs = append(pairs, name, value)
				}
				r := b.Post("/clients", pairs...)
				if r.Status >= 500 {
					t.Errorf("%q in %s: %d", evil, field, r.Status)
				}
				for name, values := range r.Header {
					if name == "X-Evil" || strings.ContainsAny(strings.Join(values, ""), "\r\n") {
						t.Errorf("%q in %s came back as a header", evil, field)
					}
				}
			}
		}
		var some []clients.Client
		if err := h.store.Read.NewSelect().Model(&some).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, one := range some {
			if strings.ContainsAny(one.Name()+one.Phone, "\r\n\x00\u2028\u0085\u202e") {
				t.Errorf("saved %q %q", one.Name(), one.Phone)
			}
			b.write("Hello", one)
		}
		if len(some) == 0 {
			t.Error("nothing was taken at all")
		}
		h.deliver()
		for _, m := range h.smtp.Received() {
			head, _, _ := strings.Cut(string(m.Data), "\r\n\r\n")
			if strings.Contains(head, "\r\nX-Evil") || strings.Contains(head, "\r\nBcc") {
				t.Errorf("header injected:\n%s", head)
			}
		}
	})
	t.Run("notes of confirm pages", func(t *testing.T) {
		one := h.enlist(maya, "Ana", "B", "ana@example.com", clients.Active)
		b.Post(clientPath(one)+"/opt-out", "note", strings.Repeat("x", 5000)).wants(t, http.StatusUnprocessableEntity, `id="note-why"`, "Stop all mail")
		if s := h.state(one).State; s != consent.OptedIn {
			t.Errorf("consent %s", s)
		}
	})
}

func TestWhyIsNothingArriving(t *testing.T) {
	h, maya, omar, carl, _ := pair(t)
	b := h.as(maya)
	b.Get(clientPath(carl)).wants(t, http.StatusOK, "Why is nothing arriving?", "Consent is open", "The status lets mail through", "The brokerage can send", "The mail server takes letters", "The last letter was accepted", "spam folder")
	if _, err := h.store.Write.ExecContext(t.Context(), "UPDATE brokerage SET postal_address = ''"); err != nil {
		t.Fatal(err)
	}
	b.Get(clientPath(carl)).wants(t, http.StatusOK, "postal address is missing", `href="/settings`, `aria-disabled="true"`)
	his := h.enlist(omar, "Ines", "Carvalho", "ines@example.com", clients.Active)
	page := h.as(omar).Get(clientPath(his))
	page.wants(t, http.StatusOK, "postal address is missing", "Ask your broker", "No letter yet")
	page.lacks(t, `href="/settings"`+">Set")
}
