package web

import (
	"html/template"
	"time"

	"porchlight/app/listings"
)

// How long a change is news on a card.
const (
	newFor   = 7 * 24 * time.Hour
	priceFor = 30 * 24 * time.Hour
)

// homeNews is what is new about a home.
type homeNews struct {
	old   *int64 // the price before the last change, where that is news
	words []newsWord
}

type newsWord struct{ icon, say string }

// newsOf works out what is new about a home from what happened to it lately.
func newsOf(l listings.Listing, events []listings.Event, open listings.OpenHouse, now time.Time, loc *time.Location) homeNews {
	var news homeNews
	say := func(icon, words string) { news.words = append(news.words, newsWord{icon, words}) }
	onMarket := l.StandardStatus == listings.Active || l.StandardStatus == listings.ComingSoon
	if onMarket && !l.ListedAt.After(now) && now.Sub(l.ListedAt) < newFor {
		switch days := daysBetween(listedOn(l, loc), now.In(loc)); days {
		case -1, 0:
			say("sparkles", "New today")
		case 1:
			say("sparkles", "New yesterday")
		default:
			say("sparkles", "New "+count(days, "day", "days")+" ago")
		}
	}
	var price, back listings.Event
	for _, e := range events {
		switch e.Kind {
		case listings.EventPrice:
			price = e
		case listings.EventBack:
			back = e
		}
	}
	if onMarket && !back.At.IsZero() && now.Sub(back.At) < newFor {
		say("rotate-ccw", "Back on the market")
	}
	if price.OldPrice != nil && price.NewPrice != nil && l.ListPrice != nil && *price.NewPrice == *l.ListPrice && *price.OldPrice != *price.NewPrice && now.Sub(price.At) < priceFor && l.StandardStatus != listings.Closed {
		news.old = price.OldPrice
		if change := *price.NewPrice - *price.OldPrice; change < 0 {
			say("trending-down", "Price down "+listings.Money(-change))
		} else {
			say("trending-up", "Price up "+listings.Money(change))
		}
	}
	if !open.StartsAt.IsZero() && open.EndsAt.After(now) && onMarket {
		say("calendar", "Open "+openWords(open, now, loc))
	}
	return news
}

// pills are the news as they stand on a card.
func (n homeNews) pills() template.HTML {
	var all template.HTML
	for _, word := range n.words {
		all += pill("news", word.icon, template.HTMLEscapeString(word.say))
	}
	return all
}
