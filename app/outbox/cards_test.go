package outbox_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/uptrace/bun"

	"porchlight/app/mail"
	"porchlight/app/outbox"
)

// kept counts the cards there are.
func (h *house) kept() (n int) {
	h.t.Helper()
	if err := h.store.Read.QueryRowContext(h.t.Context(), "SELECT count(*) FROM cards").Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func TestPost_keeps_a_home_once_whatever_number_of_mailings_shows_it(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(3, "example.com")
	h.send(h.homes("", 31, 12), ids[0])
	if n := h.kept(); n != 3 { // and the sheet around them
		t.Fatalf("%d cards", n)
	}
	h.send(h.homes("", 12, 31, 12), ids[1])
	if n := h.kept(); n != 3 {
		t.Errorf("%d cards after the same homes in another order", n)
	}
	h.send(h.homes("", 31, 40), ids[2])
	if n := h.kept(); n != 4 {
		t.Errorf("%d cards after one more home", n)
	}
	h.post(ids[0])
	if n := h.kept(); n != 4 {
		t.Errorf("%d cards after a letter without homes", n)
	}
	route := &double{}
	h.drain(h.courier(route))
	for i, homes := range [][]string{{"#home-31", "#home-12"}, {"#home-12", "#home-31", "#home-12"}, {"#home-31", "#home-40"}} {
		if len(route.letters()) != 4 {
			t.Fatalf("%d letters", len(route.letters()))
		}
		rest := route.letters()[i].Message
		for _, home := range homes {
			at := bytes.Index(rest, []byte(home))
			if at < 0 {
				t.Fatalf("letter %d: no %s after the others", i, home)
			}
			rest = rest[at+1:]
		}
	}
}

// What was kept in a transaction that came to nothing is not there for the next.
func TestPost_keeps_the_homes_also_after_a_post_that_came_to_nothing(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(1, "example.com")
	permits, _, err := h.ledger.CheckAll(t.Context(), h.store.Read, h.jane.ID, ids, h.clock())
	if err != nil {
		t.Fatal(err)
	}
	text, nothing := h.homes("", 31), errors.New("nothing")
	err = h.store.Write.RunInTx(t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		if _, err := outbox.Post(ctx, db, h.ledger, h.jane, permits, text, h.clock()); err != nil {
			return err
		}
		return nothing
	})
	if !errors.Is(err, nothing) || h.kept() != 0 {
		t.Fatal(err, h.kept())
	}
	letter := h.only(h.send(text, ids...))
	route := &double{}
	h.drain(h.courier(route))
	h.is(letter.ID, outbox.Sent, "")
}

func TestLetter_whose_home_is_missing_fails_with_words(t *testing.T) {
	for name, harm := range map[string]string{
		"missing": "DELETE FROM cards WHERE sum IN (SELECT sum FROM cards ORDER BY sum LIMIT 1)",
		"damaged": "UPDATE cards SET body = sum WHERE sum IN (SELECT sum FROM cards ORDER BY sum LIMIT 1)",
	} {
		h := newHouse(t)
		ids := h.crowd(2, "example.com")
		letter := h.only(h.send(h.homes("", 31, 12), ids[0]))
		other := h.only(h.post(ids[1]))
		h.exec(harm)
		route := &double{}
		h.drain(h.courier(route))
		l := h.is(letter.ID, outbox.Failed, "")
		if want := "A home that stood in this letter is missing from the database, so the letter can’t be made."; name == "missing" && l.Reason != want || l.Reason == "" || l.Attempts != 1 {
			t.Errorf("%s: %q after %d tries", name, l.Reason, l.Attempts)
		}
		h.is(other.ID, outbox.Sent, "")
		_, mailing, _, err := outbox.Find(t.Context(), h.store.Read, h.jane.ID, letter.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := mailing.ReadTemplate(t.Context(), h.store.Read); err == nil {
			t.Errorf("%s: a page shows it", name)
		}
	}
}

func TestLetter_with_homes_tried_again_by_another_process_has_the_same_bytes(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(1, "example.com")
	h.send(h.homes("", 31, 12), ids...)
	answer := says(mail.PhaseFinalDot, 451, "4.3.0", "later")
	var tried [][]byte
	for range 2 {
		route := &double{answer: func(string) error { return answer }}
		keep := &keeping{double: route}
		h.drain(h.courier(keep))
		tried = append(tried, keep.seen...)
		h.pass(3 * 60 * 60 * 1e9)
	}
	if len(tried) != 2 || !bytes.Equal(tried[0], tried[1]) {
		t.Fatalf("%d tries, or they differ", len(tried))
	}
}

// keeping keeps what was tried, taken or not.
type keeping struct {
	*double
	seen [][]byte
}

func (k *keeping) Connect(context.Context) (mail.Sender, error) { return k, nil }

func (k *keeping) Send(ctx context.Context, e mail.Envelope, gate mail.Gate) (mail.Receipt, error) {
	k.seen = append(k.seen, bytes.Clone(e.Message))
	return k.double.Send(ctx, e, gate)
}

// A mailing that was queued when Porchlight was updated holds its homes itself.
func TestLetter_kept_with_its_homes_in_it_still_leaves(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(1, "example.com")
	letter := h.only(h.send(h.homes("", 31), ids...))
	old, err := os.ReadFile("../mail/testdata/kept-2-homes.bin")
	if err != nil {
		t.Fatal(err)
	}
	h.exec("UPDATE mailings SET template = ? WHERE id = ?", old, letter.MailingID)
	h.exec("DELETE FROM cards")
	route := &double{}
	h.drain(h.courier(route))
	h.is(letter.ID, outbox.Sent, "")
	if page, out := linksIn(t, route.letters()[0].Message); page == "" || out == "" {
		t.Error("a link is missing")
	}
}
