package houses

func (c *canvas) victorian(h House) (spot, float64) {
	x := 330 + c.between(-10, 20)
	at := spot{x - 40, x + 540}
	c.behind(at, false)
	second := []string{"#d8b25c", "#c98a6a", "#e6dcc4", "#93a98f"}[c.IntN(4)]
	door := x + 236
	c.walk(door, ground+44, 76, door+c.between(-40, 70))
	c.chimney(x+392, ground-386, 46, 70)
	// the main block with its steep roof
	c.walls(x+60, ground-262, 400, 262, c.siding, c.pattern)
	c.roofing(c.roof, x+44, ground-262, x+476, ground-262, x+392, ground-412, x+128, ground-412)
	c.eaves(x+40, ground-262, 440)
	// the front gable
	c.walls(x+252, ground-276, 196, 276, c.siding, c.pattern)
	c.frontGable(x+252, ground-276, 196, 148, 18, second, "scale")
	c.path(c.trim, d("M", x+350, ground-418, "l 44 64 h -88 z M", x+350, ground-402, "l -28 40 h 56 z"), "fill-rule", "evenodd")
	c.window(x+332, ground-346, 36, 46, glazing{columns: 2, rows: 2, arch: true})
	g := glazing{columns: 2, rows: 2}
	for _, wx := range []float64{284, 376} {
		c.window(x+wx, ground-246, 40, 84, g)
	}
	c.window(x+186, ground-240, 38, 78, g)
	// the turret
	c.walls(x, ground-316, 148, 316, second, "scale")
	c.rect(x, ground-316, 148, 316, c.define("round", func(id string) string {
		return `<linearGradient id="` + id + `"><stop stop-color="#fff" stop-opacity=".22"/><stop offset=".5" stop-color="#fff" stop-opacity="0"/><stop offset="1" stop-color="#1d1a18" stop-opacity=".26"/></linearGradient>`
	}))
	c.rect(x, ground-178, 148, 12, c.trim)
	c.rect(x, ground-316, 148, 14, c.trim)
	for _, wx := range []float64{20, 60, 100} {
		c.window(x+wx, ground-286, 26, 84, g)
		c.window(x+wx, ground-142, 26, 86, g)
	}
	c.roofing(c.roof, x-16, ground-314, x+164, ground-314, x+74, ground-470)
	c.eaves(x-20, ground-314, 188)
	c.stroke("#3a3a36", 3, d("M", x+74, ground-470, "v -34"))
	c.circle(x+74, ground-506, 5, "#d9a441")
	// the porch
	px, pw := x+140.0, 372.0
	c.doorway(door-27, ground-114, 54, 114, true)
	c.window(x+330, ground-112, 92, 80, glazing{columns: 3, rows: 2})
	c.roofing(c.roof, px-12, ground-132, px+pw+16, ground-132, px+pw-14, ground-170, px+14, ground-170)
	c.eaves(px-14, ground-132, pw+32)
	for i := range 6 {
		cx := px + float64(i)*(pw-10)/5
		c.rect(cx, ground-128, 10, 128, c.across(light(c.trim, .2), dark(c.trim, .12)))
		c.path(c.trim, d("M", cx-22, ground-126, "q 22 2 22 26 h 10 q 0 -24 22 -26 z"))
	}
	for bx := px + 4; bx < px+pw; bx += 11 {
		if bx < door-44 || bx > door+36 {
			c.rect(bx, ground-44, 4, 40, c.trim)
		}
	}
	c.rect(px, ground-48, door-44-px, 6, c.trim)
	c.rect(door+44, ground-48, px+pw-door-44, 6, c.trim)
	c.rect(px-6, ground-4, pw+18, 12, dark(c.trim, .16))
	c.foundation(x, ground+4, 520)
	c.steps(door, ground+6, 88, 3)
	return at, door
}

func (c *canvas) farmhouse(h House) (spot, float64) {
	x := 330.0 - float64(h.Garage)*30
	w := 430.0
	at := spot{x, x + w + 180}
	c.behind(at, h.New)
	// the barn behind
	bx := x + w + 40
	barn := "#9d4b3c"
	if c.chance(.3) {
		barn = "#8d877b"
	}
	c.rect(bx, ground-190, 230, 172, c.across(barn, dark(barn, .15)))
	c.rect(bx, ground-190, 230, 172, c.texture("batten"))
	c.frontGable(bx, ground-190, 230, 112, 12, barn, "batten")
	c.rect(bx+66, ground-124, 98, 106, dark(barn, .2))
	c.stroke("#f3ead6", 5, d("M", bx+66, ground-124, "h 98 v 106 h -98 z l 98 106 m 0 -106 l -98 106"))
	c.window(bx+98, ground-232, 34, 34, glazing{columns: 2, rows: 2})
	door := x + w/2
	c.walk(door, ground+42, 76, door+c.between(-70, 30))
	c.chimney(x+60, ground-318, 46, 66)
	c.walls(x, ground-236, w, 236, c.siding, c.pattern)
	c.sideRoof(x, ground-236, w, 106, 16, 40)
	gx := door - 70
	c.walls(gx, ground-244, 140, 60, c.siding, c.pattern)
	c.frontGable(gx, ground-244, 140, 104, 16, c.siding, "batten")
	c.window(gx+52, ground-288, 36, 44, glazing{columns: 2, rows: 2, arch: true})
	g := glazing{columns: 2, rows: 2, shutters: true}
	c.window(x+52, ground-218, 42, 66, g)
	c.window(gx+28, ground-222, 34, 62, glazing{columns: 2, rows: 2})
	c.window(gx+78, ground-222, 34, 62, glazing{columns: 2, rows: 2})
	c.window(x+w-94, ground-218, 42, 66, g)
	c.window(x+56, ground-100, 46, 72, g)
	c.window(x+w-102, ground-100, 46, 72, g)
	c.doorway(door-27, ground-106, 54, 106, true)
	c.roofing(c.roof, x-26, ground-128, x+w+26, ground-128, x+w-6, ground-164, x+6, ground-164)
	c.eaves(x-30, ground-128, w+60)
	for i := range 6 {
		c.rect(x-16+float64(i)*(w+22)/5, ground-124, 10, 124, c.across(light(c.trim, .2), dark(c.trim, .12)))
	}
	c.rect(x-22, ground-4, w+44, 12, dark(c.trim, .16))
	c.foundation(x-14, ground+4, w+28)
	c.rocker(x+134, ground-4)
	c.rocker(x+w-150, ground-4)
	c.steps(door, ground+6, 90, 2)
	return at, door
}

// rocker is a chair on a porch.
func (c *canvas) rocker(x, y float64) {
	wood := "#5d6b62"
	c.stroke(wood, 4, d("M", x, y-6, "q 18 10 36 0 M", x+4, y-4, "V", y-44, "M", x+30, y-4, "V", y-24, "M", x+2, y-24, "h 32 M", x+4, y-44, "q -2 -10 2 -14"))
	c.rect(x+2, y-28, 30, 6, "#c98a4a", "rx", "2")
}

func (c *canvas) contemporary(h House) (spot, float64) {
	x := 300.0 - float64(h.Garage)*30
	at := spot{x, x + 560 + float64(h.Garage)*60}
	c.behind(at, h.New)
	door := x + 306
	wood := "#b98a5a"
	c.walk(door, ground+16, 84, door+c.between(-60, 40))
	// the high wing under one slope
	left := []float64{x, ground, x, ground - 214, x + 262, ground - 322, x + 262, ground}
	c.poly(c.across(light(c.siding, .1), c.siding), left...)
	c.polyWith(c.texture("batten"), nil, left...)
	c.poly(c.roof, x-26, ground-206, x+280, ground-332, x+280, ground-350, x-26, ground-224)
	for i := range 3 {
		wx := x + 28 + float64(i)*74
		top := ground - 204 - float64(i)*30
		c.rect(wx-5, top-5, 70, ground-24-top+10, "#2c302e")
		c.rect(wx, top, 60, ground-24-top, c.pane())
		c.stroke("#2c302e", 4, d("M", wx, ground-122, "h 60"))
		if !c.hour.lit {
			c.polyWith("#ffffff", []string{"opacity", ".18"}, wx, ground-60, wx+60, top+20, wx+60, top+70, wx, ground-10)
		}
	}
	// the lower wing
	c.rect(x+262, ground-186, 320, 186, c.across(wood, dark(wood, .12)))
	c.rect(x+262, ground-186, 320, 186, c.texture("batten"))
	c.rect(x+246, ground-206, 356, 20, dark(c.roof, .1))
	c.rect(x+262, ground-186, 320, 22, c.fade("#1d1a18", .35))
	c.doorway(door-26, ground-114, 54, 114, true)
	if h.Garage > 0 {
		c.driveway(x+384, ground+12, 180)
		c.rect(x+392, ground-112, 168, 124, "#3a3f40")
		for row := range 4 {
			for col := range 4 {
				c.rect(x+398+float64(col)*40.5, ground-106+float64(row)*29, 34, 23, c.glass(true), "opacity", ".8")
			}
		}
	} else {
		c.rect(x+386, ground-146, 170, 92, "#2c302e")
		c.rect(x+391, ground-141, 160, 82, c.pane())
		c.stroke("#2c302e", 4, d("M", x+471, ground-141, "v 82"))
	}
	c.foundation(x, ground, 582)
	c.steps(door, ground, 110, 1)
	return at, door
}
