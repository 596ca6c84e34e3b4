package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// OptOut closes consent of every client with the link's address, at once and for good: at the link's agent the client
// also becomes Inactive. All agents concerned get a notice. Idempotent: when nothing is left to close, not even a
// remembered yes, it adds no row and returns the id of the row that closed the link's client.
func (l *Ledger) OptOut(ctx context.Context, write *bun.DB, link Link, by By, now time.Time) (event int64, err error) {
	now = moment(now)
	err = l.holdClient(ctx, write, link, func(ctx context.Context, db bun.Tx, link Link, c *clients.Client) error {
		event, err = l.optOut(ctx, db, c, link, by, now)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("consent: opt out client %d: %w", link.Client, err)
	}
	return event, nil
}

// OptOutFor records an opt-out the client gave by phone or in person: as OptOut, from this agent's client.
// Faults: NotFound.
func (l *Ledger) OptOutFor(ctx context.Context, write *bun.DB, id clients.ID, by By, now time.Time) error {
	now = moment(now)
	err := l.holdClient(ctx, write, Link{Client: id}, func(ctx context.Context, db bun.Tx, link Link, c *clients.Client) error {
		if c == nil || c.AgentID != by.Agent.ID {
			return noSuchClient()
		}
		if err := checkNote(by.Note); err != nil {
			return err
		}
		link.Hash = l.Hash(c.EmailKey)
		_, err := l.optOut(ctx, db, c, link, by, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("consent: opt out for client %d: %w", id, err)
	}
	return nil
}

func noSuchClient() error { return fault.New(fault.NotFound, "There is no such client.") }

// optOut runs under the locks of holdClient; c is nil when the link's client was deleted.
func (l *Ledger) optOut(ctx context.Context, db bun.Tx, c *clients.Client, link Link, by By, now time.Time) (int64, error) {
	wrote := link.Agent // before the client was moved to another agent
	if c != nil {
		link.Agent = c.AgentID
	}
	own, before, err := l.alreadyOut(ctx, db, c, link)
	if err != nil {
		return 0, err
	}
	others, err := openBeside(ctx, db, link)
	if err != nil {
		return 0, err
	}
	if before != 0 && len(others) == 0 {
		if yes, err := lastWordIsYes(ctx, db, link.Hash); err != nil || !yes {
			return before, err
		}
	}

	e := by.event(WentOut, link.Client, link.Agent, link.Hash, now)
	e.MailingID = link.Mailing
	if c != nil && before == 0 {
		e.StatusBefore, e.Until = c.Status, c.VacationUntil
		if c.Status != clients.Inactive {
			if _, err := clients.SetStatus(ctx, db, c.AgentID, c.ID, clients.Inactive, now); err != nil {
				return 0, fmt.Errorf("make the client inactive: %w", err)
			}
		}
	}
	if err := e.add(ctx, db); err != nil {
		return 0, err
	}
	if c != nil && before == 0 {
		if err := l.closeOwn(ctx, db, own, c, e); err != nil {
			return 0, err
		}
	}
	for i := range others {
		if err := closeToo(ctx, db, &others[i], e); err != nil {
			return 0, err
		}
	}
	return e.ID, l.tellOptOut(ctx, db, e, wrote, c, before == 0, others)
}

// alreadyOut returns the consent of the link's client, nil if there is none, and the row by which it is closed, 0 if
// it is not.
func (l *Ledger) alreadyOut(ctx context.Context, db bun.Tx, c *clients.Client, link Link) (own *Consent, event int64, err error) {
	if c == nil {
		events, err := said(ctx, db, link.Hash)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range events {
			if e.AgentID != link.Agent {
				continue
			}
			if e.Kind.closes() {
				event = e.ID
			}
			break
		}
		return nil, event, nil
	}
	own, err = consentOf(ctx, db, c.ID)
	if err != nil || own == nil || own.State != OptedOut {
		return own, 0, err
	}
	// Closed by its own row at the address it has now, which followed from the one at the link's: see closeOwn.
	e, err := eventOf(ctx, db, own.EventID)
	if err != nil {
		return nil, 0, err
	}
	if e.Kind == WentOutToo {
		cause, err := eventOf(ctx, db, e.CauseID)
		if err != nil {
			return nil, 0, err
		}
		if cause.ClientID == c.ID {
			return own, cause.ID, nil
		}
	}
	return own, e.ID, nil
}

func eventOf(ctx context.Context, db bun.IDB, id int64) (Event, error) {
	var e Event
	if err := db.NewSelect().Model(&e).Where("e.id = ?", id).Scan(ctx); err != nil {
		return Event{}, fmt.Errorf("read ledger row %d: %w", id, err)
	}
	return e, nil
}

// openBeside returns the consents not yet closed of other records with the link's address.
func openBeside(ctx context.Context, db bun.IDB, link Link) ([]Consent, error) {
	all, err := consentsAt(ctx, db, link.Hash)
	if err != nil {
		return nil, err
	}
	open := all[:0]
	for _, k := range all {
		if k.ClientID != link.Client && k.State != OptedOut {
			open = append(open, k)
		}
	}
	return open, nil
}

// lastWordIsYes says whether the newest that was said of an address opens: with all records closed, to an agent who
// has deleted theirs since and may add it again.
func lastWordIsYes(ctx context.Context, db bun.IDB, hash string) (bool, error) {
	events, err := said(ctx, db, hash)
	return err == nil && len(events) > 0 && !events[0].Kind.closes(), err
}

// closeOwn closes the record of the client who opted out. If the agent has changed its address since the letter, the
// new address is remembered too: it is the same person's.
func (l *Ledger) closeOwn(ctx context.Context, db bun.Tx, own *Consent, c *clients.Client, e Event) error {
	present := l.Hash(c.EmailKey)
	if present != e.AddressHash {
		too := follows(e, WentOutToo, c.ID, c.AgentID, present)
		if err := too.add(ctx, db); err != nil {
			return err
		}
		e = too
	}
	if own == nil {
		own = &Consent{ClientID: c.ID, AgentID: c.AgentID}
	}
	own.EmailKey, own.AddressHash = c.EmailKey, present
	own.become(OptedOut, e)
	return own.save(ctx, db)
}

// closeToo closes another record with the address.
func closeToo(ctx context.Context, db bun.Tx, k *Consent, e Event) error {
	too := follows(e, WentOutToo, k.ClientID, k.AgentID, e.AddressHash)
	if err := too.add(ctx, db); err != nil {
		return err
	}
	k.become(OptedOut, too)
	return k.save(ctx, db)
}

// follows is the row of what an act did to another record. It names neither letter nor note nor place: the record's
// agent reads it, and those are between the client and the agent they wrote to.
func follows(cause Event, kind Kind, client clients.ID, agent agents.ID, hash string) Event {
	return Event{
		At: cause.At, ClientID: client, AgentID: agent, AddressHash: hash, Kind: kind, Door: cause.Door,
		Actor: "client", CauseID: cause.ID,
	}
}
