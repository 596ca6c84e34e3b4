package web

import (
	"regexp"
	"strconv"
	"strings"
)

// clockTyped is a time of day as people type it, and as browsers send it: "07:00", "7", "7 am", "5:30 p.m.".
var clockTyped = regexp.MustCompile(`^(\d{1,2})(?:[:.](\d{2}))?\s*(?:([ap])\.?m?\.?)?$`)

// clockOf reads a time of day as minutes after midnight.
func clockOf(text string) (minutes int, ok bool) {
	parts := clockTyped.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if parts == nil {
		return 0, false
	}
	hour, _ := strconv.Atoi(parts[1]) // digits only, two at most
	minute, _ := strconv.Atoi(parts[2])
	switch half := parts[3]; {
	case half != "" && (hour < 1 || hour > 12):
		return 0, false
	case half == "a":
		hour %= 12
	case half == "p":
		hour = hour%12 + 12
	}
	if hour > 23 || minute > 59 {
		return 0, false
	}
	return hour*60 + minute, true
}

// clockInput is how browsers send a time of day.
func clockInput(minutes int) string {
	two := func(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }
	return two(minutes/60) + ":" + two(minutes%60)
}
