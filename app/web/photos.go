package web

import (
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
)

func (s *Server) photoRoutes() []route {
	return []route{
		{"GET", "/photos/:name", anyone, s.photoShow}, // mail programs fetch them; the name is the key
	}
}

// photoShow serves a kept photo. Its name stands for its content for ever. Opened alone it is a document of its own in
// which nothing may run: an SVG could bring script along.
func (s *Server) photoShow(c *fiber.Ctx) error {
	if s.Photos == nil {
		return fault.New(fault.NotFound, "This photo is no longer here.")
	}
	content, kind, err := s.Photos.Read(c.Params("name"))
	if err != nil {
		return err
	}
	c.Set("Content-Type", kind)
	c.Set("Cache-Control", "public, max-age=31536000, immutable")
	c.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	return c.Send(content)
}

// allowLinked lets pages that show homes show the photos that a feed wants shown from its own hosts. It is the page's
// policy that counts for what is swapped into it later, so it names the hosts of all homes, not of those on it.
func (s *Server) allowLinked(c *fiber.Ctx) {
	shows := c.Path() == "/p" || strings.HasPrefix(c.Path(), "/clients/") && strings.Contains(c.Path(), "/portal")
	for _, at := range []string{"/listings", "/l/", "/letters", "/concierge", "/p/"} {
		shows = shows || strings.HasPrefix(c.Path(), at)
	}
	if !shows || s.Photos == nil {
		return
	}
	hosts, err := s.Photos.LinkedHosts(c.UserContext())
	if err != nil {
		s.Log.Error("the hosts of linked photos", "err", err) // the page is of use without those pictures
	}
	for _, host := range hosts {
		allowImages(c, "https://"+host)
	}
}
