package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/listings"
)

// pins are what a map was told.
type pins struct {
	Say  string
	Pins []struct {
		ID       listings.ID
		Lat, Lon float64
		Price    string
		N        int
	}
	Towns []listings.Town
}

func (b *browser) pins(query string) (pins, reply) {
	b.h.t.Helper()
	r := b.Get("/listings/pins?" + query)
	var p pins
	if err := json.Unmarshal([]byte(r.Body), &p); err != nil {
		b.h.t.Fatalf("%d %v\n%s", r.Status, err, r.Body)
	}
	return p, r
}

func at(lat, lon float64) func(*listings.Record) {
	return func(r *listings.Record) { r.Latitude, r.Longitude = number(lat), number(lon) }
}

const shoreline = "south=41.2&west=-72.5&north=41.5&east=-71.5"

func TestPins(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
	h.comeIn(onElm("1"), onElm("2", at(41.3, -72.1), asking(1_250_000)), onElm("3", at(40.7, -74), inTown("New York", "10001")), onElm("4", func(r *listings.Record) { r.Latitude, r.Longitude = nil, nil }))

	t.Run("are those of the box that is looked at, with short prices", func(t *testing.T) {
		p, r := b.pins(shoreline)
		if r.Status != http.StatusOK || len(p.Pins) != 2 || p.Towns != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			t.Fatalf("%d %+v", r.Status, p)
		}
		got := map[listings.ID]string{}
		for _, pin := range p.Pins {
			got[pin.ID] = fmt.Sprint(pin.Price, " ", pin.N)
		}
		if got[h.home("1")] != "$449K 1" || got[h.home("2")] != "$1.25M 1" {
			t.Error(got)
		}
	})
	t.Run("obey the criteria and come with towns where they are drawn", func(t *testing.T) {
		p, _ := b.pins(shoreline + "&price_min=1m&towns=1")
		if len(p.Pins) != 1 || p.Pins[0].ID != h.home("2") || len(p.Towns) != 1 || p.Towns[0].Name != "Mystic" {
			t.Errorf("%+v", p)
		}
	})
	t.Run("refuse what is no box, in words", func(t *testing.T) {
		for _, box := range []string{"", "south=a&west=b&north=c&east=d", "south=NaN&west=-72&north=42&east=-71", "south=41&west=-72&north=Inf&east=-71", "south=42&west=-72&north=41&east=-71", "south=41&west=-72&north=41&east=-71"} {
			if p, r := b.pins(box); r.Status != http.StatusUnprocessableEntity || p.Say == "" || p.Pins == nil {
				t.Errorf("%q: %d %s", box, r.Status, r.Body)
			}
		}
		if p, r := b.pins("south=-1e308&west=-1e308&north=1e308&east=1e308"); r.Status != http.StatusOK || len(p.Pins) != 3 {
			t.Errorf("the whole world: %d %s", r.Status, r.Body)
		}
		if _, r := b.pins(shoreline + "&area=" + url.QueryEscape("41.3,-72 41.4,-71.9 41.3,-71.9 41.4,-72")); r.Status >= 500 {
			t.Errorf("an area that crosses itself: %d %s", r.Status, r.Body)
		}
	})
	t.Run("open a small card", func(t *testing.T) {
		r := b.HTMX().Get(fmt.Sprintf("/listings/%d/card", h.home("2")))
		r.wants(t, http.StatusOK, "$1,250,000", "2 Elm Street", "Harborview Properties", fmt.Sprintf(`href="/listings/%d"`, h.home("2")))
		r.lacks(t, "<html")
		clean(t, r.Body)
		b.Get("/listings/999999/card").wants(t, http.StatusNotFound)
	})
}

func TestMapOfASearch(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
	h.comeIn(onElm("1"), onElm("2", at(41.3, -72.1), inTown("Old Lyme", "06371"), asking(300_000)), onElm("3", at(41.9, -12.5), inTown("Atlantis", "00001")))

	t.Run("is drawn by the server, too", func(t *testing.T) {
		r := b.Get("/listings?view=map&price_max=400k")
		r.wants(t, http.StatusOK, "data-map", `data-pins="/listings/pins?price_max=400000`, "$300K", fmt.Sprintf(`<a href="/listings/%d"><g`, h.home("2")), "Old Lyme</text>", "′ N</text>", "Draw an area")
		r.lacks(t, "$449K")
		clean(t, r.Body)
	})
	t.Run("opens on the homes, not on one that is mistyped into the sea", func(t *testing.T) {
		h.homes(20)
		body := b.Get("/listings?view=map").Body
		_, bounds, found := strings.Cut(body, `data-bounds="`)
		bounds, _, _ = strings.Cut(bounds, `"`)
		if !found || bounds != "41.30000,-72.10000 41.35000,-71.96000" {
			t.Errorf("%q", bounds)
		}
	})
	t.Run("finds near a town without JavaScript", func(t *testing.T) {
		r := b.Get("/listings?view=map&price_max=400k&zip=06371")
		r.wants(t, http.StatusOK, `action="/listings/near"`, ">Old Lyme</option>", `<input type="hidden" name="price_max" value="400000">`, `<input type="hidden" name="zip" value="06371">`)
		to := b.Get("/listings/near?place=41.30000,-72.10000&miles=2&view=map&price_max=400k&near=1,2,3&after=x").Header.Get("Location")
		u, err := url.Parse(to)
		if err != nil || u.Path != "/listings" || u.Query().Get("near") != "41.3,-72.1,2" || u.Query().Get("view") != "map" || u.Query().Get("price_max") == "" || u.Query().Has("after") {
			t.Fatal(to, err)
		}
		page := b.Get(to)
		page.wants(t, http.StatusOK, "2 Elm Street", "<circle class=\"chart-area\"", `data-near="41.3,-72.1,2"`)
		page.lacks(t, "1 Elm Street")
		if to := b.Get("/listings/near?place=&miles=2&view=map").Header.Get("Location"); to != "/listings?view=map" {
			t.Error(to)
		}
	})
	t.Run("shows the area that was drawn", func(t *testing.T) {
		area := "41.2,-72.2 41.4,-72.2 41.4,-72 41.2,-72"
		r := b.Get("/listings?view=map&area=" + url.QueryEscape(area))
		r.wants(t, http.StatusOK, `<polygon class="chart-area"`, `data-area="`+area+`"`, "Change the area", "2 Elm Street")
		r.lacks(t, "Mystic, CT")
	})
	t.Run("of nothing is a map all the same", func(t *testing.T) {
		h := open(t)
		b := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
		b.Get("/listings?view=map").wants(t, http.StatusOK, "data-map")
	})
}

func TestPlaceMap(t *testing.T) {
	h := open(t)
	b := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
	h.comeIn(onElm("1"), onElm("2", func(r *listings.Record) { r.InternetAddressDisplayYN = false }), onElm("3", func(r *listings.Record) { r.Latitude, r.Longitude = nil, nil }))
	b.Get(fmt.Sprintf("/listings/%d", h.home("1"))).wants(t, http.StatusOK, "map-place", "chart-mark", "Map of Mystic")
	for _, key := range []string{"2", "3"} {
		b.Get(fmt.Sprintf("/listings/%d", h.home(key))).lacks(t, "map-place", "chart-mark")
	}
}

func TestTileServer(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	h.comeIn(onElm("1"))
	home := fmt.Sprintf("/listings/%d", h.home("1"))
	policy := func(path string) string {
		_, images, _ := strings.Cut(b.Get(path).Header.Get("Content-Security-Policy"), "img-src ")
		images, _, _ = strings.Cut(images, ";")
		return images
	}

	t.Run("is refused in words", func(t *testing.T) {
		for typed, say := range map[string]string{
			"tiles.example.org/{z}/{x}/{y}.png":                       "Write an address like",
			"javascript:alert({z}{x}{y})":                             "Write an address like",
			"https://tiles.example.org/{z}/{x}/{y}.png; script-src *": "Write an address like",
			"https://*/{z}/{x}/{y}.png":                               "The host may have only",
			"https://a:b@tiles.example.org/{z}/{x}/{y}.png":           "Leave out the user name and password",
			"https://{s}.tiles.example.org/{z}/{x}/{y}.png":           "Leave {s}. out",
			"https://{q}.tiles.example.org/{z}/{x}/{y}.png":           "Write the host without braces",
			"https://tiles.example.org/{z}/{x}.png":                   "{y} is missing",
			"https://tiles.example.org/{z}/{x}/{y}.png?k={key}":       "{key} is not known here",
		} {
			r := b.Post("/settings/map", "template", typed, "credit", "© Somebody")
			r.wants(t, http.StatusUnprocessableEntity, say)
			clean(t, r.Body)
		}
		b.Post("/settings/map", "template", "https://tiles.example.org/{z}/{x}/{y}.png").wants(t, http.StatusUnprocessableEntity, "Name who made the map")
		if got := policy(home); got != "'self' data:" {
			t.Error(got)
		}
	})
	t.Run("is asked by pages that have a map, by no others, and named on each", func(t *testing.T) {
		b.follow(b.Post("/settings/map", "template", " https://tiles.example.org:8443/{z}/{x}/{y}{r}.png?key=abc ", "credit", "© <b>OpenStreetMap</b> contributors")).wants(t, http.StatusOK, "Maps are drawn with this tile server now.", "tiles.example.org:8443/12/")
		for path, want := range map[string]string{
			home: "'self' data: https://tiles.example.org:8443", "/listings?view=map": "'self' data: https://tiles.example.org:8443", "/listings": "'self' data: https://tiles.example.org:8443",
			"/": "'self' data:", "/clients": "'self' data:", "/settings/feeds": "'self' data:",
		} {
			if got := policy(path); got != want {
				t.Errorf("%s: %s", path, got)
			}
		}
		r := b.Get("/listings?view=map")
		r.wants(t, http.StatusOK, `data-template="https://tiles.example.org:8443/{z}/{x}/{y}{r}.png?key=abc"`, "© &lt;b&gt;OpenStreetMap&lt;/b&gt; contributors")
		b.Get(home).wants(t, http.StatusOK, `<img src="https://tiles.example.org:8443/14/`, `referrerpolicy="origin"`, "OpenStreetMap")
	})
	t.Run("is taken away by emptying the field", func(t *testing.T) {
		b.follow(b.Post("/settings/map", "template", "", "credit", "")).wants(t, http.StatusOK, "drawn by Porchlight itself")
		b.Get(home).lacks(t, "tiles.example.org")
		if got := policy(home); got != "'self' data:" {
			t.Error(got)
		}
	})
	t.Run("is the broker's", func(t *testing.T) {
		omar := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
		omar.Post("/settings/map", "template", "https://tiles.example.org/{z}/{x}/{y}.png", "credit", "x").wants(t, http.StatusForbidden)
		omar.Get("/settings/profile").lacks(t, "/settings/map", "/settings/feeds")
	})
}
