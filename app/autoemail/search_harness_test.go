package autoemail_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/db"
	"porchlight/db/dbtest"
)

// bureau is a brokerage of two agents in New York time, where it is noon on Sunday, 22 November 2026.
type bureau struct {
	t         testing.TB
	store     *db.Store
	ledger    *consent.Ledger
	zone      *time.Location
	now       time.Time
	maya, jon agents.ID
	rae       clients.Client // Maya's
}

func openBureau(t testing.TB) *bureau {
	t.Helper()
	b := &bureau{t: t, store: dbtest.New(t), zone: load(t, "America/New_York"), now: time.Date(2026, 11, 22, 17, 0, 0, 0, time.UTC)}
	_, err := b.store.Write.Exec("INSERT INTO brokerage (id, name, postal_address, phone, time_zone, sending_domains, version) VALUES (1, 'Elm Realty', '1 Elm St', '', 'America/New_York', '', 1)")
	b.must(err)
	b.ledger, err = consent.NewLedger(t.Context(), b.store.Write, b.store.AdvisoryLock, b.now)
	b.must(err)
	for _, a := range []struct {
		id   *agents.ID
		name string
	}{{&b.maya, "Maya Bell"}, {&b.jon, "Jon Diaz"}} {
		email := strings.ToLower(strings.Fields(a.name)[0]) + "@elm.example"
		agent := agents.Agent{Name: a.name, Email: email, EmailKey: email, MailboxKey: email, Role: agents.RoleAgent, CreatedAt: b.now, Version: 1}
		_, err := b.store.Write.NewInsert().Model(&agent).Exec(t.Context())
		b.must(err)
		*a.id = agent.ID
	}
	b.rae = b.client(b.maya, "Rae Moss")
	return b
}

func (b *bureau) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// refused wants a fault of this kind whose sentence has all the words.
func (b *bureau) refused(err error, kind fault.Kind, words ...string) {
	b.t.Helper()
	if fault.Of(err) != kind {
		b.t.Fatalf("got %v, want a fault of kind %d", err, kind)
	}
	for _, word := range words {
		if !strings.Contains(fault.As(err).Say, word) {
			b.t.Errorf("says %q, want %q in it", fault.As(err).Say, word)
		}
	}
}

func (b *bureau) client(of agents.ID, name string) clients.Client {
	b.t.Helper()
	first, last, _ := strings.Cut(name, " ")
	email := strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@example.com"
	var c clients.Client
	b.must(b.store.Write.RunInTx(b.t.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		if c, err = clients.Create(ctx, db, of, clients.Form{FirstName: first, LastName: last, Email: email, Types: []clients.Type{"Buyer"}}, b.now); err != nil {
			return err
		}
		return b.ledger.Enroll(ctx, db, c, consent.By{Agent: agents.Agent{ID: of, Name: "Maya"}, Door: consent.DoorAgent}, b.now)
	}))
	return c
}

// mystic is what Rae looks for, with what the test is about put in by change.
func (b *bureau) mystic(change ...func(*autoemail.Search)) autoemail.Search {
	s := autoemail.Search{
		ClientID: b.rae.ID, Name: "Homes in Mystic",
		Criteria: listings.Criteria{Cities: []string{"Mystic"}, PriceMax: 60_000_000},
		Schedule: daily(at(8, 0)), Events: []listings.EventKind{listings.EventNew, listings.EventPrice},
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

func (b *bureau) save(s autoemail.Search, o autoemail.Saving) autoemail.Search {
	b.t.Helper()
	saved, err := autoemail.Save(b.t.Context(), b.store.Write, b.maya, s, o, b.now)
	b.must(err)
	return saved
}

func (b *bureau) find(id autoemail.ID) autoemail.Search {
	b.t.Helper()
	s, err := autoemail.Find(b.t.Context(), b.store.Read, b.maya, id)
	b.must(err)
	return s
}

func (b *bureau) later(d time.Duration) *bureau { b.now = b.now.Add(d); return b }

func (b *bureau) tend() autoemail.Tended {
	b.t.Helper()
	done, err := autoemail.Tend(b.t.Context(), b.store.Write, b.zone, b.now)
	b.must(err)
	return done
}

func (b *bureau) exec(query string, args ...any) {
	b.t.Helper()
	_, err := b.store.Write.NewRaw(query, args...).Exec(b.t.Context())
	b.must(err)
}

// sent marks that a letter left now.
func (b *bureau) sent(id autoemail.ID) {
	b.t.Helper()
	b.exec("UPDATE searches SET last_sent_at = ? WHERE id = ?", b.now, id)
}

// match gives an auto email a match of a home that need not be there.
func (b *bureau) match(s autoemail.Search, key string, state autoemail.MatchState) int64 {
	b.t.Helper()
	m := autoemail.Match{SearchID: s.ID, ClientID: s.ClientID, AgentID: s.AgentID, Kind: listings.EventNew, OnceKey: key, State: state, FoundAt: b.now, Version: 1}
	_, err := b.store.Write.NewInsert().Model(&m).Exec(b.t.Context())
	b.must(err)
	return m.ID
}

// matches counts an auto email's matches by state, such as "unsent 2, waiting 1".
func (b *bureau) matches(id autoemail.ID) string {
	b.t.Helper()
	var rows []struct {
		State string
		N     int
	}
	b.must(b.store.Read.NewRaw("SELECT state, count(*) AS n FROM matches WHERE search_id = ? GROUP BY state ORDER BY state", id).Scan(b.t.Context(), &rows))
	var words []string
	for _, row := range rows {
		words = append(words, fmt.Sprint(row.State, " ", row.N))
	}
	return strings.Join(words, ", ")
}

// notices are the titles of what an agent was told of auto emails, oldest first.
func (b *bureau) notices(of agents.ID) []string {
	b.t.Helper()
	all, err := agents.Notices(b.t.Context(), b.store.Read, of, false, 100)
	b.must(err)
	var titles []string
	for i := len(all) - 1; i >= 0; i-- {
		if n := all[i]; n.Kind == agents.NoticeSearch {
			titles = append(titles, n.Title)
			if !n.Mails || n.ClientID == 0 || !strings.HasPrefix(n.Path, "/searches/") || strings.Contains(n.Body+n.Title, "%!") {
				b.t.Errorf("a notice that mails nobody, leads nowhere or is ill worded: %+v", n)
			}
		}
	}
	return titles
}

// wants compares what is told with what was to be.
func wants[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// wantsTime compares moments.
func wantsTime(t testing.TB, what string, got, want time.Time) {
	t.Helper()
	if !got.Equal(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
