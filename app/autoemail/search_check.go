package autoemail

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// How long what an agent types may be, in characters.
const (
	longestName    = 100
	longestSubject = 200
	longestMessage = 10_000
)

// check tidies what an agent typed and says what can't be taken.
func check(s *Search, zone *time.Location, now time.Time) error {
	var form fault.Form
	var err error
	if s.Name, err = agents.Line(s.Name, longestName); err != nil {
		form.Add("name", "%s", err)
	} else if !strings.ContainsFunc(s.Name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) }) {
		form.Add("name", "Give it a name that the client will recognize, such as “Homes in Mystic”.")
	}
	if s.Subject, err = agents.Line(s.Subject, longestSubject); err != nil {
		form.Add("subject", "%s", err)
	}
	if s.Message, err = agents.Text(s.Message, longestMessage); err != nil {
		form.Add("message", "%s", err)
	}
	checkCriteria(&s.Criteria, &form)
	checkEvents(s, &form)
	if err := s.Schedule.Check(); err != nil {
		wrong := fault.As(err)
		if wrong == nil {
			return err
		}
		for field, say := range wrong.Fields {
			form.Add(field, "%s", say)
		}
		if len(wrong.Fields) == 0 {
			form.Add("schedule", "%s", wrong.Say)
		}
	}
	checkLastDay(s.ExpiresOn, &form, zone, now)
	return form.Err()
}

// criteriaFields are the fields of listings.ReadCriteria, in the order of the form: the first that is wrong is told.
var criteriaFields = []string{"type", "city", "zip", "price_min", "price_max", "beds_min", "beds_max", "baths_min", "area_min", "area_max",
	"lot_min", "lot_max", "year_min", "year_max", "words_all", "words_any", "words_none", "feature", "open_house", "status", "area", "near"}

// checkCriteria refuses what listings.ReadCriteria does, and what finds nothing or everything whatever the homes are.
func checkCriteria(c *listings.Criteria, form *fault.Form) {
	read, err := listings.ReadCriteria(c.Values())
	if wrong := fault.As(err); wrong != nil {
		for _, field := range criteriaFields {
			if say := wrong.Fields[field]; say != "" {
				form.Add("criteria", "%s", say)
			}
		}
		form.Add("criteria", "%s", wrong.Say)
		return
	}
	*c = read
	if asksNothing(read) {
		form.Add("criteria", "Say what they are looking for: a town, a highest price, a number of beds. As it stands, every home would be sent.")
	}
	if word := excluded(read); word != "" {
		form.Add("criteria", "“%s” is both asked for and ruled out in the remarks, so no home can match.", word)
	}
}

// asksNothing says whether all homes on the market match. A status alone, or all types, narrow nothing that a client means.
func asksNothing(c listings.Criteria) bool {
	c.Statuses = nil
	if len(c.PropertyTypes) == len(listings.PropertyTypes) {
		c.PropertyTypes = nil
	}
	return len(c.Values()) == 0
}

// excluded returns a word that the criteria ask for and rule out at once; empty where there is none.
func excluded(c listings.Criteria) string {
	// A word is found at the beginning of words: whoever rules out "pool" rules out "poolside" too.
	ruledOut := func(asked string) bool {
		return slices.ContainsFunc(c.WordsNone, func(none string) bool {
			return strings.Contains(" "+listings.Fold(asked), " "+listings.Fold(none))
		})
	}
	if at := slices.IndexFunc(c.WordsAll, ruledOut); at >= 0 {
		return c.WordsAll[at]
	}
	if len(c.WordsAny) > 0 && allOf(c.WordsAny, ruledOut) {
		return c.WordsAny[0]
	}
	return ""
}

// checkEvents puts the events into the order of listings.EventKinds, each once.
func checkEvents(s *Search, form *fault.Form) {
	if !allOf(s.Events, func(kind listings.EventKind) bool { return slices.Contains(listings.EventKinds, kind) }) {
		form.Add("events", "Choose among the events on the page.")
	}
	var chosen []listings.EventKind
	for _, kind := range listings.EventKinds {
		if slices.Contains(s.Events, kind) {
			chosen = append(chosen, kind)
		}
	}
	if len(chosen) == 0 {
		form.Add("events", "Choose at least one event, such as New Listing. Without one, nothing would ever be sent.")
	}
	s.Events = chosen
}

func checkLastDay(day string, form *fault.Form, zone *time.Location, now time.Time) {
	if day == "" {
		return
	}
	last, err := time.Parse(time.DateOnly, day)
	switch {
	case err != nil || last.Year() > 9999:
		form.Add("expires", "Choose a day from the calendar, or leave it empty.")
	case day < today(zone, now):
		form.Add("expires", "Choose a day that is not over yet, or leave it empty.")
	}
}

// today is the day it is in a zone, as "2027-05-01": such texts compare as days do.
func today(zone *time.Location, now time.Time) string { return now.In(zone).Format(time.DateOnly) }
