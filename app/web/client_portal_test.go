package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// visits opens a portal and says what its client thinks of homes.
func (h *house) visits(one clients.Client, homes ...string) {
	h.t.Helper()
	v := portal.Visitor{Client: one, Member: one}
	if _, err := portal.Visit(h.t.Context(), h.store.Write, v, h.clock()); err != nil {
		h.t.Fatal(err)
	}
	for _, home := range homes {
		if _, err := portal.React(h.t.Context(), h.store.Write, v, listings.ID(h.number(home)), portal.Favorite, h.clock()); err != nil {
			h.t.Fatal(err)
		}
	}
}

func (h *house) number(text string) (n int64) {
	h.t.Helper()
	if _, err := fmt.Sscan(text, &n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *house) holder(a agents.Agent, email string) clients.Client {
	h.t.Helper()
	list, err := clients.List(h.t.Context(), h.store.Read, clients.Filter{Agent: a.ID, Query: email})
	if err != nil || len(list.Clients) != 1 {
		h.t.Fatal(email, list.Clients, err)
	}
	return list.Clients[0]
}

func TestOpenInPortal(t *testing.T) {
	h, maya, homes, _, _ := letterWithHomes(t)
	omar := h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
	amara := h.holder(maya, "amara@example.com")
	base := fmt.Sprintf("/clients/%d/portal", amara.ID)
	t.Run("shows what the client sees, says so, and changes nothing", func(t *testing.T) {
		before := dump(t, h)
		b := h.as(maya)
		for _, path := range []string{base, base + "/homes", base + "/homes/" + homes[0]} {
			r := b.Get(path)
			r.wants(t, http.StatusOK, "You are looking at", "portal as they see it", "12 Oak Lane", "$449,000", `href="`+base)
			r.lacks(t, `href="/p"`, `href="/p/`, `action="/p/`, "data-seen", base+"/homes/"+homes[0]+"/reaction")
			clean(t, r.Body)
			if r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", r.Header)
			}
		}
		b.Post(base+"/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusForbidden)
		b.Post(base+"/seen?home="+homes[0]).wants(t, http.StatusNoContent)
		if diff := differences(before, dump(t, h)); strings.Contains(diff, "reactions") || strings.Contains(diff, "home_visits") || strings.Contains(diff, "portals") {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("shows no home that was not sent, and opens to nobody but the client's agent", func(t *testing.T) {
		h.as(maya).Get(base+"/homes/"+homes[2]).wants(t, http.StatusNotFound)
		h.as(omar).Get(base).wants(t, http.StatusNotFound)
		h.visitor().Get(base).wants(t, http.StatusSeeOther)
	})
	t.Run("leads back from what stands on the home page", func(t *testing.T) {
		h.visits(amara, homes[0])
		h.as(maya).Get("/").wants(t, http.StatusOK, "In the portals", "Amara Osei", "Favorite:", base+"/homes/"+homes[0], "12 Oak Lane")
		h.as(omar).Get("/").lacks(t, "In the portals", "Amara")
	})
}

func TestMovingAClient(t *testing.T) {
	begin := func(t *testing.T) (h *house, maya, omar agents.Agent, homes []string, amara clients.Client, path string) {
		h, maya, homes, _, _ = letterWithHomes(t)
		omar = h.hire("Omar Haddad", "omar@elm.example", agents.RoleAgent)
		amara = h.holder(maya, "amara@example.com")
		return h, maya, omar, homes, amara, fmt.Sprintf("/clients/%d", amara.ID)
	}
	t.Run("takes record, portal, auto e-mails and ledger along, introduces the new agent, and notes who did it", func(t *testing.T) {
		h, maya, omar, homes, amara, path := begin(t)
		search := h.watches(maya, amara.ID, "Porches in Mystic", listings.Criteria{Cities: []string{"Mystic"}})
		h.visits(amara, homes[0])
		b := h.as(maya)
		b.Post(path+"/messages", "message", "The roof is sound", "key", "k").wants(t, http.StatusSeeOther)
		inside := h.inPortal("amara@example.com")
		inside.Post("/p/messages", "message", "And the cellar?").wants(t, http.StatusSeeOther)
		b.Get(path+"/move").wants(t, http.StatusOK, "Move Amara Osei to another agent?", "Omar Haddad", "introduces them")
		b.Post(path+"/move", "agent", fmt.Sprint(omar.ID)).wants(t, http.StatusSeeOther)
		b.Get(path).wants(t, http.StatusNotFound)
		b.Get(path+"/portal").wants(t, http.StatusNotFound)
		o := h.as(omar)
		o.Get(path).wants(t, http.StatusOK, "Amara Osei", "Porches in Mystic", "Moved to another agent", "From Maya Bell to Omar Haddad.")
		o.Get(path+"/portal").wants(t, http.StatusOK, "12 Oak Lane")
		// Nobody's words become another's.
		o.Get(path).wants(t, http.StatusOK, "The agent before you", "The roof is sound", "And the cellar?", `aria-label="1 unread"`)
		o.Post(path+"/messages", "message", "Dry, too", "key", "k2").wants(t, http.StatusSeeOther)
		said := inside.Get("/p/messages").Body
		if !regexp.MustCompile(`(?s)>Maya Bell<.*The roof is sound.*>Omar Haddad<.*Dry, too`).MatchString(said) || regexp.MustCompile(`(?s)>Omar Haddad<.*The roof is sound`).MatchString(said[strings.Index(said, "talk-view"):]) {
			t.Error(said)
		}
		o.Get(fmt.Sprintf("/searches/%d", search.ID)).wants(t, http.StatusOK, "Porches in Mystic")
		o.Get("/").wants(t, http.StatusOK, "Maya Bell moved Amara Osei to you")
		h.deliver()
		_, raw := h.got("amara@example.com")
		letter := readable(raw)
		for _, want := range []string{"I am Omar Haddad", "Maya Bell has asked me", "14 Elm Street"} {
			if !strings.Contains(letter, want) {
				t.Errorf("the letter lacks %q:\n%s", want, letter)
			}
		}
		amara.AgentID = omar.ID
		if s := h.state(amara); s.State != consent.OptedIn || s.AgentID != omar.ID {
			t.Errorf("consent %+v", s)
		}
		o.Get("/clients").wants(t, http.StatusOK, "Amara Osei")
		b.Get("/clients").lacks(t, "Amara Osei")
		b.Post(path+"/move", "agent", fmt.Sprint(omar.ID)).wants(t, http.StatusNotFound)
	})
	t.Run("asks the client again where the house wants it, and nothing else leaves before the answer", func(t *testing.T) {
		h, maya, omar, _, amara, path := begin(t)
		b := h.as(maya)
		b.Post("/settings/looks", "asks_again", "1", "version", "0").wants(t, http.StatusSeeOther)
		b.Get(path+"/move").wants(t, http.StatusOK, "asks whether they may write")
		b.Post(path+"/move", "agent", fmt.Sprint(omar.ID)).wants(t, http.StatusSeeOther)
		amara.AgentID = omar.ID
		if s := h.state(amara); s.State != consent.Pending {
			t.Fatalf("consent %+v", s)
		}
		h.deliver()
		_, raw := h.got("amara@example.com")
		letter := readable(raw)
		link := regexp.MustCompile(`/u/[\w-]+/opt-in`).FindString(letter)
		if !strings.Contains(letter, "May Omar Haddad write to you?") || link == "" {
			t.Fatalf("the letter:\n%s", letter)
		}
		if _, err := h.ledger.Check(t.Context(), h.store.Read, omar.ID, amara.ID, h.clock()); err == nil {
			t.Error("there is a permit before the answer")
		}
		h.as(omar).Get(path).wants(t, http.StatusOK, "has not said yes yet")
		h.visitor().Get(link).wants(t, http.StatusOK, "Omar Haddad")
		h.visitor().Post(link).wants(t, http.StatusOK)
		amara.AgentID = omar.ID
		if s := h.state(amara); s.State != consent.OptedIn || s.AgentID != omar.ID {
			t.Errorf("consent after the answer %+v", s)
		}
	})
	t.Run("opens nothing that was closed, and writes to nobody who opted out", func(t *testing.T) {
		h, maya, omar, _, amara, path := begin(t)
		h.stop(maya, amara)
		n := h.count("amara@example.com")
		h.as(maya).Post(path+"/move", "agent", fmt.Sprint(omar.ID)).wants(t, http.StatusSeeOther)
		h.deliver()
		amara.AgentID = omar.ID
		if s := h.state(amara); s.State != consent.OptedOut || h.count("amara@example.com") != n {
			t.Errorf("consent %+v, %d letters", s, h.count("amara@example.com")-n)
		}
	})
	t.Run("refuses the same agent, none, and one who has this address already", func(t *testing.T) {
		h, maya, omar, _, amara, path := begin(t)
		b := h.as(maya)
		for _, agent := range []string{"", "0", "999", fmt.Sprint(maya.ID), "x"} {
			b.Post(path+"/move", "agent", agent).wants(t, http.StatusUnprocessableEntity, "Choose one of the other agents.")
		}
		h.enlist(omar, "Amara", "Osei", "amara@example.com", clients.Active)
		b.Post(path+"/move", "agent", fmt.Sprint(omar.ID)).wants(t, http.StatusConflict, "among the other agent’s clients already")
		if h.client(amara).Name() != "Amara Osei" {
			t.Error("moved")
		}
	})
}

// picture is a PNG with a see-through corner.
func drawn(t *testing.T, w, h int) []byte {
	t.Helper()
	p := image.NewNRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			p.SetNRGBA(x, y, color.NRGBA{uint8(x), uint8(y), 90, 255})
		}
	}
	p.SetNRGBA(0, 0, color.NRGBA{})
	var out bytes.Buffer
	if err := png.Encode(&out, p); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// UploadPicture submits a form with a picture.
func (b *browser) UploadPicture(path, name string, content []byte) reply {
	b.h.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("picture", name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		b.h.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

func TestLooksOfTheHouse(t *testing.T) {
	h, maya, _, amara, _ := letterWithHomes(t)
	b := h.as(maya)
	t.Run("take only colors that can be read, and say which would do", func(t *testing.T) {
		b.Post("/settings/looks", "accent", "#8fc9b4", "version", "0").wants(t, http.StatusUnprocessableEntity, "Too pale to read on the light page", "to 1, and words need 4.5 to 1", "would do")
		b.Post("/settings/looks", "accent_dark", "1e4a3e", "version", "0").wants(t, http.StatusUnprocessableEntity, "Too dark to read on the dark page")
		b.Post("/settings/looks", "accent", "red;}", "version", "0").wants(t, http.StatusUnprocessableEntity, "Type a color as #")
		if looks, err := agents.LoadLooks(t.Context(), h.store.Read); err != nil || looks.Accent != "" {
			t.Errorf("%+v, %v", looks, err)
		}
	})
	t.Run("stand on every page clients see, and only there", func(t *testing.T) {
		b.Post("/settings/looks", "accent", "#8a1c3a", "accent_dark", "#f0a0b4", "version", "0").wants(t, http.StatusSeeOther)
		b.UploadPicture("/settings/looks/logo", "logo.png", drawn(t, 900, 300)).wants(t, http.StatusSeeOther)
		page := h.visitor().Get(amara)
		page.wants(t, http.StatusOK, `href="/accent/8a1c3a-f0a0b4.css"`, `class="house-logo"`)
		clean(t, page.Body)
		sheet := h.visitor().Get("/accent/8a1c3a-f0a0b4.css")
		sheet.wants(t, http.StatusOK, "--pine:light-dark(#8a1c3a,#f0a0b4)")
		if got := sheet.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/css") {
			t.Error(got)
		}
		logo := h.visitor().Get(page.attribute(t, `class="house-logo" src="([^"]*)"`))
		if made, err := png.Decode(strings.NewReader(logo.Body)); err != nil || made.Bounds().Dx() > 480 || made.Bounds().Dy() > 160 {
			t.Errorf("the logo: %v", err)
		}
		b.Get("/").lacks(t, "/accent/", "house-logo")
		b.Post("/settings/looks", "accent", "#8a1c3a", "version", "0").wants(t, http.StatusConflict)
	})
	t.Run("take no drawing that could bring script along, and nothing that is no picture", func(t *testing.T) {
		for _, content := range []string{`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "hello", "", "\x89PNG\r\n\x1a\nbroken"} {
			b.UploadPicture("/settings/looks/logo", "logo.png", []byte(content)).wants(t, http.StatusUnprocessableEntity, "picture")
		}
		for _, path := range []string{"/accent/red-.css", "/accent/8a1c3a-f0a0b4%7D.css", "/accent/8A1C3A-.css", "/marks/nothing"} {
			h.visitor().Get(path).wants(t, http.StatusNotFound)
		}
	})
	t.Run("are the agents' own photos, too, beside their names", func(t *testing.T) {
		b.UploadPicture("/settings/profile/photo", "me.png", drawn(t, 400, 400)).wants(t, http.StatusSeeOther)
		name := h.visitor().Get(amara).attribute(t, `class="mark-photo" src="([^"]*)"`)
		h.visitor().Get(name).wants(t, http.StatusOK)
		b.Post("/settings/profile/photo", "remove", "1").wants(t, http.StatusSeeOther)
		h.visitor().Get(amara).lacks(t, "mark-photo")
		h.visitor().Get(name).wants(t, http.StatusNotFound)
	})
}

func TestFactsOnAClientsPage(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elm.example", agents.RoleBroker)
	var records []listings.Record
	for i := range 8 {
		baths := int64(2)
		if i == 7 {
			baths = 3
		}
		records = append(records, onElm(fmt.Sprintf("%03d", i+1), asking(400_000), func(r *listings.Record) {
			r.BathroomsFull, r.BathroomsHalf, r.BathroomQuarters, r.BathroomsTotalInteger = number(baths), nil, number(4*baths), number(baths)
		}))
	}
	h.comeIn(records...)
	amara := h.enlist(maya, "Amara", "Osei", "amara@example.com", clients.Active)
	search := h.watches(maya, amara.ID, "Porches in Guilford", listings.Criteria{Cities: []string{"Guilford"}})
	h.sent(amara, 1, 8)
	h.exec(t, "DELETE FROM reactions")
	v := portal.Visitor{Client: amara, Member: amara}
	for i := range 8 {
		kind := portal.Discard
		if i == 7 {
			kind = portal.Favorite
		}
		if _, err := portal.React(t.Context(), h.store.Write, v, h.home(fmt.Sprintf("%03d", i+1)), kind, h.clock()); err != nil {
			t.Fatal(err)
		}
	}
	b, path := h.as(maya), fmt.Sprintf("/clients/%d", amara.ID)
	page := b.Get(path)
	page.wants(t, http.StatusOK, "Rejects everything under 3 baths (7 of 7).", "Take into “Porches in Guilford”", "Open in portal", path+"/portal", "Signed in on no device", "Discarded")
	clean(t, page.Body)
	take := []string{"search", fmt.Sprint(search.ID), "field", "baths_min", "value", "3"}
	t.Run("are taken only as they stand there", func(t *testing.T) {
		b.Post(path+"/findings", "search", fmt.Sprint(search.ID), "field", "baths_min", "value", "9")
		b.Post(path+"/findings", "search", "999", "field", "baths_min", "value", "3")
		if page := b.Get(fmt.Sprintf("/searches/%d/edit", search.ID)); strings.Contains(page.Body, `name="baths_min" type="text" value="9"`) {
			t.Error("taken")
		}
		b.Get(path).wants(t, http.StatusOK, "Rejects everything under 3 baths")
	})
	t.Run("are taken into the auto e-mail by one press, and are told no more", func(t *testing.T) {
		r := b.HTMX().Post(path+"/findings", take...)
		r.wants(t, http.StatusOK, "client-"+fmt.Sprint(amara.ID))
		if said := r.Header.Get("HX-Trigger"); !strings.Contains(said, "asks for it now") {
			t.Errorf("said %q", said)
		}
		b.Get(path).lacks(t, "Rejects everything")
		b.Get(fmt.Sprintf("/searches/%d", search.ID)).wants(t, http.StatusOK, "baths_min=3")
	})
	t.Run("show the household and its page", func(t *testing.T) {
		h.enlist(maya, "Ben", "Osei", "ben@example.com", clients.Active)
		b.Get(path+"/household?q=ben").wants(t, http.StatusOK, "Ben Osei", "Share the portal")
		b.Get(path+"/household?q=amara").wants(t, http.StatusOK, "None of your other clients")
	})
}
