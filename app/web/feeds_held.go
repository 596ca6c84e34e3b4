package web

import (
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/letters"
	"porchlight/app/listings"
)

// heldView lists the values that wait for a person.
type heldView struct {
	Held  []heldLine
	Total int
	More  int // beyond those on the page
}

// heldLine is one value that waits, or what became of it.
type heldLine struct {
	ID                   int64
	Home, Place, Path    string
	Field, Old, New, Why string
	Since                string
	Done, Icon, Class    string // once it is decided
}

// heldShown is how many values that wait stand on the page.
const heldShown = 100

func (s *Server) heldIndex(c *fiber.Ctx) error {
	held, total, err := listings.Holds(c.UserContext(), s.Store.Read, heldShown)
	if err != nil {
		return err
	}
	b, err := s.brokerage(c)
	if err != nil {
		return err
	}
	v := heldView{Total: total, More: total - len(held)}
	for _, h := range held {
		card := listings.Show(letters.ShownToAgent(h.Home), listings.Display{})
		v.Held = append(v.Held, heldLine{
			ID: h.ID, Home: card.Address, Place: card.Place, Path: listingURL(h.ListingID), Field: heldFields[h.Field], Old: heldValue(h.OldValue), New: heldValue(h.NewValue),
			Why: h.Say, Since: when(h.At, s.Clock(), b.Location()),
		})
	}
	return s.settings(c, http.StatusOK, "/settings/feeds", "Values that wait", "feeds/held", v)
}

// heldFields name what may be held.
var heldFields = map[string]string{"list_price": "Price"}

// heldValue is a held price, which is kept as cents.
func heldValue(cents string) string {
	n, err := strconv.ParseInt(cents, 10, 64)
	if err != nil {
		return "none"
	}
	return listings.Money(n)
}

// heldUpdate accepts a value or keeps the old one. Who comes second is told.
func (s *Server) heldUpdate(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64) // the route takes digits only; 0 is no hold
	accept := c.FormValue("decision") == "accept"
	if !accept && c.FormValue("decision") != "keep" {
		if err := s.heldThere(c, id); err != nil {
			return err
		}
		return fault.New(fault.Invalid, "Press Accept or Keep the old one.")
	}
	line := heldLine{ID: id, Done: "The new value is in force.", Icon: "check", Class: "done"}
	if !accept {
		line = heldLine{ID: id, Done: "The old value stays.", Icon: "undo-2"}
	}
	err := listings.Decide(c.UserContext(), s.Store.Write, id, accept, int64(me(c).ID), s.Clock())
	if fault.Of(err) == fault.Conflict && partial(c) {
		line.Done, line.Icon, line.Class = fault.As(err).Say, "info", "lamp"
		return s.fragment(c, http.StatusConflict, "feeds/_held", line)
	}
	if err != nil {
		return err
	}
	if partial(c) {
		return s.fragment(c, http.StatusOK, "feeds/_held", line)
	}
	return s.redirect(c, "/settings/feeds/held", line.Done)
}

// heldThere fails with NotFound unless such a value waits.
func (s *Server) heldThere(c *fiber.Ctx, id int64) error {
	held, _, err := listings.Holds(c.UserContext(), s.Store.Read, heldShown)
	if err != nil {
		return err
	}
	for _, h := range held {
		if h.ID == id {
			return nil
		}
	}
	return fault.New(fault.NotFound, "There is no such question any more.")
}

// feedBanners tells a broker at home what waits for a word and which feed could not be read.
func (s *Server) feedBanners(c *fiber.Ctx) ([]banner, error) {
	if !me(c).Broker() {
		return nil, nil
	}
	var all []banner
	_, held, err := listings.Holds(c.UserContext(), s.Store.Read, 1)
	if err != nil {
		return nil, err
	}
	if held > 0 {
		all = append(all, banner{Class: "lamp", Icon: "triangle-alert", Strong: count(held, "value waits", "values wait") + " for you.", Say: "What the feed said looked wrong, so what was there before stays meanwhile.", Action: "Look at them", Path: "/settings/feeds/held"})
	}
	feeds, err := feed.All(c.UserContext(), s.Store.Read)
	if err != nil {
		return nil, err
	}
	for _, f := range feeds {
		runs, err := feed.Runs(c.UserContext(), s.Store.Read, f.ID, 1)
		if err != nil {
			return nil, err
		}
		if len(runs) == 0 {
			continue
		}
		wait, waits, err := feed.Waiting(c.UserContext(), s.Store.Read, f.ID)
		if err != nil {
			return nil, err
		}
		if waits {
			all = append(all, banner{Class: "lamp", Icon: "triangle-alert", Strong: f.Name + " waits for you.", Say: wait.Say, Action: "Open it", Path: feedURL(f.ID)})
		}
		if runs[0].State == "failed" {
			all = append(all, banner{Class: "lamp", Icon: "triangle-alert", Strong: "The feed " + f.Name + " could not be read.", Say: runs[0].Say, Action: "Open it", Path: feedURL(f.ID)})
		}
	}
	return all, nil
}
