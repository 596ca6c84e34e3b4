package clients

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Move gives a client to another agent, with everything that stands in their record. What else is the agent's (consent, auto
// e-mails, messages) the caller moves in the same transaction. Faults: NotFound (client of this agent), Invalid (agent: the
// same one, or none), Conflict (the other agent has this address among their clients).
func Move(ctx context.Context, db bun.IDB, from, to agents.ID, id ID, now time.Time) (before, after Client, err error) {
	var form fault.Form
	if from == to {
		form.Add("agent", "Choose another agent.")
		return before, after, form.Err()
	}
	if _, err := agents.Find(ctx, db, to); fault.Of(err) == fault.NotFound && err != nil {
		form.Add("agent", "Choose one of the agents here.")
		return before, after, form.Err()
	} else if err != nil {
		return before, after, fmt.Errorf("clients: move %d: %w", id, err)
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if before, err = Find(ctx, db, from, id); err != nil {
			return err
		}
		after = before
		after.AgentID, after.UpdatedAt, after.Version = to, now, before.Version+1
		var twin fault.Form
		if err := checkTwin(ctx, db, after, &twin); err != nil {
			return err
		}
		if twin.Err() != nil {
			return fault.New(fault.Conflict, "This address is among the other agent’s clients already. Two records of one person can’t be made one here: delete one of them first.")
		}
		result, err := db.NewUpdate().Model(&after).Column("agent_id", "updated_at", "version").
			Where("id = ?", id).Where("agent_id = ?", from).Where("version = ?", before.Version).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return conflict()
		}
		// In the order of agents, so that two moves at once can't wait for each other.
		steps := []func() error{
			func() error { return count(ctx, db, from, after.Status, "") },
			func() error { return count(ctx, db, to, "", after.Status) },
		}
		if to < from {
			steps[0], steps[1] = steps[1], steps[0]
		}
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if f := fault.As(err); f != nil {
		return Client{}, Client{}, f
	}
	if err != nil {
		return Client{}, Client{}, fmt.Errorf("clients: move %d: %w", id, err)
	}
	return before, after, nil
}
