package mail

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// keepVersion is the first byte of a kept template. The order of fields below is part of the format.
const keepVersion = 1

var errKept = errors.New("mail: this is no kept template, or one of a newer version")

// MarshalBinary keeps a template.
func (t *Template) MarshalBinary() ([]byte, error) {
	if t.kind == 0 {
		return nil, errors.New("mail: keep: no template")
	}
	b := make([]byte, 0, t.weight()+100)
	b = append(b, keepVersion, t.kind, 0)
	if t.postal {
		b[2] = 1
	}
	for _, field := range [][]byte{[]byte(t.from), t.head, t.tail, []byte(t.boundary)} {
		b = appendField(b, field)
	}
	for _, p := range []*part{&t.html, &t.text} {
		b = appendField(appendField(appendField(b, p.head), p.dead), p.tail)
		b = binary.AppendUvarint(b, uint64(len(p.live)))
		for _, piece := range p.live {
			b = appendField(b, piece)
		}
	}
	return b, nil
}

// UnmarshalBinary reads a kept template.
func (t *Template) UnmarshalBinary(b []byte) error {
	if len(b) < 3 || b[0] != keepVersion || b[1] != kindLetter && b[1] != kindNote || b[2] > 1 {
		return errKept
	}
	r := keptReader{rest: append([]byte(nil), b[3:]...)} // the caller may use its bytes again
	read := Template{kind: b[1], postal: b[2] == 1}
	read.from, read.head, read.tail, read.boundary = string(r.field()), r.field(), r.field(), string(r.field())
	for _, p := range []*part{&read.html, &read.text} {
		p.head, p.dead, p.tail = r.field(), r.field(), r.field()
		for range r.number() {
			p.live = append(p.live, r.field())
		}
	}
	if r.bad || len(r.rest) > 0 || !token(read.boundary) || !token(read.from) {
		return errKept
	}
	if err := read.checkBody(); err != nil {
		return fmt.Errorf("%w: %w", errKept, err)
	}
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
