package photos_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/listings"
	"porchlight/app/photos"
)

func TestLinkedPhotosStayWhereTheyAreAndTheirHostsAreNamed(t *testing.T) {
	c := newCellar(t)
	c.rules.HotLink = true
	good := "https://cdn.example.com/1.jpg?sig=a,b"
	id := c.home("K1", good, "http://cdn.example.com/2.jpg", "https://cdn.example.com; script-src */3.jpg", "https://u:p@cdn.example.com/4.jpg", "https://[::1]/5.jpg", "https://localhost/6.jpg")
	c.rules.PerHome = 10
	c.drain()
	if got := c.asked(); len(got) != 0 || c.files() != 0 || c.wanted(id) {
		t.Errorf("asked for %v, wanted %v", got, c.wanted(id))
	}
	for i, p := range c.photos(id) {
		if (p.State == "linked") != (i == 0) || (i > 0 && (p.Say == "" || photos.Sources(p).Src != "")) {
			t.Errorf("%s: %s %q", p.MediaKey, p.State, p.Say)
		}
	}
	if s := photos.Sources(c.photos(id)[0]); s.Src != good || s.WebP != "" {
		t.Errorf("%+v", s)
	}
	hosts, err := c.cache.LinkedHosts(t.Context())
	if err != nil || !slices.Equal(hosts, []string{"cdn.example.com"}) {
		t.Errorf("%q, %v", hosts, err)
	}
	c.drain() // a bad link is not tried again and again
	c.media(id, "/a", "/b")
	c.rules.HotLink = false
	c.drain()
	if c.state(id) != "kept:/a kept:/b" {
		t.Error(c.state(id))
	}
	if err := c.cache.Sweep(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if hosts, _ := c.cache.LinkedHosts(t.Context()); len(hosts) != 0 {
		t.Errorf("hosts of a feed that links no more: %q", hosts)
	}
}

func TestAFeedsHostsAreNoMoreThanAHeaderCarries(t *testing.T) {
	c := newCellar(t)
	c.rules = photos.Rules{HotLink: true, PerHome: 100}
	var all []string
	for i := range 50 {
		all = append(all, fmt.Sprintf("https://h%d.example.com/1.jpg", i))
	}
	id := c.home("K1", all...)
	c.drain()
	if hosts, err := c.cache.LinkedHosts(t.Context()); len(hosts) != 20 || err != nil {
		t.Errorf("%d hosts, %v", len(hosts), err)
	}
	if n := strings.Count(c.state(id), "linked:"); n != 20 {
		t.Errorf("%d linked", n)
	}
}

func TestSourcesNameOnlyFilesThatThereAre(t *testing.T) {
	p := listings.Photo{State: "kept", Kind: "raster", File: "f", Width: 1280, Height: 960, Position: 2}
	if s := photos.Sources(p); s.WebP != "/photos/f-480.webp 480w, /photos/f-1280.webp 1280w" || s.Src != "/photos/f-480.jpg" || s.Large != "/photos/f-1280.jpg" || s.Alt != "Photo 2" {
		t.Errorf("%+v", s)
	}
	p.Width = 900
	if s := photos.Sources(p); s.JPEG != "/photos/f-480.jpg 480w, /photos/f-1280.jpg 900w" {
		t.Errorf("%+v", s)
	}
	p.Width = 300
	if s := photos.Sources(p); strings.Contains(s.WebP+s.JPEG+s.Large, "1280") || s.WebP != "/photos/f-480.webp" {
		t.Errorf("%+v", s)
	}
	if s := photos.Sources(listings.Photo{State: "failed", File: "f"}); s.Src != "" || s.Alt != "" {
		t.Errorf("%+v", s)
	}
}
