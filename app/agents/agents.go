// Package agents owns the people who work here: their sign-in and sessions, the brokerage they work for, and the
// notices each must see. It promises that passwords are kept only as argon2id hashes and tokens only as SHA-256, and
// that a stranger's guessing can't lock anybody out for good. It never touches clients and never sends mail.
package agents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/fault"
)

// ID names an agent.
type ID int64

// Role is what an agent may do: agents keep their clients, a broker also sets up the brokerage.
type Role string

// The roles.
const (
	RoleAgent  Role = "agent"
	RoleBroker Role = "broker"
)

// Agent is one person who signs in.
type Agent struct {
	bun.BaseModel `bun:"table:agents,alias:a"`

	ID           ID        `bun:"id,pk,autoincrement"`
	Name         string    `bun:"name"`
	Email        string    `bun:"email"`
	EmailKey     string    `bun:"email_key"`
	MailboxKey   string    `bun:"mailbox_key"`
	Phone        string    `bun:"phone"`
	Role         Role      `bun:"role"`
	Signature    string    `bun:"signature"`
	PasswordHash string    `bun:"password_hash"`
	CreatedAt    time.Time `bun:"created_at"`
	Version      int64     `bun:"version"`
}

// Broker says whether the agent may set up the brokerage.
func (a Agent) Broker() bool { return a.Role == RoleBroker }

// FirstName is the name's first word, for greetings.
func (a Agent) FirstName() string {
	first, _, _ := strings.Cut(a.Name, " ")
	return first
}

// New is an agent to be.
type New struct {
	Name, Email, Password string
	Role                  Role
	Brokerage             string // its name; used only when the first agent is added, may be empty

	// Unless refuses an address that is somebody's already of whom this room knows nothing (clients.NobodyHolds), in the
	// transaction that adds the agent; nil: nobody is asked.
	Unless func(ctx context.Context, db bun.IDB, email string) error
}

// Add makes an agent. Adding the first one also makes the brokerage, with what can be guessed from the broker's
// address: its name and its sending domain (none for a free mailbox such as gmail.com). Faults: Invalid (name, email,
// password, role, brokerage).
func Add(ctx context.Context, db bun.IDB, n New, now time.Time) (Agent, error) {
	var form fault.Form
	name, err := Name(n.Name)
	if err != nil {
		form.Add("name", "%s", err)
	}
	mailbox, err := address.Parse(n.Email)
	if err != nil {
		form.Add("email", "%s", err)
	}
	if err := checkPassword(n.Password, name, mailbox.String()); err != nil {
		form.Add("password", "%s", err)
	}
	if n.Role != RoleAgent && n.Role != RoleBroker {
		form.Add("role", "Choose agent or broker.")
	}
	house, err := Line(n.Brokerage, 300)
	if err != nil {
		form.Add("brokerage", "%s", err)
	}
	if err := form.Err(); err != nil {
		return Agent{}, err
	}
	stored, err := hash(ctx, n.Password)
	if err != nil {
		return Agent{}, fmt.Errorf("agents: hash a password: %w", err)
	}
	a := Agent{
		Name: name, Email: mailbox.String(), EmailKey: mailbox.Key(), MailboxKey: mailbox.Mailbox(), Role: n.Role,
		PasswordHash: stored, CreatedAt: now, Version: 1,
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if n.Unless != nil {
			if err := n.Unless(ctx, db, n.Email); err != nil {
				return err
			}
		}
		result, err := db.NewInsert().Model(&a).On("CONFLICT (email_key) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if added, err := result.RowsAffected(); err != nil {
			return err
		} else if added == 0 {
			form.Add("email", "Somebody signs in with this address already.")
			return form.Err()
		}
		return seed(ctx, db, guess(house, name, mailbox))
	})
	if err != nil {
		return Agent{}, fmt.Errorf("agents: add: %w", err)
	}
	return a, nil
}

// Any says whether anybody can sign in yet.
func Any(ctx context.Context, db bun.IDB) (bool, error) {
	some, err := db.NewSelect().Model((*Agent)(nil)).Exists(ctx)
	if err != nil {
		return false, fmt.Errorf("agents: look for any: %w", err)
	}
	return some, nil
}

// Find returns one agent. Faults: NotFound.
func Find(ctx context.Context, db bun.IDB, id ID) (Agent, error) {
	var a Agent
	err := db.NewSelect().Model(&a).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Agent{}, fault.New(fault.NotFound, "There is no such agent here.")
	}
	if err != nil {
		return Agent{}, fmt.Errorf("agents: find %d: %w", id, err)
	}
	return a, nil
}

// List returns all agents by name.
func List(ctx context.Context, db bun.IDB) ([]Agent, error) {
	var all []Agent
	if err := db.NewSelect().Model(&all).OrderExpr("lower(name), id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("agents: list: %w", err)
	}
	return all, nil
}

// Profile is what agents change of themselves. Version is that of the Agent the form was filled from.
type Profile struct {
	Name, Phone, Signature string
	Version                int64
}

// Update saves an agent's profile. Faults: NotFound, Invalid (name, phone, signature), Conflict if saved elsewhere
// meanwhile.
func Update(ctx context.Context, db bun.IDB, id ID, p Profile) (Agent, error) {
	var form fault.Form
	name, err := Name(p.Name)
	if err != nil {
		form.Add("name", "%s", err)
	}
	phone, err := Phone(p.Phone)
	if err != nil {
		form.Add("phone", "%s", err)
	}
	signature, err := Text(p.Signature, 1000)
	if err != nil {
		form.Add("signature", "%s", err)
	}
	if err := form.Err(); err != nil {
		return Agent{}, err
	}
	var a Agent
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		result, err := db.NewUpdate().Model((*Agent)(nil)).
			Set("name = ?", name).Set("phone = ?", phone).Set("signature = ?", signature).Set("version = version + 1").
			Where("id = ?", id).Where("version = ?", p.Version).Exec(ctx)
		if err != nil {
			return err
		}
		saved, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if a, err = Find(ctx, db, id); err == nil && saved == 0 {
			return fault.New(fault.Conflict, "Your profile was saved elsewhere while you were editing. What you typed is kept; look at what changed and save again.")
		}
		return err
	})
	if err != nil {
		return Agent{}, fmt.Errorf("agents: update %d: %w", id, err)
	}
	return a, nil
}
