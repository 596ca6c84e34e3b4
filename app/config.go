package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// settings are the environment of DESIGN section 9; each is also a flag of the same name.
type settings struct {
	ListenAddr     string   `env:"LISTEN_ADDR" default:":8080" help:"Where to listen."`
	BaseURL        string   `env:"BASE_URL" default:"http://localhost:8080" help:"The address people reach Porchlight by; links in mail begin with it."`
	DataDir        string   `env:"DATA_DIR" default:"data" help:"Where the database and the mailbox live."`
	DatabaseURL    string   `env:"DATABASE_URL" help:"Empty: SQLite in the data folder. Or postgres://user:password@host/name."`
	SMTPURL        string   `env:"SMTP_URL" name:"smtp-url" help:"smtp://user:password@host:587, smtps://…, smtp://127.0.0.1:2525?tls=none, or mailbox: to keep mail here. Empty: letters wait."`
	MailWorkers    int      `env:"MAIL_WORKERS" default:"8" help:"How many letters are handed over at once."`
	TrustedProxies []string `env:"TRUSTED_PROXIES" help:"Addresses or networks of proxies whose X-Forwarded-For is believed, parted by commas."`
	FeedNetworks   []string `env:"FEED_NETWORKS" help:"Addresses or networks inside your house that feeds and photos may be fetched from, parted by commas. Empty: none; feeds come from the public internet only."`
	LogLevel       string   `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error."`
	MetricsToken   string   `env:"METRICS_TOKEN" help:"Who sends this as a bearer token may read /metrics. Empty: nobody."`
}

// BeforeReset is Kong's, before it reads the environment. It passes over empty variables, so that the defaults stand: a
// compose file hands on what nobody set as empty. And over all of them for version, which needs none and is asked for where
// something is wrong already.
func (s *settings) BeforeReset(chosen *kong.Context) error {
	for _, flag := range chosen.Model.Flags {
		if chosen.Command() == "version" || !slices.ContainsFunc(flag.Envs, func(name string) bool { return os.Getenv(name) != "" }) {
			flag.Tag.Envs = nil
		}
	}
	return nil
}

// check names the first setting that can't work, and brings the others into the form the program reads.
func (s *settings) check() error {
	if _, _, err := net.SplitHostPort(s.ListenAddr); err != nil {
		return fmt.Errorf("LISTEN_ADDR: %q is not host:port or :port", s.ListenAddr)
	}
	base, err := url.Parse(s.BaseURL)
	if err != nil || (base.Scheme != "http" && base.Scheme != "https") || base.Hostname() == "" || base.RawQuery != "" || base.Fragment != "" || strings.Trim(base.Path, "/") != "" {
		return fmt.Errorf("BASE_URL: %q is not like https://mail.example.com", s.BaseURL)
	}
	if base.User != nil {
		return errors.New("BASE_URL: leave out the user name and password; everybody who gets mail would see them")
	}
	if !fitsPort(base.Port()) {
		return fmt.Errorf("BASE_URL: %s is not a port between 1 and 65535", base.Port())
	}
	s.BaseURL = base.Scheme + "://" + base.Host
	if s.DataDir == "" {
		return errors.New("DATA_DIR: name a folder")
	}
	if s.DatabaseURL != "" && !strings.HasPrefix(s.DatabaseURL, "postgres://") && !strings.HasPrefix(s.DatabaseURL, "postgresql://") {
		return errors.New("DATABASE_URL: leave it empty for SQLite, or begin it with postgres://")
	}
	if s.MailWorkers < 1 || s.MailWorkers > 256 {
		return fmt.Errorf("MAIL_WORKERS: %d is not between 1 and 256", s.MailWorkers)
	}
	if err := checkSMTP(s.SMTPURL); err != nil {
		return err
	}
	s.TrustedProxies, s.FeedNetworks = items(s.TrustedProxies), items(s.FeedNetworks)
	for _, proxy := range s.TrustedProxies {
		if _, err := netip.ParseAddr(proxy); err == nil {
			continue
		}
		if _, err := netip.ParsePrefix(proxy); err != nil {
			return fmt.Errorf("TRUSTED_PROXIES: %q is neither an address nor a network such as 10.0.0.0/8", proxy)
		}
	}
	if _, err := s.inside(); err != nil {
		return err
	}
	if _, err := s.level(); err != nil {
		return err
	}
	return nil
}

// checkSMTP names what mail.OpenRoute doesn't know of (the mailbox) or would find out with the first letter only. It
// repeats nothing of the address: a part in the wrong place may be the password.
func checkSMTP(address string) error {
	u, err := url.Parse(address)
	if err != nil || address == "" || address == "mailbox:" {
		return nil // what can't be read OpenRoute names
	}
	if u.Scheme != "smtp" && u.Scheme != "smtps" {
		return errors.New("SMTP_URL: begin it with smtp:// or smtps://, or write mailbox: (with the colon) to keep mail here")
	}
	if !fitsPort(u.Port()) {
		return fmt.Errorf("SMTP_URL: %s is not a port between 1 and 65535", u.Port())
	}
	if password, _ := u.User.Password(); u.User != nil && password == "" {
		return errors.New("SMTP_URL: there is a user name and no password; write smtp://user:password@…, or leave out both")
	}
	return nil
}

// fitsPort says whether a server can be reached at this port; empty is the scheme's own.
func fitsPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

// items are a list's without the blanks that people write after commas.
func items(list []string) (trimmed []string) {
	for _, item := range list {
		if item = strings.TrimSpace(item); item != "" {
			trimmed = append(trimmed, item)
		}
	}
	return trimmed
}

// inside are the networks of FEED_NETWORKS; an address is a network of one.
func (s *settings) inside() ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, network := range s.FeedNetworks {
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			address, wrong := netip.ParseAddr(network)
			if wrong != nil {
				return nil, fmt.Errorf("FEED_NETWORKS: %q is neither an address nor a network such as 10.0.0.0/8", network)
			}
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
		all = append(all, prefix.Masked())
	}
	return all, nil
}

func (s *settings) level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		return 0, fmt.Errorf("LOG_LEVEL: %q is not debug, info, warn or error", s.LogLevel)
	}
	return level, nil
}
