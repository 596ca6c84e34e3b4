package autoemail

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"porchlight/app/clients"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// chosen is a home of a letter.
type chosen struct {
	match Match // the newest that brings it
	of    []ID  // all auto emails that do
	home  *letters.Home
	note  string
}

// mostHomes is how many homes a letter's page shows; what is beyond waits for the next letter.
const mostHomes = 100

// weigh decides of all that is due what leaves, what waits and what does not leave any more.
func (d *desk) weigh(ctx context.Context, parcels []*parcel) error {
	var homes []listings.ID
	for _, p := range parcels {
		for _, m := range p.waits {
			homes = append(homes, m.ListingID)
		}
	}
	if err := d.look(ctx, homes); err != nil {
		return err
	}
	old, err := d.sentBefore(ctx, parcels)
	if err != nil {
		return err
	}
	of := make([]clients.ID, len(parcels))
	for i, p := range parcels {
		of[i] = p.client
	}
	hushed, err := portal.Hushed(ctx, d.Read, of, slices.Compact(slices.Sorted(slices.Values(homes))))
	if err != nil {
		return err
	}
	for _, p := range parcels {
		p.hush = hushed[p.client]
		d.weighOne(p, old[p.client])
	}
	return nil
}

func (d *desk) weighOne(p *parcel, old map[string]bool) {
	of := make(map[ID]*Search, len(p.searches))
	for _, s := range p.searches {
		of[s.ID] = s
	}
	var left []Match
	for _, m := range p.waits {
		s := of[m.SearchID]
		state, why := d.stays(p, s, &m)
		switch {
		case state == "":
			left = append(left, m)
		case state != m.State:
			m.State, m.Reason = state, why
			p.off = append(p.off, m)
		}
	}
	slices.SortFunc(left, func(a, b Match) int {
		return cmp.Or(b.FoundAt.Compare(a.FoundAt), d.trays.homes[b.ListingID].Listing.ListedAt.Compare(d.trays.homes[a.ListingID].Listing.ListedAt), cmp.Compare(b.ID, a.ID))
	})
	place := map[string]int{}
	for _, m := range left {
		home := d.trays.homes[m.ListingID]
		held := identity(&home.Listing) + "|" + priceDetail(home.Listing.ListPrice) // two homes of one house may lack their units
		at, stands := place[held]
		switch {
		case old[m.OnceKey]:
		case stands:
			p.homes[at].of = append(p.homes[at].of, m.SearchID)
			if p.homes[at].note == "" {
				p.homes[at].note = m.Note
			}
		case len(p.homes) == mostHomes:
			continue
		default:
			place[held] = len(p.homes)
			p.homes = append(p.homes, chosen{match: m, of: []ID{m.SearchID}, home: home, note: m.Note})
		}
		p.sent = append(p.sent, m)
	}
	if p.to.say != "" {
		return
	}
	for _, s := range p.searches {
		leaves := slices.ContainsFunc(p.homes, func(c chosen) bool { return slices.Contains(c.of, s.ID) })
		if s.Opening != OpeningNone && s.State == Active && (leaves || d.isDue(s)) {
			p.opening = append(p.opening, s)
		}
	}
}

// stays says in which state a match is if it does not leave now, and why; none: it leaves.
func (d *desk) stays(p *parcel, s *Search, m *Match) (MatchState, string) {
	fact, home := d.trays.facts[m.ListingID], d.trays.homes[m.ListingID]
	hidden := "It is not in Porchlight any more."
	if home != nil && fact.Listing != nil {
		hidden = home.Why
	}
	approved := m.State == Approved
	switch {
	case approved && p.to.say != "":
		return Unsent, p.to.say
	case approved && s.State != Active:
		return Unsent, "The auto e-mail was paused before this home left."
	case approved && hidden != "":
		return Unsent, "This home could not be sent any more. " + hidden
	case approved && offSince(m, fact.Listing): // nobody was asked about that
		return Unsent, Changed(*m, *fact.Listing)
	case (!approved || m.DecidedBy == 0) && p.hush.Quiet(m.ListingID, m.OldPrice, m.NewPrice): // unless the agent picked it all the same
		return Dropped, "They discarded this home in their portal."
	case approved:
		return "", ""
	case hidden != "":
		return Dropped, hidden
	case !d.fits(s, m, fact, home):
		return Dropped, "It stopped being what was looked for before the letter left."
	case p.to.say != "":
		return Waiting, ""
	}
	return "", ""
}

// offSince says whether a home is no longer what was approved: it left the market, or came back, after the decision.
func offSince(m *Match, l *listings.Listing) bool {
	return l.ChangedAt.After(m.DecidedAt) && !slices.Contains(statusesOf(m.Kind), l.StandardStatus) && l.StandardStatus != m.FoundStatus
}

// fits says whether a home that waited is still news: what the search asks for, and what happened to it still so.
func (d *desk) fits(s *Search, m *Match, fact listings.Facts, home *letters.Home) bool {
	switch {
	case m.Kind == listings.EventOpenHouse && home.Open.StartsAt.IsZero():
		return false
	case ended(m.Kind) && !slices.Contains(statusesOf(m.Kind), fact.StandardStatus):
		return false
	}
	return Wants(&s.Criteria, []listings.EventKind{m.Kind}, fact, m.Kind)
}

// sentBefore are the events that clients were already told of by another of their auto emails.
func (d *desk) sentBefore(ctx context.Context, parcels []*parcel) (map[clients.ID]map[string]bool, error) {
	var ids []clients.ID
	keys := map[string]bool{}
	for _, p := range parcels {
		ids = append(ids, p.client)
		for _, m := range p.waits {
			keys[m.OnceKey] = true
		}
	}
	old := map[clients.ID]map[string]bool{}
	if len(keys) == 0 {
		return old, nil
	}
	all := make([]string, 0, len(keys))
	for key := range keys {
		all = append(all, key)
	}
	for some := range slices.Chunk(all, atOnce) {
		var rows []struct {
			ClientID clients.ID
			OnceKey  string
		}
		err := d.Read.NewRaw("SELECT client_id, once_key FROM matches WHERE client_id IN (?) AND once_key IN (?) AND state = 'sent'", bun.List(ids), bun.List(some)).Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if old[row.ClientID] == nil {
				old[row.ClientID] = map[string]bool{}
			}
			old[row.ClientID][row.OnceKey] = true
		}
	}
	return old, nil
}

// putOff leaves everything as it was, but for what an agent approved: that goes back into the queue with the reason.
func (p *parcel) putOff(why string) {
	for _, m := range p.sent {
		if m.State == Approved {
			m.State, m.Reason = Unsent, why
			p.off = append(p.off, m)
		}
	}
	p.to.say, p.sent, p.homes, p.opening = why, nil, nil, nil
}
