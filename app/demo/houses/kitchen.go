package houses

// cupboards are cabinet doors in a row.
func (c *canvas) cupboards(x, y, w, h float64, n int, color string) {
	c.rect(x, y, w, h, color)
	each := w / float64(n)
	for i := range n {
		dx := x + float64(i)*each
		c.rect(dx+5, y+6, each-10, h-12, light(color, .14), "rx", "3")
		c.rect(dx+15, y+16, each-30, h-32, dark(color, .04), "rx", "2")
		c.rect(dx+15, y+16, each-30, 4, "#1d1a18", "opacity", ".08")
		knob := dx + each - 20
		if i%2 == 1 {
			knob = dx + 12
		}
		c.rect(knob, y+h/2-15, 5, 30, "#c79b4b", "rx", "2.5")
	}
}

// Kitchen of a home.
func Kitchen(h House) []byte {
	c := newCanvas(h, 3)
	c.room(640)
	counter := pick(c, []string{"#efece4", "#5b5f60", "#d9d2c4", "#c69a68"})
	c.rect(60, 330, 900, 130, "#fbf8f0")
	c.rect(60, 330, 900, 130, c.texture("tile"))
	c.outlook(400, 120, 270, 240, h.Water, false)
	if c.chance(.5) {
		c.cupboards(60, 110, 270, 215, 3, c.cabinet)
	} else {
		for _, y := range []float64{180, 290} {
			c.rect(60, y, 270, 13, c.wood)
			c.rect(60, y+11, 270, 3, "#1d1a18", "opacity", ".2")
			for x := 74.0; x < 310; {
				switch c.IntN(4) {
				case 0:
					c.path("#f6f1e4", d("M", x, y-30, "h 34 q -2 28 -17 30 q -15 -2 -17 -30 z"))
					x += 42
				case 1:
					c.rect(x, y-44, 24, 44, pick(c, []string{"#c9d3cf", "#d9c9a0", "#b5694a"}), "rx", "5")
					c.rect(x+2, y-52, 20, 10, c.wood, "rx", "3")
					x += 34
				case 2:
					for i := range 4 {
						c.ellipse(x+24, y-4-float64(i)*6, 25, 5, pick(c, []string{"#fbf7ec", "#dfe6e4", "#e9dcc4"}))
					}
					x += 58
				default:
					c.plant(x+16, y, 36)
					x += 44
				}
			}
		}
	}
	// range and hood
	c.path(light(c.cabinet, .1), d("M 752 0 h 116 v 150 q 8 70 40 96 h -196 q 32 -26 40 -96 z"))
	c.rect(706, 244, 208, 16, c.wood, "rx", "2")
	c.cupboards(60, 470, 640, 170, 6, c.cabinet)
	c.cupboards(920, 470, 40, 170, 1, c.cabinet)
	c.rect(700, 462, 220, 178, c.across("#d3d6d5", "#b3b8b8"))
	c.rect(716, 520, 188, 96, "#3a3f41", "rx", "6")
	c.rect(724, 528, 172, 80, c.down("#5f686b", "#464c4e"), "rx", "4")
	c.rect(724, 506, 172, 7, "#8d9494", "rx", "3.5")
	for i := range 5 {
		c.circle(732+float64(i)*39, 488, 8, "#44494b")
	}
	c.rect(704, 454, 212, 9, "#2f3335", "rx", "2")
	kettle := pick(c, []string{"#a3342a", "#3d6277", "#d9a441", "#1e4a3e"})
	c.path(kettle, d("M 738 452 q -2 -44 30 -46 q 34 2 30 46 z"))
	c.stroke(kettle, 6, "M 798 434 q 14 -2 18 -18")
	c.stroke("#2f3335", 5, "M 748 412 q 20 -30 40 0")
	c.rect(52, 455, 650, 16, counter, "rx", "2")
	c.rect(918, 455, 44, 16, counter)
	c.rect(52, 469, 650, 5, "#1d1a18", "opacity", ".16")
	c.stroke("#9aa0a0", 8, "M 536 455 v -46 q 2 -30 28 -28 q 18 2 18 22")
	c.plant(360, 455, 56)
	for i := range 3 { // knives, boards, a bottle
		c.rect(96+float64(i)*30, 396-float64(i%2)*14, 22, 60+float64(i%2)*14, pick(c, []string{"#b98a5a", "#8fa394", "#c9a24f", "#d8c9a8"}), "rx", "7")
	}
	// the refrigerator
	c.rect(962, 150, 190, 490, c.across("#e6e8e6", "#c6cac9"), "rx", "6")
	c.stroke("#9da3a3", 3, "M 962 420 h 190")
	c.rect(976, 300, 8, 90, "#8d9494", "rx", "4")
	c.rect(976, 446, 8, 90, "#8d9494", "rx", "4")
	for range 3 {
		c.rect(c.between(1010, 1100), c.between(200, 330), 34, 42, pick(c, []string{"#fbf3d8", "#dbe9e6", "#f3d9cf"}), "transform", "rotate("+num(c.between(-6, 6))+" 1060 280)")
	}
	for _, x := range []float64{410, 600, 790} {
		c.pendant(x, 150, c.manner.door)
	}
	// the island
	other := pick(c, []string{"#44594f", "#5d7684", "#f4efe2", "#8a6a4c"})
	c.ellipse(600, 866, 420, 22, "#1d1a18", "opacity", ".18")
	c.cupboards(250, 656, 700, 200, 5, other)
	c.rect(226, 634, 748, 24, counter, "rx", "4")
	c.rect(250, 656, 700, 12, c.fade("#1d1a18", .3))
	for _, x := range []float64{350, 520, 690} {
		c.stroke(dark(c.wood, .3), 9, d("M", x-30, 880, "L", x-22, 720, "M", x+30, 880, "L", x+22, 720, "M", x-27, 816, "h 54"))
		c.rect(x-44, 700, 88, 20, c.fabric, "rx", "9")
		c.rect(x-44, 700, 88, 8, light(c.fabric, .2), "rx", "4")
	}
	c.path("#f3ead6", "M 820 606 h 96 q -8 30 -48 30 q -40 0 -48 -30 z")
	for i := range 5 {
		c.circle(836+float64(i)*16, 600-float64(i%2)*9, 13, pick(c, []string{"#d9564a", "#e8b04a", "#9db24f", "#e38a3a"}))
	}
	c.vase(316, 634)
	if c.chance(.5) {
		c.cat(1070, 850, 1.15)
	}
	return c.picture("A drawing of the kitchen")
}

// vase of flowers.
func (c *canvas) vase(x, y float64) {
	bloom := pick(c, []string{"#f0c95a", "#e3a6bd", "#8fa6d6", "#fbf6ea", "#e07a5f"})
	for range 9 {
		fx, fy := x+c.between(-42, 42), y-c.between(80, 130)
		c.stroke("#6f8f55", 3, d("M", x, y-40, "Q", x, y-70, fx, fy))
		c.circle(fx, fy, c.between(9, 14), bloom)
		c.circle(fx-2, fy-2, 4, light(bloom, .5))
	}
	c.path(c.across("#dfe8e8", "#aebfc2"), d("M", x-16, y, "q -14 -26 2 -52 h 28 q 16 26 2 52 z"))
}
