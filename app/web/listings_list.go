package web

import (
	"context"
	"html/template"
	"slices"
	"time"

	"github.com/gofiber/fiber/v2"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// listingList is what a search found: the part of the page that typing, chips, views and paging renew.
type listingList struct {
	Heading         string // "1,234 homes"
	Place           string // "25–48"; empty where all are on the page
	Words, Today    string // the criteria in one line, for paper
	Chips           []listingChip
	Clear           string // the search without criteria
	ClearFetch      string
	Auto            string // makes an auto email of the criteria
	State           []hiddenInput
	Views           []listingView
	View            string
	Rows            []listingRow
	Map             *mapView // only in its view
	Trouble         []string
	Previous, Next  string
	First           string
	Empty, NoHomes  bool // nothing found; nothing there at all
	Looser          []looser
	Broker          bool
	Legal           []legal
	Wrong           []fieldWrong
	TypeWords, Live string
}

// hiddenInput carries what no field of the form shows.
type hiddenInput struct{ Name, Value string }

type listingView struct {
	Word, Icon, URL string
	Here            bool
}

// looser is a search without one criterion that finds something.
type looser struct{ Word, URL, Fetch, Homes string }

// legal is what a feed wants said under its homes.
type legal struct{ Source, Disclaimer, Time string }

// fieldWrong is the sentence under one field, empty if it is fine.
type fieldWrong struct{ ID, Say string }

// listingRow is one home, ready to print: template actions are what a page costs.
type listingRow struct {
	ID              listings.ID
	URL, Name       string // Name: the checkbox's
	Address, Place  string
	Price, Was      string
	Facts, Type     string
	By              template.HTML
	Beds, Baths     string
	Area, Lot, Year string
	Picture         template.HTML // escaped where it was made
	Pills, News     template.HTML // made of fixed words and escaped ones
}

// listingList searches. It may turn q back to its first page where the mark of a later one is not to be read.
func (s *Server) listingList(c *fiber.Ctx, q *listingQuery) (listingList, error) {
	ctx, db := c.UserContext(), s.Store.Read
	now := s.Clock()
	found, err := listings.Search(ctx, db, q.query(), now)
	if f := fault.As(err); f != nil && f.Kind == fault.Invalid {
		if f.Fields["after"] == "" || len(f.Fields) > 1 {
			q.drop(f.Fields)
		}
		*q = q.first()
		found, err = listings.Search(ctx, db, q.query(), now)
	}
	if err != nil {
		return listingList{}, err
	}
	list := listingList{
		Heading: homesCount(found.Total), Chips: listingChips(*q), Clear: q.cleared().url(), State: q.state(), View: q.view,
		Broker: me(c).Broker(), TypeWords: chosenTypes(q.criteria.PropertyTypes), Wrong: fieldsWrong(q.wrong), Trouble: q.trouble(),
	}
	list.ClearFetch, list.Words, list.Live, list.Auto = withForm(list.Clear), q.criteria.Words(), list.Heading, searchNewURL(*q)
	for _, v := range []listingView{{Word: "Cards", Icon: "layout-grid", URL: viewCards}, {Word: "List", Icon: "list", URL: viewList}, {Word: "Map", Icon: "map", URL: viewMap}} {
		list.Views = append(list.Views, listingView{Word: v.Word, Icon: v.Icon, URL: q.in(v.URL).url(), Here: q.view == v.URL})
	}
	brokerage, err := s.brokerage(c)
	if err != nil {
		return list, err
	}
	list.Today = day(now, brokerage.Location())
	list.page(*q, found)
	if q.view == viewMap {
		drawn, err := s.mapView(c, *q)
		if err != nil {
			return list, err
		}
		list.Map = &drawn
	}
	if list.Rows, list.Legal, err = s.listingRows(c, found.Homes, now); err != nil {
		return list, err
	}
	if len(found.Homes) == 0 {
		list.Empty = true
		list.NoHomes, list.Looser, err = s.loosen(ctx, *q, now)
		return list, err
	}
	return list, nil
}

// page sets where in the list this is and where its neighbours are.
func (list *listingList) page(q listingQuery, found listings.Page) {
	if found.Next != "" {
		list.Next = q.next(found.Next).url()
	}
	if before, ok := q.previous(); ok {
		list.Previous = before.url()
	}
	if q.after != "" {
		list.First = q.first().url()
	}
	if from := (q.page - 1) * homesShown[q.view]; len(found.Homes) > 0 && len(found.Homes) < found.Total && from+len(found.Homes) <= found.Total {
		list.Place = thousands(int64(from+1)) + "–" + thousands(int64(from+len(found.Homes)))
	}
}

// criteriaTried is how many criteria are tried one by one when nothing was found.
const criteriaTried = 8

// loosen says which criterion stands in the way. none: there is no home at all.
func (s *Server) loosen(ctx context.Context, q listingQuery, now time.Time) (none bool, some []looser, err error) {
	type counted struct {
		looser
		n int
	}
	var all []counted
	chips := listingChips(q)
	for _, chip := range chips[:min(len(chips), criteriaTried)] {
		n, err := listings.Count(ctx, s.Store.Read, chip.without.query(), now)
		if err != nil {
			return false, nil, err
		}
		if n > 0 {
			all = append(all, counted{looser{Word: chip.Word, URL: chip.URL, Fetch: chip.Fetch, Homes: homesCount(n)}, n})
		}
	}
	slices.SortStableFunc(all, func(a, b counted) int { return b.n - a.n })
	for _, one := range all[:min(len(all), 4)] {
		some = append(some, one.looser)
	}
	if len(some) > 0 {
		return false, some, nil
	}
	n, err := listings.Count(ctx, s.Store.Read, listings.Query{Criteria: listings.Criteria{Statuses: listings.Statuses}, Hidden: true}, now)
	return n == 0, nil, err
}

// listingRows makes cards of homes, and what their feeds want said under them.
func (s *Server) listingRows(c *fiber.Ctx, homes []listings.Listing, now time.Time) ([]listingRow, []legal, error) {
	if len(homes) == 0 {
		return nil, nil, nil
	}
	beside, err := s.besideHomes(c, homes, now)
	if err != nil {
		return nil, nil, err
	}
	rows := make([]listingRow, len(homes))
	for i, home := range homes {
		rows[i] = beside.row(home, i < 4)
	}
	return rows, beside.legal(homes), nil
}
