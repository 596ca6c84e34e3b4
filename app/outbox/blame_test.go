package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/outbox"
)

func TestWhoIsToBlame(t *testing.T) {
	const (
		route   = "route"   // ready, uncounted, everything pauses
		domain  = "domain"  // ready, the domain waits
		letter  = "letter"  // ready, backs off
		failed  = "failed"  // the person is not blocked
		blocked = "blocked" // failed and blocked
		unknown = "unknown"
	)
	for _, c := range []struct {
		phase    mail.Phase
		code     int
		enhanced string
		reply    string
		want     string
	}{
		{mail.PhaseConnect, 0, "", "", route},
		{mail.PhaseConnect, 421, "", "too many connections", route},
		{mail.PhaseConnect, 554, "5.7.1", "your IP is listed", route},
		{mail.PhaseTLS, 0, "", "", route},
		{mail.PhaseAuth, 535, "5.7.8", "bad password", route},
		{mail.PhaseMail, 0, "", "", route},
		{mail.PhaseMail, 451, "4.3.0", "later", route},
		{mail.PhaseMail, 550, "5.7.1", "sender rejected", route},
		{mail.PhaseMail, 552, "5.3.4", "message too big", failed},
		{mail.PhaseRcpt, 530, "5.7.0", "authentication required", route},
		{mail.PhaseRcpt, 554, "5.7.1", "Relay access denied", route},
		{mail.PhaseRcpt, 421, "4.7.0", "try later", domain},
		{mail.PhaseRcpt, 450, "4.7.28", "unusual", domain},
		{mail.PhaseFinalDot, 452, "4.5.3", "Too many messages", domain},
		{mail.PhaseRcpt, 451, "4.7.1", "Greylisted, rate limit applies", letter},
		{mail.PhaseRcpt, 450, "4.2.1", "busy", letter},
		{mail.PhaseRcpt, 0, "", "", letter},
		{mail.PhaseData, 0, "", "", letter},
		{mail.PhaseBody, 0, "", "", letter},
		{mail.PhaseFinalDot, 452, "4.2.2", "full", letter},
		{mail.PhaseFinalDot, 0, "", "", unknown},
		{mail.PhaseRcpt, 550, "5.1.1", "nobody", blocked},
		{mail.PhaseRcpt, 550, "5.1.2", "no host", blocked},
		{mail.PhaseRcpt, 556, "5.1.10", "null MX", blocked},
		{mail.PhaseRcpt, 550, "5.2.1", "disabled", blocked},
		{mail.PhaseRcpt, 550, "", "User unknown in virtual mailbox table", blocked},
		{mail.PhaseFinalDot, 550, "5.1.1", "nobody", blocked},
		{mail.PhaseRcpt, 550, "", "blocked by list", failed},
		{mail.PhaseRcpt, 550, "5.7.1", "User unknown? No: spam", failed},
		{mail.PhaseRcpt, 552, "5.2.2", "full", failed},
		{mail.PhaseFinalDot, 550, "5.7.26", "unauthenticated", failed},
		{mail.PhaseFinalDot, 554, "5.6.0", "bad message", failed},
	} {
		t.Run(strings.TrimSpace(fmt.Sprintf("%s %d %s %s", c.phase, c.code, c.enhanced, c.reply)), func(t *testing.T) {
			h := newHouse(t)
			client, id := h.to("ann@example.com")
			_, other := h.to("ben@other.example")
			refusal := says(c.phase, c.code, c.enhanced, c.reply)
			double := &double{}
			if c.phase == mail.PhaseConnect || c.phase == mail.PhaseTLS || c.phase == mail.PhaseAuth {
				double.connect = func() error { return refusal }
			} else {
				double.answer = func(to string) error {
					if to == "ann@example.com" {
						return refusal
					}
					return nil
				}
			}
			courier := h.courierOf(double, 1)
			h.drain(courier)
			l, health := h.letter(id), courier.Health()
			got := map[outbox.State]string{outbox.Ready: letter, outbox.Failed: failed}[l.State]
			_, open, err := h.ledger.StillOpen(context.Background(), h.store.Read, client.ID, l.AddressHash, h.now)
			switch {
			case err != nil:
				t.Fatal(err)
			case !health.PausedUntil.IsZero():
				got = route
				if l.Attempts != 0 || h.letter(other).State != outbox.Ready || len(h.attempts(id)) != 0 || health.Trouble == "" {
					t.Errorf("%+v %+v", l, health)
				}
			case l.Ambiguous == 1:
				got = unknown
			case len(health.Waiting) == 1 && health.Waiting[0] == "example.com":
				got = domain
			case !open:
				got = blocked
			}
			if got != c.want {
				t.Fatalf("%s, want %s: %s %q", got, c.want, l.State, l.Reason)
			}
			if got != route {
				h.is(other, outbox.Sent, "")
				if tries := h.attempts(id); len(tries) != 1 || tries[0].Reply != c.reply {
					t.Errorf("%+v", tries)
				}
			}
			if l.Reason == "" {
				t.Error("no reason")
			}
		})
	}
}

func TestTheRouteIsTriedAgainLaterAndLater(t *testing.T) {
	h := newHouse(t)
	_, id := h.to("ann@example.com")
	down, connects := true, 0
	route := &double{}
	route.connect = func() error {
		connects++
		if down {
			return says(mail.PhaseConnect, 0, "", "")
		}
		return nil
	}
	courier := h.courier(route)
	var last time.Duration
	for i := range 12 {
		h.drain(courier)
		health := courier.Health()
		wait := health.PausedUntil.Sub(h.now)
		if wait < last || wait > 5*time.Minute || wait < 5*time.Second || connects != i+1 {
			t.Fatal(i, wait, last, connects)
		}
		last = wait
		h.drain(courier) // not yet
		h.pass(wait)
	}
	if last != 5*time.Minute {
		t.Fatal(last)
	}
	notices := h.unseen()
	if len(notices) != 1 || notices[0] != "Mail can’t leave just now" {
		t.Fatal(notices)
	}
	down = false
	h.drain(courier)
	h.is(id, outbox.Sent, "")
	if health := courier.Health(); !health.PausedUntil.IsZero() || health.Trouble != "" {
		t.Fatalf("%+v", health)
	}
}

func TestWhenEverybodyIsRefusedNobodyIs(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(12, "a.example", "b.example", "c.example")
	m := h.post(ids...)
	refuse := true
	route := &double{answer: func(string) error {
		if refuse {
			return says(mail.PhaseRcpt, 550, "5.7.1", "we don't like you")
		}
		return nil
	}}
	courier := h.courier(route)
	h.drain(courier)
	if n := h.counts(m); n[outbox.Ready] != 12 || courier.Health().PausedUntil.IsZero() {
		t.Fatal(n, courier.Health())
	}
	refuse = false
	h.pass(10 * time.Minute)
	h.drain(courier)
	if n := h.counts(m); n[outbox.Sent] != 12 {
		t.Fatal(n)
	}
}

func TestASlowDomainDoesNotSlowOthers(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(40, "slow.example", "quick.example")
	m := h.post(ids...)
	slow, asked := true, 0
	route := &double{answer: func(to string) error {
		if strings.HasSuffix(to, "@slow.example") && slow {
			asked++
			return says(mail.PhaseRcpt, 421, "4.7.0", "slow down")
		}
		return nil
	}}
	courier := h.courier(route)
	h.drain(courier)
	if n := h.counts(m); n[outbox.Sent] != 20 || n[outbox.Ready] != 20 || asked > 2 {
		t.Fatal(n, asked)
	}
	if health := courier.Health(); len(health.Waiting) != 1 || health.Waiting[0] != "slow.example" || !health.PausedUntil.IsZero() {
		t.Fatalf("%+v", health)
	}
	slow = false
	h.pass(2 * time.Minute)
	h.drain(courier)
	if n := h.counts(m); n[outbox.Sent] != 40 || len(courier.Health().Waiting) != 0 {
		t.Fatal(n, courier.Health())
	}
}

func TestALetterThatHangsSinceBeforeAnOutageHoldsUpNobodyAfterIt(t *testing.T) {
	h := newHouse(t)
	hangs, over := make(chan struct{}), make(chan struct{})
	var down atomic.Bool
	route := &double{
		connect: func() error {
			if down.Load() {
				return says(mail.PhaseConnect, 421, "4.3.2", "going down")
			}
			return nil
		},
		before: func(to string) {
			if to == "ann@example.com" {
				close(hangs)
				<-over
			}
		},
	}
	h.to("ann@example.com")
	courier := h.courierOf(route, 3)
	stop := h.run(courier)
	<-hangs
	down.Store(true)
	_, ben := h.to("ben@example.com")
	courier.Kick()
	h.until("the outage", func() bool { return !courier.Health().PausedUntil.IsZero() })
	down.Store(false)
	h.pass(time.Minute)
	h.until("a letter after the outage", func() bool { return h.letter(ben).State == outbox.Sent })
	close(over)
	stop()
}

func TestHostileServers(t *testing.T) {
	for _, command := range []string{"GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"} {
		for _, answer := range []string{mailtest.Stall, mailtest.Drop, mailtest.Garbage, "421 4.3.2 going down", "451 4.3.0 not now", "554 5.0.0 no", "554-5.0.0 no\r\n554-and\r\n554 no", "xyz"} {
			t.Run(command+" "+answer, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t)
				smtp, route := server(t)
				if answer == mailtest.Stall { // nothing else takes as long as its limit
					route = routeWithin(t, smtp.URL(), 2*time.Second)
				}
				smtp.Script(command, answer)
				ids := h.crowd(2, "example.com")
				m := h.post(ids...)
				courier := h.courier(route)
				h.drain(courier)
				n := h.counts(m)
				if command == "EHLO" && n[outbox.Sent] == 2 {
					return // it was asked with HELO instead (RFC 5321 section 3.2)
				}
				if n[outbox.Sending] != 0 || n[outbox.Sent] != 0 || n[outbox.Ready]+n[outbox.Failed] != 2 {
					t.Fatal(n)
				}
				smtp.Script(command, "")
				h.pass(time.Hour)
				if _, err := outbox.RetryFailed(context.Background(), h.store.Write, h.ledger, h.jane.ID, m, h.clock()); err != nil {
					t.Fatal(err)
				}
				h.drain(courier)
				if n := h.counts(m); n[outbox.Sent] != 2 {
					t.Fatal("once it behaves:", n, courier.Health())
				}
				for _, got := range smtp.Received() {
					if len(got.Data) < 500 {
						t.Fatalf("a stump was taken: %q", got.Data)
					}
				}
			})
		}
	}
}

func TestPanicsEndTheTryAndTheThirdTheLetter(t *testing.T) {
	h := newHouse(t)
	_, id := h.to("ann@example.com")
	_, other := h.to("ben@example.com")
	route := &double{before: func(to string) {
		if to == "ann@example.com" {
			meant.Add(1)
			panic(errors.New("on purpose"))
		}
	}}
	courier := h.courier(route)
	for range 3 {
		h.is(id, outbox.Ready, "")
		h.drain(courier)
		h.pass(3 * time.Hour)
	}
	h.is(id, outbox.Failed, "Something in Porchlight broke")
	h.is(other, outbox.Sent, "")
}

func TestClocksThatJump(t *testing.T) {
	h := newHouse(t)
	_, id := h.to("temperror@example.com")
	_, route := server(t)
	h.drain(h.courier(route))
	h.pass(-365 * 24 * time.Hour) // not_before is now a year ahead
	h.drain(h.courier(&double{}))
	h.is(id, outbox.Sent, "")

	_, id = h.to("ann@example.com")
	down := true
	flaky := &double{connect: func() error {
		if down {
			return says(mail.PhaseConnect, 0, "", "")
		}
		return nil
	}}
	courier := h.courier(flaky)
	h.drain(courier)
	down = false
	h.pass(-100 * 24 * time.Hour) // and so is the breaker
	h.drain(courier)
	h.is(id, outbox.Sent, "")
}
