package mail_test

import (
	"bytes"
	"flag"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it, and run with -update if it is right:\n%s", name, got)
	}
}

func TestLetter_and_note_look_like_this(t *testing.T) {
	letter := letterTemplate(t, sampleLetter())
	golden(t, "letter.html", letter.HTML(sampleRecipient()))
	golden(t, "letter.txt", letter.Text(sampleRecipient()))
	golden(t, "letter-test.txt", letter.Text(mail.Recipient{}))
	golden(t, "letter.eml", string(sampleMessage(t)))
	note, err := newRenderer(t).Note(sampleNote())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "note.html", note.HTML(mail.Recipient{}))
	golden(t, "note.txt", note.Text(mail.Recipient{}))
	to := sampleRecipient()
	to.Unsubscribe = ""
	message, err := note.Message(to)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "note.eml", string(message))
}

// read takes a message apart as a mail program does.
func read(t testing.TB, message []byte) (h netmail.Header, plain, rich string) {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(message))
	if err != nil {
		t.Fatalf("%v\n%s", err, message)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("Content-Type %q: %v", m.Header.Get("Content-Type"), err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for _, want := range []struct {
		kind string
		into *string
	}{{"text/plain", &plain}, {"text/html", &rich}} {
		p, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); got != want.kind {
			t.Fatalf("part is %s, not %s", got, want.kind)
		}
		b, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		*want.into = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Fatalf("a third part, or no end: %v", err)
	}
	return m.Header, plain, rich
}

func TestMessage_carries_what_the_preview_shows_and_the_RFC_8058_headers(t *testing.T) {
	letter := letterTemplate(t, sampleLetter())
	h, plain, rich := read(t, sampleMessage(t))
	if plain != letter.Text(sampleRecipient()) || rich != letter.HTML(sampleRecipient()) {
		t.Error("the message and its preview differ")
	}
	for name, want := range map[string]string{
		"From":                     `Maya Bell via Elm & Harbor Realty <maya.bell@mail.elmharbor.example>`,
		"Reply-To":                 "<maya.bell@gmail.com>",
		"To":                       `John Doe <john.doe@example.com>`,
		"Subject":                  "Two homes in Guilford, and an open house on Sunday",
		"Date":                     "Sun, 22 Nov 2026 09:30:00 +0000",
		"Message-Id":               "<42.k3j5h2@mail.elmharbor.example>",
		"List-Unsubscribe":         "<" + unsubscribe + ">",
		"List-Unsubscribe-Post":    "List-Unsubscribe=One-Click",
		"List-Id":                  "<agent-7.elmharbor.example>",
		"Feedback-Id":              "letter:7:elmharbor:porchlight",
		"Precedence":               "bulk",
		"X-Auto-Response-Suppress": "OOF, AutoReply",
		"Mime-Version":             "1.0",
	} {
		if got := h[name]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, never := range []string{"Auto-Submitted", "Cc", "Bcc", "X-Mailer", "User-Agent"} {
		if h[never] != nil {
			t.Errorf("%s: %q", never, h[never])
		}
	}
	if strings.Count(rich, unsubscribe) != 1 || strings.Count(plain, unsubscribe) != 1 {
		t.Error("the unsubscribe link is not there exactly once in each part")
	}
}

func TestMessage_of_a_test_has_no_live_way_to_unsubscribe(t *testing.T) {
	to := sampleRecipient()
	to.Unsubscribe = ""
	message, err := letterTemplate(t, sampleLetter()).Message(to)
	if err != nil {
		t.Fatal(err)
	}
	h, plain, rich := read(t, message)
	if h["List-Unsubscribe"] != nil || h["List-Unsubscribe-Post"] != nil {
		t.Error("a test can be unsubscribed from")
	}
	for _, body := range []string{plain, rich} {
		if !strings.Contains(body, "Unsubscribe (a working link in the real letter)") || strings.Contains(body, ".invalid") {
			t.Error("the dead text is missing")
		}
	}
}

func TestNote_says_that_no_person_wrote_it(t *testing.T) {
	note, err := newRenderer(t).Note(sampleNote())
	if err != nil {
		t.Fatal(err)
	}
	message, err := note.Message(sampleRecipient()) // even when given an unsubscribe link
	if err != nil {
		t.Fatal(err)
	}
	h, plain, rich := read(t, message)
	if h.Get("Auto-Submitted") != "auto-generated" || h.Get("X-Auto-Response-Suppress") != "OOF, AutoReply" {
		t.Error("programs may answer it")
	}
	if h["List-Unsubscribe"] != nil || h["Precedence"] != nil || h["List-Id"] != nil {
		t.Error("a note looks like bulk mail")
	}
	if !strings.Contains(rich, `href="https://mail.elmharbor.example/clients/12?from=note&amp;n=3"`) ||
		!strings.Contains(plain, "Open John’s page: https://mail.elmharbor.example/clients/12?from=note&n=3") {
		t.Error("the action is missing")
	}
}

func TestLetter_without_a_postal_address_can_be_seen_but_not_sent(t *testing.T) {
	l := sampleLetter()
	l.House.PostalAddress = " \n"
	made := letterTemplate(t, l)
	if !strings.Contains(made.Text(sampleRecipient()), "Unsubscribe") {
		t.Error("no preview")
	}
	if _, err := made.Message(sampleRecipient()); fault.Of(err) != fault.Denied {
		t.Errorf("it went: %v", err)
	}
}

func TestLetter_refuses_what_can_not_be_a_letter(t *testing.T) {
	r := newRenderer(t)
	for name, c := range map[string]struct {
		change func(*mail.Letter)
		field  string
	}{
		"no subject":            {func(l *mail.Letter) { l.Subject = " \u200b " }, "subject"},
		"a long subject":        {func(l *mail.Letter) { l.Subject = strings.Repeat("é", 201) }, "subject"},
		"a header in a subject": {func(l *mail.Letter) { l.Subject = "Hi\r\nBcc: eve@example.com" }, "subject"},
		"NUL in a subject":      {func(l *mail.Letter) { l.Subject = "Hi\x00" }, "subject"},
		"broken UTF-8":          {func(l *mail.Letter) { l.Subject = "Hi \xff" }, "subject"},
		"no message":            {func(l *mail.Letter) { l.Markdown = "\n \n" }, "message"},
		"only markup":           {func(l *mail.Letter) { l.Markdown = "![](https://x.example/a.png)" }, "message"},
		"NUL in a message":      {func(l *mail.Letter) { l.Markdown = "Hi \x00" }, "message"},
		"a long message":        {func(l *mail.Letter) { l.Markdown = strings.Repeat("word ", 11_000) }, "message"},
		"long when rendered":    {func(l *mail.Letter) { l.Markdown = strings.Repeat("&\n\n", 9_000) }, "message"},
		"a link that lies":      {func(l *mail.Letter) { l.Markdown = "[https://bank.example/](https://evil.example)" }, "message"},
		"a name with a header":  {func(l *mail.Letter) { l.AgentName = "Maya\nBcc: x@y.com" }, ""},
		"a house with NUL":      {func(l *mail.Letter) { l.House.Name = "Elm\x00" }, ""},
		"a From with a header":  {func(l *mail.Letter) { l.Identity.FromName = "Maya\r\nBcc: x@y.com" }, ""},
		"a From that is none":   {func(l *mail.Letter) { l.Identity.FromAddress = "maya@x.com>\r\nBcc: x@y.com" }, ""},
		"a Reply-To with more":  {func(l *mail.Letter) { l.Identity.ReplyTo = "maya@x.com, eve@example.com" }, ""},
	} {
		l := sampleLetter()
		c.change(&l)
		_, err := r.Letter(l)
		if fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		} else if c.field != "" && fault.As(err).Fields[c.field] == "" {
			t.Errorf("%s: the field %s has no word: %+v", name, c.field, fault.As(err))
		}
	}
	for name, change := range map[string]func(*mail.Letter){
		"List-Id":     func(l *mail.Letter) { l.ListID = "a>\r\nBcc: x@y.com" },
		"Feedback-ID": func(l *mail.Letter) { l.FeedbackID = "a\r\nBcc: x@y.com" },
	} {
		l := sampleLetter()
		change(&l)
		if _, err := r.Letter(l); err == nil {
			t.Errorf("%s with a header in it was taken", name)
		}
	}
}

func TestMessage_refuses_what_can_not_be_a_recipient(t *testing.T) {
	made := letterTemplate(t, sampleLetter())
	for name, change := range map[string]func(*mail.Recipient){
		"address":    func(r *mail.Recipient) { r.Address = "a@b.com> SIZE=1" },
		"two":        func(r *mail.Recipient) { r.Address = "a@b.com, c@d.com" },
		"name":       func(r *mail.Recipient) { r.Name = "John\r\nBcc: x@y.com" },
		"override":   func(r *mail.Recipient) { r.Name = "moc.elpmaxe@nhoj\u202e" },
		"message id": func(r *mail.Recipient) { r.MessageID = "a@b>\r\nX: y" },
		"no id":      func(r *mail.Recipient) { r.MessageID = "" },
		"no date": func(r *mail.Recipient) {
			r.Date = r.Date.AddDate(-3000, 0, 0)
			*r = mail.Recipient{Address: r.Address, MessageID: r.MessageID}
		},
		"unsubscribe": func(r *mail.Recipient) { r.Unsubscribe = "https://x.example/>\r\nBcc: x@y.com" },
		"javascript":  func(r *mail.Recipient) { r.Unsubscribe = "javascript:alert(1)" },
		"relative":    func(r *mail.Recipient) { r.Unsubscribe = "/u/abc" },
	} {
		to := sampleRecipient()
		change(&to)
		if b, err := made.Message(to); err == nil {
			t.Errorf("%s was taken:\n%.600s", name, b)
		}
	}
	if _, err := new(mail.Template).Message(sampleRecipient()); err == nil {
		t.Error("a message from no template")
	}
}

func TestTemplate_is_kept_and_read_back_to_the_same_bytes(t *testing.T) {
	letter := letterTemplate(t, sampleLetter())
	kept, err := letter.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := mail.ReadTemplate(kept, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range kept {
		kept[i] = 'x' // a database driver uses its buffer again
	}
	message, err := back.Message(sampleRecipient())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(message, sampleMessage(t)) || back.From() != "maya.bell@mail.elmharbor.example" {
		t.Error("the letter changed while it was kept")
	}
	if again := letterTemplate(t, sampleLetter()); again.HTML(mail.Recipient{}) != letter.HTML(mail.Recipient{}) {
		t.Error("equal letters render differently")
	}
}

func TestTemplate_with_a_body_that_no_server_may_be_given_is_not_read_back(t *testing.T) {
	kept, err := letterTemplate(t, sampleLetter()).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(kept, []byte("=\r\n"))
	for _, bad := range []string{"=\n\n", "=\rx", "=x\n", "\x00\r\n", "\xff\r\n"} {
		copy(kept[at:], bad)
		if _, err := mail.ReadTemplate(kept, nil); err == nil {
			t.Errorf("%q was read back", bad)
		}
	}
	copy(kept[at:], "=\r\n")
	if _, err := mail.ReadTemplate(kept, nil); err != nil {
		t.Error(err)
	}
}

func FuzzReadTemplate(f *testing.F) {
	kept, err := letterTemplate(f, sampleLetter()).MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(kept)
	f.Add(kept[:len(kept)/2])
	for _, name := range []string{"testdata/kept-1-letter.bin", "testdata/kept-1-note.bin", "testdata/kept-2-homes.bin"} {
		old, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(old)
	}
	letter := homesLetter(f, sampleHomes())
	withHomes, err := letter.MarshalBinary()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(withHomes)
	f.Add([]byte{1, 'L', 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		back, err := mail.ReadTemplate(b, from(letter))
		if err != nil {
			return
		}
		_, _ = back.HTML(homesRecipient()), back.Text(mail.Recipient{})
		if message, err := back.Message(homesRecipient()); err == nil && mail.Check(message) != nil {
			t.Fatal("bytes that don't pass Check")
		}
	})
}

func TestLetter_is_measured_as_it_is_sent(t *testing.T) {
	r := newRenderer(t)
	for name, words := range map[string]string{
		"letters, once in each part":          strings.Repeat("M", 49_900),
		"emoji, twelve bytes each":            strings.Repeat("😀 ", 6_100),
		"a script of three bytes a character": strings.Repeat("家", 17_000),
	} {
		l := sampleLetter()
		l.Markdown = words
		_, err := r.Letter(l)
		if f := fault.As(err); f == nil || !strings.Contains(f.Fields["message"], "too long for one letter: mail programs") {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := sampleLetter()
	for words := 1; words < 50_000; words += 5_000 { // the longest that is let through
		l.Markdown = strings.Repeat("Word ", words)
		made, err := r.Letter(l)
		if err != nil {
			break
		}
		if message, err := made.Message(sampleRecipient()); err != nil || len(message) >= 100_000 {
			t.Errorf("%d bytes: %v", len(message), err)
		}
	}
}
