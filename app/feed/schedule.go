package feed

import (
	"context"
	"fmt"
	"time"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// due returns what is to be walked now: what Start was asked for and the feeds whose time has come, each with its run. At
// the start of the process also those that an end of it has interrupted.
func (r *Runner) due(ctx context.Context, first bool) ([]order, error) {
	r.mu.Lock()
	orders := r.asked
	r.asked = nil
	r.mu.Unlock()
	if err := r.bury(ctx, first && r.o.SkipLocked == ""); err != nil {
		return orders, err
	}
	var rows []row
	if err := r.o.Read.NewSelect().Model(&rows).Where("NOT paused").Where("preset NOT IN (?, ?)", presetFile, presetURL).OrderExpr("id").Scan(ctx); err != nil {
		return orders, fmt.Errorf("feed: due: %w", err)
	}
	last, err := r.lastRuns(ctx)
	if err != nil {
		return orders, err
	}
	now := r.clock()
	for _, row := range rows {
		s, err := row.read()
		if err != nil {
			return orders, err
		}
		if now.Before(row.NotBefore) || !timely(last[row.ID], s, first, now) {
			continue
		}
		run, err := r.claim(ctx, row.ID, "", true)
		if fault.Of(err) == fault.Conflict {
			continue // another process was faster, or somebody paused it
		}
		if err != nil {
			return orders, err
		}
		orders = append(orders, order{run: run})
	}
	return orders, nil
}

// timely says whether a feed is due after its last run. One that this program's end interrupted goes on at once.
func timely(last *Run, s Settings, first bool, now time.Time) bool {
	switch {
	case last == nil:
		return true
	case last.Running():
		return false
	case first && (last.State == "failed" || last.Say == sayShutDown):
		return true
	case last.Say == sayChanged, last.Say == sayDied:
		return true
	}
	return !now.Before(last.StartedAt.Add(time.Duration(s.EveryMinutes) * time.Minute))
}

// lastRuns are each feed's newest run.
func (r *Runner) lastRuns(ctx context.Context) (map[listings.FeedID]*Run, error) {
	var runs []Run
	err := r.o.Read.NewSelect().Model(&runs).ExcludeColumn("problems").Where("id IN (SELECT max(id) FROM feed_runs WHERE kind <> 'file' GROUP BY feed_id)").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("feed: last runs: %w", err)
	}
	last := make(map[listings.FeedID]*Run, len(runs))
	for i := range runs {
		last[runs[i].FeedID] = &runs[i]
	}
	return last, nil
}
