package web

import (
	"context"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/listings"
)

// townBook keeps the towns that maps name: with a million homes they take seconds to add up, and a map that is moved asks
// several times a second. A list is good for a hundred times as long as it took to make.
type townBook struct {
	mu    sync.Mutex
	all   []listings.Town
	until time.Time
}

// townsKept is more than the towns of any MLS.
const townsKept = 3000

// in are the largest towns within a box, at most limit.
func (b *townBook) in(ctx context.Context, db bun.IDB, southWest, northEast listings.Point, limit int) ([]listings.Town, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if begun := time.Now(); begun.After(b.until) {
		all, err := listings.Towns(ctx, db, world[0], world[1], townsKept)
		if err != nil {
			return nil, err
		}
		b.all, b.until = all, time.Now().Add(100*time.Since(begun))
	}
	var some []listings.Town
	for _, t := range b.all {
		if len(some) < limit && t.Lat >= southWest.Lat && t.Lat <= northEast.Lat && t.Lon >= southWest.Lon && t.Lon <= northEast.Lon {
			some = append(some, t)
		}
	}
	return some, nil
}
