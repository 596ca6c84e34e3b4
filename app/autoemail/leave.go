package autoemail

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/mail"
	"porchlight/app/portal"
)

// leaveAtOnce is how many clients' letters share a transaction, and with it a commit.
const leaveAtOnce = 25

// party is a client of an agent to whom something is due.
type party struct {
	AgentID  agents.ID
	ClientID clients.ID
	Picked   bool `bun:"-"` // approved homes may leave: the last decision can't be taken back any more
}

// leave lets letters leave: what is due by the schedule and what was approved, of each client in one letter.
func (j *job) leave(ctx context.Context) error {
	due, err := j.parties(ctx)
	if err != nil || len(due) == 0 {
		return err
	}
	noAddress := j.house.PostalAddress == ""
	if j.once("no letter leaves until the brokerage’s postal address is set in Settings", noAddress); noAddress {
		return nil // all of it waits
	}
	var wrong error
	for len(due) > 0 && ctx.Err() == nil {
		n := 1
		for n < len(due) && due[n].AgentID == due[0].AgentID {
			n++
		}
		if err := j.leaveOf(ctx, due[0].AgentID, due[:n]); err != nil {
			wrong = fmt.Errorf("agent %d: %w", due[0].AgentID, err)
		}
		due = due[n:]
	}
	return cmp.Or(ctx.Err(), wrong)
}

// parties are those to whom something is due, by agent.
func (j *job) parties(ctx context.Context) ([]party, error) {
	var due, picked []party
	err := j.Read.NewRaw("SELECT DISTINCT agent_id, client_id FROM searches WHERE state = 'active' AND next_at <= ? AND begun AND NOT concierge", j.now).Scan(ctx, &due)
	if err != nil {
		return nil, err
	}
	last := j.now.Add(-UndoFor)
	err = j.Read.NewRaw(`SELECT x.agent_id, x.client_id FROM matches AS x JOIN searches AS s ON s.id = x.search_id
		WHERE x.state = 'approved' AND s.state <> 'deleted' GROUP BY x.agent_id, x.client_id HAVING max(x.decided_at) <= ?
		AND NOT EXISTS (SELECT 1 FROM matches AS r WHERE r.agent_id = x.agent_id AND r.client_id = x.client_id AND r.state = 'rejected' AND r.decided_at > ? AND r.decided_at <= ?)`,
		last, last, j.now).Scan(ctx, &picked)
	if err != nil {
		return nil, err
	}
	by := map[party]int{}
	for i, p := range due {
		by[p] = i
	}
	for _, p := range picked {
		if i, there := by[p]; there {
			due[i].Picked = true
		} else {
			due = append(due, party{p.AgentID, p.ClientID, true})
		}
	}
	slices.SortFunc(due, func(a, b party) int {
		return cmp.Or(cmp.Compare(a.AgentID, b.AgentID), cmp.Compare(a.ClientID, b.ClientID))
	})
	return due, nil
}

// leaveOf lets one agent's letters leave.
func (j *job) leaveOf(ctx context.Context, id agents.ID, due []party) error {
	desk, err := j.desk(ctx, id)
	trouble := fmt.Sprintf("no letter of agent %d leaves until their address can be written from", id)
	if j.once(trouble, fault.As(err) != nil, "err", err); err != nil {
		if fault.As(err) != nil {
			return nil // all of it waits
		}
		return err
	}
	var wrong error
	for some := range slices.Chunk(due, leaveAtOnce) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := desk.handle(ctx, some); err != nil {
			wrong = err
		}
	}
	return wrong
}

// handle gathers what is due to some clients, makes their letters, and puts them into the outbox.
func (d *desk) handle(ctx context.Context, some []party) error {
	parcels, err := d.gather(ctx, some)
	if err != nil {
		return err
	}
	if err := d.weigh(ctx, parcels); err != nil {
		return err
	}
	var made []*parcel
	for _, p := range parcels {
		if err := d.compose(p); err == nil {
			made = append(made, p)
		} else if fault.As(err) == nil {
			return err
		} else { // the text itself can't be a letter: the agent is told where it waits, and nothing is tried again at once
			d.Log.Warn("auto e-mails: a letter can't be made", "client", p.client, "err", err)
			p.putOff(fault.As(err).Say)
			made = append(made, p)
		}
	}
	return d.send(ctx, made)
}

// parcel is what is done for one client in one go.
type parcel struct {
	client   clients.ID
	to       permit
	hush     portal.Hush // what they discarded stays quiet, unless the agent approved it
	searches []*Search   // that are due, or whose homes leave
	waits    []Match     // that are due
	sent     []Match     // that leave in this letter, or are no news to this client any more
	off      []Match     // that leave no more: each with its new State and Reason
	homes    []chosen    // of the letter, the newest first
	opening  []*Search   // that say in this letter how they begin

	letter mail.Letter
	text   *mail.Template
}

// desk is where one agent's letters are made in one round.
type desk struct {
	*job
	by    agents.Agent
	draft mail.Letter // without what is one client's
	trays trays
}

// again is when something that could not leave is tried next.
func (d *desk) again(s *Search) time.Time {
	if s.Pace().Kind == ASAP {
		return d.now.Add(Gather)
	}
	return s.Pace().Next(d.now, d.zone)
}

// thatLeave reads the auto emails of clients that are due, and those of what was approved, unless they are deleted.
func (j *job) thatLeave(ctx context.Context, db bun.IDB, agent agents.ID, of []clients.ID, approved []Match) ([]Search, error) {
	var all []Search
	query := db.NewSelect().Model(&all).Where("s.client_id IN (?)", bun.List(of)).Where("s.agent_id = ?", agent).OrderExpr("s.id")
	due := "s.state = 'active' AND s.begun AND NOT s.concierge AND s.next_at <= ?"
	if len(approved) == 0 {
		err := query.Where(due, j.now).Scan(ctx)
		return all, err
	}
	ids := make([]ID, len(approved))
	for i, m := range approved {
		ids[i] = m.SearchID
	}
	err := query.Where("s.state <> 'deleted'").Where("(("+due+") OR s.id IN (?))", j.now, bun.List(inTurn(ids))).Scan(ctx)
	return all, err
}
