package demo

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

// write posts one of the letters to those of the clients who may be mailed.
func (b *builder) write(from agents.Agent, name string, to ...clients.Client) (id outbox.MailingID) {
	subject, markdown := text(name)
	var ids []clients.ID
	for _, c := range to {
		ids = append(ids, c.ID)
	}
	b.do(func(ctx context.Context, db bun.Tx) error {
		permits, _, err := b.Ledger.CheckAll(ctx, db, from.ID, ids, b.now)
		if err != nil {
			return err
		}
		house, err := agents.LoadBrokerage(ctx, db)
		if err != nil {
			return err
		}
		identity, err := mail.Identify(from.Name, from.Email, house.Name, house.SendingDomains)
		if err != nil {
			return err
		}
		template, err := b.Renderer.Letter(mail.Letter{
			Identity: identity, House: mail.House{Name: house.Name, PostalAddress: house.PostalAddress, Phone: house.Phone, BaseURL: b.BaseURL},
			AgentName: from.Name, AgentPhone: from.Phone, Signature: from.Signature, Subject: subject, Markdown: markdown,
		})
		if err != nil {
			return err
		}
		b.posted++
		id, err = outbox.Post(ctx, db, b.Ledger, from, permits, outbox.Text{
			Subject: subject, Markdown: markdown, Template: template, IdempotencyKey: fmt.Sprintf("demo-%d", b.posted),
		}, b.now)
		return err
	})
	return id
}

// some picks n of an agent's clients.
func (b *builder) some(owner agents.Agent, n int) []clients.Client {
	all := b.of[owner.ID]
	picked := make([]clients.Client, 0, n)
	for _, i := range b.dice.Perm(len(all))[:min(n, len(all))] {
		picked = append(picked, all[i])
	}
	return picked
}

// seasons are the ordinary weeks: new people, a letter here and there.
func (b *builder) seasons() {
	plan := []struct {
		ago  int
		from agents.Agent
		name string
		to   int
		new  int
	}{
		{84, b.maya, "01-welcome", 12, 1}, {80, b.theo, "03-offer", 4, 1}, {76, b.priya, "02-rates", 5, 1},
		{70, b.maya, "02-rates", 10, 1}, {64, b.theo, "09-schools", 6, 0}, {60, b.maya, "03-offer", 3, 1},
		{55, b.priya, "01-welcome", 7, 1}, {49, b.maya, "10-storm", 14, 1}, {44, b.theo, "05-market", 8, 1},
		{38, b.maya, "05-market", 16, 1}, {33, b.priya, "03-offer", 4, 1}, {29, b.maya, "07-thanks", 4, 0},
		{24, b.theo, "04-fall", 9, 1}, {20, b.maya, "04-fall", 15, 1}, {15, b.priya, "04-fall", 7, 0},
	}
	for _, week := range plan {
		b.at(week.ago, 10)
		for range week.new {
			b.add(week.from, b.person(), "Signed in at an open house")
		}
		b.write(week.from, week.name, b.some(week.from, week.to)...)
		b.deliver()
	}
}

// letter is the way back in that a client's copy of a mailing holds.
func (b *builder) letter(c clients.Client, id outbox.MailingID) consent.Link {
	return consent.Link{Client: c.ID, Agent: c.AgentID, Mailing: int64(id), Hash: b.Ledger.Hash(c.EmailKey)}
}

// page is how a client acts on the opt-out page.
func page(wording, subject string) consent.By {
	return consent.By{Door: consent.DoorPage, Wording: wording, Subject: subject, IP: "203.0.113.20",
		UserAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"}
}

func subjectOf(name string) string {
	subject, _ := text(name)
	return subject
}
