package web_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// rows are the clients on the list, from the top.
func (w *window) rows() []string {
	return eval[[]string](w, `[...document.querySelectorAll("#clients-rows .who")].map((e) => e.innerText)`)
}

func (w *window) showsRows(names ...string) {
	w.t.Helper()
	w.until(strings.Join(names, ", "), func() bool { return slices.Equal(w.rows(), names) })
	w.sound()
}

// myClients walks the list: tabs, search, Back, keys and the bar that adds.
func myClients(t *testing.T, browser context.Context, s screen) {
	h, base := liveHouse(t)
	jane := h.hire("Jane Doe", "jane@elmharbor.example", agents.RoleBroker)
	for _, one := range []struct {
		first  string
		status clients.Status
	}{{"Ana", clients.Active}, {"Bruno", clients.Prospect}, {"Zoe", clients.Active}} {
		h.enlist(jane, one.first, "Silva", one.first+"@example.com", one.status)
	}
	w := sit(t, browser, s)
	w.opens(base + "/clients")
	w.signsIn(jane.Email)
	all := []string{"Ana Silva", "Bruno Silva", "Zoe Silva"}
	w.showsRows(all...)
	loads := w.loads.Load()

	// Tabs and search renew the list and the address, and Back brings back what was.
	w.press("link", "Prospect 1")
	w.showsRows("Bruno Silva")
	w.until("the tab in the address", func() bool { return strings.HasSuffix(eval[string](w, "location.href"), "/clients?status=Prospect") })
	eval[chromedp.Void](w, "history.back()")
	w.showsRows(all...)
	w.until("the address of before", func() bool { return strings.HasSuffix(eval[string](w, "location.href"), "/clients") })
	w.types("/")
	w.types("zo")
	w.showsRows("Zoe Silva")
	w.until("the search in the address", func() bool { return strings.HasSuffix(eval[string](w, "location.href"), "/clients?q=zo") })
	if got := w.loads.Load(); got != loads {
		t.Errorf("%d page loads", got-loads)
	}
	w.goes("link", "Zoe Silva")
	w.sees("heading", "Zoe Silva")
	w.do(chromedp.NavigateBack())
	w.showsRows("Zoe Silva")
	if got := spoken(w.sees("searchbox", "Search clients").Value); got != "zo" {
		t.Errorf("the search says %q", got)
	}

	// Keys.
	w.opens(base + "/clients")
	focus := `document.activeElement.querySelector?.(".who")?.innerText ?? ""`
	for _, step := range []struct{ key, row string }{{"j", "Ana Silva"}, {"j", "Bruno Silva"}, {"k", "Ana Silva"}} {
		w.types(step.key)
		if got := eval[string](w, focus); got != step.row {
			t.Errorf("%s: at %q, want %q", step.key, got, step.row)
		}
	}
	w.types("?")
	w.sees("dialog", "Keys")
	w.types(kb.Escape)
	w.until("no dialog", func() bool { found, err := w.all("dialog", "Keys"); return err == nil && len(found) == 0 })

	// Quick add.
	loads = w.loads.Load()
	w.fills("First name", "Carla")
	w.fills("Last name", "Weiss")
	w.fills("E-mail", "carla@example.com")
	w.press("button", "Add")
	w.showsRows("Ana Silva", "Bruno Silva", "Zoe Silva", "Carla Weiss")
	if got := w.loads.Load(); got != loads {
		t.Errorf("%d page loads", got-loads)
	}
	if n := h.mine(jane); n != 4 {
		t.Errorf("%d clients", n)
	}
}

// twoTabs edits one client in two tabs: the second is told, and keeps what was typed.
func twoTabs(t *testing.T, browser context.Context, s screen) {
	h, base := liveHouse(t)
	jane := h.hire("Jane Doe", "jane@elmharbor.example", agents.RoleBroker)
	ana := h.enlist(jane, "Ana", "Silva", "ana@example.com", clients.Active)
	one := sit(t, browser, s)
	one.opens(base + "/clients/" + id(ana))
	one.signsIn(jane.Email)
	two := one.tab()
	two.opens(base + "/clients/" + id(ana))
	for _, w := range []*window{one, two} {
		w.press("link", "Edit")
		w.sees("combobox", "Status")
	}
	one.fills("Phone", "203-555-0100")
	one.press("button", "Save")
	one.sees("link", "Edit")

	two.expected = "409"
	two.fills("Last name", "Silva-Weiss")
	two.press("button", "Save")
	two.reads("This was saved in another tab while you were typing.")
	two.reads("203-555-0100")
	if got := spoken(two.sees("textbox", "Last name").Value); got != "Silva-Weiss" {
		t.Errorf("what was typed: %q", got)
	}
	if got := h.client(ana); got.LastName != "Silva" || got.Phone != "203-555-0100" {
		t.Errorf("%+v", got)
	}
	two.expected = ""
	two.press("button", "Save")
	two.sees("heading", "Ana Silva-Weiss")
}
