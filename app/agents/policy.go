package agents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// Policy is what the house wants beyond the law before a client is mailed.
type Policy struct {
	bun.BaseModel `bun:"table:house_policy,alias:hp"`

	ID       int64 `bun:"id,pk"`
	Confirms bool  `bun:"confirms"` // whom an agent adds is asked by mail, and mailed only when they said yes (confirmed opt-in)
	Version  int64 `bun:"version"`
}

// LoadPolicy returns it; before anybody set any, the zero value.
func LoadPolicy(ctx context.Context, db bun.IDB) (Policy, error) {
	var p Policy
	if err := db.NewSelect().Model(&p).Where("id = 1").Scan(ctx); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Policy{}, fmt.Errorf("agents: load the policy: %w", err)
	}
	return p, nil
}

// SavePolicy changes it for whoever is added from now on. Faults: Denied, Conflict if saved elsewhere meanwhile.
func SavePolicy(ctx context.Context, db bun.IDB, by Agent, p Policy) (Policy, error) {
	if !by.Broker() {
		return Policy{}, onlyBrokers()
	}
	had := p.Version
	p.ID, p.Version = 1, had+1
	if err := saveOne(ctx, db, &p, had, "confirms"); err != nil {
		return Policy{}, fmt.Errorf("agents: save the policy: %w", err)
	}
	return p, nil
}
