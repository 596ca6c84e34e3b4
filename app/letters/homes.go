package letters

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/photos"
)

// Home is a home on its way into a letter.
type Home struct {
	ID      listings.ID
	Listing listings.Listing
	Card    listings.Card // as clients see it; as agents do where Why is set
	Cover   listings.Photo
	Open    listings.OpenHouse
	News    News
	At      time.Time // of the data
	Why     string    // it can't be sent; empty: it can
}

// Homes reads homes in the order asked; one that is not there any more says so.
func Homes(ctx context.Context, db bun.IDB, ids []listings.ID, loc *time.Location, now time.Time) ([]Home, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := listings.List(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	displays, err := feed.Displays(ctx, db)
	if err != nil {
		return nil, err
	}
	covers, err := listings.Covers(ctx, db, ids)
	if err != nil {
		return nil, err
	}
	open, err := listings.NextOpen(ctx, db, ids, now)
	if err != nil {
		return nil, err
	}
	events, err := listings.Recent(ctx, db, ids, now.Add(-max(NewFor, PriceFor)))
	if err != nil {
		return nil, err
	}
	known := map[listings.ID]listings.Listing{}
	for _, l := range found {
		known[l.ID] = l
	}
	all := make([]Home, len(ids))
	for i, id := range ids {
		l, there := known[id]
		if !there {
			all[i] = Home{ID: id, Card: listings.Card{ID: id, Address: "A home that is no longer here", Gone: true}, Why: "It is not in Porchlight any more."}
			continue
		}
		by := displays[l.FeedID]
		by.Location = loc
		h := Home{ID: id, Listing: l, Card: listings.Show(l, by), Cover: covers[id], Open: open[id], News: NewsOf(l, events[id], open[id], now, loc)}
		h.At = by.DataAt
		if h.At.IsZero() {
			h.At = l.ChangedAt
		}
		if h.Card.Gone {
			h.Card = listings.Show(ShownToAgent(l), by)
			if h.Why = HiddenWhy(l); h.Why == "" {
				h.Why = "It is no longer in the feed it came from."
			}
		}
		all[i] = h
	}
	return all, nil
}

// DataTime is how letters and what they lead to write the time of the data: in full, for both are read later and printed.
const DataTime = "2 January 2006, 15:04"

// FewHomes is how many homes a letter has at most whose photos come large: sharp on a phone, and still soon there.
const FewHomes = 4

// InMail is the home as a letter shows it; base is BASE_URL, large asks for its photo in the large size.
func (h Home) InMail(note, base string, large bool, loc *time.Location) mail.Home {
	m := mail.Home{
		ID: int64(h.ID), Price: h.Card.Price, Status: string(h.Card.Status), Address: h.Card.Address, Place: h.Card.Place, Facts: h.Card.Facts,
		Type: h.Card.Type, Note: note, Attribution: h.Card.Attribution, Source: h.Card.Source, Disclaimer: h.Card.Disclaimer,
		DataTime: h.At.In(loc).Format(DataTime),
	}
	if h.News.Old != nil {
		m.OldPrice = listings.Money(*h.News.Old)
	}
	var news []string
	for _, word := range h.News.Words {
		news = append(news, word.Say)
	}
	m.New = strings.Join(news, " · ")
	from := photos.Sources(h.Cover)
	src := from.Src
	if large {
		src = from.Large
	}
	if strings.HasPrefix(src, "/") {
		src = base + src
	}
	m.PhotoURL, m.PhotoWidth, m.PhotoHeight = src, from.Width, from.Height
	return m
}

// Suggestion is the subject of a letter that shows these homes and has none yet.
func Suggestion(homes []Home) string {
	switch {
	case len(homes) == 0:
		return ""
	case len(homes) > 1:
		return strconv.Itoa(len(homes)) + " homes for you"
	case homes[0].Why != "" || !homes[0].Listing.InternetAddressDisplayYN || homes[0].Listing.UnparsedAddress == "":
		return "A home for you"
	case homes[0].Listing.City == "":
		return homes[0].Card.Address
	}
	return homes[0].Card.Address + ", " + homes[0].Listing.City
}

// HiddenWhy says why clients do not see a home, empty if they do.
func HiddenWhy(l listings.Listing) string {
	switch {
	case l.Shown || !l.GoneAt.IsZero():
		return ""
	case !l.InternetEntireListingDisplayYN:
		return "The seller asked that this home is not shown on the internet."
	case !slices.Contains(listings.Statuses, l.StandardStatus):
		return "Its status is " + string(l.StandardStatus) + ", and such homes are never shown to clients."
	}
	return "The feed it comes from does not allow homes that are " + string(l.StandardStatus) + " to be shown to clients."
}

// ShownToAgent is a home with the switches that keep it from clients set aside: its card is filled in.
func ShownToAgent(home listings.Listing) listings.Listing {
	home.Shown, home.GoneAt = true, time.Time{}
	return home
}
