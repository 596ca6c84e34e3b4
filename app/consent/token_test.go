package consent_test

import (
	"strings"
	"sync"
	"testing"

	"porchlight/app/consent"
	"porchlight/app/fault"
)

func someLink(h *house) consent.Link {
	return consent.Link{Client: 300, Agent: 2, Mailing: 70000, Hash: h.ledger.Hash("carl@example.com")}
}

func TestToken_leads_back_to_its_link(t *testing.T) {
	h := newHouse(t)
	for _, link := range []consent.Link{someLink(h), {Client: 1<<63 - 1, Agent: 1<<63 - 1, Mailing: 1<<63 - 1, Hash: h.ledger.Hash("")}, {Hash: h.ledger.Hash("x")}} {
		token := h.ledger.Sign(link)
		got, err := h.ledger.Read(token)
		h.must(err)
		h.wants("link", got, link)
		if strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%s would need escaping in a link", token)
		}
	}
}

func TestToken_is_refused_alike_however_it_is_wrong(t *testing.T) {
	h := newHouse(t)
	token := h.ledger.Sign(someLink(h))
	wrong := []string{"", "a", "!", token + "A", token + "=", token + "\n", " " + token, token[:len(token)-1], token[1:],
		strings.ToLower(token), strings.Repeat("A", 200), strings.Repeat(token, 50)}
	for i := range token {
		for _, c := range []byte("AZaz09-_") {
			if token[i] != c {
				wrong = append(wrong, token[:i]+string(c)+token[i+1:])
			}
		}
	}
	var words string
	for _, w := range wrong {
		link, err := h.ledger.Read(w)
		if fault.Of(err) != fault.NotFound || link != (consent.Link{}) {
			t.Fatalf("%q: %v %v", w, link, err)
		}
		if words == "" {
			words = err.Error()
		}
		h.wants("words", err.Error(), words)
	}
}

func TestToken_of_an_older_key_is_still_read_and_the_newest_signs(t *testing.T) {
	h := newHouse(t)
	old := h.ledger.Sign(someLink(h))
	_, err := h.store.Write.Exec("INSERT INTO secret_keys (purpose, secret, created_at) VALUES ('link', ?, ?)", strings.Repeat("5a", 32), h.now)
	h.must(err)
	newer, err := consent.NewLedger(h.ctx, h.store.Write, h.store.AdvisoryLock, h.now)
	h.must(err)
	got, err := newer.Read(old)
	h.must(err)
	h.wants("link", got, someLink(h))
	if newer.Sign(someLink(h)) == old {
		t.Error("the newest key did not sign")
	}
	_, err = h.ledger.Read(newer.Sign(someLink(h)))
	h.fails(err, fault.NotFound)
	h.wants("an address's hash", newer.Hash("carl@example.com"), h.ledger.Hash("carl@example.com"))
	h.wants("its length", len(h.ledger.Hash("carl@example.com")), 32)
}

func TestKeys_are_made_once_by_processes_that_start_together(t *testing.T) {
	h := newHouse(t)
	_, err := h.store.Write.Exec("DELETE FROM secret_keys")
	h.must(err)
	var wg sync.WaitGroup
	tokens := make([]string, 8)
	for i := range tokens {
		wg.Go(func() {
			l, err := consent.NewLedger(h.ctx, h.store.Write, h.store.AdvisoryLock, h.now)
			if err != nil {
				t.Error(err)
				return
			}
			tokens[i] = l.Sign(consent.Link{Client: 1, Agent: 1, Hash: l.Hash("a@b.example")})
		})
	}
	wg.Wait()
	for _, token := range tokens {
		h.wants("token", token, tokens[0])
	}
	var keys int
	h.must(h.store.Read.NewRaw("SELECT COUNT(*) FROM secret_keys").Scan(h.ctx, &keys))
	h.wants("keys", keys, 2)
}

func TestSign_refuses_what_is_no_address(t *testing.T) {
	h := newHouse(t)
	defer func() {
		if recover() == nil {
			t.Error("a link to nobody was signed")
		}
	}()
	h.ledger.Sign(consent.Link{Client: 1, Hash: "carl@example.com"})
}

func FuzzRead(f *testing.F) {
	h := newHouse(f)
	token := h.ledger.Sign(someLink(h))
	for _, seed := range []string{"", token, token[:40], token + "A", "AQ", strings.Repeat("_", 96)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		link, err := h.ledger.Read(text)
		if err != nil {
			if fault.Of(err) != fault.NotFound {
				t.Fatal(err)
			}
			return
		}
		if h.ledger.Sign(link) != text {
			t.Fatalf("%q is a second spelling of %v", text, link)
		}
	})
}
