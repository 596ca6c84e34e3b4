package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/fault"
	"porchlight/app/listings"
)

// searchForm is the form of an auto email on the screen.
type searchForm struct {
	ID               autoemail.ID // 0: a new one
	Version          int64
	Action           string
	Cancel           string
	Who              whoView
	Name             Field
	NameMade         string // what it is called where nothing is typed
	Criteria         listingForm
	CriteriaWrong    string       // what is wrong with none of the fields alone
	Places           []seekChoice // the drawn area, the circle: by the name of the tick that takes it out
	When             whenView
	Events           []seekChoice
	EventsWrong      string
	Vetted, Drops    bool
	Welcome          []seekChoice
	Subject, Message Field
	CopyMe           bool
	Expires          Field
	MoreOpen         bool // what few need is unfolded
	Wrong            []wrongLink
	Say              string // what is wrong with none of the fields
	Overtaken        bool
	Meanwhile        []savedField
	Ask              string // the client's first name: are they told of the changed criteria?
	Dropped          string // words of a search of homes that are no criteria
}

// wrongLink leads from the top of a refused form to the field.
type wrongLink struct{ ID, Say string }

// whoView is whom the auto email is for.
type whoView struct {
	Fixed                 bool // it is theirs already
	Chosen                bool
	ID                    clients.ID
	Name, First, Initials string
	Email, URL            string
	Find                  string
	List                  []whoPick
	More                  bool // others match, too
	None                  bool // there are no clients at all
	Error                 string
	Shut                  string // why nothing can leave to them now
}

type whoPick struct {
	ID                    clients.ID
	Name, Email, Initials string
	Chosen                bool
}

// whenView is the schedule's part of the form.
type whenView struct {
	Kinds               []seekChoice
	Days                []seekChoice
	Times, More         []string // those shown at once, and those behind "More times"
	Weekdays, MonthDays []seekChoice
	WeekTime, MonthTime string
	Wrong               string
	TimesOpen           bool
}

// searchForm shows what was typed, with what is wrong with it.
func (s *Server) searchForm(ctx context.Context, by agents.Agent, t searchTyped, wrong map[string]string) (searchForm, error) {
	fs := fields{wrong}
	form := searchForm{
		ID: t.ID, Version: t.Version, Action: "/searches", Cancel: "/searches", NameMade: nameFor(t.Query.criteria), Criteria: newListingForm(t.Query), When: t.When.view(wrong),
		EventsWrong: wrong["events"], Vetted: t.Vetted, Drops: t.Drops, CopyMe: t.CopyMe,
		Name: fs.of("name", "Name", t.Name), Subject: fs.of("subject", "Subject", t.Subject), Message: fs.of("message", "Message", t.Message), Expires: fs.of("expires", "Last day", t.Expires),
	}
	if t.ID != 0 {
		form.Action, form.Cancel = searchURL(t.ID), searchURL(t.ID)
	}
	form.Subject.Hint = "Left empty, it is made from the homes: “3 homes for you”, or the address where there is one."
	form.Message.Rows, form.Message.Hint = 4, "Stands above the homes in every letter. Left empty, one line says what the letter is."
	form.Expires.Type, form.Expires.Hint = "date", "Left empty, it runs until you or your client stop it."
	form.MoreOpen = t.CopyMe || t.Expires != "" || wrong["expires"] != ""
	for _, kind := range listings.EventKinds {
		form.Events = append(form.Events, seekChoice{string(kind), eventNames[kind], slices.Contains(t.Events, string(kind))})
	}
	for _, one := range []seekChoice{
		{welcomeNow, "Now, with the homes that match today", false},
		{welcomeNext, "With the first letter of the schedule", false},
		{welcomeNone, "None: only what is new from now on", false},
	} {
		one.Chosen = one.Value == t.Welcome || t.Welcome == "" && one.Value == welcomeNow
		form.Welcome = append(form.Welcome, one)
	}
	if len(t.Query.criteria.Area) > 0 {
		form.Places = append(form.Places, seekChoice{Value: "area", Word: "Inside the area drawn on the map"})
	}
	if near := t.Query.criteria.Near; near != nil {
		form.Places = append(form.Places, seekChoice{Value: "near", Word: "Within " + plainNumber(near.Miles) + " miles of a place on the map"})
	}
	form.CriteriaWrong = cmp.Or(wrong["criteria"], wrong["area"], wrong["near"])
	form.mark(wrong)
	var err error
	form.Who, err = s.who(ctx, by, t, wrong["client"])
	return form, err
}

// fieldIDs are the elements that a fault about a field leads to, where its name is not the id.
var fieldIDs = map[string]string{"client": "for-whom", "days": "when", "times": "when", "day": "when", "schedule": "when", "events": "events", "area": "which-homes", "near": "which-homes", "criteria": "which-homes"}

// mark lists what is wrong, in the order of the form.
func (form *searchForm) mark(wrong map[string]string) {
	order := append([]string{"client", "name", "criteria", "area", "near"}, searchFields...)
	order = append(order, "schedule", "days", "times", "day", "events", "subject", "message", "expires")
	for _, name := range order {
		say := wrong[name]
		if say == "" {
			continue
		}
		id := name
		if at := fieldIDs[name]; at != "" {
			id = at
		} else if slices.Contains(searchFields, name) {
			id = "f-" + name
		}
		form.Wrong = append(form.Wrong, wrongLink{id, say})
	}
	for name, say := range wrong {
		if !slices.Contains(order, name) {
			form.Wrong = append(form.Wrong, wrongLink{"auto", say})
		}
	}
}

// who lists the agent's clients to choose from, the chosen one first. Faults: NotFound (the chosen one is not theirs).
func (s *Server) who(ctx context.Context, by agents.Agent, t searchTyped, wrong string) (whoView, error) {
	v := whoView{Fixed: t.ID != 0, Find: t.Find, Error: wrong}
	if t.Client != 0 {
		one, err := clients.Find(ctx, s.Store.Read, by.ID, t.Client)
		if err != nil {
			return v, err
		}
		v.Chosen, v.ID, v.Name, v.First, v.Initials, v.Email, v.URL = true, one.ID, one.Name(), forename(one), initials(one.Name()), one.Email, clientURL(one.ID)
		shut, err := s.Ledger.Refused(ctx, s.Store.Read, by.ID, []clients.ID{one.ID}, s.Clock())
		if err != nil {
			return v, err
		}
		v.Shut = shut[one.ID]
	}
	if v.Fixed {
		return v, nil
	}
	found, err := clients.List(ctx, s.Store.Read, clients.Filter{Agent: by.ID, Query: t.Find, Limit: clientsOffered})
	if err != nil {
		return v, err
	}
	if v.Chosen {
		v.List = append(v.List, whoPick{v.ID, v.Name, v.Email, v.Initials, true})
	}
	for _, one := range found.Clients {
		if one.ID != v.ID {
			v.List = append(v.List, whoPick{one.ID, one.Name(), one.Email, initials(one.Name()), false})
		}
	}
	v.More = found.Next != ""
	v.None = len(v.List) == 0 && t.Find == ""
	return v, nil
}

// clientsOffered is how many clients the form lists at once.
const clientsOffered = 50

// scheduleKinds name the schedules.
var scheduleKinds = []seekChoice{{Value: autoemail.ASAP, Word: "As it happens"}, {Value: autoemail.Daily, Word: "Daily"}, {Value: autoemail.Weekly, Word: "Weekly"}, {Value: autoemail.Monthly, Word: "Monthly"}}

// view shows the schedule's fields as typed.
func (w typedWhen) view(wrong map[string]string) whenView {
	v := whenView{WeekTime: w.WeekTime, MonthTime: w.MonthTime}
	for _, kind := range scheduleKinds {
		kind.Chosen = kind.Value == w.Kind
		v.Kinds = append(v.Kinds, kind)
	}
	for _, day := range weekdays {
		number := strconv.Itoa(int(day))
		v.Days = append(v.Days, seekChoice{number, day.String()[:3], slices.Contains(w.Days, number)})
		v.Weekdays = append(v.Weekdays, seekChoice{number, day.String(), number == w.Weekday})
	}
	for day := 1; day <= 28; day++ {
		number := strconv.Itoa(day)
		v.MonthDays = append(v.MonthDays, seekChoice{number, number, number == w.MonthDay})
	}
	times := slices.DeleteFunc(slices.Clone(w.Times), func(text string) bool { return strings.TrimSpace(text) == "" })
	times = times[:min(len(times), 2*timesADay)]
	for len(times) < timesADay {
		times = append(times, "")
	}
	v.Times, v.More = times[:2], times[2:]
	v.TimesOpen = times[2] != ""
	for _, name := range []string{"schedule", "days", "times", "day"} {
		if v.Wrong == "" {
			v.Wrong = wrong[name]
		}
	}
	return v
}

// troubleWith is what a fault says about the form; err is anything else.
func troubleWith(err error) (wrong map[string]string, say string, rest error) {
	f := fault.As(err)
	switch {
	case err == nil:
		return nil, "", nil
	case f == nil || f.Kind != fault.Invalid:
		return nil, "", err
	case len(f.Fields) == 0:
		return map[string]string{}, f.Say, nil
	}
	return f.Fields, "", nil
}
