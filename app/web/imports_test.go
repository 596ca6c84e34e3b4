package web_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

const (
	importURL = "/clients/import"
	fileURL   = "/clients/import/file"
	sheets    = "Sign-in sheets of open houses"
)

// Upload submits the import form with a file.
func (b *browser) Upload(name, content, source string) reply {
	b.h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", name)
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = form.WriteField("source", source)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, importURL, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// preview uploads a file and opens what follows.
func (b *browser) preview(name, content string) reply {
	b.h.t.Helper()
	answer := b.Upload(name, content, sheets)
	answer.wants(b.h.t, http.StatusSeeOther)
	return b.settled()
}

// settled is the file's page once nobody works on it any more.
func (b *browser) settled() reply {
	b.h.t.Helper()
	for end := time.Now().Add(5 * time.Minute); ; time.Sleep(100 * time.Millisecond) {
		answer := b.Get(fileURL)
		if !strings.Contains(answer.Body, "every 1s") {
			return answer
		}
		if time.Now().After(end) {
			b.h.t.Fatal("still at work after five minutes")
		}
	}
}

// table is a CSV file of so many people.
func table(n int) string {
	var all strings.Builder
	all.WriteString("First name,Last name,E-mail\n")
	for i := range n {
		fmt.Fprintf(&all, "Person%d,Guilford,p%d@example.com\n", i, i)
	}
	return all.String()
}

// mine counts an agent's clients.
func (h *house) mine(a agents.Agent) int {
	h.t.Helper()
	n, err := h.store.Read.NewSelect().Model((*clients.Client)(nil)).Where("agent_id = ?", a.ID).Count(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return int(n)
}

func TestImportClients(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	carl := h.enlist(maya, "Carl", "Whitman", "carl@example.com", clients.Active)
	h.stop(maya, carl)
	b := h.as(maya)

	form := b.Get(importURL)
	form.wants(t, http.StatusOK, "<h1>Import clients</h1>", `enctype="multipart/form-data"`, "Where these people agreed to hear from you</label>", `<label for="file">File</label>`, "900 KB")
	clean(t, form.Body)
	b.Get("/clients/new").wants(t, http.StatusOK, `href="/clients/import"`)

	before := dump(t, h)
	preview := b.preview("C:\\Users\\Maya\\contacts.csv", strings.Join([]string{
		"First name,Last name,E-mail,Phone,Notes,Unsubscribed",
		"Amara,Osei,Amara@Example.COM,203 555 0142,Likes porches,",
		"Bo,Li,bo@@example.com,,,",
		"Dora,Im,dora@example.com,,,yes",
		"Carl,Whitman,CARL@example.com,,,yes",
		"Maya,Bell,maya+me@elmharbor.example,,,",
		"\"=HYPERLINK(\"\"http://x.example\"\",\"\"Eve\"\")\",<b>Ng</b>,eve@example.com,ask <him>,,",
	}, "\n"))
	t.Run("shows before anything is saved what it would do", func(t *testing.T) {
		preview.wants(t, http.StatusOK, "contacts.csv", "Preview", "Import 3 clients</button>", "“<span dir=\"auto\">"+sheets+"</span>”",
			`<b class="num">3</b>will be added`, `<b class="num">1</b>of them opted out`, `<b class="num">3</b>can’t be taken`,
			"1 of them starts opted out, because the file says they unsubscribed. No mail goes to them",
			"Amara Osei", "Amara@example.com", "203 555 0142", "Likes porches", "Opted in", "by the file",
			"line 3", "bo@@example.com", "two @ signs", "line 5", "You already have this address: Carl Whitman.", "line 6", "signs in here as Maya Bell")
		preview.lacks(t, `C:\`, "Users")
		clean(t, preview.Body)
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("shows formulas and markup of the file as text", func(t *testing.T) {
		preview.wants(t, http.StatusOK, "=HYPERLINK(&#34;http://x.example&#34;,&#34;Eve&#34;) &lt;b&gt;Ng&lt;/b&gt;", "Phone: ask &lt;him&gt;")
		preview.lacks(t, "<b>Ng</b>", "ask <him>")
	})
	t.Run("does not start from a page of an older file, nor from another site", func(t *testing.T) {
		b.Post(fileURL, "key", "older").wants(t, http.StatusConflict, "another file")
		r := httptest.NewRequest(http.MethodPost, fileURL, strings.NewReader("key="+preview.hidden(t, "key")))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		b.do(r).wants(t, http.StatusForbidden)
		if h.mine(maya) != 1 {
			t.Error("imported")
		}
	})
	t.Run("adds them once, however often the button is pressed", func(t *testing.T) {
		for range 2 {
			b.Post(fileURL, "key", preview.hidden(t, "key")).wants(t, http.StatusSeeOther)
		}
		done := b.settled()
		done.wants(t, http.StatusOK, "Imported 3 clients", "Done", "Open My Clients", "1 of them started opted out", "Could not be taken", "two @ signs")
		done.lacks(t, "Import 3 clients</button>")
		clean(t, done.Body)
		if n := h.mine(maya); n != 4 {
			t.Errorf("%d clients", n)
		}
		b.Get("/clients").wants(t, http.StatusOK, "Amara Osei", "Dora Im")
		b.Get("/letters/new").lacks(t, `aria-label="Dora Im"`)
		var events []consent.Event
		if err := h.store.Read.NewSelect().Model(&events).Where("door = ?", consent.DoorImport).Order("id").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			if e.Note != sheets || e.ActorID != maya.ID {
				t.Errorf("%+v", e)
			}
		}
		if len(events) != 4 { // three added, one of them opted out
			t.Errorf("%d rows in the ledger", len(events))
		}
	})
	t.Run("says why, where there are two reasons", func(t *testing.T) {
		gone := h.enlist(maya, "Gil", "Gone", "gil@example.com", clients.Active)
		h.stop(maya, gone)
		b.Post("/clients/"+id(gone)+"/deletion").wants(t, http.StatusSeeOther)
		b.preview("contacts.csv", "Name,Email,Unsubscribed\nGil Gone,gil@example.com,\nFay Ng,fay@example.com,1\nHal Ng,hal@example.com,1\n").wants(t, http.StatusOK,
			"3 of them start opted out: 2 because the file says they unsubscribed, 1 because their address opted out of mail here before.", "here before</span>", "by the file</span>")
	})
	t.Run("adds nobody from the same file again", func(t *testing.T) {
		again := b.preview("contacts.csv", "Name,Email\nAmara Osei,amara@example.com\n")
		again.wants(t, http.StatusOK, "Nobody in this file can be added", "You already have this address: Amara Osei.", "1</span>")
		again.lacks(t, "<button class=\"btn go\">")
	})
}

func TestImportRefusesFiles(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	before := dump(t, h)
	for name, c := range map[string]struct{ content, source, say string }{
		"without a source":        {table(1), " ", "Say where they agreed"},
		"with a hidden source":    {table(1), "a\x00b", "hidden character"},
		"that are empty":          {"", sheets, "There are no contacts in this file."},
		"that are workbooks":      {"PK\x03\x04\x14\x00\x06\x00\x08\x00[Content_Types].xml", sheets, "no CSV or vCard file"},
		"of garbage":              {"\x89PNG\r\n\x1a\n\xff\xfe\xfd\x80\x81 \"\"\";;;,,", sheets, "No column of this file"},
		"without addresses":       {"Town,Price\nGuilford,1\n", sheets, "No column of this file"},
		"of 10,001 people":        {short(10_001), sheets, "more than 10,000 contacts"},
		"of more than 900 KB":     {"Email\n" + strings.Repeat("a", 950<<10), sheets, "This file has 951 KB, and 900 KB fit"},
		"of an unfinished card":   {"BEGIN:VCARD\nEMAIL:a@b.example\n", sheets, "There are no contacts in this file."},
		"of nothing but its mark": {"\xef\xbb\xbf", sheets, "There are no contacts in this file."},
	} {
		t.Run(name, func(t *testing.T) {
			answer := b.Upload("contacts.csv", c.content, c.source)
			answer.wants(t, http.StatusUnprocessableEntity, c.say, `aria-invalid="true"`, "<h1>Import clients</h1>")
			if strings.TrimSpace(c.source) == sheets {
				answer.wants(t, http.StatusUnprocessableEntity, `value="`+sheets+`"`)
			}
			clean(t, answer.Body)
		})
	}
	t.Run("that were not chosen", func(t *testing.T) {
		b.Post(importURL, "source", sheets).wants(t, http.StatusUnprocessableEntity, "Choose a file.")
	})
	b.Get(fileURL).wants(t, http.StatusOK, "No file is waiting here", "Choose the file again")
	if diff := differences(before, dump(t, h)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
}

// short is a CSV file of so many people that stays under 900 KB.
func short(n int) string { return "Email\n" + strings.Repeat("a@b.example\n", n) }

func TestImportIsTheAgentsAlone(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	omar := h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
	hers, his := h.as(maya), h.as(omar)
	preview := hers.preview("secret-list.csv", table(3))
	for _, path := range []string{importURL, fileURL} {
		his.Get(path).lacks(t, "secret-list", "Person0", preview.hidden(t, "key"))
	}
	his.Post(fileURL, "key", preview.hidden(t, "key")).wants(t, http.StatusSeeOther)
	if n := h.mine(maya) + h.mine(omar); n != 0 {
		t.Errorf("%d clients", n)
	}
	h.visitor().Post(fileURL, "key", preview.hidden(t, "key")).wants(t, http.StatusSeeOther)
	own := his.preview("his.csv", table(2))
	his.Post(fileURL, "key", own.hidden(t, "key")).wants(t, http.StatusSeeOther)
	hers.Get(fileURL).wants(t, http.StatusOK, "secret-list.csv", "Import 3 clients</button>")
	if h.mine(maya) != 0 || h.mine(omar) != 2 {
		t.Errorf("maya %d, omar %d", h.mine(maya), h.mine(omar))
	}
}

func TestImportKeepsAFileForAWhile(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	first := b.preview("first.csv", table(2))
	h.pass(29 * time.Minute)
	b.Get(importURL).wants(t, http.StatusOK, "first.csv", "is here already")
	b.Get(fileURL).wants(t, http.StatusOK, "first.csv")
	second := b.preview("second.csv", table(3))
	second.lacks(t, "first.csv")
	b.Post(fileURL, "key", first.hidden(t, "key")).wants(t, http.StatusConflict)
	h.pass(31 * time.Minute)
	b.Get(fileURL).wants(t, http.StatusOK, "No file is waiting here")
	b.HTMX().Get(fileURL).wants(t, http.StatusOK, `id="import"`, "No file is waiting here")
	b.follow(b.Post(fileURL, "key", second.hidden(t, "key"))).wants(t, http.StatusOK, "No file is waiting here")
	if h.mine(maya) != 0 {
		t.Error("imported")
	}

	// More agents than the desk has room for: the file that lay longest has to be chosen again.
	var desk []*browser
	for i := range 9 {
		desk = append(desk, h.as(h.hire(fmt.Sprintf("Agent %c", 'A'+i), fmt.Sprintf("agent%d@elmharbor.example", i), agents.RoleAgent)))
		h.pass(time.Second)
		desk[i].preview("theirs.csv", table(1)).wants(t, http.StatusOK, "Import 1 client</button>")
	}
	desk[0].Get(fileURL).wants(t, http.StatusOK, "No file is waiting here")
	desk[1].Get(fileURL).wants(t, http.StatusOK, "theirs.csv")
}

func TestLongImport(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	const many = 2100
	// While another transaction has the writer, the work can't end before it was seen.
	hold := func(during func()) {
		t.Helper()
		tx, err := h.store.Write.BeginTx(t.Context(), nil)
		if err == nil && h.store.Kind() == "PostgreSQL" {
			_, err = tx.Exec("LOCK TABLE clients IN EXCLUSIVE MODE")
		}
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		during()
	}
	hold(func() {
		b.Upload("many.csv", table(many)+"Bo,Li,no\n", sheets).wants(t, http.StatusSeeOther)
		page := b.Get(fileURL)
		page.wants(t, http.StatusOK, "Checking <span dir=\"auto\">many.csv</span>", "<progress", `max="2101"`, `hx-trigger="every 1s"`, "Nothing is saved yet")
		clean(t, page.Body)
		part := b.HTMX().Get(fileURL)
		part.wants(t, http.StatusOK, `id="import"`, "<progress")
		part.lacks(t, "<html")
		b.Upload("other.csv", table(1), sheets).wants(t, http.StatusConflict, "many.csv is still being worked on", "See how far it is")
	})
	ready := b.settled()
	ready.wants(t, http.StatusOK, "Import 2,100 clients</button>", "and 2,090 more")
	hold(func() {
		b.Post(fileURL, "key", ready.hidden(t, "key")).wants(t, http.StatusSeeOther)
		b.Get(fileURL).wants(t, http.StatusOK, "Importing", "You can close this page")
		b.Post(fileURL, "key", ready.hidden(t, "key")).wants(t, http.StatusSeeOther) // pressed twice
	})
	b.settled().wants(t, http.StatusOK, "Imported 2,100 clients", "line 2102")
	if n := h.mine(maya); n != many {
		t.Errorf("%d clients", n)
	}
	notices, err := agents.Notices(t.Context(), h.store.Read, maya.ID, true, 10)
	if err != nil || len(notices) != 1 {
		t.Fatal(notices, err)
	}
	if n := notices[0]; n.Title != "Imported 2,100 clients; 1 could not be taken" || !strings.Contains(n.Body, "many.csv") || !strings.Contains(n.Body, "Line 2102, Bo Li no: An e-mail address has an @") || n.Mails {
		t.Errorf("%+v", n)
	}
	b.Get("/").wants(t, http.StatusOK, "Imported 2,100 clients; 1 could not be taken")
}

func TestImportThatFails(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	preview := b.preview("contacts.csv", table(3))
	if _, err := h.store.Write.ExecContext(t.Context(), "ALTER TABLE consents RENAME TO consents_gone"); err != nil {
		t.Fatal(err)
	}
	b.Post(fileURL, "key", preview.hidden(t, "key")).wants(t, http.StatusSeeOther)
	if _, err := h.store.Write.ExecContext(t.Context(), "ALTER TABLE consents_gone RENAME TO consents"); err != nil {
		t.Fatal(err)
	}
	b.settled().wants(t, http.StatusOK, "nobody was added", "contacts.csv", "Choose a file")
	if n := h.mine(maya); n != 0 {
		t.Errorf("%d clients", n)
	}
	b.preview("contacts.csv", table(3)).wants(t, http.StatusOK, "Import 3 clients</button>")
}

func TestShutdownWaitsForAnImport(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	b.Upload("many.csv", table(2100), sheets).wants(t, http.StatusSeeOther)
	ready := b.settled()
	b.Post(fileURL, "key", ready.hidden(t, "key")).wants(t, http.StatusSeeOther)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	if err := h.server.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if n := h.mine(maya); n != 2100 {
		t.Errorf("%d clients", n)
	}
}

func TestImportRealExports(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "shared", "data", "contacts")
	files, err := filepath.Glob(filepath.Join(folder, "*", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		if os.Getenv("REQUIRE_SHARED_DATA") != "" {
			t.Fatal("the shared data is required and not there")
		}
		t.Skip("no shared data beside the project")
	}
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			page := b.preview(filepath.Base(file), string(raw))
			page.wants(t, http.StatusOK, "Preview", filepath.Base(file))
			clean(t, page.Body)
		})
	}
}
