package autoemail

import (
	"slices"
	"strconv"
	"strings"

	"porchlight/app/letters"
	"porchlight/app/listings"
)

// subject is the auto email's own if the letter is of that one alone, and else says what is in it.
func (p *parcel) subject(of []*Search) string {
	name := of[0].Name
	if long := []rune(name); len(long) > 120 {
		name = string(long[:119]) + "…"
	}
	switch n := len(p.homes); {
	case len(of) == 1 && strings.TrimSpace(of[0].Subject) != "":
		return of[0].Subject
	case n == 0 && of[0].Opening == OpeningRevised:
		return "Your search has changed: " + name
	case n == 0 && of[0].Opening == OpeningAgain:
		return "Your search is on again: " + name
	case n == 0:
		return "Your search: " + name
	case n == 1:
		return headline[p.homes[0].match.Kind] + letters.Suggestion([]letters.Home{*p.homes[0].home})
	case len(of) > 1:
		return p.counted() + " for you"
	}
	return p.counted() + ": " + name
}

// headline begins the subject of a letter with one home.
var headline = map[listings.EventKind]string{
	listings.EventPrice: "New price: ", listings.EventBack: "Back on the market: ", listings.EventOpenHouse: "Open house: ",
	listings.EventPending: "Under contract: ", listings.EventClosed: "Sold: ", listings.EventComingSoon: "Coming soon: ",
}

// counted are the homes of a letter in a few words: new ones where all are, else homes.
func (p *parcel) counted() string {
	if !slices.ContainsFunc(p.homes, func(c chosen) bool {
		return c.match.Kind != listings.EventNew && c.match.Kind != listings.EventComingSoon
	}) {
		return counting(len(p.homes), "new home", "new homes")
	}
	return counting(len(p.homes), "home", "homes")
}

func counting(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// lead says what a letter is, a line for each of its auto emails.
func lead(agent string, p *parcel, of []*Search) string {
	lines := make([]string, len(of))
	for i, s := range of {
		var homes []chosen
		for _, c := range p.homes {
			if slices.Contains(c.of, s.ID) {
				homes = append(homes, c)
			}
		}
		lines[i] = s.lead(agent, homes, slices.Contains(p.opening, s))
	}
	return strings.Join(lines, "\n")
}

// lead says what the letter is for one auto email with some homes in it.
func (s *Search) lead(agent string, homes []chosen, opens bool) string {
	name, when := "“"+s.Name+"”", s.when()
	here := ""
	switch n := len(homes); {
	case n == 1:
		here = " Here is the first one."
	case n > 1:
		here = " Here are the first " + strconv.Itoa(n) + "."
	}
	switch {
	case opens && s.Concierge && s.Opening == OpeningWelcome:
		return agent + " picks homes for you by hand: " + name + "." + here + " You can stop these letters at the foot of each."
	case opens && s.Opening == OpeningWelcome:
		return agent + " is looking out for homes for you: " + name + ". Letters come " + when + ", and only when there is something new." + here +
			" You can have them less often, or stop them, at the foot of each letter."
	case opens && s.Concierge && s.Opening == OpeningRevised:
		return agent + " has changed what " + name + " looks for." + here
	case opens && s.Opening == OpeningRevised:
		return agent + " has changed what " + name + " looks for. Letters come " + when + ", when there is something new." + here
	case opens && s.Opening == OpeningAgain:
		again := name + " is on again."
		if !s.Concierge {
			again = name + " is on again: letters come " + when + ", when there is something new."
		}
		if len(homes) > 0 {
			again += " In this one: " + tallied(homes) + "."
		}
		return again
	case s.Concierge:
		return s.handed(agent, homes)
	}
	return tallied(homes) + " for " + name + "."
}

// handed is what a letter of homes that an agent approved says.
func (s *Search) handed(agent string, homes []chosen) string {
	straight := !slices.ContainsFunc(homes, func(c chosen) bool { return c.match.DecidedBy != 0 || c.match.Kind != listings.EventPrice })
	switch n := len(homes); {
	case straight && n == 1:
		return "The price has come down of a home that " + agent + " picked for you."
	case straight:
		return "The price has come down of " + strconv.Itoa(n) + " homes that " + agent + " picked for you."
	case n == 1:
		return agent + " picked this home for you: “" + s.Name + "”."
	}
	return agent + " picked these " + strconv.Itoa(len(homes)) + " homes for you: “" + s.Name + "”."
}

// when is the schedule within a sentence.
func (s *Search) when() string {
	words := s.Pace().Words()
	first, _, _ := strings.Cut(words, " ")
	if strings.HasSuffix(strings.TrimSuffix(first, ","), "days") && first != "Weekdays" {
		return words // Mondays
	}
	return strings.ToLower(words[:1]) + words[1:]
}

// happenings say how many times something happened, in the order they are told.
var happenings = []struct {
	kind      listings.EventKind
	one, many string
}{
	{listings.EventNew, "new home", "new homes"},
	{listings.EventComingSoon, "home coming soon", "homes coming soon"},
	{listings.EventPrice, "new price", "new prices"},
	{listings.EventBack, "home back on the market", "homes back on the market"},
	{listings.EventOpenHouse, "open house", "open houses"},
	{listings.EventPending, "home under contract", "homes under contract"},
	{listings.EventClosed, "sale", "sales"},
}

// tallied says what happened to homes: "2 new homes and 1 new price".
func tallied(homes []chosen) string {
	var parts []string
	for _, h := range happenings {
		n := 0
		for _, c := range homes {
			if c.match.Kind == h.kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, counting(n, h.one, h.many))
		}
	}
	return enumerated(parts)
}
