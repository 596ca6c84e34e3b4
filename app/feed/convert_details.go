package feed

import (
	"slices"
	"strings"
	"unicode"

	"porchlight/app/listings"
)

// detailFields are the further facts a home's page shows, in reading order: RESO name, word. All of them are in RESO's IDX
// payload or facts of the same kind; what may not be shown to clients must never stand here.
var detailFields = [][2]string{
	{"ArchitecturalStyle", "Style"}, {"StructureType", "Structure"}, {"Levels", "Levels"}, {"RoomsTotal", "Rooms"}, {"MainLevelBedrooms", "Bedrooms on the main level"},
	{"Basement", "Basement"}, {"Heating", "Heating"}, {"Cooling", "Cooling"}, {"FireplacesTotal", "Fireplaces"}, {"FireplaceFeatures", "Fireplace"},
	{"Flooring", "Flooring"}, {"Appliances", "Appliances"}, {"InteriorFeatures", "Inside"}, {"LaundryFeatures", "Laundry"}, {"WindowFeatures", "Windows"},
	{"AccessibilityFeatures", "Accessibility"}, {"Furnished", "Furnished"}, {"ExteriorFeatures", "Outside"}, {"PatioAndPorchFeatures", "Patio and porch"},
	{"PoolFeatures", "Pool"}, {"SpaFeatures", "Spa"}, {"ParkingFeatures", "Parking"}, {"ParkingTotal", "Parking spaces"}, {"CarportSpaces", "Carport spaces"},
	{"LotFeatures", "Lot"}, {"LotSizeDimensions", "Lot dimensions"}, {"Fencing", "Fence"}, {"OtherStructures", "Other buildings"}, {"View", "View"}, {"WaterfrontFeatures", "Waterfront"}, {"WaterBodyName", "Water"},
	{"HorseAmenities", "Horses"}, {"ConstructionMaterials", "Construction"}, {"Roof", "Roof"}, {"FoundationDetails", "Foundation"}, {"PropertyCondition", "Condition"}, {"YearBuiltDetails", "Built"},
	{"BuilderName", "Builder"}, {"NumberOfUnitsTotal", "Units"}, {"Utilities", "Utilities"}, {"WaterSource", "Water supply"}, {"Sewer", "Sewer"}, {"Electric", "Electricity"},
	{"GreenEnergyEfficient", "Energy efficient"}, {"GreenEnergyGeneration", "Energy made here"}, {"SecurityFeatures", "Security"}, {"CommunityFeatures", "Community"},
	{"AssociationName", "Association"}, {"AssociationAmenities", "Association amenities"}, {"AssociationFeeIncludes", "Association fee includes"}, {"PetsAllowed", "Pets"},
	{"LeaseTerm", "Lease"}, {"RentIncludes", "Rent includes"}, {"Inclusions", "Included"}, {"Exclusions", "Not included"}, {"SpecialListingConditions", "Conditions of sale"},
	{"ListingTerms", "Terms"}, {"Zoning", "Zoning"}, {"MLSAreaMajor", "Area"}, {"ElementarySchool", "Elementary school"}, {"MiddleOrJuniorSchool", "Middle school"},
	{"HighSchool", "High school"}, {"HighSchoolDistrict", "School district"}, {"TaxYear", "Tax year"}, {"CopyrightNotice", "Copyright"},
}

// counts are the details that are numbers.
var counts = map[string]bool{"RoomsTotal": true, "MainLevelBedrooms": true, "FireplacesTotal": true, "ParkingTotal": true, "CarportSpaces": true, "NumberOfUnitsTotal": true, "TaxYear": true}

func (r *reader) details() []listings.Detail {
	var all []listings.Detail
	for _, field := range detailFields {
		value, _ := r.values(field[0])
		if value == nil || value == "" {
			continue
		}
		if text := detail(value); text != "" && (counts[field[0]] || strings.Trim(text, "0123456789.") != "") { // "View: 3" is some table's code
			all = append(all, listings.Detail{Name: field[1], Value: text})
		}
	}
	return all
}

// detail is a value in words: several with commas between, OData names as RESO displays them.
func detail(value any) string {
	switch v := value.(type) {
	case bool:
		if v {
			return "Yes"
		}
		return ""
	case []any:
		var words []string
		for _, item := range list(v) {
			words = append(words, spaced(clean(item, 100, false)))
		}
		return clean(strings.Join(slices.Compact(words), ", "), 600, false)
	}
	text := clean(scalar(value), 600, false)
	switch fold(text) {
	case "null", "na", "false", "0":
		return ""
	case "true", "yes", "y":
		return "Yes"
	}
	if strings.ContainsRune(text, ',') && !strings.Contains(text, ", ") { // flags: ForcedAir,Gas
		words := list(text)
		for i, word := range words {
			words[i] = spaced(word)
		}
		return strings.Join(words, ", ")
	}
	return text
}

// spaced opens an OData name: ForcedAir is Forced Air. What has a blank already, or only one capital inside like McKay's,
// stays.
func spaced(word string) string {
	if strings.ContainsAny(word, " -/&'.") {
		return word
	}
	var b strings.Builder
	before := ' '
	for i, c := range word {
		if i > 2 && unicode.IsUpper(c) && unicode.IsLower(before) {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
		before = c
	}
	return b.String()
}

// Fields are the fields of Property that Convert reads: what to ask a feed for.
var Fields = func() []string {
	fields := strings.Fields(`ListingKey ListingId OriginatingSystemName SourceSystemName ModificationTimestamp PropertyType PropertySubType StandardStatus MlsStatus
		ListPrice OriginalListPrice PreviousListPrice ClosePrice LeaseAmount AssociationFee AssociationFeeFrequency TaxAnnualAmount
		ListingContractDate OnMarketDate OffMarketDate CloseDate AvailabilityDate
		UnparsedAddress StreetNumber StreetDirPrefix StreetName StreetSuffix StreetDirSuffix UnitNumber City PostalCity StateOrProvince PostalCode CountyOrParish SubdivisionName Latitude Longitude
		BedroomsTotal BathroomsTotalInteger BathroomsFull BathroomsHalf BathroomsThreeQuarter BathroomsOneQuarter BathroomsPartial
		LivingArea LivingAreaUnits BuildingAreaTotal BuildingAreaUnits LotSizeSquareFeet LotSizeAcres LotSizeArea LotSizeUnits YearBuilt Stories GarageSpaces
		GarageYN PoolPrivateYN WaterfrontYN NewConstructionYN AssociationYN SeniorCommunityYN VirtualTourURLUnbranded
		ListOfficeKey ListOfficeMlsId ListOfficeName ListOfficePhone ListAgentKey ListAgentMlsId ListAgentFullName AttributionContact
		InternetAddressDisplayYN InternetEntireListingDisplayYN PublicRemarks PhotosCount`)
	for _, field := range detailFields {
		fields = append(fields, field[0])
	}
	return fields
}()
