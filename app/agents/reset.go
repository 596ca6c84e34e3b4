package agents

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// ResetPassword sets an agent's password without asking for the present one, for whoever hosts Porchlight and can prove
// it by reaching its database. It ends all of the agent's sessions, forgets the devices and lifts what wrong tries have
// blocked for this address. Faults: NotFound, Invalid (password).
func ResetPassword(ctx context.Context, db bun.IDB, email, password string) (Agent, error) {
	agent, key, err := claimed(ctx, db, email)
	if err != nil {
		return Agent{}, err
	}
	if agent.ID == 0 {
		return Agent{}, fault.New(fault.NotFound, "Nobody signs in as %s.", email)
	}
	var form fault.Form
	if err := checkPassword(password, agent.Name, agent.Email); err != nil {
		form.Add("password", "%s", err)
		return Agent{}, form.Err()
	}
	stored, err := hash(ctx, password)
	if err != nil {
		return Agent{}, fmt.Errorf("agents: hash a password: %w", err)
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := db.NewUpdate().Model((*Agent)(nil)).Set("password_hash = ?", stored).Where("id = ?", agent.ID).Exec(ctx); err != nil {
			return err
		}
		if err := forgive(ctx, db, gaugesOf(key, "", "")[:1]); err != nil {
			return err
		}
		return SignOutEverywhere(ctx, db, agent.ID, "")
	})
	if err != nil {
		return Agent{}, fmt.Errorf("agents: reset the password of agent %d: %w", agent.ID, err)
	}
	return agent, nil
}
