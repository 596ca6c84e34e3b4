package web

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/outbox"
	"porchlight/app/photos"
	"porchlight/app/portal"
)

// portalHomePage is one home that was sent.
type portalHomePage struct {
	portalCard
	Photos   []portalPhoto
	Remarks  string
	PerFt    string
	About    []listingFact
	Details  []listingFact
	OpenAt   []openLine
	Calendar string // where the open houses are as a calendar file; empty: there are none
	History  priceHistory
	Tour     string
	Legal    []legal
	Agent    agentLine
	Map      placeMap
	Letters  []homeLetter
	Share    string // an address that names nobody; empty: there is none
	Talk     talkView
}

// SeenQuery says how far a person has read of what was said about the home.
func (p portalHomePage) SeenQuery() string { return p.Talk.Seen() }

// portalPhoto is one photo of the page, with the address of the large file.
type portalPhoto struct {
	listingPhoto
	URL string
	Of  int
}

// homeLetter is a letter that brought the home.
type homeLetter struct{ URL, Subject, When, Note, Price string }

// portalHome is one home that was sent.
func (s *Server) portalHome(c *fiber.Ctx, v portal.Visitor) error {
	ctx, now := c.UserContext(), s.Clock()
	var view portalHomePage
	var sent portal.Sent
	var err error
	if view.portalCard, view.Legal, sent, err = s.portalCardOf(c, v, homeParam(c), "home"); err != nil {
		return err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	loc := house.Location()
	if view.Agent, err = s.shownAgent(c, v.Client.AgentID); err != nil {
		return err
	}
	if view.Talk, err = s.talkOf(c, v, view.ID, talkShown); err != nil {
		return err
	}
	brought, _, err := portal.Letters(ctx, s.Store.Read, v, portal.Stretch{Home: view.ID}, now)
	if err != nil {
		return err
	}
	for _, one := range brought {
		line := homeLetter{URL: view.Base + "/letters/" + strconv.FormatInt(one.ID, 10), Subject: one.Subject, When: when(one.At, now, loc)}
		for _, h := range one.Homes {
			if line.Note = h.Note; h.Price != nil {
				line.Price = listings.Money(*h.Price)
			}
		}
		view.Letters = append(view.Letters, line)
	}
	title := "No longer on the market"
	if !view.Gone {
		title = view.Address
		if err := s.portalWhole(c, &view, now, loc); err != nil {
			return err
		}
		token, err := outbox.ShareToken(ctx, s.Store.Read, outbox.MailingID(sent.Mailing), sent.At)
		if err != nil {
			return err
		}
		view.Share = s.BaseURL + "/l/" + token + "/" + strconv.FormatInt(int64(view.ID), 10)
	}
	return s.portalPage(c, v, page{Title: title, Section: "homes", View: "portal/home", Data: view})
}

// portalWhole adds what only a home's own page shows.
func (s *Server) portalWhole(c *fiber.Ctx, v *portalHomePage, now time.Time, loc *time.Location) error {
	home, err := listings.Find(c.UserContext(), s.Store.Read, v.ID, now)
	if err != nil {
		return err
	}
	displays, err := feed.Displays(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	if listings.Show(home.Listing, displays[home.FeedID]).Gone { // since the card was made
		v.Gone = true
		return nil
	}
	for i, p := range listingPhotos(home) {
		v.Photos = append(v.Photos, portalPhoto{p, photos.Sources(home.Photos[i]).Large, min(len(home.Photos), photosShown)})
	}
	v.Remarks, v.About, v.PerFt = home.PublicRemarks, factsOf(home.Listing, now, loc), perFoot(home.Listing)
	v.History, v.Tour = newPriceHistory(home.Listing, home.Events, now, loc), webAddress(home.VirtualTourURLUnbranded)
	for _, d := range home.Details {
		v.Details = append(v.Details, listingFact{d.Name, d.Value})
	}
	if v.OpenAt = openLines(home.OpenHouses, now, loc); len(v.OpenAt) > 0 {
		v.Calendar = v.URL + "/open.ics"
	}
	v.Map, err = s.placeMap(c, home)
	return err
}

// portalOpenHouses are a home's open houses as a file for a calendar.
func (s *Server) portalOpenHouses(c *fiber.Ctx, v portal.Visitor) error {
	portalQuiet(c)
	now := s.Clock()
	sent, err := portal.WasSent(c.UserContext(), s.Store.Read, v.Client.ID, homeParam(c))
	if err != nil {
		return err
	}
	if !sent {
		return neverSent()
	}
	home, err := listings.Find(c.UserContext(), s.Store.Read, homeParam(c), now)
	if err != nil {
		return err
	}
	displays, err := feed.Displays(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	card := listings.Show(home.Listing, displays[home.FeedID])
	if card.Gone {
		return neverSent()
	}
	private(c)
	c.Set("Content-Type", "text/calendar; charset=utf-8")
	c.Set("Content-Disposition", `attachment; filename="open-house.ics"`)
	return c.SendString(calendarOf(card, home.OpenHouses, s.BaseURL, now))
}

// openWhere says where an open house is, as far as the seller lets it be said.
func openWhere(card listings.Card) string {
	if card.Place == "" {
		return card.Address
	}
	return card.Address + ", " + card.Place
}
