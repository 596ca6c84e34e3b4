package listings

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"porchlight/app/fault"
)

// ReadCriteria reads a query string or form: type, city, zip, price_min, price_max, beds_min, beds_max, baths_min,
// area_min, area_max, lot_min, lot_max (acres where a value ends in "ac"), year_min, year_max, words_all, words_any,
// words_none, feature, open_house, status, area ("41.1,-73.2 41.2,-73.1 …"), near ("41.1,-73.2,5"). Money may be "$450k" or
// "1.2m"; lists may be given more than once or with commas, so blanks make a phrase of words. Coordinates are taken to a
// hundred-thousandth of a degree, about a meter. It returns what it could read and Invalid (by those names) for the rest.
func ReadCriteria(values url.Values) (Criteria, error) {
	r := reader{values: values}
	c := Criteria{
		PropertyTypes: choose(&r, "type", PropertyTypes, "“%s” is not one of the property types."),
		Cities:        r.cities(),
		PostalCodes:   r.zips(),
		PriceMin:      r.number("price_min", money),
		PriceMax:      r.number("price_max", money),
		BedsMin:       r.number("beds_min", beds),
		BedsMax:       r.number("beds_max", beds),
		BathsMin:      r.number("baths_min", baths),
		AreaMin:       r.number("area_min", feet),
		AreaMax:       r.number("area_max", feet),
		LotMin:        r.number("lot_min", lots),
		LotMax:        r.number("lot_max", lots),
		YearMin:       r.number("year_min", years),
		YearMax:       r.number("year_max", years),
		WordsAll:      r.texts("words_all"),
		WordsAny:      r.texts("words_any"),
		WordsNone:     r.texts("words_none"),
		Features:      choose(&r, "feature", Features, "“%s” is not one of the features."),
		OpenHouse:     r.yes("open_house"),
		Statuses:      choose(&r, "status", Statuses, "“%s” is not one of the statuses a search can ask for."),
		Area:          r.area(),
		Near:          r.near(),
	}
	r.ordered("price_max", c.PriceMin, &c.PriceMax, "The highest price is below the lowest.")
	r.ordered("beds_max", c.BedsMin, &c.BedsMax, "The most beds are fewer than the least.")
	r.ordered("area_max", c.AreaMin, &c.AreaMax, "The largest area is below the smallest.")
	r.ordered("lot_max", c.LotMin, &c.LotMax, "The largest lot is below the smallest.")
	r.ordered("year_max", c.YearMin, &c.YearMax, "The latest year is before the earliest.")
	return c, r.wrong.Err()
}

// reader reads fields and notes what is wrong with them.
type reader struct {
	values url.Values
	wrong  fault.Form
}

// one is the first value of a field that says something.
func (r *reader) one(field string) string {
	for _, text := range r.values[field] {
		if text = tidy(text); text != "" {
			return text
		}
	}
	return ""
}

// entries are a list's entries, also those put into one value with commas, semicolons or lines of their own; what key
// makes equal counts once, and an entry it makes nothing of is refused with say.
func (r *reader) entries(field string, key func(string) string, say string) []string {
	var all []string
	seen := map[string]bool{}
	for _, value := range r.values[field] {
		for entry := range strings.FieldsFuncSeq(value, func(c rune) bool { return strings.ContainsRune(",;\r\n", c) }) {
			entry = strings.Trim(tidy(entry), `"“” `)
			if entry == "" {
				continue
			}
			k := key(entry)
			switch {
			case k == "":
				r.wrong.Add(field, say, short(entry))
			case seen[k]:
			case len([]rune(entry)) > longestWord:
				r.wrong.Add(field, "An entry can have at most %d characters; “%s” has more.", longestWord, short(entry))
			case len(all) == mostListed:
				r.wrong.Add(field, "At most %d entries fit here.", mostListed)
				return all
			default:
				seen[k] = true
				all = append(all, entry)
			}
		}
	}
	return all
}

// texts are words or phrases to look for.
func (r *reader) texts(field string) []string {
	return r.entries(field, Fold, "“%s” has no letters or digits to look for.")
}

// cities are towns. People add the state after a comma; no town has a name of two letters.
func (r *reader) cities() []string {
	all := r.entries("city", Fold, "“%s” is not a town’s name.")
	return slices.DeleteFunc(all, func(name string) bool {
		return len(all) > 1 && slices.Contains(states, strings.ToUpper(name))
	})
}

// states are the two-letter abbreviations of the USPS (Publication 28, appendix B) that people write behind a town.
var states = strings.Fields("AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY " +
	"NC ND OH OK OR PA PR RI SC SD TN TX UT VT VA WA WV WI WY")

// zips are five-digit codes; of ZIP+4 the first five count, and blanks separate too.
func (r *reader) zips() []string {
	values := url.Values{"zip": nil}
	for _, value := range r.values["zip"] {
		values["zip"] = append(values["zip"], strings.Join(strings.Fields(value), ","))
	}
	split := reader{values: values}
	all := split.entries("zip", zip5, "“%s” is not a zip code: those have five digits.")
	if err := fault.As(split.wrong.Err()); err != nil {
		r.wrong.Add("zip", "%s", err.Fields["zip"])
	}
	for i, code := range all {
		all[i] = zip5(code)
	}
	return all
}

// zip5 is a zip code's first five digits, empty where it has no such form.
func zip5(code string) string {
	head, tail, plus := strings.Cut(code, "-")
	if len(head) != 5 || plus && len(tail) != 4 || strings.Trim(head+tail, "0123456789") != "" {
		return ""
	}
	return head
}

// choose picks from a closed list, in its order, whatever the case.
func choose[T ~string](r *reader, field string, from []T, say string) []T {
	picked := map[string]bool{}
	for _, entry := range r.entries(field, strings.ToLower, "") {
		at := slices.IndexFunc(from, func(known T) bool { return strings.EqualFold(string(known), entry) })
		if at < 0 {
			r.wrong.Add(field, say, short(entry))
			continue
		}
		picked[string(from[at])] = true
	}
	var all []T
	for _, known := range from {
		if picked[string(known)] {
			all = append(all, known)
		}
	}
	return all
}

// yes reads a tick.
func (r *reader) yes(field string) bool {
	switch strings.ToLower(r.one(field)) {
	case "", "0", "no", "off", "false":
		return false
	case "1", "yes", "on", "true":
		return true
	}
	r.wrong.Add(field, "Say yes or no.")
	return false
}

// ordered drops an upper bound below the lower one.
func (r *reader) ordered(field string, least int64, most *int64, say string) {
	if *most > 0 && *most < least {
		r.wrong.Add(field, "%s", say)
		*most = 0
	}
}

// tidy is text with single blanks and without what nobody types.
func tidy(text string) string {
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return ' '
		}
		return c
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// short is text fit to be quoted in a sentence.
func short(text string) string {
	if characters := []rune(text); len(characters) > 40 {
		return fmt.Sprintf("%s…", string(characters[:40]))
	}
	return text
}
