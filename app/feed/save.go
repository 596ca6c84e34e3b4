package feed

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// Save adds (ID 0) or changes a feed; only a broker may. Faults: Denied, NotFound, Conflict, Invalid by the lower-case
// names of the form: name, preset, root, token_url, client_id, secret, headers, filter, page_size, every_minutes,
// reconcile_hours, hold_percent, drop_percent, photos_per_home, source, disclaimer.
//
// Where the root, the filter or the fields change, the feed is read from the beginning again.
func Save(ctx context.Context, db bun.IDB, vault *Vault, by agents.Agent, s Settings, now time.Time) (Settings, error) {
	if !by.Broker() {
		return Settings{}, fault.New(fault.Denied, "Only a broker can set up feeds.")
	}
	s, form := s.checked()
	err := db.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		old := row{Settings: "{}"}
		if s.ID != 0 {
			var err error
			if old, err = find(ctx, db, s.ID); err != nil {
				return err
			}
		}
		locked, err := s.merge(vault, old, form)
		if err != nil {
			return err
		}
		if err := form.Err(); err != nil {
			return err
		}
		return s.write(ctx, db, old, locked, now)
	})
	if err != nil {
		return Settings{}, fmt.Errorf("feed: save: %w", err)
	}
	s.Secret = ""
	for name := range s.Headers {
		s.Headers[name] = ""
	}
	return s, nil
}

// merge brings the secrets that were left empty over from the old settings, encrypts all and sees that none is missing.
func (s *Settings) merge(vault *Vault, r row, form *fault.Form) (string, error) {
	old, err := r.read()
	if err != nil {
		return "", err
	}
	known, err := vault.unlock(r.Secrets)
	unread := err != nil
	if unread && fault.Of(err) != fault.Conflict {
		return "", err
	}
	elsewhere := s.ID != 0 && (host(s.Root) != host(old.Root) || host(s.TokenURL) != host(old.TokenURL))
	say := "The feed is at another address now, so type this again."
	if unread {
		known, say = secrets{}, fault.As(err).Say
	}
	fresh := secrets{Secret: s.Secret, Headers: map[string]string{}}
	if s.Secret == "" && old.HasSecret {
		if fresh.Secret = known.Secret; elsewhere || unread {
			form.Add("secret", "%s", say)
		}
	}
	for name, value := range s.Headers {
		if value != "" {
			fresh.Headers[name] = value
			continue
		}
		value, had := known.Headers[name]
		switch {
		case had && !elsewhere:
			fresh.Headers[name] = value
		case had || unread:
			form.Add("headers", "%s", say)
		default:
			form.Add("headers", "Type a value for %s.", name)
		}
	}
	_, chosen := dialects[s.Preset]
	if s.HasSecret = fresh.Secret != ""; !s.HasSecret && chosen {
		switch {
		case s.TokenURL != "":
			form.Add("secret", "Type the client secret.")
		case s.Preset != "plain" && len(fresh.Headers) == 0:
			form.Add("secret", "Type the access token.")
		}
	}
	return vault.lock(fresh)
}

func (s *Settings) write(ctx context.Context, db bun.Tx, old row, locked string, now time.Time) error {
	text, err := s.kept()
	if err != nil {
		return err
	}
	if s.ID == 0 {
		r := row{Name: s.Name, Preset: s.Preset, Settings: text, Secrets: locked, Paused: s.Paused, CreatedAt: now, Version: 1}
		if _, err := db.NewInsert().Model(&r).Exec(ctx); err != nil {
			return err
		}
		s.ID, s.Version = r.ID, 1
		return nil
	}
	result, err := db.NewUpdate().Model((*row)(nil)).Set("name = ?", s.Name).Set("preset = ?", s.Preset).Set("settings = ?", text).Set("secrets = ?", locked).
		Set("paused = ?", s.Paused).Set("not_before = NULL").Set("version = version + 1").Where("id = ?", s.ID).Where("version = ?", s.Version).Exec(ctx)
	if err != nil {
		return err
	}
	if saved, err := result.RowsAffected(); err != nil {
		return err
	} else if saved == 0 {
		return fault.New(fault.Conflict, "Someone saved this feed while you were editing. What you typed is kept; look at what changed and save again.")
	}
	s.Version++
	was, err := old.read()
	if err != nil {
		return err
	}
	if was.Root != s.Root || was.Filter != s.Filter || was.Preset != s.Preset || !slices.Equal(was.Select, s.Select) {
		if _, err := db.NewDelete().Model((*mark)(nil)).Where("feed_id = ?", s.ID).Exec(ctx); err != nil {
			return err
		}
	}
	if !slices.Equal(was.Statuses, s.Statuses) {
		if _, err := listings.Allow(ctx, db, s.ID, s.allowed()); err != nil {
			return err
		}
	}
	if was.HotLink != s.HotLink || was.PhotosPerHome != s.PhotosPerHome || was.Preset != s.Preset {
		return listings.WantPhotos(ctx, db, s.ID)
	}
	return nil
}

// allowed are the statuses for package listings, where nil means all.
func (s Settings) allowed() []listings.Status {
	if len(s.Statuses) == 0 {
		return nil
	}
	return s.Statuses
}

// Pause stops and starts the regular runs. Faults: Denied, NotFound.
func Pause(ctx context.Context, db bun.IDB, by agents.Agent, id listings.FeedID, paused bool) error {
	if !by.Broker() {
		return fault.New(fault.Denied, "Only a broker can pause feeds.")
	}
	result, err := db.NewUpdate().Model((*row)(nil)).Set("paused = ?", paused).Where("id = ?", id).Where("preset NOT IN (?, ?)", presetFile, presetURL).Exec(ctx)
	if err != nil {
		return fmt.Errorf("feed: pause: %w", err)
	}
	if n, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("feed: pause: %w", err)
	} else if n == 0 {
		return fault.New(fault.NotFound, "There is no such feed.")
	}
	return nil
}

// checked is the settings with every field read and cleaned, and what is wrong with them.
func (s Settings) checked() (Settings, *fault.Form) {
	form := &fault.Form{}
	var err error
	if s.Name, err = agents.Name(s.Name); err != nil {
		form.Add("name", "Give the feed a name, like SmartMLS.")
	}
	if _, known := dialects[s.Preset]; !known {
		form.Add("preset", "Choose who runs the feed.")
	}
	s.Root = address(form, "root", s.Root, true)
	for _, tail := range []string{"/$metadata", "/replication", "/Property"} {
		s.Root = strings.TrimSuffix(s.Root, tail)
	}
	if s.Preset == "bridge" && strings.HasSuffix(s.Root, "/OData") {
		form.Add("root", "Add the name of your dataset to the end.")
	}
	s.TokenURL = address(form, "token_url", s.TokenURL, false)
	if s.ClientID, err = agents.Line(s.ClientID, 300); err != nil {
		form.Add("client_id", "%s", err)
	} else if s.TokenURL != "" && s.ClientID == "" {
		form.Add("client_id", "Type the client id that goes with the token address.")
	}
	if s.Scope, err = agents.Line(s.Scope, 300); err != nil {
		form.Add("token_url", "The scope: %s", err)
	}
	if s.Secret = strings.TrimSpace(s.Secret); !visible(s.Secret) || len(s.Secret) > 8000 {
		form.Add("secret", "A token has no spaces, line ends or letters with accents. Copy it again.")
	}
	s.Headers = headers(form, s.Headers)
	s.Filter = filter(form, s.Preset, s.Filter)
	s.Select = fields(form, s.Select)
	s.Statuses = slices.DeleteFunc(slices.Clone(s.Statuses), func(status listings.Status) bool { return !slices.Contains(listings.Statuses, status) })
	for _, n := range []struct {
		field              string
		at                 *int
		least, most, usual int
		say                string
	}{
		{"page_size", &s.PageSize, 1, cmp.Or(dialects[s.Preset].mostPage, 10_000), min(1000, cmp.Or(dialects[s.Preset].mostPage, 1000)), "Type a number from 1 to %d."},
		{"every_minutes", &s.EveryMinutes, 5, 720, 15, "Type 5 to %d minutes: MLSs want their homes fresh at least every 12 hours."},
		{"reconcile_hours", &s.ReconcileHours, 1, 168, 24, "Type 1 to %d hours."},
		{"hold_percent", &s.HoldPercent, 1, 100, 30, "Type a share from 1 to %d percent."},
		{"drop_percent", &s.DropPercent, 1, 100, 20, "Type a share from 1 to %d percent."},
		{"photos_per_home", &s.PhotosPerHome, 1, listings.MostMedia, 20, "Type a number from 1 to %d."},
	} {
		if *n.at == 0 {
			*n.at = n.usual
		}
		if *n.at < n.least || *n.at > n.most {
			form.Add(n.field, n.say, n.most)
		}
	}
	if s.HotLink && dialects[s.Preset].agentIsID {
		form.Add("hot_link", "MLS Grid forbids linking to its photos; they are copied.")
	}
	if s.Source, err = agents.Line(s.Source, 100); err != nil {
		form.Add("source", "%s", err)
	}
	if s.Disclaimer, err = agents.Text(s.Disclaimer, 2000); err != nil {
		form.Add("disclaimer", "%s", err)
	}
	return s, form
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}
