package autoemail

import (
	"context"
	"database/sql"
	"slices"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// activeNow reads the auto emails of pairs as they are, and on PostgreSQL keeps others from changing them until the
// transaction ends. What they want is read only of those that the index does not know as they are; of the others there are no Events.
func activeNow(ctx context.Context, db bun.Tx, index *Index, some []pair) (map[ID]*Search, error) {
	ids := make([]ID, len(some))
	for i := range some {
		ids[i] = some[i].search
	}
	query := db.NewSelect().Model((*Search)(nil)).Column(standing...).
		Where("s.id IN (?)", bun.List(inTurn(ids))).Where("s.state = 'active'").OrderExpr("s.id")
	if !onSQLite(db) {
		query = query.For("UPDATE")
	}
	rows, err := readStanding(ctx, query)
	if err != nil {
		return nil, err
	}
	all := make(map[ID]*Search, len(rows))
	paces := map[[2]string]Search{} // there are few
	var changed []ID
	for i := range rows {
		s := &rows[i]
		pace, known := paces[[2]string{s.ScheduleRaw, s.SlowedRaw}]
		if !known {
			pace.ScheduleRaw, pace.SlowedRaw = s.ScheduleRaw, s.SlowedRaw
			if readPaces(&pace) != nil {
				continue
			}
			paces[[2]string{s.ScheduleRaw, s.SlowedRaw}] = pace
		}
		s.Schedule, s.Slowed = pace.Schedule, pace.Slowed
		all[s.ID] = s
		if !index.Has(s.ID, s.Version) {
			changed = append(changed, s.ID)
			delete(all, s.ID)
		}
	}
	if len(changed) == 0 {
		return all, nil
	}
	var whole []Search
	if err := db.NewSelect().Model(&whole).Where("s.id IN (?)", bun.List(changed)).Scan(ctx); err != nil {
		return nil, err
	}
	for i := range whole {
		if readRow(&whole[i]) == nil {
			all[whole[i].ID] = &whole[i]
		}
	}
	return all, nil
}

// standing are the columns by which the matcher goes, as readStanding reads them: by hand, because through Bun's hands they took
// longer than writing the matches.
var standing = []string{"id", "client_id", "agent_id", "schedule", "slowed", "concierge", "drops_direct", "since_event", "next_at", "version"}

func readStanding(ctx context.Context, query *bun.SelectQuery) ([]Search, error) {
	found, err := query.Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var rows []Search
	for found.Next() {
		var id, client, agent int64
		var next sql.NullTime
		rows = append(rows, Search{})
		s := &rows[len(rows)-1]
		if err := found.Scan(&id, &client, &agent, &s.ScheduleRaw, &s.SlowedRaw, &s.Concierge, &s.DropsDirect, &s.SinceEvent, &next, &s.Version); err != nil {
			return nil, err
		}
		s.ID, s.ClientID, s.AgentID, s.NextAt = ID(id), clients.ID(client), agents.ID(agent), next.Time
	}
	return rows, found.Err()
}

func onSQLite(db bun.IDB) bool { return db.Dialect().Name().String() == "sqlite" }

// dropped finds the pairs that need no agent: the price came down of a home that this auto email sent or is about to, and its
// agent wants such news to go straight through.
func dropped(ctx context.Context, db bun.Tx, some []pair, all []news, searches map[ID]*Search) (map[pair]bool, error) {
	type key struct {
		SearchID  ID
		ListingID listings.ID
	}
	asked := map[key][]pair{}
	var ids []ID
	var homes []listings.ID
	for _, p := range some {
		s, n := searches[p.search], &all[p.event]
		if s == nil || !s.Concierge || !s.DropsDirect || n.Kind != listings.EventPrice || n.OldPrice == nil || n.NewPrice == nil || *n.NewPrice >= *n.OldPrice {
			continue
		}
		k := key{s.ID, n.ListingID}
		asked[k] = append(asked[k], p)
		ids, homes = append(ids, s.ID), append(homes, n.ListingID)
	}
	direct := map[pair]bool{}
	if len(ids) == 0 {
		return direct, nil
	}
	slices.Sort(homes)
	var known []key
	err := db.NewRaw("SELECT DISTINCT search_id, listing_id FROM matches WHERE search_id IN (?) AND listing_id IN (?) AND state IN ('approved', 'sent')",
		bun.List(inTurn(ids)), bun.List(slices.Compact(homes))).Scan(ctx, &known)
	for _, k := range known {
		for _, p := range asked[k] {
			direct[p] = true
		}
	}
	return direct, err
}

// insertMatch adds a match that was never found before.
const insertMatch = `INSERT INTO matches (search_id, client_id, agent_id, listing_id, kind, once_key, old_price, new_price, found_status, state, note, reason, mailing_id, found_at, decided_at, decided_by, version)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', 0, ?, ?, 0, 1) ON CONFLICT (search_id, once_key) DO NOTHING`

// insertMatches adds matches; one that was found before, in whatever state it is, stays as it is. To PostgreSQL many go
// together; SQLite takes longer to read their SQL than to carry it out, and reads it once.
func insertMatches(ctx context.Context, db bun.Tx, rows []Match) error {
	if len(rows) == 0 {
		return nil
	}
	if !onSQLite(db) {
		for some := range slices.Chunk(rows, 1000) {
			if _, err := db.NewInsert().Model(&some).On("CONFLICT (search_id, once_key) DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	insert, err := db.PrepareContext(ctx, insertMatch)
	if err != nil {
		return err
	}
	defer insert.Close()
	for i := range rows {
		m := &rows[i]
		// The times are in UTC and whole microseconds, so they are written as Bun writes them.
		_, err := insert.ExecContext(ctx, int64(m.SearchID), int64(m.ClientID), int64(m.AgentID), int64(m.ListingID), string(m.Kind), m.OnceKey, m.OldPrice, m.NewPrice, string(m.FoundStatus), string(m.State),
			m.FoundAt, orNull(m.DecidedAt))
		if err != nil {
			return err
		}
	}
	return nil
}

// plan says when a letter leaves from auto emails for which homes wait and none is planned.
func (j *job) plan(ctx context.Context, db bun.Tx, waits map[ID]*Search) error {
	var some []Search
	for _, s := range waits {
		if s.NextAt.IsZero() && !s.Concierge {
			some = append(some, *s)
		}
	}
	for at, ids := range j.dueAt(some) {
		_, err := db.ExecContext(ctx, "UPDATE searches SET next_at = ? WHERE id IN (?) AND next_at IS NULL AND state = 'active' AND EXISTS (SELECT 1 FROM matches WHERE search_id = searches.id AND state = 'waiting')",
			at, bun.List(inTurn(ids)))
		if err != nil {
			return err
		}
	}
	return nil
}
