package clients

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/agents"
	"porchlight/app/fault"
)

func notFound() error { return fault.New(fault.NotFound, "There is no such client here.") }

func conflict() error {
	return fault.New(fault.Conflict, "Someone saved this client while you were editing. What you typed is kept; look at what changed and save again.")
}

// Create adds a client. The caller enrolls it in the consent ledger in the same transaction (consent.Ledger.Enroll);
// until then nothing can be mailed to it. Faults: Invalid (first_name, last_name, email, phone, status,
// vacation_until, types, notes), for the address also when it is an agent's of this brokerage or already this agent's
// client.
func Create(ctx context.Context, db bun.IDB, owner agents.ID, f Form, now time.Time) (Client, error) {
	var form fault.Form
	c := Client{AgentID: owner, CreatedAt: now, UpdatedAt: now, Version: 1}
	mailbox := f.fill(&c, &form, now)
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := errors.Join(checkSelf(ctx, db, mailbox, &form), checkTwin(ctx, db, c, &form)); err != nil {
			return err
		}
		if err := form.Err(); err != nil {
			return err
		}
		result, err := db.NewInsert().Model(&c).On("CONFLICT (agent_id, email_key) DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil {
			return err
		} else if n == 0 { // somebody was faster
			if err := checkTwin(ctx, db, Client{AgentID: owner, EmailKey: c.EmailKey}, &form); err != nil {
				return err
			}
			form.Add("email", "This address was added and removed again a moment ago. Save once more.")
			return form.Err()
		}
		return count(ctx, db, owner, "", c.Status)
	})
	if err != nil {
		return Client{}, fmt.Errorf("clients: create: %w", err)
	}
	return c, nil
}

// Update changes a client and returns it as it was and as it is. Faults: NotFound, Invalid as Create, Conflict if it
// was saved elsewhere since the form was filled.
func Update(ctx context.Context, db bun.IDB, owner agents.ID, id ID, f Form, now time.Time) (before, after Client, err error) {
	var form fault.Form
	var wanted Client
	before, after, err = change(ctx, db, owner, id, now, func(ctx context.Context, db bun.Tx, c *Client) error {
		if c.Version != f.Version {
			return conflict()
		}
		had := c.EmailKey
		mailbox := f.fill(c, &form, now)
		wanted = *c
		if c.EmailKey != had { // a client who became an agent since can still be edited
			if err := checkSelf(ctx, db, mailbox, &form); err != nil {
				return err
			}
		}
		if err := checkTwin(ctx, db, *c, &form); err != nil {
			return err
		}
		return form.Err()
	})
	if err == nil {
		return before, after, nil
	}
	if fault.Of(err) == fault.Internal && wanted.ID != 0 {
		// Perhaps another client took the address between the question and the answer. What the driver says of that
		// differs, so the rows are asked.
		if checkTwin(ctx, db, wanted, &form) == nil && form.Err() != nil {
			err = form.Err()
		}
	}
	return Client{}, Client{}, fmt.Errorf("clients: update %d: %w", id, err)
}

// SetStatus changes only the status. Faults: NotFound, Invalid (On Vacation needs its date: use Update).
func SetStatus(ctx context.Context, db bun.IDB, owner agents.ID, id ID, s Status, now time.Time) (Client, error) {
	var form fault.Form
	switch {
	case !s.known():
		form.Add("status", "Choose one of the statuses.")
	case s == OnVacation:
		form.Add("vacation_until", "Say until when the vacation lasts.")
	}
	if err := form.Err(); err != nil {
		return Client{}, err
	}
	_, after, err := change(ctx, db, owner, id, now, func(_ context.Context, _ bun.Tx, c *Client) error {
		if c.Status == s {
			return errAsItIs
		}
		c.stand(s, time.Time{}, now)
		return nil
	})
	if err != nil {
		return Client{}, fmt.Errorf("clients: set the status of %d: %w", id, err)
	}
	return after, nil
}

// SetNotes changes only the notes. Faults: NotFound, Invalid (notes), Conflict as Update.
func SetNotes(ctx context.Context, db bun.IDB, owner agents.ID, id ID, notes string, version int64, now time.Time) (Client, error) {
	var form fault.Form
	notes, err := agents.Text(notes, 10_000)
	if err != nil {
		form.Add("notes", "%s", err)
		return Client{}, form.Err()
	}
	_, after, err := change(ctx, db, owner, id, now, func(_ context.Context, _ bun.Tx, c *Client) error {
		if c.Version != version {
			return conflict()
		}
		c.Notes = notes
		return nil
	})
	if err != nil {
		return Client{}, fmt.Errorf("clients: set the notes of %d: %w", id, err)
	}
	return after, nil
}

// Delete erases a client for good; the consent ledger keeps its rows. Faults: NotFound.
func Delete(ctx context.Context, db bun.IDB, owner agents.ID, id ID) (Client, error) {
	var gone Client
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		_, err := db.NewDelete().Model(&gone).Where("id = ?", id).Where("agent_id = ?", owner).Returning("*").Exec(ctx)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if gone.ID == 0 {
			return notFound()
		}
		return count(ctx, db, owner, gone.Status, "")
	})
	if err != nil {
		return Client{}, fmt.Errorf("clients: delete %d: %w", id, err)
	}
	return gone, nil
}

// errAsItIs, from an edit, leaves the client as it is without a fault.
var errAsItIs = errors.New("as it is")

// change reads a client, edits it and writes it back where nobody wrote it in between; otherwise it reads anew, so that
// an edit never undoes another's. It keeps the counts.
func change(ctx context.Context, db bun.IDB, owner agents.ID, id ID, now time.Time, edit func(context.Context, bun.Tx, *Client) error) (before, after Client, err error) {
	for range 10 {
		written := false
		err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
			if before, err = Find(ctx, db, owner, id); err != nil {
				return err
			}
			after = before
			if err := edit(ctx, db, &after); err != nil {
				return err
			}
			after.UpdatedAt = now
			after.Version++
			result, err := db.NewUpdate().Model(&after).
				Column("first_name", "last_name", "email", "email_key", "phone", "status", "status_before", "status_at", "vacation_until",
					"types", "notes", "search_key", "sort_key", "updated_at", "version").
				Where("id = ?", id).Where("agent_id = ?", owner).Where("version = ?", before.Version).Exec(ctx)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil || n == 0 {
				return err
			}
			written = true
			if before.Status == after.Status {
				return nil
			}
			return count(ctx, db, owner, before.Status, after.Status)
		})
		if errors.Is(err, errAsItIs) {
			return before, before, nil
		}
		if err != nil || written {
			return before, after, err
		}
	}
	return before, before, conflict()
}

// checkSelf notes when an address is that of an agent.
func checkSelf(ctx context.Context, db bun.IDB, mailbox address.Address, form *fault.Form) error {
	if mailbox == (address.Address{}) {
		return nil
	}
	var self agents.Agent
	err := db.NewSelect().Model(&self).Where("mailbox_key = ?", mailbox.Mailbox()).OrderExpr("id").Limit(1).Scan(ctx)
	if err == nil {
		form.Add("email", "%s", selfWords(self))
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return nil
}

// checkTwin notes when an address is that of another client of the same agent.
func checkTwin(ctx context.Context, db bun.IDB, c Client, form *fault.Form) error {
	if c.EmailKey == "" {
		return nil
	}
	var twin Client
	err := db.NewSelect().Model(&twin).Where("agent_id = ?", c.AgentID).Where("email_key = ?", c.EmailKey).Where("id <> ?", c.ID).Limit(1).Scan(ctx)
	if err == nil {
		form.Add("email", "%s", twinWords(twin))
	} else if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return nil
}

func selfWords(a agents.Agent) string {
	return fmt.Sprintf("%s signs in here as %s. To see what clients see, send yourself a test from Compose; to check homes before they go out, use concierge.", a.Email, a.Name)
}

func twinWords(c Client) string { return fmt.Sprintf("You already have this address: %s.", c.Name()) }

// count moves one client from a status to another in the counts; an empty status is none. The rows are always written
// in the order of their names, so that two moves at once can't wait for each other.
func count(ctx context.Context, db bun.IDB, owner agents.ID, from, to Status) error {
	type step struct {
		status Status
		by     int
	}
	steps := []step{{from, -1}, {to, 1}}
	slices.SortFunc(steps, func(a, b step) int { return strings.Compare(string(a.status), string(b.status)) })
	for _, s := range steps {
		if s.status == "" {
			continue
		}
		if err := countBy(ctx, db, owner, s.status, s.by); err != nil {
			return err
		}
	}
	return nil
}

func countBy(ctx context.Context, db bun.IDB, owner agents.ID, status Status, by int) error {
	_, err := db.NewRaw("INSERT INTO client_counts (agent_id, status, n) VALUES (?, ?, ?)"+
		" ON CONFLICT (agent_id, status) DO UPDATE SET n = client_counts.n + EXCLUDED.n", owner, status, by).Exec(ctx)
	return err
}
