package clients

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/fault"
)

// Holder returns a client of this brokerage, whoever's it is, with the same mailbox as an address; ok is false if there
// is none.
func Holder(ctx context.Context, db bun.IDB, mailbox address.Address) (holder Client, ok bool, err error) {
	if mailbox == (address.Address{}) {
		return Client{}, false, nil
	}
	wanted := mailbox.Mailbox()
	for _, domain := range mailbox.Mailboxes() {
		var some []Client
		if err := db.NewSelect().Model(&some).Column("id", "agent_id", "email").Where("email_key LIKE ? ESCAPE '!'", "%@"+literal.Replace(domain)).OrderExpr("id").Scan(ctx); err != nil {
			return Client{}, false, fmt.Errorf("clients: who has an address: %w", err)
		}
		for _, one := range some {
			if theirs, err := address.Parse(one.Email); err == nil && theirs.Mailbox() == wanted {
				return one, true, nil
			}
		}
	}
	return Client{}, false, nil
}

// NobodyHolds refuses to let somebody sign in with a client's address: a client who is an agent would get the mail they
// write, and their opt-out would be the house's. It names whose client it is, so that the broker can resolve it. An address that
// can't be read is left to agents.Add. Faults: Invalid (email).
func NobodyHolds(ctx context.Context, db bun.IDB, email string) error {
	mailbox, err := address.Parse(email)
	if err != nil {
		return nil
	}
	held, is, err := Holder(ctx, db, mailbox)
	if err != nil || !is {
		return err
	}
	of, err := agents.Find(ctx, db, held.AgentID)
	if err != nil {
		return fmt.Errorf("clients: whose client has an address: %w", err)
	}
	var form fault.Form
	form.Add("email", "%s is the address of a client of %s. Have that client deleted or given another address first, or use another address here.", held.Email, of.Name)
	return form.Err()
}
