package autoemail

import (
	"time"

	"porchlight/app/listings"
)

// OnceKey names an event of a home as the matcher does.
func OnceKey(e listings.Event, l *listings.Listing) string {
	detail, _ := detailOf(&e, nil, time.Time{})
	return onceKey(e.Kind, l, detail)
}
