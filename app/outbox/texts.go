package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"porchlight/app/mail"
)

// texts keeps the templates of the mailings that are leaving, so that a big one is read once, and the homes they show: in
// a run of auto emails each letter is a mailing of its own, and many show the same homes.
type texts struct {
	mu    sync.Mutex
	held  []text // last used first
	cards map[mail.CardSum]*mail.Card
}

type text struct {
	mailing  MailingID
	template *mail.Template
}

const (
	textsHeld = 16
	cardsHeld = 1000 // some 5 KB each
)

var errUnreadable = errors.New("can’t read the kept text of mailing")

const frozenText = `SELECT template FROM mailings WHERE id = ?`

func (t *texts) load(ctx context.Context, on *statements, db *bun.DB, id MailingID) (*mail.Template, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.IndexFunc(t.held, func(h text) bool { return h.mailing == id }); i >= 0 {
		found := t.held[i]
		copy(t.held[1:i+1], t.held[:i])
		t.held[0] = found
		return found.template, nil
	}
	frozen, err := readFrozen(ctx, on, db, id)
	if err != nil {
		return nil, fmt.Errorf("outbox: load the text of mailing %d: %w", id, err)
	}
	var trouble error // of the database, which may be well the next time
	template, err := mail.ReadTemplate(frozen, func(sums []mail.CardSum) (all []*mail.Card, err error) {
		all, trouble, err = t.findCards(ctx, db, sums)
		return all, err
	})
	switch {
	case trouble != nil:
		return nil, trouble
	case err != nil:
		return nil, fmt.Errorf("outbox: %w %d: %w", errUnreadable, id, err)
	}
	t.held = slices.Insert(t.held[:min(len(t.held), textsHeld-1)], 0, text{id, template})
	return template, nil
}

func readFrozen(ctx context.Context, on *statements, db *bun.DB, id MailingID) (frozen []byte, err error) {
	if err := on.prepare(ctx, frozenText); err != nil {
		return nil, err
	}
	rows, err := on.read(ctx, db, frozenText, int64(id))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(rows.Err(), sql.ErrNoRows)
	}
	return frozen, rows.Scan(&frozen)
}

// findCards returns the homes of a text and remembers them.
func (t *texts) findCards(ctx context.Context, db *bun.DB, sums []mail.CardSum) (all []*mail.Card, trouble, err error) {
	var unknown []mail.CardSum
	for _, sum := range sums {
		if t.cards[sum] == nil {
			unknown = append(unknown, sum)
		}
	}
	if len(unknown) > 0 {
		if t.cards == nil || len(t.cards)+len(unknown) > cardsHeld {
			t.cards, unknown = make(map[mail.CardSum]*mail.Card, cardsHeld), sums
		}
		found, err := findCards(ctx, db, unknown)
		if err != nil && !errors.Is(err, errUnreadable) {
			return nil, err, err
		}
		if err != nil {
			return nil, nil, err
		}
		for sum, card := range found {
			t.cards[sum] = card
		}
	}
	all, err = inOrder(sums, t.cards)
	return all, nil, err
}
