// Package autoemail owns the auto emails: saved searches with a schedule, what they match, the concierge queue in which an
// agent vets the matches, and the letters that carry them. It promises that an event of a home reaches an auto email once
// for ever, that nothing new is no letter, that a match in concierge mode leaves only after an agent's yes and a minute to
// take it back, and that a client who gives no sign gets fewer letters, never silently none. It sends nothing itself: its
// letters go into the outbox, each with a permit of the consent ledger.
package autoemail

import (
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

// ID names an auto email.
type ID int64

// State is whether an auto email runs.
type State string

// The states.
const (
	Active  State = "active"
	Paused  State = "paused"
	Deleted State = "deleted" // for a day it can be brought back
)

// Who paused an auto email, or what did.
const (
	ByAgent  = "agent"
	ByClient = "client"
	ByOptOut = "opt-out"  // the client opted out at a letter of this agent
	BySlow   = "no sign"  // slowed down to its end
	ByExpiry = "expired"  // the agent had set a last day
	ByBroken = "criteria" // its criteria or schedule can't be read any more
)

// What the next letter of an auto email begins with: it is its first, its criteria changed, or it runs again after a pause.
// Such a letter leaves also with no homes in it.
const (
	OpeningNone    = ""
	OpeningWelcome = "welcome"
	OpeningRevised = "revised"
	OpeningAgain   = "again"
)

// Search is an auto email.
type Search struct {
	bun.BaseModel `bun:"table:searches,alias:s"`

	ID          ID         `bun:"id,pk,autoincrement"`
	AgentID     agents.ID  `bun:"agent_id"`
	ClientID    clients.ID `bun:"client_id"`
	Name        string     `bun:"name"`     // the client sees it
	NameKey     string     `bun:"name_key"` // Name folded, for searching
	CriteriaRaw string     `bun:"criteria"`
	ScheduleRaw string     `bun:"schedule"`
	SlowedRaw   string     `bun:"slowed"`
	EventsRaw   string     `bun:"events"`
	Subject     string     `bun:"subject"` // empty: made from the homes
	Message     string     `bun:"message"` // Markdown above the homes
	CopyMe      bool       `bun:"copy_me"` // the agent gets each letter too, without the client's links
	Concierge   bool       `bun:"concierge"`
	DropsDirect bool       `bun:"drops_direct"`         // in concierge mode: price drops on homes approved before go straight through
	Opening     string     `bun:"opening"`              // what the next letter begins with
	Begun       bool       `bun:"begun"`                // the homes that matched at the beginning were looked up
	SinceEvent  int64      `bun:"since_event"`          // the listings' newest event when it was made: those behind it are news
	MissedFrom  time.Time  `bun:"missed_from,nullzero"` // not begun again: since when it was paused; what happened then is to be caught up
	State       State      `bun:"state"`
	PausedBy    string     `bun:"paused_by"`
	PausedUntil time.Time  `bun:"paused_until,nullzero"` // runs again by itself; zero: not by itself
	StateAt     time.Time  `bun:"state_at"`
	ExpiresOn   string     `bun:"expires_on"`       // last day, "2027-05-01"; empty: none
	NextAt      time.Time  `bun:"next_at,nullzero"` // when its next letter is due; zero: nothing waits
	LastSentAt  time.Time  `bun:"last_sent_at,nullzero"`
	SignAt      time.Time  `bun:"sign_at"`           // the client's last sign, or when a period began
	AskedAt     time.Time  `bun:"asked_at,nullzero"` // when it was last slowed down and the client asked "still looking?"
	CreatedAt   time.Time  `bun:"created_at"`
	Version     int64      `bun:"version"`

	Criteria listings.Criteria    `bun:"-"`
	Schedule Schedule             `bun:"-"` // as the agent set it
	Slowed   *Schedule            `bun:"-"` // the slower one it runs on for want of a sign; nil: its own
	Events   []listings.EventKind `bun:"-"` // of listings.EventKinds
}

// Pace is the schedule it runs on now.
func (s *Search) Pace() Schedule {
	if s.Slowed != nil {
		return *s.Slowed
	}
	return s.Schedule
}

// MatchState is how far a match is.
type MatchState string

// The states of a match. In concierge mode: Unsent (in the queue), Approved (leaves after a minute), Rejected; else Waiting
// for the schedule. Dropped: the home stopped being what the search asks for, or could not be shown any more, before it left.
const (
	Waiting  MatchState = "waiting"
	Unsent   MatchState = "unsent"
	Approved MatchState = "approved"
	Rejected MatchState = "rejected"
	Sent     MatchState = "sent"
	Dropped  MatchState = "dropped"
)

// Match is one event of one home for one auto email.
type Match struct {
	bun.BaseModel `bun:"table:matches,alias:x"`

	ID          int64              `bun:"id,pk,autoincrement"`
	SearchID    ID                 `bun:"search_id"`
	ClientID    clients.ID         `bun:"client_id"`
	AgentID     agents.ID          `bun:"agent_id"`
	ListingID   listings.ID        `bun:"listing_id"`
	Kind        listings.EventKind `bun:"kind"`
	OnceKey     string             `bun:"once_key"`
	OldPrice    *int64             `bun:"old_price"`
	NewPrice    *int64             `bun:"new_price"`
	FoundStatus listings.Status    `bun:"found_status"` // the home's when it was found; empty: as Kind says
	State       MatchState         `bun:"state"`
	Note        string             `bun:"note"`   // the agent's words to the client about this home
	Reason      string             `bun:"reason"` // rejected: of Reasons, for the agent only; back in the queue: why
	MailingID   outbox.MailingID   `bun:"mailing_id"`
	FoundAt     time.Time          `bun:"found_at"`
	DecidedAt   time.Time          `bun:"decided_at,nullzero"`
	DecidedBy   agents.ID          `bun:"decided_by"`
	Version     int64              `bun:"version"` // moves with every change
}

// UndoFor is how long a decision can be taken back before an approved home leaves.
const UndoFor = 60 * time.Second

// AtMostShown is how many homes stand in one letter; the rest is on the letter's page ("see all").
const AtMostShown = 25

// AtMostBegin is how many homes that match at the beginning are taken, the newest.
const AtMostBegin = 100

// Reasons are why a home may be rejected: of the home, never of people or neighborhood (Fair Housing Act, 42 U.S.C. 3604;
// NAR Code of Ethics, article 10).
var Reasons = []string{"Price", "Too small", "Too large", "Condition", "Layout", "Lot", "Seen already", "Not what they asked for"}
