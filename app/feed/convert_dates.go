package feed

import (
	"strings"
	"time"
)

// The years that a date of a home may have.
const firstYear, lastYear = 1800, 2100

// dateLayouts are the ways a day is written. A month and a day that change places have no place here: 3/4 would be
// taken for what it is not.
var dateLayouts = []string{"2006-01-02", "20060102", "1/2/2006", "1-2-2006", "2006/1/2", "January-2-2006", "Jan-2-2006", "2-Jan-2006", "2-Jan-06", "January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006", "1/2/06", time.UnixDate}

// monthLayouts name no day.
var monthLayouts = []string{"2006-01", "2006/01", "1/2006", "January 2006", "Jan 2006", "Jan-2006"}

// readDate reads a day as 2026-11-22. Of a time the date is taken as it is written, whatever its zone. month: the text
// names only the month, and its first day was taken. A plain number (Excel's 45000) is none.
func readDate(text string) (date string, month, ok bool) {
	if len(text) > 10 && text[0] >= '0' && text[0] <= '9' { // 2026-11-22T10:00:00Z, 20141013T000000
		if i := strings.IndexByte(text, 'T'); i >= 8 {
			text = text[:i]
		}
	}
	if strings.ContainsRune(text, ':') { // 10/31/2025 1:00:00 PM, October-31-2025 01:00 PM
		if day, _, found := strings.Cut(text, " "); found && strings.ContainsAny(day, "0123456789") {
			text = day
		}
	}
	if len(text) == 10 && text[4] == '-' { // by far the commonest
		if day, err := time.Parse(time.DateOnly, text); err == nil && within(day) {
			return text, false, true
		}
		return "", false, false
	}
	for _, layout := range dateLayouts {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Format(time.DateOnly), false, within(day)
		}
	}
	for _, layout := range monthLayouts {
		if day, err := time.Parse(layout, text); err == nil {
			return day.Format(time.DateOnly), true, within(day)
		}
	}
	return "", false, false
}

func within(day time.Time) bool { return day.Year() >= firstYear && day.Year() <= lastYear }

// sayMonth is what is said of a date without a day.
const sayMonth = "Only the month is named, so its first day is taken."

func (r *reader) date(field string) string {
	text := r.raw(field)
	if text == "" {
		return ""
	}
	date, month, ok := readDate(text)
	if !ok {
		r.report(field, "“%s” is no date; it is left out.", short(text))
		return ""
	}
	if month {
		r.report(field, sayMonth)
	}
	return date
}

// timeLayouts are the ways a moment is written; Parse takes a fraction of a second behind any of them.
var timeLayouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 Z07:00", "2006-01-02 15:04:05Z0700", "2006-01-02 15:04:05 Z0700", "2006-01-02T15:04Z07:00"}

// localLayouts are moments without a zone.
var localLayouts = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "20060102T150405", "1/2/2006 3:04:05 PM", "1/2/2006 3:04 PM", "1/2/2006 15:04:05", "1/2/2006 15:04", "January-2-2006 3:04 PM", "2006-01-02"}

// readTime reads a moment, in UTC and microseconds; without a zone it is taken to be in this one.
func readTime(text string, in *time.Location) (time.Time, bool) {
	for _, layout := range timeLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC().Truncate(time.Microsecond), within(at)
		}
	}
	for _, layout := range localLayouts {
		if at, err := time.ParseInLocation(layout, text, in); err == nil {
			return at.UTC().Truncate(time.Microsecond), within(at)
		}
	}
	return time.Time{}, false
}

func (r *reader) moment(field string) time.Time {
	text := r.raw(field)
	if text == "" {
		return time.Time{}
	}
	at, ok := readTime(text, time.UTC)
	if !ok {
		r.report(field, "“%s” is no time; it is left out.", short(text))
	}
	return at
}
