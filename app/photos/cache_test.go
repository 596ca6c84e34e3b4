package photos_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "golang.org/x/image/webp"

	"porchlight/app/fault"
	"porchlight/app/photos"
)

func TestAPhotoIsKeptInTwoWidthsAndTwoFormatsAndShownWithTheirNames(t *testing.T) {
	c := newCellar(t)
	var agent string
	c.on("/a", func(w http.ResponseWriter, r *http.Request) {
		agent = r.UserAgent()
		serve(picture(1600, 1200))(w, r)
	})
	id := c.home("K1", "/a")
	c.drain()
	if agent != "secret-token" {
		t.Errorf("the feed was asked as %q", agent)
	}
	rows := c.photos(id)
	if len(rows) != 1 || c.wanted(id) || c.files() != 4 {
		t.Fatalf("%d rows, wanted %v, %d files", len(rows), c.wanted(id), c.files())
	}
	if p := rows[0]; p.Width != 1280 || p.Height != 960 || p.Description != "Photo /a" || p.Kind != "raster" {
		t.Errorf("%+v", p)
	}
	sum, picture := int64(0), photos.Sources(rows[0])
	for _, name := range []string{picture.Src, picture.Large, first(picture.WebP, 0), first(picture.WebP, 1)} {
		content, kind, err := c.cache.Read(strings.TrimPrefix(name, "/photos/"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(content))
		if err != nil || kind != "image/"+format {
			t.Errorf("%s is %s, said to be %s, %v", name, format, kind, err)
		}
		if want := map[bool]int{true: 480, false: 1280}[strings.Contains(name, "-480.")]; config.Width != want {
			t.Errorf("%s is %d wide", name, config.Width)
		}
		sum += int64(len(content))
	}
	if sum != rows[0].Bytes {
		t.Errorf("the row says %d bytes, the files have %d", rows[0].Bytes, sum)
	}
}

// first is the nth name in a srcset.
func first(srcset string, n int) string {
	name, _, _ := strings.Cut(strings.TrimSpace(strings.Split(srcset, ",")[n]), " ")
	return name
}

func TestWhatIsUnchangedIsNotFetchedAgainAndWhatIsGoneIsDeleted(t *testing.T) {
	c := newCellar(t)
	id := c.home("K1", "/a", "/b", "/c")
	c.drain()
	before := c.photos(id)
	if got := c.asked(); len(got) != 3 {
		t.Fatalf("asked for %v", got)
	}
	c.media(id, "/c", "/d", "/a")
	c.drain()
	if got := c.asked(); !slices.Equal(got, []string{"/d"}) {
		t.Errorf("asked for %v", got)
	}
	after := c.photos(id)
	if c.state(id) != "kept:/c kept:/d kept:/a" || after[0].File != before[2].File || after[2].File != before[0].File || c.files() != 12 {
		t.Errorf("%s, %d files", c.state(id), c.files())
	}
	c.media(id)
	c.drain()
	if c.state(id) != "" || c.files() != 0 || c.wanted(id) {
		t.Errorf("%s, %d files, wanted %v", c.state(id), c.files(), c.wanted(id))
	}
}

func TestOfTenThousandPhotosOnlyAsManyAsTheRulesSayAreFetched(t *testing.T) {
	c := newCellar(t)
	id := c.home("K1", paths(10_000)...)
	c.drain()
	if got := c.asked(); len(got) != 5 || len(c.photos(id)) != 5 {
		t.Errorf("asked %d times", len(got))
	}
}

func TestAFailedPhotoIsTriedFiveTimesLaterAndLaterThenLeftWithASentence(t *testing.T) {
	c := newCellar(t)
	c.on("/b", status(500))
	id := c.home("K1", "/a", "/b")
	for try, wait := range []time.Duration{0, 5 * time.Minute, 30 * time.Minute, 3 * time.Hour, 12 * time.Hour} {
		if try > 0 {
			c.pass(wait - time.Second)
			c.drain()
			if got := c.asked(); len(got) != 0 {
				t.Errorf("asked again a second before its time: %v", got)
			}
			c.pass(time.Second)
		}
		c.drain()
		if got := c.asked(); !slices.Contains(got, "/b") || try > 0 && len(got) != 1 {
			t.Fatalf("try %d asked for %v", try+1, got)
		}
	}
	c.pass(1000 * time.Hour)
	c.drain()
	if got := c.asked(); len(got) != 0 {
		t.Errorf("asked a sixth time: %v", got)
	}
	if b := c.photos(id)[1]; b.State != "failed" || b.Tries != 5 || !b.NextAt.IsZero() || b.Say != "The picture’s server answered 500." {
		t.Errorf("%+v", b)
	}
	c.on("/b", nil)
	c.media(id, "/a", "/b") // the feed speaks of the home again
	c.drain()
	if c.state(id) != "kept:/a kept:/b" {
		t.Error(c.state(id))
	}
}

func TestAServerThatAsksToWaitIsLeftAlone(t *testing.T) {
	c := newCellar(t)
	c.on("/a", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	id := c.home("K1", "/a", "/b", "/c")
	c.drain()
	if got := c.asked(); !slices.Equal(got, []string{"/a"}) {
		t.Errorf("asked for %v", got)
	}
	c.on("/a", nil)
	c.pass(time.Hour - time.Second)
	c.drain()
	if got := c.asked(); len(got) != 0 {
		t.Errorf("asked for %v before the hour was over", got)
	}
	c.pass(time.Second)
	c.drain()
	if c.state(id) != "kept:/a kept:/b kept:/c" {
		t.Error(c.state(id))
	}
}

func TestAnAddressThatLeadsInsideIsRefused(t *testing.T) {
	c := newCellar(t, func(o *photos.Options) { o.Inside = nil })
	c.rules.PerHome = 10
	id := c.home("K1", "/a", "https://169.254.169.254/latest/meta-data", "https://127.0.0.1/x", "file:///etc/passwd", "::")
	c.drain()
	if got := c.asked(); len(got) != 0 {
		t.Errorf("asked for %v", got)
	}
	for _, p := range c.photos(id) {
		if p.State != "failed" || p.Say == "" || strings.Contains(p.Say, "could not be reached") {
			t.Errorf("%s: %s %q", p.MediaKey, p.State, p.Say)
		}
	}
}

func TestAListThatChangesWhileItIsFetchedIsLookedAtAgain(t *testing.T) {
	c := newCellar(t)
	id := c.home("K1")
	c.on("/a", func(w http.ResponseWriter, r *http.Request) {
		if slices.Equal(c.asked(), []string{"/a"}) {
			c.media(id, "/a", "/b")
		}
		serve(picture(600, 400))(w, r)
	})
	c.media(id, "/a")
	c.drain()
	if c.state(id) != "kept:/a kept:/b" || c.wanted(id) {
		t.Errorf("%s, wanted %v", c.state(id), c.wanted(id))
	}
}

func TestWhatAKillLeavesIsFinishedWithoutFetchingAgainAndSweptUp(t *testing.T) {
	c := newCellar(t)
	ctx, kill := context.WithCancel(t.Context())
	c.on("/b", func(w http.ResponseWriter, r *http.Request) {
		kill()
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
	id := c.home("K1", "/a", "/b")
	if err := c.cache.Drain(ctx); err == nil {
		t.Error("a drain cut off says that it is done")
	}
	c.asked()
	c.on("/b", nil)
	c.drain()
	if got := c.asked(); !slices.Equal(got, []string{"/b"}) || c.state(id) != "kept:/a kept:/b" {
		t.Errorf("asked for %v: %s", got, c.state(id))
	}
	folder := filepath.Join(c.dir, "photos", "ab", "cd")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	orphan := "abcd" + strings.Repeat("0", 28)
	for _, name := range []string{orphan + "-480.webp", ".new-" + orphan + "-1280.jpg", "somebody-elses.txt"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.cache.Sweep(t.Context(), time.Now().Add(-time.Hour)); err != nil || c.files() != 11 {
		t.Errorf("files that may still be written: %d left, %v", c.files(), err)
	}
	if err := c.cache.Sweep(t.Context(), time.Now().Add(time.Minute)); err != nil || c.files() != 9 {
		t.Errorf("%d files left, %v", c.files(), err)
	}
}

func TestADatabaseRestoredWithoutItsPhotosFetchesThemAgain(t *testing.T) {
	c := newCellar(t)
	id := c.home("K1", "/a", "/b")
	c.drain()
	c.asked()
	file := c.photos(id)[0].File
	if err := os.RemoveAll(filepath.Join(c.dir, "photos", file[:2])); err != nil {
		t.Fatal(err)
	}
	if err := c.cache.Sweep(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	c.drain()
	if got := c.asked(); !slices.Contains(got, "/a") || c.state(id) != "kept:/a kept:/b" {
		t.Errorf("asked for %v: %s", got, c.state(id))
	}
}

func TestTheDiskLimitCostsTheHomesGoneLongestFirstAndThenStops(t *testing.T) {
	c := newCellar(t)
	one, two, three := c.home("K1", "/a"), c.home("K2", "/b"), c.home("K3", "/c")
	c.drain()
	each := c.photos(one)[0].Bytes
	c.exec("UPDATE listings SET gone_at = ? WHERE id = ?", c.now.Add(-time.Hour), two)
	c.exec("UPDATE listings SET gone_at = ? WHERE id = ?", c.now.Add(-2*time.Hour), one)
	small, err := photos.Open(photos.Options{Dir: filepath.Join(c.dir, "photos"), Write: c.store.Write, Read: c.store.Read, Limit: 3*each + each/2,
		Inside: c.cache.Inside(), Rules: c.cache.RulesOf(), Clock: func() time.Time { return c.now }, Log: c.cache.Logger()})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	four := c.home("K4", "/d")
	if err := small.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.state(one), "|", c.state(two), "|", c.state(three), "|", c.state(four)); got != "|kept:/b|kept:/c|kept:/d" {
		t.Error(got)
	}
	five := c.home("K5", "/e", "/f")
	if err := small.Drain(t.Context()); err == nil || !c.wanted(five) {
		t.Errorf("a full disk: %v, wanted %v", err, c.wanted(five))
	}
	if got := fmt.Sprint(c.state(two), "|", c.state(three), "|", c.state(four), "|", c.state(five)); got != "|kept:/c|kept:/d|kept:/e" || c.files() != 12 {
		t.Error(got, c.files())
	}
	c.exec("UPDATE listings SET gone_at = NULL WHERE id = ?", one) // it comes back and wants its photos
	if !c.wanted(one) {
		t.Error("a home that comes back would stay without photos")
	}
}

func TestOnlyNamesOfKeptFilesAreRead(t *testing.T) {
	c := newCellar(t)
	if err := os.WriteFile(filepath.Join(c.dir, "secret.svg"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("0", 32)
	for _, bad := range []string{"", ".", "..", "../secret.svg", "..%2fsecret.svg", "/etc/passwd", name, name + ".jpg", name + "-480.svg", name + "-481.webp",
		name + "-480.webp/", "..//" + name + ".svg", strings.ToUpper("ab") + name[2:] + ".svg", name + ".svg\x00", name + ".svg\n", name + "-480.webp"} {
		if _, _, err := c.cache.Read(bad); fault.Of(err) != fault.NotFound {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestADrawingIsPutReplacedAndLeftAloneByTheFeed(t *testing.T) {
	c := newCellar(t)
	id := c.home("K1")
	for _, svg := range []string{"<svg>one</svg>", "<svg>two</svg>"} {
		if err := c.cache.Put(t.Context(), c.store.Write, id, 1, "The front", []byte(svg), c.now); err != nil {
			t.Fatal(err)
		}
	}
	c.drain()
	rows := c.photos(id)
	if len(rows) != 1 || rows[0].Description != "The front" {
		t.Fatalf("%+v", rows)
	}
	content, kind, err := c.cache.Read(strings.TrimPrefix(photos.Sources(rows[0]).Src, "/photos/"))
	if err != nil || kind != "image/svg+xml" || string(content) != "<svg>two</svg>" {
		t.Errorf("%s %q %v", kind, content, err)
	}
	if err := c.cache.Sweep(t.Context(), time.Now().Add(time.Minute)); err != nil || c.files() != 1 {
		t.Errorf("%d files, %v", c.files(), err)
	}
}
