package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
)

// Follows is what became of a client's consent when they were moved to another agent.
type Follows string

// What may become of it.
const (
	StaysClosed Follows = "closed" // as it was
	StaysOpen   Follows = "open"
	AskedAgain  Follows = "asked" // open till now; the new agent writes when the client has said yes to them
)

// Move takes a client's consent along to another agent. It never opens any. again says that the house wants each agent to be
// confirmed; an address that closed itself to the new agent before is asked, too, whatever the house wants: a yes to one agent
// is none to another who was told no. Call it in the transaction of clients.Move.
func (l *Ledger) Move(ctx context.Context, db bun.IDB, after clients.Client, again bool, by By, now time.Time) (Follows, error) {
	follows, err := l.move(ctx, db, after, again, by, moment(now))
	if err != nil {
		return "", fmt.Errorf("consent: move client %d: %w", after.ID, err)
	}
	return follows, nil
}

func (l *Ledger) move(ctx context.Context, db bun.IDB, c clients.Client, again bool, by By, now time.Time) (Follows, error) {
	own, err := consentOf(ctx, db, c.ID)
	if err != nil || own == nil { // no state is closed, whoever's the client is
		return StaysClosed, err
	}
	hash := l.Hash(c.EmailKey)
	because, closed, err := l.mustClose(ctx, db, hash, c.AgentID)
	if err != nil {
		return "", err
	}
	e := by.event(Moved, c.ID, c.AgentID, hash, now)
	if own.paused(now) {
		e.Until = own.PausedUntil
	}
	open := own.State == OptedIn && own.is(&c)
	if open && closed {
		e.CauseID = because.ID
	}
	if err := e.add(ctx, db); err != nil {
		return "", err
	}
	own.AgentID = c.AgentID
	follows := StaysClosed
	switch {
	case open && (again || closed):
		own.become(Pending, e)
		follows = AskedAgain
	case open:
		follows = StaysOpen
	}
	return follows, own.save(ctx, db)
}
