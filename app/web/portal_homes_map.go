package web

import (
	"github.com/gofiber/fiber/v2"

	"porchlight/app/listings"
)

// chartOf draws homes as a chart: each leads to its page, and many that lie together to the list of them.
func (s *Server) chartOf(c *fiber.Ctx, homes []portalCard, list string, width, height int) (sketch, error) {
	var pins []listings.Pin
	paths := map[listings.ID]string{}
	var box [2]listings.Point
	for _, h := range homes {
		if h.Gone || h.Lat == 0 && h.Lon == 0 {
			continue
		}
		p := listings.Point{Lat: float64(h.Lat) / 1e6, Lon: float64(h.Lon) / 1e6}
		if len(pins) == 0 {
			box = [2]listings.Point{p, p}
		}
		box[0] = listings.Point{Lat: min(box[0].Lat, p.Lat), Lon: min(box[0].Lon, p.Lon)}
		box[1] = listings.Point{Lat: max(box[1].Lat, p.Lat), Lon: max(box[1].Lon, p.Lon)}
		pins = append(pins, listings.Pin{ID: h.ID, Lat: p.Lat, Lon: p.Lon, ListPrice: h.Cents, N: 1})
		paths[h.ID] = h.URL
	}
	if len(pins) == 0 {
		return sketch{}, nil
	}
	middle := listings.Point{Lat: (box[0].Lat + box[1].Lat) / 2, Lon: (box[0].Lon + box[1].Lon) / 2}
	least := aroundPoint(middle, 1) // one home alone is no box
	box[0] = listings.Point{Lat: min(box[0].Lat, least[0].Lat), Lon: min(box[0].Lon, least[0].Lon)}
	box[1] = listings.Point{Lat: max(box[1].Lat, least[1].Lat), Lon: max(box[1].Lon, least[1].Lon)}
	k := newSketch(box, width, height)
	for _, p := range k.merged(pins) {
		x, y := k.at(listings.Point{Lat: p.Lat, Lon: p.Lon})
		k.taken = append(k.taken, [4]float64{x - 28, y - 30, x + 28, y + 18})
		pin := sketchPin{X: unit(x), Y: unit(y), N: p.N, Words: pinPrice(p.ListPrice), Path: paths[p.ID]}
		if p.N > 1 {
			pin.Words, pin.Path = thousands(int64(p.N)), list
		}
		width := float64(len(pin.Words))*7 + 14
		pin.W, pin.Half = unit(width), unit(-width/2)
		k.Pins = append(k.Pins, pin)
	}
	towns, err := s.towns.in(c.UserContext(), s.Store.Read, k.southWest, k.northEast, townsOnIt)
	k.addTowns(towns)
	return k, err
}
