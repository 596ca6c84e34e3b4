package web_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/mail"
	"porchlight/app/web"
)

// caught puts a message into the built-in mailbox.
func (h *house) caught(subject, from, body string) {
	h.t.Helper()
	sender, err := h.server.Mailbox.Connect(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	defer sender.Close()
	message := "From: " + from + "\r\nTo: Amara Osei <amara@example.com>\r\nSubject: " + subject + "\r\nDate: Thu, 12 Nov 2026 14:00:00 +0000\r\nMessage-ID: <x@elm.example>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=part\r\n\r\n" +
		"--part\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello in words\r\n" +
		"--part\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + body + "\r\n--part--\r\n"
	_, err = sender.Send(h.t.Context(), mail.Envelope{From: "maya@elm.example", To: "amara@example.com", Message: []byte(message)}, nil)
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestMailbox(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	b := h.as(maya)
	b.Get("/mailbox").wants(t, http.StatusOK, ">Mailbox</h1>", "No mail yet")
	h.caught("First", "Maya Bell <maya@elm.example>", `<!doctype html><html><head><title>x</title></head><body><a href="http://porchlight.test/u/abc">Unsubscribe</a></body></html>`)
	h.caught("Second =?utf-8?q?=E2=80=AEgnp=2Eexe?=", "Maya Bell <maya@elm.example>", `<p>Hello <script>alert(1)</script></p>`)
	h.caught("Third", "Noor Haddad <noor@elm.example>", "<p>Hi</p>")

	list := b.Get("/mailbox")
	list.wants(t, http.StatusOK, "First", "Second [U&#43;202E]gnp.exe", "Amara Osei &lt;amara@example.com&gt;")
	if third, first := strings.Index(list.Body, "Third"), strings.Index(list.Body, "First"); third < 0 || third > first {
		t.Error("the newest is not first")
	}
	found := b.HTMX().Get("/mailbox?q=noor")
	found.wants(t, http.StatusOK, "Third", `id="mails"`)
	found.lacks(t, "First", "<html")

	second := mailOn(t, b.Get("/mailbox?q=gnp"))
	page := b.Get(second)
	page.wants(t, http.StatusOK, "HTML", "Text", "Headers", "Raw", "allow-popups")
	whole := mailOn(t, list) // the newest, with the whole list around it
	b.Get(whole).wants(t, http.StatusOK, `rel="next"`)
	b.Get(whole).lacks(t, `rel="prev"`)

	path, _, _ := strings.Cut(second, "?")
	b.Get(path).wants(t, http.StatusOK, `rel="next"`, `rel="prev"`)
	b.Get(path+"?part=headers").wants(t, http.StatusOK, "Message-ID", "&lt;x@elm.example&gt;")
	b.Get(path+"?part=raw").wants(t, http.StatusOK, "&lt;script&gt;alert(1)", "Subject: Second =?utf-8?q?")
	b.Get(path+"?part=text").wants(t, http.StatusOK, "Hello in words")
	raw := b.Get(path + "/raw")
	raw.wants(t, http.StatusOK, "<p>Hello <script>alert(1)</script></p>")
	if got := raw.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
		t.Errorf("the raw message is %q", got)
	}

	first := mailOn(t, b.Get("/mailbox?q=First"))
	framed := b.framed(b.Get(first))
	framed.wants(t, http.StatusOK, `<head><base target="_blank">`, `href="http://porchlight.test/u/abc"`)
	policy := framed.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "sandbox") || !strings.Contains(policy, "allow-popups") || strings.Contains(policy, "allow-scripts") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the message's policy is %q", policy)
	}

	for _, path := range []string{"/mailbox/nothing", "/mailbox/nothing/html", "/mailbox/nothing/raw", "/mailbox/..%2f..%2fetc%2fpasswd/raw"} {
		b.Get(path).wants(t, http.StatusNotFound)
	}
	if r := h.visitor().Get(path); r.Status != http.StatusSeeOther {
		t.Errorf("a stranger got %d", r.Status)
	}
}

func TestMailboxShowsFiftyMailsAPage(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker))
	for i := range 51 {
		h.caught("Mail "+strconv.Itoa(100+i), "Maya Bell <maya@elm.example>", "<p>Hi</p>")
	}
	newest := b.Get("/mailbox")
	newest.wants(t, http.StatusOK, "Mail 150", "Mail 101", `rel="next" href="/mailbox?page=2"`)
	newest.lacks(t, "Mail 100", `rel="prev"`)
	older := b.Get("/mailbox?page=2")
	older.wants(t, http.StatusOK, "Mail 100", `rel="prev" href="/mailbox"`)
	older.lacks(t, "Mail 101", `rel="next"`)
	b.Get(mailOn(t, older)).wants(t, http.StatusOK, "Mail 100", `aria-current="true"`)
	b.Get("/mailbox?page=-1").wants(t, http.StatusOK, "Mail 150")
	b.Get("/mailbox?page=99").wants(t, http.StatusOK, "No older mail")
}

func TestMailboxIsThereOnlyWhereMailIsKept(t *testing.T) {
	h := open(t, func(o *web.Options) { o.Mailbox = nil })
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	r := h.as(maya).Get("/mailbox")
	r.wants(t, http.StatusNotFound)
	h.as(maya).Get("/outbox").lacks(t, `href="/mailbox"`)
}

// mailOn is the first message's address on a list.
func mailOn(t *testing.T, r reply) string {
	t.Helper()
	_, after, found := strings.Cut(r.Body, `class="mail" href="`)
	path, _, ends := strings.Cut(after, `"`)
	if !found || !ends {
		t.Fatalf("no message in\n%s", r.Body)
	}
	return strings.ReplaceAll(path, "&amp;", "&")
}
