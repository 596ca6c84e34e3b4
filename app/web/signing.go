package web

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"golang.org/x/net/publicsuffix"

	"porchlight/app/outbox"
)

func (s *Server) signingRoutes() []route {
	return []route{
		{"GET", "/settings/signing", broker, s.signingShow},
		{"POST", "/settings/signing/keys", broker, s.signingKeyCreate},
		{"POST", "/settings/signing/checks", broker, s.signingCheckCreate},
		{"POST", "/settings/signing/starts", broker, s.signingStartCreate},
		{"POST", "/settings/signing/stops", broker, s.signingStopCreate},
	}
}

// signingView is the card of each sending domain.
type signingView struct{ Domains []signingDomain }

// signingDomain is one domain, the record it needs, and what a look at the DNS found.
type signingDomain struct {
	ID     string // also begins the ids of what is in it
	Domain string
	Listed bool   // still a sending domain
	Name   string // of the record; empty: there is no key yet
	Host   string // what of the name most DNS forms ask for
	Record string
	Active bool
	Since  string
	Check  *recordCheck // nil: nobody asked
}

// recordCheck is what a look at the DNS found.
type recordCheck struct {
	Found     bool
	Icon, Say string
	Why       string
}

// dnsPatience is how long a look at the DNS may take.
const dnsPatience = 5 * time.Second

// check looks for a key's record in the DNS.
func (s *Server) check(ctx context.Context, key outbox.SigningKey) *recordCheck {
	ctx, cancel := context.WithTimeout(ctx, dnsPatience)
	defer cancel()
	records, err := s.LookupTXT(ctx, key.Name+".") // with a dot at its end: no search domain of this host is tried
	var unknown *net.DNSError
	switch {
	case err == nil && key.PublishedIn(records):
		return &recordCheck{Found: true, Icon: "circle-check", Say: "The record is found.", Why: "The DNS has exactly the value Porchlight needs."}
	case err == nil && len(records) > 1:
		return &recordCheck{Icon: "triangle-alert", Say: fmt.Sprintf("There are %d records of this name.", len(records)),
			Why: "Mail programs trust only a name that has one. Remove every TXT record of this name but the one shown here."}
	case err == nil && len(records) == 1:
		return &recordCheck{Icon: "triangle-alert", Say: "A record is there, but it is different.",
			Why: "Look for a part that is missing at the end, quotation marks or backslashes that came along, or an older record of the same name. The DNS has now: " + shortened(records[0])}
	case err == nil || errors.As(err, &unknown) && unknown.IsNotFound:
		return &recordCheck{Icon: "search", Say: "The record is not found.",
			Why: "A new record usually shows within minutes, with some hosts after some hours. If it is older: many forms add the domain to the name by themselves, so type only the part before it."}
	}
	s.Log.Warn("look for a signing record", "name", key.Name, "err", err)
	return &recordCheck{Icon: "globe", Say: "The DNS did not answer.", Why: "Porchlight could not look for the record just now. Try again in a moment."}
}

// shortened is a record that may be long, or not what it should be, on one line.
func shortened(record string) string {
	text := []rune(strings.Join(strings.Fields(strings.ToValidUTF8(record, "?")), " "))
	if len(text) > 80 {
		return "“" + string(text[:60]) + " … " + string(text[len(text)-15:]) + "”"
	}
	return "“" + string(text) + "”"
}

// signingPage is every domain's card, or for htmx the one that was acted on. found is what a look at the DNS found for it.
func (s *Server) signingPage(c *fiber.Ctx, status int, domain string, found *recordCheck) error {
	keys, err := outbox.SigningKeys(c.UserContext(), s.Store.Read)
	if err != nil {
		return err
	}
	b, err := s.brokerage(c)
	if err != nil {
		return err
	}
	var v signingView
	for i, k := range keys {
		d := signingDomain{
			ID: fmt.Sprintf("signing-%d", i+1), Domain: k.Domain, Listed: k.Listed, Name: k.Name, Record: k.Record,
			Host: hostOf(k.Name, k.Domain), Active: k.Active, Since: when(k.Since, s.Clock(), b.Location()),
		}
		if k.Domain == domain {
			d.Check = found
			if partial(c) {
				return s.fragment(c, status, "settings/_signing_domain", d)
			}
		}
		v.Domains = append(v.Domains, d)
	}
	if partial(c) && domain != "" { // stopped, and no sending domain any more: its card is gone
		return s.redirect(c, "/settings/signing", "")
	}
	return s.settings(c, status, "/settings/signing", "Signing", "settings/_signing", v)
}

// hostOf is a name without the domain that was registered: DNS forms are each for one of those.
func hostOf(name, domain string) string {
	registered, err := publicsuffix.EffectiveTLDPlusOne(domain)
	if err != nil {
		registered = domain
	}
	return strings.TrimSuffix(name, "."+registered)
}

func (s *Server) signingShow(c *fiber.Ctx) error { return s.signingPage(c, http.StatusOK, "", nil) }

func (s *Server) signingKeyCreate(c *fiber.Ctx) error {
	domain := c.FormValue("domain")
	if err := outbox.MakeSigningKey(c.UserContext(), s.Store.Write, domain, s.Clock()); err != nil {
		return err
	}
	return s.saved(c, "/settings/signing", "The key for "+domain+" is made. Now publish its record.", func() error { return s.signingPage(c, http.StatusOK, domain, nil) })
}

// signingCheckCreate changes nothing, so the page itself is the answer, also to a plain form.
func (s *Server) signingCheckCreate(c *fiber.Ctx) error {
	key, err := outbox.FindSigningKey(c.UserContext(), s.Store.Read, c.FormValue("domain"))
	if err != nil {
		return err
	}
	return s.signingPage(c, http.StatusOK, key.Domain, s.check(c.UserContext(), key))
}

// signingStartCreate looks at the DNS first, unless the broker says that the record is published: the DNS that this host
// asks may not be the one the world asks.
func (s *Server) signingStartCreate(c *fiber.Ctx) error {
	key, err := outbox.FindSigningKey(c.UserContext(), s.Store.Read, c.FormValue("domain"))
	if err != nil {
		return err
	}
	if c.FormValue("published") != "yes" {
		if found := s.check(c.UserContext(), key); !found.Found {
			return s.signingPage(c, http.StatusUnprocessableEntity, key.Domain, found)
		}
	}
	if err := outbox.StartSigning(c.UserContext(), s.Store.Write, key.Domain, s.Clock()); err != nil {
		return err
	}
	return s.saved(c, "/settings/signing", "Letters for "+key.Domain+" will be signed, beginning within ten seconds.", func() error { return s.signingPage(c, http.StatusOK, key.Domain, nil) })
}

func (s *Server) signingStopCreate(c *fiber.Ctx) error {
	domain := c.FormValue("domain")
	if err := outbox.StopSigning(c.UserContext(), s.Store.Write, domain); err != nil {
		return err
	}
	return s.saved(c, "/settings/signing", "Letters for "+domain+" will no longer be signed, beginning within ten seconds.", func() error { return s.signingPage(c, http.StatusOK, domain, nil) })
}
