package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/fault"
)

// clientEdit opens the form in the place of the facts: on the page for htmx, as the page without it.
func (s *Server) clientEdit(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	form := newClientForm(typedFrom(one, brokerage.Location()), nil)
	form.First.Focus = true
	return s.clientForm(c, one, form, http.StatusOK)
}

// clientForm shows a client's page with the form open.
func (s *Server) clientForm(c *fiber.Ctx, one clients.Client, form clientForm, status int) error {
	view, err := s.clientPageOf(c, one)
	if err != nil {
		return err
	}
	form.Action, form.Cancel, form.Swap = clientURL(one.ID), clientURL(one.ID), clientElement(one.ID)
	view.Form = &form
	return s.showClient(c, view, status)
}

// clientElement selects the element of a client's page that an act on it renews.
func clientElement(id clients.ID) string {
	return "#client-" + strings.TrimPrefix(clientURL(id), "/clients/")
}

func (s *Server) clientUpdate(c *fiber.Ctx) error {
	id := clientID(c)
	if _, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, id); err != nil { // another's is not found, whatever is typed
		return err
	}
	typed, err := readClientForm(c)
	if err != nil {
		return err
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return err
	}
	loc := brokerage.Location()
	err = s.updateClient(c, id, typed, loc)
	f := fault.As(err)
	switch {
	case err == nil:
		s.Courier.Kick() // a letter may have become free to go
		return s.clientSaved(c, id, "Saved.")
	case f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict:
		return err
	}
	saved, findErr := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, id)
	if findErr != nil {
		return findErr
	}
	form, status := newClientForm(typed, f.Fields), http.StatusUnprocessableEntity
	if f.Kind == fault.Conflict {
		// With the newer version in the form, a second Save goes through knowingly.
		form.Version, form.Meanwhile, status = saved.Version, typed.meanwhile(typedFrom(saved, loc)), http.StatusConflict
		form.Overtaken = true
	}
	return s.clientForm(c, saved, form, status)
}

// updateClient saves the form while no letter to the client can pass the gate: the status is a gate, too.
func (s *Server) updateClient(c *fiber.Ctx, id clients.ID, typed clientTyped, loc *time.Location) error {
	found, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, id)
	if err != nil {
		return err
	}
	form, err := typed.form(loc)
	if err != nil {
		return err
	}
	return s.Ledger.Hold(c.UserContext(), s.Store.Write, s.Ledger.Hash(found.EmailKey), func(ctx context.Context, db bun.Tx) error {
		before, after, err := clients.Update(ctx, db, me(c).ID, id, form, s.Clock())
		if err != nil {
			return err
		}
		if before.EmailKey != found.EmailKey { // the lock held is another address's
			return fault.New(fault.Conflict, "This client was saved elsewhere meanwhile.")
		}
		return s.Ledger.Follow(ctx, db, before, after, s.byAgent(c, "E-mail [Save]", ""), s.Clock())
	})
}

// clientSaved answers after an act on a client: htmx gets the whole client anew, since much on it may have changed.
func (s *Server) clientSaved(c *fiber.Ctx, id clients.ID, say string) error {
	if !partial(c) {
		return s.redirect(c, clientURL(id), say)
	}
	view, err := s.clientPage(c, id)
	if err != nil {
		return err
	}
	waiting, err := s.waiting(c)
	if err != nil {
		return err
	}
	toast(c, say)
	replaceURL(c, clientURL(id))
	return s.fragment(c, http.StatusOK, "clients/_saved", savedClient{view, len(waiting)})
}

// savedClient is a client anew, with what stands around it: an older flash is over, and another number may wait.
type savedClient struct {
	Client  clientPage
	Waiting int
}

// notesForm is the notes being edited.
type notesForm struct {
	Action, Cancel, Swap string
	Notes                Field
	Version              int64
	Overtaken            bool
	Saved                string // what another tab saved
}

func newNotesForm(one clients.Client, notes string, wrong map[string]string) notesForm {
	form := notesForm{Action: clientURL(one.ID) + "/notes", Cancel: clientURL(one.ID), Swap: clientElement(one.ID), Version: one.Version}
	form.Notes = fields{wrong}.of("notes", "Notes", notes)
	form.Notes.Rows, form.Notes.Focus, form.Notes.Hint = 6, true, "Only you read these."
	return form
}

func (s *Server) clientNotesEdit(c *fiber.Ctx) error {
	one, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, clientID(c))
	if err != nil {
		return err
	}
	return s.clientNotesForm(c, one, newNotesForm(one, one.Notes, nil), http.StatusOK)
}

func (s *Server) clientNotesForm(c *fiber.Ctx, one clients.Client, form notesForm, status int) error {
	view, err := s.clientPageOf(c, one)
	if err != nil {
		return err
	}
	view.NotesForm = &form
	return s.showClient(c, view, status)
}

func (s *Server) clientNotesUpdate(c *fiber.Ctx) error {
	id := clientID(c)
	if _, err := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, id); err != nil { // another's is not found, whatever is typed
		return err
	}
	typed, err := readClientForm(c)
	if err != nil {
		return err
	}
	err = s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := clients.SetNotes(ctx, db, me(c).ID, id, typed.Notes, typed.Version, s.Clock())
		return err
	})
	f := fault.As(err)
	switch {
	case err == nil:
		return s.clientSaved(c, id, "Notes saved.")
	case f == nil || f.Kind != fault.Invalid && f.Kind != fault.Conflict:
		return err
	}
	saved, findErr := clients.Find(c.UserContext(), s.Store.Read, me(c).ID, id)
	if findErr != nil {
		return findErr
	}
	form, status := newNotesForm(saved, typed.Notes, f.Fields), http.StatusUnprocessableEntity
	if f.Kind == fault.Conflict {
		form.Overtaken, form.Saved, status = true, saved.Notes, http.StatusConflict
	} else {
		form.Version = typed.Version
	}
	return s.clientNotesForm(c, saved, form, status)
}

// clientActivate is Make Active, asked for from a list's row, a banner, the client's page, or the home page's list.
func (s *Server) clientActivate(c *fiber.Ctx) error {
	id := clientID(c)
	var one clients.Client
	err := s.Store.Write.RunInTx(c.UserContext(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		one, err = clients.SetStatus(ctx, db, me(c).ID, id, clients.Active, s.Clock())
		return err
	})
	if err != nil {
		return err
	}
	s.Courier.Kick()
	say := "Active. Mail flows again."
	if _, err := s.Ledger.Check(c.UserContext(), s.Store.Read, me(c).ID, id, s.Clock()); fault.Of(err) == fault.Denied {
		say = "Active, but mail is still held. " + fault.As(err).Say
	} else if err != nil {
		return err
	}
	as := c.FormValue("as")
	if !partial(c) || as == "page" {
		return s.clientSaved(c, id, say)
	}
	waiting, err := s.waiting(c)
	if err != nil {
		return err
	}
	if as != "row" {
		return s.fragment(c, http.StatusOK, "clients/_activated", activated{ID: id, Name: one.Name(), Say: say, Notice: as == "notice", Waiting: len(waiting)})
	}
	b, err := s.beside(c, []clients.Client{one})
	if err != nil {
		return err
	}
	toast(c, one.Name()+": "+say)
	return s.fragment(c, http.StatusOK, "clients/_activated_row", activatedRow{b.row(one, s.Clock()), len(waiting)})
}

// activated says in the place of the button what came of it.
type activated struct {
	ID        clients.ID
	Name, Say string
	Notice    bool // a banner asked, else a list
	Waiting   int  // how many are left
}

// activatedRow is the client's row anew, where a row of the list asked.
type activatedRow struct {
	Row     clientRow
	Waiting int
}
