package outbox_test

import (
	"bytes"
	"context"
	"io"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"testing"
	"time"

	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/mail"
	"porchlight/app/outbox"
)

func cents(n int64) *int64 { return &n }

// homes is a letter that shows these homes.
func (h *house) homes(key string, ids ...int64) outbox.Text {
	h.t.Helper()
	l := mail.Letter{
		Identity:  mail.Identity{FromName: "Jane Doe", FromAddress: "jane@elmrealty.example"},
		House:     mail.House{Name: "Elm Realty", PostalAddress: "14 Elm Street, Guilford, CT 06437", BaseURL: "http://porchlight.test"},
		AgentName: "Jane Doe", Subject: "Homes for you", Markdown: "Look at these.", ListID: "1.porchlight.test",
	}
	t := outbox.Text{Subject: l.Subject, Markdown: l.Markdown, IdempotencyKey: key}
	for _, id := range ids {
		card, err := h.renderer.Card(mail.Home{ID: id, Price: "$449,000", Address: "12 Elm Street", DataTime: "today"})
		if err != nil {
			h.t.Fatal(err)
		}
		l.Homes = append(l.Homes, card)
		t.Homes = append(t.Homes, outbox.Home{Listing: id, Note: "Mind the step.", ListPrice: cents(44_900_000)})
	}
	var err error
	if t.Template, err = h.renderer.Letter(l); err != nil {
		h.t.Fatal(err)
	}
	return t
}

// send posts a letter with homes to these clients.
func (h *house) send(t outbox.Text, ids ...clients.ID) outbox.MailingID {
	h.t.Helper()
	permits, refusals, err := h.ledger.CheckAll(h.t.Context(), h.store.Read, h.jane.ID, ids, h.clock())
	if err != nil || len(refusals) > 0 {
		h.t.Fatal(err, refusals)
	}
	id, err := outbox.Post(h.t.Context(), h.store.Write, h.ledger, h.jane, permits, t, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

var tokens = regexp.MustCompile(`http://porchlight\.test/(l|u)/([A-Za-z0-9_-]+)`)

// linksIn are the tokens of the letter's own page and of the way out, in a message.
func linksIn(t *testing.T, message []byte) (page, out string) {
	t.Helper()
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(message[bytes.Index(message, []byte("\r\n\r\n")):])))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range tokens.FindAllStringSubmatch(string(text), -1) {
		if m[1] == "l" {
			if page != "" && page != m[2] {
				t.Fatalf("two tokens in one letter: %s and %s", page, m[2])
			}
			page = m[2]
		} else {
			out = m[2]
		}
	}
	return page, out
}

func TestPost_with_homes_keeps_them_with_the_mailing(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(2, "example.com")
	first := h.send(h.homes("form 7", 31, 12), ids...)
	if again := h.send(h.homes("form 7", 31, 12), ids...); again != first {
		t.Fatal("posted twice")
	}
	got, err := outbox.Homes(t.Context(), h.store.Read, first)
	if err != nil || len(got) != 2 || got[0].Listing != 31 || got[1].Listing != 12 || got[0].Note != "Mind the step." || *got[1].ListPrice != 44_900_000 {
		t.Fatalf("%+v %v", got, err)
	}
	if id, err := outbox.Posted(t.Context(), h.store.Read, h.jane.ID, "form 7"); err != nil || id != first {
		t.Error(id, err)
	}
	if id, err := outbox.Posted(t.Context(), h.store.Read, h.jane.ID+1, "form 7"); err != nil || id != 0 {
		t.Error("another agent's key answers", id, err)
	}
	none, err := outbox.Homes(t.Context(), h.store.Read, h.post(ids[0]))
	if err != nil || len(none) != 0 {
		t.Error(none, err)
	}
}

func TestLetter_with_homes_gives_each_recipient_a_link_of_their_own(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(2, "example.com")
	mailing := h.send(h.homes("", 31), ids...)
	route := &double{}
	h.drain(h.courier(route))
	taken := route.letters()
	if len(taken) != 2 {
		t.Fatalf("%d letters", len(taken))
	}
	seen := map[string]bool{}
	for _, e := range taken {
		page, out := linksIn(t, e.Message)
		link, err := outbox.ReadLink(t.Context(), h.store.Read, page)
		if err != nil || link.Mailing != mailing || !strings.HasPrefix(e.To, "c0000") || seen[page] {
			t.Fatalf("%+v %v", link, err)
		}
		seen[page] = true
		stop, err := h.ledger.Read(out)
		if err != nil || stop.Client != link.Client {
			t.Errorf("the two links of a letter are not one client's: %+v %+v %v", stop, link, err)
		}
		// Each opens only its own pages.
		if _, err := h.ledger.Read(page); fault.Of(err) != fault.NotFound {
			t.Error("a letter link stops mail")
		}
		if _, err := outbox.ReadLink(t.Context(), h.store.Read, out); fault.Of(err) != fault.NotFound {
			t.Error("an unsubscribe link opens the homes")
		}
	}
	shown, err := outbox.ShownBy(t.Context(), h.store.Read, outbox.Link{Mailing: mailing, Client: ids[0]})
	if err != nil || shown.Agent != h.jane.ID || !shown.At.Equal(h.now) || len(shown.Homes) != 1 {
		t.Errorf("%+v %v", shown, err)
	}
	if shown, err := outbox.ShownBy(t.Context(), h.store.Read, outbox.Link{Mailing: 999}); err != nil || len(shown.Homes) != 0 {
		t.Errorf("%+v %v", shown, err)
	}
}

func TestLetter_with_homes_has_the_same_bytes_at_each_try(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(1, "example.com")
	h.send(h.homes("", 31), ids...)
	var tries [][]byte
	refuse := true
	route := &double{answer: func(string) error {
		if refuse {
			return says(mail.PhaseFinalDot, 451, "4.7.1", "later")
		}
		return nil
	}}
	seen := &spy{double: route, saw: func(e mail.Envelope) { tries = append(tries, bytes.Clone(e.Message)) }}
	h.drain(h.courier(seen))
	// A newer key must not change what was once sent.
	h.exec(`INSERT INTO secret_keys (purpose, secret, created_at) VALUES ('letter links', ?, ?)`, strings.Repeat("5a", 32), h.now.Add(time.Minute))
	refuse = false
	h.pass(2 * time.Hour)
	h.drain(h.courier(seen)) // another process
	if len(tries) != 2 || !bytes.Equal(tries[0], tries[1]) {
		t.Fatalf("%d tries differ", len(tries))
	}
	page, _ := linksIn(t, tries[0])
	if _, err := outbox.ReadLink(t.Context(), h.store.Read, page); err != nil {
		t.Error("a link of an older key is dead:", err)
	}
	h.send(h.homes("", 31), ids...)
	h.drain(h.courier(seen))
	if newer, _ := linksIn(t, tries[2]); newer == page {
		t.Error("the newest key does not sign")
	} else if _, err := outbox.ReadLink(t.Context(), h.store.Read, newer); err != nil {
		t.Error(err)
	}
}

// spy sees each envelope before the answer.
type spy struct {
	*double
	saw func(mail.Envelope)
}

func (s *spy) Connect(context.Context) (mail.Sender, error) { return s, nil }

func (s *spy) Send(ctx context.Context, e mail.Envelope, gate mail.Gate) (mail.Receipt, error) {
	s.saw(e)
	return s.double.Send(ctx, e, gate)
}

func TestReadLink_refuses_all_that_is_wrong_alike(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(1, "example.com")
	h.send(h.homes("", 31), ids...)
	route := &double{}
	h.drain(h.courier(route))
	page, out := linksIn(t, route.letters()[0].Message)
	wrong := []string{"", "a", "!", page + "A", page + "=", page + "\n", " " + page, page[:len(page)-1], page[1:], strings.Repeat("A", 200), out}
	for i := range page {
		for _, c := range []byte("AZaz09-_") {
			if page[i] != c {
				wrong = append(wrong, page[:i]+string(c)+page[i+1:])
			}
		}
	}
	words := ""
	for _, w := range wrong {
		l, err := outbox.ReadLink(t.Context(), h.store.Read, w)
		if fault.Of(err) != fault.NotFound || l != (outbox.Link{}) {
			t.Fatalf("%q: %v %v", w, l, err)
		}
		if words == "" {
			words = err.Error()
		}
		if err.Error() != words {
			t.Fatalf("%q is told apart: %v", w, err)
		}
	}
	if _, err := outbox.ReadLink(t.Context(), h.store.Read, page); err != nil {
		t.Error(err)
	}
}

func FuzzReadLink(f *testing.F) {
	h := newHouse(f)
	var id clients.ID
	for _, one := range h.crowd(1, "example.com") {
		id = one
	}
	h.send(h.homes("", 31), id)
	for _, seed := range []string{"", "AQ", strings.Repeat("_", 62), "AQEBAQAAAAAAAAAAAAAAAAAAAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := outbox.ReadLink(context.Background(), h.store.Read, token); fault.Of(err) != fault.NotFound {
			t.Fatalf("%q: %v", token, err)
		}
	})
}

func TestSentTo_and_SentHomes_count_what_arrived_or_still_will(t *testing.T) {
	h := newHouse(t)
	ids := h.crowd(6, "example.com")
	h.send(h.homes("", 12), ids[5]) // another home
	posted := h.send(h.homes("", 31, 7), ids...)
	h.exec(`UPDATE letters SET state = 'sent', ended_at = ? WHERE mailing_id = ? AND client_id = ?`, h.now.Add(time.Minute), posted, ids[0])
	for i, state := range []outbox.State{outbox.Withheld, outbox.Cancelled, outbox.Failed, outbox.Expired} {
		h.exec(`UPDATE letters SET state = ?, ended_at = ? WHERE mailing_id = ? AND client_id = ?`, state, h.now, posted, ids[i+1])
	}
	h.pass(time.Hour)
	again := h.send(h.homes("", 31), ids[5])

	to, err := outbox.SentTo(t.Context(), h.store.Read, h.jane.ID, 31)
	if err != nil || len(to) != 2 || to[0].Client != ids[5] || to[0].Mailing != again || !to[0].At.Equal(h.now) ||
		to[1].Client != ids[0] || to[1].Mailing != posted || to[1].Name != "Ann of c00000" || !to[1].At.Equal(h.now.Add(-59*time.Minute)) {
		t.Errorf("%+v %v", to, err)
	}
	if to, err := outbox.SentTo(t.Context(), h.store.Read, h.jane.ID+1, 31); err != nil || len(to) != 0 {
		t.Errorf("another agent sees %+v %v", to, err)
	}
	marks, err := outbox.SentHomes(t.Context(), h.store.Read, ids, []int64{31, 12, 99})
	if err != nil || len(marks) != 2 || len(marks[ids[0]]) != 1 || !marks[ids[0]][31].Equal(h.now.Add(-59*time.Minute)) ||
		!marks[ids[5]][31].Equal(h.now) || len(marks[ids[5]]) != 2 {
		t.Errorf("%+v %v", marks, err)
	}
	if marks, err := outbox.SentHomes(t.Context(), h.store.Read, nil, []int64{31}); err != nil || len(marks) != 0 {
		t.Errorf("%+v %v", marks, err)
	}
	if marks, err := outbox.SentHomes(t.Context(), h.store.Read, ids[:1], []int64{12}); err != nil || len(marks) != 0 {
		t.Errorf("%+v %v", marks, err)
	}
}
