package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/mail"
)

// invitationLife is how long an invitation's letter is tried: there is no gate behind it, so what was asked before it was
// posted must still be true when it leaves.
const invitationLife = 2 * time.Hour

// PostInvitation puts one letter into the fast lane for somebody who is invited into a client's portal and may be nobody's
// client: there is no permit. The caller asks first whether the address refuses mail (consent.Ledger.Refuses), under its lock.
// A second call with the same key posts nothing.
func PostInvitation(ctx context.Context, db bun.IDB, address string, template *mail.Template, key string, now time.Time) error {
	err := inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		id, fresh, err := insertMailing(ctx, db, 0, kindNotice, Text{Template: template, IdempotencyKey: "invited:" + key}, now)
		if err != nil || !fresh {
			return err
		}
		return insertLetters(ctx, db, []Letter{newLetter(id, prioNotice, "", address, domainOf(template.From()), invitationLife, now)})
	})
	if err != nil {
		return fmt.Errorf("outbox: post an invitation: %w", err)
	}
	return nil
}
