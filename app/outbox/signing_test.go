package outbox_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/outbox"
)

// signs makes Jane's domain a key and has its letters signed.
func (h *house) signs() outbox.SigningKey {
	h.t.Helper()
	ctx := context.Background()
	if err := outbox.MakeSigningKey(ctx, h.store.Write, "elmrealty.example", h.clock()); err != nil {
		h.t.Fatal(err)
	}
	if err := outbox.StartSigning(ctx, h.store.Write, "elmrealty.example", h.clock()); err != nil {
		h.t.Fatal(err)
	}
	key, err := outbox.FindSigningKey(ctx, h.store.Read, "elmrealty.example")
	if err != nil {
		h.t.Fatal(err)
	}
	return key
}

// verified are the signatures of a message that hold, with the key's record as the only one in the DNS.
func verified(t *testing.T, key outbox.SigningKey, message []byte) (good []*dkim.Verification) {
	t.Helper()
	all, err := dkim.VerifyWithOptions(bytes.NewReader(message), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
		if name != key.Name {
			t.Errorf("asked for %s, published is %s", name, key.Name)
		}
		return []string{key.Record}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range all {
		if v.Err == nil {
			good = append(good, v)
		}
	}
	return good
}

func TestSignedLetters(t *testing.T) {
	t.Run("verify, and nobody can add a header to them", func(t *testing.T) {
		h := newHouse(t)
		key := h.signs()
		if key.Name != "porchlight-202611._domainkey.elmrealty.example" || !strings.HasPrefix(key.Record, "v=DKIM1; k=rsa; p=") {
			t.Fatalf("%+v", key)
		}
		smtp, route := server(t)
		_, id := h.to("ann@example.com")
		h.pass(time.Minute)
		h.drain(h.courier(route))
		message := smtp.Received()[0].Data
		good := verified(t, key, message)
		if len(good) != 1 || good[0].Domain != "elmrealty.example" || !good[0].Time.Equal(h.letter(id).CreatedAt) {
			t.Fatalf("%+v\n%.1200s", good, message)
		}
		count := map[string]int{}
		for _, name := range good[0].HeaderKeys {
			count[strings.ToLower(name)]++
		}
		for name, want := range map[string]int{"list-unsubscribe": 2, "list-unsubscribe-post": 2, "from": 2, "subject": 2, "date": 2, "to": 2, "message-id": 2,
			"mime-version": 2, "content-type": 2, "list-id": 2, "feedback-id": 2, "reply-to": 1, "sender": 1, "cc": 1, "content-transfer-encoding": 1, "in-reply-to": 1, "references": 1} {
			if count[name] != want {
				t.Errorf("h= names %s %d times, want %d", name, count[name], want)
			}
		}
		for _, added := range []string{"Subject: Win a house", "Cc: eve@evil.example", "List-Unsubscribe: <https://evil.example>"} {
			if len(verified(t, key, append([]byte(added+"\r\n"), message...))) != 0 {
				t.Errorf("holds with a %q added", added)
			}
		}
		for from, to := range map[string]string{"/u/": "/x/", "Two homes": "Ten homes"} {
			if len(verified(t, key, bytes.Replace(message, []byte(from), []byte(to), 1))) != 0 {
				t.Errorf("holds with %q made %q", from, to)
			}
		}
	})
	t.Run("have the same bytes when tried again by another process", func(t *testing.T) {
		h := newHouse(t)
		h.signs()
		taken := &double{}
		_, id := h.to("ann@example.com")
		h.drain(h.courier(taken))
		h.exec(`UPDATE letters SET state = 'ready', ended_at = NULL, not_before = ? WHERE id = ?`, h.clock(), id) // as if killed before it was recorded
		h.pass(3 * time.Hour)
		h.drain(h.courier(taken))
		got := taken.letters()
		if len(got) != 2 || !bytes.Contains(got[0].Message, []byte("DKIM-Signature: ")) || !bytes.Equal(got[0].Message, got[1].Message) {
			t.Fatalf("%d\n%s", len(got), got)
		}
	})
	t.Run("of agents below the domain and of the house are signed too", func(t *testing.T) {
		h := newHouse(t)
		key := h.signs()
		taken := &double{}
		l := h.text("below")
		c := h.client("ann@example.com")
		permits, _, err := h.ledger.CheckAll(context.Background(), h.store.Read, h.jane.ID, []clients.ID{c.ID}, h.clock())
		if err != nil {
			t.Fatal(err)
		}
		below, err := h.renderFrom("jane@office.elmrealty.example", "Hello.")
		if err != nil {
			t.Fatal(err)
		}
		l.Template = below.Template
		if _, err := outbox.Post(context.Background(), h.store.Write, h.ledger, h.jane, permits, l, h.clock()); err != nil {
			t.Fatal(err)
		}
		n := agents.Notice{AgentID: h.jane.ID, Kind: agents.NoticeMail, Title: "Look at this", Body: "Something is to be seen.", Mails: true}
		if err := agents.Tell(context.Background(), h.store.Write, n, h.clock()); err != nil {
			t.Fatal(err)
		}
		h.drain(h.courier(taken))
		got := taken.letters()
		if len(got) != 2 {
			t.Fatalf("%d taken", len(got))
		}
		for _, e := range got {
			if len(verified(t, key, e.Message)) != 1 {
				t.Errorf("not signed:\n%.1500s", e.Message)
			}
		}
	})
	t.Run("are those of no other domain", func(t *testing.T) {
		h := newHouse(t)
		h.signs()
		h.exec(`UPDATE signing_keys SET domain = 'realty.example'`) // elmrealty.example only ends like it
		taken := &double{}
		h.to("ann@example.com")
		h.drain(h.courier(taken))
		if got := taken.letters(); len(got) != 1 || bytes.Contains(got[0].Message, []byte("DKIM-Signature")) {
			t.Fatalf("%s", got)
		}
	})
	t.Run("begin and end within ten seconds of a word", func(t *testing.T) {
		h := newHouse(t)
		ctx := context.Background()
		taken := &double{}
		c := h.courier(taken)
		signed := func() bool {
			t.Helper()
			before := len(taken.letters())
			h.to(strings.Repeat("x", before+1) + "@example.com")
			h.drain(c)
			got := taken.letters()
			if len(got) != before+1 {
				t.Fatalf("%d taken", len(got)-before)
			}
			return bytes.HasPrefix(got[before].Message, []byte("DKIM-Signature: "))
		}
		if signed() {
			t.Error("signed without a key")
		}
		if err := outbox.MakeSigningKey(ctx, h.store.Write, "elmrealty.example", h.clock()); err != nil {
			t.Fatal(err)
		}
		h.pass(10 * time.Second)
		if signed() {
			t.Error("signed before anybody said so")
		}
		h.signs()
		h.pass(10 * time.Second)
		if !signed() {
			t.Error("not signed")
		}
		if err := outbox.StopSigning(ctx, h.store.Write, "elmrealty.example"); err != nil {
			t.Fatal(err)
		}
		h.pass(10 * time.Second)
		if signed() {
			t.Error("still signed")
		}
	})
	t.Run("wait while the key can't be read, and leave signed once it can", func(t *testing.T) {
		h := newHouse(t)
		key := h.signs()
		h.exec(`UPDATE signing_keys SET private_key = 'x' || private_key`)
		taken := &double{}
		c := h.courier(taken)
		_, id := h.to("ann@example.com")
		h.drain(c)
		h.is(id, outbox.Ready, "")
		if len(taken.letters()) != 0 {
			t.Fatal("left unsigned")
		}
		h.exec(`UPDATE signing_keys SET private_key = substr(private_key, 2)`)
		h.pass(time.Minute)
		h.drain(c)
		h.is(id, outbox.Sent, "")
		if len(verified(t, key, taken.letters()[0].Message)) != 1 {
			t.Fatal("not signed")
		}
	})
}

func TestSigningKeys(t *testing.T) {
	h := newHouse(t)
	ctx := context.Background()
	list := func() []outbox.SigningKey {
		t.Helper()
		all, err := outbox.SigningKeys(ctx, h.store.Read)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	save := func(domains ...string) {
		t.Helper()
		b, err := agents.LoadBrokerage(ctx, h.store.Read)
		if err != nil {
			t.Fatal(err)
		}
		b.SendingDomains = domains
		if _, err := agents.SaveBrokerage(ctx, h.store.Write, h.jane, b); err != nil {
			t.Fatal(err)
		}
	}
	save("mail.elm.example", "elmrealty.example")
	if all := list(); len(all) != 2 || all[0].Domain != "mail.elm.example" || all[0].Name != "" || !all[1].Listed {
		t.Fatalf("%+v", all)
	}
	first := h.signs()
	if again := h.signs(); again.Record != first.Record || !again.Since.Equal(first.Since) {
		t.Error("made or begun again, the key is another")
	}
	if all := list(); len(all) != 2 || all[1].Record != first.Record || !all[1].Active || all[0].Active {
		t.Fatalf("%+v", all)
	}
	if !first.PublishedIn([]string{first.Record}) || first.PublishedIn([]string{first.Record, "v=spf1 -all"}) || first.PublishedIn([]string{"v=spf1 -all"}) || first.PublishedIn(nil) {
		t.Error("does not know its own record")
	}
	save("mail.elm.example")
	if all := list(); len(all) != 2 || all[1].Listed || !all[1].Active {
		t.Fatalf("a key that still signs is not shown: %+v", all)
	}
	if err := outbox.StopSigning(ctx, h.store.Write, "elmrealty.example"); err != nil {
		t.Fatal(err)
	}
	if all := list(); len(all) != 1 {
		t.Fatalf("%+v", all)
	}
	for name, err := range map[string]error{
		"make":  outbox.MakeSigningKey(ctx, h.store.Write, "gmail.com", h.clock()),
		"start": outbox.StartSigning(ctx, h.store.Write, "gmail.com", h.clock()),
		"stop":  outbox.StopSigning(ctx, h.store.Write, "gmail.com"),
	} {
		if fault.Of(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}
