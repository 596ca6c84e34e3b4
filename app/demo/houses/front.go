package houses

// ground is where houses stand.
const ground = 668.0

// Front is a home seen from the street.
func Front(h House) []byte {
	c := newCanvas(h, 2)
	c.view = "90 104 1020 765"
	c.sky()
	c.far(h.Water, ground-50)
	c.lawn(ground - 46)
	at, door := c.stage(h)
	if h.Kind != Lot {
		c.foreground(h, at, door)
	}
	c.flakes()
	if c.hour.lit {
		c.rect(0, 700, Width, 200, c.define("dim", func(id string) string {
			return `<linearGradient id="` + id + `" x2="0" y2="1"><stop stop-color="#171c3a" stop-opacity="0"/><stop offset="1" stop-color="#171c3a" stop-opacity=".34"/></linearGradient>`
		}))
	}
	return c.picture("A drawing of the house from the street")
}

// spot is how far a house reaches to the left and right.
type spot struct{ left, right float64 }

// stage draws the house with what stands behind it, and says where its front door is.
func (c *canvas) stage(h House) (spot, float64) {
	draw := map[Kind]func(House) (spot, float64){
		Colonial: c.colonial, Cape: c.cape, Saltbox: c.saltbox, Ranch: c.ranch, Victorian: c.victorian, Farmhouse: c.farmhouse,
		Contemporary: c.contemporary, Cottage: c.cottage, Townhouse: c.townhouses, Condo: c.condo, Lot: c.lot,
	}[h.Kind]
	return draw(h)
}

// behind are trees at both sides, taller than the house.
func (c *canvas) behind(at spot, young bool) {
	size := func() float64 {
		if young {
			return c.between(170, 240)
		}
		return c.between(330, 470)
	}
	c.tree(at.left-c.between(20, 70), ground-22, size())
	c.tree(at.right+c.between(20, 70), ground-22, size())
	if c.chance(.6) && !young {
		c.tree(at.left+(at.right-at.left)*c.between(.25, .75), ground-60, c.between(420, 520))
	}
}

// foreground is what stands between the house and the street.
func (c *canvas) foreground(h House, at spot, door float64) {
	y := ground + 15
	if h.Kind == Condo || h.Kind == Townhouse {
		return
	}
	for x := at.left + 26; x < at.right-20; x += c.between(56, 84) {
		if x > door-78 && x < door+78 || h.Garage > 0 && x > at.right-float64(h.Garage)*118-26 {
			continue
		}
		c.bush(x, y+6, c.between(46, 70))
	}
	gate := door + c.between(-40, 40)
	switch {
	case h.Kind == Cottage:
		c.grasses(760)
	case c.chance(.45):
		if h.Garage == 0 {
			c.fence(838, gate-64, gate+64)
		}
	case c.chance(.5) && h.Garage == 0:
		c.stones(-10, 846, gate-80, 44)
		c.stones(gate+84, 846, 600, 44)
	}
	if c.chance(.55) {
		c.mailbox(gate+118, 862)
	}
	if c.chance(.7) && !h.New {
		if gate > 560 {
			c.tree(c.between(40, 120), c.between(812, 850), c.between(470, 600))
		} else {
			c.tree(c.between(1080, 1160), c.between(812, 850), c.between(470, 600))
		}
	}
}

// extension is a lower wing with garage doors, to the right of a house that ends at x.
func (c *canvas) extension(h House, x float64) float64 {
	if h.Garage == 0 {
		return x
	}
	w := float64(h.Garage)*118 + 34
	c.driveway(x+18, ground+14, w-36)
	c.walls(x-4, ground-150, w, 150, c.siding, c.pattern)
	c.sideRoof(x-4, ground-150, w, 74, 10, 30)
	c.foundation(x-4, ground, w)
	c.garageDoors(x+20, ground+14, 98, h.Garage)
	return x + w
}

func (c *canvas) colonial(h House) (spot, float64) {
	w, tall := 520.0, 258.0
	x := 600 - (w+float64(h.Garage)*118)/2 + c.between(-20, 20)
	at := spot{x, x + w + float64(h.Garage)*118}
	c.behind(at, h.New)
	door := x + w/2
	c.walk(door, ground+44, 76, door+c.between(-50, 50))
	if c.chance(.5) {
		c.chimney(door-26, ground-tall-92, 52, 42)
	} else {
		c.chimney(x+26, ground-tall-50, 44, 76)
		c.chimney(x+w-70, ground-tall-50, 44, 76)
	}
	c.extension(h, x+w)
	c.walls(x, ground-tall, w, tall, c.siding, c.pattern)
	c.sideRoof(x, ground-tall, w, 104, 14, 46)
	c.rect(x, ground-tall+5, w, 10, c.trim)
	c.foundation(x, ground, w)
	g := glazing{columns: 3, rows: 4, shutters: true}
	for i := range 5 {
		wx := x + 30 + float64(i)*(w-60-52)/4
		c.window(wx, ground-tall+38, 50, 74, g)
		if i != 2 {
			c.window(wx, ground-112, 50, 82, g)
		}
	}
	switch c.IntN(3) {
	case 0:
		c.portico(door, ground-124, 130, 124)
		c.doorway(door-27, ground-104, 54, 104, false)
	case 1:
		c.doorway(door-28, ground-110, 56, 110, true)
		c.poly(c.trim, door-68, ground-118, door+68, ground-118, door, ground-152)
		c.poly(dark(c.trim, .1), door-48, ground-121, door+48, ground-121, door, ground-143)
	default:
		c.doorway(door-28, ground-108, 56, 108, true)
		c.path(c.trim, d("M", door-42, ground-116, "a 42 34 0 0 1 84 0 z"))
		c.path(c.glass(true), d("M", door-32, ground-118, "a 32 24 0 0 1 64 0 z"))
		c.stroke(c.trim, 2, d("M", door, ground-118, "v -24 M", door, ground-118, "l -22 -17 M", door, ground-118, "l 22 -17"))
	}
	c.steps(door, ground, 92, 3)
	return at, door
}

func (c *canvas) cape(h House) (spot, float64) {
	w, tall, rh := 500.0, 136.0, 172.0
	x := 600 - (w+float64(h.Garage)*118)/2 + c.between(-20, 20)
	at := spot{x, x + w + float64(h.Garage)*118}
	c.behind(at, h.New)
	door := x + w/2
	c.walk(door, ground+34, 70, door+c.between(-60, 60))
	c.chimney(door-c.between(-60, 110), ground-tall-rh+20, 50, 62)
	c.extension(h, x+w)
	c.walls(x, ground-tall, w, tall, c.siding, c.pattern)
	c.sideRoof(x, ground-tall, w, rh, 16, 58)
	c.foundation(x, ground, w)
	n := 2 + c.IntN(2)
	for i := range n {
		dx := x + w*(float64(i)+.5)/float64(n) - 41
		c.dormer(dx, ground-tall-30, 82, glazing{columns: 2, rows: 4})
	}
	g := glazing{columns: 3, rows: 4, shutters: true, box: c.chance(.6)}
	for i, f := range []float64{.1, .27, .65, .82} {
		_ = i
		c.window(x+w*f-2, ground-106, 46, 68, g)
	}
	c.doorway(door-26, ground-102, 52, 102, c.chance(.4))
	c.rect(door-40, ground-120, 80, 10, c.trim)
	c.steps(door, ground, 84, 2)
	return at, door
}

// saltbox is seen from its gable: the long roof comes down behind.
func (c *canvas) saltbox(h House) (spot, float64) {
	x := 300 - float64(h.Garage)*55 + c.between(-10, 30)
	ridge, left, right := ground-352, ground-226, ground-118
	at := spot{x, x + 540 + float64(h.Garage)*118}
	c.behind(at, h.New)
	door := x + 156
	c.walk(door, ground+34, 70, door+c.between(20, 90))
	c.extension(h, x+540)
	c.chimney(x+170, ridge+64, 62, 108)
	wall := []float64{x, ground, x, left, x + 170, ridge, x + 540, right, x + 540, ground}
	c.poly(c.across(light(c.siding, .1), c.siding, dark(c.siding, .12)), wall...)
	c.polyWith(c.texture(c.pattern), nil, wall...)
	c.polyWith("#1d1a18", []string{"opacity", ".16"}, x, left, x+170, ridge, x+540, right, x+540, right+24, x+170, ridge+24, x, left+24)
	edge := c.roof
	if c.season == winter {
		edge = "#f6f8f7"
	}
	c.poly(c.trim, x-14, left+14, x+170, ridge+4, x+560, right+14, x+560, right+2, x+170, ridge-12, x-14, left+2)
	c.poly(edge, x-22, left+6, x+170, ridge-10, x+568, right+7, x+568, right-12, x+170, ridge-30, x-22, left-13)
	c.rect(x, ground-220, 9, 220, c.trim)
	c.rect(x+531, ground-112, 9, 112, dark(c.trim, .06))
	c.foundation(x, ground, 540)
	g := glazing{columns: 3, rows: 4, shutters: c.pattern != "shingle"}
	c.window(x+150, ridge+72, 44, 54, glazing{columns: 3, rows: 4})
	for _, wx := range []float64{44, 150, 256} {
		c.window(x+wx, ground-216, 46, 66, g)
	}
	for _, wx := range []float64{36, 246, 346, 446} {
		c.window(x+wx, ground-102, 46, 68, g)
	}
	c.doorway(door-26, ground-104, 52, 104, false)
	c.rect(door-42, ground-124, 84, 12, c.trim)
	c.steps(door, ground, 84, 2)
	return at, door
}

func (c *canvas) ranch(h House) (spot, float64) {
	w, tall := 560.0, 132.0
	x := 600 - (w+float64(h.Garage)*118)/2
	at := spot{x, x + w + float64(h.Garage)*118}
	c.behind(at, h.New)
	door := x + 318
	c.walk(door, ground+24, 70, door+c.between(-80, 60))
	c.chimney(x+110, ground-tall-52, 70, 56)
	c.extension(h, x+w)
	c.walls(x, ground-tall, w, tall, c.siding, c.pattern)
	c.rect(x, ground-48, w, 48, "#a89a88")
	c.rect(x, ground-48, w, 48, c.texture("stone"))
	c.sideRoof(x, ground-tall, w, 84, 26, 54)
	c.walls(x+56, ground-tall+4, 190, tall-4, c.siding, c.pattern)
	c.rect(x+56, ground-48, 190, 48, "#b3a592")
	c.rect(x+56, ground-48, 190, 48, c.texture("stone"))
	c.frontGable(x+56, ground-tall+4, 190, 78, 18, c.siding, "batten")
	c.foundation(x, ground, w)
	c.window(x+86, ground-112, 130, 60, glazing{columns: 5, rows: 2, box: c.chance(.6)})
	c.window(x+396, ground-112, 62, 58, glazing{columns: 2, rows: 2, shutters: true})
	c.window(x+496, ground-112, 40, 58, glazing{columns: 2, rows: 2})
	c.doorway(door-26, ground-102, 52, 102, true)
	c.steps(door, ground, 86, 1)
	return at, door
}

// pane is a large window.
func (c *canvas) pane() string {
	if c.hour.lit {
		return c.down("!#fff0c2", "!#ffd58a", "!#eeb060")
	}
	return c.down("#7f9ba6", "#b4cbcd", "#dde5dd")
}
