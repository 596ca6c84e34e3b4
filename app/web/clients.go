package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
)

func (s *Server) clientRoutes() []route {
	return []route{
		{"GET", "/clients", agent, s.clientIndex},
		{"GET", "/clients/new", agent, s.clientNew},
		{"POST", "/clients", agent, s.clientCreate},
		{"GET", "/clients/:id<int>", agent, s.clientShow},
		{"GET", "/clients/:id<int>/edit", agent, s.clientEdit},
		{"POST", "/clients/:id<int>", agent, s.clientUpdate},
		{"GET", "/clients/:id<int>/notes", agent, s.clientNotesEdit},
		{"POST", "/clients/:id<int>/notes", agent, s.clientNotesUpdate},
		{"POST", "/clients/:id<int>/activation", agent, s.clientActivate},
		{"POST", "/clients/:id<int>/heard", agent, s.clientHeard},
		{"GET", "/clients/:id<int>/restoration", agent, s.clientRestoreAsk},
		{"POST", "/clients/:id<int>/restoration", agent, s.clientRestore},
		{"GET", "/clients/questions", agent, s.questionsAsk},
		{"POST", "/clients/questions", agent, s.questionsPost},
		{"GET", "/clients/:id<int>/question", agent, s.clientQuestionAsk},
		{"POST", "/clients/:id<int>/question", agent, s.clientQuestion},
		{"GET", "/clients/:id<int>/opt-out", agent, s.clientOptOutAsk},
		{"POST", "/clients/:id<int>/opt-out", agent, s.clientOptOut},
		{"GET", "/clients/:id<int>/complaint", agent, s.clientComplaintAsk},
		{"POST", "/clients/:id<int>/complaint", agent, s.clientComplaint},
		{"GET", "/clients/:id<int>/address", agent, s.clientAddressAsk},
		{"POST", "/clients/:id<int>/address", agent, s.clientAddress},
		{"GET", "/clients/:id<int>/deletion", agent, s.clientDeleteAsk},
		{"POST", "/clients/:id<int>/deletion", agent, s.clientDelete},
	}
}

// clientID is the client a path names.
func clientID(c *fiber.Ctx) clients.ID {
	id, _ := strconv.ParseInt(c.Params("id"), 10, 64) // the route takes digits only; 0 is nobody
	return clients.ID(id)
}

// clientURL is a client's page.
func clientURL(id clients.ID) string { return fmt.Sprintf("/clients/%d", id) }

// bannersShown is how many of those who wait stand over the list; Waiting for you, on the home page, has them all.
const bannersShown = 3

// clientIndexPage is My Clients.
type clientIndexPage struct {
	Waiting []waitingClient
	More    int // who wait, too
	Quick   quickForm
	Query   string
	List    clientList
}

// waitingClient is somebody who opted back in and is still Inactive.
type waitingClient struct {
	ID   clients.ID
	Name string
}

// quickForm is the bar by which a client is added from the list.
type quickForm struct{ First, Last, Email Field }

func newQuickForm(typed clientTyped, wrong map[string]string) quickForm {
	f := fields{wrong}
	q := quickForm{
		First: f.of("first_name", "First name", typed.First),
		Last:  f.of("last_name", "Last name", typed.Last),
		Email: f.of("email", "E-mail", typed.Email),
	}
	q.First.Autocomplete, q.Last.Autocomplete, q.Email.Autocomplete = "off", "off", "off"
	q.Email.Type, q.Email.Required = "email", true
	return q
}

func (s *Server) clientIndex(c *fiber.Ctx) error {
	q := readClientQuery(func(name string) string { return c.Query(name) })
	if partial(c) {
		found, err := s.findClients(c, q)
		if err != nil {
			return err
		}
		list := newClientList(q, found, s.Clock())
		if c.Query("more") != "" {
			return s.fragment(c, http.StatusOK, "clients/_more", list)
		}
		// A tab's link is this address and makes a step to come back to, which the header would undo; typing makes none.
		if c.OriginalURL() != q.url() {
			replaceURL(c, q.url())
		}
		return s.fragment(c, http.StatusOK, "clients/_list", list)
	}
	return s.clientIndexPage(c, q, newQuickForm(clientTyped{}, nil), http.StatusOK)
}

func (s *Server) clientIndexPage(c *fiber.Ctx, q clientQuery, quick quickForm, status int) error {
	found, err := s.findClients(c, q)
	if err != nil {
		return err
	}
	return s.page(c, page{Title: "My Clients", Section: "clients", View: "clients/index", Data: newClientIndexPage(q, quick, found, s.Clock()), Status: status})
}

func newClientIndexPage(q clientQuery, quick quickForm, found foundClients, now time.Time) clientIndexPage {
	view := clientIndexPage{Quick: quick, Query: q.q, List: newClientList(q, found, now), More: max(0, len(found.back)-bannersShown)}
	for _, w := range found.back[:min(len(found.back), bannersShown)] {
		view.Waiting = append(view.Waiting, waitingClient{ID: w.ID, Name: w.Name()})
	}
	return view
}

// clientNewPage is the page of a client to be.
type clientNewPage struct{ Form clientForm }

func (s *Server) clientNew(c *fiber.Ctx) error {
	typed := clientTyped{Status: string(clients.Active)}
	if err := s.askedClient(c, &typed); err != nil {
		return err
	}
	form := newClientForm(typed, nil)
	form.Action, form.Cancel = "/clients", "/clients"
	form.First.Focus = true
	return s.page(c, page{Title: "Add client", Section: "clients", View: "clients/new", Data: clientNewPage{form}})
}

func (s *Server) clientCreate(c *fiber.Ctx) error {
	typed, err := readClientForm(c)
	if err != nil {
		return err
	}
	quick := c.FormValue("quick") != ""
	added, err := s.addClient(c, typed)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		if quick {
			return s.quickAgain(c, newQuickForm(typed, f.Fields))
		}
		form := newClientForm(typed, f.Fields)
		form.Action, form.Cancel = "/clients", "/clients"
		return s.page(c, page{Title: "Add client", Section: "clients", View: "clients/new", Data: clientNewPage{form}, Status: http.StatusUnprocessableEntity})
	}
	if err != nil {
		return err
	}
	say := added.Name() + " is one of your clients now."
	states, err := s.Ledger.States(c.UserContext(), s.Store.Read, me(c).ID, []clients.ID{added.ID})
	if err != nil {
		return err
	}
	switch states[added.ID].State {
	case consent.OptedOut:
		say = added.Name() + " is added, but this address opted out of e-mail here before: no mail goes to it until they ask for it again."
	case consent.Pending:
		say = added.Name() + " is added. A letter asks whether you may write; nothing else goes to them until they say yes."
		err := s.askOne(c, me(c), added)
		if f := fault.As(err); f != nil {
			say = added.Name() + " is added, and nothing goes to them until they say yes. " + f.Say
		} else if err != nil { // they are saved: their page offers to ask once more
			s.Log.Error("ask a new client", "client", added.ID, "err", err)
			say = added.Name() + " is added, but could not be asked whether you may write. Ask them on their page."
		}
	}
	switch {
	case quick && partial(c):
		return s.quickAdded(c, added, say)
	case quick:
		return s.redirect(c, "/clients", say)
	}
	return s.redirect(c, clientURL(added.ID), say)
}

// addClient saves a client and enrolls it in the consent ledger.
func (s *Server) addClient(c *fiber.Ctx, typed clientTyped) (clients.Client, error) {
	brokerage, err := s.brokerage(c)
	if err != nil {
		return clients.Client{}, err
	}
	form, err := typed.form(brokerage.Location())
	if err != nil {
		return clients.Client{}, err
	}
	var added clients.Client
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		if added, err = clients.Create(ctx, db, me(c).ID, form, s.Clock()); err != nil {
			return err
		}
		return s.Ledger.Enroll(ctx, db, added, s.byAgent(c, "Add client", ""), s.Clock())
	})
	return added, err
}

// quickAgain shows the bar with what is wrong.
func (s *Server) quickAgain(c *fiber.Ctx, quick quickForm) error {
	if partial(c) {
		return s.fragment(c, http.StatusUnprocessableEntity, "clients/_quick", quick)
	}
	return s.clientIndexPage(c, clientQuery{}, quick, http.StatusUnprocessableEntity)
}

// quickAddedFragment empties the bar, renews the list and says so.
type quickAddedFragment struct {
	Quick quickForm
	List  clientList
	ID    clients.ID
	Say   string
}

func (s *Server) quickAdded(c *fiber.Ctx, added clients.Client, say string) error {
	q := readClientQuery(currentQuery(c))
	found, err := s.findClients(c, q)
	if err != nil {
		return err
	}
	quick := newQuickForm(clientTyped{}, nil)
	quick.First.Focus = true
	return s.fragment(c, http.StatusOK, "clients/_added", quickAddedFragment{Quick: quick, List: newClientList(q, found, s.Clock()), ID: added.ID, Say: say})
}

// byAgent is the signed-in agent acting in this app. words are what stood on the button or above it.
func (s *Server) byAgent(c *fiber.Ctx, words, note string) consent.By {
	return consent.By{
		Agent: me(c), Door: consent.DoorAgent, Wording: words, Note: note,
		IP: s.visitorIP(c), UserAgent: c.Get(fiber.HeaderUserAgent),
	}
}
