package web_test

import (
	"bytes"
	"context"
	"io"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/clients"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/app/mail/mailtest"
)

func dollars(n int64) *int64 { n *= 100; return &n }

func whole(n int64) *int64 { return &n }

// bring takes homes in, as a feed would, and returns their numbers.
func (h *house) bring(records ...listings.Record) []string {
	h.t.Helper()
	var ids []string
	err := h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) error {
		from, err := feed.Files(ctx, db)
		if err != nil {
			return err
		}
		if _, err = listings.Apply(ctx, db, listings.Source{Feed: from}, records, h.clock()); err != nil {
			return err
		}
		for _, r := range records {
			var id listings.ID
			if err := db.NewRaw(`SELECT id FROM listings WHERE feed_id = ? AND listing_key = ?`, from, r.ListingKey).Scan(ctx, &id); err != nil {
				return err
			}
			ids = append(ids, strconv.FormatInt(int64(id), 10))
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

// forSale is a home; its key is also its street number.
func forSale(key string, price int64, change ...func(*listings.Record)) listings.Record {
	r := listings.Record{
		Listing: listings.Listing{
			ListingKey: key, ListingId: "24-" + key, StandardStatus: listings.Active, PropertyType: "Residential", PropertySubType: "Single Family Residence",
			ListPrice: dollars(price), OnMarketDate: "2026-10-01", UnparsedAddress: key + " Oak Lane", City: "Mystic", StateOrProvince: "CT", PostalCode: "06355",
			BedroomsTotal: whole(3), BathroomQuarters: whole(10), LivingArea: whole(1840), ListOfficeName: "Shoreline Homes", ListOfficePhone: "860-555-0100",
			InternetAddressDisplayYN: true, InternetEntireListingDisplayYN: true,
		},
		PublicRemarks: "A porch that faces west at number " + key + ".",
	}
	for _, do := range change {
		do(&r)
	}
	return r
}

// plainOf is the text of a mail with all its links whole.
func plainOf(t testing.TB, m mailtest.Message) string {
	t.Helper()
	_, body, _ := bytes.Cut(m.Data, []byte("\r\n\r\n"))
	text, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var pageLink = regexp.MustCompile(`http://porchlight\.test(/l/[A-Za-z0-9_-]+)`)

// pageOf is the path of the page a letter's homes lead to.
func pageOf(t *testing.T, m mailtest.Message) string {
	t.Helper()
	found := pageLink.FindStringSubmatch(plainOf(t, m))
	if found == nil {
		t.Fatalf("no page in\n%s", plainOf(t, m))
	}
	return found[1]
}

// mailTo is the one letter to an address.
func (h *house) mailTo(address string) mailtest.Message {
	h.t.Helper()
	var found []mailtest.Message
	for _, m := range h.smtp.Received() {
		if m.To == address {
			found = append(found, m)
		}
	}
	if len(found) != 1 {
		h.t.Fatalf("%d letters to %s", len(found), address)
	}
	return found[0]
}

// market is elm with three homes for sale.
func market(t *testing.T) (h *house, maya agents.Agent, all map[string]clients.Client, homes []string) {
	h, maya, all = elm(t)
	return h, maya, all, h.bring(forSale("12", 449_000), forSale("14", 389_500), forSale("3", 1_250_000))
}

func TestCompose_with_homes(t *testing.T) {
	t.Run("shows those that were ticked, suggests a subject and previews them", func(t *testing.T) {
		h, maya, _, homes := market(t)
		b := h.as(maya)
		r := b.Get("/letters/new?home=" + homes[1] + "&home=" + homes[0] + "&home=" + homes[1] + "&home=x&home=-1")
		r.wants(t, http.StatusOK, "<b dir=\"auto\">12 Oak Lane</b>", "$449,000", "3 beds · 2.5 baths", `name="note-`+homes[0]+`"`, `value="2 homes for you"`, "2</span> homes")
		if strings.Index(r.Body, "14 Oak Lane") > strings.Index(r.Body, "12 Oak Lane") {
			t.Error("the order is another")
		}
		clean(t, r.Body)
		frame := b.framed(r)
		frame.wants(t, http.StatusOK, "$449,000", "14 Oak Lane", "Listed by Shoreline Homes, 860-555-0100")
		frame.lacks(t, "/l/", "#home", "slot.invalid")
		b.Get("/letters/new?home="+homes[0]).wants(t, http.StatusOK, `value="12 Oak Lane, Mystic"`, "One home")
		b.Get("/letters/new").wants(t, http.StatusOK, `href="/listings"`, "Add homes")
		b.Get("/letters/new?home=99999").wants(t, http.StatusOK, "It is not in Porchlight any more.")
	})
	t.Run("moves and takes out homes, with and without JavaScript, and loses nothing", func(t *testing.T) {
		h, maya, all, homes := market(t)
		b := h.as(maya)
		form := []string{"clients", id(all["ben"]), "subject", "3 homes for you", "suggested", "3 homes for you", "message", "Kept.",
			"home", homes[0], "home", homes[1], "home", homes[2], "note-" + homes[1], "Mind the step.", "key", strings.Repeat("K", 26)}
		order := func(r reply) string {
			var ids []string
			for _, m := range regexp.MustCompile(`name="home" value="(\d+)"`).FindAllStringSubmatch(r.Body, -1) {
				ids = append(ids, m[1])
			}
			return strings.Join(ids, " ")
		}
		up := b.Post("/letters/new/homes?up="+homes[2], form...)
		up.wants(t, http.StatusOK, "<html", "Kept.</textarea>", "Mind the step.</textarea>", `value="3 homes for you"`, strings.Repeat("K", 26))
		if got := order(up); got != homes[0]+" "+homes[2]+" "+homes[1] {
			t.Error("up:", got)
		}
		down := b.HTMX().Post("/letters/new/homes?down="+homes[0], form...)
		down.wants(t, http.StatusOK, `id="homes"`, "Mind the step.</textarea>", `hx-target="#preview"`)
		down.lacks(t, "<html", "<form", `hx-target="#compose-subject"`)
		if got := order(down); got != homes[1]+" "+homes[0]+" "+homes[2] {
			t.Error("down:", got)
		}
		out := b.HTMX().Post("/letters/new/homes?remove="+homes[1], form...)
		out.wants(t, http.StatusOK, `hx-target="#compose-subject"`, `value="2 homes for you"`)
		out.lacks(t, "14 Oak Lane", "Mind the step.")
		own := slices.Clone(form)
		own[3] = "My own words"
		b.HTMX().Post("/letters/new/homes?remove="+homes[1], own...).lacks(t, `hx-target="#compose-subject"`)
		for _, q := range []string{"up=" + homes[0], "down=" + homes[2], "up=999", "remove=x", ""} {
			if got := order(b.HTMX().Post("/letters/new/homes?"+q, form...)); got != strings.Join(homes, " ") {
				t.Errorf("%s: %s", q, got)
			}
		}
	})
	t.Run("refuses what clients may not see, and too much, and keeps all that was typed", func(t *testing.T) {
		h, maya, all, homes := market(t)
		hidden := h.bring(forSale("99", 100_000, func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }), forSale("98", 100_000, func(r *listings.Record) { r.StandardStatus = listings.Withdrawn }))
		b := h.as(maya)
		b.Get("/letters/new?home="+hidden[0]).wants(t, http.StatusOK, "Can’t be sent.", "The seller asked that this home is not shown on the internet.")
		for _, bad := range append(hidden, "99999") {
			for _, path := range []string{"/letters", "/letters/test"} {
				r := b.Post(path, "clients", id(all["ben"]), "subject", "Kept", "message", "Kept too.", "home", homes[0], "home", bad, "note-"+homes[0], "And this.")
				r.wants(t, http.StatusUnprocessableEntity, "can’t be sent: ", `id="homes-why"`, `value="Kept"`, "Kept too.</textarea>", "And this.</textarea>")
			}
		}
		long := strings.Repeat("é", 1001)
		b.HTMX().Post("/letters", "clients", id(all["ben"]), "subject", "Kept", "home", homes[0], "note-"+homes[0], long).
			wants(t, http.StatusUnprocessableEntity, `id="note-`+homes[0]+`-why"`, "1,000 characters at most", long+"</textarea>", `value="Kept"`)
		many := []string{"clients", id(all["ben"]), "subject", "Kept", "message", "Hi."}
		var more []listings.Record
		for i := range 26 {
			more = append(more, forSale(strconv.Itoa(200+i), 300_000))
		}
		for _, one := range h.bring(more...) {
			many = append(many, "home", one)
		}
		b.Post("/letters", many...).wants(t, http.StatusUnprocessableEntity, "25 homes at most")
		h.deliver()
		if n := h.smtp.Count(); n > 0 {
			t.Errorf("%d letters left", n)
		}
	})
	t.Run("mails a test that shows the homes and has only dead links", func(t *testing.T) {
		h, maya, all, homes := market(t)
		h.as(maya).HTMX().Post("/letters/test", "clients", id(all["ben"]), "subject", "", "home", homes[0], "home", homes[1], "note-"+homes[0], "Mind the step.").
			wants(t, http.StatusOK, "On its way to maya@elm.example")
		h.deliver()
		text := plainOf(t, h.mailTo("maya@elm.example"))
		for _, want := range []string{"$449,000", "14 Oak Lane", "Mind the step.", "Listed by Shoreline Homes", "(a working link in the real letter)"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if strings.Contains(text, "/l/") || strings.Contains(text, "/u/") {
			t.Error("a link is alive")
		}
		if subject := h.mailTo("maya@elm.example").Data; !bytes.Contains(subject, []byte("Subject: 2 homes for you")) {
			t.Error("no subject was suggested")
		}
	})
}

func TestSending_homes(t *testing.T) {
	t.Run("everybody gets only those that are new to them, and is told who was left out", func(t *testing.T) {
		h, maya, all, homes := market(t)
		b := h.as(maya)
		first := []string{"clients", id(all["amara"]), "subject", "12 Oak Lane, Mystic", "suggested", "12 Oak Lane, Mystic", "home", homes[0], "note-" + homes[0], "Mind the step.", "key", strings.Repeat("A", 26)}
		r := b.Post("/letters", first...)
		b.follow(r).wants(t, http.StatusOK, "Queued for 1 client.", "One home", `href="/listings/`+homes[0]+`"`, "“Mind the step.”", "$449,000")
		h.deliver()
		h.pass(24 * time.Hour)

		page := b.HTMX().Post("/letters/new/marks", "clients", id(all["amara"]), "clients", id(all["ben"]), "home", homes[0], "home", homes[1])
		page.wants(t, http.StatusOK, "Already sent to Amara Osei on 12 Nov", "Send again", `hx-target="#sent-`+homes[1]+`"`)
		page.lacks(t, "Ben Ito on", "<form", "<html")
		b.HTMX().Post("/letters/new/marks", "clients", id(all["ben"]), "home", homes[0]).lacks(t, "Already sent", "Send again")
		b.HTMX().Post("/letters/new/marks", "clients", id(all["amara"]), "home", homes[0]).wants(t, http.StatusOK, "Amara Osei", "would get no letter")

		second := []string{"clients", id(all["amara"]), "clients", id(all["ben"]), "clients", id(all["carl"]), "subject", "2 homes for you", "suggested", "2 homes for you", "message", "Hi.",
			"home", homes[0], "home", homes[1], "key", strings.Repeat("B", 26)}
		r = b.Post("/letters", second...)
		if r.Header.Get("Location") != "/outbox" {
			t.Fatalf("%d %v %s", r.Status, r.Header, r.Body)
		}
		b.follow(r).wants(t, http.StatusOK, "Queued for 3 clients in 2 letters", "14 Oak Lane, Mystic", "2 homes for you")
		again := b.Post("/letters", second...)
		b.follow(again).wants(t, http.StatusOK, "This letter was queued already.")
		h.deliver()
		if to := received(t, h.smtp.Received()); !slices.Equal(to, []string{"amara@example.com", "amara@example.com", "ben@example.com", "carl@example.com"}) {
			t.Fatalf("received by %v", to)
		}
		last := h.smtp.Received()
		for _, m := range last[1:] {
			text := plainOf(t, m)
			if had := m.To == "amara@example.com"; strings.Contains(text, "12 Oak Lane") == had || !strings.Contains(text, "14 Oak Lane") {
				t.Errorf("%s got\n%s", m.To, text)
			}
		}

		all3 := b.Post("/letters", "clients", id(all["amara"]), "subject", "Again", "home", homes[0], "home", homes[1])
		all3.wants(t, http.StatusUnprocessableEntity, "Amara Osei has all of these homes already and was left out: nothing was sent.", `name="again"`, `value="Again"`)
		some := b.Post("/letters", "clients", id(all["amara"]), "clients", id(all["ben"]), "subject", "More", "home", homes[0], "home", homes[1], "home", homes[2], "again", "")
		b.follow(some).wants(t, http.StatusOK, "Queued for 2 clients.", "$1,250,000")
		skip := b.Post("/letters", "clients", id(all["amara"]), "clients", id(all["carl"]), "subject", "Last", "home", homes[2])
		b.follow(skip).wants(t, http.StatusOK, "Queued for 1 client.", "Amara Osei has all of these homes already and was left out.")
		force := b.Post("/letters", "clients", id(all["amara"]), "subject", "Again", "home", homes[0], "again", "1")
		b.follow(force).wants(t, http.StatusOK, "Queued for 1 client.")
	})
	t.Run("another note or order is another letter, the same form none", func(t *testing.T) {
		h, maya, all, homes := market(t)
		b := h.as(maya)
		form := func(note string, ids ...string) []string {
			pairs := []string{"clients", id(all["amara"]), "subject", "Homes", "message", "Hi.", "again", "1", "key", strings.Repeat("A", 26), "note-" + homes[0], note}
			for _, one := range ids {
				pairs = append(pairs, "home", one)
			}
			return pairs
		}
		var seen []string
		for _, f := range [][]string{form("a", homes[0], homes[1]), form("a", homes[0], homes[1]), form("b", homes[0], homes[1]), form("a", homes[1], homes[0]), form("a", homes[0])} {
			seen = append(seen, b.Post("/letters", f...).Header.Get("Location"))
		}
		if seen[0] != seen[1] || seen[0] == "" || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 4 {
			t.Errorf("they went to %q", seen)
		}
	})
	t.Run("who opted out since costs nothing that was typed", func(t *testing.T) {
		h, maya, all, homes := market(t)
		h.stop(maya, all["carl"])
		r := h.as(maya).Post("/letters", "clients", id(all["amara"]), "clients", id(all["carl"]), "subject", "Kept", "home", homes[0], "note-"+homes[0], "Kept too.")
		r.wants(t, http.StatusConflict, "Nothing was sent yet", `value="Kept"`, "Kept too.</textarea>", "12 Oak Lane")
		h.deliver()
		for _, m := range h.smtp.Received() {
			if m.To != maya.Email {
				t.Errorf("a letter went to %s", m.To)
			}
		}
	})
}

// letterWithHomes sends three homes to Amara and Ben and returns the paths of their pages.
func letterWithHomes(t *testing.T) (h *house, maya agents.Agent, homes []string, amara, ben string) {
	t.Helper()
	h, maya, all, homes := market(t)
	h.as(maya).Post("/letters", "clients", id(all["amara"]), "clients", id(all["ben"]), "subject", "Homes", "message", "Dear Amara, look.",
		"home", homes[0], "home", homes[1], "note-"+homes[0], "Amara will love the porch.")
	h.deliver()
	return h, maya, homes, pageOf(t, h.mailTo("amara@example.com")), pageOf(t, h.mailTo("ben@example.com"))
}

func TestLetterPage(t *testing.T) {
	t.Run("shows the homes and nothing of the person, sets nothing and changes nothing", func(t *testing.T) {
		h, _, homes, amara, ben := letterWithHomes(t)
		if amara == ben {
			t.Fatal("both have the same link")
		}
		before := dump(t, h)
		for _, path := range []string{amara, ben, amara + "/" + homes[0]} {
			b := h.visitor()
			b.cookies["porchlight-flash"] = "SGVsbG8" // an agent's, whose letter it was
			r := b.Get(path)
			r.wants(t, http.StatusOK, "12 Oak Lane", "Mystic, CT 06355", "$449,000", "3 beds · 2.5 baths", "Listed by Shoreline Homes, 860-555-0100", "Maya Bell", `content="noindex`)
			read := reply{Body: randomKey.ReplaceAllString(r.Body, "")}
			read.lacks(t, "Amara", "Osei", "amara@", "Ben", "Dear", "will love", "<script>", "/sign-in", "Hello")
			clean(t, r.Body)
			if r.Header.Get("Set-Cookie") != "" || r.Header.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(r.Header.Get("X-Robots-Tag"), "noindex") || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers %v", r.Header)
			}
			h.visitor().do(httptest.NewRequest(http.MethodHead, path, nil)).wants(t, http.StatusOK)
		}
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		h.visitor().Get(amara).lacks(t, "$1,250,000")
		h.visitor().Get(amara+"/"+homes[0]).wants(t, http.StatusOK, "A porch that faces west at number 12.", "Facts", "1,840 sq ft")
	})
	t.Run("opens no home that was not in the letter", func(t *testing.T) {
		h, _, homes, amara, _ := letterWithHomes(t)
		for _, other := range []string{homes[2], "99999", "0"} {
			r := h.visitor().Get(amara + "/" + other)
			r.wants(t, http.StatusNotFound, "Not in this letter", amara)
			r.lacks(t, "3 Oak Lane", "$1,250,000")
		}
	})
	t.Run("tells the price then and now, and what is no longer on the market", func(t *testing.T) {
		h, maya, homes, amara, _ := letterWithHomes(t)
		h.pass(48 * time.Hour)
		h.bring(forSale("12", 425_000), forSale("14", 389_500, func(r *listings.Record) { r.StandardStatus = listings.Withdrawn }))
		r := h.visitor().Get(amara)
		r.wants(t, http.StatusOK, "$425,000", "$449,000 when the letter was written", "No longer on the market")
		r.lacks(t, "14 Oak Lane", "$389,500")
		h.visitor().Get(amara+"/"+homes[0]).wants(t, http.StatusOK, "$425,000", "$449,000 when the letter was written")
		gone := h.visitor().Get(amara + "/" + homes[1])
		gone.wants(t, http.StatusOK, "No longer on the market", "Maya Bell")
		gone.lacks(t, "14 Oak Lane", "$389,500", "faces west")
		to := h.as(maya).Get("/outbox")
		found := regexp.MustCompile(`/outbox/mailings/\d+`).FindString(to.Body)
		h.as(maya).Get(found).wants(t, http.StatusOK, "2 homes", "14 Oak Lane", "Clients see only that it is no longer on the market.", "$449,000")
	})
	t.Run("and the way out open each only their own pages", func(t *testing.T) {
		h, _, _, amara, _ := letterWithHomes(t)
		token := strings.TrimPrefix(amara, "/l/")
		way := regexp.MustCompile(`/u/([A-Za-z0-9_-]+)`).FindStringSubmatch(plainOf(t, h.mailTo("amara@example.com")))
		h.visitor().Get("/u/"+way[1]).wants(t, http.StatusOK, "Confirm Opt-Out")
		before := dump(t, h)
		h.visitor().Get("/u/"+token).wants(t, http.StatusNotFound, "This link is not complete")
		h.visitor().Post("/u/"+token, "List-Unsubscribe", "One-Click").wants(t, http.StatusNotFound)
		for _, wrong := range []string{way[1], "x", strings.Repeat("A", 32), token[:len(token)-1], token + "A"} {
			r := h.visitor().Get("/l/" + wrong)
			r.wants(t, http.StatusNotFound, "This link is not complete")
			r.lacks(t, "Oak Lane,", "Maya")
			h.visitor().Get("/l/"+wrong+"/1").wants(t, http.StatusNotFound, "This link is not complete")
		}
		if r := h.visitor().Post(amara, "choice", "all"); r.Status < 400 {
			t.Errorf("a POST was taken: %d", r.Status)
		}
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("of a letter that was withheld or cancelled shows nothing more", func(t *testing.T) {
		h, _, _, amara, _ := letterWithHomes(t)
		for _, state := range []string{"withheld", "cancelled"} {
			if _, err := h.store.Write.Exec(`UPDATE letters SET state = ?`, state); err != nil {
				t.Fatal(err)
			}
			r := h.visitor().Get(amara)
			r.wants(t, http.StatusOK, "12 Oak Lane")
			r.lacks(t, "Amara", state)
		}
	})
}
