package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
)

// searchNewURL is the form of a new auto email with the criteria of a search of homes.
func searchNewURL(q listingQuery) string {
	values := q.criteria.Values()
	if q.text != "" {
		values.Set("q", q.text)
	}
	if len(values) == 0 {
		return "/searches/new"
	}
	return "/searches/new?" + values.Encode()
}

// searchNewPage is the form of a new auto email beside what it would do.
type searchNewPage struct {
	Form searchForm
	Dry  dryView
	Copy string // the name of the one it is a copy of
}

// searchNew opens the form: empty, with the criteria of a search of homes, or as a copy of another auto email.
func (s *Server) searchNew(c *fiber.Ctx) error {
	values := queryValues(c)
	typed, copied, dry := firstTyped(), "", false
	if id := autoemail.ID(wholeNumber(values.Get("copy"))); id != 0 {
		from, err := autoemail.Find(c.UserContext(), s.Store.Read, me(c).ID, id)
		if err != nil {
			return err
		}
		typed, copied, dry = typedFromSearch(from), from.Name, true
		typed.ID, typed.Client, typed.Version, typed.Expires = 0, 0, 0, ""
	} else if criteria := criteriaOf(values); len(criteria) > 0 {
		typed.Query, dry = readListingQuery(criteria), true
	}
	typed.Client = clients.ID(wholeNumber(values.Get("client")))
	form, err := s.searchForm(c.UserContext(), me(c), typed, typed.Query.wrong)
	if err != nil {
		return err
	}
	form.Dropped = readListingQuery(values).text
	view := searchNewPage{Form: form, Copy: copied}
	if dry {
		if view.Dry, err = s.dry(c, typed, form.Who); err != nil {
			return err
		}
	}
	return s.page(c, page{Title: "New auto e-mail", Section: "searches", View: "searches/new", Data: view})
}

// searchAgain shows the form that was refused, with nothing lost: as the page of a new one, or of the one being changed.
func (s *Server) searchAgain(c *fiber.Ctx, status int, t searchTyped, wrong map[string]string, with func(*searchForm)) error {
	form, err := s.searchForm(c.UserContext(), me(c), t, wrong)
	if err != nil {
		return err
	}
	with(&form)
	dry, err := s.dry(c, t, form.Who)
	if err != nil {
		return err
	}
	if t.ID == 0 {
		return s.page(c, page{Title: "New auto e-mail", Section: "searches", View: "searches/new", Data: searchNewPage{Form: form, Dry: dry}, Status: status})
	}
	saved, err := autoemail.Find(c.UserContext(), s.Store.Read, me(c).ID, t.ID)
	if err != nil {
		return err
	}
	return s.searchPage(c, status, saved, &searchChange{Form: form, Dry: dry})
}

// searchCreate saves a new auto email. The same form sent twice makes one.
func (s *Server) searchCreate(c *fiber.Ctx) error {
	typed, err := readSearchForm(c)
	if err != nil {
		return err
	}
	typed.ID, typed.Version = 0, 0
	search, err := typed.search(me(c).ID)
	var saved autoemail.Search
	twice := false
	if err == nil {
		err = s.searchAct(c, func(ctx context.Context, db bun.Tx) (err error) {
			if saved, twice, err = s.sameJustNow(ctx, db, search); err != nil || twice {
				return err
			}
			saved, err = autoemail.Save(ctx, db, me(c).ID, search, typed.saving(nil), s.Clock())
			return err
		})
	}
	if wrong, say, rest := troubleWith(err); rest != nil {
		return rest
	} else if wrong != nil {
		return s.searchAgain(c, http.StatusUnprocessableEntity, typed, wrong, func(form *searchForm) { form.Say = say })
	}
	return s.searchSaved(c, saved, true)
}

// justNow is how long the same auto email for the same client is taken for a second press of the button.
const justNow = 10 * time.Minute

// sameJustNow looks for an auto email that this very form made a moment ago.
func (s *Server) sameJustNow(ctx context.Context, db bun.Tx, search autoemail.Search) (autoemail.Search, bool, error) {
	filter := autoemail.Filter{Agent: search.AgentID, Client: search.ClientID, Text: search.Name}
	found, _, _, err := autoemail.List(ctx, db, filter, time.UTC, s.Clock()) // no time of it is shown
	if err != nil {
		return search, false, err
	}
	for _, one := range found {
		same := one.Name == search.Name && one.Criteria.Values().Encode() == search.Criteria.Values().Encode() && one.Schedule.Words() == search.Schedule.Words() &&
			one.Concierge == search.Concierge && eventsWords(one.Events) == eventsWords(search.Events) && one.Subject == search.Subject && one.Message == search.Message
		if same && s.Clock().Sub(one.CreatedAt) < justNow {
			return one.Search, true, nil
		}
	}
	return search, false, nil
}

// searchUpdate saves a changed auto email.
func (s *Server) searchUpdate(c *fiber.Ctx) error {
	at, err := s.searchFind(c)
	if err != nil {
		return err
	}
	typed, err := readSearchForm(c)
	if err != nil {
		return err
	}
	typed.ID, typed.Client = at.ID, at.ClientID
	search, err := typed.search(me(c).ID)
	if err == nil && typed.asks(at) && typed.Version == at.Version {
		return s.searchAgain(c, http.StatusUnprocessableEntity, typed, nil, func(form *searchForm) { form.Ask = form.Who.First })
	}
	var saved autoemail.Search
	if err == nil {
		err = s.searchAct(c, func(ctx context.Context, db bun.Tx) (err error) {
			saved, err = autoemail.Save(ctx, db, me(c).ID, search, typed.saving(&at), s.Clock())
			return err
		})
	}
	if fault.Of(err) == fault.Conflict {
		now, err := s.searchFind(c)
		if err != nil {
			return err
		}
		typed.Version = now.Version // with it, a second Save goes through knowingly
		return s.searchAgain(c, http.StatusConflict, typed, nil, func(form *searchForm) {
			form.Overtaken, form.Meanwhile = true, typed.meanwhile(now, search)
		})
	}
	if wrong, say, rest := troubleWith(err); rest != nil {
		return rest
	} else if wrong != nil {
		return s.searchAgain(c, http.StatusUnprocessableEntity, typed, wrong, func(form *searchForm) { form.Say = say })
	}
	return s.searchSaved(c, saved, false)
}

// searchSaved looks up what matches already and goes where the next step is.
func (s *Server) searchSaved(c *fiber.Ctx, saved autoemail.Search, created bool) error {
	ctx := c.UserContext()
	if err := s.AutoEmails.Begin(ctx, saved.ID); err != nil {
		return err
	}
	s.AutoEmails.Kick()
	saved, err := autoemail.Find(ctx, s.Store.Read, me(c).ID, saved.ID)
	if err != nil {
		return err
	}
	one, err := clients.Find(ctx, s.Store.Read, me(c).ID, saved.ClientID)
	if err != nil {
		return err
	}
	if saved.Concierge && created {
		return s.redirect(c, conciergeURL(one.ID), "Saved. What matches waits here for your yes; nothing leaves without it.")
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	shut, err := s.Ledger.Refused(ctx, s.Store.Read, me(c).ID, []clients.ID{one.ID}, s.Clock())
	if err != nil {
		return err
	}
	return s.redirect(c, searchURL(saved.ID), savedWords(saved, forename(one), shut[one.ID], s.Clock(), brokerage.Location()))
}

// savedWords says when the next letter leaves.
func savedWords(saved autoemail.Search, first, shut string, now time.Time, loc *time.Location) string {
	switch {
	case saved.State != autoemail.Active:
		return "Saved. It stays paused."
	case shut != "":
		return "Saved. No letter can leave to " + first + " yet: " + shut
	case saved.Concierge:
		return "Saved. Homes wait in the concierge queue for your yes."
	case saved.NextAt.IsZero():
		return "Saved. The first letter leaves when a home comes that matches."
	case !saved.NextAt.After(now):
		return "Saved. A letter to " + first + " leaves now."
	}
	return "Saved. The next letter to " + first + ": " + lowerFirst(when(saved.NextAt, now, loc)) + "."
}

// lowerFirst begins a moment within a sentence: "Tomorrow 07:00" is "tomorrow 07:00".
func lowerFirst(moment string) string {
	return strings.ToLower(moment[:1]) + moment[1:]
}

// searchClients is the list of clients who match what is typed in the form.
func (s *Server) searchClients(c *fiber.Ctx) error {
	typed, err := readSearchForm(c)
	if err != nil {
		return err
	}
	if typed.ID = 0; !partial(c) {
		return s.searchAgain(c, http.StatusOK, typed, nil, func(*searchForm) {})
	}
	who, err := s.who(c.UserContext(), me(c), typed, "")
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "searches/_who_list", who)
}
