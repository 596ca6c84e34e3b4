package web

import (
	"html/template"

	"porchlight/app/letters"
)

// newsPills are the news of a home as they stand on a card.
func newsPills(n letters.News) template.HTML {
	var all template.HTML
	for _, word := range n.Words {
		all += pill("news", word.Icon, template.HTMLEscapeString(word.Say))
	}
	return all
}
