package houses

// walls are a front with its texture, its corners and the shadow of the eaves.
func (c *canvas) walls(x, y, w, h float64, siding, pattern string) {
	c.rect(x, y, w, h, c.across(light(siding, .1), siding, dark(siding, .1)))
	c.rect(x, y, w, h, c.texture(pattern))
	c.rect(x, y, w, 26, c.fade("#1d1a18", .26))
	if pattern != "brick" {
		c.rect(x, y, 9, h, c.trim)
		c.rect(x+w-9, y, 9, h, dark(c.trim, .06))
	}
}

// foundation under a wall.
func (c *canvas) foundation(x, y, w float64) {
	c.rect(x, y, w, 15, "#a39c90")
	c.rect(x, y, w, 15, c.texture("stone"))
	c.rect(x, y, w, 5, c.fade("#1d1a18", .3))
}

// roofing is any polygon of roof, shingled, in winter under snow.
func (c *canvas) roofing(color string, points ...float64) {
	if c.season == winter {
		color = mix(color, "#f4f6f6", .93)
	}
	c.poly(c.down(light(color, .08), dark(color, .12)), points...)
	c.polyWith(c.texture("roof"), nil, points...)
}

// eaves are the edge of a roof seen from the front.
func (c *canvas) eaves(x, y, w float64) {
	c.rect(x, y-7, w, 12, c.trim, "rx", "2")
	c.rect(x, y+2, w, 4, dark(c.trim, .25), "rx", "2")
	if c.season == winter {
		c.rect(x-2, y-14, w+4, 9, "#fbfcfb", "rx", "5")
	}
}

// sideRoof is a roof whose ridge runs along the front.
func (c *canvas) sideRoof(x, y, w, h, over, inset float64) {
	c.roofing(c.roof, x-over, y, x+w+over, y, x+w+over-inset, y-h, x-over+inset, y-h)
	c.rect(x-over+inset-2, y-h-5, w+2*over-2*inset+4, 8, dark(c.roof, .2), "rx", "3")
	c.eaves(x-over-4, y, w+2*over+8)
}

// frontGable is a triangle of wall with its two roof edges.
func (c *canvas) frontGable(x, y, w, h, over float64, siding, pattern string) {
	c.poly(c.across(light(siding, .1), siding, dark(siding, .1)), x, y, x+w, y, x+w/2, y-h)
	c.polyWith(c.texture(pattern), nil, x, y, x+w, y, x+w/2, y-h)
	slope := h / (w / 2)
	t, edge := 17.0, dark(c.roof, .1)
	if c.season == winter {
		edge = "#f6f8f7"
	}
	lx, rx := x-over, x+w+over
	low := y + over*slope
	c.polyWith("#1d1a18", []string{"opacity", ".16"}, x, y+20, x+w/2, y-h+24, x+w, y+20, x+w, y+6, x+w/2, y-h+4, x, y+6)
	c.poly(c.trim, lx+6, low+5, x+w/2, y-h+12, rx-6, low+5, rx, low-8, x+w/2, y-h-8, lx, low-8)
	c.poly(edge, lx-4, low-3, x+w/2, y-h-4, rx+4, low-3, rx+4, low-3-t, x+w/2, y-h-4-t, lx-4, low-3-t)
}

// chimney of brick; with smoke when it is cold.
func (c *canvas) chimney(x, y, w, h float64) {
	c.rect(x, y-h, w, h, c.across("#b06a52", "#8f5341"))
	c.rect(x, y-h, w, h, c.texture("brick"))
	c.rect(x-5, y-h-7, w+10, 9, "#8a4f3e", "rx", "1")
	c.rect(x+w*.2, y-h-17, w*.24, 10, "#a8654c")
	c.rect(x+w*.56, y-h-17, w*.24, 10, "#a8654c")
	if c.season >= fall {
		for i := range 6 {
			f := float64(i)
			c.circle(x+w*.35+f*f*2.6, y-h-30-f*24, 10+f*4.5, "!#ffffff", "opacity", num(.42-.06*f))
		}
	}
}

// dormer on a slope, its wall standing at y.
func (c *canvas) dormer(x, y, w float64, g glazing) {
	h := w * 1.02
	c.polyWith("#1d1a18", []string{"opacity", ".18"}, x+w, y-h, x+w+20, y, x+w, y)
	c.rect(x, y-h, w, h, c.across(light(c.siding, .08), dark(c.siding, .08)))
	c.rect(x, y-h, w, h, c.texture(c.pattern))
	c.frontGable(x, y-h, w, w*.46, 9, c.siding, c.pattern)
	c.window(x+w*.22, y-h*.86, w*.56, h*.74, g)
}

// portico over a door: a little roof on two columns.
func (c *canvas) portico(x, y, w, h float64) {
	c.rect(x-w/2+6, y, 11, h, c.across(light(c.trim, .2), dark(c.trim, .14)))
	c.rect(x+w/2-17, y, 11, h, c.across(light(c.trim, .2), dark(c.trim, .14)))
	c.rect(x-w/2, y-12, w, 14, c.trim)
	c.rect(x-w/2, y+2, w, 9, c.fade("#1d1a18", .3))
	c.poly(c.trim, x-w/2-8, y-12, x+w/2+8, y-12, x, y-12-w*.3)
	c.poly(dark(c.trim, .08), x-w/2+14, y-16, x+w/2-14, y-16, x, y-14-w*.22)
	edge := c.roof
	if c.season == winter {
		edge = "#f6f8f7"
	}
	c.poly(edge, x-w/2-14, y-12, x, y-16-w*.3, x+w/2+14, y-12, x+w/2+14, y-19, x, y-27-w*.3, x-w/2-14, y-19)
}

// garage doors side by side; y is their foot.
func (c *canvas) garageDoors(x, y, each float64, n int) {
	for i := range n {
		gx := x + float64(i)*(each+20)
		h := each * .82
		c.rect(gx-6, y-h-7, each+12, h+7, c.trim)
		c.rect(gx, y-h, each, h, light(c.siding, .55))
		for row := range 4 {
			c.stroke("#1d1a18", 1.2, d("M", gx, y-h+h*float64(row)/4, "h", each), "opacity", ".25")
		}
		for col := range 4 {
			c.rect(gx+each*(.06+.235*float64(col)), y-h+h*.06, each*.17, h*.15, c.glass(c.chance(.2)))
		}
		c.lantern(gx+each+10, y-h*.86)
	}
}

// fence of pickets with a gap for the path.
func (c *canvas) fence(y, from, to float64) {
	for _, rail := range []float64{y - 42, y - 18} {
		for _, side := range [][2]float64{{0, from}, {to, Width}} {
			c.rect(side[0], rail, side[1]-side[0], 7, dark("#fffdf6", .1))
		}
	}
	for x := 4.0; x < Width; x += 27 {
		if x > from-14 && x < to {
			continue
		}
		c.path("#fffdf6", d("M", x, y, "v -54 l 8 -10 l 8 10 v 54 z"))
		c.rect(x+11, y-54, 5, 54, "#1d1a18", "opacity", ".08")
	}
	for _, x := range []float64{from - 16, to - 2} {
		c.rect(x, y-78, 19, 80, "#fffdf6")
		c.rect(x+13, y-78, 6, 80, "#1d1a18", "opacity", ".1")
		c.rect(x-4, y-85, 27, 8, "#fffdf6", "rx", "2")
		c.circle(x+9.5, y-92, 8, "#fffdf6")
	}
}

// walk from a door to the front of the picture.
func (c *canvas) walk(x, y, w, to float64) {
	color := pick(c, []string{"#cdbfa6", "#b98a70", "#c9c3b5"})
	if c.season == winter {
		color = "#cfc9bd"
	}
	bend := (to - x) * .35
	c.path(c.down(light(color, .12), color), d("M", x-w/2, y, "C", x-w/2-10, y+70, to-w*1.2-bend, y+100, to-w*1.7, 900, "H", to+w*1.7, "C", to+w*1.2-bend, y+100, x+w/2+10, y+70, x+w/2, y, "Z"))
	for i := range 7 {
		t := float64(i+1) / 8
		at := y + (900-y)*t*t
		mid, half := x+(to-x)*t*t, w/2+(w*1.2)*t*t
		c.stroke(dark(color, .2), 1.6+t, d("M", mid-half*.9, at, "Q", mid, at+6*t, mid+half*.9, at), "opacity", ".45")
	}
}

func (c *canvas) driveway(x, y, w float64) {
	color := "#b9b2a4"
	if c.season == winter {
		color = "#d3d0c8"
	}
	c.path(c.down(color, dark(color, .1)), d("M", x, y, "L", x+w, y, "C", x+w+30, y+80, x+w+120, 830, x+w+170, 900, "H", x-10, "C", x-20, 820, x-10, y+70, x, y, "Z"))
}

func (c *canvas) mailbox(x, y float64) {
	c.rect(x-4, y-62, 8, 62, "#7a6654")
	c.path(c.door, d("M", x-22, y-62, "v -20 a 13 13 0 0 1 13 -13 h 32 v 33 z"))
	c.path(dark(c.door, .25), d("M", x+10, y-62, "v -20 a 13 13 0 0 1 13 -13 a 13 13 0 0 1 13 13 v 20 z"))
	c.rect(x-12, y-104, 4, 20, "#d9564a")
}
