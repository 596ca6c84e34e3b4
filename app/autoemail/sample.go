package autoemail

import (
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
)

// Wrapping is what a letter of an auto email says around its homes.
type Wrapping struct {
	Subject, Lead string
	Lookouts      []mail.Lookout
}

// Wrap words a letter that an auto email would send of homes new on the market: its first where it has an opening. agent is
// the agent's first name.
func Wrap(s Search, agent string, homes []letters.Home) Wrapping {
	p, of := &parcel{searches: []*Search{&s}}, []*Search{&s}
	for i := range homes {
		p.homes = append(p.homes, chosen{home: &homes[i], match: Match{SearchID: s.ID, Kind: listings.EventNew, DecidedBy: s.AgentID}})
	}
	if s.Opening != OpeningNone {
		p.opening = of
	}
	return Wrapping{Subject: p.subject(of), Lead: lead(agent, p, of), Lookouts: lookouts(of)}
}
