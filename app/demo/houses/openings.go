package houses

// glazing is how a window is made.
type glazing struct {
	columns, rows int
	shutters      bool
	box           bool // of flowers
	arch          bool
}

// window at its glass's upper left corner.
func (c *canvas) window(x, y, w, h float64, g glazing) {
	if g.shutters {
		sw := w * .4
		for _, sx := range []float64{x - sw - 6, x + w + 6} {
			c.rect(sx, y-4, sw, h+8, c.shutter, "rx", "1.5")
			c.rect(sx+3, y, sw-6, h, c.texture("louver"))
			c.rect(sx+2, y+h/2-3, sw-4, 5, light(c.shutter, .1))
		}
	}
	c.rect(x-6, y-7, w+12, h+13, c.trim, "rx", "1.5")
	lit := c.hour.lit && c.chance(.78)
	switch {
	case lit:
		c.rect(x, y, w, h, c.down("!#fff0c2", "!#ffd98a", "!#f4b657"))
		if c.chance(.6) {
			for _, fx := range []float64{x, x + w - w*.2} {
				c.rect(fx, y, w*.2, h, "!#fff8e4", "opacity", ".65")
			}
		}
		if c.chance(.22) {
			c.path("!#c98a35", d("M", x+w*.62, y+h, "v", -h*.22, "h", -w*.12, "l", w*.08, -h*.18, "h", w*.2, "l", w*.08, h*.18, "h", -w*.12, "v", h*.22, "z"), "opacity", ".75")
		}
	default:
		c.rect(x, y, w, h, c.down("#6f8a96", "#a9c0c4", "#d3ded9"))
		if c.chance(.7) {
			c.path("#f3efe4", d("M", x, y, "h", w*.34, "q", -w*.05, h*.6, -w*.24, h, "h", -w*.1, "z"), "opacity", ".5")
			c.path("#f3efe4", d("M", x+w, y, "h", -w*.34, "q", w*.05, h*.6, w*.24, h, "h", w*.1, "z"), "opacity", ".5")
		}
		c.polyWith("#ffffff", []string{"opacity", ".22"}, x, y+h*.75, x+w*.8, y, x+w, y, x, y+h)
	}
	c.rect(x, y, w, 5, "#1d1a18", "opacity", ".18")
	bars := ""
	for i := 1; i < g.columns; i++ {
		bars += d("M", x+w*float64(i)/float64(g.columns), y, "v", h) + " "
	}
	for i := 1; i < g.rows; i++ {
		bars += d("M", x, y+h*float64(i)/float64(g.rows), "h", w) + " "
	}
	if bars != "" {
		c.stroke(c.trim, 2.6, bars)
	}
	if g.rows > 1 && g.rows%2 == 0 {
		c.rect(x, y+h/2-2.5, w, 5, c.trim)
	}
	c.rect(x-9, y+h+5, w+18, 6, dark(c.trim, .1), "rx", "1")
	if c.season == winter {
		c.rect(x-8, y+h+1, w+16, 5, "#fbfcfb", "rx", "2.5")
	}
	if g.box && c.season != winter {
		c.rect(x-6, y+h+10, w+12, 15, dark(c.shutter, .1), "rx", "2")
		for bx := x - 3; bx < x+w+6; bx += 8 {
			c.circle(bx, y+h+9, 6, "#6f8f55")
			c.circle(bx+c.between(-3, 3), y+h+c.between(2, 8), 4.2, pick(c, []string{"#d9564a", "#f0b94a", "#f7f0e0", "#d88aa6"}))
		}
	}
	if g.arch {
		c.path(c.trim, d("M", x-6, y-6, "a", w/2+6, w/3, "0 0 1", w+12, 0, "z"))
	}
}

// doorway is a front door with its frame; the lamp beside it always burns.
func (c *canvas) doorway(x, y, w, h float64, sidelights bool) {
	left := x
	if sidelights {
		for _, sx := range []float64{x - w*.34, x + w + w*.1} {
			c.rect(sx-4, y-4, w*.24+8, h+4, c.trim)
			c.rect(sx, y+4, w*.24, h*.7, c.glass(true))
			c.stroke(c.trim, 2, d("M", sx, y+h*.25, "h", w*.24, "M", sx, y+h*.48, "h", w*.24))
		}
		left = x - w*.4
	}
	c.rect(x-9, y-10, w+18, h+10, c.trim)
	c.rect(x, y, w, h, c.across(light(c.door, .08), c.door, dark(c.door, .12)))
	for _, p := range [][4]float64{{.12, .07, .33, .3}, {.55, .07, .33, .3}, {.12, .44, .33, .46}, {.55, .44, .33, .46}} {
		c.rect(x+p[0]*w, y+p[1]*h, p[2]*w, p[3]*h, dark(c.door, .16), "rx", "2")
		c.rect(x+p[0]*w+1.5, y+p[1]*h+2, p[2]*w-2, p[3]*h-2, light(c.door, .07), "rx", "2")
	}
	c.circle(x+w*.88, y+h*.56, 3.4, "!#e9c063")
	if c.season == winter || c.season == fall && c.chance(.4) {
		ring := map[season]string{winter: "#2f5a45", fall: "#b5662f"}[c.season]
		c.raw(`<circle cx="%s" cy="%s" r="%s" fill="none" stroke="%s" stroke-width="8"/>`, num(x+w/2), num(y+h*.26), num(w*.24), c.paint(ring))
		for i := range 6 {
			c.circle(x+w/2+w*.24*[]float64{1, .5, -.5, -1, -.5, .5}[i], y+h*.26+w*.24*[]float64{0, .87, .87, 0, -.87, -.87}[i], 2.6, "#d9564a")
		}
	}
	c.lantern(left-20, y+h*.24)
}

func (c *canvas) glass(up bool) string {
	if c.hour.lit && up {
		return c.down("!#fff0c2", "!#f7c468")
	}
	return c.down("#7d97a1", "#c3d3d2")
}

// lantern is the house's own sign: it burns at any hour.
func (c *canvas) lantern(x, y float64) {
	if c.hour.lit {
		c.glow(x, y+10, 130, .75)
	} else {
		c.glow(x, y+10, 34, .55)
	}
	c.path("#2b2b28", d("M", x-7, y, "L", x, y-9, "L", x+7, y, "Z"))
	c.rect(x-5.5, y, 11, 17, "!#ffdf8e")
	c.stroke("#2b2b28", 1.8, d("M", x-5.5, y, "v 17 h 11 v -17 M", x, y, "v 17"))
}

// steps before a door.
func (c *canvas) steps(x, y, w float64, n int) {
	for i := range n {
		f := float64(i)
		c.rect(x-w/2-f*9, y+f*11, w+f*18, 12, light("#b3aa9b", .25-.08*f))
		c.rect(x-w/2-f*9, y+f*11+9, w+f*18, 3, "#1d1a18", "opacity", ".16")
	}
	if c.season == fall {
		for _, side := range []float64{-1, 1} {
			if c.chance(.75) {
				c.pumpkin(x+side*(w/2+14), y+float64(n)*11, c.between(12, 18))
			}
		}
	}
}

func (c *canvas) pumpkin(x, y, r float64) {
	c.ellipse(x, y-r*.7, r, r*.76, "#c9662a")
	c.ellipse(x, y-r*.7, r*.62, r*.76, "#de8136")
	c.ellipse(x, y-r*.7, r*.26, r*.76, "#e99a4d")
	c.rect(x-2, y-r*1.75, 4.5, r*.42, "#5f6b3a", "rx", "2")
}
