package web

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/portal"
)

// leavePage asks a client whether they want to leave, and, at /p/leave once they have, says how to come back.
type leavePage struct {
	Base, House, AgentName, Address string
	ReadOnly, Shared, Erased        bool
}

func (s *Server) leavePage(c *fiber.Ctx, v portal.Visitor) (leavePage, error) {
	view := leavePage{Base: portalBase(v), ReadOnly: v.ReadOnly, Address: v.Member.Email, House: "this brokerage"}
	house, err := s.brokerage(c)
	if err != nil {
		return view, err
	}
	if house.Name != "" {
		view.House = house.Name
	}
	mine, err := s.shownAgent(c, v.Member.AgentID)
	if err != nil {
		return view, err
	}
	view.AgentName = mine.Name
	people, err := portal.Together(c.UserContext(), s.Store.Read, v.Client.ID)
	view.Shared = len(people) > 1
	return view, err
}

func (s *Server) leaveShow(c *fiber.Ctx, v portal.Visitor) error {
	view, err := s.leavePage(c, v)
	if err != nil {
		return err
	}
	return s.portalPage(c, v, page{Title: "Leave", Section: "more", View: "portal/leave", Data: view})
}

// leaveCreate stops all mail first, whatever comes of the rest, then closes every door this address opened.
func (s *Server) leaveCreate(c *fiber.Ctx, v portal.Visitor) error {
	ctx, now := c.UserContext(), s.Clock()
	view, err := s.leavePage(c, v)
	if err != nil {
		return err
	}
	view.Erased = c.FormValue("erase") != ""
	if _, err := s.Ledger.OptOut(ctx, s.Store.Write, s.memberLink(v), s.byMember(c, "Leave "+view.House+". [Leave]"), now); err != nil {
		return err
	}
	s.Courier.Kick()
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		people, err := portal.Together(ctx, db, v.Member.ID)
		if err != nil {
			return err
		}
		if len(people) > 1 {
			if err := portal.Part(ctx, db, people[1]); err != nil && fault.Of(err) != fault.NotFound {
				return err
			}
		}
		if view.Erased {
			if err := portal.Erase(ctx, db, v.Member.ID); err != nil {
				return err
			}
		}
		if err := portal.Leave(ctx, db, v.Member, 0); err != nil {
			return err
		}
		return agents.Tell(ctx, db, view.notice(v), now)
	})
	if err != nil {
		return err
	}
	for _, name := range []string{deviceCookie, asCookie} {
		s.setPortalCookie(c, name, "", time.Time{})
	}
	portalQuiet(c)
	return s.publicPage(c, page{Title: "You have left", View: "portal/left", Data: view})
}

// notice is what the agent is told of it.
func (p leavePage) notice(v portal.Visitor) agents.Notice {
	n := agents.Notice{
		AgentID: v.Member.AgentID, Kind: agents.NoticePortal, ClientID: int64(v.Member.ID), Title: v.Member.Name() + " left their portal",
		Body: "They pressed Leave: no mail goes to them, and their devices are signed out. They can come back by themself with a code.", Action: "See " + forename(v.Member), Path: clientURL(v.Member.ID),
	}
	if p.Shared {
		n.Body += " Their household is parted."
	}
	if p.Erased {
		n.Body += " They had what they marked and searched deleted."
	}
	return n
}
