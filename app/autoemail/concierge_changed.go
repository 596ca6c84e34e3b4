package autoemail

import (
	"slices"

	"porchlight/app/letters"
	"porchlight/app/listings"
)

// Changed tells what is no longer as it was when a home was found, a sentence; empty if nothing that matters. The zero
// Listing is one that is not there any more.
func Changed(m Match, l listings.Listing) string {
	if !l.Shown {
		why := letters.HiddenWhy(l)
		switch {
		case l.ID == 0:
			why = "It is not in Porchlight any more."
		case why == "":
			why = "It is no longer in the feed it came from."
		}
		return "This home can’t be sent any more. " + why
	}
	if was := m.FoundStatus; was != "" && was != l.StandardStatus {
		return "It is " + string(l.StandardStatus) + " now; it was " + string(was) + " when it was found."
	} else if was == "" && !slices.Contains(statusesOf(m.Kind), l.StandardStatus) {
		return "It is " + string(l.StandardStatus) + " now, and it was found as “" + string(m.Kind) + "”."
	}
	if m.Kind != listings.EventClosed && m.NewPrice != nil && l.ListPrice != nil && *m.NewPrice != *l.ListPrice {
		return "It asks " + listings.Money(*l.ListPrice) + " now; it was " + listings.Money(*m.NewPrice) + " when it was found."
	}
	return ""
}

// statusesOf are those a home may have for this to be still so.
func statusesOf(kind listings.EventKind) []listings.Status {
	switch kind {
	case listings.EventPending:
		return []listings.Status{listings.Pending, listings.ActiveUnderContract}
	case listings.EventClosed:
		return []listings.Status{listings.Closed}
	}
	return []listings.Status{listings.Active, listings.ComingSoon}
}
