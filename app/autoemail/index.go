package autoemail

import (
	"sync"

	"porchlight/app/listings"
)

// Index answers, without a loop over all searches, which of them a home fits: each search stands on the shelves of the places
// it asks for, a shelf has bitmaps for what else it asks, and what these let through is checked exactly (research/perf.md
// section 4). It is safe for one writer beside many readers.
type Index struct {
	mu      sync.RWMutex
	where   map[ID]uint32 // of its record
	records []record
	stands  [][]stand // of each record
	free    []uint32  // records that were removed
	rows    []uint16  // the writer's

	shelves []shelf
	anyway  uint32 // shelf of the searches that ask for no place
	zips    map[string]uint32
	cities  map[string]uint32 // by listings.CityKey
	cells   [len(cellSizes)]map[cell]uint32
}

// stand is where on a shelf a search stands.
type stand struct{ shelf, at uint32 }

// NewIndex makes an empty index.
func NewIndex() *Index {
	x := &Index{where: map[ID]uint32{}, shelves: []shelf{{}}, zips: map[string]uint32{}, cities: map[string]uint32{}}
	for level := range x.cells {
		x.cells[level] = map[cell]uint32{}
	}
	return x
}

// Put adds or replaces a search in one of its versions. What c refers to must not change afterwards.
func (x *Index) Put(id ID, version int64, c listings.Criteria, events []listings.EventKind) {
	r, places := recordOf(&c, events)
	r.id, r.version = id, version
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
	n := uint32(len(x.records))
	if last := len(x.free) - 1; last >= 0 {
		n, x.free = x.free[last], x.free[:last]
		x.records[n] = r
	} else {
		x.records = append(x.records, r)
		x.stands = append(x.stands, nil)
	}
	x.where[id] = n
	x.rows = r.rows(x.rows[:0])
	on := x.shelvesOf(places)
	stands := make([]stand, len(on))
	for i, on := range on {
		stands[i] = stand{on, x.shelves[on].put(x, n, r.shelved)}
	}
	x.stands[n] = stands
}

// Remove takes a search out; of one that is not there it does nothing.
func (x *Index) Remove(id ID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(id)
}

func (x *Index) remove(id ID) {
	n, known := x.where[id]
	if !known {
		return
	}
	delete(x.where, id)
	for _, s := range x.stands[n] {
		x.shelves[s.shelf].remove(s.at)
	}
	x.records[n], x.stands[n] = record{}, nil
	x.free = append(x.free, n)
}

// Has says whether a search is there in just this version.
func (x *Index) Has(id ID, version int64) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	n, known := x.where[id]
	return known && x.records[n].version == version
}

// Len is how many searches there are.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.where)
}

// Match appends the searches that want this event of this home (the kind "": any event) to a list: exactly those of which
// Wants says so, each once, in no order.
func (x *Index) Match(f listings.Facts, kind listings.EventKind, to []ID) []ID {
	if !f.Shown {
		return to
	}
	s := sightOf(&f, kind)
	x.mu.RLock()
	defer x.mu.RUnlock()
	var on [3 + len(cellSizes)]*shelf
	n := 1
	on[0] = &x.shelves[x.anyway]
	add := func(shelf uint32, known bool) {
		if known {
			on[n] = &x.shelves[shelf]
			n++
		}
	}
	shelf, known := x.zips[f.PostalCode]
	add(shelf, known)
	shelf, known = x.cities[f.CityKey]
	add(shelf, known)
	if s.placed {
		for level, size := range cellSizes {
			if len(x.cells[level]) > 0 {
				shelf, known = x.cells[level][cellOf(s.at.Lat, s.at.Lon, size)]
				add(shelf, known)
			}
		}
	}
	for _, shelf := range on[:n] {
		shelf.fetch(&s)
	}
	for _, shelf := range on[:n] {
		to = shelf.match(x, &s, to)
	}
	return to
}

// shelvesOf are the shelves of places; new ones are made.
func (x *Index) shelvesOf(p places) []uint32 {
	switch {
	case len(p.zips) > 0:
		return shelvesIn(x, x.zips, p.zips)
	case len(p.cities) > 0:
		return shelvesIn(x, x.cities, p.cities)
	case len(p.cells) > 0:
		return shelvesIn(x, x.cells[p.level], p.cells)
	}
	return []uint32{x.anyway}
}

func shelvesIn[K comparable](x *Index, by map[K]uint32, keys []K) []uint32 {
	on := make([]uint32, len(keys))
	for i, key := range keys {
		n, known := by[key]
		if !known {
			n = uint32(len(x.shelves))
			x.shelves = append(x.shelves, shelf{})
			by[key] = n
		}
		on[i] = n
	}
	return on
}
