package feed_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"porchlight/app/feed"
	"porchlight/app/listings"
)

// record converts a JSON object as a feed sends it.
func record(t *testing.T, text string) (listings.Record, []feed.Problem) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		t.Fatal(text, err)
	}
	return feed.Convert(func(field string) (any, bool) { value, ok := fields[field]; return value, ok })
}

// of converts one field beside a key.
func of(t *testing.T, fields string) (listings.Record, []feed.Problem) {
	t.Helper()
	return record(t, `{"ListingKey":"k",`+fields+`}`)
}

func show[T any](n *T) any {
	if n == nil {
		return nil
	}
	return *n
}

func TestConvertReadsNumbersHoweverTheyAreSpelled(t *testing.T) {
	for spelled, cents := range map[string]any{
		`357000`: int64(35700000), `"357000"`: int64(35700000), `"$357,000"`: int64(35700000), `"$2,950,000"`: int64(295000000), `" 1,250.50 "`: int64(125050), `50000.0`: int64(5000000),
		`"50000.0"`: int64(5000000), `"1,250/mo"`: int64(125000), `1.5e5`: int64(15000000), `0`: int64(0), `null`: nil, `""`: nil, `"1,2,3"`: nil, `"$1,250 USD"`: int64(125000),
		`-1`: nil, `"-$5"`: nil, `"($5)"`: nil, `1e308`: nil, `1e999`: nil, `"NaN"`: nil, `"Inf"`: nil, `"call us"`: nil, `[1]`: nil, `0.001`: int64(0), `999999999999`: int64(99999999999900), `1e12`: nil,
	} {
		got, problems := of(t, `"ListPrice":`+spelled)
		if show(got.ListPrice) != cents {
			t.Errorf("%s: %v", spelled, show(got.ListPrice))
		}
		silent := cents != nil || spelled == `null` || spelled == `""` || spelled == `[1]`
		if silent != (len(problems) == 0) {
			t.Errorf("%s: %v", spelled, problems)
		}
	}
}

func TestConvertCountsBathrooms(t *testing.T) {
	for fields, want := range map[string][4]any{ // total, full, half, quarters
		`"BathroomsTotalInteger":1.1`:                                                       {int64(2), int64(1), int64(1), int64(6)},
		`"BathroomsTotalInteger":"2.25"`:                                                    {int64(3), int64(2), int64(0), int64(9)},
		`"BathroomsTotalInteger":2.5`:                                                       {int64(3), int64(2), int64(1), int64(10)},
		`"BathroomsTotalInteger":0.75`:                                                      {int64(1), int64(0), int64(0), int64(3)},
		`"BathroomsTotalInteger":3`:                                                         {int64(3), nil, nil, int64(12)},
		`"BathroomsTotalInteger":0`:                                                         {int64(0), nil, nil, int64(0)},
		`"BathroomsFull":2,"BathroomsHalf":1`:                                               {int64(3), int64(2), int64(1), int64(10)},
		`"BathroomsFull":"2","BathroomsHalf":null,"BathroomsTotalInteger":3`:                {int64(3), int64(2), nil, int64(10)},
		`"BathroomsFull":1,"BathroomsThreeQuarter":1,"BathroomsOneQuarter":1`:               {int64(3), int64(1), nil, int64(8)},
		`"BathroomsFull":2,"BathroomsPartial":1`:                                            {int64(3), int64(2), int64(1), int64(10)},
		`"BathroomsHalf":1,"BathroomsTotalInteger":3`:                                       {int64(3), nil, int64(1), int64(10)},
		`"BathroomsTotalInteger":-2`:                                                        {nil, nil, nil, nil},
		`"BathroomsFull":2,"BathroomsHalf":1,"BathroomsTotalInteger":2`:                     {int64(3), int64(2), int64(1), int64(10)},
		`"BathroomsTotalDecimal":2.5`:                                                       {int64(3), int64(2), int64(1), int64(10)},
		`"BathroomsTotalInteger":2.2`:                                                       {int64(4), int64(2), int64(2), int64(12)},
		`"BathroomsFull":9999`:                                                              {nil, nil, nil, nil},
		`"BathroomsTotalInteger":null,"BathroomsTotalDecimal":null,"BathroomsFull":"1.000"`: {int64(1), int64(1), nil, int64(4)},
	} {
		got, _ := of(t, fields)
		if have := [4]any{show(got.BathroomsTotalInteger), show(got.BathroomsFull), show(got.BathroomsHalf), show(got.BathroomQuarters)}; have != want {
			t.Errorf("%s: %v, want %v", fields, have, want)
		}
	}
}

func TestConvertReadsDatesAndTimes(t *testing.T) {
	for written, want := range map[string]string{
		"2026-11-22": "2026-11-22", "20141013T000000": "2014-10-13", "20141013": "2014-10-13", "3/11/2019": "2019-03-11", "2010-01": "2010-01-01", "October-31-2025": "2025-10-31",
		"2026-11-22T23:30:00-05:00": "2026-11-22", "2026-11-22 08:00:00": "2026-11-22", "10/31/2025 1:00:00 PM": "2025-10-31", "October-31-2025 01:00 PM": "2025-10-31", "Oct 31, 2025": "2025-10-31", "October 31, 2025": "2025-10-31",
		"2026-02-30": "", "0001-01-01": "", "9999-12-31": "", "45000": "", "soon": "", "31/10/2025": "", "1799-12-31": "", "2025-10-31T00:00:00.000": "2025-10-31", "12/31/19": "2019-12-31", "Wed May 21 00:00:00 EDT 2008": "2008-05-21",
	} {
		got, problems := of(t, `"CloseDate":"`+written+`"`)
		if got.CloseDate != want {
			t.Errorf("%s: %q", written, got.CloseDate)
		}
		if clear := want != "" && written != "2010-01"; clear != (len(problems) == 0) {
			t.Errorf("%s: %v", written, problems)
		}
	}
	for written, want := range map[string]string{
		"2026-11-22T10:00:00Z": "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.1234567Z": "2026-11-22T10:00:00.123456Z", "2026-11-22T10:00:00.5+00:00": "2026-11-22T10:00:00.5Z",
		"2026-11-22T10:00:00-05:00": "2026-11-22T15:00:00Z", "2026-11-22T10:00:00+0100": "2026-11-22T09:00:00Z", "2026-11-22 10:00:00": "2026-11-22T10:00:00Z", "2026-11-22T10:00:00.12": "2026-11-22T10:00:00.12Z",
		"11/22/2026 1:05:00 PM": "2026-11-22T13:05:00Z", "2026-11-22": "2026-11-22T00:00:00Z", "0001-01-01T00:00:00Z": "", "9999-12-31T23:59:59Z": "", "now": "",
	} {
		got, problems := of(t, `"ModificationTimestamp":"`+written+`"`)
		have := ""
		if !got.ModificationTimestamp.IsZero() {
			have = got.ModificationTimestamp.Format(time.RFC3339Nano)
		}
		if have != want && !(want == "" && len(problems) == 1) {
			t.Errorf("%s: %s %v", written, have, problems)
		}
	}
}

func TestConvertUnderstandsStatuses(t *testing.T) {
	for fields, want := range map[string]listings.Status{
		`"StandardStatus":"Active Under Contract"`:                     listings.ActiveUnderContract,
		`"StandardStatus":"ActiveUnderContract"`:                       listings.ActiveUnderContract,
		`"StandardStatus":"Coming Soon"`:                               listings.ComingSoon,
		`"MlsStatus":"Sold"`:                                           listings.Closed,
		`"MlsStatus":"Contingent"`:                                     listings.ActiveUnderContract,
		`"MlsStatus":"Under Contract"`:                                 listings.ActiveUnderContract,
		`"MlsStatus":"UNDER CONTRACT - SHOW"`:                          listings.ActiveUnderContract,
		`"StandardStatus":null,"MlsStatus":"Cancelled"`:                listings.Canceled,
		`"StandardStatus":"Pending","MlsStatus":"Active"`:              listings.Pending,
		`"StandardStatus":"Pending - waiting for the bank"`:            listings.Pending,
		`"MlsStatus":"Temporarily Off Market"`:                         listings.OnHold,
		`"MlsStatus":"Frobnicated"`:                                    listings.OnHold,
		`"CloseDate":"2025-01-02"`:                                     listings.Closed,
		`"StandardStatus":""`:                                          listings.Active,
		`"StandardStatus":"Sold","MlsStatus":"Active","CloseDate":"x"`: listings.Closed,
	} {
		if got, _ := of(t, fields); got.StandardStatus != want {
			t.Errorf("%s: %s", fields, got.StandardStatus)
		}
	}
	if _, problems := of(t, `"MlsStatus":"Frobnicated"`); len(problems) != 1 {
		t.Error(problems)
	}
	if got, _ := of(t, `"StandardStatus":"Delete"`); !got.Gone {
		t.Error("deleted and still there")
	}
}

func TestConvertUnderstandsPropertyTypes(t *testing.T) {
	for fields, want := range map[string][2]string{
		`"PropertyType":"Residential","PropertySubType":"SingleFamilyResidence"`: {"Residential", "Single Family Residence"},
		`"PropertyType":"Condo"`:                                             {"Residential", "Condominium"},
		`"PropertyType":"Multi_Family"`:                                      {"Residential Income", "Multi Family"},
		`"PropertyType":"Vacant Land"`:                                       {"Land", ""},
		`"PropertyType":"ResidentialLease","PropertySubType":"Condominium"`:  {"Residential Lease", "Condominium"},
		`"PropertyType":"Residential","PropertySubType":"Yurt"`:              {"Residential", "Yurt"},
		`"PropertyType":null,"PropertySubType":"Townhouse"`:                  {"Residential", "Townhouse"},
		`"PropertyType":"A"`:                                                 {"", ""},
		`"PropertyType":"Houseboats"`:                                        {"Houseboats", ""},
		`"PropertyType":"Commercial Real Estate","PropertySubType":"Office"`: {"Commercial Sale", "Office"},
	} {
		if got, _ := of(t, fields); [2]string{got.PropertyType, got.PropertySubType} != want {
			t.Errorf("%s: %q %q", fields, got.PropertyType, got.PropertySubType)
		}
	}
}

func TestConvertMeasuresInSquareFeet(t *testing.T) {
	for fields, want := range map[string][2]any{
		`"LivingArea":100,"LivingAreaUnits":"Square Meters"`:                     {int64(1076), nil},
		`"LivingArea":"2,615 sq ft"`:                                             {int64(2615), nil},
		`"BuildingAreaTotal":"924.0"`:                                            {int64(924), nil},
		`"LotSizeAcres":0.5`:                                                     {nil, int64(21780)},
		`"LotSizeArea":2,"LotSizeUnits":"Acres"`:                                 {nil, int64(87120)},
		`"LotSizeArea":7500,"LotSizeUnits":"SquareFeet"`:                         {nil, int64(7500)},
		`"LotSizeArea":700,"LotSizeUnits":"SquareMeters"`:                        {nil, int64(7535)},
		`"LotSizeArea":"0.25 Acres"`:                                             {nil, int64(10890)},
		`"LotSizeSquareFeet":5000,"LotSizeAcres":9`:                              {nil, int64(5000)},
		`"LotSizeSquareFeet":0,"LivingArea":0`:                                   {nil, nil},
		`"LivingArea":-5,"LotSizeSquareFeet":1`:                                  {nil, nil},
		`"LotSizeArea":0.3`:                                                      {nil, int64(13068)},
		`"LivingArea":1e308`:                                                     {nil, nil},
		`"LivingArea":"1200","LivingAreaUnits":"Square Feet","LotSizeArea":null`: {int64(1200), nil},
	} {
		if got, _ := of(t, fields); [2]any{show(got.LivingArea), show(got.LotSizeSquareFeet)} != want {
			t.Errorf("%s: %v %v", fields, show(got.LivingArea), show(got.LotSizeSquareFeet))
		}
	}
}

func TestConvertReadsAddresses(t *testing.T) {
	for fields, want := range map[string][4]string{ // street, unit, state, zip
		`"StreetNumber":"12","StreetDirPrefix":"N","StreetName":"Elm","StreetSuffix":"Street","UnitNumber":"3"`:                     {"12 N Elm Street, Unit 3", "3", "", ""},
		`"UnparsedAddress":"12 Elm St, Mystic, CT 06355","City":"Mystic","StateOrProvince":"Connecticut","PostalCode":"06355-1234"`: {"12 Elm St", "", "CT", "06355"},
		`"UnparsedAddress":"12 Elm St, Mystic, CT 06355-1234","City":"Mystic","StateOrProvince":"CT","PostalCode":"06355-1234"`:     {"12 Elm St", "", "CT", "06355"},
		`"UnparsedAddress":"12 Elm St Mystic CT 06355","City":"Mystic","StateOrProvince":"CT","PostalCode":"06355"`:                 {"12 Elm St", "", "CT", "06355"},
		`"UnparsedAddress":"12 Oak CT","City":"Mystic","StateOrProvince":"CT","PostalCode":"6355"`:                                  {"12 Oak CT", "", "CT", "06355"},
		`"UnparsedAddress":"12 Oak CT, Mystic, Connecticut, USA","City":"Mystic","StateOrProvince":"CT","PostalCode":"z06355"`:      {"12 Oak CT", "", "CT", "06355"},
		`"UnparsedAddress":"1 Main St, Old Mystic, CT","City":"Mystic","StateOrProvince":"CT"`:                                      {"1 Main St, Old Mystic", "", "CT", ""},
		`"UnparsedAddress":"1 Main St #4B","PostalCode":98178.0`:                                                                    {"1 Main St #4B", "4B", "", "98178"},
		`"UnparsedAddress":"1 Main St Unit 4","UnitNumber":"Unit 4","PostalCode":"V6B 1A1"`:                                         {"1 Main St Unit 4", "Unit 4", "", "V6B 1A1"},
		`"UnparsedAddress":"1 Main St","UnitNumber":"#4","PostalCode":"12"`:                                                         {"1 Main St, #4", "#4", "", ""},
		`"UnparsedAddress":"","StreetNumber":0,"StreetName":"Shore Road"`:                                                           {"Shore Road", "", "", ""},
		`"UnparsedAddress":"100 Mystic","City":"Mystic"`:                                                                            {"100 Mystic", "", "", ""},
		`"UnparsedAddress":null,"StreetNumber":"12","StreetName":null`:                                                              {"", "", "", ""},
	} {
		if got, _ := of(t, fields); [4]string{got.UnparsedAddress, got.UnitNumber, got.StateOrProvince, got.PostalCode} != want {
			t.Errorf("%s:\n%q %q %q %q", fields, got.UnparsedAddress, got.UnitNumber, got.StateOrProvince, got.PostalCode)
		}
	}
	if got, _ := of(t, `"City":"RANCHO_CORDOVA"`); got.City != "RANCHO CORDOVA" {
		t.Error(got.City)
	}
}

func TestConvertKeepsOnlyPlacesOnEarth(t *testing.T) {
	for fields, want := range map[string]bool{
		`"Latitude":"48.7001","Longitude":" -116.3237"`: true, `"Latitude":0,"Longitude":0`: false, `"Latitude":91,"Longitude":1`: false, `"Latitude":41,"Longitude":-181`: false,
		`"Latitude":41`: false, `"Latitude":"NaN","Longitude":"NaN"`: false, `"Latitude":41.1,"Longitude":-73.9`: true, `"Latitude":null,"Longitude":null`: false,
	} {
		got, problems := of(t, fields)
		if (got.Latitude != nil) != want || (got.Latitude == nil) != (got.Longitude == nil) {
			t.Errorf("%s: %v %v", fields, show(got.Latitude), show(got.Longitude))
		}
		if quiet := want || fields == `"Latitude":41` || strings.Contains(fields, "null"); quiet != (len(problems) == 0) {
			t.Errorf("%s: %v", fields, problems)
		}
	}
}

func TestConvertKeepsNothingThatClientsMayNotSee(t *testing.T) {
	got, _ := of(t, `"PublicRemarks":"<script>alert(1)</script>\r\nSunny\u0000\u0007\u202e porch","PrivateRemarks":"SECRET","ShowingInstructions":"SECRET","OwnerName":"SECRET","OwnerPhone":"SECRET",
		"LockBoxSerialNumber":"SECRET","LockBoxLocation":"SECRET","AccessCode":"SECRET","BuyerBrokerageCompensation":"SECRET","SubAgencyCompensation":"SECRET","OccupantName":"SECRET",
		"PrivateOfficeRemarks":"SECRET","ConcessionsComments":"SECRET","Heating":["ForcedAir","Gas"],"Cooling":"CentralAir,Zoned","FireplacesTotal":2`)
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "SECRET") {
		t.Errorf("%s", text)
	}
	if got.PublicRemarks != "<script>alert(1)</script>\nSunny porch" {
		t.Errorf("%q", got.PublicRemarks)
	}
	want := []listings.Detail{{Name: "Heating", Value: "Forced Air, Gas"}, {Name: "Cooling", Value: "Central Air, Zoned"}, {Name: "Fireplaces", Value: "2"}}
	if len(got.Details) != len(want) {
		t.Fatal(got.Details)
	}
	for i := range want {
		if got.Details[i] != want[i] {
			t.Error(got.Details[i])
		}
	}
}

func TestConvertKeepsPublicPhotosInOrder(t *testing.T) {
	got, problems := of(t, `"PhotosCount":9,"Media":[
		{"MediaKey":"b","MediaURL":"https://x.example/b.jpg","Order":2,"MediaCategory":"Photo","Permission":["Public","IDX"]},
		{"MediaKey":"a","MediaURL":"https://x.example/a.jpg","Order":1},
		{"MediaKey":"a","MediaURL":"https://x.example/again.jpg","Order":1},
		{"MediaKey":"p","MediaURL":"https://x.example/p.jpg","Permission":["Private"]},
		{"MediaKey":"o","MediaURL":"https://x.example/o.jpg","Permission":"Office Only"},
		{"MediaKey":"f","MediaURL":"https://x.example/f.jpg","Permission":["FirmOnly"]},
		{"MediaKey":"g","MediaURL":"https://x.example/g.jpg","Permission":["Agent Only"]},
		{"MediaKey":"d","MediaURL":"https://x.example/d.pdf","MediaCategory":"Document"},
		{"MediaKey":"j","MediaURL":"javascript:alert(1)"}, {"MediaKey":"k"}, 7,
		{"MediaKey":"c","MediaURL":"https://x.example/c.jpg","Order":"3","PreferredPhotoYN":true,"ShortDescription":"The porch"}]`)
	var keys []string
	for _, m := range got.Media {
		keys = append(keys, m.MediaKey)
	}
	if strings.Join(keys, "") != "cab" || got.Media[0].ShortDescription != "The porch" || got.PhotosCount != 3 || len(problems) != 1 {
		t.Error(got.Media, got.PhotosCount, problems)
	}
	var many strings.Builder
	many.WriteString(`"Media":[{}`)
	for i := range 10_000 {
		many.WriteString(`,{"MediaURL":"https://x.example/` + string(rune('a'+i%26)) + strings.Repeat("x", i%400) + `"}`)
	}
	if got, _ := of(t, many.String()+"]"); len(got.Media) != listings.MostMedia {
		t.Error(len(got.Media))
	}
	if got, _ := of(t, `"PhotosCount":9`); got.PhotosCount != 9 {
		t.Error(got.PhotosCount)
	}
}

func TestConvertKeepsPublicOpenHouses(t *testing.T) {
	got, problems := of(t, `"PropertyTimeZoneName":"America/New_York","OpenHouse":[
		{"OpenHouseKey":"1","OpenHouseType":"Public","OpenHouseStartTime":"2026-11-28T18:00:00Z","OpenHouseEndTime":"2026-11-28T20:00:00.0000000+00:00"},
		{"OpenHouseKey":"2","OpenHouseType":"Broker","OpenHouseStartTime":"2026-11-28T18:00:00Z","OpenHouseEndTime":"2026-11-28T20:00:00Z"},
		{"OpenHouseKey":"3","OpenHouseType":"Office"},
		{"OpenHouseKey":"4","OpenHouseDate":"2026-11-29","OpenHouseStartTime":"13:00:00","OpenHouseEndTime":"3:00 pm","OpenHouseStatus":"Canceled"},
		{"OpenHouseKey":"5","OpenHouseType":"LivestreamPublic","OpenHouseStartTime":"2026-11-28T18:00:00-05:00"},
		{"OpenHouseKey":"6","OpenHouseStartTime":"2026-11-28T18:00:00Z","OpenHouseEndTime":"2026-11-27T20:00:00Z"},
		{"OpenHouseKey":"7","OpenHouseStartTime":"2026-11-28"}, 5]`)
	var lines []string
	for _, o := range got.OpenHouses {
		line := o.OpenHouseKey + " " + o.StartsAt.Format(time.RFC3339) + " " + o.EndsAt.Format(time.RFC3339)
		if o.Canceled {
			line += " canceled"
		}
		lines = append(lines, line)
	}
	want := "1 2026-11-28T18:00:00Z 2026-11-28T20:00:00Z; 4 2026-11-29T18:00:00Z 2026-11-29T20:00:00Z canceled; 5 2026-11-28T23:00:00Z 2026-11-29T00:00:00Z"
	if strings.Join(lines, "; ") != want || len(problems) != 3 || got.Partial {
		t.Error(lines, problems, got.Partial)
	}
	if got, _ := of(t, `"City":"Mystic"`); !got.Partial {
		t.Error("open houses were not asked for and are taken for none")
	}
	if got, _ := of(t, `"OpenHouse":[]`); got.Partial {
		t.Error("none is an answer")
	}
}

func TestConvertHidesWhatMayNotBeShown(t *testing.T) {
	for fields, want := range map[string]bool{
		`"MlgCanUse":["IDX","VOW"]`: true, `"MlgCanUse":["VOW"]`: true, `"MlgCanUse":["BO","PT"]`: false, `"MlgCanUse":[]`: false, `"MlgCanUse":null`: true, `"MlgCanUse":"IDX"`: true, `"FeedTypes":["BO"]`: false,
		`"InternetEntireListingDisplayYN":false`: false, `"InternetEntireListingDisplayYN":"N"`: false, `"InternetEntireListingDisplayYN":null`: true, `"InternetEntireListingDisplayYN":"maybe"`: false, `"City":"x"`: true,
	} {
		if got, _ := of(t, fields); got.InternetEntireListingDisplayYN != want {
			t.Errorf("%s: %v", fields, got.InternetEntireListingDisplayYN)
		}
	}
	if got, _ := of(t, `"InternetAddressDisplayYN":0`); got.InternetAddressDisplayYN {
		t.Error("the address is shown")
	}
	if got, _ := of(t, `"MlgCanView":false`); !got.Gone {
		t.Error("MlgCanView false is still there")
	}
	for fields, want := range map[string]bool{`"PoolPrivateYN":"Y"`: true, `"PoolPrivateYN":1`: true, `"PoolPrivateYN":"Yes"`: true, `"PoolPrivateYN":true`: true, `"PoolPrivateYN":"true"`: true, `"PoolPrivateYN":"No"`: false, `"PoolPrivateYN":null`: false, `"PoolPrivateYN":"wet"`: false} {
		if got, _ := of(t, fields); got.PoolPrivateYN != want {
			t.Errorf("%s: %v", fields, got.PoolPrivateYN)
		}
	}
}

func TestConvertWantsAKey(t *testing.T) {
	_, problems := record(t, `{"City":"Mystic"}`)
	if len(problems) != 1 || !problems[0].Skip {
		t.Error(problems)
	}
	got, problems := record(t, `{"ListingKey":1234567890123456789,"ListPrice":-5}`)
	if got.ListingKey != "1234567890123456789" || len(problems) != 1 || problems[0].Key != got.ListingKey || problems[0].Skip {
		t.Error(got.ListingKey, problems)
	}
	for _, key := range []string{strings.Repeat("k", 256), strings.Repeat("ä", 200)} { // cut, it would be another home's too
		if got, problems = record(t, `{"ListingKey":"`+key+`"}`); got.ListingKey != "" || len(problems) != 2 || !problems[1].Skip {
			t.Error(got.ListingKey, problems)
		}
	}
	if got, problems = record(t, `{"ListingKey":"`+strings.Repeat("k", 255)+`"}`); len(got.ListingKey) != 255 || len(problems) != 0 {
		t.Error(got.ListingKey, problems)
	}
}

func FuzzConvert(f *testing.F) {
	for _, seed := range []string{
		`{"ListingKey":"k","ListPrice":"$1,0","Latitude":1e308,"Media":[{"MediaURL":"https://x"}],"OpenHouse":[{}],"CloseDate":"2010-01","BathroomsTotalInteger":"1.1"}`,
		`{"ListingKey":{},"Media":{},"OpenHouse":7,"Heating":[[]],"UnparsedAddress":"1 , CT","City":",","StateOrProvince":"CT","UnitNumber":"#"}`,
		`{"PostalCode":"z1","ModificationTimestamp":"0000","YearBuilt":"1e3","LotSizeArea":"0.2 ac","PropertyTimeZoneName":"../etc/passwd"}`,
		`{"UnparsedAddress":"İ 1 İstanbul","City":"istanbul","PublicRemarks":"\u0000\u2066x"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		var fields map[string]any
		if decoder.Decode(&fields) != nil {
			return
		}
		got, problems := feed.Convert(func(field string) (any, bool) { value, ok := fields[field]; return value, ok })
		for _, n := range []*int64{got.ListPrice, got.ClosePrice, got.LivingArea, got.LotSizeSquareFeet, got.BedroomsTotal, got.BathroomQuarters, got.YearBuilt} {
			if n != nil && (*n < 0 || *n > 100_000_000_000_000) {
				t.Errorf("%d", *n)
			}
		}
		for _, n := range []*float64{got.Latitude, got.Longitude, got.Stories, got.GarageSpaces} {
			if n != nil && (math.IsNaN(*n) || math.Abs(*n) > 500) {
				t.Errorf("%g", *n)
			}
		}
		known := false
		for _, s := range []listings.Status{"Active", "Active Under Contract", "Canceled", "Closed", "Coming Soon", "Delete", "Expired", "Hold", "Incomplete", "Pending", "Withdrawn"} {
			known = known || got.StandardStatus == s
		}
		if !known {
			t.Errorf("status %q", got.StandardStatus)
		}
		for _, text := range []string{got.ListingKey, got.City, got.UnparsedAddress, got.PublicRemarks, got.MlsStatus, got.PostalCode} {
			if strings.ToValidUTF8(text, "") != text || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
				t.Errorf("%q", text)
			}
		}
		for _, date := range []string{got.CloseDate, got.OnMarketDate} {
			if _, err := time.Parse(time.DateOnly, date); date != "" && err != nil {
				t.Error(date)
			}
		}
		for _, p := range problems {
			if p.Say == "" {
				t.Error(p)
			}
		}
	})
}
