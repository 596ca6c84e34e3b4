package web_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/jhillyerd/enmime/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// TestInABrowser walks whole stories through the app in one Chromium, each in a house and browsers of its own.
func TestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a browser")
	}
	browser := chromium(t)
	t.Run("walks", func(t *testing.T) { // returns when those beside each other are done; then the browser goes
		walk := func(name string, s screen, story func(*testing.T, context.Context, screen)) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(t, browser, s)
			})
		}
		phone, desk := screen{width: 390}, screen{width: 1280}
		walk("out and back on a phone", phone, outAndBack)
		walk("out and back at a desk", desk, outAndBack)
		walk("out and back on a phone without JavaScript", screen{width: 390, scriptOff: true}, outAndBack)
		walk("My Clients on a phone", phone, myClients)
		walk("My Clients at a desk", desk, myClients)
		walk("two tabs", desk, twoTabs)
		walk("a scanner", desk, scanner)
		walk("the concierge queue by keyboard", desk, conciergeByKeyboard)
		walk("a letter’s page, by a program and by a person", phone, letterPageSeen)
		walk("the concierge queue by swipe", phone, conciergeBySwipe)
		walk("a forwarded letter on a phone", phone, forwardedLetter)
		walk("a forwarded letter at a desk without JavaScript", screen{width: 1280, scriptOff: true}, forwardedLetter)
		walk("an area drawn with the mouse", desk, areaByMouse)
		walk("an area drawn on a phone", phone, areaByMouse)
		walk("an area drawn with the keyboard", desk, areaByKeyboard)
	})
}

// liveHouse is a house on a real socket, in real time, whose letters begin their links with its address.
func liveHouse(t *testing.T) (h *house, base string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base = "http://" + listener.Addr().String()
	h = openAt(t, base)
	h.ticking = true
	h.serveOn(listener)
	return h, base
}

// work lets the courier work by itself until the test ends.
func (h *house) work() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.courier.Run(ctx) }()
	h.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
}

// awaits waits for the nth message to an address and opens it.
func (h *house) awaits(address string, n int) *enmime.Envelope {
	h.t.Helper()
	for end := time.Now().Add(patience); h.count(address) < n; time.Sleep(15 * time.Millisecond) {
		if time.Now().After(end) {
			h.t.Fatalf("%d messages came to %s, want %d", h.count(address), address, n)
		}
	}
	_, raw := h.got(address)
	letter, err := enmime.ReadEnvelope(bytes.NewReader([]byte(raw)))
	if err != nil {
		h.t.Fatal(err)
	}
	return letter
}

// signsIn is the way from any page to the one after signing in.
func (w *window) signsIn(email string) {
	w.t.Helper()
	w.sees("heading", "Sign in")
	w.fills("E-mail", email)
	w.fills("Password", password)
	w.goes("button", "Sign in")
}

// composes writes to one client and sends.
func (w *window) composes(to, subject, message string) {
	w.t.Helper()
	w.goes("link", "Compose")
	w.sees("heading", "Compose")
	w.press("checkbox", to)
	w.fills("Subject", subject)
	w.fills("Message", message)
	w.goes("button", "Send")
	w.sees("heading", subject)
}

// statusWord is the word beside Status on a client's page.
const statusWord = `[...document.querySelectorAll("dt")].find((e) => e.textContent === "Status")?.nextElementSibling.innerText.trim() ?? ""`

// outAndBack is the consent loop: a letter, the way out, the way back, and a letter again.
func outAndBack(t *testing.T, browser context.Context, s screen) {
	h, base := liveHouse(t)
	h.work()
	h.hire("Rosa Elm", "rosa@elmharbor.example", agents.RoleBroker)
	const jane, ana = "jane@elmharbor.example", "ana@example.com"
	h.hire("Jane Doe", jane, agents.RoleAgent)

	agent, client := sit(t, browser, s), sit(t, browser, s)
	agent.opens(base)
	agent.signsIn(jane)
	agent.goes("link", "Add client")
	agent.sees("heading", "Add client")
	agent.fills("First name", "Ana")
	agent.fills("Last name", "Silva")
	agent.fills("E-mail", ana)
	agent.goes("button", "Save")
	agent.sees("heading", "Ana Silva")
	agent.lacks("link", "Click here to restore")

	agent.composes("Ana Silva", "Two new homes", "Hello Ana,\n\nthere are **two** new homes.")
	letter := h.awaits(ana, 1)
	client.unfolds(letter.HTML)
	client.goes("link", "Unsubscribe")
	client.reads("a•••@example.com")
	client.goes("button", "Confirm Opt-Out")
	client.sees("heading", "You are opted out")
	client.sees("button", "Undo")

	// The notice's link, on a device that is not signed in.
	notice := h.awaits(jane, 1)
	if !strings.Contains(notice.Text, "Ana Silva") {
		t.Errorf("the notice does not say who:\n%s", notice.Text)
	}
	pocket := sit(t, browser, s)
	pocket.unfolds(notice.HTML)
	pocket.goes("link", "Click here to restore")
	pocket.signsIn(jane)
	pocket.sees("heading", "Restore e-mail to Ana Silva?")
	pocket.sees("button", "Restore")

	agent.goes("link", "My Clients")
	agent.sees("heading", "My Clients")
	agent.goes("link", "Ana Silva")
	agent.sees("link", "Click here to restore")
	if got := eval[string](agent, statusWord); got != "Inactive" {
		t.Errorf("status %q", got)
	}
	agent.goes("link", "Compose")
	agent.sees("heading", "Compose")
	agent.lacks("checkbox", "Ana Silva")

	client.unfolds(letter.HTML)
	client.goes("link", "Unsubscribe")
	client.goes("link", "Click here if you want to Opt-In instead")
	client.goes("button", "Confirm Opt-In")
	client.reads("may write to a•••@example.com again")

	agent.opens(base)
	agent.sees("heading", "Waiting for you")
	agent.sees("button", "Make Active")
	agent.goes("link", "My Clients")
	agent.goes("link", "Ana Silva")
	agent.lacks("link", "Click here to restore")
	loads := agent.loads.Load()
	agent.press("link", "Edit")
	agent.chooses("Status", "Active")
	agent.press("button", "Save")
	agent.sees("link", "Edit")
	if got := eval[string](agent, statusWord); got != "Active" {
		t.Errorf("status %q", got)
	}
	if s.scriptOff { // what stands on a page can be seen before the page says that it is loaded
		agent.until("the page behind Save", func() bool { return agent.loads.Load() > loads })
	} else if got := agent.loads.Load(); got != loads {
		t.Errorf("%d page loads", got-loads)
	}

	agent.composes("Ana Silva", "Welcome back", "There is a third one.")
	h.awaits(ana, 2)
	if n := h.count(ana); n != 2 {
		t.Errorf("%d letters", n)
	}
}

// scanner opens every link of a letter, and every link on the pages behind them, as mail scanners do: with scripts.
func scanner(t *testing.T, browser context.Context, s screen) {
	h, base := liveHouse(t)
	jane := h.hire("Jane Doe", "jane@elmharbor.example", agents.RoleBroker)
	ana := h.enlist(jane, "Ana", "Silva", "ana@example.com", clients.Active)
	h.as(jane).mailTo("Two new homes", ana)
	letter := h.awaits("ana@example.com", 1)
	before := dump(t, h)

	w := sit(t, browser, s)
	w.unfolds(letter.HTML)
	const hrefs = `[...document.querySelectorAll("a[href], link, form")].map((e) => String(e.href || e.action))`
	todo, seen := eval[[]string](w, hrefs), map[string]bool{}
	if out := inBrackets.FindStringSubmatch(letter.GetHeader("List-Unsubscribe")); out != nil {
		todo = append(todo, out[1])
	}
	for len(todo) > 0 {
		address := todo[0]
		todo = todo[1:]
		if seen[address] || !strings.HasPrefix(address, base) {
			continue
		}
		seen[address] = true
		w.do(chromedp.Navigate(address))
		todo = append(todo, eval[[]string](w, hrefs)...)
	}
	if len(seen) < 3 {
		t.Errorf("only %v", seen)
	}
	time.Sleep(300 * time.Millisecond) // a script that waits before it acts would act now
	if diff := differences(before, dump(t, h)); diff != "" {
		t.Errorf("looking at %v changed\n%s", seen, diff)
	}
}
