package houses

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
)

// canvas gathers a picture. Colors are tinted by the hour, but those that begin with "!", which shine by themselves.
type canvas struct {
	manner
	*rand.Rand
	body, defs strings.Builder
	ids        int
	known      map[string]string
	view       string // what is seen of the drawing
}

func newCanvas(h House, salt uint64) *canvas {
	return &canvas{manner: h.manner(), Rand: h.dice(salt), known: map[string]string{}, view: "0 0 1200 900"}
}

// picture is the finished document.
func (c *canvas) picture(title string) []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="%s" width="%d" height="%d"><title>%s</title><defs>%s</defs>%s</svg>`,
		c.view, Width, Height, title, c.defs.String(), c.body.String())
}

// num is a coordinate without more digits than the eye sees.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

// between is a number in a range.
func (c *canvas) between(low, high float64) float64 { return low + c.Float64()*(high-low) }

// chance is true p of the time.
func (c *canvas) chance(p float64) bool { return c.Float64() < p }

func pick[T any](c *canvas, from []T) T { return from[c.IntN(len(from))] }

// mix is a color on the way from one to another.
func mix(a, b string, share float64) string {
	x, _ := strconv.ParseUint(a[1:], 16, 32)
	y, _ := strconv.ParseUint(b[1:], 16, 32)
	out := uint64(0)
	for shift := 16; shift >= 0; shift -= 8 {
		p, q := float64(x>>shift&255), float64(y>>shift&255)
		out |= uint64(p+(q-p)*share+.5) << shift
	}
	return fmt.Sprintf("#%06x", out)
}

func dark(color string, share float64) string  { return mix(color, "#1d1a18", share) }
func light(color string, share float64) string { return mix(color, "#fffaf0", share) }

// paint is a color as it looks at this hour.
func (c *canvas) paint(color string) string {
	switch {
	case strings.HasPrefix(color, "!"):
		return color[1:]
	case !strings.HasPrefix(color, "#"):
		return color
	}
	return mix(color, c.hour.tint, c.hour.share)
}

func (c *canvas) raw(format string, args ...any) { fmt.Fprintf(&c.body, format, args...) }

// attributes are pairs of name and value.
func attributes(more []string) string {
	var b strings.Builder
	for i := 0; i+1 < len(more); i += 2 {
		b.WriteString(" " + more[i] + `="` + more[i+1] + `"`)
	}
	return b.String()
}

func (c *canvas) rect(x, y, w, h float64, fill string, more ...string) {
	c.raw(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"%s/>`, num(x), num(y), num(w), num(h), c.paint(fill), attributes(more))
}

func (c *canvas) circle(x, y, r float64, fill string, more ...string) {
	c.raw(`<circle cx="%s" cy="%s" r="%s" fill="%s"%s/>`, num(x), num(y), num(r), c.paint(fill), attributes(more))
}

func (c *canvas) ellipse(x, y, rx, ry float64, fill string, more ...string) {
	c.raw(`<ellipse cx="%s" cy="%s" rx="%s" ry="%s" fill="%s"%s/>`, num(x), num(y), num(rx), num(ry), c.paint(fill), attributes(more))
}

func (c *canvas) poly(fill string, points ...float64) { c.polyWith(fill, nil, points...) }

func (c *canvas) polyWith(fill string, more []string, points ...float64) {
	var b strings.Builder
	for i, v := range points {
		if i > 0 {
			b.WriteByte(" ,"[i&1])
		}
		b.WriteString(num(v))
	}
	c.raw(`<polygon points="%s" fill="%s"%s/>`, b.String(), c.paint(fill), attributes(more))
}

func (c *canvas) path(fill, d string, more ...string) {
	c.raw(`<path d="%s" fill="%s"%s/>`, d, c.paint(fill), attributes(more))
}

// stroke draws a line of a width along a path.
func (c *canvas) stroke(color string, width float64, d string, more ...string) {
	c.raw(`<path d="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linecap="round"%s/>`, d, c.paint(color), num(width), attributes(more))
}

// d makes a path: letters and numbers.
func d(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch v := p.(type) {
		case string:
			b.WriteString(v)
		case float64:
			b.WriteString(num(v))
		case int:
			b.WriteString(strconv.Itoa(v))
		}
	}
	return b.String()
}

// define puts something into the defs once and returns a reference to it.
func (c *canvas) define(key string, make func(id string) string) string {
	if id, ok := c.known[key]; ok {
		return "url(#" + id + ")"
	}
	c.ids++
	id := "a" + strconv.Itoa(c.ids)
	c.known[key] = id
	c.defs.WriteString(make(id))
	return "url(#" + id + ")"
}

// down is a gradient from above.
func (c *canvas) down(colors ...string) string { return c.gradient(0, 1, colors...) }

// across is a gradient from the left.
func (c *canvas) across(colors ...string) string { return c.gradient(1, 0, colors...) }

func (c *canvas) gradient(x, y int, colors ...string) string {
	return c.define(fmt.Sprint("g", x, y, colors), func(id string) string {
		var b strings.Builder
		fmt.Fprintf(&b, `<linearGradient id="%s" x2="%d" y2="%d">`, id, x, y)
		for i, color := range colors {
			fmt.Fprintf(&b, `<stop offset="%s" stop-color="%s"/>`, strconv.FormatFloat(float64(i)/float64(len(colors)-1), 'g', 3, 64), c.paint(color))
		}
		return b.String() + "</linearGradient>"
	})
}

// fade is a shadow or a shine that ends in nothing: of a color, from an opacity to none, downward.
func (c *canvas) fade(color string, from float64) string {
	return c.define(fmt.Sprint("f", color, from), func(id string) string {
		return fmt.Sprintf(`<linearGradient id="%s" x2="0" y2="1"><stop stop-color="%s" stop-opacity="%s"/><stop offset="1" stop-color="%[2]s" stop-opacity="0"/></linearGradient>`, id, color, strconv.FormatFloat(from, 'g', 3, 64))
	})
}

// glow is light around a lamp.
func (c *canvas) glow(x, y, r, strength float64) {
	fill := c.define(fmt.Sprint("glow", strength), func(id string) string {
		return fmt.Sprintf(`<radialGradient id="%s"><stop stop-color="#ffe3a0" stop-opacity="%s"/><stop offset=".4" stop-color="#f9c766" stop-opacity="%s"/><stop offset="1" stop-color="#f2b441" stop-opacity="0"/></radialGradient>`,
			id, strconv.FormatFloat(strength, 'g', 3, 64), strconv.FormatFloat(strength*.35, 'g', 3, 64))
	})
	c.circle(x, y, r, fill)
}

// texture is a pattern over what is below it.
func (c *canvas) texture(name string) string {
	ink := `stroke="#2a2119" stroke-opacity="`
	body := map[string]string{
		"clapboard": `width="40" height="10"><path d="M0 9.5H40" ` + ink + `.16" stroke-width="1.6"/><path d="M0 1H40" stroke="#fff" stroke-opacity=".16" stroke-width="1.4"/>`,
		"shingle":   `width="36" height="24"><path d="M0 11.5H36M0 23.5H36M6 0V12M17 0V12M30 0V12M11 12V24M24 12V24M35 12V24" fill="none" ` + ink + `.17" stroke-width="1.3"/><path d="M7 1h9v10h-9z" fill="#fff" opacity=".08"/><path d="M12 13h11v10h-11z" fill="#000" opacity=".05"/>`,
		"batten":    `width="26" height="40"><path d="M2 0V40" ` + ink + `.2" stroke-width="2.4"/><path d="M4.4 0V40" stroke="#fff" stroke-opacity=".14" stroke-width="1.4"/>`,
		"brick":     `width="32" height="18"><path d="M0 .8H32M0 9.8H32M8 1V10M24 10V19" fill="none" stroke="#f4e6d2" stroke-opacity=".38" stroke-width="1.5"/><path d="M9 2h22v7h-22z" fill="#000" opacity=".05"/>`,
		"scale":     `width="20" height="20"><path d="M0 0a10 10 0 0 0 20 0M-10 10a10 10 0 0 0 20 0M10 10a10 10 0 0 0 20 0" fill="none" ` + ink + `.22" stroke-width="1.4"/>`,
		"roof":      `width="44" height="20"><path d="M0 9.5H44M0 19.5H44M12 0V10M32 0V10M4 10V20M24 10V20M42 10V20" fill="none" ` + ink + `.2" stroke-width="1.4"/><path d="M13 1h18v8H13z" fill="#fff" opacity=".06"/>`,
		"stone":     `width="64" height="36"><path d="M0 17H64M0 35H64M20 0V18M46 0V18M8 18V36M34 18V36M58 18V36" fill="none" ` + ink + `.22" stroke-width="2"/><path d="M21 1h24v15H21z" fill="#fff" opacity=".12"/>`,
		"louver":    `width="20" height="7"><path d="M0 6H20" ` + ink + `.3" stroke-width="1.5"/>`,
		"tile":      `width="26" height="16"><path d="M0 .7H26M0 8.7H26M13 0V8M0 8V16M26 8V16" fill="none" ` + ink + `.12" stroke-width="1.3"/>`,
	}[name]
	return c.define("t"+name, func(id string) string {
		return `<pattern id="` + id + `" patternUnits="userSpaceOnUse" ` + body + `</pattern>`
	})
}
