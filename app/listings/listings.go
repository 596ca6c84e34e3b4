// Package listings owns the homes: what they are (in RESO's words), what happened to them, which of them a search finds
// and what of them a client may be shown. It promises that bringing in the same record twice changes nothing, that a
// changed timestamp alone is no news, that a value that looks wrong waits for a person, and that what may not be shown to
// clients is not stored. It never fetches anything and never writes to anybody.
package listings

import (
	"time"

	"github.com/uptrace/bun"
)

// ID names a home here; its feed knows it by ListingKey.
type ID int64

// FeedID names where homes come from: a row of feeds.
type FeedID int64

// Listing is one home on the market, with the names of the RESO Data Dictionary 2.0 (Property). Money is in cents, areas
// are square feet, dates are texts as "2026-11-22". A nil number is one the feed does not know.
type Listing struct {
	bun.BaseModel `bun:"table:listings,alias:h"`

	ID                    ID     `bun:"id,pk,autoincrement"`
	FeedID                FeedID `bun:"feed_id"`
	ListingKey            string `bun:"listing_key"` // names the home in its feed
	ListingId             string `bun:"listing_id"`  // the number people see; may be used again
	OriginatingSystemName string `bun:"originating_system_name"`

	StandardStatus  Status `bun:"standard_status"`
	MlsStatus       string `bun:"mls_status"`
	PropertyType    string `bun:"property_type"`
	PropertySubType string `bun:"property_sub_type"`

	ListPrice               *int64 `bun:"list_price"`
	OriginalListPrice       *int64 `bun:"original_list_price"`
	PreviousListPrice       *int64 `bun:"previous_list_price"`
	ClosePrice              *int64 `bun:"close_price"`
	AssociationFee          *int64 `bun:"association_fee"`
	AssociationFeeFrequency string `bun:"association_fee_frequency"`
	TaxAnnualAmount         *int64 `bun:"tax_annual_amount"`

	ListingContractDate string `bun:"listing_contract_date"`
	OnMarketDate        string `bun:"on_market_date"`
	OffMarketDate       string `bun:"off_market_date"`
	CloseDate           string `bun:"close_date"`
	AvailabilityDate    string `bun:"availability_date"`

	UnparsedAddress string   `bun:"unparsed_address"` // street line, with the unit
	UnitNumber      string   `bun:"unit_number"`
	City            string   `bun:"city"`
	StateOrProvince string   `bun:"state_or_province"`
	PostalCode      string   `bun:"postal_code"`
	CountyOrParish  string   `bun:"county_or_parish"`
	SubdivisionName string   `bun:"subdivision_name"`
	Latitude        *float64 `bun:"latitude"`
	Longitude       *float64 `bun:"longitude"`

	BedroomsTotal         *int64   `bun:"bedrooms_total"`
	BathroomsTotalInteger *int64   `bun:"bathrooms_total_integer"`
	BathroomsFull         *int64   `bun:"bathrooms_full"`
	BathroomsHalf         *int64   `bun:"bathrooms_half"`
	BathroomQuarters      *int64   `bun:"bathroom_quarters"` // bathrooms as agents count them, times four: a full one 4, a half 2
	LivingArea            *int64   `bun:"living_area"`
	LotSizeSquareFeet     *int64   `bun:"lot_size_square_feet"`
	YearBuilt             *int64   `bun:"year_built"`
	Stories               *float64 `bun:"stories"`
	GarageSpaces          *float64 `bun:"garage_spaces"`
	GarageYN              bool     `bun:"garage_yn"`
	PoolPrivateYN         bool     `bun:"pool_private_yn"`
	WaterfrontYN          bool     `bun:"waterfront_yn"`
	NewConstructionYN     bool     `bun:"new_construction_yn"`
	AssociationYN         bool     `bun:"association_yn"`
	SeniorCommunityYN     bool     `bun:"senior_community_yn"`

	ListOfficeKey      string `bun:"list_office_key"`
	ListOfficeName     string `bun:"list_office_name"`
	ListOfficePhone    string `bun:"list_office_phone"`
	ListAgentKey       string `bun:"list_agent_key"`
	ListAgentFullName  string `bun:"list_agent_full_name"`
	AttributionContact string `bun:"attribution_contact"` // the listing firm's phone or e-mail for attribution (NAR policy 7.58)

	VirtualTourURLUnbranded        string `bun:"virtual_tour_url_unbranded"`
	InternetAddressDisplayYN       bool   `bun:"internet_address_display_yn"`
	InternetEntireListingDisplayYN bool   `bun:"internet_entire_listing_display_yn"`

	PhotosCount           int       `bun:"photos_count"`
	PhotosWanted          bool      `bun:"photos_wanted"` // the photo cache has not yet looked at the present ones
	ModificationTimestamp time.Time `bun:"modification_timestamp,nullzero"`

	AddressKey string    `bun:"address_key"` // the same home under another key has the same; empty: unknown
	CityKey    string    `bun:"city_key"`    // City folded, for searching
	SearchKey  string    `bun:"search_key"`  // address and number folded, for searching by one line
	Shown      bool      `bun:"shown"`       // clients may see it: in the feed, in a status and with a switch that allow it
	ListedAt   time.Time `bun:"listed_at"`   // since when it is on the market; lists are sorted by it
	ChangedAt  time.Time `bun:"changed_at"`  // when something that matters last changed here
	CreatedAt  time.Time `bun:"created_at"`
	GoneAt     time.Time `bun:"gone_at,nullzero"` // left its feed; kept for letters and history, shown to nobody
}

// Record is a home as a feed or a file tells it. ID and what the package works out itself (AddressKey and below) are empty.
type Record struct {
	Listing
	PublicRemarks string
	Details       []Detail // further facts in reading order: Heating, Cooling, Basement…
	Media         []Media  // in order; none while PhotosCount is not 0: keep those known
	OpenHouses    []OpenHouse
	Partial       bool // OpenHouses were not part of the answer: keep those known
	Gone          bool // the feed takes the home back (MlgCanView false, Delete)
}

// Detail is one further fact: "Heating", "Forced Air, Gas".
type Detail struct {
	Name  string `json:"n"`
	Value string `json:"v"`
}

// Media is one photo as the feed names it (RESO Media). Only photos that the public may see are kept.
type Media struct {
	MediaKey         string `json:"k"`
	MediaURL         string `json:"u"`
	ShortDescription string `json:"d,omitempty"`
}

// OpenHouse is a public open house (RESO OpenHouse).
type OpenHouse struct {
	bun.BaseModel `bun:"table:open_houses,alias:o"`

	ID                    int64     `bun:"id,pk,autoincrement"`
	ListingID             ID        `bun:"listing_id"`
	OpenHouseKey          string    `bun:"open_house_key"`
	StartsAt              time.Time `bun:"starts_at"`
	EndsAt                time.Time `bun:"ends_at"`
	Remarks               string    `bun:"remarks"`
	AppointmentRequiredYN bool      `bun:"appointment_required_yn"`
	LivestreamURL         string    `bun:"livestream_url"`
	Canceled              bool      `bun:"canceled"`
}

// Event is something that happened to a home.
type Event struct {
	bun.BaseModel `bun:"table:listing_events,alias:e"`

	ID          int64     `bun:"id,pk,autoincrement"`
	ListingID   ID        `bun:"listing_id"`
	Kind        EventKind `bun:"kind"`
	At          time.Time `bun:"at"`
	OldPrice    *int64    `bun:"old_price"` // the price asked before and after, cents; a Closed one has the price paid
	NewPrice    *int64    `bun:"new_price"`
	OldStatus   Status    `bun:"old_status"`
	NewStatus   Status    `bun:"new_status"`
	OpenHouseID int64     `bun:"open_house_id"` // 0 unless Kind is EventOpenHouse
}

// Hold is a value that waits for a person.
type Hold struct {
	bun.BaseModel `bun:"table:listing_holds,alias:w"`

	ID        int64     `bun:"id,pk,autoincrement"`
	ListingID ID        `bun:"listing_id"`
	Field     string    `bun:"field"` // list_price
	OldValue  string    `bun:"old_value"`
	NewValue  string    `bun:"new_value"`
	Say       string    `bun:"say"` // why it waits, a sentence
	At        time.Time `bun:"at"`
	DecidedAt time.Time `bun:"decided_at,nullzero"`
	DecidedBy int64     `bun:"decided_by"` // agents.ID; 0 though decided: the feed itself took the value back
	Accepted  bool      `bun:"accepted"`
	News      bool      `bun:"news"`  // accepting it is news: it did not come with a first load
	Shows     bool      `bun:"shows"` // with it the home may be shown
}

// Photo is one photo of a home as pages show it.
type Photo struct {
	bun.BaseModel `bun:"table:listing_photos,alias:f"`

	ListingID   ID        `bun:"listing_id,pk"`
	Position    int       `bun:"position,pk"` // from 1
	MediaKey    string    `bun:"media_key"`
	State       string    `bun:"state"` // kept, failed, linked
	File        string    `bun:"file"`  // kept: the name in the cache, which nobody can guess; linked: the URL
	Kind        string    `bun:"kind"`  // kept: "raster" has -480 and -1280 in webp and jpeg; "svg" is one file
	Width       int       `bun:"width"` // of the largest
	Height      int       `bun:"height"`
	Bytes       int64     `bun:"bytes"`
	Description string    `bun:"description"`
	Tries       int       `bun:"tries"`
	NextAt      time.Time `bun:"next_at,nullzero"`
	Say         string    `bun:"say"`
}
