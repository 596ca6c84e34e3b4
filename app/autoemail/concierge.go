package autoemail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Item is a match as the queue shows it.
type Item struct {
	Match
	SearchName string
}

// Group is what waits for one client.
type Group struct {
	Client clients.ID
	Name   string
	Oldest time.Time // of what waits
	Late   bool      // longer than the agent's own limit
	Shut   string    // why nothing can leave to them now, a sentence; empty: it can
	Items  []Item    // newest first
}

// Tab chooses what the queue shows.
type Tab struct {
	Agent  agents.ID
	Client clients.ID // 0: all
	State  MatchState // Unsent (with Approved ones, which have not left yet), Rejected or Sent
	After  string     // Next of the page before
	Limit  int        // homes; 0: 50
}

const tabLimit = 50

// Queue returns a tab by client: whoever waits longest first in Unsent, the latest decision first in the others.
func Queue(ctx context.Context, db bun.IDB, ledger Shutter, t Tab, now time.Time) (groups []Group, next string, err error) {
	if t.Limit <= 0 {
		t.Limit = tabLimit
	}
	var items []Item
	if t.State == Unsent {
		items, next, err = t.waiting(ctx, db)
	} else {
		items, next, err = t.decided(ctx, db)
	}
	if err != nil {
		return nil, "", fmt.Errorf("autoemail: the queue of agent %d: %w", t.Agent, err)
	}
	groups, err = byClient(ctx, db, ledger, t.Agent, items, now)
	return groups, next, err
}

// Shutter says which clients can't be mailed now and why; consent.Ledger does.
type Shutter interface {
	Refused(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID, now time.Time) (map[clients.ID]string, error)
}

// byClient puts matches together by client, in the order in which the clients first come.
func byClient(ctx context.Context, db bun.IDB, ledger Shutter, agent agents.ID, items []Item, now time.Time) ([]Group, error) {
	if len(items) == 0 {
		return nil, nil
	}
	var groups []Group
	at := map[clients.ID]int{}
	var ids []clients.ID
	for _, item := range items {
		i, known := at[item.ClientID]
		if !known {
			i = len(groups)
			at[item.ClientID], ids = i, append(ids, item.ClientID)
			groups = append(groups, Group{Client: item.ClientID})
		}
		groups[i].Items = append(groups[i].Items, item)
	}
	var people []clients.Client
	if err := db.NewSelect().Model(&people).Column("id", "first_name", "last_name").Where("id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("autoemail: clients of the queue: %w", err)
	}
	for _, c := range people {
		groups[at[c.ID]].Name = c.Name()
	}
	habits, err := HabitsOf(ctx, db, agent)
	if err != nil {
		return nil, err
	}
	oldest, err := oldestOf(ctx, db, agent, ids)
	if err != nil {
		return nil, err
	}
	shut, err := ledger.Refused(ctx, db, agent, ids, now)
	if err != nil {
		return nil, err
	}
	for i := range groups {
		g := &groups[i]
		g.Oldest, g.Shut = oldest[g.Client], shut[g.Client]
		g.Late = habits.late(g.Oldest, now)
	}
	return groups, nil
}

// late says whether what was found at a time waits longer than the agent means anybody to wait; zero never does.
func (h Habits) late(found, now time.Time) bool {
	return !found.IsZero() && now.Sub(found) > time.Duration(h.LimitHours)*time.Hour
}

// Backlog is how much waits in an agent's queue.
type Backlog struct {
	Unsent         int
	Rejected, Sent int       // at most MostCounted
	Oldest         time.Time // of Unsent; zero: nothing waits
	Late           bool      // the oldest waits longer than the agent's own limit
}

// MostCounted is as far as is counted what an agent has decided: after some years that is a million, and nobody reads the number.
const MostCounted = 1000

// Count returns an agent's backlog; Unsent alone is cheap enough for every page.
func Count(ctx context.Context, db bun.IDB, agent agents.ID, now time.Time) (Backlog, error) {
	var log Backlog
	habits, err := HabitsOf(ctx, db, agent)
	if err != nil {
		return log, err
	}
	if log.Unsent, err = Unseen(ctx, db, agent); err != nil {
		return log, err
	}
	if log.Rejected, err = decided(ctx, db, agent, Rejected); err != nil {
		return log, err
	}
	if log.Sent, err = decided(ctx, db, agent, Sent); err != nil {
		return log, err
	}
	if log.Unsent == 0 {
		return log, nil
	}
	var oldest bun.NullTime
	err = db.NewRaw(`SELECT x.found_at FROM matches AS x JOIN searches AS s ON s.id = x.search_id
 WHERE x.agent_id = ? AND x.state = 'unsent'`+inQueue+` AND s.state <> 'deleted' ORDER BY x.found_at LIMIT 1`, agent).Scan(ctx, &oldest)
	if err != nil {
		return log, fmt.Errorf("autoemail: the oldest of agent %d’s queue: %w", agent, err)
	}
	log.Oldest = oldest.Time.UTC()
	log.Late = habits.late(log.Oldest, now)
	return log, nil
}

func decided(ctx context.Context, db bun.IDB, agent agents.ID, state MatchState) (int, error) {
	var n int
	err := db.NewRaw(`SELECT COUNT(*) FROM (SELECT 1 FROM matches AS x JOIN searches AS s ON s.id = x.search_id
 WHERE x.agent_id = ? AND x.state = ?`+isDecided+` AND s.state <> 'deleted' LIMIT ?) AS counted`, agent, state, int64(MostCounted)).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("autoemail: count what agent %d %s: %w", agent, state, err)
	}
	return n, nil
}

// Unseen returns how many matches wait for an agent's decision: the number in the navigation.
func Unseen(ctx context.Context, db bun.IDB, agent agents.ID) (int, error) {
	var n int
	err := db.NewRaw(`SELECT COUNT(*) FROM matches AS x JOIN searches AS s ON s.id = x.search_id
 WHERE x.agent_id = ? AND x.state = 'unsent'`+inQueue+` AND s.state <> 'deleted'`, agent).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("autoemail: count what waits for agent %d: %w", agent, err)
	}
	return n, nil
}
