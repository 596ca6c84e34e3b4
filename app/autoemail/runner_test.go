package autoemail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"porchlight/app/autoemail"
	"porchlight/app/listings"
)

func TestAClockSetBackADay(t *testing.T) {
	w := openWorks(t)
	w.later(48 * time.Hour)
	s := w.save(w.mystic(), autoemail.Saving{})
	v := w.save(w.mystic(vetted), autoemail.Saving{})
	w.comes(w.home("1", 300_000))
	w.step()
	all := w.rows()
	for _, m := range all {
		if m.SearchID == v.ID {
			w.approve(m)
		}
	}
	one(t, w.after(time.Minute), "picked this home for you") // and with it the other's: it is the same news
	w.comes(w.home("2", 300_000), w.home("3", 300_000))
	w.step()
	for _, m := range w.rows() {
		if m.SearchID == v.ID && m.State == autoemail.Unsent && strings.Contains(m.OnceKey, "2 elm") {
			w.approve(m)
		}
	}
	none(t, w.after(-24*time.Hour))
	one(t, w.after(2*time.Minute), "picked this home for you", "\n2 Elm Street") // not a day later
	before := w.find(s.ID).NextAt
	if before.After(w.now.Add(24 * time.Hour)) {
		t.Errorf("the next letter is planned for %v, and it is %v", before, w.now)
	}
	one(t, w.after(before.Sub(w.now)), "\n3 Elm Street")
	w.comes(w.home("4", 300_000))
	w.step() // an auto email made in what is now the future hears of it all the same
	if !strings.HasSuffix(w.matches(s.ID), "waiting 1") {
		t.Errorf("the matches are %s", w.matches(s.ID))
	}
	none(t, w.after(0))
}

func TestNothingIsLostWhereARunIsCutShort(t *testing.T) {
	w := openWorks(t)
	for i := range 27 {
		w.rae = w.client(w.maya, fmt.Sprintf("Client N%d", i))
		w.asap()
	}
	w.comes(w.home("1", 300_000), w.home("2", 300_000), w.home("3", 300_000))
	w.options.Gather = -1
	// Each run may ask the database some more questions than the last, and is then cut off.
	for n := 1; ; n += 1 + n/6 {
		ctx, cancel := context.WithCancel(t.Context())
		hook := &cutter{left: n, cut: cancel}
		runner := autoemail.NewRunner(w.cutOff(hook))
		err := runner.Step(ctx)
		cancel()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) && hook.left > 0 {
			t.Fatal(err)
		}
	}
	w.must(w.courier.Drain(t.Context()))
	all := w.mail()
	wants(t, "the letters", len(all), 27)
	for i, r := range all {
		if strings.Count(r.text, " Elm Street\n") != 3 || i > 0 && r.to == all[i-1].to {
			t.Fatalf("letter %d to %s shows not each home once:\n%s", i, r.to, r.text)
		}
	}
	wants(t, "the matches", strings.Count(w.states(), "sent"), 81)
}

func TestTwoRunnersSendOnce(t *testing.T) {
	w := openWorks(t)
	w.options.Gather = -1
	for i := range 30 {
		w.rae = w.client(w.maya, fmt.Sprintf("Client N%d", i))
		w.asap()
	}
	var running sync.WaitGroup
	for round := range 3 {
		w.comes(w.home(fmt.Sprint(round+1), 300_000))
		for range 3 {
			runner := autoemail.NewRunner(w.options)
			running.Go(func() {
				for range 2 {
					if err := runner.Step(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		running.Wait()
		w.later(time.Second)
		w.step()
	}
	got := map[string]int{}
	for _, r := range w.mail() {
		for n := range 3 {
			if strings.Contains(r.text, fmt.Sprintf("\n%d Elm Street\n", n+1)) {
				got[fmt.Sprint(r.to, n)]++
			}
		}
	}
	wants(t, "homes and clients", len(got), 90)
	for key, n := range got {
		if n != 1 {
			t.Errorf("%s: %d times", key, n)
		}
	}
}

func TestARunnerWorksWhenKicked(t *testing.T) {
	w := openWorks(t)
	w.options.Gather = -1
	posted := make(chan struct{}, 10)
	w.options.OnPosted = func() { posted <- struct{}{} }
	w.runner = autoemail.NewRunner(w.options)
	w.asap()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.runner.Run(ctx) }()
	w.comes(w.home("1", 300_000))
	w.runner.Kick()
	select {
	case <-posted:
	case <-time.After(30 * time.Second):
		t.Error("no letter was posted")
	}
	cancel()
	w.must(<-ended)
}

func TestWithoutAPostalAddressEverythingWaits(t *testing.T) {
	w := openWorks(t)
	w.asap()
	w.exec("UPDATE brokerage SET postal_address = ''")
	w.comes(w.home("1", 300_000))
	w.step()
	none(t, w.after(24*time.Hour))
	wants(t, "the matches", w.states(), "waiting")
	w.exec("UPDATE brokerage SET postal_address = '1 Elm St, Mystic, CT 06355'")
	one(t, w.after(time.Minute), "1 Elm Street")
}

func TestTheAgentGetsACopyWithoutTheClientsLinks(t *testing.T) {
	w := openWorks(t)
	w.options.Gather = -1
	w.runner = autoemail.NewRunner(w.options)
	w.asap(func(s *autoemail.Search) { s.CopyMe, s.Subject = true, "Come and see" })
	w.comes(w.home("1", 300_000))
	all := w.after(time.Second)
	if len(all) != 2 || all[0].to != "maya@elm.example" || all[0].subject != "Come and see" || all[1].subject != "Come and see" {
		t.Fatalf("%q", subjects(all))
	}
	if copied := all[0].text + all[0].html; strings.Contains(copied, "/u/") || strings.Contains(copied, "/l/") || !strings.Contains(all[0].text, "1 Elm Street") {
		t.Error("the copy has the client's links in it, or not the home")
	}
	var homes int
	w.must(w.store.Read.NewRaw("SELECT count(*) FROM mailing_homes").Scan(t.Context(), &homes))
	wants(t, "the homes of mailings", homes, 1)
}

func TestMoreThanALetterHolds(t *testing.T) {
	w := openWorks(t)
	s := w.save(w.mystic(), autoemail.Saving{})
	w.exec("UPDATE searches SET message = ?", strings.Repeat("a & b & c. ", 4500))
	var all []listings.Record
	for i := range 130 {
		all = append(all, w.home(fmt.Sprint(100+i), 300_000))
	}
	w.comes(all...)
	w.step()
	r := one(t, w.after(24*time.Hour), "See all 100 homes", "100 new homes")
	if n := strings.Count(r.text, " Elm Street\n"); n < 5 || n >= 25 || len(r.html) > 102_000 {
		t.Errorf("%d homes in %d bytes", n, len(r.html))
	}
	wants(t, "the matches", w.matches(s.ID), "sent 100, waiting 30")
	one(t, w.after(24*time.Hour), "See all 30 homes")
	none(t, w.after(24*time.Hour))
}

func TestALetterThatCantBeMadeIsNotTriedAgainAtOnce(t *testing.T) {
	w := openWorks(t)
	s := w.asap()
	v := w.asap(vetted)
	w.exec("UPDATE searches SET message = ?", "[https://bank.example/](https://evil.example)")
	w.comes(w.home("1", 300_000))
	w.step()
	for _, m := range w.rows() {
		if m.SearchID == v.ID {
			w.approve(m)
		}
	}
	none(t, w.after(11*time.Minute))
	if at := w.find(s.ID).NextAt; !at.After(w.now) {
		t.Errorf("it is tried again at %v, and it is %v", at, w.now)
	}
	wants(t, "its matches", w.matches(s.ID), "waiting 1")
	wants(t, "what was approved", w.matches(v.ID), "unsent 1")
	w.exec("UPDATE searches SET message = ''")
	one(t, w.after(11*time.Minute), "1 Elm Street")
}

func TestSuits(t *testing.T) {
	w := openWorks(t)
	w.comes(w.home("1", 300_000))
	home := func() listings.ID {
		var id listings.ID
		w.must(w.store.Read.NewRaw("SELECT max(id) FROM listings").Scan(t.Context(), &id))
		return id
	}()
	ask := func() string {
		t.Helper()
		all, err := w.runner.Suits(t.Context(), w.maya, home)
		w.must(err)
		var names []string
		for _, s := range all {
			names = append(names, s.Name)
		}
		return strings.Join(names, ", ")
	}
	a := w.asap(func(s *autoemail.Search) { s.Name = "b" })
	w.asap(func(s *autoemail.Search) { s.Name, s.Events = "A", []listings.EventKind{listings.EventClosed} })
	w.asap(func(s *autoemail.Search) { s.Name, s.Criteria.PriceMin = "no", 50_000_000 })
	wants(t, "whom it suits", ask(), "A, b")
	_, err := autoemail.Pause(t.Context(), w.store.Write, w.maya, []autoemail.ID{a.ID}, time.Time{}, w.now)
	w.must(err)
	wants(t, "whom it suits after a pause", ask(), "A")
	if of, err := w.runner.Suits(t.Context(), w.jon, home); err != nil || len(of) > 0 {
		t.Errorf("another agent is told of %v, %v", of, err)
	}
	if _, err := w.runner.Suits(t.Context(), w.maya, home+1); err == nil {
		t.Error("a home that is not there suits somebody")
	}
	w.comes(w.home("1", 300_000, in(listings.Withdrawn)))
	wants(t, "whom it suits when it is gone", ask(), "")
}
