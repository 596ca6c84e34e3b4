package houses

import (
	"math"
	"strings"
)

// sky with what belongs into it.
func (c *canvas) sky() {
	c.rect(0, 0, Width, 640, c.gradient(0, 1, shining(c.hour.sky)...))
	if c.hour.stars {
		for range 46 {
			c.circle(c.between(0, Width), c.between(0, 330), c.between(.8, 2.1), "!#fff6df", "opacity", num(c.between(.4, 1)))
		}
		x := c.between(200, 960)
		c.circle(x+14, 205, 90, "!#fbf0cf", "opacity", ".08")
		c.path("!#fbf0cf", d("M", x+20, 168, "a 38 38 0 1 0 26 60 a 32 32 0 0 1 -26 -60 z"))
	}
	if c.hour.sun >= 0 {
		x, y := 120+c.hour.sun*960, 216.0
		if c.hour.name != "day" {
			y = 340
		}
		c.circle(x, y, 150, "!#fff3cf", "opacity", ".25")
		c.circle(x, y, 92, "!#fff3cf", "opacity", ".3")
		c.circle(x, y, 52, "!#fff4d2")
	}
	color, opacity := "!#fffdf6", .78
	switch c.hour.name {
	case "dusk":
		color, opacity = "!#f3b8a0", .5
	case "evening":
		color, opacity = "!#8a86ab", .35
	case "gold":
		color = "!#fff0d6"
	}
	for i := range 2 + c.IntN(3) {
		c.cloud(c.between(60, 1150), c.between(165, 300), c.between(.55, 1.25), color, opacity-float64(i)*.08)
	}
	if !c.hour.lit && c.chance(.7) {
		x, y := c.between(240, 950), c.between(190, 290)
		for range 3 + c.IntN(3) {
			bx, by, s := x+c.between(-90, 90), y+c.between(-45, 45), c.between(6, 11)
			c.stroke("#4f5a5e", 2.2, d("M", bx-2*s, by, "q", s, -s, 2*s, 0, "q", s, -s, 2*s, 0), "opacity", ".6")
		}
	}
}

func shining(colors []string) []string {
	out := make([]string, len(colors))
	for i, color := range colors {
		out[i] = "!" + color
	}
	return out
}

func (c *canvas) cloud(x, y, s float64, color string, opacity float64) {
	c.raw(`<g opacity="%s">`, num(math.Max(opacity, .3)))
	c.path(color, d("M", x-95*s, y, "a", 26*s, 26*s, "0 0 1", 30*s, -34*s, "a", 44*s, 44*s, "0 0 1", 80*s, -22*s, "a", 36*s, 36*s, "0 0 1", 62*s, 18*s, "a", 24*s, 24*s, "0 0 1", 24*s, 38*s, "z"))
	c.raw(`</g>`)
}

// far is the land behind the house: two ridges, a line of trees, or the water.
func (c *canvas) far(water bool, ground float64) {
	hill := hills[c.season]
	if water {
		c.sea(ground-150, ground)
		return
	}
	for i, y := range []float64{ground - 120, ground - 70} {
		w := c.between(240, 340)
		c.path(mix(hill[i], c.hour.sky[len(c.hour.sky)-1], .35-.2*float64(i)),
			d("M 0", y+20, "C", w, y-c.between(20, 90), 2*w, y+c.between(10, 50), 640, y, "S", 1000, y-c.between(30, 80), 1200, y+10, "V", ground+60, "H 0 Z"))
	}
	x := -20.0
	for x < Width {
		r := c.between(22, 46)
		if c.chance(.3) {
			c.pine(x, ground+10, r*2.6, mix(hill[1], "#3f5a48", .55))
		} else if c.season == winter {
			c.ellipse(x, ground-r*.6, r*.8, r*1.1, mix(hill[1], "#8a8078", .35), "opacity", ".7")
			c.rect(x-1.5, ground-r*.7, 3, r*.9, mix(hill[1], "#6b635b", .6))
		} else {
			c.circle(x, ground-r*.7, r, mix(pick(c, leaves[c.season]), hill[0], .45))
		}
		x += r * 1.25
	}
}

// sea from a horizon down, with islands, sails and sometimes a lighthouse.
func (c *canvas) sea(horizon, shore float64) {
	last := c.hour.sky[len(c.hour.sky)-1]
	c.rect(0, horizon, Width, shore-horizon+80, c.down(mix("#8fb7c2", last, .5), "#5f95a8", "#477f95"))
	for range 3 {
		x, w := c.between(0, 1100), c.between(90, 240)
		c.path(mix("#7d9a86", last, .35), d("M", x, horizon+2, "q", w*.3, -c.between(14, 30), w*.55, -12, "t", w*.45, 12, "z"))
	}
	if c.chance(.5) {
		x := c.between(160, 1050)
		c.path("#8a8577", d("M", x-46, horizon+4, "q 46 -22 92 0 z"))
		c.poly("#f6f1e4", x-9, horizon-8, x+9, horizon-8, x+6, horizon-66, x-6, horizon-66)
		c.rect(x-8, horizon-40, 16, 10, "#a3342a")
		c.rect(x-5, horizon-80, 10, 14, map[bool]string{true: "!#ffe3a0", false: "#dfe8e4"}[c.hour.lit])
		c.poly("#a3342a", x-8, horizon-80, x+8, horizon-80, x, horizon-92)
		if c.hour.lit {
			c.glow(x, horizon-73, 60, .8)
		}
	}
	for range 2 + c.IntN(3) {
		c.sail(c.between(60, 1140), c.between(horizon+14, horizon+60), c.between(.6, 1.3))
	}
	for range 26 {
		y := c.between(horizon+8, shore+20)
		w := c.between(14, 60) * (y - horizon + 40) / 160
		c.stroke("#eaf3f1", 2, d("M", c.between(0, Width), y, "h", w), "opacity", num(c.between(.15, .5)))
	}
}

func (c *canvas) sail(x, y, s float64) {
	c.path("#fffaf0", d("M", x, y-2*s, "V", y-58*s, "Q", x+26*s, y-24*s, x+30*s, y-6*s, "Z"))
	c.path("#efe3cc", d("M", x-4*s, y-4*s, "V", y-50*s, "Q", x-18*s, y-20*s, x-22*s, y-6*s, "Z"))
	c.path(pick(c, []string{"#a3342a", "#2f4a5a", "#f3ead6"}), d("M", x-28*s, y, "H", x+34*s, "L", x+24*s, y+10*s, "H", x-18*s, "Z"))
}

// lawn from a line down, with tufts, and in their seasons leaves, flowers and snow.
func (c *canvas) lawn(y float64) {
	green := lawns[c.season]
	c.path(c.down(green[0], green[1]), d("M 0", y, "Q 300", y-16, 620, y-4, "T 1200", y-6, "V 900 H 0 Z"))
	for range 3 {
		at := c.between(y+40, 860)
		c.path(light(green[0], .3), d("M 0", at, "Q 400", at-26, 800, at, "T 1200", at-10, "V", at+14, "Q 800", at+34, 400, at+10, "T 0", at+16, "Z"), "opacity", ".35")
	}
	tufts := ""
	for range 60 {
		x, at := c.between(0, Width), c.between(y+16, 890)
		s := 3 + (at-y)/45
		tufts += d("M", x, at, "q", -s*.3, -s, -s*.7, -s*1.4, "M", x, at, "q", s*.2, -s, s*.6, -s*1.5) + " "
	}
	if c.season != winter {
		c.stroke(dark(green[1], .12), 1.6, tufts, "opacity", ".5")
	}
	if c.season == fall {
		for range 70 {
			at := c.between(y+14, 890)
			c.ellipse(c.between(0, Width), at, 3+(at-y)/60, 2+(at-y)/110, pick(c, leaves[fall]), "opacity", ".85")
		}
	}
	if c.season == spring {
		for range 46 {
			at := c.between(y+20, 890)
			c.circle(c.between(0, Width), at, 2+(at-y)/120, pick(c, []string{"#f6dc7d", "#fffdf6", "#eab6c2"}))
		}
	}
}

// tree stands at x with its foot at y; s is about its height.
func (c *canvas) tree(x, y, s float64) {
	switch {
	case c.season == winter:
		c.bare(x, y, s, "#6b5d52")
		return
	case c.chance(.18):
		c.pine(x, y, s*1.05, "#4a6a52")
		return
	}
	c.ellipse(x+s*.1, y+3, s*.34, s*.045, "#000000", "opacity", num(c.hour.shadow))
	bark := pick(c, []string{"#6f5a48", "#7a6654", "#5f4f42"})
	if c.chance(.2) {
		bark = "#e6e0d3" // a birch
	}
	c.path(c.across(bark, dark(bark, .3)), d("M", x-s*.035, y, "Q", x-s*.02, y-s*.25, x-s*.02, y-s*.5, "H", x+s*.022, "Q", x+s*.02, y-s*.2, x+s*.045, y, "Z"))
	c.stroke(bark, s*.022, d("M", x, y-s*.33, "Q", x+s*.07, y-s*.42, x+s*.13, y-s*.5, "M", x, y-s*.38, "Q", x-s*.07, y-s*.45, x-s*.12, y-s*.52))
	leaf := pick(c, leaves[c.season])
	type ball struct{ x, y, r float64 }
	var crown []ball
	for i := range 13 {
		angle := float64(i) / 13 * 2 * math.Pi
		crown = append(crown, ball{x + math.Cos(angle)*s*.2*c.between(.75, 1.15), y - s*.66 + math.Sin(angle)*s*.19*c.between(.75, 1.15), s * c.between(.1, .155)})
	}
	crown = append(crown, ball{x, y - s*.66, s * .22})
	for _, b := range crown {
		c.circle(b.x+s*.015, b.y+s*.03, b.r, dark(leaf, .2))
	}
	for _, b := range crown {
		c.circle(b.x, b.y, b.r, leaf)
	}
	for _, b := range crown {
		if b.y < y-s*.6 {
			c.circle(b.x-b.r*.2, b.y-b.r*.22, b.r*.66, mix(leaf, "#fff1c4", .2), "opacity", ".5")
		}
	}
	for range 30 {
		angle, far := c.between(0, 2*math.Pi), math.Sqrt(c.Float64())*s*.27
		c.ellipse(x+math.Cos(angle)*far, y-s*.67+math.Sin(angle)*far*.92, s*.014, s*.009, pick(c, []string{light(leaf, .42), light(leaf, .25), dark(leaf, .12)}), "opacity", ".65")
	}
}

func (c *canvas) pine(x, y, s float64, color string) {
	c.rect(x-s*.025, y-s*.14, s*.05, s*.14, "#5b4a3e")
	for i := range 5 {
		f := float64(i)
		w, top := s*(.25-.042*f), y-s*(.30+.16*f)
		low := y - s*(.08+.155*f)
		c.path(mix(color, "#1f3a30", .22-.05*f), d("M", x, top, "L", x+w, low, "Q", x+w*.5, low-s*.018, x, low+s*.012, "Q", x-w*.5, low-s*.018, x-w, low, "Z"))
		c.path(light(color, .16), d("M", x, top, "L", x-w, low, "Q", x-w*.5, low-s*.018, x-w*.15, low, "Z"), "opacity", ".5")
		if c.season == winter {
			c.path("#fbfcfb", d("M", x, top-2, "L", x+w*.62, low-s*.055, "Q", x+w*.2, low-s*.05, x, low-s*.075, "Q", x-w*.3, low-s*.03, x-w*.66, low-s*.05, "Z"), "opacity", ".92")
		}
	}
}

// bare is a tree in winter.
func (c *canvas) bare(x, y, s float64, color string) {
	var grow func(x, y, angle, length, width float64)
	thick := map[int]*strings.Builder{}
	grow = func(x, y, angle, length, width float64) {
		tx, ty := x+math.Cos(angle)*length, y+math.Sin(angle)*length
		at := int(width * 2)
		if thick[at] == nil {
			thick[at] = &strings.Builder{}
		}
		thick[at].WriteString("M" + num(x) + " " + num(y) + "L" + num(tx) + " " + num(ty))
		if length < max(s*.05, 9) {
			return
		}
		for range 2 + c.IntN(2) {
			grow(tx, ty, angle+c.between(-.62, .62), length*c.between(.62, .78), width*.64)
		}
	}
	grow(x, y, -math.Pi/2+c.between(-.06, .06), s*.27, math.Max(s*.032, 1.5))
	for width := 200; width >= 0; width-- {
		if lines := thick[width]; lines != nil {
			c.stroke(color, math.Max(float64(width)/2, .8), lines.String())
		}
	}
}

// bush by the wall; in summer many are hydrangeas.
func (c *canvas) bush(x, y, s float64) {
	leaf := pick(c, leaves[c.season])
	if c.season == winter {
		leaf = "#5f7a66"
	}
	if c.season == fall && c.chance(.5) {
		leaf = "#7d8f52"
	}
	c.ellipse(x, y+2, s*.62, s*.1, "#000000", "opacity", num(c.hour.shadow))
	for _, b := range [][3]float64{{-.34, -.22, .28}, {.34, -.22, .28}, {0, -.34, .36}, {-.16, -.14, .26}, {.18, -.14, .26}} {
		c.circle(x+b[0]*s, y+b[1]*s, b[2]*s, mix(leaf, dark(leaf, .25), c.Float64()*.6))
	}
	c.circle(x-.1*s, y-.44*s, .18*s, light(leaf, .22), "opacity", ".55")
	switch {
	case c.season == winter:
		c.path("#fbfcfb", d("M", x-.5*s, y-.34*s, "q", .1*s, -.3*s, .5*s, -.34*s, "q", .4*s, .02*s, .5*s, .34*s, "q", -.22*s, -.1*s, -.5*s, -.05*s, "q", -.3*s, -.06*s, -.5*s, .05*s, "z"))
	case c.season == summer && c.chance(.65), c.season == spring && c.chance(.5):
		bloom := pick(c, []string{"#8fa6d6", "#e3a6bd", "#fbf6ea", "#b79fd0"})
		for range 9 {
			bx, by, r := x+c.between(-.5, .5)*s, y-c.between(.12, .6)*s, s*c.between(.07, .11)
			c.circle(bx, by, r, dark(bloom, .12))
			c.circle(bx-r*.2, by-r*.25, r*.7, light(bloom, .25))
		}
	}
}

// stones are a wall of the fields.
func (c *canvas) stones(x, y, w, h float64) {
	c.rect(x, y-h, w, h, "#8f897d")
	for row := range 3 {
		for at := x; at < x+w; {
			step := c.between(24, 52)
			stone := pick(c, []string{"#a8a294", "#b5ae9f", "#98928a", "#c0b8a6", "#8f8c84"})
			c.rect(at+1, y-h+float64(row)*h/3+c.between(-2, 2), step-2, h/3, stone, "rx", "7")
			at += step
		}
	}
	if c.season == winter {
		c.rect(x, y-h-6, w, 9, "#fbfcfb", "rx", "5")
	}
}

// snow in the air.
func (c *canvas) flakes() {
	if c.season != winter {
		return
	}
	for range 70 {
		c.circle(c.between(0, Width), c.between(0, Height), c.between(1.4, 4), "!#ffffff", "opacity", num(c.between(.5, .95)))
	}
}
