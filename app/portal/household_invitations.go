package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Invitation asks a second person into a portal. It is a row, not a key: who proves, by a mailed code, that they read the
// invited address may take it. At most one is kept per portal, open or ended.
type Invitation struct {
	bun.BaseModel `bun:"table:household_invitations,alias:hi"`

	ID         int64      `bun:"id,pk,autoincrement"`
	ClientID   clients.ID `bun:"client_id"` // whose portal
	FirstName  string     `bun:"first_name"`
	LastName   string     `bun:"last_name"`
	Email      string     `bun:"email"`
	EmailKey   string     `bun:"email_key"`
	ByAgent    bool       `bun:"by_agent"` // not the client
	At         time.Time  `bun:"at"`
	ExpiresAt  time.Time  `bun:"expires_at"`
	DeclinedAt time.Time  `bun:"declined_at,nullzero"`
}

// InvitationLife is how long an invitation may be taken.
const InvitationLife = 14 * 24 * time.Hour

// How many invitations one may send in a day, and how many letters an address gets of all of them in a month.
const (
	invitationsOfPortal  = 3
	invitationsOfAgent   = 20
	invitationsToAddress = 2
)

// Name is first and last name, as who invites typed them.
func (i Invitation) Name() string { return strings.TrimSpace(i.FirstName + " " + i.LastName) }

// Open says whether it can still be taken.
func (i Invitation) Open(now time.Time) bool { return i.DeclinedAt.IsZero() && i.ExpiresAt.After(now) }

// Declined says whether the invited person said no.
func (i Invitation) Declined() bool { return !i.DeclinedAt.IsZero() }

// Guest is whom one invites, as typed.
type Guest struct{ FirstName, LastName, Email string }

// check reads a guest's names and address. A name that could carry a link or an address is none.
func (g Guest) check(of clients.Client, form *fault.Form) (checked Guest, mailbox address.Address) {
	name := func(field, text string) string {
		if strings.TrimSpace(text) == "" {
			return ""
		}
		text, err := agents.Name(text)
		switch {
		case err != nil:
			form.Add(field, "%s", err)
		case utf8.RuneCountInString(text) > longestName || strings.ContainsAny(text, "<>@:/"):
			form.Add(field, "Write just the name, in at most %d letters.", longestName)
		}
		return strings.Join(strings.Fields(strings.ReplaceAll(text, ".", ". ")), " ") // mail programs make links of dots within
	}
	checked = Guest{FirstName: name("first_name", g.FirstName), LastName: name("last_name", g.LastName)}
	if strings.TrimSpace(g.FirstName) == "" {
		form.Add("first_name", "Type a first name.")
	}
	mailbox, err := address.Parse(g.Email)
	if err != nil {
		form.Add("email", "%s", err)
		return checked, mailbox
	}
	if own, err := address.Parse(of.Email); err == nil && own.Mailbox() == mailbox.Mailbox() {
		form.Add("email", "This address is %s’s own. Each of the two needs an address of their own.", of.Name())
	}
	checked.Email = mailbox.String()
	return checked, mailbox
}

// Invite asks somebody into a client's portal, in the place of an invitation that ended. fresh is false where this very
// address is invited already: nothing changes. Faults: Invalid (first_name, last_name, email; the agent's own address, and
// where the agent invites, any agent's), Conflict (somebody else is invited, or shares the portal), Denied (too many today).
func (k *Keys) Invite(ctx context.Context, db bun.IDB, of clients.Client, byAgent bool, g Guest, now time.Time) (one Invitation, fresh bool, err error) {
	var form fault.Form
	checked, mailbox := g.check(of, &form)
	if mailbox != (address.Address{}) {
		agent, err := signsIn(ctx, db, mailbox)
		if err != nil {
			return one, false, err
		}
		// A client knows their own agent's address; of any other they must not learn here whose it is, so it is taken like one,
		// gets no letter (MayMail), and becomes nobody's client (Accept).
		if agent != 0 && (byAgent || agent == of.AgentID) {
			form.Add("email", "This address can’t be invited. Use one that is theirs alone.")
		}
	}
	if err := form.Err(); err != nil {
		return one, false, err
	}
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := Hold(ctx, db, of.ID); err != nil {
			return err
		}
		taken, err := sharing(ctx, db, []clients.ID{of.ID})
		if err != nil {
			return err
		}
		if taken[of.ID] {
			return fault.New(fault.Conflict, "Two look at these homes together already, and a portal is for two.")
		}
		before, found, err := InvitationOf(ctx, db, of.ID)
		if err != nil {
			return err
		}
		if found && before.Open(now) {
			if one = before; before.EmailKey == mailbox.Key() {
				return nil
			}
			return fault.New(fault.Conflict, "%s is invited already. Withdraw that invitation first.", before.Name())
		}
		what, who, most := "invitations of a portal", fmt.Sprint(of.ID), int64(invitationsOfPortal)
		if byAgent {
			what, who, most = "invitations of an agent", fmt.Sprint(of.AgentID), invitationsOfAgent
		}
		free, err := k.Within(ctx, db, what, who, most, 24*time.Hour, now)
		if err != nil {
			return err
		}
		if !free {
			return fault.New(fault.Denied, "That was the last invitation for today. Try again tomorrow.")
		}
		// What ended long ago is nobody's business any more.
		if _, err := db.ExecContext(ctx, `DELETE FROM household_invitations WHERE client_id = ? OR expires_at < ?`, of.ID, now.Add(-2*InvitationLife)); err != nil {
			return err
		}
		one = Invitation{
			ClientID: of.ID, FirstName: checked.FirstName, LastName: checked.LastName, Email: checked.Email, EmailKey: mailbox.Key(),
			ByAgent: byAgent, At: now, ExpiresAt: now.Add(InvitationLife),
		}
		fresh = true
		_, err = db.NewInsert().Model(&one).Exec(ctx)
		return err
	})
	if f := fault.As(err); f != nil {
		return Invitation{}, false, f
	}
	if err != nil {
		return Invitation{}, false, fmt.Errorf("portal: invite into the portal of client %d: %w", of.ID, err)
	}
	return one, fresh, nil
}

// signsIn is the agent with the mailbox of an address; 0: nobody signs in with it.
func signsIn(ctx context.Context, db bun.IDB, mailbox address.Address) (agent agents.ID, err error) {
	if err := db.NewRaw(`SELECT coalesce(min(id), 0) FROM agents WHERE mailbox_key = ?`, mailbox.Mailbox()).Scan(ctx, &agent); err != nil {
		return 0, fmt.Errorf("portal: whose an invited address is: %w", err)
	}
	return agent, nil
}

// MayMail counts a letter to an invited address and says whether it may go: nobody is asked over and over, whoever asks, and
// nobody who works here.
func (k *Keys) MayMail(ctx context.Context, db bun.IDB, one Invitation, now time.Time) (bool, error) {
	if mailbox, err := address.Parse(one.Email); err == nil {
		if agent, err := signsIn(ctx, db, mailbox); err != nil || agent != 0 {
			return false, err
		}
	}
	return k.Within(ctx, db, "letters to an invited address", one.EmailKey, invitationsToAddress, longestLimit, now)
}

// InvitationOf returns the invitation into a portal, open or ended; found is false where there is none.
func InvitationOf(ctx context.Context, db bun.IDB, client clients.ID) (one Invitation, found bool, err error) {
	err = db.NewSelect().Model(&one).Where("client_id = ?", client).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Invitation{}, false, nil
	}
	if err != nil {
		return one, false, fmt.Errorf("portal: invitation of client %d: %w", client, err)
	}
	return one, true, nil
}

// InvitationsFor returns the open invitations of an address (address.Address.Key), the oldest first.
func InvitationsFor(ctx context.Context, db bun.IDB, emailKey string, now time.Time) ([]Invitation, error) {
	var all []Invitation
	err := db.NewSelect().Model(&all).Where("email_key = ?", emailKey).Where("declined_at IS NULL").Where("expires_at > ?", now).OrderExpr("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("portal: who is invited: %w", err)
	}
	return all, nil
}

// Inviter returns whose portal an invitation is into. Faults: Gone.
func Inviter(ctx context.Context, db bun.IDB, one Invitation) (clients.Client, error) {
	var of clients.Client
	err := db.NewSelect().Model(&of).Where("id = ?", one.ClientID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return of, ended()
	}
	if err != nil {
		return of, fmt.Errorf("portal: who invites: %w", err)
	}
	return of, nil
}

// Withdraw ends a portal's invitation, or forgets one that has ended. Faults: NotFound.
func Withdraw(ctx context.Context, db bun.IDB, client clients.ID, id int64) error {
	result, err := db.NewDelete().Model((*Invitation)(nil)).Where("client_id = ?", client).Where("id = ?", id).Exec(ctx)
	if err != nil {
		return fmt.Errorf("portal: withdraw an invitation of client %d: %w", client, err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("portal: withdraw an invitation of client %d: %w", client, err)
	} else if n == 0 {
		return fault.New(fault.NotFound, "This invitation is no longer there: it was withdrawn, or taken.")
	}
	return nil
}

// Decline says no to an invitation of one's address. Faults: Gone (withdrawn, ended, or another address's).
func Decline(ctx context.Context, db bun.IDB, emailKey string, id int64, now time.Time) (Invitation, error) {
	var one Invitation
	_, err := db.NewUpdate().Model(&one).Set("declined_at = ?", now).Where("id = ?", id).Where("email_key = ?", emailKey).
		Where("declined_at IS NULL").Where("expires_at > ?", now).Returning("*").Exec(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return one, fmt.Errorf("portal: decline an invitation: %w", err)
	}
	if one.ID == 0 {
		return one, ended()
	}
	return one, nil
}

func ended() error {
	return fault.New(fault.Gone, "This invitation is no longer open. Whoever invited you can do it again.")
}
