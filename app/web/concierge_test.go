package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// vets makes an auto e-mail in concierge mode that asks for everything, found nothing yet.
func (h *house) vets(by agents.Agent, client clients.ID, name string) autoemail.ID {
	h.t.Helper()
	s, err := autoemail.Save(h.t.Context(), h.store.Write, by.ID, autoemail.Search{
		ClientID: client, Name: name, Concierge: true, Schedule: autoemail.Schedule{Kind: autoemail.ASAP}, Events: []listings.EventKind{listings.EventNew, listings.EventPrice},
		Criteria: listings.Criteria{PropertyTypes: []string{"Residential"}},
	}, autoemail.Saving{}, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return s.ID
}

// finds puts homes into the queue of an auto e-mail, as the matcher does, and returns the matches.
func (h *house) finds(by agents.Agent, client clients.ID, search autoemail.ID, keys ...string) []int64 {
	h.t.Helper()
	var ids []int64
	for _, key := range keys {
		home := h.home(key)
		l, err := listings.List(h.t.Context(), h.store.Read, []listings.ID{home})
		if err != nil || len(l) != 1 {
			h.t.Fatal(l, err)
		}
		m := autoemail.Match{
			SearchID: search, ClientID: client, AgentID: by.ID, ListingID: home, Kind: listings.EventNew, OnceKey: "New Listing|" + key, NewPrice: l[0].ListPrice,
			FoundStatus: l[0].StandardStatus, State: autoemail.Unsent, FoundAt: h.clock(), Version: 1,
		}
		if _, err := h.store.Write.NewInsert().Model(&m).Exec(h.t.Context()); err != nil {
			h.t.Fatal(err)
		}
		ids = append(ids, m.ID)
	}
	return ids
}

// match is a match as it stands.
func (h *house) match(id int64) autoemail.Match {
	h.t.Helper()
	var m autoemail.Match
	if err := h.store.Read.NewSelect().Model(&m).Where("id = ?", id).Scan(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	return m
}

// stand fails the test unless matches are in this state.
func (h *house) stand(state autoemail.MatchState, ids ...int64) {
	h.t.Helper()
	for _, id := range ids {
		if m := h.match(id); m.State != state {
			h.t.Errorf("match %d is %s, want %s", id, m.State, state)
		}
	}
}

// on is the form of a match as it is seen now.
func (h *house) on(id int64, more ...string) []string {
	return append([]string{"version", fmt.Sprint(h.match(id).Version)}, more...)
}

// ticked is the form of some ticked matches.
func (h *house) ticked(ids ...int64) []string {
	var form []string
	for _, id := range ids {
		form = append(form, "match", fmt.Sprint(id), "seen", fmt.Sprintf("%d:%d", id, h.match(id).Version))
	}
	return form
}

func decide(id int64, what string) string { return fmt.Sprintf("/concierge/%d/%s", id, what) }

// salon is a house with a queue: three homes for Ana, one for Bob.
type salon struct {
	*house
	agent  agents.Agent
	maya   *browser
	ana    clients.ID
	bob    clients.ID
	search autoemail.ID
	homes  []int64 // Ana's
	bobs   int64
}

func queueUp(t *testing.T) salon {
	t.Helper()
	w := salon{house: open(t)}
	w.agent = w.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	w.maya = w.as(w.agent)
	w.ana = w.enlist(w.agent, "Ana", "Silva", "ana@example.com", clients.Active).ID
	w.bob = w.enlist(w.agent, "Bob", "Stone", "bob@example.com", clients.Active).ID
	w.comeIn(onElm("12"), onElm("22", asking(650_000)), onElm("31"), onElm("40"))
	w.search = w.vets(w.agent, w.ana, "Near the harbor")
	w.homes = w.finds(w.agent, w.ana, w.search, "12", "22", "31")
	w.pass(time.Minute)
	w.bobs = w.finds(w.agent, w.bob, w.vets(w.agent, w.bob, "For Bob"), "40")[0]
	return w
}

func TestConciergeQueue(t *testing.T) {
	w := queueUp(t)

	t.Run("shows each home with what is needed to judge it, by client", func(t *testing.T) {
		r := w.maya.Get("/concierge")
		r.wants(t, http.StatusOK, "<h1>Concierge</h1>", `href="/clients/`+fmt.Sprint(w.ana)+`"`, "Ana Silva", "12 Elm Street", "Mystic, CT 06355", "$449,000", "3 beds · 2.5 baths", "Single Family Residence",
			"New today", "New listing · found", "Near the harbor", fmt.Sprintf(`href="/searches/%d"`, w.search), `Listed by Harborview Properties`, "Note to", "4 homes to look at", ">Approve all<", "Lot")
		if first, second := strings.Index(r.Body, "Ana Silva"), strings.Index(r.Body, "Bob Stone"); first > second {
			t.Error("who waits longest does not come first")
		}
		clean(t, r.Body)
	})

	t.Run("puts the client of the address first", func(t *testing.T) {
		r := w.maya.Get(fmt.Sprintf("/concierge?client=%d", w.bob))
		r.wants(t, http.StatusOK, "Bob Stone")
		if first, second := strings.Index(r.Body, "Bob Stone"), strings.Index(r.Body, "Ana Silva"); first > second {
			t.Error("Bob is not first")
		}
		if n := strings.Count(r.Body, `id="match-`+fmt.Sprint(w.bobs)+`"`); n != 1 {
			t.Errorf("Bob’s home stands %d times", n)
		}
		empty := w.enlist(w.agent, "Cara", "West", "cara@example.com", clients.Active).ID
		w.maya.Get(fmt.Sprintf("/concierge?client=%d", empty)).wants(t, http.StatusOK, "Nothing waits for", "Cara West", "Ana Silva")
		w.maya.Get("/concierge?client=999999").lacks(t, "Nothing waits for")
	})

	t.Run("stands as a number in the navigation of every page and in its title", func(t *testing.T) {
		for _, path := range []string{"/", "/clients", "/listings", "/concierge", "/settings"} {
			w.maya.Get(path).wants(t, http.StatusOK, `id="nav-concierge" hx-get="/concierge/count" hx-trigger="every 60s"`, `aria-label="4 to look at">4<`, "<title>(4) ", `href="/searches"`)
		}
		r := w.maya.HTMX().Get("/concierge/count")
		r.wants(t, http.StatusOK, `aria-label="4 to look at">4<`)
		r.lacks(t, "<html")
	})

	t.Run("says why nothing can leave to a client", func(t *testing.T) {
		other := w.enlist(w.agent, "Dan", "Shut", "dan@example.com", clients.Inactive).ID
		ids := w.finds(w.agent, other, w.vets(w.agent, other, "For Dan"), "12")
		r := w.maya.Get("/concierge")
		r.wants(t, http.StatusOK, "Nothing can leave to them now.", fmt.Sprintf(`href="/clients/%d"`, other))
		w.maya.HTMX().Post(decide(ids[0], "approval"), w.on(ids[0])...).wants(t, http.StatusForbidden, `role="alert"`, "12 Elm Street", ">Approve<")
		w.stand(autoemail.Unsent, ids[0])
	})
}

func TestConciergeDecisions(t *testing.T) {
	t.Run("approve with the note that was typed, and undo", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		r := w.maya.HTMX().Post(decide(id, "approval"), w.on(id, "note", "The porch you liked.\r\n")...)
		r.wants(t, http.StatusOK, "It leaves in under a minute, in one letter to Ana Silva.", ">Undo", `data-left="60"`, `hx-trigger="load delay:62s"`,
			`hx-target="#nav-concierge"`, `aria-label="3 to look at">3<`, `hx-target="#queue-tabs"`)
		r.lacks(t, "<html", ">Approve<")
		if m := w.match(id); m.State != autoemail.Approved || m.Note != "The porch you liked." {
			t.Errorf("%+v", m)
		}
		w.maya.Get("/concierge").wants(t, http.StatusOK, "It leaves in under a minute")
		r = w.maya.HTMX().Post(decide(id, "undo"))
		r.wants(t, http.StatusOK, ">Approve<", "The porch you liked.", `aria-label="4 to look at">4<`)
		w.stand(autoemail.Unsent, id)
	})

	t.Run("reject with a reason, which can be taken back or approved later", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		w.maya.HTMX().Post(decide(id, "rejection"), w.on(id, "reason", "Too small")...).wants(t, http.StatusOK, "Rejected: Too small.", ">Undo<")
		w.maya.Get("/concierge").lacks(t, "12 Elm Street")
		r := w.maya.Get("/concierge?tab=rejected")
		r.wants(t, http.StatusOK, "12 Elm Street", "Rejected: Too small.", ">Approve<", "Back to Unsent")
		clean(t, r.Body)
		w.maya.HTMX().Post(decide(id, "approval"), w.on(id, "at", "tab=rejected")...).wants(t, http.StatusOK, "It leaves in under a minute")
		w.stand(autoemail.Approved, id)
		if r := w.maya.Post(decide(w.homes[1], "rejection"), w.on(w.homes[1], "reason", "The neighbors")...); r.Status != http.StatusUnprocessableEntity {
			t.Errorf("a reason of its own: %d", r.Status)
		}
		w.stand(autoemail.Unsent, w.homes[1])
	})

	t.Run("work without JavaScript, too", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		r := w.maya.Post(decide(id, "approval"), w.on(id, "at", fmt.Sprintf("client=%d", w.ana), "note", "For you.")...)
		if to := r.Header.Get("Location"); r.Status != http.StatusSeeOther || to != fmt.Sprintf("/concierge?client=%d#match-%d", w.ana, id) {
			t.Fatalf("%d to %q", r.Status, to)
		}
		w.maya.follow(r).wants(t, http.StatusOK, "1 home approved for Ana Silva", "It leaves in under a minute", `action="/concierge/`+fmt.Sprint(id)+`/undo"`)
		w.maya.follow(w.maya.Post(decide(id, "undo"))).wants(t, http.StatusOK, "1 home back under Unsent", "For you.")
		w.maya.follow(w.maya.Post(decide(id, "rejection"), w.on(id)...)).wants(t, http.StatusOK, "1 home rejected")
		w.maya.follow(w.maya.Post("/concierge/rejection", w.ticked(w.homes[1], w.homes[2])...)).wants(t, http.StatusOK, "2 homes rejected")
		w.maya.follow(w.maya.Post(decide(w.bobs, "note"), "note", "A dock!")).wants(t, http.StatusOK, "The note is saved.", "A dock!")
	})

	t.Run("on ticked rows act together, all or none", func(t *testing.T) {
		w := queueUp(t)
		stale := w.ticked(w.homes...)
		w.maya.HTMX().Post(decide(w.homes[1], "rejection"), w.on(w.homes[1])...)
		r := w.maya.HTMX().Post("/concierge/approval", stale...)
		r.wants(t, http.StatusConflict, "Nothing was done yet: of those ticked, 1 home can’t be decided so.", fmt.Sprintf(`hx-target="#match-%d"`, w.homes[1]), "rejected already")
		r.lacks(t, fmt.Sprintf(`hx-target="#match-%d"`, w.homes[0]))
		w.stand(autoemail.Unsent, w.homes[0], w.homes[2])

		r = w.maya.HTMX().Post("/concierge/approval", w.ticked(w.homes[0], w.homes[2])...)
		r.wants(t, http.StatusOK, fmt.Sprintf(`hx-target="#match-%d"`, w.homes[0]), fmt.Sprintf(`hx-target="#match-%d"`, w.homes[2]), "2 homes approved for Ana Silva", `hx-post="/concierge/undo"`)
		w.stand(autoemail.Approved, w.homes[0], w.homes[2])
		w.maya.HTMX().Post("/concierge/undo", w.ticked(w.homes[0], w.homes[2])...).wants(t, http.StatusOK, "2 homes back under Unsent")
		w.stand(autoemail.Unsent, w.homes[0], w.homes[2])
		w.maya.HTMX().Post("/concierge/rejection", append(w.ticked(w.homes[0], w.homes[2]), "reason", "Price")...).wants(t, http.StatusOK, "Rejected: Price.")
		w.stand(autoemail.Rejected, w.homes...)
		if r := w.maya.Post("/concierge/approval"); r.Status != http.StatusConflict {
			t.Errorf("nothing ticked: %d", r.Status)
		}
	})

	t.Run("on all leave out what was found since and what is not as it was", func(t *testing.T) {
		w := queueUp(t)
		seen := w.clock().Format(time.RFC3339Nano)
		w.comeIn(onElm("31", in(listings.Pending)))
		w.pass(time.Second)
		late := w.finds(w.agent, w.ana, w.search, "40")[0]
		for _, bad := range []string{"", "tomorrow", w.clock().Add(time.Hour).Format(time.RFC3339Nano)} {
			if r := w.maya.Post("/concierge/all", "until", bad); r.Status != http.StatusConflict {
				t.Errorf("until %q: %d", bad, r.Status)
			}
		}
		r := w.maya.HTMX().Post("/concierge/all", "client", fmt.Sprint(w.ana), "until", seen)
		r.wants(t, http.StatusOK, `id="queue"`, "2 homes approved.", "1 home is left out", "It is Pending now", `aria-label="3 to look at">3<`)
		w.stand(autoemail.Approved, w.homes[0], w.homes[1])
		w.stand(autoemail.Unsent, w.homes[2], late, w.bobs)
		w.maya.follow(w.maya.Post("/concierge/all", "until", w.clock().Format(time.RFC3339Nano))).wants(t, http.StatusOK, "2 homes approved.")
		w.stand(autoemail.Approved, late, w.bobs)
	})

	t.Run("of a second tab are told what the first did", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		seen := w.on(id, "note", "Typed in the second tab.")
		w.maya.HTMX().Post(decide(id, "approval"), w.on(id)...)
		w.pass(30 * time.Second)
		r := w.maya.HTMX().Post(decide(id, "rejection"), seen...)
		r.wants(t, http.StatusConflict, "This home was approved already", `id="match-`+fmt.Sprint(id)+`"`, ">Undo")
		w.maya.Post(decide(id, "rejection"), seen...).wants(t, http.StatusConflict, "<h1>Concierge</h1>", "This home was approved already")
		w.stand(autoemail.Approved, id)
	})

	t.Run("are not stopped by a note that saved itself meanwhile", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		seen := w.on(id, "note", "The whole note.")
		w.maya.HTMX().Post(decide(id, "note"), "note", "The whole").wants(t, http.StatusOK, "Saved.", fmt.Sprintf(`value="%d:2"`, id))
		w.maya.HTMX().Post(decide(id, "approval"), seen...).wants(t, http.StatusOK, "It leaves in under a minute")
		if m := w.match(id); m.State != autoemail.Approved || m.Note != "The whole note." {
			t.Errorf("%+v", m)
		}
	})

	t.Run("of a home gone off the market ask first, and keep the note", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		w.comeIn(onElm("12", in(listings.Pending)))
		w.maya.Get("/concierge").wants(t, http.StatusOK, "It is Pending now")
		for _, b := range []*browser{w.maya, w.maya.HTMX()} {
			b.Post(decide(id, "approval"), w.on(id, "note", "Still worth a look.")...).wants(t, http.StatusConflict, "Send it all the same?", "Approve anyway", `name="anyway"`, "Still worth a look.")
			w.stand(autoemail.Unsent, id)
		}
		w.maya.HTMX().Post(decide(id, "approval"), w.on(id, "anyway", "1", "note", "Still worth a look.")...).wants(t, http.StatusOK, "It leaves in under a minute")
		if m := w.match(id); m.State != autoemail.Approved || m.Note != "Still worth a look." {
			t.Errorf("%+v", m)
		}
	})

	t.Run("of a home that clients may not see can only be no", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		w.comeIn(onElm("12", func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }))
		r := w.maya.HTMX().Post(decide(id, "approval"), w.on(id)...)
		r.wants(t, http.StatusConflict, "can’t be sent any more", ">Reject<")
		r.lacks(t, "Approve anyway", "all the same")
		w.maya.HTMX().Post(decide(id, "rejection"), w.on(id)...).wants(t, http.StatusOK, "Rejected.")
	})

	t.Run("belong to one agent alone", func(t *testing.T) {
		w := queueUp(t)
		omar := w.as(w.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
		before := dump(t, w.house)
		id := w.homes[0]
		for _, b := range []*browser{omar, omar.HTMX()} {
			for _, what := range []string{"approval", "rejection", "undo", "note"} {
				if r := b.Post(decide(id, what), w.on(id, "note", "Mine.")...); r.Status != http.StatusNotFound {
					t.Errorf("%s: %d", what, r.Status)
				}
			}
			for _, path := range []string{"/concierge/approval", "/concierge/rejection", "/concierge/undo"} {
				if r := b.Post(path, w.ticked(id)...); r.Status != http.StatusNotFound {
					t.Errorf("%s: %d", path, r.Status)
				}
			}
			if r := b.Post("/concierge/all", "client", fmt.Sprint(w.ana), "until", w.clock().Format(time.RFC3339Nano)); r.Status != http.StatusNotFound {
				t.Errorf("all: %d", r.Status)
			}
			b.Get(fmt.Sprintf("/concierge?client=%d", w.ana)).lacks(t, "Ana", "Elm Street")
		}
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})

	t.Run("keep a note on its own, and say what is wrong with one", func(t *testing.T) {
		w := queueUp(t)
		id := w.homes[0]
		long := strings.Repeat("a", 1001)
		w.maya.HTMX().Post(decide(id, "note"), "note", long).wants(t, http.StatusUnprocessableEntity, `class="why"`)
		w.maya.Post(decide(id, "approval"), w.on(id, "note", long)...).wants(t, http.StatusUnprocessableEntity, long, `aria-invalid="true"`)
		w.stand(autoemail.Unsent, id)
		if m := w.match(id); m.Note != "" {
			t.Errorf("kept %q", m.Note)
		}
	})
}

func TestConciergeEmptyStates(t *testing.T) {
	h, maya := listingHouse(t)
	r := maya.Get("/concierge")
	r.wants(t, http.StatusOK, "See each home before your client does", `href="/searches/new"`, `hidden></span>`)
	r.lacks(t, "<title>(")
	clean(t, r.Body)
	for tab, want := range map[string]string{"rejected": "Nothing is rejected", "sent": "Nothing was sent yet", "odd": "See each home"} {
		maya.Get("/concierge?tab="+tab).wants(t, http.StatusOK, want)
	}
	var a agents.Agent
	if err := h.store.Read.NewSelect().Model(&a).Where("email = ?", "maya@elmharbor.example").Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	ana := h.enlist(a, "Ana", "Silva", "ana@example.com", clients.Active).ID
	h.vets(a, ana, "Near the harbor")
	maya.Get("/concierge").wants(t, http.StatusOK, "All done")
}

// Homes approved for one client leave together a minute after the last yes, with their notes, each client's apart.
func TestConciergeLetters(t *testing.T) {
	w := queueUp(t)
	w.maya.HTMX().Post(decide(w.homes[0], "approval"), w.on(w.homes[0], "note", "The porch you liked.")...)
	w.pass(40 * time.Second)
	w.maya.HTMX().Post("/concierge/approval", w.ticked(w.homes[1], w.bobs)...)
	w.maya.HTMX().Post(decide(w.homes[2], "rejection"), w.on(w.homes[2])...)
	w.pass(59 * time.Second)
	w.house.search()
	w.deliver()
	if n := w.count("ana@example.com") + w.count("bob@example.com"); n != 0 {
		t.Fatalf("%d letters within the minute", n)
	}
	w.pass(2 * time.Second)
	w.house.search()
	w.deliver()
	for address, want := range map[string]int{"ana@example.com": 1, "bob@example.com": 1} {
		if n := w.count(address); n != want {
			t.Errorf("%d letters to %s", n, address)
		}
	}
	_, raw := w.got("ana@example.com")
	for _, words := range []string{"12 Elm Street", "22 Elm Street", "The porch you liked."} {
		if !strings.Contains(raw, words) {
			t.Errorf("no %q in\n%s", words, raw)
		}
	}
	if strings.Contains(raw, "31 Elm Street") || strings.Contains(raw, "40 Elm Street") {
		t.Error("a home that is not Ana’s")
	}
	w.stand(autoemail.Sent, w.homes[0], w.homes[1], w.bobs)
	r := w.maya.Get("/concierge?tab=sent")
	r.wants(t, http.StatusOK, "Sent to Ana Silva.", "See the letter", fmt.Sprintf(`href="/outbox/mailings/%d"`, w.match(w.homes[0]).MailingID), "“The porch you liked.”")
	clean(t, r.Body)
	w.maya.HTMX().Get(fmt.Sprintf("/concierge/%d", w.homes[0])).wants(t, http.StatusOK, "Sent to Ana Silva.", "See the letter")
	w.maya.HTMX().Post(decide(w.homes[0], "undo")).wants(t, http.StatusGone, "sent already")
}

// What comes in from a feed, and what matches when an auto e-mail begins, comes to the queue by itself.
func TestConciergeFillsItself(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	ana := h.enlist(maya, "Ana", "Silva", "ana@example.com", clients.Active).ID
	h.comeIn(onElm("12"))
	s, err := autoemail.Save(t.Context(), h.store.Write, maya.ID, autoemail.Search{
		ClientID: ana, Name: "Near the harbor", Concierge: true, Schedule: autoemail.Schedule{Kind: autoemail.ASAP}, Events: []listings.EventKind{listings.EventNew},
		Criteria: listings.Criteria{Cities: []string{"Mystic"}},
	}, autoemail.Saving{Present: true}, h.clock())
	if err != nil {
		t.Fatal(err)
	}
	if err := h.searches.Begin(t.Context(), s.ID); err != nil {
		t.Fatal(err)
	}
	b := h.as(maya)
	b.Get(fmt.Sprintf("/concierge?client=%d", ana)).wants(t, http.StatusOK, "12 Elm Street", "1 home to look at")
	h.search()
	h.pass(time.Minute)
	h.comeIn(onElm("12"), onElm("22"), onElm("31", inTown("Guilford", "06437")))
	h.search()
	r := b.Get("/concierge")
	r.wants(t, http.StatusOK, "22 Elm Street", "2 homes to look at")
	r.lacks(t, "31 Elm Street")
	h.deliver()
	if n := h.count("ana@example.com"); n != 0 {
		t.Errorf("%d letters before a yes", n)
	}
}
