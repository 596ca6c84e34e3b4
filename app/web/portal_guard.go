package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/clients"
	"porchlight/app/portal"
)

// Portals have a door of their own. What opens it is the cookie of a device that proved it can read the client's mailbox;
// neither a letter's link nor the Unsubscribe token nor an agent's session does, and it opens nothing else.

// portalCookie is a portal cookie's full name. It carries a mark of this installation: a browser sends the cookies of every
// Porchlight on one host to each of them.
func (s *Server) portalCookie(name string) string {
	full := "porchlight-" + name + "-" + s.PortalKeys.Mark()
	if s.secure {
		return "__Secure-" + full // __Host- would ask for all paths
	}
	return full
}

// setPortalCookie stores a value for the portal's pages alone; empty removes it.
func (s *Server) setPortalCookie(c *fiber.Ctx, name, value string, expires time.Time) {
	if value == "" {
		expires = time.Unix(1, 0)
	}
	c.Cookie(&fiber.Cookie{
		Name: s.portalCookie(name), Value: value, Path: "/p", Expires: expires,
		Secure: s.secure, HTTPOnly: true, SameSite: fiber.CookieSameSiteLaxMode,
	})
}

// The cookies of portals.
const (
	deviceCookie = "portal"        // the device's token
	asCookie     = "portal-as"     // which of several portals was chosen
	askedCookie  = "portal-asked"  // the address a code was asked for, until it is entered
	letterCookie = "portal-letter" // the token of the letter's page somebody came from
)

// visitor lets only those through whose device opens a portal; the others get to the page that asks for their address. Who
// may open several chooses first.
func (s *Server) visitor(do func(*fiber.Ctx, portal.Visitor) error) fiber.Handler {
	enter := func(c *fiber.Ctx) error {
		portalQuiet(c)
		all, err := s.visitors(c)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return s.toPortalDoor(c, "/p")
		}
		v, chosen := s.chosenPortal(c, all)
		if !chosen {
			if c.Path() == "/p" && c.Method() == http.MethodGet {
				return s.portalChoose(c, all)
			}
			return s.toPortalDoor(c, "/p")
		}
		return do(c, v)
	}
	return func(c *fiber.Ctx) error {
		return s.turns.take(c, func() error { return enter(c) })
	}
}

// visitors are whom this browser's device may be.
func (s *Server) visitors(c *fiber.Ctx) ([]portal.Visitor, error) {
	d, all, err := portal.Visitors(c.UserContext(), s.Store.Read, c.Cookies(s.portalCookie(deviceCookie)), s.Clock())
	if err != nil || len(all) == 0 {
		return nil, err
	}
	if now := s.Clock(); now.Sub(d.SeenAt) >= time.Hour {
		if err := portal.Seen(c.UserContext(), s.Store.Write, d.ID, now); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// chosenPortal is the one portal, or that of several which was chosen; the choice reaches only those that are there anyway.
func (s *Server) chosenPortal(c *fiber.Ctx, all []portal.Visitor) (portal.Visitor, bool) {
	if len(all) == 1 {
		return all[0], true
	}
	id, _ := strconv.ParseInt(c.Cookies(s.portalCookie(asCookie)), 10, 64) // 0: none
	for _, one := range all {
		if one.Member.ID == clients.ID(id) {
			return one, true
		}
	}
	return portal.Visitor{}, false
}

// toPortalDoor sends a browser to the page where one gets in.
func (s *Server) toPortalDoor(c *fiber.Ctx, path string) error {
	private(c)
	if c.Get("HX-Request") == "true" {
		c.Set("HX-Redirect", path)
		return c.SendStatus(http.StatusUnauthorized)
	}
	return c.Redirect(path, http.StatusSeeOther)
}
