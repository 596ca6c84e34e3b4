package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/consent"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/nudge"
	"porchlight/app/outbox"
	"porchlight/app/photos"
	"porchlight/app/portal"
	"porchlight/app/web"
	"porchlight/db"
	"porchlight/views"
)

type serveCommand struct{}

// Run serves until it is told to stop.
func (serveCommand) Run(ctx context.Context, s *settings) error {
	house, err := open(ctx, s)
	if err != nil {
		return err
	}
	defer house.close()
	return house.serve(ctx)
}

// house is everything that runs, wired.
type house struct {
	settings *settings
	log      *slog.Logger
	store    *db.Store
	ledger   *consent.Ledger
	renderer *mail.Renderer
	mailbox  *mail.Mailbox // only with SMTP_URL=mailbox:
	courier  *outbox.Courier
	feeds    *feed.Runner
	vault    *feed.Vault
	photos   *photos.Cache
	searches *autoemail.Runner
	nudges   *nudge.Runner
	server   *web.Server
}

// open migrates the database and wires the packages; nothing runs yet.
func open(ctx context.Context, s *settings) (_ *house, err error) {
	level, err := s.level()
	if err != nil {
		return nil, err
	}
	h := &house{settings: s, log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))}
	if h.store, err = openStore(ctx, s, true); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	h.store.MakeRoom(s.MailWorkers)
	if h.ledger, err = consent.NewLedger(ctx, h.store.Write, h.store.AdvisoryLock, clock()); err != nil {
		return nil, err
	}
	if h.renderer, err = mail.NewRenderer(views.Letters()); err != nil {
		return nil, err
	}
	route, mailbox, err := openRoute(s)
	if err != nil {
		return nil, err
	}
	h.mailbox = mailbox
	h.courier = outbox.NewCourier(outbox.Options{
		Write: h.store.Write, Read: h.store.Read, SkipLocked: h.store.SkipLocked, Commits: h.store.Commits, Uncounted: h.store.Uncounted,
		Ledger: h.ledger, Renderer: h.renderer, Route: route, Workers: s.MailWorkers, BaseURL: s.BaseURL, Clock: clock, Log: h.log,
	})
	if h.vault, err = feed.OpenVault(s.DataDir); err != nil {
		return nil, err
	}
	inside, err := s.inside()
	if err != nil {
		return nil, err
	}
	h.feeds = feed.NewRunner(feed.RunnerOptions{
		Write: h.store.Write, Read: h.store.Read, SkipLocked: h.store.SkipLocked, Vault: h.vault, Inside: inside, Clock: clock, Log: h.log,
		OnNews: func() { h.photos.Kick(); h.searches.Kick() },
	})
	h.photos, err = photos.Open(photos.Options{
		Dir: filepath.Join(s.DataDir, "photos"), Write: h.store.Write, Read: h.store.Read, Inside: inside, Clock: clock, Log: h.log,
		Rules: func(ctx context.Context, id listings.FeedID) (photos.Rules, error) {
			rules, err := h.feeds.PhotoRules(ctx, id)
			return photos.Rules(rules), err
		},
	})
	if err != nil {
		return nil, err
	}
	h.searches = autoemail.NewRunner(autoemail.RunnerOptions{
		Write: h.store.Write, Read: h.store.Read, Ledger: h.ledger, Renderer: h.renderer, BaseURL: s.BaseURL,
		OnPosted: h.courier.Kick, Clock: clock, Log: h.log,
	})
	h.nudges = nudge.NewRunner(nudge.Options{
		Write: h.store.Write, Read: h.store.Read, Ledger: h.ledger, Renderer: h.renderer, BaseURL: s.BaseURL, OnPosted: h.courier.Kick, Clock: clock, Log: h.log,
	})
	code, err := h.setupCode(ctx)
	if err != nil {
		return nil, err
	}
	if err := agents.RefreshMailboxes(ctx, h.store.Write); err != nil {
		return nil, err
	}
	keys, err := portal.OpenKeys(ctx, h.store.Write, clock())
	if err != nil {
		return nil, err
	}
	h.server, err = web.New(web.Options{
		PortalKeys: keys, Store: h.store, Ledger: h.ledger, Courier: h.courier, Renderer: h.renderer, Mailbox: mailbox, Feeds: h.feeds, Vault: h.vault, Photos: h.photos, AutoEmails: h.searches,
		BaseURL: s.BaseURL, SetupCode: code, TrustedProxies: s.TrustedProxies, MetricsToken: s.MetricsToken, Clock: clock, Log: h.log,
	})
	return h, err
}

// openStore opens and migrates the database; own also makes this process the one that serves it.
func openStore(ctx context.Context, s *settings, own bool) (*db.Store, error) {
	store, err := openDatabase(ctx, s)
	if err != nil {
		return nil, err
	}
	if own {
		err = store.Own()
	}
	if err == nil {
		err = store.Migrate(ctx)
	}
	if err != nil {
		_ = store.Close()
		return nil, err
	}
	return store, nil
}

// openDatabase opens the database that the settings name. A driver's error has a line per address it tried; the first
// that says why is enough for whoever has to mend DATABASE_URL.
func openDatabase(ctx context.Context, s *settings) (*db.Store, error) {
	store, err := db.Open(ctx, s.DatabaseURL, s.DataDir)
	if err == nil || s.DatabaseURL == "" {
		return store, err
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "db: "), "DATABASE_URL "), "\n")
	if strings.HasSuffix(first, ":") {
		why, _, _ := strings.Cut(rest, "\n")
		first += " " + strings.TrimSpace(why)
	}
	return nil, errors.New("DATABASE_URL: " + first)
}

// openRoute reads SMTP_URL: a server, the built-in mailbox, or nothing.
func openRoute(s *settings) (mail.Route, *mail.Mailbox, error) {
	switch s.SMTPURL {
	case "":
		return nil, nil, nil
	case "mailbox:":
		mailbox, err := mail.OpenMailbox(filepath.Join(s.DataDir, "mailbox"))
		return mailbox, mailbox, err
	}
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil, nil, fmt.Errorf("BASE_URL: %w", err)
	}
	route, err := mail.OpenRoute(s.SMTPURL, base.Hostname(), mail.Limits{})
	if err != nil {
		return nil, nil, errors.New("SMTP_URL: " + strings.TrimPrefix(err.Error(), "SMTP_URL "))
	}
	return route, nil, nil
}

// setupCode is what /setup will ask for, empty once somebody can sign in.
func (h *house) setupCode(ctx context.Context) (string, error) {
	any, err := agents.Any(ctx, h.store.Read)
	if err != nil || any {
		return "", err
	}
	text := rand.Text()
	return text[:4] + "-" + text[4:8] + "-" + text[8:12], nil
}

// serve runs web and courier until ctx ends, then stops them in order: no new requests, no new claims, letters in hand
// finish, results are recorded.
func (h *house) serve(ctx context.Context) error {
	listener, err := net.Listen("tcp", h.settings.ListenAddr)
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	courierCtx, stopCourier := context.WithCancel(context.WithoutCancel(ctx))
	group.Go(func() error { return h.courier.Run(courierCtx) })
	group.Go(func() error { return h.endVacations(ctx) })
	group.Go(func() error { return h.feeds.Run(ctx) })
	group.Go(func() error { return h.photos.Run(ctx) })
	group.Go(func() error { return h.searches.Run(ctx) })
	group.Go(func() error { return h.nudges.Run(ctx) })
	group.Go(func() error {
		if err := h.server.App().Listener(listener); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
		return nil
	})
	debug.FreeOSMemory() // what starting took and serving does not need: a small server has other uses for it
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(60) // garbage of a thousand pages at once is more than half of what they take
	}
	h.log.Info("Porchlight serves", "at", h.settings.BaseURL, "on", listener.Addr().String(), "database", h.store.Kind())
	if h.server.SetupCode != "" {
		h.log.Info("Nobody can sign in yet: open /setup", "url", h.settings.BaseURL+"/setup", "code", h.server.SetupCode)
	}
	<-ctx.Done()
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	err = h.server.Shutdown(patience)
	stopCourier()
	return errors.Join(err, group.Wait())
}

// close lets the database and the photos' folder go.
func (h *house) close() {
	if h.photos != nil {
		_ = h.photos.Close() // nothing is written any more
	}
	if err := h.store.Close(); err != nil {
		h.log.Error("close the database", "err", err)
	}
}

// clock is the program's only clock.
func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
