package outbox

// The texts whose plans tests look at.
var (
	PickText  = pickText(due, "")
	TakeText  = takeText(3)
	SweepText = sweepText
	SentText  = sentText
)
