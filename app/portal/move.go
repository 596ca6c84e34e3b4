package portal

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Together returns the ids of those who share a portal with a client, the client among them, whose portal it is first. They
// have one agent, so they move together.
func Together(ctx context.Context, db bun.IDB, client clients.ID) ([]clients.ID, error) {
	first := client
	var rows []struct{ ClientID, MemberID clients.ID }
	err := db.NewRaw(`SELECT client_id, member_id FROM household WHERE client_id = coalesce((SELECT client_id FROM household WHERE member_id = ?), ?) ORDER BY member_id`, client, client).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("portal: who shares a portal with client %d: %w", client, err)
	}
	if len(rows) > 0 {
		first = rows[0].ClientID
	}
	ids := []clients.ID{first}
	for _, r := range rows {
		ids = append(ids, r.MemberID)
	}
	return ids, nil
}

// Move gives what a client wrote to another agent to read; what the agent until now wrote stays theirs, for nobody's words may
// become another's. Reactions, own searches and devices are the client's own. Call it in the transaction of clients.Move.
func Move(ctx context.Context, db bun.IDB, client clients.ID, to agents.ID) error {
	if _, err := db.NewUpdate().Model((*Message)(nil)).Set("agent_id = ?", to).Where("client_id = ?", client).Where("author = ?", FromClient).Exec(ctx); err != nil {
		return fmt.Errorf("portal: move client %d to agent %d: %w", client, to, err)
	}
	return nil
}
