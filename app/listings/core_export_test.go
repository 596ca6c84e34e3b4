package listings

// AddressKey and Line are what the tests look at from outside.
var (
	AddressKey = addressKey
	Line       = line
)
