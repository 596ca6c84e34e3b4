package portal_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// join makes ben the second person of ana's portal.
func (w *shelfWorld) join(client, member portal.Visitor) error {
	return portal.Join(w.t.Context(), w.store.Write, client.Client.AgentID, client.Client.ID, member.Client.ID, w.now)
}

// refused fails unless err is a fault of this kind that says so.
func refused(t *testing.T, err error, kind fault.Kind, says string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Kind != kind || !strings.Contains(f.Say, says) {
		t.Errorf("got %v, want a fault of kind %d that says %q", err, kind, says)
	}
}

func (w *shelfWorld) names(of portal.Visitor) (names []string) {
	w.t.Helper()
	people, err := portal.Household(w.t.Context(), w.store.Read, of.Client.ID)
	w.must(err)
	for _, one := range people {
		names = append(names, one.FirstName)
	}
	return names
}

func (w *shelfWorld) agent(name string) agents.ID {
	w.t.Helper()
	a, err := agents.Add(w.t.Context(), w.store.Write, agents.New{Name: name, Email: strings.ReplaceAll(name, " ", ".") + "@elm.example", Password: "correct horse battery", Role: agents.RoleAgent}, w.now)
	w.must(err)
	return a.ID
}

func TestHousehold(t *testing.T) {
	t.Run("is two clients of one agent, whose portal it is first", func(t *testing.T) {
		w := openShelves(t)
		if got := w.names(w.ben); !slices.Equal(got, []string{"Ben"}) {
			t.Errorf("alone: %v", got)
		}
		w.must(w.join(w.ben, w.ana))
		for _, one := range []portal.Visitor{w.ana, w.ben} {
			if got := w.names(one); !slices.Equal(got, []string{"Ben", "Ana"}) {
				t.Errorf("%s sees %v", one.Client.FirstName, got)
			}
		}
	})
	t.Run("has no chains, no third, and nobody twice", func(t *testing.T) {
		w := openShelves(t)
		cleo, dov := w.client(w.ana.Client.AgentID, "Cleo"), w.client(w.ana.Client.AgentID, "Dov")
		w.must(w.join(w.ana, w.ben))
		for _, pair := range [][2]portal.Visitor{{w.ana, w.ben}, {w.ben, w.ana}, {w.ana, cleo}, {cleo, w.ana}, {w.ben, cleo}, {cleo, w.ben}} {
			refused(t, w.join(pair[0], pair[1]), fault.Conflict, "shares a portal already")
		}
		refused(t, w.join(cleo, cleo), fault.Conflict, "themself")
		w.must(w.join(cleo, dov))
	})
	t.Run("is never of two agents, nor of somebody who is not there", func(t *testing.T) {
		w := openShelves(t)
		omar := w.agent("Omar Haddad")
		theirs := w.client(omar, "Cleo")
		refused(t, w.join(w.ana, theirs), fault.NotFound, "no such client")
		refused(t, w.join(theirs, w.ana), fault.NotFound, "no such client")
		refused(t, portal.Join(t.Context(), w.store.Write, omar, w.ana.Client.ID, w.ben.Client.ID, w.now), fault.NotFound, "no such client")
		refused(t, portal.Join(t.Context(), w.store.Write, w.ana.Client.AgentID, w.ana.Client.ID, 999, w.now), fault.NotFound, "no such client")
	})
	t.Run("takes one of many who would join at once", func(t *testing.T) {
		w := openShelves(t)
		people := []portal.Visitor{w.ana, w.ben}
		for _, name := range []string{"Cleo", "Dov", "Eve", "Finn"} {
			people = append(people, w.client(w.ana.Client.AgentID, name))
		}
		var wg sync.WaitGroup
		for i := range people {
			for j := range people {
				if i != j {
					wg.Go(func() {
						if err := w.join(people[i], people[j]); err != nil && fault.Of(err) != fault.Conflict {
							t.Error(err)
						}
					})
				}
			}
		}
		wg.Wait()
		var rows []struct{ ClientID, MemberID clients.ID }
		w.must(w.store.Read.NewRaw("SELECT client_id, member_id FROM household").Scan(t.Context(), &rows))
		seen := map[clients.ID]int{}
		for _, r := range rows {
			seen[r.ClientID]++
			seen[r.MemberID]++
		}
		if len(rows) != 3 || len(seen) != 6 {
			t.Errorf("%d households of %d people: %v", len(rows), len(seen), rows)
		}
	})
	t.Run("takes reactions along when it begins and when it ends, and each keeps their own", func(t *testing.T) {
		w := openShelves(t)
		w.bring(3)
		w.letter(w.ana, "sent", 1, 2)
		w.letter(w.ben, "sent", 2, 3)
		w.react(w.ana, 1, portal.Favorite)
		w.react(w.ben, 2, portal.Discard)
		w.must(portal.Look(t.Context(), w.store.Write, w.ben, 3, w.now))
		w.must(w.join(w.ana, w.ben))
		both := portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}
		reactions, err := portal.Reactions(t.Context(), w.store.Read, w.ana.Client.ID, []listings.ID{1, 2, 3})
		w.must(err)
		if len(reactions[1]) != 1 || len(reactions[2]) != 1 || reactions[2][0].MemberID != w.ben.Client.ID {
			t.Errorf("%+v", reactions)
		}
		w.now = w.now.Add(time.Minute)
		w.react(both, 1, portal.Possibility)
		w.react(both, 3, portal.Favorite)
		if _, _, page := w.homes(both, portal.Shelf{Homes: []listings.ID{3}}); page[0].Unseen {
			t.Error("Ben opened this home before")
		}
		w.must(portal.Part(t.Context(), w.store.Write, w.ben.Client.ID))
		refused(t, portal.Part(t.Context(), w.store.Write, w.ben.Client.ID), fault.NotFound, "share no portal")
		refused(t, portal.Part(t.Context(), w.store.Write, w.ana.Client.ID), fault.NotFound, "share no portal")
		// Ben's own portal has his own letters, his own reactions, and what he opened.
		w.wants(w.ben, portal.Shelf{Kind: portal.Favorite}, 3)
		w.wants(w.ben, portal.Shelf{Kind: portal.Discard}, 2)
		w.wants(w.ben, portal.Shelf{}, 3)
		if _, _, page := w.homes(w.ben, portal.Shelf{}); page[0].Unseen || len(page[0].Reactions) != 1 {
			t.Errorf("%+v", page[0])
		}
		w.wants(w.ana, portal.Shelf{}, 1, 2)
		reactions, err = portal.Reactions(t.Context(), w.store.Read, w.ana.Client.ID, []listings.ID{1, 2, 3})
		w.must(err)
		if len(reactions[1]) != 1 || reactions[1][0].Kind != portal.Favorite || len(reactions[2])+len(reactions[3]) != 0 {
			t.Errorf("Ana's after parting: %+v", reactions)
		}
	})
	t.Run("has what two of it think at once, each with their name", func(t *testing.T) {
		w := openShelves(t)
		w.bring(4)
		w.letter(w.ana, "sent", 1, 2, 3, 4)
		w.must(w.join(w.ana, w.ben))
		both := portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}
		var wg sync.WaitGroup
		for i := range 8 {
			for home := range listings.ID(4) {
				wg.Go(func() {
					for _, v := range []struct {
						who  portal.Visitor
						kind portal.Kind
					}{{w.ana, portal.Favorite}, {both, portal.Discard}} {
						kind := v.kind
						if i%2 == 1 {
							kind = portal.Possibility
						}
						if _, err := portal.React(t.Context(), w.store.Write, v.who, home+1, kind, w.now); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		wg.Wait()
		for home := range listings.ID(4) {
			w.react(w.ana, home+1, portal.Favorite)
			w.react(both, home+1, portal.Discard)
		}
		reactions, err := portal.Reactions(t.Context(), w.store.Read, w.ana.Client.ID, []listings.ID{1, 2, 3, 4})
		w.must(err)
		for home, all := range reactions {
			if len(all) != 2 || all[0].MemberID != w.ana.Client.ID || all[0].Kind != portal.Favorite || all[1].MemberID != w.ben.Client.ID || all[1].Kind != portal.Discard {
				t.Errorf("home %d: %+v", home, all)
			}
		}
	})
	t.Run("ends with either of the two, and what the other one thought stays", func(t *testing.T) {
		for _, gone := range []string{"Ana", "Ben"} {
			w := openShelves(t)
			w.bring(1)
			w.letter(w.ana, "sent", 1)
			w.letter(w.ben, "sent", 1)
			w.must(w.join(w.ana, w.ben))
			w.react(w.ana, 1, portal.Favorite)
			w.react(portal.Visitor{Client: w.ana.Client, Member: w.ben.Client}, 1, portal.Favorite)
			stays, goes := w.ana, w.ben
			if gone == "Ana" {
				stays, goes = w.ben, w.ana
			}
			w.must(w.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
				err := portal.Dissolve(ctx, db, goes.Client.ID)
				if err == nil {
					_, err = clients.Delete(ctx, db, goes.Client.AgentID, goes.Client.ID)
				}
				return err
			}))
			var rows []portal.Reaction
			w.must(w.store.Read.NewSelect().Model(&rows).Scan(t.Context()))
			if len(rows) != 1 || rows[0].ClientID != stays.Client.ID || rows[0].MemberID != stays.Client.ID {
				t.Errorf("%s deleted: %+v", gone, rows)
			}
			w.wants(stays, portal.Shelf{Kind: portal.Favorite}, 1)
			w.must(portal.Dissolve(t.Context(), w.store.Write, stays.Client.ID))
		}
	})
}

func TestJoiningWhileAClientMoves(t *testing.T) {
	w := openShelves(t)
	omar := w.agent("Omar Haddad")
	for range 8 {
		cleo, dov := w.client(w.ana.Client.AgentID, "Cleo"), w.client(w.ana.Client.AgentID, "Dov")
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := w.join(cleo, dov); err != nil && fault.Of(err) == fault.Internal {
				t.Error(err)
			}
		})
		wg.Go(func() {
			err := w.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
				if err := portal.Hold(ctx, db, cleo.Client.ID); err != nil {
					return err
				}
				together, err := portal.Together(ctx, db, cleo.Client.ID)
				if err != nil || len(together) > 1 {
					return errors.Join(err, fault.New(fault.Conflict, "joined"))
				}
				_, _, err = clients.Move(ctx, db, cleo.Client.AgentID, omar, cleo.Client.ID, w.now)
				return err
			})
			if err != nil && fault.Of(err) == fault.Internal {
				t.Error(err)
			}
		})
		wg.Wait()
		people, err := portal.Household(t.Context(), w.store.Read, cleo.Client.ID)
		w.must(err)
		if len(people) == 2 && people[0].AgentID != people[1].AgentID {
			t.Fatal("a household of two agents")
		}
		for _, one := range []portal.Visitor{cleo, dov} {
			w.exec("DELETE FROM clients WHERE id = ?", one.Client.ID)
		}
	}
}
