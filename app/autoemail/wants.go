package autoemail

import (
	"slices"

	"porchlight/app/listings"
)

// Wants is the rule itself: whether an auto email asks for this event of this home. The kind "" asks for no event: whether
// it wants the home as it stands. Of a home that went Pending or Closed the status is not asked: who chose that event
// wants to hear of it, though their search is for homes they can still buy.
func Wants(c *listings.Criteria, events []listings.EventKind, f listings.Facts, kind listings.EventKind) bool {
	if !f.Shown || kind != "" && !slices.Contains(events, kind) {
		return false
	}
	if !ended(kind) {
		return c.Matches(f)
	}
	asked := *c
	asked.Statuses = []listings.Status{f.StandardStatus}
	return asked.Matches(f)
}

// ended says whether a home that this happens to can no longer be bought, so that its status is not asked.
func ended(kind listings.EventKind) bool {
	return kind == listings.EventPending || kind == listings.EventClosed
}
