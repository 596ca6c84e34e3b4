package web_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"

	"porchlight/app/agents"
	"porchlight/app/outbox"
	"porchlight/app/web"
)

// names is a DNS whose records a test publishes.
type names struct {
	mu      sync.Mutex
	records map[string][]string
	err     error
	asked   []string
}

func (n *names) lookup(ctx context.Context, name string) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = append(n.asked, name)
	if end, there := ctx.Deadline(); !there || time.Until(end) > 5*time.Second {
		return nil, errors.New("asked without a limit")
	}
	if n.err != nil {
		return nil, n.err
	}
	if records, there := n.records[strings.TrimSuffix(name, ".")]; there {
		return records, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (n *names) publish(name string, records ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.err, n.records = nil, map[string][]string{name: records}
}

func (h *house) signingKey(domain string) outbox.SigningKey {
	h.t.Helper()
	key, err := outbox.FindSigningKey(h.t.Context(), h.store.Read, domain)
	if err != nil {
		h.t.Fatal(err)
	}
	return key
}

func TestSigning(t *testing.T) {
	const domain, path = "elmharbor.example", "/settings/signing"
	dns := &names{}
	h := open(t, func(o *web.Options) { o.LookupTXT = dns.lookup })
	maya := h.hire("Maya Bell", "maya@elmharbor.example", agents.RoleBroker)
	b := h.as(maya)
	const name = "porchlight-202611._domainkey.elmharbor.example"
	ana := h.enlist(maya, "Ana", "Osei", "ana@example.com", "Active")
	letter := func() []byte { // sends one and returns what arrived
		t.Helper()
		h.pass(10 * time.Second)
		before := h.smtp.Count()
		key := b.Get("/letters/new?client="+id(ana)).hidden(t, "key")
		b.Post("/letters", "key", key, "clients", id(ana), "subject", "Two homes", "message", "Hello.").wants(t, http.StatusSeeOther)
		h.deliver()
		return h.smtp.Received()[before].Data
	}

	t.Run("is in the menu, and begins without a key", func(t *testing.T) {
		b.Get("/settings").wants(t, http.StatusOK, `href="/settings/signing"`)
		r := b.Get(path)
		r.wants(t, http.StatusOK, "Make a key", domain, "Not signed by Porchlight")
		r.lacks(t, "Sign letters for this domain", "Check the record")
		for _, noun := range []string{"checks", "starts", "stops"} {
			b.Post(path+"/"+noun, "domain", domain, "published", "yes").wants(t, http.StatusNotFound, "There is no signing key for this domain.")
		}
		b.Post(path+"/keys", "domain", "gmail.com").wants(t, http.StatusNotFound, "not one of the brokerage’s sending domains")
	})
	t.Run("shows the record to publish", func(t *testing.T) {
		b.follow(b.Post(path+"/keys", "domain", domain)).wants(t, http.StatusOK, "The key for elmharbor.example is made.")
		key := h.signingKey(domain)
		r := b.HTMX().Post(path+"/keys", "domain", domain) // twice is once
		r.wants(t, http.StatusOK, `id="signing-1"`, key.Name, `data-copy="#signing-1-value"`, `data-copy="#signing-1-name"`, ">porchlight-202611._domainkey</span>")
		r.lacks(t, "<html", `id="signing"`, "PRIVATE KEY")
		if body := html.UnescapeString(r.Body); key.Name != name || !strings.Contains(body, `id="signing-1-value">`+key.Record+"<") || key.Active {
			t.Errorf("%+v\n%s", key, r.Body)
		}
	})
	t.Run("starts for no record that is missing, different, or not to be asked for", func(t *testing.T) {
		for _, c := range []struct {
			publish func()
			say     string
		}{
			{func() { dns.publish("other.example") }, "The record is not found."},
			{func() { dns.publish(name) }, "The record is not found."},
			{func() { dns.publish(name, "v=DKIM1; k=rsa; p=AAAA<b>") }, "A record is there, but it is different."},
			{func() { dns.publish(name, h.signingKey(domain).Record, "v=spf1 -all") }, "There are 2 records of this name."},
			{func() { dns.err = errors.New("refused") }, "The DNS did not answer."},
		} {
			c.publish()
			b.Post(path+"/checks", "domain", domain).wants(t, http.StatusOK, "<h1>Settings</h1>", c.say)
			r := b.HTMX().Post(path+"/starts", "domain", domain)
			r.wants(t, http.StatusUnprocessableEntity, c.say, "The record is published; sign without the check")
			r.lacks(t, "<b>", "<html")
			if h.signingKey(domain).Active {
				t.Fatal("started all the same")
			}
		}
		if len(dns.asked) != 10 || dns.asked[0] != name+"." {
			t.Error(dns.asked)
		}
	})
	t.Run("finds the record, which alone starts nothing", func(t *testing.T) {
		dns.publish(name, h.signingKey(domain).Record)
		r := b.HTMX().Post(path+"/checks", "domain", domain)
		r.wants(t, http.StatusOK, "The record is found.")
		r.lacks(t, "sign without the check")
		if h.signingKey(domain).Active {
			t.Error("a look at the DNS started it")
		}
	})
	t.Run("signs what is sent once it is started, and no more once it is stopped", func(t *testing.T) {
		if bytes.Contains(letter(), []byte("DKIM-Signature")) {
			t.Error("signed before it was started")
		}
		b.follow(b.Post(path+"/starts", "domain", domain)).wants(t, http.StatusOK, "will be signed", "Signed since Today", "Stop signing")
		found, err := dkim.VerifyWithOptions(bytes.NewReader(letter()), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			return dns.lookup(ctx, name)
		}})
		if err != nil || len(found) != 1 || found[0].Err != nil || found[0].Domain != domain {
			t.Errorf("%+v %v", found, err)
		}
		dns.publish("other.example")
		b.Post(path+"/checks", "domain", domain).wants(t, http.StatusOK, "The record is not found.", "a signature counts as broken", "Stop signing")
		r := b.HTMX().Post(path+"/stops", "domain", domain)
		r.wants(t, http.StatusOK, "Not signed by Porchlight", "Sign letters for this domain")
		if bytes.Contains(letter(), []byte("DKIM-Signature")) {
			t.Error("still signed")
		}
	})
	t.Run("starts without a look at the DNS for a broker who says that the record is there", func(t *testing.T) {
		asked := len(dns.asked)
		b.HTMX().Post(path+"/starts", "domain", domain, "published", "yes").wants(t, http.StatusOK, "Signed since", `id="signing-1"`)
		if !h.signingKey(domain).Active || len(dns.asked) != asked {
			t.Error("not started, or asked")
		}
	})
	t.Run("still shows a domain that was taken off the list while its letters are signed", func(t *testing.T) {
		house := h.brokerage()
		house.SendingDomains = []string{"mail.elm.example"}
		if _, err := agents.SaveBrokerage(t.Context(), h.store.Write, maya, house); err != nil {
			t.Fatal(err)
		}
		b.Get(path).wants(t, http.StatusOK, "mail.elm.example", "no longer one of your sending domains")
		r := b.HTMX().Post(path+"/stops", "domain", domain)
		b.follow(r).lacks(t, domain+"</h2>")
		clean(t, b.Get(path).Body)
	})
	t.Run("asks for the short name that the DNS of the registered domain knows", func(t *testing.T) {
		b.HTMX().Post(path+"/keys", "domain", "mail.elm.example").wants(t, http.StatusOK, ">porchlight-202611._domainkey.mail</span>")
	})
	t.Run("is the broker's", func(t *testing.T) {
		omar := h.as(h.hire("Omar Haddad", "omar@elmharbor.example", agents.RoleAgent))
		omar.Get("/settings/profile").lacks(t, path)
		omar.Get(path).wants(t, http.StatusForbidden)
		omar.Post(path+"/starts", "domain", domain, "published", "yes").wants(t, http.StatusForbidden)
		if h.signingKey(domain).Active {
			t.Error("started by an agent")
		}
	})
	t.Run("without a sending domain asks for one", func(t *testing.T) {
		house := h.brokerage()
		house.SendingDomains = nil
		if _, err := agents.SaveBrokerage(t.Context(), h.store.Write, maya, house); err != nil {
			t.Fatal(err)
		}
		b.Get(path).wants(t, http.StatusOK, "No sending domain yet", `href="/settings"`)
	})
}
