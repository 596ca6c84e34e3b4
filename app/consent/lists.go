package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Mailable returns the agent's clients who may be mailed now and match query (as clients.Filter), by name, at most
// limit, and how many there are in all.
func (l *Ledger) Mailable(ctx context.Context, db bun.IDB, agent agents.ID, query string, limit int, now time.Time) ([]clients.Client, int, error) {
	var list []clients.Client
	q := db.NewSelect().Model(&list).Join("LEFT JOIN consents AS k ON k.client_id = c.id").
		Where("c.agent_id = ?", agent).Where(OpenSQL, moment(now)).Apply(clients.Matching(query))
	total, err := q.Order("c.sort_key", "c.id").Limit(int64(limit)).ScanAndCount(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("consent: list who may be mailed by agent %d: %w", agent, err)
	}
	return list, int(total), nil
}

// Shut counts the agent's clients who can't be mailed now, by the first closed gate's name; those only on vacation
// are counted apart from the status gate, as "vacation", and those whose yes is missing from consent, as "pending".
func (l *Ledger) Shut(ctx context.Context, db bun.IDB, agent agents.ID, now time.Time) (map[string]int, error) {
	var rows []struct {
		Gate string `bun:"gate"`
		N    int    `bun:"n"`
	}
	err := db.NewRaw("SELECT CASE WHEN gate = 'status' AND status = 'On Vacation' THEN 'vacation' WHEN gate = 'consent' AND state = 'pending' THEN 'pending' ELSE gate END AS gate, COUNT(*) AS n"+
		" FROM (SELECT c.status, k.state, "+GateSQL+" AS gate"+joined+" WHERE c.agent_id = ?) AS g WHERE gate <> '' GROUP BY 1", moment(now), agent).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("consent: count who can't be mailed by agent %d: %w", agent, err)
	}
	counts := make(map[string]int, len(rows))
	for _, r := range rows {
		counts[r.Gate] = r.N
	}
	return counts, nil
}

// States returns the consents of some of the agent's clients, for lists.
func (l *Ledger) States(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID) (map[clients.ID]Consent, error) {
	states := make(map[clients.ID]Consent, len(ids))
	for from := 0; from < len(ids); from += batch {
		var ks []Consent
		err := db.NewSelect().Model(&ks).Where("k.client_id IN (?)", bun.List(ids[from:min(from+batch, len(ids))])).
			Where("k.agent_id = ?", agent).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("consent: read the states of %d clients: %w", len(ids), err)
		}
		for _, k := range ks {
			states[k.ClientID] = k
		}
	}
	return states, nil
}

// Waiting returns the agent's clients who opted back in (or were restored) and whose status is still Inactive, the
// longest waiting first.
func (l *Ledger) Waiting(ctx context.Context, db bun.IDB, agent agents.ID) ([]clients.Client, error) {
	var list []clients.Client
	err := db.NewSelect().Model(&list).
		Join("JOIN consents AS k ON k.client_id = c.id").
		Join("JOIN consent_events AS e ON e.id = k.event_id AND e.client_id = k.client_id").
		Where("e.agent_id = ?", agent).Where("c.agent_id = e.agent_id").
		// Every page asks this, and an agent may have thousands who are Inactive: with no index on this condition the
		// way leads through the few rows that opened again (consent_events_back).
		Where("c.status || '' = ?", clients.Inactive).
		Where("k.state = ?", OptedIn).Where("k.email_key = c.email_key").
		Where("e.kind IN (?)", bun.List([]Kind{WentIn, Restored})).
		// Made Inactive by the agent later on, they wait for nothing.
		Where("k.since >= c.status_at").
		Order("k.since", "c.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("consent: list who waits for agent %d: %w", agent, err)
	}
	return list, nil
}

// History returns the ledger of one of the agent's clients, newest first. Faults: NotFound.
func (l *Ledger) History(ctx context.Context, db bun.IDB, agent agents.ID, id clients.ID) ([]Event, error) {
	c, err := load(ctx, db, id, false)
	if err != nil {
		return nil, fmt.Errorf("consent: %w", err)
	}
	if c == nil || c.AgentID != agent {
		return nil, noSuchClient()
	}
	var events []Event
	if err := db.NewSelect().Model(&events).Where("e.client_id = ?", id).Order("e.id DESC").Scan(ctx); err != nil {
		return nil, fmt.Errorf("consent: read the ledger of client %d: %w", id, err)
	}
	return events, nil
}

// Standing is what the opt-out page shows of a link: the masked address, who is who, and what is the case now.
type Standing struct {
	// Masked is the address the letter went to, such as "j•••@example.com"; empty when nobody has it any more: the
	// client was deleted, or has another address now, which the reader of an old letter must not learn.
	Masked      string
	AgentName   string // empty when the agent is gone
	State       State  // OptedOut also when the client was deleted after opting out
	PausedUntil time.Time
	Exists      bool // whether the client's record is still there
	Mails       bool // whether the client's status lets mail through
	OthersOpen  bool // whether another record with the letter's address is open, so that somebody here may still write
}

// Stand returns where a link's client stands. It changes nothing.
func (l *Ledger) Stand(ctx context.Context, db bun.IDB, link Link, now time.Time) (Standing, error) {
	s, err := l.stand(ctx, db, link, now)
	if err != nil {
		return Standing{}, fmt.Errorf("consent: look up the link of client %d: %w", link.Client, err)
	}
	return s, nil
}

func (l *Ledger) stand(ctx context.Context, db bun.IDB, link Link, now time.Time) (Standing, error) {
	var s Standing
	link, c, err := resolve(ctx, db, link, false)
	if err != nil {
		return s, err
	}
	if c != nil {
		link.Agent = c.AgentID
	}
	agent, err := agents.Find(ctx, db, link.Agent)
	if err != nil && fault.Of(err) != fault.NotFound {
		return s, fmt.Errorf("find the agent: %w", err)
	}
	s.AgentName = agent.Name
	others, err := openBeside(ctx, db, link)
	if err != nil {
		return s, err
	}
	s.OthersOpen = len(others) > 0
	if c == nil {
		s.State = OptedIn
		_, closed, err := remembered(ctx, db, link.Hash, link.Agent)
		if closed {
			s.State = OptedOut
		}
		return s, err
	}
	s.Exists, s.Mails, s.State = true, c.Status.Mails(), OptedOut
	own, err := consentOf(ctx, db, c.ID)
	if err != nil {
		return s, err
	}
	if own.is(c) {
		s.State = own.State
		if own.paused(now) {
			s.PausedUntil = own.PausedUntil
		}
	}
	if l.Hash(c.EmailKey) == link.Hash {
		parsed, err := address.Parse(c.Email)
		if err != nil {
			return s, fmt.Errorf("read the client's address: %w", err)
		}
		s.Masked = parsed.Mask()
	}
	return s, nil
}
