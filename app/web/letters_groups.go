package web

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
	"porchlight/app/outbox"
)

// letterGroup are those who get the same homes, and so one mailing.
type letterGroup struct {
	permits []consent.Permit
	homes   map[listings.ID]bool
}

// groups gives everybody only the homes that are new to them, unless they are to be sent again. skipped are those for
// whom none is left.
func (s *Server) groups(ctx context.Context, form composeForm, permits []consent.Permit) (groups []letterGroup, skipped []string, err error) {
	all := map[listings.ID]bool{}
	for _, id := range form.Homes {
		all[id] = true
	}
	if len(form.Homes) == 0 || form.Again {
		return []letterGroup{{permits, all}}, nil, nil
	}
	sent, err := outbox.SentHomes(ctx, s.Store.Read, permitted(permits), numbers(form.Homes))
	if err != nil {
		return nil, nil, err
	}
	place := map[string]int{}
	for _, p := range permits {
		var set strings.Builder
		homes := map[listings.ID]bool{}
		for _, id := range form.Homes {
			if _, had := sent[p.Client()][int64(id)]; !had {
				homes[id] = true
				fmt.Fprintf(&set, "%d ", id)
			}
		}
		if len(homes) == 0 {
			skipped = append(skipped, p.Name())
			continue
		}
		at, known := place[set.String()]
		if !known {
			at = len(groups)
			place[set.String()] = at
			groups = append(groups, letterGroup{homes: homes})
		}
		groups[at].permits = append(groups[at].permits, p)
	}
	return groups, skipped, nil
}

func permitted(permits []consent.Permit) []clients.ID {
	ids := make([]clients.ID, len(permits))
	for i, p := range permits {
		ids[i] = p.Client()
	}
	return ids
}

func numbers(ids []listings.ID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

// text is what is posted to a group. Faults: as mail.Renderer.Letter.
func (s *Server) text(d *draft, only func(listings.ID) bool) (outbox.Text, error) {
	letter, homes := d.of(only)
	template, err := s.Renderer.Letter(letter)
	if err != nil {
		return outbox.Text{}, err
	}
	t := outbox.Text{Subject: letter.Subject, Markdown: letter.Markdown, Template: template}
	for _, h := range homes {
		t.Homes = append(t.Homes, outbox.Home{Listing: int64(h.ID), Note: d.notes[h.ID], ListPrice: h.Listing.ListPrice})
	}
	return t, nil
}

// postGroups posts one mailing to each group, all of them or none. The first one's key is the form's.
func (s *Server) postGroups(ctx context.Context, by agents.Agent, d *draft, groups []letterGroup, key string) (first outbox.MailingID, err error) {
	texts := make([]outbox.Text, len(groups))
	for i, g := range groups {
		if texts[i], err = s.text(d, func(id listings.ID) bool { return g.homes[id] }); err != nil {
			return 0, err
		}
		texts[i].IdempotencyKey = key
		if i > 0 {
			texts[i].IdempotencyKey += "/" + strconv.Itoa(i+1)
		}
	}
	err = s.Store.Write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		for i, g := range groups {
			id, err := outbox.Post(ctx, db, s.Ledger, by, g.permits, texts[i], s.Clock())
			if err != nil {
				return err
			}
			if i == 0 {
				first = id
			}
		}
		return nil
	})
	return first, err
}

// queuedWords say what was posted, to how many, and who got nothing.
func queuedWords(groups []letterGroup, skipped []string) string {
	n := 0
	for _, g := range groups {
		n += len(g.permits)
	}
	say := "Queued for " + count(n, "client", "clients")
	if len(groups) > 1 {
		say += " in " + strconv.Itoa(len(groups)) + " letters, each with the homes that are new to them"
	}
	say += ". You can close this page."
	if len(skipped) > 0 {
		say += " " + leftOut(skipped) + "."
	}
	return say
}

// leftOut says who has all homes already: "Amara Osei has all of these homes already and was left out".
func leftOut(names []string) string {
	if len(names) == 1 {
		return names[0] + " has all of these homes already and was left out"
	}
	return listed(names) + " have all of these homes already and were left out"
}

// listed joins names: "Amara, Ben and 3 others".
func listed(names []string) string {
	const most = 3
	switch n := len(names); {
	case n == 1:
		return names[0]
	case n <= most:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names[:most-1], ", ") + " and " + strconv.Itoa(len(names)-most+1) + " others"
}
