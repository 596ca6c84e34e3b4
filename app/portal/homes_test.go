package portal_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/portal"
	"porchlight/db"
	"porchlight/db/dbtest"
)

// shelfWorld is an agent with two clients who were sent homes.
type shelfWorld struct {
	t          *testing.T
	store      *db.Store
	now        time.Time
	ana, ben   portal.Visitor
	lastLetter int64
}

func openShelves(t *testing.T) *shelfWorld {
	t.Helper()
	w := &shelfWorld{t: t, store: dbtest.New(t), now: time.Date(2026, 11, 12, 14, 0, 0, 0, time.UTC)}
	maya, err := agents.Add(t.Context(), w.store.Write, agents.New{Name: "Maya Bell", Email: "maya@elm.example", Password: "correct horse battery", Role: agents.RoleBroker, Brokerage: "Elm"}, w.now)
	w.must(err)
	w.ana, w.ben = w.client(maya.ID, "Ana"), w.client(maya.ID, "Ben")
	return w
}

func (w *shelfWorld) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *shelfWorld) client(of agents.ID, name string) portal.Visitor {
	w.t.Helper()
	var c clients.Client
	w.must(w.store.Write.RunInTx(w.t.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		c, err = clients.Create(ctx, db, of, clients.Form{FirstName: name, LastName: "Osei", Email: name + "@example.com"}, w.now)
		return err
	}))
	return portal.Visitor{Client: c, Member: c}
}

func (w *shelfWorld) exec(query string, args ...any) {
	w.t.Helper()
	_, err := w.store.Write.ExecContext(w.t.Context(), query, args...)
	w.must(err)
}

// letter is one that is in a state to a client, with homes.
func (w *shelfWorld) letter(to portal.Visitor, state string, homes ...listings.ID) int64 {
	w.t.Helper()
	w.lastLetter++
	n := w.lastLetter
	w.exec("INSERT INTO mailings (id, agent_id, kind, state, idempotency_key, subject, markdown, template, created_at) VALUES (?, ?, 'letter', 'sending', ?, ?, '', ?, ?)", n, to.Client.AgentID, fmt.Sprint("k", n), fmt.Sprint("Letter ", n), []byte{}, w.now)
	for i, home := range homes {
		w.exec("INSERT INTO mailing_homes (mailing_id, position, listing_id, note, list_price) VALUES (?, ?, ?, ?, ?)", n, i+1, home, fmt.Sprint("note ", n, "/", home), int64(home)*100)
	}
	w.exec(`INSERT INTO letters (id, mailing_id, agent_id, client_id, prio, to_name, to_address, address_hash, domain, token, message_id, state, reason, attempts, ambiguous, not_before, expires_at, lease_owner, lease_gen, code, enhanced, reply, created_at, ended_at)
		VALUES (?, ?, ?, ?, 1, '', '', '', '', '', ?, ?, '', 1, 0, ?, ?, '', 0, 0, '', '', ?, ?)`, n, n, to.Client.AgentID, to.Client.ID, fmt.Sprint("m", n), state, w.now, w.now, w.now, w.now)
	return n
}

// bring takes homes in that get the numbers from 1 on.
func (w *shelfWorld) bring(n int) {
	w.t.Helper()
	w.must(w.store.Write.RunInTx(w.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		from, err := feed.Files(ctx, db)
		if err != nil {
			return err
		}
		var all []listings.Record
		for i := range n {
			price := int64(300_000_00 - i*10_000_00)
			all = append(all, listings.Record{Listing: listings.Listing{ListingKey: fmt.Sprint(i), StandardStatus: listings.Active, ListPrice: &price, InternetEntireListingDisplayYN: true}})
		}
		_, err = listings.Apply(ctx, db, listings.Source{Feed: from}, all, w.now)
		return err
	}))
}

func (w *shelfWorld) homes(v portal.Visitor, s portal.Shelf) (ids []listings.ID, next string, page []portal.Sent) {
	w.t.Helper()
	page, next, err := portal.Homes(w.t.Context(), w.store.Read, v, s, w.now)
	w.must(err)
	for _, one := range page {
		ids = append(ids, one.Listing)
	}
	return ids, next, page
}

func (w *shelfWorld) wants(v portal.Visitor, s portal.Shelf, want ...listings.ID) {
	w.t.Helper()
	if got, _, _ := w.homes(v, s); !slices.Equal(got, want) {
		w.t.Errorf("%+v: homes %v, want %v", s, got, want)
	}
}

func (w *shelfWorld) react(v portal.Visitor, home listings.ID, kind portal.Kind) portal.Kind {
	w.t.Helper()
	before, err := portal.React(w.t.Context(), w.store.Write, v, home, kind, w.now)
	w.must(err)
	return before
}

func TestHomesOfAPortal(t *testing.T) {
	t.Run("are those that left for its client, each once, the latest letter first", func(t *testing.T) {
		w := openShelves(t)
		w.letter(w.ana, "sent", 1, 2)
		w.letter(w.ben, "sent", 3)
		for i, state := range []string{"ready", "sending", "failed", "expired", "withheld", "cancelled"} {
			w.letter(w.ana, state, listings.ID(10+i))
		}
		w.now = w.now.Add(time.Hour)
		w.letter(w.ana, "sent", 5, 1)
		_, _, page := w.homes(w.ana, portal.Shelf{})
		w.wants(w.ana, portal.Shelf{}, 1, 5, 2)
		one := page[0]
		if one.Note != "note 9/1" || *one.Price != 100 || !one.At.Equal(w.now) || one.Letter != 9 || !one.Unseen || one.New {
			t.Errorf("%+v", one)
		}
		for home, want := range map[listings.ID]bool{1: true, 5: true, 3: false, 10: false, 14: false, 99: false} {
			if got, err := portal.WasSent(t.Context(), w.store.Read, w.ana.Client.ID, home); err != nil || got != want {
				t.Errorf("home %d was sent: %v, %v", home, got, err)
			}
		}
	})
	t.Run("come in pages that leave none out and show none twice", func(t *testing.T) {
		w := openShelves(t)
		for i := range 9 {
			w.letter(w.ana, "sent", listings.ID(3*i+1), listings.ID(3*i+2), listings.ID(3*i+3))
		}
		for _, sort := range []string{"", "price"} {
			seen, pages := map[listings.ID]bool{}, 0
			for after := ""; ; pages++ {
				ids, next, _ := w.homes(w.ana, portal.Shelf{After: after, Limit: 4, Sort: sort})
				for _, id := range ids {
					if seen[id] {
						t.Errorf("%q: home %d twice", sort, id)
					}
					seen[id] = true
				}
				if after = next; next == "" {
					break
				}
			}
			if len(seen) != 27 || pages != 6 {
				t.Errorf("%q: %d homes on %d pages", sort, len(seen), pages+1)
			}
		}
		for _, odd := range []string{"x", "1", "1.", ".1", "1.x", "99999999999999999999.1", "' OR 1=1"} {
			if ids, _, _ := w.homes(w.ana, portal.Shelf{After: odd}); len(ids) != 24 {
				t.Errorf("after %q: %d homes", odd, len(ids))
			}
		}
	})
	t.Run("stand on the shelves of their reactions, with their figures", func(t *testing.T) {
		w := openShelves(t)
		w.letter(w.ana, "sent", 1, 2, 3, 4)
		w.react(w.ana, 1, portal.Favorite)
		w.react(w.ana, 2, portal.Possibility)
		w.react(w.ana, 3, portal.Discard)
		w.wants(w.ana, portal.Shelf{}, 1, 2, 4)
		w.wants(w.ana, portal.Shelf{Kind: portal.Favorite}, 1)
		w.wants(w.ana, portal.Shelf{Kind: portal.Possibility}, 2)
		w.wants(w.ana, portal.Shelf{Kind: portal.Discard}, 3)
		w.wants(w.ana, portal.Shelf{Kind: "junk"})
		f, err := portal.Count(t.Context(), w.store.Read, w.ana, w.now)
		if err != nil || f.All != 3 || f.By[portal.Favorite] != 1 || f.By[portal.Possibility] != 1 || f.By[portal.Discard] != 1 || f.New != 0 {
			t.Errorf("%+v, %v", f, err)
		}
		if before := w.react(w.ana, 3, portal.Favorite); before != portal.Discard {
			t.Errorf("before stood %q", before)
		}
		if before := w.react(w.ana, 3, ""); before != portal.Favorite {
			t.Errorf("before stood %q", before)
		}
		w.wants(w.ana, portal.Shelf{}, 1, 2, 3, 4)
		w.wants(w.ana, portal.Shelf{Kind: portal.Favorite}, 1)
	})
	t.Run("take a reaction only of who may, to what was sent", func(t *testing.T) {
		w := openShelves(t)
		w.letter(w.ana, "sent", 1)
		w.letter(w.ben, "sent", 2)
		looks := w.ana
		looks.ReadOnly = true
		for _, c := range []struct {
			v    portal.Visitor
			home listings.ID
			kind portal.Kind
			want fault.Kind
		}{{w.ana, 2, portal.Favorite, fault.NotFound}, {w.ana, 99, portal.Favorite, fault.NotFound}, {w.ana, 1, "love", fault.Invalid}, {looks, 1, portal.Favorite, fault.Denied}} {
			if _, err := portal.React(t.Context(), w.store.Write, c.v, c.home, c.kind, w.now); fault.Of(err) != c.want {
				t.Errorf("home %d %q: %v", c.home, c.kind, err)
			}
		}
		if err := portal.Look(t.Context(), w.store.Write, w.ana, 2, w.now); fault.Of(err) != fault.NotFound {
			t.Errorf("look: %v", err)
		}
		if err := portal.SaveSettings(t.Context(), w.store.Write, looks, 10, w.now); fault.Of(err) != fault.Denied {
			t.Errorf("settings: %v", err)
		}
		if err := portal.SaveSettings(t.Context(), w.store.Write, w.ana, 91, w.now); fault.Of(err) != fault.Invalid {
			t.Errorf("settings: %v", err)
		}
		w.must(portal.Look(t.Context(), w.store.Write, looks, 1, w.now))
		_, err := portal.Visit(t.Context(), w.store.Write, looks, w.now)
		w.must(err)
		for _, table := range []string{"reactions", "home_visits", "portals"} {
			var n int
			w.must(w.store.Read.NewRaw("SELECT count(*) FROM ?", bun.Ident(table)).Scan(t.Context(), &n))
			if n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
	})
	t.Run("of a household are shared, with each one's reaction", func(t *testing.T) {
		w := openShelves(t)
		w.letter(w.ana, "sent", 1, 2)
		w.letter(w.ben, "sent", 3)
		w.exec("INSERT INTO household (member_id, client_id, joined_at) VALUES (?, ?, ?)", w.ben.Client.ID, w.ana.Client.ID, w.now)
		both := portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}
		w.wants(w.ana, portal.Shelf{}, 3, 1, 2)
		w.wants(both, portal.Shelf{}, 3, 1, 2)
		w.react(w.ana, 1, portal.Discard)
		w.wants(both, portal.Shelf{}, 3, 2)
		w.react(both, 1, portal.Favorite)
		w.wants(both, portal.Shelf{}, 3, 1, 2)
		w.wants(both, portal.Shelf{Kind: portal.Favorite}, 1)
		_, _, page := w.homes(w.ana, portal.Shelf{Homes: []listings.ID{1}})
		if r := page[0].Reactions; len(r) != 2 || r[0].MemberID != w.ana.Client.ID || r[0].Kind != portal.Discard || r[1].Kind != portal.Favorite {
			t.Errorf("%+v", r)
		}
		w.must(portal.Look(t.Context(), w.store.Write, both, 1, w.now))
		w.wants(w.ana, portal.Shelf{Unseen: true}, 3, 1, 2)
		w.wants(both, portal.Shelf{Unseen: true}, 3, 2)
		w.exec("DELETE FROM household")
		w.wants(w.ana, portal.Shelf{}, 2)
		w.wants(w.ana, portal.Shelf{Kind: portal.Discard}, 1)
	})
}

func TestWhatIsNew(t *testing.T) {
	w := openShelves(t)
	w.bring(4)
	w.letter(w.ana, "sent", 1, 2, 3)
	w.wants(w.ana, portal.Shelf{Sort: "price"}, 3, 2, 1)
	visit := func() {
		t.Helper()
		_, err := portal.Visit(t.Context(), w.store.Write, w.ana, w.now)
		w.must(err)
	}
	marked := func(when string, want ...listings.ID) {
		t.Helper()
		w.wants(w.ana, portal.Shelf{New: true}, want...)
		f, err := portal.Count(t.Context(), w.store.Read, w.ana, w.now)
		if err != nil || f.New != len(want) {
			t.Errorf("%s: %d are new, want %v (%v)", when, f.New, want, err)
		}
	}
	marked("before the first visit")
	visit()
	marked("on the first visit")
	w.now = w.now.Add(24 * time.Hour)
	w.letter(w.ana, "sent", 4)
	w.exec("INSERT INTO listing_events (listing_id, kind, at, old_status, new_status, open_house_id) VALUES (2, 'Price Change', ?, '', '', 0), (3, 'Open House', ?, '', '', 7)", w.now, w.now)
	w.now = w.now.Add(time.Hour)
	marked("before the second visit is opened", 4, 2)
	visit()
	marked("while it lasts", 4, 2)
	w.now = w.now.Add(20 * time.Minute)
	visit()
	w.now = w.now.Add(20 * time.Minute)
	marked("while somebody looks round", 4, 2)
	w.now = w.now.Add(20 * time.Minute)
	marked("when they come back later")
	w.react(w.ana, 4, portal.Discard)
	w.now = w.now.Add(48 * time.Hour)
	w.letter(w.ana, "sent", 4)
	marked("of what was discarded")
}

func TestLettersOfAPortal(t *testing.T) {
	w := openShelves(t)
	first := w.letter(w.ana, "sent", 1, 2, 3)
	w.letter(w.ben, "sent", 4)
	w.letter(w.ana, "withheld", 5)
	w.now = w.now.Add(72 * time.Hour)
	plain := w.letter(w.ana, "sent")
	list := func(p portal.Stretch) (ids []int64, all []portal.Letter) {
		t.Helper()
		all, _, err := portal.Letters(t.Context(), w.store.Read, w.ana, p, w.now)
		w.must(err)
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		return ids, all
	}
	for _, c := range []struct {
		p    portal.Stretch
		want []int64
	}{
		{portal.Stretch{}, []int64{plain, first}}, {portal.Stretch{Since: w.now.Add(-time.Hour)}, []int64{plain}}, {portal.Stretch{Before: plain}, []int64{first}},
		{portal.Stretch{Home: 2}, []int64{first}}, {portal.Stretch{Kind: portal.ByAuto}, nil}, {portal.Stretch{Kind: portal.ByHand}, []int64{plain, first}},
	} {
		if got, _ := list(c.p); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v", c.p, got)
		}
	}
	_, all := list(portal.Stretch{Homes: 2})
	if one := all[1]; one.N != 3 || len(one.Homes) != 2 || one.Homes[1].Listing != 2 || one.Homes[1].Note != "note 1/2" || one.Subject != "Letter 1" {
		t.Errorf("%+v", one)
	}
	_, next, err := portal.Letters(t.Context(), w.store.Read, w.ana, portal.Stretch{Limit: 1}, w.now)
	if err != nil || next != plain {
		t.Errorf("next %d, %v", next, err)
	}
	for _, id := range []int64{2, 3, 99, 0, -1} {
		if _, err := portal.FindLetter(t.Context(), w.store.Read, w.ana, id, w.now); fault.Of(err) != fault.NotFound {
			t.Errorf("letter %d: %v", id, err)
		}
	}
}

func TestDiscardedHomesStayQuiet(t *testing.T) {
	w := openShelves(t)
	w.letter(w.ana, "sent", 1, 2, 3)
	w.react(w.ana, 1, portal.Discard)
	w.react(w.ana, 2, portal.Favorite)
	cents := func(n int64) *int64 { return &n }
	quiet := func(of portal.Visitor, old, now *int64) bool {
		t.Helper()
		got, err := portal.Quiet(t.Context(), w.store.Read, of.Client.ID, []listings.ID{1, 2, 3}, map[listings.ID][2]*int64{1: {old, now}, 2: {old, now}})
		w.must(err)
		if got[2] || got[3] {
			t.Errorf("what was not discarded is quiet: %v", got)
		}
		return got[1]
	}
	check := func(what string, got, want bool) {
		t.Helper()
		if got != want {
			t.Errorf("%s: quiet is %v", what, got)
		}
	}
	check("other news", quiet(w.ana, nil, nil), true)
	check("a drop of 4.99 percent", quiet(w.ana, cents(1_000_000), cents(950_100)), true)
	check("a drop of 5 percent", quiet(w.ana, cents(1_000_000), cents(950_000)), false)
	check("a rise", quiet(w.ana, cents(950_000), cents(1_000_000)), true)
	w.must(portal.SaveSettings(t.Context(), w.store.Write, w.ana, 10, w.now))
	check("a drop of 5 percent, of 10", quiet(w.ana, cents(1_000_000), cents(950_000)), true)
	w.must(portal.SaveSettings(t.Context(), w.store.Write, w.ana, 0, w.now))
	check("any drop, of never", quiet(w.ana, cents(1_000_000), cents(1)), true)
	check("somebody else", quiet(w.ben, nil, nil), false)
	w.exec("INSERT INTO household (member_id, client_id, joined_at) VALUES (?, ?, ?)", w.ben.Client.ID, w.ana.Client.ID, w.now)
	check("the second person", quiet(w.ben, nil, nil), true)
	w.react(portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}, 1, portal.Favorite)
	check("the second person's favorite", quiet(w.ana, nil, nil), false)
	s, err := portal.Visit(t.Context(), w.store.Write, w.ana, w.now)
	if err != nil || s.DropPercent != 0 {
		t.Errorf("a visit left %+v, %v", s, err)
	}
}

// A page of the newest homes is looked for in the last letters first; what they don't fill is found all the same.
func TestHomesOfManyLetters(t *testing.T) {
	w := openShelves(t)
	for i := range 70 {
		w.letter(w.ana, "sent", listings.ID(100+i))
	}
	for range 80 {
		w.letter(w.ana, "sent", 1, 2) // seventy homes stand behind letters that all show the same two
	}
	w.react(w.ana, 103, portal.Favorite)
	w.react(w.ana, 2, portal.Discard)
	w.wants(w.ana, portal.Shelf{Kind: portal.Favorite}, 103)
	w.wants(w.ana, portal.Shelf{Limit: 3}, 1, 169, 168)
	seen := map[listings.ID]bool{}
	for after := ""; ; {
		ids, next, _ := w.homes(w.ana, portal.Shelf{After: after, Limit: 10})
		for _, id := range ids {
			if seen[id] {
				t.Errorf("home %d twice", id)
			}
			seen[id] = true
		}
		if after = next; next == "" {
			break
		}
	}
	if len(seen) != 71 || seen[2] {
		t.Errorf("%d homes", len(seen))
	}
}
