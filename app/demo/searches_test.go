package demo_test

import (
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"porchlight/app/agents"
	"porchlight/app/autoemail"
	"porchlight/app/consent"
	"porchlight/app/demo"
	"porchlight/app/listings"
	"porchlight/app/mail"
	"porchlight/db"
)

// autos looks over the auto emails that the demo made, and what became of them.
func autos(t *testing.T, store *db.Store, ledger *consent.Ledger, mailbox *mail.Mailbox, now time.Time) {
	t.Helper()
	ctx := t.Context()
	scan := func(into any, sql string, args ...any) {
		t.Helper()
		if err := store.Read.NewRaw(sql, args...).Scan(ctx, into); err != nil {
			t.Fatal(err)
		}
	}
	people, err := agents.List(ctx, store.Read)
	if err != nil {
		t.Fatal(err)
	}
	pausedBy := map[string]int{}
	all, vetted, slowed := 0, 0, 0
	for _, a := range people {
		page, total, _, err := autoemail.List(ctx, store.Read, autoemail.Filter{Agent: a.ID, Limit: 100}, time.UTC, now)
		if err != nil || total < 5 {
			t.Fatalf("%s has %d auto e-mails, %v", a.Name, total, err)
		}
		for _, s := range page {
			all++
			pausedBy[s.PausedBy]++
			if s.Concierge {
				vetted++
			}
			if s.Slowed != nil {
				slowed++
			}
			if s.Criteria.Words() == "" || s.Version < 1 || s.State == autoemail.Active && !s.NextAt.IsZero() && !s.NextAt.After(now) {
				t.Errorf("%s: next %s", s.Name, s.NextAt)
			}
		}
	}
	if all < 24 || vetted < 8 || slowed != 1 {
		t.Errorf("%d auto e-mails, %d vetted, %d slowed down", all, vetted, slowed)
	}
	for _, by := range []string{autoemail.ByAgent, autoemail.ByClient, autoemail.ByExpiry, autoemail.ByOptOut} {
		if pausedBy[by] == 0 {
			t.Errorf("none is paused by %s: %v", by, pausedBy)
		}
	}

	maya := people[0]
	for _, a := range people {
		if a.Email == demo.Email {
			maya = a
		}
	}
	groups, _, err := autoemail.Queue(ctx, store.Read, ledger, autoemail.Tab{Agent: maya.ID, State: autoemail.Unsent, Limit: 200}, now)
	if err != nil {
		t.Fatal(err)
	}
	var homes, late int
	var ids []listings.ID
	for _, g := range groups {
		homes += len(g.Items)
		if g.Late {
			late++
		}
		for _, item := range g.Items {
			ids = append(ids, item.ListingID)
		}
	}
	if len(groups) < 4 || len(groups) > 6 || homes < 12 || homes > 30 || late == 0 {
		t.Errorf("the queue has %d homes for %d clients, %d late", homes, len(groups), late)
	}
	var gone, moved int
	scan(&gone, "SELECT count(*) FROM listings WHERE id IN (?) AND standard_status = 'Pending'", bun.List(ids))
	if gone == 0 {
		t.Error("no home of the queue has gone meanwhile")
	}
	var letters, rejected int
	scan(&letters, "SELECT count(*) FROM search_letters")
	scan(&rejected, "SELECT count(*) FROM matches WHERE state = 'rejected'")
	scan(&moved, "SELECT count(*) FROM matches WHERE state = 'sent'")
	if letters < 50 || rejected < 10 || moved < 100 {
		t.Errorf("%d letters of auto e-mails with %d homes, %d rejected", letters, moved, rejected)
	}

	caught, err := mailbox.List("", 1000)
	if err != nil {
		t.Fatal(err)
	}
	digest, looking, opening := false, false, false
	for _, m := range caught {
		digest = digest || strings.Contains(m.Subject, "for your yes") && strings.Contains(m.To, demo.Email)
		looking = looking || strings.Contains(m.Subject, "still looking")
		opening = opening || strings.Contains(m.Subject, "By the water")
	}
	if !digest || !looking || !opening {
		t.Errorf("in the mailbox: a digest to Maya %t, “still looking?” %t, an opening letter %t", digest, looking, opening)
	}
}
