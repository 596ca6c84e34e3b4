package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/fault"
)

// queueAct is a decision about homes of the queue, as a form brings it.
type queueAct struct {
	from   queueQuery
	ids    []int64
	seen   map[int64]int64 // versions on the screen
	single bool            // one row's own form, not the ticked ones
	note   *string         // typed beside that row
	anyway bool
	do     func(ctx context.Context, db bun.IDB, picks []autoemail.Pick, now time.Time) ([]autoemail.Match, error)
	done   func(n int, client string) string // what it did, for where no row says it
}

// queueOne is an act on the home in the path.
func (s *Server) queueOne(c *fiber.Ctx) (queueAct, error) {
	id, err := pathID(c)
	if err != nil {
		return queueAct{}, err
	}
	version, _ := strconv.ParseInt(c.FormValue("version"), 10, 64) // one that can't be read is no version
	act := queueAct{from: s.queueFrom(c), ids: []int64{id}, seen: map[int64]int64{id: version}, single: true, anyway: c.FormValue("anyway") != ""}
	if c.Context().PostArgs().Has("note") {
		note := readNote(c)
		act.note = &note
	}
	return act, nil
}

// readNote is what was typed to the client. Browsers send line ends of text areas as CRLF.
func readNote(c *fiber.Ctx) string {
	return strings.TrimSpace(strings.ReplaceAll(c.FormValue("note"), "\r\n", "\n"))
}

// queueTicked is an act on the homes that are ticked.
func (s *Server) queueTicked(c *fiber.Ctx) (queueAct, error) {
	act := queueAct{from: s.queueFrom(c), seen: map[int64]int64{}}
	form := c.Context().PostArgs()
	for _, raw := range form.PeekMulti("match") {
		id, err := strconv.ParseInt(string(raw), 10, 64)
		if err == nil && id > 0 && !slices.Contains(act.ids, id) {
			act.ids = append(act.ids, id)
		}
	}
	for _, raw := range form.PeekMulti("seen") {
		id, version, _ := strings.Cut(string(raw), ":")
		n, _ := strconv.ParseInt(id, 10, 64)
		act.seen[n], _ = strconv.ParseInt(version, 10, 64)
	}
	switch {
	case len(act.ids) == 0:
		return act, fault.New(fault.Conflict, "No home is ticked, so nothing was done.")
	case len(act.ids) > 200:
		return act, fault.New(fault.Conflict, "That is more than 200 homes at once. Nothing was done.")
	}
	return act, nil
}

// approval and rejection are what acts do.
func (s *Server) approval(c *fiber.Ctx, act queueAct) error {
	act.do = func(ctx context.Context, db bun.IDB, picks []autoemail.Pick, now time.Time) ([]autoemail.Match, error) {
		return autoemail.Approve(ctx, db, me(c).ID, picks, now)
	}
	act.done = func(n int, client string) string {
		say := homesCount(n) + " approved"
		if client != "" {
			say += " for " + client
		}
		return say + ". " + leavesSoon(n, client == "")
	}
	return s.decide(c, act)
}

func (s *Server) rejection(c *fiber.Ctx, act queueAct) error {
	reason := c.FormValue("reason")
	act.do = func(ctx context.Context, db bun.IDB, picks []autoemail.Pick, now time.Time) ([]autoemail.Match, error) {
		return autoemail.Reject(ctx, db, me(c).ID, picks, reason, now)
	}
	act.done = func(n int, _ string) string {
		return homesCount(n) + " rejected. Under Rejected you can still change your mind."
	}
	return s.decide(c, act)
}

func (s *Server) undoing(c *fiber.Ctx, act queueAct) error {
	act.note, act.seen = nil, nil
	act.do = func(ctx context.Context, db bun.IDB, picks []autoemail.Pick, now time.Time) ([]autoemail.Match, error) {
		ids := make([]int64, len(picks))
		for i, p := range picks {
			ids[i] = p.ID
		}
		return autoemail.Undo(ctx, db, me(c).ID, ids, now)
	}
	act.done = func(n int, _ string) string { return homesCount(n) + " back under Unsent." }
	return s.decide(c, act)
}

func (s *Server) conciergeApprove(c *fiber.Ctx) error { return s.queueDo(c, s.queueOne, s.approval) }
func (s *Server) conciergeReject(c *fiber.Ctx) error  { return s.queueDo(c, s.queueOne, s.rejection) }
func (s *Server) conciergeUndo(c *fiber.Ctx) error    { return s.queueDo(c, s.queueOne, s.undoing) }

func (s *Server) conciergeApproveTicked(c *fiber.Ctx) error {
	return s.queueDo(c, s.queueTicked, s.approval)
}

func (s *Server) conciergeRejectTicked(c *fiber.Ctx) error {
	return s.queueDo(c, s.queueTicked, s.rejection)
}

func (s *Server) conciergeUndoTicked(c *fiber.Ctx) error {
	return s.queueDo(c, s.queueTicked, s.undoing)
}

func (s *Server) queueDo(c *fiber.Ctx, read func(*fiber.Ctx) (queueAct, error), act func(*fiber.Ctx, queueAct) error) error {
	what, err := read(c)
	if err != nil {
		return err
	}
	return act(c, what)
}

// decide carries an act out, with the note that was typed beside it, and shows what became of it.
func (s *Server) decide(c *fiber.Ctx, act queueAct) error {
	now := s.Clock()
	err := s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		if err := autoemail.Hold(ctx, db, me(c).ID, act.ids); err != nil {
			return err
		}
		items, err := autoemail.Items(ctx, db, me(c).ID, act.ids)
		if err != nil {
			return err
		}
		picks := make([]autoemail.Pick, len(items))
		for i, item := range items {
			picks[i] = autoemail.Pick{ID: item.ID, Version: act.seen[item.ID], Anyway: act.anyway}
			// What is still undecided was at most given a note since, by the field that saves itself: that is no decision.
			if item.State == act.from.state() {
				if act.note != nil && *act.note != item.Note {
					m, err := autoemail.SetNote(ctx, db, me(c).ID, item.ID, *act.note, now)
					if err != nil {
						return err
					}
					item.Version = m.Version
				}
				picks[i].Version = item.Version
			}
		}
		_, err = act.do(ctx, db, picks, now)
		return err
	})
	f := fault.As(err)
	switch {
	case err == nil:
		s.AutoEmails.Kick()
		return s.queueDecided(c, act)
	case f == nil || f.Kind == fault.NotFound || f.Kind == fault.Internal || f.Kind == fault.Invalid && f.Fields["note"] == "":
		return err
	}
	return s.queueRefused(c, act, f)
}

// queueDecided shows what an act has done.
func (s *Server) queueDecided(c *fiber.Ctx, act queueAct) error {
	rows, err := s.queueRowsOf(c, act.from, act.ids, nil)
	if err != nil {
		return err
	}
	say := act.done(len(rows), oneClient(rows))
	if !partial(c) {
		return s.redirect(c, act.from.url()+"#"+rows[0].Element(), say)
	}
	answer, err := s.queueChanged(c, act, rows)
	if err != nil {
		return err
	}
	if !act.single {
		answer.Toast = say
		for _, r := range rows {
			if r.Undo && !r.Open {
				answer.Undo = append(answer.Undo, r.ID)
			}
		}
	}
	return s.fragment(c, http.StatusOK, "concierge/_decided", answer)
}

// queueChanged is what follows a decision: the rows, and the numbers around them.
type queueChanged struct {
	Row    *queueRow // the one whose own form asked: what htmx swaps
	Rows   []queueRow
	Around queueAround
	At     string
	Toast  string
	Undo   []int64 // what the toast's button takes back
}

func (s *Server) queueChanged(c *fiber.Ctx, act queueAct, rows []queueRow) (queueChanged, error) {
	around, _, err := s.queueAround(c, act.from)
	answer := queueChanged{Rows: rows, Around: around, At: act.from.query()}
	if act.single {
		answer.Row, answer.Rows = &rows[0], nil
	}
	return answer, err
}

// queueRefused shows why nothing was done: each home as it stands, with what another tab or person did, or with what
// changed and the question whether to send it all the same.
func (s *Server) queueRefused(c *fiber.Ctx, act queueAct, f *fault.Error) error {
	status := statuses[f.Kind]
	said := map[int64]queueSaid{}
	items, err := autoemail.Items(c.UserContext(), s.Store.Read, me(c).ID, act.ids)
	if err != nil {
		return err
	}
	for _, item := range items {
		words := f.Fields[strconv.FormatInt(item.ID, 10)]
		if words == "" && act.single {
			words = f.Say
		}
		var one queueSaid
		switch {
		case f.Kind == fault.Invalid:
			one.Wrong = f.Fields["note"]
		case words == "":
			continue
		case f.Kind == fault.Conflict && item.State == act.from.state():
			one.Ask = words + " Send it all the same?"
		default:
			one.Told = words
		}
		one.Note = act.note
		said[item.ID] = one
	}
	if !partial(c) {
		return s.queueAnswer(c, act.from, said, status)
	}
	ids := slices.DeleteFunc(slices.Clone(act.ids), func(id int64) bool { _, is := said[id]; return !is })
	if len(ids) == 0 {
		return f
	}
	rows, err := s.queueRowsOf(c, act.from, ids, said)
	if err != nil {
		return err
	}
	answer, err := s.queueChanged(c, act, rows)
	if err != nil {
		return err
	}
	if !act.single {
		answer.Toast = "Nothing was done yet: of those ticked, " + homesCount(len(rows)) + " can’t be decided so. Look at " + themIt(len(rows)) + ", then once more."
	}
	return s.fragment(c, status, "concierge/_decided", answer)
}

// leavesSoon tells when approved homes leave, and in what.
func leavesSoon(n int, several bool) string {
	say := "They leave in under a minute, in one letter"
	if n == 1 {
		say = "It leaves in under a minute, in one letter"
	}
	if several {
		say += " to each client"
	}
	return say + "."
}

func isAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// oneClient is the client whom all rows are for, empty if they are several.
func oneClient(rows []queueRow) string {
	for _, r := range rows {
		if r.ClientURL != rows[0].ClientURL {
			return ""
		}
	}
	return rows[0].Client
}
