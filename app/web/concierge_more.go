package web

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// conciergeApproveAll approves what waits, for one client or for all, as far as it was on the screen or behind it.
func (s *Server) conciergeApproveAll(c *fiber.Ctx) error {
	from, now := s.queueFrom(c), s.Clock()
	until, err := time.Parse(time.RFC3339Nano, c.FormValue("until"))
	if err != nil || until.After(now) {
		return fault.New(fault.Conflict, "This page is out of date. Open the queue anew; nothing was approved.")
	}
	id, _ := strconv.ParseInt(c.FormValue("client"), 10, 64) // none: everybody
	if id != 0 {
		if _, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clients.ID(id)); err != nil {
			return err
		}
	}
	var done, left []autoemail.Match
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		done, left, err = autoemail.ApproveAll(ctx, db, me(c).ID, clients.ID(id), until, now)
		return err
	})
	if err != nil {
		return err
	}
	s.AutoEmails.Kick()
	say := "Nothing was left to approve."
	if len(done) > 0 {
		say = homesCount(len(done)) + " approved. " + leavesSoon(len(done), id == 0)
	}
	if len(left) > 0 {
		say += " " + homesCount(len(left)) + " " + isAre(len(left)) + " left out, because something changed, or because nothing can leave to the client now: look at " + themIt(len(left)) + "."
	}
	if !partial(c) {
		return s.redirect(c, from.url(), say)
	}
	view, err := s.queueView(c, from, nil)
	if err != nil {
		return err
	}
	answer := queueAll{View: view, Toast: say, At: from.query()}
	for _, m := range done {
		answer.Undo = append(answer.Undo, m.ID)
	}
	return s.fragment(c, http.StatusOK, "concierge/_all", answer)
}

// queueAll is the queue after Approve all.
type queueAll struct {
	View  queueView
	At    string
	Toast string
	Undo  []int64
}

func themIt(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// conciergeNote keeps the note to a client while it is typed.
func (s *Server) conciergeNote(c *fiber.Ctx) error {
	act, err := s.queueOne(c)
	if err != nil {
		return err
	}
	var m autoemail.Match
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		m, err = autoemail.SetNote(ctx, db, me(c).ID, act.ids[0], readNote(c), s.Clock())
		return err
	})
	f := fault.As(err)
	switch {
	case err == nil && !partial(c):
		return s.redirect(c, act.from.url()+"#"+queueRow{ID: m.ID}.Element(), "The note is saved.")
	case err == nil:
		return s.fragment(c, http.StatusOK, "concierge/_noted", queueRow{ID: m.ID, Version: m.Version, Back: "Saved."})
	case f == nil || f.Kind != fault.Invalid && f.Kind != fault.Gone:
		return err
	case !partial(c):
		return s.queueRefused(c, act, f)
	}
	words := f.Say
	if f.Fields["note"] != "" {
		words = f.Fields["note"]
	}
	return s.fragment(c, statuses[f.Kind], "concierge/_noted", queueRow{ID: act.ids[0], Wrong: words})
}

// conciergeShow is one row as it stands: it asks for itself again until its letter has left.
func (s *Server) conciergeShow(c *fiber.Ctx) error {
	id, err := pathID(c)
	if err != nil {
		return err
	}
	act := queueAct{from: readQueueQuery(currentQuery(c)), ids: []int64{id}, single: true}
	rows, err := s.queueRowsOf(c, act.from, act.ids, nil)
	if err != nil {
		return err
	}
	if !partial(c) {
		return c.Redirect("/concierge#"+rows[0].Element(), http.StatusSeeOther)
	}
	answer, err := s.queueChanged(c, act, rows)
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "concierge/_decided", answer)
}
