package photos

// How a page or letter shows a photo:
//
//	{{with .Photo}}<picture>{{if .WebP}}<source type="image/webp" srcset="{{.WebP}}" sizes="…">{{end}}
//	<img src="{{.Src}}"{{if .JPEG}} srcset="{{.JPEG}}" sizes="…"{{end}} width="{{.Width}}" height="{{.Height}}" alt="{{.Alt}}" loading="lazy"></picture>{{end}}
//
// Src alone is enough: an SVG (the demo's drawings) and a linked photo have nothing else. Paths begin with "/photos/";
// a letter puts BASE_URL before Src and leaves WebP and JPEG out (mail programs know no srcset). Most mail programs draw
// no SVG, but only the demo has any, whose letters go no further than its own mailbox.

import (
	"fmt"

	"porchlight/app/listings"
)

// Widths are the widths of a kept photo in pixels, small and large. What was narrower is not made wider, and what is no
// wider than the small one has only that.
var Widths = [2]int{480, 1280}

// Picture is what stands in a <picture>.
type Picture struct {
	Src           string // the small JPEG, the SVG, or the feed's own https address; empty: there is no photo
	Large         string // the large one, to open alone
	WebP, JPEG    string // srcset; empty where there is one file only
	Width, Height int    // of the largest; 0: unknown
	Alt           string
}

// Sources says where a photo's files are. A photo that is neither kept nor linked has an empty Src.
func Sources(p listings.Photo) Picture {
	s := Picture{Width: p.Width, Height: p.Height, Alt: p.Description}
	switch {
	case p.State == "linked":
		s.Src, s.Large = p.File, p.File
	case p.State == "kept" && p.Kind == "svg":
		s.Src = "/photos/" + p.File + ".svg"
		s.Large = s.Src
	case p.State == "kept" && p.Kind == "raster":
		name := func(width int, kind string) string { return fmt.Sprintf("/photos/%s-%d.%s", p.File, width, kind) }
		small, large := Widths[0], Widths[1]
		set := func(kind string) string {
			if p.Width <= small {
				return ""
			}
			return fmt.Sprintf("%s %dw, %s %dw", name(small, kind), small, name(large, kind), p.Width)
		}
		s.Src, s.Large = name(small, "jpg"), name(large, "jpg")
		if s.WebP, s.JPEG = set("webp"), set("jpg"); p.Width <= small {
			s.Large, s.WebP = s.Src, name(small, "webp")
		}
	}
	if s.Alt == "" && s.Src != "" {
		s.Alt = fmt.Sprintf("Photo %d", p.Position)
	}
	return s
}
