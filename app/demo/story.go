package demo

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/outbox"
)

// The words on the opt-out page's buttons.
const (
	stop   = "Confirm Opt-Out"
	goOn   = "Confirm Opt-In"
	attest = "I attest that this client asked me to get e-mail again."
)

// story plays every turn of consent once, so that each can be seen, and leaves the last days' mail in every state.
func (b *builder) story() {
	b.at(30, 11)
	carl := b.named(b.maya, "Carl", "Whitman", "carl.whitman@home.example")
	dana := b.named(b.maya, "Dana", "Kowalczyk", "dana.k@post.example")
	ines := b.named(b.maya, "Inês", "Carvalho", "ines.carvalho@mail.example")
	hiro := b.named(b.maya, "Hiro", "Tanaka", "hiro.tanaka@mail.example")
	layla := b.named(b.maya, "ليلى", "حداد", "layla.haddad@post.example")
	ben := b.named(b.maya, "Ben", "Ferraro", "ferraro.family@home.example")
	lucia := b.named(b.theo, "Lucia", "Ferraro", "ferraro.family@home.example")
	grace := b.named(b.maya, "Grace", "Nguyen", "grace.nguyen@mail.example")
	walt := b.named(b.maya, "Walt", "Petersen", "550.walt.petersen@home.example")
	nora := b.named(b.maya, "Nora", "Lindqvist", "nora.lindqvist@mail.example")
	omar := b.named(b.maya, "Omar", "Siddiqui", "omar.siddiqui@post.example")
	ruth := b.named(b.maya, "Ruth", "Adeyemi", "ruth.adeyemi@home.example")
	first := b.write(b.maya, "01-welcome", carl, dana, ines, hiro, layla, ben, grace, walt, nora, omar, ruth)
	b.write(b.theo, "01-welcome", lucia)
	b.deliver()

	b.change(28, 18, func() error { // Carl leaves and comes back within ten minutes
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(carl, first), consent.By{Door: consent.DoorOneClick, Wording: "List-Unsubscribe=One-Click", Subject: subjectOf("01-welcome")}, b.now)
		return err
	})
	b.change(27, 9, func() error {
		return b.Ledger.OptIn(b.ctx, b.Write, b.letter(carl, first), page(goOn, subjectOf("01-welcome")), b.now)
	})
	b.at(27, 12)
	b.become(b.maya, carl, clients.Active, time.Time{})

	b.change(26, 10, func() error { // Ruth asked by phone to stop
		return b.Ledger.OptOutFor(b.ctx, b.Write, ruth.ID, consent.By{Agent: b.maya, Door: consent.DoorPhone, Note: "Called on Tuesday: bought in Essex, no more mail please."}, b.now)
	})
	b.change(22, 20, func() error { // the Ferraros share an address; Lucia's agent loses it for both
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(lucia, 0), page(stop, subjectOf("01-welcome")), b.now)
		return err
	})
	b.change(18, 13, func() error { // Grace left, then asked Maya at the showing to come back
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(grace, first), page(stop, subjectOf("01-welcome")), b.now)
		return err
	})
	b.change(16, 9, func() error {
		return b.Ledger.Restore(b.ctx, b.Write, grace.ID, consent.By{Agent: b.maya, Door: consent.DoorAgent, Wording: attest, Note: "In person, at 22 Whitfield Street."}, b.now)
	})
	b.at(16, 10)
	b.become(b.maya, grace, clients.UnderContract, time.Time{})
	b.change(14, 8, func() error {
		return b.Ledger.Block(b.ctx, b.Write, b.Ledger.Hash(omar.EmailKey), consent.Complained, "Reported as spam at post.example", b.now)
	})
	b.change(9, 21, func() error { // Inês wants a rest
		until := b.end.AddDate(0, 0, 19).Truncate(24 * time.Hour)
		return b.Ledger.Pause(b.ctx, b.Write, b.letter(ines, first), until, page("Pause", subjectOf("01-welcome")), b.now)
	})
	b.statuses(hiro)
	b.remembered(nora)
	b.lastDays(carl, dana, layla)
}

// change does one thing at an hour of a day.
func (b *builder) change(daysAgo, hour int, fn func() error) {
	b.at(daysAgo, hour)
	if b.err == nil {
		b.keep(fn())
	}
	b.deliver()
}

// statuses spreads the other statuses over clients who have nothing else to tell.
func (b *builder) statuses(hiro clients.Client) {
	b.at(8, 9)
	b.become(b.maya, hiro, clients.OnVacation, b.end.AddDate(0, 0, 10).Truncate(24*time.Hour))
	for owner, plan := range map[agents.ID][]clients.Status{
		b.maya.ID:  {clients.Prospect, clients.Prospect, clients.Prospect, clients.UnderContract, clients.UnderContract, clients.Closed, clients.Closed, clients.Closed, clients.Inactive},
		b.theo.ID:  {clients.Prospect, clients.UnderContract, clients.Closed, clients.Inactive},
		b.priya.ID: {clients.Prospect, clients.Prospect, clients.Closed},
	} {
		for i, s := range plan {
			b.become(agents.Agent{ID: owner}, b.of[owner][i], s, time.Time{})
		}
	}
}

// remembered deletes a client who had opted out and adds her again: the address is still closed.
func (b *builder) remembered(nora clients.Client) {
	b.change(13, 15, func() error {
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(nora, 0), page(stop, subjectOf("04-fall")), b.now)
		return err
	})
	b.at(12, 10)
	b.do(func(ctx context.Context, db bun.Tx) error {
		if err := outbox.CancelFor(ctx, db, nora.ID, b.now); err != nil {
			return err
		}
		if err := b.Ledger.Forget(ctx, db, nora, consent.By{Agent: b.maya, Door: consent.DoorAgent}, b.now); err != nil {
			return err
		}
		_, err := clients.Delete(ctx, db, b.maya.ID, nora.ID)
		return err
	})
	b.at(6, 10)
	b.named(b.maya, "Nora", "Lindqvist", "nora.lindqvist@mail.example")
}

// lastDays leaves letters in every state and two clients waiting.
func (b *builder) lastDays(carl, dana, layla clients.Client) {
	b.at(4, 9)
	drop := b.write(b.maya, "08-price", append(b.some(b.maya, 6), carl, dana, layla)...)
	b.deliver()
	b.change(3, 9, func() error {
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(carl, drop), page(stop, subjectOf("08-price")), b.now)
		return err
	})
	b.change(2, 19, func() error {
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(dana, drop), page(stop, subjectOf("08-price")), b.now)
		return err
	})
	b.change(1, 8, func() error {
		return b.Ledger.OptIn(b.ctx, b.Write, b.letter(dana, drop), page(goOn, subjectOf("08-price")), b.now)
	})
	b.at(1, 9)
	late := b.named(b.maya, "June", "Okafor", "temperror.june.okafor@post.example")
	quick := b.named(b.maya, "Sam", "Whitlock", "sam.whitlock@home.example")
	b.at(1, 10)
	called := b.write(b.maya, "09-schools", b.some(b.maya, 3)...)
	b.do(func(ctx context.Context, db bun.Tx) error {
		_, err := outbox.CancelMailing(ctx, db, b.maya.ID, called, b.now)
		return err
	})
	held := b.write(b.maya, "06-showing", quick)
	b.change(1, 11, func() error {
		_, err := b.Ledger.OptOut(b.ctx, b.Write, b.letter(quick, held), page(stop, subjectOf("06-showing")), b.now)
		return err
	})
	b.live(b.end.Add(-3 * time.Minute))
	b.now = b.end.Add(-3 * time.Minute)
	b.write(b.maya, "06-showing", late, layla)
	b.deliver()
	b.now = b.end
}
