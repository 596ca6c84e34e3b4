package mail

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The first byte of a kept template says how the rest is written. The order of fields below is part of the format.
const (
	keepOld     = 1 // each part: what stands before the link, instead of it in a test, and after it; then the pieces around it
	keepVersion = 2 // each part: pieces with their kind
)

var errKept = errors.New("mail: this is no kept template, or one of a newer version")

// MarshalBinary keeps a template.
func (t *Template) MarshalBinary() ([]byte, error) {
	if t.kind == 0 {
		return nil, errors.New("mail: keep: no template")
	}
	b := make([]byte, 0, t.weight+12*(len(t.html)+len(t.text))+100)
	b = append(b, keepVersion, t.kind, 0)
	if t.postal {
		b[2] = 1
	}
	for _, field := range [][]byte{[]byte(t.from), t.head, t.tail, []byte(t.boundary)} {
		b = appendField(b, field)
	}
	for _, p := range []part{t.html, t.text} {
		b = binary.AppendUvarint(b, uint64(len(p)))
		for i := range p {
			b = appendField(append(b, p[i].what), p[i].text)
		}
	}
	return b, nil
}

// UnmarshalBinary reads a kept template.
func (t *Template) UnmarshalBinary(b []byte) error {
	if len(b) < 3 || b[0] != keepVersion && b[0] != keepOld || b[1] != kindLetter && b[1] != kindNote || b[2] > 1 {
		return errKept
	}
	r := keptReader{rest: append([]byte(nil), b[3:]...)} // the caller may use its bytes again
	read := Template{kind: b[1], postal: b[2] == 1}
	read.from, read.head, read.tail, read.boundary = string(r.field()), r.field(), r.field(), string(r.field())
	for _, p := range []*part{&read.html, &read.text} {
		if b[0] == keepOld {
			*p = r.oldPart()
		} else {
			*p = r.part()
		}
	}
	if r.bad || len(r.rest) > 0 || !token(read.boundary) || !token(read.from) {
		return errKept
	}
	for _, p := range []part{read.html, read.text} {
		if err := p.check(); err != nil {
			return fmt.Errorf("%w: %w", errKept, err)
		}
	}
	read.measure()
	*t = read
	return nil
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
		case always, onlyLive, onlyDead, unsubscribeLink, letterLink:
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
