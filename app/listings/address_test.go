package listings_test

import (
	"testing"

	"porchlight/app/listings"
)

func TestAddressKey(t *testing.T) {
	key := func(street, unit, city, state, zip string) string {
		return listings.AddressKey(&listings.Listing{UnparsedAddress: street, UnitNumber: unit, City: city, StateOrProvince: state, PostalCode: zip})
	}
	same := func(what, a, b string) {
		t.Helper()
		if a != b || a == "" {
			t.Errorf("%s: %q and %q", what, a, b)
		}
	}
	same("spelling", key("12 Elm St. #3", "", "Mystic", "CT", "06355"), key("12 ELM STREET UNIT 3", "", "Mystic", "CT", "06355-1234"))
	same("unit apart", key("12 Elm St", "3", "", "", "06355"), key("12 Elm Street, Apt. 3", "3", "", "", "06355"))
	same("directions", key("4 North Main Street SW", "", "", "", "06355"), key("4 N. Main St. Southwest", "", "", "", "06355"))
	same("accents", key("7 Rue Café", "", "Groton", "CT", ""), key("7 rue cafe", "", "GROTON", "ct", ""))
	for what, pair := range map[string][2]string{
		"number": {key("12 Elm St", "", "", "", "06355"), key("13 Elm St", "", "", "", "06355")},
		"unit":   {key("12 Elm St", "3", "", "", "06355"), key("12 Elm St", "4", "", "", "06355")},
		"zip":    {key("12 Elm St", "", "", "", "06355"), key("12 Elm St", "", "", "", "06372")},
	} {
		if pair[0] == pair[1] {
			t.Errorf("another %s, the same key %q", what, pair[0])
		}
	}
	for _, unknown := range []string{key("", "3", "Mystic", "CT", "06355"), key("Undisclosed", "", "Mystic", "CT", "06355"), key("Elm Street", "", "", "", "06355"), key("0 Elm Street", "", "", "", "06355"), key("12 Elm Street", "", "", "", "")} {
		if unknown != "" {
			t.Errorf("the key of an unknown street is %q", unknown)
		}
	}
}

func FuzzAddressKey(f *testing.F) {
	f.Add("12 Elm St. #3", "3", "06355")
	f.Add("###", "", "0")
	f.Fuzz(func(t *testing.T, street, unit, zip string) {
		l := listings.Listing{UnparsedAddress: street, UnitNumber: unit, PostalCode: zip}
		if a, b := listings.AddressKey(&l), listings.AddressKey(&l); a != b {
			t.Errorf("%q, then %q", a, b)
		}
		l.Shown, l.InternetAddressDisplayYN = true, true
		listings.Show(l, listings.Display{})
	})
}

func FuzzLine(f *testing.F) {
	f.Add("a\x00b\u202e\xff  c ", 3)
	f.Fuzz(func(t *testing.T, text string, most int) {
		most = most&0xff + 1
		once := listings.Line(text, most)
		if twice := listings.Line(once, most); twice != once {
			t.Errorf("%q, then %q", once, twice)
		}
		if n := len([]rune(once)); n > most {
			t.Errorf("%d characters, %d fit", n, most)
		}
	})
}
