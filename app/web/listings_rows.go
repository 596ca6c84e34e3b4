package web

import (
	"html/template"
	"regexp"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/feed"
	"porchlight/app/letters"
	"porchlight/app/listings"
)

// besideHomes is what cards of homes need that does not stand in the homes themselves.
type besideHomes struct {
	covers   map[listings.ID]listings.Photo
	open     map[listings.ID]listings.OpenHouse
	events   map[listings.ID][]listings.Event
	displays map[listings.FeedID]listings.Display
	now      time.Time
	loc      *time.Location
}

func (s *Server) besideHomes(c *fiber.Ctx, homes []listings.Listing, now time.Time) (besideHomes, error) {
	ctx, db := c.UserContext(), s.Store.Read
	ids := make([]listings.ID, len(homes))
	for i, home := range homes {
		ids[i] = home.ID
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return besideHomes{}, err
	}
	b := besideHomes{now: now, loc: brokerage.Location()}
	if b.covers, err = listings.Covers(ctx, db, ids); err != nil {
		return b, err
	}
	if b.open, err = listings.NextOpen(ctx, db, ids, now); err != nil {
		return b, err
	}
	if b.events, err = listings.Recent(ctx, db, ids, now.Add(-letters.PriceFor)); err != nil {
		return b, err
	}
	if b.displays, err = feed.Displays(ctx, db); err != nil {
		return b, err
	}
	for id, by := range b.displays {
		by.Location = b.loc
		b.displays[id] = by
	}
	return b, nil
}

// row is one home as a card or a line.
func (b besideHomes) row(home listings.Listing, eager bool) listingRow {
	card := listings.Show(letters.ShownToAgent(home), b.displays[home.FeedID])
	news := letters.NewsOf(home, b.events[home.ID], b.open[home.ID], b.now, b.loc)
	row := listingRow{
		ID: home.ID, URL: listingURL(home.ID), Name: homeName(home, card), Address: card.Address, Place: card.Place, Price: card.Price,
		Facts: card.Facts, Type: card.Type, By: byLine(card),
		Beds: numberOr(home.BedroomsTotal, thousands), Baths: numberOr(home.BathroomQuarters, quarters), Area: numberOr(home.LivingArea, thousands),
		Lot: numberOr(home.LotSizeSquareFeet, lotShort), Year: numberOr(home.YearBuilt, plainYear),
		Picture: picture(b.covers[home.ID], sizesCard, "", eager), Pills: statusPillOf(home), News: newsPills(news),
	}
	if news.Old != nil {
		row.Was = listings.Money(*news.Old)
	}
	if !home.Shown && home.GoneAt.IsZero() {
		row.Pills += hiddenPill
	}
	return row
}

// legal are the disclaimers of the feeds these homes come from, each once.
func (b besideHomes) legal(homes []listings.Listing) []legal {
	var all []legal
	seen := map[listings.FeedID]bool{}
	for _, home := range homes {
		if seen[home.FeedID] {
			continue
		}
		seen[home.FeedID] = true
		if one := legalOf(b.displays[home.FeedID], home, b.now, b.loc); one != (legal{}) && !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// legalOf is what a home's feed wants said under it.
func legalOf(by listings.Display, home listings.Listing, now time.Time, loc *time.Location) legal {
	card := listings.Show(letters.ShownToAgent(home), by)
	return legal{Source: card.Source, Disclaimer: card.Disclaimer, Time: when(by.DataAt, now, loc)}
}

// homeName is what a home is called where one of several is chosen. Addresses withheld need the number to tell them apart.
func homeName(home listings.Listing, card listings.Card) string {
	switch {
	case home.InternetAddressDisplayYN && home.UnparsedAddress != "":
		return card.Address
	case home.ListingId != "":
		return card.Address + ", number " + home.ListingId
	}
	return card.Address + ", " + card.Price
}

// phoneNumber finds what must not break at its hyphens.
var phoneNumber = regexp.MustCompile(`\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4}`)

// byLine is the listing firm, its contact and the source of the data.
func byLine(card listings.Card) template.HTML {
	line := card.Attribution + card.Source
	if card.Source != "" && card.Attribution != "" {
		line = card.Attribution + " · " + card.Source
	}
	return template.HTML(phoneNumber.ReplaceAllString(template.HTMLEscapeString(line), `<span class="nowrap">${0}</span>`))
}

// numberOr is a number in words, a dash where it is unknown.
func numberOr(n *int64, word func(int64) string) string {
	if n == nil {
		return "–"
	}
	return word(*n)
}

func plainYear(year int64) string { return plainNumber(float64(year)) }

// homesCount tells a number of homes: "1 home", "1,234 homes".
func homesCount(n int) string {
	if n == 1 {
		return "1 home"
	}
	return thousands(int64(n)) + " homes"
}
