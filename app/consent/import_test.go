package consent_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

const source = "Open house sign-in sheets"

// bring imports rows of "name, address" pairs; an address with a ! before it had unsubscribed by the file.
func (h *house) bring(agent agents.Agent, try bool, pairs ...string) consent.Imported {
	h.t.Helper()
	done, err := h.ledger.Import(h.ctx, h.store.Write, agent, entries(pairs...), source, try, nil, h.now)
	h.must(err)
	return done
}

func entries(pairs ...string) []consent.Entry {
	var all []consent.Entry
	for i := 0; i < len(pairs); i += 2 {
		email, gone := strings.CutPrefix(pairs[i+1], "!")
		all = append(all, consent.Entry{Line: i/2 + 2, Form: form(pairs[i], email), OptedOut: gone})
	}
	return all
}

// listed are an agent's clients by address.
func (h *house) listed(agent agents.Agent) map[string]clients.Client {
	h.t.Helper()
	var rows []clients.Client
	h.must(h.store.Read.NewSelect().Model(&rows).Where("agent_id = ?", agent.ID).Scan(h.ctx))
	all := map[string]clients.Client{}
	for _, c := range rows {
		all[c.Email] = c
	}
	return all
}

// rows counts what an import writes to, table by table.
func (h *house) rows() string {
	h.t.Helper()
	var all []string
	for _, table := range []string{"clients", "client_counts", "consents", "consent_events", "notices"} {
		var n int
		h.must(h.store.Read.NewRaw("SELECT count(*) FROM "+table).Scan(h.ctx, &n))
		all = append(all, fmt.Sprint(table, " ", n))
	}
	return strings.Join(all, ", ")
}

func TestImport(t *testing.T) {
	t.Run("adds everyone who can be taken and says why of the others", func(t *testing.T) {
		h := newHouse(t)
		carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
		done := h.bring(h.anna, false,
			"Amara Osei", "amara@example.com", "Bo Li", "bo@@example.com", "Dee Dee", "", "", "nameless@example.com",
			"Carl Again", "CARL@example.com", "Anna Lee", "anna+self@elm.example", "Ben Ruiz", "ben@elm.example", "Amara Twice", "Amara@EXAMPLE.com", "Eve Ng", "eve@example.com")
		h.wants("added", done.Added, 2)
		h.wants("closed", done.Closed, 0)
		why := map[int]string{
			3: "two @ signs", 4: "no e-mail address", 5: "no name", 6: "already have this address: Carl Whitman",
			7: "signs in here as Anna Lee", 8: "signs in here as Ben Ruiz", 9: "already have this address: Amara Osei",
		}
		h.wants("refused", len(done.Refused), len(why))
		for _, r := range done.Refused {
			h.contains(r.Say, why[r.Line])
			if !strings.HasSuffix(r.Say, ".") || why[r.Line] == "" {
				t.Errorf("line %d: no sentence: %q", r.Line, r.Say)
			}
		}
		h.wants("the refused row's own words", fmt.Sprint(done.Refused[0].Name, " ", done.Refused[0].Email), "Bo Li bo@@example.com")
		mine := h.listed(h.anna)
		h.wants("clients", len(mine), 3)
		h.wants("the ledger", h.kinds(mine["amara@example.com"]), "added")
		h.wants("the gate", h.gate(mine["amara@example.com"]), "")
		h.wants("whoever was there", h.client(carl).Version, carl.Version)
	})

	t.Run("writes the source, the door and the agent into the ledger", func(t *testing.T) {
		h := newHouse(t)
		h.bring(h.anna, false, "Amara Osei", "amara@example.com")
		e := h.event(h.state(h.listed(h.anna)["amara@example.com"]).EventID)
		h.wants("row", fmt.Sprint(e.Door, "|", e.Note, "|", e.Actor, "|", e.ActorID == h.anna.ID), "import|"+source+"|Anna Lee|true")
	})

	t.Run("shows the first ten as they are saved", func(t *testing.T) {
		h := newHouse(t)
		var pairs []string
		for i := range 12 {
			pairs = append(pairs, fmt.Sprintf("  Person%02d   Of  Guilford ", i), fmt.Sprintf("p%02d@Example.COM", i))
		}
		done := h.bring(h.anna, true, pairs...)
		h.wants("first", len(done.First), 10)
		h.wants("name and address", done.First[0].Client.Name()+" "+done.First[0].Client.Email, "Person00 Of Guilford p00@example.com")
		h.wants("state", done.First[0].State, consent.OptedIn)
	})

	t.Run("tried changes nothing and says what it would do", func(t *testing.T) {
		h := newHouse(t)
		before := h.rows()
		pairs := []string{"Amara Osei", "amara@example.com", "Bo Li", "!bo@example.com", "Cy", "no"}
		tried := h.bring(h.anna, true, pairs...)
		h.wants("rows", h.rows(), before)
		done := h.bring(h.anna, false, pairs...)
		h.wants("the preview", fmt.Sprint(tried.Added, tried.Closed, tried.Remembered, tried.Refused), fmt.Sprint(done.Added, done.Closed, done.Remembered, done.Refused))
		h.wants("added", done.Added, 2)
	})

	t.Run("leaves nothing half done after an error", func(t *testing.T) {
		h := newHouse(t)
		before := h.rows()
		ctx, stop := context.WithCancel(h.ctx)
		defer stop()
		var pairs []string
		for i := range 900 {
			pairs = append(pairs, "A B", fmt.Sprintf("!a%d@example.com", i))
		}
		told := 0
		_, err := h.ledger.Import(ctx, h.store.Write, h.anna, entries(pairs...), source, false, func(int) {
			if told++; told == 2 {
				stop()
			}
		}, h.now)
		h.wants("chunks written", told, 2)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("error %v", err)
		}
		h.wants("rows", h.rows(), before)
		h.wants("and once more", h.bring(h.anna, false, "A B", "a@example.com", "C D", "c@example.com").Added, 2)
	})

	t.Run("leaves nothing half done after a panic", func(t *testing.T) {
		h := newHouse(t)
		before := h.rows()
		func() {
			defer func() { _ = recover() }()
			_, _ = h.ledger.Import(h.ctx, h.store.Write, h.anna, entries("A B", "a@example.com"), source, false, func(int) { panic("stop") }, h.now)
			t.Error("no panic")
		}()
		h.wants("rows", h.rows(), before)
		h.wants("and once more", h.bring(h.anna, false, "A B", "a@example.com").Added, 1)
	})
}

func TestImportAndConsent(t *testing.T) {
	t.Run("starts closed, with a row in the ledger, who had unsubscribed elsewhere", func(t *testing.T) {
		h := newHouse(t)
		done := h.bring(h.anna, false, "Carl Whitman", "!carl@example.com", "Eve Ng", "eve@example.com")
		h.wants("added, closed, remembered", fmt.Sprint(done.Added, done.Closed, done.Remembered), "2 1 0")
		carl := h.listed(h.anna)["carl@example.com"]
		h.wants("ledger", h.kinds(carl), "added opted_out")
		h.wants("gate", h.gate(carl), "consent")
		k := h.state(carl)
		h.wants("state", k.State, consent.OptedOut)
		e := h.event(k.EventID)
		h.wants("row", fmt.Sprint(e.Kind, "|", e.Door, "|", e.Note), "opted_out|import|"+source)
		h.wants("eve", h.state(h.listed(h.anna)["eve@example.com"]).State, consent.OptedIn)
	})

	t.Run("starts closed an address that opted out here before", func(t *testing.T) {
		h := newHouse(t)
		carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
		h.optOut(carl)
		h.delete(h.anna, carl)
		done := h.bring(h.anna, false, "Carl Whitman", "Carl@Example.com", "Eve Ng", "eve@example.com")
		h.wants("added, closed, remembered", fmt.Sprint(done.Added, done.Closed, done.Remembered), "2 1 1")
		h.wants("first", fmt.Sprint(done.First[0].State, " ", done.First[0].Remembered, " ", done.First[1].Remembered), "opted_out true false")
		again := h.listed(h.anna)["Carl@example.com"]
		h.wants("ledger", h.kinds(again), "added_closed")
		h.wants("gate", h.gate(again), "consent")
	})

	t.Run("starts closed at another agent, too", func(t *testing.T) {
		h := newHouse(t)
		h.optOut(h.add(h.ben, "Carl Whitman", "carl@example.com"))
		h.wants("remembered", h.bring(h.anna, false, "Carl Whitman", "carl@example.com").Remembered, 1)
	})

	t.Run("adds nobody twice and never opens consent", func(t *testing.T) {
		h := newHouse(t)
		pairs := []string{"Carl Whitman", "carl@example.com", "Dora Im", "!dora@example.com", "Eve Ng", "eve@example.com"}
		h.bring(h.anna, false, pairs...)
		mine := h.listed(h.anna)
		h.optOut(mine["carl@example.com"])
		h.ledgerGrew()
		rows := h.rows()
		pairs[3] = "dora@example.com" // a newer file no longer says so
		done := h.bring(h.anna, false, pairs...)
		h.wants("added", done.Added, 0)
		h.wants("refused", len(done.Refused), 3)
		h.wants("rows", h.rows(), rows)
		h.wants("ledger", len(h.ledgerGrew()), 0)
		h.wants("carl", h.state(mine["carl@example.com"]).State, consent.OptedOut)
		h.wants("dora", h.state(mine["dora@example.com"]).State, consent.OptedOut)
	})

	t.Run("believes the row that says unsubscribed, whichever of two it is", func(t *testing.T) {
		h := newHouse(t)
		done := h.bring(h.anna, false, "Carl Whitman", "carl@example.com", "C. Whitman", "!CARL@example.com")
		h.wants("added, closed, refused", fmt.Sprint(done.Added, done.Closed, len(done.Refused)), "1 1 1")
		h.wants("carl", h.state(h.listed(h.anna)["carl@example.com"]).State, consent.OptedOut)
		h.wants("words", strings.Contains(done.Refused[0].Say, "unsubscribed"), false)
	})

	t.Run("says so when the file calls a client unsubscribed who is not", func(t *testing.T) {
		h := newHouse(t)
		carl := h.add(h.anna, "Carl Whitman", "carl@example.com")
		done := h.bring(h.anna, false, "Carl Whitman", "!carl@example.com")
		h.contains(done.Refused[0].Say, "already have this address: Carl Whitman.", "The file says they unsubscribed", "on their page")
		h.wants("carl", h.state(carl).State, consent.OptedIn)
	})
}

func TestImportOfManyRows(t *testing.T) {
	h := newHouse(t)
	const many = 10_000
	var pairs []string
	for i := range many {
		pairs = append(pairs, fmt.Sprintf("Person%d Guilford", i), fmt.Sprintf("person%d@example.com", i))
	}
	seen := 0
	done, err := h.ledger.Import(h.ctx, h.store.Write, h.anna, entries(pairs...), source, false, func(n int) {
		if n <= seen || n > seen+500 {
			t.Fatalf("progress jumped from %d to %d", seen, n)
		}
		seen = n
	}, h.now)
	h.must(err)
	h.wants("added", done.Added, many)
	h.wants("progress", seen, many)
	var n int
	h.must(h.store.Read.NewRaw("SELECT n FROM client_counts WHERE agent_id = ? AND status = 'Active'", h.anna.ID).Scan(h.ctx, &n))
	h.wants("counted", n, many)
}
