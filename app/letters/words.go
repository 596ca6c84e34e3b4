package letters

import (
	"time"

	"porchlight/app/listings"
)

// ListedOn is when a home came on the market as people there count days. Feeds tell a date, which is kept as its midnight
// in UTC and would be the evening before in America.
func ListedOn(l listings.Listing, loc *time.Location) time.Time {
	at := l.ListedAt.UTC()
	if at.Equal(at.Truncate(24 * time.Hour)) {
		return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, loc)
	}
	return at.In(loc)
}

// OpenWords tells when an open house is: "Sunday 1–3 pm", "today 11 am–1 pm", "Sat, 5 Dec, 1–3 pm".
func OpenWords(o listings.OpenHouse, now time.Time, loc *time.Location) string {
	start, end, now := o.StartsAt.In(loc), o.EndsAt.In(loc), now.In(loc)
	at := clockSpan(start, end)
	switch days := daysBetween(now, start); {
	case days == 0:
		return "today " + at
	case days == 1:
		return "tomorrow " + at
	case days > 1 && days < 7:
		return start.Format("Monday ") + at
	case start.Year() == now.Year():
		return start.Format("Mon, 2 Jan, ") + at
	}
	return start.Format("2 Jan 2006, ") + at
}

// clockSpan tells from when to when within a day: "1–3 pm", "11 am–1 pm", "10:30 am–12 pm".
func clockSpan(start, end time.Time) string {
	hour := func(t time.Time) string {
		if t.Minute() == 0 {
			return t.Format("3")
		}
		return t.Format("3:04")
	}
	from, to := hour(start), hour(end)+" "+end.Format("pm")
	if !end.After(start) {
		return from + " " + start.Format("pm")
	}
	if start.Format("pm") != end.Format("pm") {
		from += " " + start.Format("pm")
	}
	return from + "–" + to
}

// daysBetween counts midnights from t to now.
func daysBetween(t, now time.Time) int {
	date := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC) }
	return int(date(now).Sub(date(t)).Hours() / 24)
}
