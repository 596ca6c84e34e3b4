package web

import (
	"fmt"
	"strings"
	"time"

	"porchlight/app/agents"
	"porchlight/app/outbox"
)

// banner is something that stands in the way of mail, and the way round it.
type banner struct {
	Class, Icon, Strong, Say string
	Action, Path             string
}

// mailBanners says what stops or slows all letters, the worst first.
func mailBanners(a agents.Agent, b agents.Brokerage, h outbox.Health, now time.Time) []banner {
	var all []banner
	missing := func(strong, say, action, field string) {
		one := banner{Class: "stop", Icon: "ban", Strong: strong, Say: say}
		if a.Broker() {
			one.Action, one.Path = action, "/settings#"+field
		} else {
			one.Say += " Ask your broker to add it under Settings."
		}
		all = append(all, one)
	}
	if b.PostalAddress == "" {
		missing("No letter can leave: the brokerage has no postal address.", "The law wants one on every letter.", "Add the postal address", "postal_address")
	}
	if len(b.SendingDomains) == 0 {
		missing("No letter can leave: there is no sending domain.", "It is the part after the @ of addresses your mail server may sign for.", "Add a sending domain", "sending_domains")
	}
	if _, err := time.LoadLocation(b.TimeZone); err != nil {
		one := banner{Class: "lamp", Icon: "clock", Strong: "The time zone “" + b.TimeZone + "” is no longer known here.", Say: "Times are told, and auto e-mails leave, by UTC until another is chosen."}
		if a.Broker() {
			one.Action, one.Path = "Choose a time zone", "/settings#time_zone"
		} else {
			one.Say += " Ask your broker to choose one under Settings."
		}
		all = append(all, one)
	}
	switch {
	case h.Route == "":
		all = append(all, banner{Class: "stop", Icon: "ban", Strong: "No mail server is set, so letters wait.", Say: "Nothing is lost: they leave by themselves once whoever hosts Porchlight has set SMTP_URL."})
	case h.PausedUntil.After(now):
		all = append(all, banner{Class: "stop", Icon: "triangle-alert", Strong: "The mail server takes no letters at the moment.", Say: strings.TrimSpace(h.Trouble + " Letters wait; the next try is at " + h.PausedUntil.In(b.Location()).Format("15:04") + ".")})
	case h.Trouble != "":
		all = append(all, banner{Class: "lamp", Icon: "triangle-alert", Strong: "The mail server had trouble with the last letter.", Say: h.Trouble})
	}
	if n := len(h.Waiting); n > 0 {
		all = append(all, banner{Class: "info", Icon: "info", Strong: "Slower than usual:", Say: "letters to " + andList(h.Waiting) + ", because their servers asked us to wait."})
	}
	return all
}

// andList is "a, b and c", at most three by name.
func andList(names []string) string {
	if len(names) > 3 {
		return strings.Join(names[:3], ", ") + fmt.Sprintf(" and %d more", len(names)-3)
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " and " + names[len(names)-1]
}
