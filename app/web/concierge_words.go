package web

import (
	"strconv"
	"strings"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

// lasting tells how long something has lasted, in its largest unit: "3 min", "5 h", "2 days".
func lasting(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return "a minute"
	case d < time.Hour:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	case d < 48*time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	}
	return strconv.Itoa(int(d/(24*time.Hour))) + " days"
}

// uncapital is a time within a sentence: "today 14:33".
func uncapital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// queueKind is why a home came into the queue.
func queueKind(m autoemail.Match) string {
	if m.Kind == listings.EventPrice && m.OldPrice != nil && m.NewPrice != nil {
		if *m.NewPrice < *m.OldPrice {
			return "Price drop"
		}
		return "Price rise"
	}
	switch m.Kind {
	case listings.EventNew:
		return "New listing"
	case listings.EventPrice:
		return "Price change"
	case listings.EventBack:
		return "Back on the market"
	case listings.EventComingSoon:
		return "Coming soon"
	case listings.EventOpenHouse:
		return "Open house"
	}
	return string(m.Kind)
}
