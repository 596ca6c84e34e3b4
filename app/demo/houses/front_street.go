package houses

// townhouses are three in a row; the one in the middle is for sale.
func (c *canvas) townhouses(h House) (spot, float64) {
	c.tree(110, ground-20, c.between(380, 460))
	c.tree(1100, ground-20, c.between(380, 460))
	mine := c.manner
	row := []string{"#b0694f", mine.siding, "#d9cbb1", "#8ea3ae", "#a4785c"}
	first := c.IntN(len(schemes))
	w := 236.0
	for i := range 3 {
		x := 600 - w*1.5 + float64(i)*w
		s := schemes[(first+i*5)%len(schemes)]
		c.siding, c.trim, c.shutter, c.door, c.roof = row[[]int{0, 1, 3}[i]], s.trim, s.shutter, s.door, mine.roof
		c.pattern = "clapboard"
		if i == 0 || i == 2 && c.chance(.5) {
			c.pattern = "brick"
		}
		if i == 1 {
			c.manner = mine
		}
		tall := 330.0 + []float64{0, 16, 4}[i]
		if i != 1 {
			c.chimney(x+w-60, ground-tall-40, 38, 52)
		}
		c.walls(x, ground-tall, w, tall, c.siding, c.pattern)
		if i == 1 {
			c.frontGable(x, ground-tall, w, 120, 8, c.siding, "scale")
			c.window(x+w/2-20, ground-tall-62, 40, 50, glazing{columns: 2, rows: 2, arch: true})
		} else {
			c.sideRoof(x, ground-tall, w, 88, 2, 0)
			c.dormer(x+w/2-36, ground-tall-16, 72, glazing{columns: 2, rows: 2})
		}
		g := glazing{columns: 2, rows: 2, shutters: i == 1, box: i == 1}
		for _, y := range []float64{tall - 34, tall - 142} {
			c.window(x+44, ground-y, 42, 72, g)
			c.window(x+w-86, ground-y, 42, 72, g)
		}
		c.window(x+36, ground-104, 80, 76, glazing{columns: 3, rows: 2})
		c.rect(x+28, ground-118, 96, 9, c.trim)
		c.doorway(x+w-86, ground-108, 50, 108, false)
		c.rect(x+w-102, ground-130, 82, 12, c.trim)
		c.foundation(x, ground, w)
		c.steps(x+w-61, ground, 74, 3)
		c.stroke("#2b2b28", 3.4, d("M", x+w-106, ground+30, "V", ground-26, "l 12 -14"))
		c.bush(x+72, ground+18, 54)
		c.bush(x+112, ground+18, 44)
	}
	c.manner = mine
	c.street()
	return spot{240, 960}, 600
}

// street with a curb before houses that stand close to it.
func (c *canvas) street() {
	c.rect(0, ground+62, Width, 64, c.down("#d3cabb", "#c4bbab"))
	for x := 30.0; x < Width; x += 92 {
		c.stroke("#8d8577", 1.6, d("M", x, ground+62, "l -18 64"), "opacity", ".4")
	}
	c.rect(0, ground+126, Width, 12, "#a59d90")
	c.rect(0, ground+138, Width, 100, c.down("#8a8782", "#777570"))
	for x := 20.0; x < Width; x += 180 {
		c.rect(x, ground+196, 92, 7, "#e9dfc6", "opacity", ".7")
	}
	if c.season == fall {
		for range 30 {
			c.ellipse(c.between(0, Width), c.between(ground+70, 880), 7, 4, pick(c, leaves[fall]), "opacity", ".8")
		}
	}
	for _, x := range []float64{190, 1010} {
		c.rect(x-4, ground-120, 8, 226, "#2f3836")
		c.rect(x-11, ground+92, 22, 14, "#2f3836", "rx", "3")
		c.lantern(x, ground-140)
	}
	if c.chance(.55) { // somebody's bicycle
		x, y := c.between(330, 840), ground+104
		c.raw(`<g fill="none" stroke="%s" stroke-width="3.4"><circle cx="%s" cy="%s" r="21"/><circle cx="%s" cy="%s" r="21"/></g>`, c.paint("#2f3836"), num(x), num(y), num(x+66), num(y))
		c.stroke(pick(c, []string{"#a3342a", "#1e4a3e", "#3d6277"}), 4, d("M", x, y, "l 22 -34 h 32 l 12 34 M", x+22, y-34, "l 12 34 h -34 M", x+34, y, "l 20 -34 l -4 -12 h 12 M", x+22, y-34, "l -4 -10 m -8 0 h 16"))
	}
}

// condo is a small building of flats.
func (c *canvas) condo(h House) (spot, float64) {
	floors := 3 + c.IntN(2)
	each := 98.0
	tall := float64(floors) * each
	w, x := 640.0, 280.0
	c.tree(130, ground-20, c.between(330, 420))
	c.tree(1070, ground-20, c.between(330, 420))
	c.walls(x, ground-tall, w, tall, c.siding, "brick")
	c.rect(x-12, ground-tall-26, w+24, 30, c.trim)
	c.rect(x-18, ground-tall-32, w+36, 10, dark(c.trim, .12))
	for bx := x - 2; bx < x+w; bx += 24 {
		c.rect(bx, ground-tall-4, 10, 12, dark(c.trim, .1))
	}
	if c.season == winter {
		c.rect(x-18, ground-tall-40, w+36, 10, "#fbfcfb", "rx", "5")
	}
	c.rect(x, ground-each, w, each, "#d8cfbd")
	c.rect(x, ground-each, w, each, c.texture("stone"))
	c.rect(x-6, ground-each-8, w+12, 12, c.trim)
	for floor := range floors {
		top := ground - tall + float64(floor)*each + 22
		for i := range 5 {
			wx := x + 38 + float64(i)*122
			if floor == floors-1 {
				if i != 2 {
					c.window(wx, top, 76, 52, glazing{columns: 3, rows: 1})
				}
				continue
			}
			if i == 1 || i == 3 { // a balcony
				c.window(wx+8, top-6, 60, 74, glazing{columns: 2, rows: 1})
				c.rect(wx-14, top+66, 104, 8, dark(c.trim, .1))
				for rail := wx - 12; rail < wx+90; rail += 9 {
					c.rect(rail, top+34, 2.6, 32, "#2f3836")
				}
				c.rect(wx-14, top+31, 104, 4, "#2f3836")
				if c.season != winter && c.chance(.7) {
					for range 6 {
						c.circle(wx+c.between(-10, 86), top+c.between(26, 34), c.between(5, 8), pick(c, []string{"#6f8f55", "#7fa05f", "#d9564a", "#e8b04a"}))
					}
				}
				continue
			}
			c.window(wx+4, top, 64, 58, glazing{columns: 2, rows: 2})
		}
	}
	door := x + w/2
	c.doorway(door-32, ground-78, 64, 78, true)
	awning := pick(c, []string{"#1e4a3e", "#a3342a", "#34485a"})
	c.path(awning, d("M", door-74, ground-84, "l 12 -34 h 124 l 12 34 z"))
	for i := range 6 {
		c.path(mix(awning, "#fffaf0", .85*float64(i%2)), d("M", door-74+float64(i)*24.7, ground-84, "h 24.7 v 6 a 12.3 9 0 0 1 -24.7 0 z"))
	}
	c.foundation(x, ground, w)
	for _, bx := range []float64{x + 50, x + 130, x + 210, x + 430, x + 510, x + 590} {
		c.bush(bx, ground+20, c.between(48, 62))
	}
	c.steps(door, ground, 110, 2)
	c.street()
	return spot{x, x + w}, door
}
