package static_test

import (
	"bytes"
	"io/fs"
	"regexp"
	"strings"
	"testing"

	"porchlight/static"
)

func names(t *testing.T) []string {
	t.Helper()
	var all []string
	err := fs.WalkDir(static.FS, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d files are embedded: %v", len(all), all)
	}
	return all
}

func TestEveryAssetOpensAtItsAddress(t *testing.T) {
	shape := regexp.MustCompile(`^/static/[\w/.-]+\.[0-9a-f]{12}\.\w+$`)
	for _, name := range names(t) {
		at := static.Path(name)
		if !shape.MatchString(at) {
			t.Errorf("%s is served at %s", name, at)
		}
		asset, ok := static.Open(at)
		content := asset.Content()
		if !ok || len(content) == 0 || asset.Type == "" {
			t.Errorf("%s does not open at %s", name, at)
		}
		if packed := asset.Gzip(); len(packed) >= len(content) || packed == nil != strings.HasSuffix(name, ".woff2") {
			t.Errorf("%s has %d octets, in gzip %d", name, len(content), len(packed))
		}
		if short, ok := static.Open(strings.TrimPrefix(at, "/static/")); !ok || !bytes.Equal(short.Content(), content) {
			t.Errorf("%s does not open without /static/", at)
		}
		raw, err := static.FS.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(name, ".css") && !bytes.Equal(raw, content) {
			t.Errorf("%s is served changed", name)
		}
	}
}

func TestTypesAreThoseBrowsersInsistOn(t *testing.T) {
	for name, want := range map[string]string{
		"app.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", static.Htmx: "text/javascript; charset=utf-8",
		static.Icons: "image/svg+xml", "fonts/figtree-5.3.0-latin-wght-normal.woff2": "font/woff2", "fonts/figtree-5.3.0.OFL.txt": "text/plain; charset=utf-8",
	} {
		if asset, _ := static.Open(static.Path(name)); asset.Type != want {
			t.Errorf("%s is %q, want %q", name, asset.Type, want)
		}
	}
}

func TestNothingElseOpens(t *testing.T) {
	for _, at := range []string{"", "/", "/static/", "/static/app.css", "app.css", "/static/app.000000000000.css", "/static/static.go", "/static/../go.mod", "/static/fonts", "/static/fonts/"} {
		if _, ok := static.Open(at); ok {
			t.Errorf("%q opens", at)
		}
	}
}

func TestAMisspeltNamePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Path made up an address")
		}
	}()
	static.Path("ap.css")
}

// The stylesheet asks for its fonts by their served names, relative to itself.
func TestTheStylesheetFindsWhatItRefersTo(t *testing.T) {
	css, _ := static.Open(static.Path("app.css"))
	refs := regexp.MustCompile(`url\(([^)]*)\)`).FindAllSubmatch(css.Content(), -1)
	if len(refs) != 4 {
		t.Fatalf("%d references, want the four fonts", len(refs))
	}
	for _, ref := range refs {
		if font, ok := static.Open("/static/" + string(ref[1])); !ok || font.Type != "font/woff2" {
			t.Errorf("%s is not served", ref[1])
		}
	}
}

// The content security policy lets nothing be written inline, so what the browser may run and draw is all here.
func TestNothingComesFromElsewhere(t *testing.T) {
	far := regexp.MustCompile(`(?:https?:)?//[a-z]|@import|\beval\(|new Function|\.innerHTML`)
	for _, name := range []string{"app.css", "app.js", "map.js"} {
		content, _ := static.FS.ReadFile(name)
		for line := range strings.Lines(string(content)) {
			if strings.HasPrefix(strings.TrimSpace(line), "//") {
				continue
			}
			if m := far.FindString(line); m != "" {
				t.Errorf("%s: %q in %s", name, m, line)
			}
		}
	}
}

func TestEveryIconIsThereOnce(t *testing.T) {
	sprite, _ := static.Open(static.Path(static.Icons))
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`<symbol id="([a-z0-9-]+)"`).FindAllSubmatch(sprite.Content(), -1) {
		if seen[string(m[1])] {
			t.Errorf("%s twice", m[1])
		}
		seen[string(m[1])] = true
	}
	for _, want := range []string{"porchlight", "check", "ban", "mail-x", "triangle-alert"} {
		if !seen[want] {
			t.Errorf("no icon %s", want)
		}
	}
}
