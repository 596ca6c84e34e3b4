package outbox

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/tokens"
)

// Link is what the token of a letter's own page says: which mailing's homes it shows, and whose letter it stood in. It
// opens nothing else: not the person's mail preferences, whose tokens are the consent ledger's, nor anything of theirs.
type Link struct {
	Mailing MailingID
	Client  clients.ID
}

// letterLinks are these tokens: they carry mailing and client.
var letterLinks = tokens.Kind{Purpose: "letter links", Numbers: 2}

// ReadLink returns what the token of a letter's page says. Faults: NotFound, the same for every way it can be wrong.
func ReadLink(ctx context.Context, db bun.IDB, token string) (Link, error) {
	keys, err := tokens.Load(ctx, db, letterLinks)
	if err != nil {
		return Link{}, fmt.Errorf("outbox: read a letter’s link: %w", err)
	}
	if numbers, ok := keys.Read(token); ok {
		return Link{Mailing: MailingID(numbers[0]), Client: clients.ID(numbers[1])}, nil
	}
	return Link{}, fault.New(fault.NotFound, "This link is not complete. Open it again from the letter, or copy all of it.")
}

// heldKeys are the keys as a courier last read them.
type heldKeys struct {
	mu   sync.Mutex
	keys tokens.Keys
	at   time.Time
}

// load returns the keys that a letter made at a time may be signed with.
func (h *heldKeys) load(ctx context.Context, db bun.IDB, made, now time.Time) (tokens.Keys, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.keys.None() && made.Before(h.at) {
		return h.keys, nil
	}
	keys, err := tokens.Load(ctx, db, letterLinks)
	if err != nil {
		return keys, err
	}
	h.keys, h.at = keys, now
	return keys, nil
}
