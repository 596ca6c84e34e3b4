package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"porchlight/app/clients"
	"porchlight/app/listings"
	"porchlight/app/portal"
	"porchlight/app/web"
)

// sentTo is a house whose Amara was sent two of three homes, with her portal at /try/amara, Ben's at /try/ben, and the
// agent's view of hers at /try/agent.
func sentTo(t *testing.T) (h *house, amara portal.Visitor, homes []string) {
	t.Helper()
	h, maya, all, _ := market(t)
	homes = h.bring(forSale("12", 449_000, func(r *listings.Record) {
		r.Latitude, r.Longitude = coordinate(41.35), coordinate(-71.96)
		r.OpenHouses = []listings.OpenHouse{{OpenHouseKey: "o1", StartsAt: h.clock().Add(48 * time.Hour), EndsAt: h.clock().Add(50 * time.Hour), Remarks: `Coffee; cake, and \ boots off`}}
	}), forSale("14", 389_500), forSale("3", 1_250_000))
	h.as(maya).Post("/letters", "clients", id(all["amara"]), "subject", "Two by the water", "message", "Dear Amara, <b>look</b> at https://elsewhere.example/x.",
		"home", homes[0], "home", homes[1], "note-"+homes[0], "Amara will love the porch.")
	h.as(maya).Post("/letters", "clients", id(all["ben"]), "subject", "For Ben", "message", "Secret of Ben", "home", homes[2])
	h.deliver()
	amara = portal.Visitor{Client: all["amara"], Member: all["amara"], Device: 1}
	h.server.OpenPortal("/try/amara", amara)
	h.server.OpenPortal("/try/ben", portal.Visitor{Client: all["ben"], Member: all["ben"], Device: 2})
	h.server.OpenPortal("/try/agent", portal.Visitor{Client: all["amara"], Member: all["amara"], ReadOnly: true})
	return h, amara, homes
}

func coordinate(n float64) *float64 { return &n }

func TestPortalHomes(t *testing.T) {
	t.Run("are in the feed, on the shelf, and each on its page, and looking changes nothing", func(t *testing.T) {
		h, _, homes := sentTo(t)
		b := h.visitor()
		before := dump(t, h)
		feed := b.Get("/try/amara")
		feed.wants(t, http.StatusOK, "Hello", "Two by the water", "12 Oak Lane", "$389,500", "Maya Bell", `data-seen="/p/seen"`, `href="/p/homes/`+homes[0])
		feed.lacks(t, "3 Oak Lane", "For Ben", "amara@", "Secret")
		letter := regexp.MustCompile(`/p(/letters/\d+)`).FindStringSubmatch(feed.Body)[1]
		shelf := b.Get("/try/amara/homes")
		shelf.wants(t, http.StatusOK, "12 Oak Lane", "14 Oak Lane", "Not opened yet", "Favorite", "Possibility", "Discard", "Amara will love the porch.", "Listed by Shoreline Homes")
		shelf.lacks(t, "3 Oak Lane")
		home := b.Get("/try/amara/homes/" + homes[0])
		home.wants(t, http.StatusOK, "<h1 dir=\"auto\">12 Oak Lane", "A porch that faces west at number 12.", "Amara will love the porch.", "Two by the water", "Open houses", "/open.ics", "http://porchlight.test/l/", `data-seen="/p/seen?home=`+homes[0])
		page := b.Get("/try/amara" + letter)
		page.wants(t, http.StatusOK, "Two by the water", "as it was sent", "14 Oak Lane", "sandbox=")
		frame := b.Get("/try/amara" + letter + "/html")
		frame.wants(t, http.StatusOK, "Dear Amara", "12 Oak Lane")
		frame.lacks(t, "/u/", "/l/", "<script")
		for _, path := range []string{"/homes?view=list", "/homes?view=map", "/homes?sort=price", "/homes?shelf=favorite", "/homes?shelf=new", "?kind=auto", "?kind=letters&period=week", "/homes?after=junk&shelf=<script>"} {
			r := b.Get("/try/amara" + path)
			r.wants(t, http.StatusOK)
			r.lacks(t, "<script>")
			clean(t, r.Body)
		}
		b.Get("/try/amara?kind=auto").lacks(t, "Two by the water")
		b.Get("/try/amara/homes?view=map").wants(t, http.StatusOK, "$449K")
		for _, r := range []reply{feed, shelf, home, page, frame} {
			if r.Header.Get("Referrer-Policy") != "no-referrer" || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", r.Header)
			}
		}
		for _, r := range []reply{feed, shelf, home, page} {
			clean(t, r.Body)
			guarded(t, r)
		}
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("of another client are not there, whatever the way", func(t *testing.T) {
		h, _, homes := sentTo(t)
		b := h.visitor()
		letter := regexp.MustCompile(`/p(/letters/\d+)`).FindStringSubmatch(b.Get("/try/ben").Body)[1]
		before := dump(t, h)
		for _, other := range []string{homes[2], "0", "99999", "99999999999999999999"} {
			for _, r := range []reply{b.Get("/try/amara/homes/" + other), b.Get("/try/amara/homes/" + other + "/open.ics"), b.Post("/try/amara/homes/"+other+"/reaction", "kind", "favorite"), b.Post("/try/amara/seen?home=" + other)} {
				if r.Status != http.StatusNotFound && (other != "0" && len(other) < 10 || r.Status != http.StatusNoContent) {
					t.Errorf("home %s: %d", other, r.Status)
				}
				r.lacks(t, "3 Oak Lane", "$1,250,000")
			}
		}
		b.Get("/try/amara"+letter).wants(t, http.StatusNotFound)
		b.Get("/try/amara"+letter+"/html").wants(t, http.StatusNotFound)
		for _, line := range strings.Split(differences(before, dump(t, h)), "\n") {
			if line != "" && !strings.Contains(line, "portals") && !strings.Contains(line, "sign_at") {
				t.Errorf("changed: %s", line)
			}
		}
	})
	t.Run("go to their shelves with one tap and back with another", func(t *testing.T) {
		h, _, homes := sentTo(t)
		b := h.visitor()
		r := b.HTMX().Post("/try/amara/homes/"+homes[0]+"/reaction", "kind", "favorite", "at", "shelf")
		r.wants(t, http.StatusOK, `id="home-`+homes[0], `aria-pressed="true"`, "Undo", "Favorites<b class=\"num\">1</b>", "It is among your favorites.")
		b.Get("/try/amara/homes?shelf=favorite").wants(t, http.StatusOK, "12 Oak Lane")
		r = b.HTMX().Post("/try/amara/homes/"+homes[0]+"/reaction", "kind", "", "at", "shelf", "undo", "1")
		r.wants(t, http.StatusOK, "Favorites<b class=\"num\">0</b>", "Taken back.")
		r.lacks(t, `aria-pressed="true"`, ">Undo<")
		plain := b.Post("/try/amara/homes/"+homes[1]+"/reaction", "kind", "discard", "at", "shelf", "back", "/p/homes?view=list")
		if to := plain.Header.Get("Location"); to != "/p/homes?view=list#home-"+homes[1] {
			t.Errorf("back to %q", to)
		}
		for _, back := range []string{"https://evil.example", "//evil.example", "/p/../clients", "/p/\\evil", "/settings"} {
			to := b.Post("/try/amara/homes/"+homes[1]+"/reaction", "kind", "discard", "back", back).Header.Get("Location")
			if !strings.HasPrefix(to, "/p/homes/") {
				t.Errorf("%q leads to %q", back, to)
			}
		}
		b.Get("/try/amara/homes").lacks(t, "14 Oak Lane")
		b.Get("/try/amara/homes?shelf=discard").wants(t, http.StatusOK, "14 Oak Lane")
		b.Post("/try/amara/homes/"+homes[1]+"/reaction", "kind", "love").wants(t, http.StatusUnprocessableEntity)
	})
	t.Run("are marked as seen by a person's sign, and as new when they change", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		b := h.visitor()
		b.Post("/try/amara/seen?home="+homes[0]).wants(t, http.StatusNoContent)
		b.Get("/try/amara/homes").wants(t, http.StatusOK, "Not opened yet")
		b.Post("/try/amara/seen?home="+homes[1]).wants(t, http.StatusNoContent)
		b.Get("/try/amara/homes").lacks(t, "Not opened yet")
		h.pass(48 * time.Hour)
		h.bring(forSale("14", 379_500))
		b.Get("/try/amara").wants(t, http.StatusOK, "One home is", "/p/homes?shelf=new")
		b.Get("/try/amara/homes?shelf=new").wants(t, http.StatusOK, "14 Oak Lane", "$379,500", "$389,500")
		b.Get("/try/amara/homes?shelf=new").lacks(t, "12 Oak Lane")
		var n int
		if err := h.store.Read.NewRaw("SELECT sum(n) FROM home_visits WHERE client_id = ? AND member_id = ?", amara.Client.ID, amara.Client.ID).Scan(t.Context(), &n); err != nil || n != 2 {
			t.Errorf("%d looks, %v", n, err)
		}
	})
	t.Run("are shown to the agent as the client sees them, and nothing can be pressed", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		b := h.visitor()
		base := fmt.Sprintf("/clients/%d/portal", amara.Client.ID)
		before := dump(t, h)
		for _, path := range []string{"", "/homes", "/homes?view=list", "/homes/" + homes[0]} {
			r := b.Get("/try/agent" + path)
			r.wants(t, http.StatusOK, "You are looking at", `href="`+base)
			r.lacks(t, "data-seen", `href="/p/`, `action="/p/homes`, "/reaction")
			clean(t, r.Body)
		}
		b.Post("/try/agent/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusForbidden)
		b.Post("/try/agent/seen?home="+homes[0]).wants(t, http.StatusNoContent)
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("that may not be shown any more are words, and their letters stay", func(t *testing.T) {
		h, _, homes := sentTo(t)
		b := h.visitor()
		b.HTMX().Post("/try/amara/homes/"+homes[1]+"/reaction", "kind", "favorite").wants(t, http.StatusOK)
		h.pass(time.Hour)
		h.bring(forSale("14", 389_500, func(r *listings.Record) { r.StandardStatus = listings.Withdrawn }))
		for _, path := range []string{"", "/homes", "/homes?view=list", "/homes?shelf=favorite", "/homes/" + homes[1]} {
			r := b.Get("/try/amara" + path)
			r.wants(t, http.StatusOK, "No longer on the market")
			r.lacks(t, "14 Oak Lane", "number 14")
		}
		b.Get("/try/amara/homes/"+homes[1]+"/open.ics").wants(t, http.StatusNotFound)
	})
	t.Run("are shared by a link that names nobody", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		b := h.visitor()
		link := regexp.MustCompile(`http://porchlight\.test(/l/[\w-]+/\d+)`).FindStringSubmatch(b.Get("/try/amara/homes/" + homes[0]).Body)
		if link == nil {
			t.Fatal("no link")
		}
		mine := pageOf(t, h.mailTo(amara.Client.Email))
		if strings.HasPrefix(link[1], mine) {
			t.Error("the link shared is the one of the mail")
		}
		r := h.visitor().Get(link[1])
		r.wants(t, http.StatusOK, "12 Oak Lane", "Maya Bell")
		r.lacks(t, "Amara", "love", "amara@")
		before := dump(t, h)
		h.visitor().Post(strings.TrimSuffix(link[1], "/"+homes[0])+"/seen").wants(t, http.StatusNoContent)
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("tell what the second person of the household thinks, by name", func(t *testing.T) {
		h, amara, homes := sentTo(t)
		var ben clients.Client
		if err := h.store.Read.NewSelect().Model(&ben).Where("email LIKE 'ben@%'").Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := h.store.Write.ExecContext(t.Context(), "INSERT INTO household (member_id, client_id, joined_at) VALUES (?, ?, ?)", ben.ID, amara.Client.ID, h.clock()); err != nil {
			t.Fatal(err)
		}
		h.server.OpenPortal("/try/both", portal.Visitor{Client: amara.Client, Member: ben, Device: 3})
		h.visitor().Post("/try/both/homes/"+homes[0]+"/reaction", "kind", "favorite").wants(t, http.StatusSeeOther)
		r := h.visitor().Get("/try/amara/homes")
		r.wants(t, http.StatusOK, ">Ben</strong> says Favorite", "3 Oak Lane")
		h.visitor().Get("/try/both/homes").lacks(t, "Ben</strong> says")
		h.visitor().Get("/try/both").wants(t, http.StatusOK, "Two by the water", "For Ben")
	})
}

func TestOpenHousesAsACalendar(t *testing.T) {
	h, _, homes := sentTo(t)
	b := h.visitor()
	r := b.Get("/try/amara/homes/" + homes[0] + "/open.ics")
	r.wants(t, http.StatusOK, "BEGIN:VCALENDAR\r\n", "DTSTART:20261114T140000Z\r\n", "DTEND:20261114T160000Z\r\n", "SUMMARY:Open house: 12 Oak Lane\r\n", `LOCATION:12 Oak Lane\, Mystic\, CT 06355`, "UID:open-house-")
	if unfolded := strings.ReplaceAll(r.Body, "\r\n ", ""); !strings.Contains(unfolded, `Coffee\; cake\, and \\ boots off\nListed by`) {
		t.Errorf("the description is\n%s", unfolded)
	}
	if kind := r.Header.Get("Content-Type"); kind != "text/calendar; charset=utf-8" {
		t.Errorf("Content-Type %q", kind)
	}
	for _, line := range strings.SplitAfter(r.Body, "\r\n") {
		if len(line) > 77 || strings.Contains(strings.TrimSuffix(line, "\r\n"), "\n") {
			t.Errorf("line %q", line)
		}
	}
	if again := b.Get("/try/amara/homes/" + homes[0] + "/open.ics"); again.Body != r.Body {
		t.Error("a second download is another file")
	}
	b.Get("/try/amara/homes/"+homes[1]+"/open.ics").lacks(t, "VEVENT")
}

func FuzzCalendarLines(f *testing.F) {
	for _, seed := range []string{"", "a,b;c\\d\ne", strings.Repeat("é", 80), "x\r\nBEGIN:VEVENT", "\xff\xfe", strings.Repeat("🏡", 40), "\x00\x1b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := web.FoldLine("DESCRIPTION:" + web.CalendarText(text))
		if !strings.HasSuffix(folded, "\r\n") || !utf8.ValidString(folded) {
			t.Fatalf("%q", folded)
		}
		for i, line := range strings.Split(strings.TrimSuffix(folded, "\r\n"), "\r\n") {
			if len(line) > 75 || strings.ContainsAny(line, "\r\n") || !utf8.ValidString(line) || i > 0 && line[0] != ' ' {
				t.Fatalf("line %q", line)
			}
		}
	})
}

func TestPortalHomesBehindTheDoor(t *testing.T) {
	h, amara, homes := sentTo(t)
	b := h.inPortal(amara.Client.Email)
	b.Get("/p").wants(t, http.StatusOK, "Two by the water", "12 Oak Lane")
	b.Post("/p/seen?home="+homes[0]).wants(t, http.StatusNoContent)
	r := b.Post("/p/homes/"+homes[0]+"/reaction", "kind", "favorite", "at", "shelf", "back", "/p/homes?shelf=favorite")
	b.follow(r).wants(t, http.StatusOK, "It is among your favorites.", "12 Oak Lane", "Favorites<b class=\"num\">1</b>")
	bens := h.inPortal("ben@example.com")
	for _, path := range []string{"/p/homes", "/p/homes/" + homes[0], "/p/homes/" + homes[0] + "/open.ics", "/p/letters/1", "/p/letters/1/html"} {
		if r := h.visitor().Get(path); r.Status != http.StatusSeeOther || r.Header.Get("Location") != "/p" {
			t.Errorf("%s without a device: %d %q", path, r.Status, r.Header.Get("Location"))
		}
		if r := bens.Get(path); path != "/p/homes" && r.Status != http.StatusNotFound {
			t.Errorf("%s with another’s device: %d", path, r.Status)
		}
	}
}
