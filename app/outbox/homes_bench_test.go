package outbox_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/consent"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

// BenchmarkHomes sends letters of 20 homes to 1,000 clients, unsigned, to a route that takes everything: with the same
// homes for all, and with other homes for each, so that each is a mailing of its own. It reports the processor time of a
// recipient, from rendering to the recorded result, and its ratio to that of a letter without homes.
func BenchmarkHomes(b *testing.B) {
	const many = 1000
	h := newHouse(b)
	ids := h.crowd(many, "example.com")
	permits, _, err := h.ledger.CheckAll(b.Context(), h.store.Read, h.jane.ID, ids, h.clock())
	if err != nil {
		b.Fatal(err)
	}
	var cards []*mail.Card
	for i := range 100 {
		card, err := h.renderer.Card(benchHome(i + 1))
		if err != nil {
			b.Fatal(err)
		}
		cards = append(cards, card)
	}
	text := func(homes []*mail.Card) outbox.Text {
		l := benchLetter("Look at *these*.")
		l.Homes = homes
		t := outbox.Text{Subject: l.Subject, Markdown: l.Markdown}
		for i := range homes {
			t.Homes = append(t.Homes, outbox.Home{Listing: int64(i + 1), ListPrice: cents(44_900_000)})
		}
		if t.Template, err = h.renderer.Letter(l); err != nil {
			b.Fatal(err)
		}
		return t
	}
	run := func(post func(ctx context.Context, db bun.Tx) error) time.Duration {
		before := used(b)
		h.tx(post)
		h.drain(h.courier(&forgetful{}))
		return used(b) - before
	}
	var plain, shared, each time.Duration
	for b.Loop() {
		plain += run(func(ctx context.Context, db bun.Tx) error {
			_, err := outbox.Post(ctx, db, h.ledger, h.jane, permits, text(nil), h.clock())
			return err
		})
		shared += run(func(ctx context.Context, db bun.Tx) error {
			_, err := outbox.Post(ctx, db, h.ledger, h.jane, permits, text(cards[:20]), h.clock())
			return err
		})
		each += run(func(ctx context.Context, db bun.Tx) error {
			for i := range permits {
				if _, err := outbox.Post(ctx, db, h.ledger, h.jane, permits[i:i+1], text(cards[i%80:i%80+20]), h.clock()); err != nil {
					return fmt.Errorf("%d: %w", i, err)
				}
			}
			return nil
		})
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 / many / float64(b.N) }
	b.ReportMetric(ms(plain), "ms-cpu/plain")
	b.ReportMetric(ms(shared), "ms-cpu/shared")
	b.ReportMetric(ms(each), "ms-cpu/each")
	b.ReportMetric(ms(shared)/ms(plain), "shared-ratio")
	b.ReportMetric(ms(each)/ms(plain), "each-ratio")
}

// BenchmarkAutoLetters sends a run of auto emails, as they leave: 1,000 clients, to each a letter of its own with 20 of 200
// homes and its auto email named in it, unsigned, posted in one transaction and delivered by eight workers to a route that
// takes everything. It reports the processor time of a recipient for composing and posting, and from there to the recorded
// result, and the ratio of both to a letter without homes that is one mailing for all.
func BenchmarkAutoLetters(b *testing.B) {
	const many = 1000
	h := newHouse(b)
	ids := h.crowd(many, "example.com")
	permits, _, err := h.ledger.CheckAll(b.Context(), h.store.Read, h.jane.ID, ids, h.clock())
	if err != nil {
		b.Fatal(err)
	}
	var cards []*mail.Card
	for i := range 200 {
		card, err := h.renderer.Card(benchHome(i + 1))
		if err != nil {
			b.Fatal(err)
		}
		cards = append(cards, card)
	}
	post := func(db bun.Tx, to []consent.Permit, l mail.Letter) error {
		t := outbox.Text{Subject: l.Subject, Markdown: l.Markdown}
		for i := range l.Homes {
			t.Homes = append(t.Homes, outbox.Home{Listing: int64(i + 1), ListPrice: cents(44_900_000)})
		}
		var err error
		if t.Template, err = h.renderer.Letter(l); err == nil {
			_, err = outbox.Post(b.Context(), db, h.ledger, h.jane, to, t, h.clock())
		}
		return err
	}
	courier := h.courierOf(&forgetful{}, benchWorkers)
	h.run(courier)
	waiting := func() (some bool) {
		if err := h.store.Read.QueryRowContext(b.Context(), "SELECT EXISTS (SELECT 1 FROM letters WHERE state = 'ready' AND prio >= 0) OR EXISTS (SELECT 1 FROM letters WHERE state = 'sending')").Scan(&some); err != nil {
			b.Fatal(err)
		}
		return some
	}
	run := func(fn func(ctx context.Context, db bun.Tx) error) (posting, all time.Duration) {
		before := used(b)
		h.tx(fn)
		posting = used(b) - before
		h.pass(time.Second)
		courier.Kick()
		for waiting() {
			time.Sleep(10 * time.Millisecond)
		}
		return posting, used(b) - before
	}
	var plain, posting, auto time.Duration
	n := 0
	for b.Loop() {
		_, all := run(func(ctx context.Context, db bun.Tx) error { return post(db, permits, benchLetter("Look at *these*.")) })
		plain += all
		posted, all := run(func(ctx context.Context, db bun.Tx) error {
			for i := range permits {
				n++
				l := benchLetter("")
				l.Lead, l.Total = "These came for you since yesterday.", 43
				l.Homes, l.Lookouts = cards[i%180:i%180+20], []mail.Lookout{{Name: fmt.Sprintf("Guilford for family %d", n), When: "Daily at 7:00 AM", Fewer: true}}
				if err := post(db, permits[i:i+1], l); err != nil {
					return fmt.Errorf("%d: %w", i, err)
				}
			}
			return nil
		})
		posting, auto = posting+posted, auto+all
	}
	var sent int
	if err := h.store.Read.QueryRowContext(b.Context(), "SELECT count(*) FROM letters WHERE state = 'sent'").Scan(&sent); err != nil || sent != 2*many*b.N {
		b.Fatalf("%d sent, %v", sent, err)
	}
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 / many / float64(b.N) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ms(plain), "ms-cpu/plain")
	b.ReportMetric(ms(posting), "ms-cpu/posting")
	b.ReportMetric(ms(auto), "ms-cpu/letter")
	b.ReportMetric(ms(auto)/ms(plain), "ratio")
}

func benchHome(id int) mail.Home {
	return mail.Home{ID: int64(id), Price: "$449,000", OldPrice: "$465,000", Status: "Active", Address: fmt.Sprintf("%d Elm Street, Unit 3", id), Place: "Guilford, CT 06437",
		Facts: "3 beds · 2.5 baths · 1,840 sq ft · 0.4 acres", Type: "Single Family Residence", New: "Price down $16,000", Note: "The porch faces west, just as you asked.",
		Attribution: "Listed by Shoreline Homes, 203-555-0100", Source: "SmartMLS", DataTime: "22 November 2026, 08:10", PhotoURL: "https://porchlight.example/photos/3f2a9c3f2a9c3f2a-480.jpg"}
}

func benchLetter(markdown string) mail.Letter {
	return mail.Letter{
		Identity:  mail.Identity{FromName: "Jane Doe", FromAddress: "jane@elmrealty.example"},
		House:     mail.House{Name: "Elm Realty", PostalAddress: "14 Elm Street, Guilford, CT 06437", BaseURL: "http://porchlight.test"},
		AgentName: "Jane Doe", Subject: "20 homes for you", Markdown: markdown, ListID: "1.porchlight.test",
	}
}

func used(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// forgetful is a route that takes everything and keeps nothing.
type forgetful struct{}

func (*forgetful) String() string                                 { return "nowhere" }
func (f *forgetful) Connect(context.Context) (mail.Sender, error) { return f, nil }
func (*forgetful) Close() error                                   { return nil }

func (*forgetful) Send(ctx context.Context, _ mail.Envelope, gate mail.Gate) (mail.Receipt, error) {
	return mail.Receipt{Code: 250}, gate(ctx, func() error { return nil })
}
