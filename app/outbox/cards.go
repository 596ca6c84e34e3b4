package outbox

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

// onSQLite says whether arguments can be bound, and need not be written into the SQL by Bun. There it pays: SQLite takes
// longer to read kilobytes of hex, or the SQL of many rows, than to store what they say.
func onSQLite(db bun.IDB) bool { return db.Dialect().Name().String() == "sqlite" }

// bound runs a text with its arguments bound; only on SQLite. Times must be in UTC and whole microseconds, to be written as
// Bun writes them. Without an end of its own the driver need not watch over it with a goroutine.
func bound(ctx context.Context, db bun.Tx, text string, args ...any) (int64, int64, error) {
	done, err := db.Tx.ExecContext(context.WithoutCancel(ctx), text, args...)
	if err != nil {
		return 0, 0, err
	}
	rows, err := done.RowsAffected()
	if err != nil {
		return 0, 0, err
	}
	last, err := done.LastInsertId()
	return rows, last, err
}

// keepCards makes sure that the homes of a text are kept. It asks the database each time: what was kept in a transaction
// that came to nothing is not there. They are written in one order, so that two processes never wait for each other.
func keepCards(ctx context.Context, db bun.Tx, all []*mail.Card) error {
	if len(all) == 0 {
		return nil
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *mail.Card) int { x, y := a.Sum(), b.Sum(); return bytes.Compare(x[:], y[:]) })
	all = slices.CompactFunc(all, func(a, b *mail.Card) bool { return a.Sum() == b.Sum() })
	sums := make([]any, len(all))
	for i, c := range all {
		sum := c.Sum()
		sums[i] = sum[:]
	}
	text := `SELECT count(*) FROM cards WHERE sum IN (?` + strings.Repeat(", ?", len(all)-1) + `)`
	native, known := onSQLite(db), 0
	row := db.QueryRowContext
	if native {
		row, ctx = db.Tx.QueryRowContext, context.WithoutCancel(ctx)
	}
	if err := row(ctx, text, sums...).Scan(&known); err != nil || known == len(all) {
		return err
	}
	for i, c := range all {
		const insert = `INSERT INTO cards (sum, body) VALUES (?, ?) ON CONFLICT (sum) DO NOTHING`
		var err error
		if native {
			_, _, err = bound(ctx, db, insert, sums[i], c.Keep())
		} else {
			_, err = db.ExecContext(ctx, insert, sums[i], c.Keep())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// findCards reads kept homes. Faults: NotFound where one is missing.
func findCards(ctx context.Context, db bun.IDB, sums []mail.CardSum) (map[mail.CardSum]*mail.Card, error) {
	found := make(map[mail.CardSum]*mail.Card, len(sums))
	if len(sums) == 0 {
		return found, nil
	}
	args := make([]any, len(sums))
	for i := range sums {
		args[i] = sums[i][:]
	}
	rows, err := db.QueryContext(ctx, `SELECT sum, body FROM cards WHERE sum IN (?`+strings.Repeat(", ?", len(sums)-1)+`)`, args...)
	if err != nil {
		return nil, fmt.Errorf("outbox: find the homes of a text: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var sum mail.CardSum
		var name, body []byte
		if err := rows.Scan(&name, &body); err != nil {
			return nil, fmt.Errorf("outbox: find the homes of a text: %w", err)
		}
		copy(sum[:], name)
		if found[sum], err = mail.ReadCard(body, sum); err != nil {
			return nil, fmt.Errorf("%w: home %x: %w", errUnreadable, sum[:4], err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("outbox: find the homes of a text: %w", err)
	}
	return found, nil
}

// inOrder puts found homes into the order of a text.
func inOrder(sums []mail.CardSum, found map[mail.CardSum]*mail.Card) ([]*mail.Card, error) {
	all := make([]*mail.Card, len(sums))
	for i, sum := range sums {
		if all[i] = found[sum]; all[i] == nil {
			return nil, fmt.Errorf("%w: %w", errUnreadable, fault.New(fault.NotFound, "A home that stood in this letter is missing from the database, so the letter can’t be made."))
		}
	}
	return all, nil
}

// ReadTemplate reads a mailing's frozen text with its homes. Faults: NotFound where a home is missing.
func (m Mailing) ReadTemplate(ctx context.Context, db bun.IDB) (*mail.Template, error) {
	t, err := mail.ReadTemplate(m.Template, func(sums []mail.CardSum) ([]*mail.Card, error) {
		found, err := findCards(ctx, db, sums)
		if err != nil {
			return nil, err
		}
		return inOrder(sums, found)
	})
	if err != nil {
		return nil, fmt.Errorf("outbox: the text of mailing %d: %w", m.ID, err)
	}
	return t, nil
}
