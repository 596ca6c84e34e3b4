package listings

import (
	"fmt"
	"strconv"
	"strings"
)

// Words says the criteria as a person would: "Residential in Mystic or Noank, $300,000 to $450,000, 3+ beds".
func (c Criteria) Words() string {
	said := []string{c.what()}
	say := func(text string, asked bool) {
		if asked {
			said = append(said, text)
		}
	}
	say(between(c.PriceMin, c.PriceMax, dollarWords, "from %s", "up to %s", ""), c.PriceMin+c.PriceMax > 0)
	say(between(c.BedsMin, c.BedsMax, whole, "%s+", "up to %s", unit(max(c.BedsMin, c.BedsMax) == 1, " bed")), c.BedsMin+c.BedsMax > 0)
	say(quarters(c.BathsMin)+"+"+unit(c.BathsMin == 4, " bath"), c.BathsMin > 0)
	say(between(c.AreaMin, c.AreaMax, thousands, "from %s", "up to %s", " sq ft"), c.AreaMin+c.AreaMax > 0)
	say("lot "+between(c.LotMin, c.LotMax, lotWords, "from %s", "up to %s", ""), c.LotMin+c.LotMax > 0)
	say("built "+between(c.YearMin, c.YearMax, whole, "%s or later", "%s or earlier", ""), c.YearMin+c.YearMax > 0)
	for _, feature := range c.Features {
		say(feature, true)
	}
	say("open house within a week", c.OpenHouse)
	say("remarks mention "+series(quoted(c.WordsAll), "and"), len(c.WordsAll) > 0)
	say("remarks mention "+series(quoted(c.WordsAny), "or"), len(c.WordsAny) > 0)
	say("remarks don’t mention "+series(quoted(c.WordsNone), "or"), len(c.WordsNone) > 0)
	statuses := make([]string, len(c.Statuses))
	for i, status := range c.Statuses {
		statuses[i] = strings.ToLower(string(status))
	}
	say(series(statuses, "or"), len(statuses) > 0)
	return strings.Join(said, ", ")
}

// what begins the sentence: which homes, and where.
func (c *Criteria) what() string {
	text := "Homes"
	if len(c.PropertyTypes) > 0 {
		text = series(c.PropertyTypes, "or")
	}
	if len(c.Cities) > 0 {
		text += " in " + series(c.Cities, "or")
	}
	if len(c.PostalCodes) > 0 {
		text += " in zip " + series(c.PostalCodes, "or")
	}
	if len(c.Area) > 0 {
		text += " in the drawn area"
	}
	if c.Near != nil {
		miles := strconv.FormatFloat(c.Near.Miles, 'f', -1, 64) + unit(c.Near.Miles == 1, " mile")
		text += fmt.Sprintf(" within %s of %.4f, %.4f", miles, c.Near.Lat, c.Near.Lon)
	}
	return text
}

// between says a range, with its unit behind.
func between(least, most int64, as func(int64) string, from, to, behind string) string {
	switch {
	case least == most:
		return as(least) + behind
	case most == 0:
		return fmt.Sprintf(from, as(least)) + behind
	case least == 0:
		return fmt.Sprintf(to, as(most)) + behind
	}
	return as(least) + " to " + as(most) + behind
}

// series is "a", "a or b", "a, b or c".
func series(all []string, last string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " " + last + " " + all[len(all)-1]
}

func quoted(all []string) []string {
	marked := make([]string, len(all))
	for i, one := range all {
		marked[i] = "“" + one + "”"
	}
	return marked
}

func unit(one bool, name string) string {
	if one {
		return name
	}
	return name + "s"
}

// thousands sets off thousands with commas.
func thousands(n int64) string {
	text := whole(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

func dollarWords(cents int64) string {
	text := "$" + thousands(cents/100)
	if cents%100 != 0 {
		text += fmt.Sprintf(".%02d", cents%100)
	}
	return text
}

func lotWords(feet int64) string {
	if acres, ok := inAcres(feet); ok {
		if acres == "1" {
			return "1 acre"
		}
		return acres + " acres"
	}
	return thousands(feet) + " sq ft"
}
