package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

func neverSent() error {
	return fault.New(fault.NotFound, "This home was not among those sent to you.")
}

// reactedView is a home after somebody has said what they think of it, with a way to take it back.
type reactedView struct {
	Card    portalCard
	Shelves shelvesView
	Say     string
	Undo    portal.Kind // what stood before
	Undone  bool        // this was the taking back: no further undo is offered
}

// portalReact takes what a person thinks of a home, or takes it back.
func (s *Server) portalReact(c *fiber.Ctx, v portal.Visitor) error {
	home, kind, at := homeParam(c), portal.Kind(c.FormValue("kind")), c.FormValue("at")
	if at != "home" && at != "letter" && at != "list" {
		at = "shelf"
	}
	var before portal.Kind
	err := s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		if _, err = portal.Visit(ctx, db, v, s.Clock()); err == nil {
			before, err = portal.React(ctx, db, v, home, kind, s.Clock())
		}
		return err
	})
	if err != nil {
		return err
	}
	s.signed(c, v.Member.AgentID, v.Member.ID)
	say := reactionWords[kind].done
	if !partial(c) {
		return s.redirect(c, backInside(c, v, home), say)
	}
	view := reactedView{Say: say, Undo: before, Undone: c.FormValue("undo") != ""}
	if view.Card, _, _, err = s.portalCardOf(c, v, home, at); err != nil {
		return err
	}
	figures, err := s.portalFigures(c, v)
	if err != nil {
		return err
	}
	portalQuiet(c)
	view.Shelves = newShelves(portalBase(v), shelfHere(c), figures)
	return s.fragment(c, http.StatusOK, "portal/_reacted", view)
}

// backInside is the portal's page that a plain form came from.
func backInside(c *fiber.Ctx, v portal.Visitor, home listings.ID) string {
	base := portalBase(v)
	id := strconv.FormatInt(int64(home), 10)
	if back := c.FormValue("back"); strings.HasPrefix(back, base+"/") && !strings.ContainsAny(back, "\\\r\n#") && !strings.Contains(back, "..") {
		return back + "#home-" + id
	}
	return base + "/homes/" + id
}

// shelfHere is the shelf in the browser's bar.
func shelfHere(c *fiber.Ctx) string {
	return currentQuery(c)("shelf")
}

// portalSeen is what a page of the portal sends once when a person scrolls, taps or presses a key on it.
func (s *Server) portalSeen(c *fiber.Ctx, v portal.Visitor) error {
	if v.ReadOnly {
		return noContent(c)
	}
	home, _ := strconv.ParseInt(c.Query("home"), 10, 64) // 0: no home's page
	err := s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := portal.Visit(ctx, db, v, s.Clock()); err != nil {
			return err
		}
		if err := s.readUpTo(ctx, db, v, listings.ID(wholeNumber(c.Query("about"))), wholeNumber(c.Query("upto"))); err != nil || home == 0 {
			return err
		}
		return portal.Look(ctx, db, v, listings.ID(home), s.Clock())
	})
	if err != nil {
		return err
	}
	s.signed(c, v.Member.AgentID, v.Member.ID)
	return noContent(c)
}
