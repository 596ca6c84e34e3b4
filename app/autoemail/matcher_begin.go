package autoemail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// Begin looks up the homes that match a newly saved auto email now, so that a page can show them at once. The Runner does it
// too if nobody calls this. A second call finds nothing more.
func (r *Runner) Begin(ctx context.Context, id ID) error {
	house, err := agents.LoadBrokerage(ctx, r.Read)
	if err == nil {
		err = (&job{Runner: r, house: house, zone: house.Location(), now: r.now()}).beginOne(ctx, id)
	}
	if err != nil {
		return fmt.Errorf("autoemail: begin %d: %w", id, err)
	}
	return nil
}

// begin begins what was saved and not begun yet. One that fails does not keep the others waiting.
func (j *job) begin(ctx context.Context) error {
	var wrong error
	after := ID(0)
	for {
		var ids []ID
		err := j.Read.NewSelect().Model((*Search)(nil)).Column("id").Where("NOT s.begun").Where("s.state = 'active'").Where("s.id > ?", after).
			OrderExpr("s.id").Limit(500).Scan(ctx, &ids)
		if err != nil || len(ids) == 0 {
			return errors.Join(wrong, err)
		}
		for _, id := range ids {
			if err := j.beginOne(ctx, id); err != nil {
				wrong = fmt.Errorf("%d: %w", id, err)
			}
			after = id
		}
	}
}

func (j *job) beginOne(ctx context.Context, id ID) error {
	var found []Search
	err := j.Read.NewSelect().Model(&found).Where("s.id = ?", id).Where("NOT s.begun").Where("s.state = 'active'").Scan(ctx)
	if err != nil || len(found) == 0 {
		return err
	}
	s := &found[0]
	if readRow(s) != nil {
		return nil // Tend pauses it
	}
	look := j.present
	if !s.MissedFrom.IsZero() {
		look = j.missed
	}
	rows, err := look(ctx, s)
	if err != nil && fault.Of(err) != fault.Invalid { // no place that can be read: nothing is there
		return err
	}
	return j.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		// As it was read: if it was changed or paused meanwhile, the next round begins it.
		n, err := affected(db.ExecContext(ctx, "UPDATE searches SET begun = TRUE, missed_from = NULL WHERE id = ? AND NOT begun AND state = 'active' AND version = ?", id, s.Version))
		if err != nil || n == 0 {
			return err
		}
		if err := insertMatches(ctx, db, rows); err != nil {
			return err
		}
		if !s.MissedFrom.IsZero() {
			_, err := db.ExecContext(ctx, "UPDATE searches SET opening = ? WHERE id = ? AND opening = '' AND EXISTS (SELECT 1 FROM matches WHERE search_id = searches.id AND state IN ('waiting', 'unsent'))", OpeningAgain, id)
			if err != nil {
				return err
			}
		}
		return j.plan(ctx, db, map[ID]*Search{id: s})
	})
}

// present are the homes that match now, the newest.
func (j *job) present(ctx context.Context, s *Search) ([]Match, error) {
	page, err := listings.Search(ctx, j.Read, listings.Query{Criteria: s.Criteria, Sort: listings.SortNewest, Limit: AtMostBegin}, j.now)
	if err != nil {
		return nil, err
	}
	told, err := j.told(ctx, s.ID)
	if err != nil {
		return nil, err
	}
	var rows []Match
	for i := range page.Homes {
		l, kind := &page.Homes[i], listings.EventNew
		if l.StandardStatus == listings.ComingSoon {
			kind = listings.EventComingSoon
		}
		if told[toldOf{l.ID, kind}] {
			continue
		}
		rows = append(rows, j.matchOf(s, l, kind, onceKey(kind, l, priceDetail(l.ListPrice))))
	}
	slices.Reverse(rows) // the newest home is found last, as with those that come one by one
	return rows, nil
}

// toldOf is a home that was found as new, or as coming soon.
type toldOf struct {
	ListingID listings.ID
	Kind      listings.EventKind
}

// told are the homes that an auto email found before: where it is begun anew they are no news at another price either.
func (j *job) told(ctx context.Context, id ID) (map[toldOf]bool, error) {
	var found []toldOf
	err := j.Read.NewRaw("SELECT listing_id, kind FROM matches WHERE search_id = ? AND kind IN (?)", id, bun.List([]listings.EventKind{listings.EventNew, listings.EventComingSoon})).Scan(ctx, &found)
	told := make(map[toldOf]bool, len(found))
	for _, one := range found {
		told[one] = true
	}
	return told, err
}

// unread is how long before a pause something may have happened that the matcher had not come to. What it had is known.
const unread = time.Hour

// missed is what happened while an auto email was paused, the latest.
func (j *job) missed(ctx context.Context, s *Search) ([]Match, error) {
	since := s.MissedFrom.Add(-unread)
	if since.Before(s.CreatedAt) && !s.MissedFrom.Before(s.CreatedAt) {
		since = s.CreatedAt
	}
	told, _, err := listings.NewsSince(ctx, j.Read, s.Criteria, s.Events, since, j.now)
	if err != nil {
		return nil, err
	}
	events := make([]listings.Event, len(told))
	for i := range told {
		events[i] = told[i].Event
	}
	all, err := j.newsIn(ctx, events)
	if err != nil {
		return nil, err
	}
	var rows []Match
	for i := range all {
		if n := &all[i]; Wants(&s.Criteria, s.Events, n.home, n.Kind) {
			m := j.matchOf(s, n.home.Listing, n.Kind, n.once)
			m.OldPrice, m.NewPrice = n.OldPrice, n.NewPrice
			rows = append(rows, m)
		}
	}
	return rows[max(0, len(rows)-AtMostBegin):], nil
}
