package web

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// When a new auto email writes for the first time.
const (
	welcomeNow  = "now"
	welcomeNext = "next"
	welcomeNone = "none"
)

// What a client is told of changed criteria.
const (
	tellNow = "now" // a letter with what matches leaves at once
	tellNew = "new" // only what is new from then on
)

// searchTyped is the form of an auto email as it came.
type searchTyped struct {
	ID      autoemail.ID // 0: a new one
	Client  clients.ID
	Find    string // looks for a client
	Name    string
	Query   listingQuery // the criteria
	When    typedWhen
	Events  []string
	Subject string
	Message string
	CopyMe  bool
	Vetted  bool // concierge
	Drops   bool
	Welcome string
	Tell    string // empty: not said
	Expires string
	Version int64
}

// firstTyped is the form before anybody has typed: a letter every morning with what most people want to hear of.
func firstTyped() searchTyped {
	t := searchTyped{Query: readListingQuery(url.Values{}), Welcome: welcomeNow, When: whenTyped(autoemail.Schedule{Kind: autoemail.Daily, Times: []int{7 * 60}})}
	for _, kind := range []listings.EventKind{listings.EventNew, listings.EventPrice, listings.EventBack, listings.EventOpenHouse} {
		t.Events = append(t.Events, string(kind))
	}
	return t
}

// typedFromSearch is the form of a saved auto email.
func typedFromSearch(s autoemail.Search) searchTyped {
	t := searchTyped{
		ID: s.ID, Client: s.ClientID, Name: s.Name, Query: readListingQuery(s.Criteria.Values()), When: whenTyped(s.Schedule), Subject: s.Subject,
		Message: s.Message, CopyMe: s.CopyMe, Vetted: s.Concierge, Drops: s.DropsDirect, Welcome: welcomeNow, Expires: s.ExpiresOn, Version: s.Version,
	}
	for _, kind := range s.Events {
		t.Events = append(t.Events, string(kind))
	}
	return t
}

// bodyValues is a form that was sent, whatever it is made of.
func bodyValues(c *fiber.Ctx) (url.Values, error) {
	if !strings.HasPrefix(c.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil, unreadable(fault.New(fault.Invalid, "no form"))
	}
	values, _ := url.ParseQuery(string(c.Body())) // what can be read of it
	return cleaned(values), nil
}

// readSearchForm reads the form of an auto email.
func readSearchForm(c *fiber.Ctx) (searchTyped, error) {
	v, err := bodyValues(c)
	if err != nil {
		return searchTyped{}, err
	}
	number := func(name string) int64 {
		n, _ := strconv.ParseInt(v.Get(name), 10, 64) // 0 is nobody's
		return max(0, n)
	}
	lines := func(name string) string { return strings.ReplaceAll(v.Get(name), "\r\n", "\n") }
	t := searchTyped{
		ID: autoemail.ID(number("id")), Client: clients.ID(number("client")), Find: strings.TrimSpace(v.Get("find")), Name: strings.TrimSpace(v.Get("name")),
		Query: readListingQuery(criteriaOf(v)), Events: v["event"], Subject: strings.TrimSpace(v.Get("subject")), Message: lines("message"),
		CopyMe: v.Get("copy_me") != "", Vetted: v.Get("concierge") != "", Drops: v.Get("drops_direct") != "",
		Welcome: v.Get("welcome"), Tell: v.Get("tell"), Expires: strings.TrimSpace(v.Get("expires")), Version: number("version"),
		When: typedWhen{Kind: v.Get("schedule"), Days: v["day"], Times: v["time"], Weekday: v.Get("weekday"), WeekTime: v.Get("week_time"), MonthDay: v.Get("month_day"), MonthTime: v.Get("month_time")},
	}
	if suggested := v.Get("suggested"); suggested != "" {
		var sch autoemail.Schedule
		if json.Unmarshal([]byte(suggested), &sch) == nil && sch.Check() == nil {
			kept := t.When
			t.When = whenTyped(sch)
			t.When.keep(kept)
		}
	}
	return t, nil
}

// criteriaOf are the values that are criteria, without those that somebody took out.
func criteriaOf(v url.Values) url.Values {
	criteria := url.Values{}
	for _, name := range append([]string{"open_house", "area", "near"}, searchFields...) {
		if some := v[name]; len(some) > 0 && v.Get("without_"+name) == "" {
			criteria[name] = some
		}
	}
	return criteria
}

// search is what the domain takes. What can't be read is named by its field.
func (t searchTyped) search(by agents.ID) (autoemail.Search, error) {
	var wrong fault.Form
	for _, name := range slices.Sorted(maps.Keys(t.Query.wrong)) {
		wrong.Add(name, "%s", t.Query.wrong[name])
	}
	s := autoemail.Search{
		ID: t.ID, AgentID: by, ClientID: t.Client, Name: t.named(), Criteria: t.Query.criteria, Schedule: t.When.schedule(t.Vetted, &wrong),
		Subject: t.Subject, Message: t.Message, CopyMe: t.CopyMe, Concierge: t.Vetted, DropsDirect: t.Vetted && t.Drops, ExpiresOn: t.Expires, Version: t.Version,
	}
	for _, kind := range listings.EventKinds {
		if slices.Contains(t.Events, string(kind)) {
			s.Events = append(s.Events, kind)
		}
	}
	if len(s.Events) == 0 {
		wrong.Add("events", "Tick at least one: with none, no letter would ever leave.")
	}
	if t.Client == 0 {
		wrong.Add("client", "Choose who this is for.")
	}
	return s, wrong.Err()
}

// named is the name, made of the criteria where none was typed.
func (t searchTyped) named() string {
	if t.Name != "" {
		return t.Name
	}
	return nameFor(t.Query.criteria)
}

// nameFor names an auto email by what it looks for and where.
func nameFor(c listings.Criteria) string {
	name := listings.Criteria{PropertyTypes: c.PropertyTypes, Cities: c.Cities, PostalCodes: c.PostalCodes, Area: c.Area}.Words()
	if c.Near != nil {
		name += " within " + count(int(c.Near.Miles+.5), "mile", "miles")
	}
	const most = 60
	if name == "Homes" || len([]rune(name)) > most {
		return "New homes"
	}
	return name
}

// saving is what saving it sets off: at says what stands saved now, none for a new one.
func (t searchTyped) saving(at *autoemail.Search) autoemail.Saving {
	if at == nil {
		if t.Welcome == welcomeNone {
			return autoemail.Saving{}
		}
		return autoemail.Saving{Opening: autoemail.OpeningWelcome, AtOnce: t.Welcome == welcomeNow, Present: true}
	}
	switch {
	case !t.revises(*at):
		return autoemail.Saving{}
	case t.Vetted:
		return autoemail.Saving{Opening: autoemail.OpeningRevised, Present: true}
	case t.Tell == tellNow:
		return autoemail.Saving{Opening: autoemail.OpeningRevised, AtOnce: true, Present: true}
	}
	return autoemail.Saving{}
}

// revises says whether the criteria are others than those saved.
func (t searchTyped) revises(at autoemail.Search) bool {
	return t.Query.criteria.Values().Encode() != at.Criteria.Values().Encode()
}

// asks says whether the agent has to say what the client hears of the change.
func (t searchTyped) asks(at autoemail.Search) bool {
	return at.State == autoemail.Active && !t.Vetted && t.revises(at) && t.Tell != tellNow && t.Tell != tellNew
}

// meanwhile lists what stands in saved and not in what was typed.
func (t searchTyped) meanwhile(saved autoemail.Search, mine autoemail.Search) []savedField {
	yes := func(b bool) string {
		if b {
			return "yes"
		}
		return "no"
	}
	var out []savedField
	for _, one := range []struct{ label, typed, saved string }{
		{"Name", mine.Name, saved.Name}, {"Looks for", mine.Criteria.Words(), saved.Criteria.Words()}, {"Schedule", scheduleWords(mine), scheduleWords(saved)},
		{"Letters about", eventsWords(mine.Events), eventsWords(saved.Events)}, {"Subject", mine.Subject, saved.Subject}, {"Message", mine.Message, saved.Message},
		{"Copy to me", yes(mine.CopyMe), yes(saved.CopyMe)}, {"Last day", mine.ExpiresOn, saved.ExpiresOn},
	} {
		if strings.TrimSpace(one.typed) == strings.TrimSpace(one.saved) {
			continue
		}
		if one.saved == "" {
			one.saved = "(empty)"
		}
		out = append(out, savedField{one.label, one.saved})
	}
	return out
}
