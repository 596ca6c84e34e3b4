package photos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// task is one home whose photos are looked at.
type task struct {
	ID     listings.ID     `bun:"id"`
	FeedID listings.FeedID `bun:"feed_id"`
	Wanted bool            `bun:"photos_wanted"`
	Media  string          `bun:"media"` // as it was when the work began

	rules Rules            `bun:"-"`
	media []listings.Media `bun:"-"` // without repetitions, no more than the rules allow
}

// home brings one home's photos to what its feed names.
func (c *Cache) home(ctx context.Context, id listings.ID) error {
	t, err := c.load(ctx, id)
	if err != nil {
		return err
	}
	rows, err := c.arrange(ctx, t)
	if err != nil {
		return err
	}
	for i, m := range t.media {
		row, there := rows[m.MediaKey]
		if there && row.State != failed {
			continue
		}
		if there && !t.Wanted && (row.NextAt.IsZero() || row.NextAt.After(c.o.Clock())) {
			continue
		}
		if t.Wanted && row.NextAt.IsZero() {
			row.Tries = 0 // the feed has spoken of this home again: a photo given up gets a new chance
		}
		if t.rules.HotLink {
			continue // arrange has said what is wrong with the address
		}
		if err := c.take(ctx, t, i+1, m, row.Tries); err != nil {
			return err
		}
	}
	if !t.Wanted {
		return nil
	}
	// Not done if the feed brought another list meanwhile.
	_, err = c.o.Write.NewRaw("UPDATE listings SET photos_wanted = ? WHERE id = ? AND NOT EXISTS (SELECT 1 FROM listing_texts AS t WHERE t.listing_id = listings.id AND t.media <> ?)",
		false, t.ID, t.Media).Exec(ctx)
	if err != nil {
		return fmt.Errorf("photos: finish home %d: %w", t.ID, err)
	}
	return nil
}

func (c *Cache) load(ctx context.Context, id listings.ID) (*task, error) {
	t := &task{}
	err := c.o.Read.NewRaw("SELECT h.id, h.feed_id, h.photos_wanted, COALESCE(t.media, '') AS media FROM listings AS h LEFT JOIN listing_texts AS t ON t.listing_id = h.id WHERE h.id = ?", id).Scan(ctx, t)
	if err != nil {
		return nil, fmt.Errorf("photos: home %d: %w", id, err)
	}
	if t.rules, err = c.o.Rules(ctx, t.FeedID); err != nil {
		return nil, fmt.Errorf("photos: the rules of feed %d: %w", t.FeedID, err)
	}
	limit := t.rules.PerHome
	if limit <= 0 {
		limit = perHome
	}
	var all []listings.Media
	if t.Media != "" {
		if err := json.Unmarshal([]byte(t.Media), &all); err != nil {
			return nil, fmt.Errorf("photos: the media of home %d: %w", id, err)
		}
	}
	seen := map[string]bool{}
	for _, m := range all {
		if m.MediaKey == "" {
			m.MediaKey = m.MediaURL
		}
		if m.MediaKey == "" || seen[m.MediaKey] {
			continue
		}
		seen[m.MediaKey] = true
		if t.media = append(t.media, m); len(t.media) == limit {
			break
		}
	}
	return t, nil
}

// arrange makes the rows of what is already here follow the feed's order, links where the rules say so, and drops what the
// feed no longer names; the files of what it dropped are deleted after the commit. It returns what is here by media key.
func (c *Cache) arrange(ctx context.Context, t *task) (map[string]listings.Photo, error) {
	var hosts []string
	if t.rules.HotLink {
		var err error
		if hosts, err = c.allow(ctx, t); err != nil {
			return nil, err
		}
	}
	here := map[string]listings.Photo{}
	var dropped []listings.Photo
	err := c.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		clear(here)
		var old []listings.Photo
		err := db.NewSelect().Model(&old).Where("listing_id = ?", t.ID).Where("media_key <> ''").OrderBy("position", bun.OrderAsc).Scan(ctx)
		if err != nil {
			return err
		}
		rest := map[string]listings.Photo{}
		for _, p := range old {
			rest[p.MediaKey] = p
		}
		var rows []listings.Photo
		same := true
		for i, m := range t.media {
			was, there := rest[m.MediaKey]
			row := was
			if t.rules.HotLink {
				row, there = link(m, hosts), true
				row.ListingID = t.ID
			} else if there && was.State == linked {
				there = false
			}
			if !there {
				continue
			}
			row.Position, row.Description = i+1, m.ShortDescription
			if row.State == was.State && row.File == was.File {
				delete(rest, m.MediaKey)
			}
			same = same && row == was
			rows = append(rows, row)
			here[m.MediaKey] = row
		}
		dropped = dropped[:0]
		for _, p := range rest {
			dropped = append(dropped, p)
		}
		if same && len(dropped) == 0 {
			return nil
		}
		if _, err := db.NewDelete().Table("listing_photos").Where("listing_id = ?", t.ID).Where("media_key <> ''").Exec(ctx); err != nil || len(rows) == 0 {
			return err
		}
		_, err = db.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("photos: arrange home %d: %w", t.ID, err)
	}
	c.discard(dropped)
	return here, nil
}

// take fetches one photo and writes down what came of it. It returns an error only where the photo is not to blame.
func (c *Cache) take(ctx context.Context, t *task, position int, m listings.Media, tries int) error {
	row := listings.Photo{ListingID: t.ID, Position: position, MediaKey: m.MediaKey, Description: m.ShortDescription, State: failed, Tries: tries}
	host := ""
	if u, err := url.Parse(m.MediaURL); err == nil {
		host = u.Host
	}
	if until, hushed := c.hosts.hushed(host, c.o.Clock()); hushed {
		row.NextAt, row.Say = until, "The picture’s server asked to wait."
		return c.put(ctx, row)
	}
	made, err := c.develop(ctx, m.MediaURL, t.rules.UserAgent)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		metricFailed.Inc()
		row.Tries, row.Say = tries+1, words(err)
		if row.Tries < maxTries {
			row.NextAt = c.o.Clock().Add(backoff[row.Tries-1])
		}
		var w *waitError
		if errors.As(err, &w) {
			c.hosts.hush(host, w.until)
			if !row.NextAt.IsZero() && row.NextAt.Before(w.until) {
				row.NextAt = w.until
			}
		}
		return c.put(ctx, row)
	}
	return c.keep(ctx, row, made)
}

// keep writes the files and then the row, so that no row ever names a file that is not there.
func (c *Cache) keep(ctx context.Context, row listings.Photo, made copies) error {
	row.Bytes = made.bytes()
	if err := c.makeRoom(ctx, row.Bytes); err != nil {
		return err
	}
	row.State, row.Kind, row.Width, row.Height, row.Tries, row.NextAt, row.Say = kept, "raster", made.width, made.height, 0, time.Time{}, ""
	var err error
	if row.File, err = c.save(made.files, true); err != nil {
		return err
	}
	if err := c.put(ctx, row); err != nil {
		c.remove(row.File)
		return err
	}
	metricKept.Inc()
	return nil
}

// put writes a photo's row over its failed one. If somebody else's is there already, that one stays and the files of this
// one go.
func (c *Cache) put(ctx context.Context, row listings.Photo) error {
	stored := false
	err := c.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		_, err := db.NewDelete().Table("listing_photos").Where("listing_id = ?", row.ListingID).Where("position = ?", row.Position).
			Where("state = ?", failed).Where("media_key = ?", row.MediaKey).Exec(ctx)
		if err != nil {
			return err
		}
		result, err := db.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		stored = n == 1
		return err
	})
	if err != nil {
		return fmt.Errorf("photos: photo %d of home %d: %w", row.Position, row.ListingID, err)
	}
	if row.State == kept {
		if c.used.Add(row.Bytes); !stored {
			c.discard([]listings.Photo{row})
		}
	}
	return nil
}

// words says what went wrong with a photo, without its address: signed ones are secrets.
func words(err error) string {
	if f := fault.As(err); f != nil {
		return f.Say
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "The picture’s server took longer than a minute."
	}
	var u *url.Error
	if errors.As(err, &u) && u.Timeout() {
		return "The picture’s server took longer than a minute."
	}
	return "The picture’s server could not be reached."
}
