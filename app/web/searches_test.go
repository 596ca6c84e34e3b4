package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/consent"
)

// searchTown is a broker with two clients and homes on the market, and an agent with nothing.
type searchTown struct {
	*house
	maya, omar agents.Agent
	her        *browser
	ana, carl  clients.Client
}

func searchHouse(t *testing.T) searchTown {
	t.Helper()
	w := searchTown{house: open(t)}
	w.maya = w.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	w.omar = w.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
	w.her = w.as(w.maya)
	w.ana, w.carl = w.clientOf(w.maya, "Ana", "Osei"), w.clientOf(w.maya, "Carl", "Whitman")
	w.comeIn(
		onElm("12", asking(449_000)), onElm("14", asking(520_000)), onElm("16", asking(610_000)),
		onElm("22", asking(650_000), inTown("Guilford", "06437")),
	)
	return w
}

// clientOf adds a client who can be mailed.
func (h *house) clientOf(of agents.Agent, first, last string) clients.Client {
	h.t.Helper()
	var one clients.Client
	err := h.store.Write.RunInTx(h.t.Context(), nil, func(ctx context.Context, db bun.Tx) (err error) {
		one, err = clients.Create(ctx, db, of.ID, clients.Form{FirstName: first, LastName: last, Email: strings.ToLower(first) + fmt.Sprint(of.ID) + "@example.com"}, h.clock())
		if err != nil {
			return err
		}
		return h.ledger.Enroll(ctx, db, one, consent.By{Agent: of, Door: consent.DoorAgent}, h.clock())
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return one
}

// autos are all auto emails of an agent by id.
func (h *house) autos(of agents.Agent) []autoemail.Overview {
	h.t.Helper()
	all, _, _, err := autoemail.List(h.t.Context(), h.store.Read, autoemail.Filter{Agent: of.ID, Limit: 500}, time.UTC, h.clock())
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// formOf is a form of an auto email as a browser sends it, with what the test is about put in the place of the usual.
func formOf(client clients.ID, change ...string) []string {
	v := url.Values{
		"client": {fmt.Sprint(client)}, "name": {"Mystic capes"}, "city": {"Mystic"}, "schedule": {"daily"}, "day": {"1", "2", "3", "4", "5"}, "time": {"07:00", "", "17:30"},
		"weekday": {"1"}, "week_time": {"08:00"}, "month_day": {"1"}, "month_time": {"08:00"}, "event": {"New Listing", "Price Change"}, "welcome": {"now"}, "version": {"0"},
		"subject": {""}, "message": {""},
	}
	for i := 0; i+1 < len(change); i += 2 {
		if v.Del(change[i]); change[i+1] != "" {
			v[change[i]] = strings.Split(change[i+1], "|")
		}
	}
	var pairs []string
	for name, some := range v {
		for _, one := range some {
			pairs = append(pairs, name, one)
		}
	}
	return pairs
}

// make saves one through the form.
func (w searchTown) make(t *testing.T, client clients.ID, change ...string) autoemail.Overview {
	t.Helper()
	before := len(w.autos(w.maya))
	r := w.her.Post("/searches", formOf(client, change...)...)
	if r.Status != http.StatusSeeOther {
		t.Fatalf("%d\n%s", r.Status, r.Body)
	}
	all := w.autos(w.maya)
	if len(all) != before+1 {
		t.Fatalf("%d auto e-mails, were %d", len(all), before)
	}
	newest := all[0]
	for _, one := range all {
		if one.ID > newest.ID {
			newest = one
		}
	}
	return newest
}

func TestSearchForm(t *testing.T) {
	w := searchHouse(t)

	t.Run("teaches on an empty list, and opens with what most would choose", func(t *testing.T) {
		w.her.Get("/searches").wants(t, http.StatusOK, "<h1", "Auto e-mails", "No auto e-mails yet", `href="/searches/new"`)
		r := w.her.Get("/searches/new")
		r.wants(t, http.StatusOK, "New auto e-mail", `aria-label="Ana Osei"`, `aria-label="Carl Whitman"`, `value="daily" checked`, `value="New Listing" checked`, `value="Open House" checked`, "Save")
		r.lacks(t, `value="Pending" checked`, `name="concierge" value="1" checked`)
		clean(t, r.Body)
	})

	t.Run("opens for a client and with the criteria of a search of homes", func(t *testing.T) {
		found := w.her.Get("/listings?city=Mystic&price_max=500000&area=41.3,-72.0+41.4,-72.0+41.4,-71.9&q=elm")
		to := found.link(t, `href="(/searches/new[^"]*)"`)
		r := w.her.Get(to + "&client=" + fmt.Sprint(w.ana.ID))
		r.wants(t, http.StatusOK, `value="Mystic"`, `value="$500,000"`, `name="area" value="41.3,-72`, "Inside the area drawn", "were a look-up", "Ana Osei", "home matches now", "12 Elm Street", "A sample letter")
		r.lacks(t, "22 Elm Street")
		clean(t, r.Body)
	})

	t.Run("saves everything that was typed", func(t *testing.T) {
		r := w.her.Post("/searches", formOf(w.ana.ID, "price_max", "$600k", "beds_min", "2", "subject", "For you, Ana", "message", "Have a *look*.", "copy_me", "1", "expires", "2027-05-01", "welcome", "next")...)
		if r.Status != http.StatusSeeOther {
			t.Fatalf("%d\n%s", r.Status, r.Body)
		}
		all := w.autos(w.maya)
		if len(all) != 1 {
			t.Fatalf("%d", len(all))
		}
		s := all[0].Search
		if s.ClientID != w.ana.ID || s.Name != "Mystic capes" || s.Criteria.PriceMax != 600_000_00 || s.Criteria.BedsMin != 2 || s.Subject != "For you, Ana" || s.Message != "Have a *look*." || !s.CopyMe ||
			s.ExpiresOn != "2027-05-01" || s.Opening != autoemail.OpeningWelcome || s.Schedule.Kind != autoemail.Daily || len(s.Schedule.Days) != 5 || fmt.Sprint(s.Schedule.Times) != "[420 1050]" || len(s.Events) != 2 {
			t.Errorf("saved %+v", s)
		}
		page := w.her.follow(r)
		page.wants(t, http.StatusOK, "Saved. The next letter to Ana: today 17:30", "Mystic capes", "Ana Osei", "New on the market, price changed", "1 May 2027", "For you, Ana", "Duplicate", "Delete", "Running")
		clean(t, page.Body)
	})

	t.Run("sent twice makes one", func(t *testing.T) {
		before := len(w.autos(w.maya))
		first := w.her.Post("/searches", formOf(w.carl.ID, "name", "Twice")...)
		second := w.her.Post("/searches", formOf(w.carl.ID, "name", "Twice")...)
		if first.Header.Get("Location") != second.Header.Get("Location") || len(w.autos(w.maya)) != before+1 {
			t.Errorf("%q, %q, %d", first.Header.Get("Location"), second.Header.Get("Location"), len(w.autos(w.maya)))
		}
	})

	t.Run("names it where nothing is typed", func(t *testing.T) {
		if s := w.make(t, w.carl.ID, "name", "", "city", "Guilford"); s.Name != "Homes in Guilford" {
			t.Errorf("%q", s.Name)
		}
		if s := w.make(t, w.carl.ID, "name", "", "city", "", "price_max", "500k"); s.Name != "New homes" {
			t.Errorf("%q", s.Name)
		}
	})

	t.Run("leads into the concierge queue, with what matches already in it", func(t *testing.T) {
		r := w.her.Post("/searches", formOf(w.ana.ID, "concierge", "1", "drops_direct", "1", "name", "Vetted", "schedule", "weekly", "week_time", "nonsense")...)
		if r.Status != http.StatusSeeOther || r.Header.Get("Location") != fmt.Sprintf("/concierge?client=%d", w.ana.ID) {
			t.Fatalf("%d %q\n%s", r.Status, r.Header.Get("Location"), r.Body)
		}
		for _, s := range w.autos(w.maya) {
			if s.Name == "Vetted" && (!s.Concierge || !s.DropsDirect || s.Unsent != 3) {
				t.Errorf("%+v", s)
			}
		}
	})

	t.Run("says it when nothing can leave to the client", func(t *testing.T) {
		if _, err := w.ledger.OptOut(t.Context(), w.store.Write, consent.Link{Client: w.carl.ID, Agent: w.maya.ID, Hash: w.ledger.Hash(w.carl.EmailKey)}, consent.By{Door: consent.DoorPage}, w.clock()); err != nil {
			t.Fatal(err)
		}
		w.her.Get("/searches/new?client="+fmt.Sprint(w.carl.ID)).wants(t, http.StatusOK, "Nothing can leave to", "Carl")
	})
}

func TestSearchFormKeepsWhatCannotBeTaken(t *testing.T) {
	w := searchHouse(t)
	for name, c := range map[string]struct {
		change []string
		say    []string
	}{
		"no client":            {[]string{"client", ""}, []string{"Choose who this is for.", `href="#for-whom"`}},
		"no events":            {[]string{"event", ""}, []string{"Tick at least one", `href="#events"`}},
		"an unknown event":     {[]string{"event", "Alien Landing"}, []string{"Tick at least one"}},
		"prices upside down":   {[]string{"price_min", "900k", "price_max", "100k"}, []string{"The highest price is below the lowest.", `value="900k"|$900,000`, `value="100k"`, `href="#f-price_max"`}},
		"a price that is none": {[]string{"price_min", "cheap"}, []string{"Type a price", `value="cheap"`}},
		"beds of a castle":     {[]string{"beds_max", "1000"}, []string{"At most 99"}},
		"no days":              {[]string{"day", ""}, []string{"Tick at least one day."}},
		"no time":              {[]string{"time", ""}, []string{"Say at what time."}},
		"a time that is none":  {[]string{"time", "25:99"}, []string{"is not a time of day", `value="25:99"`}},
		"too many times":       {[]string{"time", "1:00|2:00|3:00|4:00|5:00|6:00|7:00"}, []string{"At most six times a day."}},
		"no schedule":          {[]string{"schedule", ""}, []string{"Choose when letters may leave."}},
		"an unknown schedule":  {[]string{"schedule", "hourly"}, []string{"Choose when letters may leave."}},
		"the 31st":             {[]string{"schedule", "monthly", "month_day", "31"}, []string{"1 to 28"}},
		"an area of two":       {[]string{"area", "41.1,-73.2 41.2,-73.1"}, []string{`href="#which-homes"`}},
		"everything":           {[]string{"city", ""}, []string{"every home would be sent", `id="criteria-why"`}},
		"a word both ways":     {[]string{"words_all", "barn", "words_none", "barn"}, []string{"no home can match", `id="criteria-why"`}},
		"a day long gone":      {[]string{"expires", "2020-01-01"}, []string{`id="expires-why"`, `value="2020-01-01"`}},
		"a day that is none":   {[]string{"expires", "someday"}, []string{`id="expires-why"`}},
		"a subject on 2 lines": {[]string{"subject", "Hello\nBcc: all@example.com"}, []string{`id="subject-why"`}},
		"a subject too long":   {[]string{"subject", strings.Repeat("long ", 400)}, []string{`id="subject-why"`}},
		"a name too long":      {[]string{"name", strings.Repeat("long ", 400)}, []string{`id="name-why"`}},
	} {
		t.Run(name, func(t *testing.T) {
			before := dump(t, w.house)
			r := w.her.Post("/searches", formOf(w.ana.ID, append([]string{"message", "What I typed, kept."}, c.change...)...)...)
			if r.Status != http.StatusUnprocessableEntity {
				t.Fatalf("status %d\n%s", r.Status, r.Body)
			}
			for _, want := range append(c.say, "to mend", "What I typed, kept.") {
				if one, other, either := strings.Cut(want, "|"); !strings.Contains(r.Body, one) && (!either || !strings.Contains(r.Body, other)) {
					t.Errorf("no %q in\n%s", want, r.Body)
				}
			}
			clean(t, r.Body)
			if diff := differences(before, dump(t, w.house)); diff != "" {
				t.Errorf("changed:\n%s", diff)
			}
		})
	}
	t.Run("a body that is no form", func(t *testing.T) {
		r, err := http.NewRequest(http.MethodPost, "/searches", strings.NewReader(`{"name":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.RequestURI = "/searches"
		w.her.do(r).wants(t, http.StatusUnprocessableEntity, "nothing was saved")
	})
}

func TestSearchChange(t *testing.T) {
	w := searchHouse(t)
	s := w.make(t, w.ana.ID)
	at := fmt.Sprintf("/searches/%d", s.ID)
	version := func() string {
		one, err := autoemail.Find(t.Context(), w.store.Read, w.maya.ID, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(one.Version)
	}

	t.Run("opens the form with what is saved", func(t *testing.T) {
		r := w.her.Get(at + "?change=1")
		r.wants(t, http.StatusOK, `value="Mystic capes"`, `value="Mystic"`, `value="17:30"`, `action="`+at+`"`, "homes match now")
		r.lacks(t, `name="welcome"`, `name="client"`)
		clean(t, r.Body)
	})

	t.Run("keeps the criteria without a question", func(t *testing.T) {
		r := w.her.Post(at, formOf(w.ana.ID, "version", version(), "name", "Capes by the water")...)
		w.her.follow(r).wants(t, http.StatusOK, "Saved.", "Capes by the water")
	})

	t.Run("asks what the client hears of other criteria, and saves nothing before", func(t *testing.T) {
		before := dump(t, w.house)
		r := w.her.Post(at, formOf(w.ana.ID, "version", version(), "city", "Guilford")...)
		r.wants(t, http.StatusUnprocessableEntity, "What should", "Ana", `name="tell" value="now"`, `name="tell" value="new"`, `value="Guilford"`)
		clean(t, r.Body)
		if diff := differences(before, dump(t, w.house)); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		w.her.follow(w.her.Post(at, formOf(w.ana.ID, "version", version(), "city", "Guilford", "tell", "new")...)).wants(t, http.StatusOK, "Saved.")
		one, err := autoemail.Find(t.Context(), w.store.Read, w.maya.ID, s.ID)
		if err != nil || one.Opening == autoemail.OpeningRevised || one.Criteria.Cities[0] != "Guilford" {
			t.Errorf("%+v %v", one, err)
		}
		w.her.follow(w.her.Post(at, formOf(w.ana.ID, "version", version(), "city", "Mystic", "tell", "now")...)).wants(t, http.StatusOK, "A letter to Ana leaves now")
	})

	t.Run("in two tabs keeps what the second typed and shows what the first saved", func(t *testing.T) {
		old := version()
		w.her.Post(at, formOf(w.ana.ID, "version", old, "name", "From the first tab")...)
		r := w.her.Post(at, formOf(w.ana.ID, "version", old, "name", "From the second tab", "message", "Typed for long.")...)
		r.wants(t, http.StatusConflict, "saved in another tab", "Saved meanwhile: Name From the first tab", `value="From the second tab"`, "Typed for long.")
		again := regexp.MustCompile(`name="version" value="(\d+)"`).FindStringSubmatch(r.Body)
		if again == nil || again[1] != version() {
			t.Fatalf("the form has version %v, saved is %s", again, version())
		}
		w.her.follow(w.her.Post(at, formOf(w.ana.ID, "version", again[1], "name", "From the second tab")...)).wants(t, http.StatusOK, "From the second tab")
	})

	t.Run("refused shows the form on its page", func(t *testing.T) {
		w.her.Post(at, formOf(w.ana.ID, "version", version(), "price_min", "cheap")...).wants(t, http.StatusUnprocessableEntity, "Type a price", `value="cheap"`, `action="`+at+`"`)
	})
}

func TestSearchOfAnotherAgent(t *testing.T) {
	w := searchHouse(t)
	s := w.make(t, w.ana.ID)
	his := w.as(w.omar)
	before := dump(t, w.house)
	id, client := fmt.Sprint(s.ID), fmt.Sprint(w.ana.ID)
	for _, path := range []string{"/searches/" + id, "/searches/" + id + "?change=1", "/searches/new?copy=" + id, "/searches/new?client=" + client, "/searches?client=" + client} {
		r := his.Get(path)
		r.wants(t, http.StatusNotFound)
		r.lacks(t, "Mystic capes", "Osei")
	}
	for _, path := range []string{"/searches/" + id, "/searches/" + id + "/pause", "/searches/" + id + "/resume", "/searches/" + id + "/deletion", "/searches/" + id + "/restoration", "/searches/" + id + "/sign", "/searches", "/searches/dry-run"} {
		his.Post(path, formOf(w.ana.ID, "version", "1", "id", id)...).wants(t, http.StatusNotFound)
	}
	his.Get("/searches").lacks(t, "Mystic capes")
	his.Get("/searches?deleted="+id).lacks(t, "Mystic capes")
	if diff := differences(before, dump(t, w.house)); diff != "" {
		t.Errorf("changed:\n%s", diff)
	}
	his.follow(his.Post("/searches/pause", "search", id)).wants(t, http.StatusOK, "0 auto e-mails paused")
	if one := w.autos(w.maya)[0]; one.State != autoemail.Active || one.Version != s.Version {
		t.Errorf("%+v", one.Search)
	}
}

func TestSearchList(t *testing.T) {
	w := searchHouse(t)
	first, second, third := w.make(t, w.ana.ID, "name", "Capes"), w.make(t, w.ana.ID, "name", "Lofts", "schedule", "weekly"), w.make(t, w.carl.ID, "name", "Barns", "schedule", "asap")

	t.Run("shows each with its client, criteria, schedule and state", func(t *testing.T) {
		r := w.her.Get("/searches")
		r.wants(t, http.StatusOK, "Capes", "Ana Osei", "Homes in Mystic", "Lofts", "Mondays at 8:00 AM", "Barns", "Carl Whitman", "Running", `All <b class="num">3</b>`, `Paused <b class="num">0</b>`)
		clean(t, r.Body)
	})

	t.Run("finds while somebody types", func(t *testing.T) {
		r := w.her.HTMX().Get("/searches?q=loft")
		r.wants(t, http.StatusOK, "Lofts", `All <b class="num">1</b>`)
		r.lacks(t, "Barns", "<html")
		w.her.Get("/searches?q=whitman").wants(t, http.StatusOK, "Barns")
		w.her.Get("/searches?q=nobody").wants(t, http.StatusOK, "Nothing here", "Show all")
		r = w.her.Get("/searches?client=" + fmt.Sprint(w.carl.ID))
		r.wants(t, http.StatusOK, "Auto e-mails of Carl Whitman", "Barns")
		r.lacks(t, "Lofts")
	})

	t.Run("pauses and resumes those that are ticked", func(t *testing.T) {
		r := w.her.follow(w.her.Post("/searches/pause", "search", fmt.Sprint(first.ID), "search", fmt.Sprint(third.ID), "back", "/searches?state=paused"))
		r.wants(t, http.StatusOK, "2 auto e-mails paused", "Capes", "Barns", "by you since")
		r.lacks(t, "Lofts")
		w.her.follow(w.her.Post("/searches/pause", "search", fmt.Sprint(first.ID), "until", "2026-12-24")).wants(t, http.StatusOK, "until 24 December 2026")
		w.her.follow(w.her.Post("/searches/pause", "search", fmt.Sprint(first.ID))).wants(t, http.StatusOK, "until 24 Dec") // kept
		w.her.Post("/searches/pause", "search", fmt.Sprint(first.ID), "until", "soon").wants(t, http.StatusUnprocessableEntity, "such as 2026-12-24")
		w.her.Get("/searches?state=active").wants(t, http.StatusOK, "Lofts", `Running <b class="num">1</b>`)
		w.her.follow(w.her.Post("/searches/resume", "search", fmt.Sprint(first.ID), "search", fmt.Sprint(second.ID))).wants(t, http.StatusOK, "1 auto e-mail running again")
		w.her.follow(w.her.Post("/searches/pause", "back", "//evil.example")).wants(t, http.StatusOK, "Nothing was ticked")
		if to := w.her.Post("/searches/pause", "search", fmt.Sprint(first.ID), "back", "https://evil.example/searches?").Header.Get("Location"); to != "/searches" {
			t.Errorf("leads to %q", to)
		}
	})

	t.Run("has pages", func(t *testing.T) {
		for i := range 52 {
			w.make(t, w.carl.ID, "name", fmt.Sprintf("Number %02d", i))
		}
		r := w.her.Get("/searches")
		next := r.link(t, `rel="next" href="([^"]*)"`)
		if n := strings.Count(r.Body, `data-row`); n != 50 {
			t.Errorf("%d rows", n)
		}
		second := w.her.Get(next)
		second.wants(t, http.StatusOK, "First page")
		if n := strings.Count(second.Body, `data-row`); n != 5 {
			t.Errorf("%d rows on the second page", n)
		}
	})
}

func TestSearchActs(t *testing.T) {
	w := searchHouse(t)
	s := w.make(t, w.ana.ID)
	at := fmt.Sprintf("/searches/%d", s.ID)

	t.Run("pauses until a day, and resumes", func(t *testing.T) {
		w.her.follow(w.her.Post(at+"/pause", "until", "2026-12-24")).wants(t, http.StatusOK, "Paused until 24 December 2026", "By you since 12 Nov, until 24 Dec", "Resume")
		w.her.follow(w.her.Post(at+"/resume")).wants(t, http.StatusOK, "It runs again.", "Running")
		w.her.Post(at+"/pause", "until", "2026-11-01").wants(t, http.StatusUnprocessableEntity, "Choose a day to come")
		w.her.Post(at+"/pause", "until", "soon").wants(t, http.StatusUnprocessableEntity, "year-month-day")
		w.her.follow(w.her.Post(at+"/pause")).wants(t, http.StatusOK, "Paused until you resume it")
		w.her.follow(w.her.Post(at+"/resume")).wants(t, http.StatusOK, "Running")
	})

	t.Run("stands there to be mended when its criteria and schedule can't be read any more", func(t *testing.T) {
		broken := w.make(t, w.carl.ID, "name", "Of another version")
		_, err := w.store.Write.ExecContext(t.Context(), "UPDATE searches SET criteria = 'what', schedule = '{}', state = 'paused', paused_by = 'criteria' WHERE id = "+fmt.Sprint(broken.ID))
		if err != nil {
			t.Fatal(err)
		}
		path := fmt.Sprintf("/searches/%d", broken.ID)
		w.her.Get("/searches").wants(t, http.StatusOK, "Of another version", "can’t be read any more")
		w.her.Get(path).wants(t, http.StatusOK, "can’t be read any more: set it again")
		w.her.Get(path+"?change=1").wants(t, http.StatusOK, `value="Of another version"`)
		one, err := autoemail.Find(t.Context(), w.store.Read, w.maya.ID, broken.ID)
		if err != nil {
			t.Fatal(err)
		}
		w.her.follow(w.her.Post(path, formOf(w.carl.ID, "version", fmt.Sprint(one.Version), "name", "Mended")...)).wants(t, http.StatusOK, "Saved. The next letter to Carl", "Homes in Mystic", "Running")
	})

	t.Run("duplicates for another client, who has to be chosen", func(t *testing.T) {
		r := w.her.Get("/searches/new?copy=" + fmt.Sprint(s.ID))
		r.wants(t, http.StatusOK, "A copy of", "Mystic capes", `value="Mystic"`, `value="17:30"`, "Choose one of your clients.")
		r.lacks(t, `name="id"`)
		clean(t, r.Body)
	})

	t.Run("deletes with a way back", func(t *testing.T) {
		r := w.her.follow(w.her.Post(at + "/deletion"))
		r.wants(t, http.StatusOK, "is deleted", "Undo", at+"/restoration")
		for _, one := range w.autos(w.maya) {
			if one.ID == s.ID {
				t.Error("still listed")
			}
		}
		page := w.her.Get(at)
		page.wants(t, http.StatusOK, "This is deleted.", "Undo")
		page.lacks(t, "Duplicate", "Pause")
		clean(t, page.Body)
		w.her.follow(w.her.Post(at+"/restoration")).wants(t, http.StatusOK, "It is back as it was.", "Running")
		w.her.Get("/searches?deleted="+fmt.Sprint(s.ID)).lacks(t, "is deleted")
		w.her.Post(at + "/deletion")
		w.pass(25 * time.Hour)
		if r := w.her.Post(at + "/restoration"); r.Status != http.StatusGone && r.Status != http.StatusNotFound {
			t.Errorf("a day later: %d", r.Status)
		}
	})
}

func TestSearchDryRun(t *testing.T) {
	w := searchHouse(t)

	t.Run("while typing tells what matches, what would have left, and shows the letter", func(t *testing.T) {
		r := w.her.HTMX().Post("/searches/dry-run", formOf(w.ana.ID, "message", "Look at these.")...)
		r.wants(t, http.StatusOK, `<b class="num">3</b>homes match now`, "would have sent 3 homes in 1 letter.", "12 Elm Street", "$449,000", "Listed by Harborview Properties", "Subject", "/searches/sample/html?", `hx-target="#name-made"`, "Ana Osei")
		r.lacks(t, "<html", "22 Elm Street")
		clean(t, r.Body)
		frame := w.her.Get(r.link(t, `<iframe[^>]* src="([^"]*)"`))
		frame.wants(t, http.StatusOK, "12 Elm Street", "Look at these.", "Maya Bell", "14 Elm Street, Guilford", "Maya is looking out for homes for you: “Mystic capes”")
		frame.lacks(t, "22 Elm Street")
		if policy := frame.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") {
			t.Errorf("policy %q", policy)
		}
		foreign := w.her
		foreign.header = http.Header{"Sec-Fetch-Site": {"cross-site"}}
		foreign.Get(r.link(t, `<iframe[^>]* src="([^"]*)"`)).wants(t, http.StatusNotFound)
		foreign.header = http.Header{}
	})

	t.Run("marks what can't be read and goes on with the rest", func(t *testing.T) {
		r := w.her.HTMX().Post("/searches/dry-run", formOf(w.ana.ID, "price_min", "cheap")...)
		r.wants(t, http.StatusOK, "homes match now", `hx-target="#f-price_min-why" hx-swap="innerHTML">Type a price`, "can’t be read yet")
	})

	t.Run("without JavaScript is the page with everything kept", func(t *testing.T) {
		r := w.her.Post("/searches/dry-run", formOf(w.ana.ID, "message", "Kept.", "subject", "Kept, too", "schedule", "weekly", "week_time", "09:15")...)
		r.wants(t, http.StatusOK, "<html", "homes match now", "Kept.", "Kept, too", `value="09:15"`, `value="weekly" checked`, "12 Elm Street")
		clean(t, r.Body)
		if len(w.autos(w.maya)) != 0 {
			t.Error("a dry run saved something")
		}
	})

	t.Run("of one that is saved stays on its page", func(t *testing.T) {
		s := w.make(t, w.ana.ID)
		w.her.Post("/searches/dry-run", formOf(0, "id", fmt.Sprint(s.ID), "city", "Guilford")...).wants(t, http.StatusOK, fmt.Sprintf(`action="/searches/%d"`, s.ID), `value="Guilford"`, "22 Elm Street")
	})

	t.Run("suggests a better schedule for too many, and one press sets it", func(t *testing.T) {
		w.homes(130)
		for i := range 12 {
			w.pass(3 * time.Hour)
			w.comeIn(onElm(fmt.Sprint("later-", i), asking(400_000)))
		}
		r := w.her.HTMX().Post("/searches/dry-run", formOf(w.ana.ID, "schedule", "asap", "city", "", "price_max", "900k")...)
		r.wants(t, http.StatusOK, "homes match now, more than anybody looks through", `name="suggested"`, "Use it")
		value := r.link(t, `name="suggested" value="([^"]*)"`)
		set := w.her.HTMX().Post("/searches/dry-run", formOf(w.ana.ID, "schedule", "asap", "city", "", "price_max", "900k", "suggested", value)...)
		set.wants(t, http.StatusOK, `hx-target="#when"`)
		set.lacks(t, `value="asap" checked`)
		w.her.Post("/searches/dry-run", formOf(w.ana.ID, "schedule", "asap", "city", "", "price_max", "900k", "suggested", value)...).lacks(t, `value="asap" checked`)
		w.make(t, w.ana.ID, "name", "Everything", "city", "", "price_max", "900k") // a sentence, not a stop
	})

	t.Run("finds clients to choose from", func(t *testing.T) {
		r := w.her.HTMX().Post("/searches/clients", formOf(0, "client", "", "find", "whit")...)
		r.wants(t, http.StatusOK, `aria-label="Carl Whitman"`, `id="who-list"`)
		r.lacks(t, "Ana Osei", "<html")
		w.her.Post("/searches/clients", formOf(w.ana.ID, "find", "whit", "message", "Kept.")...).wants(t, http.StatusOK, `aria-label="Carl Whitman"`, "Ana Osei", "Kept.")
	})
}

func FuzzSearchForm(f *testing.F) {
	for _, seed := range []string{"schedule=daily&day=1&time=07:00", "time=7+am&schedule=daily&day=0", "suggested={\"kind\":\"weekly\",\"days\":[1],\"times\":[480]}", "suggested={", "price_min=%00&area=1,1", "client=-1&month_day=99&schedule=monthly", "time=%ff&schedule=daily&day=9", "expires=x&event=%F0%9F%8F%A1"} {
		f.Add(seed)
	}
	h := open(f)
	maya := h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
	f.Fuzz(func(t *testing.T, body string) {
		h.t = t
		r, err := http.NewRequest(http.MethodPost, "/searches/dry-run", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.RequestURI = "/searches/dry-run"
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if answer := maya.do(r); answer.Status >= 500 {
			t.Errorf("%q: %d\n%s", body, answer.Status, answer.Body)
		}
	})
}
