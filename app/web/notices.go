package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
)

// noticesView is the list of notices not yet dismissed.
type noticesView struct {
	List []noticeRow
	More bool // than are shown
}

// noticeRow is one notice.
type noticeRow struct {
	ID           int64
	Icon, Title  string
	First        string   // paragraph
	Rest         []string // folded away
	When         string
	Action, Path string
}

var noticeIcons = map[agents.NoticeKind]string{
	agents.NoticeOptOut: "mail-x", agents.NoticeOptIn: "mail-check", agents.NoticePause: "pause",
	agents.NoticeStatus: "palmtree", agents.NoticeSearch: "mails", agents.NoticeClient: "handshake", agents.NoticePortal: "key-round", agents.NoticeHousehold: "users", agents.NoticeMessage: "message-square", agents.NoticeAddress: "triangle-alert", agents.NoticeMail: "octagon-x", agents.NoticeImport: "upload",
}

// noticesShown are as many as a person reads at once; dismissing one brings up the next.
const noticesShown = 20

func (s *Server) notices(c *fiber.Ctx, b agents.Brokerage) (noticesView, error) {
	list, err := agents.Notices(c.UserContext(), s.Store.Read, me(c).ID, true, noticesShown+1)
	if err != nil {
		return noticesView{}, err
	}
	v := noticesView{More: len(list) > noticesShown}
	list = list[:min(len(list), noticesShown)]
	for _, n := range list {
		row := noticeRow{ID: n.ID, Icon: noticeIcons[n.Kind], Title: n.Title, When: when(n.CreatedAt, s.Clock(), b.Location()), Action: n.Action, Path: n.Path}
		if row.Icon == "" {
			row.Icon = "bell"
		}
		for _, p := range strings.Split(n.Body, "\n\n") {
			switch p = strings.TrimSpace(p); {
			case p == "":
			case row.First == "":
				row.First = p
			default:
				row.Rest = append(row.Rest, p)
			}
		}
		v.List = append(v.List, row)
	}
	return v, nil
}

func (s *Server) noticeDismiss(c *fiber.Ctx) error {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64) // the route takes digits only; 0 is no notice
	if err := agents.Dismiss(c.UserContext(), s.Store.Write, me(c).ID, id, s.Clock()); err != nil {
		return err
	}
	if !partial(c) {
		return s.redirect(c, "/", "")
	}
	b, err := agents.LoadBrokerage(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	v, err := s.notices(c, b)
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "home/_notices", v)
}
