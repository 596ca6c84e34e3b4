package mail_test

import (
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

var guilford = mail.Lookout{Name: "Guilford under $600,000", When: "Daily at 7:00 AM", Fewer: true}

// lookoutLetters are the letters of auto emails, one of each kind.
func lookoutLetters(t testing.TB) map[string]mail.Letter {
	all := cards(t, newRenderer(t), sampleHomes())
	letter := func(change func(*mail.Letter)) mail.Letter {
		l := sampleLetter()
		l.Markdown, l.Lookouts = "", []mail.Lookout{guilford}
		change(&l)
		return l
	}
	return map[string]mail.Letter{
		"welcome": letter(func(l *mail.Letter) {
			l.Subject, l.Lead = "Homes in Guilford, from now on", "From today I look out for “Guilford under $600,000” for you.\nThere is nothing new just now: as soon as a home comes, it is on its way to you."
			l.Markdown = "Welcome! Tell me **what you like**, and what you don’t."
		}),
		"matches": letter(func(l *mail.Letter) {
			l.Subject, l.Homes = "Two new homes in Guilford", all
		}),
		"concierge": letter(func(l *mail.Letter) {
			l.Subject, l.Homes = "I picked two homes for you", all
			l.Lookouts = []mail.Lookout{{Name: "Guilford under $600,000"}, {Name: "Condos in Madison & <Clinton>", When: "Mondays at 8:00 AM"}}
		}),
		"looking": letter(func(l *mail.Letter) {
			l.Subject, l.Looking = "Still looking?", true
			l.Lead = "I have sent you homes for a while and don’t know whether they still help. From now on they come weekly."
		}),
		"see-all": letter(func(l *mail.Letter) {
			l.Subject, l.Homes, l.Total = "43 homes for you", all, 43
			l.Lead = "The two newest stand here; all 43 are on your page."
		}),
	}
}

func TestLetters_of_auto_emails_look_like_this(t *testing.T) {
	for name, l := range lookoutLetters(t) {
		made := letterTemplate(t, l)
		golden(t, "auto-"+name+".html", made.HTML(homesRecipient()))
		golden(t, "auto-"+name+".txt", made.Text(homesRecipient()))
		golden(t, "auto-"+name+"-test.txt", made.Text(mail.Recipient{}))
		message, err := made.Message(homesRecipient())
		if err != nil {
			t.Fatal(err)
		}
		if err := mail.Check(message); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, plain, rich := read(t, message)
		if plain != made.Text(homesRecipient()) || rich != made.HTML(homesRecipient()) {
			t.Errorf("%s: the message and its preview differ", name)
		}
		for _, body := range []string{plain, rich} {
			if strings.ContainsAny(body, "\x02\x03\x04\x05") || strings.Contains(body, "slot.invalid") {
				t.Errorf("%s: a mark or a slot is left", name)
			}
		}
	}
}

func TestLetter_of_an_auto_email_is_kept_and_read_back_to_the_same_bytes(t *testing.T) {
	for name, l := range lookoutLetters(t) {
		made := letterTemplate(t, l)
		want, err := made.Message(homesRecipient())
		if err != nil {
			t.Fatal(err)
		}
		kept, err := made.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		back, err := mail.ReadTemplate(kept, from(made))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := back.Message(homesRecipient()); err != nil || string(got) != string(want) {
			t.Errorf("%s changed while it was kept: %v", name, err)
		}
	}
}

// A copy to the agent, a test and a preview must not hold a link of the client's.
func TestLetter_of_an_auto_email_as_a_copy_has_no_link_of_the_client(t *testing.T) {
	for name, l := range lookoutLetters(t) {
		made := letterTemplate(t, l)
		for _, body := range []string{made.HTML(mail.Recipient{}), made.Text(mail.Recipient{}), made.HTML(mail.Recipient{Homes: homesLink})} {
			for _, link := range []string{"/looking", "/u/", "/l/", "href=\"\"", "slot.invalid"} {
				if strings.Contains(body, link) {
					t.Errorf("%s: %s in a copy:\n%s", name, link, body)
				}
			}
		}
		if text := made.Text(mail.Recipient{}); !strings.Contains(text, " (a working link in the real letter)\n\nUnsubscribe (") {
			t.Errorf("%s: what the client could do is not in its copy:\n%s", name, text)
		}
	}
}

func TestLetter_of_an_auto_email_leads_to_the_client_s_own_pages(t *testing.T) {
	letters := lookoutLetters(t)
	looking := letterTemplate(t, letters["looking"])
	if rich, plain := looking.HTML(homesRecipient()), looking.Text(homesRecipient()); strings.Count(rich, `href="`+unsubscribe+`/looking"`) != 1 ||
		!strings.Contains(plain, "Yes, I’m still looking: "+unsubscribe+"/looking\n") {
		t.Errorf("no button:\n%s", plain)
	}
	all := letterTemplate(t, letters["see-all"])
	if rich, plain := all.HTML(homesRecipient()), all.Text(homesRecipient()); !strings.Contains(rich, `href="`+homesLink+`" `) || !strings.Contains(rich, ">See all 43 homes<") ||
		!strings.Contains(plain, "See all 43 homes:\n"+homesLink+"\n") {
		t.Errorf("no way to all of them:\n%s", plain)
	}
	l := letters["see-all"]
	l.Total = len(l.Homes)
	if rich := letterTemplate(t, l).HTML(homesRecipient()); !strings.Contains(rich, ">See these homes as they are today<") {
		t.Error("a letter that shows all its homes promises more")
	}
}

func TestLetter_at_its_foot_offers_only_what_the_page_can_do(t *testing.T) {
	weekly, other := mail.Lookout{Name: "Madison", When: "Weekly"}, mail.Lookout{Name: "Clinton", When: "As soon as possible", Fewer: true}
	for _, c := range []struct {
		all  []mail.Lookout
		want string
	}{
		{[]mail.Lookout{guilford}, "You get this because Maya Bell looks out for “Guilford under $600,000” for you: daily at 7:00 AM.\nGet it weekly, or stop just this one: " + unsubscribe + "\n"},
		{[]mail.Lookout{weekly}, "“Madison” for you: weekly.\nStop just this one: "},
		{[]mail.Lookout{{Name: "Mine"}}, "“Mine” for you.\nStop just this one: "},
		{[]mail.Lookout{weekly, weekly}, "Maya Bell looks out for you:\n- “Madison”: weekly\n- “Madison”: weekly\nStop just one of them: "},
		{[]mail.Lookout{weekly, other}, "- “Clinton”: as soon as possible\nGet one weekly, or stop just one: "},
	} {
		l := sampleLetter()
		l.Lookouts = c.all
		made := letterTemplate(t, l)
		if text := made.Text(sampleRecipient()); !strings.Contains(text, c.want) || strings.Contains(text, "you are a client of") {
			t.Errorf("no %q in\n%s", c.want, text)
		}
		if rich := made.HTML(sampleRecipient()); strings.Count(rich, `href="`+unsubscribe+`"`) != 2 {
			t.Error("one of the two links is missing")
		}
	}
}

func TestLetter_with_a_lead_needs_no_other_words(t *testing.T) {
	r := newRenderer(t)
	l := sampleLetter()
	l.Markdown, l.Lead = "", "Still looking?"
	if text := letterTemplate(t, l).Text(sampleRecipient()); !strings.HasPrefix(text, "Still looking?\n\nMaya Bell\n") {
		t.Errorf("it begins %.60q", text)
	}
	for name, change := range map[string]func(*mail.Letter){
		"no words at all":    func(l *mail.Letter) { l.Lead = " \u200b\n" },
		"a mark in the lead": func(l *mail.Letter) { l.Lead = "Hi \x02 there" },
		"a mark in a name":   func(l *mail.Letter) { l.Lookouts = []mail.Lookout{{Name: "Hi \x05"}} },
		"no name":            func(l *mail.Letter) { l.Lookouts = []mail.Lookout{{Name: " "}} },
		"a line in a time":   func(l *mail.Letter) { l.Lookouts = []mail.Lookout{{Name: "Hi", When: "Daily\nor so"}} },
	} {
		l := l
		change(&l)
		if _, err := r.Letter(l); fault.Of(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Two letters that differ in one of the new parts alone are not one sheet.
func TestLetter_of_one_client_is_not_given_to_another(t *testing.T) {
	r, seen := newRenderer(t), map[string]string{}
	homes := cards(t, r, sampleHomes())
	for name, change := range map[string]func(*mail.Letter){
		"as it is": func(*mail.Letter) {},
		"lead":     func(l *mail.Letter) { l.Lead = "Hi" },
		"total":    func(l *mail.Letter) { l.Total = 43 },
		"looking":  func(l *mail.Letter) { l.Looking = true },
		"name":     func(l *mail.Letter) { l.Lookouts[0].Name = "Madison" },
		"when":     func(l *mail.Letter) { l.Lookouts[0].When = "Mondays" },
		"fewer":    func(l *mail.Letter) { l.Lookouts[0].Fewer = false },
		"two":      func(l *mail.Letter) { l.Lookouts = append(l.Lookouts, mail.Lookout{Name: "Madison"}) },
	} {
		l := sampleLetter()
		l.Homes, l.Lookouts = homes, []mail.Lookout{guilford}
		change(&l)
		made, err := r.Letter(l)
		if err != nil {
			t.Fatal(err)
		}
		text := made.Text(homesRecipient())
		if other, known := seen[text]; known {
			t.Errorf("%s and %s have one text", name, other)
		}
		seen[text] = name
	}
}

func TestLetter_of_twenty_five_homes_and_many_auto_emails_stays_below_what_Gmail_shows(t *testing.T) {
	r := newRenderer(t)
	l := sampleLetter()
	l.Lead, l.Looking, l.Total = strings.Repeat("Words above the homes. ", 10), true, 100
	for i := range 25 {
		l.Homes = append(l.Homes, cards(t, r, []mail.Home{long(int64(i + 1))})...)
		if i%5 == 0 {
			l.Lookouts = append(l.Lookouts, guilford)
		}
	}
	rich := letterTemplate(t, l).HTML(homesRecipient())
	if len(rich) > 100_000 {
		t.Errorf("%d bytes", len(rich))
	}
	t.Logf("%d bytes", len(rich))
}
