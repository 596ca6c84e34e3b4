package portal

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/listings"
)

// Looked says when a person opened a home.
type Looked struct {
	ListingID       listings.ID
	FirstAt, LastAt time.Time
	N               int
}

// LookedAt returns which homes of a portal who looks has opened, the last one first.
func LookedAt(ctx context.Context, db bun.IDB, v Visitor) ([]Looked, error) {
	var all []Looked
	err := db.NewRaw(`SELECT listing_id, first_at, last_at, n FROM home_visits WHERE client_id = ? AND member_id = ? ORDER BY last_at DESC, listing_id`, v.Client.ID, v.Member.ID).Scan(ctx, &all)
	if err != nil {
		return nil, fmt.Errorf("portal: what client %d looked at: %w", v.Member.ID, err)
	}
	return all, nil
}

// Erase forgets what a client marked in their portal: what they thought of homes, which they opened, when they were there,
// their own searches. What they wrote to their agent stays, as a letter would. Who shares a portal parts first (Part), so that
// nothing of the other one's goes.
func Erase(ctx context.Context, db bun.IDB, client clients.ID) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := Hold(ctx, db, client); err != nil {
			return err
		}
		for _, text := range []string{
			`DELETE FROM reactions WHERE client_id = ?0 AND member_id = ?0`,
			`DELETE FROM home_visits WHERE client_id = ?0 AND member_id = ?0`,
			`DELETE FROM own_searches WHERE client_id = ?0`,
			`DELETE FROM portals WHERE client_id = ?0`,
		} {
			if _, err := db.ExecContext(ctx, text, client); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("portal: erase what client %d marked: %w", client, err)
	}
	return nil
}
