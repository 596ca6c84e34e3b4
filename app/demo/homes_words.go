package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"porchlight/app/demo/houses"
)

// The sentences that remarks are made of. {town}, {year}, {beds}, {acres}, {street} and {walk} are filled in; which list is
// drawn from depends on the home, so that no cottage is praised for its elevator.
var openings = map[houses.Kind][]string{
	houses.Colonial: {
		"A center-hall colonial that has been looked after by three families since {year}, and it shows.",
		"Set back behind a pair of old maples, this {beds}-bedroom colonial is roomier than the street lets on.",
		"The kind of house people point to on their way home: square, bright, and quietly handsome since {year}.",
		"Five windows up, four down, and a front door that has been opened to half of {town} at one time or another.",
		"Built in {year} and brought up to date room by room, without losing its wide boards or its good manners.",
	},
	houses.Cape: {
		"A snug cape with more room upstairs than anyone expects.",
		"This {year} cape has been in one family for thirty-one years; they are leaving it better than they found it.",
		"Easy to heat, easy to love: a full-dormered cape on a street where children still ride bicycles.",
		"Everything you need and a little left over, in a cape on {street}.",
	},
	houses.Saltbox: {
		"A true saltbox, long roof and all, with beams you can reach up and touch.",
		"They framed this saltbox in {year} with oak from the back lot, and it has not moved since.",
		"Saltbox on the outside, daylight on the inside: the rear of the house was opened to the garden and nobody looked back.",
	},
	houses.Ranch: {
		"One floor, no stairs, and a picture window that frames the whole yard.",
		"A {year} ranch with honest bones: oak floors under the carpet, a real fireplace, and a dry basement.",
		"Single-level living on {acres} acres, with a garage you can walk in from when it rains.",
		"Carefully updated ranch on a quiet loop; the hard work has been done and the paint is still fresh.",
	},
	houses.Victorian: {
		"Gingerbread, a turret and a porch made for summer evenings: this {year} Queen Anne is the house on the block.",
		"The newel post alone is worth the visit. A {year} Victorian with pocket doors that still slide.",
		"Eleven-foot ceilings, stained glass on the landing, and a turret that has been somebody’s reading room since {year}.",
	},
	houses.Farmhouse: {
		"The barn comes with it. So do the peonies, the stone walls and {acres} acres that want a pony or an orchard.",
		"A farmhouse with a proper porch, two rocking chairs wide on either side of the door.",
		"Built in {year} as the only house on the road. There are more now, but you would not know it from the back field.",
	},
	houses.Contemporary: {
		"Glass to the south, cedar to the weather, and a plan that lets everyone be together or not.",
		"An architect built this for a family that cooks: one long room, one long table, and the trees right outside.",
		"Tall windows, warm floors and not a fussy corner in the place.",
	},
	houses.Cottage: {
		"Sand on the doormat, salt in the air: a shingled cottage with its feet nearly in the water.",
		"From the big window you can watch the weather come up the Sound. The cottage has stood here since {year}.",
		"Four generations learned to swim off this dock. Now it is somebody else’s turn.",
	},
	houses.Townhouse: {
		"A townhouse with three floors of light and no lawn to mow.",
		"The middle one of three, with the flower boxes. Brick on the stoop, oak on the stairs, and parking behind.",
		"Leave the car: from this townhouse you can walk to bread, books and the train.",
	},
	houses.Condo: {
		"A corner unit that catches the morning sun, in a building where the neighbors know each other.",
		"Turn the key and go: this condominium is as happy to be left for a season as to be lived in all year.",
		"Freshly painted, well kept, and high enough to see over the rooftops of {town}.",
	},
	houses.Lot: {
		"Room for a house, an orchard and an argument about where to put each of them.",
		"An open meadow with stone walls on three sides. The fourth is where your drive would come in.",
		"Approved for a three-bedroom septic, surveyed last spring, and quiet enough to hear the barn owls.",
	},
}

var kitchens = []string{
	"The kitchen was redone two winters ago with soapstone, a deep sink and drawers that close themselves.",
	"You cook facing the garden, with room at the island for whoever is keeping you company.",
	"There is a real pantry, a gas range, and a window over the sink.",
	"The kitchen is original and cheerful about it; bring your ideas.",
	"Open shelves, butcher block and a range that has seen a great many pies.",
	"The kitchen opens to the dining room, so the cook is never alone.",
	"A breakfast nook takes the morning sun; the rest of the kitchen has been new since 2022.",
	"Quartz counters, a quiet dishwasher, and a place by the door for every coat and boot.",
}

var rooms = []string{
	"The living room has a wood fire and built-in shelves on either side of it.",
	"The main bedroom looks east, with its own bath and a closet you can stand in.",
	"There is a bedroom and full bath on the ground floor, for a parent or an office with a door that closes.",
	"Upstairs, the bedrooms share a bath with its first tile, still perfect.",
	"The finished lower level has been a playroom, a studio and, lately, a very good place to watch football.",
	"Wide oak floors run all through the first floor.",
	"New windows and a new heat pump keep the bills modest.",
	"The roof was replaced in 2021, the furnace in 2023; the folder with every receipt is on the counter.",
	"The laundry is upstairs, where the laundry is.",
	"A small room under the eaves is just right for a desk and a dog.",
}

var yards = []string{
	"Out back there is a bluestone patio, a fenced yard and a vegetable bed that gets sun until five.",
	"The garden was planted to bloom from the crocuses to the asters; ask for the list.",
	"The yard is level, fenced and bigger than it looks from the street.",
	"A screened porch runs along the back, and nobody comes in before dark from May to September.",
	"Old stone walls mark the edge of the lot and keep nothing in or out but the chipmunks.",
	"There is a shed with electricity and a swing that has held three grandchildren at once.",
	"Hydrangeas in front, blueberries behind, and a maple that puts on a show each October.",
}

var waters = []string{
	"The water is at the end of the lawn; a dock with deep-water mooring goes with the house.",
	"Every room on the south side looks over the Sound.",
	"There is a right of way to a small sand beach, shared with eleven other homes.",
	"Kayaks can be carried down from the garage in two minutes.",
	"At low tide the flats go on for ever and the herons come to you.",
}

var pools = []string{
	"The pool is heated, fenced and ready for next June.",
	"In summer the pool is the center of everything; the cover, pump and liner are all recent.",
}

var nearby = []string{
	"It is {walk} minutes on foot to the green and the library.",
	"The train is {walk} minutes away; New York is two hours after that.",
	"You can be on the water, at the farm stand or on I-95 in {walk} minutes.",
	"{town} center, with its bakery and hardware store, is {walk} minutes on foot.",
	"The town beach is a {walk}-minute bicycle ride.",
	"School bus at the corner; trailhead at the end of the road.",
	"A quiet road, no through traffic, and neighbors who return ladders.",
}

var endings = []string{
	"Come and stand in the kitchen for a minute; that usually does it.",
	"Shown by appointment with a day’s notice, please.",
	"The sellers would like to stay through the end of the school year.",
	"Bring boots if it has rained.",
	"An easy house to live in, and a hard one to leave.",
	"Offers, if any, are looked at on Tuesday evening.",
	"Sold with the benches, the bird feeders and the good wishes of the present owners.",
	"First showings at the open house.",
}

// teller tells of homes and does not say the same thing twice in a row.
type teller struct {
	dice *rand.Rand
	last map[string]int
	said map[string]bool
}

func (t *teller) one(list string, from []string) string {
	at := t.dice.IntN(len(from))
	if at == t.last[list] {
		at = (at + 1) % len(from)
	}
	t.last[list] = at
	return from[at]
}

// remarks are what the listing agent wrote; no two homes have the same.
func (t *teller) remarks(h *home) string {
	for {
		if text := t.compose(h); !t.said[text] {
			t.said[text] = true
			return text
		}
	}
}

func (t *teller) compose(h *home) string {
	parts := []string{t.one(string(h.drawn.Kind), openings[h.drawn.Kind])}
	inside := h.drawn.Kind != houses.Lot
	outside := inside && h.drawn.Kind != houses.Condo && h.drawn.Kind != houses.Townhouse
	if inside && t.dice.IntN(6) > 0 {
		parts = append(parts, t.one("kitchens", kitchens))
	}
	if outside {
		parts = append(parts, t.one("rooms", rooms))
	}
	switch {
	case h.drawn.Water:
		parts = append(parts, t.one("waters", waters))
	case h.drawn.Pool:
		parts = append(parts, t.one("pools", pools))
	case outside:
		parts = append(parts, t.one("yards", yards))
	}
	if h.say != "" {
		parts = append(parts, h.say)
	}
	if t.dice.IntN(5) > 0 {
		parts = append(parts, t.one("nearby", nearby))
	}
	if inside && t.dice.IntN(3) > 0 {
		parts = append(parts, t.one("endings", endings))
	}
	return strings.NewReplacer(
		"{town}", h.rec.City, "{year}", fmt.Sprint(whole(h.rec.YearBuilt)), "{beds}", fmt.Sprint(whole(h.rec.BedroomsTotal)), "{street}", h.street,
		"{acres}", fmt.Sprintf("%.1f", max(.3, float64(whole(h.rec.LotSizeSquareFeet))/43560)), "{walk}", []string{"six", "eight", "ten", "twelve", "fifteen"}[t.dice.IntN(5)],
	).Replace(strings.Join(parts, " "))
}

// whole is a number that may be unknown.
func whole(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}
