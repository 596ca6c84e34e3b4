package demo

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// morning is when the house wakes, so many days before the end.
func (b *builder) morning(daysAgo int) time.Time {
	day := b.end.In(b.zone).AddDate(0, 0, -daysAgo)
	return time.Date(day.Year(), day.Month(), day.Day(), 8, 5, 0, 0, b.zone).UTC()
}

// live lets the mornings come that lie before a time.
func (b *builder) live(until time.Time) {
	for b.err == nil && b.lived > 0 && b.morning(b.lived-1).Add(time.Hour).Before(until) {
		b.lived--
		b.now = b.morning(b.lived)
		b.wake(b.lived)
	}
}

// wake is a morning: homes come in, letters that are due leave, the agents look at their queues.
func (b *builder) wake(daysAgo int) {
	b.arrive()
	b.step()
	b.now = b.now.Add(25 * time.Minute)
	for _, a := range b.autos {
		if a.ago == daysAgo && a.id == 0 {
			b.save(a)
		}
	}
	b.clientsAct(daysAgo)
	b.look(daysAgo)
	b.now = b.now.Add(2 * time.Minute)
	b.step()
	b.portals(daysAgo)
}

// arrive lets in what the feed told until now.
func (b *builder) arrive() {
	b.do(func(ctx context.Context, db bun.Tx) error {
		if err := b.market.play(ctx, db, b.now); err != nil {
			return err
		}
		return b.hang(ctx, db)
	})
}

// step lets the auto emails do what is due, and their letters leave.
func (b *builder) step() {
	if b.err == nil {
		b.keep(b.searches.Step(b.ctx))
	}
	b.deliver()
}

// clientsAct is what clients do about their auto emails.
func (b *builder) clientsAct(daysAgo int) {
	find := func(name string) *auto {
		for _, a := range b.autos {
			if a.name == name {
				return a
			}
		}
		panic(name) // the names are this package's own
	}
	act := func(a *auto, do func(ctx context.Context, db bun.Tx, client clients.ID) error) {
		b.do(func(ctx context.Context, db bun.Tx) error {
			var client clients.ID
			if err := db.NewSelect().Table("searches").Column("client_id").Where("id = ?", a.id).Scan(ctx, &client); err != nil {
				return err
			}
			return do(ctx, db, client)
		})
	}
	switch daysAgo {
	case 11:
		a := find("A walk to the village")
		act(a, func(ctx context.Context, db bun.Tx, client clients.ID) error {
			return autoemail.WeeklyByClient(ctx, db, client, a.id, b.now)
		})
	case 6:
		a := find("Branford to Clinton under $600,000")
		act(a, func(ctx context.Context, db bun.Tx, client clients.ID) error {
			return autoemail.StopByClient(ctx, db, client, a.id, b.now)
		})
	case 3:
		a := find("Land to build on")
		act(a, func(ctx context.Context, db bun.Tx, _ clients.ID) error {
			_, err := autoemail.Pause(ctx, db, b.theo.ID, []autoemail.ID{a.id}, b.end.AddDate(0, 0, 40).Truncate(24*time.Hour), b.now)
			return err
		})
	}
}

// notes are what agents add to a home.
var notes = []string{"The light in this kitchen is what you described.", "Small, but look at the garden.", "Ask me about the basement before you fall in love."}

// look is an agent at their queue: most homes leave, some do not, and what came since they last had the time waits.
func (b *builder) look(daysAgo int) {
	for _, owner := range []agents.Agent{b.maya, b.theo, b.priya} {
		groups := b.queue(owner)
		for _, g := range groups {
			for _, item := range g.Items {
				if item.State != autoemail.Unsent || b.waits(item, daysAgo) {
					continue
				}
				pick := []autoemail.Pick{{ID: item.ID, Version: item.Version, Anyway: true}}
				b.do(func(ctx context.Context, db bun.Tx) error {
					if item.ID%4 == 3 {
						_, err := autoemail.Reject(ctx, db, owner.ID, pick, autoemail.Reasons[int(item.ID)%len(autoemail.Reasons)], b.now)
						return err
					}
					if item.ID%5 == 0 {
						noted, err := autoemail.SetNote(ctx, db, owner.ID, item.ID, notes[int(item.ID)%len(notes)], b.now)
						if err != nil {
							return err
						}
						pick[0].Version = noted.Version
					}
					_, err := autoemail.Approve(ctx, db, owner.ID, pick, b.now)
					return err
				})
			}
		}
	}
}

// waits says whether an agent has not come to a home in the queue yet.
func (b *builder) waits(item autoemail.Item, daysAgo int) bool {
	for _, a := range b.autos {
		if a.id == item.SearchID {
			return daysAgo <= a.left
		}
	}
	return true
}

// queue is what waits for an agent.
func (b *builder) queue(owner agents.Agent) []autoemail.Group {
	if b.err != nil {
		return nil
	}
	groups, _, err := autoemail.Queue(b.ctx, b.Read, b.Ledger, autoemail.Tab{Agent: owner.ID, State: autoemail.Unsent, Limit: 200}, b.now)
	b.keep(err)
	return groups
}

// today brings the house to the present hour: the last news, a home in the queue that somebody else has bought meanwhile.
func (b *builder) today() {
	b.now = b.end.Add(-2 * time.Minute)
	b.arrive()
	b.do(func(ctx context.Context, db bun.Tx) error {
		return run(ctx, db, b.market.feed, "changes", listings.Applied{Seen: 4}, b.end.Add(-4*time.Minute), 2*time.Second) // the overlap of two walks
	})
	b.step()
	b.sold()
	b.now = b.end
	b.step()
}

// sold takes one home of Maya's queue off the market.
func (b *builder) sold() {
	var id listings.ID
	for _, g := range b.queue(b.maya) {
		for _, item := range g.Items {
			if id == 0 && len(g.Items) > 2 && item.Kind == listings.EventNew {
				id = item.ListingID
			}
		}
	}
	b.do(func(ctx context.Context, db bun.Tx) error {
		var key string
		if err := db.NewSelect().Model((*listings.Listing)(nil)).Column("listing_key").Where("id = ?", id).Scan(ctx, &key); err != nil {
			return err
		}
		for _, h := range b.market.homes {
			if h.rec.ListingKey == key {
				become(listings.Pending)(&h.rec, b.now)
				h.rec.ModificationTimestamp = b.now
				_, err := listings.Apply(ctx, db, listings.Source{Feed: b.market.feed}, []listings.Record{h.rec}, b.now)
				return err
			}
		}
		return nil
	})
}
