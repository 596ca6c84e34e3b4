package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Device is a browser that may open a portal.
type Device struct {
	bun.BaseModel `bun:"table:portal_devices,alias:d"`

	ID        int64     `bun:"id,pk,autoincrement"`
	TokenHash string    `bun:"token_hash"`
	EmailKey  string    `bun:"email_key"`
	UserAgent string    `bun:"user_agent"`
	IP        string    `bun:"ip"` // cut to /24 or /48
	CreatedAt time.Time `bun:"created_at"`
	SeenAt    time.Time `bun:"seen_at"`
	ExpiresAt time.Time `bun:"expires_at"`
}

// longestToken is longer than any token of a device.
const longestToken = 100

// Visitors returns whom a device may be: one for each portal its address opens. Where a client of the address is the second
// person of a household, that is the household's portal, which has their own letters too. None where the token opens nothing
// (any more).
func Visitors(ctx context.Context, db bun.IDB, token string, now time.Time) (Device, []Visitor, error) {
	var d Device
	if token == "" || len(token) > longestToken {
		return d, nil, nil
	}
	err := db.NewSelect().Model(&d).Where("d.token_hash = ?", hashOf(token)).Where("d.expires_at > ?", now).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Device{}, nil, nil
	}
	if err != nil {
		return Device{}, nil, fmt.Errorf("portal: whose device: %w", err)
	}
	var own []clients.Client
	if err := db.NewSelect().Model(&own).Where("email_key = ?", d.EmailKey).OrderExpr("id").Scan(ctx); err != nil {
		return Device{}, nil, fmt.Errorf("portal: clients of device %d: %w", d.ID, err)
	}
	if len(own) == 0 {
		return d, nil, nil
	}
	ids := make([]clients.ID, len(own))
	for i, one := range own {
		ids[i] = one.ID
	}
	var shared []struct{ MemberID, ClientID clients.ID }
	if err := db.NewRaw(`SELECT member_id, client_id FROM household WHERE member_id IN (?)`, bun.List(ids)).Scan(ctx, &shared); err != nil {
		return Device{}, nil, fmt.Errorf("portal: households of device %d: %w", d.ID, err)
	}
	first := map[clients.ID]clients.Client{}
	if len(shared) > 0 {
		ids = ids[:0]
		for _, one := range shared {
			ids = append(ids, one.ClientID)
		}
		var all []clients.Client
		if err := db.NewSelect().Model(&all).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
			return Device{}, nil, fmt.Errorf("portal: households of device %d: %w", d.ID, err)
		}
		for _, pair := range shared {
			for _, one := range all {
				if one.ID == pair.ClientID {
					first[pair.MemberID] = one
				}
			}
		}
	}
	visitors := make([]Visitor, len(own))
	for i, one := range own {
		visitors[i] = Visitor{Client: one, Member: one, Device: d.ID}
		if of, joined := first[one.ID]; joined && of.AgentID == one.AgentID {
			visitors[i].Client = of
		}
	}
	return d, visitors, nil
}

// Seen notes that a device was used, at most once an hour.
func Seen(ctx context.Context, db bun.IDB, device int64, now time.Time) error {
	if _, err := db.ExecContext(ctx, `UPDATE portal_devices SET seen_at = ? WHERE id = ? AND seen_at <= ?`, now, device, now.Add(-time.Hour)); err != nil {
		return fmt.Errorf("portal: device %d was used: %w", device, err)
	}
	return nil
}

// Devices returns the devices of a client's address, the last seen first.
func Devices(ctx context.Context, db bun.IDB, of clients.Client, now time.Time) ([]Device, error) {
	var all []Device
	err := db.NewSelect().Model(&all).Where("d.email_key = ?", of.EmailKey).Where("d.expires_at > ?", now).OrderExpr("d.seen_at DESC, d.id DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal: devices of client %d: %w", of.ID, err)
	}
	return all, nil
}

// Leave signs one device of an address out, or all (id 0). Faults: NotFound.
func Leave(ctx context.Context, db bun.IDB, of clients.Client, id int64) error {
	q := db.NewDelete().Model((*Device)(nil)).Where("email_key = ?", of.EmailKey)
	if id != 0 {
		q = q.Where("id = ?", id)
	}
	result, err := q.Exec(ctx)
	if err != nil {
		return fmt.Errorf("portal: sign out a device of client %d: %w", of.ID, err)
	}
	n, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("portal: sign out a device of client %d: %w", of.ID, err)
	}
	if n == 0 && id != 0 {
		return fault.New(fault.NotFound, "This device is signed out already.")
	}
	return nil
}

// SignOut ends a device by its token; nothing where there is none.
func SignOut(ctx context.Context, db bun.IDB, token string) error {
	if token == "" || len(token) > longestToken {
		return nil
	}
	if _, err := db.NewDelete().Model((*Device)(nil)).Where("token_hash = ?", hashOf(token)).Exec(ctx); err != nil {
		return fmt.Errorf("portal: sign out: %w", err)
	}
	return nil
}
