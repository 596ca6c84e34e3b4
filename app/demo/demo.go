// Package demo builds a believable brokerage through the domain packages: people, clients in every state the app
// knows, a market of homes, and ninety days of letters, consent and news. The same seed builds the same house. It owns no rules and no tables,
// and no mail of its making leaves the machine: every address is under the reserved domain .example (RFC 2606).
package demo

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/feed"
	"porchlight/app/mail"
	"porchlight/app/outbox"
	"porchlight/app/photos"
	"porchlight/app/portal"
)

// Seed is the demo's fixed random seed.
const Seed = 6437

// Email and Password sign the demo's broker in.
const (
	Email    = "maya@elmharbor.example"
	Password = "a light on the porch"
)

//go:embed letters/*.md
var letters embed.FS

// Parts are what the demo is built with.
type Parts struct {
	Write, Read *bun.DB
	SkipLocked  string
	Ledger      *consent.Ledger
	Renderer    *mail.Renderer
	Route       mail.Route // where the history's letters go
	Vault       *feed.Vault
	Photos      *photos.Cache
	BaseURL     string
	Log         *slog.Logger
}

// Build fills an empty, migrated database with the brokerage as it stands at now.
func Build(ctx context.Context, p Parts, now time.Time) error {
	b := &builder{Parts: p, ctx: ctx, chance: rand.New(rand.NewPCG(Seed, Seed)), dice: rand.New(rand.NewPCG(Seed, 1)), whims: rand.New(rand.NewPCG(Seed, 2)), end: now}
	b.courier = outbox.NewCourier(outbox.Options{
		Write: p.Write, Read: p.Read, SkipLocked: p.SkipLocked, Ledger: p.Ledger, Renderer: p.Renderer, Route: p.Route,
		Workers: 4, BaseURL: p.BaseURL, Clock: b.clock, Log: p.Log,
	})
	b.searches = autoemail.NewRunner(autoemail.RunnerOptions{
		Write: p.Write, Read: p.Read, Ledger: p.Ledger, Renderer: p.Renderer, BaseURL: p.BaseURL, Gather: -1, Clock: b.clock, Log: p.Log,
	})
	if b.keys, b.err = portal.OpenKeys(ctx, p.Write, now); b.err != nil {
		return fmt.Errorf("demo: %w", b.err)
	}
	b.zone, b.err = time.LoadLocation("America/New_York")
	b.at(90, 9)
	for _, step := range []func(){b.openHouse, b.looks, b.homes, b.firstClients, b.watch, b.seasons, b.story, b.today, b.thisMorning} {
		step()
		if b.err != nil {
			return fmt.Errorf("demo: %w", b.err)
		}
	}
	return nil
}

// builder walks from ninety days ago to now. The first error ends it.
type builder struct {
	Parts
	ctx     context.Context
	chance  *rand.Rand // of names
	dice    *rand.Rand
	courier *outbox.Courier
	end     time.Time
	now     time.Time
	zone    *time.Location
	err     error

	market   *market
	searches *autoemail.Runner
	lived    int // so many days before the end is the last morning that was lived
	autos    []*auto
	keys     *portal.Keys
	visitors []*visitor
	whims    *rand.Rand // of visitors, so that theirs change nobody else's

	maya, theo, priya agents.Agent
	of                map[agents.ID][]clients.Client
	names             map[string]bool
	posted            int
}

func (b *builder) clock() time.Time { return b.now }

// at moves the clock to so many days before the end, at an hour of the brokerage's day, but never past the end.
func (b *builder) at(daysAgo int, hour int) {
	day := b.end.In(b.zone).AddDate(0, 0, -daysAgo)
	at := time.Date(day.Year(), day.Month(), day.Day(), hour, b.dice.IntN(50), b.dice.IntN(60), 0, b.zone).UTC()
	if at.After(b.end) {
		at = b.end.Add(-time.Minute)
	}
	b.live(at)
	b.now = at
}

// keep remembers the first error.
func (b *builder) keep(err error) {
	if b.err == nil && err != nil {
		b.err = err
	}
}

// do runs fn in a transaction unless something failed before.
func (b *builder) do(fn func(ctx context.Context, db bun.Tx) error) {
	if b.err == nil {
		b.keep(b.Write.RunInTx(b.ctx, nil, fn))
	}
}

// deliver sends what is due.
func (b *builder) deliver() {
	if b.err == nil {
		b.keep(b.courier.Drain(b.ctx))
	}
}

// text is one of the letters: its first line is the subject.
func text(name string) (subject, markdown string) {
	content, err := fs.ReadFile(letters, "letters/"+name+".md")
	if err != nil {
		panic(err) // the names are this package's own
	}
	subject, markdown, _ = strings.Cut(string(content), "\n")
	return subject, strings.TrimSpace(markdown)
}
