package web

import (
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/fault"
	"porchlight/app/letters"
	"porchlight/app/listings"
	"porchlight/app/mail"
)

// dryView is what an auto email would do, beside its form.
type dryView struct {
	Asked                bool // something is known
	Now, NowWord         string
	Homes, HomesWord     string
	Letters, LettersWord string
	Days                 string // "30 days"; empty: nothing is known of the past
	Sentence             string
	Say                  []string
	Suggest              *suggestView
	Rows                 []dryHome
	All                  string // the search that shows them all
	More                 string // "and 37 more"
	Legal                []legal
	Shut                 string
	First                string
	Sample               *previewView
	Unread               bool // something typed can't be read: this is of the rest
}

// suggestView is a better schedule, and what sets it.
type suggestView struct{ Words, Value string }

// dryHome is one of the newest homes, small.
type dryHome struct {
	URL, Address, Place string
	Price, Was, Facts   string
	Picture, News, By   template.HTML
}

const (
	homesTried  = 4 // of the newest, as cards
	homesSample = 5 // in the sample letter
)

// dried is the answer to typing: what the auto email would do, and what changed on the form by that.
type dried struct {
	Dry       dryView
	Wrong     []fieldWrong
	TypeWords string
	NameMade  string
	Who       whoView
	When      *whenView // set by a suggestion
	Live      string
}

// searchDryRun works out what the form as it is typed would do.
func (s *Server) searchDryRun(c *fiber.Ctx) error {
	typed, err := readSearchForm(c)
	if err != nil {
		return err
	}
	if typed.ID != 0 {
		saved, err := autoemail.Find(c.UserContext(), s.Store.Read, me(c).ID, typed.ID)
		if err != nil {
			return err
		}
		typed.Client = saved.ClientID
	}
	if !partial(c) {
		return s.searchAgain(c, http.StatusOK, typed, typed.Query.wrong, func(*searchForm) {})
	}
	who, err := s.who(c.UserContext(), me(c), typed, "")
	if err != nil {
		return err
	}
	view := dried{Wrong: fieldsWrong(typed.Query.wrong), TypeWords: chosenTypes(typed.Query.criteria.PropertyTypes), NameMade: nameFor(typed.Query.criteria), Who: who}
	if view.Dry, err = s.dry(c, typed, who); err != nil {
		return err
	}
	if form, err := bodyValues(c); err == nil && form.Get("suggested") != "" {
		when := typed.When.view(nil)
		view.When = &when
	}
	view.Live = view.Dry.Now + " " + view.Dry.NowWord + ". " + view.Dry.Sentence
	return s.fragment(c, http.StatusOK, "searches/_dried", view)
}

// dry works out what the form would do, with what of it can be read.
func (s *Server) dry(c *fiber.Ctx, t searchTyped, who whoView) (dryView, error) {
	ctx, now := c.UserContext(), s.Clock()
	brokerage, err := s.brokerage(c)
	if err != nil {
		return dryView{}, err
	}
	v := dryView{Asked: true, Shut: who.Shut, First: who.First, Unread: len(t.Query.wrong) > 0}
	search, err := t.search(me(c).ID)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		v.Unread = v.Unread || f.Fields["times"] != "" || f.Fields["days"] != ""
		if search.Schedule.Check() != nil {
			search.Schedule = autoemail.Schedule{Kind: autoemail.Daily, Times: []int{7 * 60}}
		}
	} else if err != nil {
		return v, err
	}
	run, err := autoemail.DryRun(ctx, s.Store.Read, search, brokerage.Location(), now)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		for _, say := range f.Fields {
			v.Say = append(v.Say, say)
		}
		if len(v.Say) == 0 {
			v.Say = []string{f.Say}
		}
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.Now, v.NowWord = parted(run.Now, "home matches now", "homes match now")
	v.Homes, v.HomesWord = parted(run.Homes, "home", "homes")
	v.Letters, v.LettersWord = parted(run.Letters, "letter", "letters")
	v.Say = run.Say
	if run.Days > 0 {
		v.Days = count(run.Days, "day", "days")
	}
	v.Sentence = drySentence(run)
	if run.Suggest != nil { // its reason begins with the same words
		v.Sentence = ""
		value, err := json.Marshal(run.Suggest)
		if err != nil {
			return v, err
		}
		v.Suggest = &suggestView{run.Suggest.Words(), string(value)}
	}
	if err := s.dryHomes(c, &v, run); err != nil {
		return v, err
	}
	v.All = homesURL(search.Criteria)
	if t.ID == 0 && t.Welcome != welcomeNone {
		search.Opening = autoemail.OpeningWelcome
	}
	v.Sample, err = s.sample(ctx, me(c), brokerage, search, run.Newest[:min(len(run.Newest), homesSample)])
	return v, err
}

// parted is a number and its word, each on its own.
func parted(n int, one, many string) (number, word string) {
	if n == 1 {
		return "1", one
	}
	return thousands(int64(n)), many
}

// drySentence tells what the last days would have sent.
func drySentence(run autoemail.Dry) string {
	days := "The last " + count(run.Days, "day", "days")
	if run.Days <= 1 {
		days = "The last day"
	}
	switch {
	case run.Days <= 0:
		return "How often homes like these come will show when a feed has run for some days."
	case run.Homes == 0:
		return days + " would have sent nothing."
	}
	return days + " would have sent " + homesCount(run.Homes) + " in " + count(run.Letters, "letter", "letters") + "."
}

// dryHomes shows the newest homes.
func (s *Server) dryHomes(c *fiber.Ctx, v *dryView, run autoemail.Dry) error {
	homes, err := listings.List(c.UserContext(), s.Store.Read, run.Newest[:min(len(run.Newest), homesTried)])
	if err != nil || len(homes) == 0 {
		return err
	}
	rows, legals, err := s.listingRows(c, homes, s.Clock())
	if err != nil {
		return err
	}
	for _, row := range rows {
		v.Rows = append(v.Rows, dryHome{URL: row.URL, Address: row.Address, Place: row.Place, Price: row.Price, Was: row.Was, Facts: row.Facts, Picture: row.Picture, News: row.News, By: row.By})
	}
	v.Legal = legals
	if more := run.Now - len(rows); more > 0 {
		v.More = "See all " + homesCount(run.Now)
	}
	return nil
}

// homesURL is the search of homes with these criteria.
func homesURL(c listings.Criteria) string {
	if values := c.Values().Encode(); values != "" {
		return "/listings?" + values
	}
	return "/listings"
}

// sample shows the letter that the newest homes would make; nil where there are none.
func (s *Server) sample(ctx context.Context, by agents.Agent, house agents.Brokerage, search autoemail.Search, ids []listings.ID) (*previewView, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	v := &previewView{Subject: search.Subject}
	letter, err := s.sampleLetter(ctx, by, house, search, ids)
	if err == nil {
		v.From, v.ReplyTo, v.Via, v.Subject = letter.Identity.String(), letter.Identity.ReplyTo, letter.Identity.Via(), letter.Subject
		_, err = s.Renderer.Letter(letter)
	}
	if err != nil {
		return v, shownFault(err, v)
	}
	schedule, err := json.Marshal(search.Schedule)
	if err != nil {
		return v, err
	}
	packed, cut := packPreview(composeForm{Subject: search.Subject, Message: search.Message, Homes: ids})
	address := url.Values{"letter": {packed}, "name": {search.Name}, "schedule": {string(schedule)}, "opening": {search.Opening}}
	if search.Concierge {
		address.Set("concierge", "1")
	}
	v.Source, v.Cut = "/searches/sample/html?"+address.Encode(), cut
	return v, nil
}

// sampleLetter is the first letter of an auto email, with these homes.
func (s *Server) sampleLetter(ctx context.Context, by agents.Agent, house agents.Brokerage, search autoemail.Search, ids []listings.ID) (mail.Letter, error) {
	homes, err := letters.Homes(ctx, s.Store.Read, ids, house.Location(), s.Clock())
	if err != nil {
		return mail.Letter{}, err
	}
	wrapping := autoemail.Wrap(search, by.FirstName(), homes)
	letter, err := letters.Draft(ctx, s.Store.Read, by, house, s.BaseURL, wrapping.Subject, search.Message)
	if err != nil {
		return letter, err
	}
	letter.Lead, letter.Lookouts = wrapping.Lead, wrapping.Lookouts
	d := draft{letter: letter, homes: homes, typed: true}
	if err := s.dress(&d, nil, house.Location(), map[string]string{}); err != nil {
		return letter, err
	}
	letter, _ = d.of(anyHome)
	return letter, nil
}

// sampleFrame is the sample letter's HTML in its frame. Only our own pages may ask for it: it shows any text in our
// letter's clothes.
func (s *Server) sampleFrame(c *fiber.Ctx) error {
	if site := c.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" {
		return fault.New(fault.NotFound, "A preview is shown only beside its letter.")
	}
	values := queryValues(c)
	form, err := unpackPreview(values.Get("letter"))
	if err != nil {
		return err
	}
	house, err := s.brokerage(c)
	if err != nil {
		return err
	}
	search := autoemail.Search{AgentID: me(c).ID, Name: values.Get("name"), Subject: form.Subject, Message: form.Message, Concierge: values.Get("concierge") != ""}
	if values.Get("opening") == autoemail.OpeningWelcome {
		search.Opening = autoemail.OpeningWelcome
	}
	if json.Unmarshal([]byte(values.Get("schedule")), &search.Schedule) != nil || search.Schedule.Check() != nil {
		return fault.New(fault.NotFound, "There is no preview at this address.")
	}
	letter, err := s.sampleLetter(c.UserContext(), me(c), house, search, form.Homes[:min(len(form.Homes), homesSample)])
	if err != nil {
		return err
	}
	template, err := s.Renderer.Letter(letter)
	if err != nil {
		return err
	}
	return framed(c, "allow-same-origin", template.HTML(mail.Recipient{}))
}
