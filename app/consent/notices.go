package consent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// tell gives an agent a notice, unless the agent is gone.
func tell(ctx context.Context, db bun.IDB, n agents.Notice, now time.Time) error {
	if _, err := agents.Find(ctx, db, n.AgentID); fault.Of(err) == fault.NotFound {
		return nil
	} else if err != nil {
		return fmt.Errorf("find the agent to tell: %w", err)
	}
	if err := agents.Tell(ctx, db, n, now); err != nil {
		return fmt.Errorf("tell agent %d: %w", n.AgentID, err)
	}
	return nil
}

// words are what notices say alike.
type words struct {
	house string // the brokerage's name
	loc   *time.Location
}

func wordsOf(ctx context.Context, db bun.IDB) (words, error) {
	b, err := agents.LoadBrokerage(ctx, db)
	if err != nil {
		return words{}, fmt.Errorf("load the brokerage: %w", err)
	}
	w := words{house: b.Name, loc: b.Location()}
	if w.house == "" {
		w.house = "this brokerage"
	}
	return w, nil
}

func (w words) when(t time.Time) string { return t.In(w.loc).Format("2 January 2006 at 15:04") }

// letterOf is the letter an opt-out came from, as its client's agent reads of it; wrote is who sent it, 0 if unknown. A
// client may have been moved to another agent since.
func letterOf(ctx context.Context, db bun.IDB, e Event, wrote agents.ID) (string, error) {
	letter, named := "a letter of yours", "your letter"
	if wrote != 0 && wrote != e.AgentID {
		writer, err := agents.Find(ctx, db, wrote)
		switch {
		case fault.Of(err) == fault.NotFound:
			letter, named = "a letter of another agent", "another agent’s letter"
		case err != nil:
			return "", fmt.Errorf("find who wrote the letter: %w", err)
		default:
			letter, named = "a letter from "+writer.Name, "the letter from "+writer.Name
		}
	}
	if e.Subject == "" {
		return letter, nil
	}
	return named + " “" + e.Subject + "”", nil
}

// way is how an opt-out came, to follow "opted out on …".
func way(e Event, letter string) string {
	switch e.Door {
	case DoorOneClick:
		return ", with the unsubscribe button of their mail program, at " + letter
	case DoorPortal:
		return ", in their portal"
	case DoorPhone:
		return ", in person or by phone; " + e.Actor + " recorded it"
	case DoorAgent:
		return "; " + e.Actor + " recorded it"
	}
	return ", with the unsubscribe link in " + letter
}

func restorationPath(id clients.ID) string { return fmt.Sprintf("/clients/%d/restoration", id) }

const (
	restoreWords = "Click here to restore"
	howToRestore = "If they ask to hear from you again, restore them here. Mail then flows only when you have also set their status by hand: Edit, Status, Active, Save. They can opt in themselves, too, with the unsubscribe link of any old letter."
)

// named returns the clients of these records by id.
func named(ctx context.Context, db bun.IDB, ids []clients.ID) (map[clients.ID]clients.Client, error) {
	found := make(map[clients.ID]clients.Client, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	var rows []clients.Client
	if err := db.NewSelect().Model(&rows).Where("c.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("load the clients concerned: %w", err)
	}
	for _, c := range rows {
		found[c.ID] = c
	}
	return found, nil
}

func ids(ks []Consent) []clients.ID {
	list := make([]clients.ID, len(ks))
	for i, k := range ks {
		list[i] = k.ClientID
	}
	return list
}

// tellOptOut tells each agent concerned once: the one whose client it is (unless nothing changed there), and those of the
// other records. wrote is who sent the letter.
func (l *Ledger) tellOptOut(ctx context.Context, db bun.IDB, e Event, wrote agents.ID, c *clients.Client, news bool, others []Consent) error {
	w, err := wordsOf(ctx, db)
	if err != nil {
		return err
	}
	records, err := named(ctx, db, ids(others))
	if err != nil {
		return err
	}
	told := map[agents.ID]bool{}
	if news {
		told[e.AgentID] = true
		letter, err := letterOf(ctx, db, e, wrote)
		if err != nil {
			return err
		}
		n := ownOptOut(e, c, way(e, letter), w)
		for _, k := range others {
			if k.AgentID == e.AgentID {
				n.Body += "\n\nYour record of " + records[k.ClientID].Name() + " has that address too and is closed with it."
			}
		}
		if err := tell(ctx, db, n, e.At); err != nil {
			return err
		}
	}
	for _, k := range others {
		if told[k.AgentID] {
			continue
		}
		told[k.AgentID] = true
		name := records[k.ClientID].Name()
		err := tell(ctx, db, agents.Notice{
			AgentID: k.AgentID, Kind: agents.NoticeOptOut, ClientID: int64(k.ClientID), Mails: true,
			Title: name + " opted out at another agent's letter; ask first",
			Body: strings.Join([]string{
				fmt.Sprintf("%s (%s) opted out of all mail from %s on %s, at another agent's letter.", name, records[k.ClientID].Email, w.house, w.when(e.At)),
				"Your mail to them is held from now on. Their status with you is as it was.",
				"Ask them first, outside this app. If they want to go on hearing from you, restore them here; that reopens your record only.",
			}, "\n\n"),
			Action: restoreWords, Path: restorationPath(k.ClientID),
		}, e.At)
		if err != nil {
			return err
		}
	}
	return nil
}

// ownOptOut is the notice to the agent whose client it is.
func ownOptOut(e Event, c *clients.Client, how string, w words) agents.Notice {
	n := agents.Notice{AgentID: e.AgentID, Kind: agents.NoticeOptOut, Mails: true}
	if c == nil {
		n.Title = "Someone you deleted opted out of your e-mail"
		n.Body = fmt.Sprintf("A client you have since deleted opted out on %s%s.\n\nThere is nothing for you to do. If you add that address again, it starts opted out.", w.when(e.At), how)
		n.Action, n.Path = "My Clients", "/clients"
		return n
	}
	stopped := "All mail from " + w.house + " to this address has stopped; letters still waiting in the outbox are withheld. Their status is now Inactive."
	if e.StatusBefore == clients.Inactive {
		stopped = strings.Replace(stopped, "is now Inactive", "was Inactive already", 1)
	}
	n.ClientID = int64(c.ID)
	n.Title = c.Name() + " opted out of your e-mail"
	n.Body = fmt.Sprintf("%s (%s) opted out on %s%s.", c.Name(), c.Email, w.when(e.At), how) + "\n\n" + stopped + "\n\n" + howToRestore
	n.Action, n.Path = restoreWords, restorationPath(c.ID)
	n.Mails = e.ActorID != e.AgentID // who recorded it needs no mail about it
	return n
}

// tellUndo tells each agent whose record is open again.
func (l *Ledger) tellUndo(ctx context.Context, db bun.IDB, e Event, reopened []Event, now time.Time) error {
	w, err := wordsOf(ctx, db)
	if err != nil {
		return err
	}
	list := make([]clients.ID, len(reopened))
	for i, out := range reopened {
		list[i] = out.ClientID
	}
	records, err := named(ctx, db, list)
	if err != nil {
		return err
	}
	told := map[agents.ID]bool{}
	for _, out := range reopened {
		if told[out.AgentID] {
			continue
		}
		told[out.AgentID] = true
		c := records[out.ClientID]
		err := tell(ctx, db, agents.Notice{
			AgentID: out.AgentID, Kind: agents.NoticeOptIn, ClientID: int64(out.ClientID), Mails: true,
			Title: c.Name() + " took the opt-out back",
			Body: fmt.Sprintf("%s (%s) opted out on %s and took it back on %s.\n\nConsent is open again, as it was before. Their status is %s.",
				c.Name(), c.Email, w.when(e.At), w.when(now), c.Status),
			Action: c.Name(), Path: fmt.Sprintf("/clients/%d", out.ClientID),
		}, now)
		if err != nil {
			return err
		}
	}
	return nil
}
