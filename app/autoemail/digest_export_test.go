package autoemail

// ReadDigestToken reads a token with one key.
func ReadDigestToken(secret []byte, token string) (int64, bool) {
	return digestKeys{{ID: 3, bytes: secret}}.read(token)
}

// SignDigest makes a token with that key.
func SignDigest(secret []byte, id int64) string {
	return digestKeys{{ID: 3, bytes: secret}}.sign(id)
}

// Due is when an agent is told.
var Due = Habits.due

// DigestNews and TellDigest are the two halves of TellAgents, between which another process may come.
var (
	DigestNews = digestNews
	TellDigest = tellDigest
)
