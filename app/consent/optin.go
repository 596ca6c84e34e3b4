package consent

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// OptIn opens consent again at the link's agent only, also after a spam complaint, and ends a pause. Status stays.
// Idempotent. Faults: Gone when the client no longer exists, or has another address than the letter went to.
func (l *Ledger) OptIn(ctx context.Context, write *bun.DB, link Link, by By, now time.Time) error {
	now = moment(now)
	err := l.holdClient(ctx, write, link, func(ctx context.Context, db bun.Tx, link Link, c *clients.Client) error {
		if err := l.reaches(c, link); err != nil {
			return err
		}
		own, err := consentOf(ctx, db, c.ID)
		if err != nil {
			return err
		}
		complained, err := unblock(ctx, db, link.Hash, Complained)
		if err != nil {
			return err
		}
		open := own.is(c) && own.State == OptedIn && !complained
		first := own.is(c) && own.State == Pending && !complained
		if open && !own.paused(now) {
			return nil
		}
		e := by.event(WentIn, c.ID, c.AgentID, link.Hash, now)
		e.MailingID = link.Mailing
		if open {
			e.Kind, e.Until = Resumed, own.PausedUntil
		}
		if err := e.add(ctx, db); err != nil {
			return err
		}
		if open {
			own.PausedUntil = time.Time{}
		} else {
			own = &Consent{ClientID: c.ID, AgentID: c.AgentID, EmailKey: c.EmailKey, AddressHash: link.Hash}
			own.become(OptedIn, e)
		}
		if err := own.save(ctx, db); err != nil {
			return err
		}
		return tellOptIn(ctx, db, e, c, first)
	})
	if err != nil {
		return fmt.Errorf("consent: opt in client %d: %w", link.Client, err)
	}
	return nil
}

// reaches says in a fault why a link can't open or pause a client's mail, if it can't: whoever reads an old letter
// speaks for the address it went to and for no other.
func (l *Ledger) reaches(c *clients.Client, link Link) error {
	if c == nil {
		return fault.New(fault.Gone, "This agent no longer keeps your address, so no mail will come. Write to them if you would like to hear from them again.")
	}
	if l.Hash(c.EmailKey) != link.Hash {
		return fault.New(fault.Gone, "This letter went to an address that is no longer in use here. Use the link in a letter to your newer address, or write to your agent.")
	}
	return nil
}

// tellOptIn tells the agent; first says that it is the yes they asked for, and not one after a no.
func tellOptIn(ctx context.Context, db bun.IDB, e Event, c *clients.Client, first bool) error {
	w, err := wordsOf(ctx, db)
	if err != nil {
		return err
	}
	n := agents.Notice{AgentID: c.AgentID, Kind: agents.NoticeOptIn, ClientID: int64(c.ID), Mails: true}
	if e.Kind == Resumed {
		n.Title = c.Name() + " ended the pause"
		n.Body = fmt.Sprintf("%s (%s) wants mail again since %s, earlier than planned.", c.Name(), c.Email, w.when(e.At))
		n.Action, n.Path = c.Name(), fmt.Sprintf("/clients/%d", c.ID)
		return tell(ctx, db, n, e.At)
	}
	did, again := "opted back in", " again"
	if first {
		did, again = "said yes to your e-mail", ""
	}
	n.Title = c.Name() + " " + did
	n.Body = fmt.Sprintf("%s (%s) %s on %s.", c.Name(), c.Email, did, w.when(e.At))
	if c.Status.Mails() {
		n.Body += fmt.Sprintf("\n\nTheir status is %s, so your mail reaches them%s.", c.Status, again)
	} else {
		n.Body += fmt.Sprintf("\n\nTheir status is still %s, so no mail goes out yet. To write to them%s: Edit, Status, Active, Save. Until then they wait for you on your home page.", c.Status, again)
	}
	n.Action, n.Path = "Edit", fmt.Sprintf("/clients/%d/edit", c.ID)
	return tell(ctx, db, n, e.At)
}

// Pause holds all mail to the link's client until the given time; the agent is told. Faults: Invalid (until: before
// tomorrow or more than a year ahead), Conflict when no mail comes anyway, Gone as OptIn.
func (l *Ledger) Pause(ctx context.Context, write *bun.DB, link Link, until time.Time, by By, now time.Time) error {
	now, until = moment(now), moment(until)
	err := l.holdClient(ctx, write, link, func(ctx context.Context, db bun.Tx, link Link, c *clients.Client) error {
		if err := l.reaches(c, link); err != nil {
			return err
		}
		w, err := wordsOf(ctx, db)
		if err != nil {
			return err
		}
		if err := checkPause(until, now.In(w.loc)); err != nil {
			return err
		}
		own, err := consentOf(ctx, db, c.ID)
		if err != nil {
			return err
		}
		if !own.is(c) || own.State != OptedIn {
			return fault.New(fault.Conflict, "No mail comes to you from us now, so there is nothing to pause.")
		}
		if own.PausedUntil.Equal(until) {
			return nil
		}
		e := by.event(Paused, c.ID, c.AgentID, link.Hash, now)
		e.MailingID, e.Until = link.Mailing, until
		if err := e.add(ctx, db); err != nil {
			return err
		}
		own.PausedUntil = until
		if err := own.save(ctx, db); err != nil {
			return err
		}
		day := until.In(w.loc).Format("2 January 2006")
		return tell(ctx, db, agents.Notice{
			AgentID: c.AgentID, Kind: agents.NoticePause, ClientID: int64(c.ID),
			Title: c.Name() + " asked for no mail until " + day,
			Body: fmt.Sprintf("%s (%s) paused your mail on %s. It is held until %s and then flows again by itself; only they can end the pause earlier.",
				c.Name(), c.Email, w.when(now), day),
			Action: c.Name(), Path: fmt.Sprintf("/clients/%d", c.ID),
		}, now)
	})
	if err != nil {
		return fmt.Errorf("consent: pause client %d: %w", link.Client, err)
	}
	return nil
}

// checkPause judges the end of a pause by the calendar of the brokerage, in whose zone now is.
func checkPause(until, now time.Time) error {
	tomorrow := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	inAYear := time.Date(now.Year()+1, now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
	var f fault.Form
	if until.Before(tomorrow) {
		f.Add("until", "Choose tomorrow or a later day.")
	}
	if !until.Before(inAYear) {
		f.Add("until", "Choose a day within a year.")
	}
	return f.Err()
}

// Restore opens consent at this agent only, who attests in by.Note how the client asked. Status stays Inactive.
// Faults: NotFound, Denied after a spam complaint (only the client can lift it), Conflict when it is open already,
// Invalid (note).
func (l *Ledger) Restore(ctx context.Context, write *bun.DB, id clients.ID, by By, now time.Time) error {
	now = moment(now)
	err := l.holdClient(ctx, write, Link{Client: id}, func(ctx context.Context, db bun.Tx, _ Link, c *clients.Client) error {
		if c == nil || c.AgentID != by.Agent.ID {
			return noSuchClient()
		}
		if err := checkNote(by.Note); err != nil {
			return err
		}
		hash := l.Hash(c.EmailKey)
		complained, err := blocked(ctx, db, hash, Complained)
		if err != nil {
			return err
		}
		if complained {
			return fault.New(fault.Denied, "%s marked your mail as spam; only they can opt in again, from any old letter.", c.Name())
		}
		own, err := consentOf(ctx, db, id)
		if err != nil {
			return err
		}
		if own.is(c) && own.State == OptedIn {
			return fault.New(fault.Conflict, "Consent of %s is open already.", c.Name())
		}
		if own.is(c) && own.State == Pending {
			return fault.New(fault.Denied, "%s has not said yes yet, and only they can.", c.Name())
		}
		e := by.event(Restored, id, c.AgentID, hash, now)
		if err := e.add(ctx, db); err != nil {
			return err
		}
		if own == nil {
			own = &Consent{ClientID: id, AgentID: c.AgentID}
		}
		own.EmailKey, own.AddressHash = c.EmailKey, hash
		own.become(OptedIn, e)
		return own.save(ctx, db)
	})
	if err != nil {
		return fmt.Errorf("consent: restore client %d: %w", id, err)
	}
	return nil
}

func checkNote(note string) error {
	var f fault.Form
	if utf8.RuneCountInString(note) > 1000 {
		f.Add("note", "Keep the note under 1,000 characters.")
	}
	return f.Err()
}
