package agents_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"porchlight/app/agents"
)

func TestNamesOfEveryScriptAreKept(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"  Ada\u00a0 Lovelace\t": "Ada Lovelace",
		"Mun\u0303oz":            "Muñoz",
		"عائشة حسن":              "عائشة حسن",
		"小明":                     "小明",
		"می\u200cخواهم":          "می\u200cخواهم", // a joiner that the spelling needs
		"\ufeffAnn\u200b":        "Ann",
		"O’Neil-Smith Jr.":       "O’Neil-Smith Jr.",
		"Ann 🏡":                  "Ann 🏡",
		"ស្រី":                   "ស្រី",
		strings.Repeat("é", 300): strings.Repeat("é", 300),
	} {
		if got, err := agents.Name(typed); err != nil || got != want {
			t.Errorf("%q: %q, %v", typed, got, err)
		}
	}
}

func TestPhonesArePhones(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "203-555-0142", "+1 (203) 555.0142 x7", "020 7946 0018", "٠١٢٣٤٥٦٧"} {
		if got, err := agents.Phone(good); err != nil || got != good {
			t.Errorf("%q: %q, %v", good, got, err)
		}
	}
	for _, bad := range []string{"none", "1234", "203-555-0142\r\nBcc: x", "<203-555-0142>", "203-555-0142\"", strings.Repeat("5", 41)} {
		if got, err := agents.Phone(bad); err == nil {
			t.Errorf("%q: %q", bad, got)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"Ada", "a\r\nBcc: x", "\u202eabc", "\xff", "\u200b", "12 Elm Street\nNew Haven", "\u2028", "e\u0301\u00ad\u0301"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		check := func(read func(string) (string, error), controls string) {
			t.Helper()
			got, err := read(typed)
			if err != nil {
				return
			}
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 300 ||
				strings.ContainsFunc(got, func(r rune) bool {
					return unicode.IsControl(r) && !strings.ContainsRune(controls, r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
				}) {
				t.Errorf("%q reads as %q", typed, got)
			}
			if again, err := read(got); err != nil || again != got {
				t.Errorf("%q reads as %q, that as %q, %v", typed, got, again, err)
			}
		}
		check(agents.Name, "")
		check(agents.Phone, "")
		check(func(s string) (string, error) { return agents.Line(s, 300) }, "")
		check(func(s string) (string, error) { return agents.Text(s, 300) }, "\n\t")
	})
}
