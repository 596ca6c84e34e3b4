package web

import (
	"html/template"
	"strings"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

// eventNames are what can happen to a home, as a person says it.
var eventNames = map[listings.EventKind]string{
	listings.EventNew: "New on the market", listings.EventPrice: "Price changed", listings.EventBack: "Back on the market",
	listings.EventComingSoon: "Coming soon", listings.EventOpenHouse: "Open house", listings.EventPending: "Under contract", listings.EventClosed: "Sold",
}

// eventsWords lists events in one line.
func eventsWords(kinds []listings.EventKind) string {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = eventNames[kind]
		if i > 0 {
			names[i] = strings.ToLower(names[i])
		}
	}
	return strings.Join(names, ", ")
}

// scheduleWords is when letters leave, as the agent set it.
func scheduleWords(s autoemail.Search) string {
	if s.Concierge {
		return "After you approve each home"
	}
	return s.Schedule.Words()
}

// searchState is whether an auto email runs: a pill, and what there is to add.
type searchState struct {
	Pill template.HTML
	More string // "slowed down to weekly since 3 Nov"; empty: nothing
	Slow bool   // for want of a sign from the client
	Runs bool
	Gone bool
	Out  bool // the client opted out
}

var searchPills = map[string]template.HTML{
	"running": pill("done", "check", "Running"), "slowed": pill("", "hourglass", "Slowed down"), "paused": pill("", "pause", "Paused"),
	"opted out": pill("stop", "mail-x", "Paused"), "broken": pill("lamp", "triangle-alert", "Paused"), "deleted": pill("stop", "trash-2", "Deleted"),
}

// searchStateOf tells an auto email's state; first is what the client is called.
func searchStateOf(s autoemail.Search, first string, now time.Time, loc *time.Location) searchState {
	since := shortDay(s.StateAt, now, loc)
	switch {
	case s.State == autoemail.Deleted:
		return searchState{Pill: searchPills["deleted"], More: "on " + since, Gone: true}
	case s.State == autoemail.Active && s.Slowed != nil:
		say := "to " + s.Slowed.Kind
		if !s.AskedAt.IsZero() {
			say += " since " + shortDay(s.AskedAt, now, loc)
		}
		return searchState{Pill: searchPills["slowed"], More: say + ": no sign from " + first, Slow: true, Runs: true}
	case s.State == autoemail.Active:
		return searchState{Pill: searchPills["running"], Runs: true}
	}
	st := searchState{Pill: searchPills["paused"]}
	switch s.PausedBy {
	case autoemail.ByAgent:
		st.More = "by you since " + since
	case autoemail.ByClient:
		st.More = "by " + first + " since " + since
	case autoemail.ByOptOut:
		st.Pill, st.More, st.Out = searchPills["opted out"], first+" opted out on "+since, true
	case autoemail.BySlow:
		st.More, st.Slow = "no sign from "+first+" since "+shortDay(s.SignAt, now, loc), true
	case autoemail.ByExpiry:
		st.More = "its last day was " + lastDayWords(s.ExpiresOn)
	case autoemail.ByBroken:
		st.Pill, st.More = searchPills["broken"], "what it asks for can’t be read any more: set it again"
	default:
		st.More = "since " + since
	}
	if !s.PausedUntil.IsZero() {
		st.More += ", until " + shortDay(s.PausedUntil, now, loc)
	}
	return st
}

// lastDayWords is a last day as people say it.
func lastDayWords(day string) string {
	t, err := time.Parse(dateInput, day)
	if err != nil {
		return day
	}
	return t.Format("2 January 2006")
}
