package web

import "time"

// when tells an instant the way people do, in their zone: "Today 08:10", "Yesterday 17:02", "12 Nov, 09:14",
// "12 Nov 2024".
func when(t, now time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	t, now = t.In(loc), now.In(loc)
	switch daysBetween(t, now) {
	case 0:
		return "Today " + t.Format("15:04")
	case 1:
		return "Yesterday " + t.Format("15:04")
	case -1:
		return "Tomorrow " + t.Format("15:04")
	}
	if t.Year() == now.Year() {
		return t.Format("2 Jan, 15:04")
	}
	return t.Format("2 Jan 2006")
}

// day tells a date: "12 November 2026".
func day(t time.Time, loc *time.Location) string {
	if t.IsZero() {
		return ""
	}
	return t.In(loc).Format("2 January 2006")
}

// daysBetween counts midnights from t to now.
func daysBetween(t, now time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(now).Sub(date(t)).Hours() / 24)
}
