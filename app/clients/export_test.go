package clients

// Fold and RoundTrip are for the fuzz targets.
var Fold = fold

// RoundTrip reads a cursor and writes it again.
func RoundTrip(text string) (string, bool) {
	c, ok := readCursor(text)
	return c.String(), ok
}
