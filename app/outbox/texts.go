package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"porchlight/app/mail"
)

// texts keeps the templates of the mailings that are leaving, so that a big one is read once.
type texts struct {
	mu   sync.Mutex
	held []text // last used first
}

type text struct {
	mailing  MailingID
	template *mail.Template
}

const textsHeld = 16

var errUnreadable = errors.New("can’t read the kept text of mailing")

func (t *texts) load(ctx context.Context, db bun.IDB, id MailingID) (*mail.Template, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.IndexFunc(t.held, func(h text) bool { return h.mailing == id }); i >= 0 {
		found := t.held[i]
		copy(t.held[1:i+1], t.held[:i])
		t.held[0] = found
		return found.template, nil
	}
	var frozen []byte
	if err := db.QueryRowContext(ctx, `SELECT template FROM mailings WHERE id = ?`, id).Scan(&frozen); err != nil {
		return nil, fmt.Errorf("outbox: load the text of mailing %d: %w", id, err)
	}
	template := new(mail.Template)
	if err := template.UnmarshalBinary(frozen); err != nil {
		return nil, fmt.Errorf("outbox: %w %d: %w", errUnreadable, id, err)
	}
	t.held = slices.Insert(t.held[:min(len(t.held), textsHeld-1)], 0, text{id, template})
	return template, nil
}
