package agents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
)

// Pace is how many letters to clients the house lets leave at most, because its mail provider refuses more. 0: no limit.
type Pace struct {
	bun.BaseModel `bun:"table:house_pace,alias:hp"`

	ID        int64 `bun:"id,pk"`
	PerMinute int   `bun:"per_minute"`
	PerDay    int   `bun:"per_day"` // in any 24 hours
	Version   int64 `bun:"version"`
}

// MostPaced is the highest limit that can be set.
const MostPaced = 1_000_000

// LoadPace returns it; before anybody set any, the zero value.
func LoadPace(ctx context.Context, db bun.IDB) (Pace, error) {
	var p Pace
	if err := db.NewSelect().Model(&p).Where("id = 1").Scan(ctx); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return Pace{}, fmt.Errorf("agents: load the pace: %w", err)
	}
	return p, nil
}

// SavePace changes it. Faults: Denied, Invalid (per_minute, per_day), Conflict if saved elsewhere meanwhile.
func SavePace(ctx context.Context, db bun.IDB, by Agent, p Pace) (Pace, error) {
	if !by.Broker() {
		return Pace{}, onlyBrokers()
	}
	var form fault.Form
	for _, one := range []struct {
		field string
		n     int
	}{{"per_minute", p.PerMinute}, {"per_day", p.PerDay}} {
		if one.n < 0 || one.n > MostPaced {
			form.Add(one.field, "Give a whole number up to a million, or leave it empty for no limit.")
		}
	}
	if err := form.Err(); err != nil {
		return Pace{}, err
	}
	had := p.Version
	p.ID, p.Version = 1, had+1
	if err := saveOne(ctx, db, &p, had, "per_minute", "per_day"); err != nil {
		return Pace{}, fmt.Errorf("agents: save the pace: %w", err)
	}
	return p, nil
}

// saveOne writes the one row of a setting whose version was had; 0: nobody set it yet. Faults: Conflict.
func saveOne(ctx context.Context, db bun.IDB, row any, had int64, columns ...string) error {
	var result sql.Result
	var err error
	if had == 0 {
		result, err = db.NewInsert().Model(row).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	} else {
		result, err = db.NewUpdate().Model(row).Column(append(columns, "version")...).Where("id = 1").Where("version = ?", had).Exec(ctx)
	}
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fault.New(fault.Conflict, "Someone saved this page while you were looking at it. Look at what changed and save again.")
	}
	return nil
}
