package web

import (
	"slices"
	"strings"
	"time"

	"porchlight/app/clients"
	"porchlight/app/consent"
)

// ledgerLine is one row of the consent ledger as an agent reads it.
type ledgerLine struct {
	Class         string // stop, done, lamp or none
	Strong        string
	At, Time      string // for the eye, for the machine
	How           string // who, by which door, from which letter
	Note, Wording string
	NoteLabel     string
}

// kindWords are the headlines of the ledger.
var kindWords = map[consent.Kind]struct{ class, say string }{
	consent.Added:         {"done", "Client added"},
	consent.AddedClosed:   {"stop", "Client added, opted out before"},
	consent.WentOut:       {"stop", "Opted out of all mail"},
	consent.WentOutToo:    {"stop", "Opted out at another agent’s letter"},
	consent.WentIn:        {"done", "Opted in again"},
	consent.Restored:      {"done", "Consent restored"},
	consent.Undone:        {"done", "Opt-out taken back"},
	consent.Paused:        {"", "Asked for a pause"},
	consent.Resumed:       {"done", "Ended the pause"},
	consent.Readdressed:   {"", "E-mail address changed"},
	consent.Complained:    {"stop", "Marked as spam"},
	consent.Undeliverable: {"stop", "The address refused mail for good"},
	consent.Deliverable:   {"done", "The address works again"},
	consent.Moved:         {"", "Moved to another agent"},
	consent.Erased:        {"", "Client deleted"},
}

// ledgerLines tells a client's ledger, newest first, to the agent whose client it is.
func ledgerLines(one clients.Client, events []consent.Event, now time.Time, loc *time.Location) []ledgerLine {
	var out []ledgerLine
	for i, e := range events {
		words := kindWords[e.Kind]
		line := ledgerLine{
			Class: words.class, Strong: words.say, At: when(e.At, now, loc), Time: e.At.Format(time.RFC3339),
			How: howPhrase(one, e), Wording: e.Wording, Note: e.Note, NoteLabel: "Note",
		}
		switch e.Kind {
		case consent.WentIn:
			if !slices.ContainsFunc(events[i+1:], wasOut) {
				line.Strong = "Opted in"
			}
		case consent.Paused:
			line.Strong += " until " + day(e.Until, loc)
		case consent.Restored:
			line.NoteLabel = "How they asked"
		case consent.Undeliverable, consent.Complained:
			if e.ActorID == 0 { // else an agent wrote it
				line.NoteLabel = "What the other side said"
			}
		}
		out = append(out, line)
	}
	return out
}

// wasOut says whether a row is one after which an opt-in is one again, and not the first yes.
func wasOut(e consent.Event) bool {
	return slices.Contains([]consent.Kind{consent.WentOut, consent.WentOutToo, consent.AddedClosed, consent.Complained}, e.Kind)
}

// howPhrase is who did it, by which door, from which letter: "by Carl, on the unsubscribe page, from “Two new homes”".
func howPhrase(one clients.Client, e consent.Event) string {
	var parts []string
	switch {
	case e.Door == consent.DoorPhone:
		parts = append(parts, "told "+e.Actor+" in person or by phone")
	case e.Kind == consent.WentOutToo:
		parts = append(parts, "by whoever reads "+one.Email)
	case e.Actor == "client" && e.Door != consent.DoorReport:
		parts = append(parts, "by "+forename(one))
	case e.ActorID != 0:
		parts = append(parts, "by "+e.Actor)
	}
	if door := doorWords[e.Door]; door != "" {
		parts = append(parts, door)
	}
	if e.Subject != "" {
		parts = append(parts, "from “"+visible(e.Subject)+"”")
	}
	return strings.Join(parts, ", ")
}

var doorWords = map[consent.Door]string{
	consent.DoorPage:     "on the unsubscribe page",
	consent.DoorOneClick: "with the mail program’s unsubscribe button (one click)",
	consent.DoorPortal:   "in the portal",
	consent.DoorAgent:    "in Porchlight",
	consent.DoorImport:   "by an import",
	consent.DoorBounce:   "said by their mail server",
	consent.DoorReport:   "reported by their mail provider",
}
