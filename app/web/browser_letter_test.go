package web_test

import (
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// letterPageSeen opens the page of a letter as a program does, which is no sign of the client, and then as a person does.
func letterPageSeen(t *testing.T, browser context.Context, s screen) {
	h, base := liveHouse(t)
	jane := h.hire("Jane Doe", "jane@elmharbor.example", agents.RoleBroker)
	ana := h.enlist(jane, "Ana", "Silva", "ana@example.com", clients.Active)
	homes := h.bring(forSale("12", 449_000), forSale("14", 389_500))
	wish := h.wish(jane, ana, "Near the harbor")
	h.as(jane).Post("/letters", "clients", id(ana), "subject", "Homes", "message", "Look.", "home", homes[0], "home", homes[1])
	h.deliver()
	path := regexp.MustCompile(`/l/[A-Za-z0-9_-]+`).FindString(strings.ReplaceAll(string(h.mailTo("ana@example.com").Data), "=\r\n", ""))
	before := h.wished(jane, wish).SignAt

	w := sit(t, browser, s)
	w.opens(base + path + "#home-" + homes[1])
	w.sees("heading", "2 homes for you")
	eval[bool](w, `(scrollTo(0, 400), document.body.dispatchEvent(new Event("pointerdown", { bubbles: true })))`)
	time.Sleep(200 * time.Millisecond) // for a request that must not come
	if now := h.wished(jane, wish).SignAt; !now.Equal(before) {
		t.Fatal("a page that was opened by a program is a sign")
	}
	w.types("j")
	w.until("the sign of a person", func() bool { return h.wished(jane, wish).SignAt.After(before) })
	w.sound()
}
