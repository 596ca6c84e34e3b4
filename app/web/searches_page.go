package web

import (
	"context"
	"html/template"
	"net/http"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
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
