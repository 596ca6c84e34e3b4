package feed

import (
	"fmt"
	"strings"
	"unicode"

	"porchlight/app/listings"
)

// The enumerations below (names of values) are those of the RESO Data Dictionary 2.0, which include works developed by
// RESO and are subject to the RESO End User License published at www.reso.org/eula. Beside them stand words that MLSs and
// their programs use for the same.

// fold makes names comparable: letters and digits only, lower case. It brings RESO's display values ("Active Under
// Contract") and OData names ("ActiveUnderContract") together.
func fold(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c < 'a' && (c < '0' || c > '9') || c > 'z' {
			return strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) || unicode.IsDigit(r) {
					return unicode.ToLower(r)
				}
				return -1
			}, name)
		}
	}
	return name
}

// statusWords are the ways a status is written, folded.
var statusWords = folded(map[listings.Status]string{
	listings.Active: `Active; A; ACT; New; New Listing; Back On Market; BOM; Price Change; Price Changed; PCG; Price Reduced; Price Decreased;
		Price Increased; Reactivated; Extended; EXT; For Sale; For Rent; Ready to Build; On Market; Available; Active Rental; Auction; Active - Auction; Active REO; Active Short Sale`,
	listings.ActiveUnderContract: `Active Under Contract; AUC; Contingent; CTG; Active Contingent; Contingent - Show; Contingent - No Show; Under Contract; UC; U; UCB;
		CCBS; UCB Under Contract - Backups; Under Contract - Show; Under Contract - Continue to Show; Under Contract - No Show; Under Contract Backup;
		Under Contract Showing; Under Contract Taking Backups; Active With Contract; Active w/ Contract; Active Option Contract; Active Option; Active Kick Out;
		Active - Kick Out; Active Backup; Active With Contingencies; Active Contingency; Active With Offer; Accepting Backups; Accepting Backup Offers;
		Active - Under Contract; Active Under Contract - Show; First Right; Right of First Refusal; Contract; Contract Contingent On Buyer Sale; Offer Accepted; In Escrow`,
	listings.Canceled:   `Canceled; Cancelled; CAN; CNC; X; Terminated; Rescinded; Released; Withdrawn Unconditional; Canceled Listing`,
	listings.Closed:     `Closed; C; CLS; CLSD; Sold; S; SLD; Closed Sale; Closed Sold; Past Sale; Leased; Rented; RNT; L; LSD; Closed Leased; Closed Rented; Off Market Sold; Sold Before Processing; Sold Not In MLS; Sold Off MLS; Comp Only; Comp Sold; Settled; Recorded`,
	listings.ComingSoon: `Coming Soon; CS; CSN; Coming Soon - No Show; Coming Soon - No Showings; Coming Soon No Show; Pre MLS; Pre Market; Premarket; Delayed; Delayed Showing; Delayed Entry`,
	listings.Delete:     `Delete; Deleted; DEL; Purged; Removed`,
	listings.Expired:    `Expired; E; EXP; Lapsed`,
	listings.OnHold:     `Hold; On Hold; H; HLD; Temporarily Off Market; Temp Off Market; Temporary Off Market; TOM; T; Temporarily Withdrawn; Withdrawn Temporarily; Suspended; Hold Do Not Show; Off Market Temporarily; Paused`,
	listings.Incomplete: `Incomplete; I; INC; Draft; Partial; In Progress; Unpublished`,
	listings.Pending: `Pending; P; PND; PEND; Pending Sale; Sale Pending; Pending - Taking Backups; Pending Taking Backups; Pending Backup Offers Requested; Pending Do Not Show;
		Pending Continue to Show; Pending Show; Pending - No Show; Pending With Contingencies; Pending Inspection; Pending Feasibility; Pending Short Sale; Pending Lease; Lease Pending; Option Pending;
		Pending - Over 4 Months; Under Agreement; UAG; Deposit; Under Deposit; Sold Conditional; Conditional; Sold Subject To; Leased Conditional; Application Pending`,
	listings.Withdrawn: `Withdrawn; W; WDN; WTH; Withdrawn Conditional; Off Market; Off The Market; Unavailable; Inactive`,
})

// propertyKind is what a word for the sort of property means: a PropertyType and perhaps a PropertySubType.
type propertyKind struct{ kind, sub string }

// propertyWords are the ways a property type is written, folded. Many files put a sub-type where the type belongs.
var propertyWords = folded(map[propertyKind]string{
	{"Residential", ""}:                          `Residential; RES; RESI; Residential Sale; Residential for Sale; Residential Property; House for Sale; Homes; Single Family and Condo; For Sale Residential; Residential Detached and Attached`,
	{"Residential", "Single Family Residence"}:   `Single Family Residence; Single Family; Single Family Home; Single Family Residential; Single-Family Detached; Single Family Detached; Residential Detached; Detached; Detached Single Family; House; SFR; SF; SFH; Single`,
	{"Residential", "Condominium"}:               `Condominium; Condo; Condo/Co-op; Condos; Condominiums; Condo/Townhome; Residential Condo; Condo Unit; CND; CC`,
	{"Residential", "Townhouse"}:                 `Townhouse; Townhome; Town House; Row House; Rowhouse; Condo/Townhouse; Residential Attached; Attached`,
	{"Residential", "Stock Cooperative"}:         `Stock Cooperative; Co-op; Coop; Cooperative; Stock Co-op; Stock Coop`,
	{"Residential", "Manufactured Home"}:         `Manufactured Home; Manufactured; Mobile/Manufactured Home; Mobile/Manufactured; Manufactured/Mobile; Manufactured/Mobile Home`,
	{"Residential", "Mobile Home"}:               `Mobile Home; Mobile; MH`,
	{"Residential", "Manufactured On Land"}:      `Manufactured On Land; Manufactured Home On Land; Mobile Home On Land`,
	{"Residential", "Cabin"}:                     `Cabin`,
	{"Residential", "Timeshare"}:                 `Timeshare; Time Share; Fractional; Fractional Ownership`,
	{"Residential", "Co-Ownership"}:              `Co-Ownership`,
	{"Residential", "Tenancy in Common"}:         `Tenancy in Common; TIC`,
	{"Residential", "Own Your Own"}:              `Own Your Own`,
	{"Residential", "Deeded Parking"}:            `Deeded Parking; Parking; Parking Space`,
	{"Residential", "Boat Slip"}:                 `Boat Slip; Boat Dock; Dockominium`,
	{"Residential Income", ""}:                   `Residential Income; Income; RIN; INC; Investment; Income Property; Residential Investment`,
	{"Residential Income", "Multi Family"}:       `Multi Family; Multifamily; Multi Family (2-4 Unit); Multi Family (5+ Unit); Multi Family Home; Two to Four Units; 2-4 Units; 2-4 Family; Small Multi Family; MF; MUL; Multi`,
	{"Residential Income", "Duplex"}:             `Duplex; 2 Family; Two Family`,
	{"Residential Income", "Triplex"}:            `Triplex; 3 Family; Three Family`,
	{"Residential Income", "Quadruplex"}:         `Quadruplex; Quadplex; Fourplex; 4 Family; Four Family; Four Plex; 4 Plex`,
	{"Residential Income", "Apartment"}:          `Apartment; Apartments; Apartment Building; Lg Apartment; Large Apartment`,
	{"Residential Lease", ""}:                    `Residential Lease; Residential Rental; Rental; Rentals; RNT; RLSE; Lease; For Rent; For Lease; Residential for Rent; Rent`,
	{"Land", ""}:                                 `Land; Lots; Lot; Lots and Land; Lots & Land; Land/Lots; Lots/Land; Vacant Land; Vacant Lot; Lots/Acreage; Acreage; LND; Vacant`,
	{"Land", "Unimproved Land"}:                  `Unimproved Land; Raw Land`,
	{"Farm", ""}:                                 `Farm; Farms; Farm/Ranch; Farm and Ranch; Farm & Ranch; Farm/Agriculture; Agricultural; FRM`,
	{"Farm", "Ranch"}:                            `Ranch`,
	{"Farm", "Agriculture"}:                      `Agriculture`,
	{"Manufactured In Park", ""}:                 `Manufactured In Park; Mobile In Park; Mobile Home In Park`,
	{"Manufactured In Park", "Mobile Home Park"}: `Mobile Home Park`,
	{"Commercial Sale", ""}:                      `Commercial Sale; Commercial; Commercial Real Estate; COM; COMM; Commercial for Sale; Commercial Property; Commercial/Industrial`,
	{"Commercial Sale", "Industrial"}:            `Industrial; Manufacturing`,
	{"Commercial Sale", "Office"}:                `Office`,
	{"Commercial Sale", "Retail"}:                `Retail`,
	{"Commercial Sale", "Warehouse"}:             `Warehouse`,
	{"Commercial Sale", "Hotel/Motel"}:           `Hotel/Motel; Hotel; Motel`,
	{"Commercial Sale", "Mixed Use"}:             `Mixed Use; Mixed`,
	{"Commercial Lease", ""}:                     `Commercial Lease; Commercial for Lease; Commercial Rental; COML`,
	{"Business Opportunity", ""}:                 `Business Opportunity; Business Opportunities; Business Op; BUS; BOP`,
	{"Business Opportunity", "Business"}:         `Business`,
})

// frequencyWords are RESO's FeeFrequency, folded.
var frequencyWords = folded(map[string]string{
	"Annually": `Annually; Annual; Yearly; Year; Per Year; A; Y`, "Bi-Monthly": `Bi-Monthly`, "Bi-Weekly": `Bi-Weekly`, "Daily": `Daily; Day`,
	"Monthly": `Monthly; Month; Per Month; Mo; M`, "One Time": `One Time; Once`, "Quarterly": `Quarterly; Quarter; Per Quarter; Q`, "Seasonal": `Seasonal`,
	"Semi-Annually": `Semi-Annually; Semi-Annual; Twice a Year`, "Semi-Monthly": `Semi-Monthly`, "Weekly": `Weekly; Week`,
})

// states are the states' names by their letters.
var states = map[string]string{
	"AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware",
	"DC": "District of Columbia; Washington DC", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "IA": "Iowa",
	"KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
	"MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
	"NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico",
	"RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia",
	"VI": "Virgin Islands", "WA": "Washington", "WV": "West Virginia", "WI": "Wisconsin", "WY": "Wyoming", "GU": "Guam",
}

var stateWords = folded(states)

// levelWords are RESO's Levels that say a number of stories.
var levelWords = map[string]float64{
	"one": 1, "onestory": 1, "1story": 1, "single": 1, "singlestory": 1, "oneandonehalf": 1.5, "two": 2, "twostory": 2, "2story": 2,
	"three": 3, "threeormore": 3, "threestory": 3, "3story": 3, "four": 4,
}

// folded turns a table of words around: folded word to what it means.
func folded[K comparable](words map[K]string) map[string]K {
	turned := map[string]K{}
	for means, list := range words {
		for word := range strings.SplitSeq(list, ";") {
			word = fold(word)
			if other, taken := turned[word]; taken && other != means {
				panic(fmt.Sprintf("feed: the word %q means both %v and %v", word, other, means))
			}
			turned[word] = means
		}
	}
	return turned
}

// readStatus understands a status as MLSs write it. Where the word is followed by more ("Pending - taking offers") its
// beginning decides.
func readStatus(word string) (listings.Status, bool) {
	if s, ok := statusWords[fold(word)]; ok {
		return s, true
	}
	for _, cut := range []string{" - ", "-", "(", "/", ","} {
		if before, _, found := strings.Cut(word, cut); found && len(fold(before)) > 3 {
			if s, ok := statusWords[fold(before)]; ok {
				return s, true
			}
		}
	}
	return "", false
}
