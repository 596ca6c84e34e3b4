package agents

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Paper is what an accent color must be readable on: the pages' background in light and in dark.
const (
	Paper     = "#faf7f1"
	PaperDark = "#171511"
)

// leastContrast is the least contrast of words to what is behind them (WCAG 2.2, 1.4.3, AA).
const leastContrast = 4.5

var hexColor = regexp.MustCompile(`^#?([0-9a-f]{6}|[0-9a-f]{3})$`)

// Color reads a color as people type one, "#1E4A3E" or "fa0", and returns it as "#1e4a3e". ok is false where it is none.
func Color(typed string) (hex string, ok bool) {
	parts := hexColor.FindStringSubmatch(strings.ToLower(strings.TrimSpace(typed)))
	if parts == nil {
		return "", false
	}
	hex = parts[1]
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	return "#" + hex, true
}

// Contrast is the ratio of two colors' luminances as WCAG 2.2 defines it, 1 to 21. Both are as Color returns them.
func Contrast(one, other string) float64 {
	a, b := luminance(channels(one)), luminance(channels(other))
	return (max(a, b) + .05) / (min(a, b) + .05)
}

func channels(hex string) (rgb [3]float64) {
	n, _ := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32) // of Color
	return [3]float64{float64(n >> 16 & 255), float64(n >> 8 & 255), float64(n & 255)}
}

func luminance(rgb [3]float64) float64 {
	var linear [3]float64
	for i, c := range rgb {
		if c /= 255; c <= .04045 {
			linear[i] = c / 12.92
		} else {
			linear[i] = math.Pow((c+.055)/1.055, 2.4)
		}
	}
	return .2126*linear[0] + .7152*linear[1] + .0722*linear[2]
}

// pale says in a sentence why a color can't be read on a paper, and which one near it could; empty where it can.
func pale(hex, paper string) string {
	ratio := Contrast(hex, paper)
	if ratio >= leastContrast {
		return ""
	}
	towards, where, what := 0.0, "light", "pale"
	if paper == PaperDark {
		towards, where, what = 255, "dark", "dark"
	}
	near := ""
	for step := 1; step <= 100 && near == ""; step++ {
		rgb := channels(hex)
		for i := range rgb {
			rgb[i] += (towards - rgb[i]) * float64(step) / 100
		}
		if one := fmt.Sprintf("#%02x%02x%02x", int(rgb[0]+.5), int(rgb[1]+.5), int(rgb[2]+.5)); Contrast(one, paper) >= leastContrast {
			near = one
		}
	}
	return fmt.Sprintf("Too %s to read on the %s page: its contrast is %.1f to 1, and words need 4.5 to 1. %s would do.", what, where, math.Floor(ratio*10)/10, near)
}
