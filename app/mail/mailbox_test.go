package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

func openMailbox(t testing.TB, dir string) (*mail.Mailbox, mail.Sender) {
	t.Helper()
	m, err := mail.OpenMailbox(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return m, s
}

func TestMailbox_keeps_what_is_sent_and_finds_it_again(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mailbox")
	m, s := openMailbox(t, dir)
	letter := letterTemplate(t, sampleLetter())
	for i, name := range []string{"John Doe", "Élise 王", ""} {
		to := sampleRecipient()
		to.Name, to.Address = name, fmt.Sprintf("c%d@example.com", i)
		message, err := letter.Message(to)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Send(context.Background(), mail.Envelope{From: letter.From(), To: to.Address, Message: message}, open); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // as it was kept, and read back from the folder
		all, err := m.List("", 10)
		if err != nil || len(all) != 3 || all[0].To != "c2@example.com" || all[1].To != "Élise 王 <c1@example.com>" ||
			all[2].From != "Maya Bell via Elm & Harbor Realty <maya.bell@mail.elmharbor.example>" || all[0].Subject != sampleLetter().Subject {
			t.Fatalf("%+v, %v", all, err)
		}
		for query, want := range map[string]int{" élise ": 1, "C1@": 1, "open house": 3, "maya": 3, "nobody": 0} {
			if found, _ := m.List(query, 10); len(found) != want {
				t.Errorf("%q found %d", query, len(found))
			}
		}
		if found, _ := m.List("", 2); len(found) != 2 {
			t.Errorf("%d instead of two", len(found))
		}
		opened, err := m.Open(all[1].ID)
		if err != nil {
			t.Fatal(err)
		}
		if opened.Caught != all[1] || !strings.Contains(opened.HTML, unsubscribe) || !strings.Contains(opened.Text, unsubscribe) ||
			!bytes.HasPrefix(opened.Raw, []byte("From: Maya")) || opened.Headers[0].Name != "From" || len(opened.Headers) < 12 {
			t.Errorf("%+v", opened)
		}
		m, _ = openMailbox(t, dir)
	}
	if all, _ := m.List("", 1); all[0].At.IsZero() {
		t.Error("no time")
	}
}

func TestMailbox_opens_nothing_but_its_own(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret.eml"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, _ := openMailbox(t, dir)
	for _, id := range []string{"", "secret", "../secret", "../../etc/passwd", "20261122T093000.000000000"} {
		if _, err := m.Open(id); fault.Of(err) != fault.NotFound {
			t.Errorf("%q: %v", id, err)
		}
	}
}

func TestMailbox_fails_as_the_address_asks_and_obeys_the_gate(t *testing.T) {
	m, s := openMailbox(t, t.TempDir())
	message := sampleMessage(t)
	for to, want := range map[string]mail.SendError{
		"550@example.com":       {Phase: mail.PhaseRcpt, Code: 550},
		"temperror1@x.com":      {Phase: mail.PhaseRcpt, Code: 451},
		"TimeOut@example.com":   {Phase: mail.PhaseRcpt},
		"hangup.me@example.com": {Phase: mail.PhaseFinalDot},
	} {
		_, err := s.Send(context.Background(), mail.Envelope{From: "a@b.com", To: to, Message: message}, open)
		var failed *mail.SendError
		if !errors.As(err, &failed) || failed.Phase != want.Phase || failed.Code != want.Code || failed.Ambiguous() != (to[0] == 'h') {
			t.Errorf("%s: %#v", to, err)
		}
	}
	no := errors.New("opted out")
	_, err := s.Send(context.Background(), mail.Envelope{From: "a@b.com", To: "c@example.com", Message: message}, func(context.Context, func() error) error { return no })
	var failed *mail.SendError
	if !errors.As(err, &failed) || failed.Phase != mail.PhaseGate || !errors.Is(err, no) {
		t.Errorf("%#v", err)
	}
	if all, _ := m.List("", 10); len(all) != 0 {
		t.Errorf("kept all the same: %+v", all)
	}
	if _, err := s.Send(context.Background(), mail.Envelope{From: "a@b.com", To: "c@example.com", Message: message}, func(_ context.Context, write func() error) error {
		if err := write(); err != nil {
			return err
		}
		if all, _ := m.List("", 10); len(all) != 1 {
			t.Error("the message is not there when the gate’s write returns")
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestMailbox_works_with_many_messages_from_many_workers(t *testing.T) {
	const workers, each = 8, 250
	dir := t.TempDir()
	m, s := openMailbox(t, dir)
	message := sampleMessage(t)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range each {
				if _, err := s.Send(context.Background(), mail.Envelope{From: "a@b.com", To: "c@example.com", Message: message}, open); err != nil {
					t.Error(err)
				}
				if _, err := m.List("john", 50); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	again, _ := openMailbox(t, dir)
	before, _ := m.List("", workers*each*2)
	after, _ := again.List("", workers*each*2)
	if len(before) != workers*each || len(after) != len(before) {
		t.Fatalf("%d and %d", len(before), len(after))
	}
	for i := range before {
		if before[i] != after[i] || i > 0 && before[i].ID >= before[i-1].ID {
			t.Fatalf("out of order at %d", i)
		}
	}
}
