package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Block records that an address can't be mailed: kind is Undeliverable or Complained, detail what the other side said.
// A complaint also opts the address out, with statuses untouched. The agents concerned get a notice. Idempotent.
func (l *Ledger) Block(ctx context.Context, write *bun.DB, hash string, kind Kind, detail string, now time.Time) error {
	if kind != Undeliverable && kind != Complained {
		return fmt.Errorf("consent: block an address: %q is no reason", kind)
	}
	now = moment(now)
	err := l.Hold(ctx, write, hash, func(ctx context.Context, db bun.Tx) error {
		standing, err := blocked(ctx, db, hash, kind)
		if err != nil || standing {
			return err
		}
		by := By{Door: DoorBounce, Note: cut(detail, 500)}
		if kind == Complained {
			by.Door = DoorReport
		}
		return record(ctx, db, hash, kind, by, now)
	})
	if err != nil {
		return fmt.Errorf("consent: block an address: %w", err)
	}
	return nil
}

// Complain is Block with Complained for the address of an agent's client, at the agent's word: reports of mail providers (RFC 5965)
// reach people here, not this program. Faults: NotFound, Invalid (note).
func (l *Ledger) Complain(ctx context.Context, write *bun.DB, id clients.ID, by By, now time.Time) error {
	now, by.Door = moment(now), DoorReport
	err := l.holdClient(ctx, write, Link{Client: id}, func(ctx context.Context, db bun.Tx, _ Link, c *clients.Client) error {
		if c == nil || c.AgentID != by.Agent.ID {
			return noSuchClient()
		}
		if err := checkNote(by.Note); err != nil {
			return err
		}
		hash := l.Hash(c.EmailKey)
		standing, err := blocked(ctx, db, hash, Complained)
		if err != nil || standing {
			return err
		}
		return record(ctx, db, hash, Complained, by, now)
	})
	if err != nil {
		return fmt.Errorf("consent: complaint of client %d: %w", id, err)
	}
	return nil
}

func record(ctx context.Context, db bun.Tx, hash string, kind Kind, by By, now time.Time) error {
	first := by.event(kind, 0, 0, hash, now)
	if kind == Undeliverable {
		first.Actor = "mail server"
	}
	ks, err := consentsAt(ctx, db, hash)
	if err != nil {
		return err
	}
	if len(ks) == 0 { // everybody deleted the client: the address alone is remembered
		if err := first.add(ctx, db); err != nil {
			return err
		}
	}
	cause := first.ID
	for i := range ks {
		e := first
		e.ID, e.ClientID, e.AgentID, e.CauseID = 0, ks[i].ClientID, ks[i].AgentID, cause
		if by.Agent.ID != 0 && e.AgentID != by.Agent.ID { // as in follows(): another agent reads this row
			e.Note, e.Wording, e.IP, e.UserAgent = "", "", "", ""
		}
		if err := e.add(ctx, db); err != nil {
			return err
		}
		if cause == 0 {
			cause = e.ID
		}
		if kind == Complained && ks[i].State != OptedOut {
			ks[i].become(OptedOut, e)
			if err := ks[i].save(ctx, db); err != nil {
				return err
			}
		}
	}
	b := block{AddressHash: hash, Reason: kind, Since: now, Detail: by.Note, EventID: cause}
	if _, err := db.NewInsert().Model(&b).Exec(ctx); err != nil {
		return fmt.Errorf("write the block: %w", err)
	}
	return tellBlock(ctx, db, kind, by.Note, ks, now)
}

func tellBlock(ctx context.Context, db bun.IDB, kind Kind, detail string, ks []Consent, now time.Time) error {
	w, err := wordsOf(ctx, db)
	if err != nil {
		return err
	}
	records, err := named(ctx, db, ids(ks))
	if err != nil {
		return err
	}
	told := map[agents.ID]bool{}
	for _, k := range ks {
		if told[k.AgentID] {
			continue
		}
		told[k.AgentID] = true
		c := records[k.ClientID]
		n := agents.Notice{
			AgentID: k.AgentID, Kind: agents.NoticeAddress, ClientID: int64(c.ID), Mails: true,
			Title:  "Mail to " + c.Name() + " comes back",
			Body:   fmt.Sprintf("The mail server of %s refuses mail to %s for good, last on %s.", c.Name(), c.Email, w.when(now)),
			Action: c.Name(), Path: fmt.Sprintf("/clients/%d", c.ID),
		}
		if kind == Complained {
			n.Title = c.Name() + " marked mail from " + w.house + " as spam"
			n.Body = fmt.Sprintf("%s (%s) marked a letter from %s as spam; the report came on %s.\n\nAll mail from %s to this address has stopped, and you can't restore it: only they can opt in again, from any old letter. Their status is as it was.",
				c.Name(), c.Email, w.house, w.when(now), w.house)
		} else {
			if detail != "" {
				n.Body += " It said: " + detail
			}
			n.Body += "\n\nNo more mail goes there. Ask them for their right address and correct it with Edit, or, if you know that it works again, say so on their page."
		}
		if err := tell(ctx, db, n, now); err != nil {
			return err
		}
	}
	return nil
}

// Unblock lifts Undeliverable of one client's address, at the agent's word. Where nothing is to be lifted it does
// nothing. Faults: NotFound.
func (l *Ledger) Unblock(ctx context.Context, write *bun.DB, id clients.ID, by By, now time.Time) error {
	now = moment(now)
	err := l.holdClient(ctx, write, Link{Client: id}, func(ctx context.Context, db bun.Tx, _ Link, c *clients.Client) error {
		if c == nil || c.AgentID != by.Agent.ID {
			return noSuchClient()
		}
		hash := l.Hash(c.EmailKey)
		lifted, err := unblock(ctx, db, hash, Undeliverable)
		if err != nil || !lifted {
			return err
		}
		e := by.event(Deliverable, id, c.AgentID, hash, now)
		return e.add(ctx, db)
	})
	if err != nil {
		return fmt.Errorf("consent: unblock client %d: %w", id, err)
	}
	return nil
}
