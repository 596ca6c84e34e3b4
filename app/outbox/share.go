package outbox

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/tokens"
)

// ShareToken returns the token of a mailing's own page that names nobody: whoever has it sees the homes of the letter as they
// are today, as with a forwarded letter, and it tells of no client. made is when the letter left.
func ShareToken(ctx context.Context, db bun.IDB, id MailingID, made time.Time) (string, error) {
	keys, err := tokens.Load(ctx, db, letterLinks)
	if err != nil {
		return "", err
	}
	return keys.Sign(made, int64(id), 0)
}
