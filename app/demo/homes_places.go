package demo

// place is a town of the shoreline: its middle, what a square foot costs there, and where the land is.
type place struct {
	name, zip, county string
	lat, lon          float64
	north, wide       float64 // how far homes lie from the middle: the Sound is to the south
	dollars           float64 // a square foot
	homes             int
}

var places = []place{
	{"Guilford", "06437", "New Haven", 41.2889, -72.6815, .030, .022, 345, 12},
	{"Madison", "06443", "New Haven", 41.2815, -72.5985, .026, .022, 365, 11},
	{"Branford", "06405", "New Haven", 41.2815, -72.8051, .022, .020, 315, 10},
	{"Clinton", "06413", "Middlesex", 41.2807, -72.5276, .022, .016, 285, 8},
	{"Westbrook", "06498", "Middlesex", 41.2874, -72.4476, .018, .016, 300, 5},
	{"Old Saybrook", "06475", "Middlesex", 41.2918, -72.3862, .018, .014, 350, 8},
	{"Essex", "06426", "Middlesex", 41.3524, -72.4006, .010, .012, 335, 8},
	{"Deep River", "06417", "Middlesex", 41.3857, -72.4406, .010, .012, 265, 4},
	{"Chester", "06412", "Middlesex", 41.4031, -72.4609, .010, .014, 290, 5},
	{"Killingworth", "06419", "Middlesex", 41.3581, -72.5637, .024, .024, 255, 6},
	{"Old Lyme", "06371", "New London", 41.3169, -72.3190, .020, .014, 340, 9},
	{"Niantic", "06357", "New London", 41.3264, -72.1981, .018, .014, 310, 8},
	{"Waterford", "06385", "New London", 41.3437, -72.1409, .022, .014, 245, 5},
	{"New London", "06320", "New London", 41.3527, -72.1055, .010, .004, 205, 6},
	{"Groton", "06340", "New London", 41.3501, -72.0684, .016, .012, 225, 7},
	{"Noank", "06340", "New London", 41.3289, -71.9919, .004, .004, 400, 4},
	{"Mystic", "06355", "New London", 41.3563, -71.9685, .014, .012, 370, 11},
	{"Stonington", "06378", "New London", 41.3459, -71.9059, .020, .010, 430, 8},
	{"Pawcatuck", "06379", "New London", 41.3783, -71.8437, .010, .008, 230, 4},
}

// streets are made up; what is numbered in them has never been built.
var streets = []string{
	"Saltmeadow Road", "Osprey Court", "Quarry Ridge", "Lantern Hill Lane", "Sexton Street", "Cooper’s Row", "Tidewater Lane", "Old Ferry Landing",
	"Windrow Road", "Shagbark Lane", "Captain Beebe Road", "Ropewalk Street", "Millrace Lane", "Bittersweet Hill", "Long Furrow Road", "Sawpit Road",
	"Heron’s Way", "Marshlight Lane", "Deacon Hill Road", "Sheepfold Lane", "Bayberry Circle", "Whistling Swan Drive", "Packet Street", "Candlewick Road",
	"Stone Pound Road", "Hollyhock Lane", "Beacon Terrace", "Sailmaker Street", "Juniper Knoll", "Cranberry Bog Road", "Tinker’s Lane", "Featherbed Lane",
	"Anchorage Street", "Mariner’s Walk", "Hearthstone Drive", "Pear Tree Lane", "Gull Rock Road", "Overbrook Lane", "Dory Lane", "Blueberry Ledge",
	"Schoolhouse Cove Road", "Half Moon Lane", "Tanyard Street", "Laurel Thicket Road", "Cider Mill Lane", "Foxglove Lane", "Spindrift Avenue", "Bellwether Road",
	"Three Elms Road", "Duck Blind Road", "Meetinghouse Green", "Granary Lane", "Sparrow Hill Road", "Wharf House Lane", "Great Ledge Road", "Chandler Street",
	"Sweet Fern Road", "Mooring Post Lane", "Parsonage Lane", "Turnstile Street", "Kettle Pond Road", "Reed Flat Road", "Orchard Step Lane", "Weathervane Road",
}

// shores are streets by the water.
var shores = []string{
	"Outer Ledge Road", "Sandbar Lane", "Neptune’s Walk", "East Cove Landing", "Breakwater Lane", "Sound Reach", "Little Harbor Road", "Plover Point",
	"Low Tide Lane", "Seven Pilings Road", "Lee Shore Road", "Rockweed Lane", "Bell Buoy Road", "Eelgrass Cove", "Windward Point", "Mussel Bed Lane",
}

// firm is a brokerage that lists homes; the first is our own.
type firm struct {
	key, name, phone, email string
	people                  []string
}

var firms = []firm{
	{"O-01", "Elm & Harbor Realty", "203-555-0100", "office@elmharbor.example", []string{"Maya Bell", "Theo Marsh", "Priya Raman"}},
	{"O-02", "Saltmarsh & Lane", "860-555-0121", "hello@saltmarshlane.example", []string{"Odette Farrow", "Gil Peckham", "Yusuf Arslan"}},
	{"O-03", "Ropewalk Properties", "860-555-0134", "desk@ropewalk.example", []string{"Marguerite Fenn", "Dell Okonkwo"}},
	{"O-04", "Whaleback Real Estate", "860-555-0142", "office@whaleback.example", []string{"Hank Delacroix", "Noor Haddad", "Bettina Croft"}},
	{"O-05", "Lyme Lantern Homes", "860-555-0150", "info@lymelantern.example", []string{"Ansel Whitby", "Rosalind Teague"}},
	{"O-06", "Ledge Light Realty Group", "860-555-0163", "team@ledgelightrealty.example", []string{"Corwin Baptiste", "Mei-Lin Sato", "Paulette Greer"}},
	{"O-07", "Tidewater & Finch", "860-555-0177", "front@tidewaterfinch.example", []string{"Ignatius Finch", "Solveig Marsden"}},
	{"O-08", "Stone Pound Associates", "860-555-0185", "office@stonepound.example", []string{"Delia Abernathy", "Tomás Quintero"}},
}
