package feed

import (
	"context"
	"hash/maphash"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/app/reso"
)

// others takes a page of a resource beside Property; each record is brought in by bring.
type others struct {
	w     *walk
	key   string
	bring func(ctx context.Context, db bun.Tx, records []reso.Record, first bool) (listings.Applied, error)

	gathered
	latest time.Time
	print  maphash.Hash
}

// Reset forgets a page.
func (o *others) Reset() {
	o.gathered.Reset()
	o.latest = time.Time{}
	o.print.SetSeed(o.w.seed)
	o.print.Reset()
}

// Take takes one record.
func (o *others) Take(r reso.Record) error {
	if at := stamp(r, "ModificationTimestamp", o.w.r.clock()); at.After(o.latest) {
		o.latest = at
	}
	_, _ = o.print.WriteString(text(r, o.key) + "\n")
	return o.gathered.Take(r)
}

func (o *others) prepare(context.Context) error { return nil }

func (o *others) apply(ctx context.Context, db bun.Tx, first bool) (listings.Applied, error) {
	return o.bring(ctx, db, o.records, first)
}

func (o *others) told() (time.Time, []Problem, uint64) { return o.latest, nil, o.print.Sum64() }

// beside is a resource beside Property, of which a feed need not have one.
func (w *walk) beside(name, key string, fields []string, bring func(ctx context.Context, db bun.Tx, records []reso.Record, first bool) (listings.Applied, error)) resource {
	say := w.say
	say.stamp = "ModificationTimestamp"
	size := w.feed.PageSize
	if w.feed.Preset == "bridge" {
		size = min(size, 200) // only replication has more
	}
	return resource{
		name: name, path: name, optional: true, say: say, size: size, take: &others{w: w, key: key, bring: bring},
		query: func(since time.Time, _ bool, as *less) reso.Query {
			q := reso.Query{Size: size, Filter: from(say.stamp, since)}
			if say.canView {
				q.Filter = and(w.feed.Filter, q.Filter)
			}
			if say.orderBy != "" && !as.noOrder {
				q.OrderBy = key
			}
			if !as.noSelect {
				q.Select = fields
				if w.feed.meta != nil && w.feed.meta.Has(name) {
					q.Select = w.feed.meta.Known(name, fields)
				}
			}
			return q
		},
	}
}

// offices and members are who lists.
func (w *walk) offices() resource {
	return w.beside("Office", "OfficeKey", []string{"OfficeKey", "OfficeName", "OfficePhone", "OfficeEmail", "ModificationTimestamp"},
		func(ctx context.Context, db bun.Tx, records []reso.Record, _ bool) (listings.Applied, error) {
			for _, r := range records {
				if text(r, "OfficeKey") == "" {
					continue
				}
				if err := listings.SaveOffice(ctx, db, w.run.FeedID, text(r, "OfficeKey"), text(r, "OfficeName"), text(r, "OfficePhone"), text(r, "OfficeEmail")); err != nil {
					return listings.Applied{}, err
				}
			}
			return listings.Applied{}, nil
		})
}

func (w *walk) members() resource {
	return w.beside("Member", "MemberKey", []string{"MemberKey", "MemberFullName", "OfficeKey", "ModificationTimestamp"},
		func(ctx context.Context, db bun.Tx, records []reso.Record, _ bool) (listings.Applied, error) {
			for _, r := range records {
				if text(r, "MemberKey") == "" {
					continue
				}
				if err := listings.SaveMember(ctx, db, w.run.FeedID, text(r, "MemberKey"), text(r, "MemberFullName"), text(r, "OfficeKey")); err != nil {
					return listings.Applied{}, err
				}
			}
			return listings.Applied{}, nil
		})
}

// openHouses are a resource of their own too: one that is added need not change its home's timestamp. A feed without the resource
// sends them with the homes or not at all.
func (w *walk) openHouses() resource {
	return w.beside("OpenHouse", "OpenHouseKey", nil,
		func(ctx context.Context, db bun.Tx, records []reso.Record, first bool) (listings.Applied, error) {
			var done listings.Applied
			houses := map[string][]listings.OpenHouse{}
			for _, r := range records {
				key := text(r, "ListingKey")
				house, _ := ConvertOpenHouse(func(field string) (any, bool) { value, ok := r[field]; return value, ok }, time.UTC)
				if key == "" || house.OpenHouseKey == "" {
					continue
				}
				house.Canceled = house.Canceled || takenBack(r)
				houses[key] = append(houses[key], house)
			}
			if len(houses) == 0 {
				return done, nil
			}
			changed, err := listings.Announce(ctx, db, w.from(first), houses, w.r.clock())
			done.Changed = changed
			return done, err
		})
}
