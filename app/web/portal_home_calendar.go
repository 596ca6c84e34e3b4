package web

import (
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"porchlight/app/listings"
)

// calendarOf writes open houses as a calendar (RFC 5545). Times are in UTC, so that no time zone has to be told.
func calendarOf(card listings.Card, houses []listings.OpenHouse, baseURL string, now time.Time) string {
	const form = "20060102T150405Z"
	host := "porchlight"
	if u, err := url.Parse(baseURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	var b strings.Builder
	put := func(name, value string) { foldLine(&b, name+":"+value) }
	put("BEGIN", "VCALENDAR")
	put("VERSION", "2.0")
	put("PRODID", "-//Porchlight//Open houses//EN")
	put("CALSCALE", "GREGORIAN")
	put("METHOD", "PUBLISH")
	for _, o := range houses {
		if o.Canceled || !o.EndsAt.After(now) {
			continue
		}
		put("BEGIN", "VEVENT")
		put("UID", fmt.Sprintf("open-house-%d@%s", o.ID, host)) // the same each time, so that a second download adds nothing
		put("DTSTAMP", now.UTC().Format(form))
		put("DTSTART", o.StartsAt.UTC().Format(form))
		put("DTEND", o.EndsAt.UTC().Format(form))
		put("SUMMARY", calendarText("Open house: "+card.Address))
		put("LOCATION", calendarText(openWhere(card)))
		var words []string
		for _, one := range []string{card.Price, card.Facts, o.Remarks, appointmentWords(o), webAddress(o.LivestreamURL), card.Attribution} {
			if one != "" {
				words = append(words, one)
			}
		}
		put("DESCRIPTION", calendarText(strings.Join(words, "\n")))
		put("END", "VEVENT")
	}
	put("END", "VCALENDAR")
	return b.String()
}

func appointmentWords(o listings.OpenHouse) string {
	if o.AppointmentRequiredYN {
		return "By appointment."
	}
	return ""
}

// calendarText is a TEXT value (RFC 5545 section 3.3.11): what has a meaning is escaped, what is no text is left out.
func calendarText(text string) string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(text, ""))
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// foldLine writes a content line in pieces of at most 75 octets, never inside a character (RFC 5545 section 3.1).
func foldLine(b *strings.Builder, line string) {
	room := 75
	for len(line) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(line[cut]) {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line, room = line[cut:], 74
	}
	b.WriteString(line + "\r\n")
}
