package mail

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"porchlight/app/address"
	"porchlight/app/fault"
)

// Template is a rendered message but for what is each recipient's own. It can be kept and read back, so that a letter
// tried again has the same bytes. All of it is encoded already: making a message is copying and patching. Its sheet and
// homes are cards, which other letters share.
type Template struct {
	kind       byte
	postal     bool   // the brokerage's postal address is in it
	from       string // envelope sender
	head, tail []byte // the headers before and after the recipient's
	boundary   string
	sheet      *Card // all of it but its homes and its foot
	homes      []*Card
	foot       foot

	weight, homeLinks int // of these; see measure
}

const (
	kindLetter = 'L'
	kindNote   = 'N'
)

// HTML and Text are the two parts as this recipient would see them; as in a test where there is no unsubscribe link.
func (t *Template) HTML(to Recipient) string { return decoded(t.appendHTML(nil, to)) }

// Text is the plain part.
func (t *Template) Text(to Recipient) string { return decoded(t.appendText(nil, to)) }

// Cards are what it is kept without, because other letters have it too: its sheet and homes. A letter that has neither homes
// nor auto emails is kept whole.
func (t *Template) Cards() []*Card {
	if !t.shares() {
		return nil
	}
	return append([]*Card{t.sheet}, t.homes...)
}

func (t *Template) shares() bool { return len(t.homes) > 0 || t.foot.html != nil }

func (t *Template) appendHTML(dst []byte, to Recipient) []byte {
	dst, _ = t.sheet.html.append(dst, t.links(to, true), true, inside{t.homes, func(c *Card) part { return c.html }, t.foot.html})
	return dst
}

func (t *Template) appendText(dst []byte, to Recipient) []byte {
	dst, _ = t.sheet.text.append(dst, t.links(to, false), true, inside{t.homes, func(c *Card) part { return c.text }, t.foot.text})
	return dst
}

// HasHomes says whether a recipient needs a link to the letter's homes.
func (t *Template) HasHomes() bool { return t.homeLinks > 0 }

// links are what fills the slots: nothing that could be more than a link.
func (t *Template) links(to Recipient, escaped bool) (l links) {
	if t.kind != kindLetter || !webAddress(to.Unsubscribe) {
		return l
	}
	l.unsubscribe = quotedLink(to.Unsubscribe, escaped)
	if t.homeLinks > 0 && webAddress(to.Homes) {
		l.letter = quotedLink(to.Homes, escaped)
	}
	return l
}

func quotedLink(link string, escaped bool) []byte {
	if escaped {
		link = strings.ReplaceAll(link, "&", "&amp;")
	}
	return appendQuoted(make([]byte, 0, len(link)+len(link)/16+8), link)
}

// From is the envelope sender.
func (t *Template) From() string { return t.from }

// Message makes the final bytes for one recipient; equal arguments give equal bytes. The error says what is wrong
// with this recipient or text, in words for the letter's row. Faults: Invalid, Denied (no postal address).
func (t *Template) Message(to Recipient) ([]byte, error) { return t.MessageIn(nil, to) }

// MessageIn is Message in the place of other bytes, which are lost: a worker needs the room for one message at a time.
func (t *Template) MessageIn(room []byte, to Recipient) ([]byte, error) {
	if t.kind == 0 {
		return nil, fmt.Errorf("mail: message: no template")
	}
	a, err := address.Parse(to.Address)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%s", err)
	}
	addr, _ := a.ASCII()
	name := strings.TrimSpace(to.Name)
	if !oneLine(name) {
		return nil, fault.New(fault.Invalid, "There is a hidden character in the name. Type it again.")
	}
	if !token(to.MessageID) || strings.Count(to.MessageID, "@") != 1 || to.Date.IsZero() {
		return nil, fmt.Errorf("mail: message: %q and %v are no Message-ID and Date", to.MessageID, to.Date)
	}
	listed := t.kind == kindLetter && to.Unsubscribe != ""
	if listed {
		if !webAddress(to.Unsubscribe) {
			return nil, fmt.Errorf("mail: message: %q is no unsubscribe link", to.Unsubscribe)
		}
		if !t.postal {
			return nil, fault.New(fault.Denied, "Letters must show the brokerage’s postal address, and none is set. The broker can set it in Settings.")
		}
	}
	if listed && t.homeLinks > 0 && !webAddress(to.Homes) {
		return nil, fmt.Errorf("mail: message: %q is no link to a letter's homes", to.Homes)
	}
	b := slices.Grow(room[:0], t.weight+4*len(name)+6*len(to.Unsubscribe)+t.homeLinks*(len(to.Homes)+len(to.Homes)/16+8)+len(addr)+len(to.MessageID)+700)
	b = append(b, t.head...)
	b = appendAddress(b, "To", name, addr)
	b = to.Date.AppendFormat(append(b, "Date: "...), time.RFC1123Z)
	b = append(append(append(b, "\r\nMessage-ID: <"...), to.MessageID...), ">\r\n"...)
	if listed {
		b = append(append(append(b, "List-Unsubscribe: <"...), to.Unsubscribe...), ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"...)
	}
	b = append(b, t.tail...)
	b = append(append(b, "MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\""...), t.boundary...)
	b = append(b, "\"\r\n"...)
	if err := checkHead(b); err != nil {
		return nil, err
	}
	return t.appendBody(append(b, "\r\n"...), to), nil
}

func (t *Template) appendBody(b []byte, to Recipient) []byte {
	b = append(append(b, "--"...), t.boundary...)
	b = append(b, "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"...)
	b = t.appendText(b, to)
	b = append(append(b, "\r\n--"...), t.boundary...)
	b = append(b, "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"...)
	b = t.appendHTML(b, to)
	return append(append(append(b, "\r\n--"...), t.boundary...), "--\r\n"...)
}

// measure counts what Message makes room for.
func (t *Template) measure() {
	t.weight = len(t.head) + len(t.tail) + 3*len(t.boundary) + t.sheet.weight + t.foot.html.weight() + t.foot.text.weight()
	t.homeLinks = t.sheet.links
	for _, c := range t.homes {
		t.weight, t.homeLinks = t.weight+c.weight, t.homeLinks+c.links
	}
}

// boundary is made from the content, so that equal letters are equal bytes. Quoted-printable never holds "=_".
func boundary(content ...[]byte) string {
	h := fnv.New64a()
	for _, b := range content {
		_, _ = h.Write(b)
	}
	return fmt.Sprintf("=_%016x", h.Sum64())
}
