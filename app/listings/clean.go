package listings

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// MostMedia is how many photos of a home are known of.
const MostMedia = 100

// Limits on what one home may bring along.
const (
	mostDetails = 100
	mostOpens   = 50
)

// Bounds beyond which a number is a mistake. Cents fit a bigint and a float64 exactly.
const (
	mostPrice  = 1_000_000_000_00 // a billion dollars
	leastSale  = 1_000_00         // nobody sells a home for less
	mostRooms  = 999
	mostSquare = 100_000_000_000 // square feet: a hundred times the largest ranch
)

// clean returns a record fit to be stored, whatever the feed sent: what makes no sense is left out. The price in question
// stays, since judging it needs the home it belongs to. The caller's record is not changed.
func (r Record) clean(now time.Time) Record {
	for _, text := range []*string{
		&r.ListingKey, &r.ListingId, &r.OriginatingSystemName, &r.MlsStatus, &r.PropertyType, &r.PropertySubType, &r.AssociationFeeFrequency,
		&r.UnparsedAddress, &r.UnitNumber, &r.City, &r.StateOrProvince, &r.PostalCode, &r.CountyOrParish, &r.SubdivisionName,
		&r.ListOfficeKey, &r.ListOfficeName, &r.ListOfficePhone, &r.ListAgentKey, &r.ListAgentFullName, &r.AttributionContact,
	} {
		*text = line(*text, mostLine)
	}
	// These two stand in indexes, of which PostgreSQL refuses rows above 2,700 octets.
	r.PropertyType, r.PostalCode = line(r.PropertyType, 50), line(r.PostalCode, 20)
	r.PublicRemarks = line(r.PublicRemarks, mostRemarks)
	r.VirtualTourURLUnbranded = web(r.VirtualTourURLUnbranded)
	for _, date := range []*string{&r.ListingContractDate, &r.OnMarketDate, &r.OffMarketDate, &r.CloseDate, &r.AvailabilityDate} {
		*date = sensibleDate(*date, now)
	}
	if !recognized[r.StandardStatus] {
		r.StandardStatus = Incomplete
	}
	r.Gone = r.Gone || r.StandardStatus == Delete

	r.OriginalListPrice = plausible(r.OriginalListPrice, 1, mostPrice)
	r.PreviousListPrice = plausible(r.PreviousListPrice, 1, mostPrice)
	r.ClosePrice = plausible(r.ClosePrice, 1, mostPrice)
	r.AssociationFee = plausible(r.AssociationFee, 0, mostPrice)
	r.TaxAnnualAmount = plausible(r.TaxAnnualAmount, 0, mostPrice)
	for _, rooms := range []**int64{&r.BedroomsTotal, &r.BathroomsTotalInteger, &r.BathroomsFull, &r.BathroomsHalf} {
		*rooms = plausible(*rooms, 0, mostRooms)
	}
	r.BathroomQuarters = plausible(r.BathroomQuarters, 0, 4*mostRooms)
	r.LivingArea = plausible(r.LivingArea, 1, mostSquare)
	r.LotSizeSquareFeet = plausible(r.LotSizeSquareFeet, 1, mostSquare)
	r.YearBuilt = plausible(r.YearBuilt, 1500, int64(now.Year())+10)
	r.Stories = possible(r.Stories, 0, 300)
	r.GarageSpaces = possible(r.GarageSpaces, 0, 10_000)
	r.Latitude, r.Longitude = possible(r.Latitude, -90, 90), possible(r.Longitude, -180, 180)
	if r.Latitude == nil || r.Longitude == nil || *r.Latitude == 0 && *r.Longitude == 0 { // 0, 0 is how vendors spell "unknown"
		r.Latitude, r.Longitude = nil, nil
	}
	r.ModificationTimestamp = instant(r.ModificationTimestamp)
	if at := r.ModificationTimestamp; at.Year() < 1900 || at.After(now.Add(48*time.Hour)) {
		r.ModificationTimestamp = time.Time{} // believed, one from the year 9999 would make every later record look stale
	}
	r.Details, r.Media, r.OpenHouses = cleanDetails(r.Details), cleanMedia(r.Media), cleanOpens(r.OpenHouses, now)
	return r
}

func cleanDetails(details []Detail) []Detail {
	var clean []Detail
	for _, d := range details[:min(len(details), mostDetails)] {
		if d = (Detail{line(d.Name, 100), line(d.Value, 1000)}); d.Name != "" && d.Value != "" {
			clean = append(clean, d)
		}
	}
	return clean
}

// cleanMedia keeps photos that have an address, each once. It looks at no more than it may keep several times over.
func cleanMedia(media []Media) []Media {
	var clean []Media
	seen := map[string]bool{}
	for _, m := range media[:min(len(media), 10*MostMedia)] {
		m = Media{line(m.MediaKey, mostLine), web(m.MediaURL), line(m.ShortDescription, mostLine)}
		if m.MediaURL == "" || seen[m.identity()] {
			continue
		}
		seen[m.identity()] = true
		if clean = append(clean, m); len(clean) == MostMedia {
			break
		}
	}
	return clean
}

// cleanOpens keeps open houses at times that can be, each key once (the last counts), in order of time.
func cleanOpens(opens []OpenHouse, now time.Time) []OpenHouse {
	var clean []OpenHouse
	place := map[string]int{}
	for _, o := range opens[:min(len(opens), 10*mostOpens)] {
		o = OpenHouse{
			OpenHouseKey: line(o.OpenHouseKey, mostLine), StartsAt: instant(o.StartsAt), EndsAt: instant(o.EndsAt), Remarks: line(o.Remarks, 500),
			AppointmentRequiredYN: o.AppointmentRequiredYN, LivestreamURL: web(o.LivestreamURL), Canceled: o.Canceled,
		}
		if o.StartsAt.Year() < 2000 || o.StartsAt.After(now.AddDate(2, 0, 0)) {
			continue
		}
		if o.EndsAt.Before(o.StartsAt) {
			o.EndsAt = o.StartsAt
		}
		if day := o.StartsAt.Add(24 * time.Hour); o.EndsAt.After(day) {
			o.EndsAt = day
		}
		if o.OpenHouseKey == "" {
			o.OpenHouseKey = o.StartsAt.Format(time.RFC3339)
		}
		if i, again := place[o.OpenHouseKey]; again {
			clean[i] = o
			continue
		}
		place[o.OpenHouseKey] = len(clean)
		clean = append(clean, o)
	}
	slices.SortStableFunc(clean, func(a, b OpenHouse) int { return a.StartsAt.Compare(b.StartsAt) })
	return clean[:min(len(clean), mostOpens)]
}

// identity is what tells one photo from another: its key, since signed addresses change with every answer.
func (m Media) identity() string { return cmp.Or(m.MediaKey, m.MediaURL) }

// plausible and possible return a number that lies in its bounds, else unknown.
func plausible(n *int64, least, most int64) *int64 {
	if n == nil || *n < least || *n > most {
		return nil
	}
	return n
}

func possible(n *float64, least, most float64) *float64 {
	if n == nil || math.IsNaN(*n) || *n < least || *n > most {
		return nil
	}
	return n
}

// sensibleDate returns a date as it is, or nothing where it is none or lies in no time that a home on the market knows.
func sensibleDate(date string, now time.Time) string {
	if date == "" {
		return ""
	}
	if len(date) > len(time.DateOnly) {
		date = date[:len(time.DateOnly)]
	}
	at, err := time.Parse(time.DateOnly, date)
	if err != nil || at.Year() < 1900 || at.Year() > now.Year()+10 {
		return ""
	}
	return date
}

// instant is a time as the database keeps it.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
