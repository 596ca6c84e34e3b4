package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porchlight/static"
)

func TestReadyz_says_when_the_database_can_not_write(t *testing.T) {
	h := open(t)
	if h.store.SkipLocked != "" {
		t.Skip("only a SQLite file can be kept from growing")
	}
	v := h.visitor()
	ready := func(status int, words string) {
		t.Helper()
		if r := v.Get("/readyz"); r.Status != status || !strings.Contains(r.Body, words) {
			t.Fatalf("%d %q, want %d %q", r.Status, r.Body, status, words)
		}
	}
	exec := func(sql string) {
		t.Helper()
		if _, err := h.store.Write.ExecContext(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec("VACUUM") // no free pages
	exec("PRAGMA max_page_count = 1")
	ready(http.StatusServiceUnavailable, "the database can't write: is the disk full?")
	exec("PRAGMA max_page_count = 1000000")
	ready(http.StatusServiceUnavailable, "the disk") // the verdict stands for a while
	h.pass(31 * time.Second)
	ready(http.StatusOK, "ready")
	h.pass(31 * time.Second)
	ready(http.StatusOK, "ready")
	exec("VACUUM")
	exec("PRAGMA max_page_count = 1")
	h.pass(20 * time.Second)
	ready(http.StatusOK, "ready")
	h.pass(20 * time.Second)
	ready(http.StatusServiceUnavailable, "the disk")
}

func TestReadyz_leaves_nothing_behind(t *testing.T) {
	h := open(t)
	for range 3 {
		if r := h.visitor().Get("/readyz"); r.Status != http.StatusOK {
			t.Fatal(r.Status, r.Body)
		}
		h.pass(time.Minute)
	}
	var n int
	if err := h.store.Read.NewRaw("SELECT count(*) FROM sign_in_limits").Scan(t.Context(), &n); err != nil || n != 0 {
		t.Fatal(n, "rows", err)
	}
}

// A stylesheet is a fifth as long in gzip, and a phone in a kitchen asks for it first. Who can't read that gets it plain.
func TestAssetsArePackedForThoseWhoAsk(t *testing.T) {
	h := open(t)
	asset, _ := static.Open(static.Path("app.css"))
	for accepts, packed := range map[string]bool{"gzip, deflate, br, zstd": true, "gzip": true, "": false, "br": false, "gzip;q=0": false, "identity": false} {
		r := httptest.NewRequest(http.MethodGet, static.Path("app.css"), nil)
		if accepts != "" {
			r.Header.Set("Accept-Encoding", accepts)
		}
		response, err := h.server.App().Test(r, -1)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if is := response.Header.Get("Content-Encoding") == "gzip"; is != packed || !strings.Contains(response.Header.Get("Vary"), "Accept-Encoding") {
			t.Errorf("%q: %v", accepts, response.Header)
		}
		if packed {
			unpack, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(unpack); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(body, asset.Content()) {
			t.Errorf("%q: other content", accepts)
		}
	}
}
