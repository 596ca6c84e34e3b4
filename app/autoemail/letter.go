package autoemail

import (
	"slices"
	"strings"

	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/mail"
)

// compose makes a parcel's letter, if there is something to say. Faults: Invalid where its text can't be a letter.
func (d *desk) compose(p *parcel) error {
	cards, err := d.cards(p)
	if err != nil || len(p.homes) == 0 && len(p.opening) == 0 {
		return err
	}
	p.letter = d.draft
	of := p.of()
	p.letter.Subject, p.letter.Lead, p.letter.Markdown = p.subject(of), lead(d.by.FirstName(), p, of), message(of)
	p.letter.Total, p.letter.Lookouts = len(p.homes), lookouts(of)
	for {
		p.letter.Homes = cards
		p.text, err = d.Renderer.Letter(p.letter)
		if wrong := fault.As(err); wrong == nil || wrong.Fields["homes"] == "" || len(cards) < 2 {
			return err
		}
		cards = cards[:len(cards)*3/4] // mail programs would cut it off; its page shows all
	}
}

// cards are the homes that stand in the letter itself. One that can't be shown leaves no more.
func (d *desk) cards(p *parcel) ([]*mail.Card, error) {
	for {
		shown := p.homes[:min(len(p.homes), AtMostShown)]
		cards := make([]*mail.Card, 0, len(shown))
		for i, c := range shown {
			card, err := d.card(c, len(p.homes) <= letters.FewHomes)
			if wrong := fault.As(err); wrong != nil {
				p.leaveOut(i, wrong.Say)
				break
			} else if err != nil {
				return nil, err
			}
			cards = append(cards, card)
		}
		if len(cards) == len(shown) {
			return cards, nil
		}
	}
}

// leaveOut takes a home out of a letter.
func (p *parcel) leaveOut(i int, why string) {
	out := p.homes[i]
	p.homes = slices.Delete(p.homes, i, i+1)
	p.sent = slices.DeleteFunc(p.sent, func(m Match) bool {
		if m.ListingID != out.home.ID {
			return false
		}
		if m.Reason = why; m.State == Approved {
			m.State = Unsent
		} else {
			m.State = Dropped
		}
		p.off = append(p.off, m)
		return true
	})
}

// of are the auto emails that a letter is of.
func (p *parcel) of() []*Search {
	in := p.inLetter()
	var all []*Search
	for _, s := range p.searches {
		if in[s.ID] {
			all = append(all, s)
		}
	}
	return all
}

// message is what the agent wrote above the homes, of each auto email once.
func message(of []*Search) string {
	var texts []string
	for _, s := range of {
		if text := strings.TrimSpace(s.Message); text != "" && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// lookouts name at the foot what the letter is of.
func lookouts(of []*Search) []mail.Lookout {
	all := make([]mail.Lookout, len(of))
	for i, s := range of {
		all[i].Name = s.Name
		if kind := s.Pace().Kind; !s.Concierge {
			all[i].When, all[i].Fewer = s.Pace().Words(), kind == ASAP || kind == Daily
		}
	}
	return all
}
