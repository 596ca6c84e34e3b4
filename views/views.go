// Package views holds every page, fragment and letter as files and renders the pages. A template is named by its path
// without the ending ("clients/_row"); one file is one template. A page is rendered inside a layout by the layout
// itself calling include, so a page and a fragment take the same way and may run at the same time.
package views

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"

	"github.com/gofiber/template/html/v2"
)

//go:embed all:layouts all:shared all:errors all:home all:sessions all:setup all:settings all:clients all:consents all:mailings all:outbox all:mailbox all:imports all:listings all:feeds all:homes all:searches all:concierge all:digests all:lookouts all:portal
var pages embed.FS

//go:embed letters
var letters embed.FS

// Letters are the templates of mail.
func Letters() fs.FS {
	sub, err := fs.Sub(letters, "letters")
	if err != nil {
		panic(err) // the folder is named above
	}
	return sub
}

// Engine renders views. It satisfies fiber.Views by shape.
//
// Why not the engine's own Render: its layout argument keeps the embedded page in a function map that all templates
// share, so a fragment rendered meanwhile breaks the page, and layouts hold one lock for their whole time.
type Engine struct{ *html.Engine }

// New parses all views with these functions; a view that does not parse or can't be escaped is an error here, not on a
// visitor's screen.
func New(funcs template.FuncMap) (*Engine, error) {
	e := &Engine{html.NewFileSystem(http.FS(pages), ".html")}
	e.AddFuncMap(funcs)
	e.AddFunc("include", e.include)
	if err := e.Load(); err != nil {
		return nil, fmt.Errorf("views: %w", err)
	}
	// Escaping happens at the first run and is not safe beside other runs, so every view has its first run here.
	for _, t := range e.Templates.Templates() {
		if err := t.Execute(io.Discard, nil); err != nil && escapeError(err) {
			return nil, fmt.Errorf("views: %s: %w", t.Name(), err)
		}
	}
	return e, nil
}

func escapeError(err error) bool {
	_, is := err.(*template.Error)
	return is
}

// Render writes a view. Layouts are views too; the layout argument that Fiber hands on is not used.
func (e *Engine) Render(w io.Writer, name string, data any, _ ...string) error {
	return e.Templates.ExecuteTemplate(w, name, data)
}

// include renders a view into another one.
func (e *Engine) include(name string, data any) (template.HTML, error) {
	if name == "" {
		return "", nil
	}
	var out bytes.Buffer
	if err := e.Templates.ExecuteTemplate(&out, name, data); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil // escaped by its own template
}

// Names lists every view.
func (e *Engine) Names() []string {
	var names []string
	for _, t := range e.Templates.Templates() {
		if t.Name() != "" {
			names = append(names, t.Name())
		}
	}
	return names
}
