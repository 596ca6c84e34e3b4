package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/listings"
	"porchlight/app/photos"
	"porchlight/app/web"
)

// drawing hangs a drawing on a home and returns its address.
func drawing(t *testing.T, h *house, cache *photos.Cache) string {
	t.Helper()
	home := listings.Listing{FeedID: 1, ListingKey: "K1", StandardStatus: listings.Active, ListedAt: h.clock(), ChangedAt: h.clock(), CreatedAt: h.clock()}
	if _, err := h.store.Write.NewInsert().Model(&home).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := cache.Put(t.Context(), h.store.Write, home.ID, 1, "The front", []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), h.clock()); err != nil {
		t.Fatal(err)
	}
	var p listings.Photo
	if err := h.store.Read.NewSelect().Model(&p).Where("listing_id = ?", home.ID).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	return photos.Sources(p).Src
}

func TestAPhotoIsServedToAnybodyForEverAndRunsNothing(t *testing.T) {
	var cache *photos.Cache
	h := open(t, func(o *web.Options) { cache = o.Photos })
	h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	at := drawing(t, h, cache)
	r := h.visitor().Get(at)
	r.wants(t, http.StatusOK, "<svg")
	for name, want := range map[string]string{
		"Content-Type": "image/svg+xml", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if head := h.visitor().do(httptest.NewRequest(http.MethodHead, at, nil)); head.Status != http.StatusOK || head.Body != "" {
		t.Errorf("HEAD: %d %q", head.Status, head.Body)
	}
	for _, bad := range []string{"/photos/" + strings.Repeat("0", 32) + ".svg", "/photos/..%2f..%2fporchlight.db", "/photos/x", at + ".svg"} {
		r := h.visitor().Get(bad)
		r.wants(t, http.StatusNotFound, "Nothing here")
		if r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %q", bad, r.Header.Get("Cache-Control"))
		}
	}
}

func TestOnlyPagesOfHomesMayShowPhotosFromAFeedsHosts(t *testing.T) {
	h := open(t)
	maya := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	if _, err := h.store.Write.Exec("INSERT INTO feeds (id, name, preset, settings, secrets, paused, created_at, version) VALUES (7, 'Feed', 'plain', '{}', '', ?, ?, 1)", true, h.clock()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.Write.Exec("INSERT INTO photo_hosts (feed_id, host) VALUES (7, 'cdn.example.com')"); err != nil {
		t.Fatal(err)
	}
	for path, shows := range map[string]bool{"/listings": true, "/clients": false, "/": false, "/settings": false} {
		policy := maya.Get(path).Header.Get("Content-Security-Policy")
		if strings.Contains(policy, "img-src 'self' data: https://cdn.example.com;") != shows {
			t.Errorf("%s: %s", path, policy)
		}
	}
}
