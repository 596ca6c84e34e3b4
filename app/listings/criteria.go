package listings

// Criteria is what a search asks for (DESIGN section 5). Empty fields ask for nothing. There is none on commission,
// brokerage or agent name (NAR policy 8.5). Prices are cents; Baths is bathrooms times four, as BathroomQuarters.
type Criteria struct {
	PropertyTypes []string `json:"types,omitempty"`
	Cities        []string `json:"cities,omitempty"` // as typed; compared folded
	PostalCodes   []string `json:"zips,omitempty"`   // five digits
	PriceMin      int64    `json:"price_min,omitempty"`
	PriceMax      int64    `json:"price_max,omitempty"`
	BedsMin       int64    `json:"beds_min,omitempty"`
	BedsMax       int64    `json:"beds_max,omitempty"`
	BathsMin      int64    `json:"baths_min,omitempty"`
	AreaMin       int64    `json:"area_min,omitempty"` // square feet
	AreaMax       int64    `json:"area_max,omitempty"`
	LotMin        int64    `json:"lot_min,omitempty"` // square feet
	LotMax        int64    `json:"lot_max,omitempty"`
	YearMin       int64    `json:"year_min,omitempty"`
	YearMax       int64    `json:"year_max,omitempty"`
	WordsAll      []string `json:"words_all,omitempty"` // in the public remarks, whatever their case
	WordsAny      []string `json:"words_any,omitempty"`
	WordsNone     []string `json:"words_none,omitempty"`
	Features      []string `json:"features,omitempty"` // of Features
	OpenHouse     bool     `json:"open_house,omitempty"`
	Statuses      []Status `json:"statuses,omitempty"` // none: Active and Coming Soon
	Area          []Point  `json:"area,omitempty"`     // a polygon, not closed twice; none: anywhere
	Near          *Circle  `json:"near,omitempty"`
}

// Point is a place on the map, WGS 84 degrees.
type Point struct{ Lat, Lon float64 }

// Circle is a radius about a point.
type Circle struct {
	Point
	Miles float64
}

// Features are what Criteria.Features may name.
var Features = []string{"garage", "pool", "waterfront", "new construction"}

// What a search may hold at most; ReadCriteria refuses more.
const (
	mostListed  = 50  // entries of one list
	longestWord = 200 // characters of one entry
)

// defaultStatuses are meant where a search names none.
var defaultStatuses = []Status{Active, ComingSoon}

// statuses are those the search asks for, said or not.
func (c *Criteria) statuses() []Status {
	if len(c.Statuses) > 0 {
		return c.Statuses
	}
	return defaultStatuses
}
