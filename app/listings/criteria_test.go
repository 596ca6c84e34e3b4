package listings_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/listings"
)

// query reads a query string.
func query(t testing.TB, text string) url.Values {
	t.Helper()
	values, err := url.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

func TestCriteriaAreReadAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]listings.Criteria{
		"":                      {},
		"unknown=1&price_min=":  {},
		"price_min=$450k":       {PriceMin: 450_000_00},
		"price_min=1.2m":        {PriceMin: 1_200_000_00},
		"price_min=$ 450,000":   {PriceMin: 450_000_00},
		"price_min=450000.505":  {PriceMin: 450_000_51},
		"price_min=0":           {},
		"price_max=1.5 Million": {PriceMax: 1_500_000_00},
		"beds_min=3%2B":         {BedsMin: 3},
		"baths_min=2.25":        {BathsMin: 9},
		"area_min=1,500 sq ft":  {AreaMin: 1500},
		"lot_min=0.5ac":         {LotMin: 21780},
		"lot_max=2 acres":       {LotMax: 87120},
		"lot_min=10,000":        {LotMin: 10000},
		"year_min=1995":         {YearMin: 1995},
		"type=residential&type=LAND&type=Residential":        {PropertyTypes: []string{"Residential", "Land"}},
		"status=pending,active":                              {Statuses: []listings.Status{listings.Active, listings.Pending}},
		"city=Mystic, Noank&city=mystic&city=Old  Lyme":      {Cities: []string{"Mystic", "Noank", "Old Lyme"}},
		"city=Mystic, CT":                                    {Cities: []string{"Mystic"}},
		"city=Coeur d’Alene&city=coeur dalene":               {Cities: []string{"Coeur d’Alene"}},
		"zip=06355 06378-1234, 06355":                        {PostalCodes: []string{"06355", "06378"}},
		"words_all=open plan, \"granite\"&words_none=busy":   {WordsAll: []string{"open plan", "granite"}, WordsNone: []string{"busy"}},
		"feature=Garage&feature=new construction":            {Features: []string{"garage", "new construction"}},
		"open_house=on":                                      {OpenHouse: true},
		"open_house=0":                                       {},
		"near=41.35426,-71.96644,2.5":                        {Near: &listings.Circle{Point: listings.Point{Lat: 41.35426, Lon: -71.96644}, Miles: 2.5}},
		"area=41.1,-73.2 41.2,-73.1 41.3,-73.25 41.1,-73.2":  {Area: []listings.Point{{Lat: 41.1, Lon: -73.2}, {Lat: 41.2, Lon: -73.1}, {Lat: 41.3, Lon: -73.25}}},
		"area=41.1,-73.2;41.2,-73.1;41.3,-73.1;41.2,-73.1":   {}, // a line out and back, which is refused below
		"price_min=300000&price_max=450000&beds_min=3&foo=b": {PriceMin: 300_000_00, PriceMax: 450_000_00, BedsMin: 3},
	} {
		got, err := listings.ReadCriteria(query(t, strings.ReplaceAll(strings.ReplaceAll(text, " ", "+"), ";", "%3B")))
		if !reflect.DeepEqual(got, want) || err != nil && !strings.Contains(text, ";") {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestCriteriaThatMakeNoSenseAreRefusedByField(t *testing.T) {
	circle := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%d.%05d,%d ", i%80, i, i%170)
		}
		return b.String()
	}
	for _, c := range []struct{ field, value string }{
		{"price_min", "NaN"}, {"price_min", "1e308"}, {"price_min", "-5"}, {"price_min", "$-5"}, {"price_min", "Inf"}, {"price_min", "abc"}, {"price_min", "1,2"},
		{"price_min", "0x10"}, {"price_min", "99999999999"}, {"price_min", strings.Repeat("9", 5000)}, {"price_min", "1." + strings.Repeat("9", 5000)}, {"price_max", "1..2"},
		{"beds_min", "2.5"}, {"beds_max", "100"}, {"baths_min", "2.3"}, {"area_min", "1e9"}, {"lot_min", "5 miles"}, {"lot_max", "1e9ac"}, {"year_min", "9999"}, {"year_max", "19.5"},
		{"type", "Castle"}, {"status", "Sold"}, {"status", "Withdrawn"}, {"feature", "moat"}, {"open_house", "perhaps"},
		{"city", "!!!"}, {"city", strings.Repeat("a", 201)}, {"zip", "1234"}, {"zip", "abcde"}, {"zip", "06355-12"}, {"words_all", "—"}, {"words_any", strings.Repeat("é", 201)},
		{"near", "41"}, {"near", "41,-73"}, {"near", "41,-73,0"}, {"near", "41,-73,-2"}, {"near", "41,-73,NaN"}, {"near", "91,-73,2"}, {"near", "41,-181,2"}, {"near", "41,-73,1e9"},
		{"area", "41,-73"}, {"area", "41,-73 42,-73"}, {"area", "41,-73 42,-73 43,-73"}, {"area", "41,-73 42,-72 x"}, {"area", "NaN,-73 42,-72 43,-71"}, {"area", "41,-73 42,-72 1e308,-71"},
		{"area", "47,-122 48,-121 47,-121 48,-122"}, // crosses itself
		{"area", "0,0 2,0 2,2 1,0 0,2"},             // touches itself
		{"area", "10,179 10,-179 11,-179 11,179"},   // date line
		{"area", "-80,-170 80,-170 80,170 -80,170"}, // round the world
		{"area", circle(5001)}, {"area", circle(4999)},
	} {
		got, err := listings.ReadCriteria(url.Values{c.field: {c.value}, "beds_min": {"2"}}) // what is right is kept
		if c.field == "beds_min" {
			got, err = listings.ReadCriteria(url.Values{c.field: {c.value}})
			got.BedsMin += 2
		}
		f := fault.As(err)
		if f == nil || f.Kind != fault.Invalid || len(f.Fields) != 1 || !strings.HasSuffix(f.Fields[c.field], ".") || strings.Contains(f.Fields[c.field], "%!") || len(f.Fields[c.field]) > 300 {
			t.Errorf("%s=%.60s: %v %v", c.field, c.value, err, f)
		}
		if !reflect.DeepEqual(got, listings.Criteria{BedsMin: 2}) {
			t.Errorf("%s=%.60s: read %+v", c.field, c.value, got)
		}
	}
	for _, bounds := range []string{"price", "beds", "area", "lot", "year"} {
		_, err := listings.ReadCriteria(url.Values{bounds + "_min": {"40"}, bounds + "_max": {"30"}})
		if f := fault.As(err); f == nil || f.Fields[bounds+"_max"] == "" {
			t.Errorf("%s reversed: %v", bounds, err)
		}
	}
	var cities []string
	for i := range 80 {
		cities = append(cities, fmt.Sprint("Town ", i))
	}
	c, err := listings.ReadCriteria(url.Values{"city": cities})
	if f := fault.As(err); f == nil || f.Fields["city"] == "" || len(c.Cities) != 50 {
		t.Errorf("eighty towns: %d, %v", len(c.Cities), err)
	}
}

func TestAnAreaOfManyCornersIsThinnedOut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	area := wobbly(random, 5000)
	c, err := listings.ReadCriteria(url.Values{"area": {area}})
	if err != nil || len(c.Area) > 500 || len(c.Area) < 100 {
		t.Fatalf("%d corners, %v", len(c.Area), err)
	}
	// A circle of a tenth of a degree about 47.5, -122, give or take a thousandth.
	for range 2000 {
		p := listings.Point{Lat: 47.35 + random.Float64()*.3, Lon: -122.15 + random.Float64()*.3}
		from := (p.Lat-47.5)*(p.Lat-47.5) + (p.Lon+122)*(p.Lon+122)
		if in := listings.Inside(c.Area, p); in && from > .102*.102 || !in && from < .098*.098 {
			t.Fatalf("%v inside: %v", p, in)
		}
	}
}

func TestValuesAreReadBackAsTheSameCriteria(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		c, err := listings.ReadCriteria(drawForm(random))
		if err != nil {
			t.Fatal(err, drawForm(random))
		}
		checkRoundTrip(t, c)
	}
	if got := (listings.Criteria{PriceMin: 450_000_00, LotMin: 10_890, LotMax: 43_560, BathsMin: 9}).Values().Encode(); got != "baths_min=2.25&lot_max=1ac&lot_min=0.25ac&price_min=450000" {
		t.Error(got)
	}
}

func checkRoundTrip(t *testing.T, c listings.Criteria) {
	t.Helper()
	again, err := listings.ReadCriteria(query(t, c.Values().Encode()))
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Fatalf("%+v\nbecame %+v\nby %s, %v", c, again, c.Values().Encode(), err)
	}
	stored, err := json.Marshal(c)
	var loaded listings.Criteria
	if err == nil {
		err = json.Unmarshal(stored, &loaded)
	}
	if err != nil || !reflect.DeepEqual(loaded, c) {
		t.Fatalf("%+v\nbecame %+v\nby %s, %v", c, loaded, stored, err)
	}
	if words := c.Words(); words == "" || strings.Contains(words, "%!") {
		t.Fatalf("%+v in words: %q", c, words)
	}
}

func drawForm(random *rand.Rand) url.Values {
	v := url.Values{}
	for field, from := range map[string][]string{
		"type": listings.PropertyTypes, "city": {"Mystic", "Old Lyme", "Coeur d'Alene", "Cañon City"}, "zip": {"06355", "98103-1234"}, "price_min": {"$100k", "90,000.50"},
		"price_max": {"1.25m", "450000"}, "beds_min": {"1", "3"}, "beds_max": {"4", "9"}, "baths_min": {"1.75", "3"}, "area_min": {"500", "750sf"}, "area_max": {"2,000"},
		"lot_min": {"0.25ac", "4356", "5000", "1"}, "lot_max": {"1.37 acres", "100000", "12000.4", fmt.Sprint(11_000 + random.IntN(100_000))}, "year_min": {"1900"}, "year_max": {"2020"}, "words_all": {"open plan", "view"},
		"words_any": {"café", "light-rail"}, "words_none": {"busy"}, "feature": listings.Features, "open_house": {"1"}, "status": {"Active", "Closed", "Pending"},
		"near": {fmt.Sprintf("%f,%f,%f", random.Float64()*178-89, random.Float64()*358-179, .01+random.Float64()*400)}, "area": {wobbly(random, 3+random.IntN(900))},
	} {
		for random.IntN(3) == 0 {
			v.Add(field, pick(random, from...))
		}
	}
	return v
}

// wobbly is an outline about 47.5, -122.
func wobbly(random *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		lat, lon := onCircle(float64(i)/float64(n), 0.1-random.Float64()*min(.0002, .05/float64(n)))
		fmt.Fprintf(&b, "%f,%f ", 47.5+lat, -122+lon)
	}
	return b.String()
}

func TestCriteriaInWords(t *testing.T) {
	for text, want := range map[string]string{
		"": "Homes",
		"type=Residential&city=Mystic&city=Noank&price_min=300k&price_max=450k&beds_min=3": "Residential in Mystic or Noank, $300,000 to $450,000, 3+ beds",
		"city=Mystic&city=Noank&city=Stonington&price_max=450000.50":                       "Homes in Mystic, Noank or Stonington, up to $450,000.50",
		"zip=06355&beds_min=2&beds_max=4&baths_min=2.5":                                    "Homes in zip 06355, 2 to 4 beds, 2.5+ baths",
		"beds_min=1&beds_max=1&baths_min=1":                                                "Homes, 1 bed, 1+ bath",
		"beds_min=1&baths_min=1.25":                                                        "Homes, 1+ bed, 1.25+ baths",
		"beds_max=3&area_min=1500":                                                         "Homes, up to 3 beds, from 1,500 sq ft",
		"area_min=1500&area_max=2000&lot_min=0.5ac&year_min=1990":                          "Homes, 1,500 to 2,000 sq ft, lot from 0.5 acres, built 1990 or later",
		"lot_max=1ac&year_max=2005":                                                        "Homes, lot up to 1 acre, built 2005 or earlier",
		"lot_min=10000&lot_max=20000&year_min=1990&year_max=2005":                          "Homes, lot 10,000 sq ft to 20,000 sq ft, built 1990 to 2005",
		"feature=pool&feature=garage&open_house=1":                                         "Homes, garage, pool, open house within a week",
		"words_all=granite,open+plan&words_any=a,b&words_none=busy":                        "Homes, remarks mention “granite” and “open plan”, remarks mention “a” or “b”, remarks don’t mention “busy”",
		"status=Pending&status=Closed":                                                     "Homes, pending or closed",
		"near=41.354,-71.966,1&area=41,-73+42,-72+41,-72":                                  "Homes in the drawn area within 1 mile of 41.3540, -71.9660",
		"near=41.354,-71.966,2.5":                                                          "Homes within 2.5 miles of 41.3540, -71.9660",
	} {
		c, err := listings.ReadCriteria(query(t, text))
		if got := c.Words(); err != nil || got != want {
			t.Errorf("%s: %q, want %q, %v", text, got, want, err)
		}
	}
}

func TestWordsAreLookedForWhereWordsBegin(t *testing.T) {
	for _, c := range []struct {
		remarks, words string
		found          bool
	}{
		{"Sweeping views.", "view", true}, {"Under review.", "view", false}, {"Owner’s suite", "owners", true}, {"Owner's suite", "owner’s", true},
		{"A café nearby", "CAFE", true}, {"open-plan living", "open plan", true}, {"open, plan", "open plan", true}, {"open floor plan", "open plan", false}, {"", "view", false},
	} {
		facts := listings.Facts{Listing: &listings.Listing{StandardStatus: listings.Active}, Remarks: listings.Fold(c.remarks)}
		for form, want := range map[string]bool{"words_all": c.found, "words_any": c.found, "words_none": !c.found} {
			criteria, err := listings.ReadCriteria(url.Values{form: {c.words}})
			if err != nil || criteria.Matches(facts) != want {
				t.Errorf("%s %q in %q: want %v, %v", form, c.words, c.remarks, want, err)
			}
		}
	}
}

func TestWhatIsUnknownIsNoMatch(t *testing.T) {
	for _, text := range []string{"price_min=1", "price_max=10m", "beds_min=1", "beds_max=9", "baths_min=1", "area_max=9999", "lot_min=1", "year_max=2020", "near=0,0,500", "area=-1,-1+1,-1+1,1", "feature=garage", "open_house=1"} {
		c, err := listings.ReadCriteria(query(t, text))
		if err != nil || c.Matches(listings.Facts{Listing: &listings.Listing{StandardStatus: listings.Active}}) {
			t.Errorf("%s finds a home of which nothing is known, %v", text, err)
		}
	}
}

func FuzzReadCriteria(f *testing.F) {
	for _, seed := range []string{"", "price_min=$450k&price_max=1.2m", "city=Mystic,+CT&zip=06355-1234", "area=41.1,-73.2+41.2,-73.1+41.3,-73.25", "near=41.1,-73.2,5", "lot_min=.5ac&baths_min=2.5",
		"words_all=caf%C3%A9,%22open+plan%22&feature=pool&status=Closed&open_house=1", "price_min=1e308&beds_min=NaN&year_min=-1", "city=%00%FF&words_any=%E2%80%AE", "area=0,0+0,1+0,0+0,1+1,1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		values, err := url.ParseQuery(text)
		if err != nil {
			t.Skip()
		}
		c, err := listings.ReadCriteria(values)
		if err != nil && fault.Of(err) != fault.Invalid {
			t.Fatal(err)
		}
		checkRoundTrip(t, c)
	})
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"", "St. Mary’s-by-the-Sea", "ÉLAN Straße İstanbul", "ς Σ", "½ ﬁ ℍ", "a\u0301\u0000\xff", "'", "  two  "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		folded := listings.Fold(text)
		if again := listings.Fold(folded); again != folded {
			t.Fatalf("%q folds to %q, that to %q", text, folded, again)
		}
		if strings.Contains(folded, "  ") || strings.TrimSpace(folded) != folded || strings.ContainsAny(folded, "%_'\x00") {
			t.Fatalf("%q", folded)
		}
		if upper := listings.Fold(strings.ToUpper(text)); isASCII(text) && upper != folded {
			t.Fatalf("%q and %q", folded, upper)
		}
	})
}

func isASCII(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return c > 127 })
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"St. Mary’s-by-the-Sea": "st marys by the sea", "ST MARY'S BY THE SEA": "st marys by the sea", "Cañon  City": "canon city", "Straße": "strasse",
		"#12, Apt. 4": "12 apt 4", "—": "", "Ærø": "aero",
	} {
		if got := listings.Fold(text); got != want {
			t.Errorf("%q folds to %q, want %q", text, got, want)
		}
	}
}
