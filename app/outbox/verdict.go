package outbox

import (
	"math/rand/v2"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/mail"
)

// job is a claimed letter: what a try needs of its row.
type job struct {
	id        LetterID
	mailing   MailingID
	agent     agents.ID
	client    clients.ID
	prio      int
	name      string
	address   string
	hash      string
	domain    string
	token     string
	messageID string
	attempts  int // this try included
	ambiguous int
	gen       int64
	expires   time.Time
	created   time.Time
	open      bool  // the gate's answer when it was claimed
	seen      int64 // the others' commits by then
	scouted   bool  // read ahead: open and seen are of that time
	feels     bool  // claimed after an outage, to feel the way
}

// bulk says whether the letter counts against the workers that bulk may take.
func (j job) bulk() bool { return j.prio != prioNotice }

// result is how a try ended and what the letter's row becomes.
type result struct {
	job
	at        time.Time
	state     State
	reason    string
	notBefore time.Time // with Ready
	uncounted bool      // not the letter's fault: the try does not count
	unsure    bool      // one more try after which nobody knows
	lost      bool      // the letter is somebody else's by now: nothing is written
	outcome   string    // of the attempt's row; empty: none
	phase     mail.Phase
	code      int
	enhanced  string
	reply     string

	block   bool       // the address refuses for good
	wronged []LetterID // letters given up before, which were no more at fault than this one
	hush    time.Time  // all letters of the domain wait until then; zero: they don't
}

// blame is who a failed try speaks against.
type blame int

const (
	blameRoute   blame = iota // our way out: nobody's letter is worse for it
	blameDomain               // the recipient's server wants fewer letters just now
	blameLetter               // this letter, for now
	blameAddress              // the address: no letter will ever arrive
	blameContent              // the letter or the sender, for good; the person is not to blame
	blameNobody               // nobody knows whether it was taken
)

// judge says who is to blame (RFC 5321 section 4.2.1, RFC 3463).
func judge(e *mail.SendError) blame {
	switch e.Phase {
	case mail.PhaseConnect, mail.PhaseTLS, mail.PhaseAuth:
		return blameRoute
	case mail.PhaseMail:
		if aboutLetter(e) {
			return blameContent
		}
		return blameRoute
	}
	said := strings.ToLower(e.Reply)
	switch {
	case e.Ambiguous():
		return blameNobody
	case e.Code == 0:
		return blameLetter
	case e.Code < 500:
		if e.Code == 421 || e.Enhanced == "4.7.28" || has(said, rateWords) && !has(said, greyWords) {
			return blameDomain
		}
		return blameLetter
	case ours(e, said):
		return blameRoute
	case nobodyThere(e, said):
		return blameAddress
	}
	return blameContent
}

// ours are refusals at RCPT that tell us to sign in or that this server is not for us.
func ours(e *mail.SendError, said string) bool {
	switch e.Code {
	case 530, 534, 535, 538:
		return true
	}
	return e.Phase == mail.PhaseRcpt && has(said, relayWords)
}

// aboutLetter are the refusals at MAIL that another letter would not get: too big (RFC 1870), content, sender's syntax.
func aboutLetter(e *mail.SendError) bool {
	return e.Code == 552 || e.Enhanced == "5.3.4" || e.Enhanced == "5.1.7" || strings.HasPrefix(e.Enhanced, "5.6.")
}

// nobodyThere are the refusals after which the address is blocked. A policy code (X.7.X) never is one, whatever the
// words: big providers put "user unknown" into spam refusals too.
func nobodyThere(e *mail.SendError, said string) bool {
	switch e.Enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.10", "5.2.1":
		return true
	case "", "5.0.0", "5.1.0", "5.5.0":
		return e.Phase == mail.PhaseRcpt && (e.Code == 550 || e.Code == 553) && has(said, unknownWords)
	}
	return false
}

// aboutSender are refusals that would meet any letter of ours: policy, or no reason given.
func aboutSender(e *mail.SendError) bool {
	return e.Enhanced == "" || e.Enhanced == "5.0.0" || strings.HasPrefix(e.Enhanced, "5.5.") || strings.HasPrefix(e.Enhanced, "5.7.")
}

var (
	rateWords    = []string{"rate limit", "rate-limit", "ratelimit", "too many", "too much mail", "throttl", "unusual rate", "exceeded the", "receiving mail at a rate", "slow down"}
	greyWords    = []string{"greylist", "graylist", "grey list", "gray list"}
	relayWords   = []string{"authentication required", "relay access denied", "relaying denied", "relay not permitted", "unable to relay", "not permitted to relay"}
	unknownWords = []string{"user unknown", "unknown user", "no such user", "no such recipient", "no such mailbox", "user not found", "recipient not found", "unknown recipient", "does not exist", "doesn't exist", "no mailbox here", "invalid recipient", "mailbox not found", "unknown mailbox", "recipient rejected: unknown"}
)

func has(said string, words []string) bool {
	for _, w := range words {
		if strings.Contains(said, w) {
			return true
		}
	}
	return false
}

// steps are the waits between tries; the last repeats.
var steps = []time.Duration{5 * time.Minute, 15 * time.Minute, 45 * time.Minute, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour}

// backoff is how long to wait after this many tries, a fifth more or less so that letters refused together don't come
// back together.
func backoff(attempts int) time.Duration {
	step := steps[min(max(attempts, 1), len(steps))-1]
	return step*4/5 + rand.N(step*2/5)
}

// mostUnsure is how often nobody may know whether a letter was taken before a person has to look.
const mostUnsure = 3

// verdict turns a failed try into what becomes of the letter.
func (b *breakers) verdict(j job, e *mail.SendError, now time.Time) result {
	r := result{job: j, at: now, outcome: outcomeDeferred, phase: e.Phase, code: e.Code, enhanced: printable(e.Enhanced), reply: printable(e.Reply)}
	said := answered(r.code, r.enhanced, e.Phase)
	switch judge(e) {
	case blameRoute:
		return b.routeTrouble(r, said)
	case blameDomain:
		until, first := b.domainFailed(j.domain, now)
		if first {
			r.hush = until
		}
		return r.again(until, said)
	case blameNobody:
		return r.unknown(outcomeUnknown, sayUnknown, sayPossibly)
	case blameLetter:
		return r.again(now.Add(backoff(j.attempts)), said)
	case blameAddress:
		r.block = true
	case blameContent:
		if aboutSender(e) {
			if wronged, everybody := b.refused(j.id, j.domain); everybody {
				r.wronged = wronged
				return b.routeTrouble(r, said)
			}
		}
	}
	r.state, r.outcome, r.reason = Failed, outcomeFailed, said
	return r
}

// routeTrouble puts the letter back as if it had not been tried.
func (b *breakers) routeTrouble(r result, said string) result {
	words := said
	if r.reply != "" {
		words = strings.TrimSuffix(said, ".") + ": " + r.reply
	}
	until := b.routeFailed(r.at, words)
	r.state, r.outcome, r.uncounted, r.reason, r.notBefore = Ready, "", true, sayRoute, until
	return r
}

// again has the letter tried at the given time, if it lives that long.
func (r result) again(at time.Time, said string) result {
	r.state, r.reason, r.notBefore = Ready, said, at
	if !at.Before(r.expires) {
		r.state, r.reason = Expired, "Given up after "+tries(r.attempts)+". The last answer: "+said
	}
	return r
}

// unknown counts one more try after which nobody knows; the last ends the letter.
func (r result) unknown(outcome, once, last string) result {
	r.outcome, r.unsure = outcome, true
	if r.ambiguous+1 >= mostUnsure {
		r.state, r.reason = Failed, last
		return r
	}
	at := r.at.Add(backoff(r.attempts))
	r.state, r.reason, r.notBefore = Ready, once, at
	return r
}

// back puts a letter back untouched.
func back(j job, now time.Time) result {
	return result{job: j, at: now, state: Ready, notBefore: now, uncounted: true}
}
