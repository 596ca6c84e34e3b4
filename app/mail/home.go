package mail

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	htmltemplate "html/template"
	"slices"
	"strings"
	"unicode/utf8"

	"porchlight/app/fault"
)

const (
	maxHomes = 25
	maxNote  = 1000 // characters
	maxFact  = 400  // characters of any other text of a home
	maxFoot  = 4000 // characters of a disclaimer
)

// Home is a home as a letter shows it, in words that are ready to be read. Empty ones are left out.
type Home struct {
	ID          int64  // names the home in the letter's own page
	Price       string // "$449,000"
	OldPrice    string // crossed out beside it
	Status      string
	Address     string // "12 Elm Street, Unit 3"
	Place       string // "Mystic, CT 06355"
	Facts       string // "3 beds · 2.5 baths · 1,840 sq ft"
	Type        string
	New         string // why it is in the letter: "Open house Sunday, 1 to 3 pm"
	Note        string // the agent's words for this home, plain text
	Attribution string // the listing firm and its contact (NAR policy 7.58)
	Source      string // "SmartMLS"
	DataTime    string // "22 November 2026, 08:10"
	Disclaimer  string // stands once at the foot, whatever number of homes has it
	PhotoURL    string // absolute; JPEG, for that is what every mail program shows; anything but a web address is left out

	PhotoWidth, PhotoHeight int // of the photo in pixels, for its shape; 0: unknown
}

// Card is what letters share, rendered once for any number of them: a home, or the sheet around homes. It is kept once,
// under its Sum, whatever number of them shows it.
type Card struct {
	html, text part
	size       int // of the HTML
	sum        CardSum
	disclaimer string

	weight, links int // see Template.measure
}

// CardSum names a card by what it is kept as.
type CardSum [sha256.Size]byte

// Sum names the card.
func (c *Card) Sum() CardSum { return c.sum }

// homePage is what the templates of a home are given.
type homePage struct {
	Home
	Notes           []string // the note's lines
	Link            htmltemplate.HTMLAttr
	Live, Dead, End htmltemplate.HTML
	URL             string
}

// Card renders a home. Faults: Invalid (note).
func (r *Renderer) Card(h Home) (*Card, error) {
	h.Note, h.Disclaimer = strings.TrimSpace(lines(h.Note)), strings.TrimSpace(lines(h.Disclaimer))
	var form fault.Form
	switch {
	case !manyLines(h.Note):
		form.Add("note", "There is a hidden character in this note. Type it again.")
	case utf8.RuneCountInString(h.Note) > maxNote:
		form.Add("note", "A note can have 1,000 characters at most.")
	}
	if err := form.Err(); err != nil {
		return nil, err
	}
	for _, s := range []string{h.Price, h.OldPrice, h.Status, h.Address, h.Place, h.Facts, h.Type, h.New, h.Attribution, h.Source, h.DataTime} {
		if !oneLine(s) || utf8.RuneCountInString(s) > maxFact {
			return nil, fault.New(fault.Invalid, "The home %q can’t stand in a letter: a part of its description is too long or has a hidden character in it.", h.Address)
		}
	}
	if !manyLines(h.Disclaimer) || utf8.RuneCountInString(h.Disclaimer) > maxFoot {
		return nil, fault.New(fault.Invalid, "The disclaimer of %s is too long for a letter or has a hidden character in it.", h.Source)
	}
	if h.ID <= 0 {
		return nil, fmt.Errorf("mail: card: no home has the number %d", h.ID)
	}
	if !webAddress(h.PhotoURL) {
		h.PhotoURL = ""
	}
	h.PhotoHeight = photoHeight(h.PhotoWidth, h.PhotoHeight)
	p := homePage{Home: h, Live: liveMark, Dead: deadMark, End: endMark, URL: fmt.Sprintf("%s#home-%d", letterSlot, h.ID)}
	p.Link = linkTo(p.URL)
	if h.Note != "" {
		p.Notes = strings.Split(h.Note, "\n")
	}
	c := &Card{disclaimer: h.Disclaimer}
	var rich, plain bytes.Buffer
	if err := r.homeHTML.Execute(&rich, p); err != nil {
		return nil, fmt.Errorf("mail: render a home: %w", err)
	}
	if err := r.homeText.Execute(&plain, p); err != nil {
		return nil, fmt.Errorf("mail: render a home: %w", err)
	}
	c.html, c.size = cut(rich.String())
	c.text, _ = cut(plain.String())
	if c.html.has(letterLink) == 0 || c.text.has(letterLink) == 0 {
		return nil, fmt.Errorf("mail: render a home: the template shows no link")
	}
	if err := c.html.check(); err != nil {
		return nil, err
	}
	if err := c.text.check(); err != nil {
		return nil, err
	}
	c.seal()
	return c, nil
}

// seal ends the making of a card.
func (c *Card) seal() {
	c.measure()
	c.sum = sha256.Sum256(c.Keep())
}

func (c *Card) measure() {
	c.weight, c.links = c.html.weight()+c.text.weight(), c.html.has(letterLink)+c.text.has(letterLink)
}

// photoHeight is how tall a photo stands in a letter, where it is 510 pixels wide: programs that know no other measures
// than its attributes must not bend it.
func photoHeight(width, height int) int {
	if width <= 0 || height <= 0 || height > 2*width || width > 4*height {
		return 340
	}
	return 510 * height / width
}

// linkTo is the attribute that makes a link of an element: in a test it is one without an address.
func linkTo(url string) htmltemplate.HTMLAttr {
	return htmltemplate.HTMLAttr(liveMark + `href="` + url + `"` + deadMark + endMark)
}

// disclaimers are those of a letter's homes, each once, and size what the homes add to its HTML.
func disclaimers(cards []*Card) (foot []string, size int) {
	for _, c := range cards {
		size += c.size
		if c.disclaimer != "" && !slices.Contains(foot, c.disclaimer) {
			foot = append(foot, c.disclaimer)
		}
	}
	return foot, size
}
