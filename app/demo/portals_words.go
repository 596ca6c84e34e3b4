package demo

import (
	"time"

	"porchlight/app/agents"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// mostly answers by turns, for who has no rule that could be told.
func mostly(kinds ...portal.Kind) func(listings.Listing, int) portal.Kind {
	n := -1
	return func(listings.Listing, int) portal.Kind {
		n++
		return kinds[n%len(kinds)]
	}
}

// threeBaths wants three baths and never says so.
func threeBaths(h listings.Listing, n int) portal.Kind {
	switch {
	case h.BathroomQuarters == nil:
		return ""
	case *h.BathroomQuarters < 3*4:
		return portal.Discard
	case n%2 == 0:
		return portal.Favorite
	}
	return portal.Possibility
}

// visitors are the clients who use their portals, each with what is said there.
func visitors(maya, theo, priya agents.Agent) []*visitor {
	const fav, may, no = portal.Favorite, portal.Possibility, portal.Discard
	return []*visitor{
		{auto: "Guilford and Madison, near the green", agent: maya, since: 24, every: 3, devices: []string{iPhone, laptop}, judge: mostly(fav, no, may, "", no, may),
			talk: []said{
				{ago: 21, home: 1, words: "The kitchen looks right, but is that an oil tank next to the back steps? We would want it out before we move in."},
				{ago: 20, home: 1, answer: true, words: "Good eye. It was emptied in 2019 and the seller will remove it before closing. I have asked for the town’s certificate."},
				{ago: 13, second: true, words: "Hi Maya, Peter here. Thanks for adding me. I have marked a few of my own, and we do not agree about all of them!"},
				{ago: 12, answer: true, words: "Welcome, Peter. Where you both say Favorite I will call about showings first. Is Saturday before noon still good?"},
				{ago: 11, words: "Saturday works. Ten o’clock, and we can stay until one."},
				{ago: 4, home: 2, second: true, words: "The garden is worth the drive. Could we see it once more when it has rained, to look at the basement?"},
			}},
		{auto: "Four bedrooms, good schools", agent: maya, since: 23, every: 2, devices: []string{iPhone}, judge: threeBaths,
			talk: []said{
				{ago: 16, words: "We liked the second one from last week very much. Is the roof as new as it looks?"},
				{ago: 16, answer: true, words: "2021, with the permit on file at town hall. I will send you the seller’s disclosure this afternoon."},
				{ago: 5, home: 1, words: "One bathroom upstairs will not do on school mornings. Otherwise lovely."},
			}},
		{auto: "By the water", agent: maya, since: 22, every: 4, devices: []string{tablet, pc}, judge: mostly(may, fav, no, ""),
			talk: []said{
				{ago: 14, home: 1, words: "Do you know what the flood insurance is on this one, and whether the dock is permitted?"},
				{ago: 13, home: 1, answer: true, words: "It is in zone AE; the owner pays $3,140 a year. The dock permit is from 2004 and in order. I have both papers here."},
				{ago: 2, answer: true, words: "Two new ones by the water came in yesterday. I have put my notes on them. Call me when you have looked."},
			},
			keeps: []ownSearch{{ago: 9, name: "A dock, a little higher", criteria: listings.Criteria{Features: []string{"waterfront"}, PriceMax: 1_600_000 * dollars, BedsMin: 2}}}},
		{auto: "A yard for the dogs", agent: maya, since: 19, every: 3, devices: []string{iPhone}, judge: mostly(no, fav, no, may, no),
			talk: []said{
				{ago: 10, home: 1, words: "Is the fence all the way round? The younger dog finds every gap."},
				{ago: 9, home: 1, answer: true, words: "Three sides, split rail with wire. The fourth is a stone wall of about two feet, so you would have to add to it."},
			},
			keeps: []ownSearch{{ago: 7, name: "An acre in Killingworth", criteria: listings.Criteria{Cities: []string{"Killingworth"}, LotMin: 43_560, PriceMax: 850_000 * dollars}}}},
		{auto: "A garage and a garden", agent: theo, since: 21, every: 4, devices: []string{laptop}, judge: mostly(may, no, fav),
			talk: []said{
				{ago: 12, words: "We have changed our minds about Clinton: the drive to New Haven is too long from there."},
				{ago: 11, answer: true, words: "Understood. I will leave Clinton out from now on."},
			}},
		{auto: "First home, Branford to Westbrook", agent: priya, since: 20, every: 3, devices: []string{iPhone}, judge: mostly(no, may, fav, no),
			talk: []said{
				{ago: 7, words: "The bank asked for two more pay stubs. Does that hold up an offer?"},
				{ago: 7, answer: true, words: "Not if you send them today. The letter they gave you is good until the end of next month."},
				{ago: 5, home: 1, answer: true, words: "This one came down yesterday. It needs a water heater, and the seller knows it."},
			},
			keeps: []ownSearch{{ago: 6, name: "Two bedrooms near the train", criteria: listings.Criteria{WordsAny: []string{"train", "station"}, BedsMin: 2, PriceMax: 525_000 * dollars}}}},
	}
}

// thisMorning is what happened since breakfast: one client looked in, and asks something that Maya has not read.
func (b *builder) thisMorning() {
	if b.err != nil {
		return
	}
	v := b.visitorOf("Guilford and Madison, near the green")
	b.now = b.end.Add(-3 * time.Minute)
	b.lookRound(v)
	b.say(v, len(v.talk), said{home: 1, words: "Could we see this one on Thursday after four? We would come straight from work."})
	b.now = b.end
}
