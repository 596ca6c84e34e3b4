package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/portal"
)

// priya is whom Amara invites.
var priya = []string{"first_name", "Priya", "last_name", "Raman", "email", "priya@example.com"}

// invitedBy is a house whose Amara has invited Priya, in the portal.
func invitedBy(t *testing.T) (h *house, maya agents.Agent, all map[string]clients.Client, homes []string, amara *browser) {
	t.Helper()
	h, maya, all, homes = sentOne(t)
	amara = h.inPortal("amara@example.com")
	r := amara.Post("/p/household", priya...)
	r.wants(t, http.StatusSeeOther)
	amara.follow(r).wants(t, http.StatusOK, "Priya Raman is invited.", "Priya Raman", "priya@example.com", "open until 26 November 2026", "Withdraw")
	h.deliver()
	return h, maya, all, homes, amara
}

// invitation signs in with the code from the mail and reads the invitation.
func (h *house) invitation(address string) (*browser, reply) {
	h.t.Helper()
	b := h.inPortal(address)
	return b, b.follow(b.Get("/p"))
}

func (r reply) answer(t testing.TB, answer string) []string {
	t.Helper()
	return []string{"invitation", r.hidden(t, "invitation"), "answer", answer}
}

func TestInvitationIntoAPortal(t *testing.T) {
	t.Run("is one letter that says who invites, opens nothing, and is accepted with a code", func(t *testing.T) {
		h, maya, all, homes, amara := invitedBy(t)
		text := plainOf(t, h.mailTo("priya@example.com"))
		for _, want := range []string{"Amara Osei invites you to look at homes together", "Maya Bell of Elm & Harbor Realty", "http://porchlight.test/p\n", "type the address that this letter came to", "26 November 2026", "14 Elm Street, Guilford, CT 06437"} {
			if !strings.Contains(strings.ReplaceAll(text, "\r", ""), want) {
				t.Errorf("the letter lacks %q:\n%s", want, text)
			}
		}
		if regexp.MustCompile(`/[lud]/|Priya|\?|@example`).MatchString(strings.ReplaceAll(text, "rather not?", "")) {
			t.Errorf("the letter says too much:\n%s", text)
		}
		b, page := h.invitation("priya@example.com")
		page.wants(t, http.StatusOK, "Amara Osei invites you to look at homes together", "Accept", "No, thanks", "With your yes, Maya Bell may e-mail you homes, too.")
		page.lacks(t, "12 Oak Lane", "amara@", "Later")
		clean(t, page.Body)
		if page.Header.Get("Referrer-Policy") != "no-referrer" || page.Header.Get("Cache-Control") != "no-store" {
			t.Error(page.Header)
		}
		before := dump(t, h)
		b.Get("/p/invitation").wants(t, http.StatusOK)
		b.Get("/p/homes").wants(t, http.StatusSeeOther)
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("a GET changed:\n%s", diff)
		}
		r := b.Post("/p/invitation", page.answer(t, "yes")...)
		r.wants(t, http.StatusSeeOther)
		b.follow(r).wants(t, http.StatusOK, "You and Amara look at the same homes now.", "12 Oak Lane", "For Amara")
		one := h.holder(maya, "priya@example.com")
		if s := h.state(one); s.State != consent.OptedIn {
			t.Errorf("consent %+v", s)
		}
		events := h.history(one)
		if len(events) != 1 || events[0].Kind != consent.Added || events[0].Actor != "client" || events[0].Door != consent.DoorPortal || !strings.Contains(events[0].Wording, "Maya Bell may e-mail you homes, too") || !strings.Contains(events[0].Wording, "[Accept]") {
			t.Errorf("the ledger: %+v", events)
		}
		said := toldOf(h, maya)
		if !strings.Contains(said, "Priya Raman looks at homes together with Amara Osei") || !strings.Contains(said, "new client of yours") {
			t.Error(said)
		}
		agent := h.as(maya)
		agent.Get(clientPath(one)).wants(t, http.StatusOK, "by Priya, in the portal", "Shared with", "Amara Osei", "Came by an invitation")
		agent.Get(clientPath(all["amara"])+"/household").wants(t, http.StatusOK, "Priya Raman", "Part them again")
		// Both see both names, each with what they think.
		b.Post("/p/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		amara.Post("/p/homes/"+homes[0]+"/reaction", "kind", "discard").wants(t, http.StatusSeeOther)
		for _, path := range []string{"/p/homes", "/p/homes/" + homes[0]} {
			amara.Get(path).wants(t, http.StatusOK, "12 Oak Lane", "Priya", "Favorite")
			b.Get(path).wants(t, http.StatusOK, "12 Oak Lane", "Amara", "Discard")
		}
		for _, who := range []*browser{b, amara} {
			page := who.Get("/p/household")
			page.wants(t, http.StatusOK, "Amara Osei", "Priya Raman", "You</span>")
			page.lacks(t, "@example.com", "Invite somebody")
			clean(t, page.Body)
		}
		// The same invitation again is none.
		b.Post("/p/invitation", "invitation", "1", "answer", "yes").wants(t, http.StatusSeeOther)
		b.Get("/p/invitation").wants(t, http.StatusSeeOther)
	})
	t.Run("is withdrawn, expires, and is no key for anybody else", func(t *testing.T) {
		h, maya, _, _, amara := invitedBy(t)
		stranger, ben := h.visitor(), h.inPortal("ben@example.com")
		number := amara.Get("/p/household").hidden(t, "invitation")
		for _, who := range []*browser{stranger, ben, amara} {
			who.Get("/p/invitation").wants(t, http.StatusSeeOther)
			who.Post("/p/invitation", "invitation", number, "answer", "yes").wants(t, http.StatusSeeOther)
			who.Post("/p/invitation", "invitation", number, "answer", "no").wants(t, http.StatusSeeOther)
		}
		ben.Post("/p/household/withdrawal", "invitation", number).wants(t, http.StatusSeeOther)
		amara.Get("/p/household").wants(t, http.StatusOK, "open until")
		b, page := h.invitation("priya@example.com")
		answer := page.answer(t, "yes")
		amara.follow(amara.Post("/p/household/withdrawal", "invitation", number)).wants(t, http.StatusOK, "The invitation is withdrawn.", "Invite somebody")
		b.follow(b.Post("/p/invitation", answer...)).wants(t, http.StatusOK, "no longer open", "E-mail me a code")
		amara.Post("/p/household", priya...).wants(t, http.StatusSeeOther)
		h.pass(portal.InvitationLife)
		b.Get("/p/invitation").wants(t, http.StatusSeeOther)
		amara.Get("/p/household").wants(t, http.StatusOK, "without an answer", "Dismiss", "Invite somebody")
		h.visitor().Post("/p", "email", "priya@example.com").wants(t, http.StatusSeeOther)
		if n := len(h.codes("priya@example.com")); n != 1 {
			t.Errorf("%d codes", n)
		}
		if list, err := clients.List(t.Context(), h.store.Read, clients.Filter{Agent: maya.ID, Query: "priya"}); err != nil || len(list.Clients) != 0 {
			t.Error("a client", err)
		}
	})
	t.Run("is answered with no, which the inviter reads, and leaves nobody signed in", func(t *testing.T) {
		h, _, _, _, amara := invitedBy(t)
		b, page := h.invitation("priya@example.com")
		b.follow(b.Post("/p/invitation", page.answer(t, "no")...)).wants(t, http.StatusOK, "The answer is no, and that is fine.", "E-mail me a code")
		if got := h.ask("SELECT count(*) FROM portal_devices WHERE email_key = 'priya@example.com'"); got != "0" {
			t.Errorf("%s devices", got)
		}
		page = amara.Get("/p/household")
		page.wants(t, http.StatusOK, "would rather not", "Invite somebody")
		amara.Post("/p/household/withdrawal", "invitation", page.hidden(t, "invitation")).wants(t, http.StatusSeeOther)
		amara.Get("/p/household").lacks(t, "would rather not")
	})
	t.Run("joins the record that is there, after Later too, and changes no consent", func(t *testing.T) {
		h, maya, all, homes := sentOne(t)
		amara := h.inPortal("amara@example.com")
		amara.Post("/p/household", "first_name", "Benjamin", "email", "Ben@example.com").wants(t, http.StatusSeeOther)
		was := h.state(all["ben"])
		b, page := h.invitation("ben@example.com")
		page.wants(t, http.StatusOK, "What was sent to you so far", "Which mail comes to you stays as it is.", "Later")
		b.Post("/p/invitation", page.answer(t, "later")...).wants(t, http.StatusSeeOther)
		b.Get("/p").wants(t, http.StatusOK, "For Ben")
		b.Get("/p/household").wants(t, http.StatusOK, "Amara Osei</strong> invites you", `href="/p/invitation"`)
		b.Post("/p/homes/"+homes[1]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		b.follow(b.Post("/p/invitation", b.Get("/p/invitation").answer(t, "yes")...)).wants(t, http.StatusOK, "For Ben", "For Amara")
		if now := h.state(all["ben"]); now != was {
			t.Errorf("consent %+v, was %+v", now, was)
		}
		amara.Get("/p/homes/"+homes[1]).wants(t, http.StatusOK, "14 Oak Lane", "Ben", "Favorite")
		if list, err := clients.List(t.Context(), h.store.Read, clients.Filter{Agent: maya.ID, Query: "ben@example.com"}); err != nil || len(list.Clients) != 1 || list.Clients[0].FirstName != "Ben" {
			t.Errorf("%+v %v", list.Clients, err)
		}
	})
	t.Run("makes another agent's client a client of both, who then chooses", func(t *testing.T) {
		h, maya, _, _, _ := invitedBy(t)
		omar := h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
		h.enlist(omar, "Priya", "R", "priya@example.com", clients.Active)
		b, page := h.invitation("priya@example.com")
		page.wants(t, http.StatusOK, "With your yes, Maya Bell may e-mail you homes, too.", "Later")
		b.follow(b.Post("/p/invitation", page.answer(t, "yes")...)).wants(t, http.StatusOK, "12 Oak Lane")
		h.holder(maya, "priya@example.com")
		h.holder(omar, "priya@example.com")
		b.Get("/p/choose").wants(t, http.StatusOK, "With Omar Haddad", "With Maya Bell")
	})
	t.Run("mails nobody who opted out here, and tells nobody so", func(t *testing.T) {
		h, maya, all, _ := sentOne(t)
		h.stop(maya, all["ben"])
		blocked := h.ledger.Hash("nowhere@example.com")
		if err := h.ledger.Block(t.Context(), h.store.Write, blocked, consent.Undeliverable, "550", h.clock()); err != nil {
			t.Fatal(err)
		}
		amara := h.inPortal("amara@example.com")
		words := map[string]bool{}
		for _, address := range []string{"ben@example.com", "nowhere@example.com", "quinn@example.com"} {
			n := h.count(address)
			page := amara.follow(amara.Post("/p/household", "first_name", "Sam", "email", address))
			words[strings.NewReplacer(address, "", `value="`+page.hidden(t, "invitation")+`"`, "").Replace(page.Body)] = true
			h.deliver()
			if sent := h.count(address) - n; sent != map[bool]int{true: 1, false: 0}[address == "quinn@example.com"] {
				t.Errorf("%d letters to %s", sent, address)
			}
			amara.Post("/p/household/withdrawal", "invitation", page.hidden(t, "invitation"))
		}
		if len(words) != 1 {
			t.Error("the pages differ")
		}
		h.pass(25 * time.Hour)
		amara.Post("/p/household", "first_name", "Ben", "email", "ben@example.com").wants(t, http.StatusSeeOther)
		b, page := h.invitation("ben@example.com")
		b.Post("/p/invitation", page.answer(t, "yes")...).wants(t, http.StatusSeeOther)
		if s := h.state(all["ben"]); s.State != consent.OptedOut {
			t.Errorf("accepting opened consent: %+v", s)
		}
	})
	t.Run("tells no client whose address is another agent's, and mails it nothing", func(t *testing.T) {
		h, _, _, _ := sentOne(t)
		h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
		amara := h.inPortal("amara@example.com")
		words := map[string]bool{}
		for _, address := range []string{"omar@elmharbor.example", "quinn@example.com"} {
			answer := amara.Post("/p/household", "first_name", "Sam", "email", address)
			page := amara.follow(answer)
			words[fmt.Sprint(answer.Status)+strings.NewReplacer(address, "", `value="`+page.hidden(t, "invitation")+`"`, "").Replace(page.Body)] = true
			amara.Post("/p/household/withdrawal", "invitation", page.hidden(t, "invitation"))
			h.deliver()
		}
		if len(words) != 1 || h.count("omar@elmharbor.example") != 0 || h.count("quinn@example.com") != 1 {
			t.Error("they differ", words)
		}
	})
	t.Run("keeps what was typed and says beside it what is wrong, and no more than three a day", func(t *testing.T) {
		h, maya, _, _ := sentOne(t)
		b := h.inPortal("amara@example.com")
		for email, says := range map[string]string{"amara+x@example.com": "Amara Osei’s own", strings.Replace(strings.ToUpper(maya.Email), "@", "+1@", 1): "can’t be invited", "nobody": ""} {
			r := b.Post("/p/household", "first_name", "<i>Pri", "last_name", "Raman", "email", email)
			r.wants(t, http.StatusUnprocessableEntity, `aria-invalid="true"`, `value="&lt;i&gt;Pri"`, `value="Raman"`, "Write just the name", says)
			r.lacks(t, "Maya Bell signs in")
			clean(t, r.Body)
		}
		for range 3 {
			page := b.follow(b.Post("/p/household", priya...))
			b.Post("/p/household/withdrawal", "invitation", page.hidden(t, "invitation"))
		}
		b.Post("/p/household", priya...).wants(t, http.StatusForbidden, "Try again tomorrow", `value="priya@example.com"`)
		h.deliver()
		if n := h.count("priya@example.com"); n != 2 {
			t.Errorf("%d letters", n)
		}
	})
	t.Run("comes from the agent, too, who sees and withdraws each", func(t *testing.T) {
		h, maya, all, _ := sentOne(t)
		path := clientPath(all["amara"])
		b := h.as(maya)
		b.Post(path+"/household/invitation", "first_name", "Priya", "email", maya.Email).wants(t, http.StatusUnprocessableEntity, "can’t be invited", `value="Priya"`)
		r := b.Post(path+"/household/invitation", priya...)
		page := b.follow(r)
		page.wants(t, http.StatusOK, "Priya Raman is invited.", "Invited by you", "Withdraw", "Or one of your clients")
		b.Get(path).wants(t, http.StatusOK, "Priya Raman</strong> is invited, until")
		clean(t, page.Body)
		h.deliver()
		if text := plainOf(t, h.mailTo("priya@example.com")); !strings.Contains(text, "Maya Bell invites you to look at homes with Amara Osei") {
			t.Error(text)
		}
		look := b.Get(path + "/portal/household")
		look.wants(t, http.StatusOK, "You are looking at", "Priya Raman", "open until")
		look.lacks(t, ">Withdraw<", "<form")
		for _, what := range []string{"", "/withdrawal", "/leaving"} {
			b.Post(path+"/portal/household"+what, priya...).wants(t, http.StatusForbidden)
		}
		guest, asked := h.invitation("priya@example.com")
		guest.Post("/p/invitation", asked.answer(t, "no")...)
		b.Get(path).lacks(t, "is invited, until")
		b.Get(path+"/household").wants(t, http.StatusOK, "answered the invitation with No, thanks.")
		if said := toldOf(h, maya); !strings.Contains(said, "Priya Raman would rather not look at homes with Amara Osei") {
			t.Error(said)
		}
		b.Post(path+"/household", "member", id(all["ben"])).wants(t, http.StatusSeeOther)
		b.Post(path+"/household", "member", id(all["carl"])).wants(t, http.StatusConflict, "shares a portal already")
		b.Post(path+"/household/invitation", priya...).wants(t, http.StatusConflict, "a portal is for two")
		b.Post(path+"/household/parting").wants(t, http.StatusSeeOther)
		b.Get(path+"/household").lacks(t, "Part them again")
	})
}

// toldOf is what an agent's notices say.
func toldOf(h *house, a agents.Agent) (said string) {
	h.t.Helper()
	list, err := agents.Notices(h.t.Context(), h.store.Read, a.ID, true, 50)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range list {
		said += n.Title + "\n" + n.Body + "\n"
	}
	return said
}

// together is a house whose Amara and Ben share a portal, each in it.
func together(t *testing.T) (h *house, maya agents.Agent, all map[string]clients.Client, homes []string, amara, ben *browser) {
	t.Helper()
	h, maya, all, homes = sentOne(t)
	if err := portal.Join(t.Context(), h.store.Write, maya.ID, all["amara"].ID, all["ben"].ID, h.clock()); err != nil {
		t.Fatal(err)
	}
	return h, maya, all, homes, h.inPortal("amara@example.com"), h.inPortal("ben@example.com")
}

func TestLeavingAHousehold(t *testing.T) {
	for _, who := range []string{"the second person", "the first"} {
		t.Run("is one tap of "+who+", and counts at once on every device", func(t *testing.T) {
			h, maya, _, homes, amara, ben := together(t)
			another := h.inPortal("ben@example.com")
			another.Get("/p").wants(t, http.StatusOK, "For Amara", "For Ben")
			ben.Post("/p/homes/"+homes[1]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
			ben.Post("/p/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
			leaver, says := ben, "Ben Ito shares no portal with Amara Osei any more"
			if who == "the first" {
				leaver, says = amara, "Amara Osei shares no portal with Ben Ito any more"
			}
			leaver.follow(leaver.Post("/p/household/leaving")).wants(t, http.StatusOK, "You look at your homes alone now.", "Invite somebody")
			for _, b := range []*browser{ben, another} {
				page := b.Get("/p")
				page.wants(t, http.StatusOK, "For Ben", "14 Oak Lane")
				page.lacks(t, "For Amara", "12 Oak Lane")
				b.Get("/p/homes/"+homes[0]).wants(t, http.StatusNotFound)
				b.Get("/p/homes?shelf=favorite").wants(t, http.StatusOK, "14 Oak Lane")
			}
			page := amara.Get("/p/homes")
			page.wants(t, http.StatusOK, "12 Oak Lane")
			page.lacks(t, "14 Oak Lane", "Ben")
			if said := toldOf(h, maya); !strings.Contains(said, says) {
				t.Error(said)
			}
			leaver.Post("/p/household/leaving").wants(t, http.StatusSeeOther)
		})
	}
	t.Run("is deleting either, and the other one keeps what is theirs", func(t *testing.T) {
		h, maya, all, homes, amara, ben := together(t)
		ben.Post("/p/homes/"+homes[1]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		h.as(maya).Post(clientPath(all["amara"])+"/deletion").wants(t, http.StatusSeeOther)
		amara.Get("/p/homes").wants(t, http.StatusSeeOther)
		ben.Get("/p/homes?shelf=favorite").wants(t, http.StatusOK, "14 Oak Lane")
		ben.Get("/p/household").wants(t, http.StatusOK, "Invite somebody")
	})
	t.Run("is not moving: both go to the other agent", func(t *testing.T) {
		h, maya, all, _, amara, ben := together(t)
		omar := h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
		h.as(maya).Post(clientPath(all["ben"])+"/move", "agent", fmt.Sprint(omar.ID)).wants(t, http.StatusSeeOther)
		for _, b := range []*browser{amara, ben} {
			b.Get("/p").wants(t, http.StatusOK, "For Amara", "For Ben", "Omar Haddad")
		}
		h.as(omar).Get(clientPath(all["amara"])+"/household").wants(t, http.StatusOK, "Ben Ito", "Part them again")
		h.as(maya).Get(clientPath(all["amara"])+"/household").wants(t, http.StatusNotFound)
	})
}

func TestTwoOfAHouseholdReactAtOnce(t *testing.T) {
	h, _, _, homes, amara, ben := together(t)
	var wg sync.WaitGroup
	for range 6 {
		for _, home := range homes[:2] {
			wg.Go(func() { amara.copy().Post("/p/homes/"+home+"/reaction", "kind", "favorite") })
			wg.Go(func() { ben.copy().Post("/p/homes/"+home+"/reaction", "kind", "discard") })
		}
	}
	wg.Wait()
	if got := h.ask("SELECT count(*) FROM reactions"); got != "4" {
		t.Errorf("%s reactions", got)
	}
	for _, home := range homes[:2] {
		amara.Get("/p/homes/"+home).wants(t, http.StatusOK, `aria-pressed="true"`, "Ben", "Discard")
		ben.Get("/p/homes/"+home).wants(t, http.StatusOK, `aria-pressed="true"`, "Amara", "Favorite")
	}
}

// copy is the same browser for another goroutine.
func (b *browser) copy() *browser {
	c := &browser{h: b.h, cookies: map[string]string{}, header: b.header.Clone()}
	for name, value := range b.cookies {
		c.cookies[name] = value
	}
	return c
}

// An auto email goes to one person's address: the other one of the household sees that it is there and changes nothing of it.
func TestAutoEmailsOfAHouseholdAreEachOnesOwn(t *testing.T) {
	h, maya, all, _ := sentOne(t)
	hers, his := h.wish(maya, all["amara"], "Amara’s harbor"), h.wish(maya, all["ben"], "Ben’s lofts")
	h.as(maya).Post(clientPath(all["amara"])+"/household", "member", id(all["ben"])).wants(t, http.StatusSeeOther)
	amara, ben := h.inPortal("amara@example.com"), h.inPortal("ben@example.com")
	path := func(one autoemail.Search) string { return fmt.Sprint("/p/searches/autos/", one.ID) }
	for _, b := range []*browser{amara, ben} {
		page := b.Get("/p/searches")
		page.wants(t, http.StatusOK, "Amara’s harbor", "Ben’s lofts", "who alone can change it")
		if n := strings.Count(page.Body, "Stop this one"); n != 1 {
			t.Errorf("%d may be stopped", n)
		}
		clean(t, page.Body)
	}
	before := dump(t, h)
	for _, act := range []string{"weekly", "pause", "stop", "start", "looking"} {
		ben.Post(path(hers)+"/"+act, "until", "2026-12-24").wants(t, http.StatusNotFound)
	}
	if diff := differences(before, dump(t, h)); strings.Contains(diff, "searchesmap") || strings.Contains(diff, "noticesmap") {
		t.Errorf("Ben changed what is Amara's:\n%s", diff)
	}
	ben.HTMX().Post(path(his)+"/stop").wants(t, http.StatusOK, "You stopped it")
	amara.Get("/p/searches").wants(t, http.StatusOK, "Ben stopped it")
	if said := toldOf(h, maya); !strings.Contains(said, "Ben Ito") || strings.Contains(said, "Amara Osei stopped") {
		t.Error(said)
	}
}
