package static

import "testing"

// In the package, because only here can the content be changed.
func TestTheAddressChangesWithTheContent(t *testing.T) {
	font := func(content string) assets {
		return load(map[string][]byte{"app.css": []byte("a { src: url(fonts/a.woff2) }"), "fonts/a.woff2": []byte(content), "app.js": []byte("1")})
	}
	one, two := font("one"), font("two")
	if one.names["fonts/a.woff2"] == two.names["fonts/a.woff2"] {
		t.Error("another font has the same address")
	}
	if one.names["app.css"] == two.names["app.css"] {
		t.Error("a stylesheet that refers to another font has the same address")
	}
	if one.names["app.js"] != two.names["app.js"] {
		t.Error("an unchanged script has another address")
	}
}

func TestAStylesheetCannotReferToWhatIsNotHere(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a missing font was not noticed")
		}
	}()
	load(map[string][]byte{"app.css": []byte("a { src: url(fonts/gone.woff2) }")})
}
