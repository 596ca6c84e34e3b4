package autoemail

import (
	"context"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/letters"
)

// permit is what the ledger said of a client: a permit, or why there is none.
type permit struct {
	consent.Permit
	say string
}

// desk prepares what all of an agent's letters have in common. Faults: as letters.Draft.
func (j *job) desk(ctx context.Context, id agents.ID) (*desk, error) {
	by, err := agents.Find(ctx, j.Read, id)
	if err != nil {
		return nil, err
	}
	d := &desk{job: j, by: by}
	d.draft, err = letters.Draft(ctx, j.Read, by, j.house, j.BaseURL, "", "")
	return d, err
}

// gather finds what is due to some clients. Those that were deleted meanwhile are left out.
func (d *desk) gather(ctx context.Context, some []party) ([]*parcel, error) {
	ids, picked := make([]clients.ID, len(some)), []clients.ID{}
	for i, p := range some {
		if ids[i] = p.ClientID; p.Picked {
			picked = append(picked, p.ClientID)
		}
	}
	permits, err := d.permits(ctx, ids)
	if err != nil {
		return nil, err
	}
	approved, err := approvedFor(ctx, d.Read, d.by.ID, picked)
	if err != nil {
		return nil, err
	}
	all, err := d.thatLeave(ctx, d.Read, d.by.ID, ids, approved)
	if err != nil {
		return nil, err
	}
	searches := make(map[ID]*Search, len(all))
	var due []ID
	for i := range all {
		s := &all[i]
		if readRow(s) != nil {
			continue // Tend pauses it
		}
		searches[s.ID] = s
		if d.isDue(s) {
			due = append(due, s.ID)
		}
	}
	found, err := waitingFor(ctx, d.Read, due)
	if err != nil {
		return nil, err
	}
	found = append(found, approved...)
	var parcels []*parcel
	for _, id := range ids {
		to, there := permits[id]
		if !there {
			continue
		}
		p := &parcel{client: id, to: to}
		taken := map[ID]bool{}
		take := func(s *Search) {
			if !taken[s.ID] {
				taken[s.ID] = true
				p.searches = append(p.searches, s)
			}
		}
		for i := range all {
			if s := &all[i]; s.ClientID == id && searches[s.ID] != nil && d.isDue(s) {
				take(s)
			}
		}
		for _, m := range found {
			if s := searches[m.SearchID]; m.ClientID == id && s != nil {
				take(s)
				p.waits = append(p.waits, m)
			}
		}
		parcels = append(parcels, p)
	}
	return parcels, nil
}

// isDue says whether an auto email sends now by its schedule. In concierge mode there is none.
func (j *job) isDue(s *Search) bool {
	return s.State == Active && s.Begun && !s.Concierge && !s.NextAt.IsZero() && !s.NextAt.After(j.now)
}

// waitingFor is what waits for auto emails that are due, oldest first.
func waitingFor(ctx context.Context, db bun.IDB, due []ID) (found []Match, err error) {
	if len(due) > 0 {
		err = db.NewSelect().Model(&found).Where("x.search_id IN (?)", bun.List(due)).Where("x.state = 'waiting'").OrderExpr("x.id").Scan(ctx)
	}
	return found, err
}

// approvedFor is what was approved for clients, oldest first.
func approvedFor(ctx context.Context, db bun.IDB, agent agents.ID, picked []clients.ID) (found []Match, err error) {
	if len(picked) > 0 {
		err = db.NewSelect().Model(&found).Where("x.client_id IN (?)", bun.List(picked)).Where("x.agent_id = ?", agent).Where("x.state = 'approved'").OrderExpr("x.id").Scan(ctx)
	}
	return found, err
}

// permits asks the ledger for all at once, and one by one where it knows one of them no more.
func (d *desk) permits(ctx context.Context, ids []clients.ID) (map[clients.ID]permit, error) {
	all := make(map[clients.ID]permit, len(ids))
	granted, refused, err := d.Ledger.CheckAll(ctx, d.Read, d.by.ID, ids, d.now)
	if fault.Of(err) == fault.NotFound && len(ids) > 1 {
		for _, id := range ids {
			one, err := d.permits(ctx, []clients.ID{id})
			if err != nil {
				return nil, err
			}
			if to, there := one[id]; there {
				all[id] = to
			}
		}
		return all, nil
	}
	if err != nil && fault.Of(err) != fault.NotFound {
		return nil, err
	}
	for _, p := range granted {
		all[p.Client()] = permit{Permit: p}
	}
	for _, r := range refused {
		all[r.Client] = permit{say: r.Say}
	}
	return all, nil
}
