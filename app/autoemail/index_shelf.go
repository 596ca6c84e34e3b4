package autoemail

import "math/bits"

// shelf holds the searches of one place. One that has many has bitmaps of them: a row for each answer that a home may give,
// with a bit for each search that may want such a home.
type shelf struct {
	records []uint32 // by where they stand; nowhere: nothing stands there
	ids     []ID     // the same
	discs   []disc   // the same; nil where the shelf itself is the place
	free    []uint32
	bits    []uint64 // rows of width words each; nil while there are few searches
	width   int
}

// nowhere is no record.
const nowhere = 1<<32 - 1

// fewOnShelf is how many searches are compared one by one rather than by bitmaps.
const fewOnShelf = 16

// put makes room for a record, with the rows of x, and returns where it stands.
func (s *shelf) put(x *Index, n uint32, rounded bool) uint32 {
	at := uint32(len(s.records))
	if last := len(s.free) - 1; last >= 0 {
		at, s.free = s.free[last], s.free[:last]
	} else {
		s.records, s.ids = append(s.records, 0), append(s.ids, 0)
		if rounded {
			s.discs = append(s.discs, disc{})
		}
	}
	r := &x.records[n]
	s.records[at], s.ids[at] = n, r.id
	if rounded {
		s.discs[at] = discOf(r.rest)
	}
	if !s.widen(x) && s.bits != nil {
		s.mark(at, x.rows)
	}
	return at
}

// widen makes the rows as long as there are records; it says that it marked all.
func (s *shelf) widen(x *Index) bool {
	width := (len(s.records) + 63) / 64
	if len(s.records) <= fewOnShelf || width <= s.width {
		return false
	}
	width += width / 8
	wider := make([]uint64, rowCount*width)
	if s.bits != nil {
		for row := range rowCount {
			copy(wider[row*width:], s.row(row))
		}
		s.bits, s.width = wider, width
		return false
	}
	s.bits, s.width = wider, width
	var rows []uint16
	for at, n := range s.records {
		if n != nowhere {
			rows = x.records[n].rows(rows[:0])
			s.mark(uint32(at), rows)
		}
	}
	return true
}

func (s *shelf) mark(at uint32, rows []uint16) {
	word, one := int(at/64), uint64(1)<<(at%64)
	for _, row := range rows {
		s.bits[int(row)*s.width+word] |= one
	}
}

func (s *shelf) row(row int) []uint64 { return s.bits[row*s.width : (row+1)*s.width] }

// remove takes away what stands at a place.
func (s *shelf) remove(at uint32) {
	s.records[at] = nowhere
	s.free = append(s.free, at)
	for word := int(at / 64); word < len(s.bits); word += s.width {
		s.bits[word] &^= 1 << (at % 64)
	}
}

// fetch has the processor bring the beginnings of the rows into its cache, those of all shelves at once rather than one after
// another: of what a search among many costs, most is waiting for memory.
func (s *shelf) fetch(home *sight) {
	if s.bits != nil {
		for _, row := range home.rows {
			home.fetched ^= s.bits[row*s.width]
		}
	}
}

// match appends the searches here that want a home.
func (s *shelf) match(x *Index, home *sight, to []ID) []ID {
	if s.bits == nil {
		return x.closely(s.records, home, to)
	}
	width := s.width
	row := func(i int) []uint64 { return s.row(home.rows[i])[:width] }
	a, b, c, d, e := row(0), row(1), row(2), row(3), row(4)
	f, g, h, i, j := row(5), row(6), row(7), row(8), row(9)
	sure := s.row(sureRow)[:width]
	var open [16]uint32 // records that the bits do not decide
	n := 0
	for word := range width {
		found := a[word] & b[word] & c[word] & d[word] & e[word] & f[word] & g[word] & h[word] & i[word] & j[word]
		for ; found != 0; found &= found - 1 {
			bit := bits.TrailingZeros64(found)
			at := word*64 + bit
			sure := sure[word]>>bit&1 != 0
			if s.discs != nil {
				disc := &s.discs[at]
				far := disc.far(home.lat32, home.lon32)
				if far > disc.perhaps {
					continue
				}
				sure = sure && far <= disc.surely
			}
			if sure {
				to = append(to, s.ids[at])
				continue
			}
			if n == len(open) {
				to, n = x.closely(open[:], home, to), 0
			}
			open[n] = s.records[at]
			n++
		}
	}
	return x.closely(open[:n], home, to)
}

// closely appends those of some records that want a home. What they have is fetched for all at once, as in fetch.
func (x *Index) closely(records []uint32, home *sight, to []ID) []ID {
	for _, n := range records {
		if n != nowhere {
			home.fetched ^= uint64(x.records[n].id)
		}
	}
	for _, n := range records {
		if n != nowhere && x.records[n].rest != nil {
			home.fetched ^= uint64(len(x.records[n].rest.area))
		}
	}
	for _, n := range records {
		if n != nowhere && x.records[n].wants(home) {
			to = append(to, x.records[n].id)
		}
	}
	return to
}
