package mail

import (
	"fmt"
	"hash/fnv"
	"io"
	"mime/quotedprintable"
	"strings"
	"time"

	"porchlight/app/address"
	"porchlight/app/fault"
)

// Template is a rendered message but for what is each recipient's own. It can be kept and read back, so that a letter
// tried again has the same bytes. All of it is encoded already: making a message is copying and patching.
type Template struct {
	kind       byte
	postal     bool   // the brokerage's postal address is in it
	from       string // envelope sender
	head, tail []byte // the headers before and after the recipient's
	boundary   string
	html, text part
}

const (
	kindLetter = 'L'
	kindNote   = 'N'
)

// part is one body part in quoted-printable. Between head and tail stands live, with the unsubscribe link between its
// pieces, or dead, where there is no link.
type part struct {
	head, dead, tail []byte
	live             [][]byte
}

// newPart finds what the two renderings, with a link and without, do not share.
func newPart(live, dead string) part {
	live, dead = lines(live), lines(dead)
	a := 0
	for a < len(live) && a < len(dead) && live[a] == dead[a] {
		a++
	}
	z := 0
	for z < len(live)-a && z < len(dead)-a && live[len(live)-1-z] == dead[len(dead)-1-z] {
		z++
	}
	p := part{
		head: appendQuoted(nil, live[:a]),
		dead: appendQuoted(nil, dead[a:len(dead)-z]),
		tail: appendQuoted(nil, live[len(live)-z:]),
	}
	for _, piece := range strings.Split(live[a:len(live)-z], slot) {
		p.live = append(p.live, appendQuoted(nil, piece))
	}
	return p
}

func (p *part) append(dst []byte, link string) []byte {
	dst = append(append(dst, p.head...), softBreak...)
	if link == "" {
		dst = append(dst, p.dead...)
	} else {
		for i, piece := range p.live {
			if i > 0 {
				dst = append(appendQuoted(append(dst, softBreak...), link), softBreak...)
			}
			dst = append(dst, piece...)
		}
	}
	dst = append(append(dst, softBreak...), p.tail...)
	return dst
}

func (p *part) decoded(link string) string {
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(string(p.append(nil, link)))))
	if err != nil {
		return "This letter can’t be shown."
	}
	return lines(string(text))
}

// size is how many bytes the part has at most when decoded, with a link of ordinary length.
func (p *part) size() int { return len(p.decoded(slot)) }

// HTML and Text are the two parts as the recipient would see them, with this unsubscribe link, for previews.
func (t *Template) HTML(unsubscribe string) string { return t.html.decoded(t.link(unsubscribe, true)) }

// Text is the plain part.
func (t *Template) Text(unsubscribe string) string { return t.text.decoded(t.link(unsubscribe, false)) }

// link is what fills the slot; nothing that could be more than a link.
func (t *Template) link(unsubscribe string, escaped bool) string {
	if t.kind != kindLetter || !webAddress(unsubscribe) {
		return ""
	}
	if escaped {
		return strings.ReplaceAll(unsubscribe, "&", "&amp;")
	}
	return unsubscribe
}

// From is the envelope sender.
func (t *Template) From() string { return t.from }

// Message makes the final bytes for one recipient; equal arguments give equal bytes. The error says what is wrong
// with this recipient or text, in words for the letter's row. Faults: Invalid, Denied (no postal address).
func (t *Template) Message(to Recipient) ([]byte, error) {
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
	b := make([]byte, 0, t.weight()+4*len(name)+6*len(to.Unsubscribe)+len(addr)+len(to.MessageID)+700)
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
	return t.appendBody(append(b, "\r\n"...), to.Unsubscribe), nil
}

func (t *Template) appendBody(b []byte, unsubscribe string) []byte {
	b = append(append(b, "--"...), t.boundary...)
	b = append(b, "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"...)
	b = t.text.append(b, t.link(unsubscribe, false))
	b = append(append(b, "\r\n--"...), t.boundary...)
	b = append(b, "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"...)
	b = t.html.append(b, t.link(unsubscribe, true))
	return append(append(append(b, "\r\n--"...), t.boundary...), "--\r\n"...)
}

// checkBody finds out once what Message need not ask for each recipient. A recipient's link can't change the answer: it
// is quoted on lines of its own.
func (t *Template) checkBody() error {
	for _, unsubscribe := range []string{"", slot} {
		if err := checkLines(t.appendBody(nil, unsubscribe)); err != nil {
			return err
		}
	}
	return nil
}

// weight is the bytes that all recipients share.
func (t *Template) weight() int {
	n := len(t.head) + len(t.tail) + 3*len(t.boundary)
	for _, p := range []*part{&t.html, &t.text} {
		n += len(p.head) + len(p.dead) + len(p.tail)
		for _, piece := range p.live {
			n += len(piece) + 2*len(softBreak)
		}
	}
	return n
}

// boundary is made from the content, so that equal letters are equal bytes. Quoted-printable never holds "=_".
func boundary(content ...[]byte) string {
	h := fnv.New64a()
	for _, b := range content {
		_, _ = h.Write(b)
	}
	return fmt.Sprintf("=_%016x", h.Sum64())
}
