package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"unicode/utf8"
)

// part is one body part in quoted-printable, as pieces. Each piece was quoted by itself, begins in column 0 and is joined
// to the next by a soft break, so pieces of one letter can stand in another.
type part []piece

type piece struct {
	what byte
	text []byte // empty where what is a link
}

// What a piece is; the letters are part of the kept format.
const (
	always          = 'a'
	onlyLive        = 'l' // in a real letter, where links work
	onlyDead        = 'd' // in a test or preview
	unsubscribeLink = 'u' // filled in per recipient; not there in a test
	letterLink      = 'h'
	homesPlace      = '*' // of a sheet: the homes come here
	footPlace       = '+' // of a sheet: here is said which auto emails it is of
)

// Marks that the templates write between what real letters and tests have. No text of a letter can hold them: control
// characters are refused.
const (
	liveMark  = "\x02"
	deadMark  = "\x03"
	endMark   = "\x04"
	homesMark = "\x05" // the homes stand here
	footMark  = "\x06" // here is said which auto emails it is of
)

// Slots stand for links while a template is made; they count only between liveMark and deadMark.
const (
	unsubscribeSlot = "https://slot.invalid/unsubscribe"
	letterSlot      = "https://slot.invalid/letter"
	linkRoom        = 160 // what a letter link takes at most when sizes are added up, for any BASE_URL people have
)

// cut makes a part of what a template wrote. size is what a reader's program gets, with links of ordinary length.
func cut(rendered string) (p part, size int) {
	rest, marked := lines(rendered), false
	for {
		before, after, found := strings.Cut(rest, liveMark)
		if !found {
			break
		}
		marked = true
		p, size = p.addAlways(size, before)
		live, after, _ := strings.Cut(after, deadMark)
		dead, after, _ := strings.Cut(after, endMark)
		p, size = p.addLive(size, live)
		if dead != "" {
			p = append(p, piece{onlyDead, appendQuoted(nil, dead)})
		}
		rest = after
	}
	if !marked { // notes have always been kept so
		return part{{always, appendQuoted(nil, rest)}, {onlyLive, nil}, {onlyDead, nil}, {always, nil}}, len(rest)
	}
	if rest == "" { // so they have always been written, and their bytes should not change
		return append(p, piece{always, nil}), size
	}
	return p.addAlways(size, rest)
}

func (p part) addAlways(size int, text string) (part, int) {
	for {
		at := strings.IndexAny(text, homesMark+footMark)
		if at < 0 {
			break
		}
		place := byte(homesPlace)
		if text[at] == footMark[0] {
			place = footPlace
		}
		if at > 0 {
			p = append(p, piece{always, appendQuoted(nil, text[:at])})
		}
		p, size, text = append(p, piece{place, nil}), size+at, text[at+1:]
	}
	if text != "" {
		p = append(p, piece{always, appendQuoted(nil, text)})
	}
	return p, size + len(text)
}

// addLive adds what only a real letter has. What stands before and after a slot is a piece even where it is nothing: so
// it has always been, and the bytes should not change.
func (p part) addLive(size int, text string) (part, int) {
	for {
		at, slot, link, room := strings.Index(text, unsubscribeSlot), unsubscribeSlot, byte(unsubscribeLink), len(unsubscribeSlot)
		if i := strings.Index(text, letterSlot); i >= 0 && (at < 0 || i < at) {
			at, slot, link, room = i, letterSlot, letterLink, linkRoom
		}
		if at < 0 {
			return append(p, piece{onlyLive, appendQuoted(nil, text)}), size + len(text)
		}
		p = append(p, piece{onlyLive, appendQuoted(nil, text[:at])}, piece{link, nil})
		size += at + room
		text = text[at+len(slot):]
	}
}

// links fill a part's slots, quoted already. The zero value makes a test.
type links struct{ unsubscribe, letter []byte }

// inside is what stands in the places of a sheet's part.
type inside struct {
	homes []*Card
	of    func(*Card) part
	foot  part
}

// append writes what a recipient with these links gets of a part. first says, and the answer too, that nothing of the body
// was written yet: between pieces comes a soft break.
func (p part) append(dst []byte, l links, first bool, in inside) ([]byte, bool) {
	live := len(l.unsubscribe) > 0
	for i := range p {
		text := p[i].text
		switch p[i].what {
		case onlyLive:
			if !live {
				continue
			}
		case onlyDead:
			if live {
				continue
			}
		case unsubscribeLink:
			if text = l.unsubscribe; !live {
				continue
			}
		case letterLink:
			if text = l.letter; !live {
				continue
			}
		case homesPlace:
			for _, c := range in.homes {
				dst, first = in.of(c).append(dst, l, first, inside{})
			}
			continue
		case footPlace:
			dst, first = in.foot.append(dst, l, first, inside{})
			continue
		}
		if !first {
			dst = append(dst, softBreak...)
		}
		first = false
		dst = append(dst, text...)
	}
	return dst, first
}

// places counts what only a sheet has.
func (p part) places() int { return p.has(homesPlace) + p.has(footPlace) }

// has counts the pieces of a kind.
func (p part) has(what byte) (n int) {
	for i := range p {
		if p[i].what == what {
			n++
		}
	}
	return n
}

// weight is the bytes that all recipients share.
func (p part) weight() (n int) {
	for i := range p {
		n += len(p[i].text) + len(softBreak)
	}
	return n
}

// decoded is what a mail program shows of a body part.
func decoded(quoted []byte) string {
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(quoted)))
	if err != nil {
		return "This letter can’t be shown."
	}
	return lines(string(text))
}

// check finds out once what need not be asked for each recipient: that a message with this piece in it passes Check. A
// recipient's links can't change the answer: they are pieces of their own.
func (p part) check() error {
	for i := range p {
		end := bytes.LastIndexByte(p[i].text, '\n') + 1
		if end > 0 {
			if err := checkLines(p[i].text[:end]); err != nil {
				return err
			}
		}
		rest := p[i].text[end:] // a soft break follows it
		if len(rest) >= maxLine {
			return fmt.Errorf("mail: check: a line of %d characters", len(rest)+1)
		}
		if !printable(rest) && (!utf8.Valid(rest) || bytes.ContainsFunc(rest, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })) {
			return errors.New("mail: check: a piece of the body is no plain text")
		}
	}
	return nil
}
