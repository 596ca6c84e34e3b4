package autoemail_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/listings"
)

// crowd adds clients of Maya's that can be mailed.
func (w *works) crowd(n int) []clients.Client {
	w.t.Helper()
	all := make([]clients.Client, n)
	for from := 0; from < n; from += 500 {
		w.must(w.store.Write.RunInTx(w.t.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
			for i := from; i < min(n, from+500); i++ {
				form := clients.Form{FirstName: "Ann", LastName: fmt.Sprint("Number ", i), Email: fmt.Sprintf("ann%d@example.com", i), Types: []clients.Type{"Buyer"}}
				if all[i], err = clients.Create(ctx, db, w.maya, form, w.now); err != nil {
					return err
				}
				if err = w.ledger.Enroll(ctx, db, all[i], consent.By{Agent: agents.Agent{ID: w.maya, Name: "Maya Bell"}, Door: consent.DoorAgent}, w.now); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return all
}

// put adds auto emails without a word to anybody; a runner made afterwards knows them.
func (w *works) put(n int, one func(i int) autoemail.Search) {
	w.t.Helper()
	for from := 0; from < n; from += 500 {
		var some []autoemail.Search
		for i := from; i < min(n, from+500); i++ {
			s := one(i)
			s.AgentID, s.State, s.Begun, s.Version, s.CreatedAt, s.StateAt, s.SignAt = w.maya, autoemail.Active, true, 1, w.now, w.now, w.now
			w.must(autoemail.WriteRow(&s))
			some = append(some, s)
		}
		_, err := w.store.Write.NewInsert().Model(&some).Returning("NULL").Exec(w.t.Context())
		w.must(err)
	}
	w.exec("ANALYZE")
}

// BenchmarkNews takes the time from a page of 200 new homes to the first and the last letter at the SMTP server, where 100,000
// auto emails of 2,000 clients that send at once look for something.
func BenchmarkNews(b *testing.B) {
	const searches, page, towns = 100_000, 200, 400
	w := openWorks(b)
	people := w.crowd(2000)
	w.put(searches, func(i int) autoemail.Search {
		return w.mystic(func(s *autoemail.Search) {
			s.ClientID, s.Schedule = people[i%len(people)].ID, autoemail.Schedule{Kind: autoemail.ASAP}
			low := int64(20_000_000 + i/towns%100*500_000)
			s.Criteria = listings.Criteria{Cities: []string{fmt.Sprint("Town ", i%towns)}, PriceMin: low, PriceMax: low + 5_000_000}
			s.Events = []listings.EventKind{listings.EventNew, listings.EventPrice}
		})
	})
	w.options.Gather, w.options.OnPosted = -1, w.courier.Kick
	w.runner = autoemail.NewRunner(w.options)
	w.step()
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.courier.Run(ctx) }()
	var first, last time.Duration
	letters := 0
	for i := 0; b.Loop(); i++ {
		var homes []listings.Record
		for n := range page {
			homes = append(homes, w.home(fmt.Sprintf("%d-%d", i, n), int64(250_000+n*1000), func(r *listings.Record) { r.City = fmt.Sprint("Town ", n%towns) }))
		}
		before, began := w.smtp.Count(), time.Now()
		done := make(chan struct{})
		go func() {
			for w.smtp.Count() == before {
				time.Sleep(time.Millisecond)
			}
			first += time.Since(began)
			close(done)
		}()
		w.comes(homes...)
		w.must(w.runner.Step(ctx))
		var posted int
		w.must(w.store.Read.NewRaw("SELECT count(*) FROM letters").Scan(ctx, &posted))
		for w.smtp.Count() < posted {
			time.Sleep(time.Millisecond)
		}
		last += time.Since(began)
		letters = posted - before
		<-done
	}
	cancel()
	w.must(<-ended)
	b.ReportMetric(first.Seconds()/float64(b.N), "s/first")
	b.ReportMetric(last.Seconds()/float64(b.N), "s/last")
	b.ReportMetric(float64(letters), "letters")
}

// BenchmarkListingGrowth is how much dearer a new home becomes for the matcher as a whole, from the event it reads to the matches
// it has kept, from 10,000 to 100,000 auto emails where it suits as many: in ten times as many towns. Homes come from all of these, in no order.
func BenchmarkListingGrowth(b *testing.B) {
	few, many := newTowns(b, 10_000), newTowns(b, 100_000)
	var cost [2]time.Duration
	for i := 0; b.Loop(); i++ {
		cost[0] += few.page(b, i)
		cost[1] += many.page(b, i)
	}
	b.ReportMetric(float64(cost[1])/float64(cost[0]), "growth")
	b.ReportMetric(float64(cost[1].Microseconds())/float64(b.N)/homesInPage, "µs/home")
	b.ReportMetric(float64(few.found)/float64(b.N)/homesInPage, "matches/home")
}

const homesInPage = 1000

// towns are works with many auto emails, 250 in each town.
type towns struct {
	*works
	n, found int
	random   *rand.Rand
}

func newTowns(b *testing.B, searches int) *towns {
	b.Helper()
	t := &towns{works: openWorks(b), n: searches / 250, random: rand.New(rand.NewPCG(9, 9))}
	people := t.crowd(1000)
	t.put(searches, func(i int) autoemail.Search {
		return t.mystic(func(s *autoemail.Search) {
			s.ClientID = people[i%len(people)].ID
			low := int64(20_000_000 + i/t.n%100*500_000)
			s.Criteria = listings.Criteria{Cities: []string{fmt.Sprint("Town ", i%t.n)}, PriceMin: low, PriceMax: low + 5_000_000}
		})
	})
	t.runner = autoemail.NewRunner(t.options)
	t.step()
	return t
}

// page is what a page of homes takes the matcher, of all threads' processor time.
func (t *towns) page(b *testing.B, i int) time.Duration {
	b.Helper()
	var homes []listings.Record
	for n := range homesInPage {
		price := int64(250_000 + t.random.IntN(400)*1000)
		homes = append(homes, t.home(fmt.Sprintf("%d-%d", i, n), price, func(r *listings.Record) { r.City = fmt.Sprint("Town ", t.random.IntN(t.n)) }))
	}
	t.comes(homes...)
	var before, after int
	t.must(t.store.Read.NewRaw("SELECT count(*) FROM matches").Scan(b.Context(), &before))
	start := used(b)
	t.must(t.runner.Step(b.Context()))
	took := used(b) - start
	t.must(t.store.Read.NewRaw("SELECT count(*) FROM matches").Scan(b.Context(), &after))
	t.found += after - before
	return took
}

// BenchmarkLeaving takes the processor time of letters of 20 homes to 1,000 clients, from the moment they are due to the
// outbox, and from there to the recorded result.
func BenchmarkLeaving(b *testing.B) {
	const many, homes = 1000, 20
	w := openWorks(b)
	people := w.crowd(many)
	names := []string{"Homes in Mystic", "Near the water", "Three bedrooms", "Room for a dog", "The big one"}
	w.put(many, func(i int) autoemail.Search {
		return w.mystic(func(s *autoemail.Search) { s.ClientID, s.Name = people[i].ID, names[i%len(names)] })
	})
	w.runner = autoemail.NewRunner(w.options)
	w.step()
	var made, sent time.Duration
	for i := 0; b.Loop(); i++ {
		var all []listings.Record
		for n := range homes {
			all = append(all, w.home(fmt.Sprintf("%d-%d", i, n), int64(250_000+n*1000)))
		}
		w.comes(all...)
		w.later(time.Second)
		w.must(w.runner.Step(b.Context()))
		w.later(24 * time.Hour)
		before := used(b)
		w.must(w.runner.Step(b.Context()))
		made += used(b) - before
		count := w.smtp.Count()
		before = used(b)
		w.must(w.courier.Drain(b.Context()))
		sent += used(b) - before
		wants(b, "the letters", w.smtp.Count()-count, many)
	}
	each := float64(b.N) * many
	b.ReportMetric(made.Seconds()*1000/each, "ms-cpu/made")
	b.ReportMetric(sent.Seconds()*1000/each, "ms-cpu/sent")
}

func used(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
