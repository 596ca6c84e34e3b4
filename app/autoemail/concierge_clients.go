package autoemail

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// UnsentClients is for how many clients homes wait in an agent's queue.
func UnsentClients(ctx context.Context, db bun.IDB, agent agents.ID) (int, error) {
	var n int
	err := db.NewRaw("SELECT count(DISTINCT x.client_id) FROM matches AS x WHERE x.agent_id = ? AND x.state = 'unsent'"+inQueue+
		" AND x.search_id NOT IN (SELECT id FROM searches WHERE agent_id = ? AND state = 'deleted')", agent, agent).Scan(ctx, &n)
	if err != nil {
		return 0, fmt.Errorf("autoemail: clients in the queue of agent %d: %w", agent, err)
	}
	return n, nil
}
