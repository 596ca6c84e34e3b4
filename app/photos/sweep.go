package photos

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

const (
	sweepEvery = 6 * time.Hour
	fresh      = time.Hour // a younger file may belong to a row that is being written
)

// tidy sweeps when it is time: files without a row (a kill between writing and recording) are deleted, rows without a file
// (a database restored without its photos) want fetching again, hosts of feeds that link no more are forgotten.
func (c *Cache) tidy(ctx context.Context) error {
	if !c.swept.IsZero() && time.Since(c.swept) < sweepEvery {
		return nil
	}
	c.swept = time.Now()
	return errors.Join(c.Sweep(ctx, time.Now().Add(-fresh)), c.count(ctx))
}

// Sweep does what Run does now and then. Files changed after before are left alone.
func (c *Cache) Sweep(ctx context.Context, before time.Time) error {
	return errors.Join(c.sweepFiles(ctx, before), c.sweepRows(ctx), c.sweepHosts(ctx))
}

func (c *Cache) sweepFiles(ctx context.Context, before time.Time) error {
	outer, err := fs.ReadDir(c.root.FS(), ".")
	if err != nil {
		return fmt.Errorf("photos: sweep: %w", err)
	}
	for _, a := range outer {
		inner, err := fs.ReadDir(c.root.FS(), a.Name())
		if err != nil {
			continue // not a folder: not ours
		}
		for _, b := range inner {
			if err := c.sweepFolder(ctx, a.Name()+"/"+b.Name(), before); err != nil {
				return fmt.Errorf("photos: sweep: %w", err)
			}
		}
	}
	return nil
}

// sweepFolder deletes what no row names in one of the innermost folders, a handful of files.
func (c *Cache) sweepFolder(ctx context.Context, folder string, before time.Time) error {
	entries, err := fs.ReadDir(c.root.FS(), folder)
	if err != nil || len(entries) == 0 {
		return ctx.Err()
	}
	var names, known []string
	for _, e := range entries {
		if m := fileName.FindStringSubmatch(e.Name()); m != nil {
			names = append(names, m[1])
		}
	}
	if len(names) > 0 {
		err := c.o.Read.NewRaw("SELECT file FROM listing_photos WHERE state = 'kept' AND file IN (?)", bun.List(names)).Scan(ctx, &known)
		if err != nil {
			return err
		}
	}
	has := map[string]bool{}
	for _, name := range known {
		has[name] = true
	}
	for _, e := range entries {
		m := fileName.FindStringSubmatch(e.Name())
		temporary := len(e.Name()) > 5 && e.Name()[:5] == ".new-"
		if (m == nil && !temporary) || (m != nil && has[m[1]]) {
			continue
		}
		if info, err := e.Info(); err == nil && info.ModTime().Before(before) {
			_ = c.root.Remove(folder + "/" + e.Name()) // what can't be deleted now is met again
		}
	}
	return nil
}

// sweepRows forgets photos whose files are missing and has their homes looked at again.
func (c *Cache) sweepRows(ctx context.Context) error {
	after := ""
	for {
		var rows []listings.Photo
		err := c.o.Read.NewSelect().Model(&rows).Where("state = 'kept'").Where("media_key <> ''").Where("file > ?", after).OrderBy("file", bun.OrderAsc).Limit(500).Scan(ctx)
		if err != nil || len(rows) == 0 {
			if err != nil {
				err = fmt.Errorf("photos: sweep: %w", err)
			}
			return err
		}
		after = rows[len(rows)-1].File
		for _, p := range rows {
			if len(p.File) == 32 {
				if _, err := c.root.Stat(path(p.File) + "-480.jpg"); !errors.Is(err, fs.ErrNotExist) {
					continue
				}
			}
			err := c.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
				if _, err := db.NewDelete().Table("listing_photos").Where("listing_id = ?", p.ListingID).Where("file = ?", p.File).Exec(ctx); err != nil {
					return err
				}
				_, err := db.NewUpdate().Table("listings").Set("photos_wanted = ?", true).Where("id = ?", p.ListingID).Exec(ctx)
				return err
			})
			if err != nil {
				return fmt.Errorf("photos: sweep: %w", err)
			}
		}
	}
}

func (c *Cache) sweepHosts(ctx context.Context) error {
	var feeds []listings.FeedID
	if err := c.o.Read.NewRaw("SELECT DISTINCT feed_id FROM photo_hosts").Scan(ctx, &feeds); err != nil {
		return fmt.Errorf("photos: sweep: %w", err)
	}
	for _, id := range feeds {
		rules, err := c.o.Rules(ctx, id)
		if err != nil {
			return fmt.Errorf("photos: the rules of feed %d: %w", id, err)
		}
		if rules.HotLink {
			continue
		}
		if _, err := c.o.Write.NewRaw("DELETE FROM photo_hosts WHERE feed_id = ?", id).Exec(ctx); err != nil {
			return fmt.Errorf("photos: sweep: %w", err)
		}
	}
	return nil
}
