package feed

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
	"porchlight/app/reso"
)

// property is the homes.
func (w *walk) property() resource {
	as := w.feed.lacks("Property")
	return resource{
		name: "Property", path: w.say.path, say: w.say, size: w.feed.PageSize, take: &homePage{w: w, as: as},
		query: func(since time.Time, loaded bool, as *less) reso.Query {
			q := w.fields(as)
			q.Filter = and(w.feed.Filter, from(w.say.stamp, since))
			if w.say.canView && !loaded { // later on, what may no longer be seen is what matters
				q.Filter = and(w.feed.Filter, from(w.say.stamp, since), "MlgCanView eq true")
			}
			return q
		},
	}
}

// fields is the part of a query that says what of each home to send.
func (w *walk) fields(as *less) reso.Query {
	q := reso.Query{Size: w.feed.PageSize, Extra: w.say.extra}
	if !as.noOrder {
		q.OrderBy = w.say.orderBy
	}
	if !as.noExpand {
		for _, other := range w.say.expand {
			if w.feed.meta == nil || !w.feed.meta.Has("Property") || w.feed.meta.Expands("Property", other) {
				q.Expand = append(q.Expand, other)
			}
		}
	}
	if as.noSelect {
		return q
	}
	q.Select = w.feed.Select
	if len(q.Select) == 0 {
		q.Select = Fields
	}
	for _, needed := range slices.Concat([]string{"ListingKey", "StandardStatus", "ModificationTimestamp"}, w.say.fields) {
		if !slices.Contains(q.Select, needed) {
			q.Select = append(slices.Clip(q.Select), needed)
		}
	}
	if w.feed.meta != nil && w.feed.meta.Has("Property") {
		asked := q.Select
		q.Select = w.feed.meta.Known("Property", asked)
		if slices.Contains(asked, "Media") && w.feed.meta.Expands("Property", "Media") { // chosen by name, whatever it is called there
			q.Select = append(q.Select, "Media")
		}
	}
	return q
}

// expanded says whether homes bring another resource's records with them.
func (w *walk) expanded(as *less, other string) bool {
	q := w.fields(as)
	return slices.Contains(q.Expand, other) || slices.Contains(q.Select, other)
}

// homePage takes a page of Property.
type homePage struct {
	w  *walk
	as *less

	raw      []reso.Record // kept only where photos are asked for beside
	records  []listings.Record
	problems []Problem
	latest   time.Time
	print    maphash.Hash
}

// Reset forgets a page.
func (h *homePage) Reset() {
	h.raw, h.records, h.problems, h.latest = nil, nil, nil, time.Time{}
	h.print.SetSeed(h.w.seed)
	h.print.Reset()
}

// Take takes one home.
func (h *homePage) Take(record reso.Record) error {
	if at := stamp(record, h.w.say.stamp, h.w.r.clock()); at.After(h.latest) {
		h.latest = at
	}
	_, _ = h.print.WriteString(text(record, "ListingKey") + "\n")
	if h.beside() {
		h.raw = append(h.raw, record)
		return nil
	}
	h.convert(record)
	return nil
}

// beside says whether photos are a resource of their own here.
func (h *homePage) beside() bool {
	return h.w.say.byKey && !h.w.feed.lacks("Media").missing && !h.w.expanded(h.as, "Media") && (h.w.feed.meta == nil || h.w.feed.meta.Has("Media"))
}

func (h *homePage) convert(record reso.Record) {
	if key := text(record, "ListingKey"); key != "" && takenBack(record) {
		gone := listings.Record{Gone: true}
		gone.ListingKey, gone.ModificationTimestamp = key, stamp(record, "ModificationTimestamp", h.w.r.clock())
		h.records = append(h.records, gone)
		return
	}
	home, problems := Convert(func(field string) (any, bool) { value, ok := record[field]; return value, ok })
	if room := mostProblems - len(h.problems); room > 0 {
		h.problems = append(h.problems, problems[:min(room, len(problems))]...)
	}
	if home.ListingKey != "" {
		h.records = append(h.records, home)
	}
}

// takenBack says that the feed takes a home back: RESO's Delete and Incomplete are for nobody's eyes, and what MLS Grid says may
// no longer be seen often comes with hardly a field.
func takenBack(record reso.Record) bool {
	switch may := record["MlgCanView"].(type) {
	case bool:
		if !may {
			return true
		}
	case string:
		if strings.EqualFold(may, "false") {
			return true
		}
	}
	switch fold(text(record, "StandardStatus")) {
	case "delete", "deleted", "incomplete":
		return true
	}
	return false
}

func text(record reso.Record, field string) string { return clean(scalar(record[field]), 255, false) }

// stamp reads a record's timestamp. One in the future is a mistake, and believed it would hide all that comes before it.
func stamp(record reso.Record, field string, now time.Time) time.Time {
	at, ok := readTime(text(record, field), time.UTC)
	if !ok && field != "ModificationTimestamp" {
		at, ok = readTime(text(record, "ModificationTimestamp"), time.UTC)
	}
	if !ok || at.After(now.Add(24*time.Hour)) {
		return time.Time{}
	}
	return at
}

func (h *homePage) prepare(ctx context.Context) error {
	if len(h.raw) == 0 {
		return nil
	}
	photos, err := h.w.photos(ctx, h.raw)
	if err != nil {
		return err
	}
	for _, record := range h.raw {
		if photos != nil {
			record["Media"] = photos[text(record, "ListingKey")]
		}
		h.convert(record)
	}
	h.raw = nil
	return nil
}

func (h *homePage) apply(ctx context.Context, db bun.Tx, first bool) (listings.Applied, error) {
	return listings.Apply(ctx, db, h.w.from(first), h.records, h.w.r.clock())
}

func (w *walk) from(first bool) listings.Source {
	return listings.Source{Feed: w.run.FeedID, First: first, HoldShare: float64(w.feed.HoldPercent) / 100, Statuses: w.feed.allowed()}
}

func (h *homePage) told() (time.Time, []Problem, uint64) {
	return h.latest, h.problems, h.print.Sum64()
}

// keysAtOnce is how many keys one filter names: an address of 2,000 characters is taken everywhere.
const keysAtOnce = 15

// photos asks for the photos of homes, by ListingKey. Nil where the feed has none to ask for.
func (w *walk) photos(ctx context.Context, homes []reso.Record) (map[string][]any, error) {
	all := map[string][]any{}
	var keys []any
	for _, home := range homes {
		if n := text(home, "PhotosCount"); n != "0" && home["ListingKey"] != nil && !takenBack(home) {
			keys = append(keys, home["ListingKey"])
		}
	}
	for some := range slices.Chunk(keys, keysAtOnce) {
		link := w.feed.client.URL("Media", reso.Query{Filter: anyOf("ResourceRecordKey", some), Size: w.feed.PageSize})
		for range 100 {
			page := &gathered{}
			answer, err := w.feed.client.Page(ctx, link, w.feed.PageSize, page)
			var e *reso.Error
			if errors.As(err, &e) && e.Refused() {
				w.feed.lacks("Media").missing = true
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			for _, photo := range page.records {
				key := text(photo, "ResourceRecordKey")
				all[key] = append(all[key], photo)
			}
			if link = answer.Next; link == "" {
				break
			}
		}
	}
	return all, nil
}

// anyOf is a filter for one of several keys; numeric ones, as old feeds have, stand without quotes.
func anyOf(field string, keys []any) string {
	parts := make([]string, len(keys))
	for i, key := range keys {
		parts[i] = field + " eq " + scalar(key)
		if written, isText := key.(string); isText {
			parts[i] = field + " eq " + reso.Quote(written)
		}
	}
	return strings.Join(parts, " or ")
}

// gathered takes a page as it is.
type gathered struct{ records []reso.Record }

// Reset forgets a page.
func (g *gathered) Reset() { g.records = nil }

// Take takes one record.
func (g *gathered) Take(r reso.Record) error {
	if len(g.records) >= 100_000 {
		return fmt.Errorf("feed: a page of more than %d records", len(g.records))
	}
	g.records = append(g.records, r)
	return nil
}
