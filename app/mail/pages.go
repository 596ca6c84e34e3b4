package mail

import (
	"bytes"
	"fmt"
	htmltemplate "html/template"
	"io"
	"slices"
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
	Lead        []string // its lines
	Rich        htmltemplate.HTML
	Plain       string
	Paragraphs  [][]string // of a note, by lines
	Action, URL string

	Live, Dead, End htmltemplate.HTML // between the first two stands what only a real letter has, before End what only a test
	Unsubscribe     string
	Homes           htmltemplate.HTML // where they stand; empty: there are none
	OneHome         bool
	Total           int // of the homes on the letter's page, where they are more than stand here; else 0
	HomesLink       htmltemplate.HTMLAttr
	HomesURL        string
	Disclaimers     []string
	Lookouts        htmltemplate.HTML // where it is said which auto emails it is of; empty: of none
	Asks            bool
	Answer          string // the words of the button that answers what the letter asks; empty: it asks nothing
	AnswerLink      htmltemplate.HTMLAttr
	AnswerURL       string
}

// sheetKey is what a sheet is made of.
type sheetKey struct {
	house                                  House
	name, phone, signature, subject, words string
	homes, total                           int // homes 2: more than one
	foot, lead                             string
	lookouts, looking, asks                bool
}

// sheets keeps some, so that a run of letters that differ in their homes alone renders the rest once.
type sheets struct {
	mu   sync.Mutex
	held map[sheetKey]*Card
}

const sheetsHeld = 32

func (f *sheets) find(key sheetKey) (*Card, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found, ok := f.held[key]
	return found, ok
}

func (f *sheets) keep(key sheetKey, made *Card) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held == nil || len(f.held) >= sheetsHeld {
		f.held = make(map[sheetKey]*Card, sheetsHeld)
	}
	f.held[key] = made
}

// sheet renders what a letter's sheet shows, or finds it. Faults: Invalid (message).
func (r *Renderer) sheet(l Letter, foot []string) (*Card, error) {
	total := 0
	if l.Total > len(l.Homes) && len(l.Homes) > 0 {
		total = l.Total
	}
	key := sheetKey{l.House, l.AgentName, l.AgentPhone, l.Signature, l.Subject, l.Markdown, min(len(l.Homes), 2), total, strings.Join(foot, "\x00"), l.Lead, len(l.Lookouts) > 0, l.Looking, l.Asks}
	if found, ok := r.sheets.find(key); ok {
		return found, nil
	}
	rich, plain, err := readMarkdown(l.Markdown)
	if err != nil {
		return nil, wrongMessage("%s", err)
	}
	if !visible(plain) && !visible(l.Lead) && len(l.Homes) == 0 {
		return nil, wrongMessage("Write something first.")
	}
	p := page{House: l.House, Postal: oneLined(l.House.PostalAddress), Subject: l.Subject, AgentName: l.AgentName, AgentPhone: l.AgentPhone,
		Signature: signature(l), Rich: htmltemplate.HTML(rich), Plain: plain, Disclaimers: foot,
		Live: liveMark, Dead: deadMark, End: endMark, Unsubscribe: unsubscribeSlot}
	if len(l.Lookouts) > 0 {
		p.Lookouts = footMark
	}
	if l.Lead != "" {
		p.Lead = strings.Split(l.Lead, "\n")
	}
	if len(l.Homes) > 0 {
		p.Homes, p.OneHome, p.Total, p.HomesLink, p.HomesURL = homesMark, len(l.Homes) == 1, total, linkTo(letterSlot), letterSlot
	}
	switch {
	case l.Looking:
		p.Answer, p.AnswerURL = "Yes, I’m still looking", unsubscribeSlot+"/looking"
	case l.Asks:
		p.Asks, p.Answer, p.AnswerURL = true, "Say yes", unsubscribeSlot+"/opt-in"
	}
	p.AnswerLink = linkTo(p.AnswerURL)
	made, err := p.write(r.letterHTML, r.letterText)
	if err != nil {
		return nil, err
	}
	for _, one := range []part{made.html, made.text} {
		if one.has(unsubscribeLink) == 0 || one.has(homesPlace) != min(len(l.Homes), 1) || one.has(footPlace) != min(len(l.Lookouts), 1) {
			return nil, fmt.Errorf("mail: render: the template shows no unsubscribe link, no homes or no auto emails")
		}
	}
	r.sheets.keep(key, made)
	return made, nil
}

// write renders both parts.
func (p page) write(rich, plain interface{ Execute(io.Writer, any) error }) (*Card, error) {
	var written bytes.Buffer
	made := &Card{}
	if err := rich.Execute(&written, p); err != nil {
		return nil, fmt.Errorf("mail: render: %w", err)
	}
	made.html, made.size = cut(written.String())
	written.Reset()
	if err := plain.Execute(&written, p); err != nil {
		return nil, fmt.Errorf("mail: render: %w", err)
	}
	made.text, _ = cut(written.String())
	if err := made.html.check(); err != nil {
		return nil, err
	}
	made.seal()
	return made, made.text.check()
}

// fill makes the body of a sheet, homes and a foot, all of which is checked already.
func (t *Template) fill(sheet *Card, homes []*Card, under foot) {
	t.sheet, t.homes, t.foot = sheet, slices.Clone(homes), under
	content := [][]byte{t.head}
	if t.shares() {
		for _, c := range t.Cards() {
			content = append(content, c.sum[:])
		}
		for _, p := range []part{under.html, under.text} {
			for i := range p {
				content = append(content, p[i].text)
			}
		}
	} else { // so it has always been, and the bytes should not change
		content = append(content, sheet.html[len(sheet.html)-1].text, sheet.html[0].text, sheet.text[0].text)
	}
	t.boundary = boundary(content...)
	t.measure()
}
