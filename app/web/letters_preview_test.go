package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"porchlight/app/listings"
	"porchlight/app/web"
)

var frame = regexp.MustCompile(`<iframe[^>]* src="([^"]*)"`)

// framed opens the frame of a page.
func (b *browser) framed(r reply) reply {
	b.h.t.Helper()
	found := frame.FindStringSubmatch(r.Body)
	if found == nil {
		b.h.t.Fatalf("no frame in\n%s", r.Body)
	}
	return b.Get(html.UnescapeString(found[1]))
}

func TestPreview(t *testing.T) {
	h, maya, _ := elm(t)
	b := h.as(maya)
	t.Run("shows the letter as a client gets it, and no script", func(t *testing.T) {
		r := b.HTMX().Post("/letters/preview", "subject", "Homes <script>alert(1)</script>", "message", "Hello **there** <script>alert(2)</script> <img src=x onerror=alert(3)> [x](javascript:alert(4))")
		r.wants(t, http.StatusOK, "Maya Bell &lt;maya@elm.example&gt;", "Homes &lt;script&gt;")
		r.lacks(t, "<html", "<script", "<img")
		page := b.framed(r)
		page.wants(t, http.StatusOK, "<strong>there</strong>", "14 Elm Street")
		page.lacks(t, "<script", "<img", "javascript:", "/u/")
		policy := page.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "frame-ancestors 'self'", "sandbox", "form-action 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("no %q in %q", want, policy)
			}
		}
		if strings.Contains(policy, "allow-scripts") || page.Header.Get("X-Frame-Options") != "SAMEORIGIN" {
			t.Errorf("policy %q, X-Frame-Options %q", policy, page.Header.Get("X-Frame-Options"))
		}
	})
	t.Run("works before anything is typed, and says what can't be mailed", func(t *testing.T) {
		b.framed(b.Get("/letters/new")).wants(t, http.StatusOK, "Your message appears here as you type.")
		r := b.HTMX().Post("/letters/preview", "subject", "a\x00b", "message", "Hi.")
		r.wants(t, http.StatusOK, "hidden character in the subject")
		r.lacks(t, "<iframe")
	})
	t.Run("without JavaScript the page comes back with all that was typed", func(t *testing.T) {
		r := b.Post("/letters/preview", "subject", "Kept", "message", "Kept too.")
		r.wants(t, http.StatusOK, `value="Kept"`, "Kept too.</textarea>")
		b.framed(r).wants(t, http.StatusOK, "Kept too.")
	})
	t.Run("of a long letter it shows the beginning, whole characters, and says so", func(t *testing.T) {
		var long strings.Builder
		for i := range 3800 {
			long.WriteString("é" + strconv.FormatInt(int64(i)*2654435761%1000003, 36) + " ")
		}
		r := b.HTMX().Post("/letters/preview", "subject", "Long", "message", long.String())
		r.wants(t, http.StatusOK, "the preview shows its beginning")
		if src := frame.FindStringSubmatch(r.Body)[1]; len(src) > 9<<10 {
			t.Errorf("the frame's address has %d bytes", len(src))
		}
		b.framed(r).wants(t, http.StatusOK, long.String()[:200])
	})
	t.Run("no other site may show it, and a broken address is nothing", func(t *testing.T) {
		r := b.HTMX().Post("/letters/preview", "subject", "Kept", "message", "Hi.")
		b.header.Set("Sec-Fetch-Site", "cross-site")
		b.framed(r).wants(t, http.StatusNotFound)
		b.header.Del("Sec-Fetch-Site")
		for _, letter := range []string{"", "AAAA", "%00", strings.Repeat("A", 4000)} {
			b.Get("/letters/preview?letter="+letter).wants(t, http.StatusNotFound)
		}
	})
}

func FuzzPreviewAddress(f *testing.F) {
	f.Add("Three homes", "Have a look at **these**.", "", "Mind the step & the cat=1.")
	f.Add("", strings.Repeat("é\r\n", 9000), "AAAA", "")
	f.Add("\u202e", "\xff", "S0ktLknPLEstVkgtKs7IVyhJLS5RBAA", "\x00\xff%")
	f.Fuzz(func(t *testing.T, subject, message, packed, note string) {
		if s, m, notes, err := web.UnpackPreview(packed); err == nil && (len(s)+len(m) > 256<<10 || len(notes) > 50) {
			t.Errorf("%d bytes and %d notes came out of %d", len(s)+len(m), len(notes), len(packed))
		}
		if strings.Contains(subject, "\x00") || len(subject) > 200 || len(note) > 1000 {
			return // refused before anything is packed
		}
		address, cut := web.PackPreview(subject, message, map[listings.ID]string{7: note, 12: ""})
		s, m, notes, err := web.UnpackPreview(address)
		if err != nil || s != subject || !strings.HasPrefix(message, m) || !cut && m != message || cut && utf8.ValidString(message) && !utf8.ValidString(m) {
			t.Errorf("%q, %d bytes came back as %q, %d bytes (cut %v, %v)", subject, len(message), s, len(m), cut, err)
		}
		if len(notes) != 2 || notes[7] != note && m != "" {
			t.Errorf("of the note %q came back %v", note, notes)
		}
	})
}
