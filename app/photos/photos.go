// Package photos keeps copies of the homes' photos: fetched from the feed's hosts over https only, made small in two
// widths and two formats, under names nobody can guess. It promises never to reach inside the house's own network, never
// to decode what is too large, to hand on nothing of a file but its pixels (no place, no camera, no script), and to stay
// within its share of the disk. What a kill leaves half done is done again or swept up. It decides nothing about who may
// see them.
package photos

import "time"

// The limits of one photo and of the work.
const (
	maxBytes   = 20 << 20   // of a file as fetched
	maxPixels  = 50_000_000 // judged before anything is decoded
	maxMemory  = 300 << 20  // that decoding may take, judged too
	maxSide    = 60_000     // of an edge
	workers    = 2          // homes at a time; one photo of each is in memory
	perHome    = 20         // photos of a home, where its feed says nothing
	maxTries   = 5          // then the photo counts as failed
	defaultMax = 5 << 30    // bytes on disk
	patience   = time.Minute
)

// backoff is how long to wait before try n+2, after try n+1 failed.
var backoff = [maxTries - 1]time.Duration{5 * time.Minute, 30 * time.Minute, 3 * time.Hour, 12 * time.Hour}

// The states of a photo (listings.Photo.State).
const (
	kept   = "kept"
	failed = "failed"
	linked = "linked"
)
