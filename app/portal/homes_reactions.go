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
	"porchlight/app/listings"
)

// Kinds are the kinds of reaction in the order pages offer them.
var Kinds = []Kind{Favorite, Possibility, Discard}

// React writes what a person thinks of a home; an empty kind takes it back. It returns what stood before, for Undo. Faults:
// Invalid (kind), NotFound (never sent), Denied (read-only).
func React(ctx context.Context, db bun.IDB, v Visitor, home listings.ID, kind Kind, now time.Time) (before Kind, err error) {
	if v.ReadOnly {
		return "", onlyLooks()
	}
	switch kind {
	case "", Favorite, Possibility, Discard:
	default:
		return "", fault.New(fault.Invalid, "Choose Favorite, Possibility or Discard.")
	}
	if err := open(ctx, db, v, home); err != nil {
		return "", err
	}
	err = db.NewSelect().Model((*Reaction)(nil)).Column("kind").Where("client_id = ?", v.Client.ID).Where("listing_id = ?", home).Where("member_id = ?", v.Member.ID).Scan(ctx, &before)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("portal: what client %d thought of home %d: %w", v.Member.ID, home, err)
	}
	if kind == before {
		return before, nil // the same pressed twice
	}
	if kind == "" {
		_, err = db.NewDelete().Model((*Reaction)(nil)).Where("client_id = ?", v.Client.ID).Where("listing_id = ?", home).Where("member_id = ?", v.Member.ID).Exec(ctx)
	} else {
		row := Reaction{ClientID: v.Client.ID, ListingID: home, MemberID: v.Member.ID, Kind: kind, At: now}
		_, err = db.NewInsert().Model(&row).On("CONFLICT (client_id, listing_id, member_id) DO UPDATE").Set("kind = EXCLUDED.kind").Set("at = EXCLUDED.at").Exec(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("portal: react to home %d: %w", home, err)
	}
	return before, nil
}

// Reactions returns what a household thinks of homes, its client's first.
func Reactions(ctx context.Context, db bun.IDB, client clients.ID, homes []listings.ID) (map[listings.ID][]Reaction, error) {
	all := map[listings.ID][]Reaction{}
	if len(homes) == 0 {
		return all, nil
	}
	var rows []Reaction
	err := db.NewSelect().Model(&rows).Where("client_id = ?", client).Where("listing_id IN (?)", bun.List(homes)).Where("member_id IN "+people, client, client).
		OrderExpr("listing_id, CASE member_id WHEN ? THEN 0 ELSE 1 END, member_id", client).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal: reactions of client %d: %w", client, err)
	}
	for _, r := range rows {
		all[r.ListingID] = append(all[r.ListingID], r)
	}
	return all, nil
}

// Hush is of which homes somebody wants to hear no more.
type Hush struct {
	Percent int // but for price drops of at least so much; 0: not even of those
	Homes   map[listings.ID]bool
}

// Quiet says whether news of a home stays untold. old and now are the prices of the news; nil: other news.
func (h Hush) Quiet(home listings.ID, old, now *int64) bool {
	if !h.Homes[home] {
		return false
	}
	drop := h.Percent > 0 && old != nil && now != nil && *old > 0 && *now < *old && float64(*old-*now)*100 >= float64(h.Percent)*float64(*old)
	return !drop
}

// Hushed says of which of these homes each of these clients wants to hear no more: discarded by anybody of the household and
// a favorite of nobody. Who wants to hear of all of them is not in the answer.
func Hushed(ctx context.Context, db bun.IDB, of []clients.ID, homes []listings.ID) (map[clients.ID]Hush, error) {
	all := map[clients.ID]Hush{}
	if len(of) == 0 || len(homes) == 0 {
		return all, nil
	}
	var rows []struct {
		ClientID  clients.ID
		ListingID listings.ID
		Percent   int
	}
	err := db.NewRaw(`SELECT DISTINCT c.id AS client_id, r.listing_id, coalesce(po.drop_percent, ?) AS percent
		FROM clients AS c LEFT JOIN household AS hh ON hh.member_id = c.id
		JOIN reactions AS r ON r.client_id = coalesce(hh.client_id, c.id) LEFT JOIN portals AS po ON po.client_id = r.client_id
		WHERE c.id IN (?) AND r.listing_id IN (?) AND r.kind = 'discard'
		AND (r.member_id = r.client_id OR EXISTS (SELECT 1 FROM household AS m WHERE m.member_id = r.member_id AND m.client_id = r.client_id))
		AND NOT EXISTS (SELECT 1 FROM reactions AS f WHERE f.client_id = r.client_id AND f.listing_id = r.listing_id AND f.kind = 'favorite'
			AND (f.member_id = f.client_id OR EXISTS (SELECT 1 FROM household AS n WHERE n.member_id = f.member_id AND n.client_id = f.client_id)))`,
		UsualDrop, bun.List(of), bun.List(homes)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("portal: what stays quiet: %w", err)
	}
	for _, r := range rows {
		one := all[r.ClientID]
		if one.Homes == nil {
			one = Hush{Percent: r.Percent, Homes: map[listings.ID]bool{}}
			all[r.ClientID] = one
		}
		one.Homes[r.ListingID] = true
	}
	return all, nil
}

// Quiet says of which homes a client wants to hear no more, but for price drops of at least the share they set: discarded by
// anybody of the household and a favorite of nobody. old and new are the prices of the news; nil: other news.
func Quiet(ctx context.Context, db bun.IDB, client clients.ID, homes []listings.ID, prices map[listings.ID][2]*int64) (map[listings.ID]bool, error) {
	hushed, err := Hushed(ctx, db, []clients.ID{client}, homes)
	quiet := map[listings.ID]bool{}
	for _, home := range homes {
		if p := prices[home]; hushed[client].Quiet(home, p[0], p[1]) {
			quiet[home] = true
		}
	}
	return quiet, err
}
