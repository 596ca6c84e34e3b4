package mail

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	"sync"
)

// page is what the templates of letters and notes are given.
type page struct {
	House       House
	Postal      string // the postal address on one line
	Subject     string
	AgentName   string
	AgentPhone  string
	Signature   []string // its lines
	Rich        htmltemplate.HTML
	Plain       string
	Paragraphs  [][]string // of a note, by lines
	Action, URL string

	Live, Dead, End htmltemplate.HTML // between the first two stands what only a real letter has, before End what only a test
	Unsubscribe     string
	Homes           htmltemplate.HTML // where they stand; empty: there are none
	OneHome         bool
	HomesLink       htmltemplate.HTMLAttr
	HomesURL        string
	Disclaimers     []string
}

// sheet is all of a letter but its headers and homes.
type sheet struct {
	html, text part
	size       int // of the HTML
}

// sheetKey is what a sheet is made of.
type sheetKey struct {
	house                                  House
	name, phone, signature, subject, words string
	homes                                  int // 2: more than one
	foot                                   string
}

// sheets keeps some, so that a run of letters that differ in their homes alone renders the rest once.
type sheets struct {
	mu   sync.Mutex
	held map[sheetKey]sheet
}

const sheetsHeld = 32

func (f *sheets) find(key sheetKey) (sheet, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found, ok := f.held[key]
	return found, ok
}

func (f *sheets) keep(key sheetKey, made sheet) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held == nil || len(f.held) >= sheetsHeld {
		f.held = make(map[sheetKey]sheet, sheetsHeld)
	}
	f.held[key] = made
}

// sheet renders what a letter's sheet shows, or finds it. Faults: Invalid (message).
func (r *Renderer) sheet(l Letter, foot []string) (sheet, error) {
	key := sheetKey{l.House, l.AgentName, l.AgentPhone, l.Signature, l.Subject, l.Markdown, min(len(l.Homes), 2), strings.Join(foot, "\x00")}
	if found, ok := r.sheets.find(key); ok {
		return found, nil
	}
	rich, plain, err := readMarkdown(l.Markdown)
	if err != nil {
		return sheet{}, wrongMessage("%s", err)
	}
	if !visible(plain) && len(l.Homes) == 0 {
		return sheet{}, wrongMessage("Write something first.")
	}
	p := page{House: l.House, Postal: oneLined(l.House.PostalAddress), Subject: l.Subject, AgentName: l.AgentName, AgentPhone: l.AgentPhone,
		Signature: signature(l), Rich: htmltemplate.HTML(rich), Plain: plain, Disclaimers: foot,
		Live: liveMark, Dead: deadMark, End: endMark, Unsubscribe: unsubscribeSlot}
	if len(l.Homes) > 0 {
		p.Homes, p.OneHome, p.HomesLink, p.HomesURL = homesMark, len(l.Homes) == 1, linkTo(letterSlot), letterSlot
	}
	made, err := p.write(r.letterHTML, r.letterText)
	if err != nil {
		return sheet{}, err
	}
	for _, one := range []part{made.html, made.text} {
		if one.has(unsubscribeLink) == 0 || one.has(homesPlace) != min(len(l.Homes), 1) {
			return sheet{}, fmt.Errorf("mail: render: the template shows no unsubscribe link, or no homes")
		}
	}
	r.sheets.keep(key, made)
	return made, nil
}

// write renders both parts.
func (p page) write(rich, plain interface{ Execute(io.Writer, any) error }) (made sheet, err error) {
	var written bytes.Buffer
	if err := rich.Execute(&written, p); err != nil {
		return made, fmt.Errorf("mail: render: %w", err)
	}
	made.html, made.size = cut(written.String())
	written.Reset()
	if err := plain.Execute(&written, p); err != nil {
		return made, fmt.Errorf("mail: render: %w", err)
	}
	made.text, _ = cut(written.String())
	if err := made.html.check(); err != nil {
		return made, err
	}
	return made, made.text.check()
}

// fill makes the body of a sheet and homes, all of which is checked already.
func (t *Template) fill(f sheet, homes gathered) {
	t.html, t.text = f.html.with(homes.html), f.text.with(homes.text)
	t.boundary = boundary(t.head, t.html[len(t.html)-1].text, t.html[0].text, t.text[0].text, homes.sums)
	t.measure()
}
