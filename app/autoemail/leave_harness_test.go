package autoemail_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
	porchmail "porchlight/app/mail"
	"porchlight/app/mail/mailtest"
	"porchlight/app/outbox"
	"porchlight/views"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if n := autoemail.Panics() + outbox.Panics(); n > 0 {
		fmt.Fprintf(os.Stderr, "the workers swallowed %d panics\n", n)
		code = 1
	}
	os.Exit(code)
}

// works is a bureau with a runner, a courier and an SMTP server.
type works struct {
	*bureau
	smtp    *mailtest.Server
	courier *outbox.Courier
	options autoemail.RunnerOptions
	runner  *autoemail.Runner
	read    int // messages looked at so far
}

func openWorks(t testing.TB) *works {
	t.Helper()
	w := &works{bureau: openBureau(t)}
	var err error
	w.smtp, err = mailtest.Start()
	w.must(err)
	t.Cleanup(w.smtp.Close)
	renderer, err := porchmail.NewRenderer(views.Letters())
	w.must(err)
	route, err := porchmail.OpenRoute(w.smtp.URL(), "localhost.localdomain", porchmail.Limits{})
	w.must(err)
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	clock := func() time.Time { return w.now }
	w.courier = outbox.NewCourier(outbox.Options{
		Write: w.store.Write, Read: w.store.Read, SkipLocked: w.store.SkipLocked, Commits: w.store.Commits, Uncounted: w.store.Uncounted, Ledger: w.ledger,
		Renderer: renderer, Route: route, Workers: 2, BaseURL: "http://porchlight.test", Clock: clock, Log: log,
	})
	w.options = autoemail.RunnerOptions{
		Write: w.store.Write, Read: w.store.Read, Ledger: w.ledger, Renderer: renderer, BaseURL: "http://porchlight.test", Clock: clock, Log: log,
	}
	w.runner = autoemail.NewRunner(w.options)
	w.exec("UPDATE brokerage SET sending_domains = 'elm.example'")
	w.step()
	return w
}

// step lets the runner do what is due and the courier deliver it.
func (w *works) step() {
	w.t.Helper()
	w.must(w.runner.Step(w.t.Context()))
	w.must(w.courier.Drain(w.t.Context()))
}

// after lets time go by and then steps.
func (w *works) after(d time.Duration) []received {
	w.t.Helper()
	w.later(d)
	w.step()
	return w.mail()
}

// home is a home in Mystic as a feed tells it.
func (w *works) home(key string, price int64, change ...func(*listings.Record)) listings.Record {
	cents := price * 100
	r := listings.Record{Listing: listings.Listing{
		ListingKey: key, StandardStatus: listings.Active, PropertyType: "Residential", ListPrice: &cents, UnparsedAddress: key + " Elm Street", City: "Mystic",
		StateOrProvince: "CT", PostalCode: "06355", InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true, ModificationTimestamp: w.now,
	}}
	for _, f := range change {
		f(&r)
	}
	return r
}

func in(status listings.Status) func(*listings.Record) {
	return func(r *listings.Record) { r.StandardStatus = status }
}

// comes brings homes in as feed 7 tells them, or another.
func (w *works) comes(records ...listings.Record) {
	w.t.Helper()
	w.comesFrom(listings.Source{Feed: 7}, records...)
}

func (w *works) comesFrom(from listings.Source, records ...listings.Record) {
	w.t.Helper()
	w.must(w.store.Write.RunInTx(w.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		_, err := listings.Apply(ctx, db, from, records, w.now)
		return err
	}))
}

// asap saves what Rae looks for, to be sent as soon as possible.
func (w *works) asap(change ...func(*autoemail.Search)) autoemail.Search {
	w.t.Helper()
	return w.save(w.mystic(append([]func(*autoemail.Search){func(s *autoemail.Search) {
		s.Schedule = autoemail.Schedule{Kind: autoemail.ASAP}
	}}, change...)...), autoemail.Saving{})
}

func vetted(s *autoemail.Search) { s.Concierge = true }

// gate sets a client's status to one that gets no mail, or back.
func (w *works) gate(c clients.Client, open bool) {
	w.t.Helper()
	status := clients.Status("Inactive")
	if open {
		status = "Active"
	}
	w.exec("UPDATE clients SET status = ? WHERE id = ?", status, c.ID)
}

// rows are the matches of all auto emails as they stand, oldest first.
func (w *works) rows() []autoemail.Match {
	w.t.Helper()
	var all []autoemail.Match
	w.must(w.store.Read.NewSelect().Model(&all).OrderExpr("id").Scan(w.t.Context()))
	return all
}

// states are the matches' states, oldest first.
func (w *works) states() string {
	w.t.Helper()
	var words []string
	for _, m := range w.rows() {
		words = append(words, string(m.State))
	}
	return strings.Join(words, " ")
}

func (w *works) approve(all ...autoemail.Match) {
	w.t.Helper()
	var picks []autoemail.Pick
	for _, m := range all {
		picks = append(picks, autoemail.Pick{ID: m.ID, Version: m.Version})
	}
	_, err := autoemail.Approve(w.t.Context(), w.store.Write, w.maya, picks, w.now)
	w.must(err)
}

// received is a letter as its reader sees it.
type received struct{ to, subject, text, html string }

// mail is what came since it was last asked, without the house's own notes.
func (w *works) mail() []received {
	w.t.Helper()
	all := w.smtp.Received()
	var fresh []received
	for _, m := range all[w.read:] {
		if r, note := w.readMail(m); !note {
			fresh = append(fresh, r)
		}
	}
	w.read = len(all)
	slices.SortFunc(fresh, func(a, b received) int { return strings.Compare(a.to+a.subject, b.to+b.subject) })
	return fresh
}

func (w *works) readMail(m mailtest.Message) (r received, note bool) {
	w.t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(string(m.Data)))
	w.must(err)
	r.to = m.To
	r.subject, err = new(mime.WordDecoder).DecodeHeader(msg.Header.Get("Subject"))
	w.must(err)
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	w.must(err)
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return r, msg.Header.Get("Auto-Submitted") != ""
		}
		w.must(err)
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		w.must(err)
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/plain") {
			r.text = strings.ReplaceAll(string(body), "\r\n", "\n")
		} else {
			r.html = string(body)
		}
	}
}

// one wants exactly one letter with these words in it.
func one(t testing.TB, all []received, words ...string) received {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("%d letters, want one: %q", len(all), subjects(all))
	}
	for _, word := range words {
		if !strings.Contains(all[0].subject+"\n"+all[0].text, word) {
			t.Errorf("no %q in %q:\n%s", word, all[0].subject, all[0].text)
		}
	}
	return all[0]
}

// none wants no letter.
func none(t testing.TB, all []received) {
	t.Helper()
	if len(all) > 0 {
		t.Fatalf("%d letters, want none: %q", len(all), subjects(all))
	}
}

func subjects(all []received) (words []string) {
	for _, r := range all {
		words = append(words, r.to+": "+r.subject)
	}
	return words
}
