package portal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
)

// Joined is what an accepted invitation led to.
type Joined struct {
	Client, Member clients.Client
	Fresh          bool // the member had no record of this agent until now
}

// Accept takes an invitation of one's address: it makes a client of the same agent where there is none, whom enroll enters in
// the consent ledger, and joins the household. Faults: Gone (as Decline), Conflict (one of the two shares a portal by now, or
// the address can't be a client's).
func Accept(ctx context.Context, db bun.IDB, emailKey string, id int64, enroll func(ctx context.Context, db bun.Tx, fresh clients.Client) error, now time.Time) (Joined, error) {
	var j Joined
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		var one Invitation
		err := db.NewSelect().Model(&one).Where("id = ?", id).Where("email_key = ?", emailKey).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return ended()
		}
		if err != nil {
			return err
		}
		if err := j.find(ctx, db, one); err != nil {
			return err
		}
		// The taking is the condition: of two at once, and of a withdrawal, one comes first.
		result, err := db.NewDelete().Model((*Invitation)(nil)).Where("id = ?", id).Where("email_key = ?", emailKey).
			Where("declined_at IS NULL").Where("expires_at > ?", now).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			return ended()
		}
		if err := j.mayJoin(ctx, db); err != nil {
			return err
		}
		if j.Fresh = j.Member.ID == 0; j.Fresh {
			if err := j.add(ctx, db, one, enroll, now); err != nil {
				return err
			}
		}
		return Join(ctx, db, j.Client.AgentID, j.Client.ID, j.Member.ID, now)
	})
	if f := fault.As(err); f != nil {
		return Joined{}, f
	}
	if err != nil {
		return Joined{}, fmt.Errorf("portal: accept an invitation: %w", err)
	}
	return j, nil
}

// find reads the two, the second as far as there is one, and holds them: before anything is written, because who changes a
// client's status holds the client first and the counts of its agent after.
func (j *Joined) find(ctx context.Context, db bun.Tx, one Invitation) error {
	read := func() error {
		var err error
		if j.Client, err = Inviter(ctx, db, one); err != nil {
			return err
		}
		j.Member = clients.Client{}
		err = db.NewSelect().Model(&j.Member).Where("email_key = ?", one.EmailKey).Where("agent_id = ?", j.Client.AgentID).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	}
	if err := read(); err != nil {
		return err
	}
	ids := []clients.ID{j.Client.ID}
	if j.Member.ID != 0 {
		ids = append(ids, j.Member.ID)
	}
	if err := Hold(ctx, db, ids...); err != nil {
		return err
	}
	held := j.Member.ID
	if err := read(); err != nil {
		return err
	}
	if j.Member.ID != held {
		return fault.New(fault.Conflict, "Something changed this very moment. Press Accept once more.")
	}
	return nil
}

// mayJoin tells the invited person why they can't.
func (j *Joined) mayJoin(ctx context.Context, db bun.Tx) error {
	if j.Member.ID == j.Client.ID {
		return fault.New(fault.Conflict, "This is your own portal.")
	}
	taken, err := sharing(ctx, db, []clients.ID{j.Client.ID, j.Member.ID})
	switch {
	case err != nil:
		return err
	case taken[j.Client.ID]:
		return fault.New(fault.Conflict, "%s looks at homes with somebody else by now.", j.Client.Name())
	case taken[j.Member.ID]:
		return fault.New(fault.Conflict, "You share a portal with somebody already. Leave that one first, under Household.")
	}
	return nil
}

// add makes the invited person a client.
func (j *Joined) add(ctx context.Context, db bun.Tx, one Invitation, enroll func(context.Context, bun.Tx, clients.Client) error, now time.Time) error {
	form := clients.Form{FirstName: one.FirstName, LastName: one.LastName, Email: one.Email, Types: j.Client.TypeList(), Notes: "Came by an invitation to look at homes together with " + j.Client.Name() + "."}
	var err error
	j.Member, err = clients.Create(ctx, db, j.Client.AgentID, form, now)
	if fault.Of(err) == fault.Invalid && err != nil { // an agent's by now, or a client's since a moment
		return fault.New(fault.Conflict, "This address can’t be taken here just now. Call the agent, who can help.")
	}
	if err != nil {
		return err
	}
	return enroll(ctx, db, j.Member)
}
