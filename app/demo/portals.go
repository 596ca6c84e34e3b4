package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/clients"
	"porchlight/app/listings"
	"porchlight/app/portal"
)

// visitor is a client of the demo who uses their portal.
type visitor struct {
	auto    string // the auto email whose client it is
	agent   agents.Agent
	since   int      // days ago of the first visit
	every   int      // days between visits
	devices []string // user agents
	judge   func(h listings.Listing, n int) portal.Kind
	talk    []said
	keeps   []ownSearch

	client clients.Client
	as     []portal.Visitor    // one for each device, then the second person's
	asked  map[int]listings.ID // which home was the first, the second when it was spoken of
}

// said is what was said in a portal.
type said struct {
	ago    int
	answer bool // by the agent
	home   int  // a note on a home of theirs, the newest being 1; 0: a message
	words  string
	second bool // by the second person of the household
}

// ownSearch is a search that a client keeps.
type ownSearch struct {
	ago      int
	name     string
	criteria listings.Criteria
}

const (
	iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
	laptop = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	tablet = "Mozilla/5.0 (Linux; Android 15; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
	pc     = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) Gecko/20100101 Firefox/142.0"
)

// visitorOf is the visitor of an auto email.
func (b *builder) visitorOf(auto string) *visitor {
	for _, v := range b.visitors {
		if v.auto == auto {
			return v
		}
	}
	panic(auto) // the names are this package's own
}

// portals is a morning in the clients' portals: they look at what was sent, say what they think, write and are answered.
func (b *builder) portals(daysAgo int) {
	if b.visitors == nil {
		b.visitors = visitors(b.maya, b.theo, b.priya)
	}
	start := b.now
	for _, v := range b.visitors {
		b.now = start.Add(time.Duration(b.whims.IntN(24*60)) * time.Second)
		if v.since == daysAgo {
			b.signIn(v)
		}
		if v.since >= daysAgo && (v.since-daysAgo)%v.every == 0 {
			b.lookRound(v)
		}
		for n, s := range v.talk {
			if s.ago == daysAgo {
				b.now = b.now.Add(20 * time.Second)
				b.say(v, n, s)
			}
		}
		for _, own := range v.keeps {
			if own.ago == daysAgo {
				b.do(func(ctx context.Context, db bun.Tx) error {
					_, err := portal.KeepSearch(ctx, db, v.as[0], own.name, own.criteria, b.now)
					return err
				})
			}
		}
	}
	b.now = start.Add(25 * time.Minute)
	switch daysAgo {
	case 14:
		b.together()
	case 8:
		b.invite()
	case 6:
		b.move()
	case 3:
		b.forwarded()
	}
}

// signIn finds a visitor's client and opens the portal on each of their devices by a code, as the sign-in page does.
func (b *builder) signIn(v *visitor) {
	for _, a := range b.autos {
		if a.name != v.auto || b.err != nil {
			continue
		}
		one, err := autoemail.Find(b.ctx, b.Read, v.agent.ID, a.id)
		if err == nil {
			v.client, err = clients.Find(b.ctx, b.Read, v.agent.ID, one.ClientID)
		}
		b.keep(err)
	}
	v.asked = map[int]listings.ID{}
	for i, device := range v.devices {
		b.now = b.now.Add(time.Duration(i) * 11 * time.Second)
		v.as = append(v.as, b.device(v.client, device))
	}
}

// device opens a portal on a browser.
func (b *builder) device(of clients.Client, userAgent string) portal.Visitor {
	if b.err != nil {
		return portal.Visitor{}
	}
	ip := fmt.Sprintf("198.51.%d.7", of.ID%250)
	asked, err := b.keys.Ask(b.ctx, b.Write, of.Email, ip, b.now)
	if err != nil {
		b.keep(err)
		return portal.Visitor{}
	}
	token, _, err := b.keys.Enter(b.ctx, b.Write, of.Email, asked.Code, ip, userAgent, b.now.Add(9*time.Second))
	if err != nil {
		b.keep(err)
		return portal.Visitor{}
	}
	_, all, err := portal.Visitors(b.ctx, b.Write, token, b.now)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("%d portals for %s", len(all), of.Name())
	}
	if err != nil {
		b.keep(err)
		return portal.Visitor{}
	}
	return all[0]
}

// shelf are all homes of a portal, newest first.
func (b *builder) shelf(v portal.Visitor) (sent []portal.Sent, homes map[listings.ID]listings.Listing) {
	if b.err != nil {
		return nil, nil
	}
	sent, _, err := portal.Homes(b.ctx, b.Write, v, portal.Shelf{Limit: 200}, b.now)
	b.keep(err)
	homes = map[listings.ID]listings.Listing{}
	var ids []listings.ID
	for _, one := range sent {
		ids = append(ids, one.Listing)
	}
	if len(ids) == 0 || b.err != nil {
		return sent, homes
	}
	var all []listings.Listing
	b.keep(b.Write.NewSelect().Model(&all).Where("id IN (?)", bun.List(ids)).Scan(b.ctx))
	for _, one := range all {
		homes[one.ID] = one
	}
	return sent, homes
}

// lookRound is a visit: who looks opens some of what they have not opened yet, and says what they think of most of it.
func (b *builder) lookRound(v *visitor) {
	as := v.as[b.whims.IntN(len(v.as))]
	sent, homes := b.shelf(as)
	b.do(func(ctx context.Context, db bun.Tx) error {
		if _, err := portal.Visit(ctx, db, as, b.now); err != nil {
			return err
		}
		opened := 0
		for n, one := range sent {
			if !one.Unseen || opened == 4 {
				continue
			}
			opened++
			if err := portal.Look(ctx, db, as, one.Listing, b.now.Add(time.Duration(opened*7)*time.Second)); err != nil {
				return err
			}
			if kind := v.judge(homes[one.Listing], n); kind != "" {
				if _, err := portal.React(ctx, db, as, one.Listing, kind, b.now.Add(time.Duration(opened*7+5)*time.Second)); err != nil {
					return err
				}
			}
		}
		return autoemail.Sign(ctx, db, v.agent.ID, as.Member.ID, b.now)
	})
}

// say writes one message or note; whoever writes has read what was there.
func (b *builder) say(v *visitor, n int, s said) {
	as := v.as[0]
	if s.second {
		as = v.as[len(v.as)-1]
	}
	var home listings.ID
	if s.home > 0 {
		home = v.asked[s.home]
		if !s.answer || home == 0 {
			sent, _ := b.shelf(as)
			if len(sent) < s.home {
				b.keep(fmt.Errorf("%s was sent %d homes", as.Member.Name(), len(sent)))
				return
			}
			home = sent[s.home-1].Listing
			v.asked[s.home] = home // the answer stands on the home that was asked about, whatever came since
		}
	}
	key := fmt.Sprint("demo ", n)
	b.do(func(ctx context.Context, db bun.Tx) error {
		if s.answer {
			if err := portal.ReadBy(ctx, db, as.Client.ID, v.agent.ID, b.now); err != nil {
				return err
			}
			_, err := portal.Answer(ctx, db, v.agent.ID, as.Client.ID, home, s.words, key, b.now)
			return err
		}
		if err := portal.ReadBy(ctx, db, as.Client.ID, 0, b.now); err != nil {
			return err
		}
		_, err := portal.Write(ctx, db, as, home, s.words, key, b.now)
		return err
	})
}
