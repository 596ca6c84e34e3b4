package letters

import (
	"strconv"
	"time"

	"porchlight/app/listings"
)

// How long a change is news on a card.
const (
	NewFor   = 7 * 24 * time.Hour
	PriceFor = 30 * 24 * time.Hour
)

// News is what is new about a home.
type News struct {
	Old   *int64 // the price before the last change, where that is news
	Words []NewsWord
}

// NewsWord is one piece of news: an icon's name, and words.
type NewsWord struct{ Icon, Say string }

// NewsOf works out what is new about a home from what happened to it lately.
func NewsOf(l listings.Listing, events []listings.Event, open listings.OpenHouse, now time.Time, loc *time.Location) News {
	var news News
	say := func(icon, words string) { news.Words = append(news.Words, NewsWord{icon, words}) }
	onMarket := l.StandardStatus == listings.Active || l.StandardStatus == listings.ComingSoon
	if onMarket && !l.ListedAt.After(now) && now.Sub(l.ListedAt) < NewFor {
		switch days := daysBetween(ListedOn(l, loc), now.In(loc)); days {
		case -1, 0:
			say("sparkles", "New today")
		case 1:
			say("sparkles", "New yesterday")
		default:
			say("sparkles", "New "+strconv.Itoa(days)+" days ago")
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
	if onMarket && !back.At.IsZero() && now.Sub(back.At) < NewFor {
		say("rotate-ccw", "Back on the market")
	}
	if price.OldPrice != nil && price.NewPrice != nil && l.ListPrice != nil && *price.NewPrice == *l.ListPrice && *price.OldPrice != *price.NewPrice && now.Sub(price.At) < PriceFor && l.StandardStatus != listings.Closed {
		news.Old = price.OldPrice
		if change := *price.NewPrice - *price.OldPrice; change < 0 {
			say("trending-down", "Price down "+listings.Money(-change))
		} else {
			say("trending-up", "Price up "+listings.Money(change))
		}
	}
	if !open.StartsAt.IsZero() && open.EndsAt.After(now) && onMarket {
		say("calendar", "Open "+OpenWords(open, now, loc))
	}
	return news
}
