package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
)

// dayByDay is how many days ago the demo begins to live each day: what the feed told comes in, the auto emails do what is
// due, Maya looks at her queue. What was before is history without news by mail.
const dayByDay = 28

// auto is an auto email of the demo.
type auto struct {
	ago       int // days
	owner     string
	client    int    // the owner's first clients are numbered; -1: whoever the story names
	named     string // first name of a client of the story
	name      string
	criteria  listings.Criteria
	schedule  autoemail.Schedule
	concierge bool
	message   string
	until     int // last day, so many days ago; 0: none
	left      int // concierge: since so many days ago the agent has not come to look
	quiet     bool

	id autoemail.ID
}

const dollars = 100

func daily(hours ...int) autoemail.Schedule {
	s := autoemail.Schedule{Kind: autoemail.Daily}
	for _, hour := range hours {
		s.Times = append(s.Times, hour*60)
	}
	return s
}

func weekly(day time.Weekday, hour int) autoemail.Schedule {
	return autoemail.Schedule{Kind: autoemail.Weekly, Days: []time.Weekday{day}, Times: []int{hour * 60}}
}

var (
	asap    = autoemail.Schedule{Kind: autoemail.ASAP}
	monthly = autoemail.Schedule{Kind: autoemail.Monthly, Day: 1, Times: []int{8 * 60}}
)

// autos are the demo's, oldest first.
func autos() []*auto {
	return []*auto{
		{ago: 84, owner: "maya", client: 17, name: "Small and finished, under $450,000", schedule: daily(7), quiet: true,
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, PriceMax: 450_000 * dollars}},
		{ago: 27, owner: "maya", client: 9, name: "Guilford and Madison, near the green", schedule: daily(7), concierge: true, left: 3,
			message:  "You asked for a kitchen with morning light. I look at each of these before I send it.",
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, Cities: []string{"Guilford", "Madison", "Branford"}, PriceMax: 1_100_000 * dollars, BedsMin: 2}},
		{ago: 27, owner: "theo", client: 4, name: "Madison and Clinton under $750,000", schedule: asap, concierge: true, left: 3,
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, Cities: []string{"Madison", "Clinton"}, PriceMax: 750_000 * dollars}},
		{ago: 26, owner: "maya", client: 10, name: "By the water", schedule: daily(7, 17), concierge: true, left: 3,
			criteria: listings.Criteria{Features: []string{"waterfront"}, PriceMax: 1_400_000 * dollars}},
		{ago: 26, owner: "priya", client: 3, name: "First home, Branford to Westbrook", schedule: asap,
			criteria: listings.Criteria{Cities: []string{"Branford", "Guilford", "Clinton", "Westbrook"}, PriceMax: 550_000 * dollars}},
		{ago: 25, owner: "maya", client: 11, name: "Four bedrooms, good schools", schedule: weekly(time.Monday, 8),
			criteria: listings.Criteria{BedsMin: 4, Cities: []string{"Madison", "Guilford", "Old Saybrook", "Essex", "Old Lyme"}}},
		{ago: 24, owner: "theo", client: 5, name: "A garage and a garden", schedule: daily(7),
			criteria: listings.Criteria{Features: []string{"garage"}, BedsMin: 3, PriceMax: 900_000 * dollars}},
		{ago: 23, owner: "maya", client: 12, name: "Branford to Clinton under $600,000", schedule: asap,
			criteria: listings.Criteria{Cities: []string{"Branford", "Clinton", "Westbrook"}, PriceMax: 600_000 * dollars}},
		{ago: 22, owner: "maya", client: 13, name: "Two-families that pay for themselves", schedule: daily(7, 17),
			criteria: listings.Criteria{PropertyTypes: []string{"Residential Income"}}},
		{ago: 22, owner: "priya", client: 4, name: "Rentals by the shore", schedule: daily(8),
			criteria: listings.Criteria{PropertyTypes: []string{"Residential Lease"}}},
		{ago: 21, owner: "maya", client: 14, name: "A yard for the dogs", schedule: daily(7), concierge: true, left: 2,
			message:  "Fences noted where there are any.",
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, LotMin: 30_000, PriceMax: 850_000 * dollars}},
		{ago: 20, owner: "theo", client: 6, name: "Old Saybrook or Essex", schedule: weekly(time.Friday, 16),
			criteria: listings.Criteria{Cities: []string{"Old Saybrook", "Essex", "Westbrook"}}},
		{ago: 20, owner: "priya", client: 5, name: "Niantic, Waterford, New London", schedule: daily(7, 18), concierge: true, left: 1,
			criteria: listings.Criteria{Cities: []string{"Niantic", "Waterford", "New London", "Groton"}, PriceMax: 500_000 * dollars}},
		{ago: 19, owner: "maya", client: 15, name: "A walk to the village", schedule: daily(7),
			criteria: listings.Criteria{WordsAny: []string{"village", "walk", "train"}, PriceMax: 700_000 * dollars}},
		{ago: 18, owner: "theo", client: 7, name: "Land to build on", schedule: monthly,
			criteria: listings.Criteria{PropertyTypes: []string{"Land"}}},
		{ago: 18, owner: "maya", client: 16, name: "Houses with a past", schedule: daily(7), concierge: true, left: 2,
			criteria: listings.Criteria{YearMax: 1915, PriceMax: 1_200_000 * dollars}},
		{ago: 17, owner: "priya", client: 6, name: "Three bedrooms in a school year", schedule: daily(7), until: 5,
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, BedsMin: 3, PriceMax: 650_000 * dollars}},
		{ago: 16, owner: "theo", client: 8, name: "A pool and room for guests", schedule: daily(7), concierge: true, left: 4,
			criteria: listings.Criteria{Features: []string{"pool"}, BedsMin: 3}},
		{ago: 13, owner: "maya", named: "Inês", client: -1, name: "Madison, three bedrooms", schedule: daily(7),
			criteria: listings.Criteria{Cities: []string{"Madison", "Guilford"}, BedsMin: 3}},
		{ago: 13, owner: "maya", named: "Dana", client: -1, name: "A cottage on the Sound", schedule: daily(7),
			criteria: listings.Criteria{Features: []string{"waterfront"}, PriceMax: 900_000 * dollars}},
		{ago: 12, owner: "maya", client: 0, name: "Mystic and Stonington", schedule: weekly(time.Saturday, 9),
			criteria: listings.Criteria{Cities: []string{"Mystic", "Stonington", "Noank"}}},
		{ago: 11, owner: "priya", client: 0, name: "Condos, low upkeep", schedule: daily(7),
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, BedsMax: 2, PriceMax: 450_000 * dollars}},
		{ago: 10, owner: "maya", client: 1, name: "Something new by spring", schedule: daily(7),
			criteria: listings.Criteria{Features: []string{"new construction"}}},
		{ago: 9, owner: "maya", named: "Hiro", client: -1, name: "Essex and Chester", schedule: daily(7),
			criteria: listings.Criteria{Cities: []string{"Essex", "Chester", "Deep River"}}},
		{ago: 5, owner: "maya", named: "ليلى", client: -1, name: "Mystic to Old Lyme, with a view", schedule: daily(7), concierge: true, left: 5,
			criteria: listings.Criteria{PropertyTypes: []string{"Residential"}, Cities: []string{"Mystic", "Old Lyme"}, PriceMax: 950_000 * dollars, BedsMin: 3}},
		{ago: 4, owner: "theo", client: 0, name: "Killingworth, an acre or more", schedule: weekly(time.Sunday, 9),
			criteria: listings.Criteria{Cities: []string{"Killingworth", "Chester", "Deep River"}, LotMin: 43_560}},
	}
}

// watch begins the auto emails: the oldest at once, the others on their days.
func (b *builder) watch() {
	b.autos, b.lived = autos(), dayByDay
	for _, a := range b.autos {
		if a.ago <= dayByDay {
			continue
		}
		b.now = b.morning(a.ago)
		b.step() // nothing of the news before is news
		b.save(a)
		b.now = b.morning(a.ago - 1)
		b.step()
	}
}

// save makes one of them, as its agent did.
func (b *builder) save(a *auto) {
	owner := map[string]agents.Agent{"maya": b.maya, "theo": b.theo, "priya": b.priya}[a.owner]
	var one clients.Client
	for i, c := range b.of[owner.ID] {
		if i == a.client || a.client < 0 && c.FirstName == a.named {
			one = c
		}
	}
	if one.ID == 0 {
		b.keep(fmt.Errorf("nobody for %q", a.name))
		return
	}
	s := autoemail.Search{
		ClientID: one.ID, Name: a.name, Criteria: a.criteria, Schedule: a.schedule, Concierge: a.concierge, Message: a.message,
		Events: []listings.EventKind{listings.EventNew, listings.EventPrice, listings.EventBack, listings.EventComingSoon},
	}
	if a.until > 0 {
		s.ExpiresOn = b.end.In(b.zone).AddDate(0, 0, -a.until).Format(time.DateOnly)
	}
	b.do(func(ctx context.Context, db bun.Tx) error {
		saved, err := autoemail.Save(ctx, db, owner.ID, s, autoemail.Saving{Opening: autoemail.OpeningWelcome, AtOnce: !a.quiet, Present: !a.quiet}, b.now)
		a.id = saved.ID
		return err
	})
}
