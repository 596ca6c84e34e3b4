package feed

import (
	"strings"
	"unicode"

	"porchlight/app/listings"
)

// address reads where the home is. UnparsedAddress here is the street line: a city, state and zip behind it are cut off.
func (r *reader) address(h *listings.Listing) {
	h.City = r.first(50, "City", "PostalCity")
	if strings.Contains(h.City, "_") { // RANCHO_CORDOVA
		h.City = strings.Join(strings.Fields(strings.ReplaceAll(h.City, "_", " ")), " ")
	}
	h.StateOrProvince = readState(r.line("StateOrProvince", 50))
	h.PostalCode = r.postalCode()
	h.CountyOrParish = r.line("CountyOrParish", 50)
	h.SubdivisionName = r.line("SubdivisionName", 100)
	h.UnitNumber = r.line("UnitNumber", 25)
	street := streetLine(r.line("UnparsedAddress", 255), h.City, h.StateOrProvince, h.PostalCode)
	if street == "" {
		street = r.streetParts()
	}
	h.UnparsedAddress = withUnit(street, &h.UnitNumber)
}

func (r *reader) streetParts() string {
	name := r.line("StreetName", 100)
	if name == "" {
		return ""
	}
	number := r.first(25, "StreetNumber", "StreetNumberNumeric")
	if number == "0" {
		number = ""
	}
	var parts []string
	for _, part := range []string{number, r.line("StreetDirPrefix", 15), name, r.line("StreetSuffix", 25), r.line("StreetDirSuffix", 15)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, " ")
}

// streetLine is an address without the city, the state, the zip code and the country that may trail it. "12 Oak CT" is a
// court, also in Connecticut: a state counts only behind a comma or a city, or before a zip code.
func streetLine(address, city, state, zip string) string {
	address = strings.TrimRight(address, ", ")
	for _, country := range []string{"USA", "United States"} {
		address, _ = cutTail(address, country)
	}
	address, zipped := cutTail(address, zip)
	if i := strings.LastIndexAny(address, " ,"); !zipped && i > 0 && zip != "" && len(address)-i == len(zip)+6 && strings.HasPrefix(address[i+1:], zip+"-") {
		address, zipped = strings.TrimRight(address[:i], ", "), true
	}
	name, _, _ := strings.Cut(states[state], ";")
	stated := false
	for _, tail := range []string{state, name} {
		rest, found := cutTail(address, tail)
		if !found || stated {
			continue
		}
		_, behindCity := cutTail(rest, city)
		if zipped || behindCity || strings.HasSuffix(strings.TrimRight(address[:len(address)-len(tail)], " "), ",") {
			address, stated = rest, true
		}
	}
	if i := strings.LastIndexByte(address, ','); i > 0 {
		if strings.EqualFold(strings.TrimSpace(address[i+1:]), city) {
			return strings.TrimRight(address[:i], ", ")
		}
	} else if stated || zipped {
		address, _ = cutTail(address, city)
	}
	return address
}

// cutTail cuts words off an address's end, if something with a letter remains.
func cutTail(address, tail string) (string, bool) {
	n := len(address) - len(tail)
	if tail == "" || n <= 0 || !strings.EqualFold(address[n:], tail) || address[n-1] != ' ' && address[n-1] != ',' {
		return address, false
	}
	rest := strings.TrimRight(address[:n], ", ")
	if !strings.ContainsFunc(rest, unicode.IsLetter) {
		return address, false
	}
	return rest, true
}

// withUnit puts the unit behind the street, once; a unit that only the address names becomes the home's.
func withUnit(street string, unit *string) string {
	if *unit == "" {
		if i := strings.LastIndexByte(street, '#'); i > 0 && len(street)-i <= 12 {
			*unit = strings.TrimSpace(street[i+1:])
		}
		return street
	}
	if street == "" {
		return street
	}
	words := strings.FieldsFunc(strings.ToLower(street), func(c rune) bool { return c == ' ' || c == ',' || c == '#' || c == '.' })
	bare := strings.ToLower(strings.TrimLeft(*unit, "# "))
	if i := strings.LastIndexByte(bare, ' '); i >= 0 { // "Unit 3", "Apt 3B"
		bare = bare[i+1:]
	}
	if len(words) > 1 && words[len(words)-1] == bare {
		return street
	}
	label := *unit
	if !strings.ContainsAny(label, " #") {
		label = "Unit " + label
	}
	return street + ", " + label
}

// readState is a state's two letters.
func readState(written string) string {
	if code, ok := stateWords[fold(written)]; ok {
		return code
	}
	if len(written) == 2 {
		return strings.ToUpper(written)
	}
	return written
}

// postalCode reads a zip code as its five digits: "06355-1234", "98178.0", "z95838" and "6355", which lost its zero in a
// spreadsheet. Other countries' stay as they are.
func (r *reader) postalCode() string {
	written := r.line("PostalCode", 20)
	code := strings.TrimSuffix(written, ".0")
	if len(code) == 6 && (code[0] == 'z' || code[0] == 'Z') {
		code = code[1:]
	}
	digits := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		if c == '-' || c == ' ' {
			return -1
		}
		return 'x'
	}, code)
	switch {
	case strings.Contains(digits, "x"):
		return strings.ToUpper(written)
	case len(digits) == 5:
		return digits
	case len(digits) == 9:
		return digits[:5]
	case len(digits) == 8: // nine without its zero
		return "0" + digits[:4]
	case (len(digits) == 4 || len(digits) == 3) && digits[0] != '0': // 601 is in Puerto Rico
		return "00000"[len(digits):] + digits
	case written != "" && strings.Trim(digits, "0") != "":
		r.report("PostalCode", "“%s” is no zip code; it is left out.", short(written))
	}
	return ""
}
