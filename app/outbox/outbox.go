// Package outbox is the durable mail queue and its courier. It promises that a letter once posted ends as sent, failed,
// expired, withheld or cancelled, with a reason a person can read, also after a kill; that it asks the consent ledger
// when a letter is posted, while it waits, and once more under the recipient's lock as DATA is written; and that a letter
// tried again has the same bytes. It never decides who may be mailed and never deletes a letter for being old.
package outbox

import (
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// MailingID names a mailing: one text sent to one or many.
type MailingID int64

// LetterID names a letter: a mailing's copy for one recipient.
type LetterID int64

// State is where a letter is.
type State string

// The states; all but Ready and Sending are final.
const (
	Ready     State = "ready" // waits for its turn or its next try
	Sending   State = "sending"
	Sent      State = "sent"
	Failed    State = "failed"
	Expired   State = "expired"
	Withheld  State = "withheld" // a gate closed before it left
	Cancelled State = "cancelled"
)

// States are all states in the order pages show them.
var States = []State{Ready, Sending, Sent, Failed, Expired, Withheld, Cancelled}

// Final says whether a letter in this state will not change any more by itself.
func (s State) Final() bool { return s != Ready && s != Sending }

// What Letter.Prio can be. A paused mailing's letters stand behind everything, where no claim looks: so a big one that
// waits costs the others nothing.
const (
	prioNotice = 0
	prioLetter = 1
	prioPaused = 2
)

// What Mailing.Kind can be.
const (
	kindLetter = "letter"
	kindNotice = "notice"
	kindTest   = "test"
)

// What Mailing.State can be.
const (
	mailingSending   = "sending"
	mailingPaused    = "paused"
	mailingCancelled = "cancelled"
)

// Letter is one row of the outbox.
type Letter struct {
	bun.BaseModel `bun:"table:letters,alias:l"`

	ID          LetterID   `bun:"id,pk,autoincrement"`
	MailingID   MailingID  `bun:"mailing_id"`
	AgentID     agents.ID  `bun:"agent_id"`  // 0 in notices: those are the house's
	ClientID    clients.ID `bun:"client_id"` // 0 in notices and tests
	Prio        int        `bun:"prio"`      // 0 notices and tests, 1 letters, 2 while the mailing is paused
	ToName      string     `bun:"to_name"`
	ToAddress   string     `bun:"to_address"`
	AddressHash string     `bun:"address_hash"`
	Domain      string     `bun:"domain"`
	Token       string     `bun:"token"`
	MessageID   string     `bun:"message_id"`
	State       State      `bun:"state"`
	Reason      string     `bun:"reason"` // a sentence; empty while all goes well
	Attempts    int        `bun:"attempts"`
	Ambiguous   int        `bun:"ambiguous"` // tries after which nobody knows whether it was taken
	NotBefore   time.Time  `bun:"not_before"`
	ExpiresAt   time.Time  `bun:"expires_at"`
	LeaseOwner  string     `bun:"lease_owner"`
	LeaseUntil  time.Time  `bun:"lease_until,nullzero"`
	LeaseGen    int64      `bun:"lease_gen"`
	Code        int        `bun:"code"`
	Enhanced    string     `bun:"enhanced"`
	Reply       string     `bun:"reply"`
	CreatedAt   time.Time  `bun:"created_at"`
	EndedAt     time.Time  `bun:"ended_at,nullzero"`

	Subject string `bun:"subject,scanonly"` // of its mailing
}

// Mailing is one text, frozen, and how far its letters are.
type Mailing struct {
	bun.BaseModel `bun:"table:mailings,alias:m"`

	ID             MailingID `bun:"id,pk,autoincrement"`
	AgentID        agents.ID `bun:"agent_id"`
	Kind           string    `bun:"kind"`  // letter, notice, test
	State          string    `bun:"state"` // sending, paused, cancelled
	IdempotencyKey string    `bun:"idempotency_key"`
	Subject        string    `bun:"subject"`
	Markdown       string    `bun:"markdown"`
	Template       []byte    `bun:"template"`
	CreatedAt      time.Time `bun:"created_at"`
}

// Attempt is one try at a letter and what the other side said.
type Attempt struct {
	bun.BaseModel `bun:"table:letter_attempts,alias:t"`

	ID       int64     `bun:"id,pk,autoincrement"`
	LetterID LetterID  `bun:"letter_id"`
	Number   int       `bun:"number"`
	At       time.Time `bun:"at"`
	Outcome  string    `bun:"outcome"` // sent, deferred, failed, withheld, unknown
	Phase    string    `bun:"phase"`
	Code     int       `bun:"code"`
	Enhanced string    `bun:"enhanced"`
	Reply    string    `bun:"reply"`
}

// What Attempt.Outcome can be.
const (
	outcomeSent     = "sent"
	outcomeDeferred = "deferred"
	outcomeFailed   = "failed"
	outcomeWithheld = "withheld"
	outcomeUnknown  = "unknown"
)
