package feed

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// Settings are what a broker sets for a feed. Secrets are written, never read back: an empty one on saving keeps the old.
type Settings struct {
	ID     listings.FeedID
	Name   string // "SmartMLS"
	Preset string // of Presets; "file" is made by Files and has no page

	Root           string            // service root, https://…/
	TokenURL       string            // OAuth2 client credentials; empty: Secret is a bearer token
	Scope          string            // "api" at Trestle
	ClientID       string            //
	Secret         string            // bearer token or client secret; only on saving
	HasSecret      bool              // one is stored
	Headers        map[string]string // further request headers; values are secrets: only on saving, names read back
	Filter         string            // an OData $filter each walk carries: OriginatingSystemName eq 'actris'
	Select         []string          // $select; none: the fields Convert knows
	PageSize       int               // $top or maxpagesize, by preset
	Statuses       []listings.Status // that clients may be shown; none: all of listings.Statuses
	EveryMinutes   int               // between runs; 15
	ReconcileHours int               // between key walks where the feed has no delete signal; 24
	HoldPercent    int               // a price move beyond it waits for a person; 30
	DropPercent    int               // a key walk that would take away more waits for a person; 20
	HotLink        bool              // pages may show the feed's own photo addresses
	PhotosPerHome  int               // kept in the cache; 20
	Source         string            // named beside each home: "SmartMLS"
	Disclaimer     string            // {time} becomes the data time
	Paused         bool
	Version        int64
	LastDataAt     time.Time // when the feed was last read to its end
}

// String is the settings without their secrets, for logs.
func (s Settings) String() string {
	return fmt.Sprintf("feed %d %q (%s, %s)", s.ID, s.Name, s.Preset, s.Root)
}

// GoString keeps %#v from the secrets too.
func (s Settings) GoString() string { return s.String() }

// LogValue keeps slog from the secrets.
func (s Settings) LogValue() slog.Value { return slog.StringValue(s.String()) }

// row is a feed as it is kept.
type row struct {
	bun.BaseModel `bun:"table:feeds,alias:f"`

	ID        listings.FeedID `bun:"id,pk,autoincrement"`
	Name      string          `bun:"name"`
	Preset    string          `bun:"preset"`
	Settings  string          `bun:"settings"` // kept, as JSON
	Secrets   string          `bun:"secrets"`  // of a Vault
	Paused    bool            `bun:"paused"`
	CreatedAt time.Time       `bun:"created_at"`
	Version   int64           `bun:"version"`
	NotBefore time.Time       `bun:"not_before,nullzero"` // the feed wants to be left alone until then
}

// kept is what feeds.settings holds.
type kept struct {
	Root           string            `json:"root,omitempty"`
	TokenURL       string            `json:"token_url,omitempty"`
	Scope          string            `json:"scope,omitempty"`
	ClientID       string            `json:"client_id,omitempty"`
	HasSecret      bool              `json:"has_secret,omitempty"`
	HeaderNames    []string          `json:"headers,omitempty"`
	Filter         string            `json:"filter,omitempty"`
	Select         []string          `json:"select,omitempty"`
	PageSize       int               `json:"page_size,omitempty"`
	Statuses       []listings.Status `json:"statuses,omitempty"`
	EveryMinutes   int               `json:"every_minutes,omitempty"`
	ReconcileHours int               `json:"reconcile_hours,omitempty"`
	HoldPercent    int               `json:"hold_percent,omitempty"`
	DropPercent    int               `json:"drop_percent,omitempty"`
	HotLink        bool              `json:"hot_link,omitempty"`
	PhotosPerHome  int               `json:"photos_per_home,omitempty"`
	Source         string            `json:"source,omitempty"`
	Disclaimer     string            `json:"disclaimer,omitempty"`
}

func (s Settings) kept() (string, error) {
	text, err := json.Marshal(kept{
		s.Root, s.TokenURL, s.Scope, s.ClientID, s.HasSecret, slices.Sorted(maps.Keys(s.Headers)), s.Filter, s.Select, s.PageSize, s.Statuses,
		s.EveryMinutes, s.ReconcileHours, s.HoldPercent, s.DropPercent, s.HotLink, s.PhotosPerHome, s.Source, s.Disclaimer,
	})
	if err != nil {
		return "", fmt.Errorf("feed: settings: %w", err)
	}
	return string(text), nil
}

// read makes settings of a row: without secrets, and with what was never set as it is by default.
func (r row) read() (Settings, error) {
	var k kept
	if err := json.Unmarshal([]byte(r.Settings), &k); err != nil {
		return Settings{}, fmt.Errorf("feed: settings of feed %d: %w", r.ID, err)
	}
	s := Settings{
		ID: r.ID, Name: r.Name, Preset: r.Preset, Root: k.Root, TokenURL: k.TokenURL, Scope: k.Scope, ClientID: k.ClientID, HasSecret: k.HasSecret,
		Filter: k.Filter, Select: k.Select, PageSize: k.PageSize, Statuses: k.Statuses,
		EveryMinutes: cmp.Or(k.EveryMinutes, 15), ReconcileHours: cmp.Or(k.ReconcileHours, 24), HoldPercent: cmp.Or(k.HoldPercent, 30),
		DropPercent: cmp.Or(k.DropPercent, 20), HotLink: k.HotLink, PhotosPerHome: cmp.Or(k.PhotosPerHome, 20),
		Source: k.Source, Disclaimer: k.Disclaimer, Paused: r.Paused, Version: r.Version,
	}
	if len(k.HeaderNames) > 0 {
		s.Headers = map[string]string{}
		for _, name := range k.HeaderNames {
			s.Headers[name] = ""
		}
	}
	return s, nil
}

// presetURL marks the feeds that WalkURL makes: as with files, nobody sets them up and they have no page.
const presetURL = "url"

// All lists the feeds with a page, by name.
func All(ctx context.Context, db bun.IDB) ([]Settings, error) {
	var rows []row
	err := db.NewSelect().Model(&rows).Where("preset NOT IN (?, ?)", presetFile, presetURL).OrderExpr("name, id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("feed: list: %w", err)
	}
	read, err := lastRead(ctx, db)
	if err != nil {
		return nil, err
	}
	all := make([]Settings, len(rows))
	for i, r := range rows {
		if all[i], err = r.read(); err != nil {
			return nil, err
		}
		all[i].LastDataAt = read[r.ID]
	}
	return all, nil
}

// Load returns one feed's settings without its secrets. Faults: NotFound.
func Load(ctx context.Context, db bun.IDB, id listings.FeedID) (Settings, error) {
	r, err := find(ctx, db, id)
	if err != nil {
		return Settings{}, err
	}
	s, err := r.read()
	if err != nil {
		return Settings{}, err
	}
	read, err := lastRead(ctx, db)
	s.LastDataAt = read[id]
	return s, err
}

// find returns the row of a feed with a page. Faults: NotFound.
func find(ctx context.Context, db bun.IDB, id listings.FeedID) (row, error) {
	var r row
	err := db.NewSelect().Model(&r).Where("id = ?", id).Where("preset NOT IN (?, ?)", presetFile, presetURL).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, fault.New(fault.NotFound, "There is no such feed.")
	}
	if err != nil {
		return row{}, fmt.Errorf("feed: load feed %d: %w", id, err)
	}
	return r, nil
}

// lastRead says when each feed was last read to its end.
func lastRead(ctx context.Context, db bun.IDB) (map[listings.FeedID]time.Time, error) {
	var runs []Run
	err := db.NewSelect().Model(&runs).Column("feed_id", "ended_at").
		Where("id IN (SELECT max(id) FROM feed_runs WHERE state = 'done' AND kind <> 'keys' GROUP BY feed_id)").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("feed: last runs: %w", err)
	}
	at := make(map[listings.FeedID]time.Time, len(runs))
	for _, run := range runs {
		at[run.FeedID] = run.EndedAt
	}
	return at, nil
}

// Displays are how each feed's homes may be shown.
func Displays(ctx context.Context, db bun.IDB) (map[listings.FeedID]listings.Display, error) {
	var rows []row
	if err := db.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("feed: displays: %w", err)
	}
	read, err := lastRead(ctx, db)
	if err != nil {
		return nil, err
	}
	all := make(map[listings.FeedID]listings.Display, len(rows))
	for _, r := range rows {
		s, err := r.read()
		if err != nil {
			return nil, err
		}
		all[r.ID] = listings.Display{Source: s.Source, Disclaimer: s.Disclaimer, DataAt: read[r.ID]}
	}
	return all, nil
}
