package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Join makes a client of the same agent the second person of a portal. What they thought of homes comes along, for the
// homes sent to them show there, too; what they wrote stays where it was said. Nobody is of two households. Faults: Conflict
// (one of them is in a household already), NotFound.
func Join(ctx context.Context, db bun.IDB, by agents.ID, client, member clients.ID, now time.Time) error {
	if client == member {
		return fault.New(fault.Conflict, "Nobody shares a portal with themself.")
	}
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		// Of two who would join the same person at once, the second waits here and then sees what the first wrote.
		if err := Hold(ctx, db, client, member); err != nil {
			return err
		}
		both := []clients.ID{client, member}
		var people []clients.Client
		if err := db.NewSelect().Model(&people).Where("id IN (?)", bun.List(both)).Where("agent_id = ?", by).Scan(ctx); err != nil {
			return err
		}
		if len(people) != 2 {
			return fault.New(fault.NotFound, "There is no such client here.")
		}
		taken, err := sharing(ctx, db, both)
		if err != nil {
			return err
		}
		for _, one := range people {
			if taken[one.ID] {
				return fault.New(fault.Conflict, "%s shares a portal already. A portal is for two, and nobody is in two of them.", one.Name())
			}
		}
		result, err := db.ExecContext(ctx, `INSERT INTO household (member_id, client_id, joined_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, member, client, now)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return fault.New(fault.Conflict, "Somebody was faster. Look once more.")
		}
		if _, err := db.ExecContext(ctx, `DELETE FROM household_invitations WHERE client_id IN (?)`, bun.List(both)); err != nil {
			return err
		}
		return carry(ctx, db, member, member, client)
	})
	if f := fault.As(err); f != nil {
		return f
	}
	if err != nil {
		return fmt.Errorf("portal: join clients %d and %d: %w", client, member, err)
	}
	return nil
}

// Part takes the second person out again, by either of the two or the agent. Their reactions go with them into a portal of
// their own; messages stay in the portal where they were written. Faults: NotFound.
func Part(ctx context.Context, db bun.IDB, member clients.ID) error {
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var client clients.ID
		err := db.NewRaw(`SELECT client_id FROM household WHERE member_id = ?`, member).Scan(ctx, &client)
		if errors.Is(err, sql.ErrNoRows) {
			return parted()
		}
		if err != nil {
			return err
		}
		if err := Hold(ctx, db, client, member); err != nil {
			return err
		}
		result, err := db.ExecContext(ctx, `DELETE FROM household WHERE member_id = ? AND client_id = ?`, member, client)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return parted()
		}
		return carry(ctx, db, member, client, member)
	})
	if f := fault.As(err); f != nil {
		return f
	}
	if err != nil {
		return fmt.Errorf("portal: part client %d: %w", member, err)
	}
	return nil
}

func parted() error { return fault.New(fault.NotFound, "They share no portal any more.") }

// Dissolve parts the household of a client who is about to be deleted, so that what the other one thought of homes stays
// theirs and nothing of the deleted one stays. It is no fault where there is none.
func Dissolve(ctx context.Context, db bun.IDB, client clients.ID) error {
	together, err := Together(ctx, db, client)
	if err != nil || len(together) < 2 {
		return err
	}
	if err := Part(ctx, db, together[1]); fault.Of(err) != fault.NotFound {
		return err
	}
	return nil
}

// Household returns who shares a portal: its client first, then the second person.
func Household(ctx context.Context, db bun.IDB, client clients.ID) ([]clients.Client, error) {
	ids, err := Together(ctx, db, client)
	if err != nil {
		return nil, err
	}
	var people []clients.Client
	if err := db.NewSelect().Model(&people).Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("portal: household of client %d: %w", client, err)
	}
	slices.SortFunc(people, func(a, b clients.Client) int { return slices.Index(ids, a.ID) - slices.Index(ids, b.ID) })
	return people, nil
}

// Hold has whoever else would change these clients, or who shares their portals, wait until the transaction ends. The
// lowest id is always locked first, so that two never wait for each other.
func Hold(ctx context.Context, db bun.Tx, ids ...clients.ID) error {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		// Writing a row as it is locks it on PostgreSQL; SQLite's one writer is alone anyway.
		if _, err := db.ExecContext(ctx, `UPDATE clients SET version = version WHERE id = ?`, id); err != nil {
			return fmt.Errorf("portal: hold client %d: %w", id, err)
		}
	}
	return nil
}

// sharing says which of some clients are in a household, as its first or its second.
func sharing(ctx context.Context, db bun.IDB, ids []clients.ID) (map[clients.ID]bool, error) {
	var rows []struct{ MemberID, ClientID clients.ID }
	err := db.NewRaw(`SELECT member_id, client_id FROM household WHERE member_id IN (?) OR client_id IN (?)`, bun.List(ids), bun.List(ids)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("portal: who shares a portal: %w", err)
	}
	taken := map[clients.ID]bool{}
	for _, r := range rows {
		taken[r.MemberID], taken[r.ClientID] = true, true
	}
	return taken, nil
}

// carry takes what a person thought of homes, and which they opened, from one portal to another. Where both know something,
// the later reaction counts.
func carry(ctx context.Context, db bun.Tx, member, from, to clients.ID) error {
	for _, text := range []string{
		`INSERT INTO reactions (client_id, listing_id, member_id, kind, at) SELECT ?0, listing_id, member_id, kind, at FROM reactions WHERE client_id = ?1 AND member_id = ?2
			ON CONFLICT (client_id, listing_id, member_id) DO UPDATE SET kind = excluded.kind, at = excluded.at WHERE excluded.at > reactions.at`,
		`DELETE FROM reactions WHERE client_id = ?1 AND member_id = ?2`,
		`INSERT INTO home_visits (client_id, listing_id, member_id, first_at, last_at, n) SELECT ?0, listing_id, member_id, first_at, last_at, n FROM home_visits WHERE client_id = ?1 AND member_id = ?2
			ON CONFLICT (client_id, listing_id, member_id) DO UPDATE SET n = home_visits.n + excluded.n,
			first_at = CASE WHEN excluded.first_at < home_visits.first_at THEN excluded.first_at ELSE home_visits.first_at END,
			last_at = CASE WHEN excluded.last_at > home_visits.last_at THEN excluded.last_at ELSE home_visits.last_at END`,
		`DELETE FROM home_visits WHERE client_id = ?1 AND member_id = ?2`,
	} {
		if _, err := db.ExecContext(ctx, text, to, from, member); err != nil {
			return err
		}
	}
	return nil
}
