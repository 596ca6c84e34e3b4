package web

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/portal"
)

// portalDevicesPage lists the browsers that open a client's portal.
type portalDevicesPage struct {
	Base     string
	ReadOnly bool
	Address  string
	Devices  []portalDevice
	Several  bool // this device opens more than one portal
}

type portalDevice struct {
	ID          string
	Words, Icon string
	Seen, Since string
	This        bool
}

func (s *Server) portalDevices(c *fiber.Ctx, v portal.Visitor) error {
	now := s.Clock()
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	all, err := portal.Devices(c.UserContext(), s.Store.Read, v.Member, now)
	if err != nil {
		return err
	}
	view := portalDevicesPage{Base: portalBase(v), ReadOnly: v.ReadOnly, Address: v.Member.Email}
	loc := house.Location()
	for _, d := range all {
		one := portalDevice{ID: strconv.FormatInt(d.ID, 10), Words: d.Words(), Icon: "monitor", Seen: uncapital(when(d.SeenAt, now, loc)), Since: day(d.CreatedAt, loc), This: d.ID == v.Device}
		if d.Phone() {
			one.Icon = "smartphone"
		}
		view.Devices = append(view.Devices, one)
	}
	if !v.ReadOnly {
		doors, err := s.visitors(c)
		if err != nil {
			return err
		}
		view.Several = len(doors) > 1
	}
	return s.portalPage(c, v, page{Title: "Devices", Section: "more", View: "portal/devices", Data: view})
}

// portalLeave signs one device out, or all.
func (s *Server) portalLeave(c *fiber.Ctx, v portal.Visitor) error {
	id, _ := strconv.ParseInt(c.Params("device"), 10, 64) // the route takes digits only; none: all
	if id == 0 && c.Params("device") != "" {
		id = -1 // which is nobody's
	}
	if err := portal.Leave(c.UserContext(), s.Store.Write, v.Member, id); err != nil {
		return err
	}
	if id == 0 || id == v.Device {
		for _, name := range []string{deviceCookie, asCookie} {
			s.setPortalCookie(c, name, "", time.Time{})
		}
		return s.redirect(c, "/p", "You are signed out.")
	}
	return s.redirect(c, "/p/devices", "The device is signed out.")
}
