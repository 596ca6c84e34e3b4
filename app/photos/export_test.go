package photos

import (
	"context"
	"log/slog"
	"net/netip"

	"porchlight/app/listings"
)

// Develop lets tests and the fuzzer make copies without a server.
func Develop(content []byte) (width, height int, files map[string][]byte, err error) {
	made, err := develop(content)
	files = map[string][]byte{}
	for _, f := range made.files {
		files[f.suffix] = f.content
	}
	return made.width, made.height, files, err
}

// Orientation reads a JPEG's.
var Orientation = orientation

// JPEGWeight judges a JPEG's memory.
var JPEGWeight = jpegWeight

// Inside, RulesOf and Logger let a test open the same cache with another limit.
func (c *Cache) Inside() []netip.Prefix { return c.o.Inside }

// RulesOf is the rules of the cache.
func (c *Cache) RulesOf() func(context.Context, listings.FeedID) (Rules, error) { return c.o.Rules }

// Logger is where the cache logs.
func (c *Cache) Logger() *slog.Logger { return c.o.Log }
