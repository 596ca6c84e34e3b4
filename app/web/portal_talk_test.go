package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/portal"
)

// nudge lets the mails that tell of unread messages leave.
func (h *house) nudge() {
	h.t.Helper()
	if err := h.nudges.Step(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.deliver()
}

// seen is what a page sends when a person scrolls on it.
func (b *browser) seen(r reply) {
	b.h.t.Helper()
	found := regexp.MustCompile(`data-seen="([^"]+)"`).FindStringSubmatch(r.Body)
	if found == nil {
		b.h.t.Fatalf("no data-seen in\n%s", r.Body)
	}
	if r := b.Post(strings.ReplaceAll(found[1], "&amp;", "&")); r.Status != http.StatusNoContent {
		b.h.t.Fatalf("seen: %d", r.Status)
	}
}

func TestMessagesInAPortal(t *testing.T) {
	t.Run("go both ways, each read by the act of a person, and looking marks nothing", func(t *testing.T) {
		h, maya, all, _ := sentOne(t)
		amara, agent := h.inPortal("amara@example.com"), h.as(maya)
		empty := amara.Get("/p/messages")
		empty.wants(t, http.StatusOK, "Nothing written yet", "Maya Bell", `maxlength="4000"`)
		clean(t, empty.Body)
		guarded(t, empty)
		r := amara.Post("/p/messages", "message", "Is the roof old?\n<script>alert(1)</script>", "key", empty.hidden(t, "key"))
		r.wants(t, http.StatusSeeOther)
		if r.Header.Get("Location") != "/p/messages#newest" {
			t.Error(r.Header)
		}
		amara.Post("/p/messages", "message", "Is the roof old?\n<script>alert(1)</script>", "key", empty.hidden(t, "key"))
		if n := h.ask("SELECT count(*) FROM messages"); n != "1" {
			t.Errorf("%s messages from one form", n)
		}
		page := amara.Get("/p/messages")
		page.wants(t, http.StatusOK, "Is the roof old?", "&lt;script&gt;alert(1)", "You</strong>", "Today")
		page.lacks(t, "<script>alert")
		clean(t, page.Body)

		// The agent sees marks, and answers, which reads what they had before them.
		agent.Get("/clients").wants(t, http.StatusOK, "1 message</span>")
		agent.Get("/").wants(t, http.StatusOK, "Amara Osei</a> <span>wrote to you", "1 message not read")
		card := agent.Get(clientPath(all["amara"]))
		card.wants(t, http.StatusOK, `aria-label="1 unread"`, "&lt;script&gt;")
		newest := card.hidden(t, "upto")
		amara.Post("/p/messages", "message", "And the boiler?") // after the agent's page was made
		agent.Post(clientPath(all["amara"])+"/messages", "message", "Ten years, Saturday?", "key", "k", "upto", newest).wants(t, http.StatusSeeOther)
		agent.Get(clientPath(all["amara"])).wants(t, http.StatusOK, `aria-label="1 unread"`, "not read yet")
		view := agent.Get(clientPath(all["amara"]) + "/portal/messages")
		view.wants(t, http.StatusOK, "Ten years, Saturday?", "Amara Osei", "Nothing is marked as seen")
		view.lacks(t, "<textarea", "data-seen")
		clean(t, view.Body)
		if r := agent.Post(clientPath(all["amara"])+"/portal/messages", "message", "forged"); r.Status != http.StatusForbidden {
			t.Error(r.Status)
		}

		before := dump(t, h)
		for range 2 {
			amara.Get("/p").wants(t, http.StatusOK, `aria-label="1 unread"`)
			page = amara.Get("/p/messages")
			page.wants(t, http.StatusOK, "Ten years, Saturday?", "New</span>", `aria-label="1 unread"`)
		}
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("a GET changed:\n%s", diff)
		}
		agent.Post(clientPath(all["amara"])+"/messages", "message", "Or Sunday?", "key", "k2").wants(t, http.StatusSeeOther)
		amara.seen(page)
		page = amara.Get("/p/messages")
		page.wants(t, http.StatusOK, "Or Sunday?", `aria-label="1 unread"`)
		amara.seen(page)
		amara.Get("/p/messages").lacks(t, "unread", "New</span>")
		agent.Get(clientPath(all["amara"])).wants(t, http.StatusOK, "· read")

		// Ben has nothing of it, nor has who is not signed in.
		h.inPortal("ben@example.com").Get("/p/messages").lacks(t, "roof", "Sunday")
		h.visitor().Post("/p/messages", "message", "x").wants(t, http.StatusSeeOther)
		if n := h.ask("SELECT count(*) FROM messages"); n != "4" {
			t.Errorf("%s messages", n)
		}
	})
	t.Run("about a home stand on its page and in the thread, and are read where they are seen", func(t *testing.T) {
		h, maya, all, homes := sentOne(t)
		amara, agent := h.inPortal("amara@example.com"), h.as(maya)
		home := amara.Get("/p/homes/" + homes[0])
		home.wants(t, http.StatusOK, `id="notes"`, "Note on this home")
		r := amara.Post("/p/messages", "message", "Small kitchen", "home", homes[0], "at", "home", "key", home.hidden(t, "key"))
		if r.wants(t, http.StatusSeeOther); r.Header.Get("Location") != "/p/homes/"+homes[0]+"#notes" {
			t.Error(r.Header)
		}
		part := amara.HTMX().Post("/p/messages", "message", "Lovely porch", "home", homes[0], "at", "home")
		part.wants(t, http.StatusOK, `<section class="card" id="notes"`, "Small kitchen", "Lovely porch")
		part.lacks(t, "<html")
		agent.Post(clientPath(all["amara"])+"/messages", "message", "I measured it", "home", homes[0], "key", "k").wants(t, http.StatusSeeOther)
		agent.Post(clientPath(all["amara"])+"/messages", "message", "Not about a home", "key", "k2").wants(t, http.StatusSeeOther)
		home = amara.Get("/p/homes/" + homes[0])
		home.wants(t, http.StatusOK, "I measured it", "New</span>", `aria-label="2 unread"`)
		home.lacks(t, "Not about a home")
		clean(t, home.Body)
		amara.seen(home)
		amara.Get("/p/homes/"+homes[0]).wants(t, http.StatusOK, `aria-label="1 unread"`)
		page := amara.Get("/p/messages")
		page.wants(t, http.StatusOK, "Small kitchen", `on <a href="/p/homes/`+homes[0]+`" dir="auto">12 Oak Lane`, "Not about a home")
		about := amara.Get("/p/messages?home=" + homes[0])
		about.wants(t, http.StatusOK, "About <a", "12 Oak Lane", "Small kitchen")
		about.lacks(t, "Not about a home")
		clean(t, about.Body)
		agent.Get(clientPath(all["amara"])+"/portal/homes/"+homes[0]).wants(t, http.StatusOK, "I measured it", "Amara Osei")
		// A home that was sent to Ben alone.
		amara.Get("/p/messages?home="+homes[1]).wants(t, http.StatusNotFound)
		amara.Post("/p/messages", "message", "x", "home", homes[1]).wants(t, http.StatusNotFound)
		amara.Get("/p/messages?home=<script>&n=-9").wants(t, http.StatusOK, "Small kitchen")
	})
	t.Run("that can’t be taken come back as they were typed, with the reason beside them", func(t *testing.T) {
		h, _, _, homes := sentOne(t)
		amara := h.inPortal("amara@example.com")
		long := strings.Repeat("many words ", 50_000) // half a MB
		for _, b := range []*browser{amara, amara.HTMX()} {
			for _, at := range []string{"", "home"} {
				r := b.Post("/p/messages", "message", long, "home", homes[0], "at", at, "key", "mine")
				r.wants(t, http.StatusUnprocessableEntity, "can have 4,000 characters", "many words many words", `aria-invalid="true"`, `value="mine"`)
				clean(t, r.Body)
			}
			b.Post("/p/messages", "message", " \n ").wants(t, http.StatusUnprocessableEntity, "Write something first.")
		}
		for range portal.MostMessages {
			amara.Post("/p/messages", "message", "again").wants(t, http.StatusSeeOther)
		}
		amara.Post("/p/messages", "message", "too much for an hour").wants(t, http.StatusForbidden, "too much for an hour</textarea>", "Wait a little")
		h.pass(time.Hour)
		amara.Post("/p/messages", "message", "later").wants(t, http.StatusSeeOther)
	})
	t.Run("of a MB are refused in words, before they are read", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		connection, err := net.Dial("tcp", h.serve())
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		if err := connection.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(connection, "POST /p/messages HTTP/1.1\r\nHost: porchlight.test\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n", 1<<20+1)
		answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(body), "can have 4,000 characters") || !strings.Contains(string(body), "Nothing was sent") {
			t.Errorf("%s %v\n%s", answer.Status, err, body)
		}
	})
	t.Run("of the second person carry their name, also where both write at once", func(t *testing.T) {
		h, maya, all, _, amara := invitedBy(t)
		priya, page := h.invitation("priya@example.com")
		priya.Post("/p/invitation", page.answer(t, "yes")...).wants(t, http.StatusSeeOther)
		var both sync.WaitGroup
		for words, b := range map[string]*browser{"from Amara": amara, "from Priya": priya} {
			both.Go(func() {
				if r := b.Post("/p/messages", "message", words, "key", "same"); r.Status != http.StatusSeeOther {
					t.Errorf("%s: %d", words, r.Status)
				}
			})
		}
		both.Wait()
		amara.Get("/p/messages").wants(t, http.StatusOK, "from Amara", "from Priya", "Priya Raman</strong>", "You</strong>")
		priya.Get("/p/messages").wants(t, http.StatusOK, "from Amara", "from Priya", "Amara Osei</strong>", "You</strong>")
		h.as(maya).Get(clientPath(all["amara"])).wants(t, http.StatusOK, "from Priya", "Priya</strong>")
		h.as(maya).Get("/").wants(t, http.StatusOK, "2 messages not read")
	})
	t.Run("of a client who is deleted while they read lead to the door", func(t *testing.T) {
		h, maya, all, homes := sentOne(t)
		amara := h.inPortal("amara@example.com")
		page := amara.Get("/p/messages")
		h.as(maya).Post(clientPath(all["amara"])+"/delete", "confirm", "yes")
		if _, err := h.store.Write.ExecContext(t.Context(), "DELETE FROM clients WHERE id = ?", all["amara"].ID); err != nil {
			t.Fatal(err)
		}
		for _, b := range []*browser{amara, amara.HTMX()} {
			for _, r := range []reply{b.Get("/p/messages"), b.Post("/p/messages", "message", "still here", "home", homes[0]), b.Post("/p/seen?upto=" + page.hidden(t, "upto"))} {
				if to := r.Header.Get("Location") + r.Header.Get("HX-Redirect"); to != "/p" {
					t.Errorf("%d to %q", r.Status, to)
				}
			}
		}
	})
	t.Run("are told by mail after five minutes unless read, and the mail is no letter of the feed", func(t *testing.T) {
		h, maya, all, _ := sentOne(t)
		amara, agent := h.inPortal("amara@example.com"), h.as(maya)
		agent.Post(clientPath(all["amara"])+"/messages", "message", "Read at once", "key", "k").wants(t, http.StatusSeeOther)
		amara.seen(amara.Get("/p/messages"))
		h.pass(portal.TellAfter)
		before := h.smtp.Count()
		if h.nudge(); h.smtp.Count() != before {
			t.Error("told what was read")
		}
		agent.Post(clientPath(all["amara"])+"/messages", "message", "Not read", "key", "k2").wants(t, http.StatusSeeOther)
		h.pass(portal.TellAfter)
		h.nudge()
		if h.smtp.Count() != before+1 {
			t.Fatalf("%d mails", h.smtp.Count()-before)
		}
		text := plainOf(t, h.smtp.Received()[before])
		for _, want := range []string{"Maya Bell wrote:", "“Not read”", "http://porchlight.test/p/messages"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		if strings.Contains(text, "/l/") || strings.Contains(text, "/p/messages?") {
			t.Errorf("a key in %s", text)
		}
		amara.Get("/p").lacks(t, "wrote to you")
		amara.Get("/p").wants(t, http.StatusOK, "For Amara")
	})
}
