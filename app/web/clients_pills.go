package web

import (
	"html/template"
	"strings"
	"time"
	"unicode"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/outbox"
)

// pill is a state as icon, word and colour. Its arguments are this program's words, never a person's.
func pill(class, icon_, word string) template.HTML {
	if class != "" {
		class = " " + class
	}
	return `<span class="pill` + template.HTML(class) + `">` + icon(icon_) + template.HTML(word) + `</span>`
}

// The pills are made once: a list shows hundreds.
var (
	statusPills = map[clients.Status]template.HTML{
		clients.Active:        pill("done", "check", "Active"),
		clients.Prospect:      pill("", "sparkles", "Prospect"),
		clients.UnderContract: pill("done", "handshake", "Under Contract"),
		clients.Closed:        pill("", "key-round", "Closed"),
		clients.OnVacation:    pill("", "palmtree", "On Vacation"),
		clients.Inactive:      pill("stop", "ban", "Inactive"),
	}
	waitingPill = pill("lamp", "clock", "Inactive")

	optedOutPill      = pill("stop", "mail-x", "Opted out")
	pendingPill       = pill("", "hourglass", "Not confirmed")
	pausedPill        = pill("", "pause", "Paused")
	undeliverablePill = pill("stop", "triangle-alert", "Undeliverable")
	complainedPill    = pill("stop", "octagon-x", "Marked as spam")
)

// statusPill is a client's status; waiting: opted back in, and the status has to follow.
func statusPill(s clients.Status, waiting bool) template.HTML {
	if waiting {
		return waitingPill
	}
	return statusPills[s]
}

// glancePill is what stands against mail beside the status, empty if nothing does.
func glancePill(g outbox.Glance, now time.Time) template.HTML {
	switch {
	case g.Blocked == consent.Complained:
		return complainedPill
	case g.Consent == consent.OptedOut:
		return optedOutPill
	case g.Blocked == consent.Undeliverable:
		return undeliverablePill
	case g.Consent == consent.Pending:
		return pendingPill
	case g.PausedUntil.After(now):
		return pausedPill
	}
	return ""
}

// letterPill is where a letter is.
func letterPill(l outbox.Letter) template.HTML { return letterPills[stateOf(l)] }

var letterPills = func() map[letterState]template.HTML {
	pills := map[letterState]template.HTML{tryingAgain: pill(tryingAgain.Class, tryingAgain.Icon, tryingAgain.Word)}
	for _, is := range stateWords {
		pills[is] = pill(is.Class, is.Icon, is.Word)
	}
	return pills
}()

// initials are the first letters of a name's first and last word, in any script.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '\'' && r != '’' })
	if len(words) == 0 {
		return "?"
	}
	first := func(word string) string {
		for _, r := range word {
			if unicode.IsLetter(r) {
				return string(unicode.ToUpper(r))
			}
		}
		return ""
	}
	if len(words) == 1 {
		return first(words[0])
	}
	return first(words[0]) + first(words[len(words)-1])
}

// forename is how a client is called in a sentence.
func forename(c clients.Client) string {
	if c.FirstName != "" {
		return c.FirstName
	}
	return c.Name()
}
