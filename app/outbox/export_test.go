package outbox

// The texts whose plans tests look at.
var (
	ClaimText = claimText(due, "")
	SweepText = sweepText
	SentText  = sentText(3)
)
