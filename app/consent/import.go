package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Entry is one person of a file that an agent brings along.
type Entry struct {
	Line     int
	Form     clients.Form
	OptedOut bool // had unsubscribed where the file comes from
}

// Refused is an entry that can't be taken, and why.
type Refused struct {
	Line        int
	Name, Email string
	Say         string
}

// Taken is an entry as it is saved.
type Taken struct {
	Client     clients.Client
	State      State
	Remembered bool // closed because the address opted out here before
}

// Imported is what an import did, or would do.
type Imported struct {
	Added      int
	Closed     int     // of those, added with consent closed: opted out here before, or in the file
	Waiting    int     // of those, who have to say yes themselves first (agents.Policy)
	Remembered int     // of those again, opted out here before
	First      []Taken // the first ten that were added, to look at
	Refused    []Refused
}

const firstTaken = 10

// Import adds the entries as the agent's clients in one transaction: all that can be taken, or after an error none.
// Consent opens only where nothing speaks against it: neither the ledger nor any row of the file with this address.
// Whoever is the agent's client already stays as they are. try does the same and takes it back, for a preview. progress
// is told how many entries were looked at; it may be nil.
func (l *Ledger) Import(ctx context.Context, write *bun.DB, owner agents.Agent, entries []Entry, source string, try bool, progress func(int), now time.Time) (Imported, error) {
	i := importing{ledger: l, by: By{Agent: owner, Door: DoorImport, Note: source}, gone: unsubscribed(entries), now: moment(now)}
	back := errors.New("taken back")
	err := write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		i.done, i.made, i.held = Imported{}, map[clients.Status]int{}, map[int]bool{}
		for from := 0; from < len(entries); from += importChunk {
			to := min(from+importChunk, len(entries))
			if err := i.take(ctx, db, entries[from:to]); err != nil {
				return fmt.Errorf("lines %d to %d: %w", entries[from].Line, entries[to-1].Line, err)
			}
			if progress != nil {
				progress(to)
			}
		}
		if try {
			return back
		}
		return clients.CountNew(ctx, db, owner.ID, i.made)
	})
	if err != nil && !errors.Is(err, back) {
		return Imported{}, fmt.Errorf("consent: import for agent %d: %w", owner.ID, err)
	}
	return i.done, nil
}

// importChunk is how many entries are written at once.
const importChunk = 200

// importing is an import under way.
type importing struct {
	ledger *Ledger
	by     By
	gone   map[string]bool
	now    time.Time
	done   Imported
	made   map[clients.Status]int
	held   map[int]bool // stripes that the transaction watches
}

// unsubscribed are the keys of all addresses that some row of the file calls unsubscribed: where two rows have the same
// address the first one is taken, and it may be the other one that knows.
func unsubscribed(entries []Entry) map[string]bool {
	gone := map[string]bool{}
	for _, entry := range entries {
		if entry.OptedOut {
			if mailbox, err := address.Parse(entry.Form.Email); err == nil {
				gone[mailbox.Key()] = true
			}
		}
	}
	return gone
}

func (i *importing) take(ctx context.Context, db bun.Tx, entries []Entry) error {
	forms := make([]clients.Form, len(entries))
	for n, entry := range entries {
		forms[n] = entry.Form
	}
	brought, err := clients.CreateMany(ctx, db, i.by.Agent.ID, forms, i.now)
	if err != nil {
		return err
	}
	var added []clients.Client
	for n, one := range brought {
		if one.Fault == nil {
			added = append(added, one.Client)
			i.made[one.Client.Status]++
		} else if err := i.refuse(ctx, db, entries[n], fault.As(one.Fault)); err != nil {
			return err
		}
	}
	return i.enroll(ctx, db, added)
}

// enroll does for many what Ledger.Enroll does for one, and closes whom the file calls unsubscribed.
func (i *importing) enroll(ctx context.Context, db bun.Tx, added []clients.Client) error {
	if len(added) == 0 {
		return nil
	}
	hashes := make([]string, len(added))
	busy := map[string]bool{} // opting out at this very moment
	for n, c := range added {
		hashes[n] = i.ledger.Hash(c.EmailKey)
		alone, err := i.ledger.watched(ctx, db, hashes[n], i.held)
		if err != nil {
			return err
		}
		busy[hashes[n]] = !alone
	}
	said, complained, err := saidOfMany(ctx, db, hashes)
	if err != nil {
		return err
	}
	pauses, err := pausesAt(ctx, db, i.by.Agent.ID, hashes, i.now)
	if err != nil {
		return err
	}
	var opened, closed []Event
	remembered := map[clients.ID]bool{}
	for n, c := range added {
		hash := hashes[n]
		e := i.by.event(Added, c.ID, c.AgentID, hash, i.now)
		because, before := recall(said[hash], complained[hash], c.AgentID)
		switch {
		case before || busy[hash]:
			e.Kind, e.CauseID, remembered[c.ID] = AddedClosed, because.ID, true
		case i.gone[c.EmailKey]:
			closed = append(closed, i.by.event(WentOut, c.ID, c.AgentID, hash, i.now))
		}
		opened = append(opened, e)
	}
	why, err := addMany(ctx, db, opened)
	if err != nil {
		return err
	}
	out, err := addMany(ctx, db, closed)
	if err != nil {
		return err
	}
	policy, err := agents.LoadPolicy(ctx, db)
	if err != nil {
		return err
	}
	states := make([]Consent, len(added))
	for n, c := range added {
		states[n] = Consent{
			ClientID: c.ID, AgentID: c.AgentID, EmailKey: c.EmailKey, AddressHash: hashes[n],
			State: i.by.opens(policy), Since: i.now, PausedUntil: pauses[hashes[n]], EventID: why[c.ID],
		}
		if remembered[c.ID] {
			states[n].State = OptedOut
		} else if id := out[c.ID]; id != 0 {
			states[n].State, states[n].EventID = OptedOut, id
		}
		i.note(c, states[n].State, remembered[c.ID])
	}
	if _, err := db.NewInsert().Model(&states).Exec(ctx); err != nil {
		return fmt.Errorf("write the states: %w", err)
	}
	return nil
}

func (i *importing) note(c clients.Client, state State, remembered bool) {
	i.done.Added++
	switch state {
	case OptedOut:
		i.done.Closed++
	case Pending:
		i.done.Waiting++
	}
	if remembered {
		i.done.Remembered++
	}
	if len(i.done.First) < firstTaken {
		i.done.First = append(i.done.First, Taken{c, state, remembered})
	}
}

// refuse notes why an entry can't be taken.
func (i *importing) refuse(ctx context.Context, db bun.Tx, entry Entry, f *fault.Error) error {
	no := Refused{
		Line: entry.Line, Name: strings.TrimSpace(entry.Form.FirstName + " " + entry.Form.LastName),
		Email: strings.TrimSpace(entry.Form.Email), Say: firstOf(f),
	}
	switch { // what a form asks for is no sentence about a file
	case no.Email == "":
		no.Say = "There is no e-mail address."
	case no.Name == "" && f.Fields["email"] == "":
		no.Say = "There is no name."
	}
	if mailbox, err := address.Parse(entry.Form.Email); err == nil && entry.OptedOut {
		old, err := recordAt(ctx, db, i.by.Agent.ID, i.ledger.Hash(mailbox.Key()))
		if err != nil {
			return err
		}
		own, err := consentOf(ctx, db, old)
		if err != nil {
			return err
		}
		if own != nil && own.State == OptedIn {
			no.Say += " The file says they unsubscribed: if that means your mail too, stop it on their page."
		}
	}
	i.done.Refused = append(i.done.Refused, no)
	return nil
}

// firstOf is what is wrong with the first field, in the fields' alphabetical order: the address before the names.
func firstOf(f *fault.Error) string {
	fields := make([]string, 0, len(f.Fields))
	for name := range f.Fields {
		fields = append(fields, name)
	}
	slices.Sort(fields)
	if len(fields) == 0 {
		return f.Say
	}
	return f.Fields[fields[0]]
}
