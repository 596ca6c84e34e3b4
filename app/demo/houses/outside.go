package houses

import "math"

// Garden behind a home.
func Garden(h House) []byte {
	c := newCanvas(h, 6)
	c.view = "60 90 1080 810"
	if c.season == winter { // nobody shows a garden in winter
		c.season = summer
	}
	c.sky()
	c.far(h.Water, 600)
	c.lawn(596)
	for x := 340.0; x < 1200; x += c.between(90, 150) {
		c.tree(x, c.between(596, 622), c.between(210, 350))
	}
	for x := 300.0; x < 1240; x += 19 { // a fence at the back
		c.path("#d9cfba", d("M", x, 640, "v -58 l 8 -8 l 8 8 v 58 z"))
	}
	c.rect(296, 596, 920, 6, "#c4b89f")
	for x := 300.0; x < 1200; x += c.between(46, 74) {
		c.bush(x, 652, c.between(52, 80))
	}
	// the back of the house
	c.walls(-20, 170, 290, 520, c.siding, c.pattern)
	c.roofing(c.roof, -40, 170, 300, 170, 270, 60, -40, 60)
	c.eaves(-40, 170, 344)
	c.window(90, 230, 90, 110, glazing{columns: 3, rows: 4, shutters: true})
	c.rect(60, 424, 160, 256, c.trim)
	c.rect(70, 434, 66, 240, c.pane())
	c.rect(144, 434, 66, 240, c.pane())
	c.stroke(c.trim, 4, "M 70 514 h 140 M 70 594 h 140 M 103 434 v 240 M 177 434 v 240")
	c.lantern(244, 470)
	c.foundation(-20, 684, 290)
	if h.Pool {
		c.pool()
	} else {
		c.patio()
	}
	c.lights(262, 210, 1150, 330)
	switch {
	case h.Pool:
	case c.chance(.5):
		c.adirondack(850, 800, 1.15, pick(c, []string{"#a3342a", "#f3ead6", "#3d6277", "#d9a441", "#5d7a66"}))
		c.adirondack(990, 816, 1.15, pick(c, []string{"#a3342a", "#f3ead6", "#3d6277", "#d9a441", "#5d7a66"}))
		c.firepit(922, 856)
	default:
		c.beds(800, 800)
		if c.chance(.6) {
			c.dog(700, 886, .8)
		}
	}
	return c.picture("A drawing of the garden")
}

// patio with a table under an umbrella.
func (c *canvas) patio() {
	c.path(c.down("#d6cab4", "#bfb198"), "M -20 698 H 560 Q 700 760 640 960 H -20 Z")
	lines := ""
	for i := range 7 {
		y := 720 + float64(i*i)*5 + float64(i)*12
		lines += d("M -20", y, "H", 600) + " "
		for x := float64(i%2) * 50; x < 590; x += 110 {
			lines += d("M", x, y, "l -6 34") + " "
		}
	}
	c.stroke("#8f846f", 1.8, lines, "opacity", ".4")
	x, y := 410.0, 850.0
	cloth := pick(c, []string{"#a3342a", "#1e4a3e", "#d9a441", "#3d6277", "#c9785a"})
	c.ellipse(x, y+14, 170, 20, "#1d1a18", "opacity", ".18")
	c.stroke("#8a6f52", 8, d("M", x, y-20, "V", y-330))
	for i := range 6 {
		f := float64(i)
		c.path(mix(cloth, "#fffaf0", .88*float64(i%2)), d("M", x, y-350, "Q", x-190+f*63+18, y-320, x-190+f*63.4, y-248, "q 32 18 63.4 0", "Q", x-190+(f+1)*63.4-18, y-320, x, y-350, "Z"))
	}
	c.circle(x, y-352, 6, "#8a6f52")
	for _, cx := range []float64{x - 128, x + 128} {
		s := 1.0
		if cx > x {
			s = -1
		}
		c.stroke("#6b5a48", 8, d("M", cx-s*24, y+10, "V", y-130, "M", cx-s*24, y-58, "h", s*62, "v 68"))
		c.stroke("#7d6a55", 5, d("M", cx-s*24, y-120, "l", s*4, 52))
		c.rect(math.Min(cx-s*24, cx+s*38), y-72, 62, 14, light(cloth, .3), "rx", "6")
	}
	c.rect(x-100, y-92, 200, 13, c.wood, "rx", "5")
	c.stroke(dark(c.wood, .2), 8, d("M", x-70, y-80, "L", x-56, y+12, "M", x+70, y-80, "L", x+56, y+12))
	c.path("#dfe8e8", d("M", x-34, y-92, "v -34 h 22 l 8 8 v 26 z"))
	c.rect(x+16, y-114, 15, 22, "#f0d68a", "rx", "2")
	c.rect(x+40, y-114, 15, 22, "#f0d68a", "rx", "2")
}

// pool in the lawn, with a diving board and a ring.
func (c *canvas) pool() {
	c.path("#ddd3c0", "M 330 742 Q 420 704 700 704 T 1090 744 Q 1150 812 1040 868 Q 700 930 380 868 Q 250 808 330 742 Z")
	c.path(c.down("#8fcbd3", "#4fa3b8"), "M 362 756 Q 440 722 700 722 T 1064 758 Q 1106 808 1016 850 Q 700 904 404 850 Q 306 802 362 756 Z")
	for range 16 {
		x, y := c.between(420, 960), c.between(752, 850)
		c.stroke("#e9fbfb", 2.6, d("M", x, y, "q 10 -6 20 0 t 20 0"), "opacity", ".6")
	}
	c.raw(`<circle cx="840" cy="800" r="26" fill="none" stroke="%s" stroke-width="15"/><circle cx="840" cy="800" r="26" fill="none" stroke="%s" stroke-width="15" stroke-dasharray="20 20.8"/>`, c.paint("#fffaf0"), c.paint("#d9564a"))
	for _, x := range []float64{990, 1082} {
		c.stroke("#8a6f52", 6, d("M", x, 730, "l 18 -40 M", x, 706, "h 74 M", x+66, 730, "v -24"))
		c.path("#f3ead6", d("M", x-4, 700, "h 76 v 10 h -76 z M", x+2, 700, "l 22 -50 h 12 l -18 50 z"))
	}
}

// lights on a string.
func (c *canvas) lights(x, y, tox, toy float64) {
	mid := (x + tox) / 2
	low := math.Max(y, toy) + 60
	c.stroke("#4a443c", 2.4, d("M", x, y, "Q", mid, low, tox, toy))
	for i := 1; i < 15; i++ {
		t := float64(i) / 15
		lx := (1-t)*(1-t)*x + 2*t*(1-t)*mid + t*t*tox
		ly := (1-t)*(1-t)*y + 2*t*(1-t)*low + t*t*toy
		c.glow(lx, ly+9, map[bool]float64{true: 36, false: 15}[c.hour.lit], .8)
		c.circle(lx, ly+9, 5.5, "!#ffe9b0")
	}
}

// adirondack chair.
func (c *canvas) adirondack(x, y, s float64, color string) {
	c.ellipse(x+30*s, y+4, 66*s, 9*s, "#1d1a18", "opacity", ".18")
	for i := range 5 {
		f := float64(i)
		c.path(mix(color, dark(color, .14), f/5), d("M", x+f*15*s, y-42*s, "L", x+(f*17-8)*s, y-132*s+math.Abs(f-2)*9*s, "q", 7*s, -8*s, 14*s, 0, "L", x+(f*15+13)*s, y-42*s, "Z"))
	}
	c.path(color, d("M", x-12*s, y-48*s, "h", 98*s, "l", 10*s, 22*s, "h", -118*s, "z"))
	c.path(dark(color, .18), d("M", x-22*s, y-26*s, "h", 118*s, "v", 9*s, "h", -118*s, "z"))
	for _, ax := range []float64{-30, 80} {
		c.rect(x+ax*s, y-74*s, 26*s, 9*s, light(color, .1), "rx", "4")
		c.rect(x+(ax+8)*s, y-66*s, 9*s, 70*s, dark(color, .1))
	}
}

func (c *canvas) firepit(x, y float64) {
	c.glow(x, y-30, 130, .6)
	for i, f := range []string{"!#e8702e", "!#f6b24a", "!#fff0b8"} {
		s := .62 - float64(i)*.18
		c.path(f, d("M", x-46*s, y-10, "q", -8*s, -48*s, 22*s, -74*s, "q", 14*s, 26*s, 20*s, 14*s, "q", 6*s, -26*s, 14*s, -40*s, "q", 40*s, 50*s, 24*s, 100*s, "z"))
	}
	for i := range 7 {
		c.rect(x-66+float64(i)*19, y-14, 18, 20, pick(c, []string{"#a8a294", "#8f897d", "#b5ae9f"}), "rx", "6")
	}
}

// beds of vegetables and flowers.
func (c *canvas) beds(x, y float64) {
	for i := range 2 {
		bx, by := x-70+float64(i)*60, y-44+float64(i)*72
		c.path("#6b4f3a", d("M", bx, by, "h 260 l 22 40 h -300 z"))
		c.rect(bx-20, by+40, 304, 20, c.across("#b98a5a", "#97704a"))
		for row := range 9 {
			px := bx + 10 + float64(row)*29
			for range 3 {
				c.circle(px+c.between(-8, 8), by+c.between(0, 24), c.between(8, 13), pick(c, []string{"#6f9a4f", "#86ab55", "#557f48"}))
			}
			if c.chance(.7) {
				c.circle(px, by+c.between(-8, 14), 6.5, pick(c, []string{"#d9564a", "#f0b94a", "#e3a6bd", "#fbf6ea", "#b79fd0"}))
			}
		}
	}
	c.path("#8f9a9e", d("M", x+250, y+86, "v -50 h 58 v 50 z"))
	c.stroke("#8f9a9e", 8, d("M", x+250, y+50, "l -40 -26 M", x+262, y+36, "q 18 -34 40 0"))
}

// Water is what a home by the shore looks at.
func Water(h House) []byte {
	c := newCanvas(h, 7)
	c.view = "60 120 1080 810"
	c.sky()
	c.sea(470, 860)
	for i := range 3 { // marsh
		y := 640 + float64(i)*58
		green := mix(pick(c, []string{"#9aa65e", "#a89a55", "#86a05f"}), c.hour.sky[len(c.hour.sky)-1], .3-.1*float64(i))
		if c.season == winter {
			green = mix(green, "#d9cfae", .6)
		}
		side := float64(i%2) * 1200
		if side == 0 {
			c.path(green, d("M 0", y, "Q 180", y-20, 330-float64(i)*30, y+26, "Q 200", y+60, 0, y+70, "Z"))
		} else {
			c.path(green, d("M 1200", y-10, "Q 1000", y-24, 830+float64(i)*40, y+20, "Q 960", y+62, 1200, y+66, "Z"))
		}
	}
	// the dock
	deck := "#b59a78"
	c.path(c.down(light(deck, .15), deck), "M 560 640 H 650 L 860 940 H 420 Z")
	lines := ""
	for i := range 15 {
		t := float64(i) / 15
		y := 640 + 300*t*t
		lines += d("M", 560-140*t*t, y, "H", 650+210*t*t) + " "
	}
	c.stroke("#6b5640", 2.4, lines, "opacity", ".6")
	for _, t := range []float64{0, .3, .62, .9} {
		y := 640 + 300*t*t
		for _, x := range []float64{556 - 140*t*t, 654 + 210*t*t} {
			s := 9 + 16*t*t
			c.rect(x-s/2, y-s*3.6, s, s*6, c.across("#8a7358", "#6b5640"))
			c.ellipse(x, y-s*3.6, s/2, s*.2, "#a58d6e")
		}
	}
	c.lantern(556, 590)
	color := pick(c, []string{"#a3342a", "#f3ead6", "#3d6277", "#d9a441", "#5d7a66"})
	c.adirondack(520, 832, .95, color)
	c.adirondack(656, 832, .95, color)
	// a rowing boat
	bx, by := 250.0, 760.0
	if c.chance(.5) {
		bx = 930
	}
	c.ellipse(bx+10, by+24, 120, 12, "#2f5f70", "opacity", ".35")
	hull := pick(c, []string{"#f3ead6", "#a3342a", "#1e4a3e", "#e0b04a"})
	c.path("#7a6049", d("M", bx-104, by-16, "Q", bx, by-2, bx+116, by-26, "L", bx+96, by-4, "H", bx-86, "Z"))
	c.path(hull, d("M", bx-110, by-18, "Q", bx, by+8, bx+122, by-30, "Q", bx+104, by+26, bx+66, by+28, "H", bx-64, "Q", bx-98, by+18, bx-110, by-18, "Z"))
	c.stroke(dark(hull, .25), 4, d("M", bx-108, by-10, "Q", bx, by+16, bx+118, by-20))
	c.stroke("#c9a172", 6, d("M", bx-50, by-24, "l 120 50"))
	if !c.hour.lit { // a gull
		x, y := c.between(200, 900), c.between(300, 420)
		c.path("#fffdf6", d("M", x-54, y-12, "q 30 -26 54 6 q 26 -32 56 -8 q -34 -4 -52 22 q -6 8 -14 0 q -14 -26 -44 -20 z"))
		c.path("#6f787a", d("M", x-54, y-12, "q 12 -10 22 -10 q -8 6 -10 9 z M", x+56, y-14, "q -10 -9 -22 -8 q 8 5 10 9 z"))
	}
	for range 30 {
		x := c.between(-20, 400)
		if c.chance(.5) {
			x = c.between(860, 1220)
		}
		at, line := c.between(860, 950), ""
		for range 6 {
			lean, tall := c.between(-24, 26), c.between(50, 120)
			line += d("M", x+c.between(-9, 9), at, "q", lean*.2, -tall*.7, lean, -tall) + " "
		}
		c.stroke(pick(c, []string{"#8f9a5a", "#a79c5c", "#c2ac67", "#7f9462"}), 3, line)
		if c.chance(.3) {
			c.stroke("#7a5a40", 9, d("M", x+8, at-c.between(70, 100), "v -26"))
		}
	}
	c.flakes()
	return c.picture("A drawing of the view over the water")
}
