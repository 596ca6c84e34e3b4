// Package portal owns the clients' private pages: who may open one and on which device, what they think of the homes they
// were sent, their words with their agent, their own searches, their household. It promises that a portal opens only on a
// device that proved it can read the client's mailbox, that such a device opens nothing of anybody else's, and that looking
// changes nothing but what the looker's own pages mark as seen. It sends nothing; who is told, and how, is decided above.
package portal

import (
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// Visitor is a person in a portal: whose portal it is, and who looks. They differ in a household, and where the agent looks
// on, who is nobody of it.
type Visitor struct {
	Client   clients.Client // whose portal
	Member   clients.Client // who looks; the client, or the second person of the household
	Device   int64          // 0: the agent
	ReadOnly bool           // the agent looks: nothing is marked, nothing can be pressed
}

// Settings are one portal's own.
type Settings struct {
	bun.BaseModel `bun:"table:portals,alias:po"`

	ClientID      clients.ID `bun:"client_id,pk"`
	DropPercent   int        `bun:"drop_percent"` // discarded homes stay quiet but for price drops of at least so much; 0: quiet always
	VisitAt       time.Time  `bun:"visit_at,nullzero"`
	VisitBeforeAt time.Time  `bun:"visit_before_at,nullzero"` // the visit before this one: what came since is new
	Version       int64      `bun:"version"`
}

// Kind is what somebody thinks of a home.
type Kind string

// The kinds of reaction.
const (
	Favorite    Kind = "favorite"
	Possibility Kind = "possibility"
	Discard     Kind = "discard"
)

// Reaction is what one person of a household thinks of a home.
type Reaction struct {
	bun.BaseModel `bun:"table:reactions,alias:re"`

	ClientID  clients.ID  `bun:"client_id,pk"` // whose portal
	ListingID listings.ID `bun:"listing_id,pk"`
	MemberID  clients.ID  `bun:"member_id,pk"` // who
	Kind      Kind        `bun:"kind"`
	At        time.Time   `bun:"at"`
}

// Message is a note on a home (ListingID) or a message (0), from either side.
type Message struct {
	bun.BaseModel `bun:"table:messages,alias:me"`

	ID        int64       `bun:"id,pk,autoincrement"`
	ClientID  clients.ID  `bun:"client_id"`
	AgentID   agents.ID   `bun:"agent_id"` // who wrote it, or has to read it
	ListingID listings.ID `bun:"listing_id"`
	Author    string      `bun:"author"`    // FromClient, FromAgent
	MemberID  clients.ID  `bun:"member_id"` // who wrote, of the household; 0: the agent
	Body      string      `bun:"body"`      // plain text
	OnceKey   string      `bun:"once_key"`  // a form sent twice writes once
	At        time.Time   `bun:"at"`
	SeenAt    time.Time   `bun:"seen_at,nullzero"` // by the other side
	ToldAt    time.Time   `bun:"told_at,nullzero"` // a mail says that it is there
}

// Who wrote a message.
const (
	FromClient = "client"
	FromAgent  = "agent"
)
