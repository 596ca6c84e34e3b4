package mail_test

import (
	"bytes"
	"fmt"
	"mime"
	netmail "net/mail"
	"strings"
	"testing"
	"unicode/utf8"

	"porchlight/app/mail"
)

// names in many scripts, and what trips encoders.
var names = []string{
	"Jane", "Jane Doe", "O'Hara, Jane", `Jane "JJ" Doe`, `back\slash`, "José Müller", "Łukasz Żółć", "Ελένη Παπαδοπούλου", "Наталья Ивановна", "דוד לוי",
	"محمد بن عبد الله", "आरती शर्मा", "สมชาย ใจดี", "王小明", "山田 太郎", "김민수", "Nguyễn Thị Ánh", "👩‍👩‍👧 Family", "a@b.com", "=?utf-8?q?hi?=", "Jane  Two  Spaces",
	"jane (comment)", "<jane>", "a;b:c", strings.Repeat("x", 300), strings.Repeat("ab ", 100), strings.Repeat("שלום ", 60), strings.Repeat("é", 300),
	strings.Repeat("👍", 100), "Amélie " + strings.Repeat("long ", 50), "e\u0301 combining", "\u200fדוד\u200e Levy", "?=", "=?", "x=?y", "100% = sure?",
}

// wellFormed checks what every message must be, and returns its header.
func wellFormed(t *testing.T, message []byte) netmail.Header {
	t.Helper()
	if err := mail.Check(message); err != nil {
		t.Fatalf("%v\n%.800s", err, message)
	}
	head, _, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	for _, line := range bytes.Split(head, []byte("\r\n")) {
		unbroken := !bytes.Contains(bytes.TrimSpace(line), []byte(" ")) || bytes.HasPrefix(line, []byte("Message-ID")) || bytes.HasPrefix(line, []byte("List-Unsubscribe"))
		if len(line) > 78 && !unbroken {
			t.Errorf("a header line of %d: %s", len(line), line)
		}
	}
	for _, word := range bytes.Fields(head) {
		if bytes.HasPrefix(word, []byte("=?")) && len(word) > 75 {
			t.Errorf("an encoded-word of %d: %s", len(word), word)
		}
	}
	_, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	for _, line := range bytes.Split(body, []byte("\r\n")) {
		if len(line) > 78 {
			t.Errorf("a body line of %d: %s", len(line), line)
		}
		if bytes.HasPrefix(line, []byte(".")) || bytes.HasPrefix(line, []byte("From ")) {
			t.Errorf("a body line that relays may change: %s", line)
		}
	}
	m, err := netmail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range m.Header {
		if len(values) != 1 {
			t.Errorf("%s is there %d times", name, len(values))
		}
	}
	return m.Header
}

func subjectOf(t *testing.T, h netmail.Header) string {
	t.Helper()
	text, err := new(mime.WordDecoder).DecodeHeader(h.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestMessage_carries_names_and_subjects_in_every_script(t *testing.T) {
	for _, name := range names {
		name = strings.TrimSpace(name)
		l := sampleLetter()
		l.Identity.FromName, l.Subject = name, name
		if r := []rune(name); len(r) > 200 {
			l.Subject = strings.TrimSpace(string(r[:200]))
		}
		to := sampleRecipient()
		to.Name = name
		message, err := letterTemplate(t, l).Message(to)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		h := wellFormed(t, message)
		for header, addr := range map[string]string{"From": l.Identity.FromAddress, "To": to.Address} {
			a, err := netmail.ParseAddress(h.Get(header))
			if err != nil || a.Name != name || a.Address != addr {
				t.Errorf("%s %q came as %v, %v\n%s", header, name, a, err, h.Get(header))
			}
		}
		if got := subjectOf(t, h); got != l.Subject {
			t.Errorf("subject %q came as %q", l.Subject, got)
		}
	}
}

func TestMessage_to_an_address_in_letters(t *testing.T) {
	to := sampleRecipient()
	to.Address = "élise@bücher.example"
	message, err := letterTemplate(t, sampleLetter()).Message(to)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(message, []byte("To: John Doe <élise@xn--bcher-kva.example>\r\n")) {
		t.Errorf("%.400s", message)
	}
}

func TestCheck_refuses_what_is_no_proper_message(t *testing.T) {
	good := string(sampleMessage(t))
	if err := mail.Check([]byte(good)); err != nil {
		t.Fatal(err)
	}
	swap := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample has no %q", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	for name, bad := range map[string]string{
		"nothing":              "",
		"no body":              good[:strings.Index(good, "\r\n\r\n")+4],
		"an empty body":        good[:strings.Index(good, "\r\n\r\n")+4] + " \r\n\t\r\n",
		"no empty line":        strings.ReplaceAll(good, "\r\n\r\n", "\r\n"),
		"LF only":              strings.ReplaceAll(good, "\r\n", "\n"),
		"a bare LF":            swap("Hi there,", "Hi\nthere,"),
		"a bare CR":            swap("Hi there,", "Hi\rthere,"),
		"LF dot LF":            swap("Hi there,", "Hi\n.\nthere,"),
		"NUL":                  swap("Hi there,", "Hi\x00there,"),
		"escape":               swap("Hi there,", "Hi\x1bthere,"),
		"DEL":                  swap("Hi there,", "Hi\x7fthere,"),
		"not UTF-8":            swap("Hi there,", "Hi\xffthere,"),
		"a long line":          swap("Hi there,", strings.Repeat("x", 999)),
		"two From":             swap("From: ", "From: eve@example.com\r\nFrom: "),
		"two from, lower case": swap("From: ", "from: eve@example.com\r\nFrom: "),
		"two Subject":          swap("Subject: ", "Subject: x\r\nSubject: "),
		"two List-Unsubscribe": swap("List-Unsubscribe: ", "List-Unsubscribe: <https://x.example>\r\nList-Unsubscribe: "),
		"no From":              swap("From: ", "X-From: "),
		"no Date":              swap("Date: ", "X-Date: "),
		"no Message-ID":        swap("Message-ID: ", "X-ID: "),
		"no To":                swap("To: John", "X-To: John"),
		"no header":            swap("To: John", "John"),
		"a space in a name":    swap("To: ", "To : "),
		"an empty fold":        swap("To: ", "X: y\r\n \t\r\nTo: "),
		"no line end":          strings.TrimSuffix(good, "\r\n"),
	} {
		if mail.Check([]byte(bad)) == nil {
			t.Errorf("%s passed", name)
		}
	}
}

func FuzzMessage_fields_stay_in_their_headers(f *testing.F) {
	f.Add("Jane", "John", "Hello", "Text", "c@example.com", "agent-1.example", "https://x.example/u/1")
	f.Add("a\r\nBcc: x@y.com", "b\nX: y", "Hi\x00", "*\r\n.\r\n", "c@example.com>\r\nDATA", "id>\r\nX: 1", "https://x.example/>\r\nX: 1")
	for i, name := range names {
		f.Add(name, names[(i+1)%len(names)], name, name+"\n\n[x](https://x.example/"+fmt.Sprint(i)+")", "é@ü.example", "l.example", "https://x.example/?a=b&c=%22")
	}
	r := newRenderer(f)
	f.Fuzz(func(t *testing.T, from, name, subject, text, addr, list, link string) {
		l := sampleLetter()
		l.Identity.FromName, l.AgentName, l.Subject, l.Markdown, l.ListID, l.FeedbackID = from, name, subject, text, list, list
		l.Signature, l.House.Name, l.House.PostalAddress = subject, name, text
		made, err := r.Letter(l)
		if err != nil {
			return
		}
		to := sampleRecipient()
		to.Name, to.Address, to.Unsubscribe = name, addr, link
		message, err := made.Message(to)
		if err != nil {
			return
		}
		h := wellFormed(t, message)
		for header := range h {
			if !strings.Contains(" From Reply-To To Subject Date Message-Id Mime-Version Content-Type List-Unsubscribe List-Unsubscribe-Post List-Id Feedback-Id Precedence X-Auto-Response-Suppress ", " "+header+" ") {
				t.Errorf("a header of somebody else’s: %s", header)
			}
		}
		if got := subjectOf(t, h); got != strings.TrimSpace(subject) {
			t.Errorf("subject %q came as %q", subject, got)
		}
		a, err := netmail.ParseAddress(h.Get("From"))
		if err != nil || a.Address != l.Identity.FromAddress || a.Name != strings.TrimSpace(from) {
			t.Errorf("From %q came as %v, %v (%s)", from, a, err, h.Get("From"))
		}
		_, plain, rich := read(t, message)
		if !utf8.ValidString(plain) || !utf8.ValidString(rich) {
			t.Error("a part is not UTF-8")
		}
		if link != "" && strings.Count(h.Get("List-Unsubscribe"), "<") != 1 {
			t.Errorf("List-Unsubscribe: %s", h.Get("List-Unsubscribe"))
		}
	})
}

func TestMessage_has_no_line_that_a_relay_would_change(t *testing.T) {
	l := sampleLetter()
	l.Markdown = ".\n..dots\nFrom here on\n" + strings.Repeat("x", 75) + ". and " + strings.Repeat("y", 69) + "From  \n" + strings.Repeat("é.", 200) + "\n" + strings.Repeat("=", 300)
	made := letterTemplate(t, l)
	message, err := made.Message(sampleRecipient())
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, message)
	if _, plain, _ := read(t, message); !strings.HasPrefix(plain, strings.ReplaceAll(l.Markdown, "From  \n", "From\n")) {
		t.Errorf("the text came as %q", plain)
	}
}
