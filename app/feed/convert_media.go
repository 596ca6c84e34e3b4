package feed

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"
	"strings"
	"time"

	"porchlight/app/listings"
)

// media reads the photos that the public may see, in their order, the preferred one first.
func (r *reader) media() []listings.Media {
	value, _ := r.values("Media")
	items, _ := value.([]any)
	type ordered struct {
		listings.Media
		place float64
	}
	var all []ordered
	seen := map[string]bool{}
	strange := 0
	for i, item := range items {
		fields, ok := item.(map[string]any)
		if !ok {
			strange++
			continue
		}
		m := &reader{values: func(field string) (any, bool) { value, ok := fields[field]; return value, ok }}
		if !publicPhoto(m, fields) {
			continue
		}
		url := m.line("MediaURL", 2000)
		if url == "" {
			continue
		}
		if !webAddress(url) {
			strange++
			continue
		}
		key := m.line("MediaKey", 255)
		if key == "" {
			sum := sha256.Sum256([]byte(url))
			key = hex.EncodeToString(sum[:12])
		}
		if seen[key] {
			continue
		}
		seen[key] = true
		place := float64(i) + 1e6 // without an order: in the answer's, behind the others
		if n, ok := number(m.raw("Order")); ok {
			place = n
		}
		if first, _ := m.yesNo("PreferredPhotoYN"); first {
			place = math.Inf(-1)
		}
		all = append(all, ordered{listings.Media{MediaKey: key, MediaURL: url, ShortDescription: m.first(300, "ShortDescription", "LongDescription")}, place})
	}
	if strange > 0 {
		r.report("Media", "%d of %d photos have no proper address; they are left out.", strange, len(items))
	}
	slices.SortStableFunc(all, func(a, b ordered) int { return cmp.Compare(a.place, b.place) })
	if len(all) > listings.MostMedia {
		r.report("Media", "There are %d photos; the first %d are kept.", len(all), listings.MostMedia)
		all = all[:listings.MostMedia]
	}
	var photos []listings.Media
	for _, m := range all {
		photos = append(photos, m.Media)
	}
	return photos
}

// private are the Permissions that keep a photo among agents.
var private = map[string]bool{"private": true, "agentonly": true, "officeonly": true, "firmonly": true}

func publicPhoto(m *reader, fields map[string]any) bool {
	if category := fold(m.raw("MediaCategory")); category != "" && category != "photo" && category != "image" && category != "photos" {
		return false
	}
	switch kind := fold(m.raw("MediaType")); kind {
	case "doc", "docx", "mov", "mp4", "mpeg", "pdf", "quicktime", "rtf", "txt", "wmv", "xls", "xlsx", "applicationpdf", "videomp4":
		return false
	}
	switch fold(m.raw("MediaStatus")) {
	case "deleted", "delete", "inactive", "rejected":
		return false
	}
	return !slices.ContainsFunc(list(fields["Permission"]), func(who string) bool { return private[fold(who)] })
}

// photosCount is the record's own count where the photos did not come along.
func (r *reader) photosCount(have int) int {
	if have > 0 {
		return have
	}
	if n := r.whole("PhotosCount", 0, 10_000); n != nil {
		if _, asked := r.values("Media"); !asked {
			return int(*n)
		}
	}
	return 0
}

// openHouses reads the public ones. partial: the answer said nothing about them.
func (r *reader) openHouses() (all []listings.OpenHouse, partial bool) {
	value, ok := r.values("OpenHouse")
	if !ok {
		value, ok = r.values("OpenHouses")
	}
	items, isList := value.([]any)
	if !ok || !isList && value != nil {
		return nil, true
	}
	seen := map[string]bool{}
	for _, item := range items {
		fields, _ := item.(map[string]any)
		house, say := ConvertOpenHouse(func(field string) (any, bool) { value, ok := fields[field]; return value, ok }, r.zone())
		if say != "" {
			r.report("OpenHouse", "%s", say)
		}
		if house.OpenHouseKey != "" && !seen[house.OpenHouseKey] && len(all) < 100 {
			seen[house.OpenHouseKey] = true
			all = append(all, house)
		}
	}
	return all, false
}

// zone is the home's time zone as the record names it, else UTC.
func (r *reader) zone() *time.Location {
	if name := r.raw("PropertyTimeZoneName"); name != "" && !strings.EqualFold(name, "local") {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return time.UTC
}

// longestOpenHouse is how long one can last.
const longestOpenHouse = 31 * 24 * time.Hour

// ConvertOpenHouse makes an open house of RESO-named values; its times are in UTC, and where they name no zone they are
// taken to be in this one. One that is not for the public comes back without a key, as does one that makes no sense, with
// the reason.
func ConvertOpenHouse(values Values, in *time.Location) (house listings.OpenHouse, say string) {
	r := &reader{values: values}
	switch fold(r.raw("OpenHouseType")) {
	case "", "public", "livestreampublic", "publicopenhouse":
	default:
		return house, ""
	}
	start, ok := r.when("OpenHouseStartTime", in)
	if !ok {
		return house, "An open house has no proper time of beginning; it is left out."
	}
	end, ok := r.when("OpenHouseEndTime", in)
	if !ok {
		end = start.Add(time.Hour)
	}
	if end.Before(start) || end.Sub(start) > longestOpenHouse {
		return house, "An open house ends before it begins, or lasts more than a month; it is left out."
	}
	house.StartsAt, house.EndsAt = start, end
	house.Remarks = clean(r.raw("OpenHouseRemarks"), 1000, true)
	house.AppointmentRequiredYN, _ = r.yesNo("AppointmentRequiredYN")
	house.LivestreamURL = r.link("LivestreamOpenHouseURL")
	house.Canceled = strings.HasPrefix(fold(r.raw("OpenHouseStatus")), "cancel")
	house.OpenHouseKey = r.first(255, "OpenHouseKey", "OpenHouseKeyNumeric", "OpenHouseId")
	if house.OpenHouseKey == "" {
		house.OpenHouseKey = start.Format(time.RFC3339)
	}
	return house, ""
}

// when reads a moment: whole, or a time of day beside OpenHouseDate.
func (r *reader) when(field string, in *time.Location) (time.Time, bool) {
	text := r.raw(field)
	if text == "" {
		return time.Time{}, false
	}
	if at, ok := readTime(text, in); ok {
		return at, !dateOnly(text)
	}
	day, _, ok := readDate(r.raw("OpenHouseDate"))
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{"15:04:05", "15:04", "3:04 PM", "3:04PM", "15:04:05Z07:00", "15:04Z07:00"} {
		if at, err := time.ParseInLocation("2006-01-02 "+layout, day+" "+strings.ToUpper(text), in); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

func dateOnly(text string) bool { return len(text) <= 10 }
