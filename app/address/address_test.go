package address_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"porchlight/app/address"
)

func TestParse_takes_what_a_mail_server_takes(t *testing.T) {
	for typed, want := range map[string][5]string{ // String, ASCII, Key, Mailbox, Mask
		"jane@example.com": {"jane@example.com", "jane@example.com", "jane@example.com", "jane@example.com", "j•••@example.com"},
		"  Jane.Doe+Homes@Example.COM ": {"Jane.Doe+Homes@example.com", "Jane.Doe+Homes@example.com", "jane.doe+homes@example.com",
			"jane.doe@example.com", "J•••@example.com"},
		"J.a.n.e+x@GoogleMail.com": {"J.a.n.e+x@googlemail.com", "J.a.n.e+x@googlemail.com", "j.a.n.e+x@googlemail.com", "jane@gmail.com", "J•••@googlemail.com"},
		"o'hara@example.ie":        {"o'hara@example.ie", "o'hara@example.ie", "o'hara@example.ie", "o'hara@example.ie", "o•••@example.ie"},
		"x@bücher.example":         {"x@bücher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x•••@bücher.example"},
		"x@BÜCHER.example":         {"x@bücher.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x•••@bücher.example"},
		"x@xn--bcher-kva.example": {"x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example", "x@xn--bcher-kva.example",
			"x•••@xn--bcher-kva.example"},
		"+tag@example.com": {"+tag@example.com", "+tag@example.com", "+tag@example.com", "+tag@example.com", "+•••@example.com"},
		"ÉLISE@例え.テスト":     {"ÉLISE@例え.テスト", "ÉLISE@xn--r8jz45g.xn--zckzah", "élise@xn--r8jz45g.xn--zckzah", "élise@xn--r8jz45g.xn--zckzah", "É•••@例え.テスト"},
	} {
		a, err := address.Parse(typed)
		if err != nil {
			t.Errorf("%q: %v", typed, err)
			continue
		}
		ascii, ok := a.ASCII()
		if got := [5]string{a.String(), ascii, a.Key(), a.Mailbox(), a.Mask()}; got != want {
			t.Errorf("%q:\n got %q\nwant %q", typed, got, want)
		}
		if plain := !strings.HasPrefix(a.String(), "É"); ok != plain {
			t.Errorf("%q: ASCII says %v", typed, ok)
		}
		if !strings.HasSuffix(ascii, "@"+a.Domain()) {
			t.Errorf("%q: domain %q", typed, a.Domain())
		}
	}
}

func TestParse_says_what_is_wrong(t *testing.T) {
	for typed, word := range map[string]string{
		"":                                      "Type an e-mail",
		"   ":                                   "Type an e-mail",
		"jane":                                  "has an @",
		"jane.example.com":                      "has an @",
		"a@b@c.com":                             "two @",
		"a@b.com, c@d.com":                      "commas",
		"a@b.com;c@d.com":                       "commas",
		"Jane <jane@example.com>":               "spaces",
		"<jane@example.com>":                    "without a name",
		"a@b.com>":                              "without a name",
		"jane doe@example.com":                  "spaces",
		"a@b.com> SIZE=1":                       "without a name",
		"jane@exam\u2003ple.com":                "spaces",
		"jane@example.com\r\nBcc: x@y.com":      "hidden",
		"jane@example.com\n":                    "hidden",
		"jane\x00@example.com":                  "hidden",
		"jane\u200b@example.com":                "hidden",
		"\u202ejane@example.com":                "hidden",
		"jane\xff@example.com":                  "hidden",
		"@example.com":                          "before the @",
		"jane@":                                 "after the @",
		".jane@example.com":                     "dots in a row",
		"jane.@example.com":                     "dots in a row",
		"ja..ne@example.com":                    "dots in a row",
		"jane@.com":                             "dots in a row",
		"jane@example..com":                     "dots in a row",
		"jane@example.com.":                     "dots in a row",
		"jane@localhost":                        "needs an ending",
		"jane@com":                              "needs an ending",
		`"jane doe"@example.com`:                "Quotation",
		"jane@[127.0.0.1]":                      "[",
		"mailto:jane@example.com":               ":",
		`ja\ne@example.com`:                     `\`,
		"jane@127.0.0.1":                        "proper domain",
		"jane@exa_mple.com":                     "proper domain",
		"jane@-example.com":                     "proper domain",
		"jane@exa!mple.com":                     "proper domain",
		"jane@xn--a.com":                        "proper domain",
		strings.Repeat("j", 65) + "@a.com":      "64",
		"j@" + strings.Repeat("abc.", 70):       "dots in a row",
		"j@" + strings.Repeat("a", 64) + ".com": "proper domain",
		"j@" + strings.Repeat("abcdefg.", 40) + "com":                          "proper domain",
		strings.Repeat("j", 64) + "@" + strings.Repeat("abcdefg.", 24) + "com": "254",
		strings.Repeat("j", 5000):                                              "too long",
	} {
		a, err := address.Parse(typed)
		if err == nil {
			t.Errorf("%q was taken as %q", typed, a)
		} else if !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %q does not say %q", typed, err, word)
		}
		if a != (address.Address{}) {
			t.Errorf("%q: an address beside the error", typed)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"jane@example.com", "É@bücher.example", "a@ＥＸＡＭＰＬＥ。com", "x+y@gmail.com", "a@b.com\r\nBcc: c@d.com", "a@ß.de", "İ@i̇.com"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		a, err := address.Parse(typed)
		if err != nil {
			if err.Error() == "" || a != (address.Address{}) {
				t.Fatalf("%q: refused without a word, or half taken", typed)
			}
			return
		}
		ascii, plain := a.ASCII()
		for _, s := range []string{a.String(), ascii, a.Key(), a.Mailbox(), a.Mask()} {
			if strings.Count(s, "@") != 1 || strings.ContainsAny(s, " \t\r\n\x00<>()\"\\,;:[]") || !utf8.ValidString(s) {
				t.Fatalf("%q came out as %q", typed, s)
			}
		}
		if plain {
			for _, r := range ascii {
				if r > 0x7e || r < 0x21 {
					t.Fatalf("%q: %q is not ASCII", typed, ascii)
				}
			}
		}
		again, err := address.Parse(a.String())
		if err != nil || again != a {
			t.Fatalf("%q: %q reads back as %q, %v", typed, a, again, err)
		}
		wire, err := address.Parse(ascii)
		if err != nil || wire.Key() != a.Key() {
			t.Fatalf("%q: %q on the wire is another address, %v", typed, ascii, err)
		}
		key, err := address.Parse(a.Key())
		if err == nil && key.Key() != a.Key() {
			t.Fatalf("%q: the key %q has another key %q", typed, a.Key(), key.Key())
		}
	})
}
