package outbox

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/fault"
)

// PostQuestion puts one letter into the fast lane that asks a client whether their agent may write to them. The permit is the
// one their agent until then had, or CheckQuestion's: who closed their consent is asked nothing. There is no gate after it, for the
// very question is whether it may open. fresh is false where the same key was posted before. Faults: Denied for a permit the
// ledger did not grant.
func PostQuestion(ctx context.Context, db bun.IDB, permit consent.Permit, t Text, now time.Time) (fresh bool, err error) {
	if !permit.Granted() {
		return false, fault.New(fault.Denied, "This client can’t be mailed.")
	}
	err = inTx(ctx, db, func(ctx context.Context, db bun.Tx) error {
		var id MailingID
		if id, fresh, err = insertMailing(ctx, db, 0, kindNotice, t, now); err != nil || !fresh {
			return err
		}
		return insertLetters(ctx, db, []Letter{newLetter(id, prioNotice, permit.Name(), permit.Address(), domainOf(t.Template.From()), letterLife, now)})
	})
	if err != nil {
		return false, fmt.Errorf("outbox: ask client %d: %w", permit.Client(), err)
	}
	return fresh, nil
}
