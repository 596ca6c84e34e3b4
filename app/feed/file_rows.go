package feed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/maphash"
	"strings"

	"porchlight/app/listings"
)

// closed says whether the row in hand is of a home that is sold: its status says so, or the status for all, or without
// either a day of sale or a price paid.
func (h *homes) closed() bool {
	t := h.table
	for _, field := range []string{"StandardStatus", "MlsStatus"} {
		if word := t.value(field); word != "" {
			status, _ := readStatus(word)
			return status == listings.Closed
		}
	}
	if h.status != "" {
		return h.status == listings.Closed
	}
	return t.value("CloseDate") != "" || t.value("ClosePrice") != ""
}

// values are the row in hand as Convert wants them. A bare price is the one paid where the home is sold, and since a table
// of sales knows no other, the one asked too; a bare date likewise is that of the sale or of the listing.
func (h *homes) values(closed bool) Values {
	t := h.table
	given := t.value("StandardStatus") != "" || t.value("MlsStatus") != ""
	return func(field string) (any, bool) {
		text := t.value(field)
		if text != "" {
			if field == "SubdivisionName" && strings.HasPrefix(text, "POINT") || field == "SpecialListingConditions" && salesTalk[fold(text)] {
				return nil, true
			}
			return text, true
		}
		switch field {
		case "StandardStatus":
			switch {
			case given:
			case closed:
				text = string(listings.Closed)
			case h.status != "":
				text = string(h.status)
			default:
				text = string(listings.Active)
			}
		case "ListPrice":
			text = t.value(fieldPrice)
			if text == "" && closed && !t.has("ListPrice") {
				text = t.value("ClosePrice")
			}
		case "ClosePrice":
			if closed {
				text = t.value(fieldPrice)
			}
		case "CloseDate":
			if closed {
				text = t.value(fieldDate)
			}
		case "ListingContractDate":
			if !closed {
				text = t.value(fieldDate)
			}
		case "Latitude", "Longitude":
			text = t.point(field)
		case "Media":
			if photos := t.photos(); photos != nil {
				return photos, true
			}
		}
		if text == "" {
			return nil, false
		}
		return text, true
	}
}

// salesTalk is what Redfin writes where others name the conditions of a sale.
var salesTalk = map[string]bool{"mlslisting": true, "pastsale": true}

// stands says which column a field was read from where it has none of its own.
var stands = map[string]string{"ListPrice": fieldPrice, "ClosePrice": fieldPrice, "CloseDate": fieldDate, "ListingContractDate": fieldDate, "Latitude": fieldPoint, "Longitude": fieldPoint, "Media": fieldPhoto}

// called is what the file calls a field.
func (t *table) called(field string) string {
	for _, name := range []string{field, stands[field]} {
		if t.has(name) {
			return t.name(name)
		}
	}
	if field == "ListPrice" && t.has("ClosePrice") {
		return t.name("ClosePrice")
	}
	return field
}

func (t *table) has(field string) bool { return len(t.places[field]) > 0 }

// point reads a coordinate of POINT (longitude latitude).
func (t *table) point(field string) string {
	text := t.value(fieldPoint)
	if text == "" {
		text = t.value("SubdivisionName") // Location, in the tables of some states
	}
	inside, found := strings.CutPrefix(text, "POINT")
	if !found {
		return ""
	}
	both := strings.Fields(strings.Trim(inside, " ()"))
	if len(both) != 2 {
		return ""
	}
	if field == "Latitude" {
		return both[1]
	}
	return both[0]
}

func (t *table) photos() []any {
	text := t.value(fieldPhoto)
	if text == "" {
		return nil
	}
	var all []any
	for _, address := range strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' || c == '|' || c == ';' || c == '\n' }) {
		all = append(all, map[string]any{"MediaURL": address})
	}
	return all
}

// complete adds what a table leaves unsaid: where it has no column for the type of property but one for bedrooms or
// bathrooms, it is a table of houses.
func (t *table) complete(record *listings.Record) {
	if record.PropertyType == "" && !t.has("PropertyType") && !t.has("PropertySubType") && (t.has("BedroomsTotal") || t.has("BathroomsTotalInteger") || t.has("BathroomsFull")) {
		record.PropertyType = "Residential"
	}
}

// earlier is what a file had under a key before.
type earlier struct {
	row, count int32
	print      uint64
}

var keySeed = maphash.MakeSeed()

// key makes sure that a home has a key. A given one (ListingKey, the MLS number) names the home: said twice, the last row
// counts. Else it is made: of the parcel's or home's number and the date, as a home is sold more than once; else of the
// address or place and the date; else of all the row says. Rows that are alike in that are homes of their own, "#2". The
// same file again thus makes the same keys. false: the row says nothing that makes a home.
func (h *homes) key(row int, record *listings.Record) bool {
	given := record.ListingKey
	if given == "" && !h.derive(record) {
		h.report(Problem{Row: row, Say: "The row has neither a number, an address nor a place, nor anything else that makes a home.", Skip: true})
		return false
	}
	id := maphash.String(keySeed, record.ListingKey)
	print := uint64(0)
	if given == "" {
		print = h.print()
	}
	before, again := h.seen[id]
	if !again {
		h.seen[id] = earlier{int32(row), 1, print}
		return true
	}
	before.count++
	h.seen[id] = before
	if given != "" {
		h.report(Problem{Row: row, Key: given, Say: fmt.Sprintf("%s stands in %s too; the later row counts.", short(given), h.where(before.row))})
		return true
	}
	say := "The same home and date as in %s, with other facts; it is kept as a home of its own."
	if before.print == print {
		say = "The same as %s to the letter; it is kept as a home of its own."
	}
	record.ListingKey = fmt.Sprintf("%s#%d", record.ListingKey, before.count)
	h.report(Problem{Row: row, Key: record.ListingKey, Say: fmt.Sprintf(say, h.where(before.row))})
	return true
}

func (h *homes) where(row int32) string {
	if h.table == nil {
		return fmt.Sprintf("record %d", row)
	}
	return fmt.Sprintf("line %d", row)
}

func (h *homes) print() uint64 {
	if h.table == nil {
		return maphash.String(keySeed, h.whole())
	}
	return h.table.print()
}

// derive makes a key; false where there is nothing to make it of.
func (h *homes) derive(record *listings.Record) bool {
	date := cmp.Or(record.CloseDate, cmp.Or(record.ListingContractDate, record.OnMarketDate))
	value := h.value
	key := cmp.Or(value("ParcelNumber"), value(fieldID))
	switch place := ""; {
	case key != "":
		key = clean(key, 100, false)
	default:
		if record.Latitude != nil {
			place = fmt.Sprintf("%.6f,%.6f", *record.Latitude, *record.Longitude)
		}
		if record.UnparsedAddress != "" || place != "" {
			key = "at-" + hashed(fold(record.UnparsedAddress), fold(record.UnitNumber), fold(record.City), record.PostalCode, place)
			break
		}
		if !h.substantial(record) {
			return false
		}
		key, date = "row-"+h.whole(), ""
	}
	if date != "" {
		key += "@" + date
	}
	record.ListingKey = key
	return true
}

// substantial says whether a row without a name or place of its own may be a home all the same.
func (h *homes) substantial(record *listings.Record) bool {
	facts := 0
	for _, there := range []bool{record.ListPrice != nil, record.BedroomsTotal != nil, record.BathroomQuarters != nil, record.LivingArea != nil, record.City != "", record.PostalCode != "", record.YearBuilt != nil, record.LotSizeSquareFeet != nil} {
		if there {
			facts++
		}
	}
	return facts >= 2
}

// whole is a hash of all that the row in hand says.
func (h *homes) whole() string {
	if h.table != nil {
		return hashed(h.table.cells...)
	}
	return hashed(fmt.Sprint(h.records.fields)) // Sprint sorts the names
}

// value is a field of the row in hand, trimmed.
func (h *homes) value(field string) string {
	if h.table != nil {
		return strings.TrimSpace(h.table.value(field))
	}
	return scalar(h.records.fields[field])
}

func hashed(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:10])
}

// suspect tells of values that can be and are hardly so. They are kept as the file says.
func (h *homes) suspect(record *listings.Record) {
	beds, area := record.BedroomsTotal, record.LivingArea
	if beds == nil || area == nil || h.table == nil || !strings.HasPrefix(record.PropertyType, "Residential") {
		return
	}
	p := Problem{Key: record.ListingKey, Field: h.table.called("BedroomsTotal")}
	p.Row, _ = h.table.rows.FieldPos(0)
	switch {
	case *beds >= 8 && *area < *beds*80:
		p.Say = fmt.Sprintf("%d bedrooms in %d square feet look like a slip; they are kept as the file says.", *beds, *area)
	case *beds == 0 && record.PropertyType == "Residential":
		p.Say = "No bedroom: a studio, or a gap in the file. It is kept as the file says."
	default:
		return
	}
	h.report(p)
}
