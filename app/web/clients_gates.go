package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/outbox"
)

// gateLine is one line of "Why is nothing arriving?".
type gateLine struct {
	Class, Icon  string // no, ok, wait; empty: neither good nor bad
	Title, Say   string
	Remedy, Path string
	Post         bool // the remedy is an act and no page
	Stops        bool // nothing can be written to the client while it is so
}

func gateLines(gates []consent.Gate) []gateLine {
	var out []gateLine
	for _, g := range gates {
		line := gateLine{Class: "ok", Icon: "check", Title: g.Title, Say: g.Say}
		if !g.Open {
			line.Class, line.Icon, line.Remedy, line.Path, line.Stops = "no", "x", g.Remedy, g.Path, true
		}
		if line.Remedy == "Edit" {
			line.Remedy = "Set the status" // there is one Edit on the page
		}
		out = append(out, line)
	}
	return out
}

// houseGates are what stands between the house and any client: what the law and the mail server ask for, and how the
// last letter fared.
func (s *Server) houseGates(by agents.Agent, house agents.Brokerage, one clients.Client, letters []outbox.Letter, now time.Time, loc *time.Location) []gateLine {
	var out []gateLine
	if missing := missingFor(by, house); missing != nil {
		line := gateLine{Class: "no", Icon: "x", Title: "The brokerage can’t send yet", Say: missing.Say, Remedy: missing.Remedy, Path: missing.Path, Stops: true}
		if line.Path == "" {
			line.Say, line.Remedy = line.Say+" "+line.Remedy, ""
		}
		out = append(out, line)
	} else {
		out = append(out, gateLine{Class: "ok", Icon: "check", Title: "The brokerage can send", Say: "Postal address and sending domain are set."})
	}
	out = append(out, s.routeGate(by, one, loc))
	return append(out, lastLetterGate(letters, now, loc))
}

// routeGate is the way out as this client's mail would meet it.
func (s *Server) routeGate(by agents.Agent, one clients.Client, loc *time.Location) gateLine {
	_, domain, _ := strings.Cut(one.EmailKey, "@")
	if slices.Contains(s.Courier.Health().Waiting, domain) {
		return gateLine{Class: "wait", Icon: "clock", Title: domain + " slows mail down", Say: "Letters to this address wait and are tried again by themselves."}
	}
	if held := s.Courier.Health().Held; held != (outbox.Held{}) {
		line := gateLine{Class: "wait", Icon: "hourglass", Title: "Letters leave at the pace your brokerage set", Say: heldWords(held)}
		if by.Broker() {
			line.Remedy, line.Path = "Change the pace", "/settings/pace"
		}
		return line
	}
	h := s.health(by, loc)
	if h == nil || h.Class == "info" {
		return gateLine{Class: "ok", Icon: "check", Title: "The mail server takes letters"}
	}
	line := gateLine{Class: "wait", Icon: "clock", Title: strings.TrimSuffix(h.Title, "."), Say: h.Say}
	if h.Reply != "" {
		line.Say += " It said: " + h.Reply
	}
	return line
}

// lastLetterGate tells how the newest letter fared.
func lastLetterGate(letters []outbox.Letter, now time.Time, loc *time.Location) gateLine {
	if len(letters) == 0 {
		return gateLine{Class: "wait", Icon: "mail", Title: "No letter yet", Say: "Nothing was written to them so far."}
	}
	l := letters[0]
	at := when(letterTime(l), now, loc)
	path := "/outbox/" + strconv.FormatInt(int64(l.ID), 10)
	switch l.State {
	case outbox.Sent:
		return gateLine{Class: "ok", Icon: "check", Title: "The last letter was accepted", Say: at + ". If they don’t see it, it may lie in their spam folder: ask them to look there and to mark it as “not spam”.", Remedy: "See it", Path: path}
	case outbox.Ready, outbox.Sending:
		line := gateLine{Class: "wait", Icon: "clock", Title: "The last letter is on its way", Say: "Since " + when(l.CreatedAt, now, loc) + ".", Remedy: "See it", Path: path}
		if l.Reason != "" {
			line.Say += " " + l.Reason
		}
		return line
	}
	line := gateLine{Class: "no", Icon: "x", Title: "The last letter did not arrive", Say: stateOf(l).Word + " " + at + ".", Remedy: "See why", Path: path}
	if l.Reason != "" {
		line.Say = l.Reason
	}
	return line
}
