package autoemail

import (
	"context"
	"sync"
	"time"
)

// follower keeps an index current.
type follower struct {
	mu    sync.Mutex
	index *Index
	seen  int64     // of search_changes
	at    time.Time // when it last looked
}

// staleAfter is how long an index may go without looking: Tend lets changes go after a day.
const staleAfter = 23 * time.Hour

// follow returns the index of the active auto emails as they are.
func (r *Runner) follow(ctx context.Context) (*Index, error) {
	f := &r.follower
	f.mu.Lock()
	defer f.mu.Unlock()
	now := r.now()
	if f.index == nil || now.Sub(f.at) > staleAfter || now.Before(f.at.Add(-staleAfter)) {
		return f.rebuild(ctx, r, now)
	}
	changed, last, err := changedSince(ctx, r.Read, f.seen)
	if err != nil {
		return nil, err
	}
	if len(changed) > 0 {
		active := map[ID]bool{}
		err := loadActive(ctx, r.Read, changed, func(s *Search) error {
			active[s.ID] = true
			f.index.Put(s.ID, s.Version, s.Criteria, s.Events)
			return nil
		})
		if err != nil {
			return nil, err
		}
		for _, id := range changed {
			if !active[id] {
				f.index.Remove(id)
			}
		}
	}
	f.seen, f.at = last, now
	return f.index, nil
}

// rebuild reads all auto emails. What changes while it does is read again.
func (f *follower) rebuild(ctx context.Context, r *Runner, now time.Time) (*Index, error) {
	var seen int64
	if err := r.Read.NewRaw("SELECT coalesce(max(id), 0) FROM search_changes").Scan(ctx, &seen); err != nil {
		return nil, err
	}
	index := NewIndex()
	err := loadActive(ctx, r.Read, nil, func(s *Search) error {
		index.Put(s.ID, s.Version, s.Criteria, s.Events)
		return nil
	})
	if err != nil {
		return nil, err
	}
	f.index, f.seen, f.at = index, seen, now
	return index, nil
}
