package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/consent"
	"porchlight/app/fault"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

// optOut is a client using the link in a letter.
func (h *house) optOut(l outbox.Letter) {
	h.t.Helper()
	link, err := h.ledger.Read(l.Token)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := h.ledger.OptOut(context.Background(), h.store.Write, link, consent.By{Door: consent.DoorPage}, h.clock()); err != nil {
		h.t.Fatal(err)
	}
}

func TestLettersEnd(t *testing.T) {
	ctx := context.Background()

	t.Run("sent, with the server's word", func(t *testing.T) {
		h := newHouse(t)
		smtp, route := server(t)
		_, id := h.to("ann@example.com")
		h.drain(h.courier(route))
		l := h.is(id, outbox.Sent, "")
		if l.Code != 250 || !strings.Contains(l.Reply, "queued as 1") || l.Attempts != 1 || l.LeaseOwner != "" {
			t.Fatalf("%+v", l)
		}
		got := smtp.Received()
		if len(got) != 1 || got[0].To != "ann@example.com" || got[0].From != "jane@elmrealty.example" {
			t.Fatalf("%+v", got)
		}
		for _, want := range []string{"Message-ID: <" + l.MessageID + ">", "http://porchlight.test/u/" + l.Token, "Date: Thu, 12 Nov 2026 14:00:00 +0000"} {
			if !bytes.Contains(got[0].Data, []byte(want)) {
				t.Errorf("no %q in\n%s", want, got[0].Data)
			}
		}
		if tries := h.attempts(id); len(tries) != 1 || tries[0].Words() != "The mail server took it (250 2.0.0)." || tries[0].Number != 1 {
			t.Fatalf("%+v", tries)
		}
	})
	t.Run("failed, and the address that is nobody's is blocked and told", func(t *testing.T) {
		h := newHouse(t)
		_, route := server(t)
		c, id := h.to("550@example.com")
		h.drain(h.courier(route))
		h.is(id, outbox.Failed, "The mailbox does not exist (550 5.1.1).")
		if _, err := h.ledger.Check(ctx, h.store.Read, h.jane.ID, c.ID, h.now); fault.Of(err) != fault.Denied {
			t.Fatal("still mailable:", err)
		}
		if err := outbox.Retry(ctx, h.store.Write, h.ledger, h.jane.ID, id, h.now); fault.Of(err) != fault.Denied {
			t.Fatal("retry:", err)
		}
	})
	t.Run("deferred, later and later, and expired in the end", func(t *testing.T) {
		h := newHouse(t)
		_, route := server(t)
		_, id := h.to("temperror@example.com")
		courier := h.courier(route)
		h.drain(courier)
		l := h.is(id, outbox.Ready, "451 4.3.0")
		if wait := l.NotBefore.Sub(h.now); wait < 4*time.Minute || wait > 6*time.Minute {
			t.Fatal("first wait", wait)
		}
		h.drain(courier)
		if h.letter(id).Attempts != 1 {
			t.Fatal("tried before its time")
		}
		for range 40 {
			if l = h.letter(id); l.State.Final() {
				break
			}
			h.pass(l.NotBefore.Sub(h.now))
			h.drain(courier)
		}
		l = h.is(id, outbox.Expired, "Given up after")
		if d := l.EndedAt.Sub(l.CreatedAt); d > 4*24*time.Hour || d < 3*24*time.Hour || l.Attempts < 10 {
			t.Fatal(d, l.Attempts)
		}
		if err := outbox.Retry(ctx, h.store.Write, h.ledger, h.jane.ID, id, h.now); err != nil {
			t.Fatal(err)
		}
		if l := h.is(id, outbox.Ready, ""); l.Attempts != 0 || l.ExpiresAt.Sub(h.now) != 4*24*time.Hour {
			t.Fatalf("%+v", l)
		}
	})
	t.Run("expired when nothing could ever leave", func(t *testing.T) {
		h := newHouse(t)
		_, id := h.to("ann@example.com")
		courier := h.courier(nil)
		h.pass(4*24*time.Hour + time.Minute)
		h.drain(courier)
		h.is(id, outbox.Expired, "could not leave in time")
	})
	t.Run("withheld, also with no way out, when a gate shuts", func(t *testing.T) {
		h := newHouse(t)
		_, out := h.to("ann@example.com")
		ben, idle := h.to("ben@example.com")
		cal, gone := h.to("cal@example.com")
		_, stays := h.to("dot@example.com")
		h.optOut(h.letter(out))
		if _, err := clients.SetStatus(ctx, h.store.Write, h.jane.ID, ben.ID, clients.Inactive, h.now); err != nil {
			t.Fatal(err)
		}
		if err := outbox.CancelFor(ctx, h.store.Write, cal.ID, h.now); err != nil {
			t.Fatal(err)
		}
		h.drain(h.courier(nil))
		h.is(out, outbox.Withheld, "Consent was closed")
		h.is(idle, outbox.Withheld, "status")
		h.is(stays, outbox.Ready, "")
		if l := h.is(gone, outbox.Cancelled, "deleted"); l.ToAddress != "" || l.ToName != "" || l.Domain != "" {
			t.Fatalf("not erased: %+v", l)
		}
	})
	t.Run("withheld at the gate when the client opts out at the last moment", func(t *testing.T) {
		h := newHouse(t)
		_, id := h.to("ann@example.com")
		route := &double{before: func(string) { h.optOut(h.letter(id)) }}
		h.drain(h.courier(route))
		h.is(id, outbox.Withheld, "Consent was closed")
		if tries := h.attempts(id); len(tries) != 1 || !strings.HasPrefix(tries[0].Words(), "Held back before it left. Consent") {
			t.Fatalf("%+v", tries)
		}
		for _, e := range route.letters() {
			if e.To == "ann@example.com" {
				t.Fatal("the letter left")
			}
		}
	})
	t.Run("failed at once when it can't be made", func(t *testing.T) {
		h := newHouse(t)
		_, id := h.to("ann@example.com")
		_, broken := h.to("ben@example.com")
		h.exec("UPDATE letters SET to_name = ? WHERE id = ?", "Ann\r\nBcc: all@example.com", id)
		h.exec("UPDATE mailings SET template = ? WHERE id = ?", []byte("nonsense"), h.letter(broken).MailingID)
		route := &double{}
		h.drain(h.courier(route))
		h.is(id, outbox.Failed, "hidden character in the name")
		h.is(broken, outbox.Failed, "could not make this letter")
		if len(route.letters()) != 0 {
			t.Fatal("something left")
		}
	})
}

func TestALetterTriedAgainIsTheSame(t *testing.T) {
	h := newHouse(t)
	smtp, route := server(t)
	_, id := h.to("hangup@example.com") // takes the message and closes without a word
	h.drain(h.courier(route))
	l := h.is(id, outbox.Ready, "tried once more")
	if l.Ambiguous != 1 || h.attempts(id)[0].Outcome != "unknown" {
		t.Fatalf("%+v", l)
	}
	h.pass(time.Hour)
	h.drain(h.courier(route)) // another courier, nothing cached
	h.pass(time.Hour)
	h.drain(h.courier(route))
	h.is(id, outbox.Failed, "Possibly delivered")
	got := smtp.Received()
	if len(got) != 3 {
		t.Fatal(len(got), "copies")
	}
	for _, m := range got[1:] {
		if !bytes.Equal(m.Data, got[0].Data) {
			t.Fatalf("copies differ:\n%s\n\n%s", got[0].Data, m.Data)
		}
	}
}

func TestPauseAndCancel(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	ids := h.crowd(10, "example.com")
	m := h.post(ids...)
	var act func(to string)
	route := &double{before: func(to string) { act(to) }}
	courier := h.courier(route)
	sent := 0
	act = func(string) {
		if sent++; sent == 3 {
			if err := outbox.PauseMailing(ctx, h.store.Write, h.jane.ID, m, h.now); err != nil {
				t.Error(err)
			}
		}
	}
	h.drain(courier)
	if n := h.counts(m); n[outbox.Sent] != 2 || n[outbox.Ready] != 8 {
		t.Fatal("after the pause", n)
	}
	h.drain(courier)
	if n := h.counts(m); n[outbox.Sent] != 2 {
		t.Fatal("paused letters left", n)
	}
	if err := outbox.ResumeMailing(ctx, h.store.Write, h.jane.ID, m, h.now); err != nil {
		t.Fatal(err)
	}
	sent = 0
	act = func(string) {
		if sent++; sent == 3 {
			if n, err := outbox.CancelMailing(ctx, h.store.Write, h.jane.ID, m, h.now); err != nil || n < 4 {
				t.Error(n, err)
			}
		}
	}
	h.drain(courier)
	if n := h.counts(m); n[outbox.Sent] != 4 || n[outbox.Cancelled] != 6 || len(route.letters()) != 4 {
		t.Fatal("after cancelling", n, len(route.letters()))
	}
	for _, err := range []error{
		outbox.PauseMailing(ctx, h.store.Write, h.jane.ID, m, h.now),
		outbox.ResumeMailing(ctx, h.store.Write, h.jane.ID, m, h.now),
	} {
		if fault.Of(err) != fault.Conflict {
			t.Error(err)
		}
	}
	if err := outbox.PauseMailing(ctx, h.store.Write, h.jane.ID+1, m, h.now); fault.Of(err) != fault.NotFound {
		t.Error(err)
	}
}

func TestACancelledLetterThatComesBackIsCancelled(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	_, id := h.to("ann@example.com")
	m := h.letter(id).MailingID
	route := &double{answer: func(string) error {
		_, err := outbox.CancelMailing(ctx, h.store.Write, h.jane.ID, m, h.now)
		return errors.Join(err, says(mail.PhaseFinalDot, 451, "4.3.0", "later"))
	}}
	h.drain(h.courier(route))
	h.is(id, outbox.Cancelled, "Cancelled before it left")
}

func TestRetryFailed(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	ids := h.crowd(3, "example.com")
	m := h.post(ids...)
	refuse := true
	route := &double{answer: func(string) error {
		if refuse {
			return says(mail.PhaseFinalDot, 554, "5.6.0", "not like this")
		}
		return nil
	}}
	courier := h.courier(route)
	h.drain(courier)
	if n := h.counts(m); n[outbox.Failed] != 3 {
		t.Fatal(n)
	}
	if err := clientsInactive(h, ids[0]); err != nil {
		t.Fatal(err)
	}
	refuse = false
	if n, err := outbox.RetryFailed(ctx, h.store.Write, h.ledger, h.jane.ID+1, 0, h.now); n != 0 || err != nil {
		t.Fatal("another agent's", n, err)
	}
	if n, err := outbox.RetryFailed(ctx, h.store.Write, h.ledger, h.jane.ID, m, h.now); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	h.drain(courier)
	if n := h.counts(m); n[outbox.Failed] != 1 || n[outbox.Sent] != 2 {
		t.Fatal(n)
	}
	sent, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID, State: outbox.Sent})
	if err != nil || len(sent) != 2 {
		t.Fatal(err, len(sent))
	}
	if err := outbox.Retry(ctx, h.store.Write, h.ledger, h.jane.ID, sent[0].ID, h.now); fault.Of(err) != fault.Conflict {
		t.Fatal(err)
	}
}

func clientsInactive(h *house, id clients.ID) error {
	_, err := clients.SetStatus(context.Background(), h.store.Write, h.jane.ID, id, clients.Inactive, h.now)
	return err
}

func TestNotices(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	smtp, route := server(t)
	_, id := h.to("ann@example.com")
	courier := h.courier(route)
	h.drain(courier)
	h.optOut(h.letter(id))
	h.drain(courier)
	h.drain(courier)
	got := smtp.Received()
	if len(got) != 2 || got[1].To != "jane@elmrealty.example" || got[1].From != "porchlight@elmrealty.example" {
		t.Fatalf("%d messages, %+v", len(got), got)
	}
	if data := string(got[1].Data); !strings.Contains(data, "Porchlight at Elm Realty") || strings.Contains(data, "List-Unsubscribe") {
		t.Fatal(data)
	}
	mine, err := outbox.List(ctx, h.store.Read, outbox.Filter{Agent: h.jane.ID})
	if err != nil || len(mine) != 1 {
		t.Fatal("notices are in the agent's outbox", len(mine), err)
	}
}

func TestBrokersHearOnceThatThereIsNoMailServer(t *testing.T) {
	ctx := context.Background()
	h := newHouse(t)
	told := func() (n int) {
		all, err := agents.Notices(ctx, h.store.Read, h.jane.ID, false, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range all {
			if strings.Contains(one.Title, "no mail server is set") {
				n++
			}
		}
		return n
	}
	courier := h.courier(nil)
	h.drain(courier)
	if told() != 0 {
		t.Fatal("told although nothing waits")
	}
	h.to("ann@example.com")
	h.drain(courier)
	h.drain(courier)
	h.drain(h.courier(nil)) // after a restart
	if told() != 1 {
		t.Fatal("told", told(), "times")
	}
	if health := courier.Health(); health.Route != "" {
		t.Fatalf("%+v", health)
	}
}

// unseen are the titles of the broker's notices about mail.
func (h *house) unseen() (titles []string) {
	h.t.Helper()
	all, err := agents.Notices(context.Background(), h.store.Read, h.jane.ID, true, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, n := range all {
		if n.Kind == agents.NoticeMail {
			titles = append(titles, n.Title)
		}
	}
	return titles
}
