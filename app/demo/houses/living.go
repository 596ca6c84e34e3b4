package houses

// Living room of a home.
func Living(h House) []byte {
	c := newCanvas(h, 4)
	c.room(610)
	c.outlook(80, 150, 220, 270, h.Water, true)
	c.outlook(900, 150, 220, 270, h.Water, true)
	// the fireplace
	face := pick(c, []string{"brick", "stone"})
	c.rect(410, 36, 380, 574, light(c.manner.wall, .3))
	c.rect(410, 36, 380, 574, c.across("#ffffff", "#f1ead9"), "opacity", ".35")
	color := map[string]string{"brick": "#b0694f", "stone": "#b9b1a2"}[face]
	c.rect(440, 330, 320, 280, color)
	c.rect(440, 330, 320, 280, c.texture(face))
	c.path("#2b2522", "M 500 610 v -150 q 100 -64 200 0 v 150 z")
	for i := range 3 {
		c.rect(530+float64(i)*22, 584-float64(i%2)*12, 110, 18, "#6b4a35", "rx", "9")
	}
	if c.season >= fall || c.hour.lit {
		c.glow(600, 540, 240, .7)
		for i, f := range []string{"!#e8702e", "!#f29a3c", "!#f9c555", "!#fff0b8"} {
			s := 1 - float64(i)*.24
			c.path(f, d("M", 600-56*s, 590, "q", -14*s, -50*s, 22*s, -78*s, "q", 6*s, 26*s, 20*s, 20*s, "q", 4*s, -50*s, 22*s, -66*s, "q", 8*s, 50*s, 34*s, 64*s, "q", 16*s, 30*s, 6*s, 60*s, "z"))
		}
	}
	c.rect(400, 312, 400, 22, "#fffdf6", "rx", "3")
	c.rect(414, 332, 372, 6, "#1d1a18", "opacity", ".16")
	c.painting(490, 96, 220, 160, h.Water)
	c.rect(420, 278, 26, 36, c.fabric, "rx", "5")
	c.vase(750, 312)
	c.rect(0, 610, Width, 30, c.fade("#1d1a18", .12))
	// shelves
	if c.chance(.6) {
		for _, x := range []float64{330, 806} {
			c.rect(x-8, 170, 78, 436, "#fffdf6")
			for y := 240.0; y < 600; y += 84 {
				c.rect(x-2, y-64, 66, 70, dark(c.manner.wall, .12))
				for bx := x + 2; bx < x+56; {
					w, tall := c.between(7, 13), c.between(36, 58)
					c.rect(bx, y+4-tall, w, tall, pick(c, []string{"#8a4a3a", "#3d5a66", "#c9a24f", "#5f7a6c", "#d8c9a8", "#6d5a70"}))
					bx += w + 1.5
				}
				c.rect(x-4, y+4, 70, 7, "#f1ead9")
			}
		}
	}
	// the rug
	rug := pick(c, []string{"#e9dcc4", "#c9d3cf", "#d8b79a"})
	c.path(rug, "M 230 690 h 740 l 90 176 h -920 z")
	c.stroke(dark(c.fabric, .1), 5, "M 248 708 h 704 l 68 136 h -840 z", "opacity", ".6")
	c.stroke(c.fabric, 3, "M 270 726 h 660 l 50 100 h -760 z", "opacity", ".5")
	c.sofa(70, 560, 420)
	c.armchair(830, 570)
	c.rect(500, 752, 230, 18, c.wood, "rx", "4")
	c.stroke(dark(c.wood, .25), 9, "M 520 770 v 60 M 712 770 v 60")
	c.rect(540, 738, 70, 8, "#3d5a66")
	c.rect(546, 730, 58, 8, "#c9a24f")
	c.path("#fbf6ea", "M 650 752 v -22 h 28 v 22 z")
	c.stroke("#fbf6ea", 4, "M 678 736 q 12 2 0 12")
	// a floor lamp and a plant
	c.stroke("#3a3a36", 6, "M 46 716 V 380")
	c.glow(46, 400, map[bool]float64{true: 260, false: 110}[c.hour.lit], .6)
	c.path("!#fbeecb", "M 14 350 h 64 l 20 66 h -104 z")
	c.plant(1130, 740, 150)
	if c.chance(.6) {
		c.dog(640, 860, .95)
	} else if c.chance(.5) {
		c.cat(780, 862, 1)
	}
	return c.picture("A drawing of the living room")
}

// painting of somewhere near.
func (c *canvas) painting(x, y, w, h float64, water bool) {
	c.rect(x-12, y-12, w+24, h+24, c.wood)
	c.rect(x-12, y+h+10, w+24, 4, "#1d1a18", "opacity", ".18")
	c.rect(x, y, w, h, c.down("#bcd5dc", "#f3dcb4"))
	if water || c.chance(.5) {
		c.rect(x, y+h*.6, w, h*.4, "#6f9fae")
		c.sail(x+w*.6, y+h*.72, .9)
		c.path("#8fa07a", d("M", x, y+h*.6, "q", w*.2, -h*.14, w*.42, 0, "z"))
		return
	}
	c.path("#c9a24f", d("M", x, y+h, "v", -h*.4, "q", w*.3, -h*.16, w*.6, 0, "t", w*.4, -h*.06, "v", h*.46, "z"))
	c.path("#8f9a5a", d("M", x, y+h, "v", -h*.2, "q", w*.4, -h*.2, w, h*.02, "v", h*.18, "z"))
	c.rect(x+w*.28, y+h*.46, w*.1, h*.12, "#9d4b3c")
	c.poly("#5b534a", x+w*.26, y+h*.46, x+w*.33, y+h*.38, x+w*.4, y+h*.46)
}

func (c *canvas) sofa(x, y, w float64) {
	c.ellipse(x+w/2, y+192, w*.54, 14, "#1d1a18", "opacity", ".18")
	c.rect(x+10, y, w-20, 130, c.down(light(c.fabric, .08), c.fabric), "rx", "22")
	c.rect(x, y+44, 62, 142, light(c.fabric, .05), "rx", "24")
	c.rect(x+w-62, y+44, 62, 142, dark(c.fabric, .06), "rx", "24")
	for i := range 2 {
		f := float64(i)
		c.rect(x+56+f*(w-112)/2, y+84, (w-112)/2-3, 54, light(c.fabric, .14), "rx", "12")
	}
	c.rect(x+50, y+134, w-100, 48, c.fabric)
	c.rect(x+50, y+134, w-100, 10, c.fade("#1d1a18", .25))
	for _, px := range []float64{x + 74, x + w - 146} {
		pillow := pick(c, []string{"#f3ead6", "#d9a441", "#b5694a", "#dfe6e4", "#5d7684"})
		c.rect(px, y+34, 72, 62, pillow, "rx", "12", "transform", "rotate("+num(c.between(-12, 12))+" "+num(px+36)+" "+num(y+65)+")")
	}
	c.rect(x+30, y+182, 12, 14, dark(c.wood, .3))
	c.rect(x+w-42, y+182, 12, 14, dark(c.wood, .3))
}

func (c *canvas) armchair(x, y float64) {
	cloth := pick(c, []string{"#c9a24f", "#b5694a", "#e3dccb", "#5d7684"})
	c.ellipse(x+95, y+190, 110, 12, "#1d1a18", "opacity", ".18")
	c.rect(x+16, y-18, 158, 150, c.down(light(cloth, .1), cloth), "rx", "30")
	c.rect(x+40, y+92, 112, 50, light(cloth, .16), "rx", "12")
	c.rect(x, y+56, 46, 128, cloth, "rx", "20")
	c.rect(x+144, y+56, 46, 128, dark(cloth, .07), "rx", "20")
	c.rect(x+40, y+138, 110, 44, dark(cloth, .04))
}

// Bedroom of a home.
func Bedroom(h House) []byte {
	c := newCanvas(h, 5)
	c.room(620)
	if h.Kind == Cape || h.Kind == Cottage || h.Kind == Saltbox { // under the roof
		c.poly(light(c.manner.wall, .45), 0, 0, 330, 0, 0, 360)
		c.poly(dark(c.manner.wall, .05), 1200, 0, 870, 0, 1200, 360)
		c.rect(0, 0, Width, 26, "#fffdf6")
	}
	c.outlook(330, 120, 230, 250, h.Water, true)
	c.painting(760, 150, 180, 130, h.Water)
	// the bed, on a rug
	x, w := 400.0, 460.0
	rug := pick(c, []string{"#e9dcc4", "#c9d3cf", "#d8b79a"})
	c.path(rug, "M 300 716 h 660 l 96 164 h -852 z")
	c.stroke(dark(c.fabric, .1), 5, "M 312 732 h 636 l 76 132 h -788 z", "opacity", ".5")
	c.ellipse(x+w/2, 862, w*.62, 20, "#1d1a18", "opacity", ".2")
	c.rect(x-14, 430, w+28, 220, c.across(light(c.wood, .1), dark(c.wood, .1)), "rx", "16")
	for i := range 4 {
		c.rect(x+12+float64(i)*114, 452, 94, 150, dark(c.wood, .12), "rx", "8")
	}
	for i := range 2 {
		px := x + 26 + float64(i)*214
		c.rect(px, 520, 194, 96, c.down("#fffdf6", "#ece5d6"), "rx", "26")
		c.rect(px+30, 552, 134, 74, c.fabric, "rx", "20")
		c.rect(px+30, 552, 134, 30, light(c.fabric, .18), "rx", "15")
	}
	quilt := light(c.fabric, .55)
	c.path(c.down(light(quilt, .3), quilt), d("M", x-6, 640, "q", w/2, -40, w+12, 0, "l 56 210 q -20 16 -44 12 h", -w-36, "q -30 4 -44 -12 z"))
	c.raw(`<g opacity=".75">`)
	for row := range 4 {
		for col := range 7 {
			f := 1 + float64(row)*.075
			qx := 630 + (float64(col)-3)*64*f
			qy := 668 + float64(row)*46
			c.polyWith(pick(c, []string{c.fabric, "#f3ead6", c.door, light(c.fabric, .3), "#d9a441"}), nil, qx, qy-15, qx+17, qy, qx, qy+15, qx-17, qy)
		}
	}
	c.raw(`</g>`)
	c.path("#fffdf6", d("M", x-8, 636, "q", w/2, -42, w+16, 0, "l 6 26 q", -w/2-14, -38, -w-28, 0, "z"))
	for _, nx := range []float64{270, 890} {
		c.rect(nx, 560, 110, 150, c.across(light(c.wood, .06), dark(c.wood, .08)), "rx", "4")
		c.rect(nx-8, 552, 126, 14, dark(c.wood, .08), "rx", "3")
		c.rect(nx+10, 584, 90, 46, dark(c.wood, .06), "rx", "3")
		c.circle(nx+55, 607, 5, "#c79b4b")
		c.lampshade(nx+50, 552)
	}
	c.rect(918, 542, 56, 9, "#3d5a66")
	c.plant(1110, 760, 170)
	c.rect(60, 300, 150, 330, c.across(light(c.wood, .02), dark(c.wood, .1)), "rx", "4")
	for i := range 4 {
		c.rect(70, 316+float64(i)*78, 130, 66, light(c.wood, .1), "rx", "4")
		c.rect(122, 345+float64(i)*78, 28, 6, "#c79b4b", "rx", "3")
	}
	c.vase(134, 300)
	if c.chance(.55) {
		c.cat(760, 668, .85)
	}
	return c.picture("A drawing of a bedroom")
}
