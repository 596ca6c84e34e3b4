package autoemail

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// Suits returns the agent's active auto emails that a home would suit, by name, whatever happened to it: the matcher the
// other way round. Faults: NotFound.
func (r *Runner) Suits(ctx context.Context, by agents.ID, home listings.ID) ([]Search, error) {
	all, err := r.suits(ctx, by, home)
	if err != nil {
		return nil, fmt.Errorf("autoemail: whom home %d suits: %w", home, err)
	}
	return all, nil
}

func (r *Runner) suits(ctx context.Context, by agents.ID, home listings.ID) ([]Search, error) {
	homes, err := listings.FactsOf(ctx, r.Read, []listings.ID{home}, r.now())
	if err != nil {
		return nil, err
	}
	facts, there := homes[home]
	if !there {
		return nil, fault.New(fault.NotFound, "There is no such home here.")
	}
	index, err := r.follow(ctx)
	if err != nil {
		return nil, err
	}
	var suited []Search
	for some := range slices.Chunk(index.Match(facts, "", nil), 5000) {
		var rows []Search
		if err := r.Read.NewSelect().Model(&rows).Where("s.id IN (?)", bun.List(some)).Where("s.agent_id = ?", by).Where("s.state = 'active'").Scan(ctx); err != nil {
			return nil, err
		}
		for i := range rows {
			if s := &rows[i]; readRow(s) == nil && Wants(&s.Criteria, s.Events, facts, "") {
				suited = append(suited, *s)
			}
		}
	}
	slices.SortFunc(suited, func(a, b Search) int {
		if by := strings.Compare(a.NameKey, b.NameKey); by != 0 {
			return by
		}
		return int(a.ID - b.ID)
	})
	return suited, nil
}
