package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

// timesADay is how many times a daily schedule may have.
const timesADay = 6

// typedWhen is the schedule as it was typed. Each kind keeps its own fields, so that trying another loses nothing.
type typedWhen struct {
	Kind      string
	Days      []string // numbers of weekdays, Sunday is 0
	Times     []string
	Weekday   string
	WeekTime  string
	MonthDay  string
	MonthTime string
}

// whenTyped is the form of a schedule; what it does not say is what most would choose.
func whenTyped(sch autoemail.Schedule) typedWhen {
	w := typedWhen{Kind: sch.Kind, Times: []string{"07:00"}, Weekday: "1", WeekTime: "08:00", MonthDay: "1", MonthTime: "08:00"}
	for _, day := range weekdays {
		if sch.Kind != autoemail.Daily || len(sch.Days) == 0 || slices.Contains(sch.Days, day) {
			w.Days = append(w.Days, strconv.Itoa(int(day)))
		}
	}
	first := func(now string) string {
		if len(sch.Times) > 0 {
			return clockInput(sch.Times[0])
		}
		return now
	}
	switch sch.Kind {
	case autoemail.Daily:
		if len(sch.Times) > 0 {
			w.Times = nil
		}
		for _, at := range sch.Times {
			w.Times = append(w.Times, clockInput(at))
		}
	case autoemail.Weekly:
		if len(sch.Days) > 0 {
			w.Weekday = strconv.Itoa(int(sch.Days[0]))
		}
		w.WeekTime = first(w.WeekTime)
	case autoemail.Monthly:
		w.MonthDay, w.MonthTime = strconv.Itoa(max(1, sch.Day)), first(w.MonthTime)
	}
	return w
}

// weekdays in the order of a working week.
var weekdays = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

// keep takes over the fields of those kinds of schedule that are not chosen.
func (w *typedWhen) keep(typed typedWhen) {
	if w.Kind != autoemail.Daily && len(typed.Times) > 0 {
		w.Days, w.Times = typed.Days, typed.Times
	}
	if w.Kind != autoemail.Weekly && typed.WeekTime != "" {
		w.Weekday, w.WeekTime = typed.Weekday, typed.WeekTime
	}
	if w.Kind != autoemail.Monthly && typed.MonthTime != "" {
		w.MonthDay, w.MonthTime = typed.MonthDay, typed.MonthTime
	}
}

// schedule reads the fields of the chosen kind. Concierge has none of its own, so there nothing is wrong with it.
func (w typedWhen) schedule(vetted bool, wrong *fault.Form) autoemail.Schedule {
	var form fault.Form
	sch := w.read(&form)
	err := form.Err()
	if err == nil {
		err = sch.Check()
	}
	switch f := fault.As(err); {
	case err == nil:
	case vetted:
		return autoemail.Schedule{Kind: autoemail.ASAP}
	case f != nil && len(f.Fields) > 0:
		for name, say := range f.Fields {
			wrong.Add(name, "%s", say)
		}
	default:
		wrong.Add("schedule", "%s", "Choose when letters may leave.")
	}
	return sch
}

func (w typedWhen) read(wrong *fault.Form) autoemail.Schedule {
	sch := autoemail.Schedule{Kind: w.Kind}
	at := func(texts ...string) {
		for _, text := range texts {
			minutes, ok := clockOf(text)
			switch {
			case strings.TrimSpace(text) == "":
			case !ok:
				wrong.Add("times", "“%s” is not a time of day. Type one such as 7:00 AM.", short(text))
			case !slices.Contains(sch.Times, minutes):
				sch.Times = append(sch.Times, minutes)
			}
		}
		slices.Sort(sch.Times)
		if len(sch.Times) == 0 {
			wrong.Add("times", "Say at what time.")
		}
		if len(sch.Times) > timesADay {
			wrong.Add("times", "At most six times a day.")
		}
	}
	switch w.Kind {
	case autoemail.Daily:
		for _, day := range weekdays {
			if slices.Contains(w.Days, strconv.Itoa(int(day))) {
				sch.Days = append(sch.Days, day)
			}
		}
		if len(sch.Days) == 0 {
			wrong.Add("days", "Tick at least one day.")
		}
		if len(sch.Days) == len(weekdays) {
			sch.Days = nil
		}
		slices.Sort(sch.Days)
		at(w.Times...)
	case autoemail.Weekly:
		day, err := strconv.Atoi(w.Weekday)
		if err != nil || day < 0 || day > 6 {
			wrong.Add("days", "Choose the day of the week.")
			day = 1
		}
		sch.Days = []time.Weekday{time.Weekday(day)}
		at(w.WeekTime)
	case autoemail.Monthly:
		day, err := strconv.Atoi(w.MonthDay)
		if err != nil || day < 1 || day > 28 {
			wrong.Add("day", "Choose a day from 1 to 28: every month has those.")
			day = 1
		}
		sch.Day = day
		at(w.MonthTime)
	case autoemail.ASAP:
	default:
		wrong.Add("schedule", "Choose when letters may leave.")
	}
	return sch
}

// short is text fit to be quoted in a sentence.
func short(text string) string {
	if letters := []rune(text); len(letters) > 40 {
		return string(letters[:40]) + "…"
	}
	return text
}
