package web

import (
	"html/template"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/feed"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

// listingShowPage is one home as an agent sees it.
type listingShowPage struct {
	ID                listings.ID
	Heading, Place    string
	Price, Was, PerFt string
	Facts             string
	Pills, News       template.HTML
	Hidden            string // why clients do not see it; empty if they do
	Gone              string // when it left its feed; empty while it is there
	Photos            []listingPhoto
	Remarks           string
	About             []listingFact
	Details           []listingFact
	Open              []openLine
	History           priceHistory
	Tour              string
	Number            string
	By, Source        string
	Legal             []legal
	Map               placeMap
	Near              string // the search about this home; empty where its place is unknown or withheld
	Withheld          string // the address, which clients don't see; empty: they do
	Sent              []sentLine
}

// listingPhoto is one photo of the page, with the address of the large file.
type listingPhoto struct {
	N            int
	Large, Thumb template.HTML
	Words        string
}

// listingFact is one line of facts.
type listingFact struct{ Name, Value string }

// sentLine is a client of this agent who was sent the home.
type sentLine struct{ Name, URL, When, Mailing string }

// openLine is one open house in words.
type openLine struct {
	When, Remarks, Livestream string
	Appointment, Canceled     bool
}

// photosShown is how many photos a page holds at most.
const photosShown = 60

func (s *Server) listingShow(c *fiber.Ctx) error {
	now := s.Clock()
	home, err := listings.Find(c.UserContext(), s.Store.Read, listingID(c), now)
	if err != nil {
		return err
	}
	displays, err := feed.Displays(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	by := displays[home.FeedID]
	by.Location = brokerage.Location()
	view := newListingShow(home, by, now, by.Location)
	if view.Map, err = s.placeMap(c, home); err != nil {
		return err
	}
	sent, err := outbox.SentTo(c.UserContext(), s.Store.Read, me(c).ID, int64(home.ID))
	if err != nil {
		return err
	}
	for _, one := range sent {
		view.Sent = append(view.Sent, sentLine{Name: one.Name, URL: clientURL(one.Client), When: when(one.At, now, by.Location), Mailing: mailingPath(one.Mailing)})
	}
	return s.page(c, page{Title: view.Heading, Section: "listings", View: "listings/show", Data: view})
}

func newListingShow(home listings.Home, by listings.Display, now time.Time, loc *time.Location) listingShowPage {
	l := home.Listing
	card := listings.Show(letters.ShownToAgent(l), by)
	open := nextOpen(home.OpenHouses, now)
	news := letters.NewsOf(l, home.Events, open, now, loc)
	view := listingShowPage{
		ID: l.ID, Heading: card.Address, Place: card.Place, Price: card.Price, Facts: card.Facts, Pills: statusPillOf(l), News: newsPills(news),
		Hidden: letters.HiddenWhy(l), Photos: listingPhotos(home), Remarks: home.PublicRemarks, About: factsOf(l, now, loc),
		History: newPriceHistory(l, home.Events, now, loc), Tour: webAddress(l.VirtualTourURLUnbranded), Number: l.ListingId,
		By: card.Attribution, Source: card.Source, Legal: []legal{legalOf(by, l, now, loc)},
	}
	if view.Legal[0] == (legal{}) {
		view.Legal = nil
	}
	if news.Old != nil {
		view.Was = listings.Money(*news.Old)
	}
	view.PerFt = perFoot(l)
	if !l.GoneAt.IsZero() {
		view.Gone = day(l.GoneAt, loc)
	}
	for _, d := range home.Details {
		view.Details = append(view.Details, listingFact{d.Name, d.Value})
	}
	view.Open = openLines(home.OpenHouses, now, loc)
	if !l.InternetAddressDisplayYN {
		view.Withheld = l.UnparsedAddress
	} else if l.Latitude != nil && l.Longitude != nil {
		view.Near = "/listings?view=map&near=" + queryEscape(plainNumber(*l.Latitude)+","+plainNumber(*l.Longitude)+",1")
	}
	return view
}

// nextOpen is the next open house that takes place.
func nextOpen(all []listings.OpenHouse, now time.Time) listings.OpenHouse {
	var next listings.OpenHouse
	for _, o := range all {
		if !o.Canceled && o.EndsAt.After(now) && (next.StartsAt.IsZero() || o.StartsAt.Before(next.StartsAt)) {
			next = o
		}
	}
	return next
}

// webAddress is an address one may link to, else nothing.
func webAddress(address string) string {
	if strings.HasPrefix(address, "https://") || strings.HasPrefix(address, "http://") {
		return address
	}
	return ""
}

func listingPhotos(home listings.Home) []listingPhoto {
	var all []listingPhoto
	for i, p := range home.Photos[:min(len(home.Photos), photosShown)] {
		words := p.Description
		if words == "" {
			words = "Photo " + thousands(int64(i+1)) + " of " + thousands(int64(len(home.Photos)))
		}
		all = append(all, listingPhoto{N: i + 1, Large: picture(p, sizesHero, words, i < 2), Thumb: picture(p, sizesThumb, "", false), Words: words})
	}
	return all
}

// perFoot is the price of a square foot: "$243 a sq ft".
func perFoot(l listings.Listing) string {
	if l.ListPrice == nil || l.LivingArea == nil || *l.LivingArea <= 0 || *l.ListPrice <= 0 {
		return ""
	}
	return "$" + thousands(*l.ListPrice/100 / *l.LivingArea) + " a sq ft"
}

// factsOf are the facts that are known, in reading order.
func factsOf(l listings.Listing, now time.Time, loc *time.Location) []listingFact {
	var facts []listingFact
	for _, f := range allFacts(l, now, loc) {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

// allFacts are the facts a home may have, those unknown empty: comparison needs the same lines for each.
func allFacts(l listings.Listing, now time.Time, loc *time.Location) []listingFact {
	number := func(n *int64, word func(int64) string) string {
		if n == nil {
			return ""
		}
		return word(*n)
	}
	yes := func(is bool) string {
		if is {
			return "Yes"
		}
		return ""
	}
	decimal := func(n *float64) string {
		if n == nil {
			return ""
		}
		return plainNumber(*n)
	}
	fee := number(l.AssociationFee, listings.Money)
	if fee != "" && l.AssociationFeeFrequency != "" {
		fee += " " + strings.ToLower(l.AssociationFeeFrequency)
	}
	kind := l.PropertySubType
	if kind == "" {
		kind = l.PropertyType
	}
	garage := decimal(l.GarageSpaces)
	switch {
	case garage == "1":
		garage = "1 space"
	case garage != "" && garage != "0":
		garage += " spaces"
	case l.GarageYN:
		garage = "Yes"
	default:
		garage = ""
	}
	status := string(l.StandardStatus)
	if l.MlsStatus != "" && !strings.EqualFold(l.MlsStatus, status) {
		status += " (" + l.MlsStatus + ")"
	}
	onMarket := ""
	if !l.ListedAt.IsZero() {
		onMarket = day(letters.ListedOn(l, loc), loc)
		if days := daysBetween(letters.ListedOn(l, loc), now.In(loc)); days > 0 && (l.StandardStatus == listings.Active || l.StandardStatus == listings.ComingSoon) {
			onMarket += ", " + count(days, "day", "days") + " ago"
		}
	}
	return []listingFact{
		{"Status", status}, {"Type", kind}, {"Beds", number(l.BedroomsTotal, thousands)}, {"Baths", bathWords(l)},
		{"Living area", suffixed(number(l.LivingArea, thousands), " sq ft")}, {"Price a sq ft", strings.TrimSuffix(perFoot(l), " a sq ft")},
		{"Lot", number(l.LotSizeSquareFeet, lotWords)}, {"Built", number(l.YearBuilt, plainYear)}, {"Stories", decimal(l.Stories)}, {"Garage", garage},
		{"Pool", yes(l.PoolPrivateYN)}, {"Waterfront", yes(l.WaterfrontYN)}, {"New construction", yes(l.NewConstructionYN)}, {"Senior community", yes(l.SeniorCommunityYN)},
		{"Association fee", fee}, {"Taxes a year", number(l.TaxAnnualAmount, listings.Money)}, {"Subdivision", l.SubdivisionName}, {"County", l.CountyOrParish},
		{"Listed", onMarket}, {"Closed", soldWords(l)}, {"Available", dateWords(l.AvailabilityDate)}, {"Number", l.ListingId},
	}
}

// bathWords tells bathrooms with their kinds where they are known: "2.5 (2 full, 1 half)".
func bathWords(l listings.Listing) string {
	if l.BathroomQuarters == nil {
		return ""
	}
	words := quarters(*l.BathroomQuarters)
	if l.BathroomsFull != nil && l.BathroomsHalf != nil && *l.BathroomsHalf > 0 {
		words += " (" + thousands(*l.BathroomsFull) + " full, " + thousands(*l.BathroomsHalf) + " half)"
	}
	return words
}

func soldWords(l listings.Listing) string {
	if l.StandardStatus != listings.Closed {
		return ""
	}
	words := dateWords(l.CloseDate)
	if l.ClosePrice != nil {
		words = strings.TrimSpace(words + " for " + listings.Money(*l.ClosePrice))
	}
	return capital(words)
}

func suffixed(s, unit string) string {
	if s == "" {
		return ""
	}
	return s + unit
}
