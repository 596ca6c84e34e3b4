package demo

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"porchlight/app/demo/houses"
	"porchlight/app/feed"
	"porchlight/app/listings"
)

// sourceName is the feed that the demo's homes come from. It says what it is wherever a home is shown.
const sourceName = "Shoreline MLS (demo)"

const disclaimer = "A demonstration: every home, price, firm and person shown here is invented, and so are the pictures. Any likeness to a real property is chance. Data as of {time}."

// market is the shoreline as the demo invents it.
type market struct {
	dice     *rand.Rand
	tell     *teller
	end      time.Time
	zone     *time.Location
	homes    []*home
	made     int
	taken    map[string]int  // town and street
	taken2   map[string]bool // town, street and number
	feed     listings.FeedID
	later    []change // what the feed has not told yet
	pictures map[string][]picture
}

// homes fills the market: a first load ninety days ago, then each change at its hour, as a feed would have brought it, until
// the days are lived one by one.
func (b *builder) homes() {
	m := &market{dice: rand.New(rand.NewPCG(Seed, 2)), end: b.end, zone: b.zone, taken: map[string]int{}, taken2: map[string]bool{}}
	m.tell = &teller{dice: m.dice, last: map[string]int{}, said: map[string]bool{}}
	m.invent()
	drawings := m.draw(b.ctx)
	b.market = m
	b.do(func(ctx context.Context, db bun.Tx) error {
		source, err := feed.Save(ctx, db, b.Vault, b.maya, feed.Settings{
			Name: sourceName, Preset: "plain", Root: "https://odata.shoreline-mls.example/reso", Source: sourceName, Disclaimer: disclaimer, Paused: true,
		}, b.end.AddDate(0, 0, -90))
		if err != nil {
			return err
		}
		m.feed = source.ID
		for _, f := range firms {
			if err := listings.SaveOffice(ctx, db, source.ID, f.key, f.name, f.phone, f.email); err != nil {
				return err
			}
		}
		if err := m.begin(ctx, db); err != nil {
			return err
		}
		if err := m.play(ctx, db, b.morning(dayByDay)); err != nil {
			return err
		}
		if m.pictures, err = drawings(); err != nil {
			return err
		}
		return b.hang(ctx, db)
	})
}

// change is what a feed tells of a home at a time.
type change struct {
	at  time.Time
	key string
	rec listings.Record
}

// begin is the feed's first answer, and what it will tell after it, in order.
func (m *market) begin(ctx context.Context, db bun.IDB) error {
	first := m.end.AddDate(0, 0, -90)
	var begin []listings.Record
	for _, h := range m.homes {
		known := false
		for i, t := range h.turns {
			t.do(&h.rec)
			h.rec.ModificationTimestamp = t.at
			if t.at.Before(first) {
				if i+1 == len(h.turns) || !h.turns[i+1].at.Before(first) {
					begin = append(begin, h.rec)
				}
				known = true
				continue
			}
			if !known && h.rec.Gone {
				continue
			}
			m.later = append(m.later, change{t.at, h.rec.ListingKey, h.rec})
		}
	}
	slices.SortFunc(m.later, func(a, b change) int { return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.key, b.key)) })
	done, err := listings.Apply(ctx, db, listings.Source{Feed: m.feed, First: true}, begin, first)
	if err != nil {
		return err
	}
	return run(ctx, db, m.feed, "first", done, first, 4*time.Minute)
}

// play tells what the feed told until a time.
func (m *market) play(ctx context.Context, db bun.IDB, until time.Time) error {
	for len(m.later) > 0 && !m.later[0].at.After(until) {
		n := 1
		for n < len(m.later) && m.later[n].at.Sub(m.later[0].at) < 15*time.Minute && !m.later[n].at.After(until) {
			n++
		}
		var records []listings.Record
		for _, c := range m.later[:n] {
			records = append(records, c.rec)
		}
		at := m.later[n-1].at
		m.later = m.later[n:]
		done, err := listings.Apply(ctx, db, listings.Source{Feed: m.feed}, records, at)
		if err != nil {
			return err
		}
		if m.end.Sub(at) < 72*time.Hour {
			if err := run(ctx, db, m.feed, "changes", done, at, 3*time.Second); err != nil {
				return err
			}
		}
	}
	return nil
}

// run writes down that the feed was read.
func run(ctx context.Context, db bun.IDB, id listings.FeedID, kind string, done listings.Applied, at time.Time, took time.Duration) error {
	_, err := db.NewInsert().Model(&feed.Run{
		FeedID: id, Kind: kind, State: "done", Seen: done.Seen, Added: done.Added, Changed: done.Changed, Gone: done.Gone, Held: done.Held,
		Problems: "[]", StartedAt: at, EndedAt: at.Add(took),
	}).Exec(ctx)
	return err
}

// picture is a drawing of a home.
type picture struct {
	words string
	svg   []byte
}

// views are the pictures of a home, front first.
func (h *home) views() []func(houses.House) ([]byte, string) {
	front := func(d houses.House) ([]byte, string) { return houses.Front(d), "The house from the street (a drawing)" }
	kitchen := func(d houses.House) ([]byte, string) { return houses.Kitchen(d), "The kitchen (a drawing)" }
	living := func(d houses.House) ([]byte, string) { return houses.Living(d), "The living room (a drawing)" }
	bedroom := func(d houses.House) ([]byte, string) { return houses.Bedroom(d), "A bedroom (a drawing)" }
	garden := func(d houses.House) ([]byte, string) { return houses.Garden(d), "The garden (a drawing)" }
	water := func(d houses.House) ([]byte, string) { return houses.Water(d), "The view over the water (a drawing)" }
	outdoors := garden
	if h.drawn.Water {
		outdoors = water
	}
	type list = []func(houses.House) ([]byte, string)
	switch {
	case h.drawn.Kind == houses.Lot && h.drawn.Water:
		return list{front, water}
	case h.drawn.Kind == houses.Lot:
		return list{front}
	case h.status == listings.ComingSoon:
		return list{front, kitchen}
	case h.status == listings.Closed:
		return list{front, living}
	case h.drawn.Kind == houses.Condo || h.drawn.Kind == houses.Townhouse:
		return list{front, living, kitchen}
	case h.drawn.Seed%3 == 0:
		return list{front, kitchen, bedroom, outdoors}
	case h.drawn.Seed%3 == 1:
		return list{front, living, kitchen, outdoors}
	}
	return list{front, outdoors, living, bedroom}
}

// draw begins to draw every picture, on all processors, and returns a function that waits for them.
func (m *market) draw(ctx context.Context) func() (map[string][]picture, error) {
	all := make([][]picture, len(m.homes))
	finished := make(chan error, 1)
	go func() {
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(runtime.GOMAXPROCS(0))
		for i, h := range m.homes {
			group.Go(func() error {
				for _, view := range h.views() {
					svg, words := view(h.drawn)
					all[i] = append(all[i], picture{words, svg})
				}
				return ctx.Err()
			})
		}
		finished <- group.Wait()
	}()
	return func() (map[string][]picture, error) {
		err := <-finished
		pictures := map[string][]picture{}
		for i, h := range m.homes {
			pictures[h.rec.ListingKey] = all[i]
		}
		return pictures, err
	}
}

// hang puts the pictures of homes that came on the wall.
func (b *builder) hang(ctx context.Context, db bun.IDB) error {
	var rows []listings.Listing
	err := db.NewSelect().Model(&rows).Column("id", "listing_key").Where("feed_id = ?", b.market.feed).Where("photos_count = 0").OrderExpr("id").Scan(ctx)
	if err != nil {
		return err
	}
	for _, l := range rows {
		for i, p := range b.market.pictures[l.ListingKey] {
			if err := b.Photos.Put(ctx, db, l.ID, i+1, p.words, p.svg, b.end); err != nil {
				return fmt.Errorf("home %s: %w", l.ListingKey, err)
			}
		}
	}
	return nil
}
