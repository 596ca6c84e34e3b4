package feed

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/app/reso"
)

// silence is how long a client of MLS Grid may be away: after seven days what was taken back is no longer told.
const silence = 6 * 24 * time.Hour

// keysDue says whether it is time to look for homes that vanished without a word.
func (w *walk) keysDue() bool {
	if !w.known.Loaded {
		return false
	}
	if w.say.canView {
		return w.wait > silence
	}
	return w.r.clock().Sub(w.known.ReconciledAt) >= time.Duration(w.feed.ReconcileHours)*time.Hour
}

// keys walks all keys, takes away the homes that are not among them and fetches those that should be here. It takes away
// nothing after a walk that found none, and no more than the feed's share unless sure.
func (w *walk) keys(ctx context.Context, sure bool) error {
	here, err := w.here(ctx)
	if err != nil {
		return err
	}
	missing, err := w.there(ctx, here)
	if err != nil {
		return err
	}
	if w.run.Seen == 0 && len(here) > 0 {
		return &reso.Error{Say: "The feed listed no homes at all. Nothing was taken away; ask your MLS."}
	}
	gone, err := w.absent(ctx, here)
	if err != nil {
		return err
	}
	if share := float64(len(gone)) / float64(max(1, len(here))) * 100; share > float64(w.feed.DropPercent) && !sure {
		w.run.Waiting = len(gone)
		w.run.Say = fmt.Sprintf("%d of %d homes are no longer in the feed. That is more than %d %%, so nothing was taken away: if it is right, say so.", len(gone), len(here), w.feed.DropPercent)
	} else if err := w.remove(ctx, gone); err != nil {
		return err
	}
	if err := w.fetch(ctx, missing); err != nil {
		return err
	}
	return w.reconciled(ctx)
}

// here are the keys of the feed's homes, false as long as the feed has not named them.
func (w *walk) here(ctx context.Context) (map[uint64]bool, error) {
	all := map[uint64]bool{}
	err := w.eachKey(ctx, func(key string) { all[maphash.String(w.seed, key)] = false })
	return all, err
}

func (w *walk) eachKey(ctx context.Context, do func(string)) error {
	for after := ""; ; {
		keys, err := listings.Keys(ctx, w.r.o.Read, w.run.FeedID, after, 5000)
		if err != nil || len(keys) == 0 {
			return err
		}
		for _, key := range keys {
			do(key)
		}
		after = keys[len(keys)-1]
	}
}

// mostMissing is how many homes a walk of keys fetches. There are few: what moved on to a page already read while a walk
// went on.
const mostMissing = 500

// there walks the feed's keys. It marks those that are here and returns those that are not.
func (w *walk) there(ctx context.Context, here map[uint64]bool) (missing []any, err error) {
	as := w.feed.lacks("keys")
	q := func() reso.Query {
		q := reso.Query{Filter: w.feed.Filter, Size: w.say.keysPage, Select: []string{"ListingKey"}}
		if w.say.canView {
			q.Filter = and(q.Filter, "MlgCanView eq true")
		}
		if w.say.orderBy != "" && !as.noOrder {
			q.OrderBy = "ListingKey"
		}
		if as.noSelect {
			q.Select = nil
		}
		return q
	}
	var guard guardian
	for link := w.feed.client.URL(w.say.path, q()); link != ""; {
		page := &keyPage{w: w}
		answer, err := w.feed.client.Page(ctx, link, w.say.keysPage, page)
		var e *reso.Error
		if errors.As(err, &e) && e.Refused() && w.run.Seen == 0 && as.give(q()) {
			link = w.feed.client.URL(w.say.path, q())
			continue
		}
		if err != nil {
			return nil, err
		}
		if (page.nameless+answer.Odd)*20 > answer.Records {
			return nil, &reso.Error{Say: "The feed listed homes without their keys, so nobody can tell which are gone. Nothing was taken away."}
		}
		if err := guard.check(w, link, answer, page); err != nil {
			return nil, err
		}
		for _, key := range page.keys {
			hash := maphash.String(w.seed, clean(scalar(key), 255, false))
			if _, known := here[hash]; known {
				here[hash] = true
			} else if len(missing) < mostMissing {
				missing = append(missing, key)
			}
		}
		w.run.Seen += answer.Records
		if err := w.r.renew(ctx, w.r.o.Write, w.run); err != nil {
			return nil, err
		}
		if w.seen != nil {
			w.seen(*w.run)
		}
		link = answer.Next
	}
	return missing, nil
}

// keyPage takes keys alone.
type keyPage struct {
	w        *walk
	keys     []any
	nameless int
	print    maphash.Hash
}

// Reset forgets a page.
func (k *keyPage) Reset() {
	k.keys, k.nameless = nil, 0
	k.print.SetSeed(k.w.seed)
	k.print.Reset()
}

// Take takes one key.
func (k *keyPage) Take(r reso.Record) error {
	key := r["ListingKey"]
	if key == nil {
		key = r["ListingKeyNumeric"]
	}
	if scalar(key) == "" {
		k.nameless++
		return nil
	}
	k.keys = append(k.keys, key)
	_, _ = k.print.WriteString(scalar(key) + "\n")
	return nil
}

func (k *keyPage) prepare(context.Context) error { return nil }
func (k *keyPage) apply(context.Context, bun.Tx, bool) (listings.Applied, error) {
	return listings.Applied{}, nil
}
func (k *keyPage) told() (time.Time, []Problem, uint64) { return time.Time{}, nil, k.print.Sum64() }

// mostAsked is how many keys are asked for once more before their homes are taken away. Where more are gone a person has
// been asked, or the feed is very large.
const mostAsked = 3000

// absent are the keys here that the feed did not name, nor names when asked for them: a walk that went on while homes left
// the feed may pass some over.
func (w *walk) absent(ctx context.Context, here map[uint64]bool) ([]string, error) {
	var gone []string
	err := w.eachKey(ctx, func(key string) {
		if named, known := here[maphash.String(w.seed, key)]; known && !named {
			gone = append(gone, key)
		}
	})
	if err != nil || !w.say.byKey || len(gone) > mostAsked {
		return gone, err
	}
	still := map[string]bool{}
	for some := range slices.Chunk(gone, keysAtOnce) {
		keys := make([]any, len(some))
		for i, key := range some {
			keys[i] = key
		}
		link := w.feed.client.URL("Property", reso.Query{Filter: and(w.feed.Filter, anyOf("ListingKey", keys)), Size: keysAtOnce})
		for range keysAtOnce + 1 { // a server may give them one by one
			page := &gathered{}
			answer, err := w.feed.client.Page(ctx, link, keysAtOnce, page)
			var e *reso.Error
			if errors.As(err, &e) && e.Refused() {
				return gone, nil // numeric keys, or no filter by key
			}
			if err != nil {
				return nil, err
			}
			for _, r := range page.records {
				still[text(r, "ListingKey")] = true
			}
			if link = answer.Next; link == "" {
				break
			}
		}
	}
	return slices.DeleteFunc(gone, func(key string) bool { return still[key] }), nil
}

// remove takes homes away.
func (w *walk) remove(ctx context.Context, gone []string) error {
	for some := range slices.Chunk(gone, 1000) {
		after := *w.run
		err := w.r.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
			if err := w.unchanged(ctx, db); err != nil {
				return err
			}
			n, err := listings.Remove(ctx, db, w.run.FeedID, some, w.r.clock())
			if err != nil {
				return err
			}
			after = *w.run
			after.Gone += n
			return w.r.renew(ctx, db, &after)
		})
		if err != nil {
			return err
		}
		w.tell(listings.Applied{Gone: after.Gone - w.run.Gone})
		*w.run = after
	}
	return nil
}

// fetch brings in homes by their keys.
func (w *walk) fetch(ctx context.Context, keys []any) error {
	if !w.say.byKey {
		return nil
	}
	res := w.property()
	for some := range slices.Chunk(keys, keysAtOnce) {
		q := w.fields(w.feed.lacks("Property"))
		q.Size, q.Filter, q.OrderBy, q.Extra = keysAtOnce, and(w.feed.Filter, anyOf("ListingKey", some)), "", nil
		_, err := w.feed.client.Page(ctx, w.feed.client.URL("Property", q), res.size, res.take)
		var e *reso.Error
		if errors.As(err, &e) && e.Refused() {
			return nil
		}
		if err == nil {
			err = res.take.prepare(ctx)
		}
		if err != nil {
			return err
		}
		after := *w.run
		var done listings.Applied
		err = w.r.o.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
			if err := w.unchanged(ctx, db); err != nil {
				return err
			}
			var err error
			if done, err = res.take.apply(ctx, db, false); err != nil {
				return err
			}
			after = *w.run
			after.Added, after.Changed, after.Gone, after.Held = after.Added+done.Added, after.Changed+done.Changed, after.Gone+done.Gone, after.Held+done.Held
			return w.r.renew(ctx, db, &after)
		})
		if err != nil {
			return err
		}
		*w.run = after
		w.tell(done)
	}
	return nil
}

// reconciled notes that the keys were walked.
func (w *walk) reconciled(ctx context.Context) error {
	_, err := w.r.o.Write.NewUpdate().Model((*mark)(nil)).Set("reconciled_at = ?", w.r.clock()).Where("feed_id = ?", w.run.FeedID).Where("resource = 'Property'").Exec(ctx)
	if err != nil {
		return fmt.Errorf("feed: note a walk of keys: %w", err)
	}
	return nil
}
