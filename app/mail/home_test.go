package mail_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

const homesLink = "https://mail.elmharbor.example/l/AQXjAzoqB2Zm9vYmFyYmF6cXV4Zm9v"

func sampleHomes() []mail.Home {
	return []mail.Home{
		{ID: 14, Price: "$449,000", OldPrice: "$465,000", Status: "Active", Address: "14 Elm Street, Unit 3", Place: "Guilford, CT 06437",
			Facts: "3 beds · 2.5 baths · 1,840 sq ft · 0.4 acres", Type: "Single Family Residence", New: "Price reduced by $16,000",
			Note:        "The porch faces west, just as you asked.\r\nThe roof is from 2021 & the boiler is <new>.",
			Attribution: "Listed by Shoreline Homes, 203-555-0100", Source: "SmartMLS", DataTime: "22 November 2026, 08:10",
			Disclaimer: "The data relating to real estate for sale comes in part from SmartMLS. Information is deemed reliable but not guaranteed.",
			PhotoURL:   "https://mail.elmharbor.example/photos/3f2a9c-480.jpg", PhotoWidth: 1280, PhotoHeight: 960},
		{ID: 3, Price: "$389,500", Status: "Coming Soon", Address: "Address withheld by the seller", Place: "Madison, CT",
			Facts: "2 beds · 1 bath", Type: "Condominium", Attribution: "Listed by Elm & Harbor Realty, 203-555-0142", Source: "SmartMLS", DataTime: "22 November 2026, 08:10",
			Disclaimer: "The data relating to real estate for sale comes in part from SmartMLS. Information is deemed reliable but not guaranteed."},
	}
}

func cards(t testing.TB, r *mail.Renderer, homes []mail.Home) []*mail.Card {
	t.Helper()
	var all []*mail.Card
	for _, h := range homes {
		c, err := r.Card(h)
		if err != nil {
			t.Fatalf("%v: %v", err, fault.As(err))
		}
		all = append(all, c)
	}
	return all
}

func homesLetter(t testing.TB, homes []mail.Home) *mail.Template {
	t.Helper()
	l := sampleLetter()
	l.Homes = cards(t, newRenderer(t), homes)
	return letterTemplate(t, l)
}

func homesRecipient() mail.Recipient {
	to := sampleRecipient()
	to.Homes = homesLink
	return to
}

func TestLetter_with_homes_looks_like_this(t *testing.T) {
	letter := homesLetter(t, sampleHomes())
	golden(t, "homes.html", letter.HTML(homesRecipient()))
	golden(t, "homes.txt", letter.Text(homesRecipient()))
	golden(t, "homes-test.txt", letter.Text(mail.Recipient{}))
	message, err := letter.Message(homesRecipient())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "homes.eml", string(message))
	if err := mail.Check(message); err != nil {
		t.Error(err)
	}
	_, plain, rich := read(t, message)
	if plain != letter.Text(homesRecipient()) || rich != letter.HTML(homesRecipient()) {
		t.Error("the message and its preview differ")
	}
}

func TestLetter_with_homes_links_each_home_to_the_recipient_s_own_page(t *testing.T) {
	letter := homesLetter(t, sampleHomes())
	rich, plain := letter.HTML(homesRecipient()), letter.Text(homesRecipient())
	for _, want := range []string{homesLink + "#home-14", homesLink + "#home-3"} {
		if !strings.Contains(rich, `href="`+want+`"`) || strings.Count(plain, want+"\n") != 1 {
			t.Errorf("no link to %s", want)
		}
	}
	if !strings.Contains(rich, `href="`+homesLink+`"`) || !strings.Contains(plain, "See these homes as they are today:\n"+homesLink+"\n") {
		t.Error("no link to all of them")
	}
	other := homesRecipient()
	other.Homes = "https://mail.elmharbor.example/l/other?a=1&b=2"
	if rich := letter.HTML(other); strings.Contains(rich, homesLink) || !strings.Contains(rich, `/l/other?a=1&amp;b=2#home-14"`) {
		t.Error("another recipient has the first one's link")
	}
	if strings.Count(rich, "deemed reliable") != 1 || strings.Count(plain, "deemed reliable") != 1 {
		t.Error("the disclaimer does not stand there exactly once")
	}
	if strings.Contains(rich, "<new>") || !strings.Contains(rich, "&lt;new&gt;") {
		t.Error("a note is not plain text")
	}
}

func TestLetter_with_homes_as_a_test_has_only_dead_links(t *testing.T) {
	letter := homesLetter(t, sampleHomes())
	for _, to := range []mail.Recipient{{}, {Homes: homesLink}, {Homes: homesLink, Unsubscribe: "javascript:alert(1)"}} {
		for _, body := range []string{letter.HTML(to), letter.Text(to)} {
			if strings.Contains(body, "/l/") || strings.Contains(body, "#home") || strings.Contains(body, "slot.invalid") || !strings.Contains(body, "$449,000") {
				t.Errorf("a link is alive:\n%s", body)
			}
		}
	}
	if strings.Contains(letter.HTML(mail.Recipient{}), "href=\"\"") || strings.ContainsAny(letter.HTML(homesRecipient()), "\x02\x03\x04\x05") {
		t.Error("a mark or an empty address is left")
	}
}

func TestMessage_with_homes_refuses_a_recipient_without_a_link(t *testing.T) {
	letter := homesLetter(t, sampleHomes())
	if !letter.HasHomes() || letterTemplate(t, sampleLetter()).HasHomes() {
		t.Fatal("HasHomes")
	}
	for _, link := range []string{"", "/l/abc", "javascript:alert(1)", "https://x.example/>\r\nBcc: x@y.com"} {
		to := homesRecipient()
		to.Homes = link
		if _, err := letter.Message(to); err == nil {
			t.Errorf("%q was taken", link)
		}
	}
}

func TestTemplate_with_homes_is_kept_and_read_back_to_the_same_bytes(t *testing.T) {
	letter := homesLetter(t, sampleHomes())
	want, err := letter.Message(homesRecipient())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := letter.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	back, err := mail.ReadTemplate(kept, from(letter))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := back.Message(homesRecipient()); err != nil || !bytes.Equal(got, want) || !back.HasHomes() {
		t.Errorf("the letter changed while it was kept: %v", err)
	}
	if again, err := homesLetter(t, sampleHomes()).MarshalBinary(); err != nil || !bytes.Equal(again, kept) {
		t.Error("equal letters are kept differently")
	}
}

func TestLetter_takes_the_same_card_beside_others(t *testing.T) {
	r, homes := newRenderer(t), sampleHomes()
	all := cards(t, r, homes)
	l := sampleLetter()
	l.Homes = []*mail.Card{all[1], all[0]}
	swapped := letterTemplate(t, l)
	homes[0], homes[1] = homes[1], homes[0]
	if swapped.HTML(homesRecipient()) != homesLetter(t, homes).HTML(homesRecipient()) {
		t.Error("a card rendered before is not the same as one rendered now")
	}
	one, _ := swapped.Message(homesRecipient())
	two, _ := homesLetter(t, sampleHomes()).Message(homesRecipient())
	if bytes.Equal(one, two) {
		t.Error("the order makes no difference")
	}
}

func TestLetter_with_homes_needs_no_other_words(t *testing.T) {
	l := sampleLetter()
	l.Markdown, l.Homes = "", cards(t, newRenderer(t), sampleHomes())
	if text := letterTemplate(t, l).Text(homesRecipient()); !strings.HasPrefix(text, "* * *\n\n14 Elm Street, Unit 3\n") {
		t.Errorf("it begins %.60q", text)
	}
}

// long is a home of which every part is as long as real ones get.
func long(id int64) mail.Home {
	h := sampleHomes()[0]
	h.ID = id
	h.Address = fmt.Sprintf("%d West Old Post Road at the Corner of Harbor View Terrace, Unit 12B", id)
	h.PhotoURL = "https://mail.elmharbor-and-daughters-realty.example/photos/3f2a9c3f2a9c3f2a9c3f2a9c3f2a9c3f-480.jpg"
	h.Note = strings.Repeat("A quiet street & a porch that faces the evening sun. ", 6)
	return h
}

func TestLetter_with_twenty_five_homes_stays_below_what_Gmail_shows(t *testing.T) {
	r := newRenderer(t)
	l := sampleLetter()
	for i := range 25 {
		l.Homes = append(l.Homes, cards(t, r, []mail.Home{long(int64(i + 1))})...)
	}
	to := homesRecipient()
	to.Homes = "https://mail.elmharbor-and-daughters-realty.example/l/" + strings.Repeat("x", 40)
	rich := letterTemplate(t, l).HTML(to)
	if len(rich) > 100_000 {
		t.Errorf("%d bytes", len(rich))
	}
	t.Logf("%d bytes", len(rich))
	full := l
	full.Homes = append(l.Homes[:25:25], l.Homes[0])
	if _, err := r.Letter(full); fault.Of(err) != fault.Invalid || fault.As(err).Fields["homes"] == "" {
		t.Errorf("26 homes were taken: %v", err)
	}
	for i := range l.Homes {
		h := long(int64(i + 1))
		h.Note = strings.Repeat("é", 1000)
		l.Homes[i] = cards(t, r, []mail.Home{h})[0]
	}
	if _, err := r.Letter(l); fault.Of(err) != fault.Invalid || !strings.Contains(fault.As(err).Fields["homes"], "too long") {
		t.Errorf("a letter that is cut off was taken: %v", err)
	}
}

func TestCard_refuses_what_can_not_stand_in_a_letter(t *testing.T) {
	r := newRenderer(t)
	for name, c := range map[string]struct {
		change func(*mail.Home)
		field  string
	}{
		"a mark in a note":       {func(h *mail.Home) { h.Note = "Hi \x02 there" }, "note"},
		"a long note":            {func(h *mail.Home) { h.Note = strings.Repeat("é", 1001) }, "note"},
		"a line in an address":   {func(h *mail.Home) { h.Address = "1 Elm\nStreet" }, ""},
		"a mark in the facts":    {func(h *mail.Home) { h.Facts = "3 beds \x04" }, ""},
		"a book for an address":  {func(h *mail.Home) { h.Address = strings.Repeat("x", 401) }, ""},
		"a mark in a disclaimer": {func(h *mail.Home) { h.Disclaimer = "\x05" }, ""},
		"broken UTF-8":           {func(h *mail.Home) { h.Attribution = "Elm \xff" }, ""},
	} {
		h := sampleHomes()[0]
		c.change(&h)
		_, err := r.Card(h)
		if fault.Of(err) != fault.Invalid || c.field != "" && fault.As(err).Fields[c.field] == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Card(mail.Home{Address: "No number"}); err == nil {
		t.Error("a home without a number was taken")
	}
}

func TestCard_shows_no_photo_rather_than_one_from_nowhere(t *testing.T) {
	for _, address := range []string{"", "javascript:alert(1)", "/photos/1.jpg", "https://x.example/a b.jpg", "https://x.example/\"onerror=1"} {
		h := sampleHomes()[0]
		h.PhotoURL = address
		if rich := homesLetter(t, []mail.Home{h}).HTML(homesRecipient()); strings.Contains(rich, "<img") || !strings.Contains(rich, "$449,000") {
			t.Errorf("%q", address)
		}
	}
}

// A message may hold the very strings that stand for links while a template is made.
func TestLetter_leaves_what_looks_like_a_slot_alone(t *testing.T) {
	l := sampleLetter()
	l.Markdown = "See https://slot.invalid/letter and https://slot.invalid/unsubscribe now."
	l.Homes = cards(t, newRenderer(t), sampleHomes())
	text := letterTemplate(t, l).Text(homesRecipient())
	if !strings.Contains(text, "See https://slot.invalid/letter and https://slot.invalid/unsubscribe now.") || strings.Count(text, unsubscribe) != 1 {
		t.Errorf("the words were changed:\n%s", text)
	}
}
