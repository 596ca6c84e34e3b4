package web

import (
	"html/template"
	"strconv"
	"strings"

	"porchlight/app/listings"
	"porchlight/app/photos"
)

// How wide a picture is on the screen, for the browser's seekChoice of file.
const (
	sizesCard    = "(min-width: 75rem) 20rem, (min-width: 40rem) 45vw, 92vw"
	sizesThumb   = "6rem"
	sizesHero    = "(min-width: 75rem) 60rem, 100vw"
	sizesCompare = "(min-width: 60rem) 15rem, 60vw"
)

// noPicture stands where a home has no photo.
var noPicture = template.HTML(`<span class="no-pic">`) + icon("house") + `</span>`

// picture is a photo as markup, made here in one piece: html/template would take a dozen actions a card. An empty alt
// makes it an ornament beside words that say the same.
func picture(p listings.Photo, sizes, alt string, eager bool) template.HTML {
	from := photos.Sources(p)
	if from.Src == "" {
		return noPicture
	}
	var b strings.Builder
	attribute := func(name, value string) {
		b.WriteString(" " + name + `="` + template.HTMLEscapeString(value) + `"`)
	}
	b.WriteString("<picture>")
	if from.WebP != "" {
		b.WriteString(`<source type="image/webp"`)
		attribute("srcset", from.WebP)
		attribute("sizes", sizes)
		b.WriteString(">")
	}
	b.WriteString("<img")
	attribute("src", from.Src)
	if from.JPEG != "" {
		attribute("srcset", from.JPEG)
		attribute("sizes", sizes)
	}
	if from.Width > 0 && from.Height > 0 {
		attribute("width", strconv.Itoa(from.Width))
		attribute("height", strconv.Itoa(from.Height))
	}
	attribute("alt", alt)
	if !eager {
		attribute("loading", "lazy")
	}
	b.WriteString(` decoding="async"></picture>`)
	return template.HTML(b.String())
}
