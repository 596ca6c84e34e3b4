package listings

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"
)

// batch is some records being brought in together.
type batch struct {
	db   bun.Tx
	w    *writer
	from Source
	now  time.Time
	done *Applied

	texts map[ID]*wording
	opens map[ID][]OpenHouse
	holds map[ID][]Hold

	fresh  []*fresh
	events []Event
	visits []visit // open houses not known before
	stray  []int64 // open houses the feed no longer names
	waits  []*Hold
}

// fresh is a home not known before.
type fresh struct {
	Listing
	rec  *Record
	wait *Hold // its price, if that waits for a person
}

// wording is a row of listing_texts.
type wording struct {
	bun.BaseModel `bun:"table:listing_texts,alias:t"`

	ListingID     ID     `bun:"listing_id,pk"`
	PublicRemarks string `bun:"public_remarks"`
	Details       string `bun:"details"`
	Media         string `bun:"media"`
}

func (b *batch) apply(ctx context.Context, records []Record) error {
	known, err := b.read(ctx, records)
	if err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		old := known[r.ListingKey]
		switch {
		case old != nil && r.olderThan(old.ModificationTimestamp):
		case r.Gone && old == nil:
		case r.Gone:
			err = b.leave(ctx, old, r)
		case old == nil:
			b.enter(r)
		default:
			err = b.update(ctx, old, r)
		}
		if err != nil {
			return err
		}
	}
	return b.write(ctx)
}

// read fetches what is known of the homes in the records.
func (b *batch) read(ctx context.Context, records []Record) (map[string]*Listing, error) {
	keys := make([]string, len(records))
	for i := range records {
		keys[i] = records[i].ListingKey
	}
	var rows []Listing
	if err := b.db.NewSelect().Model(&rows).Where("feed_id = ?", b.from.Feed).Where("listing_key IN (?)", bun.List(keys)).Scan(ctx); err != nil {
		return nil, err
	}
	known := make(map[string]*Listing, len(rows))
	if len(rows) == 0 {
		return known, nil
	}
	ids := make([]ID, len(rows))
	for i := range rows {
		known[rows[i].ListingKey], ids[i] = &rows[i], rows[i].ID
	}
	var words []wording
	if err := b.db.NewSelect().Model(&words).Where("listing_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	var opens []OpenHouse
	if err := b.db.NewSelect().Model(&opens).Where("listing_id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	var holds []Hold
	if err := b.db.NewSelect().Model(&holds).Where("listing_id IN (?)", bun.List(ids)).OrderExpr("id").Scan(ctx); err != nil {
		return nil, err
	}
	b.texts, b.opens, b.holds = map[ID]*wording{}, map[ID][]OpenHouse{}, map[ID][]Hold{}
	for i := range words {
		b.texts[words[i].ListingID] = &words[i]
	}
	for _, o := range opens {
		b.opens[o.ListingID] = append(b.opens[o.ListingID], o)
	}
	for _, h := range holds {
		b.holds[h.ListingID] = append(b.holds[h.ListingID], h)
	}
	return known, nil
}

// write adds all that the batch has gathered.
func (b *batch) write(ctx context.Context) error {
	if err := b.w.flush(ctx); err != nil {
		return err
	}
	rows := make([][]any, len(b.fresh))
	for i, c := range b.fresh {
		rows[i] = values(&c.Listing)
	}
	ids, err := b.w.insert(ctx, "listings", columns, rows)
	if err != nil {
		return err
	}
	words := make([][]any, len(b.fresh))
	for i, c := range b.fresh {
		c.ID = ID(ids[i])
		words[i] = []any{ids[i], c.rec.PublicRemarks, list(c.rec.Details), list(c.rec.Media)}
		b.events = append(b.events, b.happened(nil, &c.Listing)...)
		if _, err := b.receive(ctx, &c.Listing, c.rec); err != nil {
			return err
		}
		if c.wait != nil {
			c.wait.ListingID = c.ID
			b.waits = append(b.waits, c.wait)
		}
	}
	if err := b.w.add(ctx, "listing_texts", []string{"listing_id", "public_remarks", "details", "media"}, words); err != nil {
		return err
	}
	if err := b.writeOpens(ctx); err != nil {
		return err
	}
	if err := writeHolds(ctx, b.w, b.waits); err != nil {
		return err
	}
	b.done.Held += len(b.waits)
	return writeEvents(ctx, b.w, b.events)
}

// list is a list as its column keeps it.
func list[T any](items []T) string {
	if len(items) == 0 {
		return "[]"
	}
	text, err := json.Marshal(items)
	if err != nil {
		panic(err) // texts only
	}
	return string(text)
}
