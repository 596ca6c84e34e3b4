package autoemail

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Words says it, for clients too: "Daily at 7:00 AM and 5:00 PM", "Weekdays at 8:00 AM", "Mondays at 8:00 AM", "On the 1st of
// each month at 8:00 AM", "As soon as possible".
func (s Schedule) Words() string {
	times := make([]string, len(s.Times))
	for i, minutes := range s.Times {
		times[i] = time.Date(2000, 1, 1, 0, minutes, 0, 0, time.UTC).Format("3:04 PM")
	}
	at := " at " + enumerated(times)
	switch s.Kind {
	case ASAP:
		return "As soon as possible"
	case Daily, Weekly:
		return s.days() + at
	case Monthly:
		return "On the " + ordinal(s.Day) + " of each month" + at
	}
	return ""
}

// days are the days of the week in words.
func (s Schedule) days() string {
	days := slices.SortedFunc(slices.Values(s.Days), fromMonday)
	switch {
	case len(days) == 0, len(days) == 7:
		return "Daily"
	case slices.Equal(days, []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}):
		return "Weekdays"
	case slices.Equal(days, []time.Weekday{time.Saturday, time.Sunday}):
		return "Weekends"
	}
	names := make([]string, len(days))
	for i, day := range days {
		names[i] = day.String() + "s"
	}
	return enumerated(names)
}

// enumerated joins words: "a", "a and b", "a, b and c".
func enumerated(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// ordinal is a day of a month as it is said: "1st", "22nd".
func ordinal(n int) string {
	ending := "th"
	if n < 11 || n > 13 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return fmt.Sprintf("%d%s", n, ending)
}
