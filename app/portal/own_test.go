package portal_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

func TestOwnSearches(t *testing.T) {
	mystic := listings.Criteria{Cities: []string{"Mystic"}, PriceMax: 400_000_00}
	t.Run("are kept once, named by what they look for where no name was given, newest first", func(t *testing.T) {
		w := openShelves(t)
		first, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, "  The  shore ", mystic, w.now)
		w.must(err)
		again, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, "The shore", mystic, w.now)
		w.must(err)
		second, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, "", mystic, w.now)
		w.must(err)
		if again.ID != first.ID || second.ID == first.ID || first.Name != "The shore" || second.Name != mystic.Words() {
			t.Fatal(first, again, second)
		}
		all, err := portal.OwnSearches(t.Context(), w.store.Read, w.ana.Client.ID)
		w.must(err)
		if len(all) != 2 || all[0].ID != second.ID || all[1].Criteria.PriceMax != mystic.PriceMax || all[1].Criteria.Cities[0] != "Mystic" {
			t.Fatalf("%+v", all)
		}
	})
	t.Run("belong to their portal", func(t *testing.T) {
		w := openShelves(t)
		one, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, "", mystic, w.now)
		w.must(err)
		if _, err := portal.FindSearch(t.Context(), w.store.Read, w.ben.Client.ID, one.ID); fault.Of(err) != fault.NotFound {
			t.Fatal(err)
		}
		if err := portal.DropSearch(t.Context(), w.store.Write, w.ben, one.ID); fault.Of(err) != fault.NotFound {
			t.Fatal(err)
		}
		w.must(portal.DropSearch(t.Context(), w.store.Write, w.ana, one.ID))
		if err := portal.DropSearch(t.Context(), w.store.Write, w.ana, one.ID); fault.Of(err) != fault.NotFound {
			t.Fatal(err)
		}
	})
	t.Run("are the client's: the agent who looks keeps and deletes none", func(t *testing.T) {
		w := openShelves(t)
		one, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, "", mystic, w.now)
		w.must(err)
		agent := portal.Visitor{Client: w.ana.Client, Member: w.ana.Client, ReadOnly: true}
		if _, err := portal.KeepSearch(t.Context(), w.store.Write, agent, "", mystic, w.now); fault.Of(err) != fault.Denied {
			t.Fatal(err)
		}
		if err := portal.DropSearch(t.Context(), w.store.Write, agent, one.ID); fault.Of(err) != fault.Denied {
			t.Fatal(err)
		}
	})
	t.Run("say what is wrong with them", func(t *testing.T) {
		w := openShelves(t)
		for field, try := range map[string]struct {
			name string
			c    listings.Criteria
		}{"criteria": {"Anything", listings.Criteria{}}, "name": {strings.Repeat("é", 81), mystic}} {
			_, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, try.name, try.c, w.now)
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || f.Fields[field] == "" {
				t.Errorf("%s: %v", field, err)
			}
		}
	})
	t.Run("are twenty at most, also of a hundred kept at once", func(t *testing.T) {
		w := openShelves(t)
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				_, err := portal.KeepSearch(t.Context(), w.store.Write, w.ana, fmt.Sprint("Number ", i), mystic, w.now)
				if err != nil && fault.Of(err) != fault.Conflict {
					t.Error(err)
				}
			})
		}
		all.Wait()
		kept, err := portal.OwnSearches(t.Context(), w.store.Read, w.ana.Client.ID)
		w.must(err)
		if len(kept) != portal.MostSearches {
			t.Fatal(len(kept))
		}
	})
}
