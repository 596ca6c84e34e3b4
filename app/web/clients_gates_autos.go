package web

import (
	"context"
	"slices"
	"strconv"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// lately is how long ago an auto email may have sent something for nobody to wonder what it looks for.
const lately = 14 * 24 * time.Hour

// looked is how many auto emails are asked whether anything on the market matches them at all.
const looked = 3

// autoGates are what stands between a client and new homes: their auto emails, the schedule, the agent's own queue. held says
// that a gate before these is closed, so that nothing leaves whatever they do.
func (s *Server) autoGates(ctx context.Context, one clients.Client, all []autoemail.Overview, held bool, now time.Time, loc *time.Location) ([]gateLine, error) {
	first := forename(one)
	if len(all) == 0 {
		return []gateLine{{Icon: "mails", Title: "No auto e-mail yet", Say: "New homes reach " + first + " only when you write.", Remedy: "Make one", Path: "/searches/new?client=" + idText(one.ID)}}, nil
	}
	var running []autoemail.Overview
	for _, a := range all {
		if a.State == autoemail.Active {
			running = append(running, a)
		}
	}
	if len(running) == 0 {
		return []gateLine{pausedGate(one, all, held, now, loc)}, nil
	}
	var out []gateLine
	unsent, waiting := 0, 0
	for _, a := range running {
		unsent, waiting = unsent+a.Unsent, waiting+a.Waiting
	}
	if unsent > 0 {
		line, err := s.queueGate(ctx, one, unsent, now, loc)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	if waiting > 0 {
		out = append(out, scheduleGate(running, waiting, held, now, loc))
	}
	if line, slow := slowGate(one, running, now, loc); slow {
		out = append(out, line)
	}
	if unsent == 0 && waiting == 0 {
		line, err := s.quietGate(ctx, running, held, now, loc)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

// pausedGate says by whom everything is paused, and what ends it.
func pausedGate(one clients.Client, all []autoemail.Overview, held bool, now time.Time, loc *time.Location) gateLine {
	list := "/searches?client=" + idText(one.ID)
	line := gateLine{Class: "no", Icon: "pause", Title: "All " + strconv.Itoa(len(all)) + " auto e-mails are paused", Remedy: "See them", Path: list}
	a := all[0]
	state := searchStateOf(a.Search, forename(one), now, loc)
	if len(all) == 1 {
		line.Title = "The auto e-mail is paused"
		line.Remedy, line.Path, line.Post = "Resume", searchURL(a.ID)+"/resume", true
	}
	line.Say = capital(state.More) + "."
	same := func(b autoemail.Overview) bool { return b.PausedBy == a.PausedBy }
	if !slices.ContainsFunc(all, func(b autoemail.Overview) bool { return !same(b) }) {
		switch a.PausedBy {
		case autoemail.ByClient:
			line.Say += " Resume only if " + forename(one) + " asked you to."
		case autoemail.BySlow:
			line.Remedy, line.Path, line.Post = "I heard from them", clientURL(one.ID)+"/heard", true
		case autoemail.ByBroken:
			line.Remedy, line.Path, line.Post = "Set it again", searchURL(a.ID)+"?change=1", false
		}
	} else {
		line.Say = "For more than one reason: each says its own."
	}
	if !slices.ContainsFunc(all, func(b autoemail.Overview) bool { return b.PausedUntil.IsZero() }) {
		line.Class = "wait" // each comes back by itself
	}
	if held && line.Post { // first what is before it
		line.Remedy, line.Path, line.Post = "", "", false
	}
	return line
}

// queueGate is what waits for the agent's own yes.
func (s *Server) queueGate(ctx context.Context, one clients.Client, n int, now time.Time, loc *time.Location) (gateLine, error) {
	line := gateLine{Class: "wait", Icon: "list-checks", Title: capital(count(n, "home waits", "homes wait")) + " for your yes", Remedy: "Look", Path: conciergeURL(one.ID)}
	groups, _, err := autoemail.Queue(ctx, s.Store.Read, s.Ledger, autoemail.Tab{Agent: one.AgentID, Client: one.ID, State: autoemail.Unsent, Limit: 1}, now)
	if err != nil || len(groups) == 0 || groups[0].Oldest.IsZero() {
		return line, err
	}
	line.Say = "In your concierge queue, the oldest since " + since(groups[0].Oldest, now, loc) + "."
	if groups[0].Late {
		line.Say += " That is longer than you wanted anybody to wait."
	}
	return line, nil
}

// scheduleGate is what waits for the next letter's time.
func scheduleGate(running []autoemail.Overview, n int, held bool, now time.Time, loc *time.Location) gateLine {
	line := gateLine{Class: "wait", Icon: "clock", Title: capital(count(n, "home waits", "homes wait")) + " for the next letter"}
	var next time.Time
	for _, a := range running {
		if a.Waiting > 0 && !a.Next.IsZero() && (next.IsZero() || a.Next.Before(next)) {
			next = a.Next
		}
	}
	switch {
	case held:
		line.Say = "It leaves when what is closed above is open again."
	case next.IsZero():
	case !next.After(now):
		line.Say = "It leaves now."
	default:
		line.Say = "It leaves " + since(next, now, loc) + "."
	}
	return line
}

// slowGate says that something runs slower for want of a sign.
func slowGate(one clients.Client, running []autoemail.Overview, now time.Time, loc *time.Location) (gateLine, bool) {
	var slow []autoemail.Overview
	for _, a := range running {
		if a.Slowed != nil && !a.Concierge {
			slow = append(slow, a)
		}
	}
	if len(slow) == 0 {
		return gateLine{}, false
	}
	state := searchStateOf(slow[0].Search, forename(one), now, loc)
	line := gateLine{Class: "wait", Icon: "hourglass", Title: "Slowed down " + state.More, Say: "“" + slow[0].Name + "” comes less often until they give a sign.", Remedy: "I heard from them", Path: clientURL(one.ID) + "/heard", Post: true}
	if len(slow) > 1 {
		line.Title, line.Say = strconv.Itoa(len(slow))+" auto e-mails are slowed down", "There was no sign from "+forename(one)+", so they come less often until there is one."
	}
	return line, true
}

// quietGate is for those that have nothing to send: they run, or nothing on the market is what they ask for.
func (s *Server) quietGate(ctx context.Context, running []autoemail.Overview, held bool, now time.Time, loc *time.Location) (gateLine, error) {
	ok := gateLine{Class: "ok", Icon: "check", Title: capital(count(len(running), "auto e-mail runs", "auto e-mails run")), Say: "Nothing new matches at the moment."}
	if len(running) > looked || slices.ContainsFunc(running, func(a autoemail.Overview) bool { return now.Sub(a.LastSentAt) < lately || !asksToday(a) }) {
		return ok, nil
	}
	for _, a := range running {
		n, err := listings.Count(ctx, s.Store.Read, listings.Query{Criteria: a.Criteria}, now)
		if err != nil {
			return gateLine{}, err
		}
		if n > 0 {
			return ok, nil
		}
	}
	line := gateLine{Class: "wait", Icon: "search", Title: "Nothing on the market matches", Say: "“" + running[0].Name + "” asks for " + running[0].Criteria.Words() + ".", Remedy: "Change it", Path: searchURL(running[0].ID) + "?change=1"}
	if len(running) > 1 {
		line.Say, line.Remedy, line.Path = "None of the "+strconv.Itoa(len(running))+" auto e-mails finds a home now.", "See them", "/searches?client="+idText(running[0].ClientID)
	}
	return line, nil
}

// asksToday says whether an auto email waits for homes that are on the market, and not for what happens to them after it.
func asksToday(a autoemail.Overview) bool {
	return slices.ContainsFunc(a.Events, func(kind listings.EventKind) bool {
		return kind != listings.EventPending && kind != listings.EventClosed
	})
}

// since is an instant inside a sentence: "today 08:10", "12 Nov, 09:14".
func since(t, now time.Time, loc *time.Location) string {
	return lowerFirst(when(t, now, loc))
}
