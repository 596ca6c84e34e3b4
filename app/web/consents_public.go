package web

import (
	"time"

	"porchlight/app/agents"
	"porchlight/app/consent"
)

// optInLink is the words of the way back, on every page behind the link that does not lead there itself.
const optInLink = "Click here if you want to Opt-In instead"

// consentWords are what the pages behind the link say. They are made here and not in the views, because what a person
// agreed to goes into the ledger as it stood on the screen.
type consentWords struct {
	address string // masked; "you" where it is not known any more
	agent   string // empty when gone
	house   string
	loc     *time.Location
}

func newConsentWords(standing consent.Standing, house agents.Brokerage) consentWords {
	w := consentWords{address: standing.Masked, agent: standing.AgentName, house: house.Name, loc: house.Location()}
	if w.address == "" {
		w.address = "you"
	}
	return w
}

// from is who writes: "Maya Bell or anyone else at Elm & Harbor Realty".
func (w consentWords) from() string {
	if w.agent == "" {
		return "anyone at " + w.house
	}
	return w.agent + " or anyone else at " + w.house
}

// theAgent is how the agent is named in a sentence.
func (w consentWords) theAgent() string {
	if w.agent == "" {
		return w.house
	}
	return w.agent
}

func (w consentWords) question() string { return "Stop e-mail to " + w.address + "?" }

func (w consentWords) questionSay(standing consent.Standing) string {
	if standing.State == consent.OptedOut { // others here may still write
		return w.before() + " If you opt out, nothing more comes from anyone at " + w.house + ". You can come back any time."
	}
	say := "You will get nothing more from " + w.from() + ". " + w.theAgent() + " is told, and you can come back any time."
	if !standing.PausedUntil.IsZero() {
		return "Your mail is paused until " + day(standing.PausedUntil, w.loc) + ". If you opt out, it does not come back by itself: " + say
	}
	return say
}

// before is what an opt-out has stopped and what it has not, where others here write again.
func (w consentWords) before() string {
	if w.agent == "" {
		return "You opted out before, but someone at " + w.house + " may still write to " + w.address + "."
	}
	return "You opted out of e-mail from " + w.agent + ", but someone else at " + w.house + " may still write to " + w.address + "."
}

func (w consentWords) alreadyOut() string { return "You are opted out" }

func (w consentWords) alreadyOutSay() string {
	return "No e-mail comes to " + w.address + " from " + w.theAgent() + ". There is nothing more to do."
}

func (w consentWords) out() string { return "You are opted out" }

func (w consentWords) stopped() string {
	return "No more e-mail will come to " + w.address + " from " + w.from() + "."
}

// outSay answers an opt-out from where standing was.
func (w consentWords) outSay(standing consent.Standing) string {
	if standing.State == consent.OptedOut {
		return w.stopped() + " Whoever could still write is told."
	}
	return w.stopped() + " " + w.theAgent() + " is told."
}

func (w consentWords) undoneSay() string {
	return "Your opt-out is taken back, and everything is as it was before."
}

func (w consentWords) pausedSay() string {
	return "No e-mail comes to " + w.address + " from " + w.theAgent() + " until then. It starts again by itself; to have it back sooner, use the link below."
}

// again is the word that a first yes does without: nothing came before it that could start again.
func (w consentWords) again(standing consent.Standing) string {
	if standing.State == consent.Pending {
		return ""
	}
	return " again"
}

func (w consentWords) optIn(standing consent.Standing) string {
	return "Get e-mail from " + w.theAgent() + w.again(standing) + "?"
}

func (w consentWords) optInSay(standing consent.Standing) string {
	switch {
	case !standing.Exists:
		return w.theAgent() + " no longer keeps your address, so opting in here can’t bring mail back. Write to them if you would like to hear from them."
	case standing.State == consent.OptedIn && !standing.PausedUntil.IsZero():
		return "This ends the pause: mail may come to " + w.address + " again from now on."
	case standing.State == consent.OptedIn:
		return "You are opted in already: nothing on your side stops mail from " + w.theAgent() + " to " + w.address + "."
	}
	starts := "mail may come from now on."
	if !standing.Mails {
		starts = "mail starts when they have set you to active."
	}
	others := "Others at " + w.house + " stay stopped."
	if standing.OthersOpen || standing.State == consent.Pending { // a first yes: nobody was stopped
		others = "For others at " + w.house + " nothing changes."
	}
	return "You allow " + w.theAgent() + " at " + w.house + " to write to " + w.address + w.again(standing) + ". They are told, and " + starts + " " + others
}

// inSay answers an opt-in from where standing was.
func (w consentWords) inSay(standing consent.Standing) string {
	return w.theAgent() + " may write to " + w.address + w.again(standing) + " and is told so. You can stop it any time by the link in every letter."
}
