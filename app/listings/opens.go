package listings

import (
	"context"

	"github.com/uptrace/bun"
)

// visit is an open house on its way in.
type visit struct {
	OpenHouse
	news  bool
	state Status // of its home
}

// receive takes in a home's open houses and says whether anything about those to come changed. Past ones come in no more;
// those the feed no longer names go, unless an event tells of them: then one still to come counts as canceled.
func (b *batch) receive(ctx context.Context, home *Listing, r *Record) (bool, error) {
	known := map[string]*OpenHouse{}
	for i := range b.opens[home.ID] {
		o := &b.opens[home.ID][i]
		known[o.OpenHouseKey] = o
	}
	stirred := false
	news := !b.from.First && home.onMarket()
	for _, o := range r.OpenHouses {
		was := known[o.OpenHouseKey]
		delete(known, o.OpenHouseKey)
		coming := news && o.StartsAt.After(b.now) && !o.Canceled
		o.ListingID = home.ID
		switch {
		case was == nil:
			if !o.Canceled && o.EndsAt.After(b.now) {
				b.visits, stirred = append(b.visits, visit{o, coming, home.StandardStatus}), true
			}
			continue
		case o.same(was):
			continue
		}
		if coming && (was.Canceled || !o.StartsAt.Equal(was.StartsAt)) {
			b.events = append(b.events, b.invitation(home.ID, home.StandardStatus, was.ID))
		}
		stirred = true
		err := b.w.change(ctx, "open_houses", "id", was.ID,
			[]string{"starts_at", "ends_at", "remarks", "appointment_required_yn", "livestream_url", "canceled"},
			[]any{o.StartsAt, o.EndsAt, o.Remarks, o.AppointmentRequiredYN, o.LivestreamURL, o.Canceled})
		if err != nil {
			return false, err
		}
	}
	if r.Partial {
		return stirred, nil
	}
	for _, was := range known {
		b.stray = append(b.stray, was.ID)
		stirred = stirred || !was.Canceled && was.EndsAt.After(b.now)
	}
	return stirred, nil
}

func (o *OpenHouse) same(was *OpenHouse) bool {
	return o.StartsAt.Equal(was.StartsAt) && o.EndsAt.Equal(was.EndsAt) && o.Remarks == was.Remarks &&
		o.AppointmentRequiredYN == was.AppointmentRequiredYN && o.LivestreamURL == was.LivestreamURL && o.Canceled == was.Canceled
}

func (b *batch) invitation(home ID, state Status, house int64) Event {
	return Event{ListingID: home, Kind: EventOpenHouse, At: b.now, OldStatus: state, NewStatus: state, OpenHouseID: house}
}

// writeOpens adds the new open houses with their events and takes out those that are named no more.
func (b *batch) writeOpens(ctx context.Context) error {
	rows := make([][]any, len(b.visits))
	for i, v := range b.visits {
		rows[i] = []any{v.ListingID, v.OpenHouseKey, v.StartsAt, v.EndsAt, v.Remarks, v.AppointmentRequiredYN, v.LivestreamURL, v.Canceled}
	}
	ids, err := b.w.insert(ctx, "open_houses", []string{"listing_id", "open_house_key", "starts_at", "ends_at", "remarks", "appointment_required_yn", "livestream_url", "canceled"}, rows)
	if err != nil {
		return err
	}
	for i, v := range b.visits {
		if v.news {
			b.events = append(b.events, b.invitation(v.ListingID, v.state, ids[i]))
		}
	}
	if len(b.stray) == 0 {
		return nil
	}
	if _, err := b.db.ExecContext(ctx, `DELETE FROM open_houses WHERE id IN (?) AND NOT EXISTS
		(SELECT 1 FROM listing_events e WHERE e.listing_id = open_houses.listing_id AND e.open_house_id = open_houses.id)`, bun.List(b.stray)); err != nil {
		return err
	}
	_, err = b.db.ExecContext(ctx, "UPDATE open_houses SET canceled = TRUE WHERE id IN (?) AND ends_at > ? AND NOT canceled", bun.List(b.stray), b.now)
	return err
}
