package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// recall says whether an address is remembered as closed for an agent, and because of which row. events are the
// address's rows that open or close, newest first.
//
// A complaint stands until the client lifts it. What was last said to this agent counts, unless somebody has said no
// to the whole house since: that closes for everybody, whatever an older row here says.
func recall(events []Event, complained bool, agent agents.ID) (because Event, closed bool) {
	undone := map[int64]bool{}
	var here, anywhere, complaint *Event
	for i := range events {
		e := &events[i]
		if e.Kind == Undone { // always newer than the row it takes back
			undone[e.CauseID] = true
		}
		if here == nil && e.AgentID == agent {
			here = e
		}
		if anywhere == nil && e.Kind.closes() && !undone[e.ID] {
			anywhere = e
		}
		if complaint == nil && e.Kind == Complained {
			complaint = e
		}
	}
	switch {
	case complained && complaint != nil:
		return *complaint, true
	case complained:
		return Event{}, true
	case here != nil && here.Kind.closes():
		return *here, true
	case anywhere != nil && (here == nil || anywhere.ID > here.ID):
		return *anywhere, true
	}
	return Event{}, false
}

// remembered asks the ledger what recall needs.
func remembered(ctx context.Context, db bun.IDB, hash string, agent agents.ID) (because Event, closed bool, err error) {
	events, err := said(ctx, db, hash)
	if err != nil {
		return Event{}, false, err
	}
	complained, err := blocked(ctx, db, hash, Complained)
	if err != nil {
		return Event{}, false, err
	}
	because, closed = recall(events, complained, agent)
	return because, closed, nil
}

// openOrClose are the kinds of row that say whether an address may be mailed.
var openOrClose = []Kind{WentOut, WentOutToo, Complained, WentIn, Restored, Undone}

// said returns the rows of an address that open or close, newest first.
func said(ctx context.Context, db bun.IDB, hash string) ([]Event, error) {
	var events []Event
	err := db.NewSelect().Model(&events).Where("e.address_hash = ?", hash).
		Where("e.kind IN (?)", bun.List(openOrClose)).
		Order("e.id DESC").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what was said of an address: %w", err)
	}
	return events, nil
}

// saidOfMany is said for many addresses, and which of them complained.
func saidOfMany(ctx context.Context, db bun.IDB, hashes []string) (map[string][]Event, map[string]bool, error) {
	var events []Event
	err := db.NewSelect().Model(&events).Where("e.address_hash IN (?)", bun.List(hashes)).
		Where("e.kind IN (?)", bun.List(openOrClose)).Order("e.id DESC").Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read what was said of many addresses: %w", err)
	}
	said := map[string][]Event{}
	for _, e := range events {
		said[e.AddressHash] = append(said[e.AddressHash], e)
	}
	var blocked []string
	err = db.NewSelect().Model((*block)(nil)).Column("address_hash").
		Where("b.address_hash IN (?)", bun.List(hashes)).Where("b.reason = ?", Complained).Scan(ctx, &blocked)
	if err != nil {
		return nil, nil, fmt.Errorf("ask whether many addresses are blocked: %w", err)
	}
	complained := map[string]bool{}
	for _, hash := range blocked {
		complained[hash] = true
	}
	return said, complained, nil
}

// Enroll opens the consent of a new client, or closes it at once when the address opted out before. Where the house wants
// everybody to confirm (agents.Policy) whom an agent adds waits for their own yes. A pause that the address asked this
// agent for goes on. Call it in the transaction that created the client.
func (l *Ledger) Enroll(ctx context.Context, db bun.IDB, c clients.Client, by By, now time.Time) error {
	if err := l.enroll(ctx, db, c, by, moment(now)); err != nil {
		return fmt.Errorf("consent: enroll client %d: %w", c.ID, err)
	}
	return nil
}

func (l *Ledger) enroll(ctx context.Context, db bun.IDB, c clients.Client, by By, now time.Time) error {
	hash := l.Hash(c.EmailKey)
	because, closed, err := l.mustClose(ctx, db, hash, c.AgentID)
	if err != nil {
		return err
	}
	pauses, err := pausesAt(ctx, db, c.AgentID, []string{hash}, now)
	if err != nil {
		return err
	}
	policy, err := agents.LoadPolicy(ctx, db)
	if err != nil {
		return err
	}
	e, state := by.event(Added, c.ID, c.AgentID, hash, now), by.opens(policy)
	if closed {
		e.Kind, e.CauseID, state = AddedClosed, because.ID, OptedOut
	}
	if err := e.add(ctx, db); err != nil {
		return err
	}
	k := Consent{
		ClientID: c.ID, AgentID: c.AgentID, EmailKey: c.EmailKey, AddressHash: hash,
		State: state, Since: now, PausedUntil: pauses[hash], EventID: e.ID,
	}
	if _, err := db.NewInsert().Model(&k).Exec(ctx); err != nil {
		return fmt.Errorf("write the state: %w", err)
	}
	return nil
}

// opens is the state of whom this one adds, if nothing speaks against it: who lets themself in has said yes already.
func (by By) opens(policy agents.Policy) State {
	if policy.Confirms && by.Agent.ID != 0 {
		return Pending
	}
	return OptedIn
}

// mustClose says whether a record of this agent that takes on this address has to be closed: the address is
// remembered, or is opting out at this very moment.
func (l *Ledger) mustClose(ctx context.Context, db bun.IDB, hash string, agent agents.ID) (because Event, closed bool, err error) {
	alone, err := l.watched(ctx, db, hash, nil)
	if err != nil {
		return Event{}, false, err
	}
	because, closed, err = remembered(ctx, db, hash, agent)
	return because, closed || !alone, err
}

// pausesAt returns the pauses that addresses asked an agent for and that are not over: they outlive the record.
func pausesAt(ctx context.Context, db bun.IDB, agent agents.ID, hashes []string, now time.Time) (map[string]time.Time, error) {
	var events []Event
	err := db.NewSelect().Model(&events).Where("e.address_hash IN (?)", bun.List(hashes)).Where("e.agent_id = ?", agent).
		Where("e.kind IN (?)", bun.List([]Kind{Paused, Readdressed, Moved, Resumed, WentIn})).Order("e.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the pauses of %d addresses: %w", len(hashes), err)
	}
	pauses := map[string]time.Time{}
	for _, e := range events {
		switch {
		case e.Kind == Resumed || e.Kind == WentIn:
			delete(pauses, e.AddressHash)
		case e.Until.After(now): // a Readdressed without one says nothing about pauses
			pauses[e.AddressHash] = e.Until
		case e.Kind == Paused:
			delete(pauses, e.AddressHash)
		}
	}
	return pauses, nil
}

// Follow keeps consent with a client whose address changed: never opens it, closes it when the new address had opted
// out, pauses it when it had asked for that. Call it in the transaction of clients.Update.
func (l *Ledger) Follow(ctx context.Context, db bun.IDB, before, after clients.Client, by By, now time.Time) error {
	if before.EmailKey == after.EmailKey {
		return nil
	}
	if err := l.follow(ctx, db, after, by, moment(now)); err != nil {
		return fmt.Errorf("consent: follow client %d to a new address: %w", after.ID, err)
	}
	return nil
}

func (l *Ledger) follow(ctx context.Context, db bun.IDB, c clients.Client, by By, now time.Time) error {
	own, err := consentOf(ctx, db, c.ID)
	if err != nil || own == nil { // no state is closed, whatever the address
		return err
	}
	hash := l.Hash(c.EmailKey)
	because, closed, err := l.mustClose(ctx, db, hash, c.AgentID)
	if err != nil {
		return err
	}
	pauses, err := pausesAt(ctx, db, c.AgentID, []string{hash}, now)
	if err != nil {
		return err
	}
	if pauses[hash].After(own.PausedUntil) {
		own.PausedUntil = pauses[hash]
	}
	e := by.event(Readdressed, c.ID, c.AgentID, hash, now)
	if own.paused(now) {
		e.Until = own.PausedUntil
	}
	closes := closed && own.State != OptedOut
	if closes {
		e.CauseID = because.ID
	}
	if err := e.add(ctx, db); err != nil {
		return err
	}
	own.EmailKey, own.AddressHash = c.EmailKey, hash
	if closes {
		own.State, own.Since, own.EventID = OptedOut, now, e.ID
	}
	return own.save(ctx, db)
}

// Forget notes in the ledger that a client was deleted. Call it in the transaction of clients.Delete, before it.
func (l *Ledger) Forget(ctx context.Context, db bun.IDB, c clients.Client, by By, now time.Time) error {
	e := by.event(Erased, c.ID, c.AgentID, l.Hash(c.EmailKey), now)
	if err := e.add(ctx, db); err != nil {
		return fmt.Errorf("consent: forget client %d: %w", c.ID, err)
	}
	return nil
}
