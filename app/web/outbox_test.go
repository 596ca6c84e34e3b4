package web_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/outbox"
	"porchlight/app/web"
)

// write sends a letter through Compose and returns its mailing's page.
func (b *browser) write(subject string, to ...clients.Client) string {
	b.h.t.Helper()
	form := []string{"subject", subject, "message", "Have a look."}
	for _, c := range to {
		form = append(form, "clients", id(c))
	}
	r := b.Post("/letters", form...)
	if r.Status != http.StatusSeeOther {
		b.h.t.Fatalf("send: %d %s", r.Status, r.Body)
	}
	return r.Header.Get("Location")
}

func TestMailing(t *testing.T) {
	t.Run("asks for its progress while there is some, and then no more", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		mailing := b.write("Three homes", all["amara"], all["ben"])
		b.Get("/outbox").wants(t, http.StatusOK, `hx-get="`+mailing+`"`, `hx-trigger="every 2s"`, "2 waiting", "Three homes")
		poll := b.HTMX().Get(mailing)
		poll.wants(t, http.StatusOK, `hx-trigger="every 2s"`, "0 of 2 sent")
		poll.lacks(t, "<html", `id="letters"`)
		b.Get(mailing).wants(t, http.StatusOK, "letters=1", `hx-trigger="every 2s"`)
		h.deliver()
		done := b.HTMX().Get(mailing)
		done.wants(t, http.StatusOK, "2 sent", "2 of 2 sent", "Finished")
		done.lacks(t, "every 2s", "Pause", "Cancel")
		b.HTMX().Get(mailing+"?letters=1").wants(t, http.StatusOK, `hx-target="#letters"`, "amara@example.com")
	})
	t.Run("a paused one stands still until it is resumed", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		mailing := b.write("Three homes", all["amara"], all["ben"])
		r := b.HTMX().Post(mailing + "/pause")
		r.wants(t, http.StatusOK, "Paused", "Resume")
		r.lacks(t, "every 2s", "<html")
		h.deliver()
		if n := h.smtp.Count(); n != 0 {
			t.Errorf("%d letters left while paused", n)
		}
		b.follow(b.Post(mailing+"/resumption")).wants(t, http.StatusOK, "Going on.", "Pause")
		h.deliver()
		if to := received(t, h.smtp.Received()); !slices.Equal(to, []string{"amara@example.com", "ben@example.com"}) {
			t.Errorf("received by %v", to)
		}
	})
	t.Run("cancelling asks with its name and count, then nothing leaves", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		mailing := b.write("Three homes", all["amara"], all["ben"])
		b.Get(mailing+"/cancellation").wants(t, http.StatusOK, "Three homes", "2 letters have not left yet", "Cancel 2 letters")
		b.follow(b.Post(mailing+"/cancellation")).wants(t, http.StatusOK, "Cancelled 2 letters that had not left yet.", "2 cancelled")
		h.deliver()
		if n := h.smtp.Count(); n != 0 {
			t.Errorf("%d letters left after the cancellation", n)
		}
		b.Get(mailing+"/cancellation").wants(t, http.StatusConflict)
		b.Post(mailing+"/pause").wants(t, http.StatusConflict)
	})
	t.Run("what failed can be tried again, all of it or one letter", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		h.smtp.Script("RCPT", "554 5.7.1 not today")
		mailing := b.write("Three homes", all["amara"], all["ben"])
		h.deliver()
		b.Get(mailing).wants(t, http.StatusOK, "2 failed", "Retry what failed", "554 5.7.1")
		h.smtp.Script("RCPT", "")
		b.follow(b.Post(mailing+"/retry")).wants(t, http.StatusOK, "2 letters are waiting to be tried again.")
		h.deliver()
		if to := received(t, h.smtp.Received()); !slices.Equal(to, []string{"amara@example.com", "ben@example.com"}) {
			t.Errorf("received by %v", to)
		}
	})
	t.Run("one letter that failed has its own Retry", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		h.smtp.Script("RCPT", "554 5.7.1 not today")
		letter := letterOn(t, b.Get(b.write("Three homes", all["amara"])))
		b.Post(letter+"/retry").wants(t, http.StatusConflict)
		h.deliver()
		b.Get(letter).wants(t, http.StatusOK, "Retry</button>")
		h.smtp.Script("RCPT", "")
		b.follow(b.Post(letter+"/retry")).wants(t, http.StatusOK, "1 letter is waiting to be tried again.")
		h.deliver()
		b.Get(letter).wants(t, http.StatusOK, "Sent")
		if n := h.smtp.Count(); n != 1 {
			t.Errorf("%d letters left, want 1", n)
		}
		all["amara"] = h.enlist(maya, "Zoe", "Late", "zoe@example.com", clients.Active)
		h.smtp.Script("RCPT", "554 5.7.1 not today")
		letter = letterOn(t, b.Get(b.write("Three more", all["amara"])))
		h.deliver()
		h.stop(maya, all["amara"])
		b.Get(letter).lacks(t, "Retry</button>")
		b.Post(letter+"/retry").wants(t, http.StatusForbidden)
		b.follow(b.Post("/outbox/retry")).wants(t, http.StatusOK, "None of them can be tried again")
	})
	t.Run("another agent's is not found, whatever is asked of it", func(t *testing.T) {
		h, maya, all := elm(t)
		noor := h.hire("Noor Haddad", "noor@elm.example", agents.RoleAgent)
		mailing := h.as(maya).write("Three homes", all["amara"])
		letter := letterOn(t, h.as(maya).Get(mailing))
		b := h.as(noor)
		for _, path := range []string{mailing, mailing + "/cancellation", letter, letter + "/html"} {
			b.Get(path).wants(t, http.StatusNotFound)
		}
		for _, path := range []string{mailing + "/pause", mailing + "/resumption", mailing + "/cancellation", mailing + "/retry", letter + "/retry"} {
			b.Post(path).wants(t, http.StatusNotFound)
		}
		b.Get("/outbox/99999999999999999999").wants(t, http.StatusNotFound)
		h.deliver()
		if n := h.smtp.Count(); n != 1 {
			t.Errorf("%d letters left, want 1", n)
		}
	})
}

// letterOn is the first letter's address on a list.
func letterOn(t *testing.T, r reply) string {
	t.Helper()
	_, after, found := strings.Cut(r.Body, `class="who" href="`)
	path, _, ends := strings.Cut(after, `"`)
	if !found || !ends {
		t.Fatalf("no letter in\n%s", r.Body)
	}
	return path
}

// courierWithout is a courier that has no way out, as without SMTP_URL.
func courierWithout(o *web.Options) *outbox.Courier {
	return outbox.NewCourier(outbox.Options{
		Write: o.Store.Write, Read: o.Store.Read, SkipLocked: o.Store.SkipLocked, Commits: o.Store.Commits, Ledger: o.Ledger, Renderer: o.Renderer,
		Workers: 1, BaseURL: o.BaseURL, Clock: o.Clock, Log: o.Log,
	})
}

func TestOutbox(t *testing.T) {
	t.Run("one letter tells what became of it, in words and codes", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		h.smtp.Script("RCPT", "550 5.1.1 no such user \u202e here")
		mailing := b.write("Three homes", all["amara"])
		h.deliver()
		letter := letterOn(t, b.Get(mailing))
		page := b.Get(letter)
		page.wants(t, http.StatusOK, "Three homes", "Amara Osei", "Failed", "The mailbox does not exist (550 5.1.1)", "try 1", "Have a look.")
		page.wants(t, http.StatusOK, "No retry", "What to do about it") // the address is blocked now
		page.lacks(t, "/u/", "\u202e", ">Retry</button>")
		html := b.framed(page)
		html.wants(t, http.StatusOK, "Have a look.")
		html.lacks(t, "/u/")
		if !strings.Contains(html.Header.Get("Content-Security-Policy"), "sandbox") {
			t.Error("the letter's frame has no sandbox")
		}
	})
	t.Run("tabs filter by state, in the address, and count", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		b.write("First", all["amara"])
		h.deliver()
		b.write("Second", all["ben"])
		r := b.Get("/outbox?state=sent")
		r.wants(t, http.StatusOK, "amara@example.com", `href="/outbox?state=sent" aria-current="page"`, `Sent <b class="num">1</b>`, `Waiting <b class="num">1</b>`, `All <b class="num">2</b>`)
		r.lacks(t, "ben@example.com")
		list := b.HTMX().Get("/outbox?state=ready")
		list.wants(t, http.StatusOK, `id="letters"`, "ben@example.com", "Waiting")
		list.lacks(t, "<html", "amara@example.com")
		b.Get("/outbox?state=failed").wants(t, http.StatusOK, "No letters here")
		b.Get("/outbox?state=nonsense&after=x").wants(t, http.StatusOK, "amara@example.com", "ben@example.com")
	})
	t.Run("pages by the last letter seen", func(t *testing.T) {
		h, maya, _ := elm(t)
		b := h.as(maya)
		var many []clients.Client
		for i := range 60 {
			many = append(many, h.enlist(maya, "Client", "Number"+strconv.Itoa(i), "c"+strconv.Itoa(i)+"@example.com", clients.Active))
		}
		b.write("Many", many...)
		seen := map[string]bool{}
		path, pages := "/outbox", 0
		for path != "" && pages < 5 {
			r := b.Get(path)
			r.wants(t, http.StatusOK)
			pages++
			for _, part := range strings.Split(r.Body, `<tr id="letter-`)[1:] {
				number, _, _ := strings.Cut(part, `"`)
				if seen[number] {
					t.Errorf("letter %s is on two pages", number)
				}
				seen[number] = true
			}
			_, after, found := strings.Cut(r.Body, `rel="next" href="`)
			path = ""
			if found {
				path, _, _ = strings.Cut(after, `"`)
			}
		}
		if pages != 2 || len(seen) != 60 {
			t.Errorf("%d letters on %d pages", len(seen), pages)
		}
	})
	t.Run("says that no mail server is set, to each what they can do", func(t *testing.T) {
		h := open(t, func(o *web.Options) { o.Courier = courierWithout(o) })
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		noor := h.hire("Noor Haddad", "noor@elm.example", agents.RoleAgent)
		h.as(maya).Get("/outbox").wants(t, http.StatusOK, "No mail server is set.", "SMTP_URL")
		h.as(noor).Get("/outbox").wants(t, http.StatusOK, "No mail server is set.", "Ask your broker")
	})
	t.Run("says what the mail server said last and when it is tried again", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		h.smtp.Script("MAIL", "421 4.3.2 closing for the night")
		b.write("Three homes", all["amara"], all["ben"])
		for range 8 {
			h.deliver()
			h.pass(15 * time.Minute)
		}
		b.Get("/outbox").wants(t, http.StatusOK, `id="outbox-health"`, "closing for the night")
	})
}
