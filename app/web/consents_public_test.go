package web_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/consent"
)

func TestOneClick(t *testing.T) {
	form := func(name, value string) (string, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return w.FormDataContentType(), body.String()
	}
	multi, multiBody := form("List-Unsubscribe", "One-Click")
	otherMulti, otherBody := form("List-Unsubscribe", "Two-Clicks")
	for name, c := range map[string]struct{ contentType, body string }{
		"urlencoded":            {"application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"},
		"urlencoded with a set": {"application/x-www-form-urlencoded; charset=UTF-8", "List-Unsubscribe=One-Click"},
		"multipart":             {multi, multiBody},
		"no type at all":        {"", "List-Unsubscribe=One-Click"},
		"with other fields":     {"application/x-www-form-urlencoded", "client=1&email=amara@example.com&List-Unsubscribe=One-Click&choice=none"},
	} {
		t.Run(name, func(t *testing.T) {
			h, maya, _, carl, link := pair(t)
			amara := h.enlist(maya, "Amara", "Osei", "amara@example.com", clients.Active)
			for range 2 { // programs repeat themselves
				r := h.bare(link, c.contentType, c.body)
				r.wants(t, http.StatusOK, "You are unsubscribed")
				if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/plain") || r.Header.Get("Location") != "" || len(r.Body) > 200 || len(r.Header.Values("Set-Cookie")) > 0 {
					t.Errorf("%v %s", r.Header, r.Body)
				}
			}
			if s := h.state(carl).State; s != consent.OptedOut {
				t.Errorf("consent %s", s)
			}
			if s := h.state(amara).State; s != consent.OptedIn {
				t.Errorf("somebody else's consent %s", s)
			}
			var outs int
			for _, e := range h.history(carl) {
				if e.Kind == consent.WentOut {
					outs++
					if e.Door != consent.DoorOneClick || e.Subject != "4 new homes in Guilford" {
						t.Errorf("%+v", e)
					}
				}
			}
			if outs != 1 {
				t.Errorf("%d rows", outs)
			}
		})
	}
	t.Run("nothing else in the body stops anything", func(t *testing.T) {
		h, _, _, carl, link := pair(t)
		before := dump(t, h)
		for _, body := range []string{"", "List-Unsubscribe=", "List-Unsubscribe=Two-Clicks", "choice=", "choice=none", "event=1", "%", "\x00", "{}", "List-Unsubscribe[]=One-Click"} {
			for _, contentType := range []string{"application/x-www-form-urlencoded", "application/json", ""} {
				if r := h.bare(link, contentType, body); r.Status < 400 || r.Status >= 500 {
					t.Errorf("%q as %q: %d", body, contentType, r.Status)
				}
			}
		}
		if r := h.bare(link, otherMulti, otherBody); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("multipart: %d", r.Status)
		}
		if d := differences(before, dump(t, h)); d != "" {
			t.Errorf("changed\n%s", d)
		}
		if s := h.state(carl).State; s != consent.OptedIn {
			t.Errorf("consent %s", s)
		}
	})
	t.Run("from wherever a browser says it comes", func(t *testing.T) {
		h, _, _, carl, link := pair(t)
		h.from(link, "List-Unsubscribe=One-Click", "Origin", "null", "Sec-Fetch-Site", "cross-site").wants(t, http.StatusOK)
		if s := h.state(carl).State; s != consent.OptedOut {
			t.Errorf("consent %s", s)
		}
	})
}

// from is a form's POST with these headers.
func (h *house) from(path, body string, header ...string) reply {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return h.visitor().do(r)
}

// A token can stop mail however it comes; what opens it again asks a person on our own page.
func TestOpeningAgainAsksAPerson(t *testing.T) {
	h, _, _, carl, link := pair(t)
	event := h.confirmOut(link).hidden(t, "event")
	before := dump(t, h)
	paths := []string{"/opt-in", "/undo", "/again", "/looking"}
	t.Run("not another site", func(t *testing.T) {
		for _, path := range paths {
			for _, header := range [][]string{
				{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}, {"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"},
				{"Origin", "null", "Sec-Fetch-Site", "cross-site"},
			} {
				h.from(link+path, "event="+event, header...).wants(t, http.StatusForbidden, "came from another website")
			}
		}
	})
	t.Run("not a mail program", func(t *testing.T) {
		for _, path := range paths {
			for _, header := range [][]string{nil, {"Content-Type", ""}, {"Sec-Fetch-Site", "same-origin"}} {
				h.from(link+path, "List-Unsubscribe=One-Click&event="+event, header...).wants(t, http.StatusUnprocessableEntity, "can only stop mail")
			}
		}
	})
	if d := differences(before, dump(t, h)); d != "" {
		t.Fatalf("changed\n%s", d)
	}
	t.Run("but any browser on our own page", func(t *testing.T) {
		for _, header := range [][]string{
			{"Origin", "null", "Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "same-origin"}, {"Origin", "null"}, {"Origin", "http://porchlight.test"}, nil,
		} {
			event := h.confirmOut(link).hidden(t, "event")
			h.from(link+"/undo", "event="+event, header...).wants(t, http.StatusOK, "Undone")
			h.confirmOut(link)
			h.from(link+"/opt-in", "choice=all", header...).wants(t, http.StatusOK, "You are opted in")
			if s := h.state(carl).State; s != consent.OptedIn {
				t.Errorf("%q: consent %s", header, s)
			}
		}
	})
}

func TestTokens(t *testing.T) {
	h, _, _, carl, link := pair(t)
	token := strings.TrimPrefix(link, "/u/")
	other := h.ledger.Sign(consent.Link{Client: carl.ID + 1, Agent: carl.AgentID, Hash: h.ledger.Hash("carl@example.com")})
	var bad []string
	for i := range token { // every single character changed
		changed := "A"
		if token[i] == 'A' {
			changed = "B"
		}
		bad = append(bad, token[:i]+changed+token[i+1:])
	}
	for _, n := range []int{1, 2, len(token) / 2, len(token) - 1} {
		bad = append(bad, token[:n])
	}
	bad = append(bad, token+"A", token+token, token[:len(token)/2]+other[len(other)/2:], "x", "%20", ".", "1", strings.Repeat("A", 9000), "%00", "١٢٣")
	before := dump(t, h)
	var page string
	for _, forged := range bad {
		for _, suffix := range []string{"", "/opt-in"} {
			r := h.visitor().Get("/u/" + forged + suffix)
			if r.Status != http.StatusNotFound {
				t.Errorf("%s%s: %d", forged, suffix, r.Status)
			}
			if page == "" {
				page = r.Body
			}
			if r.Body != page {
				t.Errorf("another page for %s%s", forged, suffix)
			}
		}
		for _, suffix := range []string{"", "/opt-in", "/pause", "/undo"} {
			r := h.bare("/u/"+forged+suffix, "application/x-www-form-urlencoded", "List-Unsubscribe=One-Click&choice=all&until=2026-12-01&event=1")
			if r.Status != http.StatusNotFound {
				t.Errorf("POST %s%s: %d", forged, suffix, r.Status)
			}
		}
	}
	if d := differences(before, dump(t, h)); d != "" {
		t.Errorf("a forged token changed\n%s", d)
	}
	if !strings.Contains(page, "This link is not complete") {
		t.Error(page)
	}

	t.Run("replayed, they go on working", func(t *testing.T) {
		for range 3 {
			h.confirmOut(link)
			h.visitor().Post(link+"/opt-in").wants(t, http.StatusOK, "You are opted in")
		}
		h.pass(10 * 365 * 24 * time.Hour)
		h.confirmOut(link)
	})
}

func TestScanners(t *testing.T) {
	h, _, _, _, link := pair(t)
	_, raw := h.got("carl@example.com")
	raw = html.UnescapeString(readable(raw))
	paths := map[string]bool{link + "/opt-in": true, link + "/undo": true, link + "/pause": true}
	for _, found := range regexp.MustCompile(`http://porchlight\.test(/[^\s"'<>)]*)`).FindAllStringSubmatch(raw, -1) {
		paths[found[1]] = true
	}
	if !paths[link] {
		t.Fatalf("%v in\n%s", paths, raw)
	}
	before := dump(t, h)
	for path := range paths {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodGet} {
			h.visitor().do(httptest.NewRequest(method, path+"?choice=all&List-Unsubscribe=One-Click", nil))
		}
	}
	if d := differences(before, dump(t, h)); d != "" {
		t.Errorf("looking changed\n%s", d)
	}
	h.confirmOut(link) // and the person's own click still works
}
