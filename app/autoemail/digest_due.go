package autoemail

import "time"

// morning is when an agent hears of the queue in the morning, in minutes after midnight.
const morning = 8 * 60

// quiet says whether an agent does not want to be told at a minute of the day.
func (h Habits) quiet(minute int) bool {
	if h.QuietFrom <= h.QuietTo {
		return h.QuietFrom <= minute && minute < h.QuietTo
	}
	return minute >= h.QuietFrom || minute < h.QuietTo
}

// due says whether an agent is to be told now of what was found since then and told of by no digest. What comes in quiet
// hours is told as they end.
func (h Habits) due(since time.Time, zone *time.Location, now time.Time) bool {
	local := now.In(zone)
	if h.quiet(local.Hour()*60 + local.Minute()) {
		return false
	}
	last := h.DigestAt
	if last.After(now) {
		last = time.Time{} // the clock was set back: what it told of is known by its number
	}
	switch h.Digest {
	case DigestCome:
		return !now.Before(since.Add(Gather))
	case DigestHourly:
		return !now.Before(since.Add(Gather)) && !now.Before(last.Add(time.Hour))
	case DigestMorning:
		minute := morning
		if h.quiet(minute) {
			minute = h.QuietTo
		}
		at := time.Date(local.Year(), local.Month(), local.Day(), minute/60, minute%60, 0, 0, zone)
		if at.After(now) {
			at = time.Date(local.Year(), local.Month(), local.Day()-1, minute/60, minute%60, 0, 0, zone)
		}
		return last.Before(at) && since.Before(at)
	}
	return false
}
