package feed

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// anywhere is where the host may send a walk: what is typed on the command line is the host's own choice.
var anywhere = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}

// WalkURL brings in all homes that a RESO Web API names at an address the host typed: a service root, or the collection
// Property with or without a query of its own, also inside and over plain http. token may be empty. Each host has a feed of
// its own, which nothing reads again by itself; the same walk again changes nothing. seen is told the run after each page.
// Of the options Write, Read, Clock, Log and, for tests, Sleep matter. Faults: Invalid (url), Conflict.
func WalkURL(ctx context.Context, o RunnerOptions, address, token string, seen func(Run)) (Run, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		var form fault.Form
		form.Add("url", "Type an address like https://api.example.com/odata or …/odata/Property.")
		return Run{}, form.Err()
	}
	root := *u
	root.RawQuery, root.Fragment = "", ""
	root.Path, root.RawPath = strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/$metadata"), "/Property"), ""
	o.Inside = anywhere
	r := NewRunner(o)
	r.name = strings.TrimPrefix(r.name, serving)
	id, err := urlFeed(ctx, o.Write, root.String(), r)
	if err != nil {
		return Run{}, err
	}
	run, err := r.claim(ctx, id, "", false)
	if err != nil {
		return Run{}, err
	}
	if given := u.Query().Get("access_token"); given != "" { // Bridge's way: it goes in a header, as no next link carries it
		token = cmp.Or(token, given)
		q := u.Query()
		q.Del("access_token")
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
	}
	whole := ""
	if u.RawQuery != "" {
		whole = strings.ReplaceAll(u.String(), " ", "%20")
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := r.keepLease(ctx, run, cancel)
	err = guard(func() error { return r.walkURL(ctx, run, token, whole, seen) })
	stop()
	r.finish(ctx, run, err)
	return *run, err
}

func (r *Runner) walkURL(ctx context.Context, run *Run, token, whole string, seen func(Run)) error {
	var row row
	if err := r.o.Read.NewSelect().Model(&row).Where("id = ?", run.FeedID).Scan(ctx); err != nil {
		return fmt.Errorf("feed: load feed %d: %w", run.FeedID, err)
	}
	s, err := row.read()
	if err != nil {
		return err
	}
	s.Secret, s.PageSize = token, 1000
	source, err := r.source(s)
	if err != nil {
		return err
	}
	r.known[run.FeedID] = source
	w, err := r.begin(ctx, run)
	if err != nil {
		return err
	}
	w.seen = seen
	if err := w.learn(ctx); err != nil {
		return err
	}
	// A whole walk, whatever the last one left.
	m, err := readMark(ctx, r.o.Read, run.FeedID, "Property")
	if err != nil {
		return err
	}
	fresh := mark{FeedID: run.FeedID, Resource: "Property", Loaded: m.Loaded}
	if err := fresh.write(ctx, r.o.Write); err != nil {
		return err
	}
	homes := w.property()
	homes.whole = whole
	if err := w.read(ctx, homes); err != nil || whole != "" {
		return err
	}
	return w.besides(ctx)
}

// urlFeed returns the feed of homes from a service root, making it the first time.
func urlFeed(ctx context.Context, db *bun.DB, root string, r *Runner) (listings.FeedID, error) {
	s := usual(Settings{Preset: presetURL, Root: root})
	if u, err := url.Parse(root); err == nil {
		s.Source = u.Hostname()
	}
	text, err := s.kept()
	if err != nil {
		return 0, err
	}
	var id listings.FeedID
	err = db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		err := db.NewSelect().Model((*row)(nil)).Column("id").Where("preset = ?", presetURL).Where("name = ?", root).OrderExpr("id").Limit(1).Scan(ctx, &id)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		fresh := row{Name: root, Preset: presetURL, Settings: text, Paused: true, CreatedAt: r.clock(), Version: 1}
		_, err = db.NewInsert().Model(&fresh).Exec(ctx)
		id = fresh.ID
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("feed: feed of %s: %w", s.Source, err)
	}
	return id, nil
}
