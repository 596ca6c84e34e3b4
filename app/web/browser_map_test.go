package web_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"

	"porchlight/app/agents"
	"porchlight/app/listings"
)

// mapHouse is a house with one home in each of two towns, seen on the map by somebody who came from the cards.
func mapHouse(t *testing.T, browser context.Context, s screen) (*house, *window) {
	h, base := liveHouse(t)
	h.hire("Jane Doe", "jane@elmharbor.example", agents.RoleBroker)
	h.comeIn(onElm("1", at(41.30, -72.30), inTown("Old Lyme", "06371")), onElm("2", at(41.40, -71.90)))
	w := sit(t, browser, s)
	w.opens(base + "/listings")
	w.signsIn("jane@elmharbor.example")
	w.press("link", "Map")
	w.until("pins", func() bool {
		return eval[string](w, `document.querySelector("[data-map]")?.dataset.loaded ?? ""`) == "2"
	})
	w.sound()
	return h, w
}

// spot is where a place lies on the screen.
func (w *window) spot(share string) (x, y float64) {
	w.t.Helper()
	var left, top float64
	at := eval[string](w, fmt.Sprintf(`((box, f) => { const [x, y] = f(box); return x + " " + y; })(document.querySelector("[data-map]").getBoundingClientRect(), %s)`, share))
	if _, err := fmt.Sscan(at, &left, &top); err != nil {
		w.t.Fatal(at, err)
	}
	return left, top
}

// click presses the map at a share of its width and height.
func (w *window) clickMap(across, down float64) {
	w.t.Helper()
	x, y := w.spot(fmt.Sprintf("(b) => [b.left + b.width * %f, b.top + b.height * %f]", across, down))
	w.do(chromedp.MouseClickXY(x, y))
}

// criterion is a parameter of the address in the bar.
func (w *window) criterion(name string) string {
	w.t.Helper()
	u, err := url.Parse(eval[string](w, "location.href"))
	if err != nil {
		w.t.Fatal(err)
	}
	return u.Query().Get(name)
}

// saysLive waits until a screen reader was told these words.
func (w *window) saysLive(words string) {
	w.t.Helper()
	w.until("the live region saying "+words, func() bool {
		return strings.Contains(eval[string](w, `document.getElementById("live").textContent`), words)
	})
}

// areaByMouse draws about one of two homes, crosses its own sides on the way, changes the area and opens a pin.
func areaByMouse(t *testing.T, browser context.Context, s screen) {
	h, w := mapHouse(t, browser, s)
	eval[chromedp.Void](w, `document.querySelector(".maps").scrollIntoView()`)
	w.press("button", "Draw an area")
	w.reads("Click or tap the first corner")
	w.clickMap(.04, .5)
	w.clickMap(.5, .5)
	w.clickMap(.5, .9)
	w.reads("3 corners are set.")
	w.clickMap(.2, .35)
	w.reads("Two sides cross each other.")
	w.press("button", "Undo last corner")
	w.clickMap(.04, .9)
	w.reads("4 corners are set.")
	w.clickMap(.04, .5) // the first one
	w.sees("heading", "1 home")
	w.saysLive("1 home")
	area := w.criterion("area")
	if corners := strings.Fields(area); len(corners) != 4 || w.criterion("view") != "map" {
		t.Fatalf("%q in %s", area, eval[string](w, "location.href"))
	}
	w.until("one pin", func() bool {
		return len(eval[[]string](w, `[...document.querySelectorAll(".pin")].map((p) => p.textContent)`)) == 1
	})

	w.press("button", "Home, $449K")
	w.reads("1 Elm Street")
	w.sees("complementary", "The home you chose")
	w.press("button", "Close")

	w.press("button", "Change the area")
	w.press("button", "Corner 2 of 4")
	w.reads("Corner 2 of 4 is chosen.")
	w.press("button", "Delete corner")
	w.press("button", "Done")
	w.until("three corners", func() bool { return len(strings.Fields(w.criterion("area"))) == 3 })
	w.press("link", "Without Inside the drawn area")
	w.sees("heading", "2 homes")
	if w.criterion("area") != "" {
		t.Error(w.criterion("area"))
	}
	if found, err := listings.Count(t.Context(), h.store.Read, listings.Query{}, h.clock()); err != nil || found != 2 {
		t.Error(found, err)
	}
}

// areaByKeyboard draws the same without a mouse, from the search field on.
func areaByKeyboard(t *testing.T, browser context.Context, s screen) {
	_, w := mapHouse(t, browser, s)
	draw := w.sees("button", "Draw an area")
	call(w, dom.Focus, dom.FocusParams{BackendNodeID: draw.BackendDOMNodeID})
	const enter, escape, left, right, up, down, back = "\r", "\u001b", "\u0302", "\u0303", "\u0304", "\u0301", "\b"
	keys := func(all ...string) {
		t.Helper()
		for _, key := range all {
			w.do(chromedp.KeyEvent(key))
		}
	}
	keys(enter)
	w.saysLive("Arrow keys move the map under the cross")
	keys(enter, escape) // leaves, and nothing happens
	w.saysLive("Nothing was changed.")
	if w.criterion("area") != "" {
		t.Error("left with an area")
	}
	keys(enter)
	// The map opens on both homes, so its middle is between them: a square to the left and below it holds the first alone.
	steps := func(key string, n int) {
		for range n {
			keys(key)
		}
	}
	keys(enter)
	w.saysLive("Corner 1.")
	steps(left, 12)
	keys(" ")
	keys(enter)
	w.saysLive("Corner 3 is set.")
	keys(back)
	w.saysLive("2 corners are set.")
	steps(down, 12)
	keys(enter)
	steps(right, 12)
	keys(enter, "d")
	w.sees("heading", "1 home")
	if corners := strings.Fields(w.criterion("area")); len(corners) != 4 {
		t.Errorf("%q", corners)
	}
	if focused := w.sees("button", "Change the area"); !focus(focused) {
		t.Error("the focus is lost")
	}
}

// focus says whether something has it.
func focus(n *accessibility.Node) bool {
	for _, p := range n.Properties {
		if p.Name == accessibility.PropertyNameFocused {
			return string(p.Value.Value) == "true"
		}
	}
	return false
}
