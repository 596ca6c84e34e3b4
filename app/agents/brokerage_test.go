package agents_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/db/dbtest"
)

func TestFirstAgentMakesTheBrokerage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		what, email, name string
		role              agents.Role
		want              string
		domains           []string
	}{
		{"named", "maya@elmrealty.example", "Elm & Co", agents.RoleBroker, "Elm & Co", []string{"elmrealty.example"}},
		{"guessed", "maya@elmrealty.example", "", agents.RoleBroker, "Elmrealty", []string{"elmrealty.example"}},
		{"guessed from under a suffix", "maya@mail.elm-realty.co.uk", "", agents.RoleBroker, "Elm Realty", []string{"mail.elm-realty.co.uk"}},
		{"guessed from another script", "maya@bücher.example", "", agents.RoleBroker, "Bücher", []string{"xn--bcher-kva.example"}},
		{"free mailbox", "maya.bell@gmail.com", "", agents.RoleBroker, "Maya Bell Real Estate", nil},
		{"free mailbox elsewhere", "maya@yahoo.co.uk", "", agents.RoleBroker, "Maya Bell Real Estate", nil},
		{"by an agent", "maya@elmrealty.example", "", agents.RoleAgent, "Elmrealty", []string{"elmrealty.example"}},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			t.Parallel()
			store := dbtest.New(t)
			if b, err := agents.LoadBrokerage(t.Context(), store.Read); err != nil || !reflect.DeepEqual(b, agents.Brokerage{}) {
				t.Errorf("before anybody: %+v, %v", b, err)
			}
			if _, err := agents.Add(t.Context(), store.Write, agents.New{
				Name: "Maya Bell", Email: test.email, Password: password, Role: test.role, Brokerage: test.name}, noon); err != nil {
				t.Fatal(err)
			}
			if _, err := agents.Add(t.Context(), store.Write, agents.New{
				Name: "Jon Diaz", Email: "jon@other.example", Password: password, Role: agents.RoleBroker, Brokerage: "Other"}, noon); err != nil {
				t.Fatal(err)
			}
			b, err := agents.LoadBrokerage(t.Context(), store.Read)
			if err != nil {
				t.Fatal(err)
			}
			if b.Name != test.want || strings.Join(b.SendingDomains, " ") != strings.Join(test.domains, " ") ||
				b.TimeZone != "America/New_York" || b.PostalAddress != "" || b.Version != 1 || b.Location().String() != "America/New_York" {
				t.Errorf("%+v", b)
			}
		})
	}
}

func TestSaveBrokerage(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya, jon := add(t, store, "Maya Bell", "maya@elmrealty.example"), add(t, store, "Jon Diaz", "jon@elmrealty.example")
	b, err := agents.LoadBrokerage(t.Context(), store.Read)
	if err != nil {
		t.Fatal(err)
	}
	b.Name, b.PostalAddress, b.Phone, b.TimeZone = "Elm Realty", "12 Elm Street\r\nNew Haven, CT 06511\r\n", "203-555-0100", "America/Chicago"
	b.SendingDomains = []string{" @Mail.ElmRealty.example ", "", "elmrealty.example", "mail.elmrealty.example", "bücher.example"}
	if _, err := agents.SaveBrokerage(t.Context(), store.Write, jon, b); fault.Of(err) != fault.Denied {
		t.Fatalf("by an agent: %v", err)
	}
	saved, err := agents.SaveBrokerage(t.Context(), store.Write, maya, b)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := agents.LoadBrokerage(t.Context(), store.Read)
	if err != nil || !reflect.DeepEqual(saved, loaded) {
		t.Errorf("saved %+v\nloaded %+v, %v", saved, loaded, err)
	}
	want := agents.Brokerage{Name: "Elm Realty", PostalAddress: "12 Elm Street\nNew Haven, CT 06511", Phone: "203-555-0100",
		TimeZone: "America/Chicago", SendingDomains: []string{"mail.elmrealty.example", "elmrealty.example", "xn--bcher-kva.example"}, Version: 2}
	if !reflect.DeepEqual(loaded, want) {
		t.Errorf("%+v", loaded)
	}
	if _, err := agents.SaveBrokerage(t.Context(), store.Write, maya, b); fault.Of(err) != fault.Conflict {
		t.Errorf("the same form again: %v", err)
	}
	loaded.PostalAddress, loaded.SendingDomains = "", nil
	if again, err := agents.SaveBrokerage(t.Context(), store.Write, maya, loaded); err != nil || len(again.SendingDomains) != 0 {
		t.Errorf("emptied: %+v, %v", again, err)
	}
}

func TestSaveBrokerageRefuses(t *testing.T) {
	t.Parallel()
	store := dbtest.New(t)
	maya := add(t, store, "Maya Bell", "maya@elmrealty.example")
	good, err := agents.LoadBrokerage(t.Context(), store.Read)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		what, field string
		change      func(*agents.Brokerage)
	}{
		{"no name", "name", func(b *agents.Brokerage) { b.Name = "" }},
		{"a header in the name", "name", func(b *agents.Brokerage) { b.Name = "Elm\r\nBcc: x" }},
		{"a short postal address", "postal_address", func(b *agents.Brokerage) { b.PostalAddress = "12 Elm St" }},
		{"one without a number", "postal_address", func(b *agents.Brokerage) { b.PostalAddress = "Elm Street, New Haven" }},
		{"one of 301", "postal_address", func(b *agents.Brokerage) { b.PostalAddress = strings.Repeat("1", 301) }},
		{"one with an escape", "postal_address", func(b *agents.Brokerage) { b.PostalAddress = "12 Elm Street\x1b[2J" }},
		{"a phone of words", "phone", func(b *agents.Brokerage) { b.Phone = "by letter" }},
		{"a phone with a script", "phone", func(b *agents.Brokerage) { b.Phone = "<b>5550100</b>" }},
		{"no zone", "time_zone", func(b *agents.Brokerage) { b.TimeZone = "" }},
		{"the machine's zone", "time_zone", func(b *agents.Brokerage) { b.TimeZone = "Local" }},
		{"an unknown zone", "time_zone", func(b *agents.Brokerage) { b.TimeZone = "America/New_Haven" }},
		{"a path as zone", "time_zone", func(b *agents.Brokerage) { b.TimeZone = "../../etc/passwd" }},
		{"a free mailbox", "sending_domains", func(b *agents.Brokerage) { b.SendingDomains = []string{"elmrealty.example", "GMail.com"} }},
		{"a word", "sending_domains", func(b *agents.Brokerage) { b.SendingDomains = []string{"elmrealty"} }},
		{"a suffix", "sending_domains", func(b *agents.Brokerage) { b.SendingDomains = []string{"co.uk"} }},
		{"two in one", "sending_domains", func(b *agents.Brokerage) { b.SendingDomains = []string{"a.example b.example"} }},
		{"an address", "sending_domains", func(b *agents.Brokerage) { b.SendingDomains = []string{"maya@elmrealty.example"} }},
		{"a link", "sending_domains", func(b *agents.Brokerage) { b.SendingDomains = []string{"https://elmrealty.example"} }},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			b := good
			test.change(&b)
			if _, err := agents.SaveBrokerage(t.Context(), store.Write, maya, b); field(err, test.field) == "" {
				t.Errorf("%v", err)
			}
		})
	}
	_, err = agents.SaveBrokerage(t.Context(), store.Write, maya, agents.Brokerage{Name: "Elm", TimeZone: "UTC", SendingDomains: []string{"mail.yahoo.de"}, Version: 1})
	if got := field(err, "sending_domains"); got != "mail.yahoo.de belongs to a mailbox provider, which signs mail only for its own servers. Name a domain of your brokerage." {
		t.Error(got)
	}
}

func TestLocationOfAnUnknownZoneIsUTC(t *testing.T) {
	t.Parallel()
	if got := (agents.Brokerage{TimeZone: "America/New_Haven"}).Location(); got != time.UTC {
		t.Error(got)
	}
}
