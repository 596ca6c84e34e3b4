package demo_test

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/demo"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/app/photos"
	"porchlight/db/dbtest"
	"porchlight/views"
)

func TestTheDemoShowsEveryState(t *testing.T) {
	store := dbtest.New(t)
	now := time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	ledger, err := consent.NewLedger(t.Context(), store.Write, store.AdvisoryLock, now)
	if err != nil {
		t.Fatal(err)
	}
	renderer, err := mail.NewRenderer(views.Letters())
	if err != nil {
		t.Fatal(err)
	}
	mailbox, err := mail.OpenMailbox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	vault, err := feed.OpenVault(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cache, err := photos.Open(photos.Options{
		Dir: t.TempDir(), Write: store.Write, Read: store.Read, Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
		Rules: func(context.Context, listings.FeedID) (photos.Rules, error) { return photos.Rules{}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer cache.Close()
	err = demo.Build(t.Context(), demo.Parts{
		Vault: vault, Photos: cache, Write: store.Write, Read: store.Read, SkipLocked: store.SkipLocked, Ledger: ledger, Renderer: renderer,
		Route: mailbox, BaseURL: "http://porchlight.test", Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		what, column, table string
		all                 []string
	}{
		{"statuses", "status", "clients", []string{"Active", "Closed", "Inactive", "On Vacation", "Prospect", "Under Contract"}},
		{"letters", "state", "letters", []string{"cancelled", "failed", "ready", "sent", "withheld"}},
		{"blocks", "reason", "address_blocks", []string{"complained", "undeliverable"}},
		{"homes", "standard_status", "listings", []string{"Active", "Active Under Contract", "Canceled", "Closed", "Coming Soon", "Expired", "Hold", "Incomplete", "Pending", "Withdrawn"}},
		{"news", "kind", "listing_events", []string{"Back On Market", "Closed", "Coming Soon", "New Listing", "Open House", "Pending", "Price Change", "Status Change"}},
	} {
		var have []string
		if err := store.Read.NewRaw("SELECT DISTINCT ? AS word FROM ? ORDER BY word", bun.Ident(want.column), bun.Ident(want.table)).Scan(t.Context(), &have); err != nil {
			t.Fatal(err)
		}
		if len(have) != len(want.all) {
			t.Errorf("%s: %q, want %q", want.what, have, want.all)
			continue
		}
		for i, word := range want.all {
			if have[i] != word {
				t.Errorf("%s: %q, want %q", want.what, have, want.all)
			}
		}
	}
	market(t, store, cache, now)
	autos(t, store, ledger, mailbox, now)
	portals(t, store, now)
	people, err := store.Read.NewSelect().Table("clients").Count(t.Context())
	if err != nil || people < 55 || people > 70 {
		t.Errorf("%d clients, %v", people, err)
	}
	caught, err := mailbox.List("", 1000)
	if err != nil || len(caught) < 100 {
		t.Errorf("%d letters in the mailbox, %v", len(caught), err)
	}
}
