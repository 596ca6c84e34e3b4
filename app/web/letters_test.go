package web_test

import (
	"bytes"
	"context"
	"html"
	"net/http"
	netmail "net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/mail/mailtest"
)

// enlist adds a client of an agent, enrolled, with this status.
func (h *house) enlist(a agents.Agent, first, last, email string, status clients.Status) clients.Client {
	h.t.Helper()
	var one clients.Client
	err := h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		form := clients.Form{FirstName: first, LastName: last, Email: email, Status: status}
		if status == clients.OnVacation {
			form.VacationUntil = h.clock().AddDate(0, 0, 10)
		}
		if one, err = clients.Create(ctx, db, a.ID, form, h.clock()); err != nil {
			return err
		}
		return h.ledger.Enroll(ctx, db, one, consent.By{Agent: a, Door: consent.DoorAgent}, h.clock())
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return one
}

// stop records that a client asked by phone for no more mail.
func (h *house) stop(a agents.Agent, c clients.Client) {
	h.t.Helper()
	if err := h.ledger.OptOutFor(h.t.Context(), h.store.Write, c.ID, consent.By{Agent: a, Door: consent.DoorPhone}, h.clock()); err != nil {
		h.t.Fatal(err)
	}
}

func id(c clients.Client) string { return strconv.FormatInt(int64(c.ID), 10) }

// hidden is the value of a hidden field.
func (r reply) hidden(t testing.TB, name string) string {
	t.Helper()
	found := regexp.MustCompile(`type="hidden" name="` + name + `" value="([^"]*)"`).FindStringSubmatch(r.Body)
	if found == nil {
		t.Fatalf("no hidden field %q in\n%s", name, r.Body)
	}
	return html.UnescapeString(found[1])
}

var checkbox = regexp.MustCompile(`<input type="checkbox" name="clients" value="(\d+)" aria-label="([^"]*)"[^>]*?( checked)?>`)

// offered is who stands on Compose, chosen who is ticked there.
func (r reply) picks() (offered, chosen []string) {
	for _, m := range checkbox.FindAllStringSubmatch(r.Body, -1) {
		offered = append(offered, html.UnescapeString(m[2]))
		if m[3] != "" {
			chosen = append(chosen, html.UnescapeString(m[2]))
		}
	}
	return offered, chosen
}

// to is who got the letters that went to clients, one address each.
func received(t *testing.T, messages []mailtest.Message) (to []string) {
	t.Helper()
	for _, m := range messages {
		read, err := netmail.ReadMessage(bytes.NewReader(m.Data))
		if err != nil {
			t.Fatal(err)
		}
		if cc := read.Header.Get("Cc") + read.Header.Get("Bcc"); cc != "" {
			t.Errorf("a letter has a Cc: %q", cc)
		}
		list, err := read.Header.AddressList("To")
		if err != nil || len(list) != 1 || list[0].Address != m.To {
			t.Errorf("To is %v (%v), the envelope says %q", list, err, m.To)
		}
		to = append(to, m.To)
	}
	slices.Sort(to)
	return to
}

// elm is a house with a broker, Maya, whose five clients cover what Compose must tell apart.
func elm(t *testing.T) (h *house, maya agents.Agent, all map[string]clients.Client) {
	h = open(t)
	maya = h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	all = map[string]clients.Client{
		"amara": h.enlist(maya, "Amara", "Osei", "amara@example.com", clients.Active),
		"ben":   h.enlist(maya, "Ben", "Ito", "ben@example.com", clients.Prospect),
		"carl":  h.enlist(maya, "Carl", "Whitman", "carl@example.com", clients.Active),
		"dora":  h.enlist(maya, "Dora", "Lind", "dora@example.com", clients.Inactive),
		"eve":   h.enlist(maya, "Eve", "Zhou", "eve@example.com", clients.OnVacation),
	}
	return h, maya, all
}

func TestCompose(t *testing.T) {
	t.Run("offers only those who can be mailed, and says how many it does not and why", func(t *testing.T) {
		h, maya, all := elm(t)
		h.stop(maya, all["carl"])
		r := h.as(maya).Get("/letters/new")
		r.wants(t, http.StatusOK, ">Compose</h1>", "3 clients are not offered: 1 opted out, 1 inactive, 1 on vacation.",
			"Maya Bell &lt;maya@elm.example&gt;", "amara@example.com")
		r.lacks(t, "carl@example.com", "Whitman", "dora@example.com", "Lind", "Zhou")
		if offered, chosen := r.picks(); !slices.Equal(offered, []string{"Ben Ito", "Amara Osei"}) && !slices.Equal(offered, []string{"Amara Osei", "Ben Ito"}) || len(chosen) > 0 {
			t.Errorf("offered %v, chosen %v", offered, chosen)
		}
	})
	t.Run("chooses the client it was opened for, or says why not", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		if _, chosen := b.Get("/letters/new?client=" + id(all["ben"])).picks(); !slices.Equal(chosen, []string{"Ben Ito"}) {
			t.Errorf("chosen %v", chosen)
		}
		r := b.Get("/letters/new?client=" + id(all["dora"]))
		r.wants(t, http.StatusOK, `<a href="/clients/`+id(all["dora"])+`">Dora Lind</a></strong> can’t be mailed`)
		r.lacks(t, "Nothing was sent yet")
		b.Get("/letters/new?client=999").wants(t, http.StatusNotFound)
		other := h.hire("Noor Haddad", "noor@elm.example", agents.RoleAgent)
		h.as(other).Get("/letters/new?client="+id(all["ben"])).wants(t, http.StatusNotFound)
	})
	t.Run("a search keeps those chosen and all that is typed, with and without JavaScript", func(t *testing.T) {
		h, maya, all := elm(t)
		b := h.as(maya)
		form := []string{"q", "OSEI", "clients", id(all["ben"]), "subject", "Three homes", "message", "Hello **there**", "key", strings.Repeat("K", 26)}
		plain := b.Post("/letters/new/clients", form...)
		plain.wants(t, http.StatusOK, `value="Three homes"`, "Hello **there**</textarea>", `value="OSEI"`, strings.Repeat("K", 26))
		offered, chosen := plain.picks()
		if !slices.Equal(offered, []string{"Ben Ito", "Amara Osei"}) || !slices.Equal(chosen, []string{"Ben Ito"}) {
			t.Errorf("offered %v, chosen %v", offered, chosen)
		}
		fragment := b.HTMX().Post("/letters/new/clients", form...)
		fragment.wants(t, http.StatusOK, `id="picks"`)
		fragment.lacks(t, "<html", "<form", "Carl Whitman")
		if _, chosen := fragment.picks(); !slices.Equal(chosen, []string{"Ben Ito"}) {
			t.Errorf("the fragment has chosen %v", chosen)
		}
	})
	t.Run("lists two hundred and says how many more match", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		for i := range 203 {
			h.enlist(maya, "Client", "Number"+strconv.Itoa(i), "c"+strconv.Itoa(i)+"@example.com", clients.Active)
		}
		r := h.as(maya).Get("/letters/new")
		r.wants(t, http.StatusOK, `<b class="num">3</b> more match`)
		if offered, _ := r.picks(); len(offered) != 200 {
			t.Errorf("%d offered", len(offered))
		}
	})
	t.Run("names are shown as text and read as the checkbox's name in any script", func(t *testing.T) {
		h := open(t)
		maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
		h.enlist(maya, `<b>"Eve"`, "שָׁלוֹם", "eve@example.com", clients.Active)
		r := h.as(maya).Get("/letters/new")
		r.lacks(t, `<b>"Eve"`)
		if offered, _ := r.picks(); !slices.Equal(offered, []string{`<b>"Eve" שָׁלוֹם`}) {
			t.Errorf("offered %q", offered)
		}
	})
}

func TestTestLetter(t *testing.T) {
	h, maya, all := elm(t)
	b := h.as(maya)
	page := b.Get("/letters/new")
	form := []string{"clients", id(all["ben"]), "subject", "Three homes", "message", "Have a look.", "test_key", page.hidden(t, "test_key"), "key", page.hidden(t, "key")}
	r := b.HTMX().Post("/letters/test", form...)
	r.wants(t, http.StatusOK, "On its way to maya@elm.example", `id="compose-test"`)
	r.lacks(t, "<html", "<form")
	b.HTMX().Post("/letters/test", form...) // a double click
	h.deliver()
	messages := h.smtp.Received()
	if to := received(t, messages); !slices.Equal(to, []string{"maya@elm.example"}) {
		t.Fatalf("received by %v", to)
	}
	read, err := netmail.ReadMessage(bytes.NewReader(messages[0].Data))
	if err != nil {
		t.Fatal(err)
	}
	if read.Header.Get("List-Unsubscribe") != "" || bytes.Contains(messages[0].Data, []byte("/u/")) {
		t.Errorf("the test has an unsubscribe link:\n%s", messages[0].Data)
	}
	plain := b.Post("/letters/test", "clients", id(all["ben"]), "subject", "Three homes", "message", "Have a look.", "test_key", r.hidden(t, "test_key"))
	plain.wants(t, http.StatusOK, "On its way to maya@elm.example", `value="Three homes"`)
	h.deliver()
	if n := h.smtp.Count(); n != 2 {
		t.Errorf("%d tests arrived, want 2", n)
	}
	b.HTMX().Post("/letters/test", "message", "Kept.").wants(t, http.StatusUnprocessableEntity, `id="compose"`, "Give the letter a subject.", "Kept.</textarea>")
}

func TestFromLine(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	jane := h.hire("Jane Doe", "jane@gmail.com", agents.RoleAgent)
	other := h.hire("Jané Doe", "doe.jane@gmail.com", agents.RoleAgent) // the same address would be made of her name
	for _, who := range []struct {
		agent         agents.Agent
		page          string
		from, replyTo string
	}{
		{maya, "Maya Bell &lt;maya@elm.example&gt;", "maya@elm.example", ""},
		{jane, "Jane Doe via Elm &amp; Harbor Realty &lt;jane.doe@elm.example&gt;", "jane.doe@elm.example", "jane@gmail.com"},
		{other, "Jané Doe via Elm &amp; Harbor Realty &lt;jane.doe.2@elm.example&gt;", "jane.doe.2@elm.example", "doe.jane@gmail.com"},
	} {
		client := h.enlist(who.agent, "Amara", "Osei", "amara-"+strconv.Itoa(int(who.agent.ID))+"@example.com", clients.Active)
		b := h.as(who.agent)
		b.Get("/letters/new").wants(t, http.StatusOK, who.page)
		b.Post("/letters", "clients", id(client), "subject", "Hello", "message", "Hi.")
		h.deliver()
		for _, m := range h.smtp.Received() {
			if m.To != client.Email {
				continue
			}
			read, err := netmail.ReadMessage(bytes.NewReader(m.Data))
			if err != nil {
				t.Fatal(err)
			}
			from, err := netmail.ParseAddress(read.Header.Get("From"))
			if err != nil || from.Address != who.from || !strings.Contains(html.UnescapeString(who.page), from.Name) {
				t.Errorf("From is %v (%v)", from, err)
			}
			if reply, _ := netmail.ParseAddress(read.Header.Get("Reply-To")); who.replyTo == "" && reply != nil || who.replyTo != "" && (reply == nil || reply.Address != who.replyTo) {
				t.Errorf("Reply-To is %v", reply)
			}
			if id := read.Header.Get("List-Id"); !strings.Contains(id, "agent-"+strconv.Itoa(int(who.agent.ID))+".porchlight.test") {
				t.Errorf("List-Id is %q", id)
			}
			if id := read.Header.Get("Feedback-Id"); strings.Count(id, ":") != 3 || strings.Contains(id, client.Email) {
				t.Errorf("Feedback-ID is %q", id)
			}
		}
	}
	if n := h.smtp.Count(); n != 3 {
		t.Errorf("%d letters arrived, want 3", n)
	}
}
