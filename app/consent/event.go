package consent

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Kind is what a ledger row records.
type Kind string

// The kinds of ledger row.
const (
	Added         Kind = "added"         // the client was added; consent open
	AddedClosed   Kind = "added_closed"  // added, but the address had opted out before
	WentOut       Kind = "opted_out"     // the client's own record
	WentOutToo    Kind = "opted_out_too" // another record with the same address
	WentIn        Kind = "opted_in"      // by the client
	Restored      Kind = "restored"      // by the agent, attesting that the client asked
	Undone        Kind = "undone"        // the client took an opt-out back at once
	Paused        Kind = "paused"        // until a date, by the client
	Resumed       Kind = "resumed"       // the client ended a pause early
	Readdressed   Kind = "readdressed"   // the agent changed the address; consent as it was, or closed
	Complained    Kind = "complained"    // marked as spam
	Undeliverable Kind = "undeliverable" // the address refuses for good
	Deliverable   Kind = "deliverable"   // the agent says the address works again
	Moved         Kind = "moved"         // given to another agent, whose row this is
	Erased        Kind = "erased"        // the client was deleted; the address is remembered by its hash
)

// closes says whether a row of this kind is an address's "no more".
func (k Kind) closes() bool { return k == WentOut || k == WentOutToo || k == Complained }

// Door is the way by which something reached the ledger.
type Door string

// The doors.
const (
	DoorPage     Door = "page"      // the opt-out page, a button pressed
	DoorOneClick Door = "one_click" // a mail program's button (RFC 8058)
	DoorPortal   Door = "portal"    // the client's portal, on a device that proved the address
	DoorAgent    Door = "agent"     // in this app
	DoorPhone    Door = "phone"     // told the agent
	DoorImport   Door = "import"
	DoorBounce   Door = "bounce"
	DoorReport   Door = "report" // a spam complaint (RFC 5965)
)

// Event is one row of the ledger. Rows are only ever added.
type Event struct {
	bun.BaseModel `bun:"table:consent_events,alias:e"`

	ID          int64      `bun:"id,pk,autoincrement"`
	At          time.Time  `bun:"at"`
	ClientID    clients.ID `bun:"client_id"`
	AgentID     agents.ID  `bun:"agent_id"`
	AddressHash string     `bun:"address_hash"`
	Kind        Kind       `bun:"kind"`
	Door        Door       `bun:"door"`
	Actor       string     `bun:"actor"` // "client", "mail server" or the agent's name
	ActorID     agents.ID  `bun:"actor_id"`
	MailingID   int64      `bun:"mailing_id"`
	Subject     string     `bun:"subject"` // of the letter it came from, frozen
	Wording     string     `bun:"wording"` // what the screen said
	Note        string     `bun:"note"`    // what the agent attests, or what the other side's mail server said
	// Until is the end of a pause, also of one that went along to another address; of an opt-out, the end of the vacation that it cut short.
	Until time.Time `bun:"until,nullzero"`
	// CauseID is the row this one followed from, or takes back; 0 for none.
	CauseID      int64          `bun:"cause_id"`
	StatusBefore clients.Status `bun:"status_before"`
	IP           string         `bun:"ip"` // cut to /24 or /48
	UserAgent    string         `bun:"user_agent"`
}

// By says who acts through which door, and what their screen said.
type By struct {
	Agent         agents.Agent // zero: the client
	Door          Door
	Wording, Note string
	Subject       string // of the letter the client came from, if known
	IP, UserAgent string
}

// event is the row of an act on one record.
func (by By) event(kind Kind, client clients.ID, agent agents.ID, hash string, now time.Time) Event {
	e := Event{
		At: moment(now), ClientID: client, AgentID: agent, AddressHash: hash, Kind: kind, Door: by.Door,
		Actor: "client", Wording: by.Wording, Note: by.Note, Subject: by.Subject,
		IP: coarse(by.IP), UserAgent: cut(by.UserAgent, 300),
	}
	if by.Agent.ID != 0 {
		e.Actor, e.ActorID = by.Agent.Name, by.Agent.ID
	}
	return e
}

// add appends a row and gives it its ID. It and addMany are the only statements that write the ledger.
func (e *Event) add(ctx context.Context, db bun.IDB) error {
	if _, err := db.NewInsert().Model(e).Exec(ctx); err != nil {
		return fmt.Errorf("write %s to the ledger: %w", e.Kind, err)
	}
	return nil
}

// addMany appends rows of different clients and returns their IDs by client.
func addMany(ctx context.Context, db bun.IDB, events []Event) (map[clients.ID]int64, error) {
	ids := map[clients.ID]int64{}
	if len(events) == 0 {
		return ids, nil
	}
	var made []struct {
		ID       int64      `bun:"id"`
		ClientID clients.ID `bun:"client_id"`
	}
	// The order in which rows come back is not promised (sqlite.org/lang_returning.html).
	if _, err := db.NewInsert().Model(&events).Returning("id, client_id").Exec(ctx, &made); err != nil {
		return nil, fmt.Errorf("write %d rows to the ledger: %w", len(events), err)
	}
	for _, row := range made {
		ids[row.ClientID] = row.ID
	}
	return ids, nil
}

// coarse is an IP address cut to its network, /24 or /48: enough to tell a mail scanner's data centre from a home, not
// enough to find the home. Empty for what is no IP address.
func coarse(ip string) string {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return ""
	}
	addr = addr.Unmap().WithZone("")
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	prefix, _ := addr.Prefix(bits)
	return prefix.String()
}

// cut is text without control characters and at most n characters long.
func cut(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
	if runes := []rune(text); len(runes) > n {
		text = string(runes[:n])
	}
	return text
}
