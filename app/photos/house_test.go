package photos_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/listings"
	"porchlight/app/photos"
	"porchlight/db"
	"porchlight/db/dbtest"
)

// cellar is a cache with a database, a folder and a feed's photo server, and a clock the test sets.
type cellar struct {
	t     *testing.T
	store *db.Store
	cache *photos.Cache
	dir   string
	rules photos.Rules

	host *httptest.Server
	mu   sync.Mutex
	now  time.Time
	asks []string // paths in the order they were asked for
	does map[string]http.HandlerFunc
}

func newCellar(t *testing.T, change ...func(*photos.Options)) *cellar {
	t.Helper()
	c := &cellar{t: t, store: dbtest.New(t), dir: t.TempDir(), now: time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC), does: map[string]http.HandlerFunc{}}
	c.rules = photos.Rules{PerHome: 5, UserAgent: "secret-token"}
	c.host = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.asks = append(c.asks, r.URL.Path)
		does := c.does[r.URL.Path]
		c.mu.Unlock()
		if does == nil {
			does = serve(usual)
		}
		does(w, r)
	}))
	t.Cleanup(c.host.Close)
	o := photos.Options{
		Dir: filepath.Join(c.dir, "photos"), Write: c.store.Write, Read: c.store.Read, Inside: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Rules: func(context.Context, listings.FeedID) (photos.Rules, error) { return c.rules, nil },
		Clock: func() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.now },
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, set := range change {
		set(&o)
	}
	var err error
	if c.cache, err = photos.Open(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.cache.Close() })
	_, err = c.store.Write.Exec("INSERT INTO feeds (id, name, preset, settings, secrets, paused, created_at, version) VALUES (1, 'Feed', 'plain', '{}', '', ?, ?, 1)", false, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *cellar) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// on says what the feed's photo server does with a path.
func (c *cellar) on(path string, does http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.does[path] = does
}

// asked returns the paths asked for since the last time.
func (c *cellar) asked() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.asks
	c.asks = nil
	return asked
}

// home adds a home with photos at these paths; each path is the media key too.
func (c *cellar) home(key string, paths ...string) listings.ID {
	c.t.Helper()
	home := listings.Listing{FeedID: 1, ListingKey: key, StandardStatus: listings.Active, PhotosWanted: true, ListedAt: c.now, ChangedAt: c.now, CreatedAt: c.now}
	if _, err := c.store.Write.NewInsert().Model(&home).Exec(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.store.Write.Exec("INSERT INTO listing_texts (listing_id, public_remarks, details, media) VALUES (?, '', '[]', '[]')", home.ID); err != nil {
		c.t.Fatal(err)
	}
	c.media(home.ID, paths...)
	return home.ID
}

// media is what the feed says next.
func (c *cellar) media(id listings.ID, paths ...string) {
	c.t.Helper()
	all := []listings.Media{}
	for _, path := range paths {
		m := listings.Media{MediaKey: path, MediaURL: c.host.URL + path, ShortDescription: "Photo " + path}
		if strings.Contains(path, "://") {
			m.MediaURL = path
		}
		all = append(all, m)
	}
	text, err := json.Marshal(all)
	if err != nil {
		c.t.Fatal(err)
	}
	c.exec("UPDATE listing_texts SET media = ? WHERE listing_id = ?", string(text), id)
	c.exec("UPDATE listings SET photos_wanted = ? WHERE id = ?", true, id)
}

func (c *cellar) exec(query string, args ...any) {
	c.t.Helper()
	if _, err := c.store.Write.Exec(query, args...); err != nil {
		c.t.Fatal(err)
	}
}

func (c *cellar) drain() {
	c.t.Helper()
	if err := c.cache.Drain(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
}

// photos are a home's rows in order.
func (c *cellar) photos(id listings.ID) (rows []listings.Photo) {
	c.t.Helper()
	if err := c.store.Read.NewSelect().Model(&rows).Where("listing_id = ?", id).Order("position").Scan(c.t.Context()); err != nil {
		c.t.Fatal(err)
	}
	return rows
}

func (c *cellar) wanted(id listings.ID) (wanted bool) {
	c.t.Helper()
	if err := c.store.Read.NewRaw("SELECT photos_wanted FROM listings WHERE id = ?", id).Scan(c.t.Context(), &wanted); err != nil {
		c.t.Fatal(err)
	}
	return wanted
}

// files counts what is on disk, temporary files too.
func (c *cellar) files() (n int) {
	_ = filepath.WalkDir(c.dir, func(_ string, e os.DirEntry, _ error) error {
		if !e.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// state is a home's photos in short: "kept:/a failed:/b".
func (c *cellar) state(id listings.ID) string {
	var words []string
	for _, p := range c.photos(id) {
		words = append(words, p.State+":"+p.MediaKey)
	}
	return strings.Join(words, " ")
}

// usual is what the photo server has where a test says nothing else.
var usual = picture(640, 480)

// picture is a JPEG whose left upper quarter is red.
func picture(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			shade := color.RGBA{40, uint8(x * 255 / w), uint8(y * 255 / h), 255}
			if x < w/2 && y < h/2 {
				shade = color.RGBA{230, 20, 20, 255}
			}
			img.SetRGBA(x, y, shade)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func serve(content []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain") // nobody believes it
		_, _ = w.Write(content)
	}
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(code) }
}

// paths are n of them.
func paths(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("/%05d", i))
	}
	return all
}
