package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// wish is an auto email of an agent for a client.
func (h *house) wish(of agents.Agent, for_ clients.Client, name string, change ...func(*autoemail.Search)) autoemail.Search {
	h.t.Helper()
	s := autoemail.Search{
		ClientID: for_.ID, Name: name, Criteria: listings.Criteria{Cities: []string{"Mystic"}},
		Schedule: autoemail.Schedule{Kind: autoemail.Daily, Times: []int{7 * 60}}, Events: []listings.EventKind{listings.EventNew},
	}
	for _, f := range change {
		f(&s)
	}
	saved, err := autoemail.Save(h.t.Context(), h.store.Write, of.ID, s, autoemail.Saving{}, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return saved
}

func (h *house) wished(of agents.Agent, s autoemail.Search) autoemail.Search {
	h.t.Helper()
	now, err := autoemail.Find(h.t.Context(), h.store.Read, of.ID, s.ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return now
}

// letterOf makes the newest letter to Carl one of these auto emails.
func (h *house) letterOf(all ...autoemail.Search) {
	h.t.Helper()
	for _, s := range all {
		if _, err := h.store.Write.Exec("INSERT INTO search_letters (mailing_id, search_id) VALUES ((SELECT max(mailing_id) FROM letters WHERE client_id = ?), ?)", s.ClientID, s.ID); err != nil {
			h.t.Fatal(err)
		}
	}
}

// told is how often an agent was told something that begins with these words.
func (h *house) told(a agents.Agent, words string) (n int) {
	h.t.Helper()
	notices, err := agents.Notices(h.t.Context(), h.store.Read, a.ID, false, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, one := range notices {
		if strings.Contains(one.Title, words) {
			n++
		}
	}
	return n
}

func TestLookouts(t *testing.T) {
	t.Run("a client stops one auto email and has it back, and nothing else changes", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		guilford, mystic := h.wish(maya, carl, "Guilford <b>under</b> $600,000"), h.wish(maya, carl, "Mystic")
		h.letterOf(guilford, mystic)
		v := h.visitor()
		v.Get(link).wants(t, http.StatusOK, "Or just less of it", "Stop only “<bdi>Guilford &lt;b&gt;under&lt;/b&gt; $600,000</bdi>”", "Get “<bdi>Mystic</bdi>” weekly instead of daily", "Confirm Opt-Out")
		stopped := v.Post(link+"/stop", "search", fmt.Sprint(guilford.ID))
		stopped.wants(t, http.StatusOK, "is stopped", "Maya Bell is told", "Undo")
		if now := h.wished(maya, guilford); now.State != autoemail.Paused || now.PausedBy != autoemail.ByClient {
			t.Fatalf("%s by %s", now.State, now.PausedBy)
		}
		if h.wished(maya, mystic).State != autoemail.Active || h.state(carl).State != "opted_in" || h.told(maya, "Guilford") != 1 {
			t.Error("more was stopped, or Maya was not told")
		}
		v.Post(link+"/stop", "search", fmt.Sprint(guilford.ID)).wants(t, http.StatusOK, "is stopped")
		if h.told(maya, "Guilford") != 1 {
			t.Error("told twice")
		}
		page := v.Get(link)
		page.wants(t, http.StatusOK, "is stopped: start it again", "Stop only “<bdi>Mystic</bdi>”")
		page.lacks(t, "Stop only “<bdi>Guilford")
		v.Post(link+"/again", "search", stopped.hidden(t, "search")).wants(t, http.StatusOK, "runs again", "New homes come to you as before")
		if now := h.wished(maya, guilford); now.State != autoemail.Active || h.told(maya, "wants “Guilford") != 1 {
			t.Errorf("%s, told %d times", now.State, h.told(maya, "wants “Guilford"))
		}
		v.Post(link+"/again", "search", fmt.Sprint(guilford.ID)).wants(t, http.StatusOK, "runs again")
		if h.told(maya, "wants “Guilford") != 1 {
			t.Error("told twice that it runs again")
		}
	})
	t.Run("a client has one weekly", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		s := h.wish(maya, carl, "Guilford")
		h.letterOf(s)
		v := h.visitor()
		v.Post(link+"/weekly", "search", fmt.Sprint(s.ID)).wants(t, http.StatusOK, "comes weekly", "in one letter a week: ", "7:00 AM", "Maya Bell is told")
		if now := h.wished(maya, s); now.Schedule.Kind != autoemail.Weekly {
			t.Fatal(now.Schedule.Words())
		}
		v.Get(link).lacks(t, "weekly instead of")
		v.Post(link+"/weekly", "search", fmt.Sprint(s.ID)).wants(t, http.StatusConflict, "no more often than once a week")
	})
	t.Run("weekly is offered only where it is fewer", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		h.letterOf(
			h.wish(maya, carl, "Picked", func(s *autoemail.Search) { s.Concierge = true }),
			h.wish(maya, carl, "Monthly", func(s *autoemail.Search) {
				s.Schedule = autoemail.Schedule{Kind: autoemail.Monthly, Day: 1, Times: []int{480}}
			}),
			h.wish(maya, carl, "Tuesdays", func(s *autoemail.Search) { s.Schedule.Days = []time.Weekday{time.Tuesday} }),
			h.wish(maya, carl, "At once", func(s *autoemail.Search) { s.Schedule = autoemail.Schedule{Kind: autoemail.ASAP} }),
			h.wish(maya, carl, "Twice", func(s *autoemail.Search) { s.Schedule.Days = []time.Weekday{time.Tuesday, time.Friday} }),
		)
		page := h.visitor().Get(link)
		page.wants(t, http.StatusOK, "“<bdi>At once</bdi>” weekly instead of as soon as homes come", "“<bdi>Twice</bdi>” weekly instead of more often", "Stop only “<bdi>Picked</bdi>”", "Stop only “<bdi>Monthly</bdi>”", "Stop only “<bdi>Tuesdays</bdi>”")
		page.lacks(t, "“<bdi>Picked</bdi>” weekly", "“<bdi>Monthly</bdi>” weekly", "“<bdi>Tuesdays</bdi>” weekly")
	})
	t.Run("a token reaches only the auto emails of its own letter and client", func(t *testing.T) {
		h, maya, omar, carl, link := pair(t)
		mine, other := h.wish(maya, carl, "Mine"), h.wish(maya, carl, "Other of mine")
		dora := h.enlist(omar, "Dora", "Lind", "dora@example.com", clients.Active)
		hers := h.wish(omar, dora, "Of Dora")
		h.letterOf(mine)
		// A row that should never be: another client's auto email under Carl's letter.
		if _, err := h.store.Write.Exec("INSERT INTO search_letters (mailing_id, search_id) VALUES ((SELECT max(mailing_id) FROM letters WHERE client_id = ?), ?)", carl.ID, hers.ID); err != nil {
			t.Fatal(err)
		}
		v := h.visitor()
		v.Get(link).lacks(t, "Of Dora", "Other of mine")
		before := dump(t, h)
		for _, path := range []string{"/stop", "/weekly", "/again"} {
			for _, id := range []string{fmt.Sprint(hers.ID), fmt.Sprint(other.ID), "", "0", "x", "-1", "999999999999999999999"} {
				v.Post(link+path, "search", id).wants(t, http.StatusNotFound, "There is nothing to change")
			}
			v.Post("/u/nonsense"+path, "search", fmt.Sprint(mine.ID)).wants(t, http.StatusNotFound, "This link is not complete")
		}
		v.Post("/u/nonsense/looking").wants(t, http.StatusNotFound, "This link is not complete")
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
	t.Run("what somebody else paused is not had back by the client", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		s := h.wish(maya, carl, "Guilford")
		h.letterOf(s)
		if n, err := autoemail.Pause(t.Context(), h.store.Write, maya.ID, []autoemail.ID{s.ID}, time.Time{}, h.clock()); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		v := h.visitor()
		page := v.Get(link)
		page.wants(t, http.StatusOK, "Stop only “<bdi>Guilford</bdi>”")
		page.lacks(t, "weekly instead", "start it again")
		v.Post(link+"/again", "search", fmt.Sprint(s.ID)).wants(t, http.StatusConflict, "paused for another reason")
		if h.wished(maya, s).State != autoemail.Paused {
			t.Error("it runs")
		}
	})
	t.Run("none are on the page of who opted out", func(t *testing.T) {
		h, maya, _, carl, link := pair(t)
		h.letterOf(h.wish(maya, carl, "Guilford"))
		h.confirmOut(link)
		v := h.visitor()
		v.Get(link).lacks(t, "Stop only", "weekly instead")
		before := dump(t, h)
		v.Get(link+"/looking").wants(t, http.StatusOK, "You are opted out", optInWords)
		v.Post(link+"/looking").wants(t, http.StatusOK, "You are opted out", optInWords)
		if diff := differences(before, dump(t, h)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
	})
}

func TestStillLooking(t *testing.T) {
	h, maya, _, carl, link := pair(t)
	s, gone := h.wish(maya, carl, "Guilford"), h.wish(maya, carl, "Stopped by Carl")
	h.letterOf(s, gone)
	v := h.visitor()
	v.Post(link+"/stop", "search", fmt.Sprint(gone.ID))
	// For want of a sign it came weekly.
	if _, err := h.store.Write.Exec(`UPDATE searches SET slowed = '{"kind":"weekly","days":[1],"times":[420]}' WHERE id = ?`, s.ID); err != nil {
		t.Fatal(err)
	}
	ask := v.Get(link + "/looking")
	ask.wants(t, http.StatusOK, "Are you still looking?", "Yes, I’m still looking", "Guilford", "Mondays at 7:00 AM", `href="`+link+`"`)
	ask.lacks(t, "Stopped by Carl")
	if h.wished(maya, s).Slowed == nil {
		t.Fatal("looking at the page was a sign")
	}
	h.pass(time.Hour)
	v.Post(link+"/looking").wants(t, http.StatusOK, "Thank you", "Maya Bell goes on looking out for you", "Daily at 7:00 AM")
	if now := h.wished(maya, s); now.Slowed != nil || !now.SignAt.Equal(h.clock()) {
		t.Errorf("slowed %v, sign %v", now.Slowed, now.SignAt)
	}
	if now := h.wished(maya, gone); now.State != autoemail.Paused {
		t.Error("what the client had stopped runs again")
	}
}

// A person who chooses a pause, or does anything else behind the link, is there; a mail program is not a person.
func TestPressesOnTheUnsubscribePagesAreSigns(t *testing.T) {
	h, maya, _, carl, link := pair(t)
	s := h.wish(maya, carl, "Guilford")
	h.letterOf(s)
	sign := func() time.Time { return h.wished(maya, s).SignAt }
	v := h.visitor()
	for name, press := range map[string]func() reply{
		"pause":  func() reply { return v.Post(link+"/pause", "until", "2027-01-10") },
		"opt-in": func() reply { return v.Post(link + "/opt-in") },
	} {
		h.pass(time.Hour)
		if r := press(); r.Status != http.StatusOK || !sign().Equal(h.clock()) {
			t.Errorf("%s: %d, sign %v at %v", name, r.Status, sign(), h.clock())
		}
	}
	before := sign()
	h.pass(time.Hour)
	v.Post(link, "List-Unsubscribe", "One-Click").wants(t, http.StatusOK)
	if !sign().Equal(before) {
		t.Error("one click of a mail program was a sign")
	}
}

func TestLetterPageSeen(t *testing.T) {
	h, maya, _, amara, _ := letterWithHomes(t)
	var client clients.ID
	if err := h.store.Read.NewRaw("SELECT id FROM clients WHERE email = 'amara@example.com'").Scan(t.Context(), &client); err != nil {
		t.Fatal(err)
	}
	s := h.wish(maya, clients.Client{ID: client}, "Guilford")
	v := h.visitor()
	page := v.Get(amara)
	page.wants(t, http.StatusOK, `data-seen="`+amara+`/seen"`, "<script src=")
	h.pass(time.Hour)
	if r := v.Post(amara + "/seen"); r.Status != http.StatusNoContent || r.Body != "" || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("%d %q %v", r.Status, r.Body, r.Header)
	}
	if now := h.wished(maya, s); !now.SignAt.Equal(h.clock()) {
		t.Errorf("sign %v at %v", now.SignAt, h.clock())
	}
	v.Post("/l/nonsense/seen").wants(t, http.StatusNotFound, "This link is not complete")
	v.Get(amara+"/seen").wants(t, http.StatusNotFound)
}

// Mail scanners open every link: what they GET or HEAD behind a letter's tokens must write nothing at all.
func TestLinksOfAnAutoEmailWriteNothingByLooking(t *testing.T) {
	h, maya, _, carl, link := pair(t)
	s := h.wish(maya, carl, "Guilford")
	h.letterOf(s)
	h.pass(time.Hour)
	before := dump(t, h)
	for _, path := range []string{link, link + "/looking", link + "/opt-in", link + "/stop", link + "/weekly", link + "/again"} {
		path += "?search=" + fmt.Sprint(s.ID)
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			if r := h.visitor().do(httptest.NewRequest(method, path, nil)); r.Status >= 500 {
				t.Errorf("%s %s: %d", method, path, r.Status)
			}
		}
	}
	if diff := differences(before, dump(t, h)); diff != "" {
		t.Errorf("looking changed:\n%s", diff)
	}
}

// The whole way: a home comes, the letter of its auto email is sent, and its links lead to what they promise.
func TestLookoutsOfALetterThatWasSent(t *testing.T) {
	h := open(t)
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	carl := h.enlist(maya, "Carl", "Whitman", "carl@example.com", clients.Active)
	s := h.wish(maya, carl, "Mystic", func(s *autoemail.Search) { s.Schedule = autoemail.Schedule{Kind: autoemail.ASAP} })
	h.search()
	many := make([]listings.Record, 0, 30)
	for i := range 30 {
		many = append(many, forSale(fmt.Sprint(100+i), 400_000))
	}
	h.bring(many...)
	for range 3 {
		h.search()
		h.pass(11 * time.Minute)
	}
	h.search()
	h.deliver()
	text := strings.ReplaceAll(plainOf(t, h.mailTo("carl@example.com")), "\r\n", "\n")
	link := h.link("carl@example.com")
	for _, want := range []string{"See all 30 homes:\n", "You get this because Maya Bell looks out for “Mystic” for you: as soon as possible.\nGet it weekly, or stop just this one: http://porchlight.test" + link + "\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	v := h.visitor()
	all := v.Get(pageOf(t, h.mailTo("carl@example.com")))
	all.wants(t, http.StatusOK, "30 homes for you")
	if n := strings.Count(all.Body, `<article class="card home"`); n != 30 {
		t.Errorf("the letter's page shows %d homes", n)
	}
	v.Get(link).wants(t, http.StatusOK, "Stop only “<bdi>Mystic</bdi>”", "Get “<bdi>Mystic</bdi>” weekly instead of as soon as homes come")
	v.Post(link+"/stop", "search", fmt.Sprint(s.ID)).wants(t, http.StatusOK, "is stopped")
	sent := h.count("carl@example.com")
	h.bring(append(many, forSale("200", 410_000))...)
	for range 3 {
		h.search()
		h.pass(11 * time.Minute)
	}
	h.deliver()
	if n := h.count("carl@example.com"); n != sent {
		t.Errorf("%d letters after it was stopped", n-sent)
	}
}
