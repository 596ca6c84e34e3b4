package web

import (
	"net/http"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/listings"
)

// tilesView is the card of the tile server.
type tilesView struct {
	Wrong            string
	Template, Credit Field
	Set              bool
	Sample           placeMap // how a place looks with what is saved
}

func (s *Server) tilesShow(c *fiber.Ctx) error {
	tiles, err := listings.LoadTiles(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	return s.tilesCard(c, http.StatusOK, tiles, trouble{})
}

func (s *Server) tilesCard(c *fiber.Ctx, status int, typed listings.Tiles, t trouble) error {
	saved, err := s.allowTiles(c)
	if err != nil {
		return err
	}
	is := fields{t.fields}
	v := tilesView{Wrong: t.say, Set: saved.Template != "", Template: is.of("template", "Tile server", typed.Template), Credit: is.of("credit", "Credit line", typed.Credit)}
	v.Template.Autocomplete, v.Credit.Autocomplete = "off", "off"
	v.Template.Hint = "Like https://tiles.example.org/{z}/{x}/{y}.png. Leave it empty for Porchlight’s own map."
	v.Credit.Hint = "Stands in the corner of every map, as the makers of maps ask: © OpenStreetMap contributors."
	if v.Sample, err = s.sampleMap(c, saved); err != nil {
		return err
	}
	return s.settings(c, status, "/settings/map", "Map", "settings/_map", v)
}

// sampleMap shows the largest town as maps are drawn now.
func (s *Server) sampleMap(c *fiber.Ctx, tiles listings.Tiles) (placeMap, error) {
	towns, err := s.towns.in(c.UserContext(), s.Store.Read, world[0], world[1], townsOnIt)
	if err != nil {
		return placeMap{}, err
	}
	if len(towns) == 0 {
		return placeMap{}, nil
	}
	v := placeMap{Shown: true, Words: "A map of " + towns[0].Name, Credit: tiles.Credit}
	at := listings.Point{Lat: towns[0].Lat, Lon: towns[0].Lon}
	if tiles.Template != "" {
		v.Sketch = newSketchAt(at, 12, 720, 360)
		v.Sketch.addTiles(tiles, 12)
		return v, nil
	}
	v.Sketch = newSketch(aroundPoint(at, 8), 720, 360)
	v.Sketch.addTowns(towns)
	return v, nil
}

func (s *Server) tilesUpdate(c *fiber.Ctx) error {
	typed := listings.Tiles{Template: c.FormValue("template"), Credit: c.FormValue("credit")}
	saved, err := listings.SaveTiles(c.UserContext(), s.Store.Write, typed)
	if status, t := troubleOf(err); status != 0 {
		return s.tilesCard(c, status, typed, t)
	}
	if err != nil {
		return err
	}
	say := "Maps are drawn with this tile server now."
	if saved.Template == "" {
		say = "Maps are drawn by Porchlight itself now."
	}
	// The page's own policy names the tile server of its first answer: only a new page may show another's pictures.
	return s.redirect(c, "/settings/map", say)
}
