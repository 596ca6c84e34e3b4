package consent

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Permit says that a client may be mailed now by this agent. Only the ledger grants one; the zero value is refused by
// the outbox.
type Permit struct {
	client  clients.ID
	agent   agents.ID
	name    string
	address string
	hash    string
}

// Granted says whether the ledger made this permit.
func (p Permit) Granted() bool { return p.client != 0 }

// Client is who may be mailed.
func (p Permit) Client() clients.ID { return p.client }

// Agent is in whose name.
func (p Permit) Agent() agents.ID { return p.agent }

// Name is the client's full name.
func (p Permit) Name() string { return p.name }

// Address is the client's address as saved.
func (p Permit) Address() string { return p.address }

// Hash is the address's keyed hash.
func (p Permit) Hash() string { return p.hash }

// Refusal is a client who can't be mailed now.
type Refusal struct {
	Client clients.ID
	Name   string
	Gate   string // the first closed Gate's Name
	Say    string // its sentence, short enough for a list
}

// Check grants a permit for one of the agent's clients. Faults: NotFound, Denied with the closed gate's sentence.
func (l *Ledger) Check(ctx context.Context, db bun.IDB, agent agents.ID, id clients.ID, now time.Time) (Permit, error) {
	permits, refusals, err := l.CheckAll(ctx, db, agent, []clients.ID{id}, now)
	if err != nil {
		return Permit{}, err
	}
	if len(refusals) > 0 {
		return Permit{}, fault.New(fault.Denied, "%s can't be mailed now. %s", refusals[0].Name, refusals[0].Say)
	}
	return permits[0], nil
}

// CheckQuestion grants a permit to ask a client, once more, for the yes that is missing: it is good for outbox.PostQuestion, and no
// other letter passes the gate with it. Faults: NotFound, Denied where nothing is to be asked, or the address or the status takes no mail.
func (l *Ledger) CheckQuestion(ctx context.Context, db bun.IDB, agent agents.ID, id clients.ID, now time.Time) (Permit, error) {
	facts, err := factsOf(ctx, db, agent, []clients.ID{id}, now)
	if err != nil {
		return Permit{}, fmt.Errorf("consent: check the question to client %d: %w", id, err)
	}
	f, ok := facts[id]
	if !ok {
		return Permit{}, noSuchClient()
	}
	if !f.SameAddress || f.State != Pending {
		return Permit{}, fault.New(fault.Denied, "There is nothing to ask %s: they have answered, or were never asked to.", f.name())
	}
	refuses, err := l.Refuses(ctx, db, agent, f.AddressHash, now)
	if err != nil {
		return Permit{}, err
	}
	if refuses {
		return Permit{}, fault.New(fault.Denied, "%s can’t be asked by mail: the address said no here before, takes no mail, or asked for a pause.", f.name())
	}
	if f.Status == clients.Inactive || f.Status == clients.OnVacation {
		return Permit{}, fault.New(fault.Denied, "No mail goes to %s while their status is %s. Ask them when it is another.", f.name(), f.Status)
	}
	return Permit{client: id, agent: agent, name: f.name(), address: f.Email, hash: f.AddressHash}, nil
}

// batch is how many ids go into one query.
const batch = 500

// CheckAll grants permits for those of the ids that may be mailed and says why for the rest, both in the order of the
// ids; ids that are not the agent's are NotFound as a whole.
func (l *Ledger) CheckAll(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID, now time.Time) ([]Permit, []Refusal, error) {
	w, err := wordsOf(ctx, db)
	if err != nil {
		return nil, nil, fmt.Errorf("consent: check %d clients: %w", len(ids), err)
	}
	var permits []Permit
	var refusals []Refusal
	seen := make(map[clients.ID]bool, len(ids))
	for from := 0; from < len(ids); from += batch {
		chunk := ids[from:min(from+batch, len(ids))]
		facts, err := factsOf(ctx, db, agent, chunk, now)
		if err != nil {
			return nil, nil, fmt.Errorf("consent: check %d clients: %w", len(ids), err)
		}
		for _, id := range chunk {
			f, ok := facts[id]
			switch {
			case !ok:
				return nil, nil, noSuchClient()
			case seen[id]:
			case f.Gate == "":
				permits = append(permits, Permit{client: id, agent: agent, name: f.name(), address: f.Email, hash: f.AddressHash})
			default:
				refusals = append(refusals, Refusal{Client: id, Name: f.name(), Gate: f.Gate, Say: f.say(f.Gate, w.loc, now)})
			}
			seen[id] = true
		}
	}
	return permits, refusals, nil
}

// Refused says which of some clients of an agent can't be mailed now, each with the sentence of the first closed gate.
// Faults: NotFound.
func (l *Ledger) Refused(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID, now time.Time) (map[clients.ID]string, error) {
	_, refusals, err := l.CheckAll(ctx, db, agent, ids, now)
	said := make(map[clients.ID]string, len(refusals))
	for _, r := range refusals {
		said[r.Client] = r.Say
	}
	return said, err
}

// Asked for every letter while a mail server waits: two rows by their primary keys, and the blocks of one address.
const stillOpenSQL = "SELECT " + GateSQL + ", COALESCE(k.address_hash, '') FROM clients AS c LEFT JOIN consents AS k ON k.client_id = c.id WHERE c.id = ?"

// StillOpen is the question at the outbox's gate: may this client still be mailed at this address? ok or the sentence
// to put on the withheld letter. A client that no longer exists is not open.
func (l *Ledger) StillOpen(ctx context.Context, db bun.IDB, id clients.ID, hash string, now time.Time) (say string, ok bool, err error) {
	return still(ctx, db, stillOpenSQL, "Consent was closed before this letter left.", id, hash, now)
}

// stillToAskSQL is stillOpenSQL for the one letter that goes to a client whose yes is missing: all other gates count.
var stillToAskSQL = strings.Replace(stillOpenSQL, "k.state <> 'opted_in'", "k.state <> 'pending'", 1)

// StillToAsk is StillOpen for the question whether a client's agent may write to them: may it still be put, at this address?
func (l *Ledger) StillToAsk(ctx context.Context, db bun.IDB, id clients.ID, hash string, now time.Time) (say string, ok bool, err error) {
	return still(ctx, db, stillToAskSQL, "Consent was given or closed before this letter left.", id, hash, now)
}

func still(ctx context.Context, db bun.IDB, query, closed string, id clients.ID, hash string, now time.Time) (say string, ok bool, err error) {
	var gate, present string
	err = db.QueryRowContext(ctx, query, moment(now), int64(id)).Scan(&gate, &present)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "The client was deleted before this letter left.", false, nil
	case err != nil:
		return "", false, fmt.Errorf("consent: ask at the gate for client %d: %w", id, err)
	case gate == gateConsent:
		return closed, false, nil
	case present != hash:
		return "The client's address was changed before this letter left.", false, nil
	case gate == gateComplaint:
		return "The client marked mail as spam before this letter left.", false, nil
	case gate == gateAddress:
		return "The client's mail server refuses this address.", false, nil
	case gate == gatePause:
		return "The client asked for no mail for a while before this letter left.", false, nil
	case gate == gateStatus:
		return "The client's status was set to get no mail before this letter left.", false, nil
	}
	return "", true, nil
}
