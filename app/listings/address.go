package listings

import "strings"

// addressKey is what two records of one home have in common: the street line as the Postal Service would write it
// (Publication 28: suffixes and directions abbreviated, no unit word), the unit, and the five digits of the zip, or city
// and state where there is none. Empty where the street, or its house number, is unknown.
func addressKey(l *Listing) string {
	words := strings.Fields(Fold(l.UnparsedAddress))
	if len(words) < 2 || !strings.ContainsAny(l.UnparsedAddress, "0123456789") || strings.Trim(words[0], "0") == "" {
		return ""
	}
	key := postal(words)
	if unit := postal(strings.Fields(Fold(l.UnitNumber))); len(unit) > 0 && !endsWith(key, unit) {
		key = append(key, unit...)
	}
	place := Fold(l.PostalCode)
	if len(place) >= 5 {
		place = place[:5]
	} else if l.City != "" {
		place = Fold(l.City + " " + l.StateOrProvince)
	}
	if place == "" {
		return ""
	}
	return strings.Join(key, " ") + "|" + place
}

func postal(words []string) []string {
	var out []string
	for _, word := range words {
		if unitWords[word] {
			continue
		}
		if short, ok := postalWords[word]; ok {
			word = short
		}
		out = append(out, word)
	}
	return out
}

func endsWith(words, tail []string) bool {
	return len(words) >= len(tail) && strings.Join(words[len(words)-len(tail):], " ") == strings.Join(tail, " ")
}

// unitWords name a unit without being part of its number.
var unitWords = map[string]bool{"unit": true, "apt": true, "apartment": true, "suite": true, "ste": true, "no": true, "condo": true}

// postalWords are the words of Publication 28, appendix C, that addresses are full of.
var postalWords = map[string]string{
	"alley": "aly", "avenue": "ave", "av": "ave", "beach": "bch", "boulevard": "blvd", "branch": "br", "brook": "brk", "center": "ctr", "circle": "cir",
	"common": "cmn", "corner": "cor", "court": "ct", "cove": "cv", "creek": "crk", "crescent": "cres", "crossing": "xing", "drive": "dr", "drv": "dr",
	"estate": "est", "estates": "ests", "expressway": "expy", "extension": "ext", "falls": "fls", "field": "fld", "forest": "frst", "garden": "gdn",
	"gardens": "gdns", "gateway": "gtwy", "glen": "gln", "green": "grn", "grove": "grv", "harbor": "hbr", "heights": "hts", "highway": "hwy", "hill": "hl",
	"hills": "hls", "hollow": "holw", "island": "is", "junction": "jct", "lake": "lk", "landing": "lndg", "lane": "ln", "meadow": "mdw", "meadows": "mdws",
	"mount": "mt", "mountain": "mtn", "orchard": "orch", "parkway": "pkwy", "pky": "pkwy", "place": "pl", "plaza": "plz", "point": "pt", "ridge": "rdg",
	"river": "riv", "road": "rd", "route": "rte", "shore": "shr", "shores": "shrs", "spring": "spg", "springs": "spgs", "square": "sq", "station": "sta",
	"street": "st", "str": "st", "summit": "smt", "terrace": "ter", "trail": "trl", "turnpike": "tpke", "valley": "vly", "view": "vw", "village": "vlg",
	"vista": "vis", "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw",
	"floor": "fl", "building": "bldg", "saint": "st", "fort": "ft", "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th",
	"sixth": "6th", "seventh": "7th", "eighth": "8th", "ninth": "9th", "tenth": "10th",
}
