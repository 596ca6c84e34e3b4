package autoemail

import (
	"context"
	"slices"

	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
)

// trays hold the homes of a round, so that letters share them: each is read once and rendered once.
type trays struct {
	facts map[listings.ID]listings.Facts
	homes map[listings.ID]*letters.Home
	cards map[cardKey]*mail.Card
}

// cardKey is what a card is made of.
type cardKey struct {
	home  listings.ID
	note  string
	large bool
}

// mostInTrays is how many homes are held before they are let go: a round may be long, and homes change.
const mostInTrays = 2000

// look reads the homes that are not at hand.
func (d *desk) look(ctx context.Context, ids []listings.ID) error {
	if d.trays.facts == nil || len(d.trays.facts) > mostInTrays {
		d.trays = trays{map[listings.ID]listings.Facts{}, map[listings.ID]*letters.Home{}, map[cardKey]*mail.Card{}}
	}
	slices.Sort(ids)
	missing := slices.DeleteFunc(slices.Compact(ids), func(id listings.ID) bool { return d.trays.homes[id] != nil })
	facts, err := listings.FactsOf(ctx, d.Read, missing, d.now)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(missing, atOnce) {
		homes, err := letters.Homes(ctx, d.Read, some, d.zone, d.now)
		if err != nil {
			return err
		}
		for i := range homes {
			d.trays.homes[homes[i].ID] = &homes[i]
			d.trays.facts[homes[i].ID] = facts[homes[i].ID]
		}
	}
	return nil
}

// card is a home as a letter shows it. Faults: as mail.Renderer.Card.
func (d *desk) card(c chosen, large bool) (*mail.Card, error) {
	key := cardKey{c.home.ID, c.note, large}
	if card := d.trays.cards[key]; card != nil {
		return card, nil
	}
	card, err := d.Renderer.Card(c.home.InMail(c.note, d.BaseURL, large, d.zone))
	if err == nil {
		d.trays.cards[key] = card
	}
	return card, err
}
