package listings_test

import (
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

func TestTilesAreKeptAndTakenAway(t *testing.T) {
	d := open(t)
	load := func() listings.Tiles {
		t.Helper()
		tiles, err := listings.LoadTiles(t.Context(), d.store.Read)
		if err != nil {
			t.Fatal(err)
		}
		return tiles
	}
	if got := load(); got.Template != "" || got.Host() != "" {
		t.Errorf("at first: %+v", got)
	}
	for _, template := range []string{"https://tiles.example.org/{z}/{x}/{y}.png", "http://10.0.0.7:8080/tile/{z}/{y}/{x}{r}?key=a"} {
		if _, err := listings.SaveTiles(t.Context(), d.store.Write, listings.Tiles{Template: template, Credit: "  ©  Somebody "}); err != nil {
			t.Fatal(template, err)
		}
		if got := load(); got.Template != template || got.Credit != "© Somebody" {
			t.Errorf("%+v", got)
		}
	}
	if got := load().Tile(3, 4, 5); got != "http://10.0.0.7:8080/tile/3/5/4?key=a" {
		t.Error(got)
	}
	if got := load().Host(); got != "http://10.0.0.7:8080" {
		t.Error(got)
	}
	if _, err := listings.SaveTiles(t.Context(), d.store.Write, listings.Tiles{Credit: "nobody"}); err != nil {
		t.Fatal(err)
	}
	if got := load(); got.Template != "" || got.Credit != "" {
		t.Errorf("emptied: %+v", got)
	}
}

// FuzzTiles: whatever is typed, what is saved names one host that can stand in a Content-Security-Policy.
func FuzzTiles(f *testing.F) {
	for _, seed := range []string{"https://tiles.example.org/{z}/{x}/{y}.png", "https://a;script-src *//{z}{x}{y}", "https://h/{z}/{x}/{y} ", "https://ä.example/{z}/{x}/{y}", "https://[::1]/{z}/{x}/{y}", "//h/{z}{x}{y}", "https://h,x/{z}{x}{y}",
		"https://h:99999/{z}{x}{y}", "HTTPS://H/{z}{x}{y}", "https:/{z}/{x}/{y}", "https://{z}/{x}/{y}", "https://h?{z}{x}{y}", "https://h#{z}{x}{y}", "\x00", "https:{z}{x}{y}//h"} {
		f.Add(seed, "© Somebody")
	}
	f.Add("https://h/{z}/{x}/{y}", "©\x00 \xff Somebody")
	d := open(f)
	f.Fuzz(func(t *testing.T, template, credit string) {
		saved, err := listings.SaveTiles(t.Context(), d.store.Write, listings.Tiles{Template: template, Credit: credit})
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		host := saved.Host()
		if saved.Template == "" && host == "" {
			return
		}
		name := strings.TrimPrefix(strings.TrimPrefix(host, "https://"), "http://")
		if name == host || name == "" || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789.-:") != "" {
			t.Errorf("%q lets pages show pictures from %q", template, host)
		}
		if tile := saved.Tile(1, 2, 3); !strings.HasPrefix(strings.ToLower(tile), strings.ToLower(host)) || strings.ContainsAny(tile, "{} \"'<>;\n") {
			t.Errorf("%q asks for %q", template, tile)
		}
	})
}
