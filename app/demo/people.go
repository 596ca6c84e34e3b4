package demo

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/brianvoe/gofakeit/v7/data"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

// openHouse hires the three and sets the brokerage up.
func (b *builder) openHouse() {
	hire := func(name, email, phone, signature string, role agents.Role) (a agents.Agent) {
		b.do(func(ctx context.Context, db bun.Tx) (err error) {
			a, err = agents.Add(ctx, db, agents.New{Name: name, Email: email, Password: Password, Role: role, Brokerage: "Elm & Harbor Realty"}, b.now)
			if err != nil {
				return err
			}
			a, err = agents.Update(ctx, db, a.ID, agents.Profile{Name: name, Phone: phone, Signature: signature, Version: a.Version})
			return err
		})
		return a
	}
	b.maya = hire("Maya Bell", Email, "(203) 555-0110", "Broker, Elm & Harbor Realty\nOn the green in Guilford since 1998", agents.RoleBroker)
	b.theo = hire("Theo Marsh", "theo@theomarsh.example", "(203) 555-0111", "Your neighbor in Madison", agents.RoleAgent)
	b.priya = hire("Priya Raman", "priya@elmharbor.example", "(203) 555-0112", "First homes are my favorite homes", agents.RoleAgent)
	b.do(func(ctx context.Context, db bun.Tx) error {
		house, err := agents.LoadBrokerage(ctx, db)
		if err != nil {
			return err
		}
		house.PostalAddress = "14 Water Street\nGuilford, CT 06437"
		house.Phone = "(203) 555-0100"
		house.TimeZone = "America/New_York"
		house.SendingDomains = []string{"elmharbor.example"}
		_, err = agents.SaveBrokerage(ctx, db, b.maya, house)
		return err
	})
	b.of = map[agents.ID][]clients.Client{}
	b.names = map[string]bool{}
}

var towns = []string{"Guilford", "Madison", "Branford", "Clinton", "Old Saybrook", "Essex", "Chester", "Killingworth"}

var wishes = []string{
	"Two dogs. Wants a yard to fence. Call after five.",
	"Relocating from Brooklyn in June; works from home, needs a door that closes.",
	"Mother moves in with them: bedroom and bath on the ground floor.",
	"Would trade a bedroom for a view of the water.",
	"Sells first, buys second. Has until the school year ends.",
	"Pre-approved to $650,000, letter from 2 October.",
	"Prefers text to calls. Never on Sundays.",
	"Looked at Neck Road twice and came back with a tape measure.",
	"Investor: two-families only, keeps the tenants.",
	"Afraid of old wiring. Send the inspection first.",
}

// name is one of gofakeit’s first or last names. Its functions, hundreds of them, would be a megabyte in every house’s binary.
func (b *builder) name(which string) string {
	all := data.Person[which]
	return all[b.chance.Uint64N(uint64(len(all)))]
}

// person is a client to be, with a name nobody here has yet.
func (b *builder) person() clients.Form {
	for {
		first, last := b.name("first"), b.name("last")
		if b.names[first+last] {
			continue
		}
		b.names[first+last] = true
		types := []clients.Type{clients.Types[b.dice.IntN(4)]}
		if b.dice.IntN(4) == 0 {
			types = []clients.Type{"Buyer", "Seller"}
		}
		return clients.Form{
			FirstName: first, LastName: last,
			Email:  strings.ToLower(first+"."+last) + "@" + []string{"mail.example", "home.example", "post.example"}[b.dice.IntN(3)],
			Phone:  fmt.Sprintf("(%s) 555-01%02d", []string{"203", "860", "475"}[b.dice.IntN(3)], b.dice.IntN(100)),
			Status: clients.Active, Types: types,
			Notes: "Looks in " + towns[b.dice.IntN(len(towns))] + ". " + wishes[b.dice.IntN(len(wishes))],
		}
	}
}

// add makes a client and opens their page in the ledger.
func (b *builder) add(owner agents.Agent, f clients.Form, heard string) (c clients.Client) {
	b.do(func(ctx context.Context, db bun.Tx) (err error) {
		if c, err = clients.Create(ctx, db, owner.ID, f, b.now); err != nil {
			return err
		}
		return b.Ledger.Enroll(ctx, db, c, consent.By{Agent: owner, Door: consent.DoorAgent, Note: heard}, b.now)
	})
	b.of[owner.ID] = append(b.of[owner.ID], c)
	return c
}

// named is a client with a name the story needs.
func (b *builder) named(owner agents.Agent, first, last, email string) clients.Client {
	f := b.person()
	f.FirstName, f.LastName, f.Email = first, last, email
	b.names[first+last] = true
	return b.add(owner, f, "At the open house, 14 Elm Street")
}

// become gives a client another status.
func (b *builder) become(owner agents.Agent, c clients.Client, s clients.Status, until time.Time) {
	b.do(func(ctx context.Context, db bun.Tx) error {
		c, err := clients.Find(ctx, db, owner.ID, c.ID)
		if err != nil {
			return err
		}
		_, _, err = clients.Update(ctx, db, owner.ID, c.ID, clients.Form{
			FirstName: c.FirstName, LastName: c.LastName, Email: c.Email, Phone: c.Phone, Types: c.TypeList(), Notes: c.Notes,
			Status: s, VacationUntil: until, Version: c.Version,
		}, b.now)
		return err
	})
}

// firstClients are those the agents brought along; others come by through the seasons.
func (b *builder) firstClients() {
	for i, owner := range []agents.Agent{b.maya, b.theo, b.priya} {
		for range []int{18, 9, 7}[i] {
			b.add(owner, b.person(), "Client before Porchlight; asked again by phone")
		}
	}
}
