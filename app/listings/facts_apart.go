package listings

// What follows takes the rule of Criteria apart, for an index over many searches that asks each part as seldom as it can.

// CityKey is a town as searches compare it: Listing.CityKey of a home there.
func CityKey(city string) string { return cityKey(city) }

// Bounds is a box that holds every place the criteria allow, edges included, and whether they ask for places at all. Where
// the box goes over the date line it holds every longitude; where they allow no place its corners are exchanged.
func (c *Criteria) Bounds() (southWest, northEast Point, placed bool) {
	b, placed := c.bounds()
	return Point{b.south, b.west}, Point{b.north, b.east}, placed
}

// Holds says whether a place is in the area and the circle, if they are asked for.
func (c *Criteria) Holds(p Point) bool { return c.holds(p) }

// Mentions returns the question whether remarks, folded by Fold, have the words asked for; nil where none are.
func (c *Criteria) Mentions() func(folded string) bool {
	m := c.mentions()
	if m.empty() {
		return nil
	}
	return m.in
}

// Asked are the statuses the criteria ask for, said or not.
func (c *Criteria) Asked() []Status { return c.statuses() }
