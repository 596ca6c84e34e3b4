package web

import (
	"cmp"
	"context"
	"net/http"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// portalWrite takes a client's message, or their note on a home. What they typed comes back with the fault.
func (s *Server) portalWrite(c *fiber.Ctx, v portal.Visitor) error {
	home, onHome := listings.ID(wholeNumber(c.FormValue("home"))), c.FormValue("at") == "home"
	key, shown := c.FormValue("key"), wholeNumber(c.FormValue("upto"))
	err := s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := portal.Visit(ctx, db, v, s.Clock()); err != nil {
			return err
		}
		if _, err := portal.Write(ctx, db, v, home, c.FormValue("message"), key, s.Clock()); err != nil {
			return err
		}
		return s.readUpTo(ctx, db, v, home, shown)
	})
	f := fault.As(err)
	if f == nil && err != nil || f != nil && (v.ReadOnly || f.Kind != fault.Invalid && f.Kind != fault.Denied) {
		return err
	}
	if f == nil {
		s.signed(c, v.Member.AgentID, v.Member.ID)
		if !partial(c) {
			return s.redirect(c, talkURL(portalBase(v), home, onHome), "")
		}
	}
	view, err := s.talkOn(c, v, home, talkShown)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if f != nil {
		view.Key, view.Typed, view.Wrong = cmp.Or(key, view.Key), c.FormValue("message"), cmp.Or(f.Fields["message"], f.Say)
		if status = http.StatusUnprocessableEntity; f.Kind == fault.Denied {
			status = http.StatusForbidden
		}
	}
	if !partial(c) {
		return s.portalPage(c, v, page{Title: "Messages", Section: "messages", View: "portal/messages", Data: talkPage{view}, Status: status})
	}
	portalQuiet(c)
	if onHome {
		return s.fragment(c, status, "portal/_notes", view)
	}
	return s.fragment(c, status, "portal/_talk", view)
}

// readUpTo marks what a page showed as read; home 0: all of the portal's talk.
func (s *Server) readUpTo(ctx context.Context, db bun.IDB, v portal.Visitor, home listings.ID, last int64) error {
	if v.ReadOnly || last == 0 {
		return nil
	}
	if home == 0 {
		home = portal.Anywhere
	}
	return portal.ReadUpTo(ctx, db, v.Client.ID, 0, home, last, s.Clock())
}
