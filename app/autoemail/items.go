package autoemail

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Items returns matches of an agent as they stand, in the order asked, each once. Faults: NotFound where one is not there
// or not theirs.
func Items(ctx context.Context, db bun.IDB, by agents.ID, ids []int64) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var found []Item
	err := db.NewRaw("SELECT x.*, s.name AS search_name FROM matches AS x JOIN searches AS s ON s.id = x.search_id WHERE x.agent_id = ? AND s.state <> 'deleted' AND x.id IN (?)",
		by, bun.List(ids)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("autoemail: items: %w", err)
	}
	byID := make(map[int64]Item, len(found))
	for _, item := range found {
		byID[item.ID] = item
	}
	var all []Item
	seen := map[int64]bool{}
	for _, id := range ids {
		item, there := byID[id]
		if !there {
			return nil, fault.New(fault.NotFound, "This home is not in your queue any more.")
		}
		if !seen[id] {
			seen[id] = true
			all = append(all, item)
		}
	}
	return all, nil
}

// Vets says whether an agent has an auto email in concierge mode, running or paused.
func Vets(ctx context.Context, db bun.IDB, by agents.ID) (bool, error) {
	var n int
	err := db.NewRaw("SELECT COUNT(*) FROM (SELECT 1 FROM searches WHERE agent_id = ? AND concierge AND state <> 'deleted' LIMIT 1) AS one", by).Scan(ctx, &n)
	if err != nil {
		return false, fmt.Errorf("autoemail: concierge mode: %w", err)
	}
	return n > 0, nil
}
