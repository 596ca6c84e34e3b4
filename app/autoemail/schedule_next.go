package autoemail

import (
	"slices"
	"time"
)

// ahead is how many days Next looks on: more than from one monthly day to the next but one.
const ahead = 63

// Next is the first moment after t at which the schedule sends. A time that a night of clock change skips is the moment
// after the gap; one that comes twice counts once, the first time. ASAP: t. A schedule that Check refuses may have no next
// moment: the zero time.
func (s Schedule) Next(t time.Time, zone *time.Location) time.Time {
	if s.Kind == ASAP {
		return t
	}
	year, month, day := t.In(zone).Date()
	for i := range ahead {
		// As if in UTC, where every day has all its times.
		date := time.Date(year, month, day+i, 0, 0, 0, 0, time.UTC)
		if !s.on(date) {
			continue
		}
		for _, minutes := range s.Times {
			if at := reaches(zone, date.Add(time.Duration(minutes)*time.Minute)); at.After(t) {
				return at
			}
		}
	}
	return time.Time{}
}

// on says whether the schedule sends on a day.
func (s Schedule) on(date time.Time) bool {
	switch s.Kind {
	case Daily:
		return len(s.Days) == 0 || slices.Contains(s.Days, date.Weekday())
	case Weekly:
		return slices.Contains(s.Days, date.Weekday())
	case Monthly:
		return date.Day() == s.Day
	}
	return false
}

// farthest is more than any zone was ever away from UTC.
const farthest = 26 * time.Hour

// reaches is the first moment at which clocks in the zone show the given date and time, which is written as if in UTC, or a
// later one. So a later time is never reached earlier, whatever is done to the clocks.
func reaches(zone *time.Location, wall time.Time) time.Time {
	from := wall.Add(-farthest)
	for {
		at := from.In(zone)
		_, offset := at.Zone()
		_, end := at.ZoneBounds()
		reached := wall.Add(-time.Duration(offset) * time.Second)
		if reached.Before(from) {
			reached = from // skipped: the clocks go on from a later time
		}
		if end.IsZero() || reached.Before(end) {
			return reached.UTC()
		}
		from = end
	}
}
