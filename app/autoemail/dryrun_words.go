package autoemail

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// advise says what is too much or too little of what was counted, and suggests a better schedule.
func (d *Dry) advise(s *Search, news []listings.News, zone *time.Location) {
	c := &s.Criteria
	say := func(text string, args ...any) { d.Say = append(d.Say, fmt.Sprintf(text, args...)) }
	if asksNothing(*c) {
		say("It asks for nothing yet: every home on the market would be sent. Say at least where they are looking, or up to which price.")
	} else if word := excluded(*c); word != "" {
		say("“%s” is both asked for and ruled out in the remarks, so no home can match.", word)
	}
	if d.Now > manyNow {
		say("%s homes match now, more than anybody looks through. %s", grouped(d.Now), narrower(c))
	}
	if !s.Concierge {
		d.suggest(s, news, zone)
		if d.Suggest != nil {
			_, letters := simulate(s, *d.Suggest, news, zone)
			say("The last %s would have sent %s in %s. %s would make %s of it.", count(d.Days, "day", "days"), count(d.Homes, "home", "homes"),
				count(d.Letters, "letter", "letters"), d.Suggest.Words(), count(letters, "letter", "letters"))
		}
	}
	if d.Homes == 0 && d.Days >= 7 && d.Now > 0 {
		say("%s now, but nothing new came in the last %s. Letters will be rare.", matching(d.Now), count(d.Days, "day", "days"))
	}
}

// suggest finds the most frequent schedule that is calmer than the chosen one, where that would send more than about a letter a
// day, or more homes than anybody looks through.
func (d *Dry) suggest(s *Search, news []listings.News, zone *time.Location) {
	daily := Schedule{Kind: Daily, Times: []int{eight}}
	weekly := Schedule{Kind: Weekly, Days: []time.Weekday{time.Friday}, Times: []int{eight}}
	if len(s.Schedule.Times) > 0 {
		daily.Times, weekly.Times = s.Schedule.Times[:1:1], s.Schedule.Times[:1:1]
	}
	often := s.Schedule.Kind == ASAP || s.Schedule.Kind == Daily
	many := often && d.Letters > 4 && d.Letters*7 > d.Days // more than one a week
	switch {
	case many && d.Homes > manyNews && d.Now > manyNow:
		d.Suggest = &weekly
	case d.Letters > d.Days+1 && often:
		d.Suggest = &daily
	}
}

// narrower says which criterion would help: the first of those that most searches have and this one lacks.
func narrower(c *listings.Criteria) string {
	switch {
	case len(c.Cities)+len(c.PostalCodes)+len(c.Area) == 0 && c.Near == nil:
		return "Name a town or draw an area to narrow it."
	case c.PriceMax == 0:
		return "A highest price would narrow it."
	case c.BedsMin == 0:
		return "A number of beds would narrow it."
	case len(c.PropertyTypes) == 0:
		return "A property type would narrow it."
	case c.PriceMin == 0:
		return "A lowest price would narrow it."
	}
	return "A smaller area, or two auto emails that each look for less, would serve them better."
}

// criterion is one thing that a search asks for, and the search without it.
type criterion struct {
	words   string
	without listings.Criteria
}

// asked are the things that a search asks for, those first that most often ask for too much.
func asked(c listings.Criteria) []criterion {
	var all []criterion
	add := func(is bool, words string, drop func(*listings.Criteria)) {
		if is {
			without := c
			drop(&without)
			all = append(all, criterion{words, without})
		}
	}
	add(c.PriceMin+c.PriceMax > 0, "the price", func(c *listings.Criteria) { c.PriceMin, c.PriceMax = 0, 0 })
	add(len(c.WordsAll)+len(c.WordsAny) > 0, "the words in the remarks", func(c *listings.Criteria) { c.WordsAll, c.WordsAny = nil, nil })
	add(len(c.Area) > 0 || c.Near != nil, "the area on the map", func(c *listings.Criteria) { c.Area, c.Near = nil, nil })
	add(len(c.Cities)+len(c.PostalCodes) > 0, "the towns and zip codes", func(c *listings.Criteria) { c.Cities, c.PostalCodes = nil, nil })
	add(c.BedsMin+c.BedsMax+c.BathsMin > 0, "beds and baths", func(c *listings.Criteria) { c.BedsMin, c.BedsMax, c.BathsMin = 0, 0, 0 })
	add(c.AreaMin+c.AreaMax+c.LotMin+c.LotMax > 0, "the sizes", func(c *listings.Criteria) { c.AreaMin, c.AreaMax, c.LotMin, c.LotMax = 0, 0, 0, 0 })
	add(len(c.Features) > 0, "the features", func(c *listings.Criteria) { c.Features = nil })
	add(c.OpenHouse, "the open house this week", func(c *listings.Criteria) { c.OpenHouse = false })
	add(c.YearMin+c.YearMax > 0, "the year built", func(c *listings.Criteria) { c.YearMin, c.YearMax = 0, 0 })
	add(len(c.Statuses) > 0, "the status", func(c *listings.Criteria) { c.Statuses = nil })
	add(len(c.PropertyTypes) > 0, "the property type", func(c *listings.Criteria) { c.PropertyTypes = nil })
	add(len(c.WordsNone) > 0, "the words ruled out", func(c *listings.Criteria) { c.WordsNone = nil })
	return all
}

// loosest says why nothing matches now: the one criterion without which most homes would, if one alone is in the way.
func loosest(ctx context.Context, db bun.IDB, c listings.Criteria, now time.Time) (string, error) {
	all := asked(c)
	best, most := "", 0
	for _, one := range all[:min(mostDrops, len(all))] {
		n, err := listings.Count(ctx, db, listings.Query{Criteria: one.without}, now)
		if err != nil {
			return "", fmt.Errorf("autoemail: dry run: %w", err)
		}
		if n > most {
			best, most = one.words, n
		}
	}
	switch {
	case most > 0 && len(all) > 1:
		return fmt.Sprintf("Nothing matches now. Without %s, %s would: loosen that first.", best, count(most, "home", "homes")), nil
	case len(all) == 1:
		return "Nothing matches now. They will hear as soon as something does.", nil
	}
	return "Nothing matches now, and no single change would help. Loosen more than one of the things it asks for.", nil
}

func matching(n int) string {
	if n == 1 {
		return "One home matches"
	}
	return grouped(n) + " homes match"
}

// count is "1 home", "1,234 homes".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + many
}

// grouped sets off thousands with commas.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
