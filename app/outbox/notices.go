package outbox

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/fault"
	"porchlight/app/mail"
)

// postNotices puts a letter into the outbox for each notice that is to be mailed. The mark that it is posted commits with
// the letter, so it is mailed once.
func (c *Courier) postNotices(ctx context.Context) error {
	const batch = 50
	for {
		notices, err := agents.Unposted(ctx, c.read, batch)
		if err != nil || len(notices) == 0 {
			return err
		}
		house, err := agents.LoadBrokerage(ctx, c.read)
		if err != nil {
			return err
		}
		for _, n := range notices {
			if err := c.postNotice(ctx, n, house); err != nil {
				return fmt.Errorf("outbox: post notice %d: %w", n.ID, err)
			}
		}
		poke(c.kicked)
		if len(notices) < batch {
			return nil
		}
	}
}

func (c *Courier) postNotice(ctx context.Context, n agents.Notice, house agents.Brokerage) error {
	now := c.clock()
	to, err := agents.Find(ctx, c.read, n.AgentID)
	if err != nil {
		return err
	}
	note := mail.Note{
		Identity: sender(house, c.baseURL),
		House:    mail.House{Name: house.Name, PostalAddress: house.PostalAddress, Phone: house.Phone, BaseURL: c.baseURL},
		Subject:  n.Title, Body: n.Body, Action: n.Action,
	}
	if n.Path != "" {
		note.URL = c.baseURL + n.Path
	}
	template, err := c.renderer.Note(note)
	err = c.write.RunInTx(ctx, nil, func(ctx context.Context, db bun.Tx) error {
		if err := agents.MarkPosted(ctx, db, n.ID, now); err != nil {
			return err
		}
		if template == nil {
			// It stands in the app all the same; trying for ever would hold up the notices after it.
			c.log.Error("a notice can’t be mailed", "notice", n.ID, "err", err)
			return nil
		}
		_, err := postToAgent(ctx, db, kindNotice, 0, to, Text{Subject: n.Title, Template: template, IdempotencyKey: fmt.Sprint(n.ID)}, now)
		return err
	})
	if fault.Of(err) == fault.Conflict {
		return nil // another process was faster
	}
	return err
}

// sender is who the house's own mail comes from.
func sender(house agents.Brokerage, baseURL string) mail.Identity {
	name := "Porchlight"
	if house.Name != "" {
		name += " at " + house.Name
	}
	host := "localhost.localdomain" // where the app has no name of its own, as on one's own computer
	if base, err := url.Parse(baseURL); err == nil && strings.Contains(base.Hostname(), ".") {
		if _, err := netip.ParseAddr(base.Hostname()); err != nil {
			host = base.Hostname()
		}
	}
	if len(house.SendingDomains) > 0 {
		host = house.SendingDomains[0]
	}
	return mail.Identity{FromName: name, FromAddress: "porchlight@" + host}
}

// outageTold is after how many failures in a row the brokers hear of it: about two and a half minutes.
const outageTold = 5

// tellBrokers gives the brokers a notice, once, when letters wait and there is no way out. It is not mailed: it could not
// leave.
func (c *Courier) tellBrokers(ctx context.Context) error {
	c.told.Lock()
	defer c.told.Unlock()
	n := agents.Notice{Kind: agents.NoticeMail, Path: "/outbox", Action: "See the outbox"}
	var told *bool
	if c.route == nil {
		told = &c.told.noRoute
		n.Title = "Letters are waiting: no mail server is set"
		n.Body = "Porchlight has letters to send but does not know a mail server. Whoever runs Porchlight sets one with SMTP_URL and starts it again.\n\nNothing is lost: the letters leave as soon as there is one."
	} else {
		failures, trouble := c.ways.outage()
		if failures == 0 {
			c.told.outage = false
		}
		if failures < outageTold {
			return nil
		}
		told = &c.told.outage
		n.Title = "Mail can’t leave just now"
		n.Body = trouble + "\n\nPorchlight keeps trying, and nothing is lost. If this lasts, show these words to whoever runs Porchlight or your mail server."
	}
	if *told {
		return nil
	}
	var waiting bool
	if err := c.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM letters WHERE state = 'ready' AND prio >= 0)`).Scan(&waiting); err != nil || !waiting {
		return err
	}
	if err := c.tellOnce(ctx, n); err != nil {
		return fmt.Errorf("outbox: tell the brokers: %w", err)
	}
	*told = true
	return nil
}

// tellOnce gives every broker the notice who has not the same one unseen.
func (c *Courier) tellOnce(ctx context.Context, n agents.Notice) error {
	everybody, err := agents.List(ctx, c.read)
	if err != nil {
		return err
	}
	for _, a := range everybody {
		if !a.Broker() {
			continue
		}
		known, unread := agents.Notices(ctx, c.read, a.ID, true, 100)
		if slices.ContainsFunc(known, func(k agents.Notice) bool { return k.Title == n.Title }) {
			continue
		}
		n.AgentID = a.ID
		if err := errors.Join(unread, agents.Tell(ctx, c.write, n, c.clock())); err != nil {
			return err
		}
	}
	return nil
}
