package autoemail

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

// askWithin is how long a client can still be asked after an auto email was slowed down.
const askWithin = 24 * time.Hour

// tend lets time and the ledger do their work, and remembers whom to ask. What was to be asked when a process ended is found
// again by the next.
func (j *job) tend(ctx context.Context) error {
	if j.tended.IsZero() {
		err := j.Read.NewRaw("SELECT id AS search, agent_id AS agent, client_id AS client FROM searches WHERE state = 'active' AND slowed <> '' AND asked_at > ?", j.now.Add(-askWithin)).
			Scan(ctx, &j.asking)
		if err != nil {
			return err
		}
	}
	j.tended = j.now
	done, err := Tend(ctx, j.Write, j.zone, j.now)
	j.asking = append(j.asking, done.Ask...)
	return err
}

// ask asks clients whether they are still looking, each in one letter. Who can't be mailed now is not asked later: they did
// not miss a letter for not answering.
func (j *job) ask(ctx context.Context) error {
	if len(j.asking) == 0 || j.house.PostalAddress == "" {
		return nil
	}
	waiting := j.asking
	j.asking = nil
	slices.SortFunc(waiting, func(a, b Asked) int {
		return cmp.Or(cmp.Compare(a.Agent, b.Agent), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Search, b.Search))
	})
	for len(waiting) > 0 {
		n := 1
		for n < len(waiting) && waiting[n].Client == waiting[0].Client && waiting[n].Agent == waiting[0].Agent {
			n++
		}
		if err := j.askOne(ctx, waiting[:n]); err != nil {
			if fault.As(err) == nil {
				j.asking = waiting
				return err
			}
			j.Log.Warn("auto e-mails: a client is not asked whether they are still looking", "client", waiting[0].Client, "err", err)
		}
		waiting = waiting[n:]
	}
	return nil
}

func (j *job) askOne(ctx context.Context, asked []Asked) error {
	ids := make([]ID, len(asked))
	for i, a := range asked {
		ids[i] = a.Search
	}
	var slowed []Search
	err := j.Read.NewSelect().Model(&slowed).Where("s.id IN (?)", bun.List(ids)).Where("s.state = 'active'").Where("s.slowed <> ''").OrderExpr("s.id").Scan(ctx)
	if err != nil {
		return err
	}
	p := &parcel{client: asked[0].Client}
	for i := range slowed {
		if readRow(&slowed[i]) == nil {
			p.searches = append(p.searches, &slowed[i])
		}
	}
	if len(p.searches) == 0 {
		return nil // they gave a sign meanwhile
	}
	d, err := j.desk(ctx, asked[0].Agent)
	if err != nil {
		return err
	}
	if p.to.Permit, err = j.Ledger.Check(ctx, j.Read, d.by.ID, p.client, j.now); err != nil {
		return err
	}
	p.letter = d.draft
	p.letter.Subject, p.letter.Lead, p.letter.Looking, p.letter.Lookouts = "Are you still looking?", lookingWords(p.searches), true, lookouts(p.searches)
	if p.text, err = d.Renderer.Letter(p.letter); err != nil {
		return err
	}
	err = j.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		key := "still looking"
		var of []searchLetter
		for _, s := range p.searches {
			key += fmt.Sprintf(" %d %d", s.ID, s.AskedAt.UnixMicro())
		}
		text := outbox.Text{Subject: p.letter.Subject, Template: p.text, IdempotencyKey: key}
		mailing, err := outbox.Post(ctx, db, j.Ledger, d.by, []consent.Permit{p.to.Permit}, text, j.now)
		if err != nil {
			return err
		}
		for _, s := range p.searches {
			of = append(of, searchLetter{MailingID: mailing, SearchID: s.ID})
		}
		_, err = db.NewInsert().Model(&of).On("CONFLICT (mailing_id, search_id) DO NOTHING").Returning("NULL").Exec(ctx)
		return err
	})
	if err == nil {
		j.onPosted()
	}
	return err
}

// lookingWords ask the question.
func lookingWords(of []*Search) string {
	names := make([]string, len(of))
	for i, s := range of {
		names[i] = "“" + s.Name + "”"
	}
	if len(of) == 1 {
		return "It has been a while since there was a sign from you, so " + names[0] + " now comes less often: " + of[0].when() + ". Are you still looking? One press brings it back as it was."
	}
	return "It has been a while since there was a sign from you, so " + enumerated(names) + " now come less often. Are you still looking? One press brings them back as they were."
}
