package web

import (
	"math"
	"net/http"
	"net/url"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// pinView is one pin as map.js reads it.
type pinView struct {
	ID    listings.ID `json:"id"`
	Lat   float64     `json:"lat"`
	Lon   float64     `json:"lon"`
	Price string      `json:"price,omitempty"`
	N     int         `json:"n"`
}

// pinsView is what a box of the map holds.
type pinsView struct {
	Say   string          `json:"say,omitempty"`
	Pins  []pinView       `json:"pins"`
	Towns []listings.Town `json:"towns,omitempty"`
}

// pinIndex answers a map that has moved.
func (s *Server) pinIndex(c *fiber.Ctx) error {
	private(c)
	values := queryValues(c)
	southWest, northEast, err := readBox(values)
	if err != nil {
		return c.Status(http.StatusUnprocessableEntity).JSON(pinsView{Say: fault.As(err).Say, Pins: []pinView{}})
	}
	q := readListingQuery(values).query()
	pins, err := listings.Pins(c.UserContext(), s.Store.Read, q, southWest, northEast, pinsShown, s.Clock())
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		return c.Status(http.StatusUnprocessableEntity).JSON(pinsView{Say: f.Say, Pins: []pinView{}})
	}
	if err != nil {
		return err
	}
	view := pinsView{Pins: make([]pinView, len(pins))}
	for i, p := range pins {
		view.Pins[i] = pinView{p.ID, p.Lat, p.Lon, pinPrice(p.ListPrice), p.N}
	}
	if values.Get("towns") != "" {
		if view.Towns, err = s.towns.in(c.UserContext(), s.Store.Read, southWest, northEast, townsOnIt); err != nil {
			return err
		}
	}
	return c.JSON(view)
}

// readBox reads south, west, north and east. Faults: Invalid.
func readBox(values url.Values) (southWest, northEast listings.Point, err error) {
	var sides [4]float64
	for i, name := range []string{"south", "west", "north", "east"} {
		n, err := strconv.ParseFloat(values.Get(name), 64)
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return southWest, northEast, fault.New(fault.Invalid, "The map asked for a place that is none.")
		}
		limit := 180.0
		if i%2 == 0 {
			limit = 90
		}
		sides[i] = max(-limit, min(limit, n))
	}
	if sides[0] >= sides[2] || sides[1] >= sides[3] {
		return southWest, northEast, fault.New(fault.Invalid, "The map asked for a box without inside.")
	}
	return listings.Point{Lat: sides[0], Lon: sides[1]}, listings.Point{Lat: sides[2], Lon: sides[3]}, nil
}

// pinPrice is what stands on a pin.
func pinPrice(cents int64) string {
	if cents <= 0 {
		return "Home"
	}
	return shortDollars(cents)
}

// pinCard is a home's small card on the map.
type pinCard struct{ listingRow }

// pinShow is the card of a pin that was pressed.
func (s *Server) pinShow(c *fiber.Ctx) error {
	found, err := listings.List(c.UserContext(), s.Store.Read, []listings.ID{listingID(c)})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return fault.New(fault.NotFound, "This home is not here any more.")
	}
	rows, _, err := s.listingRows(c, found, s.Clock())
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "listings/map_card", pinCard{rows[0]})
}
