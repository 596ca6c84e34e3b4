package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/mail"
)

// invitationLife is how long an invitation's letter is tried: whoever invites waits for it, and later it is of no use.
const invitationLife = 2 * time.Hour

// PostInvitation puts one letter of an agent's into the fast lane for somebody who is invited into a client's portal and may be nobody's
// client: there is no permit. The caller asks first whether the address (hash is its Hash) refuses mail (consent.Ledger.Refuses), under its
// lock; the courier asks the same once more before DATA.
// A second call with the same key posts nothing.
func PostInvitation(ctx context.Context, db bun.IDB, by agents.ID, address, hash string, template *mail.Template, key string, now time.Time) error {
	err := inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		id, fresh, err := insertMailing(ctx, db, by, kindNotice, Text{Template: template, IdempotencyKey: "invited:" + key}, now)
		if err != nil || !fresh {
			return err
		}
		letter := newLetter(id, prioNotice, "", address, domainOf(template.From()), invitationLife, now)
		letter.AgentID, letter.AddressHash = by, hash
		return insertLetters(ctx, db, []Letter{letter})
	})
	if err != nil {
		return fmt.Errorf("outbox: post an invitation: %w", err)
	}
	return nil
}
