package listings

import (
	"cmp"
	"math"
	"strconv"
	"strings"
	"time"
)

// Display is how a feed lets its homes be shown (feed.Settings holds it; every item is the broker's to set).
type Display struct {
	Source     string // "SmartMLS": named beside each home
	Disclaimer string // {time} becomes the data time
	DataAt     time.Time
	Location   *time.Location // the brokerage's zone, for the data time in words; nil: UTC
}

// Card is a home as clients may see it, in words ready for a page or a letter. It keeps the rules of display: an address
// the seller withholds is not in it, nor where on the map the home is; the listing firm and its contact are.
type Card struct {
	ID                  ID
	Price               string // "$449,000"; of a lease "$3,100 a month"; "Price on request" where unknown
	OldPrice            string // before the last change, where it was another and the home can still be had
	Status              Status
	Address             string   // "12 Elm Street, Unit 3"; "Address withheld by the seller"
	Place               string   // "Mystic, CT 06355"
	Facts               string   // "3 beds · 2.5 baths · 1,840 sq ft · 0.4 acres"
	Type                string   // "Single Family Residence"
	Latitude, Longitude *float64 // nil where unknown or withheld
	Attribution         string   // "Listed by Elm Realty, 860-555-0100"
	Source              string
	Disclaimer          string
	DataAt              time.Time
	Gone                bool // no longer shown: say so, show nothing else
}

// Show makes the card of a home as it stands. Of a home that clients may not see there is only ID and Gone.
func Show(l Listing, by Display) Card {
	if !l.Shown {
		return Card{ID: l.ID, Gone: true}
	}
	c := Card{
		ID: l.ID, Price: "Price on request", Status: l.StandardStatus, Address: l.street(), Place: l.place(), Facts: l.facts(),
		Type: cmp.Or(l.PropertySubType, l.PropertyType), Latitude: l.Latitude, Longitude: l.Longitude,
		Attribution: l.attribution(), Source: by.Source, Disclaimer: by.words(), DataAt: by.DataAt,
	}
	if !l.InternetAddressDisplayYN {
		c.Address, c.Latitude, c.Longitude = "Address withheld by the seller", nil, nil
	}
	if l.StandardStatus == Closed && l.ClosePrice != nil {
		c.Price = Money(*l.ClosePrice)
		return c
	}
	if l.ListPrice != nil {
		c.Price = Money(*l.ListPrice)
		if strings.HasSuffix(l.PropertyType, "Lease") {
			c.Price += " a month"
		}
		if l.PreviousListPrice != nil && *l.PreviousListPrice != *l.ListPrice && l.onMarket() {
			c.OldPrice = Money(*l.PreviousListPrice)
		}
	}
	return c
}

// street is the street line with its unit.
func (l *Listing) street() string {
	unit := strings.TrimLeft(l.UnitNumber, "# ")
	switch {
	case l.UnparsedAddress == "":
		return "Address not given"
	case unit == "" || endsWith(postal(strings.Fields(Fold(l.UnparsedAddress))), postal(strings.Fields(Fold(unit)))):
		return l.UnparsedAddress
	case strings.Contains(unit, " "): // "Unit 3", "Penthouse West"
		return l.UnparsedAddress + ", " + unit
	}
	return l.UnparsedAddress + ", Unit " + unit
}

// place is city, state and zip.
func (l *Listing) place() string {
	state := strings.TrimSpace(l.StateOrProvince + " " + l.PostalCode)
	if l.City == "" || state == "" {
		return l.City + state
	}
	return l.City + ", " + state
}

// facts are what everybody asks first, without what is unknown; none of something is not said, since feeds send 0 for land.
func (l *Listing) facts() string {
	var facts []string
	add := func(n string, one, many string) {
		switch n {
		case "0":
		case "1":
			facts = append(facts, "1 "+one)
		default:
			facts = append(facts, n+" "+many)
		}
	}
	if l.BedroomsTotal != nil {
		add(commas(*l.BedroomsTotal), "bed", "beds")
	}
	if l.BathroomQuarters != nil {
		add(decimal(float64(*l.BathroomQuarters)/4, 2), "bath", "baths")
	} else if l.BathroomsTotalInteger != nil {
		add(commas(*l.BathroomsTotalInteger), "bath", "baths")
	}
	if l.LivingArea != nil {
		add(commas(*l.LivingArea), "sq ft", "sq ft")
	}
	if l.LotSizeSquareFeet != nil {
		add(acres(*l.LotSizeSquareFeet), "acre", "acres")
	}
	return strings.Join(facts, " · ")
}

// attribution names the listing firm and the contact it gave for this (NAR policy 7.58).
func (l *Listing) attribution() string {
	contact := cmp.Or(l.AttributionContact, l.ListOfficePhone)
	firm := cmp.Or(l.ListOfficeName, l.ListAgentFullName)
	switch {
	case firm == "" && contact == "":
		return ""
	case firm == "":
		return "Listing contact: " + contact
	case contact == "":
		return "Listed by " + firm
	}
	return "Listed by " + firm + ", " + contact
}

// words is the disclaimer with the data time in it: "November 22, 2026 at 4:05 PM EST".
func (d Display) words() string {
	if !strings.Contains(d.Disclaimer, "{time}") {
		return d.Disclaimer
	}
	at := "the last update"
	if !d.DataAt.IsZero() {
		where := d.Location
		if where == nil {
			where = time.UTC
		}
		at = d.DataAt.In(where).Format("January 2, 2006 at 3:04 PM MST")
	}
	return strings.ReplaceAll(d.Disclaimer, "{time}", at)
}

// Money writes cents as dollars: "$449,000", "$1,234.50".
func Money(cents int64) string {
	sign, abs := "", uint64(cents)
	if cents < 0 {
		sign, abs = "-", -uint64(cents)
	}
	text := sign + "$" + groups(strconv.FormatUint(abs/100, 10))
	if odd := abs % 100; odd != 0 {
		text += "." + strconv.FormatUint(100+odd, 10)[1:]
	}
	return text
}

// acres writes square feet as acres, finer the fewer there are; "0" is too little to tell.
func acres(squareFeet int64) string {
	const squareFeetPerAcre = 43_560
	n := float64(squareFeet) / squareFeetPerAcre
	if n >= 10 {
		return decimal(n, 1)
	}
	return decimal(n, 2)
}

// decimal writes a number that is not negative with commas and at most so many digits behind the point.
func decimal(n float64, digits int) string {
	text := strconv.FormatFloat(math.Abs(n), 'f', digits, 64)
	whole, rest, _ := strings.Cut(text, ".")
	if rest = strings.TrimRight(rest, "0"); rest != "" {
		return groups(whole) + "." + rest
	}
	return groups(whole)
}

func commas(n int64) string {
	if n < 0 {
		return "-" + groups(strconv.FormatUint(-uint64(n), 10))
	}
	return groups(strconv.FormatInt(n, 10))
}

// groups puts commas between thousands.
func groups(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
