package autoemail

// What the runner of this package uses and tests ask directly.
var (
	LoadActive   = loadActive
	ChangedSince = changedSince
	ReadRow      = readRow
	WriteRow     = writeRow
	ReadPlace    = readPlace
	PlaceAfter   = placeAfter
)
