package web_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
)

// liveSalon is a live house with three homes for Ana in the queue, the first one first.
func liveSalon(t *testing.T) (h *house, base string, by agents.Agent, ids []int64) {
	t.Helper()
	h, base = liveHouse(t)
	by = h.hire("Jane Doe", "jane@elmharbor.example", agents.RoleBroker)
	ana := h.enlist(by, "Ana", "Silva", "ana@example.com", clients.Active).ID
	h.comeIn(onElm("12"), onElm("22"), onElm("31"))
	ids = h.finds(by, ana, h.vets(by, ana, "Near the harbor"), "31", "22", "12")
	slices.Reverse(ids)
	return h, base, by, ids
}

// becomes waits until a match is in this state.
func (w *window) becomes(h *house, id int64, state autoemail.MatchState) {
	w.t.Helper()
	w.until(fmt.Sprintf("match %d being %s", id, state), func() bool { return h.match(id).State == state })
}

// conciergeByKeyboard walks the queue without a mouse: move, approve with a note, reject, undo, tick.
func conciergeByKeyboard(t *testing.T, browser context.Context, s screen) {
	h, base, jane, ids := liveSalon(t)
	w := sit(t, browser, s)
	w.opens(base + "/concierge")
	w.signsIn(jane.Email)
	w.sees("heading", "Concierge")
	loads := w.loads.Load()
	at := func(id int64) {
		t.Helper()
		w.until(fmt.Sprintf("the focus on match %d", id), func() bool { return eval[string](w, "document.activeElement.id") == fmt.Sprintf("match-%d", id) })
	}
	titled := func(n int) {
		t.Helper()
		want := fmt.Sprintf("(%d) Concierge", n)
		w.until("the title "+want, func() bool { return strings.HasPrefix(eval[string](w, "document.title"), want) })
	}

	w.types("j")
	at(ids[0])
	titled(3)
	eval[string](w, `((e) => { e.focus(); return e.id })(document.activeElement.querySelector("textarea"))`)
	call(w, input.InsertText, input.InsertTextParams{Text: "The porch you liked."})
	eval[string](w, `((e) => { e.focus(); return e.id })(document.activeElement.closest("[data-row]"))`)
	w.types("a")
	w.reads("It leaves in under a minute, in one letter to Ana Silva.")
	at(ids[1])
	titled(2)
	if m := h.match(ids[0]); m.State != autoemail.Approved || m.Note != "The porch you liked." {
		t.Errorf("%+v", m)
	}
	w.types("r")
	at(ids[2])
	titled(1)
	w.becomes(h, ids[1], autoemail.Rejected)
	w.types("u")
	at(ids[1])
	w.types("u")
	at(ids[0])
	titled(3)
	h.stand(autoemail.Unsent, ids...)

	// Ticked rows act together, and then there is no Approve all.
	w.sees("button", "Approve all")
	w.types("x")
	w.types("j")
	w.types("x")
	w.sees("button", "Approve 2")
	w.lacks("button", "Approve all")
	w.press("button", "Approve 2")
	w.reads("2 homes approved for Ana Silva.")
	titled(1)
	h.stand(autoemail.Approved, ids[0], ids[1])
	w.sees("button", "Approve all")
	w.types("u")
	w.reads("2 homes back under Unsent.")
	titled(3)
	h.stand(autoemail.Unsent, ids...)
	w.press("button", "Approve all")
	w.reads("3 homes approved.")
	h.stand(autoemail.Approved, ids...)
	w.reads("That was all on this page")
	if got := w.loads.Load(); got != loads {
		t.Errorf("%d page loads", got-loads)
	}
}

// conciergeBySwipe decides on a phone with a finger; a short or an upright move decides nothing.
func conciergeBySwipe(t *testing.T, browser context.Context, s screen) {
	h, base, jane, ids := liveSalon(t)
	w := sit(t, browser, s)
	w.opens(base + "/concierge")
	w.signsIn(jane.Email)
	w.sees("heading", "Concierge")
	swipe := func(id int64, dx, dy float64) {
		t.Helper()
		place := eval[[]float64](w, fmt.Sprintf(`((e) => { e.scrollIntoView({ block: "start" }); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + 150] })(document.getElementById("match-%d"))`, id))
		touch := func(kind input.DispatchTouchEventType, points ...*input.TouchPoint) {
			call(w, input.DispatchTouchEvent, input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
		}
		x, y := place[0]-dx/2, place[1]
		touch(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: x, Y: y})
		for i := 1.0; i <= 8; i++ {
			touch(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: x + dx*i/8, Y: y + dy*i/8})
		}
		touch(input.DispatchTouchEventTypeTouchEnd)
	}
	swipe(ids[0], 40, 0)
	swipe(ids[0], 20, -120)
	time.Sleep(200 * time.Millisecond) // a decision would be on its way
	h.stand(autoemail.Unsent, ids...)
	swipe(ids[0], 190, 10)
	w.becomes(h, ids[0], autoemail.Approved)
	w.reads("It leaves in under a minute")
	swipe(ids[1], -190, -10)
	w.becomes(h, ids[1], autoemail.Rejected)
	w.reads("Ana Silva does not see it.")
	h.stand(autoemail.Unsent, ids[2])
}
