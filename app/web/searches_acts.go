package web

import (
	"context"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

// searchPause pauses one until a day, or until it is resumed.
func (s *Server) searchPause(c *fiber.Ctx) error {
	saved, err := s.searchFind(c)
	if err != nil {
		return err
	}
	now, say := s.Clock(), "Paused until you resume it. Homes that come meanwhile go into the letter after that."
	until, words, err := s.pausedUntil(c, c.FormValue("until"))
	if err != nil {
		return err
	}
	if words != "" {
		say = "Paused until " + words + ". Then it runs again by itself."
	}
	n := 0
	err = s.searchAct(c, func(ctx context.Context, db bun.Tx) (err error) {
		n, err = autoemail.Pause(ctx, db, me(c).ID, []autoemail.ID{saved.ID}, until, now)
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		say = "It was paused already."
	}
	return s.searchActed(c, saved, say)
}

// pausedUntil reads the day on which a pause ends, and puts it into words; nothing typed is no day. Faults: Invalid.
func (s *Server) pausedUntil(c *fiber.Ctx, typed string) (until time.Time, words string, err error) {
	if typed = strings.TrimSpace(typed); typed == "" {
		return time.Time{}, "", nil
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return time.Time{}, "", err
	}
	if until, err = time.ParseInLocation(dateInput, typed, brokerage.Location()); err != nil {
		return time.Time{}, "", fault.New(fault.Invalid, "Write the day as year-month-day, such as 2026-12-24. Nothing was paused.")
	}
	if until = until.UTC(); !until.After(s.Clock()) {
		return time.Time{}, "", fault.New(fault.Invalid, "Choose a day to come. Nothing was paused.")
	}
	return until, day(until, brokerage.Location()), nil
}

func (s *Server) searchResume(c *fiber.Ctx) error {
	saved, err := s.searchFind(c)
	if err != nil {
		return err
	}
	n := 0
	err = s.searchAct(c, func(ctx context.Context, db bun.Tx) (err error) {
		n, err = autoemail.Resume(ctx, db, me(c).ID, []autoemail.ID{saved.ID}, s.Clock())
		return err
	})
	if err != nil {
		return err
	}
	say := "It runs again."
	if n == 0 {
		say = "It runs already."
	}
	return s.searchActed(c, saved, say)
}

// searchSign is the agent's word that the client was heard from.
func (s *Server) searchSign(c *fiber.Ctx) error {
	saved, err := s.searchFind(c)
	if err != nil {
		return err
	}
	err = s.searchAct(c, func(ctx context.Context, db bun.Tx) error {
		return autoemail.Sign(ctx, db, me(c).ID, saved.ClientID, s.Clock())
	})
	if err != nil {
		return err
	}
	return s.redirect(c, searchURL(saved.ID), "Good. It runs at its own pace again, for a full period.")
}

func (s *Server) searchDelete(c *fiber.Ctx) error {
	id := searchID(c)
	err := s.searchAct(c, func(ctx context.Context, db bun.Tx) error { return autoemail.Delete(ctx, db, me(c).ID, id, s.Clock()) })
	if err != nil {
		return err
	}
	return s.redirect(c, "/searches?deleted="+idText(id), "")
}

func (s *Server) searchRestore(c *fiber.Ctx) error {
	id := searchID(c)
	err := s.searchAct(c, func(ctx context.Context, db bun.Tx) error {
		return autoemail.Undelete(ctx, db, me(c).ID, id, s.Clock())
	})
	if err != nil {
		return err
	}
	return s.redirect(c, searchURL(id), "It is back as it was.")
}

// searchesPause and searchesResume act on the ticked ones.
func (s *Server) searchesPause(c *fiber.Ctx) error {
	until, words, err := s.pausedUntil(c, c.FormValue("until"))
	if err != nil {
		return err
	}
	done := "paused"
	if words != "" {
		done += " until " + words
	}
	return s.searchesAct(c, done, func(ctx context.Context, db bun.Tx, ids []autoemail.ID) (int, error) {
		return autoemail.Pause(ctx, db, me(c).ID, ids, until, s.Clock())
	})
}

func (s *Server) searchesResume(c *fiber.Ctx) error {
	return s.searchesAct(c, "running again", func(ctx context.Context, db bun.Tx, ids []autoemail.ID) (int, error) {
		return autoemail.Resume(ctx, db, me(c).ID, ids, s.Clock())
	})
}

func (s *Server) searchesAct(c *fiber.Ctx, done string, do func(ctx context.Context, db bun.Tx, ids []autoemail.ID) (int, error)) error {
	values, err := bodyValues(c)
	if err != nil {
		return err
	}
	back := "/searches"
	if at := values.Get("back"); strings.HasPrefix(at, "/searches?") {
		back = at
	}
	var ids []autoemail.ID
	for _, text := range values["search"] {
		if id := autoemail.ID(wholeNumber(text)); id != 0 {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return s.redirect(c, back, "Nothing was ticked, so nothing changed.")
	}
	n := 0
	err = s.searchAct(c, func(ctx context.Context, db bun.Tx) (err error) {
		n, err = do(ctx, db, ids)
		return err
	})
	if err != nil {
		return err
	}
	return s.redirect(c, back, capital(count(n, "auto e-mail", "auto e-mails"))+" "+done+".")
}
