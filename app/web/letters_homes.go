package web

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
)

// pickedAtMost is how many homes a form keeps; a letter shows fewer and says so.
const pickedAtMost = 50

// parseHomes reads the homes of a form or an address in their order, each once.
func parseHomes(raw [][]byte) (ids []listings.ID) {
	for _, one := range raw {
		id, err := strconv.ParseInt(string(one), 10, 64)
		if err == nil && id > 0 && !slices.Contains(ids, listings.ID(id)) && len(ids) < pickedAtMost {
			ids = append(ids, listings.ID(id))
		}
	}
	return ids
}

// noteName is the field of the note on a home.
func noteName(id listings.ID) string { return "note-" + strconv.FormatInt(int64(id), 10) }

// letterHomesChange moves a home up or down or takes it out, as ?up=, ?down= or ?remove= say, and shows the form again.
func (s *Server) letterHomesChange(c *fiber.Ctx) error {
	form := parseCompose(c)
	for _, do := range []struct {
		name string
		act  func(at int)
	}{
		{"up", func(at int) { swap(form.Homes, at, at-1) }},
		{"down", func(at int) { swap(form.Homes, at, at+1) }},
		{"remove", func(at int) { form.Homes = slices.Delete(form.Homes, at, at+1) }},
	} {
		id, err := strconv.ParseInt(c.Query(do.name), 10, 64)
		if at := slices.Index(form.Homes, listings.ID(id)); err == nil && at >= 0 {
			do.act(at)
		}
	}
	if !partial(c) {
		return s.composePage(c, fiber.StatusOK, form, nil)
	}
	view, err := s.composeView(c.UserContext(), me(c), form, nil)
	if err != nil {
		return err
	}
	view.NewSubject = view.Subject.Value != form.Subject
	return s.fragment(c, fiber.StatusOK, "mailings/_homes_changed", view)
}

func swap(ids []listings.ID, a, b int) {
	if a >= 0 && b >= 0 && a < len(ids) && b < len(ids) {
		ids[a], ids[b] = ids[b], ids[a]
	}
}

// letterMarks says again who was sent what, after somebody was chosen or no longer is.
func (s *Server) letterMarks(c *fiber.Ctx) error {
	form := parseCompose(c)
	if !partial(c) {
		return s.composePage(c, fiber.StatusOK, form, nil)
	}
	view, err := s.composeView(c.UserContext(), me(c), form, nil)
	if err != nil {
		return err
	}
	return s.fragment(c, fiber.StatusOK, "mailings/_marks_changed", view.Homes)
}

// draft is a letter that is ready but for who gets which of its homes.
type draft struct {
	letter mail.Letter
	homes  []letters.Home
	cards  map[listings.ID]*mail.Card
	notes  map[listings.ID]string
	typed  bool // the subject is the agent's own
}

// dress renders the homes, each once for all letters. What is wrong with one stands at its field.
func (s *Server) dress(d *draft, notes map[listings.ID]string, loc *time.Location, wrong map[string]string) error {
	d.notes, d.cards = notes, map[listings.ID]*mail.Card{}
	for _, h := range d.homes {
		if h.Why != "" {
			wrong["homes"] = fmt.Sprintf("%s can’t be sent: %s Take it out of the letter.", h.Card.Address, h.Why)
			continue
		}
		card, err := s.Renderer.Card(h.InMail(notes[h.ID], s.BaseURL, len(d.homes) <= letters.FewHomes, loc))
		if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
			if say := f.Fields["note"]; say != "" {
				wrong[noteName(h.ID)] = say
			} else {
				wrong["homes"] = f.Say
			}
			continue
		}
		if err != nil {
			return err
		}
		d.cards[h.ID] = card
	}
	return nil
}

// of is the letter with these of its homes; a subject that was suggested counts them.
func (d *draft) of(only func(listings.ID) bool) (mail.Letter, []letters.Home) {
	l := d.letter
	l.Homes = nil
	var homes []letters.Home
	for _, h := range d.homes {
		if card := d.cards[h.ID]; card != nil && only(h.ID) {
			l.Homes, homes = append(l.Homes, card), append(homes, h)
		}
	}
	if !d.typed {
		l.Subject = cmp.Or(letters.Suggestion(homes), l.Subject)
	}
	return l, homes
}
