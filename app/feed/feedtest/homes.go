package feedtest

import (
	"fmt"
	"time"
)

// Stamp writes a time as RESO does.
func Stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

// Home is a believable home, the nth: active, with two photos in Media where asked for.
func Home(n int, changed time.Time) Record {
	towns := []string{"Mystic", "Noank", "Stonington", "Groton", "Old Lyme"}
	return Record{
		"ListingKey": Key(n), "ListingId": fmt.Sprintf("%d", 24_000_000+n), "OriginatingSystemName": "harbor",
		"StandardStatus": "Active", "MlsStatus": "Active", "PropertyType": "Residential", "PropertySubType": "Single Family Residence",
		"ListPrice": 300_000 + 1000*n, "OriginalListPrice": 310_000 + 1000*n, "ListingContractDate": changed.UTC().Format(time.DateOnly),
		"UnparsedAddress": fmt.Sprintf("%d Elm Street", n+1), "City": towns[n%len(towns)], "StateOrProvince": "CT", "PostalCode": fmt.Sprintf("063%02d", n%100),
		"CountyOrParish": "New London", "Latitude": 41.3 + float64(n%1000)/10_000, "Longitude": -72.0 + float64(n/1000)/10_000,
		"BedroomsTotal": 2 + n%4, "BathroomsTotalInteger": 2, "BathroomsFull": 1, "BathroomsHalf": 1, "LivingArea": 1200 + n%900, "LotSizeAcres": 0.25, "YearBuilt": 1900 + n%120,
		"ListOfficeName": "Elm Realty", "ListOfficePhone": "860-555-0100", "ListOfficeKey": "O1", "ListAgentKey": "M1", "ListAgentFullName": "Jane Doe", "AttributionContact": "860-555-0100",
		"InternetEntireListingDisplayYN": true, "InternetAddressDisplayYN": true,
		"PublicRemarks": fmt.Sprintf("A house with a porch and a light on it, number %d, near the water and the train.", n), "PhotosCount": 2,
		"ModificationTimestamp": Stamp(changed), "X_LocalField": map[string]any{"nested": []any{1, "two", nil}},
	}
}

// Key is the nth home's ListingKey.
func Key(n int) string { return fmt.Sprintf("H%06d", n) }

// Homes are n homes, one changed each minute from first on.
func Homes(n int, first time.Time) []Record {
	all := make([]Record, n)
	for i := range all {
		all[i] = Home(i, first.Add(time.Duration(i)*time.Minute))
	}
	return all
}

// Photo is one photo of a home, as a record of Media.
func Photo(listing string, n int, url string, changed time.Time) Record {
	return Record{
		"MediaKey": fmt.Sprintf("%s-%d", listing, n), "ResourceRecordKey": listing, "ResourceName": "Property", "MediaURL": url, "MediaCategory": "Photo",
		"MediaType": "jpeg", "Order": n, "ShortDescription": fmt.Sprintf("Photo %d", n), "ModificationTimestamp": Stamp(changed),
	}
}

// Open is an open house, two hours long.
func Open(listing, key string, starts, changed time.Time) Record {
	return Record{
		"OpenHouseKey": key, "ListingKey": listing, "OpenHouseDate": starts.UTC().Format(time.DateOnly), "OpenHouseStartTime": Stamp(starts), "OpenHouseEndTime": Stamp(starts.Add(2 * time.Hour)),
		"OpenHouseStatus": "Active", "OpenHouseType": "Public", "ModificationTimestamp": Stamp(changed),
	}
}
