package mail_test

import (
	"strings"
	"testing"

	"porchlight/app/fault"
	"porchlight/app/mail"
)

func TestIdentify_follows_the_From_rule(t *testing.T) {
	elm := []string{"elmrealty.example"}
	for _, c := range []struct {
		name, email string
		domains     []string
		want, reply string
	}{
		{"Jane Doe", "jane@elmrealty.example", elm, "Jane Doe <jane@elmrealty.example>", ""},
		{"Jane Doe", "Jane@ELMREALTY.example", elm, "Jane Doe <Jane@elmrealty.example>", ""},
		{"Jane Doe", "jane@office.elmrealty.example", elm, "Jane Doe <jane@office.elmrealty.example>", ""},
		{"Jane Doe", "jane@elmrealty.example", []string{"mail.other.example", " ElmRealty.example "}, "Jane Doe <jane@elmrealty.example>", ""},
		{"Jane Doe", "jane@notelmrealty.example", elm, "Jane Doe via Elm Realty <jane.doe@elmrealty.example>", "jane@notelmrealty.example"},
		{"Jane Doe", "jane@elmrealty.example", []string{"mail.elmrealty.example"}, "Jane Doe via Elm Realty <jane.doe@mail.elmrealty.example>", "jane@elmrealty.example"},
		{"Jane Doe", "jane@gmail.com", []string{"", "not a domain", "mail.elmrealty.example", "b.example"}, "Jane Doe via Elm Realty <jane.doe@mail.elmrealty.example>", "jane@gmail.com"},
		{"José O’Hara-Müller", "j@gmail.com", elm, "José O’Hara-Müller via Elm Realty <jose.ohara.muller@elmrealty.example>", "j@gmail.com"},
		{"Łukasz Weiß", "j@gmail.com", elm, "Łukasz Weiß via Elm Realty <lukasz.weiss@elmrealty.example>", "j@gmail.com"},
		{"王小明", "Xiao.Ming+work@gmail.com", elm, "王小明 via Elm Realty <xiao.ming@elmrealty.example>", "Xiao.Ming+work@gmail.com"},
		{"王小明", "--@gmail.com", elm, "王小明 via Elm Realty <agent@elmrealty.example>", "--@gmail.com"},
		{"  Jane .. Doe, Jr. ", "j@gmail.com", elm, "Jane .. Doe, Jr. via Elm Realty <jane.doe.jr@elmrealty.example>", "j@gmail.com"},
		{strings.Repeat("ab ", 100) + "z", "j@gmail.com", elm, strings.Repeat("ab ", 100) + "z via Elm Realty <" + strings.Repeat("ab.", 19) + "ab.@elmrealty.example>", "j@gmail.com"},
		{"Jane", "j@bücher.example", []string{"bücher.example"}, "Jane <j@xn--bcher-kva.example>", ""},
		{"Jane", "j@gmail.com", []string{"bücher.example"}, "Jane via Elm Realty <jane@xn--bcher-kva.example>", "j@gmail.com"},
	} {
		c.want = strings.Replace(c.want, ".@", "@", 1)
		got, err := mail.Identify(c.name, c.email, "Elm Realty", c.domains)
		if err != nil || got.String() != c.want || got.ReplyTo != c.reply || got.Via() != (c.reply != "") {
			t.Errorf("%s at %v:\n got %v, replies to %q, %v\nwant %s", c.email, c.domains, got, got.ReplyTo, err, c.want)
		}
	}
	for name, c := range map[string]struct {
		name, email, house string
		domains            []string
		kind               fault.Kind
	}{
		"no domains":       {"Jane", "j@gmail.com", "Elm", nil, fault.Denied},
		"no real domain":   {"Jane", "j@gmail.com", "Elm", []string{"", "localhost"}, fault.Denied},
		"no name":          {" ", "j@gmail.com", "Elm", elm, fault.Invalid},
		"name of two":      {"Jane\r\nBcc: x", "j@gmail.com", "Elm", elm, fault.Invalid},
		"house with NUL":   {"Jane", "j@gmail.com", "Elm\x00", elm, fault.Invalid},
		"no address":       {"Jane", "j", "Elm", elm, fault.Invalid},
		"address in words": {"Jane", "élise@gmail.com", "Elm", elm, fault.Invalid},
	} {
		if got, err := mail.Identify(c.name, c.email, c.house, c.domains); fault.Of(err) != c.kind {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}
