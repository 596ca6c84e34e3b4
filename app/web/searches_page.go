package web

import (
	"context"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

// searchPage is one auto email: its facts, its state, what can be done with it, its letters.
type searchPage struct {
	ID              autoemail.ID
	URL, Name       string
	ClientID        clients.ID
	Client, First   string
	ClientURL       string
	Words           string
	Schedule, Pace  string // as set; as it runs now, where that is slower
	Events          string
	Subject, Body   string
	CopyMe, Vetted  bool
	Drops           bool
	LastDay         string
	Made            string
	State           searchState
	StateSay        string
	Until           Field // the day on which a pause ends
	Shut            string
	Waiting, Unsent int
	Sent            string
	Queue           string
	Last, Next      string
	Letters         []searchLetter
	MoreLetters     bool
	Change          *searchChange // the form is open
	Homes           string        // the search of homes with the same criteria
}

// searchLetter is a letter of the auto email.
type searchLetter struct {
	ID            outbox.LetterID
	Subject, When string
	Reason        string
	Pill          template.HTML
}

// searchChange is the form that changes it, beside what it would do.
type searchChange struct {
	Form searchForm
	Dry  dryView
}

// sendingsShown is how many letters an auto email's page lists.
const sendingsShown = 10

func (s *Server) searchShow(c *fiber.Ctx) error {
	saved, err := s.searchFind(c)
	if err != nil {
		return err
	}
	if c.Query("change") == "" || saved.State == autoemail.Deleted {
		return s.searchPage(c, http.StatusOK, saved, nil)
	}
	typed := typedFromSearch(saved)
	form, err := s.searchForm(c.UserContext(), me(c), typed, nil)
	if err != nil {
		return err
	}
	dry, err := s.dry(c, typed, form.Who)
	if err != nil {
		return err
	}
	return s.searchPage(c, http.StatusOK, saved, &searchChange{Form: form, Dry: dry})
}

func (s *Server) searchPage(c *fiber.Ctx, status int, saved autoemail.Search, change *searchChange) error {
	ctx, now := c.UserContext(), s.Clock()
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, saved.ClientID)
	if err != nil {
		return err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	loc := brokerage.Location()
	v := searchPage{
		ID: saved.ID, URL: searchURL(saved.ID), Name: saved.Name, ClientID: one.ID, Client: one.Name(), First: forename(one), ClientURL: clientURL(one.ID), Words: saved.Criteria.Words(),
		Schedule: scheduleWords(saved), Events: eventsWords(saved.Events), Subject: saved.Subject, Body: saved.Message, CopyMe: saved.CopyMe, Vetted: saved.Concierge, Drops: saved.DropsDirect,
		Made: day(saved.CreatedAt, loc), State: searchStateOf(saved, forename(one), now, loc), Last: "None yet", Change: change, Homes: homesURL(saved.Criteria),
		Until: Field{Name: "until", Label: "Until", Type: "date", Hint: "Left empty: until you resume it."},
	}
	if !v.State.Slow && v.State.More != "" {
		v.StateSay = capital(v.State.More)
	}
	if saved.Slowed != nil && !saved.Concierge {
		v.Pace = saved.Slowed.Words()
	}
	if saved.ExpiresOn != "" {
		v.LastDay = lastDayWords(saved.ExpiresOn)
	}
	if !saved.LastSentAt.IsZero() {
		v.Last = when(saved.LastSentAt, now, loc)
	}
	around, err := s.overview(ctx, saved, loc, now)
	if err != nil {
		return err
	}
	v.Waiting, v.Unsent, v.Sent, v.Queue = around.Waiting, around.Unsent, thousands(int64(around.Sent)), conciergeURL(one.ID)
	v.Next = nextWords(around.Next, v.State.Runs, saved.Concierge, now, loc)
	shut, err := s.Ledger.Refused(ctx, s.Store.Read, me(c).ID, []clients.ID{one.ID}, now)
	if err != nil {
		return err
	}
	v.Shut = shut[one.ID]
	if v.Letters, v.MoreLetters, err = s.searchLetters(ctx, saved, loc, now); err != nil {
		return err
	}
	return s.page(c, page{Title: saved.Name, Section: "searches", View: "searches/show", Data: v, Status: status})
}

// overview is an auto email with its numbers; a deleted one has none.
func (s *Server) overview(ctx context.Context, saved autoemail.Search, loc *time.Location, now time.Time) (autoemail.Overview, error) {
	filter := autoemail.Filter{Agent: saved.AgentID, Client: saved.ClientID, Limit: 200}
	for saved.State != autoemail.Deleted {
		found, _, next, err := autoemail.List(ctx, s.Store.Read, filter, loc, now)
		if err != nil {
			return autoemail.Overview{}, err
		}
		for _, one := range found {
			if one.ID == saved.ID {
				return one, nil
			}
		}
		if filter.After = next; next == "" {
			break
		}
	}
	return autoemail.Overview{Search: saved}, nil
}

// searchLetters are the latest letters of an auto email; more says that there are older ones.
func (s *Server) searchLetters(ctx context.Context, saved autoemail.Search, loc *time.Location, now time.Time) (all []searchLetter, more bool, err error) {
	mailings, err := autoemail.Sendings(ctx, s.Store.Read, saved.AgentID, saved.ID, sendingsShown+1)
	if err != nil {
		return nil, false, err
	}
	for _, id := range mailings[:min(len(mailings), sendingsShown)] {
		letters, err := outbox.List(ctx, s.Store.Read, outbox.Filter{Agent: saved.AgentID, Mailing: id, Limit: 1})
		if err != nil {
			return nil, false, err
		}
		for _, l := range letters {
			all = append(all, searchLetter{ID: l.ID, Subject: l.Subject, When: when(letterTime(l), now, loc), Reason: l.Reason, Pill: letterPill(l)})
		}
	}
	return all, len(mailings) > sendingsShown, nil
}

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
