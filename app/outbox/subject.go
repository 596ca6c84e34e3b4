package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
)

// SubjectOf returns a mailing's subject, for the consent ledger to say which letter somebody came from; empty when
// there is no such mailing any more.
func SubjectOf(ctx context.Context, db bun.IDB, id MailingID) (string, error) {
	var subject string
	err := db.NewSelect().Model((*Mailing)(nil)).Column("subject").Where("m.id = ?", id).Scan(ctx, &subject)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("outbox: subject of mailing %d: %w", id, err)
	}
	return subject, nil
}
