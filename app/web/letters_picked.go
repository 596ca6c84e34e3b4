package web

import (
	"context"
	"html/template"
	"time"

	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

// pickedView are the homes of the letter being written.
type pickedView struct {
	List    []homePick
	Subject string // as suggested for them
	Error   string
	Marks   bool // somebody chosen was sent one of them before
	Again   bool
	Over    []string // who would get nothing
}

// homePick is one of them as a small card.
type homePick struct {
	ID          listings.ID
	N           int // its place, from 1
	Picture     template.HTML
	Name, Place string
	Price, Was  string
	Facts       string
	Why         string // it can't be sent; empty: it can
	Field       string // of the note
	Note, Wrong string
	First, Last bool
	Sent        string // "already sent to Amara Osei on 3 Nov"
}

// pickedHomes shows the homes and who of those chosen was sent which.
func (s *Server) pickedHomes(ctx context.Context, form composeForm, homes []letters.Home, picks []pickView, loc *time.Location, wrong map[string]string) (pickedView, error) {
	v := pickedView{Subject: letters.Suggestion(homes), Error: wrong["homes"], Again: form.Again}
	var chosen []pickView
	var ids []clients.ID
	for _, p := range picks {
		if p.Chosen {
			chosen, ids = append(chosen, p), append(ids, p.ID)
		}
	}
	sent, err := outbox.SentHomes(ctx, s.Store.Read, ids, numbers(form.Homes))
	if err != nil {
		return v, err
	}
	now := s.Clock()
	for i, h := range homes {
		pick := homePick{
			ID: h.ID, N: i + 1, Picture: picture(h.Cover, sizesThumb, "", false), Name: h.Card.Address, Place: h.Card.Place, Price: h.Card.Price,
			Facts: h.Card.Facts, Why: h.Why, Field: noteName(h.ID), Note: form.Notes[h.ID], Wrong: wrong[noteName(h.ID)],
			First: i == 0, Last: i == len(homes)-1,
		}
		if h.News.Old != nil {
			pick.Was = listings.Money(*h.News.Old)
		}
		var had []string
		var last time.Time
		for _, p := range chosen {
			if at, yes := sent[p.ID][int64(h.ID)]; yes {
				had = append(had, p.Name)
				if at.After(last) {
					last = at
				}
			}
		}
		if len(had) > 0 {
			v.Marks = true
			pick.Sent = "Already sent to " + listed(had) + " on " + shortDay(last, now, loc)
		}
		v.List = append(v.List, pick)
	}
	for _, p := range chosen {
		if len(homes) > 0 && len(sent[p.ID]) == len(homes) {
			v.Over = append(v.Over, p.Name)
		}
	}
	return v, nil
}

// shortDay is a day where there is little room: "3 Nov", with the year where it is another.
func shortDay(t, now time.Time, loc *time.Location) string {
	t = t.In(loc)
	if t.Year() == now.In(loc).Year() {
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}
