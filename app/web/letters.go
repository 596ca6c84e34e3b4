package web

import (
	"context"
	"net/http"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

func (s *Server) letterRoutes() []route {
	return []route{
		{"GET", "/letters/new", agent, s.letterNew},
		{"POST", "/letters/new/clients", agent, s.letterClients},
		{"POST", "/letters/new/homes", agent, s.letterHomesChange},
		{"POST", "/letters/new/marks", agent, s.letterMarks},
		{"GET", "/letters/preview", agent, s.letterPreviewFrame},
		{"POST", "/letters/preview", agent, s.letterPreview},
		{"POST", "/letters/test", agent, s.letterTest},
		{"POST", "/letters", agent, s.letterCreate},
	}
}

// letterNew is Compose, empty or with the clients of ?client= chosen and the homes of ?home= in the letter.
func (s *Server) letterNew(c *fiber.Ctx) error {
	form := newCompose()
	form.Query, form.Homes = c.Query("q"), parseHomes(c.Context().QueryArgs().PeekMulti("home"))
	form.Clients = parseClients(c.Context().QueryArgs().PeekMulti("client"))
	if len(form.Clients) > 0 {
		if _, err := s.Ledger.Refused(c.UserContext(), s.Store.Read, me(c).ID, form.Clients, s.Clock()); err != nil { // not this agent's
			return err
		}
	}
	return s.composePage(c, http.StatusOK, form, nil)
}

// letterClients answers a search among those on offer; whoever is chosen stays on the list.
func (s *Server) letterClients(c *fiber.Ctx) error {
	form := parseCompose(c)
	if !partial(c) {
		return s.composePage(c, http.StatusOK, form, nil)
	}
	_, picks, err := s.picks(c.UserContext(), me(c).ID, form)
	if err != nil {
		return err
	}
	return s.fragment(c, http.StatusOK, "mailings/_picks", picks)
}

// letterTest sends the letter to its author and leaves the form as it is.
func (s *Server) letterTest(c *fiber.Ctx) error {
	form, ctx := parseCompose(c), c.UserContext()
	d, wrong, err := s.draft(ctx, me(c), form)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return s.composeAgain(c, http.StatusUnprocessableEntity, form, wrong)
	}
	text, err := s.text(d, anyHome)
	if err != nil {
		return err
	}
	text.IdempotencyKey = form.keyOf(form.TestKey)
	if _, err := outbox.PostTest(ctx, s.Store.Write, me(c), text, s.Clock()); err != nil {
		return err
	}
	s.Courier.Kick()
	form.TestKey, form.Said = newKey(), "On its way to "+me(c).Email
	if partial(c) {
		return s.fragment(c, http.StatusOK, "mailings/_test", testView{Key: form.TestKey, Said: form.Said, Toast: true})
	}
	return s.composePage(c, http.StatusOK, form, nil)
}

// letterCreate posts one letter to each of those chosen, or says who can't be mailed any more and posts none. Of the homes
// in it, everybody gets those they were not sent before.
func (s *Server) letterCreate(c *fiber.Ctx) error {
	form, ctx := parseCompose(c), c.UserContext()
	d, wrong, err := s.draft(ctx, me(c), form)
	if err != nil {
		return err
	}
	if len(form.Clients) == 0 {
		wrong["clients"] = "Choose at least one client."
	}
	if len(wrong) > 0 {
		return s.composeAgain(c, http.StatusUnprocessableEntity, form, wrong)
	}
	permits, refused, err := s.chosen(ctx, me(c).ID, form.Clients)
	if err != nil {
		return err
	}
	groups, skipped, err := s.groups(ctx, form, permits)
	if err != nil {
		return err
	}
	// Asked after it was read who has which home: what was sent since, by this very form, must not count.
	key := form.keyOf(form.Key)
	before, err := outbox.Posted(ctx, s.Store.Read, me(c).ID, key)
	if err != nil {
		return err
	}
	if before != 0 {
		return s.redirect(c, mailingPath(before), "This letter was queued already.")
	}
	if len(refused) > 0 {
		return s.composeAgain(c, http.StatusConflict, form, nil)
	}
	if len(groups) == 0 {
		wrong["homes"] = leftOut(skipped) + ": nothing was sent. Tick Send again to send them all the same."
		return s.composeAgain(c, http.StatusUnprocessableEntity, form, wrong)
	}
	id, err := s.postGroups(ctx, me(c), d, groups, key)
	if fault.Of(err) == fault.Denied { // a gate closed since the line above
		return s.composeAgain(c, http.StatusConflict, form, nil)
	}
	if err != nil {
		return err
	}
	s.Courier.Kick()
	to := mailingPath(id)
	if len(groups) > 1 {
		to = "/outbox"
	}
	return s.redirect(c, to, queuedWords(groups, skipped))
}

func anyHome(listings.ID) bool { return true }

// draft makes a letter ready to be posted, or says what is wrong with which field.
func (s *Server) draft(ctx context.Context, by agents.Agent, form composeForm) (*draft, map[string]string, error) {
	wrong := map[string]string{}
	house, err := agents.LoadBrokerage(ctx, s.Store.Read)
	if err != nil {
		return nil, nil, err
	}
	if missing := missingFor(by, house); missing != nil {
		wrong["setup"] = missing.Say
		return nil, wrong, nil
	}
	d := &draft{typed: !form.suggested()}
	if d.homes, err = letters.Homes(ctx, s.Store.Read, form.Homes, house.Location(), s.Clock()); err != nil {
		return nil, nil, err
	}
	if d.letter, err = letters.Draft(ctx, s.Store.Read, by, house, s.BaseURL, form.Subject, form.Message); err != nil {
		return nil, nil, err
	}
	if err := s.dress(d, form.Notes, house.Location(), wrong); err != nil {
		return nil, nil, err
	}
	_, err = s.text(d, anyHome)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		for name, say := range f.Fields {
			wrong[name] = say
		}
		if len(f.Fields) == 0 {
			wrong["message"] = f.Say
		}
		err = nil
	}
	return d, wrong, err
}

// chosen grants permits for those chosen and says why for the rest. Somebody who is no longer this agent's client is
// among the rest, so that a client deleted in another tab does not cost what was typed here.
func (s *Server) chosen(ctx context.Context, by agents.ID, ids []clients.ID) ([]consent.Permit, []consent.Refusal, error) {
	permits, refused, err := s.Ledger.CheckAll(ctx, s.Store.Read, by, ids, s.Clock())
	if fault.Of(err) != fault.NotFound || err == nil {
		return permits, refused, err
	}
	var still []clients.ID
	var gone []consent.Refusal
	for _, id := range ids {
		switch _, err := clients.Find(ctx, s.Store.Read, by, id); {
		case err == nil:
			still = append(still, id)
		case fault.Of(err) == fault.NotFound:
			gone = append(gone, consent.Refusal{Client: id, Gate: "gone", Say: "No longer among your clients."})
		default:
			return nil, nil, err
		}
	}
	permits, refused, err = s.Ledger.CheckAll(ctx, s.Store.Read, by, still, s.Clock())
	return permits, append(gone, refused...), err
}

// mailingPath is a mailing's page.
func mailingPath(id outbox.MailingID) string {
	return "/outbox/mailings/" + strconv.FormatInt(int64(id), 10)
}

// count tells a number of things: "1 client", "3 clients".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
