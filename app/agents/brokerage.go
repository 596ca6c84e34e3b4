package agents

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"porchlight/app/address"
	"porchlight/app/fault"
)

// Brokerage is the house of this installation. There is one.
type Brokerage struct {
	Name           string
	PostalAddress  string // required by law on every letter (CAN-SPAM 15 U.S.C. 7704(a)(5)); empty blocks sending
	Phone          string
	TimeZone       string   // IANA name; every time a person reads is in it
	SendingDomains []string // domains whose mail server signs for us, first the preferred one
	Version        int64
}

// Location is the brokerage's time zone, UTC if its name is unknown here.
func (b Brokerage) Location() *time.Location {
	if zone, read := zones.Load(b.TimeZone); read {
		return zone.(*time.Location)
	}
	zone, err := time.LoadLocation(b.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(b.TimeZone, zone)
	return zone
}

// zones are those read before: every page asks for its house's.
var zones sync.Map

// row is the brokerage as stored: the domains are one text, parted by spaces.
type row struct {
	bun.BaseModel `bun:"table:brokerage,alias:b"`

	ID             int64  `bun:"id,pk"`
	Name           string `bun:"name"`
	PostalAddress  string `bun:"postal_address"`
	Phone          string `bun:"phone"`
	TimeZone       string `bun:"time_zone"`
	SendingDomains string `bun:"sending_domains"`
	Version        int64  `bun:"version"`
}

// LoadBrokerage returns the brokerage. Before the first agent it is the zero value.
func LoadBrokerage(ctx context.Context, db bun.IDB) (Brokerage, error) {
	var r row
	err := db.NewSelect().Model(&r).Where("id = 1").Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Brokerage{}, nil
	}
	if err != nil {
		return Brokerage{}, fmt.Errorf("agents: load the brokerage: %w", err)
	}
	return Brokerage{r.Name, r.PostalAddress, r.Phone, r.TimeZone, strings.Fields(r.SendingDomains), r.Version}, nil
}

// SaveBrokerage changes the brokerage; only a broker may. Faults: Denied, Invalid (name, postal_address, phone,
// time_zone, sending_domains), Conflict if saved elsewhere meanwhile.
func SaveBrokerage(ctx context.Context, db bun.IDB, by Agent, b Brokerage) (Brokerage, error) {
	if !by.Broker() {
		return Brokerage{}, fault.New(fault.Denied, "Only a broker can change the brokerage.")
	}
	b, err := b.checked()
	if err != nil {
		return Brokerage{}, err
	}
	result, err := db.NewUpdate().Model((*row)(nil)).
		Set("name = ?", b.Name).Set("postal_address = ?", b.PostalAddress).Set("phone = ?", b.Phone).
		Set("time_zone = ?", b.TimeZone).Set("sending_domains = ?", strings.Join(b.SendingDomains, " ")).
		Set("version = version + 1").Where("id = 1").Where("version = ?", b.Version).Exec(ctx)
	if err != nil {
		return Brokerage{}, fmt.Errorf("agents: save the brokerage: %w", err)
	}
	if saved, err := result.RowsAffected(); err != nil {
		return Brokerage{}, fmt.Errorf("agents: save the brokerage: %w", err)
	} else if saved == 0 {
		return Brokerage{}, fault.New(fault.Conflict, "Someone saved the brokerage while you were editing. What you typed is kept; look at what changed and save again.")
	}
	b.Version++
	return b, nil
}

// checked is the brokerage with every field read and cleaned. Faults: Invalid.
func (b Brokerage) checked() (Brokerage, error) {
	var form fault.Form
	var err error
	if b.Name, err = Name(b.Name); err != nil {
		form.Add("name", "%s", err)
	}
	if b.PostalAddress, err = Text(b.PostalAddress, 300); err != nil {
		form.Add("postal_address", "%s", err)
	} else if why := postalGap(b.PostalAddress); why != "" {
		form.Add("postal_address", "%s", why)
	}
	if b.Phone, err = Phone(b.Phone); err != nil {
		form.Add("phone", "%s", err)
	}
	b.TimeZone = strings.TrimSpace(b.TimeZone)
	if _, err := time.LoadLocation(b.TimeZone); err != nil || b.TimeZone == "" || b.TimeZone == "Local" {
		form.Add("time_zone", "Choose a time zone, like America/New_York.")
	}
	if b.SendingDomains, err = readDomains(b.SendingDomains); err != nil {
		form.Add("sending_domains", "%s", err)
	}
	return b, form.Err()
}

// postalGap says what a postal address lacks. A street or box has a number (16 CFR 316.2(p) asks for one of the two).
func postalGap(text string) string {
	switch {
	case text == "":
		return ""
	case utf8.RuneCountInString(text) < 10:
		return "This is too short for a postal address. Give street or box, town and zip code."
	case !strings.ContainsFunc(text, unicode.IsDigit):
		return "Give the street number or box, and the zip code."
	}
	return ""
}

// readDomains checks the sending domains, in A-labels, each once.
func readDomains(typed []string) ([]string, error) {
	var domains []string
	for _, text := range typed {
		text = strings.TrimPrefix(strings.TrimSpace(text), "@")
		if text == "" {
			continue
		}
		probe, err := address.Parse("x@" + text)
		if err != nil || isSuffix(probe.Domain()) {
			return nil, refuse("“%s” isn’t a domain, like elmrealty.com.", shorten(text))
		}
		domain := probe.Domain()
		if FreeMailbox(domain) {
			return nil, refuse("%s belongs to a mailbox provider, which signs mail only for its own servers. Name a domain of your brokerage.", domain)
		}
		if !slices.Contains(domains, domain) {
			domains = append(domains, domain)
		}
	}
	if len(domains) > 20 {
		return nil, refuse("Twenty domains at most.")
	}
	return domains, nil
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

// seed makes the brokerage unless it is there.
func seed(ctx context.Context, db bun.IDB, b Brokerage) error {
	r := row{ID: 1, Name: b.Name, TimeZone: b.TimeZone, SendingDomains: strings.Join(b.SendingDomains, " "), Version: 1}
	_, err := db.NewInsert().Model(&r).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	return err
}

// guess is what can be known of a brokerage from its first agent.
func guess(house, name string, mailbox address.Address) Brokerage {
	b := Brokerage{Name: house, TimeZone: "America/New_York"}
	free := FreeMailbox(mailbox.Domain())
	if !free && !isSuffix(mailbox.Domain()) {
		b.SendingDomains = []string{mailbox.Domain()}
	}
	if b.Name == "" && !free {
		b.Name = spoken(mailbox.Domain())
	}
	if b.Name == "" {
		b.Name = name + " Real Estate"
	}
	return b
}
