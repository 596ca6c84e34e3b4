package listings

// SearchKey is searchKey, for homes that tests save without Apply.
func SearchKey(l *Listing) string { return searchKey(l) }
