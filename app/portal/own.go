package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// OwnSearch is a search a client keeps for themself. Nothing is ever sent because of it.
type OwnSearch struct {
	bun.BaseModel `bun:"table:own_searches,alias:os"`

	ID          int64             `bun:"id,pk,autoincrement"`
	ClientID    clients.ID        `bun:"client_id"` // whose portal
	Name        string            `bun:"name"`
	CriteriaRaw string            `bun:"criteria"`
	CreatedAt   time.Time         `bun:"created_at"`
	Criteria    listings.Criteria `bun:"-"`
}

// LongestName is how long an own search's name may be, in characters.
const LongestName = 80

// MostSearches is how many searches a client may keep.
const MostSearches = 20

// KeepSearch saves a client's own search, at most MostSearches of them; one without a name is called by its criteria. Kept twice it
// is there once. Faults: Invalid (name, criteria), Conflict (too many), Denied (the agent looks).
func KeepSearch(ctx context.Context, db bun.IDB, v Visitor, name string, c listings.Criteria, now time.Time) (OwnSearch, error) {
	if v.ReadOnly {
		return OwnSearch{}, fault.New(fault.Denied, "Only your client can keep a search here.")
	}
	one := OwnSearch{ClientID: v.Client.ID, Name: strings.Join(strings.Fields(name), " "), CreatedAt: now, Criteria: c}
	if one.Name == "" {
		one.Name = shortened(c.Words())
	}
	if utf8.RuneCountInString(one.Name) > LongestName {
		return OwnSearch{}, wrongSearch("name", "A name has at most 80 characters.")
	}
	if len(c.Values()) == 0 {
		return OwnSearch{}, wrongSearch("criteria", "Say at least one thing you look for: a town, a price, a number of beds.")
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return OwnSearch{}, fmt.Errorf("portal: keep a search: %w", err)
	}
	one.CriteriaRaw = string(raw)
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := Hold(ctx, db, v.Client.ID); err != nil { // of two at once the second counts the first
			return err
		}
		kept, err := OwnSearches(ctx, db, v.Client.ID)
		if err != nil {
			return err
		}
		for _, old := range kept {
			if old.Name == one.Name && old.CriteriaRaw == one.CriteriaRaw {
				one = old
				return nil
			}
		}
		if len(kept) >= MostSearches {
			return fault.New(fault.Conflict, "You keep %d searches already. Delete one of them first.", len(kept))
		}
		_, err = db.NewInsert().Model(&one).Exec(ctx)
		return err
	})
	if err != nil {
		return OwnSearch{}, fmt.Errorf("portal: keep a search of client %d: %w", v.Client.ID, err)
	}
	return one, nil
}

func wrongSearch(field, say string) error {
	return &fault.Error{Kind: fault.Invalid, Say: say, Fields: map[string]string{field: say}}
}

// shortened is a text of at most LongestName characters.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > LongestName {
		return string(runes[:LongestName-1]) + "…"
	}
	return text
}

// OwnSearches returns them, newest first. One whose criteria a later version wrote has none that can be read and finds nothing.
func OwnSearches(ctx context.Context, db bun.IDB, client clients.ID) ([]OwnSearch, error) {
	var all []OwnSearch
	if err := db.NewSelect().Model(&all).Where("os.client_id = ?", client).OrderExpr("os.id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("portal: searches of client %d: %w", client, err)
	}
	for i := range all {
		if json.Unmarshal([]byte(all[i].CriteriaRaw), &all[i].Criteria) != nil {
			all[i].Criteria = listings.Criteria{Statuses: []listings.Status{""}}
		}
	}
	return all, nil
}

// FindSearch returns one of a client's. Faults: NotFound.
func FindSearch(ctx context.Context, db bun.IDB, client clients.ID, id int64) (OwnSearch, error) {
	all, err := OwnSearches(ctx, db, client)
	if err != nil {
		return OwnSearch{}, err
	}
	for _, one := range all {
		if one.ID == id {
			return one, nil
		}
	}
	return OwnSearch{}, noSearch()
}

func noSearch() error { return fault.New(fault.NotFound, "This search is not here any more.") }

// DropSearch deletes one. Faults: NotFound, Denied (the agent looks).
func DropSearch(ctx context.Context, db bun.IDB, v Visitor, id int64) error {
	if v.ReadOnly {
		return fault.New(fault.Denied, "Only your client can delete a search here.")
	}
	result, err := db.NewDelete().Model((*OwnSearch)(nil)).Where("id = ?", id).Where("client_id = ?", v.Client.ID).Exec(ctx)
	if err != nil {
		return fmt.Errorf("portal: delete search %d: %w", id, err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("portal: delete search %d: %w", id, err)
	} else if n == 0 {
		return noSearch()
	}
	return nil
}
