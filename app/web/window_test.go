package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a window waits for what should come. Nothing that works needs it.
const patience = 2 * time.Minute

// do carries out steps within the window's patience.
func (w *window) do(steps ...chromedp.Action[chromedp.Void]) {
	w.t.Helper()
	if err := chromedp.Do(w.ctx); err != nil { // the tab lives as long as the context of its first use
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		w.t.Fatal(err)
	}
}

// try sends one command of the DevTools protocol; call fails the test if it fails.
func try[P, R any](w *window, command cdp.Command[P, R], params P) (R, error) {
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	return chromedp.Call(ctx, command, params)
}

func call[P, R any](w *window, command cdp.Command[P, R], params P) R {
	w.t.Helper()
	result, err := try(w, command, params)
	if err != nil {
		w.t.Fatalf("%s: %v", command.Method, err)
	}
	return result
}

// between are what the browser says where one page has gone and the next has not come: the expression was not evaluated.
var between = []string{"Cannot find default execution context", "Execution context was destroyed", "Inspected target navigated or closed"}

// eval is the value of an expression on the page. It runs where pages may not run scripts, too. Between two pages it waits for
// the next one.
func eval[T any](w *window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	for {
		value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
		if err == nil {
			return value
		}
		if !slices.ContainsFunc(between, func(said string) bool { return strings.Contains(err.Error(), said) }) {
			w.t.Fatalf("%s: %v", expression, err)
		}
		time.Sleep(15 * time.Millisecond)
	}
}

// all is what the accessibility tree has of a role and a name; an empty name is any.
func (w *window) all(role, name string) ([]*accessibility.Node, error) {
	document, err := try(w, runtime.Evaluate, runtime.EvaluateParams{Expression: "document"})
	if err != nil || document.Result.ObjectID == "" {
		return nil, fmt.Errorf("no document: %w", err)
	}
	found, err := try(w, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{ObjectID: document.Result.ObjectID, Role: role, AccessibleName: name})
	return slices.DeleteFunc(found.Nodes, func(n *accessibility.Node) bool { return n.Ignored || n.BackendDOMNodeID == 0 }), err
}

// spoken is a value of the accessibility tree, which comes as JSON.
func spoken(v *accessibility.Value) string {
	var words string
	if v != nil {
		_ = json.Unmarshal(v.Value, &words) // else it is no text
	}
	return words
}

// until waits for something to become true.
func (w *window) until(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(15 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never came: %s\nat %s\n%s", what, eval[string](w, "location.href"), eval[string](w, "document.body.innerText"))
		}
	}
}

// leads is where a link goes.
func leads(n *accessibility.Node) string {
	for _, p := range n.Properties {
		if p.Name == accessibility.PropertyNameURL {
			return spoken(p.Value)
		}
	}
	return ""
}

// single says whether these are one thing: only one, or links to the same page.
func single(found []*accessibility.Node) bool {
	for _, n := range found {
		if leads(n) != leads(found[0]) || len(found) > 1 && leads(n) == "" {
			return false
		}
	}
	return len(found) > 0
}

// sees waits until one thing of this role and name is on the page, and looks whether the page is sound.
func (w *window) sees(role, name string) *accessibility.Node {
	w.t.Helper()
	var found []*accessibility.Node
	w.until(fmt.Sprintf("one %s named %q", role, name), func() bool {
		var err error
		found, err = w.all(role, name)
		return err == nil && single(found)
	})
	w.sound()
	return found[0]
}

// lacks fails the test if the page, which has come, has something of this role and name.
func (w *window) lacks(role, name string) {
	w.t.Helper()
	if found, err := w.all(role, name); err != nil || len(found) > 0 {
		w.t.Errorf("%s %q: %d on %s, %v", role, name, len(found), eval[string](w, "location.href"), err)
	}
}

// reads waits until these words stand on the page.
func (w *window) reads(words string) {
	w.t.Helper()
	w.until(fmt.Sprintf("the words %q", words), func() bool {
		ctx, cancel := context.WithTimeout(w.ctx, patience)
		defer cancel()
		said, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText")) // an error: between two pages
		return err == nil && strings.Contains(said, words)
	})
	w.sound()
}

// overflows names what sticks out of the page to the right.
const overflows = `((width) => document.documentElement.scrollWidth <= width ? "" : document.documentElement.scrollWidth + " px wide: " +
	[...document.body.querySelectorAll("*")].filter((e) => e.getBoundingClientRect().right > width + 0.5).slice(0, 5).map((e) => e.tagName + "." + e.className + "#" + e.id).join(", "))(%d)`

// sound fails the test if the page is wider than the screen or the console has complained.
func (w *window) sound() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf(overflows, w.screen.width)))
	if err == nil && wide != "" { // an error: the page has just gone
		w.t.Errorf("%s at %d px: %s", eval[string](w, "location.href"), w.screen.width, wide)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, said := range w.complain {
		if w.expected == "" || !strings.Contains(said, w.expected) {
			w.t.Errorf("the console: %s", said)
		}
	}
	w.complain = nil
}

// press clicks what has this role and name, where it stands on the screen.
func (w *window) press(role, name string) {
	w.t.Helper()
	w.hit(w.sees(role, name).BackendDOMNodeID)
}

func (w *window) hit(node cdp.BackendNodeID) {
	w.t.Helper()
	call(w, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: node})
	quads := call(w, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: node}).Quads
	if len(quads) == 0 {
		w.t.Fatal("nothing to press: it takes no room on the screen")
	}
	q := quads[0]
	w.do(chromedp.MouseClickXY((q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4))
}

// goes presses what leads to another page and waits for that page.
func (w *window) goes(role, name string) {
	w.t.Helper()
	before := w.loads.Load()
	w.press(role, name)
	w.until(fmt.Sprintf("the page behind %s %q", role, name), func() bool { return w.loads.Load() > before })
	w.sound()
}

// opens types an address.
func (w *window) opens(address string) {
	w.t.Helper()
	w.do(chromedp.Navigate(address))
	w.sound()
}

// unfolds shows a letter's HTML as a mail program would.
func (w *window) unfolds(html string) {
	w.t.Helper()
	w.do(chromedp.Navigate("about:blank"))
	frame := call(w, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	call(w, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: frame, HTML: html})
	w.sound()
}

// fills puts words into a field, in place of what is there.
func (w *window) fills(name, words string) {
	w.t.Helper()
	w.press("textbox", name)
	eval[chromedp.Void](w, "document.activeElement.select()")
	call(w, input.InsertText, input.InsertTextParams{Text: words})
	if got := spoken(w.sees("textbox", name).Value); words != "" && got == "" {
		w.t.Fatalf("%s: %q", name, got)
	}
}

// types presses keys, one after the other. A key and its letter are one event, as on a keyboard: a page that takes the
// key for itself keeps the letter out of the field.
func (w *window) types(keys string) {
	w.t.Helper()
	for _, key := range keys {
		if key < ' ' {
			w.do(chromedp.KeyEvent(string(key)))
			continue
		}
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			event := input.DispatchKeyEventParams{Type: kind, Key: string(key)}
			if kind == input.DispatchKeyEventTypeKeyDown {
				event.Text = string(key)
			}
			call(w, input.DispatchKeyEvent, event)
		}
	}
}

// chooses picks an option as the keyboard does: by typing its first letters.
func (w *window) chooses(name, option string) {
	w.t.Helper()
	field := w.sees("combobox", name)
	call(w, dom.Focus, dom.FocusParams{BackendNodeID: field.BackendDOMNodeID})
	w.types(option)
	if got := spoken(w.sees("combobox", name).Value); got != option {
		w.t.Fatalf("%s: %q, want %q", name, got, option)
	}
}
