package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/portal"
)

// together makes a household of two: the second person has a record and a device of their own, and likes other homes.
func (b *builder) together() {
	v := b.visitorOf("Guilford and Madison, near the green")
	second := b.add(b.maya, clients.Form{
		FirstName: "Peter", LastName: v.client.LastName, Email: secondMail("peter", v.client), Phone: "(203) 555-0164",
		Status: clients.Active, Types: []clients.Type{"Buyer"}, Notes: "Looks with " + v.client.FirstName + ". Cooks; wants the kitchen to open to the yard.",
	}, "Asked to be added at the showing")
	b.do(func(ctx context.Context, db bun.Tx) error {
		return portal.Join(ctx, db, b.maya.ID, v.client.ID, second.ID, b.now)
	})
	as := b.device(second, tablet)
	v.as = append(v.as, as)
	sent, _ := b.shelf(as)
	b.do(func(ctx context.Context, db bun.Tx) error {
		for n, one := range sent[:min(len(sent), 6)] {
			if err := portal.Look(ctx, db, as, one.Listing, b.now); err != nil {
				return err
			}
			if _, err := portal.React(ctx, db, as, one.Listing, []portal.Kind{portal.Favorite, portal.Discard, portal.Possibility}[n%3], b.now); err != nil {
				return err
			}
		}
		return nil
	})
}

// secondMail is the address of somebody with the same last name.
func secondMail(first string, of clients.Client) string {
	return first + "." + strings.ToLower(of.LastName) + "@home.example"
}

// invite leaves an invitation that nobody has taken yet.
func (b *builder) invite() {
	v := b.visitorOf("A yard for the dogs")
	if b.err != nil {
		return
	}
	_, _, err := b.keys.Invite(b.ctx, b.Write, v.client, false, portal.Guest{FirstName: "Alex", LastName: v.client.LastName, Email: secondMail("alex", v.client)}, b.now)
	b.keep(err)
}

// move gives one of Theo's clients to Maya, with the portal and all that is in it.
func (b *builder) move() {
	v := b.visitorOf("A garage and a garden")
	b.do(func(ctx context.Context, db bun.Tx) error {
		_, after, err := clients.Move(ctx, db, b.theo.ID, b.maya.ID, v.client.ID, b.now)
		if err != nil {
			return err
		}
		if _, err := b.Ledger.Move(ctx, db, after, false, consent.By{Agent: b.theo, Door: consent.DoorAgent, Note: "From Theo Marsh to Maya Bell."}, b.now); err != nil {
			return err
		}
		if err := autoemail.Move(ctx, db, after.ID, b.theo.ID, b.maya.ID, b.now); err != nil {
			return err
		}
		if err := portal.Move(ctx, db, after.ID, b.maya.ID); err != nil {
			return err
		}
		v.client, v.agent = after, b.maya
		for i := range v.as {
			v.as[i].Client, v.as[i].Member = after, after
		}
		return agents.Tell(ctx, db, agents.Notice{
			AgentID: b.maya.ID, Kind: agents.NoticeClient, ClientID: int64(after.ID), Mails: true, Title: "Theo Marsh moved " + after.Name() + " to you",
			Body: "You have the record, the portal with its messages, the auto e-mails and the consent ledger.", Action: "See " + after.FirstName, Path: fmt.Sprint("/clients/", after.ID),
		}, b.now)
	})
}

// forwarded is a letter in a stranger's hands: Maya is told, and the stranger asks for homes of their own.
func (b *builder) forwarded() {
	v := b.visitorOf("By the water")
	if b.err != nil {
		return
	}
	sent, _ := b.shelf(v.as[0])
	if len(sent) == 0 {
		b.keep(fmt.Errorf("nothing was sent to %s", v.client.Name()))
		return
	}
	asker, _, err := b.keys.AskForOwn(b.ctx, b.Write, b.maya.ID, sent[0].Mailing, "Claire Donovan", "claire.donovan@post.example", "203.0.113.44", b.now)
	if err != nil {
		b.keep(err)
		return
	}
	day := sent[0].At.In(b.zone).Format("2 January")
	b.do(func(ctx context.Context, db bun.Tx) error {
		err := agents.Tell(ctx, db, agents.Notice{
			AgentID: b.maya.ID, Kind: agents.NoticePortal, ClientID: int64(v.client.ID), Title: "A letter to " + v.client.Name() + " may have been forwarded",
			Body:   "This is about your letter of " + day + " to " + v.client.Name() + ". It was opened from five places.\n\nIf you know who it is, they may be glad of homes of their own.",
			Action: "Make this person a client", Path: "/clients/new",
		}, b.now)
		if err != nil {
			return err
		}
		return agents.Tell(ctx, db, agents.Notice{
			AgentID: b.maya.ID, Kind: agents.NoticePortal, Mails: true, Title: "Somebody asks you for homes of their own",
			Body:   "“" + asker.Name() + "” (" + asker.Email + ") holds a letter of yours of " + day + ", and asks for homes of their own. Nobody has checked that name and address are theirs.",
			Action: "Make this person a client", Path: fmt.Sprint("/clients/new?asked=", asker.ID),
		}, b.now)
	})
}
