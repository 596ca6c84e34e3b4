package web

import (
	"strconv"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/outbox"
)

// letterState is a letter's state as a pill: icon, word and colour.
type letterState struct{ Class, Icon, Word string }

var stateWords = map[outbox.State]letterState{
	outbox.Ready:     {"", "clock", "Waiting"},
	outbox.Sending:   {"busy", "send", "On its way"},
	outbox.Sent:      {"done", "check", "Sent"},
	outbox.Failed:    {"stop", "circle-x", "Failed"},
	outbox.Expired:   {"stop", "hourglass", "Expired"},
	outbox.Withheld:  {"stop", "ban", "Withheld"},
	outbox.Cancelled: {"", "x", "Cancelled"},
}

var tryingAgain = letterState{"", "rotate-ccw", "Trying again"}

func stateOf(l outbox.Letter) letterState {
	if l.State == outbox.Ready && l.Attempts > 0 {
		return tryingAgain
	}
	return stateWords[l.State]
}

// countWords tells a mailing's counts: "30 sent, 2 failed, 8 waiting".
func countWords(counts map[outbox.State]int) string {
	var parts []string
	for _, state := range []outbox.State{outbox.Sent, outbox.Sending, outbox.Ready, outbox.Failed, outbox.Expired, outbox.Withheld, outbox.Cancelled} {
		if n := counts[state]; n > 0 {
			parts = append(parts, strconv.Itoa(n)+" "+strings.ToLower(stateWords[state].Word))
		}
	}
	return strings.Join(parts, ", ")
}

func retriedWords(n int) string {
	if n == 0 {
		return "None of them can be tried again: each letter’s page says why."
	}
	return count(n, "letter is", "letters are") + " waiting to be tried again."
}

// nameOf is to whom a letter went; both name and address are erased with their client.
func nameOf(l outbox.Letter) string {
	switch {
	case l.ToName != "":
		return visible(l.ToName)
	case l.ToAddress != "":
		return l.ToAddress
	}
	return "A deleted client"
}

// healthView is the banner about the way out; there is none while all is well.
type healthView struct{ Class, Icon, Title, Say, Reply string }

func (s *Server) health(by agents.Agent, loc *time.Location) *healthView {
	h, now := s.Courier.Health(), s.Clock()
	remedy := "Ask your broker to have it set."
	if by.Broker() {
		remedy = "Whoever hosts Porchlight sets it as SMTP_URL."
	}
	switch {
	case h.Route == "":
		return &healthView{"lamp", "lamp", "No mail server is set.", "Letters wait here and nothing is lost. " + remedy, ""}
	case h.PausedUntil.After(now):
		return &healthView{"lamp", "clock", "The mail server is not taking letters.",
			"They wait here and nothing is lost. Next try: " + when(h.PausedUntil, now, loc) + ".", visible(h.Trouble)}
	case h.Trouble != "":
		return &healthView{"info", "info", "The mail server had trouble lately.", "What could not go out is tried again by itself.", visible(h.Trouble)}
	case h.Held != (outbox.Held{}):
		return &healthView{"info", "hourglass", "Letters leave at the pace your brokerage set.", heldWords(h.Held) + " Those that wait follow by themselves.", ""}
	case len(h.Waiting) > 0:
		return &healthView{"info", "info", "Some mail is slowed down.", "These ask for mail more slowly, so letters to them take longer: " + strings.Join(h.Waiting, ", ") + ".", ""}
	}
	return nil
}

// heldWords say which limit is reached.
func heldWords(h outbox.Held) string {
	if h.PerDay > 0 {
		return "In the last 24 hours " + count(h.PerDay, "letter has", "letters have") + " left, the most that may in a day."
	}
	return "At most " + count(h.PerMinute, "letter leaves", "letters leave") + " in a minute."
}

// visible shows control and direction characters of a text that came from elsewhere as their code points, so that it
// can't pretend to be another. Line ends and tabs stay.
func visible(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var out strings.Builder
	for _, r := range text {
		if hidden(r) {
			code := strings.ToUpper(strconv.FormatInt(int64(r), 16))
			out.WriteString("[U+" + strings.Repeat("0", max(0, 4-len(code))) + code + "]")
			continue
		}
		out.WriteRune(r)
	}
	return out.String()
}

// hidden says whether a character is not seen but changes what is: controls (but line ends and tabs) and the marks of
// Unicode's bidirectional algorithm (UAX #9).
func hidden(r rune) bool {
	switch {
	case r == '\n' || r == '\r' || r == '\t':
		return false
	case r < 0x20 || r >= 0x7f && r < 0xa0:
		return true
	}
	return r == 0x061c || r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
