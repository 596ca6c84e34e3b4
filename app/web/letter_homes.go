package web

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

// The pages behind the homes in a letter. Nobody signs in here: the token in the address is the proof, and it shows the
// homes of that one letter as they are today, and nothing of the person it was mailed to. So it does no harm when a
// letter is passed on.

func (s *Server) letterHomeRoutes() []route {
	return []route{
		{"GET", "/l/:token", anyone, s.letterPage(s.letterHomesShow)},
		{"GET", "/l/:token/:listing<int>", anyone, s.letterPage(s.letterHomeShow)},
	}
}

// letterPage keeps an address with a token in it to those it was mailed to: no referrer, no index, no cache. What can't be
// read, or shows nothing, gets one and the same page.
func (s *Server) letterPage(do func(*fiber.Ctx, outbox.Shown) error) fiber.Handler {
	return func(c *fiber.Ctx) error {
		c.Set("Referrer-Policy", "no-referrer")
		c.Set("X-Robots-Tag", "noindex, nofollow")
		link, err := outbox.ReadLink(c.UserContext(), s.Store.Read, c.Params("token"))
		var shown outbox.Shown
		if err == nil {
			shown, err = outbox.ShownBy(c.UserContext(), s.Store.Read, link)
		}
		c.Locals("letter", link)
		if fault.Of(err) == fault.NotFound || err == nil && len(shown.Homes) == 0 {
			return s.letterLayout(c, page{Title: "This link is not complete", View: "homes/unknown", Data: shownPage{}, Status: http.StatusNotFound})
		}
		if err != nil {
			return err
		}
		return do(c, shown)
	}
}

// letterLayout answers in the layout of these pages. It neither reads nor sets a cookie.
func (s *Server) letterLayout(c *fiber.Ctx, p page) error {
	var err error
	if p.Brokerage, err = s.brokerage(c); err != nil {
		return err
	}
	if p.Looks, err = s.looksOn(c); err != nil {
		return err
	}
	p.Brokerage.PostalAddress = strings.Join(strings.FieldsFunc(p.Brokerage.PostalAddress, func(r rune) bool { return r == '\n' || r == '\r' }), ", ")
	if p.Status != 0 {
		c.Status(p.Status)
	}
	private(c)
	return s.write(c, "homes/layout", p)
}

// shownPage is what a letter's page shows.
type shownPage struct {
	Agent   agentLine
	Sent    string // the day
	Path    string // of the letter's page
	Homes   []shownHome
	Legal   []legal
	Changed bool // something is no longer as it was in the letter
	Own     ownForm
}

// agentLine is whom to ask.
type agentLine struct {
	Name, Phone, Dial, House string
	Photo                    string // its path; empty: none
}

// shownHome is one home of a letter as it is today. Of one that is no longer shown there is only ID and Gone.
type shownHome struct {
	ID             listings.ID
	Gone           bool
	URL            string
	Picture        template.HTML
	Price, Then    string // Then: in the letter, where it was another
	Address, Place string
	Facts, Type    string
	Pills, News    template.HTML
	Open           []openLine
	By, Source     string
	Time           string
}

// shownAgent is the agent a letter came from, or the house where they are gone.
func (s *Server) shownAgent(c *fiber.Ctx, id agents.ID) (agentLine, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return agentLine{}, err
	}
	a, err := agents.Find(c.UserContext(), s.Store.Read, id)
	line := agentLine{Name: a.Name, Phone: a.Phone, House: house.Name}
	if fault.Of(err) == fault.NotFound {
		line, err = agentLine{Name: house.Name, Phone: house.Phone}, nil
	}
	line.Dial = dial(line.Phone)
	if err != nil {
		return line, err
	}
	photo, err := agents.Photo(c.UserContext(), s.Store.Read, id)
	line.Photo = markPath(photo)
	return line, err
}

// dial is a phone number as a tel: link takes it, empty where there are no digits to dial.
func dial(phone string) string {
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r == '+' {
			return r
		}
		return -1
	}, phone)
	if len(number) < 7 {
		return ""
	}
	return number
}

func (s *Server) letterHomesShow(c *fiber.Ctx, shown outbox.Shown) error {
	view, err := s.shownPage(c, shown)
	if err != nil {
		return err
	}
	view.Own = newOwnForm(view.Path, view.Agent.Name, "", "", nil)
	title := count(len(view.Homes), "home", "homes")
	if view.Agent.Name != "" {
		title += " from " + view.Agent.Name
	}
	return s.letterLayout(c, page{Title: title, View: "homes/show", Data: view})
}

func (s *Server) shownPage(c *fiber.Ctx, shown outbox.Shown) (shownPage, error) {
	house, err := s.brokerage(c)
	if err != nil {
		return shownPage{}, err
	}
	loc := house.Location()
	v := shownPage{Sent: day(shown.At, loc), Path: "/l/" + url.PathEscape(c.Params("token"))}
	if v.Agent, err = s.shownAgent(c, shown.Agent); err != nil {
		return v, err
	}
	ids := make([]listings.ID, len(shown.Homes))
	for i, h := range shown.Homes {
		ids[i] = listings.ID(h.Listing)
	}
	homes, err := letters.Homes(c.UserContext(), s.Store.Read, ids, loc, s.Clock())
	if err != nil {
		return v, err
	}
	for i, h := range homes {
		if h.Why != "" {
			v.Homes, v.Changed = append(v.Homes, shownHome{ID: h.ID, Gone: true}), true
			continue
		}
		one := shownHome{
			ID: h.ID, URL: v.Path + "/" + strconv.FormatInt(int64(h.ID), 10), Picture: picture(h.Cover, sizesCard, "Photo of "+h.Card.Address, i == 0),
			Price: h.Card.Price, Address: h.Card.Address, Place: h.Card.Place, Facts: h.Card.Facts, Type: h.Card.Type,
			Pills: statusPillOf(h.Listing), News: newsPills(h.News), By: h.Card.Attribution, Source: h.Card.Source, Time: h.At.In(loc).Format(letters.DataTime),
		}
		if then := shown.Homes[i].ListPrice; then != nil && h.Listing.ListPrice != nil && *then != *h.Listing.ListPrice {
			one.Then, v.Changed = listings.Money(*then), true
		}
		v.Homes = append(v.Homes, one)
		said := legal{Source: h.Card.Source, Disclaimer: h.Card.Disclaimer, Time: one.Time}
		if !slices.Contains(v.Legal, said) {
			v.Legal = append(v.Legal, said)
		}
	}
	return v, nil
}

// shownHomePage is one home of a letter.
type shownHomePage struct {
	shownHome
	Agent   agentLine
	Path    string
	Photos  []listingPhoto
	Remarks string
	About   []listingFact
	Details []listingFact
	History priceHistory
	Tour    string
	Legal   []legal
}

func (s *Server) letterHomeShow(c *fiber.Ctx, shown outbox.Shown) error {
	id, _ := strconv.ParseInt(c.Params("listing"), 10, 64) // the route takes digits only; 0 is no home
	at := slices.IndexFunc(shown.Homes, func(h outbox.Home) bool { return h.Listing == id })
	if at < 0 {
		return s.letterLayout(c, page{Title: "Not in this letter", View: "homes/unknown", Data: shownPage{Path: "/l/" + url.PathEscape(c.Params("token"))}, Status: http.StatusNotFound})
	}
	shown.Homes = shown.Homes[at : at+1]
	all, err := s.shownPage(c, shown)
	if err != nil {
		return err
	}
	view := shownHomePage{shownHome: all.Homes[0], Agent: all.Agent, Path: all.Path, Legal: all.Legal}
	title := "No longer on the market"
	if !view.Gone {
		title = view.Address
		if err := s.shownWhole(c, &view); err != nil {
			return err
		}
	}
	return s.letterLayout(c, page{Title: title, View: "homes/home", Data: view})
}

// shownWhole adds what only a home's own page shows.
func (s *Server) shownWhole(c *fiber.Ctx, v *shownHomePage) error {
	now := s.Clock()
	home, err := listings.Find(c.UserContext(), s.Store.Read, v.ID, now)
	if err != nil {
		return err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	displays, err := feed.Displays(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	loc := house.Location()
	by := displays[home.FeedID]
	by.Location = loc
	if listings.Show(home.Listing, by).Gone { // since the line above
		v.shownHome = shownHome{ID: v.ID, Gone: true}
		return nil
	}
	v.Photos, v.Remarks, v.About = listingPhotos(home), home.PublicRemarks, factsOf(home.Listing, now, loc)
	v.History, v.Tour = newPriceHistory(home.Listing, home.Events, now, loc), webAddress(home.VirtualTourURLUnbranded)
	for _, d := range home.Details {
		v.Details = append(v.Details, listingFact{d.Name, d.Value})
	}
	v.Open = openLines(home.OpenHouses, now, loc)
	return nil
}

// openLines are the open houses that are not over, in words.
func openLines(all []listings.OpenHouse, now time.Time, loc *time.Location) (lines []openLine) {
	for _, o := range all {
		if o.EndsAt.After(now) {
			lines = append(lines, openLine{When: capital(letters.OpenWords(o, now, loc)), Remarks: o.Remarks, Livestream: webAddress(o.LivestreamURL), Appointment: o.AppointmentRequiredYN, Canceled: o.Canceled})
		}
	}
	return lines
}
