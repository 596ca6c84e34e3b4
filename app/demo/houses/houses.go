// Package houses draws homes that do not exist, as SVG: their fronts, rooms, gardens and the water. The same home and seed
// give the same picture, to the byte. It knows nothing of listings and keeps nothing.
package houses

import (
	"math/rand/v2"
)

// Kind is how a home is built.
type Kind string

// The kinds.
const (
	Colonial     Kind = "colonial"
	Cape         Kind = "cape"
	Saltbox      Kind = "saltbox"
	Ranch        Kind = "ranch"
	Victorian    Kind = "victorian"
	Farmhouse    Kind = "farmhouse"
	Contemporary Kind = "contemporary"
	Cottage      Kind = "cottage" // by the water
	Townhouse    Kind = "townhouse"
	Condo        Kind = "condo"
	Lot          Kind = "lot" // land: a meadow and a stone wall
)

// House is what the drawings need to know.
type House struct {
	Kind   Kind
	Seed   uint64
	Garage int // doors
	Water  bool
	Pool   bool
	New    bool // just built: young trees, fresh paint
}

// Width and Height are the size of every picture, in pixels.
const (
	Width  = 1200
	Height = 900
)

// manner is how a home looks in every one of its pictures.
type manner struct {
	siding, trim, roof, shutter, door string
	pattern                           string // of the walls
	hour                              hour
	season                            season
	wood, cabinet, fabric, wall       string // inside
}

// scheme is a choice of colors that go together.
type scheme struct{ siding, trim, roof, shutter, door string }

var schemes = []scheme{
	{"#f5f0e3", "#fffdf6", "#56595a", "#1e4a3e", "#a3342a"}, // white, pine shutters, red door
	{"#f3ecdc", "#fffdf6", "#4d5154", "#2f3a40", "#c98a2b"}, // white, black shutters, amber door
	{"#e8d19a", "#fdf8ea", "#5f5549", "#47584c", "#7d3b2c"}, // butter
	{"#a9b7a0", "#f8f4e8", "#5b5a50", "#3c4f45", "#8a4a2f"}, // sage
	{"#8ea3ae", "#f7f4ec", "#4e555c", "#34485a", "#d9a441"}, // slate blue
	{"#b7ab98", "#f6f2e8", "#655b50", "#39505a", "#2f5f6b"}, // gray cedar
	{"#9d4b3c", "#f3ead6", "#4b4642", "#2d322f", "#e2c27d"}, // barn red
	{"#4f6474", "#f4f0e6", "#3f464b", "#e6dfd0", "#d0742f"}, // navy
	{"#d9cbb1", "#fbf7ec", "#6a5a4a", "#6d4a3a", "#1e4a3e"}, // oat
	{"#c9d3cf", "#fcfaf3", "#5a6164", "#42606a", "#b5533c"}, // sea mist
	{"#6d7f72", "#f3eddd", "#4a4a44", "#e9e0cb", "#c9752f"}, // moss
	{"#e9ddd0", "#fffaf2", "#74675b", "#8a5a4a", "#3d6277"}, // shell
}

func (h House) dice(salt uint64) *rand.Rand { return rand.New(rand.NewPCG(h.Seed, salt)) }

func (h House) manner() manner {
	d := h.dice(1)
	s := schemes[d.IntN(len(schemes))]
	m := manner{siding: s.siding, trim: s.trim, roof: s.roof, shutter: s.shutter, door: s.door, pattern: "clapboard"}
	switch h.Kind {
	case Cottage, Saltbox, Cape:
		if d.IntN(2) == 0 || h.Kind == Cottage {
			m.pattern, m.siding = "shingle", []string{"#b9ad9a", "#a89e8f", "#c4b59c", "#9fa39b"}[d.IntN(4)]
			m.roof = []string{"#6b6258", "#5d6164"}[d.IntN(2)]
		}
	case Contemporary:
		m.pattern = "batten"
		m.siding = []string{"#4a5357", "#e9e4d8", "#5d6b62", "#8c7a66"}[d.IntN(4)]
	case Condo:
		m.pattern = "brick"
		m.siding = []string{"#b0694f", "#a4785c", "#c19a76", "#96594a"}[d.IntN(4)]
	}
	m.hour = hours[[]int{0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5}[d.IntN(11)]]
	m.season = []season{summer, summer, summer, fall, fall, fall, fall, spring, winter}[d.IntN(9)]
	if h.New && m.season == winter {
		m.season = summer
	}
	m.wood = []string{"#b98a5a", "#a87646", "#c9a172", "#8b5f3c", "#d3b389"}[d.IntN(5)]
	m.cabinet = []string{"#f4efe2", "#8fa394", "#5d7684", "#e3dccb", "#44594f", "#d8c9a8"}[d.IntN(6)]
	m.fabric = []string{"#8fa394", "#b5694a", "#6f8796", "#c9a24f", "#7d6a78", "#5f7a6c"}[d.IntN(6)]
	m.wall = []string{"#f3ecdd", "#e6e7dc", "#ecdfc8", "#dfe6e4", "#efe6e0", "#dbe0cf"}[d.IntN(6)]
	return m
}

// hour is the light.
type hour struct {
	name   string
	sky    []string // from above
	tint   string   // everything takes a share of it
	share  float64
	lit    bool    // the lamps are on
	sun    float64 // how far across the sky, 0 to 1; below 0: none
	stars  bool
	shadow float64
}

var hours = []hour{
	{"morning", []string{"#a9cbdc", "#dfe6dc", "#fbeacb"}, "#f6cf9c", .07, false, .16, false, .16},
	{"day", []string{"#86bbd6", "#b9dae3", "#edf2e4"}, "#ffffff", 0, false, .8, false, .2},
	{"gold", []string{"#9dbcc6", "#efd5a8", "#f7c383"}, "#f0a04c", .13, false, .74, false, .2},
	{"dusk", []string{"#3b4a74", "#86719a", "#e29c84", "#f7cb8d"}, "#2d3260", .42, true, -1, false, .1},
	{"gray", []string{"#b9c6ca", "#d9deda", "#f0ebdf"}, "#b9c2c2", .12, false, -1, false, .08},
	{"evening", []string{"#1d2947", "#3a4c74", "#8d86a6", "#e0b195"}, "#1c2448", .56, true, -1, true, .06},
}

type season int

const (
	spring season = iota
	summer
	fall
	winter
)

// leaves are a season's crowns, lawn what grows on the ground, near and far.
var (
	leaves = [][]string{
		{"#9dbb6a", "#b7cc82", "#e9b7bd", "#f0cdd0", "#86ab5c"},
		{"#5f8a4a", "#74994f", "#4d7a4a", "#86a65a", "#5b8259"},
		{"#d98a32", "#c8602c", "#e3b043", "#b5472b", "#a98a3a"},
		{"#8d8478", "#7d756b", "#958b7d", "#857c70", "#8d8478"},
	}
	lawns = [][2]string{{"#a9c46c", "#86ab55"}, {"#93b45f", "#6f964a"}, {"#b3b062", "#8f9148"}, {"#f3f4f1", "#dfe5e8"}}
	hills = [][2]string{{"#b3c795", "#93b07c"}, {"#93b08a", "#75986f"}, {"#d2b07a", "#b98a58"}, {"#cdd3d6", "#b3bdc2"}}
)
