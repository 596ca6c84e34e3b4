package mail

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// The first byte of a kept template says how the rest is written. The order of fields below is part of the format.
const (
	keepOld   = 1 // each part: what stands before the link, instead of it in a test, and after it; then the pieces around it
	keepWhole = 2 // each part: pieces with their kind; the homes, if there are any, are among them
	keepCards = 3 // the sums of its cards, the sheet first; then each part of the foot, as pieces
)

// keepCard is the first byte of a kept card.
const keepCard = 1

var (
	errKept     = errors.New("mail: this is no kept template, or one of a newer version")
	errKeptCard = errors.New("mail: this is no kept card, or one of a newer version")
)

// MarshalBinary keeps a template, all but its Cards.
func (t *Template) MarshalBinary() ([]byte, error) {
	if t.kind == 0 {
		return nil, errors.New("mail: keep: no template")
	}
	html, text := t.sheet.html, t.sheet.text
	if t.shares() {
		html, text = t.foot.html, t.foot.text
	}
	b := make([]byte, 0, len(t.head)+len(t.tail)+html.weight()+text.weight()+12*(len(html)+len(text))+(1+len(t.homes))*len(CardSum{})+100)
	b = append(b, keepWhole, t.kind, 0)
	if t.postal {
		b[2] = 1
	}
	for _, field := range [][]byte{[]byte(t.from), t.head, t.tail, []byte(t.boundary)} {
		b = appendField(b, field)
	}
	if all := t.Cards(); len(all) > 0 {
		b[0] = keepCards
		b = binary.AppendUvarint(b, uint64(len(all)))
		for _, c := range all {
			b = append(b, c.sum[:]...)
		}
	}
	return appendPart(appendPart(b, html), text), nil
}

// ReadTemplate reads a kept template. find returns its cards, in the order asked; nil where there can't be any.
func ReadTemplate(b []byte, find func([]CardSum) ([]*Card, error)) (*Template, error) {
	if len(b) < 3 || b[0] < keepOld || b[0] > keepCards || b[1] != kindLetter && b[1] != kindNote || b[2] > 1 {
		return nil, errKept
	}
	r := keptReader{rest: append([]byte(nil), b[3:]...)} // the caller may use its bytes again
	t := &Template{kind: b[1], postal: b[2] == 1}
	t.from, t.head, t.tail, t.boundary = string(r.field()), r.field(), r.field(), string(r.field())
	var sums []CardSum
	if b[0] == keepCards {
		sums = r.sums()
	}
	var html, text part
	for _, p := range []*part{&html, &text} {
		if b[0] == keepOld {
			*p = r.oldPart()
		} else {
			*p = r.part()
		}
	}
	if r.bad || len(r.rest) > 0 || !token(t.boundary) || !token(t.from) || html.places()+text.places() > 0 {
		return nil, errKept
	}
	for _, p := range []part{html, text} {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("%w: %w", errKept, err)
		}
	}
	if len(sums) == 0 {
		t.sheet = &Card{html: html, text: text}
		t.sheet.measure()
		t.measure()
		return t, nil
	}
	if find == nil {
		return nil, errKept
	}
	cards, err := find(sums)
	if err != nil {
		return nil, err
	}
	if len(cards) != len(sums) {
		return nil, errKept
	}
	t.sheet, t.homes, t.foot = cards[0], cards[1:], foot{html, text}
	for _, p := range []part{t.sheet.html, t.sheet.text} {
		if p.has(homesPlace) != min(len(t.homes), 1) || p.has(footPlace) != min(len(html), 1) {
			return nil, errKept
		}
	}
	t.measure()
	return t, nil
}

// Keep returns what ReadCard reads: all that letters show of a home, and nothing that only making one needs.
func (c *Card) Keep() []byte {
	b := make([]byte, 0, c.weight+12*(len(c.html)+len(c.text)))
	return appendPart(appendPart(append(b, keepCard), c.html), c.text)
}

// ReadCard reads a kept card. It is the one of this sum, or an error.
func ReadCard(b []byte, sum CardSum) (*Card, error) {
	if len(b) == 0 || b[0] != keepCard || sha256.Sum256(b) != sum {
		return nil, errKeptCard
	}
	r := keptReader{rest: append([]byte(nil), b[1:]...)} // the caller may use its bytes again
	c := &Card{html: r.part(), text: r.part(), sum: sum}
	if r.bad || len(r.rest) > 0 {
		return nil, errKeptCard
	}
	for _, p := range []part{c.html, c.text} {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("%w: %w", errKeptCard, err)
		}
	}
	c.measure()
	return c, nil
}

func appendPart(dst []byte, p part) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(p)))
	for i := range p {
		dst = appendField(append(dst, p[i].what), p[i].text)
	}
	return dst
}

func appendField(dst, field []byte) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(field))), field...)
}

type keptReader struct {
	rest []byte
	bad  bool
}

// number reads a count or length, which can't be more than the bytes left.
func (r *keptReader) number() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *keptReader) field() []byte {
	n := r.number()
	field := r.rest[:n:n]
	r.rest = r.rest[n:]
	return field
}

func (r *keptReader) sums() []CardSum {
	n := r.number()
	if n == 0 || n > len(r.rest)/len(CardSum{}) {
		r.bad, r.rest = true, nil
		return nil
	}
	all := make([]CardSum, n)
	for i := range all {
		r.rest = r.rest[copy(all[i][:], r.rest):]
	}
	return all
}

func (r *keptReader) part() (p part) {
	for range r.number() {
		if r.bad || len(r.rest) == 0 {
			r.bad = true
			return nil
		}
		one := piece{what: r.rest[0]}
		r.rest = r.rest[1:]
		one.text = r.field()
		switch one.what {
		case always, onlyLive, onlyDead, unsubscribeLink, letterLink, homesPlace, footPlace:
		default:
			r.bad = true
		}
		p = append(p, one)
	}
	return p
}

func (r *keptReader) oldPart() part {
	head, dead, tail := r.field(), r.field(), r.field()
	p := part{{always, head}}
	for i := range r.number() {
		if i > 0 {
			p = append(p, piece{unsubscribeLink, nil})
		}
		p = append(p, piece{onlyLive, r.field()})
	}
	return append(p, piece{onlyDead, dead}, piece{always, tail})
}
