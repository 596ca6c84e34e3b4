package consent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
)

// undoTime is how long an opt-out can be taken back.
const undoTime = time.Hour

// Undo takes back an opt-out made by this link within the last hour: consent, and status where nobody changed it since,
// are as they were before. It never lifts a complaint. Faults: NotFound when the row is not an opt-out by this link's
// client, Gone when too late, Conflict when something happened meanwhile.
func (l *Ledger) Undo(ctx context.Context, write *bun.DB, link Link, event int64, by By, now time.Time) error {
	now = moment(now)
	err := l.holdClient(ctx, write, link, func(ctx context.Context, db bun.Tx, link Link, c *clients.Client) error {
		e, err := undoable(ctx, db, link, event, now)
		if err != nil {
			return err
		}
		return l.undo(ctx, db, c, e, by, now)
	})
	if err != nil {
		return fmt.Errorf("consent: undo row %d of client %d: %w", event, link.Client, err)
	}
	return nil
}

// undoable returns the row of an opt-out that this link may take back now.
func undoable(ctx context.Context, db bun.Tx, link Link, id int64, now time.Time) (Event, error) {
	var e Event
	err := db.NewSelect().Model(&e).Where("e.id = ?", id).Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return e, fmt.Errorf("read ledger row %d: %w", id, err)
	}
	byPerson := e.Door == DoorPage || e.Door == DoorOneClick || e.Door == DoorPortal
	if err != nil || e.Kind != WentOut || !byPerson || e.AgentID != link.Agent || e.AddressHash != link.Hash {
		return e, fault.New(fault.NotFound, "There is nothing here to take back.")
	}
	if now.Sub(e.At) > undoTime {
		return e, fault.New(fault.Gone, "An opt-out can be taken back for an hour. You can still opt in again with the link at the bottom of the page.")
	}
	return e, nil
}

// undo reopens each record that e closed and that nothing has touched since.
func (l *Ledger) undo(ctx context.Context, db bun.Tx, c *clients.Client, e Event, by By, now time.Time) error {
	var closed []Event
	err := db.NewSelect().Model(&closed).Where("e.id = ?", e.ID).
		WhereOr("e.cause_id = ? AND e.kind = ?", e.ID, WentOutToo).Order("e.id").Scan(ctx)
	if err != nil {
		return fmt.Errorf("read what was closed: %w", err)
	}
	var reopened []Event
	forgotten := false
	for _, out := range closed {
		k, err := consentOf(ctx, db, out.ClientID)
		if err != nil {
			return err
		}
		switch {
		case k == nil:
			lifted, err := unremember(ctx, db, out, by, now)
			if err != nil {
				return err
			}
			forgotten = forgotten || lifted
		case k.EventID == out.ID && k.AddressHash == out.AddressHash:
			complained, err := blocked(ctx, db, k.AddressHash, Complained)
			if err != nil {
				return err
			}
			if complained {
				continue
			}
			back := by.undone(out, now)
			if err := back.add(ctx, db); err != nil {
				return err
			}
			k.become(OptedIn, back)
			if err := k.save(ctx, db); err != nil {
				return err
			}
			reopened = append(reopened, out)
			if out.ID != e.ID && out.ClientID == e.ClientID { // closeOwn wrote both rows
				first := by.undone(e, now)
				if err := first.add(ctx, db); err != nil {
					return err
				}
			}
		}
	}
	if len(reopened) == 0 && !forgotten {
		return fault.New(fault.Conflict, "Something has changed since, so this can't be taken back. You can still opt in again with the link at the bottom of the page.")
	}
	if err := giveBackStatus(ctx, db, c, e, reopened, now); err != nil {
		return err
	}
	return l.tellUndo(ctx, db, e, reopened, now)
}

func (by By) undone(out Event, now time.Time) Event {
	back := by.event(Undone, out.ClientID, out.AgentID, out.AddressHash, now)
	back.CauseID = out.ID
	return back
}

// unremember takes back what is remembered of a deleted client, unless the agent added it again, or the address had
// opted out before as well or has said something since.
func unremember(ctx context.Context, db bun.Tx, out Event, by By, now time.Time) (bool, error) {
	if again, err := recordAt(ctx, db, out.AgentID, out.AddressHash); err != nil || again != 0 {
		return false, err
	}
	events, err := said(ctx, db, out.AddressHash)
	if err != nil {
		return false, err
	}
	var earlier []Event
	for _, e := range events {
		if e.AgentID == out.AgentID && e.ID > out.ID {
			return false, nil
		}
		if e.ID < out.ID {
			earlier = append(earlier, e)
		}
	}
	if _, closed := recall(earlier, false, out.AgentID); closed {
		return false, nil
	}
	back := by.undone(out, now)
	return true, back.add(ctx, db)
}

// giveBackStatus undoes the Inactive that came with the opt-out, if it is still that one.
func giveBackStatus(ctx context.Context, db bun.Tx, c *clients.Client, e Event, reopened []Event, now time.Time) error {
	own := false
	for _, out := range reopened {
		own = own || out.ClientID == e.ClientID
	}
	if !own || c.Status != clients.Inactive || e.StatusBefore == clients.Inactive || !c.StatusAt.Equal(e.At) {
		return nil
	}
	status := e.StatusBefore
	if status == clients.OnVacation {
		// The vacation's end and what it comes back to.
		if status = c.StatusBefore; !status.Mails() || status == "" {
			status = clients.Active
		}
	}
	back, err := clients.SetStatus(ctx, db, c.AgentID, c.ID, status, now)
	if err != nil {
		return fmt.Errorf("give back the status: %w", err)
	}
	if e.StatusBefore != clients.OnVacation || !e.Until.After(now) {
		return nil
	}
	form := clients.Form{
		FirstName: back.FirstName, LastName: back.LastName, Email: back.Email, Phone: back.Phone,
		Status: clients.OnVacation, VacationUntil: e.Until, Types: back.TypeList(), Notes: back.Notes, Version: back.Version,
	}
	if _, _, err := clients.Update(ctx, db, c.AgentID, c.ID, form, now); err != nil {
		return fmt.Errorf("give back the vacation: %w", err)
	}
	return nil
}
