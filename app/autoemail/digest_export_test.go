package autoemail

// Due is when an agent is told.
var Due = Habits.due

// DigestNews and TellDigest are the two halves of TellAgents, between which another process may come.
var (
	DigestNews = digestNews
	TellDigest = tellDigest
)
