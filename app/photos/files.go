package photos

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// fileName is every name that a kept file can have.
var fileName = regexp.MustCompile(`^([0-9a-f]{32})(-480\.webp|-480\.jpg|-1280\.webp|-1280\.jpg|\.svg)$`)

// suffixes are what may come behind a photo's name.
var suffixes = []string{"-480.webp", "-480.jpg", "-1280.webp", "-1280.jpg", ".svg"}

// path is where a file lies: two levels of folders keep each of them short.
func path(name string) string { return name[:2] + "/" + name[2:4] + "/" + name }

// save writes files under a new name that nobody can guess, each under a temporary name first. With sync they also outlive
// a power failure.
func (c *Cache) save(files []file, sync bool) (string, error) {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return "", fmt.Errorf("photos: %w", err)
	}
	name := hex.EncodeToString(random)
	folder := strings.TrimSuffix(path(name), name)
	if err := c.root.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("photos: %w", err)
	}
	for _, f := range files {
		temporary := folder + ".new-" + name + f.suffix
		err := c.write(temporary, f.content, sync)
		if err == nil {
			err = c.root.Rename(temporary, path(name)+f.suffix)
		}
		if err != nil {
			_ = c.root.Remove(temporary)
			c.remove(name)
			return "", fmt.Errorf("photos: %w", err)
		}
	}
	return name, nil
}

func (c *Cache) write(name string, content []byte, sync bool) error {
	f, err := c.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil && sync {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// remove deletes a photo's files, whichever there are.
func (c *Cache) remove(name string) {
	for _, suffix := range suffixes {
		if err := c.root.Remove(path(name) + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.o.Log.Warn("delete a photo", "err", err)
		}
	}
}

// discard deletes the files of photos whose rows are gone.
func (c *Cache) discard(photos []listings.Photo) {
	for _, p := range photos {
		if p.State == kept && len(p.File) == 32 {
			c.remove(p.File)
			c.used.Add(-p.Bytes)
		}
	}
}

// Put keeps a photo that is at hand (the demo's drawings, SVG), in place of the one that is there. It has no media key, and
// what has none a feed's walk leaves alone.
func (c *Cache) Put(ctx context.Context, db bun.IDB, home listings.ID, position int, description string, svg []byte, now time.Time) error {
	name, err := c.save([]file{{".svg", svg}}, false)
	if err != nil {
		return err
	}
	row := listings.Photo{ListingID: home, Position: position, State: kept, File: name, Kind: "svg", Width: 1200, Height: 900, Bytes: int64(len(svg)), Description: description}
	_, err = db.NewInsert().Model(&row).On("CONFLICT (listing_id, position) DO UPDATE").Set("media_key = EXCLUDED.media_key").
		Set("state = EXCLUDED.state").Set("file = EXCLUDED.file").Set("kind = EXCLUDED.kind").Set("width = EXCLUDED.width").
		Set("height = EXCLUDED.height").Set("bytes = EXCLUDED.bytes").Set("description = EXCLUDED.description").
		Set("tries = 0").Set("next_at = NULL").Set("say = ''").Exec(ctx)
	if err != nil {
		c.remove(name)
		return fmt.Errorf("photos: photo %d of home %d: %w", position, home, err)
	}
	_, err = db.NewRaw("UPDATE listings SET photos_count = (SELECT COUNT(*) FROM listing_photos AS f WHERE f.listing_id = listings.id AND f.state <> 'failed') WHERE id = ?", home).Exec(ctx)
	if err != nil {
		c.remove(name)
		return fmt.Errorf("photos: count those of home %d: %w", home, err)
	}
	c.used.Add(row.Bytes)
	return nil
}

// Read returns a kept file by its public name ("3f2a…-480.webp", "3f2a….svg") and its media type. Faults: NotFound.
func (c *Cache) Read(name string) (content []byte, kind string, err error) {
	gone := fault.New(fault.NotFound, "This photo is no longer here.")
	if !fileName.MatchString(name) {
		return nil, "", gone
	}
	content, err = c.root.ReadFile(path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", gone
	}
	if err != nil {
		return nil, "", fmt.Errorf("photos: %w", err)
	}
	switch name[strings.LastIndexByte(name, '.'):] {
	case ".webp":
		kind = "image/webp"
	case ".jpg":
		kind = "image/jpeg"
	default:
		kind = "image/svg+xml"
	}
	return content, kind, nil
}
