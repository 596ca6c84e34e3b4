package consent

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// The names of the gates, in the order they are asked.
const (
	gateConsent   = "consent"
	gateComplaint = "complaint"
	gateAddress   = "address"
	gatePause     = "pause"
	gateStatus    = "status"
)

// GateSQL is the one answer to "may this client be mailed?": the name of the first closed gate, empty when all are
// open. It reads clients AS c left-joined with consents AS k on the client's id, and has one placeholder: the present
// time, in UTC. No state, or the state of another address, is closed. OpenSQL asks only whether all are open.
const (
	GateSQL = `CASE
 WHEN k.client_id IS NULL OR k.state <> 'opted_in' OR k.email_key <> c.email_key THEN 'consent'
 WHEN EXISTS (SELECT 1 FROM address_blocks AS b WHERE b.address_hash = k.address_hash AND b.reason = 'complained') THEN 'complaint'
 WHEN EXISTS (SELECT 1 FROM address_blocks AS b WHERE b.address_hash = k.address_hash AND b.reason = 'undeliverable') THEN 'address'
 WHEN k.paused_until > ? THEN 'pause'
 WHEN c.status IN ('On Vacation', 'Inactive') THEN 'status'
 ELSE '' END`
	OpenSQL = `(k.client_id IS NOT NULL AND k.state = 'opted_in' AND k.email_key = c.email_key AND (k.paused_until IS NULL OR k.paused_until <= ?)
 AND c.status NOT IN ('On Vacation', 'Inactive') AND NOT EXISTS (SELECT 1 FROM address_blocks AS b WHERE b.address_hash = k.address_hash))`

	joined = " FROM clients AS c LEFT JOIN consents AS k ON k.client_id = c.id"
)

// fact is what there is to say about one client's gates.
type fact struct {
	ID            clients.ID     `bun:"id"`
	AgentID       agents.ID      `bun:"agent_id"`
	FirstName     string         `bun:"first_name"`
	LastName      string         `bun:"last_name"`
	Email         string         `bun:"email"`
	Status        clients.Status `bun:"status"`
	StatusAt      time.Time      `bun:"status_at"`
	VacationUntil time.Time      `bun:"vacation_until,nullzero"`
	Gate          string         `bun:"gate"`
	Enrolled      bool           `bun:"enrolled"`
	SameAddress   bool           `bun:"same_address"`
	State         State          `bun:"state"`
	Since         time.Time      `bun:"since,nullzero"`
	AddressHash   string         `bun:"address_hash"`
	PausedUntil   time.Time      `bun:"paused_until,nullzero"`
	Kind          Kind           `bun:"kind"` // of the row that made State
	Door          Door           `bun:"door"`
	Actor         string         `bun:"actor"`
	Subject       string         `bun:"subject"`
	CauseAt       time.Time      `bun:"cause_at,nullzero"`
	CauseAgent    agents.ID      `bun:"cause_agent"`
	CauseKind     Kind           `bun:"cause_kind"`
	blocks        map[Kind]block
}

func (f fact) name() string {
	return clients.Client{FirstName: f.FirstName, LastName: f.LastName}.Name()
}

const factsSQL = "SELECT c.id, c.agent_id, c.first_name, c.last_name, c.email, c.status, c.status_at, c.vacation_until, " + GateSQL + ` AS gate,
 k.client_id IS NOT NULL AS enrolled, COALESCE(k.email_key = c.email_key, FALSE) AS same_address,
 COALESCE(k.state, '') AS state, k.since, COALESCE(k.address_hash, '') AS address_hash, k.paused_until,
 COALESCE(e.kind, '') AS kind, COALESCE(e.door, '') AS door, COALESCE(e.actor, '') AS actor, COALESCE(e.subject, '') AS subject,
 f.at AS cause_at, COALESCE(f.agent_id, 0) AS cause_agent, COALESCE(f.kind, '') AS cause_kind` + joined + `
 LEFT JOIN consent_events AS e ON e.id = k.event_id
 LEFT JOIN consent_events AS f ON f.id = e.cause_id
 WHERE c.id IN (?) AND c.agent_id = ?`

// factsOf returns the facts of those of the ids that are the agent's.
func factsOf(ctx context.Context, db bun.IDB, agent agents.ID, ids []clients.ID, now time.Time) (map[clients.ID]fact, error) {
	var rows []fact
	if err := db.NewRaw(factsSQL, moment(now), bun.List(ids), agent).Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read the gates: %w", err)
	}
	facts := make(map[clients.ID]fact, len(rows))
	for _, f := range rows {
		facts[f.ID] = f
	}
	return facts, nil
}

// say is the sentence of a closed gate.
func (f fact) say(gate string, loc *time.Location, now time.Time) string {
	switch gate {
	case gateConsent:
		return f.sayConsent(loc, now)
	case gateComplaint:
		return "Marked your mail as spam; only they can opt in again, from any old letter."
	case gateAddress:
		return "Their mail server refuses mail to this address."
	case gatePause:
		return "Asked for no mail until " + day(f.PausedUntil, loc, now) + "."
	case gateStatus:
		if f.Status == clients.OnVacation {
			return "On vacation until " + day(f.VacationUntil, loc, now) + "; comes back by itself."
		}
		return "The status is Inactive; set it to Active to write to them."
	}
	return ""
}

// sayConsent tells why consent is closed.
func (f fact) sayConsent(loc *time.Location, now time.Time) string {
	switch {
	case !f.Enrolled:
		return "No consent was ever recorded."
	case !f.SameAddress:
		return "Consent was given for another address."
	case f.State == Pending:
		return "Has not said yes yet. A letter asks them; nothing else goes out until they do."
	case f.Kind == Complained:
		return "Marked your mail as spam on " + day(f.Since, loc, now) + "; only they can opt in again, from any old letter."
	}
	at, elsewhere := f.Since, false
	if !f.CauseAt.IsZero() {
		at, elsewhere = f.CauseAt, f.CauseAgent != f.AgentID
	}
	date := day(at, loc, now)
	switch {
	case f.CauseKind == Complained:
		return "This address marked our mail as spam on " + date + "; only they can opt in again, from any old letter."
	case elsewhere:
		return "Opted out at another agent's letter on " + date + ": ask first."
	case f.Kind == AddedClosed || f.Kind == Readdressed:
		return "This address opted out on " + date + ", before you entered it: ask first."
	case f.Door == DoorOneClick:
		return "Opted out on " + date + " with the unsubscribe button of their mail program" + f.from() + "."
	case f.Door == DoorPhone || f.Door == DoorAgent:
		return "Opted out on " + date + "; " + f.Actor + " recorded it."
	}
	return "Opted out on " + date + f.from() + "."
}

func (f fact) from() string {
	if f.Subject == "" {
		return ""
	}
	return " from “" + f.Subject + "”"
}

// day is a date as people say it, with the year where it is another.
func day(t time.Time, loc *time.Location, now time.Time) string {
	t = t.In(loc)
	if t.Year() == now.In(loc).Year() {
		return t.Format("2 January")
	}
	return t.Format("2 January 2006")
}
