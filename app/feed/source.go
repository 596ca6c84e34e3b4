package feed

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"time"

	"porchlight/app/listings"
	"porchlight/app/reso"
)

// source is a feed as it is asked: its token and what was learned of it live as long as its settings.
type source struct {
	Settings
	client *reso.Client

	mu    sync.Mutex
	runs  *Run           // the present one, for words while waiting
	meta  *reso.Metadata // nil: it has none, or none was read
	asked time.Time      // when meta was
	less  map[string]*less
}

// less is what a resource was found not to do.
type less struct {
	missing, noExpand, noOrder, noSelect bool
}

func (s *source) lacks(resource string) *less {
	if s.less[resource] == nil {
		s.less[resource] = &less{}
	}
	return s.less[resource]
}

// open returns a feed's source, the one of before if nothing was changed.
func (r *Runner) open(ctx context.Context, id listings.FeedID) (*source, error) {
	var row row
	if err := r.o.Read.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx); err != nil {
		return nil, fmt.Errorf("feed: load feed %d: %w", id, err)
	}
	r.mu.Lock()
	known := r.known[id]
	r.mu.Unlock()
	if known != nil && known.Version == row.Version {
		return known, nil
	}
	s, err := row.read()
	if err != nil {
		return nil, err
	}
	secrets, err := r.o.Vault.unlock(row.Secrets)
	if err != nil {
		return nil, err
	}
	s.Secret = secrets.Secret
	for name := range s.Headers {
		s.Headers[name] = secrets.Headers[name]
	}
	s.PageSize = cmp.Or(s.PageSize, 1000)
	fresh, err := r.source(s)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.known[id] = fresh
	r.mu.Unlock()
	return fresh, nil
}

func (r *Runner) source(s Settings) (*source, error) {
	fresh := &source{Settings: s, less: map[string]*less{}}
	o := s.options()
	o.HTTP, o.Clock, o.Sleep = r.http, r.clock, r.o.Sleep
	o.OnWait = func(_ time.Time, say string) { r.say(fresh.present(), say) }
	o.OnResume = func() { r.say(fresh.present(), "") }
	var err error
	fresh.client, err = reso.New(o)
	return fresh, err
}

func (s *source) present() *Run {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs
}
