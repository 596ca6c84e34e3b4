package portal_test

import (
	"slices"
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

func judged(liked bool, baths, price int64) portal.Judged {
	price *= 100
	return portal.Judged{Liked: liked, Baths: &baths, Price: &price}
}

// many is one judgement several times.
func many(n int, j portal.Judged) []portal.Judged { return slices.Repeat([]portal.Judged{j}, n) }

func TestFactsAboutWhatAClientWants(t *testing.T) {
	search := map[int64]listings.Criteria{7: {PriceMax: 500_000_00, Cities: []string{"Mystic"}}, 9: {BathsMin: 12}}
	for _, c := range []struct {
		name     string
		judged   []portal.Judged
		own      []listings.Criteria
		criteria map[int64]listings.Criteria
		want     []portal.Finding
	}{
		{"say under which number of baths everything is rejected",
			append(many(7, judged(false, 8, 400_000)), judged(true, 12, 400_000)), nil, search,
			[]portal.Finding{{Say: "Rejects everything under 3 baths (7 of 7).", Field: "baths_min", Value: "3", Search: 7}}},
		{"say nothing of fewer than five", append(many(4, judged(false, 8, 400_000)), many(3, judged(true, 12, 400_000))...), nil, search, nil},
		{"say nothing where one on the far side is liked", append(many(7, judged(false, 8, 400_000)), judged(true, 8, 400_000)), nil, search, nil},
		{"say nothing of who rejects everything", many(9, judged(false, 8, 400_000)), nil, search, nil},
		{"say nothing that every auto e-mail asks for already",
			append(many(7, judged(false, 8, 400_000)), judged(true, 12, 400_000)), nil, map[int64]listings.Criteria{9: {BathsMin: 12}}, nil},
		{"name no auto e-mail where there is none",
			append(many(5, judged(false, 8, 400_000)), judged(true, 13, 400_000)), nil, nil,
			[]portal.Finding{{Say: "Rejects everything under 3 baths (5 of 5).", Field: "baths_min", Value: "3"}}},
		{"say over which price everything is rejected, in steps people think in",
			append(many(6, judged(false, 12, 700_000)), judged(true, 12, 431_000)), nil, map[int64]listings.Criteria{7: {}},
			[]portal.Finding{{Say: "Rejects everything over $450,000 (6 of 6).", Field: "price_max", Value: "450000", Search: 7}}},
		{"say how much higher the client searched, and where else", nil,
			[]listings.Criteria{{PriceMax: 550_000_00, Cities: []string{"mystic", "Guilford"}}}, search,
			[]portal.Finding{{Say: "Searched up to $50,000 higher.", Field: "price_max", Value: "550000", Search: 7}, {Say: "Searched in Guilford, too.", Field: "city", Value: "Guilford", Search: 7}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := portal.Compare(c.judged, c.own, c.criteria); !slices.Equal(got, c.want) {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
		})
	}
	t.Run("are taken into the criteria beside what stands there", func(t *testing.T) {
		got, err := portal.Finding{Field: "baths_min", Value: "2.5"}.Adopt(search[7])
		if err != nil || got.BathsMin != 10 || got.PriceMax != 500_000_00 || len(got.Cities) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err = (portal.Finding{Field: "city", Value: "Guilford"}).Adopt(search[7]); err != nil || len(got.Cities) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestActivity(t *testing.T) {
	w := openShelves(t)
	w.bring(3)
	w.letter(w.ana, "sent", 1, 2, 3)
	w.letter(w.ben, "sent", 1)
	visit := func(v portal.Visitor) {
		_, err := portal.Visit(t.Context(), w.store.Write, v, w.now)
		w.must(err)
	}
	act := func(v portal.Visitor, home listings.ID, kind portal.Kind) {
		w.now = w.now.Add(2 * time.Minute)
		visit(v)
		w.react(v, home, kind)
	}
	act(w.ana, 1, portal.Discard)
	act(w.ben, 1, portal.Favorite)
	w.now = w.now.Add(2 * time.Minute)
	visit(w.ana)
	for range 3 {
		w.must(portal.Look(t.Context(), w.store.Write, w.ana, 2, w.now))
	}
	acts := func(client clients.ID, limit int) (all []string) {
		found, err := portal.Activity(t.Context(), w.store.Read, w.ana.Client.AgentID, client, limit)
		w.must(err)
		for _, a := range found {
			all = append(all, a.Name+" "+a.What)
		}
		return all
	}
	t.Run("is told the latest first, of all an agent's clients or of one", func(t *testing.T) {
		if got, want := acts(0, 10), []string{"Ana Osei visit", "Ana Osei look", "Ben Osei visit", "Ben Osei favorite", "Ana Osei discard"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		if got, want := acts(w.ben.Client.ID, 1), []string{"Ben Osei visit"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
	t.Run("counts looks, and never those of the agent", func(t *testing.T) {
		look := w.ana
		look.ReadOnly = true
		w.must(portal.Look(t.Context(), w.store.Write, look, 2, w.now))
		found, err := portal.Activity(t.Context(), w.store.Read, w.ana.Client.AgentID, w.ana.Client.ID, 9)
		w.must(err)
		if found[1].N != 3 || found[1].Listing != 2 {
			t.Errorf("%+v", found[1])
		}
	})
	t.Run("is nothing of another agent's", func(t *testing.T) {
		found, err := portal.Activity(t.Context(), w.store.Read, w.ana.Client.AgentID+1, w.ana.Client.ID, 9)
		if err != nil || len(found) != 0 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
