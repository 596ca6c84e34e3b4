package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// A value that can't work stops the start with one line that names it.
func TestSettingsAreNamedWhenTheyCannotWork(t *testing.T) {
	for _, one := range []struct{ name, value string }{
		{"LISTEN_ADDR", "eighty"},
		{"BASE_URL", "mail.elm.example"},
		{"BASE_URL", "http://mail.elm.example:99999"},
		{"BASE_URL", "http://mail.elm.example:0"},
		{"BASE_URL", "http://:8080"},
		{"DATA_DIR", "/proc/none/here"},
		{"DATABASE_URL", "mysql://elm"},
		{"MAIL_WORKERS", "0"},
		{"TRUSTED_PROXIES", "10.0.0.0/8,the proxy"},
		{"FEED_NETWORKS", "127.0.0.1,inside"},
		{"LOG_LEVEL", "loud"},
		{"SMTP_URL", "http://mail.elm.example"},
		{"SMTP_URL", "smtp://mail.elm.example:0"},
		{"SMTP_URL", "smtp://mail.elm.example:99999"},
		{"SMTP_URL", "smtp://mail.elm.example:many"},
		{"SMTP_URL", "smtp://maya@mail.elm.example:25"},
		{"SMTP_URL", "smtps://maya:@mail.elm.example"},
		{"SMTP_URL", "mailbox"},
	} {
		name := one.name
		t.Run(name+" "+one.value, func(t *testing.T) {
			t.Setenv("DATA_DIR", t.TempDir())
			t.Setenv("LISTEN_ADDR", "192.0.2.1:1") // nobody's: what starts all the same ends
			t.Setenv(name, one.value)
			err := run([]string{"serve"})
			if err == nil {
				t.Fatal("it started")
			}
			if say := err.Error(); strings.Count(say, name) != 1 || strings.Contains(say, "\n") {
				t.Error(say)
			} else if one.value == "mailbox" && !strings.Contains(say, "mailbox:") {
				t.Error("no word about the colon:", say)
			}
		})
	}
	t.Run("a number that is none", func(t *testing.T) {
		t.Setenv("MAIL_WORKERS", "many")
		if err := run([]string{"healthcheck"}); err == nil || strings.Count(err.Error(), "MAIL_WORKERS") != 1 {
			t.Error(err)
		}
	})
}

// read is what run hands to a command.
func read(t *testing.T, args ...string) settings {
	t.Helper()
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := c.check(); err != nil {
		t.Fatal(err)
	}
	return c.settings
}

func TestEmptyVariablesMeanTheDefaults(t *testing.T) {
	want := settings{ListenAddr: ":8080", BaseURL: "http://localhost:8080", DataDir: "data", MailWorkers: 8, LogLevel: "info"}
	for _, name := range []string{"LISTEN_ADDR", "BASE_URL", "DATA_DIR", "DATABASE_URL", "SMTP_URL", "MAIL_WORKERS", "TRUSTED_PROXIES", "FEED_NETWORKS", "LOG_LEVEL", "METRICS_TOKEN"} {
		t.Setenv(name, "")
	}
	if got := read(t, "serve"); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	want.MailWorkers = 3
	if got := read(t, "serve", "--mail-workers", "3"); !reflect.DeepEqual(got, want) {
		t.Errorf("beside a flag: %+v", got)
	}
	t.Setenv("MAIL_WORKERS", "5")
	want.MailWorkers = 5
	if got := read(t, "serve"); !reflect.DeepEqual(got, want) {
		t.Errorf("beside a variable: %+v", got)
	}
}

func TestListsMayHaveBlanksAfterTheCommas(t *testing.T) {
	t.Setenv("TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.1 ,")
	t.Setenv("FEED_NETWORKS", " 127.0.0.1, ::1")
	s := read(t, "serve")
	if !slices.Equal(s.TrustedProxies, []string{"10.0.0.0/8", "192.168.0.1"}) || !slices.Equal(s.FeedNetworks, []string{"127.0.0.1", "::1"}) {
		t.Errorf("%q %q", s.TrustedProxies, s.FeedNetworks)
	}
}

func TestVersionIsSaidWhateverTheVariables(t *testing.T) {
	t.Setenv("LISTEN_ADDR", "eighty")
	t.Setenv("MAIL_WORKERS", "many")
	if err := run([]string{"version"}); err != nil {
		t.Error(err)
	}
}

func TestNetworksInside(t *testing.T) {
	s := settings{FeedNetworks: []string{"127.0.0.1", "10.0.0.0/8", "::1"}}
	inside, err := s.inside()
	if err != nil || len(inside) != 3 || inside[0].String() != "127.0.0.1/32" || inside[2].String() != "::1/128" {
		t.Error(inside, err)
	}
}
