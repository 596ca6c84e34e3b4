package web_test

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/listings"
)

// addresses are the homes on a page of cards or lines, in order.
func (r reply) addresses() []string {
	var all []string
	for _, m := range regexp.MustCompile(`name="home" value="\d+" form="ticks" aria-label="([^"]*)"`).FindAllStringSubmatch(r.Body, -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// link is where a link leads whose markup matches a pattern with one group.
func (r reply) link(t testing.TB, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(r.Body)
	if m == nil {
		t.Fatalf("no %s in\n%s", pattern, r.Body)
	}
	return html.UnescapeString(m[1])
}

func listingHouse(t *testing.T) (*house, *browser) {
	t.Helper()
	h := open(t)
	return h, h.as(h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker))
}

func TestListingSearch(t *testing.T) {
	h, maya := listingHouse(t)
	maya.Get("/listings").wants(t, http.StatusOK, "No homes yet", `href="/listings/import"`)
	h.comeIn(
		onElm("12", asking(449_000)),
		onElm("22", asking(650_000), inTown("Guilford", "06437"), func(r *listings.Record) { r.GarageYN, r.BedroomsTotal = true, number[int64](4) }),
		onElm("31", asking(300_000), in(listings.Closed)),
		onElm("40", asking(500_000), in(listings.ComingSoon), func(r *listings.Record) { r.PropertyType, r.InternetAddressDisplayYN = "Land", false }),
		onElm("51", func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }),
	)

	t.Run("shows what is on the market, with attribution", func(t *testing.T) {
		r := maya.Get("/listings")
		r.wants(t, http.StatusOK, "3 homes", "$449,000", "3 beds · 2.5 baths · 1,840 sq ft · 0.4 acres", `Listed by Harborview Properties, <span class="nowrap">860-555-0110</span>`, "Mystic, CT 06355", "New today", "Coming Soon")
		r.lacks(t, "31 Elm Street", "51 Elm Street", "40 Elm Street")
		if got := r.addresses(); len(got) != 3 || !slices.Contains(got, "Address withheld by the seller, number 24-40") {
			t.Errorf("ticks are called %q", got)
		}
		clean(t, r.Body)
	})

	t.Run("takes each criterion from the address and shows it as a chip that leads away from it", func(t *testing.T) {
		for query, want := range map[string]struct {
			found []string
			chip  string
		}{
			"type=Land":                {[]string{"Address withheld by the seller, number 24-40"}, "Land"},
			"city=guilford":            {[]string{"22 Elm Street"}, "Guilford"},
			"zip=06437":                {[]string{"22 Elm Street"}, "06437"},
			"price_min=%24600k":        {[]string{"22 Elm Street"}, "From $600,000"},
			"price_max=450000":         {[]string{"12 Elm Street"}, "Up to $450,000"},
			"beds_min=4":               {[]string{"22 Elm Street"}, "4+ beds"},
			"feature=garage":           {[]string{"22 Elm Street"}, "Garage"},
			"status=Closed":            {[]string{"31 Elm Street"}, "Closed"},
			"q=12+elm":                 {[]string{"12 Elm Street"}, "“12 elm”"},
			"q=24-22":                  {[]string{"22 Elm Street"}, "“24-22”"},
			"beds_min=4&baths_min=2.5": {[]string{"22 Elm Street"}, "2.5+ baths"},
			"words_all=shingle&city=Guilford&year_max=1930&area_min=1800&lot_max=1ac": {[]string{"22 Elm Street"}, "“shingle”"},
		} {
			r := maya.Get("/listings?" + query)
			if got := r.addresses(); r.Status != http.StatusOK || !slices.Equal(got, want.found) {
				t.Errorf("%s: %d %q", query, r.Status, got)
				continue
			}
			mark := `aria-label="Without ` + strings.ReplaceAll(want.chip, "+", "&#43;") + `"`
			without := r.link(t, `href="([^"]*)" `+regexp.QuoteMeta(mark))
			if n := strings.Count(without, "="); n != strings.Count(query, "=")-1 {
				t.Errorf("%s: without %s is %s", query, want.chip, without)
			}
			maya.Get(without).lacks(t, mark)
		}
	})

	t.Run("also finds for agents what clients may not see, when asked", func(t *testing.T) {
		maya.Get("/listings?hidden=1").wants(t, http.StatusOK, "51 Elm Street", "Not for clients", "Also homes clients can’t see")
	})

	t.Run("marks what it can't read beside its field, keeps it, and searches with the rest", func(t *testing.T) {
		for _, b := range []*browser{maya, maya.HTMX()} {
			r := b.Get("/listings?price_min=cheap&beds_min=4")
			r.wants(t, http.StatusUnprocessableEntity, "Type a price", "4&#43; beds")
			if got := r.addresses(); !slices.Equal(got, []string{"22 Elm Street"}) {
				t.Errorf("found %q", got)
			}
		}
		maya.Get("/listings?price_min=cheap&beds_min=4").wants(t, http.StatusUnprocessableEntity, `value="cheap"`, `aria-invalid="true"`)
		r := maya.HTMX().Get("/listings?price_min=cheap&beds_min=4")
		r.wants(t, http.StatusUnprocessableEntity, `hx-target="#f-price_min-why"`)
		if at := r.Header.Get("HX-Replace-Url"); at != "" && !strings.Contains(at, "price_min=cheap") {
			t.Errorf("the address becomes %q", at)
		}
	})

	t.Run("says which criterion stands in the way when nothing is found", func(t *testing.T) {
		r := maya.Get("/listings?beds_min=4&city=Mystic")
		r.wants(t, http.StatusOK, "0 homes", "Nothing matches all of this", "1 home<", "2 homes<")
		if i, j := strings.Index(r.Body, "2 homes<"), strings.Index(r.Body, "1 home<"); i > j {
			t.Error("the larger number does not come first")
		}
		clean(t, r.Body)
		maya.Get("/listings?words_all=xyzzy&words_any=plugh&beds_min=9").wants(t, http.StatusOK, "Nothing matches", "Show all homes")
	})

	t.Run("answers typing with the list, the count in words and a plain address", func(t *testing.T) {
		r := maya.HTMX().Get("/listings?q=&type=&city=Guilford&zip=&price_min=&price_max=&beds_min=&baths_min=&sort=newest&status=Active&status=Coming+Soon")
		r.wants(t, http.StatusOK, `hx-target="#live" hx-swap="innerHTML">1 home<`)
		r.lacks(t, "<html", `id="search"`)
		if got := r.Header.Get("HX-Replace-Url"); got != "/listings?city=Guilford" {
			t.Errorf("the address becomes %q", got)
		}
		withForm := maya.HTMX().Get("/listings?city=Guilford&fields=1")
		withForm.wants(t, http.StatusOK, `hx-target="#search"`, `value="Guilford"`)
		if got := withForm.Header.Get("HX-Replace-Url"); got != "" {
			t.Errorf("a link's address is replaced by %q", got)
		}
	})

	t.Run("suggests towns for the last word typed", func(t *testing.T) {
		maya.HTMX().Get("/listings/towns?city=Mystic,+gui").wants(t, http.StatusOK, `value="Mystic, Guilford"`)
		if r := maya.HTMX().Get("/listings/towns?city="); strings.Contains(r.Body, "option") {
			t.Errorf("suggests %s", r.Body)
		}
	})

	t.Run("has a list and a map as well", func(t *testing.T) {
		for view, want := range map[string]string{"list": "<table", "map": "data-map"} {
			r := maya.Get("/listings?view=" + view)
			r.wants(t, http.StatusOK, want, "12 Elm Street", `name="view" value="`+view+`" form="search"`)
			clean(t, r.Body)
		}
	})
}

func TestListingPages(t *testing.T) {
	h, maya := listingHouse(t)
	h.homes(60)
	var seen []string
	r := maya.Get("/listings?sort=price")
	r.wants(t, http.StatusOK, "60 homes", "1–24")
	second := r.link(t, `rel="next" href="([^"]*)"`)
	seen = append(seen, r.addresses()...)
	first := r.addresses()
	r = maya.Get(second)
	r.wants(t, http.StatusOK, "25–48", "First page")
	middle := r.addresses()
	seen = append(seen, middle...)
	r = maya.Get(r.link(t, `rel="next" href="([^"]*)"`))
	r.wants(t, http.StatusOK, "49–60")
	r.lacks(t, `rel="next"`)
	seen = append(seen, r.addresses()...)
	if len(seen) != 60 || !slices.IsSorted(seen) {
		t.Errorf("pages show %d homes: %q", len(seen), seen)
	}
	r = maya.Get(r.link(t, `rel="prev" href="([^"]*)"`))
	r.wants(t, http.StatusOK, "25–48")
	if !slices.Equal(r.addresses(), middle) {
		t.Error("previous is another page")
	}
	r = maya.Get(r.link(t, `rel="prev" href="([^"]*)"`))
	if !slices.Equal(r.addresses(), first) || strings.Contains(r.Body, `rel="prev"`) {
		t.Error("the first page is not the first")
	}
	maya.Get("/listings?after=nonsense&page=7").wants(t, http.StatusOK, "1–24")
	if got := maya.HTMX().Get(second).Header.Get("HX-Replace-Url"); got != "" {
		t.Errorf("the step to the next page is lost: %q", got)
	}
}

func TestListingNews(t *testing.T) {
	h, maya := listingHouse(t)
	h.comeIn(onElm("12", func(r *listings.Record) { r.OnMarketDate = "2026-09-01" }), onElm("14"))
	h.pass(10 * 24 * time.Hour)
	h.comeIn(onElm("12", func(r *listings.Record) { r.OnMarketDate = "2026-09-01" }, asking(434_000), h.openIn(50*time.Hour)), onElm("14"))
	r := maya.Get("/listings")
	r.wants(t, http.StatusOK, "Price down $15,000", ">$449,000</s>", "$434,000", "Open Tuesday 11 am–1 pm") // 16:00 UTC is 11:00 in New York
	r.lacks(t, "New today", "New yesterday")
	h.pass(29 * 24 * time.Hour)
	maya.Get("/listings").wants(t, http.StatusOK, "Price down $15,000")
	h.pass(2 * 24 * time.Hour)
	maya.Get("/listings").lacks(t, "Price down", "<s ", "Open Tue")
	maya.Get(fmt.Sprint("/listings/", h.home("12"))).lacks(t, "Price down", "<s ") // where all its history is known
}

func TestListingPage(t *testing.T) {
	h, maya := listingHouse(t)
	h.comeIn(onElm("12", func(r *listings.Record) { r.OnMarketDate = "2026-09-01" }, h.openIn(50*time.Hour)), onElm("13"), onElm("14", in(listings.Withdrawn)),
		onElm("15", func(r *listings.Record) { r.InternetEntireListingDisplayYN = false }), onElm("16", func(r *listings.Record) { r.InternetAddressDisplayYN = false }))
	h.pass(3 * 24 * time.Hour)
	h.comeIn(onElm("12", func(r *listings.Record) { r.OnMarketDate = "2026-09-01" }, asking(434_000)))
	page := func(key string) reply {
		r := maya.Get(fmt.Sprint("/listings/", h.home(key)))
		clean(t, r.Body)
		return r
	}

	t.Run("tells all there is of a home", func(t *testing.T) {
		r := page("12")
		r.wants(t, http.StatusOK, "<h1 dir=\"auto\">12 Elm Street</h1>", "$434,000", ">$449,000</s>", "Shingle cape two streets", "Forced Air", "1,840 sq ft", "$235 a sq ft",
			"Listed by Harborview Properties, 860-555-0110", "Price changed", "−$15,000 (3.3%)", `role="img" aria-label="Price $449,000 from`, fmt.Sprintf(`href="/letters/new?home=%d"`, h.home("12")))
		r.lacks(t, "Clients can’t see", "left the feed")
	})
	t.Run("says when it left its feed", func(t *testing.T) {
		if _, err := listings.Remove(t.Context(), h.store.Write, 7, []string{"13"}, h.clock()); err != nil {
			t.Fatal(err)
		}
		page("13").wants(t, http.StatusOK, "This home left the feed on 15 November 2026.", "13 Elm Street")
		if r := maya.Get("/listings?hidden=1"); slices.Contains(r.addresses(), "13 Elm Street") {
			t.Error("a search finds it")
		}
	})
	t.Run("says why clients don't see it", func(t *testing.T) {
		page("14").wants(t, http.StatusOK, "Clients can’t see this home.", "Its status is Withdrawn")
		page("15").wants(t, http.StatusOK, "Clients can’t see this home.", "The seller asked")
	})
	t.Run("keeps an address the seller withholds out of what clients see, and tells the agent", func(t *testing.T) {
		r := page("16")
		r.wants(t, http.StatusOK, "<h1 dir=\"auto\">Address withheld by the seller</h1>", "For you: <span dir=\"auto\">16 Elm Street")
		if strings.Count(r.Body, "16 Elm Street") != 1 || strings.Contains(r.Body, "41.35") {
			t.Error("the address or the place stands where it should not")
		}
	})
	t.Run("says which of this agent's clients were sent it", func(t *testing.T) {
		omar := h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent)
		his := furnish(h, omar, "omar")
		if _, err := h.store.Write.NewRaw("INSERT INTO mailing_homes (mailing_id, position, listing_id, note) VALUES (?, 1, ?, '')", his.mailing, h.home("12")).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.as(omar).Get(fmt.Sprint("/listings/", h.home("12"))).wants(t, http.StatusOK, "Sent to", "Ana Of omar", fmt.Sprintf(`href="/outbox/mailings/%d"`, his.mailing))
		page("12").lacks(t, "Sent to", "Of omar")
	})
	t.Run("is not found where there is none", func(t *testing.T) {
		maya.Get("/listings/999999").wants(t, http.StatusNotFound, "no such home")
	})
}

func TestListingCompare(t *testing.T) {
	h, maya := listingHouse(t)
	h.homes(6)
	h.comeIn(onElm("007", func(r *listings.Record) { r.BedroomsTotal = nil }))
	query := url.Values{}
	for _, key := range []string{"003", "001", "007", "002", "006"} {
		query.Add("home", fmt.Sprint(h.home(key)))
	}
	r := maya.Get("/listings/compare?" + query.Encode())
	r.wants(t, http.StatusOK, "Four homes fit side by side", "1 more was left out", "$302,000", "$300,000", "$301,000")
	r.lacks(t, "006 Elm Street")
	clean(t, r.Body)
	if at := func(s string) int { return strings.Index(r.Body, s+" Elm Street") }; at("003") > at("001") || at("001") > at("007") || at("007") > at("002") {
		t.Error("not in the order ticked")
	}
	r.wants(t, http.StatusOK, `<tr class="same"><th scope="row">Baths`, `<tr class="differs"><th scope="row">Beds`)
	left := maya.Get(r.link(t, `href="([^"]*)">Take out`))
	left.wants(t, http.StatusOK, "001 Elm Street", "002 Elm Street")
	left.lacks(t, "003 Elm Street", "left out")
	for _, odd := range []string{"", "?home=", "?home=x&home=-1&home=99999999999999999999&home=987654"} {
		maya.Get("/listings/compare"+odd).wants(t, http.StatusOK, "Nothing to compare yet")
	}
}
