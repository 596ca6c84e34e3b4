package outbox

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/mail"
)

// Progress is how many of a mailing's letters are in each state.
type Progress struct {
	Mailing Mailing
	Count   map[State]int
	Total   int
}

// Done says whether nothing is left to do.
func (p Progress) Done() bool { return p.Count[Ready]+p.Count[Sending] == 0 }

// mailingColumns are all but the template, which no page needs.
const mailingColumns = "id, agent_id, kind, state, idempotency_key, subject, markdown, created_at"

// FindMailing returns one of the agent's mailings and its progress. Faults: NotFound.
func FindMailing(ctx context.Context, db bun.IDB, agent agents.ID, id MailingID) (Progress, error) {
	p, err := progress(ctx, db, db.NewSelect().Where("id = ?", id).Where("agent_id = ?", agent))
	if err != nil {
		return Progress{}, fmt.Errorf("outbox: find mailing %d: %w", id, err)
	}
	if len(p) == 0 {
		return Progress{}, noMailing()
	}
	return p[0], nil
}

// Mailings returns the agent's newest mailings of clients' letters with their progress, at most limit.
func Mailings(ctx context.Context, db bun.IDB, agent agents.ID, limit int) ([]Progress, error) {
	p, err := progress(ctx, db, db.NewSelect().Where("agent_id = ?", agent).Where("kind = ?", kindLetter).OrderExpr("id DESC").Limit(int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("outbox: mailings of agent %d: %w", agent, err)
	}
	return p, nil
}

// progress reads the mailings of a query and counts their letters.
func progress(ctx context.Context, db bun.IDB, which *bun.SelectQuery) ([]Progress, error) {
	var mailings []Mailing
	if err := which.Model(&mailings).ColumnExpr(mailingColumns).Scan(ctx); err != nil || len(mailings) == 0 {
		return nil, err
	}
	all := make([]Progress, len(mailings))
	place := make(map[MailingID]*Progress, len(mailings))
	ids := make([]MailingID, len(mailings))
	for i, m := range mailings {
		all[i] = Progress{Mailing: m, Count: map[State]int{}}
		place[m.ID], ids[i] = &all[i], m.ID
	}
	var counts []struct {
		MailingID MailingID
		State     State
		N         int
	}
	// No index moves when a letter is sent, which is nearly always: sent are all that are nothing else.
	err := db.NewRaw(`SELECT mailing_id, 'sent' AS state, count(*) AS n FROM letters WHERE mailing_id IN (?) GROUP BY mailing_id
		UNION ALL SELECT mailing_id, state, count(*) FROM letters WHERE mailing_id IN (?) AND state NOT IN ('sending', 'sent') GROUP BY mailing_id, state
		UNION ALL SELECT mailing_id, 'sending', count(*) FROM letters WHERE state = 'sending' AND +mailing_id IN (?) GROUP BY mailing_id`,
		bun.List(ids), bun.List(ids), bun.List(ids)).Scan(ctx, &counts)
	for _, c := range counts {
		p := place[c.MailingID]
		if c.State == Sent {
			p.Total = c.N
			p.Count[Sent] += c.N
			continue
		}
		p.Count[c.State] = c.N
		p.Count[Sent] -= c.N
	}
	return all, err
}

// Filter picks letters of one agent.
type Filter struct {
	Agent   agents.ID
	State   State // empty: all
	Mailing MailingID
	Client  clients.ID
	After   LetterID // letters older than this one; 0: from the newest
	Limit   int      // 0: 50
}

// List returns letters, newest first. Notices are not among them.
func List(ctx context.Context, db bun.IDB, f Filter) ([]Letter, error) {
	if f.Limit == 0 {
		f.Limit = 50
	}
	var letters []Letter
	q := selectLetters(db, &letters).Where("l.agent_id = ?", f.Agent)
	switch f.State {
	case "":
	case Sent:
		q.Where("l.state = ?", f.State) // nearly all are
	case Sending:
		q.Where("l.id IN (SELECT id FROM letters WHERE state = 'sending')")
	default:
		q.Where("l.id IN (SELECT u.id FROM mailings AS a JOIN letters AS u ON u.mailing_id = a.id WHERE a.agent_id = ? AND u.state = ? AND u.state NOT IN ('sending', 'sent'))", f.Agent, f.State)
	}
	if f.Mailing != 0 {
		q.Where("l.mailing_id = ?", f.Mailing)
	}
	if f.Client != 0 {
		q.Where("l.client_id = ?", f.Client)
	}
	if f.After != 0 {
		q.Where("l.id < ?", f.After)
	}
	if err := q.OrderExpr("l.id DESC").Limit(int64(f.Limit)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("outbox: list letters of agent %d: %w", f.Agent, err)
	}
	return letters, nil
}

// selectLetters reads letters with their subjects into model.
func selectLetters(db bun.IDB, model any) *bun.SelectQuery {
	return db.NewSelect().Model(model).ColumnExpr("l.*").ColumnExpr("m.subject").Join("JOIN mailings AS m ON m.id = l.mailing_id")
}

// Counts returns how many of the agent's letters are in each state; the empty state holds the sum.
func Counts(ctx context.Context, db bun.IDB, agent agents.ID) (map[State]int, error) {
	var rows []struct {
		State State
		N     int
	}
	// As in progress: sent are all that are nothing else.
	err := db.NewRaw(`SELECT '' AS state, count(*) AS n FROM letters WHERE agent_id = ?
		UNION ALL SELECT l.state, count(*) FROM mailings AS m JOIN letters AS l ON l.mailing_id = m.id WHERE m.agent_id = ? AND l.state NOT IN ('sending', 'sent') GROUP BY l.state
		UNION ALL SELECT 'sending', count(*) FROM letters WHERE state = 'sending' AND +agent_id = ?`, agent, agent, agent).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("outbox: count letters of agent %d: %w", agent, err)
	}
	counts := map[State]int{}
	for _, r := range rows {
		counts[r.State] = r.N
		if r.State == "" {
			counts[Sent] += r.N
		} else {
			counts[Sent] -= r.N
		}
	}
	return counts, nil
}

// Find returns one of the agent's letters, its mailing and its attempts, oldest first. Faults: NotFound.
func Find(ctx context.Context, db bun.IDB, agent agents.ID, id LetterID) (Letter, Mailing, []Attempt, error) {
	var l Letter
	var m Mailing
	var tries []Attempt
	err := selectLetters(db, &l).Where("l.id = ?", id).Where("l.agent_id = ?", agent).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return l, m, nil, noLetter()
	}
	if err == nil {
		err = db.NewSelect().Model(&m).Where("id = ?", l.MailingID).Scan(ctx)
	}
	if err == nil {
		err = db.NewSelect().Model(&tries).Where("letter_id = ?", id).OrderExpr("id").Scan(ctx)
	}
	if err != nil {
		return Letter{}, Mailing{}, nil, fmt.Errorf("outbox: find letter %d: %w", id, err)
	}
	if l.State == Sent {
		tries = append(tries, Attempt{LetterID: id, Number: l.Attempts, At: l.EndedAt, Outcome: outcomeSent, Phase: string(mail.PhaseFinalDot),
			Code: l.Code, Enhanced: l.Enhanced, Reply: l.Reply})
	}
	return l, m, tries, nil
}

func noLetter() error { return fault.New(fault.NotFound, "This letter is not in your outbox.") }

func noMailing() error { return fault.New(fault.NotFound, "This mailing is not in your outbox.") }
