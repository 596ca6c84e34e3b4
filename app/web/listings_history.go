package web

import (
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"porchlight/app/letters"
	"porchlight/app/listings"
)

// priceHistory is what happened to a home: a small plot and the same as a table.
type priceHistory struct {
	Plot  template.HTML // empty where there is nothing to plot
	Lines []historyLine // newest first
}

type historyLine struct {
	When, What, Price, Change string
	Class                     string
}

// step is the price from a moment on.
type step struct {
	at    time.Time
	price int64 // cents
}

func newPriceHistory(l listings.Listing, events []listings.Event, now time.Time, loc *time.Location) priceHistory {
	history := priceHistory{Plot: pricePlot(priceSteps(l, events, loc), events, plotEnd(l, now), loc)}
	for _, e := range slices.Backward(events) {
		if e.Kind == listings.EventOpenHouse {
			continue // said where open houses are
		}
		line := historyLine{When: e.At.In(loc).Format("2 Jan 2006"), What: eventWords(e)}
		if e.NewPrice != nil {
			line.Price = listings.Money(*e.NewPrice)
		}
		if e.Kind == listings.EventPrice && e.OldPrice != nil && e.NewPrice != nil && *e.OldPrice != 0 {
			change := *e.NewPrice - *e.OldPrice
			sign := "+"
			if change < 0 {
				sign, change = "−", -change
			}
			line.Change = fmt.Sprintf("%s%s (%.1f%%)", sign, listings.Money(change), 100*float64(change)/float64(*e.OldPrice))
		}
		history.Lines = append(history.Lines, line)
	}
	if len(events) == 0 || events[0].Kind != listings.EventNew && events[0].Kind != listings.EventComingSoon {
		if first := firstPrice(l, events); first != 0 && !l.ListedAt.IsZero() {
			history.Lines = append(history.Lines, historyLine{When: letters.ListedOn(l, loc).Format("2 Jan 2006"), What: "Listed", Price: listings.Money(first)})
		}
	}
	return history
}

// eventWords name what happened.
func eventWords(e listings.Event) string {
	switch e.Kind {
	case listings.EventNew:
		return "Listed"
	case listings.EventPrice:
		return "Price changed"
	case listings.EventBack:
		return "Back on the market"
	case listings.EventStatus:
		return string(e.NewStatus)
	}
	return string(e.Kind)
}

// plotEnd is where a home's line ends: now, or when it was sold or left its feed.
func plotEnd(l listings.Listing, now time.Time) time.Time {
	if !l.GoneAt.IsZero() && l.GoneAt.Before(now) {
		return l.GoneAt
	}
	return now
}

// firstPrice is the price a home came on the market with, 0 if unknown.
func firstPrice(l listings.Listing, events []listings.Event) int64 {
	for _, e := range events {
		if e.OldPrice != nil {
			return *e.OldPrice
		}
		if e.NewPrice != nil {
			return *e.NewPrice
		}
	}
	for _, price := range []*int64{l.OriginalListPrice, l.ListPrice} {
		if price != nil {
			return *price
		}
	}
	return 0
}

// priceSteps are the prices a home had, from when on, oldest first.
func priceSteps(l listings.Listing, events []listings.Event, loc *time.Location) []step {
	var steps []step
	add := func(at time.Time, price int64) {
		if price > 0 && !at.IsZero() && (len(steps) == 0 || steps[len(steps)-1].price != price && !at.Before(steps[len(steps)-1].at)) {
			steps = append(steps, step{at, price})
		}
	}
	begin := letters.ListedOn(l, loc)
	if len(events) > 0 && events[0].At.Before(begin) {
		begin = events[0].At
	}
	add(begin, firstPrice(l, events))
	for _, e := range events {
		if e.NewPrice != nil {
			add(e.At, *e.NewPrice)
		}
	}
	return steps
}

// The plot's measures in pixels: heights are fixed, widths are shares of whatever room there is.
const (
	plotTop, plotBottom = 26.0, 118.0
	plotHeight          = 150
)

// pricePlot draws the prices as steps over time with what happened marked on them. Across it counts in percent, so that
// it fills any width and its words keep their size.
func pricePlot(steps []step, events []listings.Event, end time.Time, loc *time.Location) template.HTML {
	if len(steps) == 0 || !end.After(steps[0].at) || len(steps) == 1 && !slices.ContainsFunc(events, func(e listings.Event) bool { return markClass(e) == "off" }) {
		return "" // a line that says nothing
	}
	low, high := steps[0].price, steps[0].price
	for _, s := range steps {
		low, high = min(low, s.price), max(high, s.price)
	}
	begin, length := steps[0].at, float64(end.Sub(steps[0].at))
	x := func(t time.Time) float64 { return 1.5 + 97*max(0, min(1, float64(t.Sub(begin))/length)) }
	y := func(price int64) float64 {
		if high == low {
			return (plotTop + plotBottom) / 2
		}
		return plotBottom - (plotBottom-plotTop)*float64(price-low)/float64(high-low)
	}
	var b strings.Builder
	put := func(format string, args ...any) { fmt.Fprintf(&b, format, args...) }
	put(`<svg class="plot" width="100%%" height="%d" role="img" aria-label="%s">`, plotHeight, template.HTMLEscapeString(plotWords(steps, loc)))
	put(`<line class="axis" x1="0" x2="100%%" y1="%.1f" y2="%.1f"/>`, plotBottom+12, plotBottom+12)
	for i, s := range steps {
		to := end
		if i+1 < len(steps) {
			to = steps[i+1].at
			put(`<line class="rise" x1="%.2f%%" x2="%.2f%%" y1="%.1f" y2="%.1f"/>`, x(to), x(to), y(s.price), y(steps[i+1].price))
		}
		put(`<line class="run" x1="%.2f%%" x2="%.2f%%" y1="%.1f" y2="%.1f"/>`, x(s.at), x(to), y(s.price), y(s.price))
	}
	for _, e := range events {
		if mark := markClass(e); mark != "" && !e.At.Before(begin) && !e.At.After(end) {
			put(`<circle class="mark %s" cx="%.2f%%" cy="%.1f" r="5"><title>%s</title></circle>`, mark, x(e.At), y(priceAt(steps, e.At)), template.HTMLEscapeString(eventWords(e)+", "+day(e.At, loc)))
		}
	}
	last := steps[len(steps)-1]
	labels(put, steps, last, x, y)
	put(`<text class="when" x="0" y="%d">%s</text>`, plotHeight-4, begin.In(loc).Format("2 Jan 2006"))
	put(`<text class="when" x="100%%" y="%d" text-anchor="end">%s</text></svg>`, plotHeight-4, end.In(loc).Format("2 Jan 2006"))
	return template.HTML(b.String())
}

// labels write the first and the last price over their steps, unless they would lie on one another.
func labels(put func(string, ...any), steps []step, last step, x func(time.Time) float64, y func(int64) float64) {
	put(`<text class="amount" x="100%%" y="%.1f" text-anchor="end">%s</text>`, y(last.price)-8, shortDollars(last.price))
	if len(steps) > 1 && (x(last.at) > 20 || y(last.price)-y(steps[0].price) > 18 || y(steps[0].price)-y(last.price) > 18) {
		put(`<text class="amount" x="0" y="%.1f">%s</text>`, y(steps[0].price)-8, shortDollars(steps[0].price))
	}
}

// markClass is how an event is marked on the plot; price changes are plain, open houses not there.
func markClass(e listings.Event) string {
	switch e.Kind {
	case listings.EventOpenHouse:
		return ""
	case listings.EventPrice:
		return "price-mark"
	case listings.EventNew, listings.EventBack, listings.EventComingSoon:
		return "done"
	}
	return "off"
}

// priceAt is the price at a moment.
func priceAt(steps []step, at time.Time) int64 {
	price := steps[0].price
	for _, s := range steps {
		if !s.at.After(at) {
			price = s.price
		}
	}
	return price
}

// plotWords say the plot in a sentence.
func plotWords(steps []step, loc *time.Location) string {
	words := "Price " + listings.Money(steps[0].price) + " from " + day(steps[0].at, loc)
	for _, s := range steps[1:] {
		words += ", " + listings.Money(s.price) + " from " + day(s.at, loc)
	}
	return words
}
