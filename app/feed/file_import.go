package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// batch is how many homes are brought in at a time within the one transaction.
const batch = 500

// Brought is a file that came in.
type Brought struct {
	Run
	Prices  int64     // the sum of the homes' list prices, in cents
	Trouble int       // problems, of which Told has the first 1,000
	Refused int       // rows that could not come in
	Told    []Problem // by row
}

// Import brings a file in, in one transaction: all of it or nothing; seen is told the rows as they go by. The same file
// again changes nothing. Rows that can't come in are in the run's problems. mapping and status are as with Inspect; homes
// that were here and are not in the file stay. A file that could not be read to its end leaves a failed run and no home.
// Faults: Invalid, in words.
func Import(ctx context.Context, db *bun.DB, r io.ReadSeeker, name string, mapping map[int]string, status listings.Status, seen func(rows int), now time.Time) (Brought, error) {
	run := Brought{Run: Run{Kind: "file", State: "done", Source: clean(name, 200, false), Problems: "[]", StartedAt: now, EndedAt: now}}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		from, err := filesSource(ctx, db)
		if err != nil {
			return err
		}
		run.FeedID = from.Feed
		h, err := openHomes(r, mapping, status)
		if err != nil {
			return err
		}
		if err := h.bring(ctx, db, from, &run.Run, seen, now); err != nil {
			return err
		}
		problems, err := json.Marshal(h.problems)
		if err != nil {
			return err
		}
		run.Seen, run.Problems = h.rows, string(problems)
		run.Prices, run.Trouble, run.Refused, run.Told = h.prices, h.trouble, h.refused, h.problems
		if h.rows == 0 {
			return errEmpty
		}
		if h.refused == h.rows {
			run.State, run.Say = "failed", "No row of the file could be taken."
		}
		return record(ctx, db, &run.Run)
	})
	if err != nil {
		return Brought{}, failed(ctx, db, run.Run, err)
	}
	return run, nil
}

// filesSource is the feed of files; the first homes in it were on the market before and are no news.
func filesSource(ctx context.Context, db bun.IDB) (listings.Source, error) {
	id, err := Files(ctx, db)
	if err != nil {
		return listings.Source{}, err
	}
	var any []int64
	if err := db.NewRaw("SELECT 1 FROM listings WHERE feed_id = ? LIMIT 1", id).Scan(ctx, &any); err != nil {
		return listings.Source{}, fmt.Errorf("feed: look for homes from files: %w", err)
	}
	return listings.Source{Feed: id, First: len(any) == 0}, nil
}

// bring applies the file's homes batch by batch.
func (h *homes) bring(ctx context.Context, db bun.IDB, from listings.Source, run *Run, seen func(int), now time.Time) error {
	waiting := make([]listings.Record, 0, batch)
	apply := func() error {
		if len(waiting) == 0 {
			return nil
		}
		done, err := listings.Apply(ctx, db, from, waiting, now)
		if err != nil {
			return err
		}
		run.Added, run.Changed, run.Gone, run.Held = run.Added+done.Added, run.Changed+done.Changed, run.Gone+done.Gone, run.Held+done.Held
		waiting = waiting[:0]
		seen(h.rows)
		return nil
	}
	for {
		one, ok, err := h.next()
		if errors.Is(err, io.EOF) {
			return apply()
		}
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if waiting = append(waiting, one); len(waiting) == batch {
			if err := apply(); err != nil {
				return err
			}
		}
	}
}

// Prices counts a feed's homes that are not gone and adds up their list prices, in cents.
func Prices(ctx context.Context, db bun.IDB, id listings.FeedID) (homes int, cents int64, err error) {
	err = db.NewRaw("SELECT count(*), CAST(coalesce(sum(list_price), 0) AS BIGINT) FROM listings WHERE feed_id = ? AND gone_at IS NULL", id).Scan(ctx, &homes, &cents)
	if err != nil {
		return 0, 0, fmt.Errorf("feed: add up prices: %w", err)
	}
	return homes, cents, nil
}

// record writes a run into the history of its feed.
func record(ctx context.Context, db bun.IDB, run *Run) error {
	if _, err := db.NewInsert().Model(run).Exec(ctx); err != nil {
		return fmt.Errorf("feed: record the run: %w", err)
	}
	return nil
}

// failed leaves a trace of an import that did not happen, and returns why.
func failed(ctx context.Context, db *bun.DB, run Run, why error) error {
	stopped := ctx.Err() != nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	id, err := Files(ctx, db)
	if err != nil {
		return errors.Join(why, err)
	}
	run = Run{FeedID: id, Kind: run.Kind, State: "failed", Source: run.Source, Say: "It broke off, and nothing was brought in.", Problems: "[]", StartedAt: run.StartedAt, EndedAt: run.EndedAt}
	if f := fault.As(why); f != nil {
		run.Say = f.Say
	} else if stopped {
		run.State, run.Say = "stopped", "It was stopped, and nothing was brought in."
	}
	if err := record(ctx, db, &run); err != nil {
		return errors.Join(why, err)
	}
	return why
}
