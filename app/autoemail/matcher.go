package autoemail

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

const (
	marked       = "listings" // the name of the matcher's mark
	eventsAtOnce = 500
	pairsAtOnce  = 5000 // that one transaction writes: nobody shall wait long for SQLite's one writer
)

// match finds for what happened to homes the auto emails that want it.
func (j *job) match(ctx context.Context) error {
	index, err := j.follow(ctx)
	if err != nil {
		return err
	}
	for {
		events, err := j.matchSome(ctx, index)
		if err != nil || events < eventsAtOnce {
			return err
		}
	}
}

// pair is an event and an auto email that wants it.
type pair struct {
	search ID
	event  int // its place among the news
}

// news is an event that is one, with the home it happened to.
type news struct {
	listings.Event
	home listings.Facts
	once string
}

// matchSome reads some events behind the mark and says how many.
func (j *job) matchSome(ctx context.Context, index *Index) (int, error) {
	mark, begun, err := markOf(ctx, j.Read, marked)
	if err != nil {
		return 0, err
	}
	if !begun { // what happened before there was a matcher is no news
		_, err := j.Write.ExecContext(ctx, "INSERT INTO matcher_marks (name, event_id) SELECT ?, coalesce(max(id), 0) FROM listing_events WHERE TRUE ON CONFLICT (name) DO NOTHING", marked)
		return 0, err
	}
	events, err := listings.EventsAfter(ctx, j.Read, mark, eventsAtOnce)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	all, err := j.newsIn(ctx, events)
	if err != nil {
		return 0, err
	}
	var found []pair
	var ids []ID
	for i := range all {
		ids = index.Match(all[i].home, all[i].Kind, ids[:0])
		for _, id := range ids {
			found = append(found, pair{id, i})
		}
	}
	// In the order of the table and its indexes: what stands together is read and written together.
	slices.SortFunc(found, func(a, b pair) int { return cmp.Or(cmp.Compare(a.search, b.search), cmp.Compare(a.event, b.event)) })
	for {
		some := found[:min(len(found), pairsAtOnce)]
		found = found[len(some):]
		next := mark // until all are written, so that nothing is lost in between
		if len(found) == 0 {
			next = events[len(events)-1].ID
		}
		went, err := j.found(ctx, index, some, all, mark, next)
		if err != nil {
			return 0, err
		}
		if !went || len(found) == 0 {
			return len(events), nil
		}
	}
}

// newsIn leaves of events those that an auto email may choose, with their homes as they are now.
func (j *job) newsIn(ctx context.Context, events []listings.Event) ([]news, error) {
	var ids []listings.ID
	for i := range events {
		ids = append(ids, events[i].ListingID)
	}
	slices.Sort(ids)
	homes, err := listings.FactsOf(ctx, j.Read, slices.Compact(ids), j.now)
	if err != nil {
		return nil, err
	}
	opens, err := opensOf(ctx, j.Read, events)
	if err != nil {
		return nil, err
	}
	var all []news
	for i := range events {
		e := &events[i]
		home, there := homes[e.ListingID]
		if !there || !home.Shown || !slices.Contains(listings.EventKinds, e.Kind) {
			continue
		}
		if detail, ok := detailOf(e, opens, j.now); ok {
			all = append(all, news{*e, home, onceKey(e.Kind, home.Listing, detail)})
		}
	}
	return all, nil
}

// found writes what was found, if no other process has read these events meanwhile, and moves the mark.
func (j *job) found(ctx context.Context, index *Index, some []pair, all []news, mark, next int64) (went bool, err error) {
	err = j.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		n, err := affected(db.ExecContext(ctx, "UPDATE matcher_marks SET event_id = ? WHERE name = ? AND event_id = ?", next, marked, mark))
		if went = n == 1; err != nil || !went || len(some) == 0 {
			return err
		}
		searches, err := activeNow(ctx, db, index, some)
		if err != nil {
			return err
		}
		direct, err := dropped(ctx, db, some, all, searches)
		if err != nil {
			return err
		}
		rows := make([]Match, 0, len(some))
		waits := map[ID]*Search{}
		for _, p := range some {
			s, n := searches[p.search], &all[p.event]
			// Deleted, paused or changed since the index was read; or made after this was told, by its number: a feed's page
			// that was on its way then says an earlier time.
			if s == nil || n.ID <= s.SinceEvent || s.Events != nil && !Wants(&s.Criteria, s.Events, n.home, n.Kind) {
				continue
			}
			m := j.matchOf(s, n.home.Listing, n.Kind, n.once)
			m.OldPrice, m.NewPrice = n.OldPrice, n.NewPrice
			if direct[p] {
				m.State, m.DecidedAt = Approved, j.now
			}
			if m.State == Waiting {
				waits[s.ID] = s
			}
			rows = append(rows, m)
		}
		if err := insertMatches(ctx, db, rows); err != nil {
			return err
		}
		return j.plan(ctx, db, waits)
	})
	return went, err
}

// matchOf is a match that was found now.
func (j *job) matchOf(s *Search, l *listings.Listing, kind listings.EventKind, once string) Match {
	m := Match{SearchID: s.ID, ClientID: s.ClientID, AgentID: s.AgentID, ListingID: l.ID, Kind: kind, OnceKey: once, NewPrice: l.ListPrice,
		FoundStatus: l.StandardStatus, State: Waiting, FoundAt: j.now, Version: 1}
	if s.Concierge {
		m.State = Unsent
	}
	return m
}
