package autoemail

import (
	"slices"
	"time"

	"porchlight/app/fault"
)

// Schedule is when an auto email may send, in the brokerage's time zone.
type Schedule struct {
	Kind  string         `json:"kind"`            // asap, daily, weekly, monthly
	Days  []time.Weekday `json:"days,omitempty"`  // daily: the chosen weekdays (none: all); weekly: the one
	Times []int          `json:"times,omitempty"` // minutes after midnight, up to six, ascending
	Day   int            `json:"day,omitempty"`   // monthly: 1 to 28
}

// The kinds of schedule.
const (
	ASAP    = "asap"
	Daily   = "daily"
	Weekly  = "weekly"
	Monthly = "monthly"
)

// What a schedule may hold at most, and what it has where nobody chose.
const (
	mostTimes = 6
	lastDay   = 28 // that every month has
	midnight  = 24 * 60
	eight     = 8 * 60
)

// Check says what is wrong with a schedule, also with what its kind has no use for. Faults: Invalid (schedule, days, times,
// day).
func (s Schedule) Check() error {
	var wrong fault.Form
	switch s.Kind {
	case ASAP, Daily, Weekly, Monthly:
	default:
		wrong.Add("schedule", "Choose how often to send.")
		return wrong.Err()
	}
	s.checkDays(&wrong)
	s.checkTimes(&wrong)
	switch {
	case s.Kind == Monthly && (s.Day < 1 || s.Day > lastDay):
		wrong.Add("day", "Choose a day from 1 to 28, which every month has.")
	case s.Kind != Monthly && s.Day != 0:
		wrong.Add("day", "Only a monthly schedule has a day of the month.")
	}
	return wrong.Err()
}

func (s Schedule) checkDays(wrong *fault.Form) {
	for i, day := range s.Days {
		if day < time.Sunday || day > time.Saturday {
			wrong.Add("days", "That is no day of the week.")
		} else if slices.Contains(s.Days[:i], day) {
			wrong.Add("days", "Choose each day once.")
		}
	}
	switch {
	case s.Kind == Weekly && len(s.Days) != 1:
		wrong.Add("days", "Choose one day of the week.")
	case (s.Kind == ASAP || s.Kind == Monthly) && len(s.Days) > 0:
		wrong.Add("days", "This schedule has no days of the week.")
	}
}

func (s Schedule) checkTimes(wrong *fault.Form) {
	switch {
	case s.Kind == ASAP && len(s.Times) > 0:
		wrong.Add("times", "“As soon as possible” has no times.")
	case s.Kind != ASAP && len(s.Times) == 0:
		wrong.Add("times", "Choose a time.")
	case len(s.Times) > mostTimes:
		wrong.Add("times", "Choose at most six times a day.")
	}
	for i, at := range s.Times {
		if at < 0 || at >= midnight {
			wrong.Add("times", "That is no time of the day.")
		} else if i > 0 && at <= s.Times[i-1] {
			wrong.Add("times", "Choose each time once, the earliest first.")
		}
	}
}

// Slower is the next step down: as soon as possible and daily → weekly → monthly; ok is false after monthly. It keeps the
// first of the chosen days and times; where none was chosen it is Monday, the first of the month, 8:00 AM.
func (s Schedule) Slower() (slower Schedule, ok bool) {
	at := eight
	if len(s.Times) > 0 {
		at = s.Times[0]
	}
	switch s.Kind {
	case ASAP, Daily:
		day := time.Monday
		if len(s.Days) > 0 {
			day = slices.MinFunc(s.Days, fromMonday)
		}
		return Schedule{Kind: Weekly, Days: []time.Weekday{day}, Times: []int{at}}, true
	case Weekly:
		return Schedule{Kind: Monthly, Day: 1, Times: []int{at}}, true
	}
	return Schedule{}, false
}

// fromMonday orders the days of a week that begins on Monday.
func fromMonday(a, b time.Weekday) int { return int(a+6)%7 - int(b+6)%7 }
