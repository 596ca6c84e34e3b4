package web

import (
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"porchlight/app/listings"
)

// listingPills are made once: a page shows dozens.
var listingPills = map[listings.Status]template.HTML{
	listings.Active:              pill("done", "check", "Active"),
	listings.ComingSoon:          pill("", "calendar", "Coming Soon"),
	listings.ActiveUnderContract: pill("", "handshake", "Under Contract"),
	listings.Pending:             pill("", "hourglass", "Pending"),
	listings.Closed:              pill("", "key-round", "Closed"),
	listings.Canceled:            pill("", "x", "Canceled"),
	listings.Delete:              pill("", "x", "Deleted"),
	listings.Expired:             pill("", "x", "Expired"),
	listings.OnHold:              pill("", "pause", "On Hold"),
	listings.Incomplete:          pill("", "ellipsis", "Incomplete"),
	listings.Withdrawn:           pill("", "x", "Withdrawn"),
}

// gonePill stands instead of a status where the home has left its feed.
var gonePill = pill("", "archive", "Left the feed")

// hiddenPill says that clients do not see a home.
var hiddenPill = pill("", "lock", "Not for clients")

// statusPillOf is a home's status as icon, word and colour.
func statusPillOf(l listings.Listing) template.HTML {
	if !l.GoneAt.IsZero() {
		return gonePill
	}
	return listingPills[l.StandardStatus]
}

// thousands is a whole number with its thousands parted: "1,840".
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// shortDollars is an amount where there is little room: "$449K", "$1.25M".
func shortDollars(cents int64) string {
	whole := float64(cents) / 100
	switch {
	case whole >= 999_500:
		return "$" + plainNumber(math.Round(whole/10_000)/100) + "M"
	case whole >= 10_000:
		return "$" + plainNumber(math.Round(whole/1000)) + "K"
	}
	return "$" + thousands(int64(math.Round(whole)))
}

// plainNumber is a number without needless zeros: "0.4", "2.5", "3".
func plainNumber(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// quarters tells bathrooms counted in quarters: 10 is "2.5".
func quarters(n int64) string { return plainNumber(float64(n) / 4) }

// squareFeetPerAcre is by definition.
const squareFeetPerAcre = 43560

// lotWords tells a lot's size: acres from a tenth on, else square feet.
func lotWords(squareFeet int64) string {
	acres := float64(squareFeet) / squareFeetPerAcre
	if acres < .1 {
		return thousands(squareFeet) + " sq ft"
	}
	if acres >= 100 {
		return thousands(int64(math.Round(acres))) + " acres"
	}
	rounded := math.Round(acres*100) / 100
	if rounded == 1 {
		return "1 acre"
	}
	return plainNumber(rounded) + " acres"
}

// lotShort is lotWords for a column.
func lotShort(squareFeet int64) string {
	return strings.NewReplacer(" acres", " ac", " acre", " ac").Replace(lotWords(squareFeet))
}

func yearWords(year int64) string { return "built " + strconv.FormatInt(year, 10) }

// dateWords tells one of RESO's dates: "12 November 2026"; a text that is none stays as it is.
func dateWords(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("2 January 2006")
}

// capital is a text with its first letter large.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}
