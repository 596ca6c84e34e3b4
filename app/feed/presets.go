package feed

import (
	"time"

	"porchlight/app/reso"
)

// Preset is a vendor's way of speaking RESO, to start settings from.
type Preset struct {
	Name, Title string // "mlsgrid", "MLS Grid"
	Settings    Settings
	Say         string // what to know, for the form
}

// disclaimer is what most MLSs ask for; each has its own words.
const disclaimer = "Information is deemed reliable but not guaranteed. It is for consumers’ personal, non-commercial use. Data as of {time}."

// usual are the settings that no vendor changes.
func usual(s Settings) Settings {
	s.EveryMinutes, s.ReconcileHours, s.HoldPercent, s.DropPercent, s.PhotosPerHome, s.Disclaimer = 15, 24, 30, 20, 20, disclaimer
	return s
}

// Presets are the vendors known, plain RESO last.
var Presets = []Preset{
	{"mlsgrid", "MLS Grid", usual(Settings{Preset: "mlsgrid", Root: "https://api.mlsgrid.com/v2", PageSize: 1000, Filter: "OriginatingSystemName eq '…'"}),
		"The token never expires. In the filter, put the name that MLS Grid gave you for your MLS. Photos are always copied: MLS Grid forbids linking to its own."},
	{"bridge", "Bridge", usual(Settings{Preset: "bridge", Root: "https://api.bridgedataoutput.com/api/v2/OData/", PageSize: 2000}),
		"Add the name of your dataset to the service root. The token is the server token of your application."},
	{"spark", "Spark (FBS)", usual(Settings{Preset: "spark", Root: "https://replication.sparkapi.com/Reso/OData", PageSize: 1000}),
		"Use a replication key: its token works at this root only."},
	{"trestle", "Trestle (Cotality)", usual(Settings{Preset: "trestle", Root: "https://api.cotality.com/trestle/odata", TokenURL: "https://api.cotality.com/trestle/oidc/connect/token", Scope: "api", PageSize: 1000}),
		"Client id and secret stand on the page of your connection in Trestle. Older connections begin with https://api-trestle.corelogic.com or https://api-prod.corelogic.com."},
	{"plain", "Another RESO Web API", usual(Settings{Preset: "plain", PageSize: 1000}),
		"For a server of the MLS’s own. It gives you a service root and either a bearer token, or a token address with client id and secret."},
}

// dialect is what of a vendor's ways no broker sets (research: the vendors' own documents).
type dialect struct {
	top       bool          // the page size is asked with $top
	pace      time.Duration // between two requests
	path      string        // of Property
	stamp     string        // the timestamp that only grows
	ordered   bool          // answers come in the order of stamp
	orderBy   string        // asked for, where they come in none
	overlap   time.Duration // each walk begins so much before the last one's end
	canView   bool          // MlgCanView says what to take away
	expand    []string      // tried, in this order
	extra     []string      // further query options
	fields    []string      // selected beside the usual ones
	mostPage  int           // page size at most
	keysPage  int           // page size of a walk of keys
	byKey     bool          // $filter=ListingKey eq … can be asked
	agentIsID bool          // photos want the token as User-Agent
}

var dialects = map[string]dialect{
	// Two a second, and no more than 1,000 with $expand; only some fields can be filtered by, ListingKey is none.
	"mlsgrid": {top: true, pace: 500 * time.Millisecond, path: "Property", stamp: "ModificationTimestamp", ordered: true, overlap: time.Minute, canView: true,
		expand: []string{"Media"}, fields: []string{"MlgCanView", "MlgCanUse"}, mostPage: 1000, keysPage: 5000, agentIsID: true},
	// ModificationTimestamp is the MLS's and comes late; only the replication endpoint goes beyond 10,000 records.
	"bridge": {top: true, pace: 180 * time.Millisecond, path: "Property/replication", stamp: "BridgeModificationTimestamp", overlap: 20 * time.Minute,
		fields: []string{"BridgeModificationTimestamp", "FeedTypes", "Media"}, mostPage: 2000, keysPage: 2000, byKey: true},
	"spark": {top: true, path: "Property", stamp: "ModificationTimestamp", overlap: 20 * time.Minute, expand: []string{"Media", "OpenHouse"}, mostPage: 1000, keysPage: 1000, byKey: true},
	"trestle": {top: true, path: "Property", stamp: "ModificationTimestamp", overlap: 20 * time.Minute, expand: []string{"Media", "OpenHouse"},
		extra: []string{"replication=true", "PrettyEnums=true"}, mostPage: 1000, keysPage: 100_000, byKey: true},
	// In the order of keys nothing is passed over when a home changes during a walk, as it would be in that of timestamps.
	"plain": {path: "Property", stamp: "ModificationTimestamp", orderBy: "ListingKey", overlap: 20 * time.Minute, expand: []string{"Media", "OpenHouse"}, mostPage: 10_000, keysPage: 10_000, byKey: true},
}

func (s Settings) dialect() dialect {
	d, known := dialects[s.Preset]
	if !known {
		return dialects["plain"]
	}
	return d
}

// options are how reso asks this feed.
func (s Settings) options() reso.Options {
	d := s.dialect()
	return reso.Options{Root: s.Root, Token: s.Secret, TokenURL: s.TokenURL, ClientID: s.ClientID, Secret: s.Secret, Scope: s.Scope, Headers: s.Headers, Top: d.top, Pace: d.pace}
}
