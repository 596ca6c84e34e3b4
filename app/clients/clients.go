// Package clients owns the people served: who they are, whose they are, and their status. It promises that an agent
// meets only their own clients (another's is NotFound) and that no address of this brokerage's agents becomes a
// client. It never decides who may be mailed beyond the status; consent does.
package clients

import (
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
)

// ID names a client.
type ID int64

// Status is where a client stands with their agent.
type Status string

// The statuses.
const (
	Active        Status = "Active"
	Prospect      Status = "Prospect"
	UnderContract Status = "Under Contract"
	Closed        Status = "Closed"
	OnVacation    Status = "On Vacation" // ends by itself
	Inactive      Status = "Inactive"
)

// Statuses are all statuses in the order pages show them.
var Statuses = []Status{Active, Prospect, UnderContract, Closed, OnVacation, Inactive}

// Mails says whether letters may go to a client of this status.
func (s Status) Mails() bool { return s != OnVacation && s != Inactive }

func (s Status) known() bool { return slices.Contains(Statuses, s) }

// Type is what a client is to the brokerage; a client may have several.
type Type string

// Types are all types in the order pages show them.
var Types = []Type{"Buyer", "Seller", "Renter", "Investor", "Past client", "Other"}

// Client is one person served by one agent.
type Client struct {
	bun.BaseModel `bun:"table:clients,alias:c"`

	ID            ID        `bun:"id,pk,autoincrement"`
	AgentID       agents.ID `bun:"agent_id"`
	FirstName     string    `bun:"first_name"`
	LastName      string    `bun:"last_name"`
	Email         string    `bun:"email"`
	EmailKey      string    `bun:"email_key"`
	Phone         string    `bun:"phone"`
	Status        Status    `bun:"status"`
	StatusBefore  Status    `bun:"status_before"` // what a vacation comes back to
	StatusAt      time.Time `bun:"status_at"`
	VacationUntil time.Time `bun:"vacation_until,nullzero"`
	Types         string    `bun:"types"` // joined by commas
	Notes         string    `bun:"notes"`
	SearchKey     string    `bun:"search_key"`
	SortKey       string    `bun:"sort_key"`
	CreatedAt     time.Time `bun:"created_at"`
	UpdatedAt     time.Time `bun:"updated_at"`
	Version       int64     `bun:"version"`
}

// Name is the full name.
func (c Client) Name() string { return strings.TrimSpace(c.FirstName + " " + c.LastName) }

// TypeList is Types as a list.
func (c Client) TypeList() []Type {
	var list []Type
	for _, t := range strings.FieldsFunc(c.Types, func(r rune) bool { return r == ',' }) {
		list = append(list, Type(t))
	}
	return list
}

// stand moves the client to a status. A vacation remembers what it comes back to.
func (c *Client) stand(s Status, until, now time.Time) {
	if s != OnVacation {
		until = time.Time{}
	}
	c.VacationUntil = until
	if s == c.Status {
		return
	}
	c.StatusBefore = ""
	if s == OnVacation {
		c.StatusBefore = c.Status
	}
	c.Status, c.StatusAt = s, now
}

// index renews what searches and lists go by.
func (c *Client) index() {
	c.SearchKey = searchKey(c.Name(), c.Email, c.Phone)
	c.SortKey = sortKey(c.FirstName, c.LastName)
}
