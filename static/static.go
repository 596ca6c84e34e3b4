// Package static owns what browsers fetch beside the pages: the stylesheet, the script, fonts, icons and htmx, all
// embedded. It promises that an address names its content: it carries a hash, so it may be cached for ever and a new
// build is seen at once. It never reads a file while serving.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

// FS holds the assets as they are in this folder, with the licences of those made by others.
//
//go:embed *.css *.js *.svg *.txt fonts
var FS embed.FS

// Files with their version in the name.
const (
	Icons = "icons-1.62.0.svg"  // a sprite: <use href="…#check">
	Htmx  = "htmx-4.0.1.min.js" // unchanged from npm
)

// prefix is where the assets are mounted.
const prefix = "/static/"

var served = load(read(FS))

// Path returns the address of an asset, such as /static/app.0123456789ab.css for app.css. A name that is not embedded
// is a mistake in a view and panics.
func Path(name string) string {
	hashed, ok := served.names[name]
	if !ok {
		panic("static: no asset " + name)
	}
	return prefix + hashed
}

// Open returns the asset at an address that Path gave, with or without /static/ before it. An old hash or an unhashed
// name is not found.
func Open(hashed string) (Asset, bool) {
	a, ok := served.files[strings.TrimPrefix(hashed, prefix)]
	return a, ok
}

// Asset is what is served at an address. Text is kept packed only: that is how nearly every browser wants it, and a fifth
// of the memory.
type Asset struct {
	Type   string // as the header Content-Type has it
	packed []byte // in gzip; nil: it would not be smaller
	plain  []byte // where packed is nil
}

// Gzip returns the content in gzip, nil where that would not be smaller.
func (a Asset) Gzip() []byte { return a.packed }

// Content returns the content as it is.
func (a Asset) Content() []byte {
	if a.packed == nil {
		return a.plain
	}
	r, err := gzip.NewReader(bytes.NewReader(a.packed))
	if err == nil {
		var content []byte
		if content, err = io.ReadAll(r); err == nil {
			return content
		}
	}
	panic("static: " + err.Error()) // pack wrote it
}

// pack makes the asset of a content.
func pack(content []byte, kind string) Asset {
	if kind == fontType { // packed inside already
		return Asset{Type: kind, plain: content}
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(content)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic("static: " + err.Error()) // a buffer takes everything
	}
	return Asset{Type: kind, packed: bytes.Clone(packed.Bytes())}
}

type assets struct {
	names map[string]string // as written → as served
	files map[string]Asset  // as served
}

// cssURL finds what a stylesheet refers to. Ours never quote addresses and never refer outside this folder.
var cssURL = regexp.MustCompile(`url\(([^)'"]+)\)`)

// load names every asset by its content. Stylesheets come last: they carry the names of fonts, so a new font makes a
// new stylesheet too.
func load(raw map[string][]byte) assets {
	a := assets{names: map[string]string{}, files: map[string]Asset{}}
	for name, content := range raw {
		if path.Ext(name) != ".css" {
			a.add(name, content)
		}
	}
	for name, content := range raw {
		if path.Ext(name) != ".css" {
			continue
		}
		a.add(name, cssURL.ReplaceAllFunc(content, func(ref []byte) []byte {
			target := string(cssURL.FindSubmatch(ref)[1])
			hashed, ok := a.names[target]
			if !ok {
				panic("static: " + name + " refers to " + target + ", which is not here")
			}
			return []byte("url(" + hashed + ")")
		}))
	}
	return a
}

func (a assets) add(name string, content []byte) {
	sum := sha256.Sum256(content)
	ext := path.Ext(name)
	hashed := strings.TrimSuffix(name, ext) + "." + hex.EncodeToString(sum[:])[:12] + ext
	a.names[name] = hashed
	a.files[hashed] = pack(content, contentType(ext))
}

const fontType = "font/woff2"

// contentType is spelt out because the system's table of types differs from machine to machine.
func contentType(ext string) string {
	switch ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return fontType
	}
	return "text/plain; charset=utf-8"
}

// read returns every file of a file system by its path.
func read(from fs.FS) map[string][]byte {
	all := map[string][]byte{}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		all[name], err = fs.ReadFile(from, name)
		return err
	})
	if err != nil {
		panic("static: " + err.Error()) // embedded files can always be read
	}
	return all
}
