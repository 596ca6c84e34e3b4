package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

func TestRunDeliversWhatIsPostedWhileItRuns(t *testing.T) {
	h := newHouse(t)
	smtp, route := server(t)
	courier := h.courierOf(route, 4)
	ids := h.crowd(200, "a.example", "b.example")
	stop := h.run(courier)
	m := h.post(ids...)
	courier.Kick()
	h.until("all sent", func() bool { return h.counts(m)[outbox.Sent] == 200 })
	if n := smtp.Connections(); n > 4 {
		t.Error(n, "connections for 4 workers")
	}
	_, unkicked := h.to("late@example.com") // as another process posts
	h.until("an unannounced letter leaves", func() bool { return h.letter(unkicked).State == outbox.Sent })
	stop()
	if smtp.Count() != 201 {
		t.Fatal(smtp.Count())
	}
}

// I4: a courier that slept past its lease does nothing any more, whether it wakes before the gate or after the dot.
func TestALateCourierIsRefused(t *testing.T) {
	for _, before := range []bool{true, false} {
		h := newHouse(t)
		_, id := h.to("ann@example.com")
		quick := &double{}
		takenOver := func() {
			// What another process does when the lease has run out.
			h.exec("UPDATE letters SET state = 'ready', lease_owner = '', ambiguous = ambiguous + 1, not_before = ? WHERE id = ?", h.now, id)
			h.drain(h.courier(quick))
		}
		slow := &double{}
		if before {
			slow.before = func(string) { takenOver() }
		} else {
			slow.answer = func(string) error { takenOver(); return says(mail.PhaseRcpt, 550, "5.2.2", "late word") }
		}
		h.drain(h.courier(slow))
		l := h.is(id, outbox.Sent, "")
		if l.LeaseGen != 2 || l.Code != 250 || len(h.attempts(id)) != 1 {
			t.Fatalf("%+v %+v", l, h.attempts(id))
		}
		if n := len(quick.letters()) + len(slow.letters()); n != 1 {
			t.Fatal(n, "copies")
		}
	}
}

// I5: notices leave while a bulk run holds all the workers it may.
func TestNoticesOvertakeABulkRun(t *testing.T) {
	h := newHouse(t)
	m := h.post(h.crowd(50, "example.com")...)
	gate := make(chan struct{})
	route := &double{before: func(to string) {
		if strings.HasSuffix(to, "@example.com") {
			<-gate
		}
	}}
	courier := h.courierOf(route, 3)
	stop := h.run(courier)
	h.until("bulk is under way", func() bool { return h.counts(m)[outbox.Sending] == 6 }) // two on the wire, four behind them
	for range 5 {
		test, err := outbox.PostTest(context.Background(), h.store.Write, h.jane, h.text(""), h.clock())
		if err != nil {
			t.Fatal(err)
		}
		courier.Kick()
		h.until("a letter in the fast lane leaves", func() bool { return h.counts(test)[outbox.Sent] == 1 })
	}
	if n := h.counts(m); n[outbox.Sending] != 6 || n[outbox.Sent] != 0 {
		t.Fatal("claimed ahead", n)
	}
	close(gate)
	h.until("the run ends", func() bool { return h.counts(m)[outbox.Sent] == 50 })
	stop()
}

func TestRunsLeaveInTurns(t *testing.T) {
	h := newHouse(t)
	h.post(h.crowd(300, "long.example")...)
	h.pass(time.Minute)
	for i := range 3 {
		h.to(fmt.Sprintf("one%d@short.example", i))
	}
	var some []clients.ID
	for i := range 20 {
		some = append(some, h.client(fmt.Sprintf("some%d@short.example", i)).ID)
	}
	h.post(some...)
	route := &double{}
	h.drain(h.courier(route))
	letters := route.letters()
	if len(letters) != 323 {
		t.Fatal(len(letters), "letters")
	}
	for i, e := range letters {
		if strings.HasSuffix(e.To, "@short.example") && i >= 23+20+4 { // four are in hand at once
			t.Errorf("%s waited for %d of a long run", e.To, i)
		}
	}
}

// I1: once an opt-out has answered, no DATA for that address comes.
func TestNoDataAfterAnAnsweredOptOut(t *testing.T) {
	h := newHouse(t)
	smtp, route := server(t)
	const n = 1000
	ids := h.crowd(n, "a.example", "b.example", "c.example")
	m := h.post(ids...)
	letters, err := outbox.List(context.Background(), h.store.Read, outbox.Filter{Agent: h.jane.ID, Mailing: m, Limit: n})
	if err != nil || len(letters) != n {
		t.Fatal(err, len(letters))
	}
	var answered sync.Map
	var late atomic.Int64
	// Watched where DATA is written: a server may be slow to read what left before the answer.
	courier := h.courierOf(watched{route, func(to string) {
		if _, out := answered.Load(to); out {
			late.Add(1)
		}
	}}, 8)
	var group sync.WaitGroup
	for part := range 3 {
		group.Go(func() {
			for i := part; i < n; i += 6 { // newest first: the couriers come from the other end
				link, err := h.ledger.Read(letters[i].Token)
				if err == nil {
					_, err = h.ledger.OptOut(context.Background(), h.store.Write, link, consent.By{Door: consent.DoorOneClick}, h.clock())
				}
				if err != nil {
					t.Error(err)
					return
				}
				answered.Store(letters[i].ToAddress, true)
				courier.Kick()
			}
		})
	}
	stop := h.run(courier)
	group.Wait()
	h.until("all letters have ended", func() bool { c := h.counts(m); return c[outbox.Sent]+c[outbox.Withheld] == n })
	stop()
	if late.Load() > 0 {
		t.Error(late.Load(), "DATA commands came after the opt-out was answered")
	}
	c := h.counts(m)
	t.Log(c)
	if c[outbox.Withheld] == 0 {
		t.Error("nothing was withheld, so nothing was tested")
	}
	to := map[string]bool{}
	for _, got := range smtp.Received() {
		if strings.HasSuffix(got.To, "elmrealty.example") {
			continue
		}
		if to[got.To] {
			t.Error("two copies to", got.To)
		}
		to[got.To] = true
	}
	if len(to) != c[outbox.Sent] {
		t.Error(len(to), "taken,", c[outbox.Sent], "sent")
	}
}

func TestTwoCouriersDeliverEachLetterOnce(t *testing.T) {
	h := newHouse(t)
	if h.store.SkipLocked == "" {
		t.Skip("one process owns a SQLite file")
	}
	smtp, route := server(t)
	m := h.post(h.crowd(1000, "a.example", "b.example")...)
	first, second := h.run(h.courierOf(route, 6)), h.run(h.courierOf(route, 6))
	h.until("all sent", func() bool { return h.counts(m)[outbox.Sent] == 1000 })
	first()
	second()
	if smtp.Count() != 1000 {
		t.Fatal(smtp.Count(), "messages")
	}
}

func TestLettersOfADeadProcess(t *testing.T) {
	h := newHouse(t)
	c := h.client("ann@example.com")
	m := h.post(c.ID)
	id := h.only(m).ID
	die := func() {
		h.exec("UPDATE letters SET state = 'sending', lease_owner = 'gone', lease_until = ?, lease_gen = lease_gen + 1, attempts = attempts + 1 WHERE id = ? AND state = 'ready'", h.now.Add(-time.Second), id)
	}
	die()
	h.drain(h.courier(nil))
	if l := h.is(id, outbox.Ready, "stopped while this letter was leaving"); l.Ambiguous != 1 {
		t.Fatalf("%+v", l)
	}
	die()
	h.drain(h.courier(nil))
	die()
	route := &double{}
	h.drain(h.courier(route))
	l := h.is(id, outbox.Failed, "Possibly delivered")
	if len(route.letters()) != 0 {
		t.Fatal("a letter that killed three processes was given to a fourth")
	}
	_, _, tries, err := outbox.Find(t.Context(), h.store.Read, l.AgentID, id)
	if err != nil {
		t.Fatal(err)
	}
	var unknown []int
	for _, a := range tries {
		if a.Outcome == "unknown" && a.Phase == "" && a.Code == 0 && a.Reply == "Porchlight was stopped while this letter was in hand." && a.At.Equal(h.now) {
			unknown = append(unknown, a.Number)
		}
	}
	if len(unknown) != 3 || unknown[2] != l.Attempts {
		t.Fatalf("tries %v of %d: %+v", unknown, l.Attempts, tries)
	}
}

func TestALiveLeaseIsLeftAlone(t *testing.T) {
	h := newHouse(t)
	if h.store.SkipLocked == "" {
		t.Skip("one process owns a SQLite file")
	}
	_, id := h.to("ann@example.com")
	h.exec("UPDATE letters SET state = 'sending', lease_owner = 'another', lease_until = ? WHERE id = ?", h.now.Add(time.Minute), id)
	courier := h.courier(&double{})
	h.drain(courier)
	h.is(id, outbox.Sending, "")
	h.pass(2 * time.Minute)
	h.drain(courier)
	h.is(id, outbox.Sent, "")
}

func TestStoppingLetsLettersInHandFinish(t *testing.T) {
	h := newHouse(t)
	m := h.post(h.crowd(20, "example.com")...)
	begun, gate := make(chan struct{}, 20), make(chan struct{})
	route := &double{answer: func(string) error { begun <- struct{}{}; <-gate; return nil }}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.courierOf(route, 4).Run(ctx) }()
	for range 3 {
		<-begun
	}
	stop() // before the letters in hand are answered, or their workers would take the next ones
	time.AfterFunc(50*time.Millisecond, func() { close(gate) })
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := h.counts(m); n[outbox.Sent] != 3 || n[outbox.Ready] != 17 || n[outbox.Sending] != 0 {
		t.Fatal(n)
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	h := newHouse(t)
	if h.store.SkipLocked != "" {
		t.Skip("PRAGMA max_page_count is SQLite's")
	}
	m := h.post(h.crowd(400, "example.com")...)
	full := func(yes bool) {
		pages := "1073741823"
		if yes {
			pages = "1" // SQLite takes the present size for the least
		}
		var now int64
		if err := h.store.Write.QueryRowContext(context.Background(), "PRAGMA max_page_count = "+pages).Scan(&now); err != nil {
			t.Error(err)
		}
	}
	var sent atomic.Int64
	route := &double{answer: func(string) error {
		if sent.Add(1) == 50 {
			full(true)
		}
		return nil
	}}
	courier := h.courierOf(route, 4)
	stop := h.run(courier)
	h.until("nothing more leaves", func() bool {
		before := sent.Load()
		time.Sleep(300 * time.Millisecond)
		return before >= 50 && sent.Load() == before
	})
	at := sent.Load()
	if at == 400 {
		t.Fatal("the disk never filled up")
	}
	full(false)
	h.until("all sent", func() bool { return h.counts(m)[outbox.Sent] == 400 })
	stop()
	if n := sent.Load(); n != 400 {
		t.Fatal(n, "letters left for 400")
	}
	t.Log("stopped at", at)
}

// A long-lived outbox holds mostly sent letters, and PRAGMA optimize tells the planner so. What runs all the time must
// not begin to read them, nor all that wait.
func TestPlansHoldInAnOldOutbox(t *testing.T) {
	h := newHouse(t)
	if h.store.SkipLocked != "" {
		t.Skip("SQLite's planner")
	}
	plan := func(query string, args ...any) string {
		rows, err := h.store.Write.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+query, args...)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		var steps []string
		for rows.Next() {
			var id, parent, unused int
			var step string
			if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
				t.Fatal(err)
			}
			steps = append(steps, step)
		}
		return strings.Join(steps, "\n")
	}
	look := func() {
		t.Helper()
		pick := plan(outbox.PickText, h.now, h.now, h.now, 7)
		if !strings.Contains(pick, "letters USING INDEX letters_due (prio>? AND prio<?)") || strings.Contains(pick, "TEMP B-TREE") {
			t.Error("pick:\n" + pick)
		}
		take := plan(outbox.TakeText, "", h.now, h.now, 1, 2, 3)
		if !strings.Contains(take, "SEARCH letters USING INTEGER PRIMARY KEY") {
			t.Error("take:\n" + take)
		}
		sweep := plan(outbox.SweepText, 0, h.now, 500)
		if !strings.Contains(sweep, "l USING INDEX letters_due") {
			t.Error("sweep:\n" + sweep)
		}
		sent := plan(outbox.SentText, 250, "", "", h.now, 1, 1)
		if !strings.Contains(sent, "letters USING INDEX letters_in_hand") && !strings.Contains(sent, "SEARCH letters USING") {
			t.Error("sent:\n" + sent)
		}
	}
	look()
	ids := h.crowd(500, "example.com")
	h.post(ids...)
	h.exec("ANALYZE")
	look()
	h.drain(h.courier(&double{}))
	h.exec("ANALYZE")
	look()
}

func TestAWithheldRunSaysSoWhileItWaits(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(30, "example.com")
	m := h.post(ids...)
	route := &double{connect: func() error { return errors.New("no network") }}
	courier := h.courier(route)
	h.run(courier)
	for _, id := range ids[:10] {
		if _, err := clients.SetStatus(context.Background(), h.store.Write, h.jane.ID, id, clients.Inactive, h.clock()); err != nil {
			t.Fatal(err)
		}
	}
	courier.Kick()
	h.until("ten are withheld", func() bool { return h.counts(m)[outbox.Withheld] == 10 })
}

// watched is a Route that says when DATA is about to be written.
type watched struct {
	mail.Route
	data func(to string)
}

func (w watched) Connect(ctx context.Context) (mail.Sender, error) {
	s, err := w.Route.Connect(ctx)
	return watchedSender{s, w.data}, err
}

type watchedSender struct {
	mail.Sender
	data func(to string)
}

func (w watchedSender) Send(ctx context.Context, e mail.Envelope, gate mail.Gate) (mail.Receipt, error) {
	return w.Sender.Send(ctx, e, func(ctx context.Context, write func() error) error {
		return gate(ctx, func() error { w.data(e.To); return write() })
	})
}
