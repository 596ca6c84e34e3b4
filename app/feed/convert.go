package feed

import (
	"cmp"
	"slices"
	"strings"

	"porchlight/app/listings"
)

// Convert makes a record of values with the names of the RESO Data Dictionary 1.7 to 2.1. It is lenient about how numbers,
// dates, booleans and enumerations are spelled and strict about what they may mean: what makes no sense is left out and
// reported. What clients may not see (private remarks, owners, lockboxes, commissions) is not even looked at.
//
// A record without ListingKey is reported with Skip. A home whose status nobody knows is kept on hold, which is shown to no
// client. The display switches hide a home only where they say no, or what can't be read; null says nothing.
func Convert(values Values) (listings.Record, []Problem) {
	record, problems := convert(values)
	if record.ListingKey == "" {
		problems = append(problems, Problem{Field: "ListingKey", Say: "The record has no key, so it can’t be told from others.", Skip: true})
	}
	for i := range problems {
		problems[i].Key = record.ListingKey
	}
	return record, problems
}

// longestKey is how many octets name a home at most (RESO: 255 characters).
const longestKey = 255

func convert(values Values) (listings.Record, []Problem) {
	r := &reader{values: values}
	var record listings.Record
	h := &record.Listing
	h.ListingKey = r.first(longestKey, "ListingKey", "ListingKeyNumeric", "ListingId")
	if len(h.ListingKey) > longestKey || strings.HasSuffix(h.ListingKey, "…") { // cut, it could be another home's
		r.report("ListingKey", "A key of more than %d characters can’t be kept.", longestKey)
		h.ListingKey = ""
	}
	h.ListingId = r.line("ListingId", 255)
	h.OriginatingSystemName = r.first(255, "OriginatingSystemName", "SourceSystemName")
	h.ModificationTimestamp = r.moment("ModificationTimestamp")
	r.kind(h)
	r.prices(h)
	r.dates(h)
	r.status(h)
	r.address(h)
	r.place(h)
	r.rooms(h)
	r.sizes(h)
	r.features(h)
	r.listedBy(h)
	r.switches(h)
	record.PublicRemarks = clean(r.firstRaw("PublicRemarks", "SyndicationRemarks"), 16_000, true)
	record.Details = r.details()
	record.Media = r.media()
	h.PhotosCount = r.photosCount(len(record.Media))
	record.OpenHouses, record.Partial = r.openHouses()
	if may, known := r.yesNo("MlgCanView"); known && !may || h.StandardStatus == listings.Delete {
		record.Gone = true
	}
	return record, r.problems
}

func (r *reader) firstRaw(fields ...string) string {
	for _, field := range fields {
		if text := r.raw(field); text != "" {
			return text
		}
	}
	return ""
}

// kind reads what sort of property it is. A sub-type where the type belongs says both.
func (r *reader) kind(h *listings.Listing) {
	written, sub := r.line("PropertyType", 50), r.line("PropertySubType", 50)
	kind, known := propertyWords[fold(written)]
	switch {
	case known:
		h.PropertyType, h.PropertySubType = kind.kind, kind.sub
	case len(written) <= 2 && written != "": // "A": each MLS has its own letters
		r.report("PropertyType", "“%s” is no type of property known here; it is left out.", short(written))
	default:
		h.PropertyType = written
	}
	if sub == "" {
		return
	}
	h.PropertySubType = sub
	if kind, known := propertyWords[fold(sub)]; known {
		if kind.sub != "" {
			h.PropertySubType = kind.sub
		}
		if h.PropertyType == "" {
			h.PropertyType = kind.kind
		}
	}
}

// prices reads the amounts. A list price of 0 stays, so that a person is asked; the others are unknown then.
func (r *reader) prices(h *listings.Listing) {
	h.ListPrice = r.money("ListPrice")
	if h.ListPrice == nil && strings.HasSuffix(h.PropertyType, "Lease") {
		h.ListPrice = r.money("LeaseAmount")
	}
	for _, other := range []struct {
		field string
		to    **int64
	}{{"OriginalListPrice", &h.OriginalListPrice}, {"PreviousListPrice", &h.PreviousListPrice}, {"ClosePrice", &h.ClosePrice}, {"AssociationFee", &h.AssociationFee}, {"TaxAnnualAmount", &h.TaxAnnualAmount}} {
		if n := r.money(other.field); n != nil && *n > 0 { // 0 is how most say unknown
			*other.to = n
		}
	}
	if written := r.line("AssociationFeeFrequency", 50); written != "" {
		h.AssociationFeeFrequency = written
		if known, ok := frequencyWords[fold(written)]; ok {
			h.AssociationFeeFrequency = known
		}
	}
}

func (r *reader) dates(h *listings.Listing) {
	h.ListingContractDate = r.date("ListingContractDate")
	h.OnMarketDate = r.date("OnMarketDate")
	h.OffMarketDate = r.date("OffMarketDate")
	h.CloseDate = r.date("CloseDate")
	h.AvailabilityDate = r.date("AvailabilityDate")
}

// status reads StandardStatus, else the local MlsStatus. Without either a home with a day of closing is closed.
func (r *reader) status(h *listings.Listing) {
	h.MlsStatus = r.line("MlsStatus", 50)
	standard := r.line("StandardStatus", 50)
	for _, word := range []string{standard, h.MlsStatus} {
		if known, ok := readStatus(word); ok && word != "" {
			h.StandardStatus = known
			return
		}
	}
	switch {
	case standard != "" || h.MlsStatus != "":
		h.StandardStatus = listings.OnHold
		field, word := "StandardStatus", standard
		if standard == "" {
			field, word = "MlsStatus", h.MlsStatus
		}
		r.report(field, "“%s” is no status known here, so the home is kept on hold and shown to nobody.", short(word))
	case h.CloseDate != "":
		h.StandardStatus = listings.Closed
	default:
		h.StandardStatus = listings.Active
	}
}

// place reads the coordinates: both or none.
func (r *reader) place(h *listings.Listing) {
	lat, lon := r.float("Latitude", -90, 90), r.float("Longitude", -180, 180)
	if lat == nil || lon == nil {
		return
	}
	if *lat == 0 && *lon == 0 {
		r.report("Latitude", "0, 0 lies in the ocean; the place is left out.")
		return
	}
	h.Latitude, h.Longitude = lat, lon
}

func (r *reader) features(h *listings.Listing) {
	h.GarageYN, _ = r.yesNo("GarageYN")
	h.GarageYN = h.GarageYN || h.GarageSpaces != nil && *h.GarageSpaces > 0
	h.PoolPrivateYN, _ = r.yesNo("PoolPrivateYN")
	h.WaterfrontYN, _ = r.yesNo("WaterfrontYN")
	h.NewConstructionYN, _ = r.yesNo("NewConstructionYN")
	h.AssociationYN, _ = r.yesNo("AssociationYN")
	h.AssociationYN = h.AssociationYN || h.AssociationFee != nil
	h.SeniorCommunityYN, _ = r.yesNo("SeniorCommunityYN")
	h.VirtualTourURLUnbranded = r.link("VirtualTourURLUnbranded")
}

// link reads a web address; what a browser would run instead of open is left out.
func (r *reader) link(field string) string {
	text := r.line(field, 8000)
	if text == "" || webAddress(text) {
		return text
	}
	r.report(field, "“%s” is no web address; it is left out.", short(text))
	return ""
}

func webAddress(text string) bool {
	scheme, rest, found := strings.Cut(text, "://")
	return found && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) && rest != "" && !strings.ContainsAny(text, " \"<>\\")
}

// listedBy reads the listing office and agent: from the record itself, else from ListOffice and ListAgent within it.
func (r *reader) listedBy(h *listings.Listing) {
	office, agent := r.within("ListOffice"), r.within("ListAgent")
	h.ListOfficeKey = cmp.Or(r.first(255, "ListOfficeKey", "ListOfficeKeyNumeric", "ListOfficeMlsId"), office.first(255, "OfficeKey", "OfficeMlsId"))
	h.ListOfficeName = cmp.Or(r.line("ListOfficeName", 255), office.line("OfficeName", 255))
	h.ListOfficePhone = cmp.Or(r.line("ListOfficePhone", 50), office.line("OfficePhone", 50))
	h.ListAgentKey = cmp.Or(r.first(255, "ListAgentKey", "ListAgentKeyNumeric", "ListAgentMlsId"), agent.first(255, "MemberKey", "MemberMlsId"))
	h.ListAgentFullName = cmp.Or(r.line("ListAgentFullName", 150), agent.line("MemberFullName", 150))
	if h.ListAgentFullName == "" {
		h.ListAgentFullName = strings.TrimSpace(r.line("ListAgentFirstName", 50) + " " + r.line("ListAgentLastName", 50))
	}
	h.AttributionContact = r.line("AttributionContact", 120)
}

// within reads a record inside this one.
func (r *reader) within(field string) *reader {
	value, _ := r.values(field)
	inner, _ := value.(map[string]any)
	return &reader{values: func(field string) (any, bool) {
		value, ok := inner[field]
		return value, ok
	}}
}

// switches reads what the seller allows. MLS Grid's MlgCanUse and Bridge's FeedTypes name the uses a record is for: one
// without IDX or VOW is not for clients.
func (r *reader) switches(h *listings.Listing) {
	h.InternetAddressDisplayYN = r.allowed("InternetAddressDisplayYN")
	h.InternetEntireListingDisplayYN = r.allowed("InternetEntireListingDisplayYN")
	for _, field := range []string{"MlgCanUse", "FeedTypes"} {
		value, ok := r.values(field)
		if !ok || value == nil {
			continue
		}
		if !slices.ContainsFunc(list(value), func(use string) bool { use = fold(use); return use == "idx" || use == "vow" }) {
			h.InternetEntireListingDisplayYN = false
		}
	}
}

func (r *reader) allowed(field string) bool {
	value, known, unclear := r.askYesNo(field)
	if unclear {
		r.report(field, "“%s” is neither yes nor no; it is taken as no.", short(r.raw(field)))
		return false
	}
	return !known || value
}
