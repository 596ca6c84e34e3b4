package feed

import (
	"hash/maphash"
	"slices"
	"time"

	"porchlight/app/reso"
)

// Bounds of a walk that does not end by itself.
const (
	mostEmpty    = 1000 // pages without a record in a row
	mostRepeated = 3    // the same page in a row
)

// guardian sees that a walk gets somewhere.
type guardian struct {
	links    map[uint64]bool
	empty    int
	last     uint64
	repeated int
}

func (g *guardian) check(w *walk, link string, page reso.Page, t taker) error {
	if g.links == nil {
		g.links = map[uint64]bool{}
	}
	g.links[maphash.String(w.seed, link)] = true
	if page.Next != "" && g.links[maphash.String(w.seed, page.Next)] {
		return &reso.Error{Say: "The feed leads in a circle: the next page is one that was read before."}
	}
	if page.Records > 0 {
		g.empty = 0
	} else if g.empty++; g.empty > mostEmpty && page.Next != "" {
		return &reso.Error{Say: "The feed gives nothing but empty pages, and always names another."}
	}
	_, _, print := t.told()
	if g.repeated++; print != g.last || page.Records < 2 {
		g.last, g.repeated = print, 1
	}
	if g.repeated >= mostRepeated && page.Next != "" {
		return &reso.Error{Say: "The feed gives the same page again and again under new addresses."}
	}
	return nil
}

// and joins filters.
func and(filters ...string) string {
	filters = slices.DeleteFunc(filters, func(f string) bool { return f == "" })
	if len(filters) == 1 {
		return filters[0]
	}
	joined := ""
	for i, f := range filters {
		if i > 0 {
			joined += " and "
		}
		joined += "(" + f + ")"
	}
	return joined
}

// from is a filter for what changed since.
func from(stamp string, since time.Time) string {
	if since.IsZero() {
		return ""
	}
	return stamp + " ge " + since.UTC().Format("2006-01-02T15:04:05.000Z")
}
