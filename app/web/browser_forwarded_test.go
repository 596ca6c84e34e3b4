package web_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// watched is a live house behind a proxy that keeps what browsers tell of the page they come from.
func watched(t *testing.T) (h *house, base string, referers func() []string) {
	t.Helper()
	front, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base = "http://" + front.Addr().String()
	h = openAt(t, base)
	h.ticking = true
	h.serveOn(back)
	var mu sync.Mutex
	var told []string
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: back.Addr().String()})
	server := &http.Server{ReadHeaderTimeout: patience, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from := r.Header.Get("Referer"); from != "" {
			mu.Lock()
			told = append(told, r.Method+" "+r.URL.Path+" from "+from)
			mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(front) }()
	t.Cleanup(func() { _ = server.Close() })
	return h, base, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return told
	}
}

// randomKey is what links and forms carry: one in a few hundred has a short name like Ana in it by chance.
var randomKey = regexp.MustCompile(`[A-Za-z0-9_-]{20,}`)

// shoots keeps a picture of the page where PICTURES says in which directory.
func (w *window) shoots(name string) {
	w.t.Helper()
	dir := os.Getenv("PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(w.ctx, patience)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.WriteFile(dir+"/"+name, picture, 0o600)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// forwardedLetter is the whole story: the agent tries their own address, a client forwards a letter, and the friend tries everything.
func forwardedLetter(t *testing.T, browser context.Context, s screen) {
	h, base, referers := watched(t)
	h.work()
	h.hire("Rosa Elm", "rosa@elmharbor.example", agents.RoleBroker)
	jane := h.hire("Jane Doe", "jane.doe@gmail.com", agents.RoleAgent)
	ana := h.enlist(jane, "Ana", "Silva", "ana@example.com", clients.Active)
	homes := h.bring(forSale("12", 449_000), forSale("14", 389_500))

	// The agent tries her own address.
	agent := sit(t, browser, s)
	agent.opens(base + "/clients/new")
	agent.signsIn("jane.doe@gmail.com")
	agent.opens(base + "/clients/new")
	agent.fills("First name", "Jane")
	agent.fills("E-mail", "janedoe+me@googlemail.com")
	agent.expected = "422"
	agent.press("button", "Save")
	agent.reads("signs in here as Jane Doe")
	agent.shoots("forward-own-" + name(s) + ".png")
	agent.expected = ""

	h.as(jane).Post("/letters", "clients", id(ana), "subject", "Two for you", "message", "Dear Ana, look.", "home", homes[0], "home", homes[1])
	letter := h.awaits("ana@example.com", 1)
	path := regexp.MustCompile(`/l/[A-Za-z0-9_-]+`).FindString(letter.HTML)

	// Ana signs in with a code, as the letter's page offers.
	hers := sit(t, browser, s)
	hers.opens(base + path)
	hers.goes("button", "Open your portal")
	hers.fills("E-mail", "ana@example.com")
	hers.goes("button", "E-mail me a code")
	hers.until("the code's field, with the focus", func() bool { // which comes when the page is painted, perhaps after it was loaded
		return eval[string](hers, `((e) => [e?.autocomplete, e?.inputMode, e === document.activeElement].join(" "))(document.getElementById("code"))`) == "one-time-code numeric true"
	})
	hers.shoots("forward-code-" + name(s) + ".png")
	code := sixDigits.FindStringSubmatch(h.awaits("ana@example.com", 2).Text)[1]
	hers.fills("Code", code)
	hers.goes("button", "Open my portal")
	hers.reads("Two for you")
	hers.shoots("forward-portal-" + name(s) + ".png")
	hers.opens(base + "/p/devices")
	hers.reads("This one")
	hers.shoots("forward-devices-" + name(s) + ".png")

	hers.opens(base + "/p/homes/" + homes[0])
	eval[chromedp.Void](hers, `document.querySelector("form[action$='/reaction'] button").click()`)
	hers.until("her reaction", func() bool {
		n, err := h.store.Read.NewSelect().Table("reactions").Where("client_id = ?", ana.ID).Count(t.Context())
		return err == nil && n == 1
	})

	// A friend has the letter.
	friend := sit(t, browser, s)
	friend.opens(base + path)
	friend.reads("Jane Doe")
	friend.sees("heading", "2 homes for you")
	friend.shoots("forward-letter-" + name(s) + ".png")
	nothing := func() {
		t.Helper()
		said := randomKey.ReplaceAllString(eval[string](friend, "document.documentElement.outerHTML"), "")
		for _, secret := range []string{"Ana", "Silva", "ana@example.com", "Dear", "Two for you"} {
			if strings.Contains(strings.ReplaceAll(said, "ana@example.com\"", ""), secret) && !strings.Contains(eval[string](friend, "location.pathname"), "/p/code") {
				t.Errorf("%s tells %q", eval[string](friend, "location.pathname"), secret)
			}
		}
	}
	nothing()
	friend.goes("button", "Open your portal")
	nothing()
	friend.shoots("forward-door-" + name(s) + ".png")
	friend.fills("E-mail", "ana@example.com")
	friend.goes("button", "E-mail me a code")
	friend.expected = "422"
	for range 3 {
		friend.fills("Code", "000000")
		friend.goes("button", "Open my portal")
		friend.reads("does not open anything")
	}
	friend.shoots("forward-wrong-" + name(s) + ".png")
	friend.expected = "404"
	for _, at := range []string{"/p", "/p/homes", "/p/homes/" + homes[0], "/p/letters/1", "/p/devices", "/p/code", "/u/" + strings.TrimPrefix(path, "/l/"), path + "/999"} {
		friend.opens(base + at)
		nothing()
	}
	friend.opens(base + path)
	eval[chromedp.Void](friend, `document.querySelector("form[action$='/own']").closest("details").open = true`)
	friend.fills("Your name", "Dan Fox")
	friend.fills("Your e-mail", "dan@example.com")
	friend.shoots("forward-ask-" + name(s) + ".png")
	friend.goes("button", "Ask Jane Doe")
	friend.reads("Thank you")
	friend.shoots("forward-thanks-" + name(s) + ".png")
	nothing()

	// The agent is told of both, and takes the friend in with one tap.
	agent.opens(base + "/")
	agent.reads("A letter to Ana Silva may have been forwarded")
	agent.reads("Somebody asks you for homes of their own")
	agent.shoots("forward-notices-" + name(s) + ".png")
	eval[chromedp.Void](agent, `location.href = document.querySelector("a[href*='asked=']").href`)
	agent.sees("heading", "Add client")
	agent.shoots("forward-client-" + name(s) + ".png")
	if got := eval[string](agent, `document.querySelector("[name=email]").value`); got != "dan@example.com" {
		t.Error("the form has", got)
	}

	// Ana signs out; the back button shows nothing of hers.
	hers.opens(base + "/p")
	eval[chromedp.Void](hers, `document.querySelector("form[action='/p/sign-out']").closest("details").open = true`)
	hers.goes("button", "Sign out")
	hers.reads("You are signed out")
	before := hers.loads.Load()
	hers.do(chromedp.NavigateBack())
	hers.until("the page before", func() bool { return hers.loads.Load() > before })
	hers.sees("heading", "Your portal")
	if said := eval[string](hers, "document.body.innerText"); strings.Contains(said, "Two for you") {
		t.Error("the back button shows what was signed out of")
	}

	// Another site shows neither her portal nor the letter in a frame.
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`<!doctype html><title>x</title><iframe src="` + base + `/p"></iframe><iframe src="` + base + path + `"></iframe>`))
	}))
	t.Cleanup(other.Close)
	hers.expected = "frame"
	hers.do(chromedp.Navigate(other.URL))
	frames := call(hers, page.GetFrameTree, cdp.Empty{}).FrameTree.ChildFrames
	for _, one := range frames {
		if !strings.HasPrefix(one.Frame.URL, "chrome-error:") {
			t.Error("in a frame:", one.Frame.URL)
		}
	}
	if len(frames) != 2 {
		t.Errorf("%d frames", len(frames))
	}
	for _, told := range referers() {
		_, from, _ := strings.Cut(told, " from ")
		if at, _ := url.Parse(from); strings.HasPrefix(from, base) && (strings.HasPrefix(at.Path, "/l/") || strings.HasPrefix(at.Path, "/p") || strings.HasPrefix(at.Path, "/u/")) {
			t.Error("a page told its address:", told)
		}
	}
}

func name(s screen) string {
	if s.width < 600 {
		return "phone"
	}
	return "desk"
}
