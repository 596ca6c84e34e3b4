package listings

import (
	"math/big"
	"regexp"
	"strings"
)

// measure is how a number is typed and how it is kept.
type measure struct {
	scale    int64            // kept units in one that is typed
	most     int64            // in kept units
	coarse   bool             // what is finer than a kept unit is rounded, not refused
	suffixes map[string]int64 // what may follow the number, and how many it makes of one
	say      string           // what to type instead
	tooMuch  string
}

// An acre is 43,560 square feet.
const acre = 43_560

var (
	squareFeet = map[string]int64{"sf": 1, "sqft": 1, "sq.ft.": 1, "squarefeet": 1}

	money = measure{scale: 100, most: 1e12, coarse: true,
		suffixes: map[string]int64{"k": 1e3, "m": 1e6, "thousand": 1e3, "million": 1e6, "b": 1e9, "billion": 1e9},
		say:      "Type a price such as 450,000 or $450k.", tooMuch: "Prices here go up to $10,000,000,000."}
	beds = measure{scale: 1, most: 99,
		say: "Type a whole number such as 3.", tooMuch: "At most 99 can be asked for."}
	baths = measure{scale: 4, most: 4 * 99,
		say: "Type a number such as 2 or 2.5.", tooMuch: "At most 99 can be asked for."}
	feet = measure{scale: 1, most: 1e9, coarse: true, suffixes: squareFeet,
		say: "Type square feet, such as 1,500.", tooMuch: "Areas here go up to 1,000,000,000 square feet."}
	lots = measure{scale: 1, most: 100_000_000 * acre, coarse: true,
		suffixes: map[string]int64{"ac": acre, "acre": acre, "acres": acre, "sf": 1, "sqft": 1, "sq.ft.": 1, "squarefeet": 1},
		say:      "Type square feet, such as 10,000, or acres, such as 0.5 ac.", tooMuch: "Lots here go up to 100,000,000 acres."}
	years = measure{scale: 1, most: 2100,
		say: "Type a year such as 1995.", tooMuch: "Type a year up to 2100."}
)

// typed is a number as people type it: thousands set off by commas or not at all, a fraction, a word behind.
var typed = regexp.MustCompile(`^\$?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)([a-z.]*)\+?$`)

// number reads one number; nothing, and nought, ask for nothing.
func (r *reader) number(field string, m measure) int64 {
	text := strings.ToLower(strings.Join(strings.Fields(r.one(field)), ""))
	if text == "" {
		return 0
	}
	if strings.HasPrefix(strings.TrimPrefix(text, "$"), "-") || strings.HasPrefix(text, "−") {
		r.wrong.Add(field, "This can’t be below zero.")
		return 0
	}
	parts := typed.FindStringSubmatch(text)
	factor, known := int64(1), parts != nil && parts[2] == ""
	if parts != nil && !known {
		factor, known = m.suffixes[parts[2]]
	}
	if !known {
		r.wrong.Add(field, "%s", m.say)
		return 0
	}
	if len(parts[1]) > 40 {
		r.wrong.Add(field, "%s", m.tooMuch)
		return 0
	}
	value, ok := new(big.Rat).SetString(strings.ReplaceAll(parts[1], ",", ""))
	if !ok {
		r.wrong.Add(field, "%s", m.say)
		return 0
	}
	value.Mul(value, new(big.Rat).SetInt64(m.scale*factor))
	if !value.IsInt() {
		if !m.coarse {
			r.wrong.Add(field, "%s", m.say)
			return 0
		}
		value.Add(value, big.NewRat(1, 2))
	}
	whole := new(big.Int).Quo(value.Num(), value.Denom())
	if !whole.IsInt64() || whole.Int64() > m.most {
		r.wrong.Add(field, "%s", m.tooMuch)
		return 0
	}
	return whole.Int64()
}
