package web_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium starts one browser; without one on this machine the test is skipped, or fails if REQUIRE_BROWSER says so.
func chromium(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, _ = exec.LookPath(name); path != "" {
			break
		}
	}
	if path == "" && os.Getenv("REQUIRE_BROWSER") == "1" {
		t.Fatal("no Chromium")
	}
	if path == "" {
		t.Skip("no Chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("headless", "new"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, quit := chromedp.NewContext(allocator)
	t.Cleanup(quit)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// screen is what somebody looks through.
type screen struct {
	width     int64
	scriptOff bool
}

// window is one tab, used as a person does: what is on it goes by role and accessible name, as a screen reader has it.
type window struct {
	t      *testing.T
	ctx    context.Context
	screen screen
	loads  atomic.Int32 // pages loaded so far

	mu       sync.Mutex
	complain []string // what the console said
	expected string   // what it may say
}

// sit opens the browser of somebody who never was here: its own cookies and storage.
func sit(t *testing.T, browser context.Context, s screen) *window {
	t.Helper()
	return newWindow(t, browser, s, chromedp.WithNewBrowserContext())
}

// tab is a second tab beside this one.
func (w *window) tab() *window {
	w.t.Helper()
	return newWindow(w.t, w.ctx, w.screen)
}

func newWindow(t *testing.T, parent context.Context, s screen, options ...chromedp.ContextOption) *window {
	t.Helper()
	w := &window{t: t, screen: s}
	ctx, leave := chromedp.NewContext(parent, append(options, chromedp.WithListener(w.hear))...)
	t.Cleanup(leave)
	w.ctx = ctx
	size := []chromedp.EmulateViewportOption{}
	if s.width < 600 {
		size = append(size, chromedp.EmulateMobile, chromedp.EmulatePortrait)
	}
	w.do(chromedp.EmulateViewport(s.width, 844, size...))
	call(w, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(w, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: s.scriptOff})
	return w
}

// hear counts page loads and keeps errors and warnings; refusals of the content security policy are among them.
func (w *window) hear(event any) {
	var said string
	switch e := event.(type) {
	case *page.EventLoadEventFired:
		w.loads.Add(1)
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			said = string(e.Type)
			for _, a := range e.Args {
				said += fmt.Sprintf(" %s%s", a.Value, a.Description)
			}
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == cdplog.EntryLevelError || e.Entry.Level == cdplog.EntryLevelWarning {
			said = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	}
	if said != "" {
		w.mu.Lock()
		w.complain = append(w.complain, said)
		w.mu.Unlock()
	}
}
