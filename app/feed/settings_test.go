package feed_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/feed/feedtest"
	"porchlight/app/listings"
	"porchlight/db/dbtest"
)

var plain = feed.Settings{Name: "Harbor MLS", Preset: "plain", Root: "https://reso.harbor.example/odata/"}

// fields are the fields a fault names, sorted.
func fields(err error) string {
	f := fault.As(err)
	if f == nil || f.Kind != fault.Invalid {
		return fmt.Sprint(err)
	}
	return strings.Join(slices.Sorted(maps.Keys(f.Fields)), " ")
}

func vault(t testing.TB) *feed.Vault {
	t.Helper()
	v, err := feed.OpenVault(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSettingsAreCheckedByField(t *testing.T) {
	store, v := dbtest.New(t), vault(t)
	for _, test := range []struct {
		fields string
		change func(*feed.Settings)
	}{
		{"name", func(s *feed.Settings) { s.Name = " " }},
		{"preset", func(s *feed.Settings) { s.Preset = "file" }},
		{"root", func(s *feed.Settings) { s.Root = "" }},
		{"root", func(s *feed.Settings) { s.Root = "reso.example" }},
		{"root", func(s *feed.Settings) { s.Root = "ftp://reso.example" }},
		{"root", func(s *feed.Settings) { s.Root = "https://me:secret@reso.example" }},
		{"root", func(s *feed.Settings) { s.Root = "https://reso.example/?access_token=x" }},
		{"root", func(s *feed.Settings) { s.Root = "https://reso.example/ö" }},
		{"root", func(s *feed.Settings) {
			s.Preset, s.Root, s.Secret = "bridge", "https://api.bridgedataoutput.com/api/v2/OData/", "x"
		}},
		{"client_id secret", func(s *feed.Settings) { s.TokenURL = "https://reso.example/token" }},
		{"token_url", func(s *feed.Settings) { s.TokenURL, s.ClientID, s.Secret = "token", "id", "x" }},
		{"secret", func(s *feed.Settings) { s.Secret = "two words" }},
		{"secret", func(s *feed.Settings) { s.Preset = "spark" }},
		{"headers", func(s *feed.Settings) { s.Headers = map[string]string{"Authorization": "x"} }},
		{"headers", func(s *feed.Settings) { s.Headers = map[string]string{"X-A": "a\r\nB: c"} }},
		{"headers", func(s *feed.Settings) { s.Headers = map[string]string{"X A": "a"} }},
		{"headers", func(s *feed.Settings) { s.Headers = map[string]string{"X-New": ""} }},
		{"filter", func(s *feed.Settings) { s.Filter = "City eq 'Mystic" }},
		{"filter", func(s *feed.Settings) { s.Filter = "City eq 'a') or (1 eq 1" }},
		{"filter", func(s *feed.Settings) { s.Preset, s.Secret = "mlsgrid", "x" }},
		{"filter", func(s *feed.Settings) {
			s.Preset, s.Secret, s.Filter = "mlsgrid", "x", "OriginatingSystemName eq '…'"
		}},
		{"select", func(s *feed.Settings) { s.Select = []string{"ListPrice", "a b"} }},
		{"page_size", func(s *feed.Settings) { s.PageSize = 10_001 }},
		{"page_size", func(s *feed.Settings) { s.PageSize = -1 }},
		{"every_minutes", func(s *feed.Settings) { s.EveryMinutes = 721 }},
		{"hold_percent", func(s *feed.Settings) { s.HoldPercent = 101 }},
		{"drop_percent", func(s *feed.Settings) { s.DropPercent = -20 }},
		{"disclaimer", func(s *feed.Settings) { s.Disclaimer = strings.Repeat("x", 2001) }},
	} {
		s := plain
		test.change(&s)
		if _, err := feed.Save(t.Context(), store.Write, v, broker, s, noon); fields(err) != test.fields {
			t.Errorf("%v: %s, want %s", s, fields(err), test.fields)
		}
	}
	if _, err := feed.Save(t.Context(), store.Write, v, agents.Agent{Role: agents.RoleAgent}, plain, noon); fault.Of(err) != fault.Denied {
		t.Errorf("%v", err)
	}
	if all, err := feed.All(t.Context(), store.Read); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
}

func TestPresetsCanBeSavedOnceTheirGapsAreFilled(t *testing.T) {
	store, v := dbtest.New(t), vault(t)
	for _, p := range feed.Presets {
		s := p.Settings
		s.Name, s.Secret = p.Title, "t0k3n"
		switch p.Name {
		case "mlsgrid":
			s.Filter = "OriginatingSystemName eq 'actris'"
		case "bridge":
			s.Root += "actris"
		case "trestle":
			s.ClientID = "id"
		case "plain":
			s.Root = "https://reso.example"
		}
		if _, err := feed.Save(t.Context(), store.Write, v, broker, s, noon); err != nil {
			t.Errorf("%s: %v %s", p.Name, err, fields(err))
		}
		if p.Say == "" || p.Settings.Preset != p.Name {
			t.Errorf("%+v", p.Name)
		}
	}
	if all, err := feed.All(t.Context(), store.Read); err != nil || len(all) != len(feed.Presets) {
		t.Errorf("%v %v", all, err)
	}
}

func TestSecretsAreEncryptedKeptAndNeverRead(t *testing.T) {
	store, v := dbtest.New(t), vault(t)
	s := plain
	s.Secret, s.Headers = "t0k3n-of-the-feed", map[string]string{"x-api-key": "k3y-of-the-feed"}
	saved, err := feed.Save(t.Context(), store.Write, v, broker, s, noon)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := feed.Load(t.Context(), store.Read, saved.ID)
	if err != nil || loaded.Secret != "" || !loaded.HasSecret || loaded.Headers["X-Api-Key"] != "" || len(loaded.Headers) != 1 || loaded.Root != "https://reso.harbor.example/odata" {
		t.Errorf("%+v %v", loaded.Headers, err)
	}
	var row struct{ Settings, Secrets string }
	if err := store.Read.NewRaw("SELECT settings, secrets FROM feeds").Scan(t.Context(), &row); err != nil {
		t.Fatal(err)
	}
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("x", "feed", s, "pointer", &s)
	for _, text := range []string{row.Settings, row.Secrets, logged.String(), fmt.Sprint(s), fmt.Sprintf("%+v %#v %v", s, s, &s), fmt.Sprintf("%+v", saved)} {
		if strings.Contains(text, "of-the-feed") {
			t.Errorf("a secret shows: %s", text)
		}
	}
	// Saved again without them they stay; for another host they are asked for again.
	loaded.Name = "Harbor"
	if saved, err = feed.Save(t.Context(), store.Write, v, broker, loaded, noon); err != nil {
		t.Fatal(err, fields(err))
	}
	rules := feed.NewRunner(feed.RunnerOptions{Write: store.Write, Read: store.Read, Vault: v, Clock: func() time.Time { return noon }})
	if got, err := rules.PhotoRules(t.Context(), saved.ID); err != nil || got != (feed.PhotoRules{PerHome: 20}) {
		t.Errorf("%+v %v", got, err)
	}
	moved := saved
	moved.Root = "https://evil.example"
	if _, err := feed.Save(t.Context(), store.Write, v, broker, moved, noon); fields(err) != "headers secret" {
		t.Errorf("%s", fields(err))
	}
	// Somebody was faster.
	late := saved
	late.Version--
	if _, err := feed.Save(t.Context(), store.Write, v, broker, late, noon); fault.Of(err) != fault.Conflict {
		t.Errorf("%v", err)
	}
	// Another key file: what can't be read is asked for.
	if _, err := feed.Save(t.Context(), store.Write, vault(t), broker, saved, noon); fields(err) != "headers secret" || !strings.Contains(fault.As(err).Fields["secret"], "type the credentials again") {
		t.Errorf("%v", err)
	}
	saved.Secret, saved.Headers = "new", nil
	if _, err := feed.Save(t.Context(), store.Write, vault(t), broker, saved, noon); err != nil {
		t.Errorf("%v", err)
	}
}

func TestMLSGridsPhotosWantTheToken(t *testing.T) {
	r := start(t, 0, func(_ *feedtest.Server, f *feed.Settings) {
		f.Preset, f.Filter, f.Secret = "mlsgrid", "OriginatingSystemName eq 'harbor'", "t0k3n"
	})
	if got, err := r.runner.PhotoRules(t.Context(), r.id); err != nil || got != (feed.PhotoRules{PerHome: 20, UserAgent: "t0k3n"}) {
		t.Errorf("%+v %v", got, err)
	}
}

func TestTheKeyFileIsMadeOnceAndForNobodyElse(t *testing.T) {
	dir := t.TempDir()
	done := make(chan error)
	for range 8 {
		go func() { _, err := feed.OpenVault(dir); done <- err }()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "feeds.key" {
		t.Errorf("%v %v", files, err)
	}
	path := filepath.Join(dir, "feeds.key")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if err := os.WriteFile(path, []byte("oops"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := feed.OpenVault(dir); err == nil || !strings.Contains(err.Error(), "type the credentials of each feed again") {
		t.Errorf("%v", err)
	}
}

func TestARunWithAnotherKeyFileSaysSo(t *testing.T) {
	r := start(t, 3, func(s *feedtest.Server, f *feed.Settings) { s.Token, f.Secret = "t0k3n", "t0k3n" })
	r.vault = vault(t)
	r.runner = r.again()
	run, err := r.runner.Walk(t.Context(), r.id, false)
	if err == nil || run.State != "failed" || !strings.Contains(run.Say, "type the credentials again") {
		t.Errorf("%+v %v", run, err)
	}
}

func TestOtherSettingsReadTheFeedFromTheBeginning(t *testing.T) {
	r := start(t, 34, func(_ *feedtest.Server, f *feed.Settings) { f.Filter = "City eq 'Mystic'" })
	r.walk(t)
	s, err := feed.Load(t.Context(), r.store.Read, r.id)
	if err != nil {
		t.Fatal(err)
	}
	s.Filter = ""
	if s, err = feed.Save(t.Context(), r.store.Write, r.vault, broker, s, noon); err != nil {
		t.Fatal(err)
	}
	if run := r.walk(t); run.Kind != "first" {
		t.Errorf("%+v", run)
	}
	r.same(t, 34)
	// Other statuses need no reading.
	shown := func() (n int) {
		if err := r.store.Read.NewRaw("SELECT count(*) FROM listings WHERE shown").Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := shown()
	s.Statuses = []listings.Status{listings.Closed}
	if s, err = feed.Save(t.Context(), r.store.Write, r.vault, broker, s, noon); err != nil || before != 34 || shown() != 0 {
		t.Errorf("%d shown, then %d, %v", before, shown(), err)
	}
	if run := r.walk(t); run.Kind != "changes" {
		t.Errorf("%+v", run)
	}
}

func TestOtherRulesForPhotosHaveThemLookedAtAgain(t *testing.T) {
	for name, change := range map[string]func(*feed.Settings){
		"linked": func(s *feed.Settings) { s.HotLink = true }, "more of them": func(s *feed.Settings) { s.PhotosPerHome = 40 }, "another vendor": func(s *feed.Settings) { s.Preset, s.Secret = "spark", "t0k3n" },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, 3, nil)
			r.walk(t)
			if _, err := r.store.Write.ExecContext(t.Context(), "UPDATE listings SET photos_wanted = FALSE, photos_count = id % 2"); err != nil {
				t.Fatal(err)
			}
			s := r.set
			save := func() (wanted int) {
				t.Helper()
				var err error
				if s, err = feed.Save(t.Context(), r.store.Write, r.vault, broker, s, noon); err != nil {
					t.Fatal(err, fields(err))
				}
				if err = r.store.Read.NewRaw("SELECT count(*) FROM listings WHERE photos_wanted AND photos_count > 0").Scan(t.Context(), &wanted); err != nil {
					t.Fatal(err)
				}
				return wanted
			}
			s.Name = "Harbor"
			if n := save(); n != 0 {
				t.Errorf("%d looked at again for another name", n)
			}
			change(&s)
			if n := save(); n != 2 {
				t.Errorf("%d looked at again, not the 2 that have photos", n)
			}
		})
	}
}

func TestTryTellsWhatTheFeedAnswers(t *testing.T) {
	r := start(t, 3, func(s *feedtest.Server, f *feed.Settings) { s.Token, f.Secret = "t0k3n", "t0k3n" })
	s, err := feed.Load(t.Context(), r.store.Read, r.id)
	if err != nil {
		t.Fatal(err)
	}
	say, err := r.runner.Try(t.Context(), s) // with the stored token
	if err != nil || !strings.HasSuffix(say, "One of its homes: 1 Elm Street, Mystic (Active).") {
		t.Errorf("%q %v %s", say, err, fields(err))
	}
	s.Secret = "wrong"
	if _, err := r.runner.Try(t.Context(), s); fields(err) != "secret" {
		t.Errorf("%v", err)
	}
	s.Secret, s.Filter = "", "City eq 'Nowhere'"
	if say, err = r.runner.Try(t.Context(), s); err != nil || !strings.Contains(say, "but with no home") {
		t.Errorf("%q %v", say, err)
	}
	s.Filter = "City is Mystic"
	if _, err := r.runner.Try(t.Context(), s); fields(err) != "filter" {
		t.Errorf("%v", err)
	}
	s.Filter = ""
	r.Next(feedtest.Status(429, "slow down", "Retry-After", "3000"))
	if _, err := r.runner.Try(t.Context(), s); fields(err) != "root" || len(r.slept) != 0 {
		t.Errorf("%v, slept %v", err, r.slept)
	}
	// Without the host's leave nothing inside is reached, whatever it is called.
	strict := feed.NewRunner(feed.RunnerOptions{Write: r.store.Write, Read: r.store.Read, Vault: r.vault, Clock: r.Clock})
	for _, root := range []string{r.Root(), strings.Replace(r.Root(), "127.0.0.1", "localhost", 1), "http://169.254.169.254/latest", "https://[::1]:1/", "http://0x7f000001/odata"} {
		inside := plain
		inside.Root = root
		asked := len(r.Requests(false))
		if _, err := strict.Try(t.Context(), inside); fields(err) != "root" || len(r.Requests(false)) != asked {
			t.Errorf("%s: %v", root, err)
		}
		if root == r.Root() {
			if err := strict.Check(t.Context(), inside); fields(err) != "root" {
				t.Errorf("%v", err)
			}
		}
	}
	if err := r.runner.Check(t.Context(), s); err != nil {
		t.Errorf("%v", err)
	}
}

func FuzzSettings(f *testing.F) {
	f.Add("https://reso.example/odata", "City eq 'Mystic'", "X-Key", "value")
	f.Add("https://a/?b", "a')('", "x y", "\r\n")
	f.Fuzz(func(t *testing.T, root, filter, header, value string) {
		s := plain
		s.Root, s.Filter, s.Headers = root, filter, map[string]string{header: value}
		checked, err := feed.Checked(s)
		if err == nil && (strings.Contains(checked.Root, "?") || strings.Count(checked.Filter, "'")%2 != 0 || strings.ContainsAny(fmt.Sprint(checked.Headers), "\r\n")) {
			t.Errorf("%q %q %q", checked.Root, checked.Filter, checked.Headers)
		}
	})
}
