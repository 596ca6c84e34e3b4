package consent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
)

// Gate is one of the things that can stand between a client and their mail.
type Gate struct {
	Name  string // "consent", "complaint", "address", "pause", "status"
	Open  bool
	Title string // "Consent is closed"
	Say   string // "Opted out on 12 November from “4 new homes in Guilford”."
	// Remedy is the words of the way out and Path where it leads in this app; empty where only the client can act.
	Remedy, Path string
	Pending      bool // of consent: it waits for the client's own yes
}

// Gates explains to the agent every gate of one client. loc is the zone dates are told in. Faults: NotFound.
func (l *Ledger) Gates(ctx context.Context, db bun.IDB, agent agents.ID, id clients.ID, loc *time.Location, now time.Time) ([]Gate, error) {
	facts, err := factsOf(ctx, db, agent, []clients.ID{id}, now)
	if err != nil {
		return nil, fmt.Errorf("consent: explain client %d: %w", id, err)
	}
	f, ok := facts[id]
	if !ok {
		return nil, noSuchClient()
	}
	var blocks []block
	if err := db.NewSelect().Model(&blocks).Where("b.address_hash = ?", f.AddressHash).Scan(ctx); err != nil {
		return nil, fmt.Errorf("consent: explain client %d: %w", id, err)
	}
	f.blocks = map[Kind]block{}
	for _, b := range blocks {
		f.blocks[b.Reason] = b
	}
	return []Gate{f.consent(loc, now), f.complaint(loc, now), f.address(loc, now), f.pause(loc, now), f.status(loc, now)}, nil
}

func (f fact) consent(loc *time.Location, now time.Time) Gate {
	if f.Enrolled && f.SameAddress && f.State == OptedIn {
		since := "Open since " + day(f.Since, loc, now)
		switch f.Kind {
		case WentIn:
			since += ", when they opted in"
		case Restored:
			since += ", when " + f.Actor + " restored it"
		case Undone:
			since += ", when they took an opt-out back"
		}
		return Gate{Name: gateConsent, Open: true, Title: "Consent is open", Say: since + "."}
	}
	g := Gate{Name: gateConsent, Title: "Consent is closed", Say: f.sayConsent(loc, now)}
	_, complained := f.blocks[Complained]
	switch {
	case complained: // the agent can't restore it
	case f.State == Pending && f.SameAddress: // there is nothing to restore
		g.Pending, g.Remedy, g.Path = true, "Ask them", fmt.Sprintf("/clients/%d/question", f.ID)
	default:
		g.Remedy, g.Path = "Restore", restorationPath(f.ID)
	}
	return g
}

func (f fact) complaint(loc *time.Location, now time.Time) Gate {
	b, closed := f.blocks[Complained]
	if !closed {
		return Gate{Name: gateComplaint, Open: true, Title: "No spam complaint", Say: "They have not marked our mail as spam."}
	}
	return Gate{
		Name: gateComplaint, Title: "Marked as spam",
		Say: "Marked our mail as spam on " + day(b.Since, loc, now) + ". Only they can opt in again, from any old letter.",
	}
}

func (f fact) address(loc *time.Location, now time.Time) Gate {
	b, closed := f.blocks[Undeliverable]
	if !closed {
		return Gate{Name: gateAddress, Open: true, Title: "The address takes mail", Say: "No mail server has refused it for good."}
	}
	say := "Refused for good on " + day(b.Since, loc, now)
	if b.Detail != "" {
		say += ": " + strings.TrimRight(b.Detail, ". ")
	}
	say += "."
	return Gate{
		Name: gateAddress, Title: "The address refuses mail", Say: say,
		Remedy: "The address works again", Path: fmt.Sprintf("/clients/%d/address", f.ID),
	}
}

func (f fact) pause(loc *time.Location, now time.Time) Gate {
	if !f.PausedUntil.After(now) {
		return Gate{Name: gatePause, Open: true, Title: "No pause", Say: "They have not asked for a pause."}
	}
	return Gate{
		Name: gatePause, Title: "Mail is paused",
		Say: f.say(gatePause, loc, now) + " It then flows again by itself; only they can end the pause earlier.",
	}
}

func (f fact) status(loc *time.Location, now time.Time) Gate {
	if f.Status.Mails() {
		return Gate{Name: gateStatus, Open: true, Title: "The status lets mail through", Say: "The status is " + string(f.Status) + "."}
	}
	g := Gate{
		Name: gateStatus, Title: "The status is Inactive", Remedy: "Edit", Path: fmt.Sprintf("/clients/%d/edit", f.ID),
		Say: "Inactive since " + day(f.StatusAt, loc, now) + ". No mail goes out until you choose Edit, Status, Active, Save.",
	}
	if f.Status == clients.OnVacation {
		g.Title, g.Say = "On vacation", f.say(gateStatus, loc, now)
	}
	return g
}
