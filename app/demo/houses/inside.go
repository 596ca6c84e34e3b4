package houses

// room is the shell of every room: wall, moldings and a floor of boards.
func (c *canvas) room(floor float64) {
	c.view = "0 0 1200 900"
	if c.hour.lit { // lamps make a room warm whatever the sky does
		c.hour.tint, c.hour.share = "#7a4f2a", .13
	}
	c.rect(0, 0, Width, floor, c.down(light(c.manner.wall, .25), c.manner.wall, dark(c.manner.wall, .07)))
	c.rect(0, 0, Width, 26, "#fffdf6")
	c.rect(0, 26, Width, 10, dark("#fffdf6", .08))
	c.rect(0, 36, Width, 26, c.fade("#1d1a18", .08))
	c.rect(0, floor-34, Width, 34, "#fffdf6")
	c.rect(0, floor-38, Width, 5, dark("#fffdf6", .1))
	c.rect(0, floor, Width, 900-floor, c.down(dark(c.wood, .12), c.wood, light(c.wood, .1)))
	lines := ""
	for i := -14; i <= 14; i++ {
		f := float64(i)
		lines += d("M", 600+f*62, floor, "L", 600+f*150, 900) + " "
	}
	c.stroke(dark(c.wood, .35), 1.6, lines, "opacity", ".5")
	ends := ""
	for range 26 {
		y := c.between(floor+10, 890)
		f := float64(c.IntN(28) - 14)
		at := (y - floor) / (900 - floor)
		x := 600 + f*(62+88*at)
		ends += d("M", x, y, "h", 62+88*at) + " "
	}
	c.stroke(dark(c.wood, .35), 1.6, ends, "opacity", ".45")
	c.rect(0, floor, Width, 30, c.fade("#1d1a18", .22))
}

// outlook is a window seen from inside, with what is out there.
func (c *canvas) outlook(x, y, w, h float64, water, curtains bool) {
	c.rect(x-16, y-16, w+32, h+30, "#fffdf6")
	c.rect(x-16, y-16, w+32, h+30, c.fade("#1d1a18", .05))
	clip := c.define(num(x)+"clip"+num(y), func(id string) string {
		return `<clipPath id="` + id + `"><rect x="` + num(x) + `" y="` + num(y) + `" width="` + num(w) + `" height="` + num(h) + `"/></clipPath>`
	})
	c.raw(`<g clip-path="%s">`, clip)
	c.rect(x, y, w, h, c.gradient(0, 1, shining(c.hour.sky)...))
	low := y + h*.62
	if c.hour.sun >= 0 {
		c.circle(x+w*c.hour.sun, y+h*.28, h*.1, "!#fff4d2")
	}
	night := 0.0
	if c.hour.lit {
		night = .5
	}
	shade := func(color string) string { return mix(color, "#2b3158", night) }
	if water {
		c.rect(x, low, w, h, c.down("!"+shade("#7fabba"), "!"+shade("#4f859b")))
		c.sail(x+w*c.between(.2, .8), low+h*.08, h/330)
		c.path("!"+shade("#7d9a86"), d("M", x, low+2, "q", w*.15, -h*.06, w*.3, 0, "z"))
	} else {
		c.path("!"+shade(hills[c.season][0]), d("M", x, low, "q", w*.3, -h*.16, w*.6, -h*.02, "t", w*.45, 0, "v", h, "h", -w*1.05, "z"))
		c.rect(x, low+h*.16, w, h, "!"+shade(lawns[c.season][0]))
		for range 3 {
			tx, r := x+c.between(0, w), h*c.between(.1, .17)
			c.rect(tx-r*.1, low+h*.02, r*.2, h*.2, "!"+shade("#6f5a48"))
			if c.season != winter {
				leaf := pick(c, leaves[c.season])
				c.circle(tx, low-r*.2, r, "!"+shade(leaf))
				c.circle(tx-r*.3, low-r*.5, r*.55, "!"+shade(light(leaf, .2)))
			}
		}
	}
	c.polyWith("#ffffff", []string{"opacity", ".13"}, x, y+h*.8, x+w*.7, y, x+w*.95, y, x, y+h*1.1)
	c.raw(`</g>`)
	bars := d("M", x, y+h/2, "h", w) + " "
	for i := 1; i < 3; i++ {
		bars += d("M", x+w*float64(i)/3, y, "v", h) + " "
	}
	c.stroke("#fffdf6", 6, bars)
	c.rect(x-26, y+h+12, w+52, 12, "#fffdf6", "rx", "2")
	c.rect(x-26, y+h+21, w+52, 4, "#1d1a18", "opacity", ".1")
	if curtains {
		cloth := light(c.fabric, .62)
		c.rect(x-62, y-44, w+124, 7, "#6b5443", "rx", "3")
		for _, side := range []float64{-1, 1} {
			cx := x + w/2 + side*(w/2+14)
			c.path(cloth, d("M", cx-side*26, y-40, "L", cx+side*44, y-40, "C", cx+side*38, y+h*.5, cx+side*50, y+h*.8, cx+side*46, y+h+96, "L", cx-side*4, y+h+96, "C", cx-side*16, y+h*.7, cx-side*6, y+h*.3, cx-side*26, y-40, "Z"))
			for i := range 3 {
				f := float64(i)
				c.stroke(dark(cloth, .16), 2, d("M", cx+side*(f*18-6), y-36, "C", cx+side*(f*16-2), y+h*.5, cx+side*(f*16+6), y+h*.8, cx+side*(f*15+6), y+h+92), "opacity", ".6")
			}
		}
	}
}

// pendant hangs from the ceiling.
func (c *canvas) pendant(x, y float64, shade string) {
	c.stroke("#2f3230", 2.4, d("M", x, 0, "V", y))
	c.glow(x, y+44, map[bool]float64{true: 210, false: 90}[c.hour.lit], .6)
	c.path(shade, d("M", x-12, y, "h 24 q 4 26 32 42 h -88 q 28 -16 32 -42 z"))
	c.ellipse(x, y+43, 42, 7, "!#ffe7ad")
}

// lampshade stands on something.
func (c *canvas) lampshade(x, y float64) {
	c.glow(x, y-70, map[bool]float64{true: 190, false: 80}[c.hour.lit], .65)
	c.path(c.fabric, d("M", x-15, y, "q -14 -26 6 -44 h 18 q 20 18 6 44 z"))
	c.path("!#fbeecb", d("M", x-20, y-100, "h 40 l 16 52 h -72 z"))
}

// plant in a pot.
func (c *canvas) plant(x, y, s float64) {
	for i := range 11 {
		f := float64(i-5) / 5
		c.path(mix("#4d7a4a", "#8aa95f", c.Float64()), d("M", x, y-s*.3, "q", f*s*.2, -s*.6, f*s*.72, -s*c.between(.6, 1), "q", -f*s*.1, s*.36, -f*s*.72+4, s*.68, "z"))
	}
	pot := pick(c, []string{"#c4785a", "#f1eadb", "#5f7681"})
	c.path(c.across(pot, dark(pot, .15)), d("M", x-s*.24, y-s*.36, "h", s*.48, "l", -s*.07, s*.36, "h", -s*.34, "z"))
}

// cat sits where cats sit.
func (c *canvas) cat(x, y, s float64) {
	fur := pick(c, []string{"#d98d46", "#4a4642", "#b9b2a6", "#e9dfcc"})
	c.ellipse(x+4*s, y+1, 34*s, 5*s, "#1d1a18", "opacity", ".15")
	c.stroke(fur, 9*s, d("M", x+24*s, y-6*s, "q", 34*s, 2*s, 30*s, -30*s))
	c.path(fur, d("M", x-20*s, y, "q", -6*s, -44*s, 16*s, -52*s, "q", 30*s, 4*s, 32*s, 52*s, "z"))
	c.circle(x-6*s, y-62*s, 18*s, fur)
	c.poly(fur, x-23*s, y-66*s, x-22*s, y-90*s, x-7*s, y-77*s)
	c.poly(fur, x+11*s, y-66*s, x+10*s, y-90*s, x-5*s, y-77*s)
	c.circle(x-12*s, y-63*s, 2.2*s, "#2a2a26")
	c.circle(x, y-63*s, 2.2*s, "#2a2a26")
	c.poly("#c9787a", x-8.5*s, y-57*s, x-3.5*s, y-57*s, x-6*s, y-54*s)
}

// dog asleep.
func (c *canvas) dog(x, y, s float64) {
	fur := pick(c, []string{"#c99a5e", "#8a6a4a", "#e6d6b8", "#55504a"})
	c.ellipse(x, y+2, 82*s, 10*s, "#1d1a18", "opacity", ".16")
	c.path(fur, d("M", x-70*s, y, "q", -8*s, -40*s, 40*s, -46*s, "h", 50*s, "q", 52*s, 2*s, 46*s, 46*s, "z"))
	c.ellipse(x-56*s, y-18*s, 30*s, 19*s, light(fur, .06))
	c.path(dark(fur, .25), d("M", x-66*s, y-34*s, "q", 24*s, -4*s, 20*s, 22*s, "q", -20*s, 2*s, -20*s, -22*s, "z"))
	c.ellipse(x-84*s, y-13*s, 6*s, 4.5*s, "#2a2622")
	c.stroke("#2a2622", 2*s, d("M", x-74*s, y-22*s, "q", 4*s, 4*s, 9*s, 1*s))
	c.stroke(fur, 12*s, d("M", x+62*s, y-10*s, "q", 34*s, 8*s, 20*s, -18*s))
}
