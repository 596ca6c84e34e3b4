package web

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/photos"
)

// letterHome is a home on its way into a letter.
type letterHome struct {
	id    listings.ID
	home  listings.Listing
	card  listings.Card // as clients see it; as agents do where Why is set
	cover listings.Photo
	open  listings.OpenHouse
	news  homeNews
	at    time.Time // of the data
	why   string    // it can't be sent; empty: it can
}

// letterHomes reads homes in the order asked; one that is not there any more says so.
func (s *Server) letterHomes(ctx context.Context, ids []listings.ID, loc *time.Location) ([]letterHome, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	now := s.Clock()
	found, err := listings.List(ctx, s.Store.Read, ids)
	if err != nil {
		return nil, err
	}
	displays, err := feed.Displays(ctx, s.Store.Read)
	if err != nil {
		return nil, err
	}
	covers, err := listings.Covers(ctx, s.Store.Read, ids)
	if err != nil {
		return nil, err
	}
	open, err := listings.NextOpen(ctx, s.Store.Read, ids, now)
	if err != nil {
		return nil, err
	}
	events, err := listings.Recent(ctx, s.Store.Read, ids, now.Add(-max(newFor, priceFor)))
	if err != nil {
		return nil, err
	}
	known := map[listings.ID]listings.Listing{}
	for _, l := range found {
		known[l.ID] = l
	}
	all := make([]letterHome, len(ids))
	for i, id := range ids {
		l, there := known[id]
		if !there {
			all[i] = letterHome{id: id, card: listings.Card{ID: id, Address: "A home that is no longer here", Gone: true}, why: "It is not in Porchlight any more."}
			continue
		}
		by := displays[l.FeedID]
		by.Location = loc
		h := letterHome{id: id, home: l, card: listings.Show(l, by), cover: covers[id], open: open[id], news: newsOf(l, events[id], open[id], now, loc)}
		h.at = by.DataAt
		if h.at.IsZero() {
			h.at = l.ChangedAt
		}
		if h.card.Gone {
			h.card = listings.Show(shownToAgent(l), by)
			if h.why = hiddenWhy(l); h.why == "" {
				h.why = "It is no longer in the feed it came from."
			}
		}
		all[i] = h
	}
	return all, nil
}

// dataTime is how letters and what they lead to write the time of the data: in full, for both are read later and printed.
const dataTime = "2 January 2006, 15:04"

// fewHomes is how many homes a letter has at most whose photos come large: sharp on a phone, and still soon there.
const fewHomes = 4

// inMail is the home as a letter shows it.
func (h letterHome) inMail(note, base string, large bool, loc *time.Location) mail.Home {
	m := mail.Home{
		ID: int64(h.id), Price: h.card.Price, Status: string(h.card.Status), Address: h.card.Address, Place: h.card.Place, Facts: h.card.Facts,
		Type: h.card.Type, Note: note, Attribution: h.card.Attribution, Source: h.card.Source, Disclaimer: h.card.Disclaimer,
		DataTime: h.at.In(loc).Format(dataTime),
	}
	if h.news.old != nil {
		m.OldPrice = listings.Money(*h.news.old)
	}
	var news []string
	for _, word := range h.news.words {
		news = append(news, word.say)
	}
	m.New = strings.Join(news, " · ")
	from := photos.Sources(h.cover)
	src := from.Src
	if large {
		src = from.Large
	}
	if strings.HasPrefix(src, "/") {
		src = base + src
	}
	m.PhotoURL, m.PhotoWidth, m.PhotoHeight = src, from.Width, from.Height
	return m
}

// suggestion is the subject of a letter that shows these homes and has none yet.
func suggestion(homes []letterHome) string {
	switch {
	case len(homes) == 0:
		return ""
	case len(homes) > 1:
		return strconv.Itoa(len(homes)) + " homes for you"
	case homes[0].why != "" || !homes[0].home.InternetAddressDisplayYN || homes[0].home.UnparsedAddress == "":
		return "A home for you"
	case homes[0].home.City == "":
		return homes[0].card.Address
	}
	return homes[0].card.Address + ", " + homes[0].home.City
}

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
	homes  []letterHome
	cards  map[listings.ID]*mail.Card
	notes  map[listings.ID]string
	typed  bool // the subject is the agent's own
}

// dress renders the homes, each once for all letters. What is wrong with one stands at its field.
func (s *Server) dress(d *draft, notes map[listings.ID]string, loc *time.Location, wrong map[string]string) error {
	d.notes, d.cards = notes, map[listings.ID]*mail.Card{}
	for _, h := range d.homes {
		if h.why != "" {
			wrong["homes"] = fmt.Sprintf("%s can’t be sent: %s Take it out of the letter.", h.card.Address, h.why)
			continue
		}
		card, err := s.Renderer.Card(h.inMail(notes[h.id], s.BaseURL, len(d.homes) <= fewHomes, loc))
		if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
			if say := f.Fields["note"]; say != "" {
				wrong[noteName(h.id)] = say
			} else {
				wrong["homes"] = f.Say
			}
			continue
		}
		if err != nil {
			return err
		}
		d.cards[h.id] = card
	}
	return nil
}

// of is the letter with these of its homes; a subject that was suggested counts them.
func (d *draft) of(only func(listings.ID) bool) (mail.Letter, []letterHome) {
	l := d.letter
	l.Homes = nil
	var homes []letterHome
	for _, h := range d.homes {
		if card := d.cards[h.id]; card != nil && only(h.id) {
			l.Homes, homes = append(l.Homes, card), append(homes, h)
		}
	}
	if !d.typed {
		l.Subject = cmp.Or(suggestion(homes), l.Subject)
	}
	return l, homes
}
