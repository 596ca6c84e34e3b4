package feed_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"porchlight/app/fault"
	"porchlight/app/feed"
	"porchlight/app/listings"
	"porchlight/db/dbtest"
)

// inspect reads a file's text.
func inspect(t *testing.T, text string) feed.File {
	t.Helper()
	file, err := feed.Inspect(t.Context(), strings.NewReader(text), "homes.csv", nil, "")
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// says are a file's problems, a line each.
func says(problems []feed.Problem) string {
	var all []string
	for _, p := range problems {
		skip := ""
		if p.Skip {
			skip = "!"
		}
		all = append(all, fmt.Sprintf("%d%s %s %s", p.Row, skip, p.Field, p.Say))
	}
	return strings.Join(all, "\n")
}

const rows = "MLS#,Address,City,Price,Beds,Baths\n17,\"12 Elm St, Unit 2\",Mystic,\"$450,000\",3,2.5\n18,9 Oak Ln,Noank,380000,2,1\n"

func TestInspectReadsTablesHoweverTheyAreWritten(t *testing.T) {
	wide := func(big bool) string {
		out := []byte{0xff, 0xfe}
		if big {
			out = []byte{0xfe, 0xff}
		}
		for _, unit := range utf16.Encode([]rune(strings.ReplaceAll(rows, "Mystic", "Mÿstic"))) {
			if big {
				out = append(out, byte(unit>>8), byte(unit))
			} else {
				out = append(out, byte(unit), byte(unit>>8))
			}
		}
		return string(out)
	}
	for name, text := range map[string]string{
		"as it should be":              rows,
		"byte order mark":              "\ufeff" + rows,
		"UTF-16, little":               wide(false),
		"UTF-16, big":                  wide(true),
		"UTF-16 without a mark":        wide(false)[2:],
		"Windows-1252":                 strings.ReplaceAll(rows, "Mystic", "M\xffstic"),
		"carriage returns":             strings.ReplaceAll(rows, "\n", "\r"),
		"carriage returns, line feeds": strings.ReplaceAll(rows, "\n", "\r\n"),
		"no line end at the end":       strings.TrimSuffix(rows, "\n"),
		"semicolons":                   "MLS#;Address;City;Price;Beds;Baths\n17;12 Elm St, Unit 2;Mystic;$450,000;3;2.5\n18;9 Oak Ln;Noank;380000;2;1\n",
		"tabs":                         "MLS#\tAddress\tCity\tPrice\tBeds\tBaths\n17\t12 Elm St, Unit 2\tMystic\t$450,000\t3\t2.5\n18\t9 Oak Ln\tNoank\t380000\t2\t1\n",
		"pipes":                        "MLS#|Address|City|Price|Beds|Baths\n17|12 Elm St, Unit 2|Mystic|$450,000|3|2.5\n18|9 Oak Ln|Noank|380000|2|1\n",
		"titles before the header":     "sep=,\nElm Realty\n\n\"Homes, as of today\",,,\nPrepared by,Maya\n\n" + rows,
		"a remark below the header":    strings.Replace(rows, "Baths\n", "Baths\n\"In accordance with local MLS rules, some homes are left out\"\n", 1),
		"blank tails":                  rows + ",,,,,\n , ,,,,\n\n\n,,,,,\n",
		"blank columns":                strings.ReplaceAll(rows, "\n", ",,,\n"),
		"capitals and signs":           strings.Replace(rows, "MLS#,Address,City,Price,Beds,Baths", " mls # ,ADDRESS,CITY,PRICE ($),BEDS,\"BATHS\"", 1),
	} {
		t.Run(name, func(t *testing.T) {
			f := inspect(t, text)
			if f.Rows != 2 || f.Prices != 83000000 || f.Refused != 0 || f.Kind != "csv" {
				t.Fatalf("%d rows, %d cents, %s", f.Rows, f.Prices, says(f.Problems))
			}
			first := f.Sample[0]
			city := first.City == "Mystic" || first.City == "Mÿstic"
			if first.ListingKey != "17" || first.UnparsedAddress != "12 Elm St, Unit 2" || !city || show(first.BathroomQuarters) != int64(10) || first.StandardStatus != listings.Active {
				t.Errorf("%+v", first.Listing)
			}
			if wants := strings.Count(name, "below"); f.Trouble != wants {
				t.Error(says(f.Problems))
			}
		})
	}
}

func TestInspectRefusesARowThatSwallowsOthers(t *testing.T) {
	head := "MLS#,Address,City,Price,Remarks\n1,12 Elm St,Mystic,450000,\"Sunny, quiet, near\nthe park, 5\"\" pipes, \"\"new\"\" roof\"\n"
	for name, c := range map[string]struct{ text, say string }{
		"closed by a later quotation mark":  {"2,\"9 Oak Ln,Noank,380000,\n3,\"7 Ash Ct\",Noank,390000,\n", "4!  A quotation mark is opened here and not closed, so that 2 lines were read as one row."},
		"closed at the end of a later line": {"2,\"9 Oak Ln,Noank,380000,a\n3,7 Ash Ct,Noank,390000,b\"\n4,1 Fir Rd,Noank,400000,\n", "4!  A quotation mark is opened here and not closed, so that 2 lines were read as one row."},
	} {
		t.Run(name, func(t *testing.T) {
			f := inspect(t, head+c.text)
			if says(f.Problems) != c.say || f.Refused != 1 || f.Sample[0].ListingKey != "1" {
				t.Errorf("%d refused: %s", f.Refused, says(f.Problems))
			}
		})
	}
}

func TestStIsTheStateBesideATownAndElseTheStatus(t *testing.T) {
	r := inspect(t, "MLS#,ST,Address,City,Price\n17,P,12 Elm St,Mystic,450000\n").Sample[0]
	if r.StandardStatus != listings.Pending || r.StateOrProvince != "" {
		t.Errorf("beside no town: %q %q", r.StandardStatus, r.StateOrProvince)
	}
	r = inspect(t, "MLS#,Address,City,ST,Zip,Price\n17,12 Elm St,Mystic,CT,06355,450000\n").Sample[0]
	if r.StandardStatus != listings.Active || r.StateOrProvince != "CT" {
		t.Errorf("beside a town: %q %q", r.StandardStatus, r.StateOrProvince)
	}
}

func TestInspectReportsByRow(t *testing.T) {
	f := inspect(t, "MLS#,Address,City,Price,Beds,Latitude,Longitude,Status,Agent Remarks\n"+
		"1,12 Elm St,Mystic,450000,3,41.3,-71.9,Active,SECRET\n"+
		"2,9 Oak Ln,Noank,380000\n"+
		"3,7 Ash Ct,Noank,390000,2,41.3,-71.9,Sold,x,y,z\n"+
		"1,12 Elm St,Mystic,440000,3,41.3,-71.9,Active,\n"+
		"4,\"5 Fir\nRd\",Noank,-5,NaN,91,0,Zombie,\n"+
		"N/A,,NULL,-,,, ,,\n"+
		"MLS#,Address,City,Price,Beds,Latitude,Longitude,Status,Agent Remarks\n"+
		"Total: 6\n")
	want := `3  The row has only 4 of 9 cells; what is missing is taken for unknown.
4!  The row has 11 cells under 9 columns, so it is not sure which is which.
5  1 stands in line 2 too; the later row counts.
6 Price -5 is less than nothing; it is left out.
6 Status “Zombie” is no status known here, so the home is kept on hold and shown to nobody.
6 Latitude 91 can’t be; it is left out.
6 Beds “NaN” is no number; it is left out.
8!  The row has neither a number, an address nor a place, nor anything else that makes a home.
9!  This line is the header again.
10!  This line is a remark, not a home.`
	if got := says(f.Problems); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if f.Rows != 6 || f.Refused != 2 || f.Trouble != 10 {
		t.Error(f.Rows, f.Refused, f.Trouble)
	}
	if f.Columns[8] != "" || !feed.Never(f.Header[8]) {
		t.Error("private remarks are kept: ", f.Columns[8])
	}
}

func TestInspectMakesKeys(t *testing.T) {
	for name, one := range map[string]struct{ text, keys string }{
		"number and date":        {"id,date,price\n7,20141013T000000,1000000\n7,20150225T000000,1100000\n7,20150225T000000,1100000\n7,20150225T000000,1200000\n", "7@2014-10-13 7@2015-02-25 7@2015-02-25#2 7@2015-02-25#3"},
		"parcels, leading zeros": {"Taxkey,Address,Sale_date,Sale_price\n0040062000,1 A ST,2/13/2020,1000000\n", "0040062000@2020-02-13"},
		"a key of its own":       {"ListingKey,MLS#,price\nK1,7,100000\nK2,7,100000\n", "K1 K2"},
		"the listing number":     {"List Number,Assessor Number,List Price\n7,1-2,100000\n", "7"},
	} {
		t.Run(name, func(t *testing.T) {
			var keys []string
			for _, r := range inspect(t, one.text).Sample {
				keys = append(keys, r.ListingKey)
			}
			if got := strings.Join(keys, " "); got != one.keys {
				t.Error(got)
			}
		})
	}
	t.Run("address or place and date", func(t *testing.T) {
		a := inspect(t, "street,city,sale_date,price\n3526 HIGH ST,SACRAMENTO,Wed May 21 00:00:00 EDT 2008,59222\n").Sample[0]
		b := inspect(t, "price,sale_date,City,Address\n60000,5/21/2008,Sacramento,3526 High St\n").Sample[0]
		c := inspect(t, "price,lat,long\n60000,41.3,-71.9\n60000,41.4,-71.9\n")
		if a.ListingKey == "" || a.ListingKey != b.ListingKey || a.CloseDate != "2008-05-21" || c.Sample[0].ListingKey == c.Sample[1].ListingKey {
			t.Error(a.ListingKey, b.ListingKey, a.CloseDate, c.Sample)
		}
	})
}

func TestInspectTakesABarePriceForWhatTheStatusSays(t *testing.T) {
	for name, one := range map[string]struct {
		text   string
		status listings.Status
		want   string
	}{
		"nothing said":            {"id,date,price\n7,20141013T000000,1000000\n", "", "Active 100000000 <nil> 2014-10-13/"},
		"said for all":            {"id,date,price\n7,20141013T000000,1000000\n", listings.Closed, "Closed 100000000 100000000 /2014-10-13"},
		"said by the row":         {"id,date,price,status\n7,20141013T000000,1000000,Sold\n", listings.Active, "Closed 100000000 100000000 /2014-10-13"},
		"a table of sales":        {"id,Sale_date,Sale_price\n7,2014-10-13,1000000\n", "", "Closed 100000000 100000000 /2014-10-13"},
		"both prices":             {"id,List Price,Sold Price,Sold Date\n7,900000,1000000,2014-10-13\n", "", "Closed 90000000 100000000 /2014-10-13"},
		"no list price this time": {"id,List Price,Sold Price,Sold Date\n7,,1000000,2014-10-13\n", "", "Closed <nil> 100000000 /2014-10-13"},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := feed.Inspect(t.Context(), strings.NewReader(one.text), "f", nil, one.status)
			if err != nil {
				t.Fatal(err)
			}
			r := f.Sample[0]
			if got := fmt.Sprintf("%s %v %v %s/%s", r.StandardStatus, show(r.ListPrice), show(r.ClosePrice), r.ListingContractDate, r.CloseDate); got != one.want {
				t.Error(got)
			}
		})
	}
}

func TestInspectTakesColumnsForWhatIsChosen(t *testing.T) {
	text := "a,b,Owner\n12 Elm St,450000,SECRET\n"
	if f := inspect(t, text); strings.Join(f.Columns, "") != "" || f.Refused != 1 {
		t.Error(f.Columns, f.Refused)
	}
	f, err := feed.Inspect(t.Context(), strings.NewReader(text), "f", map[int]string{0: "UnparsedAddress", 1: "Price"}, "")
	if err != nil || f.Sample[0].UnparsedAddress != "12 Elm St" || f.Prices != 45000000 {
		t.Error(f, err)
	}
	for field, column := range map[string]int{"PublicRemarks": 2, "OwnerName": 1} {
		if _, err := feed.Inspect(t.Context(), strings.NewReader(text), "f", map[int]string{column: field}, ""); fault.Of(err) != fault.Invalid {
			t.Error(field, err)
		}
	}
}

func TestInspectReadsRESOCommonFormat(t *testing.T) {
	one := `{"@reso.context":"urn:reso:metadata:2.0:resource:property","ListingKey":"a1","ListPrice":450000.00,"StandardStatus":"Active","City":"Mystic","Media":[{"MediaURL":"https://x.example/1.jpg"}]}`
	for name, one := range map[string]struct {
		text string
		rows int
	}{
		"one record":         {one, 1},
		"several":            {`{"@reso.context":"urn:reso:metadata:2.0:resource:property","value":[` + one + `,{"ListingKey":"a2","ListPrice":"1"}]}`, 2},
		"an OData answer":    {`{"@odata.context":"https://x.example/$metadata#Property","@odata.count":1,"value":[` + one + `],"@odata.nextLink":"https://x.example"}`, 1},
		"a plain array":      {"\ufeff [" + one + "]", 1},
		"one behind another": {one + "\n" + strings.Replace(one, "a1", "a2", 1) + "\n", 2},
		"Spark":              {`{"D":{"Success":true,"Results":[{"Id":"9","StandardFields":{"ListingKey":"9","ListPrice":"450000.0","Latitude":"48.7001","Longitude":" -116.3237","BedsTotal":3,"City":"Mystic","Photos":[{"Id":"p","Uri640":"https://x.example/6","Primary":true,"Name":"House"}]}}]}}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := inspect(t, one.text)
			if f.Rows != one.rows || f.Kind != "json" || show(f.Sample[0].ListPrice) != int64(45000000) || f.Sample[0].City != "Mystic" || len(f.Sample[0].Media) != 1 || f.Trouble != 0 {
				t.Errorf("%+v", f)
			}
		})
	}
	for name, text := range map[string]string{
		"members": `{"@reso.context":"urn:reso:metadata:2.0:resource:member","value":[{"MemberKey":"1"}]}`, "offices": `{"@odata.context":"https://x/$metadata#Office","value":[]}`,
		"cut off": `{"value":[{"ListingKey":"a1","City":"My`, "cut off between": `{"value":[{"ListingKey":"a1","City":"Mystic"},`, "nothing": `{"value":[]}`, "null": `{"value":null}`, "an error": `{"error":{"code":"x","message":"no"}}`, "text": `"hello"`, "rubbish": `{"value":[{]`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := feed.Inspect(t.Context(), strings.NewReader(text), "f", nil, ""); fault.Of(err) != fault.Invalid {
				t.Error(err)
			}
		})
	}
}

func TestInspectReadsLargeFiles(t *testing.T) {
	remarks := strings.Repeat("A sunny house. ", 200)
	var table, records strings.Builder
	table.WriteString("MLS#,Address,Price,Remarks\n")
	records.WriteString(`{"value":[`)
	for i := range 2500 {
		fmt.Fprintf(&table, "%d,%d Elm St,1000,%s\n", i, i, remarks)
		if i > 0 {
			records.WriteByte(',')
		}
		fmt.Fprintf(&records, `{"ListingKey":"%d","ListPrice":1000,"PublicRemarks":"%s"}`, i, remarks)
	}
	records.WriteString("]}")
	for _, text := range []string{table.String(), records.String()} {
		if f := inspect(t, text); f.Rows != 2500 || f.Prices != 250000000 {
			t.Error(f.Kind, f.Rows, f.Prices, len(text))
		}
	}
	if _, err := feed.Inspect(t.Context(), strings.NewReader(`{"value":[{"ListingKey":"`+strings.Repeat("x", 11<<20)+`"}]}`), "f", nil, ""); fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
}

func TestInspectTakesAHomeWithTenThousandPhotos(t *testing.T) {
	var text strings.Builder
	text.WriteString(`{"ListingKey":"a","City":"Mystic","ListPrice":450000,"Media":[`)
	for i := range 10_000 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"MediaKey":"k%d","MediaURL":"https://p.example/%s/%d.jpg","Order":%d,"LongDescription":"%s"}`, i, strings.Repeat("s", 200), i, i, strings.Repeat("d", 400))
	}
	text.WriteString(`]}`)
	f := inspect(t, text.String())
	if r := f.Sample[0]; f.Rows != 1 || len(r.Media) != listings.MostMedia || f.Refused != 0 || !strings.Contains(says(f.Problems), "10000 photos") {
		t.Errorf("%d rows, %d photos, %s", f.Rows, len(r.Media), says(f.Problems))
	}
}

func TestInspectReadsVendorsOwnAnswers(t *testing.T) {
	for path, want := range map[string]int{"listings__with_photos.json": 1, "listings__multiple.json": 2, "listings__no_subresources.json": 1} {
		f, err := feed.Inspect(t.Context(), shared(t, "reso/spark_api/"+path), path, nil, "")
		if err != nil || f.Rows != want {
			t.Error(path, f.Rows, err)
			continue
		}
		r := f.Sample[0]
		if r.ListingKey != "20060725224713296297000000" || show(r.ListPrice) != int64(5000000) || show(r.Longitude) != -116.3237 || show(r.BedroomsTotal) != int64(3) || show(r.BathroomQuarters) != int64(4) || r.UnparsedAddress != "7298 BIRCH" {
			t.Errorf("%s: %+v", path, r.Listing)
		}
		if path == "listings__with_photos.json" && (len(r.Media) != 5 || r.Media[0].ShortDescription != "House") {
			t.Errorf("%+v", r.Media)
		}
	}
}

func TestInspectRefusesWhatIsNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "blank": " \n\n ", "a workbook": "PK\x03\x04\x14\x00", "octets": "a\x00b\x01c,d\n", "a page": "<!doctype html><p>No", "only a header": "MLS#,Address,City\n", "a quotation mark left open": "MLS#,Address,City\n1,\"" + strings.Repeat("12 Elm St,Mystic\n", 400_000),
		"a quotation mark left open at the end": rows + "19,\"1 Ash Ct,Noank,390000,2,1\n20,2 Ash Ct,Noank,390000,2,1\n",
		"too many columns":                      strings.Repeat("a,", 2000) + "\n1,2\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := feed.Inspect(t.Context(), strings.NewReader(text), "f", nil, "")
			if f := fault.As(err); f == nil || f.Kind != fault.Invalid || !strings.HasSuffix(f.Say, ".") {
				t.Error(err)
			}
		})
	}
	if _, err := feed.Inspect(t.Context(), vast{strings.NewReader("")}, "f", nil, ""); fault.As(err) == nil || !strings.Contains(err.Error(), "200 MB") {
		t.Error(err)
	}
}

// vast says that it is larger than any file may be.
type vast struct{ *strings.Reader }

func (vast) Seek(int64, int) (int64, error) { return feed.MostBytes + 1, nil }

func TestHeadersOfExportsAreKnown(t *testing.T) {
	redfin := inspect(t, "SALE TYPE,SOLD DATE,PROPERTY TYPE,ADDRESS,CITY,STATE OR PROVINCE,ZIP OR POSTAL CODE,PRICE,BEDS,BATHS,LOCATION,SQUARE FEET,LOT SIZE,YEAR BUILT,DAYS ON MARKET,$/SQUARE FEET,HOA/MONTH,STATUS,NEXT OPEN HOUSE START TIME,NEXT OPEN HOUSE END TIME,URL (SEE https://www.redfin.com/buy-a-home/comparative-market-analysis FOR INFO ON PRICING),SOURCE,MLS#,FAVORITE,INTERESTED,LATITUDE,LONGITUDE\n"+
		"\"In accordance with local MLS rules, some MLS listings are not included in the download\"\n"+
		"PAST SALE,October-31-2025,Condo/Co-op,12 Elm St #3,Mystic,CT,06355,\"$2,950,000\",3,2.5,Harbor,1840,,1920,12,1603,250,Sold,,,https://x.example,SmartMLS,24001,N,Y,41.35,-71.96\n")
	r := redfin.Sample[0]
	if r.ListingKey != "24001" || r.StandardStatus != listings.Closed || r.CloseDate != "2025-10-31" || show(r.ListPrice) != int64(295000000) || show(r.ClosePrice) != int64(295000000) || r.PropertySubType != "Condominium" || r.UnitNumber != "3" ||
		r.OriginatingSystemName != "SmartMLS" || r.SubdivisionName != "Harbor" || show(r.AssociationFee) != int64(25000) || show(r.LivingArea) != int64(1840) || len(r.Details) != 0 {
		t.Errorf("%+v %v", r.Listing, r.Details)
	}
	flexmls := inspect(t, "List Number,Agency Name,Agency Phone,Listing Agent,Property Type,Dwelling Type,End Date,List Date,Close of Escrow Date,Status,Original List Price,List Price,Sold Price,House Number,Compass,Street Name,Unit #,St Suffix,City/Town Code,State/Province,County Code,Zip Code,Geo Lat,Geo Lon,Approx SQFT,Year Built,# Bedrooms,Total Bathrooms,Taxes,Public Remarks,Assessor Number,Ownr/Occ Name - DND2,Owner/Occ Phn - DND2,mod_timestamp,Approx Lot SqFt,Private Pool Y/N,Full Bathrooms,Half Bathrooms,Photo URL\n"+
		"6001,Desert Realty,602-555-0100,Ana Ruiz,Residential,Single Family - Detached,1/1/2027,5/1/2026,,U,500000,480000,,12,N,Cactus,4,Rd,Phoenix,AZ,Maricopa,85001,33.4,-112.0,1840,1999,3,2.5,1200,Sunny,1-2,SECRET,SECRET,2026-05-02 10:00:00,7000,Y,2,1,https://x.example/1.jpg\n")
	r = flexmls.Sample[0]
	if r.ListingKey != "6001" || r.StandardStatus != listings.ActiveUnderContract || r.UnparsedAddress != "12 N Cactus Rd, Unit 4" || show(r.ListPrice) != int64(48000000) || !r.PoolPrivateYN || len(r.Media) != 1 || r.ListOfficeName != "Desert Realty" ||
		r.PropertySubType != "Single Family Residence" || strings.Contains(fmt.Sprint(r), "SECRET") || show(r.BathroomQuarters) != int64(10) || r.CountyOrParish != "Maricopa" || flexmls.Trouble != 0 {
		t.Errorf("%+v %s", r, says(flexmls.Problems))
	}
}

func TestImportIsAllOrNothing(t *testing.T) {
	store := dbtest.New(t)
	cut := `{"value":[` + strings.Repeat(`{"ListingKey":"a","City":"Mystic"},`, 700)
	_, err := feed.Import(t.Context(), store.Write, strings.NewReader(cut), "cut.json", nil, "", func(int) {}, now)
	if fault.Of(err) != fault.Invalid {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var many strings.Builder
	many.WriteString("MLS#,Address,Price\n")
	for i := range 2000 {
		fmt.Fprintf(&many, "%d,%d Elm St,450000\n", i, i)
	}
	_, err = feed.Import(ctx, store.Write, strings.NewReader(many.String()), "many.csv", nil, "", func(n int) {
		if n >= 1000 {
			cancel()
		}
	}, now)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := ask(t, store, "SELECT count(*) FROM listings"); got != "0" {
		t.Errorf("%s homes stay", got)
	}
	if got := ask(t, store, "SELECT state, source FROM feed_runs ORDER BY id"); got != "failed cut.json; stopped many.csv" {
		t.Error(got)
	}
	last := 0
	done, err := feed.Import(t.Context(), store.Write, strings.NewReader(many.String()), "many.csv", nil, "", func(n int) { last = n }, now)
	if err != nil || done.Added != 2000 || last != 2000 || done.Prices != 2000*45000000 {
		t.Error(done, err, last)
	}
	if got := ask(t, store, "SELECT count(*) FROM feeds WHERE preset = 'file'"); got != "1" {
		t.Errorf("%s feeds of files", got)
	}
	done, err = feed.Import(t.Context(), store.Write, strings.NewReader("MLS#,Address,Price\n5,5 Elm St,440000\n"), "few.csv", nil, "", func(int) {}, now)
	if err != nil || done.Added != 0 || done.Changed != 1 {
		t.Error(done, err)
	}
	if got := ask(t, store, "SELECT count(*) FROM listings WHERE gone_at IS NULL"); got != "2000" {
		t.Errorf("%s homes stay", got)
	}
}

func FuzzInspect(f *testing.F) {
	f.Add([]byte(rows))
	f.Add([]byte("\xff\xfea\x00,\x00\n\x00"))
	f.Add([]byte("Title\r\rid;date;price\r7;20141013T000000;\"1\r2\"\r;;\r"))
	f.Add([]byte(`{"D":{"Results":[{"StandardFields":{"ListingKey":1,"Photos":[{}]}}]}}`))
	f.Add([]byte(`[[{}],null,7,{"a":1}]{}`))
	f.Add([]byte("Address,Location\n\"x\ny\",POINT (-72.3 41.5)\n\"x"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		file, err := feed.Inspect(t.Context(), bytes.NewReader(raw), "f", nil, "")
		if err != nil {
			if fault.Of(err) != fault.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		if len(file.Header) != len(file.Columns) || file.Refused > file.Rows || file.Trouble < len(file.Problems) || file.Prices < 0 {
			t.Errorf("%+v", file)
		}
		keys := map[string]bool{}
		for _, r := range file.Sample {
			if r.ListingKey == "" {
				t.Error("a home without a key")
			}
			keys[r.ListingKey] = true
		}
	})
}
