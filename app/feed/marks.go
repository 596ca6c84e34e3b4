package feed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// mark is how far a resource of a feed was read.
type mark struct {
	bun.BaseModel `bun:"table:feed_marks,alias:m"`

	FeedID       listings.FeedID `bun:"feed_id,pk"`
	Resource     string          `bun:"resource,pk"`
	Watermark    time.Time       `bun:"watermark,nullzero"` // all up to it is here
	Reached      time.Time       `bun:"reached,nullzero"`   // the latest received in the walk at NextLink
	AsOf         time.Time       `bun:"as_of,nullzero"`     // the feed's clock when that walk began
	NextLink     string          `bun:"next_link"`
	Loaded       bool            `bun:"loaded"` // it was once read to its end
	ReconciledAt time.Time       `bun:"reconciled_at,nullzero"`
}

func readMark(ctx context.Context, db bun.IDB, id listings.FeedID, resource string) (mark, error) {
	m := mark{FeedID: id, Resource: resource}
	err := db.NewSelect().Model(&m).WherePK().Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m, fmt.Errorf("feed: mark of %s: %w", resource, err)
	}
	return m, nil
}

func (m *mark) write(ctx context.Context, db bun.IDB) error {
	_, err := db.NewInsert().Model(m).On("CONFLICT (feed_id, resource) DO UPDATE").Set("watermark = EXCLUDED.watermark").Set("reached = EXCLUDED.reached").Set("as_of = EXCLUDED.as_of").
		Set("next_link = EXCLUDED.next_link").Set("loaded = EXCLUDED.loaded").Set("reconciled_at = EXCLUDED.reconciled_at").Exec(ctx)
	if err != nil {
		return fmt.Errorf("feed: mark of %s: %w", m.Resource, err)
	}
	return nil
}

// since is from when a fresh walk asks: all that came before is here. Zero: from the beginning. Where answers come in the
// order of time, an interrupted walk need not begin again.
func (m *mark) since(d dialect) time.Time {
	from := m.Watermark
	if d.ordered && m.Reached.After(from) {
		from = m.Reached
	}
	if from.IsZero() {
		return from
	}
	return from.Add(-d.overlap)
}

// begin notes a fresh walk.
func (m *mark) begin(d dialect) {
	m.NextLink, m.AsOf = "", time.Time{}
	if !d.ordered {
		m.Reached = time.Time{}
	}
}

// page notes a page: what came latest and where it goes on. A walk that came to its end moves the watermark: to the latest
// received but, where answers come in another order, not beyond the walk's beginning, as what changed meanwhile may stand
// on a page that was read before.
func (m *mark) page(d dialect, latest, at time.Time, next string) {
	if m.AsOf.IsZero() {
		m.AsOf = at
	}
	if latest.After(m.Reached) {
		m.Reached = latest
	}
	if m.NextLink = next; next != "" {
		return
	}
	end := m.Reached
	if !d.ordered && end.After(m.AsOf) {
		end = m.AsOf
	}
	if end.After(m.Watermark) {
		m.Watermark = end
	}
	m.Reached, m.AsOf, m.Loaded = time.Time{}, time.Time{}, true
}
