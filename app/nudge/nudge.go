// Package nudge tells people by mail that somebody wrote to them in a portal. It promises that what is read within five minutes
// is not told, that each side of a portal gets one mail for all that waits, at most one an hour until it is read, and that a client
// who wants no mail gets none: the message then stands in their portal alone.
package nudge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/portal"
)

// Options are what a Runner works with.
type Options struct {
	Write, Read *bun.DB
	Ledger      *consent.Ledger
	Renderer    *mail.Renderer
	BaseURL     string
	OnPosted    func() // a mail was put into the outbox
	Clock       func() time.Time
	Log         *slog.Logger
}

// Runner looks for messages that wait unread. Several processes may each run one.
type Runner struct {
	Options
}

// NewRunner makes a runner; Run starts it.
func NewRunner(o Options) *Runner {
	if o.OnPosted == nil {
		o.OnPosted = func() {}
	}
	return &Runner{o}
}

// tick is how often is looked: a message is told at most so much later than it could be.
const tick = 15 * time.Second

// Run tells of messages as they fall due until ctx ends.
func (r *Runner) Run(ctx context.Context) error {
	look := time.NewTicker(tick)
	defer look.Stop()
	trouble := ""
	for {
		err := r.Step(ctx)
		switch {
		case err == nil:
			trouble = ""
		case ctx.Err() == nil && err.Error() != trouble: // what lasts is said once
			trouble = err.Error()
			r.Log.Error("tell of messages in portals", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
		}
	}
}

// Step tells of everything that is due by the clock, once. What fails stays due and keeps nothing else from being told.
func (r *Runner) Step(ctx context.Context) error {
	const batch = 100
	now := r.Clock().UTC().Truncate(time.Microsecond)
	house, err := agents.LoadBrokerage(ctx, r.Read)
	if err != nil {
		return fmt.Errorf("nudge: %w", err)
	}
	tried := map[side]bool{}
	var wrong []error
	for {
		due, err := portal.Untold(ctx, r.Read, now, batch+len(tried))
		if err != nil {
			return errors.Join(append(wrong, fmt.Errorf("nudge: %w", err))...)
		}
		fresh := 0
		for _, m := range due {
			of := side{m.ClientID, m.Author}
			if tried[of] {
				continue
			}
			tried[of] = true
			fresh++
			if of.author == portal.FromAgent && house.PostalAddress == "" {
				continue // no letter leaves this house yet: the message stays due until one may
			}
			if err := r.tell(ctx, house, of, m.AgentID, now); err != nil {
				wrong = append(wrong, fmt.Errorf("nudge: client %d, written by the %s: %w", of.client, of.author, err))
			}
		}
		if fresh == 0 || ctx.Err() != nil {
			return errors.Join(wrong...)
		}
	}
}

// side is who wrote in which portal; the other side is told.
type side struct {
	client clients.ID
	author string
}

// tell posts one mail for all that waits on a side. The mark that it was told commits with the mail.
func (r *Runner) tell(ctx context.Context, house agents.Brokerage, of side, agent agents.ID, now time.Time) error {
	waiting, err := portal.Waiting(ctx, r.Read, of.client, of.author, now)
	if err != nil || len(waiting) == 0 {
		return err // read meanwhile
	}
	var post func(context.Context, bun.Tx) error
	if of.author == portal.FromAgent {
		post, err = r.toClient(ctx, house, of.client, agent, waiting, now)
	} else {
		post, err = r.toAgent(ctx, house, of.client, agent, waiting, now)
	}
	if err != nil {
		return err
	}
	posted := false
	err = r.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		ok, err := portal.Told(ctx, db, of.client, of.author, now)
		if err != nil || !ok {
			return err // another process told, or somebody read
		}
		posted = true
		return post(ctx, db)
	})
	if err == nil && posted {
		r.OnPosted()
	}
	return err
}

// toClient makes the letter that the people of a portal get from their agent, each if they may be mailed.
func (r *Runner) toClient(ctx context.Context, house agents.Brokerage, client clients.ID, agent agents.ID, waiting []portal.Message, now time.Time) (func(context.Context, bun.Tx) error, error) {
	by, err := agents.Find(ctx, r.Read, agent)
	if err != nil {
		return nil, err
	}
	people, err := portal.Together(ctx, r.Read, client)
	if err != nil {
		return nil, err
	}
	text, err := r.letter(ctx, house, by, waiting, now)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, db bun.Tx) error {
		permits, _, err := r.Ledger.CheckAll(ctx, db, by.ID, people, now)
		if err != nil || len(permits) == 0 {
			return err // who is refused reads it in the portal
		}
		_, err = outbox.Post(ctx, db, r.Ledger, by, permits, text, now)
		return err
	}, nil
}

// toAgent makes the notice that an agent gets by mail; in the app the client's page and Home show the message itself.
func (r *Runner) toAgent(ctx context.Context, house agents.Brokerage, client clients.ID, agent agents.ID, waiting []portal.Message, now time.Time) (func(context.Context, bun.Tx) error, error) {
	shared, err := portal.Together(ctx, r.Read, client)
	if err != nil {
		return nil, err
	}
	people, err := clients.FindMany(ctx, r.Read, agent, shared)
	if err != nil {
		return nil, err
	}
	n, err := r.notice(ctx, house, client, agent, people, waiting, now)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, db bun.Tx) error { return agents.TellByMail(ctx, db, n, now) }, nil
}
