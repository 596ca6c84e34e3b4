package clients

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Brought is one form of many: the client as saved, or the fault for which it can't be.
type Brought struct {
	Client Client
	Fault  error
}

// CreateMany adds a few hundred clients as Create does, in a handful of statements, so that a long import holds up
// nobody. A form that can't be taken (Invalid, as with Create) keeps no other out; of two with one address the first
// is taken. Call it inside a transaction. The counts of statuses are left to CountNew: in one transaction PostgreSQL
// counts one row a thousand times ever more slowly.
func CreateMany(ctx context.Context, db bun.IDB, owner agents.ID, forms []Form, now time.Time) ([]Brought, error) {
	all := make([]Brought, len(forms))
	wrong := make([]fault.Form, len(forms))
	mailboxes := make([]address.Address, len(forms))
	for i, f := range forms {
		c := Client{AgentID: owner, CreatedAt: now, UpdatedAt: now, Version: 1}
		mailboxes[i] = f.fill(&c, &wrong[i], now)
		all[i].Client = c
	}
	selves, twins, err := taken(ctx, db, owner, mailboxes)
	if err != nil {
		return nil, fmt.Errorf("clients: create many: %w", err)
	}
	var rows []Client
	for i, mailbox := range mailboxes {
		if mailbox != (address.Address{}) {
			if self, is := selves[mailbox.Mailbox()]; is {
				wrong[i].Add("email", "%s", selfWords(self))
			}
			if twin, is := twins[mailbox.Key()]; is {
				wrong[i].Add("email", "%s", twinWords(twin))
			}
		}
		if all[i].Fault = wrong[i].Err(); all[i].Fault == nil {
			twins[mailbox.Key()] = all[i].Client
			rows = append(rows, all[i].Client)
		}
	}
	ids, err := insert(ctx, db, rows)
	if err != nil {
		return nil, fmt.Errorf("clients: create many: %w", err)
	}
	for i := range all {
		if all[i].Fault != nil {
			continue
		}
		all[i].Client.ID = ids[all[i].Client.EmailKey]
		if all[i].Client.ID == 0 { // somebody was faster
			wrong[i].Add("email", "You added this address a moment ago.")
			all[i].Fault = wrong[i].Err()
		}
	}
	return all, nil
}

// taken are the agents and the owner's clients who have one of these addresses, by mailbox and by key.
func taken(ctx context.Context, db bun.IDB, owner agents.ID, mailboxes []address.Address) (map[string]agents.Agent, map[string]Client, error) {
	selves, twins := map[string]agents.Agent{}, map[string]Client{}
	var boxes, keys []string
	for _, mailbox := range mailboxes {
		if mailbox != (address.Address{}) {
			boxes, keys = append(boxes, mailbox.Mailbox()), append(keys, mailbox.Key())
		}
	}
	if len(keys) == 0 {
		return selves, twins, nil
	}
	var staff []agents.Agent
	if err := db.NewSelect().Model(&staff).Where("mailbox_key IN (?)", bun.List(boxes)).OrderExpr("id DESC").Scan(ctx); err != nil {
		return nil, nil, err
	}
	for _, a := range staff {
		selves[a.MailboxKey] = a
	}
	var had []Client
	if err := db.NewSelect().Model(&had).Where("agent_id = ?", owner).Where("email_key IN (?)", bun.List(keys)).Scan(ctx); err != nil {
		return nil, nil, err
	}
	for _, c := range had {
		twins[c.EmailKey] = c
	}
	return selves, twins, nil
}

// insert writes the clients and returns the new ones' ids by their address.
func insert(ctx context.Context, db bun.IDB, rows []Client) (map[string]ID, error) {
	ids := map[string]ID{}
	if len(rows) == 0 {
		return ids, nil
	}
	var made []struct {
		ID       ID     `bun:"id"`
		EmailKey string `bun:"email_key"`
	}
	if _, err := db.NewInsert().Model(&rows).On("CONFLICT (agent_id, email_key) DO NOTHING").Returning("id, email_key").Exec(ctx, &made); err != nil {
		return nil, err
	}
	for _, row := range made {
		ids[row.EmailKey] = row.ID
	}
	return ids, nil
}

// CountNew adds clients that CreateMany made to the counts of their statuses.
func CountNew(ctx context.Context, db bun.IDB, owner agents.ID, made map[Status]int) error {
	for _, status := range Statuses {
		if n := made[status]; n > 0 {
			if err := countBy(ctx, db, owner, status, n); err != nil {
				return fmt.Errorf("clients: count the new: %w", err)
			}
		}
	}
	return nil
}
