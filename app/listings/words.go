package listings

// Status is RESO's StandardStatus, a closed enumeration.
type Status string

// RESO's statuses. Expired, Withdrawn, Canceled, Delete, Hold and Incomplete are never shown to clients.
const (
	Active              Status = "Active"
	ActiveUnderContract Status = "Active Under Contract"
	Canceled            Status = "Canceled"
	Closed              Status = "Closed"
	ComingSoon          Status = "Coming Soon"
	Delete              Status = "Delete"
	Expired             Status = "Expired"
	OnHold              Status = "Hold"
	Incomplete          Status = "Incomplete"
	Pending             Status = "Pending"
	Withdrawn           Status = "Withdrawn"
)

// recognized is the whole enumeration.
var recognized = map[Status]bool{
	Active: true, ActiveUnderContract: true, Canceled: true, Closed: true, ComingSoon: true, Delete: true, Expired: true,
	OnHold: true, Incomplete: true, Pending: true, Withdrawn: true,
}

// Statuses are those a search may ask for, in the order pages show them.
var Statuses = []Status{Active, ComingSoon, ActiveUnderContract, Pending, Closed}

// PropertyTypes is RESO's PropertyType.
var PropertyTypes = []string{"Residential", "Residential Lease", "Residential Income", "Land", "Farm", "Manufactured In Park", "Commercial Sale", "Commercial Lease", "Business Opportunity"}

// EventKind is what happened to a home, after RESO's ChangeType.
type EventKind string

// What can happen. A status change that is none of these is EventStatus: history, not news.
const (
	EventNew        EventKind = "New Listing"
	EventPrice      EventKind = "Price Change"
	EventBack       EventKind = "Back On Market"
	EventComingSoon EventKind = "Coming Soon"
	EventPending    EventKind = "Pending"
	EventClosed     EventKind = "Closed"
	EventOpenHouse  EventKind = "Open House"
	EventStatus     EventKind = "Status Change"
)

// EventKinds are those an auto email may choose.
var EventKinds = []EventKind{EventNew, EventPrice, EventBack, EventComingSoon, EventOpenHouse, EventPending, EventClosed}
