package houses

import "math"

// cottage stands by the water, shingled, with a deck.
func (c *canvas) cottage(h House) (spot, float64) {
	x := 350 + c.between(-20, 20)
	at := spot{x - 10, x + 500}
	if c.chance(.6) {
		c.tree(x+560, ground-26, c.between(260, 340))
	}
	door := x + 350
	c.walk(door, ground+34, 64, door+c.between(-80, 40))
	c.chimney(x+404, ground-268, 48, 74)
	c.walls(x+200, ground-170, 290, 170, c.siding, c.pattern)
	c.sideRoof(x+200, ground-170, 290, 116, 14, 44)
	c.dormer(x+352, ground-194, 78, glazing{columns: 2, rows: 2})
	c.walls(x, ground-186, 240, 186, c.siding, c.pattern)
	c.frontGable(x, ground-186, 240, 166, 20, c.siding, c.pattern)
	// the great window that looks at the water
	c.path(c.trim, d("M", x+50, ground-22, "V", ground-196, "A 70 70 0 0 1", x+190, ground-196, "V", ground-22, "Z"))
	c.path(c.pane(), d("M", x+58, ground-28, "V", ground-196, "A 62 62 0 0 1", x+182, ground-196, "V", ground-28, "Z"))
	bars := ""
	for i := 1; i < 4; i++ {
		bars += d("M", x+58+31*float64(i), ground-254+math.Abs(float64(i)-2)*12, "V", ground-28) + " "
	}
	for _, y := range []float64{196, 140, 84} {
		bars += d("M", x+58, ground-y, "h 124") + " "
	}
	c.stroke(c.trim, 3, bars)
	g := glazing{columns: 2, rows: 4, shutters: true, box: true}
	c.window(x+270, ground-118, 42, 66, g)
	c.window(x+412, ground-118, 42, 66, g)
	c.doorway(door-24, ground-104, 48, 104, false)
	c.rect(door-40, ground-124, 80, 12, c.trim)
	c.foundation(x, ground, 490)
	// the deck
	c.rect(x-30, ground-6, 290, 14, "#b59a78")
	for px := x - 26; px < x+256; px += 15 {
		c.rect(px, ground-50, 4.5, 44, c.trim)
	}
	c.rect(x-32, ground-54, 294, 7, c.trim)
	c.steps(door, ground, 76, 2)
	if c.chance(.8) { // a pole with a pennant
		px := x - 110.0
		c.rect(px, ground-330, 5, 330, "#f6f2e8")
		c.circle(px+2.5, ground-334, 6, "#d9a441")
		c.path(pick(c, []string{"#a3342a", "#2f4a5a", "#d9a441"}), d("M", px+5, ground-324, "q 34 12 70 4 q -20 14 -8 30 q -30 4 -62 -6 z"))
	}
	c.buoys(x+212, ground-120)
	return at, door
}

// buoys hang on a wall.
func (c *canvas) buoys(x, y float64) {
	for i := range 3 {
		f := float64(i)
		c.rect(x+f*9, y+f*12, 8, 24, pick(c, []string{"#d9564a", "#f3ead6", "#3d6277", "#e0a83c"}), "rx", "3.5")
		c.rect(x+f*9, y+f*12+9, 8, 6, "#fbf6ea")
	}
}

// grasses of the dunes.
func (c *canvas) grasses(y float64) {
	c.path("#dccaa0", d("M 0", y+60, "Q 260", y+10, 520, y+70, "T 1200", y+40, "V 900 H 0 Z"))
	c.path("#cdb98b", d("M 0", y+100, "Q 300", y+60, 640, y+104, "T 1200", y+84, "V 900 H 0 Z"), "opacity", ".7")
	green := pick(c, []string{"#8f9a5a", "#a79c5c", "#7f9462"})
	for range 46 {
		x, at := c.between(-20, 1220), c.between(y+60, 905)
		line := ""
		for range 7 {
			lean, tall := c.between(-26, 30), c.between(30, 74)
			line += d("M", x+c.between(-8, 8), at, "q", lean*.2, -tall*.7, lean, -tall) + " "
		}
		c.stroke(mix(green, "#cdb36a", c.Float64()*.6), 2.4, line)
	}
}

// lot is land: a meadow, a stone wall, and room for somebody's house.
func (c *canvas) lot(House) (spot, float64) {
	for _, x := range []float64{70, 210, 980, 1120} {
		c.tree(x+c.between(-30, 30), ground-30, c.between(300, 430))
	}
	straw := mix(lawns[c.season][0], "#e0c98a", .5)
	if c.season == winter {
		straw = "#eceae2"
	}
	c.path(c.down(straw, lawns[c.season][1]), d("M 0", ground-30, "Q 400", ground-60, 700, ground-26, "T 1200", ground-34, "V 900 H 0 Z"))
	c.path(c.down("#cdbb94", "#bba67c"), d("M 540", ground-38, "C 560 720, 470 760, 430 900 H 700 C 640 780, 640 720, 572", ground-38, "Z"), "opacity", ".8")
	for range 150 {
		x, at := c.between(0, Width), c.between(ground-10, 900)
		if x > 420 && x < 700 {
			continue
		}
		s := 8 + (at-ground)/10
		c.stroke(mix(pick(c, []string{"#a89a55", "#c2ac67", "#8f9a55"}), "#ffffff", map[bool]float64{true: .4}[c.season == winter]), 2, d("M", x, at, "q", c.between(-4, 4), -s, c.between(-9, 9), -s*1.7))
		if c.season == summer && c.chance(.4) {
			c.circle(x+4, at-s*1.6, 4, pick(c, []string{"#fffdf6", "#f0c95a", "#b79fd0", "#e38f7a"}))
		}
	}
	c.stones(-10, 800, 420, 58)
	c.stones(730, 806, 490, 58)
	c.rect(436, 742, 10, 70, "#8a6f52")
	c.path("#fffaf0", d("M 412 690 h 92 v 54 h -92 z"))
	c.path("#1e4a3e", d("M 412 690 h 92 v 18 h -92 z"))
	c.stroke("#a89f8c", 3, d("M 424 722 h 68 M 424 733 h 46"))
	return spot{400, 800}, 600
}
